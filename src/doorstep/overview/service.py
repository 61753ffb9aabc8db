"""Where volunteers stand, and what came of their work."""

import datetime as dt
from typing import Literal
from uuid import UUID

import msgspec

from doorstep.events.service import shift_by_id
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.overview import laddering, queries
from doorstep.overview.model import Impact, Ladder, Standing, Step
from doorstep.overview.queries import ImpactRow, Span

Which = Literal["here", "reached", "stuck"]


async def ladder(db: Connection, organization_id: UUID, now: dt.datetime) -> Ladder:
    """All volunteers by the step that they reached."""
    return laddering.ladder(await queries.facts(db, organization_id, None), now)


async def standings(
    db: Connection, organization_id: UUID, step: Step, which: Which, now: dt.datetime
) -> list[Standing]:
    """Who is behind a number of the ladder, those who have stood there longest first."""
    everybody = await queries.facts(db, organization_id, None)
    every = [laddering.standing(one, now) for one in everybody]
    if which == "reached":
        found = [one for one in every if any(r.step is step for r in one.reached)]
    else:
        found = [one for one in every if one.step is step]
    if which == "stuck":
        found = [one for one in found if laddering.is_stuck(one, now)]
    return sorted(found, key=lambda one: (one.since, one.member_id))


async def standing(
    db: Connection, organization_id: UUID, member_id: UUID, now: dt.datetime
) -> Standing:
    """Where one member stands.

    Raises
    ------
    NotFoundError
        If there is no such member any more.
    """
    found = await queries.facts(db, organization_id, member_id)
    if not found:
        raise NotFoundError
    return laddering.standing(found[0], now)


async def impact(
    db: Connection, organization_id: UUID, member_id: UUID, since: dt.datetime, until: dt.datetime
) -> Impact:
    """What came of one member's work in a time.

    Raises
    ------
    NotFoundError
        If there is no such member.
    """
    span = Span(member_id=member_id, since=since, until=until)
    found = await queries.impact(db, organization_id, [span])
    if not found:
        raise NotFoundError
    return _told(found[0])


async def impact_of_shift(db: Connection, organization_id: UUID, shift_id: UUID) -> list[Impact]:
    """What came of a shift, for each who was there.

    Raises
    ------
    NotFoundError
        If there is no such shift.
    """
    await shift_by_id(db, organization_id, shift_id)
    spans = await queries.spans_of_shift(db, organization_id, shift_id)
    return [_told(row) for row in await queries.impact(db, organization_id, spans)]


def _told(row: ImpactRow) -> Impact:
    return Impact(**msgspec.structs.asdict(row), line=line(row))


def line(row: ImpactRow) -> str:
    """What came of it in a line, which promises no more than there is."""
    if not row.doors_count and not row.issues_count:
        return "Nothing is recorded of this time yet."
    doors = counted(row.doors_count, "door")
    if not row.cases_count:
        return f"You knocked at {doors} and talked at {row.conversations_count}."
    cases = counted(row.cases_count, "case")
    begins = f"Your {doors} led to {cases}" if row.doors_count else f"You brought in {cases}"
    solved = f"{row.solved_count} solved" if row.solved_count else "none solved yet"
    promised = _promised(row.commitments_count)
    return f"{begins}, {solved}{promised}."


def _promised(count: int) -> str:
    return f", and {counted(count, 'public promise')}" if count else ""


def counted(count: int, thing: str) -> str:
    """A count with its noun."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
