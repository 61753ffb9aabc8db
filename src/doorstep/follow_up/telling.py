"""Telling everybody who raised an issue how it ended: by name, or by going back to their door."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.follow_up import queries as cases
from doorstep.follow_up import telling_queries as queries
from doorstep.follow_up.model import Notice, NoticeOutcome, NoticeState, TellRun
from doorstep.follow_up.telling_queries import Telling, Untold
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError
from doorstep.kit.ids import new_id
from doorstep.letters import service as letters
from doorstep.letters.model import LetterKind, NewLetter, Recipient

_REACHED = frozenset({"email", "phone"})
_OPEN = frozenset({NoticeState.QUEUED, NoticeState.SENDING, NoticeState.SENT})


async def tell(db: Connection, organization_id: UUID, by: UUID | None, *, dry_run: bool) -> TellRun:
    """Queue a message to each who can be reached, and a visit to the doors of all others.

    Run again, it adds nothing, unless somebody raised something or a message failed meanwhile.
    """
    await queries.begin_run(db, organization_id)
    told = await settle(db, organization_id)
    untold = await queries.untold(db, organization_id)
    reached = [one for one in untold if one.reach in _REACHED]
    visited = [one for one in untold if one.reach == "revisit"]
    written = [one for one in untold if one.reach == "letter"]
    alone = [one for one in untold if one.reach not in {*_REACHED, "revisit", "letter"}]
    if not dry_run:
        await _letters(db, organization_id, written)
        tellings = [
            *await _notices(db, organization_id, reached),
            *await _revisits(db, organization_id, visited),
            *(_telling(one, suppressed=one.reach) for one in alone),
        ]
        await queries.insert_tellings(db, organization_id, tellings)
        told = [*told, *await settle(db, organization_id)]
        if told or tellings or written:
            await audit(db, by, "case.telling", told)
    return TellRun(
        notices_count=len({one.home_id for one in written} | {one.person_id for one in reached}),
        revisits_count=len({one.home_id for one in visited}),
        suppressed_count=len({one.person_id or one.home_id for one in alone}),
        told_cases_count=len(told),
    )


async def settle(db: Connection, organization_id: UUID) -> list[UUID]:
    """Take in what has happened; the cases of which everybody knows since."""
    await cases.see_merged(db)
    await queries.settle_revisits(db, organization_id)
    await queries.settle_notices(db, organization_id)
    return await queries.settle_cases(db, organization_id)


async def _notices(
    db: Connection, organization_id: UUID, reached: Sequence[Untold]
) -> list[Telling]:
    """One message to a person, whatever the number of their cases."""
    by_person: defaultdict[UUID, list[Untold]] = defaultdict(list)
    for one in reached:
        by_person[one.person_id or one.home_id].append(one)
    ids = {person_id: new_id() for person_id in by_person}
    rows = [(ids[person_id], person_id, theirs[0].reach) for person_id, theirs in by_person.items()]
    await queries.insert_notices(db, organization_id, rows)
    return [
        _telling(one, notice_id=ids[person_id])
        for person_id, theirs in by_person.items()
        for one in theirs
    ]


async def _letters(db: Connection, organization_id: UUID, written: Sequence[Untold]) -> None:
    """A letter to each guest about each case: they have a link of their own."""
    await letters.queue(
        db,
        organization_id,
        [
            NewLetter(
                kind=LetterKind.ISSUE_TOLD,
                about=one.case_id,
                recipient=Recipient(guest_id=one.guest_id),
                key=f"case-told:{one.case_id}:{one.round}",
                purpose="follow_up",
            )
            for one in written
        ],
    )


async def _revisits(
    db: Connection, organization_id: UUID, visited: Sequence[Untold]
) -> list[Telling]:
    """One visit to a door, whoever lives there."""
    doors = sorted({one.home_id for one in visited})
    at = await queries.open_revisits(db, organization_id, [(new_id(), door) for door in doors])
    return [_telling(one, revisit_id=at[one.home_id]) for one in visited]


def _telling(
    one: Untold,
    *,
    notice_id: UUID | None = None,
    revisit_id: UUID | None = None,
    suppressed: str | None = None,
) -> Telling:
    return Telling(
        id=new_id(),
        case_id=one.case_id,
        round=one.round,
        person_id=one.person_id,
        door_id=one.door_id,
        guest_id=one.guest_id,
        notice_id=notice_id,
        revisit_id=revisit_id,
        suppressed=suppressed,
    )


async def note_outcome(
    db: Connection, caller: Caller, notice_id: UUID, wanted: NoticeOutcome
) -> Notice:
    """The message as it ended: arrived or heard, or come back or not reached.

    Raises
    ------
    NotFoundError
        If there is no such message.
    ConflictError
        If it ended otherwise before.
    """
    organization_id = caller.organization_id
    await cases.see_merged(db)
    notice = await queries.notice_by_id(db, organization_id, notice_id)
    state = NoticeState(wanted.state)
    if notice.state is state:
        return notice
    # Mail may come back after it was taken for delivered.
    bounced = notice.state is NoticeState.DELIVERED and state is NoticeState.FAILED
    if notice.state not in _OPEN and not bounced:
        message = f"This message is {notice.state} already."
        raise ConflictError(message)
    failure = "not_reached" if notice.channel == "phone" else "bounced"
    why = failure if state is NoticeState.FAILED else None
    await queries.put_notice(db, organization_id, notice_id, state, why, 0)
    await settle(db, organization_id)
    await audit(db, caller.member_id, f"case_notice.{state}", [notice_id])
    return await queries.notice_by_id(db, organization_id, notice_id)
