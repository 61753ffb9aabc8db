"""Every statement that keeps the tallies which reports add up from."""

from uuid import UUID

import msgspec

from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.kit.db import Connection, fetch_one

CONTACTS = [result.value for result in Result if counts_as_contact(result)]


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What tallying a pass takes: its campaign, whose passes bear on each other."""

    campaign_id: UUID
    pass_ids: list[UUID]


async def ground_of(db: Connection, organization_id: UUID, pass_id: UUID) -> Ground:
    return await fetch_one(
        db,
        Ground,
        """
        select p.campaign_id, array_agg(o.id order by o.id) as pass_ids
          from pass p
          join pass o on o.organization_id = p.organization_id and o.campaign_id = p.campaign_id
         where p.organization_id = $1 and p.id = $2
         group by p.campaign_id
        """,
        organization_id,
        pass_id,
    )


async def is_stale(db: Connection, organization_id: UUID, pass_ids: list[UUID]) -> bool:
    stale: bool = await db.fetchval(
        """
        select exists (
                 select from stale_door where organization_id = $1 and pass_id = any($2::uuid[]))
            or exists (
                 select from stale_stint where organization_id = $1 and pass_id = any($2::uuid[]))
        """,
        organization_id,
        pass_ids,
    )
    return stale


async def enter(db: Connection, campaign_id: UUID) -> None:
    """Wait until nobody else tallies this campaign; whoever does keeps others out until its end."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 11))", campaign_id
    )


async def commit_lazily(db: Connection) -> None:
    """Let the transaction's end not wait for the disk: tallies lost in a crash are made again."""
    await db.execute("set local synchronous_commit = off")


async def time_zone(db: Connection, organization_id: UUID) -> str:
    """The organization's; it cannot change until the transaction ends."""
    found: str = await db.fetchval(
        "select time_zone from organization where id = $1 for share", organization_id
    )
    return found


async def take_stale_doors(
    db: Connection, organization_id: UUID, pass_ids: list[UUID], limit: int
) -> list[UUID]:
    rows = await db.fetch(
        """
        with noted as (
          select pass_id, id
            from stale_door
           where organization_id = $1 and pass_id = any($2::uuid[])
           order by pass_id, id
           limit $3
        ),
        taken as (
          delete from stale_door s
           using noted n
           where s.organization_id = $1 and s.pass_id = n.pass_id and s.id = n.id
          returning s.door_id
        )
        select distinct door_id from taken order by door_id
        """,
        organization_id,
        pass_ids,
        limit,
    )
    return [row["door_id"] for row in rows]


async def count_doors(
    db: Connection, organization_id: UUID, pass_ids: list[UUID], door_ids: list[UUID], sign: int
) -> None:
    """Add what these doors contribute to the figures, or with a sign of -1 take it away."""
    await db.execute(
        """
        insert into tally as t
          (organization_id, pass_id, of, key, doors_count, attempted_count, contacted_count,
           done_count, people_count, people_reached_count, attempts_count, contacts_count,
           second_tries_count, second_contacts_count)
        select $1, pass_id, of, key, $4 * count(*), $4 * sum(attempted_count),
               $4 * sum(contacted_count), $4 * sum(done_count), $4 * sum(people_count),
               $4 * sum(people_reached_count), $4 * sum(attempts_count),
               $4 * sum(contacts_count), $4 * sum(second_tries_count),
               $4 * sum(second_contacts_count)
          from door_share
         where organization_id = $1
           and pass_id = any($2::uuid[])
           and door_id = any($3::uuid[])
         group by pass_id, of, key
            on conflict (organization_id, pass_id, of, key) do update
           set doors_count = t.doors_count + excluded.doors_count,
               attempted_count = t.attempted_count + excluded.attempted_count,
               contacted_count = t.contacted_count + excluded.contacted_count,
               done_count = t.done_count + excluded.done_count,
               people_count = t.people_count + excluded.people_count,
               people_reached_count = t.people_reached_count + excluded.people_reached_count,
               attempts_count = t.attempts_count + excluded.attempts_count,
               contacts_count = t.contacts_count + excluded.contacts_count,
               second_tries_count = t.second_tries_count + excluded.second_tries_count,
               second_contacts_count = t.second_contacts_count + excluded.second_contacts_count
        """,
        organization_id,
        pass_ids,
        door_ids,
        sign,
    )


async def note_stints(
    db: Connection, organization_id: UUID, pass_ids: list[UUID], door_ids: list[UUID]
) -> None:
    """The days on which somebody was at these doors are to be measured again."""
    await db.execute(
        """
        insert into stale_stint (organization_id, pass_id, member_id, worked_on)
        select distinct $1::uuid, pass_id, member_id, attempted_on
          from tallied_attempt
         where organization_id = $1
           and pass_id = any($2::uuid[])
           and door_id = any($3::uuid[])
            on conflict do nothing
        """,
        organization_id,
        pass_ids,
        door_ids,
    )


async def forget_doors(
    db: Connection, organization_id: UUID, pass_ids: list[UUID], door_ids: list[UUID]
) -> None:
    await db.execute(
        """
        with attempts as (
          delete from tallied_attempt
           where organization_id = $1
             and pass_id = any($2::uuid[])
             and door_id = any($3::uuid[])
        )
        delete from tallied_door
         where organization_id = $1
           and pass_id = any($2::uuid[])
           and door_id = any($3::uuid[])
        """,
        organization_id,
        pass_ids,
        door_ids,
    )


async def tally_doors(
    db: Connection,
    organization_id: UUID,
    pass_ids: list[UUID],
    door_ids: list[UUID],
    time_zone: str,
) -> None:
    """Each door with the turf that has it now, or else the last that had it, or else none.

    Days are those of the time zone; what was tried before counts over the whole campaign.
    """
    await db.execute(
        """
        with said as materialized (
          select pass_id, door_id, event_id, member_id, occurred_at, result,
                 (occurred_at at time zone $4)::date as attempted_on,
                 result = any($5::text[]) as contact,
                 coalesce(bool_and(result = 'not_home') over before, false) as second_try
            from effective_attempt_at($1, $2, $3)
          window before as (
            partition by door_id
                order by occurred_at, event_id
                 rows between unbounded preceding and 1 preceding)
        ),
        tried as materialized (
          select pass_id, door_id,
                 count(*) as attempts_count,
                 count(*) filter (where contact) as contacts_count,
                 count(*) filter (where second_try) as second_tries_count,
                 count(*) filter (where second_try and contact) as second_contacts_count,
                 (array_agg(result order by occurred_at desc, event_id desc))[1] as last_result,
                 max(occurred_at) as last_attempt_at
            from said
           group by pass_id, door_id
        ),
        home as (
          select distinct on (td.pass_id, td.door_id)
                 td.pass_id, td.door_id, td.turf_id, td.position as place
            from turf_door td
            join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
           where td.organization_id = $1
             and td.pass_id = any($2::uuid[])
             and td.door_id = any($3::uuid[])
           order by td.pass_id, td.door_id, td.live desc, t.archived_at desc nulls last,
                    t.id desc
        ),
        living as (
          select h.door_id, count(*) as people_count
            from household h
            join person p on p.organization_id = h.organization_id and p.household_id = h.id
           where h.organization_id = $1 and h.door_id = any($3::uuid[])
           group by h.door_id
        ),
        -- Looked up by their ids: joined to what the function gives, whose rows are guessed at,
        -- every door there is would be gone through for the few of a batch.
        ground as materialized (
          select d.id as door_id, a.precinct
            from door d
            join address a on a.organization_id = d.organization_id and a.id = d.address_id
           where d.organization_id = $1 and d.id = any($3::uuid[])
        ),
        state as materialized (
          select pass_id, door_id, done
            from door_state
           where organization_id = $1
             and pass_id = any($2::uuid[])
             and door_id = any($3::uuid[])
        ),
        spot as materialized (
          select pass_id, door_id, home.turf_id, coalesce(home.place, 0) as place,
                 ground.precinct, coalesce(living.people_count, 0) as people_count
            from home
            full join tried using (pass_id, door_id)
            join ground using (door_id)
            left join living using (door_id)
        ),
        attempts as (
          insert into tallied_attempt
            (organization_id, door_id, pass_id, event_id, member_id, occurred_at, attempted_on,
             result, contact, second_try, turf_id, precinct, people_count)
          select $1, door_id, pass_id, event_id, member_id, occurred_at, attempted_on,
                 result, contact, second_try, turf_id, precinct, people_count
            from said
            join spot using (pass_id, door_id)
        )
        insert into tallied_door
          (organization_id, door_id, pass_id, turf_id, place, precinct, done, people_count,
           attempts_count, contacts_count, second_tries_count, second_contacts_count,
           last_result, last_attempt_at)
        select $1, door_id, pass_id, turf_id, place, precinct,
               coalesce(state.done, false), people_count,
               coalesce(tried.attempts_count, 0), coalesce(tried.contacts_count, 0),
               coalesce(second_tries_count, 0), coalesce(second_contacts_count, 0),
               tried.last_result, tried.last_attempt_at
          from spot
          left join tried using (pass_id, door_id)
          left join state using (pass_id, door_id)
        """,
        organization_id,
        pass_ids,
        door_ids,
        time_zone,
        CONTACTS,
    )


async def take_stale_stints(
    db: Connection, organization_id: UUID, pass_ids: list[UUID], limit: int
) -> list[tuple[UUID, UUID, object]]:
    """Days to be measured again: (pass, member, day)."""
    rows = await db.fetch(
        """
        with noted as (
          select pass_id, member_id, worked_on
            from stale_stint
           where organization_id = $1 and pass_id = any($2::uuid[])
           limit $3
        )
        delete from stale_stint s
         using noted n
         where s.organization_id = $1
           and s.pass_id = n.pass_id
           and s.member_id = n.member_id
           and s.worked_on = n.worked_on
        returning s.pass_id, s.member_id, s.worked_on
        """,
        organization_id,
        pass_ids,
        limit,
    )
    return [tuple(row) for row in rows]


async def count_stints(
    db: Connection, organization_id: UUID, stints: list[list[object]], sign: int
) -> None:
    """Add the time of these days to the figures, or with a sign of -1 take it away."""
    await db.execute(
        """
        insert into tally as t (organization_id, pass_id, of, key, visits_count, worked_us)
        select $1, s.pass_id, f.of, f.key, $5 * sum(s.visits_count), $5 * sum(s.worked_us)
          from unnest($2::uuid[], $3::uuid[], $4::date[]) day (pass_id, member_id, worked_on)
          join tallied_stint s on s.organization_id = $1
                              and s.pass_id = day.pass_id
                              and s.member_id = day.member_id
                              and s.worked_on = day.worked_on
         cross join lateral (
           select s.of, s.key
            union all
           select more.of, more.key
             from (values ('volunteer', s.member_id::text), ('day', s.worked_on::text))
               more (of, key)
            where s.of = 'pass') f
         group by s.pass_id, f.of, f.key
            on conflict (organization_id, pass_id, of, key) do update
           set visits_count = t.visits_count + excluded.visits_count,
               worked_us = t.worked_us + excluded.worked_us
        """,
        organization_id,
        *stints,
        sign,
    )


async def forget_stints(db: Connection, organization_id: UUID, stints: list[list[object]]) -> None:
    await db.execute(
        """
        delete from tallied_stint s
         using unnest($2::uuid[], $3::uuid[], $4::date[]) day (pass_id, member_id, worked_on)
         where s.organization_id = $1
           and s.pass_id = day.pass_id
           and s.member_id = day.member_id
           and s.worked_on = day.worked_on
        """,
        organization_id,
        *stints,
    )


async def tally_stints(db: Connection, organization_id: UUID, stints: list[list[object]]) -> None:
    """A day of one attempt counts as ten minutes, as does any that is shorter.

    A door counts once in each; it lies in one turf and one precinct.
    """
    await db.execute(
        """
        insert into tallied_stint
          (organization_id, pass_id, member_id, worked_on, of, key, visits_count, worked_us)
        select $1, pass_id, member_id, attempted_on,
               case when grouping(turf_id) = 0 then 'turf'
                    when grouping(precinct) = 0 then 'precinct'
                    else 'pass' end,
               case when grouping(turf_id) = 0 then coalesce(turf_id::text, '')
                    when grouping(precinct) = 0 then precinct
                    else '' end,
               count(*),
               greatest(extract(epoch from max(last_at) - min(first_at)), 600) * 1000000
          from (
            select a.pass_id, a.member_id, a.attempted_on, a.door_id, a.turf_id, a.precinct,
                   min(a.occurred_at) as first_at, max(a.occurred_at) as last_at
              from unnest($2::uuid[], $3::uuid[], $4::date[]) day (pass_id, member_id, worked_on)
              join tallied_attempt a on a.organization_id = $1
                                    and a.pass_id = day.pass_id
                                    and a.member_id = day.member_id
                                    and a.attempted_on = day.worked_on
             group by a.pass_id, a.member_id, a.attempted_on, a.door_id, a.turf_id, a.precinct
          ) visit
         group by grouping sets (
                    (pass_id, member_id, attempted_on),
                    (pass_id, member_id, attempted_on, turf_id),
                    (pass_id, member_id, attempted_on, precinct))
        """,
        organization_id,
        *stints,
    )
