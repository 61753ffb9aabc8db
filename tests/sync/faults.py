"""What goes wrong in the field, done to a real server and its database; run by `make faults`.

Each fault ends with the same question: is everything that the server acknowledged there, once?
"""

import asyncio
import contextlib
import datetime as dt
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
import structlog
from makers import Field, World, make_field, make_tenant
from phone import Held

from doorstep.app import create_app
from doorstep.commands.demo_server import free_port
from doorstep.kit import embedded
from doorstep.kit.auth import Role
from doorstep.kit.db import open_pool
from doorstep.kit.ids import new_id
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings
from doorstep.sync.cursors import read_cursor

READY_WITHIN_S = 60.0
SETTLED_WITHIN_S = 60.0
# Long: a machine with much else to do is no fault of ours.
PATIENCE_S = 120.0
COMMAND = [sys.executable, "-c", "from doorstep.cli import main; main()", "serve"]


class Server:
    """`doorstep serve` in a process of its own, with the embedded database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{port}"
        self.settings = Settings(data_dir=folder, port=port, public_url=self.url)
        self.keyring = Keyring(self.settings.keys_dir, self.url)
        self.more_settings: dict[str, str] = {}

    async def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DOORSTEP_")} | {
            "DOORSTEP_DATA_DIR": str(self.folder),
            "DOORSTEP_PORT": str(self.settings.port),
            "DOORSTEP_PUBLIC_URL": self.url,
            "DOORSTEP_LOG_LEVEL": "warning",
            **self.more_settings,
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603, ASYNC220 -- the command is ours
                COMMAND, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + READY_WITHIN_S
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            while time.monotonic() < end:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/health/ready")).is_success:
                        return
                assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
                await asyncio.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text()[-2000:])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(40)

    def database_url(self, user: str = "postgres") -> str:
        """The database's address; the server that runs goes on holding it."""
        held = embedded.start(self.settings.postgres_dir)
        try:
            return held.url(user=user)
        finally:
            embedded.stop(held)

    def postmaster(self) -> psutil.Process:
        pid_file = self.settings.postgres_dir / "cluster" / "postmaster.pid"
        return psutil.Process(int(pid_file.read_text().splitlines()[0]))

    async def query(self, sql: str, *args: object):
        connection = await self._connect()
        try:
            return await connection.fetch(sql, *args)
        finally:
            await connection.close()

    async def _connect(self):
        """A connection, as soon as a database that lost a process has recovered."""
        async with asyncio.timeout(30):
            while True:
                try:
                    return await asyncpg.connect(self.database_url())
                except asyncpg.CannotConnectNowError:
                    await asyncio.sleep(0.1)


@dataclass
class Ground:
    """An organization of its own on the server, with a phone that keeps sending."""

    server: Server
    field: Field
    client: httpx.AsyncClient
    outcomes: dict = field(default_factory=dict)
    tries: int = 0

    def knock(self, door=0, result="not_home", minute=0, **more):
        at = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
        return {
            "id": str(new_id()), "kind": "attempt", "turf_id": self.field.turf_id,
            "door_id": str(self.field.street.door_ids[door % len(self.field.street.door_ids)]),
            "result": result, "occurred_at": at.isoformat(), **more,
        }  # fmt: skip

    def knocks(self, count, **more):
        return [self.knock(n, minute=n // 50, **more) for n in range(count)]

    def body(self, events, sent_at=None):
        at = sent_at or dt.datetime.now(dt.UTC)
        return json.dumps({"sent_at": at.isoformat(), "events": events}).encode()

    async def try_once(self, body, client=None):
        """An answer, or None where the phone cannot know."""
        self.tries += 1
        with contextlib.suppress(httpx.TransportError):
            got = await (client or self.client).post("/sync/events", content=body)
            if got.status_code < 500:
                return got
            assert got.headers["content-type"] == "application/problem+json", got.text
        return None

    async def deliver(self, events, client=None, sent_at=None, body=None):
        """Send until there is an answer, as a phone does; what it said of each."""
        end = time.monotonic() + SETTLED_WITHIN_S
        while time.monotonic() < end:
            got = await self.try_once(body or self.body(events, sent_at), client)
            if got is not None:
                assert got.status_code == 200, got.text
                results = got.json()["results"]
                for event, result in zip(events, results, strict=True):
                    if isinstance(event, dict) and result["outcome"] != "malformed":
                        self.outcomes[event["id"]] = result["outcome"]
                return [result["outcome"] for result in results]
            await asyncio.sleep(0.05)
        message = "never settled"
        raise AssertionError(message)

    async def check(self):
        """How many that were acknowledged are lost, and how many count twice."""
        rows = await self.server.query(
            "select id::text, status from contact_event where organization_id = $1",
            self.field.tenant.id,
        )
        stored = {row["id"] for row in rows}
        counted = await self.server.query(
            """
            select coalesce(sum(s.attempts_count), 0) - (
                     select count(*)
                       from contact_event e
                      where e.organization_id = $1 and e.kind = 'attempt' and e.door_id is not null
                        and e.status = 'accepted'
                        and not exists (
                          select from contact_event v
                           where v.organization_id = $1 and v.target_id = e.id
                             and v.kind = 'void' and v.status = 'accepted')) as more
              from door_state s
             where s.organization_id = $1
            """,
            self.field.tenant.id,
        )
        lost = len(self.outcomes.keys() - stored)
        return lost, abs(int(counted[0]["more"])) + len(rows) - len(stored)

    async def raw(self, body, part=None, wait_s=0.0):
        """Send a request, or its beginning, and hang up without reading the answer."""
        address = urlsplit(self.server.url)
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        head = (
            f"POST /sync/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Authorization: {self.client.headers['authorization']}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body[:part])
        await writer.drain()
        await asyncio.sleep(wait_s)
        writer.transport.abort()


async def furnished(server: Server, houses=20) -> Ground:
    """An organization with a turf that a volunteer holds."""
    app = create_app(server.settings, server.database_url("doorstep_owner"))
    url = server.database_url("doorstep_owner")
    async with app.lifespan(), await open_pool(url, connections=2) as pool:
        world = World(app, pool, server.keyring)
        made = await make_field(await make_tenant(world), houses=houses)
        organizer = await made.tenant.organizer()
        coordinator = await made.tenant.coordinator()
    headers = dict(made.volunteer.headers)
    client = httpx.AsyncClient(
        base_url=server.url, headers=headers, trust_env=False, timeout=PATIENCE_S
    )
    for role, other in ((Role.ORGANIZER, organizer), (Role.COORDINATOR, coordinator)):
        made.tenant.clients[role] = httpx.AsyncClient(
            base_url=server.url, headers=dict(other.headers), trust_env=False, timeout=PATIENCE_S
        )
    return Ground(server, made, client)


# The faults -------------------------------------------------------------------------------------


async def kill_server_mid_batch(ground):
    for turn in range(4):
        batch = ground.knocks(1500)
        sending = asyncio.create_task(ground.try_once(ground.body(batch)))
        await asyncio.sleep(0.02 + 0.06 * turn)
        ground.server.kill()
        await sending
        await ground.server.start()
        await ground.deliver(batch)


async def kill_database_backend(ground):
    # More than is taken in before the second is killed.
    batches = [ground.knocks(20) for _ in range(200)]

    async def send():
        while batches:
            await ground.deliver(batches.pop())

    senders = asyncio.gather(*(send() for _ in range(4)))
    for _ in range(2):
        await asyncio.sleep(0.3)
        with contextlib.suppress(psutil.NoSuchProcess):
            backends = [
                child
                for child in ground.server.postmaster().children()
                if "doorstep" in " ".join(child.cmdline())
            ]
            if backends:
                backends[0].kill()
    await senders


async def restart_both(ground):
    batch = ground.knocks(500)
    await ground.deliver(batch[:250])
    postmaster = ground.server.postmaster()
    ground.server.kill()
    postmaster.kill()
    await ground.server.start()
    assert set(await ground.deliver(batch)) == {"accepted", "duplicate"}


async def drop_after_commit(ground):
    batch = ground.knocks(50)
    await ground.raw(ground.body(batch), wait_s=1.0)
    assert await ground.deliver(batch) == ["duplicate"] * 50


async def truncated_body(ground):
    batch = ground.knocks(50)
    body = ground.body(batch)
    await ground.raw(body, part=len(body) // 2, wait_s=0.2)
    cut = await ground.try_once(body[: len(body) // 2])
    assert cut.status_code == 400
    assert await ground.deliver(batch) == ["accepted"] * 50


async def replay_in_parallel(ground):
    batch = ground.knocks(200)
    copies = [random.Random(n).sample(batch, len(batch)) for n in range(5)]
    flat = [o for one in await asyncio.gather(*map(ground.deliver, copies)) for o in one]
    assert flat.count("accepted") == 200


async def late_replay_after_undo(ground):
    knock = ground.knock(result="canvassed")
    undo = {"id": str(new_id()), "kind": "void", "target_id": knock["id"]}
    undo["occurred_at"] = knock["occurred_at"]
    await ground.deliver([knock])
    await ground.deliver([undo])
    assert await ground.deliver([knock]) == ["duplicate"]
    phone = Held(ground.client)
    await phone.pull()
    assert phone.rows["doors"][knock["door_id"]]["status"] == "open"


async def reorder(ground):
    knocks = ground.knocks(60)
    undos = [
        {"id": str(new_id()), "kind": "void", "target_id": knock["id"],
         "occurred_at": knock["occurred_at"]}
        for knock in knocks[::3]
    ]  # fmt: skip
    mixed = random.Random(4).sample([*knocks, *undos], 80)
    parts = [mixed[n : n + 8] for n in range(0, 80, 8)]
    await asyncio.gather(*map(ground.deliver, parts))
    assert set(ground.outcomes.values()) == {"accepted"}


async def two_phones_one_door(ground):
    organizer = await ground.field.tenant.organizer()
    mine = [[ground.knock(0, minute=n)] for n in range(25)]
    theirs = [[ground.knock(0, minute=n)] for n in range(25)]
    await asyncio.gather(
        *(ground.deliver(one) for one in mine), *(ground.deliver(one, organizer) for one in theirs)
    )
    phone = Held(ground.client)
    await phone.pull()
    assert phone.rows["doors"][mine[0][0]["door_id"]]["attempts_count"] == 50


async def clock_off_by_a_day(ground):
    for days in (-1, 1):
        now = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        batch = [ground.knock(n, occurred_at=now.isoformat()) for n in range(20)]
        assert await ground.deliver(batch, sent_at=now) == ["accepted"] * 20
    rows = await ground.server.query(
        "select occurred_at from contact_event where organization_id = $1", ground.field.tenant.id
    )
    now = dt.datetime.now(dt.UTC)
    assert all(abs(now - row["occurred_at"]) < dt.timedelta(minutes=1) for row in rows)


async def volunteer_revoked(ground):
    batch, phone = ground.knocks(20), Held(ground.client)
    await phone.pull()
    device = (await ground.client.get("/me")).json()["device_id"]
    coordinator = await ground.field.tenant.coordinator()
    gone = await coordinator.delete(f"/members/{ground.field.volunteer_id}/devices/{device}")
    assert gone.is_success, gone.text
    assert await ground.deliver(batch) == ["accepted"] * 20
    await phone.pull()
    assert not any(phone.rows.values())


async def recut_with_unsent_work(ground):
    batch, phone = ground.knocks(20), Held(ground.client)
    await phone.pull()
    organizer = await ground.field.tenant.organizer()
    archived = await organizer.post(f"/turfs/{ground.field.turf_id}/archiving")
    assert archived.is_success
    assert await ground.deliver(batch) == ["needs_review"] * 20
    await phone.pull()
    assert not phone.rows["doors"]
    assert not phone.rows["people"]


async def token_expired_mid_sync(ground):
    batch = ground.knocks(20)
    me = (await ground.client.get("/me")).json()
    old = ground.server.keyring.sign(
        me["member"]["id"], me["device_id"], dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    )
    got = await ground.client.post(
        "/sync/events",
        content=ground.body(batch),
        headers={"authorization": f"Bearer {old}"},
    )
    assert got.status_code == 401
    assert await ground.deliver(batch) == ["accepted"] * 20


async def disk_full(ground):
    """As PostgreSQL tells of it: every insert fails with 53100."""
    await ground.server.query(
        """
        create function no_space() returns trigger language plpgsql as
        $$ begin raise exception 'no space left on device' using errcode = '53100'; end $$
        """
    )
    await ground.server.query(
        "create trigger no_space before insert on contact_event execute function no_space()"
    )
    batch = ground.knocks(20)
    got = await ground.client.post("/sync/events", content=ground.body(batch))
    assert (got.status_code, got.headers["retry-after"]) == (503, "5")
    await ground.server.query("drop function no_space() cascade")
    assert await ground.deliver(batch) == ["accepted"] * 20


async def ten_thousand_items(ground):
    batch = ground.knocks(10_000)
    over = await ground.try_once(ground.body([*batch, ground.knock()]))
    assert over.status_code == 400
    copies = await asyncio.gather(*(ground.deliver(batch) for _ in range(2)))
    assert sum(one.count("accepted") for one in copies) == 10_000


async def one_percent_malformed(ground):
    batch = ground.knocks(1000)
    for n in range(0, 1000, 100):
        batch[n] = random.Random(n).choice(["text", 5, None, {}, {"id": "x"}])
    told = await ground.deliver(batch)
    assert (told.count("malformed"), told.count("accepted")) == (10, 990)


async def strange_texts(ground):
    whole = []
    for strange in (b"\\ud83d", b"\\u0000", b"\xff\xfe", "\U0001f600".encode(), b"\\ude00"):
        note = ground.knock() | {"kind": "note", "text": "MARK"}
        del note["result"]
        whole.append(note)
        body = ground.body([note, ground.knock(1)]).replace(b"MARK", strange)
        got = await ground.try_once(body)
        assert [one["outcome"] for one in got.json()["results"]] == ["accepted"] * 2
        ground.outcomes[note["id"]] = "accepted"


async def large_note(ground):
    note = ground.knock() | {"kind": "note", "text": "x" * 2**20}
    del note["result"]
    assert await ground.deliver([ground.knock(), note, ground.knock(1)]) == [
        "accepted", "needs_review", "accepted",
    ]  # fmt: skip


async def deep_nesting(ground):
    events = [ground.knock(), ground.knock() | {"text": "MARK"}, ground.knock(1)]
    body = ground.body(events).replace(b'"MARK"', b"[" * 3000 + b"]" * 3000)
    told = await ground.deliver(events, body=body)
    assert told == ["accepted", "needs_review", "accepted"]


async def injected_strings(ground):
    texts = ["'; drop table contact_event; --", "$(rm -rf /)", "{{7*7}}", "\\x00", "%s%n"]
    notes = [ground.knock() | {"kind": "note", "text": text} for text in texts]
    for note in notes:
        del note["result"]
    assert await ground.deliver(notes) == ["accepted"] * len(texts)
    rows = await ground.server.query(
        "select payload ->> 'text' as text from contact_event where organization_id = $1",
        ground.field.tenant.id,
    )
    assert {row["text"] for row in rows} == set(texts)


MORE_DOORS = """
with made as materialized (select n, gen_random_uuid() as id from generate_series(1, 10000) n),
b as (insert into building (organization_id, id) select $1, id from made),
a as (insert into address (organization_id, id, building_id, external_id, street, house_number,
        lon, lat)
      select $1, id, id, 'many/' || n, 'Long Street', n::text, 24.9, 60.2 from made),
d as (insert into door (organization_id, id, address_id) select $1, id, id from made),
h as (insert into household (organization_id, id, door_id) select $1, id, id from made),
p as (insert into person (organization_id, id, household_id, given_name)
      select $1, id, id, 'P' || n from made),
t as (insert into turf (organization_id, id, pass_id, name, status, polygon, walk_m)
      select $1, gen_random_uuid(), pass_id, 'Many ' || k, 'published', polygon, 1
        from turf, generate_series(0, 9) k where organization_id = $1
      returning id, name, pass_id),
s as (insert into assignment (organization_id, id, turf_id, member_id, assigned_by, expires_at)
      select $1, gen_random_uuid(), id, $2, $2, now() + interval '1 hour' from t)
insert into turf_door (organization_id, turf_id, door_id, pass_id, position)
select $1, t.id, made.id, t.pass_id, n from made join t on t.name = 'Many ' || n % 10
"""


async def ten_thousand_doors(ground):
    await ground.server.query(MORE_DOORS, ground.field.tenant.id, ground.field.volunteer_id)
    for limit in (2000, 500):
        phone = Held(ground.client)
        await phone.pull(limit)
        assert len(phone.rows["doors"]) == 10_020
        assert len(phone.rows["people"]) == 10_020


async def restore_from_backup(ground):
    """As it looks to a phone: another database, whose numbers are behind."""
    phone = Held(ground.client)
    await ground.deliver(ground.knocks(20))
    await phone.pull()
    await ground.server.query(
        """
        update change_counter set origin = origin + 1, seq = greatest(seq - 1, 0)
         where organization_id = $1
        """,
        ground.field.tenant.id,
    )
    batch = ground.knocks(20)
    assert await ground.deliver(batch) == ["accepted"] * 20
    told = await phone.page()
    assert told["replacement"]
    assert read_cursor(told["next"]).epoch == 2
    assert {row["attempts_count"] for row in phone.rows["doors"].values()} == {2}


async def old_schema_version(ground):
    got = await ground.client.get(
        "/sync/watermelon",
        params={"last_pulled_at": "null", "schema_version": "0", "migration": "null"},
    )
    assert len(got.json()["changes"]["doors"]["updated"]) == 20
    from_the_future = ground.knock() | {"mood": "merry"}
    told = await ground.deliver([from_the_future, ground.knock(1)])
    assert told == ["needs_review", "accepted"]


async def slow_reader(ground):
    await ground.server.query(MORE_DOORS, ground.field.tenant.id, ground.field.volunteer_id)
    address = urlsplit(ground.server.url)
    writers = []
    for _ in range(16):
        # More than the server has connections to its database.
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1024)
        writers.append(writer)
        writer.write(
            f"GET /sync/watermelon HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: {ground.client.headers['authorization']}\r\n\r\n".encode()
        )
        await reader.read(100)
    try:
        begun = time.monotonic()
        assert await ground.deliver(ground.knocks(20)) == ["accepted"] * 20
        spent = time.monotonic() - begun
        assert spent < 5, spent
    finally:
        for writer in writers:
            writer.transport.abort()


FAST = (
    drop_after_commit, truncated_body, replay_in_parallel, late_replay_after_undo, reorder,
    two_phones_one_door, clock_off_by_a_day, volunteer_revoked, recut_with_unsent_work,
    token_expired_mid_sync, disk_full, one_percent_malformed, strange_texts, large_note,
    deep_nesting, injected_strings, old_schema_version, restore_from_backup,
)  # fmt: skip
SLOW = (
    kill_server_mid_batch, kill_database_backend, restart_both, ten_thousand_items,
    ten_thousand_doors, slow_reader,
)  # fmt: skip
FAULTS = (*FAST, *SLOW)


async def suffer(server: Server, fault) -> tuple[int, int]:
    """Do a fault to an organization of its own: how many were lost, and counted twice."""
    ground = await furnished(server)
    try:
        await fault(ground)
        return await ground.check()
    finally:
        for client in (ground.client, *ground.field.tenant.clients.values()):
            await client.aclose()


async def main(wanted: list[str]) -> int:
    """Every fault, and as the last line what became of it all."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    survived = lost = doubled = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        await server.start()
        try:
            for fault in [one for one in FAULTS if one.__name__ in (wanted or one.__name__)]:
                begun, said = time.monotonic(), "survived"
                try:
                    gone, twice = await suffer(server, fault)
                    lost, doubled = lost + gone, doubled + twice
                    survived += gone == twice == 0
                except Exception as error:  # noqa: BLE001 -- told, and counted as not survived
                    at = traceback.extract_tb(error.__traceback__)[-1]
                    said = f"FAILED: {type(error).__name__} {error}"[:400] + f" at {at.lineno}"
                spent = f"{time.monotonic() - begun:6.1f} s"
                print(f"{fault.__name__:28} {spent}  {said}", flush=True)  # noqa: T201
        finally:
            server.stop()
    told = {"faults": len(FAULTS), "survived": survived, "lost": lost, "doubled": doubled}
    print(json.dumps(told))  # noqa: T201
    return 0 if survived == len(FAULTS) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
