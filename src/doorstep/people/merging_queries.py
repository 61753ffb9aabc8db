"""Every statement of a merge, and of what takes it back; all work on rows that are held."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_one


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A person as stored, as far as a merge looks at it."""

    id: UUID
    door_id: UUID
    merged_into: UUID | None
    external_id: str | None
    merged_external_id: str | None
    given_name: str
    family_name: str
    name_key: str
    birth_year: int | None
    phone: str | None
    email: str | None
    language: str | None
    tags: list[str]
    attributes: dict[str, Any]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge changed, by ids and names of fields alone: nobody's values are kept twice."""

    events: list[UUID]
    issues: list[UUID] = []
    """Empty in merges that were made before issues were."""
    consents: list[UUID]
    withdrawn: list[UUID]
    marks: list[UUID]
    made_marks: list[UUID]
    suppressions: list[UUID]
    people: list[UUID]
    fields: list[str]
    tags: list[str]
    attributes: list[str]


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A match as far as deciding needs it."""

    id: UUID
    kind: str
    status: str
    person_id: UUID
    other_person_id: UUID | None
    kept_id: UUID | None
    moved: Moved | None


async def hold_match(db: Connection, organization_id: UUID, match_id: UUID) -> Decided:
    return await fetch_one(
        db,
        Decided,
        """
        select id, kind, status, person_id, other_person_id, kept_id, moved
          from person_match
         where organization_id = $1 and id = $2
           for update
        """,
        organization_id,
        match_id,
    )


async def decide(
    db: Connection,
    organization_id: UUID,
    match_id: UUID,
    status: str,
    other_person_id: UUID | None,
    kept_id: UUID | None,
    moved: Moved | None,
    decided_by: UUID | None,
) -> None:
    await execute_one(
        db,
        """
        update person_match
           set status = $3, other_person_id = $4, kept_id = $5, moved = $6, decided_by = $7,
               decided_at = clock_timestamp()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        match_id,
        status,
        other_person_id,
        kept_id,
        moved,
        decided_by,
    )


async def drop_pair(
    db: Connection, organization_id: UUID, one_id: UUID, other_id: UUID, but_id: UUID
) -> None:
    """Take the question about two people off the queue that another match decides."""
    await db.execute(
        """
        delete from person_match
         where organization_id = $1
           and id <> $4
           and status <> 'merged'
           and (person_id, other_person_id) in (($2, $3), ($3, $2))
        """,
        organization_id,
        one_id,
        other_id,
        but_id,
    )


async def keep_apart(
    db: Connection,
    organization_id: UUID,
    person_id: UUID,
    others: Sequence[tuple[UUID, UUID, float, Sequence[str]]],
    decided_by: UUID,
) -> None:
    """Note that somebody is none of these: (match id, person, score, reasons)."""
    await db.execute(
        """
        insert into person_match
               (organization_id, kind, person_id, status, decided_at, decided_by, id,
                other_person_id, score, reasons)
        select $1, 'duplicate', $2, 'apart', clock_timestamp(), $3, id, other_person_id, score,
               reasons::jsonb
          from unnest($4::uuid[], $5::uuid[], $6::float8[], $7::text[])
            as pair (id, other_person_id, score, reasons)
            on conflict do nothing
        """,
        organization_id,
        person_id,
        decided_by,
        *columns([(*other[:3], msgspec.json.encode(other[3]).decode()) for other in others], 4),
    )


async def later_merge(
    db: Connection, organization_id: UUID, match_id: UUID, kept_id: UUID
) -> UUID | None:
    """A merge into the same person after this one, which is to be taken back first."""
    return await db.fetchval(
        """
        select later.id
          from person_match m
          join person_match later on later.organization_id = m.organization_id
                                 and later.decided_at > m.decided_at
                                 and later.status = 'merged'
                                 and later.kept_id = $3
         where m.organization_id = $1 and m.id = $2
         order by later.decided_at desc
         limit 1
        """,
        organization_id,
        match_id,
        kept_id,
    )


async def hold_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> dict[UUID, Stored]:
    rows = await fetch_all(
        db,
        Stored,
        """
        select p.id, h.door_id, p.merged_into, p.external_id, p.merged_external_id, p.given_name,
               p.family_name, p.name_key, p.birth_year, p.phone, p.email, p.language, p.tags,
               p.attributes
          from person p
          join household h on h.organization_id = p.organization_id and h.id = p.household_id
         where p.organization_id = $1 and p.id = any($2)
         order by p.id
           for update of p
        """,
        organization_id,
        person_ids,
    )
    return {row.id: row for row in rows}


async def older(db: Connection, organization_id: UUID, one_id: UUID, other_id: UUID) -> UUID:
    """Who of two was there first; an imported one rather than one added at the door."""
    return await db.fetchval(
        """
        select id
          from person
         where organization_id = $1 and id in ($2, $3)
         order by added_at_door, created_at, id
         limit 1
        """,
        organization_id,
        one_id,
        other_id,
    )


async def update_person(db: Connection, organization_id: UUID, person: Stored) -> None:
    await execute_one(
        db,
        """
        update person
           set merged_into = $3, external_id = $4, merged_external_id = $5, given_name = $6,
               family_name = $7, name_key = $8, birth_year = $9, phone = $10, email = $11,
               language = $12, tags = $13, attributes = $14
         where organization_id = $1 and id = $2
        """,
        organization_id,
        person.id,
        person.merged_into,
        person.external_id,
        person.merged_external_id,
        person.given_name,
        person.family_name,
        person.name_key,
        person.birth_year,
        person.phone,
        person.email,
        person.language,
        person.tags,
        person.attributes,
    )


async def external_id_taken(db: Connection, organization_id: UUID, external_id: str) -> bool:
    return await db.fetchval(
        "select exists (select from person where organization_id = $1 and external_id = $2)",
        organization_id,
        external_id,
    )


async def withdraw_outdated(
    db: Connection, organization_id: UUID, one_id: UUID, other_id: UUID
) -> list[UUID]:
    """Consents of either, ended by what the other took back later."""
    return _ids(
        await db.fetch(
            """
            with ended as (
              select c.id, max(w.withdrawn_at) as at
                from consent c
                join consent w on w.organization_id = c.organization_id
                              and w.purpose = c.purpose
                              and w.withdrawn_at >= c.given_at
                              and (w.channel = c.channel or w.channel is null or c.channel is null)
               where c.organization_id = $1
                 and c.withdrawn_at is null
                 and (c.person_id, w.person_id) in (($2, $3), ($3, $2))
               group by c.id
            )
            update consent c
               set withdrawn_at = ended.at
              from ended
             where c.organization_id = $1 and c.id = ended.id
            returning c.id
            """,
            organization_id,
            one_id,
            other_id,
        )
    )


async def restore_consents(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    await db.execute(
        "update consent set withdrawn_at = null where organization_id = $1 and id = any($2)",
        organization_id,
        ids,
    )


async def move_events(
    db: Connection, organization_id: UUID, of_id: UUID, to_id: UUID, only: Sequence[UUID] | None
) -> list[UUID]:
    return _ids(
        await db.fetch(
            """
            update contact_event
               set person_id = $3
             where organization_id = $1
               and person_id = $2
               and ($4::uuid[] is null or id = any($4))
            returning id
            """,
            organization_id,
            of_id,
            to_id,
            only,
        )
    )


async def move_issues(
    db: Connection, organization_id: UUID, of_id: UUID, to_id: UUID, only: Sequence[UUID] | None
) -> list[UUID]:
    """What they raised; what they were told of it stays with whom it was told."""
    return _ids(
        await db.fetch(
            """
            update issue_report
               set person_id = $3
             where organization_id = $1
               and person_id = $2
               and ($4::uuid[] is null or id = any($4))
            returning id
            """,
            organization_id,
            of_id,
            to_id,
            only,
        )
    )


async def move_consents(
    db: Connection, organization_id: UUID, of_id: UUID, to_id: UUID, only: Sequence[UUID] | None
) -> list[UUID]:
    return _ids(
        await db.fetch(
            """
            update consent
               set person_id = $3
             where organization_id = $1
               and person_id = $2
               and ($4::uuid[] is null or id = any($4))
            returning id
            """,
            organization_id,
            of_id,
            to_id,
            only,
        )
    )


async def move_marks(
    db: Connection, organization_id: UUID, of_id: UUID, to_id: UUID, only: Sequence[UUID] | None
) -> list[UUID]:
    """Marks, but where the other has the same one standing."""
    return _ids(
        await db.fetch(
            """
            update do_not_contact n
               set person_id = $3
             where n.organization_id = $1
               and n.person_id = $2
               and ($4::uuid[] is null or n.id = any($4))
               and (n.cleared_at is not null or not exists (
                 select from do_not_contact other
                  where other.organization_id = $1
                    and other.person_id = $3
                    and other.door_id = n.door_id
                    and other.cleared_at is null))
            returning n.id
            """,
            organization_id,
            of_id,
            to_id,
            only,
        )
    )


async def mark_for_door(
    db: Connection, organization_id: UUID, mark_id: UUID, door_id: UUID, person_id: UUID
) -> list[UUID]:
    """Mark a person because the door they leave asked to be left alone."""
    return _ids(
        await db.fetch(
            """
            insert into do_not_contact
                   (organization_id, id, door_id, person_id, source_event_id, recorded_by)
            select organization_id, $2, door_id, $4, source_event_id, recorded_by
              from do_not_contact
             where organization_id = $1
               and door_id = $3
               and person_id is null
               and cleared_at is null
                on conflict do nothing
            returning id
            """,
            organization_id,
            mark_id,
            door_id,
            person_id,
        )
    )


async def delete_marks(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    await db.execute(
        "delete from do_not_contact where organization_id = $1 and id = any($2)",
        organization_id,
        ids,
    )


async def share_suppressions(
    db: Connection, organization_id: UUID, of_id: UUID, to_id: UUID
) -> list[UUID]:
    """Suppressed numbers of one are the other's too; those that were not before."""
    rows = await db.fetch(
        """
        insert into suppressed_person (organization_id, person_id, suppression_id)
        select organization_id, $3, suppression_id
          from suppressed_person
         where organization_id = $1 and person_id = $2
            on conflict do nothing
        returning suppression_id
        """,
        organization_id,
        of_id,
        to_id,
    )
    return [row["suppression_id"] for row in rows]


async def unshare_suppressions(
    db: Connection, organization_id: UUID, person_id: UUID, ids: Sequence[UUID]
) -> None:
    await db.execute(
        """
        delete from suppressed_person
         where organization_id = $1 and person_id = $2 and suppression_id = any($3)
        """,
        organization_id,
        person_id,
        ids,
    )


async def move_merged(
    db: Connection, organization_id: UUID, of_id: UUID, to_id: UUID, only: Sequence[UUID] | None
) -> list[UUID]:
    """Those who were merged into one are merged into the other."""
    return _ids(
        await db.fetch(
            """
            update person
               set merged_into = $3
             where organization_id = $1
               and merged_into = $2
               and ($4::uuid[] is null or id = any($4))
            returning id
            """,
            organization_id,
            of_id,
            to_id,
            only,
        )
    )


def _ids(rows: Sequence[asyncpg.Record]) -> list[UUID]:
    return sorted(row["id"] for row in rows)
