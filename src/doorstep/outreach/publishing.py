"""What an event is for the public: its time and room, its slots, and where that is shown."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.accounts.service import organization_by_id
from doorstep.events.model import EventKind, EventStatus
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.letters.model import LetterKind
from doorstep.outreach import attendance_queries as seats
from doorstep.outreach import placing, queries, writing
from doorstep.outreach.model import (
    BookedSlot,
    EventSeen,
    PublicEvent,
    PublicEventPut,
    SlotsCreate,
)
from doorstep.outreach.queries import NewSlot
from doorstep.outreach.states import State

LONGEST = dt.timedelta(days=7)
PAST = dt.timedelta(days=366)
AHEAD = dt.timedelta(days=5 * 366)
MOST_SLOTS = 200


async def put_public_event(
    db: Connection, caller: Caller, public_url: str, event_id: UUID, wanted: PublicEventPut
) -> PublicEvent:
    """An event with a time and room for the public; a new time is told to all who come.

    Raises
    ------
    NotFoundError
        If there is no such event.
    ConflictError
        If it was cancelled or is over, or if more places are taken than there would be.
    RefusedError
        If it would end before it begins, last more than a week, or be years away.
    """
    organization_id = caller.organization_id
    event = await queries.event_seen(db, organization_id, event_id)
    if event.status not in {EventStatus.DRAFT, EventStatus.PUBLISHED}:
        message = f"This event is {event.status.replace('_', ' ')}. Make a new one."
        raise ConflictError(message, field="status")
    _check_times(wanted.starts_at, wanted.ends_at)
    if await queries.is_for_public(db, organization_id, event_id):
        event = await placing.held_event(db, organization_id, event_id)
        if wanted.capacity is not None and wanted.capacity < event.taken_count:
            message = f"{event.taken_count} places are taken already. Cancel some first."
            raise ConflictError(message, field="capacity")
    await queries.put_public_event(db, organization_id, event_id, wanted)
    event = await placing.held_event(db, organization_id, event_id)
    await placing.promote(db, organization_id, event)
    await audit(db, caller.member_id, "public_event.changed", [event_id])
    return await public_event(db, organization_id, public_url, event_id)


def _check_times(starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    if ends_at <= starts_at:
        message = "It ends before it begins. Swap the two, or mend the day."
        raise RefusedError(message, field="ends_at")
    if ends_at - starts_at > LONGEST:
        message = "An event for the public lasts a week at most. Make several."
        raise RefusedError(message, field="ends_at")
    now = dt.datetime.now(dt.UTC)
    if not now - PAST <= starts_at <= now + AHEAD:
        message = "The start is more than a year ago or five years ahead. Check the year."
        raise RefusedError(message, field="starts_at")


async def public_event(
    db: Connection, organization_id: UUID, public_url: str, event_id: UUID
) -> PublicEvent:
    """What an event is for the public.

    Raises
    ------
    NotFoundError
        If there is no such event, or if it is nothing for the public yet.
    """
    await queries.see_public_event(db, organization_id, event_id)
    event = await queries.event_seen(db, organization_id, event_id)
    slug = (await organization_by_id(db, organization_id)).slug
    return shown(event, public_url, slug)


def shown(event: EventSeen, public_url: str, slug: str) -> PublicEvent:
    """An event for the public as organizers see it."""
    if event.starts_at is None or event.ends_at is None:
        raise NotFoundError
    return PublicEvent(
        event_id=event.id,
        listed=event.listed,
        url=f"{public_url}/o/{slug}/events/{event.slug}",
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        rsvp=event.rsvp,
        capacity=event.capacity,
        taken_count=event.taken_count,
        agenda=event.agenda,
        sequence=event.sequence,
    )


async def add_slots(
    db: Connection, caller: Caller, event_id: UUID, wanted: SlotsCreate
) -> list[BookedSlot]:
    """Slots one after the other; of the same person and time there is one.

    Raises
    ------
    NotFoundError
        If there is no such event for the public.
    ConflictError
        If it was cancelled or is over.
    RefusedError
        If it is no office hours, or if the slots are too many or outside its time.
    """
    organization_id = caller.organization_id
    event = await placing.held_event(db, organization_id, event_id)
    if event.kind is not EventKind.OFFICE_HOURS:
        message = "Slots are for events of the kind office_hours. Change the kind first."
        raise RefusedError(message, field="kind")
    if event.status not in {EventStatus.DRAFT, EventStatus.PUBLISHED}:
        message = f"This event is {event.status.replace('_', ' ')}. Make a new one."
        raise ConflictError(message, field="status")
    made = list(_cut(event, wanted))
    if not 1 <= len(made) <= MOST_SLOTS:
        message = f"This would make {len(made)} slots; make 1 to {MOST_SLOTS} at a time."
        raise RefusedError(message, field="minutes")
    await queries.insert_slots(db, organization_id, event_id, wanted.with_whom, made)
    return await queries.booked_slots(db, organization_id, event_id)


def _cut(event: EventSeen, wanted: SlotsCreate) -> Iterator[NewSlot]:
    if event.starts_at is None or event.ends_at is None:
        raise NotFoundError
    at, until = wanted.starts_at or event.starts_at, wanted.ends_at or event.ends_at
    if not event.starts_at <= at < until <= event.ends_at:
        message = "Slots lie inside the time of the event. Change that first, or mend the times."
        raise RefusedError(message, field="starts_at")
    lasts = dt.timedelta(minutes=wanted.minutes)
    while at + lasts <= until:
        yield NewSlot(id=new_id(), starts_at=at, ends_at=at + lasts)
        at += lasts


async def cancel_slot(db: Connection, caller: Caller, event_id: UUID, slot_id: UUID) -> None:
    """Take a slot away; who has booked it is told.

    Raises
    ------
    NotFoundError
        If there is no such slot.
    """
    organization_id = caller.organization_id
    event = await placing.held_event(db, organization_id, event_id)
    attendance_id = await queries.cancel_slot(db, organization_id, event_id, slot_id)
    if attendance_id is not None:
        seat = await seats.seat_by_id(db, organization_id, attendance_id)
        await seats.move(db, organization_id, [seat.id], State.CANCELLED)
        await writing.take_back(db, organization_id, [seat.id])
        await writing.tell_all(db, organization_id, LetterKind.EVENT_CANCELLED, event, [seat])
