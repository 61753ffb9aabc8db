"""Every statement about universes: the saved ones, what they name, and whom conditions hold."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.imports.model import AttributeKind
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.surveys.model import Question
from doorstep.universes.model import (
    Expression,
    StoredUniverse,
    UniverseDoor,
    UniversePerson,
)

CONTACTS = [result.value for result in Result if counts_as_contact(result)]


class KeptColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A kept column of imports."""

    key: str
    label: str
    kind: AttributeKind
    sensitive: bool


class AskedQuestions(msgspec.Struct, frozen=True, kw_only=True):
    """What a version of a script asks."""

    script_id: UUID
    questions: list[Question]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Something an expression may name by its id."""

    kind: str
    id: UUID
    name: str


class AnswerGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Who gave an answer: ids end to end, of people, and of doors where nobody was named."""

    value: Any
    people: bytes
    doors: bytes


async def universes(db: Connection, organization_id: UUID) -> list[StoredUniverse]:
    return await fetch_all(
        db,
        StoredUniverse,
        """
        select id, name, expression, created_by, created_at, updated_at
          from universe
         where organization_id = $1
         order by name, id
        """,
        organization_id,
    )


async def universe_by_id(
    db: Connection, organization_id: UUID, universe_id: UUID
) -> StoredUniverse:
    return await fetch_one(
        db,
        StoredUniverse,
        """
        select id, name, expression, created_by, created_at, updated_at
          from universe
         where organization_id = $1 and id = $2
        """,
        organization_id,
        universe_id,
    )


async def enter_writing(db: Connection, organization_id: UUID) -> None:
    """Wait until nobody else writes universes: two could else nest in each other."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended('universe ' || $1, 0))",
        str(organization_id),
    )


async def insert_universe(
    db: Connection,
    organization_id: UUID,
    universe_id: UUID,
    name: str,
    expression: Expression,
    created_by: UUID | None,
) -> None:
    await db.execute(
        """
        insert into universe (organization_id, id, name, expression, created_by)
        values ($1, $2, $3, $4, $5)
        """,
        organization_id,
        universe_id,
        name,
        expression,
        created_by,
    )


async def update_universe(
    db: Connection, organization_id: UUID, universe_id: UUID, name: str, expression: Expression
) -> None:
    await execute_one(
        db,
        """
        update universe
           set name = $3,
               expression = $4,
               updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')
         where organization_id = $1 and id = $2
        """,
        organization_id,
        universe_id,
        name,
        expression,
    )


async def delete_universe(db: Connection, organization_id: UUID, universe_id: UUID) -> None:
    await execute_one(
        db,
        "delete from universe where organization_id = $1 and id = $2",
        organization_id,
        universe_id,
    )


async def this_year(db: Connection, organization_id: UUID) -> int:
    """The year it is where the organization is."""
    return await db.fetchval(
        """
        select extract(year from now() at time zone time_zone)::integer
          from organization
         where id = $1
        """,
        organization_id,
    )


async def kept_columns(db: Connection, organization_id: UUID) -> list[KeptColumn]:
    return await fetch_all(
        db,
        KeptColumn,
        """
        select key, label, kind, sensitive
          from attribute
         where organization_id = $1
         order by key
        """,
        organization_id,
    )


async def asked_questions(
    db: Connection, organization_id: UUID, keys: Sequence[str]
) -> list[AskedQuestions]:
    """The versions of scripts that ask any of these questions, the newest first."""
    return await fetch_all(
        db,
        AskedQuestions,
        """
        select script_id, questions
          from script_version
         where organization_id = $1
           and jsonb_path_query_array(questions, '$[*].key') ?| $2::text[]
         order by created_at desc, version desc
        """,
        organization_id,
        keys,
    )


async def question_keys(db: Connection, organization_id: UUID) -> list[str]:
    """The keys of all questions ever asked."""
    rows = await db.fetch(
        """
        select distinct jsonb_path_query(questions, '$[*].key') #>> '{}' as key
          from script_version
         where organization_id = $1
         order by key
        """,
        organization_id,
    )
    return [row["key"] for row in rows]


async def named(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> list[Named]:
    """What these ids stand for, by names that no two things of a kind share."""
    return await fetch_all(
        db,
        Named,
        """
        select 'universe' as kind, id, name
          from universe
         where organization_id = $1 and id = any($2::uuid[])
         union all
        select 'campaign', id, name
          from campaign
         where organization_id = $1 and id = any($2::uuid[])
         union all
        select 'pass', p.id, p.name || ' of ' || c.name
          from pass p
          join campaign c on c.organization_id = p.organization_id and c.id = p.campaign_id
         where p.organization_id = $1 and p.id = any($2::uuid[])
         union all
        select 'turf', t.id,
               t.name || coalesce(', archived ' || t.archived_at::text, '')
                 || ' in ' || p.name || ' of ' || c.name
          from turf t
          join pass p on p.organization_id = t.organization_id and p.id = t.pass_id
          join campaign c on c.organization_id = p.organization_id and c.id = p.campaign_id
         where t.organization_id = $1 and t.id = any($2::uuid[])
         union all
        select 'script', s.id, s.name || ' of ' || c.name
          from script s
          join campaign c on c.organization_id = s.organization_id and c.id = s.campaign_id
         where s.organization_id = $1 and s.id = any($2::uuid[])
         union all
        select 'import', id, file_name || ' of ' || created_at::text
          from import_run
         where organization_id = $1 and id = any($2::uuid[])
        """,
        organization_id,
        ids,
    )


async def left_alone(db: Connection, organization_id: UUID) -> tuple[bytes, bytes]:
    """Ids of the people and of the doors that asked to be left alone."""
    row = await db.fetchrow(
        """
        select coalesce(string_agg(uuid_send(person_id), ''), '') as people,
               coalesce(string_agg(uuid_send(door_id), '') filter (where person_id is null), '')
                 as doors
          from left_alone
         where organization_id = $1
        """,
        organization_id,
    )
    return (row["people"], row["doors"]) if row else (b"", b"")


async def answers(
    db: Connection, organization_id: UUID, question: str, script_id: UUID | None
) -> list[AnswerGroup]:
    """The last answers to a question; sensitive ones only where their consent stands."""
    return await fetch_all(
        db,
        AnswerGroup,
        """
        with latest as (
          select distinct on (e.person_id, case when e.person_id is null then a.door_id end)
                 e.person_id, a.door_id, a.value
            from survey_answer a
            join contact_event e on e.organization_id = a.organization_id and e.id = a.answer_id
           where a.organization_id = $1
             and a.question_key = $2
             and ($3::uuid is null or a.script_id = $3)
             and a.standing
             and e.status = 'accepted'
             and (not a.sensitive or exists (
               select from standing_consent c
                where c.organization_id = a.organization_id and c.id = a.consent_id))
           order by e.person_id, case when e.person_id is null then a.door_id end,
                    e.occurred_at desc, e.id desc
        )
        select value,
               coalesce(string_agg(uuid_send(person_id), ''), '') as people,
               coalesce(string_agg(uuid_send(door_id), '') filter (where person_id is null), '')
                 as doors
          from latest
         group by value
        """,
        organization_id,
        question,
        script_id,
    )


async def doors_with_last_result(
    db: Connection,
    organization_id: UUID,
    results: Sequence[str],
    pass_id: UUID | None,
    campaign_id: UUID | None,
) -> bytes:
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from (
            select distinct on (s.door_id) s.door_id, s.last_result
              from door_state s
              join pass p on p.organization_id = s.organization_id and p.id = s.pass_id
             where s.organization_id = $1
               and ($3::uuid is null or s.pass_id = $3)
               and ($4::uuid is null or p.campaign_id = $4)
               and s.attempts_count > 0
             order by s.door_id, s.last_attempt_at desc, s.latest_event_id desc) latest
         where last_result = any($2)
        """,
        organization_id,
        results,
        pass_id,
        campaign_id,
    )


async def doors_tried(
    db: Connection,
    organization_id: UUID,
    at_least: int,
    at_most: int | None,
    pass_id: UUID | None,
    campaign_id: UUID | None,
) -> bytes:
    """Doors with so many attempts; never any without one."""
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from (
            select s.door_id
              from door_state s
              join pass p on p.organization_id = s.organization_id and p.id = s.pass_id
             where s.organization_id = $1
               and ($4::uuid is null or s.pass_id = $4)
               and ($5::uuid is null or p.campaign_id = $5)
               and s.attempts_count > 0
             group by s.door_id
            having sum(s.attempts_count) >= $2
               and ($3::integer is null or sum(s.attempts_count) <= $3)) tried
        """,
        organization_id,
        at_least,
        at_most,
        pass_id,
        campaign_id,
    )


async def doors_tried_since(
    db: Connection,
    organization_id: UUID,
    at_least: int,
    at_most: int | None,
    pass_id: UUID | None,
    campaign_id: UUID | None,
    since: dt.date,
) -> bytes:
    """Doors with so many attempts from a day on, where the organization is."""
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from (
            select e.door_id
              from organization o
              join pass p on p.organization_id = o.id
             cross join lateral effective_attempt($1, p.id) e
             where o.id = $1
               and ($4::uuid is null or p.id = $4)
               and ($5::uuid is null or p.campaign_id = $5)
               and e.occurred_at >= $6::date::timestamp at time zone o.time_zone
             group by e.door_id
            having count(*) >= $2
               and ($3::integer is null or count(*) <= $3)) tried
        """,
        organization_id,
        at_least,
        at_most,
        pass_id,
        campaign_id,
        since,
    )


async def doors_contacted(
    db: Connection, organization_id: UUID, pass_id: UUID | None, campaign_id: UUID | None
) -> bytes:
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(s.door_id), ''), '')
          from door_state s
          join pass p on p.organization_id = s.organization_id and p.id = s.pass_id
         where s.organization_id = $1
           and ($2::uuid is null or s.pass_id = $2)
           and ($3::uuid is null or p.campaign_id = $3)
           and s.contacts_count > 0
        """,
        organization_id,
        pass_id,
        campaign_id,
    )


async def doors_last_contacted(
    db: Connection,
    organization_id: UUID,
    after: dt.date | None,
    before: dt.date | None,
    pass_id: UUID | None,
    campaign_id: UUID | None,
) -> bytes:
    """Doors whose last contact was later than a day, earlier than another, or both."""
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from (
            select e.door_id, max((e.occurred_at at time zone o.time_zone)::date) as contacted_on
              from organization o
              join pass p on p.organization_id = o.id
             cross join lateral effective_attempt($1, p.id) e
             where o.id = $1
               and ($4::uuid is null or p.id = $4)
               and ($5::uuid is null or p.campaign_id = $5)
               and e.result = any($6::text[])
             group by e.door_id) met
         where ($2::date is null or contacted_on > $2)
           and ($3::date is null or contacted_on < $3)
        """,
        organization_id,
        after,
        before,
        pass_id,
        campaign_id,
        CONTACTS,
    )


async def doors_in_turf(
    db: Connection, organization_id: UUID, turf_id: UUID | None, pass_id: UUID | None
) -> bytes:
    """The doors of a turf, or those in any turf of a pass that is not archived."""
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(door_id), ''), '')
          from turf_door
         where organization_id = $1
           and ($2::uuid is null or turf_id = $2)
           and ($3::uuid is null or pass_id = $3 and live)
        """,
        organization_id,
        turf_id,
        pass_id,
    )


async def people_consenting(
    db: Connection, organization_id: UUID, purpose: str, channel: str | None
) -> bytes:
    return await db.fetchval(
        """
        select coalesce(string_agg(uuid_send(person_id), ''), '')
          from standing_consent
         where organization_id = $1
           and purpose = $2
           and ($3::text is null or channel is null or channel = $3)
        """,
        organization_id,
        purpose,
        channel,
    )


async def people_shown(
    db: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> list[UniversePerson]:
    """These people, in this order."""
    return await fetch_all(
        db,
        UniversePerson,
        """
        select p.id, p.household_id, h.door_id, p.given_name, p.family_name, p.birth_year, p.phone,
               p.email, p.language, p.tags, a.street, a.house_number, d.unit, a.postcode, a.city
          from unnest($2::uuid[]) with ordinality wanted (id, place)
          join person p on p.organization_id = $1 and p.id = wanted.id
          join household h on h.organization_id = $1 and h.id = p.household_id
          join door d on d.organization_id = $1 and d.id = h.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
         order by wanted.place
        """,
        organization_id,
        ids,
    )


async def doors_shown(
    db: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> list[UniverseDoor]:
    """These doors, in this order."""
    return await fetch_all(
        db,
        UniverseDoor,
        """
        select d.id, a.street, a.house_number, d.unit, a.postcode, a.city, a.lon, a.lat
          from unnest($2::uuid[]) with ordinality wanted (id, place)
          join door d on d.organization_id = $1 and d.id = wanted.id
          join address a on a.organization_id = $1 and a.id = d.address_id
         order by wanted.place
        """,
        organization_id,
        ids,
    )
