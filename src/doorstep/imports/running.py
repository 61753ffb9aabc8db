"""Imports of files that were sent: they run on after the answer, can be watched and cancelled."""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from doorstep.imports import queries, service
from doorstep.imports.model import ImportRun
from doorstep.imports.service import Source
from doorstep.kit.db import Connection, Pool, begin, enter_organization, organization_transaction
from doorstep.kit.jobs import Jobs, Reached

SHOWN_REJECTS = 10_000


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
    """The imports among the jobs of this process.

    ``after`` is done once an import is stored, so that nobody waits for it later.
    """

    def __init__(self, jobs: Jobs, after: After) -> None:
        self._jobs = jobs
        self._after = after

    def start(self, work: Work) -> None:
        """Begin, as soon as the run's row is committed."""
        self._jobs.start(_ImportJob(work, self._after))


class _ImportJob:
    name = "import"
    stopped = service.STOPPED

    def __init__(self, work: Work, after: After) -> None:
        self.pool, self.organization_id = work.pool, work.organization_id
        self._work, self._after = work, after

    async def look(self, db: Connection) -> None:
        await queries.run_by_id(db, self.organization_id, self._work.run.id)

    async def hear(self, db: Connection, reached: Reached) -> bool:
        return await queries.hear_of_run(
            db, self.organization_id, self._work.run.id, reached.done, reached.total
        )

    async def fail(self, db: Connection, state: str, why: str) -> None:
        await queries.fail_run(db, self.organization_id, self._work.run.id, state, why)

    async def do(self, reached: Reached) -> None:
        await _do(self._work, reached)

    async def after(self) -> None:
        if not self._work.run.dry_run:
            async with organization_transaction(self.pool, self.organization_id) as db:
                await self._after(db, self.organization_id)


async def _do(work: Work, reached: Reached) -> None:
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
