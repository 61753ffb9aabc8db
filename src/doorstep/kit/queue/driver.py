"""PgQueuer on our pool: each statement in a transaction of the worker's role."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any, Self

import asyncpg
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver, NotifyCallback

from doorstep.kit.db import Connection, Pool, begin

OPENING = "begin; select set_config('role', 'doorstep_worker', true)"


@contextlib.asynccontextmanager
async def worker_transaction(pool: Pool) -> AsyncGenerator[Connection]:
    """A transaction of the worker; commits at its end."""
    async with begin(pool, OPENING) as opened:
        yield opened.db
        await opened.commit()


class WorkerDriver(Driver):
    """What PgQueuer asks of a driver.

    PgQueuer's own keeps to whatever role signed in, and would need the role to be set for the
    length of a session, which PgBouncer does not give.
    """

    def __init__(self, pool: Pool, lost: Callable[[], None]) -> None:
        """Call ``lost`` when the connection that listens is gone."""
        self._pool = pool
        self._lost = lost
        self._shutdown = asyncio.Event()
        self._listening: Any = None
        self._relays: list[tuple[str, Callable[..., None]]] = []

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """The rows of a statement."""
        async with worker_transaction(self._pool) as db:
            return [dict(row) for row in await db.fetch(query, *args)]

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement."""
        async with worker_transaction(self._pool) as db:
            return await db.execute(query, *args)

    async def notify(self, channel: str, payload: str) -> None:
        """Tell all who listen."""
        await self.fetch("select pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Listen. Behind PgBouncer nothing is heard, and the worker looks every two seconds."""
        if self._listening is None:
            self._listening = await self._pool.acquire(timeout=10)
            self._listening.add_termination_listener(self._ended)
        self._relays.append((channel, _relay(callback)))
        await self._listening.add_listener(*self._relays[-1])

    def _ended(self, _: object) -> None:
        self._lost()

    @property
    def shutdown(self) -> asyncio.Event:
        """Set when it shall end."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """What it runs beside: nothing."""
        return TaskManager()

    async def __aenter__(self) -> Self:
        """Nothing to open: the pool is there."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give the connection that listens back."""
        listening, self._listening = self._listening, None
        if listening is None:
            return
        listening.remove_termination_listener(self._ended)
        for relay in self._relays:
            # A connection that broke says so; the pool makes another.
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await listening.remove_listener(*relay)
        await self._pool.release(listening)


def _relay(callback: NotifyCallback) -> Callable[[object, object, object, object], None]:
    def relay(_: object, __: object, ___: object, payload: object) -> None:
        callback(str(payload))

    return relay
