"""Who came to an event: tickets that are scanned, names ticked off at the desk, and walk-ins."""

import datetime as dt
from uuid import UUID

from doorstep.engage.service import enter_by_slug
from doorstep.events.model import CheckInHow, EventStatus
from doorstep.guests.model import Recipient
from doorstep.guests.model import Source as GuestSource
from doorstep.guests.service import confirm as confirm_guest
from doorstep.guests.service import welcome
from doorstep.kit import links
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.links import Purpose
from doorstep.kit.tokens import Keyring
from doorstep.outreach import attendance_queries as seats
from doorstep.outreach import placing, queries, writing
from doorstep.outreach.attendance_queries import Seat, Ticket
from doorstep.outreach.model import (
    Attendance,
    AttendanceCreate,
    Contact,
    EventSeen,
    PublicWalkIn,
    Rsvp,
    Source,
)
from doorstep.outreach.states import Move, State, after
from doorstep.people.service import person_by_id
from doorstep.sharing.model import Conversion
from doorstep.sharing.service import credit

EARLY = dt.timedelta(hours=12)
LATE = dt.timedelta(hours=24)
"""How long before its beginning and after its end somebody may have come to an event."""
_CLOCK = dt.timedelta(minutes=5)
_UUID7 = 7
_DEEDS = {
    "confirm": placing.confirm,
    "accept": placing.accept,
    "cancel": placing.cancel,
}


async def listed(db: Connection, slug: str, event_slug: str) -> tuple[UUID, EventSeen]:
    """A public event with its organization; the transaction is inside that afterwards.

    Raises
    ------
    NotFoundError
        If there is none, or if it is a draft or not public; which is not said.
    """
    organization_id = await enter_by_slug(db, slug)
    plain = event_slug.isascii() and event_slug.isprintable()
    event = await queries.listed_event(db, organization_id, event_slug) if plain else None
    if event is None:
        message = "There is no such public event. Check the address."
        raise NotFoundError(message)
    return organization_id, event


async def rsvp(
    db: Connection,
    organization_id: UUID,
    event: EventSeen,
    wanted: Rsvp,
    slot_id: UUID | None = None,
) -> None:
    """Take in that somebody comes, or that they book a slot; a letter says what they have.

    The answer is the same whether the address is known or not.

    Raises
    ------
    NotFoundError
        If there is no such slot.
    ConflictError
        If the event is over, or the slot taken.
    RefusedError
        If name or address cannot be one.
    """
    if slot_id is None:
        placing.check_open(event)
    guest_id = await welcome(
        db,
        organization_id,
        name=wanted.name,
        email=wanted.email,
        source=GuestSource.RSVP if slot_id is None else GuestSource.SLOT,
        purposes=["events"] if wanted.wants_news else [],
    )
    recipient = Recipient(guest_id=guest_id)
    if slot_id is None:
        await placing.ask(db, organization_id, event.id, recipient, wanted.seats, Source.WEB)
    else:
        await placing.book(db, organization_id, event.id, slot_id, recipient)
    what = Conversion.RSVP if slot_id is None else Conversion.SLOT
    await credit(db, organization_id, wanted.via, what, event.id, recipient)


async def linked_ticket(
    db: Connection, keyring: Keyring, purpose: Purpose, slug: str, token: str
) -> tuple[UUID, Ticket, EventSeen]:
    """What a signed link is about; the transaction is inside its organization afterwards.

    Raises
    ------
    RefusedError
        If it is forged, too old, good for something else or another's; which is not said.
    """
    said = links.read(keyring, purpose, token, dt.datetime.now(dt.UTC))
    if len(said.ids) != 1 or await enter_by_slug(db, slug) != said.organization_id:
        raise RefusedError(links.NOT_VALID, field="token")
    ticket = await seats.ticket(db, said.organization_id, said.ids[0])
    event = await queries.event_seen(db, said.organization_id, ticket.event_id)
    return said.organization_id, ticket, event


async def do_with_ticket(
    db: Connection, keyring: Keyring, slug: str, token: str, deed: str
) -> tuple[UUID, Ticket, EventSeen]:
    """Confirm, accept or cancel by the link in a letter; a second time nothing new happens.

    Raises
    ------
    RefusedError
        If the link is no good, or if the deed is none of these.
    ConflictError
        If it does not stand so that it can be done.
    """
    organization_id, ticket, _ = await linked_ticket(db, keyring, Purpose.TICKET, slug, token)
    if deed not in _DEEDS:
        message = "Choose one of the buttons."
        raise RefusedError(message, field="do")
    seat = await seats.seat_by_id(db, organization_id, ticket.id)
    if seat.guest_id is not None:
        # Whoever has the link got the letter. Before the event is held: as asking for a place does.
        await confirm_guest(db, organization_id, seat.guest_id)
    event = await placing.held_event(db, organization_id, ticket.event_id)
    seat = await seats.seat_by_id(db, organization_id, ticket.id)
    await _do(db, organization_id, event, seat, deed)
    return organization_id, await seats.ticket(db, organization_id, ticket.id), event


async def _do(
    db: Connection, organization_id: UUID, event: EventSeen, seat: Seat, deed: str
) -> None:
    await _DEEDS[deed](db, organization_id, event, seat)


async def put_on_list(
    db: Connection, caller: Caller, event_id: UUID, wanted: AttendanceCreate
) -> Attendance:
    """Somebody on the list, by the same rules as on the page; or asked, if they allow letters.

    Raises
    ------
    NotFoundError
        If there is no such event for the public, or no such person.
    RefusedError
        If neither a person nor a name with an address is given, or both.
    ConflictError
        If one cannot say any more that one comes.
    """
    organization_id = caller.organization_id
    recipient = await _recipient(db, caller, wanted)
    source = Source.INVITATION if wanted.invite else Source.DESK
    seat = await placing.ask(db, organization_id, event_id, recipient, wanted.seats, source)
    return await attendance_by_id(db, organization_id, event_id, seat.id)


async def _recipient(db: Connection, caller: Caller, wanted: AttendanceCreate) -> Recipient:
    if wanted.person_id is not None:
        if wanted.name is not None or wanted.email is not None:
            message = "Give a person, or a name with an address, not both."
            raise RefusedError(message, field="person_id")
        person = await person_by_id(db, caller, wanted.person_id)
        return Recipient(person_id=person.id)
    if wanted.name is None or wanted.email is None:
        message = "Give a person of your lists, or a name with an e-mail address."
        raise RefusedError(message, field="name")
    guest_id = await welcome(
        db, caller.organization_id, name=wanted.name, email=wanted.email, source=GuestSource.RSVP
    )
    return Recipient(guest_id=guest_id)


async def attendance_by_id(
    db: Connection, organization_id: UUID, event_id: UUID, attendance_id: UUID
) -> Attendance:
    """One of those who come to an event.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = await seats.attendances(db, organization_id, event_id, attendance_id, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def check_in_by_ticket(
    db: Connection,
    keyring: Keyring,
    caller: Caller,
    event_id: UUID,
    token: str,
    at: dt.datetime | None,
) -> Attendance:
    """Check in by what the code of a ticket says; the same again changes nothing.

    Raises
    ------
    RefusedError
        If the code is forged, too old or of another event, or the time is impossible.
    ConflictError
        If the ticket or the event was cancelled.
    """
    said = links.read(keyring, Purpose.TICKET, token, dt.datetime.now(dt.UTC))
    if said.organization_id != caller.organization_id or len(said.ids) != 1:
        raise RefusedError(links.NOT_VALID, field="token")
    seat = await seats.seat_by_id(db, caller.organization_id, said.ids[0])
    if seat.event_id != event_id:
        message = "This ticket is for another event."
        raise RefusedError(message, field="token")
    return await check_in(db, caller, event_id, seat.id, at, CheckInHow.QR)


async def check_in(
    db: Connection,
    caller: Caller,
    event_id: UUID,
    attendance_id: UUID,
    at: dt.datetime | None,
    how: CheckInHow = CheckInHow.DESK,
) -> Attendance:
    """Note that somebody of the list is here; again: the earlier time counts.

    Raises
    ------
    NotFoundError
        If they are not on the list of this event.
    ConflictError
        If they or the event cancelled.
    RefusedError
        If the time is not about that of the event.
    """
    organization_id = caller.organization_id
    event = await placing.held_event(db, organization_id, event_id)
    came_at = _when(event, at)
    seat = await seats.seat_by_id(db, organization_id, attendance_id)
    if seat.event_id != event_id:
        raise NotFoundError
    if seat.checked_in_at is None or came_at < seat.checked_in_at:
        after(Move.CHECK_IN, seat.state)
        await seats.set_check_in(db, organization_id, seat.id, came_at, str(how), caller.member_id)
        await writing.take_back(db, organization_id, [seat.id])
        await writing.ask_for_feedback(db, organization_id, event, seat)
    return await attendance_by_id(db, organization_id, event_id, attendance_id)


async def undo_check_in(
    db: Connection, caller: Caller, event_id: UUID, attendance_id: UUID
) -> Attendance:
    """Take a check-in back: they have a place, as if they were yet to come.

    Raises
    ------
    NotFoundError
        If they are not on the list of this event.
    ConflictError
        If they were not checked in, or walked in.
    """
    organization_id = caller.organization_id
    event = await placing.held_event(db, organization_id, event_id)
    found = await attendance_by_id(db, organization_id, event.id, attendance_id)
    if found.state is not State.ATTENDED:
        message = f"They were not checked in. (It is {found.state.replace('_', '-')}.)"
        raise ConflictError(message, field="state")
    walked_in = found.source is Source.WALK_IN
    await seats.undo_check_in(
        db, organization_id, attendance_id, State.CANCELLED if walked_in else State.GOING
    )
    await writing.take_back(db, organization_id, [attendance_id], feedback=True)
    return await attendance_by_id(db, organization_id, event_id, attendance_id)


def _when(event: EventSeen, at: dt.datetime | None) -> dt.datetime:
    """When somebody came: now, or as a phone says, whose clock may be a little fast."""
    if event.status is EventStatus.CANCELLED:
        message = "This event was cancelled."
        raise ConflictError(message)
    now = dt.datetime.now(dt.UTC)
    came_at = at or now
    if came_at > now + _CLOCK:
        message = "This time is yet to come. Check the phone's clock."
        raise RefusedError(message, field="occurred_at")
    if event.starts_at is None or event.ends_at is None:
        raise NotFoundError
    if not event.starts_at - EARLY <= came_at <= event.ends_at + LATE:
        message = "This is not about the time of the event. Check the event and the clock."
        raise RefusedError(message, field="occurred_at")
    return min(came_at, now)


async def walk_in(
    db: Connection, caller: Caller, event_id: UUID, wanted: PublicWalkIn
) -> Attendance:
    """Somebody who just came, with or without a name; who is on the list is ticked off.

    Raises
    ------
    NotFoundError
        If there is no such event for the public.
    ConflictError
        If it was cancelled, or if the id was used for something else.
    RefusedError
        If the id is no UUIDv7, or if name or address cannot be one.
    """
    organization_id = caller.organization_id
    check_id(wanted.id)
    guest_id = await contact_of(db, organization_id, wanted.contact)
    event = await placing.held_event(db, organization_id, event_id)
    came_at = _when(event, wanted.occurred_at)
    known = await seats.attendances(db, organization_id, event_id, wanted.id, 1, 0)
    if known:
        return known[0]
    if guest_id is not None:
        before = await seats.live_seat(db, organization_id, event_id, Recipient(guest_id=guest_id))
        if before is not None:
            return await check_in(db, caller, event_id, before.id, wanted.occurred_at)
    position = await seats.take_turn(db, organization_id, event_id)
    await seats.insert_walk_in(
        db, organization_id, wanted.id, event_id, guest_id, wanted.seats, position, came_at,
        caller.member_id,
    )  # fmt: skip
    seat = await seats.seat_by_id(db, organization_id, wanted.id)
    await writing.ask_for_feedback(db, organization_id, event, seat)
    return await attendance_by_id(db, organization_id, event_id, wanted.id)


async def contact_of(db: Connection, organization_id: UUID, contact: Contact | None) -> UUID | None:
    """The guest who left name and address, if somebody did.

    Raises
    ------
    RefusedError
        If name or address cannot be one.
    """
    if contact is None:
        return None
    return await welcome(
        db,
        organization_id,
        name=contact.name,
        email=contact.email,
        source=GuestSource.SIGNUP,
        purposes=contact.purposes,
    )


def check_id(one: UUID) -> None:
    """See that a phone made this id so that nobody else did.

    Raises
    ------
    RefusedError
        If it is no UUIDv7.
    """
    if one.version != _UUID7:
        message = "Make the id as a UUIDv7: others may have been used before."
        raise RefusedError(message, field="id")
