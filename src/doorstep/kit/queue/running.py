"""The worker: takes jobs, does periodic work, and starts over when a connection drops."""

import asyncio
import contextlib
import datetime as dt
import functools
import random
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog
from pgqueuer.adapters.persistence import qb
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.types import Channel

from doorstep.kit.db import Pool
from doorstep.kit.ids import new_id
from doorstep.kit.logs import jobs_held, jobs_total, jobs_waiting
from doorstep.kit.queue import queries
from doorstep.kit.queue.driver import WorkerDriver, worker_transaction
from doorstep.kit.queue.enqueueing import SETTINGS, unpacked
from doorstep.kit.queue.model import Every, Task

# A worker that was killed is noticed after so long, and its jobs are done by another.
HEARTBEAT_S = 15.0
POLL_S = 2.0
BATCH = 4
LEASE_S = 30.0
MAX_DELAY_S = 600.0
_STARTS_OVER_S = (0.2, 5.0)
_COUNTS_EVERY_S = 10.0
_TIDIES_EVERY_S = 6 * 3600.0

_log = structlog.get_logger()


class JobFailedError(Exception):
    """A job failed; holds the class of the failure alone, for its text may quote a row."""


async def run(
    pool: Pool, tasks: Sequence[Task], periodic: Sequence[Every], stop: asyncio.Event
) -> None:
    """Work until ``stop`` is set; jobs under way are finished first.

    Parameters
    ----------
    pool
        Connections that may take on the worker's role; one is kept to listen.
    tasks
        What does each kind of job. Jobs of other kinds are left to other programs.
    periodic
        What is done again and again, by one worker at a time.
    stop
        Set it to end.
    """
    tidy = Every("queue.tidy", _TIDIES_EVERY_S, _tidy)
    async with asyncio.TaskGroup() as group:
        group.create_task(_again(lambda: _take_jobs(pool, tasks, stop), stop, "jobs"))
        group.create_task(_again(lambda: _count(pool, stop), stop, "counts"))
        for one in (*periodic, tidy):
            group.create_task(_again(functools.partial(_keep, pool, one, stop), stop, one.name))


async def _again(work: Callable[[], Awaitable[None]], stop: asyncio.Event, name: str) -> None:
    shortest, longest = _STARTS_OVER_S
    wait_s = shortest
    while not stop.is_set():
        begun = asyncio.get_running_loop().time()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 -- whatever it was, the worker goes on
            _log.warning("worker_starts_over", part=name, error=type(error).__name__)
        lasted_s = asyncio.get_running_loop().time() - begun
        wait_s = shortest if lasted_s > longest else min(2 * wait_s, longest)
        await _sleep(stop, wait_s)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _take_jobs(pool: Pool, tasks: Sequence[Task], stop: asyncio.Event) -> None:
    manager: QueueManager

    def lost() -> None:
        if not stop.is_set():
            _log.warning("worker_lost_its_connection")
        manager.shutdown.set()

    manager = QueueManager(
        queries=Queries(
            WorkerDriver(pool, lost),
            qbe=qb.QueryBuilderEnvironment(settings=SETTINGS),
            qbq=qb.QueryQueueBuilder(settings=SETTINGS),
            qbs=qb.QuerySchedulerBuilder(settings=SETTINGS),
        ),
        channel=Channel(SETTINGS.channel),
    )
    for task in tasks:
        manager.entrypoint(
            task.name,
            on_failure="hold",
            accepts_context=False,
            executor_factory=functools.partial(
                DatabaseRetryEntrypointExecutor,
                max_attempts=task.tries - 1,
                initial_delay=dt.timedelta(seconds=1),
                max_delay=dt.timedelta(seconds=MAX_DELAY_S),
            ),
        )(functools.partial(_do, pool, task))
    stopping = asyncio.create_task(_pass_on(stop, manager.shutdown))
    try:
        await manager.run(
            dequeue_timeout=dt.timedelta(seconds=POLL_S),
            batch_size=BATCH,
            max_concurrent_tasks=2 * BATCH,
            heartbeat_timeout=dt.timedelta(seconds=HEARTBEAT_S),
        )
    finally:
        stopping.cancel()


async def _pass_on(stop: asyncio.Event, to: asyncio.Event) -> None:
    await stop.wait()
    to.set()


async def _do(pool: Pool, task: Task, job: QueuedJob) -> None:
    organization_id, ids = unpacked(job.payload or b"")
    outcome = "done"
    try:
        await task.run(pool, organization_id, ids)
    except Exception as error:  # noqa: BLE001 -- its text may quote a row
        outcome = "failed"
        kind = type(error).__name__
        _log.warning("job_failed", task=task.name, error=kind, attempt=job.attempts + 1)
        raise JobFailedError(kind) from None
    finally:
        jobs_total.labels(task.name, outcome).inc()


async def _count(pool: Pool, stop: asyncio.Event) -> None:
    while not stop.is_set():
        async with worker_transaction(pool) as db:
            states = await queries.task_states(db)
        for state in states:
            jobs_waiting.labels(state.task).set(state.waiting_count)
            jobs_held.labels(state.task).set(state.held_count)
        await _sleep(stop, _COUNTS_EVERY_S)


async def _tidy(pool: Pool) -> None:
    async with worker_transaction(pool) as db:
        await queries.forget_done(db)


async def _keep(pool: Pool, every: Every, stop: asyncio.Event) -> None:
    worker_id = new_id()
    async with worker_transaction(pool) as db:
        await queries.add_periodic(db, every.name)
    looks_s = min(max(every.every_s / 2, 0.1), LEASE_S / 2)
    while not stop.is_set():
        async with worker_transaction(pool) as db:
            ours = await queries.take_periodic(db, every.name, worker_id, LEASE_S)
        if ours:
            error = await _run_while_ours(pool, every, worker_id)
            async with worker_transaction(pool) as db:
                await queries.end_periodic(db, every.name, worker_id, every.every_s, error)
        # Workers that look at the same moment would collide each time.
        await _sleep(stop, looks_s * random.uniform(0.8, 1.2))  # noqa: S311


async def _run_while_ours(pool: Pool, every: Every, worker_id: UUID) -> str | None:
    working = asyncio.create_task(_run_safely(pool, every))
    try:
        while True:
            done, _ = await asyncio.wait({working}, timeout=LEASE_S / 3)
            if done:
                return working.result()
            async with worker_transaction(pool) as db:
                if not await queries.keep_periodic(db, every.name, worker_id, LEASE_S):
                    return "LeaseLost"
    finally:
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def _run_safely(pool: Pool, every: Every) -> str | None:
    try:
        await every.run(pool)
    except Exception as error:  # noqa: BLE001 -- noted, and tried again when it is next due
        _log.warning("periodic_failed", name=every.name, error=type(error).__name__)
        return type(error).__name__
    return None
