"""Ten thousand devices, and what goes wrong on the way to them; run by `make push-faults`.

A real worker, a real database, Google's own library, and a stand-in for Firebase. Each run asks:
does every delivery come to an end, does nobody get two ids for one fact, how many copies are there?
"""

import asyncio
import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import structlog
import uvloop
from canaries import found_in
from stand_in import FAKE, FakeFcm, free_port

from doorstep.accounts import service as accounts
from doorstep.app import work
from doorstep.kit import embedded, migrations, queue
from doorstep.kit.db import open_pool, organization_transaction, signin_transaction
from doorstep.kit.ids import new_id
from doorstep.kit.resources import MIGRATIONS
from doorstep.kit.tokens import Keyring
from doorstep.notify import settling
from doorstep.notify.model import Kind, Notice
from doorstep.notify.service import notify
from doorstep.notify.working import working
from doorstep.settings import Settings

DEVICES = int(os.environ.get("DEVICES", "10000"))
ENDED_WITHIN_S = 400
# Shorter waits than in earnest, so that retries come to an end here.
BACKOFF_S = 1.0
TICK_S = 0.005
PAUSE_GOAL_S = 0.05
# Every so many devices, one that Firebase answers so.
ODD = {
    "unregistered": 100, "sender": 500, "invalid": 400, "quotaonce": 900, "cutonce": 700,
    "nothing": 1300, "htmlonce": 600, "emptyonce": 2500, "empty": 5000, "unavailableonce": 2000,
}  # fmt: skip
WORKER = (
    "from firebase_admin import messaging; from doorstep.notify import settling;"
    "messaging._MessagingService.FCM_URL = {url!r} + '/v1/projects/{{0}}/messages:send';"
    "settling.BACKOFF_S = {backoff_s};"
    "from doorstep.cli import main; main()"
)


def registration(number):
    for how, every in ODD.items():
        if number % every == every // 2:
            return f"{how}-{number}"
    return f"ok-{number}"


@dataclass
class Scene:
    """A database with ten thousand devices, and the stand-in."""

    server: embedded.EmbeddedServer
    settings: Settings
    fcm: FakeFcm
    organization_id: object = None
    members: list = None

    async def fill(self):
        migrations.migrate(self.server.url(), MIGRATIONS)
        async with await open_pool(self.server.url(), connections=4) as pool:
            async with signin_transaction(pool) as db:
                slug = f"push-{new_id().hex[-8:]}"
                self.organization_id = await accounts.create_organization(db, slug, "Push")
            self.members = [new_id() for _ in range(DEVICES)]
            async with organization_transaction(pool, self.organization_id) as db:
                await self._insert(db)

    async def _insert(self, db):
        devices = [new_id() for _ in self.members]
        numbers = range(len(self.members))
        await db.execute(
            """
            insert into member (organization_id, id, name, email, roles)
            select $1, id, 'Canaria Feathers ' || n, 'canary' || n || '@example.org', '{volunteer}'
              from unnest($2::uuid[], $3::int[]) as m (id, n)
            """,
            self.organization_id, self.members, numbers,
        )  # fmt: skip
        await db.execute(
            """
            insert into notification_setting (organization_id, member_id, quiet_from, quiet_until)
            select $1, unnest($2::uuid[]), '00:00', '00:00'
            """,
            self.organization_id, self.members,
        )  # fmt: skip
        await db.execute(
            """
            insert into device (organization_id, id, member_id, name, expires_at)
            select $1, id, member_id, 'Phone', now() + interval '30 days'
              from unnest($2::uuid[], $3::uuid[]) as d (id, member_id)
            """,
            self.organization_id, devices, self.members,
        )  # fmt: skip
        await db.execute(
            """
            insert into device_push (organization_id, device_id, kind, platform, registration)
            select $1, id, 'token', 'android', r
              from unnest($2::uuid[], $3::text[]) as d (id, r)
            """,
            self.organization_id, devices, [registration(n) for n in numbers],
        )  # fmt: skip

    async def tell_all(self, pool):
        about = new_id()
        async with organization_transaction(pool, self.organization_id) as db:
            return await notify(
                db,
                self.organization_id,
                [
                    Notice(kind=Kind.SHIFT_MOVED, member_id=one, about=about, key=f"moved:{about}")
                    for one in self.members
                ],
            )

    async def states(self, pool):
        async with organization_transaction(pool, self.organization_id) as db:
            rows = await db.fetch(
                """
                select state, state = 'queued' or retry_at is not null as open, count(*) as many
                  from delivery group by 1, 2
                """
            )
            waiting = await db.fetchval(
                "select count(*) from notification where planned_at is null"
            )
            jobs = sum(one.waiting_count + one.running_count for one in await queue.state(db))
        done = Counter()
        for row in rows:
            done[row["state"]] += row["many"]
        return done, jobs + waiting + sum(row["many"] for row in rows if row["open"])

    async def until_ended(self, pool, disturb=None):
        deadline = time.monotonic() + ENDED_WITHIN_S
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, Exception):
                done, left = await self.states(pool)
                if disturb and done["sent"] > DEVICES // 4:
                    await disturb()
                    disturb = None
                if not left and sum(done.values()) >= DEVICES:
                    return done
            await asyncio.sleep(0.5)
        message = f"Not ended after {ENDED_WITHIN_S} s: {done}, {left} left"
        raise TimeoutError(message)

    def judge(self, done):
        """Copies, and devices that were given two ids for one fact."""
        received = self.fcm.received()["messages"]
        nids = defaultdict(Counter)
        for one in received:
            nids[one["message"]["token"]][one["message"]["data"]["nid"]] += 1
        copies = Counter(sum(counted.values()) for counted in nids.values())
        # What Firebase itself answered so that it must be tried again is no copy of ours.
        ok = {to: counted for to, counted in nids.items() if to.startswith("ok")}
        return {
            "devices": DEVICES,
            "final": dict(done),
            "never_sent": DEVICES - len(nids),
            "two_ids_for_one_fact": sum(len(counted) > 1 for counted in nids.values()),
            "duplicates_to_good_devices": sum(sum(c.values()) - 1 for c in ok.values()),
            "copies": dict(sorted(copies.items())),
            "names_in_what_was_sent": bool(found_in(json.dumps(received))),
            "connections": self.fcm.received()["connections"],
        }

    def worker(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DOORSTEP_")} | {
            "DOORSTEP_DATA_DIR": str(self.settings.data_dir),
            "DOORSTEP_DATABASE_URL": self.server.url(),
            "DOORSTEP_PUSH_CREDENTIALS": str(self.fcm.account),
            "DOORSTEP_LOG_LEVEL": "warning",
        }
        code = WORKER.format(url=self.fcm.url, backoff_s=BACKOFF_S)
        with (self.settings.data_dir / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 -- our own program
                [sys.executable, "-c", code, "worker"], env=environment, stdout=log, stderr=log
            )


@dataclass
class Watch:
    """How long others wait for their turn on the loop that runs.

    On the wall also because other programs run; so it is told besides what the loop's own thread
    computed from one tick to the next, and the longest look for garbage, whichever thread's: for
    as long, no thread runs.
    """

    pauses_s: list = field(default_factory=list)
    computed_s: list = field(default_factory=list)
    garbage_s: list = field(default_factory=list)
    _garbage_begun: float = 0.0

    async def run(self):
        gc.callbacks.append(self._note_garbage)
        while True:
            begun, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK_S)
            self.pauses_s.append(time.perf_counter() - begun - TICK_S)
            self.computed_s.append(time.thread_time() - cpu)

    def clear(self):
        for noted in (self.pauses_s, self.computed_s, self.garbage_s):
            noted.clear()

    def _note_garbage(self, phase, _):
        if phase == "start":
            self._garbage_begun = time.thread_time()
        else:
            self.garbage_s.append(time.thread_time() - self._garbage_begun)

    def told(self):
        pauses_s = sorted(self.pauses_s)
        return {
            "longest_pause_ms": _ms(pauses_s[-1]),
            "pause_p99_ms": _ms(pauses_s[int(len(pauses_s) * 0.99)]),
            "pauses_over_50_ms": sum(one > PAUSE_GOAL_S for one in pauses_s),
            "longest_computed_ms": _ms(max(self.computed_s)),
            "longest_garbage_ms": _ms(max(self.garbage_s, default=0)),
        }


def _ms(seconds):
    return round(seconds * 1e3, 1)


async def in_this_process(scene):
    """The worker beside a loop that is watched: what the server's own worker does to requests."""
    settling.BACKOFF_S = BACKOFF_S
    from firebase_admin import messaging  # noqa: PLC0415

    url = scene.fcm.url + "/v1/projects/{0}/messages:send"
    messaging._MessagingService.FCM_URL = url
    watch = Watch()
    keyring = Keyring(scene.settings.keys_dir, "http://x")
    async with (
        await open_pool(scene.server.url(), connections=8) as pool,
        await open_pool(scene.server.url(), connections=2) as own,
    ):
        watching = asyncio.create_task(watch.run())
        async with working(pool, work(scene.settings, keyring)):
            # As `serve` does.
            gc.freeze()
            gc.set_threshold(20_000)
            watch.clear()
            await asyncio.sleep(5)
            idle = watch.told()
            watch.clear()
            begun, cpu = time.perf_counter(), time.process_time()
            await scene.tell_all(own)
            done = await scene.until_ended(own)
            seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
            watching.cancel()
    return scene.judge(done) | watch.told() | {
        "idle": idle, "seconds": round(seconds, 1), "cpu_s": round(cpu_s, 1),
    }  # fmt: skip


async def killed(scene):
    """The worker is killed outright in the middle, and another takes over."""
    worker = scene.worker()
    found = {}

    async def kill():
        nonlocal worker
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        found["killed_at"] = len(scene.fcm.received()["messages"])
        worker = scene.worker()

    async with await open_pool(scene.server.url(), connections=2) as pool:
        await scene.tell_all(pool)
        done = await scene.until_ended(pool, kill)
    worker.terminate()
    found["ended_with"] = worker.wait(60)
    return scene.judge(done) | found


async def database_restarted(scene):
    """The database is restarted in the middle, under a worker that goes on."""
    worker = scene.worker()
    found = {}

    async def restart():
        found["restarted_at"] = len(scene.fcm.received()["messages"])
        await asyncio.to_thread(_restart, scene)

    async with await open_pool(scene.server.url(), connections=2) as pool:
        await scene.tell_all(pool)
        done = await scene.until_ended(pool, restart)
    worker.terminate()
    found["ended_with"] = worker.wait(60)
    return scene.judge(done) | found


def _restart(scene):
    postmaster = embedded._postmaster(scene.server.data_dir / "cluster")
    embedded._shut_down(postmaster)
    scene.server = embedded.start(scene.server.data_dir, fsync=False)


RUNS = {"in_this_process": in_this_process, "killed": killed, "restarted": database_restarted}


@contextlib.contextmanager
def fake(folder):
    port = free_port()
    command = [sys.executable, str(FAKE), str(folder), str(port)]
    # It tells of every connection that we cut.
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        fcm = FakeFcm(port, folder)
        for _ in range(200):
            with contextlib.suppress(OSError):
                fcm.call("/received")
                break
            time.sleep(0.05)
        fcm.control(delay_s=0.05)
        yield fcm
        process.terminate()


def main():
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("error"))
    results = {}
    for name in sys.argv[1:] or RUNS:
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            folder.chmod(0o711)
            with fake(folder) as fcm, embedded.running(folder / "pg", fsync=False) as server:
                os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = str(fcm.ca)
                settings = Settings(data_dir=folder, push_credentials=fcm.account, test_mode=True)
                scene = Scene(server, settings, fcm)

                async def play(scene=scene, name=name):
                    await scene.fill()
                    return await RUNS[name](scene)

                # The loop that `serve` has.
                results[name] = uvloop.run(play())
                print(name, json.dumps(results[name]), flush=True)  # noqa: T201
    print(json.dumps(results))  # noqa: T201
    sound = all(
        not one["two_ids_for_one_fact"] and not one["never_sent"]
        and not one["names_in_what_was_sent"]
        for one in results.values()
    )  # fmt: skip
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
