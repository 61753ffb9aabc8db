"""Is everything as it must be? Each check says what it found and how to mend it."""

import asyncio
import datetime as dt
import shutil
import stat
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from rich.markup import escape
from rich.table import Table

from doorstep.accounts.auditing import verify
from doorstep.accounts.service import organization_id_by_slug
from doorstep.commands import database, queries, screen
from doorstep.commands.database import Database
from doorstep.kit import migrations, queue
from doorstep.kit.db import enter_organization, enter_signin
from doorstep.kit.embedded import EmbeddedServerError
from doorstep.kit.migrations import MigrationError
from doorstep.kit.queue.queries import enter_worker
from doorstep.kit.resources import MIGRATIONS
from doorstep.settings import Settings

# Access tokens are good for 15 minutes; a clock this far off still works, but not by much.
CLOCK_OFF_S = 5.0
CLOCK_WRONG_S = 60.0
JOBS_WAIT = dt.timedelta(minutes=10)
# Ten thousand doors with a campaign's knocks take about 100 MB; logs of changes take as much again.
LOW_DISK_BYTES = 2 * 2**30
NO_DISK_BYTES = 200 * 2**20


class Mark(Enum):
    """How bad it is."""

    FINE = "[green]✓[/]"
    NOTE = "[yellow]![/]"
    BAD = "[red]✗[/]"


@dataclass(frozen=True)
class Finding:
    """What a check found; ``remedy`` is empty where nothing needs mending."""

    mark: Mark
    what: str
    detail: str
    remedy: str = ""


def examine(settings: Settings) -> int:
    """Print every finding; 1 if something is broken, else 0."""
    findings = [
        *_disk(settings),
        *_keys(settings),
        *_mail(settings),
        *_push(settings),
        *_database(settings),
    ]
    table = Table.grid(padding=(0, 1))
    for found in findings:
        remedy = f"\n[bold]→[/] {escape(found.remedy)}" if found.remedy else ""
        table.add_row(found.mark.value, f"[bold]{found.what}[/]", escape(found.detail) + remedy)
    screen.out.print(table)
    return int(any(found.mark is Mark.BAD for found in findings))


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.expanduser()
    nearest = next(part for part in (folder, *folder.parents) if part.exists())
    try:
        free_bytes = shutil.disk_usage(nearest).free
    except OSError as error:
        yield Finding(
            Mark.BAD, "disk", f"{folder}: {error.strerror}", "Set DOORSTEP_DATA_DIR to a folder."
        )
        return
    detail = f"{free_bytes / 2**30:.1f} GB free for {folder}"
    if free_bytes < NO_DISK_BYTES:
        yield Finding(Mark.BAD, "disk", detail, "Free some space, or the database will stop.")
    elif free_bytes < LOW_DISK_BYTES:
        yield Finding(Mark.NOTE, "disk", detail, "Free some space before the next campaign.")
    else:
        yield Finding(Mark.FINE, "disk", detail)


def _keys(settings: Settings) -> Iterator[Finding]:
    folder = settings.keys_dir
    keys = sorted(folder.glob("*.pem")) if folder.is_dir() else []
    if not keys:
        yield Finding(Mark.NOTE, "signing keys", f"None yet in {folder}; the first start makes one")
        return
    open_to_others = [
        path
        for path in (folder, *keys, *folder.glob("*.key"))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if open_to_others:
        names = ", ".join(str(path) for path in open_to_others)
        yield Finding(
            Mark.BAD,
            "signing keys",
            f"Others on this machine can use {names} and sign in as anybody",
            f"chmod go-rwx {' '.join(str(path) for path in open_to_others)}",
        )
    else:
        yield Finding(Mark.FINE, "signing keys", f"{len(keys)} in {folder}, for this account only")


class _ServiceAccount(msgspec.Struct, frozen=True):
    type: Literal["service_account"]
    project_id: str
    client_email: str
    private_key: str
    token_uri: str


def _push(settings: Settings) -> Iterator[Finding]:
    file = settings.push_credentials
    if file is None:
        detail = "No credentials: nothing is pushed; members find messages in the app"
        yield Finding(Mark.FINE, "push", detail)
        return
    try:
        account = msgspec.json.decode(file.expanduser().read_bytes(), type=_ServiceAccount)
        load_pem_private_key(account.private_key.encode(), password=None)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        # Not the error's own words, which may quote the key.
        reason = error.strerror if isinstance(error, OSError) else "no service account's key"
        remedy = "Download the service account's key as JSON from the Firebase console, again."
        yield Finding(Mark.BAD, "push", f"{file}: {reason}", remedy)
        return
    yield Finding(Mark.FINE, "push", f"Credentials of project {account.project_id} can be read")


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url is None:
        yield Finding(
            Mark.NOTE,
            "mail",
            "Not set up: sign-in codes come from `doorstep user code`",
            "Set DOORSTEP_SMTP_URL and DOORSTEP_MAIL_FROM.",
        )
    else:
        yield Finding(Mark.FINE, "mail", f"Sent as {settings.mail_from}")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        with database.reachable(settings) as found:
            yield from asyncio.run(_ask(found))
            yield from _migrations(found)
    except EmbeddedServerError as error:
        yield Finding(Mark.BAD, "database", str(error), "Mend that, then start again.")
    except screen.CommandError as error:
        yield Finding(Mark.BAD, "database", str(error))


def _migrations(found: Database) -> Iterator[Finding]:
    try:
        missing = migrations.pending(found.owner_url, MIGRATIONS)
    except MigrationError as error:
        yield Finding(Mark.BAD, "migrations", str(error), "Check DOORSTEP_MIGRATE_DATABASE_URL.")
        return
    if missing:
        yield Finding(Mark.BAD, "migrations", f"Missing: {', '.join(missing)}", "doorstep migrate")
    else:
        yield Finding(Mark.FINE, "migrations", "Up to date")


async def _ask(found: Database) -> list[Finding]:
    db: Any = await database.connect(found.url)
    try:
        return [
            await _version(db),
            await _clock(db),
            *[finding async for finding in _roles(db)],
            await _tenancy(db),
            *[finding async for finding in _audit(db)],
            *[finding async for finding in _jobs(db)],
        ]
    finally:
        await db.close()


async def _jobs(db: Any) -> AsyncGenerator[Finding]:
    if "notification" not in {table.name for table in await queries.tenant_tables(db)}:
        return
    if not await queries.may_become(db, "doorstep_worker"):
        return
    async with db.transaction():
        await enter_worker(db)
        states = await queue.state(db)
    held = {one.task: one for one in states if one.held_count}
    waiting = sum(one.waiting_count for one in states)
    oldest = min((one.waiting_since for one in states if one.waiting_since), default=None)
    late = oldest is not None and dt.datetime.now(dt.UTC) - oldest > JOBS_WAIT
    if held:
        told = ", ".join(
            f"{one.held_count} {task} ({one.held_error})" for task, one in held.items()
        )
        remedy = "The log says when they failed; they are kept to be looked at."
        yield Finding(Mark.NOTE, "jobs", f"Held after failing too often: {told}", remedy)
    elif late:
        remedy = "Run `doorstep serve` or `doorstep worker`; see DOORSTEP_WORK_IN_SERVER."
        yield Finding(Mark.NOTE, "jobs", f"{waiting} wait, the oldest since {oldest}", remedy)
    else:
        yield Finding(Mark.FINE, "jobs", f"{waiting} wait, none held")


async def _version(db: Any) -> Finding:
    version = await queries.server_version(db)
    name = f"PostgreSQL {version // 10_000}.{version % 10_000} answers"
    if version // 10_000 < database.OLDEST_VERSION:
        remedy = f"Doorstep needs PostgreSQL {database.OLDEST_VERSION} or later."
        return Finding(Mark.BAD, "database", name, remedy)
    return Finding(Mark.FINE, "database", name)


async def _clock(db: Any) -> Finding:
    before = dt.datetime.now(dt.UTC)
    theirs = await queries.server_now(db)
    after = dt.datetime.now(dt.UTC)
    off_s = abs((theirs - (before + (after - before) / 2)).total_seconds())
    detail = f"Database and program differ by {off_s:.1f} s"
    if off_s < CLOCK_OFF_S:
        return Finding(Mark.FINE, "clock", detail)
    mark = Mark.BAD if off_s > CLOCK_WRONG_S else Mark.NOTE
    return Finding(mark, "clock", detail, "Let both machines set their clocks by NTP.")


async def _roles(db: Any) -> AsyncGenerator[Finding]:
    login = await queries.login_role(db)
    if login.superuser or login.bypasses:
        yield Finding(
            Mark.NOTE,
            "login",
            f"{login.name} may do anything in this database",
            "Give requests a login of their own, see docs/settings.md.",
        )
    roles = await queries.request_roles(db)
    for role in roles:
        if role.superuser or role.bypasses:
            yield Finding(
                Mark.BAD,
                "roles",
                f"{role.name} is not held to row-level security",
                f"alter role {role.name} nosuperuser nobypassrls;",
            )
        elif not await queries.may_become(db, role.name):
            yield Finding(
                Mark.BAD,
                "roles",
                f"{login.name} may not become {role.name}",
                f"grant {role.name} to {login.name};",
            )
        else:
            yield Finding(Mark.FINE, "roles", f"{role.name} is held to row-level security")


async def _tenancy(db: Any) -> Finding:
    tables = await queries.tenant_tables(db)
    bare = [table.name for table in tables if not table.forced]
    if bare:
        remedy = "; ".join(f"alter table {name} force row level security" for name in bare)
        detail = f"Row-level security is not forced on {', '.join(bare)}"
        return Finding(Mark.BAD, "tenancy", detail, remedy)
    if not tables:
        return Finding(Mark.NOTE, "tenancy", "There are no tables yet", "doorstep migrate")
    detail = f"Row-level security is forced on all {len(tables)} tables of organizations"
    return Finding(Mark.FINE, "tenancy", detail)


async def _audit(db: Any) -> AsyncGenerator[Finding]:
    if "audit_entry" not in {table.name for table in await queries.tenant_tables(db)}:
        return
    async with db.transaction():
        await enter_signin(db)
        slugs = await queries.organization_slugs(db)
    broken: list[str] = []
    for slug in slugs:
        async with db.transaction():
            await enter_signin(db)
            organization_id = await organization_id_by_slug(db, slug)
            if organization_id is None:
                continue
            await enter_organization(db, organization_id)
            place = await verify(db, organization_id)
        if place is not None:
            broken.append(f"{slug} (entry {place})")
    if broken:
        detail = f"Altered since it was written: {', '.join(broken)}"
        remedy = "Compare with a backup: somebody changed the database by hand."
        yield Finding(Mark.BAD, "audit log", detail, remedy)
    else:
        detail = f"Whole, for all {len(slugs)} organizations"
        yield Finding(Mark.FINE, "audit log", detail)
