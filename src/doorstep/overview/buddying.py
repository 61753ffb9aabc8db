"""Buddies: every newcomer has somebody who takes them along, as long as one is free."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import numpy as np
import structlog

from doorstep.algorithms import buddying
from doorstep.algorithms.buddying import Floats, Group
from doorstep.algorithms.projection import to_metres
from doorstep.kit.auth import COORDINATORS, Caller
from doorstep.kit.db import Connection, Pool, organization_transaction, signin_transaction
from doorstep.kit.errors import ConflictError, NotFoundError
from doorstep.kit.ids import new_id
from doorstep.kit.queue import Every
from doorstep.notify.model import Kind, Notice
from doorstep.notify.service import notify, withdraw
from doorstep.overview import buddy_queries as queries
from doorstep.overview.buddy_queries import Newcomer
from doorstep.overview.model import BuddyBoard, BuddyPair, PairEnd, PairEnding
from doorstep.volunteers.service import volunteer

EVERY_S = 300.0

_log = structlog.get_logger()


async def offer(
    db: Connection, organization_id: UUID, member_id: UUID, newcomers_count: int
) -> None:
    """Note how many newcomers somebody takes along at a time; those they have stay."""
    await volunteer(db, organization_id, member_id)
    await queries.put_offer(db, organization_id, member_id, newcomers_count)


async def bring_together(db: Connection, organization_id: UUID) -> int:
    """Bring newcomers without a buddy together with those who are free; how many pairs are new.

    As many as can be; pairs that stand are left as they are, for both were told of each other.
    """
    await queries.enter(db, organization_id)
    for pair_id in await queries.end_what_is_over(db, organization_id):
        await withdraw(db, organization_id, about=pair_id)
    fresh = await queries.newcomers(db, organization_id)
    free = await queries.free(db, organization_id)
    if not fresh or not free:
        return 0
    apart = await queries.never(db, organization_id)
    found = await asyncio.to_thread(
        buddying.match,
        *_groups(fresh, free),
        [one.places_count for one in free],
        [
            (row, column)
            for row, one in enumerate(fresh)
            for column, other in enumerate(free)
            if one.member_id == other.member_id or (one.member_id, other.member_id) in apart
        ],
    )
    for row, column in found:
        await _pair(db, organization_id, fresh[row].member_id, free[column].member_id)
    return len(found)


def _groups(fresh: Sequence[Newcomer], free: Sequence[Newcomer]) -> tuple[Group, Group]:
    homes = _homes([*fresh, *free])
    return (
        Group(languages=[_codes(one) for one in fresh], home=homes[: len(fresh)]),
        Group(languages=[_codes(one) for one in free], home=homes[len(fresh) :]),
    )


def _codes(one: Newcomer) -> frozenset[str]:
    return frozenset(code.split("-")[0] for code in one.languages)


def _homes(people: Sequence[Newcomer]) -> Floats:
    """Homes in metres; nan where nobody said."""
    homes = np.full((len(people), 2), np.nan)
    known = [
        (row, one.lon, one.lat)
        for row, one in enumerate(people)
        if one.lon is not None and one.lat is not None
    ]
    if known:
        rows, lon, lat = zip(*known, strict=True)
        homes[list(rows)] = to_metres(lon, lat, (lon[0], lat[0]))
    return homes


async def _pair(db: Connection, organization_id: UUID, newcomer_id: UUID, buddy_id: UUID) -> None:
    pair_id = new_id()
    await queries.insert_pair(db, organization_id, pair_id, newcomer_id, buddy_id)
    notices = [
        Notice(
            kind=Kind.BUDDY,
            member_id=member_id,
            about=pair_id,
            key=f"{Kind.BUDDY}:{pair_id}",
            facts={"pair_id": str(pair_id)},
        )
        for member_id in (newcomer_id, buddy_id)
    ]
    await notify(db, organization_id, notices)


async def board(db: Connection, organization_id: UUID) -> BuddyBoard:
    """Pairs as they are, newcomers without one, and places that are free."""
    alone = await queries.newcomers(db, organization_id)
    free = await queries.free(db, organization_id)
    return BuddyBoard(
        pairs=await queries.pairs(db, organization_id, None),
        alone_ids=[one.member_id for one in alone],
        free_places_count=sum(one.places_count for one in free),
    )


async def end(db: Connection, caller: Caller, pair_id: UUID, wanted: PairEnding) -> BuddyPair:
    """End a pair, as one of them or a coordinator; the newcomer gets the next who is free.

    Raises
    ------
    NotFoundError
        If there is no such pair, or it is none of a volunteer's.
    ConflictError
        If it has ended already.
    """
    organization_id = caller.organization_id
    await queries.enter(db, organization_id)
    pair = await queries.hold_pair(db, organization_id, pair_id)
    own = caller.member_id in {pair.newcomer_id, pair.buddy_id}
    if not own and not caller.is_one_of(COORDINATORS):
        raise NotFoundError
    if pair.ended_at is not None:
        message = "This pair has ended already."
        raise ConflictError(message, field="why")
    why = PairEnd(wanted.why)
    await queries.end_pair(
        db, organization_id, pair_id, why, wanted.reason.strip(), caller.member_id
    )
    await withdraw(db, organization_id, about=pair_id)
    await bring_together(db, organization_id)
    return await queries.hold_pair(db, organization_id, pair_id)


async def look_after_buddies(pool: Pool) -> None:
    """Bring people together in every organization, each in a transaction of its own."""
    async with signin_transaction(pool) as db:
        organization_ids = await queries.organizations(db)
    for organization_id in organization_ids:
        try:
            async with organization_transaction(pool, organization_id) as db:
                await bring_together(db, organization_id)
        except Exception as error:  # noqa: BLE001 -- the others' newcomers wait as well
            _log.error("buddies not brought together", kind=type(error).__name__)


PERIODIC = (Every(name="overview.buddies", every_s=EVERY_S, run=look_after_buddies),)
