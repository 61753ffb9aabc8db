"""What the worker does for notifications, and the worker of a whole process."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from doorstep.kit import queue
from doorstep.kit.db import Pool
from doorstep.kit.queue import Every, Task
from doorstep.notify import planner
from doorstep.notify.channels import Channel
from doorstep.notify.channels.push import PushChannel
from doorstep.notify.rendering import Renderers
from doorstep.notify.sender import Sender
from doorstep.notify.service import PLAN
from doorstep.settings import Settings

ROUND_S = 2.0
TIDIES_EVERY_S = 6 * 3600.0
# Shorter than the 20 s that requests get.
STOPS_WITHIN_S = 15.0

_log = structlog.get_logger()


@dataclass(frozen=True)
class Work:
    """What a worker does."""

    tasks: Sequence[Task]
    periodic: Sequence[Every]
    channels: Sequence[Channel]


def work_of(renderers: Renderers, channels: Sequence[Channel], periodic: Sequence[Every]) -> Work:
    """The worker's work: telling members through these channels, and the rooms' periodic work."""
    names = frozenset(one.name for one in channels)
    sender = Sender(channels, renderers)

    async def plan(pool: Pool, organization_id: UUID, _: Sequence[UUID]) -> None:
        await planner.plan(pool, organization_id, names)

    return Work(
        tasks=(Task(PLAN, plan), Task(planner.SEND, sender.send)),
        periodic=(
            Every("notify.plan", ROUND_S, planner.plan_round),
            Every("notify.tidy", TIDIES_EVERY_S, planner.tidy),
            *periodic,
        ),
        channels=channels,
    )


def push_channels(settings: Settings) -> list[Channel]:
    """Firebase, where it is set up; it is said once where it is not."""
    if settings.push_credentials is None:
        _log.info(
            "push_not_configured",
            remedy="Set DOORSTEP_PUSH_CREDENTIALS; until then members find messages in the app.",
        )
        return []
    return [PushChannel(settings.push_credentials)]


async def run(pool: Pool, work: Work, stop: asyncio.Event) -> None:
    """Work until ``stop`` is set, then close what was opened."""
    await _open(work)
    await _run(pool, work, stop)


async def _open(work: Work) -> None:
    for channel in _pushes(work):
        await channel.open()


async def _run(pool: Pool, work: Work, stop: asyncio.Event) -> None:
    try:
        await queue.run(pool, work.tasks, work.periodic, stop)
    finally:
        for channel in _pushes(work):
            await channel.close()


def _pushes(work: Work) -> list[PushChannel]:
    return [one for one in work.channels if isinstance(one, PushChannel)]


@contextlib.asynccontextmanager
async def working(pool: Pool, work: Work) -> AsyncGenerator[None]:
    """A worker beside whatever the block does; jobs under way are finished at its end."""
    stop = asyncio.Event()
    # Before the first request is answered: it holds everything up.
    await _open(work)
    task = asyncio.create_task(_run(pool, work, stop))
    try:
        yield
    finally:
        stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(task, STOPS_WITHIN_S)
