"""Sending through the worker, against the bare library; adding a job, against a bare insert.

Both senders give the same messages to the same stand-in for Firebase (`tests/notify/fake_fcm.py`)
in turns, and are told by the CPU they take: the time on the wall is the stand-in's. Ours reads
each delivery, looks whether it is still wanted, sends, and notes what became of it.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import structlog
from harness import timed

from doorstep.accounts import service as accounts
from doorstep.commands.demo_server import free_port
from doorstep.kit import embedded, migrations
from doorstep.kit.db import Pool, open_pool, organization_transaction, signin_transaction
from doorstep.kit.ids import new_id
from doorstep.kit.queue import Job, enqueue
from doorstep.kit.resources import MIGRATIONS
from doorstep.notify import planner
from doorstep.notify.channels.push import CHUNK, PushChannel
from doorstep.notify.model import Kind, Notice
from doorstep.notify.notices import RENDERERS
from doorstep.notify.planner import SEND
from doorstep.notify.sender import Sender
from doorstep.notify.service import notify

FAKE = Path(__file__).parents[1] / "tests" / "notify" / "fake_fcm.py"
DEVICES = 1000
ROUNDS = 5
JOBS = 400
GOALS = {"push": 0.7, "enqueue": 0.6}


@contextlib.contextmanager
def fake() -> Iterator[Path]:
    """The stand-in, where the library looks for Firebase; its folder of keys."""
    with tempfile.TemporaryDirectory() as text:
        folder, port = Path(text), free_port("127.0.0.1")
        command = [sys.executable, str(FAKE), text, str(port)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603
            while not (folder / "account.json").exists():
                time.sleep(0.05)
            time.sleep(1)
            os.environ["SSL_CERT_FILE"] = str(folder / "ca.pem")
            os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "ca.pem")
            from firebase_admin import messaging  # noqa: PLC0415

            url = f"https://127.0.0.1:{port}/v1/projects/{{0}}/messages:send"
            messaging._MessagingService.FCM_URL = url  # noqa: SLF001
            yield folder
            process.terminate()


async def bare(channel: PushChannel, registrations: list[str]) -> None:
    """The library alone, on the same connection: messages of the same size, in chunks."""
    from firebase_admin import messaging  # noqa: PLC0415

    firebase: Any = channel._firebase  # noqa: SLF001

    async def send() -> None:
        for at in range(0, len(registrations), CHUNK):
            messages = [
                messaging.Message(
                    data={"kind": "shift_moved", "nid": str(new_id()), "org": str(new_id())},
                    fid=one,
                    android=messaging.AndroidConfig(collapse_key="shift", priority="high"),
                    apns=messaging.APNSConfig(headers={"apns-priority": "5"}),
                )
                for one in registrations[at : at + CHUNK]
            ]
            batch = await messaging.send_each_async(messages, app=firebase._app)  # noqa: SLF001
            assert batch.success_count == len(messages)

    await channel._there(send())  # noqa: SLF001


async def furnish(pool: Pool) -> tuple[Any, list[Any]]:
    """An organization whose members have a phone each."""
    async with signin_transaction(pool) as db:
        organization_id = await accounts.create_organization(db, "push", "Push")
    members = [new_id() for _ in range(DEVICES)]
    devices = [new_id() for _ in members]
    async with organization_transaction(pool, organization_id) as db:
        await db.execute(
            """
            insert into member (organization_id, id, name, roles)
            select $1, unnest($2::uuid[]), 'Member', '{volunteer}'
            """,
            organization_id,
            members,
        )
        await db.execute(
            """
            insert into notification_setting (organization_id, member_id, quiet_from, quiet_until)
            select $1, unnest($2::uuid[]), '00:00', '00:00'
            """,
            organization_id,
            members,
        )
        await db.execute(
            """
            insert into device (organization_id, id, member_id, name, expires_at)
            select $1, id, of, 'Phone', now() + interval '1 day'
              from unnest($2::uuid[], $3::uuid[]) as d (id, of)
            """,
            organization_id,
            devices,
            members,
        )
        await db.execute(
            """
            insert into device_push (organization_id, device_id, kind, platform, registration)
            select $1, id, 'fid', 'android', 'ok-' || id from unnest($2::uuid[]) as d (id)
            """,
            organization_id,
            devices,
        )
    return organization_id, members


async def measure_push(pool: Pool, folder: Path) -> float:
    """Messages per second of CPU, ours against the library's; the median of the rounds."""
    organization_id, members = await furnish(pool)
    registrations = [f"ok-{number}" for number in range(DEVICES)]
    channel = PushChannel(folder / "account.json")
    sender, ratios = Sender([channel], RENDERERS), []
    await channel.open()
    await bare(channel, registrations[:CHUNK])
    for _ in range(ROUNDS):
        ids = await deliveries(pool, organization_id, members)
        begun = time.process_time()
        for at in range(0, len(ids), CHUNK):
            await sender.send(pool, organization_id, ids[at : at + CHUNK])
        ours = time.process_time() - begun
        begun = time.process_time()
        await bare(channel, registrations)
        theirs = time.process_time() - begun
        ratios.append(theirs / ours)
        print(
            f"ours {DEVICES / ours:6.0f} messages per CPU second, "
            f"send_each_async {DEVICES / theirs:6.0f}: {ratios[-1]:.2f}"
        )
    async with organization_transaction(pool, organization_id) as db:
        left = await db.fetchval("select count(*) from delivery where state <> 'sent'")
    assert left == 0
    await channel.close()
    return median(ratios)


async def deliveries(pool: Pool, organization_id: Any, members: list[Any]) -> list[Any]:
    """The ids of new deliveries, one for each member."""
    about = new_id()
    async with organization_transaction(pool, organization_id) as db:
        notices = [
            Notice(kind=Kind.SHIFT_MOVED, member_id=one, about=about, key=f"moved:{about}")
            for one in members
        ]
        await notify(db, organization_id, notices)
    await planner.plan(pool, organization_id, {"push"})
    async with organization_transaction(pool, organization_id) as db:
        rows = await db.fetch("select id from delivery where state = 'queued'")
    assert len(rows) == len(members)
    return [row["id"] for row in rows]


async def measure_enqueue(pool: Pool) -> float:
    """Transactions with a job per second, against ones with a row, in turns."""
    async with signin_transaction(pool) as db:
        organization_id = await accounts.create_organization(db, "queue", "Queue")

    async def add() -> None:
        async with organization_transaction(pool, organization_id) as db:
            await enqueue(db, Job(SEND, organization_id, [new_id()]))

    async def insert() -> None:
        async with organization_transaction(pool, organization_id) as db:
            await db.execute(
                """
                insert into notification_choice
                  (organization_id, member_id, kind, channel, wanted)
                values ($1, $2, $3, 'push', true)
                """,
                organization_id,
                member_id,
                str(new_id()),
            )

    member_id = new_id()
    async with organization_transaction(pool, organization_id) as db:
        await db.execute(
            "insert into member (organization_id, id, name, roles) values ($1, $2, 'A', '{}')",
            organization_id,
            member_id,
        )
    adding, inserting = [], []
    for _ in range(JOBS):
        adding.append(await timed(add))
        inserting.append(await timed(insert))
    print(f"a job {median(adding) * 1e6:.0f} µs, a row {median(inserting) * 1e6:.0f} µs")
    return median(inserting) / median(adding)


async def measure(url: str, folder: Path) -> dict[str, float]:
    """Both figures."""
    async with await open_pool(url, connections=4) as pool:
        return {"push": await measure_push(pool, folder), "enqueue": await measure_enqueue(pool)}


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data,
        fake() as keys,
        embedded.running(Path(data)) as server,
    ):
        migrations.migrate(server.url(), MIGRATIONS)
        values = asyncio.run(measure(server.url(), keys))
    holds = all(values[name] >= goal for name, goal in GOALS.items())
    rounded = {name: round(value, 3) for name, value in values.items()}
    print(json.dumps({"name": "push", "value": rounded, "goal": GOALS, "holds": holds}))
    sys.exit(0 if holds else 1)
