"""What there is to do, and how it stands."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.kit.db import Pool


@dataclass(frozen=True)
class Every:
    """Periodic work; one process at a time does it in the whole cluster."""

    name: str
    every_s: float
    """From the end of one run to the beginning of the next."""
    run: Callable[[Pool], Awaitable[None]]


@dataclass(frozen=True)
class Task:
    """A kind of job and what does it. It may be done twice, after a crash, and must not mind."""

    name: str
    run: Callable[[Pool, UUID, Sequence[UUID]], Awaitable[None]]
    """Gets the organization's id and the job's ids."""
    tries: int = 8
    """After so many failures the job is held, for somebody to look at."""


@dataclass(frozen=True)
class Job:
    """One thing to do for an organization. It holds ids and nothing else."""

    task: str
    organization_id: UUID
    ids: Sequence[UUID] = ()
    after_s: float = 0.0
    """Not before so many seconds from now."""
    priority: int = 0
    """The greater goes first."""
    key: str | None = None
    """While a job of this key waits or runs, another is not added. Only for the worker: two
    requests that add the same would wait for each other."""


class TaskState(msgspec.Struct, frozen=True, kw_only=True):
    """How the jobs of one kind stand."""

    task: Annotated[str, Meta(examples=["notify.send"])]
    waiting_count: int
    running_count: int
    held_count: Annotated[int, Meta(description="Failed too often; kept to be looked at.")]
    waiting_since: Annotated[
        dt.datetime | None, Meta(description="Since when the oldest could have been done.")
    ]
    held_error: Annotated[
        str | None, Meta(description="The class of the newest failure.", examples=["TryLaterError"])
    ]


class PeriodicState(msgspec.Struct, frozen=True, kw_only=True):
    """How a periodic work stands."""

    name: str
    due_at: dt.datetime
    ended_at: dt.datetime | None
    error: str | None
