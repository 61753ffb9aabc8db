"""Imports of files that were sent: they run on after the answer, can be watched and cancelled."""

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog

from doorstep.imports import queries, service
from doorstep.imports.model import ImportRun
from doorstep.imports.service import Source
from doorstep.kit.db import Connection, Pool, begin, enter_organization, organization_transaction
from doorstep.kit.errors import NotFoundError, ProblemError

LISTENS_EVERY_S = 0.5
SHOWN_REJECTS = 10_000
_COMMITTED_WITHIN_S = 10.0
_LOOKS_EVERY_S = 0.05

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Work:
    """A run that is to be done, and the file it reads."""

    pool: Pool
    organization_id: UUID
    run: ImportRun
    file_id: UUID
    source: Source
    suppression_key: bytes


After = Callable[[Connection, UUID], Awaitable[None]]
"""What is to be done for an organization once an import of it is stored."""


class Runs:
    """The imports that this process runs; those still running when it stops are given up.

    ``after`` is done once an import is stored, so that nobody waits for it later.
    """

    def __init__(self, after: After) -> None:
        self._after = after
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Work) -> None:
        """Begin, as soon as the run's row is committed."""
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what runs; nothing of it is stored."""
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, work: Work) -> None:
        if await _is_committed(work) and await _run(work) and not work.run.dry_run:
            async with organization_transaction(work.pool, work.organization_id) as db:
                await self._after(db, work.organization_id)


@dataclass
class _Reached:
    done: int = 0
    total: int = 0
    cancelled: bool = False

    async def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total


async def _run(work: Work) -> bool:
    """Do it; whether it came to its end. Why it did not is kept in its row."""
    reached = _Reached()
    doing = asyncio.create_task(_do(work, reached))
    listening = asyncio.create_task(_listen(work, reached, doing))
    state, why = "failed", ""
    try:
        await doing
    except ProblemError as error:
        told = [one.detail for one in error.errors if one.detail != error.detail]
        why = " ".join([error.detail, *told])
    except asyncio.CancelledError:
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        if reached.cancelled:
            state, why = "cancelled", "Somebody cancelled it. Nothing was stored."
        else:
            why = service.STOPPED
    except Exception as error:  # noqa: BLE001 -- whatever it was, the run must not stay running
        # The kind alone: an error's text may quote a row.
        _log.error("import failed", kind=type(error).__name__, run=str(work.run.id))
        why = "Something went wrong with us. Nothing was stored; please tell the developers."
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    if why:
        async with organization_transaction(work.pool, work.organization_id) as db:
            await queries.fail_run(db, work.organization_id, work.run.id, state, why)
    return not why


async def _is_committed(work: Work) -> bool:
    """Whether the request that started the run came to its end; soon, or not at all."""
    for _ in range(round(_COMMITTED_WITHIN_S / _LOOKS_EVERY_S)):
        with contextlib.suppress(NotFoundError):
            async with organization_transaction(work.pool, work.organization_id) as db:
                await queries.run_by_id(db, work.organization_id, work.run.id)
                return True
        await asyncio.sleep(_LOOKS_EVERY_S)
    return False


async def _listen(work: Work, reached: _Reached, doing: asyncio.Task[None]) -> None:
    """Tell how far it is, and stop it when somebody asks."""
    while True:
        async with organization_transaction(work.pool, work.organization_id) as db:
            goes_on = await queries.hear_of_run(
                db, work.organization_id, work.run.id, reached.done, reached.total
            )
        if not goes_on:
            reached.cancelled = True
            doing.cancel()
            return
        await asyncio.sleep(LISTENS_EVERY_S)


async def _do(work: Work, reached: _Reached) -> None:
    organization_id, run = work.organization_id, work.run
    with tempfile.TemporaryDirectory(prefix="doorstep-") as folder:
        async with organization_transaction(work.pool, organization_id) as db:
            path = await service.fetch_file(db, organization_id, work.file_id, Path(folder))
        source = work.source._replace(path=path)
        async with begin(work.pool) as opened:
            db = opened.db
            await enter_organization(db, organization_id)
            found = await service.merge_table(
                db, organization_id, run.id, source, work.suppression_key, reached.report
            )
            if not run.dry_run:
                await service.keep(db, organization_id, run, found, run.created_by)
                await queries.delete_file(db, organization_id, work.file_id)
                await opened.commit()
                return
            changes = await service.changes(db)
            rejects = await queries.staged_rejects(db, SHOWN_REJECTS)
    async with organization_transaction(work.pool, organization_id) as db:
        await queries.put_rejects(db, organization_id, run.id, rejects)
        await queries.end_run(db, organization_id, run.id, found, changes)
