"""The versions between the oldest that the settings promise, 15, and the embedded one, 18."""

import datetime as dt
import subprocess
from pathlib import Path

import asyncpg
import pytest
from makers import World, make_field, make_tenant
from sending import answer, attempt, outcomes

from doorstep.accounts import service as accounts
from doorstep.app import create_app
from doorstep.kit import embedded
from doorstep.kit.db import open_pool, signin_transaction
from doorstep.kit.migrations import migrate, pending
from doorstep.kit.resources import MIGRATIONS
from doorstep.kit.tokens import Keyring

VERSIONS = (15, 16, 17)
# Where Debian and Ubuntu, the PostgreSQL project's own RPMs, and Homebrew put them.
PLACES = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/opt/homebrew/opt/postgresql@{}/bin")
OPTIONS = {
    "listen_addresses": "''",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


def bin_dir_of(version: int) -> Path:
    for place in PLACES:
        if (Path(place.format(version)) / "initdb").exists():
            return Path(place.format(version))
    return pytest.skip(f"PostgreSQL {version} is not installed here")


@pytest.fixture(scope="module", params=VERSIONS)
def old_server(request, tmp_path_factory):
    """The folder of the socket of a server of this version, with database and owner."""
    bin_dir = bin_dir_of(request.param)
    folder = tmp_path_factory.mktemp(f"pg{request.param}")
    account = embedded._account(folder / "cluster")
    socket_dir = embedded._socket_dir(folder)
    for path in (folder / "cluster", socket_dir):
        embedded._make_private_dir(path, account)
    prefix = embedded._become(account, folder)
    environment = embedded._environment() | {"PGDATA": str(folder / "cluster")}

    def run(program, *arguments, text=""):
        command = [*prefix, str(bin_dir / program), *arguments]
        # To a file, for the server holds on to it and would keep a pipe from ending.
        with (folder / "log").open("a") as log:
            done = subprocess.run(  # noqa: S603 -- the command is ours
                command,
                input=text,
                stdout=log,
                stderr=log,
                text=True,
                check=False,
                cwd="/",
                env=environment,
            )
        assert done.returncode == 0, (folder / "log").read_text()

    run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    run("postgres", "--single", "-F", "-cexit_on_error=on", "postgres", text=embedded.SETUP_SQL)
    options = " ".join(f"-c {name}={value}" for name, value in OPTIONS.items())
    run("pg_ctl", "start", "--wait", "-o", f"-k '{socket_dir}' -p {embedded.PORT} {options}")
    yield request.param, socket_dir
    run("pg_ctl", "stop", "--wait", "-m", "fast")


@pytest.fixture(scope="module")
def old_url(old_server):
    """The address of the database, every migration applied by its owner."""
    _, socket_dir = old_server
    url = f"postgresql://doorstep_owner@/doorstep?host={socket_dir}&port={embedded.PORT}"
    applied = migrate(url, MIGRATIONS)
    assert applied == sorted(file.name for file in MIGRATIONS.glob("[0-9]*.sql"))
    return url


async def test_the_server_is_of_that_version_and_the_owner_no_superuser(old_server, old_url):
    connection = await asyncpg.connect(old_url)
    try:
        assert connection.get_server_version().major == old_server[0]
        roles = (
            "select bool_or(rolsuper or rolbypassrls) from pg_roles where rolname ~ '^doorstep_'"
        )
        assert await connection.fetchval(roles) is False
    finally:
        await connection.close()
    assert pending(old_url, MIGRATIONS) == []


async def test_a_volunteer_signs_in_walks_a_turf_and_is_counted(old_url, settings):
    app = create_app(settings, old_url)
    async with app.lifespan(), await open_pool(old_url, connections=4) as pool:
        world = World(app, pool, Keyring(settings.keys_dir, settings.public_url))
        await walk_and_count(world)


async def walk_and_count(world):
    tenant = await make_tenant(world)
    field = await make_field(tenant)
    phone = await signed_in(field)
    bundle = await phone.get(f"/turfs/{field.turf_id}/bundle")
    assert bundle.status_code == 200, bundle.text
    carried = {door["id"] for door in bundle.json()["doors"]}
    assert carried == {str(door_id) for door_id in field.street.door_ids}
    now = dt.datetime.now(dt.UTC).isoformat()
    knocks = [
        attempt(field, door, result, occurred_at=now)
        for door, result in enumerate(["canvassed", "not_home", "refused"])
    ]
    sent = [*knocks, answer(field, occurred_at=now), knocks[0]]
    assert await outcomes(phone, *sent) == [*["accepted"] * 4, "duplicate"]
    progress = await (await tenant.organizer()).get(f"/reports/progress?pass_id={field.pass_id}")
    assert progress.status_code == 200, progress.text
    told = progress.json()
    kinds = "doors_count", "attempted_count", "contacted_count", "attempts_count"
    assert [told["total"][kind] for kind in kinds] == [6, 3, 2, 3]
    assert [turf["turf_id"] for turf in told["by_turf"]] == [field.turf_id]
    assert [member["member_id"] for member in told["by_volunteer"]] == [str(field.volunteer_id)]


async def signed_in(field):
    """The volunteer's client, signed in by a code as they would be."""
    tenant = field.tenant
    async with tenant.transaction() as db:
        email = (await accounts.member_by_id(db, tenant.id, field.volunteer_id)).email
    async with signin_transaction(tenant.world.pool) as db:
        sent = await accounts.start_member(db, tenant.world.keyring, tenant.slug, email)
    client = tenant.world.anonymous()
    wanted = {"request_id": str(sent.request.request_id), "code": sent.code, "device_name": "Phone"}
    tokens = await client.post("/sign-in/sessions", json=wanted)
    assert tokens.status_code == 201, tokens.text
    client.headers["authorization"] = f"Bearer {tokens.json()['access_token']}"
    return client
