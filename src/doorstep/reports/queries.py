"""Every statement of the reports; what counts as an attempt is said by ``effective_attempt``."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from doorstep.algorithms.projecting import Result, counts_as_contact, is_final
from doorstep.kit.db import Connection, fetch_all, fetch_one
from doorstep.reports.model import DoorRow
from doorstep.turf.model import TurfStatus

CONTACTS = [result.value for result in Result if counts_as_contact(result)]
FINAL = [result.value for result in Result if is_final(result)]


class PassRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pass with what its reports need to know around it."""

    id: UUID
    name: str
    campaign_id: UUID
    campaign_name: str
    script_id: UUID | None
    time_zone: str
    attribution: str


class AttemptsRow(msgspec.Struct, frozen=True, kw_only=True):
    """The attempts of the whole pass, of a turf, a volunteer or a day."""

    of: Literal["pass", "turf", "volunteer", "day"]
    key: str
    attempted_count: int
    contacted_count: int
    done_count: int
    attempts_count: int
    visits_count: int
    worked_s: float


class TurfRow(msgspec.Struct, frozen=True, kw_only=True):
    """A turf and its doors; all three are null for the doors of no turf."""

    turf_id: UUID | None
    name: str | None
    status: TurfStatus | None
    doors_count: int
    done_count: int


class VolunteerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A member who holds turf of the pass or tried doors of it."""

    member_id: UUID
    name: str
    doors_count: int


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


async def attempts(
    db: Connection, organization_id: UUID, pass_id: UUID, time_zone: str
) -> list[AttemptsRow]:
    """Attempts by pass, turf, volunteer and day: each attempt counts once in each."""
    return await fetch_all(
        db,
        AttemptsRow,
        """
        with attempt as (
          select e.event_id, e.door_id, d.turf_id, e.member_id, e.occurred_at, e.result,
                 (e.occurred_at at time zone $3)::date as day
            from effective_attempt($1, $2) e
            join pass_door($1, $2) d on d.door_id = e.door_id
        ),
        grouped as (
          select s.of, s.key, a.event_id, a.door_id, a.member_id, a.day, a.occurred_at, a.result
            from attempt a
           cross join lateral (
             values ('pass', ''),
                    ('turf', coalesce(a.turf_id::text, '')),
                    ('volunteer', a.member_id::text),
                    ('day', a.day::text)) s (of, key)
        ),
        by_door as (
          select of, key,
                 count(*) as attempts_count,
                 bool_or(result = any($4::text[])) as contacted,
                 (array_agg(result order by occurred_at desc, event_id desc))[1]
                   = any($5::text[]) as done
            from grouped
           group by of, key, door_id
        ),
        by_stint as (
          select of, key,
                 count(distinct door_id) as visits_count,
                 greatest(extract(epoch from max(occurred_at) - min(occurred_at)), 600)
                   as worked_s
            from grouped
           group by of, key, member_id, day
        ),
        stints as (
          select of, key,
                 sum(visits_count)::bigint as visits_count,
                 sum(worked_s)::double precision as worked_s
            from by_stint
           group by of, key
        )
        select d.of, d.key,
               count(*) as attempted_count,
               count(*) filter (where d.contacted) as contacted_count,
               count(*) filter (where d.done) as done_count,
               sum(d.attempts_count)::bigint as attempts_count,
               s.visits_count, s.worked_s
          from by_door d
          join stints s on s.of = d.of and s.key = d.key
         group by d.of, d.key, s.visits_count, s.worked_s
         order by d.of, d.key
        """,
        organization_id,
        pass_id,
        time_zone,
        CONTACTS,
        FINAL,
    )


async def turfs_of_pass(db: Connection, organization_id: UUID, pass_id: UUID) -> list[TurfRow]:
    return await fetch_all(
        db,
        TurfRow,
        """
        select t.id as turf_id, t.name, t.status,
               count(*) as doors_count,
               count(*) filter (where s.done) as done_count
          from pass_door($1, $2) d
          left join turf t on t.organization_id = $1 and t.id = d.turf_id
          left join door_state s on s.organization_id = $1
                                and s.pass_id = $2
                                and s.door_id = d.door_id
         group by t.id, t.name, t.status
         order by t.name, t.id
        """,
        organization_id,
        pass_id,
    )


async def volunteers_of_pass(
    db: Connection, organization_id: UUID, pass_id: UUID
) -> list[VolunteerRow]:
    """Doors of turf that ran out are no longer held."""
    return await fetch_all(
        db,
        VolunteerRow,
        """
        with theirs as (
          select e.member_id, e.door_id
            from effective_attempt($1, $2) e
            join pass_door($1, $2) d on d.door_id = e.door_id
           union
          select a.member_id, d.door_id
            from assignment a
            join pass_door($1, $2) d on d.turf_id = a.turf_id
           where a.organization_id = $1 and a.ended_at is null and a.expires_at > now()
        )
        select m.id as member_id, m.name, count(*) as doors_count
          from theirs h
          join member m on m.organization_id = $1 and m.id = h.member_id
         group by m.id, m.name
         order by m.name, m.id
        """,
        organization_id,
        pass_id,
    )


async def answers(db: Connection, organization_id: UUID, pass_id: UUID) -> list[AnswerRow]:
    """The last answer per person (per door, if nobody was named) and question, counted.

    Texts are cut to 40 letters, which no option's key exceeds: they are counted, not read.
    """
    return await fetch_all(
        db,
        AnswerRow,
        """
        with answer as (
          select distinct on (a.script_id, a.question_key, a.door_id, e.person_id)
                 a.script_id, a.script_version, a.question_key, a.sensitive,
                 case jsonb_typeof(a.value)
                   when 'string' then to_jsonb(left(a.value #>> '{}', 40))
                   else a.value end as value
            from survey_answer a
            join contact_event e on e.organization_id = a.organization_id and e.id = a.answer_id
            left join consent c on c.organization_id = a.organization_id and c.id = a.consent_id
           where a.organization_id = $1
             and a.pass_id = $2
             and a.standing
             and e.status = 'accepted'
             and c.withdrawn_at is null
           order by a.script_id, a.question_key, a.door_id, e.person_id,
                    e.occurred_at desc, e.id desc
        )
        select script_id, script_version, question_key, value,
               bool_or(sensitive) as sensitive,
               count(*) as answers_count
          from answer
         group by script_id, script_version, question_key, value
         order by script_id, script_version, question_key, value
        """,
        organization_id,
        pass_id,
    )


async def doors_of_pass(db: Connection, organization_id: UUID, pass_id: UUID) -> list[DoorRow]:
    """The doors of a pass, turf by turf in walking order."""
    return await fetch_all(
        db,
        DoorRow,
        """
        with attempt as (
          select door_id,
                 count(*) as attempts_count,
                 count(*) filter (where result = any($3::text[])) as contacts_count,
                 (array_agg(result order by occurred_at desc, event_id desc))[1] as last_result,
                 max(occurred_at) as last_attempt_at
            from effective_attempt($1, $2)
           group by door_id
        )
        select d.id as door_id, t.name as turf, a.street, a.house_number, d.unit, d.floor,
               a.postcode, a.city, a.lon, a.lat,
               coalesce(s.status, 'open') as status,
               coalesce(s.done, false) as done,
               coalesce(s.do_not_contact, false) as do_not_contact,
               coalesce(e.attempts_count, 0) as attempts_count,
               coalesce(e.contacts_count, 0) as contacts_count,
               e.last_result, e.last_attempt_at
          from pass_door($1, $2) p
          join door d on d.organization_id = $1 and d.id = p.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
          left join turf t on t.organization_id = $1 and t.id = p.turf_id
          left join door_state s on s.organization_id = $1
                                and s.pass_id = $2
                                and s.door_id = p.door_id
          left join attempt e on e.door_id = p.door_id
         order by t.name, t.id, p.place, d.id
        """,
        organization_id,
        pass_id,
        CONTACTS,
    )


async def outlines(db: Connection, organization_id: UUID, pass_id: UUID) -> list[OutlineRow]:
    return await fetch_all(
        db,
        OutlineRow,
        """
        select t.id, t.name, t.polygon,
               coalesce(avg(coalesce(s.done, false)::int), 0)::double precision as done_share
          from turf t
          left join pass_door($1, $2) d on d.turf_id = t.id
          left join door_state s on s.organization_id = $1
                                and s.pass_id = $2
                                and s.door_id = d.door_id
         where t.organization_id = $1 and t.pass_id = $2 and t.status <> 'archived'
         group by t.id, t.name, t.polygon
         order by t.name, t.id
        """,
        organization_id,
        pass_id,
    )
