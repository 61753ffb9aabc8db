"""The waitlist: a place that comes free is kept for the next, for a while."""

import datetime as dt
from uuid import UUID

from doorstep.events import queries, reminding
from doorstep.events import signup_queries as seats
from doorstep.events.model import Shift, ShiftStatus
from doorstep.events.signup_queries import Moved, Seat
from doorstep.events.states import Move, State, after
from doorstep.kit.db import Connection
from doorstep.notify.model import Kind

HOLD = dt.timedelta(hours=2)
MOST_HOLDS = 2
"""A hold that runs out sends to the end of the waitlist; the second one ends the sign-up."""


async def promote(db: Connection, organization_id: UUID, shift: Shift) -> list[Seat]:
    """Keep each free place for whoever has waited longest; whom.

    Whoever calls holds the shift. Once it has begun, nobody is asked any more: who comes, walks
    in.
    """
    now = dt.datetime.now(dt.UTC)
    if shift.status is not ShiftStatus.OPEN or shift.starts_at <= now:
        return []
    free = await seats.free_places(db, organization_id, shift.id)
    turn = [
        seat
        for role, (count, waiting) in free.items()
        if count > 0 and waiting > 0
        for seat in await seats.next_waiting(db, organization_id, shift.id, role, count)
    ]
    if not turn:
        return []
    until = min(now + HOLD, shift.starts_at)
    moves = [
        Moved(signup_id=one.id, before=one.state, after=after(Move.HOLD, one.state)) for one in turn
    ]
    await seats.move(db, organization_id, moves, None, until)
    held = [await seats.seat(db, organization_id, one.id) for one in turn]
    await reminding.tell(db, organization_id, Kind.WAITLIST_HOLD, held, shift)
    return held


async def expire(db: Connection, organization_id: UUID, shift: Shift) -> None:
    """Take kept places away from those who did not answer in time.

    They go to the end of the waitlist, and out of it the second time: nobody is asked for ever.
    """
    now = dt.datetime.now(dt.UTC)
    late = [
        seat
        for seat in await seats.seats(db, organization_id, shift.id, [State.HELD])
        if seat.held_until is not None and seat.held_until <= now
    ]
    for seat in late:
        last = seat.holds_count >= MOST_HOLDS or shift.starts_at <= now
        then = after(Move.LAPSE if last else Move.QUEUE, seat.state)
        moved = Moved(signup_id=seat.id, before=seat.state, after=then)
        await seats.move(db, organization_id, [moved], None)
        if not last:
            turn = await seats.take_turn(db, organization_id, shift.id)
            await seats.put_last(db, organization_id, seat.id, turn.position)


async def bring_up_to_date(db: Connection, organization_id: UUID, shift_id: UUID) -> None:
    """Expire what has run out and promote those whose turn it is, in one transaction."""
    await queries.hold_shift(db, organization_id, shift_id)
    shift = await queries.shift_by_id(db, organization_id, shift_id)
    await expire(db, organization_id, shift)
    await promote(db, organization_id, shift)
