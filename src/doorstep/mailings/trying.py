"""A mailing sent to oneself, to see it in a mail program before others do."""

from uuid import UUID

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import RefusedError, TryLaterError
from doorstep.kit.limits import Limit
from doorstep.kit.mail import send_mail
from doorstep.mailings import queries
from doorstep.mailings.model import Sample, Tried
from doorstep.mailings.rendering import desk, tried
from doorstep.settings import Settings

TRIES = Limit(tries=10, per_s=600)


async def try_out(db: Connection, settings: Settings, caller: Caller, mailing_id: UUID) -> Tried:
    """Send the letter to the caller in each of its languages, with their own name in it.

    Nobody else's data is in it: whatever else it says of a person, the fallback stands for.

    Raises
    ------
    NotFoundError
        If there is no such mailing.
    RefusedError
        If the caller has no e-mail address, or the server sends no mail.
    TryLaterError
        If the mail server did not take it.
    """
    organization_id = caller.organization_id
    mailing = await queries.mailing_by_id(db, organization_id, mailing_id)
    name, email = await queries.member_to_try(db, organization_id, caller.member_id)
    if email is None:
        message = "Your account has no e-mail address. Have one added, then try again."
        raise RefusedError(message)
    if settings.smtp_url is None:
        message = "This server sends no mail. Whoever runs it sets DOORSTEP_SMTP_URL."
        raise RefusedError(message)
    TRIES.take(str(caller.member_id))
    letters = tried(await desk(db, organization_id, mailing), name)
    for letter in letters:
        if not await send_mail(settings, email, f"[Trial] {letter.subject}", _text(letter)):
            message = "The mail server did not take it. Try again in a few minutes."
            raise TryLaterError(message, retry_after_s=300)
    return Tried(to=email, languages=[letter.language for letter in letters])


def _text(letter: Sample) -> str:
    return "\n\n".join(letter.paragraphs) + "\n"
