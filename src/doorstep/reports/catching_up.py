"""Keeping the tallies equal to the events: what changed since is tallied before it is told.

Tallied are only the doors that changed, each as a whole: what it added to the figures is taken
away, it is read anew, and what it adds now is added. So a tally equals what counting everything
would give, whatever came late, was corrected, undone or cut anew.
"""

from time import monotonic
from uuid import UUID

from doorstep.kit.db import Connection, Pool, columns, organization_transaction
from doorstep.kit.errors import TryLaterError
from doorstep.reports import tally_queries as queries
from doorstep.reports.tally_queries import Ground

NOTES_AT_ONCE = 20_000
STINTS_AT_ONCE = 2_000
FEW_DOORS = 1_000
"""Up to so many, their days are measured in the same transaction."""
PATIENCE_S = 20.0


async def settle(db: Connection, organization_id: UUID, pass_id: UUID) -> None:
    """Tally in this transaction whatever is stale in the campaign of the pass.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    ground = await queries.ground_of(db, organization_id, pass_id)
    if await queries.is_stale(db, organization_id, ground.pass_ids):
        while await _settle_some(db, organization_id, ground):
            pass


async def catch_up(
    pool: Pool, db: Connection, organization_id: UUID, pass_id: UUID, patience_s: float = PATIENCE_S
) -> None:
    """Tally what is stale and keep it, in transactions of their own; ``db`` is the request's.

    A request that reads keeps nothing of what it writes. Where no connection is free it tallies
    for itself alone, by ``settle``.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    TryLaterError
        If so much changed that it takes longer; what was tallied until then is kept.
    """
    ground = await queries.ground_of(db, organization_id, pass_id)
    until = monotonic() + patience_s
    while await queries.is_stale(db, organization_id, ground.pass_ids):
        if not pool.get_idle_size() and pool.get_size() == pool.get_max_size():
            return
        async with organization_transaction(pool, organization_id) as own:
            await queries.commit_lazily(own)
            more = await _settle_some(own, organization_id, ground)
        if more and monotonic() > until:
            message = "So much happened that the figures are still being added up. Ask again."
            raise TryLaterError(message, retry_after_s=5)


async def _settle_some(db: Connection, organization_id: UUID, ground: Ground) -> bool:
    """Whether anything was stale; doors come first, as they make the days of members stale."""
    await queries.enter(db, ground.campaign_id)
    passes = ground.pass_ids
    doors = await queries.take_stale_doors(db, organization_id, passes, NOTES_AT_ONCE)
    if doors:
        time_zone = await queries.time_zone(db, organization_id)
        await queries.count_doors(db, organization_id, passes, doors, -1)
        await queries.note_stints(db, organization_id, passes, doors)
        await queries.forget_doors(db, organization_id, passes, doors)
        await queries.tally_doors(db, organization_id, passes, doors, time_zone)
        await queries.note_stints(db, organization_id, passes, doors)
        await queries.count_doors(db, organization_id, passes, doors, 1)
    if len(doors) > FEW_DOORS:
        return True
    days = await queries.take_stale_stints(db, organization_id, passes, STINTS_AT_ONCE)
    if days:
        stints = columns(days, 3)
        await queries.count_stints(db, organization_id, stints, -1)
        await queries.forget_stints(db, organization_id, stints)
        await queries.tally_stints(db, organization_id, stints)
        await queries.count_stints(db, organization_id, stints, 1)
    return bool(doors or days)
