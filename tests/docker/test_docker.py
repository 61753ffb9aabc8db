"""What can be said of the container files without an engine to run them."""

import hashlib
import hmac
import os
import re
import shlex
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest
import yaml

from doorstep.kit import embedded
from doorstep.kit.embedded import EmbeddedServer
from doorstep.kit.migrations import migrate
from doorstep.kit.resources import MIGRATIONS
from doorstep.settings import PREFIX, Settings

TOP = Path(__file__).parents[2]
DOCKER = TOP / "docker"
KNOWN_KEYS = """
build cap_drop command depends_on environment healthcheck image init logging networks pids_limit
ports profiles read_only restart security_opt shm_size stop_grace_period tmpfs user volumes
"""
PASSWORDS = {"doorstep_owner": "it's :odd", "doorstep_app": '"quoted" $HOME'}
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


class Step(NamedTuple):
    stage: int
    instruction: str
    argument: str


def read_dockerfile() -> list[Step]:
    text = (DOCKER / "Dockerfile").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    steps, stage = [], -1
    for line in filter(str.strip, text.splitlines()):
        instruction, argument = line.split(maxsplit=1)
        stage += instruction == "FROM"
        steps.append(Step(stage, instruction, argument.strip()))
    return steps


STEPS = read_dockerfile()
LAST_STAGE = [step for step in STEPS if step.stage == STEPS[-1].stage]


def arguments(instruction: str, steps: list[Step] = STEPS) -> list[str]:
    return [step.argument for step in steps if step.instruction == instruction]


def ignored_but_for() -> list[str]:
    lines = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    return [line[1:] for line in lines if line.startswith("!")]


def test_the_image_is_made_in_two_stages_from_one_pinned_base() -> None:
    bases = [argument.split()[0] for argument in arguments("FROM")]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", bases[0])


def test_nothing_is_fetched_that_no_hash_vouches_for() -> None:
    assert not arguments("ADD")
    installs = [part for run in arguments("RUN") for part in run.split("&&") if "install " in part]
    fetching = [part for part in installs if "pip install" in part and "--no-deps" not in part]
    assert len(fetching) == 2
    assert all("--require-hashes -r requirements/" in part for part in fetching)
    assert "uv build --wheel --require-hashes" in " ".join(arguments("RUN"))


def test_what_is_copied_is_there_and_not_ignored() -> None:
    copied = [
        source.rstrip("/")
        for argument in arguments("COPY")
        if not argument.startswith("--from=build ")
        for source in shlex.split(argument)[:-1]
    ]
    assert sorted(copied) == sorted(ignored_but_for())
    assert all((TOP / source).exists() for source in copied)


def test_the_wheel_finds_all_that_pyproject_puts_in() -> None:
    project = (TOP / "pyproject.toml").read_text()
    put_in = re.findall(r'^"(\w+)" = "doorstep/data/', project, re.MULTILINE)
    assert put_in
    assert set(put_in) <= set(ignored_but_for())


def test_the_last_stage_takes_only_the_environment_and_builds_nothing() -> None:
    assert arguments("COPY", LAST_STAGE) == ["--from=build /opt/doorstep /opt/doorstep"]
    runs = " ".join(arguments("RUN", LAST_STAGE))
    assert not re.search(r"\b(pip|uv|apt-get|gcc|make)\b", runs)


def test_the_program_runs_as_itself_and_gets_the_stop_signal() -> None:
    user, _, group = arguments("USER", LAST_STAGE)[-1].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert arguments("CMD", LAST_STAGE) == ['["doorstep", "serve", "--host", "0.0.0.0"]']
    assert arguments("EXPOSE", LAST_STAGE) == ["8000"]
    assert not arguments("ENTRYPOINT")


def test_the_health_check_asks_the_standard_library_and_compiles() -> None:
    (check,) = arguments("HEALTHCHECK", LAST_STAGE)
    command = yaml.safe_load(check[check.index("[") :])
    assert command[:2] == ["python", "-c"]
    assert "/health/live" in command[2]
    compile(command[2], "HEALTHCHECK", "exec")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= set(KNOWN_KEYS.split())
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "data" in service["networks"]
    assert re.fullmatch(r"[a-z/]+:v?\d[\w.-]*|doorstep:local", service["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_refers_to_exists(name: str) -> None:
    service = SERVICES[name]
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert (
            (DOCKER / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
        )
    for other, how in service.get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        else:
            assert how["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


def test_requests_go_through_the_pool_and_migrations_past_it() -> None:
    assert set(SERVICES) == {"migrate", "api", "worker", "postgres", "pgbouncer"}
    pool = SERVICES["pgbouncer"]["environment"]
    assert pool["POOL_MODE"] == "transaction"
    assert int(pool["MAX_PREPARED_STATEMENTS"]) > 0
    for name in ("api", "worker"):
        environment = SERVICES[name]["environment"]
        assert "doorstep_app:" in environment["DOORSTEP_DATABASE_URL"]
        assert "@pgbouncer:" in environment["DOORSTEP_DATABASE_URL"]
        assert "DOORSTEP_MIGRATE_DATABASE_URL" not in environment
    owner = SERVICES["migrate"]["environment"]["DOORSTEP_MIGRATE_DATABASE_URL"]
    assert "doorstep_owner:" in owner
    assert "@postgres:" in owner


def test_the_database_cannot_be_reached_from_outside_and_keeps_its_data_where_18_wants_it() -> None:
    assert COMPOSE["networks"]["data"] == {"internal": True}
    for name in ("postgres", "pgbouncer"):
        assert SERVICES[name]["networks"] == ["data"]
        assert "ports" not in SERVICES[name]
    assert "postgres:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]
    assert SERVICES["api"]["ports"] == ["127.0.0.1:8000:8000"]


def test_the_program_knows_every_setting_it_is_given() -> None:
    named = {
        key
        for service in SERVICES.values()
        for key in service["environment"]
        if key.startswith(PREFIX)
    }
    named |= set(re.findall(rf"\b({PREFIX}[A-Z_]+)=", (DOCKER / "example.env").read_text()))
    named |= set(re.findall(rf"\b({PREFIX}[A-Z_]+)=", " ".join(arguments("ENV"))))
    assert "DOORSTEP_DATA_DIR" in named
    fields = {PREFIX + field.upper() for field in Settings.__struct_fields__}
    assert named <= fields


def test_the_example_names_what_compose_demands_and_holds_no_password() -> None:
    demanded = set(re.findall(r"\$\{(\w+):\?\}", (DOCKER / "compose.yaml").read_text()))
    example = (DOCKER / "example.env").read_text()
    given = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    assert set(given) == demanded
    assert all(not text for name, text in given.items() if name.endswith("PASSWORD"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server as the postgres image makes it: a superuser and an empty database of his."""
    with embedded.running(tmp_path_factory.mktemp("compose"), fsync=False) as server:
        sql = ["drop database doorstep", "drop role doorstep_owner", "create database doorstep"]
        psql = [str(server.bin_dir / "psql"), "-Xq", *(f"-c{line}" for line in sql)]
        subprocess.run([*psql, server.url("postgres", "postgres")], check=True)  # noqa: S603
        run_make_logins(server)
        migrate(server.url(), MIGRATIONS)
        yield server


def run_make_logins(server: EmbeddedServer) -> None:
    environment = {
        "PATH": f"{server.bin_dir}:{os.environ['PATH']}",
        "PGHOST": str(server.socket_dir),
        "POSTGRES_USER": "postgres",
        "POSTGRES_DB": "doorstep",
        "OWNER_PASSWORD": PASSWORDS["doorstep_owner"],
        "APP_PASSWORD": PASSWORDS["doorstep_app"],
    }
    script = str(DOCKER / "make_logins.sh")
    subprocess.run([script], check=True, env=environment, capture_output=True)  # noqa: S603


async def ask(server: EmbeddedServer, user: str, *statements: str) -> Any:
    connection = await asyncpg.connect(server.url(user=user))
    try:
        async with connection.transaction():
            for statement in statements:
                answer = await connection.fetchval(statement)
            return answer
    finally:
        await connection.close()


async def test_neither_login_is_above_row_level_security(server: EmbeddedServer) -> None:
    sql = "select bool_or(rolsuper or rolbypassrls) from pg_roles where rolname like 'doorstep_%'"
    assert await ask(server, "doorstep_owner", sql) is False


async def test_the_login_of_requests_may_take_on_both_roles_and_nothing_else(
    server: EmbeddedServer,
) -> None:
    for role in ("doorstep_signin", "doorstep_request"):
        found = await ask(server, "doorstep_app", f"set local role {role}", "select current_role")
        assert found == role
    for forbidden in ("select count(*) from organization", "create table mine (id int)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(server, "doorstep_app", forbidden)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(server, "doorstep_app", "set local role doorstep_owner")


def scram_key(password: str, verifier: str) -> str:
    """The stored key of RFC 5803 that belongs to a password, by the salt of a verifier."""
    rounds, salt = verifier.split("$")[1].split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(rounds))
    key = hmac.digest(salted, b"Client Key", "sha256")
    return b64encode(hashlib.sha256(key).digest()).decode()


@pytest.mark.parametrize("login", ["doorstep_owner", "doorstep_app"])
async def test_the_passwords_are_set_as_they_were_given(server: EmbeddedServer, login: str) -> None:
    sql = f"select rolpassword from pg_authid where rolname = '{login}'"  # noqa: S608
    verifier = await ask(server, "postgres", sql)
    assert verifier.split("$")[2].split(":")[0] == scram_key(PASSWORDS[login], verifier)
