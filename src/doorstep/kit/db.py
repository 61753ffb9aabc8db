"""The database: a pool, transactions that know whose rows they may see, rows as structs."""

import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from doorstep.kit.errors import NotFoundError, TryLaterError

if TYPE_CHECKING:
    # Both take type arguments for the checker only: at run time the subscription fails.
    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = PoolConnectionProxy
    Pool = asyncpg.Pool

T = TypeVar("T")

ACQUIRE_TIMEOUT_S = 10.0
AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    # Of several addresses none is the primary: a standby is about to take over.
    asyncpg.TargetServerAttributeNotMatched,
)


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
    )


async def _leave_as_is(_: Connection) -> None:
    """Nothing to reset: every setting of ours is local to its transaction.

    asyncpg's own reset costs a round trip on each release.
    """


async def open_pool(url: str, *, connections: int = 12) -> Pool:
    """A pool of connections to ``url`` whose ``jsonb`` speaks Python values."""
    try:
        return await asyncpg.create_pool(
            url,
            min_size=min(2, connections),
            max_size=connections,
            init=_prepare,
            reset=_leave_as_is,
            server_settings={"application_name": "doorstep", "timezone": "UTC"},
        )
    except AWAY as error:
        message = f"The database does not answer ({error}). Run `doorstep doctor`."
        raise TryLaterError(message, retry_after_s=5) from error


class OpenTransaction:
    """One transaction on one connection, ended once."""

    def __init__(self, connection: Connection, opened: str) -> None:
        self.db = connection
        self.opened = opened
        """What the opening statements said, such as ``SELECT 1``."""
        self.refused: Exception | None = None
        """Why it could not be committed."""
        self._ended = False

    async def commit(self) -> None:
        """Make it so; raises what deferred constraints have to say."""
        if not self._ended:
            self._ended = True
            await self.db.execute("commit")

    async def rollback(self) -> None:
        """Forget it. A lost connection has nothing to forget."""
        if not self._ended:
            self._ended = True
            if not self.db.is_closed():
                try:
                    await self.db.execute("rollback")
                except (*AWAY, asyncpg.InterfaceError, asyncpg.InternalClientError):
                    # It died without a word; nobody is to get it from the pool.
                    self.db.terminate()


@contextlib.asynccontextmanager
async def begin(pool: Pool, opening: str = "begin") -> AsyncGenerator[OpenTransaction]:
    """A transaction on a connection of its own; what is not committed is rolled back.

    ``opening`` may hold more statements behind the first: all take one round trip together.
    """
    try:
        # A timeout costs a timer; where a connection is idle there is nothing to wait for.
        wait_s = None if pool.get_idle_size() else ACQUIRE_TIMEOUT_S
        connection = await pool.acquire(timeout=wait_s)
    except (TimeoutError, *AWAY) as error:
        message = "The database is away or busy. Try again in a moment."
        raise TryLaterError(message, retry_after_s=2) from error
    try:
        opened = OpenTransaction(connection, await connection.execute(opening))
        try:
            yield opened
        finally:
            await opened.rollback()
    finally:
        await pool.release(connection)


@contextlib.asynccontextmanager
async def organization_transaction(pool: Pool, organization_id: UUID) -> AsyncGenerator[Connection]:
    """A transaction of the program itself inside one organization; commits at its end."""
    async with begin(pool) as opened:
        await enter_organization(opened.db, organization_id)
        yield opened.db
        await opened.commit()


@contextlib.asynccontextmanager
async def signin_transaction(pool: Pool) -> AsyncGenerator[Connection]:
    """A transaction that may look up whose token, code or invite something is."""
    async with begin(pool) as opened:
        await enter_signin(opened.db)
        yield opened.db
        await opened.commit()


async def enter_organization(db: Connection, organization_id: UUID) -> None:
    """Take the request role inside an organization until the transaction ends."""
    await db.execute("select open_organization($1)", organization_id)


async def enter_signin(db: Connection) -> None:
    """Take the sign-in role until the transaction ends."""
    await db.execute("select set_config('role', 'doorstep_signin', true)")


async def plan_anew(db: Connection) -> None:
    """Have the database forget how this connection did its statements, before it writes very many.

    Each connection keeps a plan for every foreign key that it checks. One made while the other
    table held a handful of rows reads that table from end to end for every row ever after (until
    the table is analyzed): 38,000 doors took a minute instead of two seconds.
    """
    await db.execute("discard plans")


async def fetch_all(db: Connection, of: type[T], sql: LiteralString, *args: object) -> list[T]:
    """Every row of a statement as ``of``."""
    rows = await db.fetch(sql, *args)
    return msgspec.convert([dict(row) for row in rows], list[of])


async def fetch_many(
    db: Connection, of: Callable[..., T], sql: LiteralString, *args: object
) -> list[T]:
    """Every row of a statement as ``of``, whose fields are its columns in their order.

    Nothing is checked but what the database checks: five times as fast, for thousands of rows.
    """
    return [of(*row) for row in await db.fetch(sql, *args)]


async def fetch_maybe(db: Connection, of: type[T], sql: LiteralString, *args: object) -> T | None:
    """The row of a statement as ``of``, or None."""
    row = await db.fetchrow(sql, *args)
    return None if row is None else msgspec.convert(dict(row), of)


async def fetch_one(db: Connection, of: type[T], sql: LiteralString, *args: object) -> T:
    """The row of a statement as ``of``.

    Raises
    ------
    NotFoundError
        If there is no row: absent, or another organization's.
    """
    row = await fetch_maybe(db, of, sql, *args)
    if row is None:
        raise NotFoundError
    return row


async def execute_one(db: Connection, sql: LiteralString, *args: object) -> None:
    """Run a statement that must touch a row.

    Raises
    ------
    NotFoundError
        If it touched none.
    """
    if (await db.execute(sql, *args)).endswith(" 0"):
        raise NotFoundError


async def next_seq(db: Connection, organization_id: UUID, count: int = 1) -> int:
    """The first of ``count`` new numbers of the organization's change counter.

    The counter's row stays locked until the transaction ends, so this belongs to its end:
    numbers become visible in order, and a reader who saw one has seen all before it.
    """
    last: int = await db.fetchval(
        """
        update change_counter
           set seq = seq + $2
         where organization_id = $1
        returning seq
        """,
        organization_id,
        count,
    )
    return last - count + 1


def columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows turned into columns, as ``unnest`` takes them; ``width`` holds for no rows at all."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
