import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from doorstep.kit import embedded
from doorstep.kit.embedded import EmbeddedServer
from doorstep.kit.migrations import MigrationError, dbmate_url, dump_schema, migrate, pending

FIRST = "-- migrate:up\nset local lock_timeout = '5s';\ncreate table turf (id int primary key);\n"
SECOND = "-- migrate:up\nalter table turf add column name text not null;\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with embedded.running(tmp_path_factory.mktemp("migrations"), fsync=False) as server:
        yield server


@pytest.fixture
def url(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of this test's own."""
    name = request.node.name.split("[")[0][-60:]
    execute(server, f"create database {name} owner doorstep_owner")
    yield server.url(name)
    execute(server, f"drop database {name}")


@pytest.fixture
def migrations_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_turf.sql").write_text(FIRST)
    (folder / "0002_name.sql").write_text(SECOND)
    (folder / "schema.sql").write_text("the sum of all, and no migration")
    return folder


def execute(server: EmbeddedServer, sql: str, url: str | None = None) -> str:
    url = url or server.url("postgres", "postgres")
    command = [str(server.bin_dir / "psql"), "-XAtc", sql, url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout.strip()


def test_what_is_missing_is_applied_in_order_and_named(url: str, migrations_dir: Path) -> None:
    assert pending(url, migrations_dir) == ["0001_turf.sql", "0002_name.sql"]
    assert migrate(url, migrations_dir) == ["0001_turf.sql", "0002_name.sql"]
    assert pending(url, migrations_dir) == []
    assert migrate(url, migrations_dir) == []


def test_a_later_migration_is_applied_alone(url: str, migrations_dir: Path) -> None:
    migrate(url, migrations_dir)
    (migrations_dir / "0003_note.sql").write_text(SECOND.replace("name", "note"))
    assert pending(url, migrations_dir) == ["0003_note.sql"]
    assert migrate(url, migrations_dir) == ["0003_note.sql"]


def test_both_forms_of_address_reach_the_same_database(url: str, migrations_dir: Path) -> None:
    migrate(dbmate_url(url), migrations_dir)
    assert pending(url, migrations_dir) == []


def test_a_failing_migration_is_named_and_leaves_nothing_behind(
    server: EmbeddedServer, url: str, migrations_dir: Path
) -> None:
    broken = "-- migrate:up\ncreate table door (id int);\nalter table ward add column x int;\n"
    (migrations_dir / "0002_name.sql").write_text(broken)
    with pytest.raises(MigrationError, match=r'0002_name\.sql.*"ward" does not exist'):
        migrate(url, migrations_dir)
    assert pending(url, migrations_dir) == ["0002_name.sql"]
    found = execute(server, "select to_regclass('turf'), to_regclass('door')", url)
    assert found == "turf|"


def test_a_file_without_its_mark_is_refused(url: str, migrations_dir: Path) -> None:
    (migrations_dir / "0001_turf.sql").write_text("create table turf (id int);")
    with pytest.raises(MigrationError, match="migrate:up"):
        migrate(url, migrations_dir)


def test_an_empty_folder_is_an_error_and_not_a_success(url: str, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no migrations in"):
        migrate(url, tmp_path)


def test_a_server_that_is_away_is_an_error(migrations_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match=r"no such file|connect"):
        migrate(f"postgresql://me@/doorstep?host={tmp_path}", migrations_dir)


def test_programs_that_migrate_at_once_take_turns(url: str, migrations_dir: Path) -> None:
    slow = "-- migrate:up\nselect pg_sleep(0.3);\ncreate table slow (id int);\n"
    (migrations_dir / "0003_slow.sql").write_text(slow)
    together = threading.Barrier(4)

    def run(_: int) -> list[str]:
        together.wait()
        return migrate(url, migrations_dir)

    with ThreadPoolExecutor(4) as threads:
        applied = sorted(threads.map(run, range(4)))
    assert applied == [[], [], [], ["0001_turf.sql", "0002_name.sql", "0003_slow.sql"]]


def test_settings_of_other_projects_are_not_read(
    url: str, migrations_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DBMATE_MIGRATIONS_TABLE=other\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DBMATE_MIGRATIONS_TABLE", "another")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    assert len(migrate(url, migrations_dir)) == 2
    monkeypatch.undo()
    assert pending(url, migrations_dir) == []


def test_equal_schemas_give_equal_text(
    server: EmbeddedServer, url: str, migrations_dir: Path
) -> None:
    migrate(url, migrations_dir)
    once = dump_schema(url, server.bin_dir)
    assert dump_schema(dbmate_url(url), server.bin_dir) == once
    assert "CREATE TABLE public.turf (" in once
    assert "restrict" not in once
    assert "18." not in once
    execute(server, "alter table turf add column extra int", url)
    assert dump_schema(url, server.bin_dir) != once


def test_a_database_that_cannot_be_dumped_is_an_error(server: EmbeddedServer) -> None:
    with pytest.raises(MigrationError, match='database "nowhere" does not exist'):
        dump_schema(server.url("nowhere"), server.bin_dir)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgresql://u:p@host/db", "postgres://u:p@host/db?sslmode=prefer"),
        ("postgres://u@h:5/db?sslmode=require", "postgres://u@h:5/db?sslmode=require"),
        ("postgresql://u@/db?host=/a b", "postgres://u@/db?socket=%2Fa%20b&sslmode=disable"),
        ("postgres://u@/db?socket=/run", "postgres://u@/db?socket=%2Frun&sslmode=disable"),
    ],
)
def test_addresses_are_turned_into_those_of_dbmate(given: str, wanted: str) -> None:
    assert dbmate_url(given) == wanted


def test_an_address_of_another_kind_is_refused_without_showing_its_password() -> None:
    with pytest.raises(MigrationError, match="postgresql://") as caught:
        dbmate_url("mysql://u:secret@host/db")
    assert "secret" not in str(caught.value)
