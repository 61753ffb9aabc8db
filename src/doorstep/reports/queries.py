"""Statements about a whole pass; they read the tallies, which ``catching_up`` keeps."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all, fetch_many, fetch_one
from doorstep.reports.model import DoorRow
from doorstep.turf.model import TurfStatus


class PassRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pass with what its reports need to know around it."""

    id: UUID
    name: str
    campaign_id: UUID
    campaign_name: str
    script_id: UUID | None
    time_zone: str
    attribution: str


class TallyRow(msgspec.Struct, frozen=True):
    """The figures of the whole pass, a turf, a precinct, a volunteer or a day."""

    of: Literal["pass", "turf", "precinct", "volunteer", "day"]
    key: str
    doors_count: int
    attempted_count: int
    contacted_count: int
    done_count: int
    people_count: int
    people_reached_count: int
    attempts_count: int
    contacts_count: int
    second_tries_count: int
    second_contacts_count: int
    visits_count: int
    worked_us: int


class TurfRow(msgspec.Struct, frozen=True, kw_only=True):
    """A turf of a pass."""

    id: UUID
    name: str
    status: TurfStatus


class HeldRow(msgspec.Struct, frozen=True, kw_only=True):
    """A member who holds turf, and what there is in it that they have not tried."""

    member_id: UUID
    doors_count: int
    people_count: int


class MemberRow(msgspec.Struct, frozen=True):
    """A member by name."""

    id: UUID
    name: str


class AnswerRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many gave this very answer to a question of this version."""

    script_id: UUID
    script_version: int
    question_key: str
    value: Any
    sensitive: bool
    answers_count: int


class OutlineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A turf that is not archived, as the map shows it."""

    id: UUID
    name: str
    polygon: bytes
    done_share: float
    reached_share: float


async def pass_by_id(db: Connection, organization_id: UUID, pass_id: UUID) -> PassRow:
    return await fetch_one(
        db,
        PassRow,
        """
        select p.id, p.name, p.campaign_id, c.name as campaign_name, p.script_id, o.time_zone,
               coalesce(m.attribution, '') as attribution
          from pass p
          join campaign c on c.organization_id = p.organization_id and c.id = p.campaign_id
          join organization o on o.id = p.organization_id
          left join map_source m on m.organization_id = p.organization_id
                                and m.campaign_id = p.campaign_id
         where p.organization_id = $1 and p.id = $2
        """,
        organization_id,
        pass_id,
    )


async def tallies(db: Connection, organization_id: UUID, pass_id: UUID) -> list[TallyRow]:
    return await fetch_many(
        db,
        TallyRow,
        """
        select of, key, doors_count, attempted_count, contacted_count, done_count, people_count,
               people_reached_count, attempts_count, contacts_count, second_tries_count,
               second_contacts_count, visits_count, worked_us
          from tally
         where organization_id = $1
           and pass_id = $2
           and of in ('pass', 'turf', 'precinct', 'volunteer', 'day')
           and doors_count > 0
        """,
        organization_id,
        pass_id,
    )


async def tallies_of_doors(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: list[UUID]
) -> list[TallyRow]:
    """The same figures over some doors of the pass alone."""
    return await fetch_many(
        db,
        TallyRow,
        """
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
        )
        select of, key, doors_count, attempted_count, contacted_count, done_count, people_count,
               people_reached_count, attempts_count, contacts_count, second_tries_count,
               second_contacts_count,
               coalesce(visits_count, 0) as visits_count, coalesce(worked_us, 0) as worked_us
          from counted
          left join worked using (of, key)
        """,
        organization_id,
        pass_id,
        door_ids,
    )


async def turfs_of_pass(db: Connection, organization_id: UUID, pass_id: UUID) -> list[TurfRow]:
    return await fetch_all(
        db,
        TurfRow,
        "select id, name, status from turf where organization_id = $1 and pass_id = $2",
        organization_id,
        pass_id,
    )


async def members(db: Connection, organization_id: UUID, ids: list[UUID]) -> list[MemberRow]:
    return await fetch_many(
        db,
        MemberRow,
        """
        select id, name
          from member
         where organization_id = $1 and id = any($2::uuid[])
         order by name, id
        """,
        organization_id,
        ids,
    )


async def held(db: Connection, organization_id: UUID, pass_id: UUID) -> list[HeldRow]:
    """What members hold now and have not tried; turf that ran out is no longer held."""
    return await fetch_all(
        db,
        HeldRow,
        """
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
        """,
        organization_id,
        pass_id,
    )


async def held_of_doors(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: list[UUID]
) -> list[HeldRow]:
    """The same over some doors of the pass alone."""
    return await fetch_all(
        db,
        HeldRow,
        """
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
        """,
        organization_id,
        pass_id,
        door_ids,
    )


async def answers(db: Connection, organization_id: UUID, pass_id: UUID) -> list[AnswerRow]:
    """The last answer per person (per door, if nobody was named) and question, counted.

    Those that were forgotten since are among them. Texts are cut to 40 letters, which no option's
    key exceeds: they are counted, not read.
    """
    return await fetch_all(
        db,
        AnswerRow,
        """
        select script_id, script_version, question_key, value, sensitive, answers_count
          from answer_count($1, $2)
        """,
        organization_id,
        pass_id,
    )


async def doors_of_pass(
    db: Connection, organization_id: UUID, pass_id: UUID, limit: int | None = None
) -> list[DoorRow]:
    """The doors of a pass, turf by turf in walking order."""
    return await fetch_all(
        db,
        DoorRow,
        """
        select d.id as door_id, t.name as turf, a.street, a.house_number, d.unit, d.floor,
               a.postcode, a.city, a.lon, a.lat,
               coalesce(s.status, 'open') as status,
               coalesce(s.done, false) as done,
               coalesce(s.do_not_contact, false) as do_not_contact,
               p.attempts_count, p.contacts_count, p.last_result, p.last_attempt_at
          from tallied_door p
          join door d on d.organization_id = $1 and d.id = p.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
          left join turf t on t.organization_id = $1 and t.id = p.turf_id
          left join door_state s on s.organization_id = $1
                                and s.pass_id = $2
                                and s.door_id = p.door_id
         where p.organization_id = $1 and p.pass_id = $2
         order by t.name, t.id, p.place, d.id
         limit $3
        """,
        organization_id,
        pass_id,
        limit,
    )


async def outlines(db: Connection, organization_id: UUID, pass_id: UUID) -> list[OutlineRow]:
    return await fetch_all(
        db,
        OutlineRow,
        """
        select t.id, t.name, t.polygon,
               coalesce(f.done_count::double precision / nullif(f.doors_count, 0), 0)
                 as done_share,
               coalesce(f.contacted_count::double precision / nullif(f.doors_count, 0), 0)
                 as reached_share
          from turf t
          left join tally f on f.organization_id = $1
                           and f.pass_id = $2
                           and f.of = 'turf'
                           and f.key = t.id::text
         where t.organization_id = $1 and t.pass_id = $2 and t.status <> 'archived'
         order by t.name, t.id
        """,
        organization_id,
        pass_id,
    )


class TurfOfDay(msgspec.Struct, frozen=True, kw_only=True):
    """What a day came to in a turf, and how far the turf is by now."""

    name: str | None
    attempted_count: int
    contacted_count: int
    done_count: int
    doors_count: int


async def turfs_of_day(
    db: Connection, organization_id: UUID, pass_id: UUID, day: dt.date
) -> list[TurfOfDay]:
    """The turfs walked on a day, most doors first."""
    return await fetch_all(
        db,
        TurfOfDay,
        """
        with tried as (
          select t.door_id, t.turf_id, bool_or(t.contact) as contacted
            from tallied_attempt t
           where t.organization_id = $1 and t.pass_id = $2 and t.attempted_on = $3
           group by t.door_id, t.turf_id
        )
        select turf.name,
               count(*) as attempted_count,
               count(*) filter (where tried.contacted) as contacted_count,
               f.done_count, f.doors_count
          from tried
          join tally f on f.organization_id = $1
                      and f.pass_id = $2
                      and f.of = 'turf'
                      and f.key = coalesce(tried.turf_id::text, '')
          left join turf on turf.organization_id = $1 and turf.id = tried.turf_id
         group by turf.id, turf.name, f.done_count, f.doors_count
         order by count(*) desc, turf.name, turf.id
        """,
        organization_id,
        pass_id,
        day,
    )


async def volunteers_of_day(
    db: Connection, organization_id: UUID, pass_id: UUID, day: dt.date
) -> int:
    count: int = await db.fetchval(
        """
        select count(distinct member_id)
          from tallied_stint
         where organization_id = $1 and pass_id = $2 and worked_on = $3 and of = 'pass'
        """,
        organization_id,
        pass_id,
        day,
    )
    return count
