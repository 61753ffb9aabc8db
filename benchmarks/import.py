"""A million rows of a voter file into the database, against raw COPY of what they become.

The file has sixteen columns: a person each, with address, unit, place, contacts and three kept
columns. Ours reads, normalises, matches and merges it in a process of its own, through row-level
security. The raw limit is asyncpg's ``copy_records_to_table`` of the very buildings, addresses,
doors, households and people that come of it, made beforehand, into the same tables with the same
keys, by a superuser whom no policy slows. For comparison, the same rows as texts into one table
without any key, which nobody could work with.

Goals: at least half the speed of the raw limit, at most 1 GB, and the same file again at least as
fast with nothing changed. A smaller file may be asked for: ``make bench NAME=import ARGS=100000``.
"""

import asyncio
import csv
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import asyncpg

from doorstep.accounts import service as accounts
from doorstep.imports import service
from doorstep.kit import embedded, migrations
from doorstep.kit.db import open_pool, organization_transaction, signin_transaction
from doorstep.kit.resources import MIGRATIONS

ROWS = 1_000_000
GOAL_SPEED, GOAL_GB = 0.5, 1.0
HEADER = (
    "voter_id", "first_name", "last_name", "birth_year", "house_number", "street", "unit", "city",
    "zip", "longitude", "latitude", "phone", "email", "party", "score", "precinct",
)  # fmt: skip
TABLES = ("building", "address", "door", "household", "person")
BATCH = 100_000


def row(n: int) -> tuple[object, ...]:
    """Three people to an address, two of them in one flat and one household."""
    house = n // 3
    return (
        f"V{n:08d}", f"Given{n * 7 % 4001}", f"Family{n // 2 * 13 % 30011}", 1940 + n * 17 % 65,
        house % 60 * 2 + 1, f"{house // 60}th Street", f"Apt {n % 3 // 2 + 1}", "Benchtown",
        f"{10000 + house // 6000:05d}", f"{-71.2 + house // 60 % 300 * 1e-3:.6f}",
        f"{42.2 + house // 18000 * 1e-2 + house % 60 * 1e-4:.6f}", f"(617) 555-{n % 10000:04d}",
        f"p{n}@example.org", "DRU"[n % 3], n * 31 % 100, f"{house // 600}",
    )  # fmt: skip


def write_file(path: Path, rows: int) -> None:
    """The file, as a spreadsheet program writes it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        out.writerows(map(row, range(rows)))


async def bring(url: str, organization: str, path: str) -> None:
    """One import; prints its seconds, counts and the most memory this process held."""
    async with await open_pool(url, connections=1) as pool:
        begun = perf_counter()
        async with organization_transaction(pool, organization) as db:
            source = service.Source(Path(path), "voters.csv")
            run = await service.import_table(db, organization, source, bytes(32))
        took_s = perf_counter() - begun
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    counts = [run.added_count, run.changed_count, run.unchanged_count, run.rejected_count]
    print(json.dumps({"took_s": took_s, "peak_gb": peak_gb, "counts": counts}))


def ours(url: str, organization: str, path: Path) -> dict[str, object]:
    """What one import took, in a process of its own."""
    command = [sys.executable, __file__, "bring", url, organization, str(path)]
    done = subprocess.run(  # noqa: S603 -- this very file
        command, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


async def raw(owner_url: str, bare_url: str, path: Path) -> tuple[float, float]:
    """Seconds of COPY of what the import made, and of the file's rows as texts."""
    source, target = await asyncpg.connect(owner_url), await asyncpg.connect(bare_url)
    try:
        took_s = 0.0
        await target.copy_records_to_table(
            "organization",
            records=await source.fetch("select id, slug, name from organization"),
            columns=["id", "slug", "name"],
        )
        for table in TABLES:
            columns = await source.fetch(
                """
                select attname from pg_attribute
                 where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
                   and attgenerated = ''
                """,
                table,
            )
            names = [one["attname"] for one in columns]
            records = [tuple(one) for one in await source.fetch(f"select * from {table}")]  # noqa: S608
            begun = perf_counter()
            await target.copy_records_to_table(table, records=records, columns=names)
            took_s += perf_counter() - begun
            del records
        columns = ", ".join(f"{name} text" for name in HEADER)
        await target.execute(f"create table flat ({columns})")
        with path.open(encoding="utf-8", newline="") as file:
            lines = [tuple(one) for one in csv.reader(file)][1:]
        begun = perf_counter()
        await target.copy_records_to_table("flat", records=lines)
        return took_s, perf_counter() - begun
    finally:
        await source.close()
        await target.close()


async def furnish(url: str) -> str:
    """An empty organization."""
    async with await open_pool(url, connections=1) as pool, signin_transaction(pool) as db:
        return str(await accounts.create_organization(db, "bench", "Bench"))


def measure(rows: int) -> bool:
    """First import, the same again, and the raw limit, on one server."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "voters.csv"
        write_file(path, rows)
        with embedded.running(Path(folder) / "postgres") as server:
            migrations.migrate(server.url(), MIGRATIONS)
            organization = asyncio.run(furnish(server.url()))
            first = ours(server.url(), organization, path)
            again = ours(server.url(), organization, path)
            asyncio.run(_second_database(server.url("postgres", "postgres")))
            bare = server.url("bare")
            migrations.migrate(bare, MIGRATIONS)
            raw_s, flat_s = asyncio.run(
                raw(server.url(user="postgres"), server.url("bare", "postgres"), path)
            )
    _tell(rows, first, again, raw_s, flat_s)
    speed = raw_s / first["took_s"]
    holds = (
        speed >= GOAL_SPEED
        and again["took_s"] <= first["took_s"]
        and first["peak_gb"] <= GOAL_GB
        and first["counts"] == [rows, 0, 0, 0]
        and again["counts"] == [0, 0, rows, 0]
    )
    figure = {"name": "import", "value": round(speed, 3), "goal": GOAL_SPEED, "holds": holds}
    print(json.dumps(figure))
    return holds


def _tell(
    rows: int, first: dict[str, object], again: dict[str, object], raw_s: float, flat_s: float
) -> None:
    for label, took_s in (
        ("ours, into an empty organization", first["took_s"]),
        ("ours, the same file again", again["took_s"]),
        ("raw COPY into the same five tables", raw_s),
        ("raw COPY into one table without keys", flat_s),
    ):
        print(f"{label:38} {took_s:7.1f} s  {rows / took_s:10,.0f} rows/s")
    print(f"{'most memory of the importing process':38} {first['peak_gb']:7.2f} GB")
    print(f"{'added, changed, unchanged, rejected':38} {first['counts']}, then {again['counts']}")


async def _second_database(url: str) -> None:
    db = await asyncpg.connect(url)
    await db.execute("create database bare owner doorstep_owner")
    await db.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["bring"]:
        asyncio.run(bring(*sys.argv[2:]))
    else:
        sys.exit(0 if measure(int((sys.argv[1:] or [ROWS])[0])) else 1)
