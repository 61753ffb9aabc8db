"""Which letters those who come to an event get, and when."""

import datetime as dt
from collections.abc import Iterator, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.events.service import ENGLISH, moment, reminder_times
from doorstep.kit.db import Connection
from doorstep.letters.model import LetterKind, NewLetter
from doorstep.letters.service import queue, withdraw
from doorstep.outreach.attendance_queries import Seat
from doorstep.outreach.model import EventSeen, OfficeSlot
from doorstep.outreach.states import COMING, State

FEEDBACK_AFTER = dt.timedelta(hours=2)
_AGAIN_S = 900
"""Who asks again and again is written to once in this time."""
_REMINDED = ("1d", "2h")
_TAKEN_BACK = (
    LetterKind.TICKET,
    LetterKind.SLOT_BOOKED,
    LetterKind.PLACE_FREE,
    LetterKind.EVENT_CHANGED,
    LetterKind.EVENT_REMINDER,
)


async def tell_place(db: Connection, organization_id: UUID, event: EventSeen, seat: Seat) -> None:
    """The ticket, or what else they have: a slot, their turn, an invitation."""
    await queue(db, organization_id, list(_place(event, seat)))


async def tell_and_plan(
    db: Connection, organization_id: UUID, event: EventSeen, seat: Seat
) -> None:
    """As `tell_place`, with the reminders of a place, in one statement."""
    reminders = _reminders(event, seat) if seat.state in COMING else ()
    await queue(db, organization_id, [*_place(event, seat), *reminders])


def _place(event: EventSeen, seat: Seat) -> Iterator[NewLetter]:
    if seat.recipient is None:
        return
    kind = LetterKind.SLOT_BOOKED if seat.slot_id else LetterKind.TICKET
    bucket = int(dt.datetime.now(dt.UTC).timestamp()) // _AGAIN_S
    yield NewLetter(
        kind=kind,
        about=seat.id,
        recipient=seat.recipient,
        key=f"{kind}:{seat.id}:{seat.state}:{bucket}",
        expires_at=event.ends_at,
        # An invitation is nothing they asked for.
        purpose="events" if seat.state is State.INVITED else None,
    )


async def tell_free(
    db: Connection, organization_id: UUID, turn: Sequence[Seat], until: dt.datetime
) -> None:
    """Tell those whose turn it is that a place is kept for them."""
    letters = [
        NewLetter(
            kind=LetterKind.PLACE_FREE,
            about=seat.id,
            recipient=seat.recipient,
            key=f"{LetterKind.PLACE_FREE}:{seat.id}",
            expires_at=until,
        )
        for seat in turn
        if seat.recipient is not None
    ]
    await queue(db, organization_id, letters)


async def tell_all(
    db: Connection, organization_id: UUID, kind: LetterKind, event: EventSeen, all_: Sequence[Seat]
) -> None:
    """Tell everybody concerned that an event was changed or cancelled."""
    letters = [
        NewLetter(
            kind=kind,
            about=seat.id,
            recipient=seat.recipient,
            key=f"{kind}:{seat.id}:{event.sequence}",
            facts={"sequence": event.sequence},
            expires_at=event.ends_at,
        )
        for seat in all_
        if seat.recipient is not None
    ]
    await queue(db, organization_id, letters)


async def plan_reminders(
    db: Connection, organization_id: UUID, event: EventSeen, coming: Sequence[Seat]
) -> None:
    """Remind those who have a place on the day before and two hours before, once each."""
    letters = [
        letter for seat in coming if seat.state in COMING for letter in _reminders(event, seat)
    ]
    await queue(db, organization_id, letters)


def _reminders(event: EventSeen, seat: Seat) -> Iterator[NewLetter]:
    starts_at = seat.slot_starts_at or event.starts_at
    if starts_at is None or seat.recipient is None:
        return
    now = dt.datetime.now(dt.UTC)
    times = reminder_times(starts_at, ZoneInfo(event.time_zone))
    for step in _REMINDED:
        # A late one is as good as none once the next has come.
        ends = times["2h"] if step == "1d" else starts_at
        if not now < times[step] < ends:
            continue
        yield NewLetter(
            kind=LetterKind.EVENT_REMINDER,
            about=seat.id,
            recipient=seat.recipient,
            # With the sequence: after a move, the new time is planned anew.
            key=f"{LetterKind.EVENT_REMINDER}:{seat.id}:{step}:{event.sequence}",
            due_at=times[step],
            expires_at=ends,
            facts={"step": step},
        )


async def plan_anew(
    db: Connection, organization_id: UUID, event: EventSeen, coming: Sequence[Seat]
) -> None:
    """Plan the reminders of an event that has moved, in place of the earlier ones."""
    for seat in coming:
        await withdraw(db, organization_id, about=seat.id, kinds=[LetterKind.EVENT_REMINDER])
    await plan_reminders(db, organization_id, event, coming)


async def take_back(
    db: Connection,
    organization_id: UUID,
    attendance_ids: Sequence[UUID],
    *,
    feedback: bool = False,
) -> None:
    """Take back whatever of these attendances was not sent yet."""
    kinds = (*_TAKEN_BACK, LetterKind.FEEDBACK) if feedback else _TAKEN_BACK
    for attendance_id in attendance_ids:
        await withdraw(db, organization_id, about=attendance_id, kinds=kinds)


async def ask_for_feedback(
    db: Connection, organization_id: UUID, event: EventSeen, seat: Seat
) -> None:
    """Ask who came how it was, once, two hours after its end."""
    if seat.recipient is None or event.ends_at is None:
        return
    letter = NewLetter(
        kind=LetterKind.FEEDBACK,
        about=seat.id,
        recipient=seat.recipient,
        key=f"{LetterKind.FEEDBACK}:{seat.id}",
        due_at=event.ends_at + FEEDBACK_AFTER,
    )
    await queue(db, organization_id, [letter])


def slot_taken(event: EventSeen, free: Sequence[OfficeSlot]) -> str:
    """That a slot is gone, and which are left."""
    if not free:
        return "This time was just taken, and no other is left."
    left = "; ".join(
        f"{moment(ENGLISH, one.starts_at, event.time_zone)} with {one.with_whom}" for one in free
    )
    return f"This time was just taken. Still free: {left}."
