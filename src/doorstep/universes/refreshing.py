"""Keeps the columns that filters read as the tables are: what is stale is made anew."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby
from uuid import UUID

from doorstep.imports.model import AttributeKind
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.universes import fact_queries, queries
from doorstep.universes.columns import Bytes, Seat, pack_block
from doorstep.universes.splicing import splice

MOST_SPLICED = 500
"""Of more doors, reading all others of their blocks costs no more."""


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
        for block_no in sorted({*old, *new}):
            await _mend_block(db, organization_id, block_no, stale.door_ids)


async def refresh_apart(pool: Pool, db: Connection, organization_id: UUID) -> None:
    """As `refresh`, in a transaction of its own: requests that read keep nothing they write."""
    if await fact_queries.anything_stale(db, organization_id):
        async with organization_transaction(pool, organization_id) as own:
            await refresh(own, organization_id)


async def _make_blocks(db: Connection, organization_id: UUID, first: int, last: int) -> None:
    kinds = await _kinds(db, organization_id)
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


async def _mend_block(
    db: Connection, organization_id: UUID, block_no: int, door_ids: Sequence[UUID]
) -> None:
    """Make a block anew: as a whole, or only some of its doors."""
    before = await fact_queries.block_columns(db, organization_id, block_no)
    await fact_queries.forget_block_columns(db, organization_id, [block_no])
    if not before or len(door_ids) > MOST_SPLICED:
        await _make_blocks(db, organization_id, block_no, block_no)
        return
    kinds = await _kinds(db, organization_id)
    found = fact_queries.seats(db, organization_id, block_no, block_no, door_ids)
    seats = [seat async for some in found for seat in some]
    made = await asyncio.to_thread(_spliced, before, seats, door_ids, kinds)
    if made is not None:
        await fact_queries.store_columns(db, organization_id, block_no, made)


def _spliced(
    before: Bytes,
    seats: Sequence[Seat],
    door_ids: Sequence[UUID],
    kinds: Mapping[str, AttributeKind],
) -> Bytes | None:
    texts = [key for key, kind in kinds.items() if kind is AttributeKind.TEXT]
    return splice(before, pack_block(seats, kinds) if seats else None, door_ids, texts)


async def _kinds(db: Connection, organization_id: UUID) -> dict[str, AttributeKind]:
    kept = await queries.kept_columns(db, organization_id)
    return {one.key: one.kind for one in kept}
