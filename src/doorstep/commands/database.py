"""The database of a command: one of your own, or ours for as long as the command runs."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import asyncpg

from doorstep.accounts import service as accounts
from doorstep.commands import queries
from doorstep.commands.screen import CommandError, busy
from doorstep.kit import embedded, migrations
from doorstep.kit.db import Pool, open_pool, signin_transaction
from doorstep.kit.resources import MIGRATIONS
from doorstep.settings import Settings

T = TypeVar("T")

OLDEST_VERSION = 15


@dataclass(frozen=True)
class Database:
    """A database that answers."""

    url: str
    """The login for requests."""
    owner_url: str
    """The login for migrations."""


@dataclass(frozen=True)
class Organization:
    """One organization and a pool of connections to its database."""

    pool: Pool
    id: UUID
    slug: str


@contextlib.contextmanager
def reachable(settings: Settings) -> Generator[Database]:
    """The database as it is; the embedded server runs for the length of the block.

    Raises
    ------
    EmbeddedServerError
        If the embedded server cannot run.
    """
    if settings.database_url is not None:
        owner_url = settings.migrate_database_url or settings.database_url
        yield Database(settings.database_url, owner_url)
        return
    with contextlib.ExitStack() as stack:
        with busy("Starting the database…"):
            server = stack.enter_context(embedded.running(settings.postgres_dir))
        yield Database(server.url(), server.url())


@contextlib.contextmanager
def migrated(settings: Settings) -> Generator[tuple[Database, list[str]]]:
    """The database with every migration applied, and the names of those that were missing.

    Raises
    ------
    CommandError
        If the database of ``DOORSTEP_DATABASE_URL`` does not answer or is too old.
    MigrationError
        If a migration fails.
    """
    with reachable(settings) as database:
        if settings.database_url is not None:
            asyncio.run(_check(database.owner_url))
        with busy("Bringing the tables up to date…"):
            applied = migrations.migrate(database.owner_url, MIGRATIONS)
        yield database, applied


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection of one's own.

    Raises
    ------
    CommandError
        If the database does not answer, or does not let this login in.
    """
    try:
        return await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # The address holds a password and is not repeated.
        reason = str(error) or type(error).__name__
        message = (
            f"The database does not answer: {reason}\nCheck DOORSTEP_DATABASE_URL "
            "(postgresql://user:password@host/database), or unset it: Doorstep then runs "
            "a database itself."
        )
        raise CommandError(message) from error


async def _check(url: str) -> None:
    connection = await connect(url)
    try:
        version = await queries.server_version(connection)
    finally:
        await connection.close()
    if version // 10_000 < OLDEST_VERSION:
        message = (
            f"The database is PostgreSQL {version // 10_000}; Doorstep needs {OLDEST_VERSION} "
            "or later."
        )
        raise CommandError(message)


def in_organization(
    settings: Settings, slug: str | None, work: Callable[[Organization], Awaitable[T]]
) -> T:
    """What ``work`` makes of the organization of this short name, or of the only one.

    Raises
    ------
    CommandError
        If there is no such organization, or several and none was named.
    """

    async def run(url: str) -> T:
        async with organization(url, slug) as found:
            return await work(found)

    with migrated(settings) as (database, _):
        return asyncio.run(run(database.url))


@contextlib.asynccontextmanager
async def organization(url: str, slug: str | None) -> AsyncGenerator[Organization]:
    """As `in_organization`, on a database that runs."""
    async with await open_pool(url, connections=4) as pool:
        async with signin_transaction(pool) as db:
            slugs = await queries.organization_slugs(db)
            chosen = _choose(slugs, slug)
            organization_id = await accounts.organization_id_by_slug(db, chosen)
        if organization_id is None:
            message = f"The organization {chosen} has just been removed."
            raise CommandError(message)
        yield Organization(pool, organization_id, chosen)


def _choose(slugs: list[str], wanted: str | None) -> str:
    if wanted is None and len(slugs) == 1:
        return slugs[0]
    if wanted is not None and wanted in slugs:
        return wanted
    if not slugs:
        message = (
            "There is no organization yet. Found one: "
            "doorstep user add you@example.org --name You --new-organization 'My group'"
        )
    elif wanted is None:
        message = f"Say which organization: --organization {' | '.join(slugs)}"
    else:
        message = f"There is no organization {wanted}. There is: {', '.join(slugs)}."
    raise CommandError(message)
