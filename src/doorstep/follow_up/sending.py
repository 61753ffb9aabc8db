"""Messages by name on their way: each written when it is sent, and for one person alone."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.follow_up import issue_queries, service, telling, telling_queries
from doorstep.follow_up import queries as cases
from doorstep.follow_up.model import REOPEN_DAYS, NoticeState, SendRun
from doorstep.follow_up.telling_queries import Claimed, Ended
from doorstep.kit.db import Connection, Pool, organization_transaction, signin_transaction
from doorstep.kit.links import Purpose, sign
from doorstep.kit.mail import send_mail
from doorstep.kit.queue import Every
from doorstep.kit.queue.driver import worker_transaction
from doorstep.kit.tokens import Keyring
from doorstep.letters.model import Letter, LetterKind, LetterText, Link, Renderers
from doorstep.settings import Settings

MOST = 500
"""In one run of one organization."""
MOST_ATTEMPTS = 3
FLAGGED_EVERY_S = 2.0
"""An issue said at a door has its owner within seconds of its sync."""
RETRY_S = 900.0
_ALONE = frozenset({"erased", "left_alone", "withdrew"})
_OUTCOMES = {
    "fixed": "it was put right",
    "answered": "here is the answer",
    "referred": "it was passed on to those who can do something about it",
    "declined": "it will not be done",
    "duplicate": "it is dealt with together with the same issue of others",
}


def now() -> dt.datetime:
    """The instant from which a link holds."""
    return dt.datetime.now(dt.UTC)


async def send_notices(
    pool: Pool, settings: Settings, keyring: Keyring, organization_id: UUID
) -> SendRun:
    """Send the e-mails that wait, each in transactions of its own; none without a mail server.

    Whether somebody still agrees is asked when it is sent, not when it was queued. A message is
    marked before it leaves: if the server stops meanwhile it is not sent a second time.
    """
    ended: list[NoticeState] = []
    while settings.smtp_url is not None and len(ended) < MOST:
        async with organization_transaction(pool, organization_id) as db:
            await cases.see_merged(db)
            claimed = await telling_queries.claim_notice(db, organization_id)
            if claimed is None:
                break
            told = await telling_queries.ended_of_notice(db, organization_id, claimed.id)
        ended.append(await _send(pool, settings, keyring, organization_id, claimed, told))
    return SendRun(
        sent_count=ended.count(NoticeState.SENT),
        failed_count=ended.count(NoticeState.FAILED),
        suppressed_count=ended.count(NoticeState.SUPPRESSED),
    )


async def _send(
    pool: Pool,
    settings: Settings,
    keyring: Keyring,
    organization_id: UUID,
    claimed: Claimed,
    told: Sequence[Ended],
) -> NoticeState:
    state, why = NoticeState.SENT, None
    if claimed.reach in _ALONE:
        state, why = NoticeState.SUPPRESSED, claimed.reach
    elif claimed.reach != "email" or claimed.email is None or not told:
        state, why = NoticeState.FAILED, "no_consent"
    else:
        text = letter(settings.public_url, keyring, organization_id, claimed, told)
        if not await send_mail(settings, claimed.email, subject(told), text):
            final = claimed.attempts_count >= MOST_ATTEMPTS
            state, why = (NoticeState.FAILED, "refused") if final else (NoticeState.QUEUED, None)
    async with organization_transaction(pool, organization_id) as db:
        await telling_queries.put_notice(db, organization_id, claimed.id, state, why, RETRY_S)
    return state


def subject(told: Sequence[Ended]) -> str:
    """What it is about, by topics."""
    topics = list(dict.fromkeys(" ".join(one.topic.split()) for one in told))
    return f"What became of what you told us: {', '.join(topics)[:150]}"


def letter(
    public_url: str,
    keyring: Keyring,
    organization_id: UUID,
    claimed: Claimed,
    told: Sequence[Ended],
) -> str:
    """What one person is told: who listened, what they said, what was done, and how to object."""
    until = now() + dt.timedelta(days=REOPEN_DAYS)
    name = f"{claimed.given_name} {claimed.family_name}".strip()
    parts = [f"Dear {name}," if name else "Good day,", ""]
    for one in told:
        token = sign(
            keyring, Purpose.RAISED, organization_id, one.case_id, claimed.person_id,
            expires_at=until,
        )  # fmt: skip
        parts += [
            f"On {_day(one.raised_at)} you told {one.listener or 'us'} about {one.topic}:",
            *([f"  “{one.text.strip()}”"] if one.text.strip() else []),
            "",
            f"What became of it: {_OUTCOMES[one.outcome]}.",
            one.reason,
            "",
            f"Is it solved, or not? Tell us here until {_day(until)}:",
            f"{public_url}/raised/{token}",
            "",
        ]
    return "\n".join([*parts, "Thank you for telling us.", claimed.organization, ""])


def _day(at: dt.datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def letters_of(keyring: Keyring, public_url: str) -> Renderers:
    """What turns letters to guests about their issues into words."""

    async def told(db: Connection, letter: Letter) -> LetterText | None:
        guest_id = letter.recipient.id
        one = await telling_queries.ended_for_guest(
            db, letter.organization_id, letter.about, guest_id
        )
        if one is None:
            return None
        until = now() + dt.timedelta(days=REOPEN_DAYS)
        token = sign(
            keyring, Purpose.RAISED, letter.organization_id, one.case_id, guest_id, expires_at=until
        )
        said = [f"“{one.text.strip()}”"] if one.text.strip() else []
        return LetterText(
            subject=subject([one]),
            paragraphs=(
                f"On {_day(one.raised_at)} you told {one.listener or 'us'} about {one.topic}:",
                *said,
                f"What became of it: {_OUTCOMES[one.outcome]}.",
                one.reason,
                f"Is it solved, or not? Tell us until {_day(until)}. Thank you for telling us.",
            ),
            links=(Link(label="Is it solved?", url=f"{public_url}/raised/{token}"),),
        )

    return {LetterKind.ISSUE_TOLD: told, LetterKind.ISSUE_RECEIVED: _receipt}


async def _receipt(db: Connection, letter: Letter) -> LetterText | None:
    found = await telling_queries.received(db, letter.organization_id, letter.about)
    if found is None:
        return None
    return LetterText(
        subject=f"We have what you told us: {found.topic}",
        paragraphs=(
            f"On {_day(found.raised_at)} you told us about {found.topic}. Thank you.",
            "Somebody looks into it. You need not do anything more.",
        ),
    )


def periodic(settings: Settings, keyring: Keyring) -> tuple[Every, ...]:
    """What is done by itself: send what waits, and take in what arrived and who was visited."""

    async def run(pool: Pool) -> None:
        async with signin_transaction(pool) as db:
            organization_ids = await telling_queries.organization_ids(db)
        for organization_id in organization_ids:
            async with organization_transaction(pool, organization_id) as db:
                await _settle(db, organization_id)
            await send_notices(pool, settings, keyring, organization_id)

    return (
        Every(name="follow_up", every_s=60, run=run),
        Every(name="follow_up.flagged", every_s=FLAGGED_EVERY_S, run=_raise_flagged),
    )


async def _raise_flagged(pool: Pool) -> None:
    async with worker_transaction(pool) as db:
        organization_ids = await issue_queries.organizations_with_flagged(db)
    for organization_id in organization_ids:
        async with organization_transaction(pool, organization_id) as db:
            await service.raise_flagged(db, organization_id)


async def _settle(db: Connection, organization_id: UUID) -> None:
    await telling_queries.begin_run(db, organization_id)
    await telling.settle(db, organization_id)
