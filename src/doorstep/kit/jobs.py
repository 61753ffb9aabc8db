"""Work that runs on after its request was answered: it can be watched, and it can be cancelled."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.errors import NotFoundError, ProblemError

LISTENS_EVERY_S = 0.5
_COMMITTED_WITHIN_S = 10.0
_LOOKS_EVERY_S = 0.05
_PARTS = 1000

_log = structlog.get_logger()


class HaltedError(Exception):
    """The work was called off; raised where a thread tells how far it is."""


@dataclass
class Reached:
    """How far a job is, for whoever asks, and whether it shall stop."""

    done: int = 0
    total: int = 0
    stage: str = ""
    cancelled: bool = False
    """Somebody asked for it to stop."""
    halted: bool = False
    """It is to stop, for whatever reason."""

    async def report(self, done: int, total: int) -> None:
        """Note how far it is."""
        self.done, self.total = done, total

    def tell(self, share: float, stage: str) -> None:
        """Note how far it is, 0 to 1; from a thread.

        Raises
        ------
        HaltedError
            If it is to stop.
        """
        if self.halted:
            raise HaltedError
        self.done, self.total, self.stage = round(share * _PARTS), _PARTS, stage


class Job(Protocol):
    """What a job must know and tell; its state is a row of its room."""

    @property
    def pool(self) -> Pool:
        """Where it takes connections from."""
        ...

    @property
    def organization_id(self) -> UUID:
        """Whose job it is."""
        ...

    @property
    def name(self) -> str:
        """What it is called in the log."""
        ...

    @property
    def stopped(self) -> str:
        """What is said where the server stopped meanwhile."""
        ...

    async def look(self, db: Connection) -> None:
        """Raise NotFoundError while its row is not committed."""
        ...

    async def hear(self, db: Connection, reached: Reached) -> bool:
        """Note how far it is; whether it shall go on."""
        ...

    async def fail(self, db: Connection, state: str, why: str) -> None:
        """Note that it ended as ``failed`` or ``cancelled``, and why."""
        ...

    async def do(self, reached: Reached) -> None:
        """Do it, in transactions of its own."""
        ...

    async def after(self) -> None:
        """What follows once it is done."""
        ...


class Jobs:
    """The jobs of this process; those still running when it stops are given up."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, job: Job) -> None:
        """Begin, as soon as the job's row is committed."""
        task = asyncio.create_task(_live(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what runs; nothing of it is stored."""
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _live(job: Job) -> None:
    if await _is_committed(job) and await _run(job):
        await job.after()


async def _run(job: Job) -> bool:
    """Do it; whether it came to its end. Why it did not is kept in its row."""
    reached = Reached()
    doing = asyncio.create_task(job.do(reached))
    listening = asyncio.create_task(_listen(job, reached, doing))
    state, why = "failed", ""
    try:
        await doing
    except ProblemError as error:
        told = [one.detail for one in error.errors if one.detail != error.detail]
        why = " ".join([error.detail, *told])
    except asyncio.CancelledError:
        reached.halted = True
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        if reached.cancelled:
            state, why = "cancelled", "Somebody cancelled it. Nothing was stored."
        else:
            why = job.stopped
    except Exception as error:  # noqa: BLE001 -- whatever it was, the job must not stay running
        # The kind alone: an error's text may quote a row.
        _log.error(f"{job.name} failed", kind=type(error).__name__)
        why = "Something went wrong with us. Nothing was stored; please tell the developers."
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    if why:
        async with organization_transaction(job.pool, job.organization_id) as db:
            await job.fail(db, state, why)
    return not why


async def _is_committed(job: Job) -> bool:
    """Whether the request that started the job came to its end; soon, or not at all."""
    for _ in range(round(_COMMITTED_WITHIN_S / _LOOKS_EVERY_S)):
        with contextlib.suppress(NotFoundError):
            async with organization_transaction(job.pool, job.organization_id) as db:
                await job.look(db)
                return True
        await asyncio.sleep(_LOOKS_EVERY_S)
    return False


async def _listen(job: Job, reached: Reached, doing: asyncio.Task[None]) -> None:
    """Tell how far it is, and stop it when somebody asks."""
    while True:
        async with organization_transaction(job.pool, job.organization_id) as db:
            goes_on = await job.hear(db, reached)
        if not goes_on:
            reached.cancelled = reached.halted = True
            doing.cancel()
            return
        await asyncio.sleep(LISTENS_EVERY_S)
