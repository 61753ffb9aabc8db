"""Statements about sign-ups. Whoever changes one holds its shift first (`queries.hold_shift`)."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.events.model import Signup, SignupChange
from doorstep.events.states import State
from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_maybe, fetch_one


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """Another shift at the same time."""

    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    time_zone: str


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-up with what moving it needs to know."""

    id: UUID
    shift_id: UUID
    member_id: UUID
    role: str
    state: State
    holds_count: int
    held_until: dt.datetime | None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-up that goes from one state to another."""

    signup_id: UUID
    before: State | None
    after: State


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A shift that time has something to do with."""

    shift_id: UUID
    over: bool


async def hold_member(db: Connection, organization_id: UUID, member_id: UUID) -> None:
    """Let a member sign up for one thing at a time.

    Without it two sign-ups for two shifts at the same time would not see each other. It comes
    before any shift is held, so that nobody waits in a circle.

    Raises
    ------
    NotFoundError
        If there is no such member any more.
    """
    await execute_one(
        db,
        """
        select from member
         where organization_id = $1 and id = $2 and ended_at is null
           for no key update
        """,
        organization_id,
        member_id,
    )


async def free_places(
    db: Connection, organization_id: UUID, shift_id: UUID
) -> dict[str, tuple[int, int]]:
    """Of each role: how many places are free (below zero: too many came), and how many wait."""
    rows = await db.fetch(
        """
        select r.role,
               r.capacity - count(g.id) filter (
                 where g.state in ('booked', 'held', 'confirmed', 'attended')) as free,
               count(g.id) filter (where g.state = 'waitlisted') as waiting
          from shift_role r
          left join signup g on g.organization_id = r.organization_id
           and g.shift_id = r.shift_id and g.role = r.role
         where r.organization_id = $1 and r.shift_id = $2
         group by r.role, r.capacity
         order by r.role
        """,
        organization_id,
        shift_id,
    )
    return {row["role"]: (row["free"], row["waiting"]) for row in rows}


async def clash(
    db: Connection, organization_id: UUID, member_id: UUID, shift_id: UUID
) -> Clash | None:
    """Another shift that this member is to come to at the time of this one."""
    return await fetch_maybe(
        db,
        Clash,
        """
        select e.title, o.starts_at, o.ends_at, e.time_zone
          from shift s
          join signup g on g.organization_id = s.organization_id and g.member_id = $2
           and g.state in ('booked', 'waitlisted', 'held', 'confirmed')
           and g.shift_id <> s.id
          join shift o on o.organization_id = g.organization_id and o.id = g.shift_id
           and o.status = 'open' and o.starts_at < s.ends_at and o.ends_at > s.starts_at
          join civic_event e on e.organization_id = o.organization_id and e.id = o.event_id
         where s.organization_id = $1 and s.id = $3
         order by o.starts_at, o.id
         limit 1
        """,
        organization_id,
        member_id,
        shift_id,
    )


async def live_seat(
    db: Connection, organization_id: UUID, shift_id: UUID, member_id: UUID
) -> Seat | None:
    """The member's sign-up for the shift that was not cancelled."""
    return await fetch_maybe(
        db,
        Seat,
        """
        select id, shift_id, member_id, role, state, holds_count, held_until
          from signup
         where organization_id = $1 and shift_id = $2 and member_id = $3 and state <> 'cancelled'
        """,
        organization_id,
        shift_id,
        member_id,
    )


async def seat(db: Connection, organization_id: UUID, signup_id: UUID) -> Seat:
    return await fetch_one(
        db,
        Seat,
        """
        select id, shift_id, member_id, role, state, holds_count, held_until
          from signup
         where organization_id = $1 and id = $2
        """,
        organization_id,
        signup_id,
    )


async def seats(
    db: Connection, organization_id: UUID, shift_id: UUID, states: Sequence[State]
) -> list[Seat]:
    """Sign-ups for a shift in these states, in their order."""
    return await fetch_all(
        db,
        Seat,
        """
        select id, shift_id, member_id, role, state, holds_count, held_until
          from signup
         where organization_id = $1 and shift_id = $2 and state = any($3)
         order by position
        """,
        organization_id,
        shift_id,
        [str(state) for state in states],
    )


async def next_waiting(
    db: Connection, organization_id: UUID, shift_id: UUID, role: str, count: int
) -> list[Seat]:
    """Those whose turn it is."""
    return await fetch_all(
        db,
        Seat,
        """
        select id, shift_id, member_id, role, state, holds_count, held_until
          from signup
         where organization_id = $1 and shift_id = $2 and role = $3 and state = 'waitlisted'
         order by position
         limit $4
        """,
        organization_id,
        shift_id,
        role,
        count,
    )


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the order of those who ask, and how the shift stood when it was given."""

    position: int
    status: str
    sequence: int


async def take_turn(db: Connection, organization_id: UUID, shift_id: UUID) -> Turn:
    """Hold a shift, as `queries.hold_shift`, and take the next place in its order at once.

    A crowd waits for one another here, so as little as can be is done behind it.
    """
    return await fetch_one(
        db,
        Turn,
        """
        update shift
           set next_position = next_position + 1
         where organization_id = $1 and id = $2
        returning next_position - 1 as position, status, sequence
        """,
        organization_id,
        shift_id,
    )


async def insert_signup(
    db: Connection,
    organization_id: UUID,
    signup_id: UUID,
    shift_id: UUID,
    role: str,
    member_id: UUID,
    state: State | None,
    position: int,
    override_reason: str | None,
    overridden_by: UUID | None,
    changed_by: UUID,
) -> Seat:
    """A new sign-up, and the note of how it began; without a state, booked if there is a place.

    Nobody steps in front of those who wait, be a place free or not.
    """
    return await fetch_one(
        db,
        Seat,
        """
        with taken as (
          select count(*) filter (where state in ('booked', 'held', 'confirmed', 'attended'))
                   as taken_count,
                 count(*) filter (where state = 'waitlisted') as waiting_count
            from signup
           where organization_id = $1 and shift_id = $3 and role = $4
        ),
        added as (
          insert into signup
            (organization_id, id, shift_id, role, member_id, state, position, override_reason,
             overridden_by)
          select $1, $2, $3, $4, $5,
                 coalesce($6, case when t.waiting_count = 0 and t.taken_count < r.capacity
                   then 'booked' else 'waitlisted' end),
                 $7, $8, $9
            from taken t, shift_role r
           where r.organization_id = $1 and r.shift_id = $3 and r.role = $4
          returning id, shift_id, member_id, role, state, holds_count, held_until
        ),
        noted as (
          insert into signup_change (organization_id, signup_id, state_after, changed_by)
          select $1, id, state, $10 from added
        )
        select id, shift_id, member_id, role, state, holds_count, held_until
          from added
        """,
        organization_id,
        signup_id,
        shift_id,
        role,
        member_id,
        state and str(state),
        position,
        override_reason,
        overridden_by,
        changed_by,
    )


async def move(
    db: Connection,
    organization_id: UUID,
    moves: Sequence[Moved],
    changed_by: UUID | None,
    held_until: dt.datetime | None = None,
) -> None:
    """Move sign-ups; each move is noted.

    Nothing is moved from another state than it was seen in: two who hold the same shift one after
    the other cannot both do so.
    """
    rows = [(one.signup_id, str(one.before), str(one.after)) for one in moves]
    await db.execute(
        """
        update signup g
           set state = m.state_after,
               held_until = case when m.state_after = 'held' then $5::timestamptz end,
               holds_count = g.holds_count + (m.state_after = 'held')::integer,
               confirmed_at = case when m.state_after = 'confirmed' then now()
                 else g.confirmed_at end,
               cancelled_at = case when m.state_after = 'cancelled' then now() end
          from unnest($2::uuid[], $3::text[], $4::text[]) m (id, state_before, state_after)
         where g.organization_id = $1 and g.id = m.id and g.state = m.state_before
        """,
        organization_id,
        *columns(rows, 3),
        held_until,
    )
    await note(db, organization_id, moves, changed_by)


async def note(
    db: Connection, organization_id: UUID, moves: Sequence[Moved], changed_by: UUID | None
) -> None:
    """Note moves of sign-ups; what is noted is never changed."""
    rows = [(one.signup_id, one.before and str(one.before), str(one.after)) for one in moves]
    await db.execute(
        """
        insert into signup_change
          (organization_id, changed_by, signup_id, state_before, state_after)
        select $1, $2, * from unnest($3::uuid[], $4::text[], $5::text[])
        """,
        organization_id,
        changed_by,
        *columns(rows, 3),
    )


async def put_last(db: Connection, organization_id: UUID, signup_id: UUID, position: int) -> None:
    await db.execute(
        "update signup set position = $3 where organization_id = $1 and id = $2",
        organization_id,
        signup_id,
        position,
    )


async def set_check_in(
    db: Connection,
    organization_id: UUID,
    signup_id: UUID,
    checked_in_at: dt.datetime | None,
    how: str | None,
) -> None:
    await db.execute(
        """
        update signup
           set checked_in_at = $3, check_in_how = $4,
               left_at = case when $3::timestamptz is not null then left_at end
         where organization_id = $1 and id = $2
        """,
        organization_id,
        signup_id,
        checked_in_at,
        how,
    )


async def state_before_check_in(
    db: Connection, organization_id: UUID, signup_id: UUID
) -> str | None:
    """Where a sign-up stood before it was last checked in; None: it began so."""
    return await db.fetchval(
        """
        select state_before
          from signup_change
         where organization_id = $1 and signup_id = $2 and state_after = 'attended'
         order by id desc
         limit 1
        """,
        organization_id,
        signup_id,
    )


async def rate(
    db: Connection, organization_id: UUID, signup_id: UUID, rating: int, remark: str | None
) -> None:
    await db.execute(
        """
        update signup
           set rating = $3, remark = $4
         where organization_id = $1 and id = $2
        """,
        organization_id,
        signup_id,
        rating,
        remark,
    )


async def leave(
    db: Connection, organization_id: UUID, signup_id: UUID, left_at: dt.datetime | None
) -> None:
    """Note when somebody went; None: they came back."""
    await db.execute(
        """
        update signup
           set left_at = $3
         where organization_id = $1 and id = $2
        """,
        organization_id,
        signup_id,
        left_at,
    )


async def leave_with_all(
    db: Connection, organization_id: UUID, shift_id: UUID, left_at: dt.datetime
) -> None:
    """Note of those who came and did not say when they went that they stayed until then."""
    await db.execute(
        """
        update signup
           set left_at = greatest($3, checked_in_at)
         where organization_id = $1 and shift_id = $2 and state = 'attended' and left_at is null
        """,
        organization_id,
        shift_id,
        left_at,
    )


async def note_override(
    db: Connection, organization_id: UUID, signup_id: UUID, reason: str, overridden_by: UUID
) -> None:
    """Keep why a sign-up stands although it clashes with another."""
    await db.execute(
        """
        update signup
           set override_reason = $3, overridden_by = $4
         where organization_id = $1 and id = $2
        """,
        organization_id,
        signup_id,
        reason,
        overridden_by,
    )


async def crew_still_awaited(
    db: Connection, organization_id: UUID, shift_id: UUID, member_id: UUID
) -> list[Seat]:
    """Of the member's crew that is not back, those who have a place and have not come yet."""
    return await fetch_all(
        db,
        Seat,
        """
        select g.id, g.shift_id, g.member_id, g.role, g.state, g.holds_count, g.held_until
          from crew c
          join crew_member own on own.organization_id = c.organization_id
           and own.crew_id = c.id and own.member_id = $3
          join crew_member other on other.organization_id = c.organization_id
           and other.crew_id = c.id and other.member_id <> $3
          join signup g on g.organization_id = c.organization_id
           and g.shift_id = c.shift_id and g.member_id = other.member_id
         where c.organization_id = $1 and c.shift_id = $2 and c.returned_at is null
           and g.state in ('booked', 'confirmed')
         order by g.id
        """,
        organization_id,
        shift_id,
        member_id,
    )


async def signup_by_id(db: Connection, organization_id: UUID, signup_id: UUID) -> Signup:
    return await fetch_one(
        db,
        Signup,
        """
        select g.id, g.shift_id, g.role, g.member_id, m.name as member_name, g.state, g.position,
               g.signed_up_at, g.held_until, g.confirmed_at, g.checked_in_at, g.check_in_how,
               g.left_at, g.cancelled_at, g.override_reason, g.rating, g.remark
          from signup g
          join member m on m.organization_id = g.organization_id and m.id = g.member_id
         where g.organization_id = $1 and g.id = $2
        """,
        organization_id,
        signup_id,
    )


async def signups_of_shift(db: Connection, organization_id: UUID, shift_id: UUID) -> list[Signup]:
    """All sign-ups for a shift, in the order in which people asked."""
    return await fetch_all(
        db,
        Signup,
        """
        select g.id, g.shift_id, g.role, g.member_id, m.name as member_name, g.state, g.position,
               g.signed_up_at, g.held_until, g.confirmed_at, g.checked_in_at, g.check_in_how,
               g.left_at, g.cancelled_at, g.override_reason, g.rating, g.remark
          from signup g
          join member m on m.organization_id = g.organization_id and m.id = g.member_id
         where g.organization_id = $1 and g.shift_id = $2
         order by g.position, g.id
        """,
        organization_id,
        shift_id,
    )


async def signups_of_member(
    db: Connection, organization_id: UUID, member_id: UUID, since: dt.datetime | None, limit: int
) -> list[Signup]:
    """A member's sign-ups for shifts that end later than ``since``, the earliest shift first."""
    return await fetch_all(
        db,
        Signup,
        """
        select g.id, g.shift_id, g.role, g.member_id, m.name as member_name, g.state, g.position,
               g.signed_up_at, g.held_until, g.confirmed_at, g.checked_in_at, g.check_in_how,
               g.left_at, g.cancelled_at, g.override_reason, g.rating, g.remark
          from signup g
          join member m on m.organization_id = g.organization_id and m.id = g.member_id
          join shift s on s.organization_id = g.organization_id and s.id = g.shift_id
         where g.organization_id = $1 and g.member_id = $2
           and ($3::timestamptz is null or s.ends_at >= $3)
         order by s.starts_at, g.id
         limit $4
        """,
        organization_id,
        member_id,
        since,
        limit,
    )


async def changes(db: Connection, organization_id: UUID, signup_id: UUID) -> list[SignupChange]:
    return await fetch_all(
        db,
        SignupChange,
        """
        select state_before, state_after, changed_by, changed_at
          from signup_change
         where organization_id = $1 and signup_id = $2
         order by id
        """,
        organization_id,
        signup_id,
    )


async def member_by_phone(db: Connection, organization_id: UUID, phone: str) -> UUID | None:
    """Whose number it is."""
    return await db.fetchval(
        """
        select id
          from member
         where organization_id = $1 and phone = $2 and ended_at is null
         order by created_at, id
         limit 1
        """,
        organization_id,
        phone,
    )


async def buddies_coming(
    db: Connection, organization_id: UUID, signup_id: UUID, member_ids: Sequence[UUID]
) -> list[str]:
    """The names of these members who come to the same shift."""
    rows = await db.fetch(
        """
        select m.name
          from signup mine
          join signup g on g.organization_id = mine.organization_id
           and g.shift_id = mine.shift_id and g.state in ('booked', 'confirmed', 'attended')
          join member m on m.organization_id = g.organization_id and m.id = g.member_id
         where mine.organization_id = $1 and mine.id = $2 and g.member_id = any($3)
         order by m.name
        """,
        organization_id,
        signup_id,
        member_ids,
    )
    return [row["name"] for row in rows]


async def organizations(db: Connection) -> list[UUID]:
    """All organizations, as signing in sees them."""
    rows = await db.fetch("select id from organization order by id")
    return [row["id"] for row in rows]


async def due_shifts(db: Connection, organization_id: UUID, over_before: dt.datetime) -> list[Due]:
    """Shifts with a hold that ran out, a free place and somebody waiting, or long over."""
    return await fetch_all(
        db,
        Due,
        """
        select s.id as shift_id, s.ends_at < $2 as over
          from shift s
         where s.organization_id = $1 and s.status = 'open'
           and (s.ends_at < $2
             or exists (
               select from signup g
                where g.organization_id = s.organization_id and g.shift_id = s.id
                  and g.state = 'held' and g.held_until <= now())
             or (s.starts_at > now() and exists (
               select from shift_role r
                where r.organization_id = s.organization_id and r.shift_id = s.id
                  and exists (
                    select from signup w
                     where w.organization_id = r.organization_id and w.shift_id = r.shift_id
                       and w.role = r.role and w.state = 'waitlisted')
                  and r.capacity > (
                    select count(*) from signup t
                     where t.organization_id = r.organization_id and t.shift_id = r.shift_id
                       and t.role = r.role
                       and t.state in ('booked', 'held', 'confirmed', 'attended')))))
         order by s.id
        """,
        organization_id,
        over_before,
    )


async def signups_of_former_members(db: Connection, organization_id: UUID) -> list[UUID]:
    """Sign-ups for shifts to come of members who have left."""
    rows = await db.fetch(
        """
        select g.id
          from signup g
          join member m on m.organization_id = g.organization_id and m.id = g.member_id
           and m.ended_at is not null
          join shift s on s.organization_id = g.organization_id and s.id = g.shift_id
           and s.status = 'open' and s.starts_at > now()
         where g.organization_id = $1
           and g.state in ('invited', 'booked', 'waitlisted', 'held', 'confirmed')
         order by g.id
        """,
        organization_id,
    )
    return [row["id"] for row in rows]
