"""The board of a day while it runs, and what came of it."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.events.service import event_by_id, shift_by_id
from doorstep.kit.db import Connection
from doorstep.staffing import board_queries
from doorstep.staffing.board_queries import CloseOutRow
from doorstep.staffing.model import Board, CloseOut, Hours, Presence, Where

BACK_WITHIN = dt.timedelta(days=30)
HERE = (Presence.HERE, Presence.OUT, Presence.LEFT)


async def board(db: Connection, organization_id: UUID, shift_id: UUID) -> Board:
    """A shift while it runs: who is here, whom to call, which crews to look after.

    Raises
    ------
    NotFoundError
        If there is no such shift.
    """
    row = await board_queries.board(db, organization_id, shift_id)
    presence = [one.presence for one in row.people]
    return Board(
        shift_id=row.shift_id,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        booked_count=len(presence),
        here_count=sum(one in HERE for one in presence),
        late_count=presence.count(Presence.LATE),
        missing_count=presence.count(Presence.MISSING),
        waitlisted_count=row.waitlisted_count,
        overdue_count=sum(one.where is Where.OVERDUE for one in row.crews),
        people=row.people,
        crews=row.crews,
    )


async def hours(
    db: Connection,
    organization_id: UUID,
    member_id: UUID | None,
    since: dt.datetime,
    until: dt.datetime,
    *,
    limit: int = 1,
    offset: int = 0,
) -> list[Hours]:
    """What volunteers gave in a time, or one of them."""
    rows = await board_queries.hours(db, organization_id, member_id, since, until, limit, offset)
    now = dt.datetime.now(dt.UTC)
    return [
        Hours(
            **msgspec.structs.asdict(row),
            back_within_30_days=_came_back(row.first_shift_at, row.second_shift_at, now),
        )
        for row in rows
    ]


def _came_back(
    first: dt.datetime | None, second: dt.datetime | None, now: dt.datetime
) -> bool | None:
    """Whether the second shift came within 30 days of the first; None while it still may."""
    if first is None:
        return None
    if second is not None:
        return second <= first + BACK_WITHIN
    return None if now < first + BACK_WITHIN else False


async def close_out_shift(db: Connection, organization_id: UUID, shift_id: UUID) -> CloseOut:
    """What came of a shift.

    Raises
    ------
    NotFoundError
        If there is no such shift.
    """
    await shift_by_id(db, organization_id, shift_id)
    return await _close_out(db, organization_id, [shift_id])


async def close_out_event(db: Connection, organization_id: UUID, event_id: UUID) -> CloseOut:
    """What came of all shifts of an event.

    Raises
    ------
    NotFoundError
        If there is no such event.
    """
    await event_by_id(db, organization_id, event_id)
    ids = await board_queries.shifts_of_event(db, organization_id, event_id)
    return await _close_out(db, organization_id, ids)


async def _close_out(db: Connection, organization_id: UUID, shift_ids: list[UUID]) -> CloseOut:
    row = await board_queries.close_out(db, organization_id, shift_ids)
    return CloseOut(
        **msgspec.structs.asdict(row),
        shifts_count=len(shift_ids),
        no_show_rate=_share(row.no_shows_count, row.booked_count),
        rebook_rate=_share(row.rebooked_count, row.attended_count),
        impact=_impact(row),
    )


def _impact(row: CloseOutRow) -> str:
    done = (
        f"{row.attended_count} of us gave {row.hours:.0f} hours, knocked at "
        f"{row.doors_count} doors and talked at {row.contacts_count}."
    )
    if not row.cases_count:
        return done
    cases = "1 case" if row.cases_count == 1 else f"{row.cases_count} cases"
    solved = f"{row.solved_cases_count} of them solved by now" if row.solved_cases_count else ""
    return f"{done} What people raised is in {cases}{', ' if solved else ''}{solved}."


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
