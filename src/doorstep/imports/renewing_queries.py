"""Statements about keys of an older make."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all


class KnownText(msgspec.Struct, frozen=True, kw_only=True):
    """A stored thing, and the two texts its key is made of."""

    id: UUID
    first: str
    second: str


async def addresses_without_key(db: Connection, organization_id: UUID) -> list[KnownText]:
    """Addresses that are looked up by a key of an older make."""
    return await fetch_all(
        db,
        KnownText,
        """
        select id, street as first, house_number as second
          from address
         where organization_id = $1 and match_key not like '%#%'
        """,
        organization_id,
    )


async def put_address_keys(
    db: Connection, organization_id: UUID, ids: Sequence[UUID], keys: Sequence[str]
) -> None:
    await db.execute(
        """
        update address
           set match_key = v.key
          from unnest($2::uuid[], $3::text[]) as v (id, key)
         where organization_id = $1 and address.id = v.id
        """,
        organization_id,
        ids,
        keys,
    )


async def doors_of_addresses(
    db: Connection, organization_id: UUID, address_ids: Sequence[UUID]
) -> list[KnownText]:
    return await fetch_all(
        db,
        KnownText,
        """
        select id, unit as first, floor as second
          from door
         where organization_id = $1 and address_id = any($2::uuid[]) and unit <> ''
        """,
        organization_id,
        address_ids,
    )


async def put_unit_key(db: Connection, organization_id: UUID, door_id: UUID, key: str) -> None:
    """Unless another door of the address has it: then both stay what they are."""
    await db.execute(
        """
        update door
           set unit_key = $3
         where organization_id = $1
           and id = $2
           and not exists (
             select from door other
              where other.organization_id = $1
                and other.address_id = door.address_id
                and other.unit_key = $3)
        """,
        organization_id,
        door_id,
        key,
    )


async def people_without_key(db: Connection, organization_id: UUID) -> list[KnownText]:
    return await fetch_all(
        db,
        KnownText,
        """
        select id, given_name as first, family_name as second
          from person
         where organization_id = $1 and name_key = '' and erased_at is null
        """,
        organization_id,
    )


async def put_name_keys(
    db: Connection, organization_id: UUID, ids: Sequence[UUID], keys: Sequence[str]
) -> None:
    await db.execute(
        """
        update person
           set name_key = v.key
          from unnest($2::uuid[], $3::text[]) as v (id, key)
         where organization_id = $1 and person.id = v.id
        """,
        organization_id,
        ids,
        keys,
    )
