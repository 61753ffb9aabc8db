"""The statement behind a progress report: figures with rates and names, a row each.

Rates, names and order come from the database: a pass of thousands of turfs and volunteers is told
in a third of the time that it takes to work them out row by row here.
"""

from typing import LiteralString
from uuid import UUID

from asyncpg import Record

from doorstep.kit.db import Connection

_WHOLE: LiteralString = """
with figures as (
  select *
    from tally
   where organization_id = $1
     and pass_id = $2
     and of in ('pass', 'turf', 'precinct', 'volunteer', 'day')
     and doors_count > 0
),
-- What members hold now and have not tried; turf that ran out is no longer held.
held as (
  select a.member_id,
         sum(t.doors_count - coalesce(tried.doors_count, 0))::bigint as doors_count,
         sum(t.people_count - coalesce(tried.people_count, 0))::bigint as people_count
    from assignment a
    join turf on turf.organization_id = $1
             and turf.id = a.turf_id
             and turf.pass_id = $2
    join tally t on t.organization_id = $1
                and t.pass_id = $2
                and t.of = 'turf'
                and t.key = a.turf_id::text
                and t.doors_count > 0
    -- Looked up one by one: there are as many as pairs of turf and volunteer ever were.
    left join lateral (
      select doors_count, people_count
        from tally
       where organization_id = $1
         and pass_id = $2
         and of = 'turf_volunteer'
         and key = concat(a.turf_id, '/', a.member_id)
       limit 1) tried on true
   where a.organization_id = $1 and a.ended_at is null and a.expires_at > now()
   group by a.member_id
)
"""

# The same over some doors of the pass alone.
_SOME: LiteralString = """
with counted as (
  select of, key,
         count(*) as doors_count,
         sum(attempted_count) as attempted_count,
         sum(contacted_count) as contacted_count,
         sum(done_count) as done_count,
         sum(people_count) as people_count,
         sum(people_reached_count) as people_reached_count,
         sum(attempts_count)::bigint as attempts_count,
         sum(contacts_count)::bigint as contacts_count,
         sum(second_tries_count)::bigint as second_tries_count,
         sum(second_contacts_count)::bigint as second_contacts_count
    from door_share
   where organization_id = $1
     and pass_id = $2
     and door_id = any($3::uuid[])
     and of <> 'turf_volunteer'
   group by of, key
),
stint as (
  select of, key,
         count(distinct door_id) as visits_count,
         (greatest(extract(epoch from max(occurred_at) - min(occurred_at)), 600)
           * 1000000)::bigint as worked_us
    from attempt_share
   where organization_id = $1 and pass_id = $2 and door_id = any($3::uuid[])
   group by of, key, member_id, attempted_on
),
worked as (
  select of, key,
         sum(visits_count)::bigint as visits_count,
         sum(worked_us)::bigint as worked_us
    from stint
   group by of, key
),
figures as (
  select * from counted left join worked using (of, key)
),
held as (
  select a.member_id, count(*) as doors_count, sum(d.people_count) as people_count
    from assignment a
    join tallied_door d on d.organization_id = $1
                       and d.pass_id = $2
                       and d.turf_id = a.turf_id
                       and d.door_id = any($3::uuid[])
   where a.organization_id = $1
     and a.ended_at is null
     and a.expires_at > now()
     and not exists (
       select from tallied_attempt t
        where t.organization_id = $1
          and t.pass_id = $2
          and t.door_id = d.door_id
          and t.member_id = a.member_id)
   group by a.member_id
)
"""

# The columns between `key` and `id` are the fields of a Tally in their order. A volunteer's doors
# are those tried and those held.
_TOLD: LiteralString = """
select of, key,
       coalesce(f.doors_count, 0) + coalesce(h.doors_count, 0) as doors_count,
       coalesce(attempted_count, 0) as attempted_count,
       coalesce(contacted_count, 0) as contacted_count,
       coalesce(done_count, 0) as done_count,
       coalesce(attempts_count, 0) as attempts_count,
       coalesce(contacts_count, 0) as contacts_count,
       contacted_count / nullif(attempted_count, 0)::float8 as contact_rate,
       visits_count / nullif(worked_us / 3.6e9::float8, 0) as doors_per_hour,
       coalesce(contacted_count, 0)
         / nullif(coalesce(f.doors_count, 0) + coalesce(h.doors_count, 0), 0)::float8
         as doors_reached,
       coalesce(f.people_count, 0) + coalesce(h.people_count, 0) as people_count,
       coalesce(people_reached_count, 0) as people_reached_count,
       coalesce(people_reached_count, 0)
         / nullif(coalesce(f.people_count, 0) + coalesce(h.people_count, 0), 0)::float8
         as people_reached,
       coalesce(second_tries_count, 0) as second_tries_count,
       coalesce(second_contacts_count, 0) as second_contacts_count,
       second_contacts_count / nullif(second_tries_count, 0)::float8 as second_yield,
       coalesce(t.id, m.id) as id,
       coalesce(t.name, m.name) as name,
       t.status
  from figures f
  full join (select 'volunteer' as of, member_id::text as key, doors_count, people_count from held)
       h using (of, key)
  left join turf t on t.organization_id = $1
                  and t.pass_id = $2
                  and t.id = case of when 'turf' then nullif(key, '')::uuid end
  left join member m on m.organization_id = $1
                    and m.id = case of when 'volunteer' then key::uuid end
 order by of, coalesce(t.name, m.name), key
"""


async def figures(db: Connection, organization_id: UUID, pass_id: UUID) -> list[Record]:
    """Of the whole pass, each turf, precinct, volunteer and day there is anything to tell of."""
    return await db.fetch(_WHOLE + _TOLD, organization_id, pass_id)


async def figures_of_doors(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: list[UUID]
) -> list[Record]:
    """The same over some doors of the pass alone."""
    return await db.fetch(_SOME + _TOLD, organization_id, pass_id, door_ids)
