"""Every statement about suppressions."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, columns, fetch_all
from doorstep.kit.errors import NotFoundError
from doorstep.people.rights_model import Suppression


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A hash to be stored, or stored; ``person_id`` of somebody erased."""

    id: UUID
    kind: str
    hash: bytes
    person_id: UUID | None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is reached by, "" where nothing is known."""

    id: UUID
    external_id: str
    phone: str
    email: str


async def live_hashes(db: Connection, organization_id: UUID) -> set[bytes]:
    rows = await db.fetch(
        """
        select hash
          from suppression
         where organization_id = $1 and scope = 'erased' and cleared_at is null
        """,
        organization_id,
    )
    return {row["hash"] for row in rows}


async def live_contacts(db: Connection, organization_id: UUID) -> list[Mark]:
    return await fetch_all(
        db,
        Mark,
        """
        select id, kind, hash, person_id
          from suppression
         where organization_id = $1 and scope = 'contact' and cleared_at is null
        """,
        organization_id,
    )


async def contacts_after(
    db: Connection, organization_id: UUID, after: UUID, limit: int
) -> list[Contact]:
    """People who can be reached, by their ids."""
    return await fetch_all(
        db,
        Contact,
        """
        select id, coalesce(external_id, '') as external_id, coalesce(phone, '') as phone,
               coalesce(email, '') as email
          from person
         where organization_id = $1
           and id > $2
           and num_nonnulls(external_id, phone, email) > 0
         order by id
         limit $3
        """,
        organization_id,
        after,
        limit,
    )


async def insert_suppressions(
    db: Connection,
    organization_id: UUID,
    scope: Literal["contact", "erased"],
    reason: str,
    created_by: UUID | None,
    marks: Sequence[Mark],
) -> list[UUID]:
    """The ids of those that are new; one that stands already stays as it is."""
    rows = await db.fetch(
        """
        insert into suppression
          (organization_id, scope, reason, created_by, id, kind, hash, person_id)
        select $1, $2, $3, $4, *
          from unnest($5::uuid[], $6::text[], $7::bytea[], $8::uuid[])
            on conflict do nothing
        returning id
        """,
        organization_id,
        scope,
        reason,
        created_by,
        *columns([msgspec.structs.astuple(mark) for mark in marks], 4),
    )
    return [row["id"] for row in rows]


async def put_suppressed_people(
    db: Connection, organization_id: UUID, found: Sequence[tuple[UUID, UUID]]
) -> None:
    """Exactly these are suppressed: (person, suppression)."""
    await db.execute(
        """
        with found as (
          select distinct person_id, suppression_id
            from unnest($2::uuid[], $3::uuid[]) as f (person_id, suppression_id)
        ),
        gone as (
          delete from suppressed_person s
           where s.organization_id = $1
             and not exists (
               select from found f
                where f.person_id = s.person_id and f.suppression_id = s.suppression_id)
        )
        insert into suppressed_person (organization_id, person_id, suppression_id)
        select $1, person_id, suppression_id
          from found
            on conflict do nothing
        """,
        organization_id,
        *columns(found, 2),
    )


async def suppress_person(
    db: Connection, organization_id: UUID, person_id: UUID, hashes: Sequence[bytes]
) -> None:
    """Let the contact suppressions with these hashes hold for a person, too."""
    await db.execute(
        """
        insert into suppressed_person (organization_id, person_id, suppression_id)
        select $1, $2, id
          from suppression
         where organization_id = $1
           and scope = 'contact'
           and hash = any($3::bytea[])
           and cleared_at is null
            on conflict do nothing
        """,
        organization_id,
        person_id,
        hashes,
    )


async def suppression_by_id(
    db: Connection, organization_id: UUID, suppression_id: UUID
) -> Suppression:
    found = await _suppressions(db, organization_id, True, suppression_id, None, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def suppressions(
    db: Connection, organization_id: UUID, limit: int, offset: int, *, cleared: bool
) -> list[Suppression]:
    """The newest first."""
    return await _suppressions(db, organization_id, cleared, None, None, limit, offset)


async def suppressions_by_hash(
    db: Connection, organization_id: UUID, hashes: Sequence[bytes]
) -> list[Suppression]:
    """Those that stand, the newest first."""
    return await _suppressions(db, organization_id, False, None, hashes, None, 0)


async def _suppressions(
    db: Connection,
    organization_id: UUID,
    cleared: bool,
    suppression_id: UUID | None,
    hashes: Sequence[bytes] | None,
    limit: int | None,
    offset: int,
) -> list[Suppression]:
    return await fetch_all(
        db,
        Suppression,
        """
        select s.id, s.scope, s.kind, s.reason, s.created_at, s.created_by, s.cleared_at,
               s.cleared_by,
               (select count(*) from suppressed_person p
                 where p.organization_id = s.organization_id
                   and p.suppression_id = s.id) as people_count
          from suppression s
         where s.organization_id = $1
           and ($2 or s.cleared_at is null)
           and ($3::uuid is null or s.id = $3)
           and ($4::bytea[] is null or s.hash = any($4))
         order by s.created_at desc, s.id desc
         limit $5 offset $6
        """,
        organization_id,
        cleared,
        suppression_id,
        hashes,
        limit,
        offset,
    )


async def suppressions_of_people(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[Suppression]:
    return await fetch_all(
        db,
        Suppression,
        """
        select s.id, s.scope, s.kind, s.reason, s.created_at, s.created_by, s.cleared_at,
               s.cleared_by, 1 as people_count
          from suppression s
         where s.organization_id = $1
           and s.id in (
             select p.suppression_id
               from suppressed_person p
              where p.organization_id = $1 and p.person_id = any($2))
         order by s.created_at desc, s.id desc
        """,
        organization_id,
        person_ids,
    )


async def clear_suppression(
    db: Connection, organization_id: UUID, suppression_id: UUID, cleared_by: UUID
) -> list[UUID]:
    """What is lifted now: it, and what was made for the same person."""
    rows = await db.fetch(
        """
        update suppression s
           set cleared_at = now(), cleared_by = $3
          from suppression chosen
         where chosen.organization_id = $1
           and chosen.id = $2
           and s.organization_id = $1
           and s.cleared_at is null
           and (s.id = chosen.id or s.person_id = chosen.person_id)
        returning s.id
        """,
        organization_id,
        suppression_id,
        cleared_by,
    )
    return [row["id"] for row in rows]


async def free_people(
    db: Connection, organization_id: UUID, suppression_ids: Sequence[UUID]
) -> None:
    await db.execute(
        """
        delete from suppressed_person
         where organization_id = $1 and suppression_id = any($2)
        """,
        organization_id,
        suppression_ids,
    )
