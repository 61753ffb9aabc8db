"""Batches that come while others of their organization are taken in go in together.

A transaction costs as much as some forty events in it: who takes in one, and its commit. Where
phones keep a server busy, half of that and more is saved; where they do not, no batch waits. A
large batch goes in parts: while the database has one in hand the next is thought over, and nobody
waits for all of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from msgspec.structs import replace

from doorstep.canvass.model import BatchResult, EventResult
from doorstep.canvass.taking import Told, Unread, take
from doorstep.kit.auth import STILL_SO, opening
from doorstep.kit.db import OpenTransaction, Pool, begin

AT_ONCE = 2
"""Transactions of one organization: while one waits for the database, the other is thought over."""
MOST_EVENTS = 400
"""In one transaction; more gain nothing by company."""
logger = structlog.get_logger()


@dataclass
class _Waiting:
    told: Told
    result: asyncio.Future[BatchResult | None]


@dataclass
class _Line:
    """What waits in one organization."""

    waiting: list[_Waiting] = field(default_factory=list[_Waiting])
    running: set[asyncio.Task[None] | None] = field(default_factory=set[asyncio.Task[None] | None])


class Gathering:
    """Where batches wait for the next transaction of their organization, in one process."""

    def __init__(self) -> None:
        self._lines: dict[UUID, _Line] = {}

    async def take(
        self, pool: Pool, batch: Unread, alone: Callable[[Told], Awaitable[BatchResult]]
    ) -> BatchResult:
        """What became of a batch, once all of it is committed.

        What goes ``alone``, in a transaction of its caller's own: batches whose events are about
        others, callers who are not what they were, and after a failure, so that nobody's batch
        spoils another's.

        Raises
        ------
        TryLaterError
            If the database is away or busy; what was committed of a large batch stays.
        """

        async def one(part: Unread) -> BatchResult:
            # Of several parts, each is read while the database has others in hand.
            told = await asyncio.to_thread(part.read) if part.is_large else part.read()
            return await self._together(pool, told) or await alone(told)

        parts = batch.parts(MOST_EVENTS)
        return await (one(batch) if len(parts) == 1 else _in_parts(parts, one))

    async def _together(self, pool: Pool, told: Told) -> BatchResult | None:
        if told.has_replies:
            return None
        line = self._lines.setdefault(told.caller.organization_id, _Line())
        one = _Waiting(told, asyncio.get_running_loop().create_future())
        line.waiting.append(one)
        if len(line.running) < AT_ONCE:
            task = asyncio.create_task(self._empty(pool, told.caller.organization_id, line))
            line.running.add(task)
        return await one.result

    async def _empty(self, pool: Pool, organization_id: UUID, line: _Line) -> None:
        while line.waiting:
            await _settle(pool, _next(line))
        # At once, not when asyncio tells of its end: who came between would wait for nobody.
        line.running -= {asyncio.current_task()}
        if not line.running:
            del self._lines[organization_id]


async def _in_parts(
    parts: Sequence[Unread], take_one: Callable[[Unread], Awaitable[BatchResult]]
) -> BatchResult:
    """What became of the parts of a batch, of which no more wait at once than are taken in."""
    results: dict[int, list[EventResult]] = {}
    left = iter(enumerate(parts))

    async def some() -> None:
        for place, part in left:
            results[place] = (await take_one(part)).results

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(some())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    told = (one for place in range(len(parts)) for one in results[place])
    return BatchResult(
        received_at=parts[0].received_at,
        results=[replace(one, index=place) for place, one in enumerate(told)],
    )


def _next(line: _Line) -> list[_Waiting]:
    """Who goes together: no event of one is another's as well."""
    group: list[_Waiting] = []
    ids: set[UUID] = set()
    left: list[_Waiting] = []
    for one in line.waiting:
        new = one.told.items.keys()
        if group and (len(ids) + len(new) > MOST_EVENTS or not ids.isdisjoint(new)):
            left.append(one)
        else:
            group.append(one)
            ids |= new
    line.waiting = left
    return group


async def _settle(pool: Pool, group: list[_Waiting]) -> None:
    results: list[BatchResult | None] = [None] * len(group)
    try:
        async with AsyncExitStack() as stack:
            starting = begin(pool, opening(group[0].told.caller))
            opened = await stack.enter_async_context(starting)
            results = await _taken(opened, [one.told for one in group])
    except Exception as error:  # noqa: BLE001 -- told to each who waits
        for one in group:
            if not one.result.done():
                one.result.set_exception(error)
        return
    for one, result in zip(group, results, strict=True):
        if not one.result.done():
            one.result.set_result(result)


async def _taken(opened: OpenTransaction, batches: list[Told]) -> list[BatchResult | None]:
    alone: list[BatchResult | None] = [None] * len(batches)
    if opened.opened != STILL_SO:
        return alone
    try:
        results = await take(opened.db, batches)
        await opened.commit()
    except Exception as error:  # noqa: BLE001 -- alone, each meets its own
        logger.info("batches parted", count=len(batches), error=type(error).__name__)
        return alone
    return results
