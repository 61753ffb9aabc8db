"""Places at an event: who gets one, who waits, and who is next."""

import datetime as dt
from uuid import UUID

from doorstep.events.model import EventStatus
from doorstep.guests.model import Recipient
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.outreach import attendance_queries as seats
from doorstep.outreach import queries, writing
from doorstep.outreach.attendance_queries import Seat
from doorstep.outreach.model import EventSeen, OfficeSlot, Source
from doorstep.outreach.states import ASKED, TAKING, Move, State, after

HOLD = dt.timedelta(hours=24)
LAST_HOLD = dt.timedelta(hours=2)
"""So long before its beginning nobody is kept a place for any more: what is free is free."""
_FEW_SLOTS = 5


async def held_event(db: Connection, organization_id: UUID, event_id: UUID) -> EventSeen:
    """An event for the public as it is, while nobody else changes who comes.

    Raises
    ------
    NotFoundError
        If there is no such event, or if it is not for the public.
    """
    await queries.hold_public_event(db, organization_id, event_id)
    return await queries.event_seen(db, organization_id, event_id)


async def ask(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    recipient: Recipient,
    count: int,
    source: Source,
) -> Seat:
    """A place for a party, or their turn among those who wait; who asks again has what they had.

    Raises
    ------
    ConflictError
        If one cannot say any more that one comes.
    RefusedError
        If the party is larger than the room.
    """
    position = await seats.take_turn(db, organization_id, event_id)
    event = await queries.event_seen(db, organization_id, event_id)
    check_open(event)
    before = await seats.live_seat(db, organization_id, event_id, recipient)
    if before is not None:
        return await _ask_again(db, organization_id, event, before)
    if event.capacity is not None and count > event.capacity:
        message = f"There is room for {event.capacity} only."
        raise RefusedError(message, field="seats")
    state = await _fitting(db, organization_id, event_id, count)
    if source is Source.INVITATION:
        state = State.INVITED
    seat = _new(event, None, recipient, state, count)
    return await _insert(db, organization_id, event, seat, source, position)


async def _ask_again(db: Connection, organization_id: UUID, event: EventSeen, before: Seat) -> Seat:
    """Who was invited, or kept a place for, takes it; all are written to once more."""
    if before.state in ASKED:
        return await accept(db, organization_id, event, before)
    await writing.tell_place(db, organization_id, event, before)
    return before


async def _fitting(db: Connection, organization_id: UUID, event_id: UUID, count: int) -> State:
    """A place if there is room, and nobody waits whom it would do for."""
    room = await seats.room(db, organization_id, event_id)
    if room.free is None or (
        count <= room.free and (room.smallest_waiting or room.free + 1) > room.free
    ):
        return State.GOING
    return State.WAITLISTED


async def _insert(
    db: Connection,
    organization_id: UUID,
    event: EventSeen,
    seat: Seat,
    source: Source,
    position: int,
) -> Seat:
    await seats.insert_attendance(db, organization_id, seat, source, position)
    await writing.tell_and_plan(db, organization_id, event, seat)
    return seat


def _new(
    event: EventSeen, slot: OfficeSlot | None, recipient: Recipient, state: State, count: int
) -> Seat:
    return Seat(
        id=new_id(),
        event_id=event.id,
        slot_id=slot.id if slot else None,
        slot_starts_at=slot.starts_at if slot else None,
        guest_id=recipient.guest_id,
        person_id=recipient.person_id,
        state=state,
        seats=count,
        held_until=None,
        checked_in_at=None,
    )


def check_open(event: EventSeen) -> None:
    """See that one can still say that one comes.

    Raises
    ------
    ConflictError
        If it was cancelled, has begun, or takes no names.
    """
    if event.status is not EventStatus.PUBLISHED:
        message = "This event was cancelled." if event.cancelled_reason else "This event is over."
        raise ConflictError(message)
    if event.starts_at is None or event.starts_at <= dt.datetime.now(dt.UTC):
        message = "This event has begun. Just come."
        raise ConflictError(message)
    if not event.rsvp:
        message = "One need not say beforehand that one comes to this event."
        raise ConflictError(message)


async def book(
    db: Connection, organization_id: UUID, event_id: UUID, slot_id: UUID, recipient: Recipient
) -> Seat:
    """A slot of an event's office hours; who has one already is told of that one once more.

    Raises
    ------
    NotFoundError
        If there is no such slot.
    ConflictError
        If it is taken or over; it names some that are free.
    """
    position = await seats.take_turn(db, organization_id, event_id)
    event = await queries.event_seen(db, organization_id, event_id)
    if event.status is not EventStatus.PUBLISHED:
        message = "These office hours do not take place."
        raise ConflictError(message)
    every = await queries.slots(db, organization_id, event_id, only_free=False)
    slot = next((one for one in every if one.id == slot_id), None)
    if slot is None:
        raise NotFoundError
    before = await seats.live_seat(db, organization_id, event_id, recipient)
    if before is not None:
        await writing.tell_place(db, organization_id, event, before)
        return before
    now = dt.datetime.now(dt.UTC)
    if not slot.free or slot.starts_at <= now:
        free = [one for one in every if one.free and one.starts_at > now]
        raise ConflictError(writing.slot_taken(event, free[:_FEW_SLOTS]), field="slot_id")
    seat = _new(event, slot, recipient, State.GOING, 1)
    return await _insert(db, organization_id, event, seat, Source.WEB, position)


async def accept(db: Connection, organization_id: UUID, event: EventSeen, seat: Seat) -> Seat:
    """The place that was kept, or that they were invited to; if that is gone, their turn.

    Raises
    ------
    ConflictError
        If no place is kept.
    """
    if seat.state in TAKING - ASKED:
        return seat
    state = after(Move.ACCEPT, seat.state)
    if seat.state is State.INVITED:
        check_open(event)
        if await _fitting(db, organization_id, event.id, seat.seats) is not State.GOING:
            state = after(Move.QUEUE, seat.state)
    return await _moved(db, organization_id, event, seat, state)


async def _moved(
    db: Connection, organization_id: UUID, event: EventSeen, seat: Seat, state: State
) -> Seat:
    await seats.move(db, organization_id, [seat.id], state)
    now = await seats.seat_by_id(db, organization_id, seat.id)
    await writing.tell_and_plan(db, organization_id, event, now)
    return now


async def confirm(db: Connection, organization_id: UUID, event: EventSeen, seat: Seat) -> Seat:
    """The place with their word that they come; again, nothing new.

    Raises
    ------
    ConflictError
        If there is no place to confirm.
    """
    if event.status is EventStatus.CANCELLED:
        message = "This event was cancelled."
        raise ConflictError(message)
    if seat.state not in {State.CONFIRMED, State.ATTENDED}:
        state = after(Move.CONFIRM, seat.state)
        await seats.move(db, organization_id, [seat.id], state)
    return await seats.seat_by_id(db, organization_id, seat.id)


async def cancel(db: Connection, organization_id: UUID, event: EventSeen, seat: Seat) -> Seat:
    """Give up what they have, and keep it for the next; again, nothing new.

    Raises
    ------
    ConflictError
        If it is over.
    """
    if seat.state in {State.CANCELLED, State.DECLINED}:
        return seat
    move = Move.DECLINE if seat.state in ASKED else Move.CANCEL
    await seats.move(db, organization_id, [seat.id], after(move, seat.state))
    await writing.take_back(db, organization_id, [seat.id])
    await promote(db, organization_id, event)
    return await seats.seat_by_id(db, organization_id, seat.id)


async def promote(db: Connection, organization_id: UUID, event: EventSeen) -> None:
    """Keep each free place for whoever waited longest and fits; whoever calls holds the event."""
    now = dt.datetime.now(dt.UTC)
    if event.status is not EventStatus.PUBLISHED or event.starts_at is None:
        return
    until = min(now + HOLD, event.starts_at - LAST_HOLD)
    room = await seats.room(db, organization_id, event.id)
    if until <= now or room.smallest_waiting is None:
        return
    turn: list[Seat] = []
    free = room.free
    for seat in await seats.seats_in(db, organization_id, event.id, [State.WAITLISTED]):
        if free is None or seat.seats <= free:
            free = None if free is None else free - seat.seats
            turn.append(seat)
    ids = [one.id for one in turn]
    await seats.move(db, organization_id, ids, after(Move.HOLD, State.WAITLISTED), until)
    await writing.tell_free(db, organization_id, turn, until)


async def expire(db: Connection, organization_id: UUID, event: EventSeen) -> None:
    """Take kept places from those who did not answer in time, and keep them for the next."""
    now = dt.datetime.now(dt.UTC)
    late = [
        seat.id
        for seat in await seats.seats_in(db, organization_id, event.id, [State.HELD])
        if seat.held_until is not None and seat.held_until <= now
    ]
    await seats.move(db, organization_id, late, after(Move.LAPSE, State.HELD))
    await writing.take_back(db, organization_id, late)
    await promote(db, organization_id, event)
