"""What members are told about their shifts, and when."""

import datetime as dt
from collections.abc import Iterator, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.algorithms.recurring import days_later, instant, on_the_wall
from doorstep.events.model import Shift
from doorstep.events.signup_queries import Seat, crew_still_awaited
from doorstep.events.states import State
from doorstep.kit.db import Connection
from doorstep.notify.model import Kind, Notice
from doorstep.notify.service import notify, withdraw

DAY_BEFORE_AT = dt.time(11)
"""People plan tomorrow around noon; the hour is Mobilize's."""
REMINDED = (State.BOOKED, State.CONFIRMED)
_ALL = frozenset(
    {
        Kind.SHIFT_BOOKED,
        Kind.SHIFT_WAITLISTED,
        Kind.SHIFT_REMINDER,
        Kind.WAITLIST_HOLD,
        Kind.SHIFT_MOVED,
        Kind.PARTNER_CHECKED_IN,
    }
)


def reminder_times(starts_at: dt.datetime, zone: ZoneInfo) -> dict[str, dt.datetime]:
    """When to remind of a shift: four days before, at 11:00 on the day before, two hours before.

    Days are those of the clock there, so a clock change does not shift them; the two hours are
    two hours.
    """
    day_before = on_the_wall(starts_at, zone).date() - dt.timedelta(days=1)
    return {
        "4d": days_later(starts_at, -4, zone),
        "1d": instant(dt.datetime.combine(day_before, DAY_BEFORE_AT), zone),
        "2h": starts_at - dt.timedelta(hours=2),
    }


async def tell(
    db: Connection, organization_id: UUID, kind: Kind, seats: Sequence[Seat], shift: Shift
) -> None:
    """Tell those with these sign-ups something about a shift, now."""
    await notify(db, organization_id, [_notice(kind, seat, shift) for seat in seats])


async def tell_and_plan(
    db: Connection, organization_id: UUID, kind: Kind, seat: Seat, shift: Shift
) -> None:
    """Tell somebody of their place and plan to remind them, in one statement."""
    notices = [_notice(kind, seat, shift), *_reminders(seat, shift, dt.datetime.now(dt.UTC))]
    await notify(db, organization_id, notices)


def _notice(kind: Kind, seat: Seat, shift: Shift) -> Notice:
    # A hold, a move: each is told by itself; that one is booked is told once.
    number = {Kind.WAITLIST_HOLD: seat.holds_count, Kind.SHIFT_MOVED: shift.sequence}.get(kind, 0)
    return Notice(
        kind=kind,
        member_id=seat.member_id,
        about=seat.id,
        key=f"{kind}:{seat.id}:{number}",
        expires_at=seat.held_until if kind is Kind.WAITLIST_HOLD else shift.ends_at,
        facts={"shift_id": str(shift.id), "signup_id": str(seat.id), "sequence": shift.sequence},
    )


async def plan(db: Connection, organization_id: UUID, seats: Sequence[Seat], shift: Shift) -> None:
    """Plan the reminders of those who have a place; whose time has passed are left out."""
    now = dt.datetime.now(dt.UTC)
    coming = [seat for seat in seats if seat.state in REMINDED]
    notices = [one for seat in coming for one in _reminders(seat, shift, now)]
    await notify(db, organization_id, notices)


def _reminders(seat: Seat, shift: Shift, now: dt.datetime) -> Iterator[Notice]:
    times = reminder_times(shift.starts_at, ZoneInfo(shift.time_zone))
    for step, due_at in times.items():
        # A late one is as good as none once the next has come.
        ends = min([at for at in times.values() if at > due_at], default=shift.starts_at)
        if due_at <= now or due_at >= ends:
            continue
        yield Notice(
            kind=Kind.SHIFT_REMINDER,
            member_id=seat.member_id,
            about=seat.id,
            # With the sequence: after a move, the new time is planned anew.
            key=f"{Kind.SHIFT_REMINDER}:{seat.id}:{step}:{shift.sequence}",
            due_at=due_at,
            expires_at=ends,
            facts={
                "shift_id": str(shift.id),
                "signup_id": str(seat.id),
                "step": step,
                "sequence": shift.sequence,
            },
        )


async def take_back(db: Connection, organization_id: UUID, signup_ids: Sequence[UUID]) -> None:
    """Take back whatever of these sign-ups was not said yet."""
    for signup_id in signup_ids:
        await withdraw(db, organization_id, about=signup_id, kinds=_ALL)


async def tell_crew(db: Connection, organization_id: UUID, seat: Seat, shift: Shift) -> None:
    """Tell those of somebody's crew who have not come yet that the first of them is here; once."""
    awaited = await crew_still_awaited(db, organization_id, shift.id, seat.member_id)
    kind = Kind.PARTNER_CHECKED_IN
    notices = [
        Notice(
            kind=kind,
            member_id=one.member_id,
            about=one.id,
            key=f"{kind}:{one.id}",
            expires_at=shift.ends_at,
            facts={
                "shift_id": str(shift.id),
                "signup_id": str(one.id),
                "partner_id": str(seat.member_id),
            },
        )
        for one in awaited
    ]
    await notify(db, organization_id, notices)


async def plan_anew(
    db: Connection, organization_id: UUID, seats: Sequence[Seat], shift: Shift
) -> None:
    """Plan the reminders of a shift that has moved, in place of the earlier ones."""
    for seat in seats:
        await withdraw(db, organization_id, about=seat.id, kinds=[Kind.SHIFT_REMINDER])
    await plan(db, organization_id, seats, shift)
