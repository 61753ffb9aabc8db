"""A primary dies with phones at work, its standby takes over, and nothing acknowledged is lost."""

import asyncio
import contextlib
import datetime as dt
import os
import shutil
import subprocess
import time
from urllib.parse import quote

import asyncpg
import faults
import psutil
import pytest
from phone import Held

from doorstep.kit import embedded

PROMOTED_WITHIN_S = 20
PHONES = 4


class Standby:
    """A hot standby of an embedded server, from the same binaries."""

    def __init__(self, primary, folder):
        self.folder = folder
        folder.mkdir(mode=0o711)
        cluster = primary.data_dir / "cluster"
        found = cluster.stat()
        # The server's own way of running under another account when root starts the program.
        self._as_owner = embedded._become((found.st_uid, found.st_gid), folder)
        self._bin = primary.bin_dir
        self.socket_dir = folder / "run"
        for made in (self.socket_dir, folder / "cluster"):
            made.mkdir(mode=0o700)
            os.chown(made, found.st_uid, found.st_gid)
        self._run(
            "pg_basebackup", "-h", str(primary.socket_dir), "-p", str(embedded.PORT),
            "-U", "postgres", "-D", str(folder / "cluster"), "-R", "-c", "fast", "-X", "stream",
        )  # fmt: skip

    def _run(self, name, *arguments):
        command = [*self._as_owner, str(self._bin / name), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/")  # noqa: S603

    def start(self):
        options = [f"--{name}={value}" for name, value in embedded.SETTINGS.items()]
        places = ["-D", str(self.folder / "cluster"), "-k", str(self.socket_dir)]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 -- the command is ours
                [*self._as_owner, str(self._bin / "postgres"), *places, *options],
                stdout=log, stderr=log, cwd="/", start_new_session=True,
            )  # fmt: skip

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(2)
            self.process.wait(30)

    @property
    def url(self):
        host = quote(str(self.socket_dir), safe="/")
        return f"postgresql://postgres@/doorstep?host={host}&port={embedded.PORT}"

    async def promote(self):
        db = await asyncpg.connect(self.url)
        assert await db.fetchval("select pg_promote(true, $1)", PROMOTED_WITHIN_S)
        await db.close()


class Replicated(faults.Server):
    """The server on two databases, whose addresses it has both."""

    def __init__(self, folder, primary, standby):
        super().__init__(folder)
        self.primary, self.standby = primary, standby
        self.more_settings = {
            "DOORSTEP_DATABASE_URL": self.database_url("doorstep_owner"),
            "DOORSTEP_MIGRATE_DATABASE_URL": primary.url(),
        }

    def database_url(self, user="postgres"):
        hosts = f"{self.primary.socket_dir},{self.standby.socket_dir}"
        ports = f"{embedded.PORT},{embedded.PORT}"
        return (
            f"postgresql://{user}@/doorstep?host={hosts}&port={ports}&target_session_attrs=primary"
        )


async def _wait_for_the_standby(primary):
    """Until commits wait for the standby to have them, visible there."""
    db = await asyncpg.connect(primary.url(user="postgres"))
    await db.execute("alter system set synchronous_standby_names = '*'")
    await db.execute("alter system set synchronous_commit = 'remote_apply'")
    await db.execute("select pg_reload_conf()")
    end = time.monotonic() + PROMOTED_WITHIN_S
    while await db.fetchval("select sync_state from pg_stat_replication") != "sync":
        assert time.monotonic() < end, "the standby does not follow"
        await asyncio.sleep(0.05)
    await db.close()


def _kill_at_once(primary):
    cluster = primary.data_dir / "cluster"
    postmaster = psutil.Process(int((cluster / "postmaster.pid").read_text().splitlines()[0]))
    everyone = [postmaster, *postmaster.children(recursive=True)]
    for process in everyone:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(everyone, timeout=10)
    # Gone for good, as with its machine: nobody starts it again by accident.
    shutil.rmtree(cluster)


async def _lose_the_primary(folder):
    with contextlib.ExitStack() as running:
        primary = embedded.start(folder / "primary")
        running.callback(embedded.stop, primary)
        standby = Standby(primary, folder / "standby")
        standby.start()
        running.callback(standby.stop)
        await _wait_for_the_standby(primary)
        server = Replicated(folder / "server", primary, standby)
        await server.start()
        running.callback(server.stop)
        return await _at_work(await faults.furnished(server))


async def _at_work(ground):
    server, stop = ground.server, asyncio.Event()
    phone = Held(ground.client)
    await phone.pull()

    async def work(number):
        turn = 0
        while not stop.is_set():
            turn += 1
            at = dt.datetime.now(dt.UTC).isoformat()
            knocks = [ground.knock(number * 5 + n, occurred_at=at) for n in range(5)]
            assert set(await ground.deliver(knocks)) <= {"accepted", "duplicate"}
        return turn

    workers = asyncio.gather(*map(work, range(PHONES)))
    await asyncio.sleep(1.5)
    before = len(ground.outcomes)
    await asyncio.to_thread(_kill_at_once, server.primary)
    await asyncio.sleep(0.5)
    await server.standby.promote()
    promoted = len(ground.outcomes)
    await asyncio.sleep(1.5)
    stop.set()
    turns = await workers
    await phone.pull()
    counted = sum(door["attempts_count"] for door in phone.rows["doors"].values())
    lost, doubled = await ground.check()
    await ground.client.aclose()
    for client in ground.field.tenant.clients.values():
        await client.aclose()
    return {
        "before": before,
        "after": len(ground.outcomes) - promoted,
        "sent": sum(turns) * 5,
        "acknowledged": len(ground.outcomes),
        "counted": counted,
        "lost": lost,
        "doubled": doubled,
        "began_anew": any(told["replacement"] for told in phone.sent[1:]),
    }


@pytest.mark.timeout(180)
def test_what_was_acknowledged_outlives_the_primary(tmp_path):
    told = asyncio.run(_lose_the_primary(tmp_path))
    assert min(told["before"], told["after"]) > 0
    assert told["sent"] == told["acknowledged"] == told["counted"]
    assert (told["lost"], told["doubled"], told["began_anew"]) == (0, 0, True)
