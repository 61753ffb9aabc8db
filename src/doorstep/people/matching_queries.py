"""Every statement about who may be one person, and of people added at the door."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from doorstep.kit.db import Connection, columns, fetch_all
from doorstep.kit.texts import name_key
from doorstep.people.matching_model import Match, MatchPerson, PersonCreate


async def see_merged(db: Connection) -> None:
    """Let this transaction see people who were merged into others."""
    await db.execute("select set_config('doorstep.sees_merged', 'yes', true)")


async def wait_for_turn(db: Connection, organization_id: UUID) -> None:
    """Hold the organization's merges and searches until the transaction ends."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended('matching ' || $1::text, 0))",
        str(organization_id),
    )


async def more_people_than(db: Connection, organization_id: UUID, count: int) -> bool:
    return await db.fetchval(
        "select exists (select from person where organization_id = $1 offset $2)",
        organization_id,
        count,
    )


async def people_after(
    db: Connection, organization_id: UUID, after: UUID, limit: int
) -> list[asyncpg.Record]:
    """People in the order of their ids, but those whose case is open already."""
    return await db.fetch(
        """
        select p.id, h.door_id, coalesce(p.birth_year, 0) as birth_year, p.given_name,
               p.family_name, coalesce(p.phone, '') as phone, coalesce(p.email, '') as email
          from person p
          join household h on h.organization_id = p.organization_id and h.id = p.household_id
         where p.organization_id = $1
           and p.id > $2
           and p.merged_into is null
           and (p.given_name <> '' or p.family_name <> '')
           and not exists (
             select from person_match m
              where p.added_at_door
                and m.organization_id = p.organization_id
                and m.person_id = p.id
                and m.kind = 'added_at_door'
                and m.status = 'open')
         order by p.id
         limit $3
        """,
        organization_id,
        after,
        limit,
    )


async def put_duplicates(
    db: Connection,
    organization_id: UUID,
    pairs: Sequence[tuple[UUID, UUID, UUID, float, Sequence[str]]],
) -> None:
    """Queue pairs: (id, person, other, score, reasons). What was decided of one stays decided."""
    await db.execute(
        """
        insert into person_match
               (organization_id, kind, id, person_id, other_person_id, score, reasons)
        select $1, 'duplicate', id, person_id, other_person_id, score, reasons::jsonb
          from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::float8[], $6::text[])
            as pair (id, person_id, other_person_id, score, reasons)
            on conflict (organization_id, least(person_id, other_person_id),
                         greatest(person_id, other_person_id)) do update
           set score = excluded.score, reasons = excluded.reasons, found_at = excluded.found_at
         where person_match.status = 'open'
        """,
        organization_id,
        # As text: of lists, asyncpg would make a dimension of the array.
        *columns([(*pair[:4], msgspec.json.encode(pair[4]).decode()) for pair in pairs], 5),
    )


async def drop_unlikely(db: Connection, organization_id: UUID) -> None:
    """Take open pairs off the queue that this transaction's search did not find."""
    await db.execute(
        """
        delete from person_match
         where organization_id = $1
           and kind = 'duplicate'
           and status = 'open'
           and found_at < now()
        """,
        organization_id,
    )


async def open_count(db: Connection, organization_id: UUID) -> int:
    return await db.fetchval(
        "select count(*) from person_match where organization_id = $1 and status = 'open'",
        organization_id,
    )


async def insert_added(
    db: Connection, organization_id: UUID, match_id: UUID, person_id: UUID
) -> None:
    """Ask who somebody added at the door is."""
    await db.execute(
        """
        insert into person_match (organization_id, id, kind, person_id, score, reasons)
        values ($1, $2, 'added_at_door', $3, 0, '[]')
            on conflict do nothing
        """,
        organization_id,
        match_id,
        person_id,
    )


async def matches(
    db: Connection,
    organization_id: UUID,
    status: str | None,
    kind: str | None,
    match_id: UUID | None,
    limit: int,
    offset: int,
) -> list[Match]:
    """Matches of people who are there, the likeliest first."""
    return await fetch_all(
        db,
        Match,
        """
        select m.id, m.kind, m.status, one.card as person, other.card as other_person, m.score,
               m.reasons, m.kept_id, m.found_at, m.decided_at, m.decided_by
          from person_match m
          join person_card one on one.organization_id = m.organization_id
                              and one.id = m.person_id
          left join person_card other on other.organization_id = m.organization_id
                                     and other.id = m.other_person_id
         where m.organization_id = $1
           and ($2::text is null or m.status = $2)
           and ($3::text is null or m.kind = $3)
           and ($4::uuid is null or m.id = $4)
           and (m.other_person_id is null or other.id is not null)
           and (m.status <> 'open' or one.merged_into is null and other.merged_into is null)
         order by m.score desc, m.id desc
         limit $5 offset $6
        """,
        organization_id,
        status,
        kind,
        match_id,
        limit,
        offset,
    )


async def likely_namesakes(
    db: Connection, organization_id: UUID, person_id: UUID, limit: int
) -> list[MatchPerson]:
    """Somebody, and those who share a building, a number, an address or a family name with them.

    The person themselves comes first.
    """
    return await fetch_all(
        db,
        MatchPerson,
        """
        with wanted as materialized (
          select p.id, h.door_id, a.building_id, p.phone, lower(p.email) as email,
                 nullif(lower(p.family_name), '') as family_name
            from person p
            join household h on h.organization_id = p.organization_id and h.id = p.household_id
            join door d on d.organization_id = h.organization_id and d.id = h.door_id
            join address a on a.organization_id = d.organization_id and a.id = d.address_id
           where p.organization_id = $1 and p.id = $2
        ),
        -- Two ways apart: one goes by indexes, the other reads people and nothing else.
        like_them as (
          select p.id
            from wanted w
            join address a on a.organization_id = $1 and a.building_id = w.building_id
            join door d on d.organization_id = $1 and d.address_id = a.id
            join household h on h.organization_id = $1 and h.door_id = d.id
            join person p on p.organization_id = $1 and p.household_id = h.id
           union
          select p.id
            from wanted w
            join person p on p.organization_id = $1
                         and (p.phone = w.phone
                           or lower(p.email) = w.email
                           or lower(p.family_name) = w.family_name)
        )
        select p.id, h.door_id, a.street, a.house_number, d.unit, a.city, p.external_id,
               p.given_name, p.family_name, p.birth_year, p.phone, p.email, p.added_at_door
          from wanted w
         cross join like_them l
          join person p on p.organization_id = $1 and p.id = l.id
          join household h on h.organization_id = $1 and h.id = p.household_id
          join door d on d.organization_id = $1 and d.id = h.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
         where p.merged_into is null and (p.given_name <> '' or p.family_name <> '')
         order by p.id <> w.id, h.door_id <> w.door_id, a.building_id <> w.building_id,
                  p.phone is distinct from w.phone, p.id
         limit $3
        """,
        organization_id,
        person_id,
        limit,
    )


async def insert_person(
    db: Connection,
    organization_id: UUID,
    person_id: UUID,
    door_id: UUID,
    household_id: UUID | None,
    wanted: PersonCreate,
    added_by: UUID,
) -> bool:
    """Whether the person is new; one of that id stays as it is. Without household they found one.

    Nothing of a household is left where the person is not new.
    """
    done = await db.execute(
        """
        with home as (
          select coalesce($3, make_id()) as id
           where not exists (select from people_meant($1, array[$2::uuid]))
        ),
        founded as (
          insert into household (organization_id, id, door_id)
          select $1, id, $4 from home where $3 is null
        )
        insert into person
               (organization_id, id, household_id, given_name, family_name, name_key, birth_year,
                phone, email, language, added_at_door, added_by)
        select $1, $2, id, $5, $6, $7, $8, $9, $10, $11, true, $12
          from home
        """,
        organization_id,
        person_id,
        household_id,
        door_id,
        wanted.given_name,
        wanted.family_name,
        name_key(wanted.given_name, wanted.family_name),
        wanted.birth_year,
        wanted.phone,
        wanted.email,
        wanted.language,
        added_by,
    )
    return done == "INSERT 0 1"


async def person_meant(db: Connection, organization_id: UUID, person_id: UUID) -> UUID | None:
    """Whom an id stands for now, if anyone: themselves, or who they turned out to be."""
    return await db.fetchval(
        "select person_id from people_meant($1, array[$2::uuid])", organization_id, person_id
    )


async def rows_of_person(db: Connection, organization_id: UUID, person_id: UUID) -> list[UUID]:
    """Every row that is this person: their own first."""
    rows = await db.fetch(
        "select id from rows_of_person($1, $2) with ordinality as one (id, place) order by place",
        organization_id,
        person_id,
    )
    return [row["id"] for row in rows]


async def person_added_by(
    db: Connection, organization_id: UUID, person_id: UUID, member_id: UUID
) -> UUID | None:
    """Whom an id stands for now that this member made: themselves, or who they turned out to be."""
    return await db.fetchval(
        """
        select m.person_id
          from people_meant($1, array[$2::uuid]) m
         where m.added_by = $3
        """,
        organization_id,
        person_id,
        member_id,
    )
