"""What addresses, doors and people are looked up by, made anew where it is of an older make."""

import asyncio
from uuid import UUID

from doorstep.algorithms.addresses import number_key, street_key, unit_key
from doorstep.imports import renewing_queries
from doorstep.kit.db import Connection
from doorstep.kit.texts import name_key


async def renew_keys(db: Connection, organization_id: UUID) -> None:
    """Write the keys that are missing; after the first time there are few or none."""
    addresses = await renewing_queries.addresses_without_key(db, organization_id)
    if addresses:
        keys = await asyncio.to_thread(
            lambda: [f"{street_key(one.first)}#{number_key(one.second)}" for one in addresses]
        )
        ids = [one.id for one in addresses]
        await renewing_queries.put_address_keys(db, organization_id, ids, keys)
        for door in await renewing_queries.doors_of_addresses(db, organization_id, ids):
            await renewing_queries.put_unit_key(db, organization_id, door.id, unit_key(door.first))
    people = await renewing_queries.people_without_key(db, organization_id)
    if people:
        await renewing_queries.put_name_keys(
            db,
            organization_id,
            [one.id for one in people],
            [name_key(one.first, one.second) for one in people],
        )
