"""What every benchmark shares: a real server on a real database, and the line it ends with."""

import asyncio
import contextlib
import json
import socket
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import asyncpg
import msgspec
import numpy as np

from doorstep.accounts import service as accounts
from doorstep.commands.demo_server import free_port, serving, wait_until_ready
from doorstep.kit import embedded
from doorstep.kit.auth import Caller, Role
from doorstep.kit.db import Connection, open_pool, organization_transaction, signin_transaction
from doorstep.kit.geometry import Polygon
from doorstep.kit.ids import new_id
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings
from doorstep.turf import service as turfs
from doorstep.turf.model import Assign, PassCreate, TurfCreate


@dataclass(frozen=True)
class Bench:
    """A running server with one turf that one volunteer holds."""

    host: str
    port: int
    owner_url: str
    """The login of a superuser, whom no row-level security slows."""
    organization_id: uuid.UUID
    member_id: uuid.UUID
    device_id: uuid.UUID
    turf_id: uuid.UUID
    pass_id: uuid.UUID
    door_ids: list[uuid.UUID]
    token: str

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A plain connection, as fast as asyncpg gets."""
        return await asyncpg.connect(self.owner_url)


# The same number names a building, its address, door, household and person.
_FILL = """
with made as materialized (
  select n, make_id() as id from generate_series(0, $2::integer - 1) n
),
built as (
  insert into building (organization_id, id) select $1, id from made
),
addressed as (
  insert into address
         (organization_id, id, building_id, external_id, street, house_number, city, lon, lat)
  select $1, id, id, 'bench/' || n, 'Bench Street', (n + 1)::text, 'Town', 24.9 + n * 0.0003, 60.2
    from made
),
opened as (
  insert into door (organization_id, id, address_id) select $1, id, id from made
),
housed as (
  insert into household (organization_id, id, door_id) select $1, id, id from made
)
insert into person (organization_id, id, household_id, external_id, given_name, family_name)
select $1, id, id, 'p' || n, 'Given' || n, 'Family' || n from made
"""


async def _furnish(url: str, keyring: Keyring, doors: int) -> dict[str, object]:
    async with await open_pool(url, connections=2) as pool:
        async with signin_transaction(pool) as db:
            organization_id = await accounts.create_organization(db, f"b{new_id().hex}", "Bench")
            campaign = await accounts.start_campaign(db, organization_id, "Bench")
            member = await accounts.add_member(
                db, organization_id, "Bench", [Role.ORGANIZER, Role.VOLUNTEER]
            )
            tokens = await accounts.new_device(
                db, keyring, organization_id, member.id, "Bench phone"
            )
        caller = Caller(
            organization_id=organization_id,
            member_id=member.id,
            device_id=tokens.device_id,
            roles=frozenset({Role.ORGANIZER}),
        )
        async with organization_transaction(pool, organization_id) as db:
            await db.execute(_FILL, organization_id, doors)
            turf, held = await _cut(db, caller, campaign.id, doors)
            order = await turfs.doors_in_turfs(db, organization_id, [turf])
    return {
        "organization_id": organization_id,
        "member_id": member.id,
        "device_id": tokens.device_id,
        "turf_id": turf,
        "pass_id": held,
        "door_ids": [row.door_id for row in order],
        "token": tokens.access_token,
    }


async def _cut(
    db: Connection, caller: Caller, campaign_id: uuid.UUID, doors: int
) -> tuple[uuid.UUID, uuid.UUID]:
    made = await turfs.create_pass(
        db, caller.organization_id, PassCreate(campaign_id=campaign_id, name="Bench")
    )
    east = 24.91 + doors * 0.0003
    box = [[24.8, 60.1], [east, 60.1], [east, 60.3], [24.8, 60.3], [24.8, 60.1]]
    turf = await turfs.create_turf(
        db, caller, TurfCreate(pass_id=made.id, name="Bench", polygon=Polygon(coordinates=[box]))
    )
    await turfs.publish(db, caller, turf.id)
    await turfs.assign(db, caller, turf.id, Assign(member_ids=[caller.member_id]))
    return turf.id, made.id


@contextlib.contextmanager
def running(*, doors: int = 50) -> Iterator[Bench]:
    """A server of its own for the length of a block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        port = free_port("127.0.0.1")
        settings = Settings(
            data_dir=Path(folder),
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            log_level="warning",
        )
        log = Path(folder) / "server.log"
        with embedded.running(settings.postgres_dir) as server, serving(settings, log) as process:
            wait_until_ready(process, settings, log)
            keyring = Keyring(settings.keys_dir, settings.public_url)
            made = asyncio.run(_furnish(server.url(), keyring, doors))
            yield msgspec.convert(
                {
                    "host": "127.0.0.1",
                    "port": port,
                    "owner_url": server.url(user="postgres"),
                    **made,
                },
                Bench,
            )


class Wire:
    """One kept-alive connection that sends prepared bytes: a client that costs next to nothing."""

    def __init__(self, bench: Bench) -> None:
        self._socket = socket.create_connection((bench.host, bench.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"Host: {bench.host}\r\nAuthorization: Bearer {bench.token}\r\n"

    def prepared(self, method: str, path: str, body: bytes = b"") -> bytes:
        """A request as bytes."""
        length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return f"{method} {path} HTTP/1.1\r\n{self._head}{length}\r\n".encode() + body

    def send(self, request: bytes) -> bytes:
        """The body of the answer, which must be a success."""
        self._socket.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._socket.recv(65536)
        head, _, body = got.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        assert lines[0].split()[1].startswith(b"2"), got[:500]
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        while len(body) < length:
            body += self._socket.recv(65536)
        return body


async def timed(deed: Callable[[], Awaitable[object]]) -> float:
    """Seconds that one deed took."""
    begun = perf_counter()
    await deed()
    return perf_counter() - begun


def report(name: str, value: float, goal: float | None, samples: dict[str, list[float]]) -> None:
    """Print what was measured, and as the last line the figure itself."""
    for label, seconds in samples.items():
        low, high = np.percentile(seconds, [5, 95]) * 1e6
        print(f"{label:36} p50 {median(seconds) * 1e6:8.0f} µs   (5-95 %: {low:.0f}-{high:.0f})")
    holds = None if goal is None else value <= goal
    print(json.dumps({"name": name, "value": round(value, 3), "goal": goal, "holds": holds}))
    sys.exit(0 if holds in (None, True) else 1)
