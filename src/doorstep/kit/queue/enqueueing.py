"""Adding jobs, on the connection and in the transaction of whoever adds them."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from pgqueuer.domain.settings import DBSettings

from doorstep.kit.db import Connection
from doorstep.kit.queue.model import Job

SETTINGS = DBSettings(db_schema="queue")
_ID_BYTES = 16
_NO_WAIT = dt.timedelta(0)


def _statement(on_conflict: Literal["raise", "skip"]) -> str:
    return QueryQueueBuilder(settings=SETTINGS).build_enqueue_query(on_conflict)


_ADD = _statement("raise")
_ADD_UNLESS_THERE = _statement("skip")


async def enqueue(db: Connection, *jobs: Job) -> None:
    """Add jobs: done after the transaction commits, or never.

    Parameters
    ----------
    db
        A request's or the program's own connection inside the organization of every job, or one
        of the worker.
    jobs
        What to do; where one has a key, those whose key is there already are left out.
    """
    if not jobs:
        return
    # A statement that may skip needs to look at every key, which a request may not.
    statement = _ADD_UNLESS_THERE if any(job.key for job in jobs) else _ADD
    await db.fetch(
        statement,
        [job.priority for job in jobs],
        [job.task for job in jobs],
        [packed(job) for job in jobs],
        [dt.timedelta(seconds=job.after_s) if job.after_s else _NO_WAIT for job in jobs],
        [job.key for job in jobs],
        [None] * len(jobs),
    )


def packed(job: Job) -> bytes:
    """Organization and ids, 16 bytes each: policies and the worker read it so."""
    return b"".join(one.bytes for one in (job.organization_id, *job.ids))


def unpacked(payload: bytes) -> tuple[UUID, list[UUID]]:
    """The organization and the ids of a job."""
    organization_id, *ids = (
        UUID(bytes=payload[at : at + _ID_BYTES]) for at in range(0, len(payload), _ID_BYTES)
    )
    return organization_id, ids
