"""Keeps the columns that filters read as the tables are: what is stale is made anew."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby
from uuid import UUID

from doorstep.imports.model import AttributeKind
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.universes import fact_queries, queries
from doorstep.universes.columns import Seat, pack_block


async def refresh(db: Connection, organization_id: UUID) -> None:
    """Make anew what changed since it was made; nothing if nothing did.

    Everything is stale after an import of very many rows, and a million people take most
    of a minute. Whoever imported may call this in a transaction of its own, so that nobody waits.
    """
    if not await fact_queries.anything_stale(db, organization_id):
        return
    await fact_queries.enter_refreshing(db, organization_id)
    stale = await fact_queries.take_stale(db, organization_id)
    if stale.everything:
        await fact_queries.forget_blocks(db, organization_id)
        await fact_queries.forget_columns(db, organization_id)
        await fact_queries.plan_for_many(db, many=True)
        blocks = await fact_queries.place_doors(db, organization_id, None)
        if blocks:
            await _make_blocks(db, organization_id, blocks[0], blocks[-1])
        await fact_queries.plan_for_many(db, many=False)
    elif stale.door_ids:
        old = await fact_queries.blocks_of(db, organization_id, stale.door_ids)
        await fact_queries.forget_gone_doors(db, organization_id, stale.door_ids)
        new = await fact_queries.place_doors(db, organization_id, stale.door_ids)
        blocks = sorted({*old, *new})
        await fact_queries.forget_block_columns(db, organization_id, blocks)
        for block_no in blocks:
            await _make_blocks(db, organization_id, block_no, block_no)


async def refresh_apart(pool: Pool, db: Connection, organization_id: UUID) -> None:
    """As `refresh`, in a transaction of its own: requests that read keep nothing they write."""
    if await fact_queries.anything_stale(db, organization_id):
        async with organization_transaction(pool, organization_id) as own:
            await refresh(own, organization_id)


async def _make_blocks(db: Connection, organization_id: UUID, first: int, last: int) -> None:
    kept = await queries.kept_columns(db, organization_id)
    kinds = {one.key: one.kind for one in kept}
    block: list[Seat] = []
    async for some in fact_queries.seats(db, organization_id, first, last):
        for number, those in groupby(some, key=lambda seat: seat.block_no):
            if block and block[0].block_no != number:
                await _store(db, organization_id, block, kinds)
                block = []
            block += those
    if block:
        await _store(db, organization_id, block, kinds)


async def _store(
    db: Connection,
    organization_id: UUID,
    block: Sequence[Seat],
    kinds: Mapping[str, AttributeKind],
) -> None:
    made = await asyncio.to_thread(pack_block, block, kinds)
    await fact_queries.store_columns(db, organization_id, block[0].block_no, made)
