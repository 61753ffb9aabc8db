"""What time does to shifts: holds run out, the next is asked, and what is over is closed."""

import datetime as dt
from uuid import UUID

import structlog

from doorstep.events import queries, reminding, waiting
from doorstep.events import signup_queries as seats
from doorstep.events.attending import close_shift
from doorstep.events.signup_queries import Due, Moved
from doorstep.events.states import Move, after, may
from doorstep.kit.db import Connection, Pool, organization_transaction, signin_transaction
from doorstep.kit.queue import Every

EVERY_S = 20.0
"""A place that came free is offered within a minute, though a turn be missed or late."""
CLOSED_AFTER = dt.timedelta(hours=12)
"""Who has not closed a shift by then has forgotten it."""

_log = structlog.get_logger()


async def look_after_shifts(pool: Pool) -> None:
    """Do what is due in every organization; each shift in a transaction of its own."""
    async with signin_transaction(pool) as db:
        organization_ids = await seats.organizations(db)
    for organization_id in organization_ids:
        await look_after(pool, organization_id)


async def look_after(pool: Pool, organization_id: UUID) -> None:
    """Do what is due in one organization."""
    over_before = dt.datetime.now(dt.UTC) - CLOSED_AFTER
    async with organization_transaction(pool, organization_id) as db:
        left = await seats.signups_of_former_members(db, organization_id)
        due = await seats.due_shifts(db, organization_id, over_before)
    for signup_id in left:
        async with organization_transaction(pool, organization_id) as db:
            await _cancel_former(db, organization_id, signup_id)
    for one in due:
        try:
            async with organization_transaction(pool, organization_id) as db:
                await _do(db, organization_id, one)
        except Exception as error:  # noqa: BLE001 -- the other shifts' people wait as well
            _log.error("shift not looked after", kind=type(error).__name__)


async def _do(db: Connection, organization_id: UUID, due: Due) -> None:
    if due.over:
        await close_shift(db, organization_id, due.shift_id, None)
    else:
        await waiting.bring_up_to_date(db, organization_id, due.shift_id)


async def _cancel_former(db: Connection, organization_id: UUID, signup_id: UUID) -> None:
    seat = await seats.seat(db, organization_id, signup_id)
    await queries.hold_shift(db, organization_id, seat.shift_id)
    seat = await seats.seat(db, organization_id, signup_id)
    if not may(Move.CANCEL, seat.state):
        return
    moved = Moved(signup_id=signup_id, before=seat.state, after=after(Move.CANCEL, seat.state))
    await seats.move(db, organization_id, [moved], None)
    await reminding.take_back(db, organization_id, [signup_id])
    shift = await queries.shift_by_id(db, organization_id, seat.shift_id)
    await waiting.promote(db, organization_id, shift)


PERIODIC = (Every(name="events.shifts", every_s=EVERY_S, run=look_after_shifts),)
