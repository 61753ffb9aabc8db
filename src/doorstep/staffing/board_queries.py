"""Statements about a day while it runs and once it is over."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.kit.db import Connection, fetch_all, fetch_one
from doorstep.staffing.model import BoardCrew, BoardPerson

CONTACTS = [result.value for result in Result if counts_as_contact(result)]


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """The board, before it is counted."""

    shift_id: UUID
    status: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    waitlisted_count: int
    people: list[BoardPerson]
    crews: list[BoardCrew]


class HoursRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one volunteer gave."""

    member_id: UUID
    name: str
    shifts_count: int
    no_shows_count: int
    hours: float
    doors_count: int
    contacts_count: int
    first_shift_at: dt.datetime | None
    second_shift_at: dt.datetime | None


class CloseOutRow(msgspec.Struct, frozen=True, kw_only=True):
    """What came of some shifts."""

    booked_count: int
    attended_count: int
    walk_ins_count: int
    no_shows_count: int
    cancelled_count: int
    hours: float
    rebooked_count: int
    first_timers_count: int
    back_within_30_days_count: int
    doors_count: int
    contacts_count: int
    crews_count: int
    issues_count: int
    cases_count: int
    solved_cases_count: int
    rating: float | None


async def board(db: Connection, organization_id: UUID, shift_id: UUID) -> BoardRow:
    """Everything that the board of a shift shows, in one statement.

    Who is not here is late, and missing after twenty minutes. A crew is idle after half an hour
    without a knock, and overdue when it should be back; all of whom have checked out is back.
    """
    return await fetch_one(
        db,
        BoardRow,
        """
        with sent as materialized (
          select c.id, c.turf_id, c.sent_at, c.due_at, c.returned_at, t.name as turf_name,
                 t.pass_id
            from crew c
            join turf t on t.organization_id = c.organization_id and t.id = c.turf_id
           where c.organization_id = $1 and c.shift_id = $2
        ),
        knocked as materialized (
          select e.turf_id, max(e.occurred_at) as at
            from contact_event e
           where e.organization_id = $1
             and e.pass_id = any(array(select pass_id from sent))
             and e.occurred_at >= (select min(sent_at) from sent)
             and e.kind = 'attempt'
           group by e.turf_id
        ),
        staying as materialized (
          select w.crew_id, w.member_id
            from sent c
            join crew_member w on w.organization_id = $1 and w.crew_id = c.id
           where not exists (
             select from signup g
              where g.organization_id = $1 and g.shift_id = $2 and g.member_id = w.member_id
                and g.state = 'attended' and g.left_at is not null)
        ),
        crews as (
          select c.id, c.turf_id, c.turf_name, c.due_at, c.returned_at, k.at as last_knock_at,
                 case when c.returned_at is not null
                        or not exists (select from staying w where w.crew_id = c.id) then 'back'
                      when c.due_at < now() then 'overdue'
                      when greatest(c.sent_at, k.at) < now() - interval '30 minutes' then 'idle'
                      else 'out' end as place
            from sent c
            left join knocked k on k.turf_id = c.turf_id and k.at >= c.sent_at
        ),
        people as (
          select g.id, g.member_id, m.name, m.phone, g.role, g.confirmed_at, g.checked_in_at,
                 case when g.checked_in_at is null and now() < s.starts_at then 'expected'
                      when g.checked_in_at is null
                       and now() < s.starts_at + interval '20 minutes' then 'late'
                      when g.checked_in_at is null then 'missing'
                      when g.left_at is not null then 'left'
                      when exists (
                        select from crew_member w
                          join sent c on c.id = w.crew_id and c.returned_at is null
                         where w.organization_id = $1 and w.member_id = g.member_id) then 'out'
                      else 'here' end as presence
            from shift s
            join signup g on g.organization_id = s.organization_id and g.shift_id = s.id
            join member m on m.organization_id = g.organization_id and m.id = g.member_id
           where s.organization_id = $1
             and s.id = $2
             and g.state in ('booked', 'confirmed', 'attended', 'no_show')
        )
        select s.id as shift_id, s.status, s.starts_at, s.ends_at,
               (select count(*)
                  from signup g
                 where g.organization_id = s.organization_id and g.shift_id = s.id
                   and g.state = 'waitlisted') as waitlisted_count,
               (select coalesce(jsonb_agg(jsonb_build_object(
                         'signup_id', p.id, 'member_id', p.member_id, 'name', p.name,
                         'phone', case when p.presence in ('late', 'missing') then p.phone end,
                         'role', p.role, 'confirmed', p.confirmed_at is not null,
                         'presence', p.presence, 'checked_in_at', p.checked_in_at)
                         order by array_position(
                           array['missing', 'late', 'expected', 'here', 'out', 'left'],
                           p.presence), p.name, p.id), '[]')
                  from people p) as people,
               (select coalesce(jsonb_agg(jsonb_build_object(
                         'id', c.id, 'turf_id', c.turf_id, 'turf_name', c.turf_name,
                         'member_ids', w.ids, 'names', w.names,
                         'phones', case when c.place = 'overdue' then w.phones else '[]' end,
                         'where', c.place, 'doors_count', d.doors_count,
                         'doors_done', d.doors_done, 'last_knock_at', c.last_knock_at,
                         'due_at', c.due_at, 'returned_at', c.returned_at)
                         order by array_position(
                           array['overdue', 'idle', 'out', 'back'], c.place), c.turf_name, c.id),
                         '[]')
                  from crews c
                 cross join lateral (
                   select jsonb_agg(m.id order by m.name, m.id) as ids,
                          jsonb_agg(m.name order by m.name, m.id) as names,
                          coalesce(jsonb_agg(m.phone order by m.name, m.id)
                            filter (where m.phone is not null), '[]') as phones
                     from crew_member w
                     join member m on m.organization_id = w.organization_id and m.id = w.member_id
                    where w.organization_id = $1 and w.crew_id = c.id) w
                 cross join lateral (
                   select count(*) as doors_count, count(*) filter (where s.done) as doors_done
                     from turf_door td
                     left join door_state s on s.organization_id = td.organization_id
                                           and s.pass_id = td.pass_id and s.door_id = td.door_id
                    where td.organization_id = $1 and td.turf_id = c.turf_id) d) as crews
          from shift s
         where s.organization_id = $1 and s.id = $2
        """,
        organization_id,
        shift_id,
    )


async def hours(
    db: Connection,
    organization_id: UUID,
    member_id: UUID | None,
    since: dt.datetime,
    until: dt.datetime,
    limit: int,
    offset: int,
) -> list[HoursRow]:
    """What volunteers gave in a time, those who gave most first; or one of them.

    Hours count from coming or the start, whichever is later, to going or the end; for who stayed
    longer, to a quarter of an hour after it.
    """
    return await fetch_all(
        db,
        HoursRow,
        """
        with given as (
          select g.member_id, s.starts_at, g.state,
                 shift_hours(g.checked_in_at, g.left_at, s.starts_at, s.ends_at) as hours
            from signup g
            join shift s on s.organization_id = g.organization_id and s.id = g.shift_id
           where g.organization_id = $1
             and g.state in ('attended', 'no_show')
             and ($2::uuid is null or g.member_id = $2)
        ),
        summed as (
          select member_id,
                 count(*) filter (where state = 'attended') as shifts_count,
                 count(*) filter (where state = 'no_show') as no_shows_count,
                 round(coalesce(sum(hours) filter (where state = 'attended'), 0)::numeric, 2)
                   ::float8 as hours
            from given
           where starts_at >= $3 and starts_at < $4
           group by member_id
        ),
        came as (
          select member_id, (array_agg(starts_at order by starts_at)
                   filter (where state = 'attended')) as at
            from given
           group by member_id
        ),
        knocks as (
          select a.member_id, count(distinct (p.id, a.door_id)) as doors_count,
                 count(*) filter (where a.result = any($7::text[])) as contacts_count
            from pass p
           cross join lateral effective_attempt(p.organization_id, p.id) a
           where p.organization_id = $1
             and exists (
               select from contact_event e
                where e.organization_id = $1 and e.pass_id = p.id
                  and e.occurred_at >= $3 and e.occurred_at < $4)
             and a.occurred_at >= $3 and a.occurred_at < $4
             and ($2::uuid is null or a.member_id = $2)
           group by a.member_id
        )
        select m.id as member_id, m.name, coalesce(g.shifts_count, 0) as shifts_count,
               coalesce(g.no_shows_count, 0) as no_shows_count, coalesce(g.hours, 0) as hours,
               coalesce(k.doors_count, 0) as doors_count,
               coalesce(k.contacts_count, 0) as contacts_count,
               c.at[1] as first_shift_at, c.at[2] as second_shift_at
          from member m
          left join summed g on g.member_id = m.id
          left join came c on c.member_id = m.id
          left join knocks k on k.member_id = m.id
         where m.organization_id = $1
           and ($2::uuid is null and num_nonnulls(g.member_id, k.member_id) > 0 or m.id = $2)
         order by coalesce(g.hours, 0) desc, m.name, m.id
         limit $5 offset $6
        """,
        organization_id,
        member_id,
        since,
        until,
        limit,
        offset,
        CONTACTS,
    )


async def shifts_of_event(db: Connection, organization_id: UUID, event_id: UUID) -> list[UUID]:
    """The shifts of an event that took or take place."""
    rows = await db.fetch(
        """
        select id
          from shift
         where organization_id = $1 and event_id = $2 and status <> 'cancelled'
         order by starts_at, id
        """,
        organization_id,
        event_id,
    )
    return [row["id"] for row in rows]


async def close_out(
    db: Connection, organization_id: UUID, shift_ids: Sequence[UUID]
) -> CloseOutRow:
    """What came of these shifts.

    Knocks are those of who was there, from half an hour before a shift to an hour after it.
    """
    return await fetch_one(
        db,
        CloseOutRow,
        """
        with seats as materialized (
          select g.member_id, g.state, g.check_in_how, g.rating, s.starts_at, s.ends_at,
                 shift_hours(g.checked_in_at, g.left_at, s.starts_at, s.ends_at) as hours
            from shift s
            join signup g on g.organization_id = s.organization_id and g.shift_id = s.id
           where s.organization_id = $1 and s.id = any($2::uuid[])
        ),
        came as materialized (
          select t.member_id, min(t.starts_at) as starts_at,
                 (select array_agg(o.starts_at order by o.starts_at)
                    from signup g
                    join shift o on o.organization_id = g.organization_id and o.id = g.shift_id
                   where g.organization_id = $1 and g.member_id = t.member_id
                     and g.state = 'attended') as at,
                 exists (
                   select from signup g
                     join shift o on o.organization_id = g.organization_id and o.id = g.shift_id
                    where g.organization_id = $1 and g.member_id = t.member_id
                      and g.state in ('booked', 'held', 'confirmed', 'attended')
                      and o.status <> 'cancelled'
                      and o.id <> all($2::uuid[])
                      and o.starts_at > max(t.starts_at)) as rebooked
            from seats t
           where t.state = 'attended'
           group by t.member_id
        ),
        knocks as materialized (
          select distinct a.event_id, p.id as pass_id, a.door_id, a.result
            from pass p
           cross join lateral effective_attempt(p.organization_id, p.id) a
            join seats t on t.member_id = a.member_id and t.state = 'attended'
             and a.occurred_at >= t.starts_at - interval '30 minutes'
             and a.occurred_at < t.ends_at + interval '1 hour'
           where p.organization_id = $1
             and exists (
               select from contact_event e
                where e.organization_id = $1 and e.pass_id = p.id
                  and e.occurred_at >= (select min(starts_at) from seats) - interval '30 minutes'
                  and e.occurred_at < (select max(ends_at) from seats) + interval '1 hour')
        ),
        raised as materialized (
          select distinct r.id, r.case_id, coalesce(k.outcome in ('fixed', 'answered'), false)
                   as solved
            from seats t
            join issue_report r on r.organization_id = $1 and r.recorded_by = t.member_id
             and r.raised_at >= t.starts_at - interval '30 minutes'
             and r.raised_at < t.ends_at + interval '1 hour'
            join issue_case k on k.organization_id = r.organization_id and k.id = r.case_id
           where t.state = 'attended'
        )
        select count(*) filter (where state in ('booked', 'confirmed', 'no_show')
                 or state = 'attended' and check_in_how is distinct from 'walk_in')
                 as booked_count,
               count(*) filter (where state = 'attended') as attended_count,
               count(*) filter (where state = 'attended' and check_in_how = 'walk_in')
                 as walk_ins_count,
               count(*) filter (where state = 'no_show') as no_shows_count,
               count(*) filter (where state = 'cancelled') as cancelled_count,
               round(coalesce(sum(hours) filter (where state = 'attended'), 0)::numeric, 2)::float8
                 as hours,
               (select count(*) from came where rebooked) as rebooked_count,
               (select count(*) from came where starts_at <= at[1]) as first_timers_count,
               (select count(*) from came
                 where starts_at <= at[1] and at[2] <= at[1] + interval '30 days')
                 as back_within_30_days_count,
               (select count(distinct (pass_id, door_id)) from knocks) as doors_count,
               (select count(*) from knocks where result = any($3::text[])) as contacts_count,
               (select count(*) from crew
                 where organization_id = $1 and shift_id = any($2::uuid[])) as crews_count,
               (select count(*) from raised) as issues_count,
               (select count(distinct case_id) from raised) as cases_count,
               (select count(distinct case_id) from raised where solved) as solved_cases_count,
               avg(rating)::float8 as rating
          from seats
        """,
        organization_id,
        shift_ids,
        CONTACTS,
    )
