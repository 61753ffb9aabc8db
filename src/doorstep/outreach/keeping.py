"""What time and changes do to events: letters, holds that run out, and what is over."""

import datetime as dt
from uuid import UUID

import structlog

from doorstep.events.model import EventStatus
from doorstep.events.service import hold_if_over
from doorstep.kit.db import Connection, Pool, organization_transaction, signin_transaction
from doorstep.kit.queue import Every
from doorstep.letters.model import LetterKind
from doorstep.outreach import attendance_queries as seats
from doorstep.outreach import placing, queries, writing
from doorstep.outreach.attendance_queries import Due
from doorstep.outreach.model import EventSeen
from doorstep.outreach.states import COMING, Move, State, after

EVERY_S = 20.0
CLOSED_AFTER = dt.timedelta(hours=12)
"""By then phones that were offline have told who came."""
STRANGERS_DAYS = 30
"""So long after an event the names of those are kept who never confirmed their address."""
_CONCERNED = sorted({*COMING, State.WAITLISTED, State.HELD, State.INVITED})
_WAITING = (State.WAITLISTED, State.HELD, State.INVITED)

_log = structlog.get_logger()


async def look_after_events(pool: Pool) -> None:
    """Do what is due in every organization; each event in a transaction of its own."""
    async with signin_transaction(pool) as db:
        organization_ids = await queries.organizations(db)
    for organization_id in organization_ids:
        await look_after(pool, organization_id)


async def look_after(pool: Pool, organization_id: UUID) -> None:
    """Do what is due in one organization."""
    over_before = dt.datetime.now(dt.UTC) - CLOSED_AFTER
    async with organization_transaction(pool, organization_id) as db:
        due = await seats.due_events(db, organization_id, over_before)
        await seats.forget_strangers(db, organization_id, STRANGERS_DAYS)
    for one in due:
        try:
            async with organization_transaction(pool, organization_id) as db:
                await _do(db, organization_id, one)
        except Exception as error:  # noqa: BLE001 -- who comes to other events waits as well
            _log.error("event not looked after", kind=type(error).__name__)


async def _do(db: Connection, organization_id: UUID, due: Due) -> None:
    event = await placing.held_event(db, organization_id, due.event_id)
    if due.changed:
        await _tell_change(db, organization_id, event)
    if due.over:
        await _close(db, organization_id, event)
    else:
        await placing.expire(db, organization_id, event)


async def _tell_change(db: Connection, organization_id: UUID, event: EventSeen) -> None:
    """Write to everybody concerned, once for all that was changed until now."""
    concerned = await seats.seats_in(db, organization_id, event.id, _CONCERNED)
    if event.status is EventStatus.CANCELLED:
        ids = [one.id for one in concerned]
        await seats.move(db, organization_id, ids, State.CANCELLED)
        await writing.take_back(db, organization_id, ids)
        kind = LetterKind.EVENT_CANCELLED
    else:
        await writing.plan_anew(db, organization_id, event, concerned)
        kind = LetterKind.EVENT_CHANGED
    await writing.tell_all(db, organization_id, kind, event, concerned)
    await seats.set_told(db, organization_id, event.id)


async def _close(db: Connection, organization_id: UUID, event: EventSeen) -> None:
    """End what is open; where nobody was checked in at all, nobody is called missing."""
    waiting = await seats.seats_in(db, organization_id, event.id, _WAITING)
    for one in waiting:
        await seats.move(db, organization_id, [one.id], after(Move.LAPSE, one.state))
    if await seats.seats_in(db, organization_id, event.id, [State.ATTENDED]):
        missing = await seats.seats_in(db, organization_id, event.id, sorted(COMING))
        ids = [one.id for one in missing]
        await seats.move(db, organization_id, ids, State.NO_SHOW)
    await hold_if_over(db, organization_id, event.id)
    await seats.close_public_event(db, organization_id, event.id)


PERIODIC = (Every(name="outreach.events", every_s=EVERY_S, run=look_after_events),)
