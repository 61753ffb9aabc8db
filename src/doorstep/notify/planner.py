"""From notifications to deliveries, when their time has come."""

import datetime as dt
import itertools
from collections.abc import Collection, Sequence
from uuid import UUID

from doorstep.kit.db import Connection, Pool, organization_transaction, signin_transaction
from doorstep.kit.queue import Job, enqueue
from doorstep.kit.queue.driver import worker_transaction
from doorstep.notify import planning_queries as queries
from doorstep.notify.planning import Way, collapse, decide, priority
from doorstep.notify.planning_model import Due
from doorstep.notify.service import PLAN

SEND = "notify.send"
# Of one channel and priority: what Firebase takes at once over one connection.
CHUNK = 100
# What is decided in one go, in which the loop turns for nobody: two milliseconds.
BATCH = 100


async def plan_round(pool: Pool) -> None:
    """Have every organization planned in which something is due."""
    async with worker_transaction(pool) as db:
        found = await queries.organizations_with_due(db, dt.datetime.now(dt.UTC))
        await enqueue(db, *(Job(PLAN, one, key=f"{PLAN}:{one}") for one in found))


async def plan(pool: Pool, organization_id: UUID, channels: Collection[str]) -> None:
    """Write the deliveries of everything that is due in an organization."""
    while True:
        async with organization_transaction(pool, organization_id) as db:
            now = dt.datetime.now(dt.UTC)
            if await plan_batch(db, organization_id, channels, now) < BATCH:
                return


async def plan_batch(
    db: Connection, organization_id: UUID, channels: Collection[str], now: dt.datetime
) -> int:
    """Plan at most `BATCH` of what is due at ``now``; how many there were."""
    waiting = await queries.due_notifications(db, organization_id, now, BATCH)
    kept, collapsed = collapse(waiting)
    decisions = [(one, decide(one, now, channels)) for one in kept]
    later = [(one.id, made.put_off_until) for one, made in decisions if made.put_off_until]
    if later:
        await queries.put_off(
            db, organization_id, [one for one, _ in later], [until for _, until in later]
        )
    planned = [(one, made) for one, made in decisions if not made.put_off_until]
    if planned or collapsed:
        await queries.mark_planned(
            db,
            organization_id,
            [*(one.id for one, _ in planned), *collapsed],
            [*(made.dropped for _, made in planned), *["collapsed"] * len(collapsed)],
        )
    ways = [(one, way) for one, made in planned for way in made.ways]
    if ways:
        await _send(db, organization_id, ways)
    return sum(one.due_at <= now for one in waiting)


async def _send(db: Connection, organization_id: UUID, ways: Sequence[tuple[Due, Way]]) -> None:
    ids = await queries.add_deliveries(db, organization_id, [(one.id, way) for one, way in ways])
    by_job = sorted(
        (-priority(one.kind), way[0], id_) for (one, way), id_ in zip(ways, ids, strict=True)
    )
    jobs = [
        Job(SEND, organization_id, chunk, priority=-rank)
        for (rank, _), group in itertools.groupby(by_job, key=lambda of: of[:2])
        for chunk in _chunks([id_ for *_, id_ in group])
    ]
    await enqueue(db, *jobs)


def _chunks(ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]


async def tidy(pool: Pool) -> None:
    """Drop hints after a day, and everything after half a year."""
    async with signin_transaction(pool) as db:
        organization_ids = await queries.organizations(db)
    for organization_id in organization_ids:
        async with organization_transaction(pool, organization_id) as db:
            await queries.forget_old(db, organization_id, dt.datetime.now(dt.UTC))
