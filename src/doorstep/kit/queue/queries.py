"""Statements about the queue beside those of PgQueuer."""

from uuid import UUID

from doorstep.kit.db import Connection, fetch_all
from doorstep.kit.queue.model import PeriodicState, TaskState


async def task_states(db: Connection) -> list[TaskState]:
    """How the jobs stand that this role may see: all, or those of its organization."""
    return await fetch_all(
        db,
        TaskState,
        """
        select j.entrypoint as task,
               count(*) filter (where j.status = 'queued') as waiting_count,
               count(*) filter (where j.status = 'picked') as running_count,
               count(*) filter (where j.status = 'failed') as held_count,
               min(j.execute_after) filter (where j.status = 'queued' and j.execute_after <= now())
                 as waiting_since,
               -- PgQueuer's text went through our codec: it is a string within jsonb.
               (select (l.traceback #>> '{}')::jsonb ->> 'exception_message'
                  from queue.pgqueuer_log l
                 where l.job_id = max(j.id) filter (where j.status = 'failed')
                   and l.status = 'failed'
                 order by l.created desc
                 limit 1) as held_error
          from queue.pgqueuer j
         group by j.entrypoint
         order by j.entrypoint
        """,
    )


async def periodic_states(db: Connection) -> list[PeriodicState]:
    """How periodic work stands; for the worker's role."""
    return await fetch_all(
        db,
        PeriodicState,
        """
        select name, due_at, ended_at, error
          from queue.periodic
         order by name
        """,
    )


async def enter_worker(db: Connection) -> None:
    """Take the worker's role until the transaction ends."""
    await db.execute("select set_config('role', 'doorstep_worker', true)")


async def add_periodic(db: Connection, name: str) -> None:
    """Note that there is such work."""
    await db.execute(
        """
        insert into queue.periodic (name)
        values ($1)
        on conflict (name) do nothing
        """,
        name,
    )


async def take_periodic(db: Connection, name: str, worker_id: UUID, lease_s: float) -> bool:
    """Whether it is due, and ours to do for so long."""
    return bool(
        await db.fetchval(
            """
            update queue.periodic
               set taken_until = now() + make_interval(secs => $3),
                   taken_by = $2
             where name = $1
               and due_at <= now()
               and (taken_until is null or taken_until < now())
            returning true
            """,
            name,
            worker_id,
            lease_s,
        )
    )


async def keep_periodic(db: Connection, name: str, worker_id: UUID, lease_s: float) -> bool:
    """Whether it is still ours, and for how much longer."""
    return bool(
        await db.fetchval(
            """
            update queue.periodic
               set taken_until = now() + make_interval(secs => $3)
             where name = $1 and taken_by = $2 and taken_until is not null
            returning true
            """,
            name,
            worker_id,
            lease_s,
        )
    )


async def end_periodic(
    db: Connection, name: str, worker_id: UUID, every_s: float, error: str | None
) -> None:
    """Note that a run is over, and when the next is due."""
    await db.execute(
        """
        update queue.periodic
           set taken_until = null,
               ended_at = now(),
               due_at = now() + make_interval(secs => $3),
               error = $4
         where name = $1 and taken_by = $2
        """,
        name,
        worker_id,
        every_s,
        error,
    )


async def forget_done(db: Connection) -> None:
    """Drop what the queue noted of jobs long done."""
    await db.execute("delete from queue.pgqueuer_log where created < now() - interval '7 days'")
    await db.execute(
        "delete from queue.pgqueuer_statistics where created < now() - interval '30 days'"
    )
