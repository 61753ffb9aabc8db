"""Whoever raised an issue has the last word: a page by signed link to agree or to object."""

import datetime as dt
from typing import Literal
from uuid import UUID

import msgspec

from doorstep.accounts.auditing import audit
from doorstep.follow_up import answering_queries, queries, service, telling, telling_queries
from doorstep.follow_up.answering_queries import Shown
from doorstep.follow_up.model import ENDED, CaseStatus, ChangeKind
from doorstep.kit import links
from doorstep.kit.db import Connection, enter_organization
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.kit.links import Purpose
from doorstep.kit.public_pages import Markup, document, joined, markup
from doorstep.kit.tokens import Keyring

MOST_LETTERS = 2000
_SAID = {
    "fixed": "It was put right.",
    "answered": "It was answered.",
    "referred": "It was passed on.",
    "declined": "It will not be done.",
    "duplicate": "It is dealt with together with the same issue of others.",
}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says about how their issue ended, as a form sends it."""

    verdict: Literal["solved", "not_solved"]
    text: str = ""


def now() -> dt.datetime:
    """The instant at which a link is used."""
    return dt.datetime.now(dt.UTC)


async def shown(db: Connection, keyring: Keyring, token: str) -> Shown:
    """What the holder of a link may see; the transaction is inside the organization afterwards.

    Raises
    ------
    RefusedError
        If the link is not ours or too old.
    NotFoundError
        If the person did not raise the case (any more).
    """
    organization_id, case_id, raiser_id = _read(keyring, token)
    await enter_organization(db, organization_id)
    await queries.see_merged(db)
    case_id = await queries.survivor(db, organization_id, case_id)
    found = await answering_queries.shown(db, organization_id, case_id, raiser_id)
    if found is None:
        raise NotFoundError
    return found


def _read(keyring: Keyring, token: str) -> tuple[UUID, UUID, UUID]:
    link = links.read(keyring, Purpose.RAISED, token, now())
    case_id, raiser_id = link.ids
    return link.organization_id, case_id, raiser_id


async def answer(db: Connection, keyring: Keyring, token: str, verdict: Verdict) -> Shown:
    """What holds after somebody agreed or objected; an objection reopens the case.

    Raises
    ------
    RefusedError
        If the link is not ours or too old, or if an objection does not say why.
    NotFoundError
        If the person did not raise the case (any more).
    """
    before = await shown(db, keyring, token)
    organization_id = before.organization_id
    text = verdict.text.replace("\x00", "").strip()[:MOST_LETTERS]
    if verdict.verdict == "not_solved" and not text:
        message = "Say in a few words what is not solved yet."
        raise RefusedError(message, field="text")
    held = await queries.hold_case(db, organization_id, before.case_id, None)
    # Two who object at the same moment reopen it once.
    if held.status not in ENDED:
        return before
    if before.person_id:
        await telling_queries.arrived(db, organization_id, before.case_id, before.person_id)
    if before.guest_id:
        await telling_queries.letter_arrived(db, organization_id, before.case_id, before.guest_id)
    await telling.settle(db, organization_id)
    held = await queries.hold_case(db, organization_id, before.case_id, None)
    solved = verdict.verdict == "solved"
    if solved:
        after = CaseStatus.CONFIRMED if held.status is CaseStatus.TOLD else held.status
        if after is not held.status:
            await queries.move_case(db, organization_id, held.id, after)
    else:
        after = CaseStatus.REOPENED
        await service.reopen(db, organization_id, held)
    kind = ChangeKind.CONFIRMED if solved else ChangeKind.REOPENED
    await queries.insert_change(
        db, organization_id, held.id, kind, held.status, after, text,
        person_id=before.person_id, guest_id=before.guest_id,
    )  # fmt: skip
    raiser_id = before.person_id or before.guest_id
    await audit(db, None, f"case.{kind}", [held.id, *([raiser_id] if raiser_id else [])])
    return await shown(db, keyring, token)


def page(found: Shown, token: str) -> Markup:
    """The page behind a link."""
    about = markup(
        "<h1>{topic}</h1>\n<p>You told {organization} about it on {on}.</p>\n{end}",
        topic=found.topic,
        organization=found.organization,
        on=found.raised_at.date(),
        end=_end(found),
    )
    parts = [about, _form(token)] if found.status in ENDED else [about]
    return document(f"{found.topic} · {found.organization}", joined(parts))


def _end(found: Shown) -> Markup:
    if found.outcome is None:
        return Markup("<p>It is being worked on. You will be told how it ends.</p>")
    return markup(
        '<h2>What became of it</h2>\n<p>{said}</p>\n<p class="text">{reason}</p>',
        said=_SAID[found.outcome],
        reason=found.reason or "",
    )


def _form(token: str) -> Markup:
    return markup(
        '<h2>Is it solved?</h2>\n<form method="post" action="/raised/{token}">\n'
        '<p><label><input type="radio" name="verdict" value="solved" required>Yes</label>\n'
        '<label><input type="radio" name="verdict" value="not_solved">No, look at it again</label>'
        '</p>\n<label for="text">If not: what is still to be done?</label>\n'
        '<textarea id="text" name="text" rows="4" maxlength="{most}"></textarea>\n'
        '<button type="submit">Send</button>\n</form>',
        token=token,
        most=MOST_LETTERS,
    )


def thanks(found: Shown) -> Markup:
    """What is shown after an answer."""
    again = found.status not in ENDED
    said = "We are looking at it again." if again else "Thank you: it is noted that it is solved."
    body = markup("<h1>{topic}</h1>\n<p>{said}</p>", topic=found.topic, said=said)
    return document(f"{found.topic} · {found.organization}", body)
