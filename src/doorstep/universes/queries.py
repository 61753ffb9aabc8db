"""Statements about universes: the saved ones, what they may name, and showing whom they hold."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.imports.model import AttributeKind
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.surveys.model import Question
from doorstep.universes.model import (
    Expression,
    StoredUniverse,
    UniverseDoor,
    UniversePerson,
)


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
