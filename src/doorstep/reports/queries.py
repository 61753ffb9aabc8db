"""Statements about a whole pass; they read the tallies, which ``catching_up`` keeps."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all, fetch_one
from doorstep.reports.model import DoorRow


class PassRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pass with what its reports need to know around it."""

    id: UUID
    name: str
    campaign_id: UUID
    campaign_name: str
    script_id: UUID | None
    time_zone: str
    attribution: str


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
