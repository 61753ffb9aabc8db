"""Statements about attendances. Whoever changes one holds its event first."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.guests.model import Recipient
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_maybe, fetch_one
from doorstep.kit.errors import NotFoundError
from doorstep.outreach.model import Attendance, Feedback, Source, StateCount
from doorstep.outreach.states import State


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """An attendance with what moving it and writing about it needs to know."""

    id: UUID
    event_id: UUID
    slot_id: UUID | None
    slot_starts_at: dt.datetime | None
    guest_id: UUID | None
    person_id: UUID | None
    state: State
    seats: int
    held_until: dt.datetime | None
    checked_in_at: dt.datetime | None

    @property
    def recipient(self) -> Recipient | None:
        """Whom letters about it go to; nobody where nobody is known."""
        if self.guest_id is None and self.person_id is None:
            return None
        return Recipient(guest_id=self.guest_id, person_id=self.person_id)


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """How many places are free (null: enough for all), and the smallest party that waits."""

    free: int | None
    smallest_waiting: int | None


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """An attendance as its holder sees it."""

    id: UUID
    event_id: UUID
    state: State
    seats: int
    name: str
    held_until: dt.datetime | None
    slot_starts_at: dt.datetime | None
    slot_ends_at: dt.datetime | None
    with_whom: str | None
    has_feedback: bool


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """An event for the public that time or a change has something to do with."""

    event_id: UUID
    changed: bool
    over: bool


async def take_turn(db: Connection, organization_id: UUID, event_id: UUID) -> int:
    """The next place in the order in which people asked; nobody else gets one until this ends.

    Raises
    ------
    NotFoundError
        If the event is nothing for the public.
    """
    position = await db.fetchval(
        """
        update public_event
           set next_position = next_position + 1
         where organization_id = $1 and event_id = $2
        returning next_position - 1
        """,
        organization_id,
        event_id,
    )
    if position is None:
        raise NotFoundError
    return position


async def room(db: Connection, organization_id: UUID, event_id: UUID) -> Room:
    return await fetch_one(
        db,
        Room,
        """
        select o.capacity - coalesce(sum(a.seats) filter (
                 where a.state in ('going', 'held', 'confirmed', 'attended')), 0)::integer as free,
               min(a.seats) filter (where a.state = 'waitlisted') as smallest_waiting
          from public_event o
          left join attendance a on a.organization_id = o.organization_id
           and a.event_id = o.event_id and a.slot_id is null
         where o.organization_id = $1 and o.event_id = $2
         group by o.capacity
        """,
        organization_id,
        event_id,
    )


async def insert_attendance(
    db: Connection,
    organization_id: UUID,
    seat: Seat,
    source: Source,
    position: int,
) -> None:
    await db.execute(
        """
        insert into attendance
          (organization_id, id, event_id, slot_id, guest_id, person_id, state, seats, source,
           position)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        organization_id,
        seat.id,
        seat.event_id,
        seat.slot_id,
        seat.guest_id,
        seat.person_id,
        str(seat.state),
        seat.seats,
        str(source),
        position,
    )


async def insert_walk_in(
    db: Connection,
    organization_id: UUID,
    attendance_id: UUID,
    event_id: UUID,
    guest_id: UUID | None,
    seats: int,
    position: int,
    came_at: dt.datetime,
    checked_in_by: UUID,
) -> None:
    await db.execute(
        """
        insert into attendance
          (organization_id, id, event_id, guest_id, state, seats, source, position, checked_in_at,
           check_in_how, checked_in_by)
        values ($1, $2, $3, $4, 'attended', $5, 'walk_in', $6, $7, 'walk_in', $8)
        """,
        organization_id,
        attendance_id,
        event_id,
        guest_id,
        seats,
        position,
        came_at,
        checked_in_by,
    )


async def seat_by_id(db: Connection, organization_id: UUID, attendance_id: UUID) -> Seat:
    return await fetch_one(
        db,
        Seat,
        """
        select a.id, a.event_id, a.slot_id, s.starts_at as slot_starts_at, a.guest_id, a.person_id,
               a.state, a.seats, a.held_until, a.checked_in_at
          from attendance a
          left join office_slot s on s.organization_id = a.organization_id and s.id = a.slot_id
         where a.organization_id = $1 and a.id = $2
        """,
        organization_id,
        attendance_id,
    )


async def live_seat(
    db: Connection, organization_id: UUID, event_id: UUID, recipient: Recipient
) -> Seat | None:
    """Their attendance at the event that was neither cancelled nor declined."""
    return await fetch_maybe(
        db,
        Seat,
        """
        select a.id, a.event_id, a.slot_id, s.starts_at as slot_starts_at, a.guest_id, a.person_id,
               a.state, a.seats, a.held_until, a.checked_in_at
          from attendance a
          left join office_slot s on s.organization_id = a.organization_id and s.id = a.slot_id
         where a.organization_id = $1 and a.event_id = $2
           and (a.guest_id = $3 or a.person_id = $4)
           and a.state not in ('cancelled', 'declined')
        """,
        organization_id,
        event_id,
        recipient.guest_id,
        recipient.person_id,
    )


async def seats_in(
    db: Connection, organization_id: UUID, event_id: UUID, states: Sequence[State]
) -> list[Seat]:
    """Attendances in these states, in the order in which people asked."""
    return await fetch_all(
        db,
        Seat,
        """
        select a.id, a.event_id, a.slot_id, s.starts_at as slot_starts_at, a.guest_id, a.person_id,
               a.state, a.seats, a.held_until, a.checked_in_at
          from attendance a
          left join office_slot s on s.organization_id = a.organization_id and s.id = a.slot_id
         where a.organization_id = $1 and a.event_id = $2 and a.state = any($3)
         order by a.position
        """,
        organization_id,
        event_id,
        states,
    )


async def move(
    db: Connection,
    organization_id: UUID,
    attendance_ids: Sequence[UUID],
    state: State,
    held_until: dt.datetime | None = None,
) -> None:
    await db.execute(
        """
        update attendance
           set state = $3, held_until = $4,
               confirmed_at = case when $3 = 'confirmed' then now() else confirmed_at end,
               cancelled_at = case when $3 in ('cancelled', 'declined') then now() end
         where organization_id = $1 and id = any($2)
        """,
        organization_id,
        attendance_ids,
        str(state),
        held_until,
    )


async def set_check_in(
    db: Connection,
    organization_id: UUID,
    attendance_id: UUID,
    came_at: dt.datetime,
    how: str,
    checked_in_by: UUID,
) -> None:
    await db.execute(
        """
        update attendance
           set state = 'attended', held_until = null, cancelled_at = null, checked_in_at = $3,
               check_in_how = $4, checked_in_by = $5
         where organization_id = $1 and id = $2
        """,
        organization_id,
        attendance_id,
        came_at,
        how,
        checked_in_by,
    )


async def undo_check_in(
    db: Connection, organization_id: UUID, attendance_id: UUID, state: State
) -> None:
    await db.execute(
        """
        update attendance
           set state = $3, checked_in_at = null, check_in_how = null, checked_in_by = null,
               cancelled_at = case when $3 = 'cancelled' then now() end
         where organization_id = $1 and id = $2
        """,
        organization_id,
        attendance_id,
        str(state),
    )


async def attendances(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    attendance_id: UUID | None,
    limit: int,
    offset: int,
) -> list[Attendance]:
    """Who comes to an event, in the order in which they asked, or one of them."""
    return await fetch_all(
        db,
        Attendance,
        """
        select a.id, a.event_id, a.slot_id, a.person_id, a.guest_id,
               coalesce(g.name, trim(p.given_name || ' ' || p.family_name), '') as name,
               a.state, a.seats, a.source, a.position, a.asked_at, a.held_until, a.confirmed_at,
               a.cancelled_at, a.checked_in_at, a.check_in_how
          from attendance a
          left join guest g on g.organization_id = a.organization_id and g.id = a.guest_id
          left join person p on p.organization_id = a.organization_id and p.id = a.person_id
         where a.organization_id = $1 and a.event_id = $2 and ($3::uuid is null or a.id = $3)
         order by a.position
         limit $4 offset $5
        """,
        organization_id,
        event_id,
        attendance_id,
        limit,
        offset,
    )


async def ticket(db: Connection, organization_id: UUID, attendance_id: UUID) -> Ticket:
    return await fetch_one(
        db,
        Ticket,
        """
        select a.id, a.event_id, a.state, a.seats, a.held_until,
               coalesce(g.name, trim(p.given_name || ' ' || p.family_name), '') as name,
               s.starts_at as slot_starts_at, s.ends_at as slot_ends_at, s.with_whom,
               f.attendance_id is not null as has_feedback
          from attendance a
          left join guest g on g.organization_id = a.organization_id and g.id = a.guest_id
          left join person p on p.organization_id = a.organization_id and p.id = a.person_id
          left join office_slot s on s.organization_id = a.organization_id and s.id = a.slot_id
          left join event_feedback f on f.organization_id = a.organization_id
           and f.attendance_id = a.id
         where a.organization_id = $1 and a.id = $2
        """,
        organization_id,
        attendance_id,
    )


async def state_counts(db: Connection, organization_id: UUID, event_id: UUID) -> list[StateCount]:
    return await fetch_all(
        db,
        StateCount,
        """
        select state, count(*) as parties_count, sum(seats) as seats_count
          from attendance
         where organization_id = $1 and event_id = $2
         group by state
         order by state
        """,
        organization_id,
        event_id,
    )


async def due_events(db: Connection, organization_id: UUID, over_before: dt.datetime) -> list[Due]:
    """What was changed and not told, has holds that ran out or room for who waits, or is over."""
    return await fetch_all(
        db,
        Due,
        """
        select o.event_id, o.told_sequence < o.sequence as changed,
               o.closed_at is null and o.ends_at < $2 as over
          from public_event o
         where o.organization_id = $1
           and (o.told_sequence < o.sequence
             or o.closed_at is null and o.ends_at < $2
             or exists (
               select from attendance a
                where a.organization_id = o.organization_id and a.event_id = o.event_id
                  and (a.state = 'held' and a.held_until <= now()
                    or a.state = 'waitlisted' and o.starts_at > now() + interval '2 hours'
                      and a.seats <= o.capacity - (
                        select coalesce(sum(t.seats), 0)
                          from attendance t
                         where t.organization_id = o.organization_id and t.event_id = o.event_id
                           and t.slot_id is null
                           and t.state in ('going', 'held', 'confirmed', 'attended')))))
         order by o.event_id
        """,
        organization_id,
        over_before,
    )


async def set_told(db: Connection, organization_id: UUID, event_id: UUID) -> None:
    await execute_one(
        db,
        """
        update public_event
           set told_sequence = sequence
         where organization_id = $1 and event_id = $2
        """,
        organization_id,
        event_id,
    )


async def close_public_event(db: Connection, organization_id: UUID, event_id: UUID) -> None:
    await execute_one(
        db,
        """
        update public_event
           set closed_at = now()
         where organization_id = $1 and event_id = $2
        """,
        organization_id,
        event_id,
    )


async def forget_strangers(db: Connection, organization_id: UUID, days: int) -> None:
    """Count those as nobody who never confirmed their address, so long after what they came to."""
    await db.execute(
        """
        update attendance a
           set guest_id = null
          from public_event o, guest g
         where a.organization_id = $1
           and o.organization_id = $1 and o.event_id = a.event_id
           and o.closed_at < now() - make_interval(days => $2)
           and g.organization_id = $1 and g.id = a.guest_id
           and g.confirmed_at is null and g.person_id is null
        """,
        organization_id,
        days,
    )


async def insert_feedback(
    db: Connection,
    organization_id: UUID,
    attendance_id: UUID,
    rating: int,
    good: str,
    change: str,
) -> bool:
    """Whether it is the first of this attendance; a second one changes nothing."""
    done = await db.execute(
        """
        insert into event_feedback (organization_id, attendance_id, rating, good, change)
        values ($1, $2, $3, $4, $5)
            on conflict do nothing
        """,
        organization_id,
        attendance_id,
        rating,
        good,
        change,
    )
    return done.endswith(" 1")


async def feedback(
    db: Connection, organization_id: UUID, event_id: UUID, limit: int, offset: int
) -> list[Feedback]:
    """What those who came said, the latest first."""
    return await fetch_all(
        db,
        Feedback,
        """
        select f.rating, f.good, f.change, f.given_at
          from event_feedback f
          join attendance a on a.organization_id = f.organization_id and a.id = f.attendance_id
         where f.organization_id = $1 and a.event_id = $2
         order by f.given_at desc, f.attendance_id
         limit $3 offset $4
        """,
        organization_id,
        event_id,
        limit,
        offset,
    )
