"""The command line from the outside: what it prints, where, and with which exit code."""

import json
import os
import subprocess
import sys
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner

from doorstep.accounts import auditing
from doorstep.accounts import service as accounts
from doorstep.accounts.model import InviteCreate, SignIn
from doorstep.cli import cli
from doorstep.commands import doctor
from doorstep.commands.database import in_organization
from doorstep.kit.auth import Caller, Role
from doorstep.kit.db import organization_transaction, signin_transaction
from doorstep.kit.ids import new_id
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    # A data directory of this file's own: its database starts and stops with each command.
    return Settings(data_dir=tmp_path_factory.mktemp("command"), test_mode=True)


@pytest.fixture
def run(settings, monkeypatch):
    monkeypatch.setattr("doorstep.cli.read_settings", lambda: settings)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        return CliRunner().invoke(cli, arguments)

    return run


@pytest.fixture(scope="module")
def founded(settings):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("doorstep.cli.read_settings", lambda: settings)
        found = ["user", "add", "aino@example.org", "--name", "Aino"]
        done = CliRunner().invoke(cli, [*found, "--new-organization", "Café 1"])
    assert done.exit_code == 0, done.output
    return done


def test_help_is_quick_and_imports_nothing_heavy():
    heavy = "litestar", "geopandas", "matplotlib", "asyncpg", "shapely", "uvicorn"
    code = f"import doorstep.cli, sys; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("of", [[], ["user"], ["import"], ["report"], ["serve"], ["demo"]])
def test_every_level_has_help(run, of):
    done = run(*of, "--help")
    assert done.exit_code == 0
    assert "Usage" in done.output


def test_an_organization_is_founded_with_its_owner(founded, run):
    assert "its short name is cafe-1" in founded.output
    shown = run("user", "list")
    assert shown.exit_code == 0
    assert "aino@example.org" in shown.stdout
    assert "owner" in shown.stdout


def test_a_second_member_is_a_volunteer_and_joins_only_once(founded, run):
    add = "user", "add", "ben@example.org", "--name", "Ben"
    assert "Ben is volunteer of cafe-1" in run(*add).output
    again = run(*add)
    assert again.exit_code == 1
    assert "ben@example.org is a member of cafe-1 already" in again.output


def test_a_code_is_printed_with_its_request(founded, run):
    done = run("user", "code", "AINO@example.org")
    words = done.stdout.split()
    assert len(words[words.index("code") + 1]) == 8
    assert len(words[words.index("request_id") + 1]) == 36


def test_nobody_gets_a_code_without_an_invite(founded, run):
    done = run("user", "code", "eve@example.org")
    assert done.exit_code == 1
    assert "neither a member of cafe-1 nor invited" in done.output


@pytest.fixture
def invited(founded, run, settings):
    """Invites somebody by phone number, as a coordinator does."""

    def invite(phone):
        async def work(found):
            async with organization_transaction(found.pool, found.id) as db:
                owner = await accounts.member_by_email(db, found.id, "aino@example.org")
                caller = Caller(
                    organization_id=found.id,
                    member_id=owner.id,
                    device_id=new_id(),
                    roles=frozenset(owner.roles),
                )
                wanted = InviteCreate(name="Onni", phone=phone)
                await accounts.invite(db, caller, wanted, settings.public_url)

        in_organization(settings, None, work)

    return invite


def redeemed(settings, shown):
    words = shown.split()
    wanted = SignIn(
        request_id=UUID(words[words.index("request_id") + 1]),
        code=words[words.index("code") + 1],
        device_name="Phone",
    )
    keyring = Keyring(settings.keys_dir, settings.public_url)

    async def work(found):
        async with signin_transaction(found.pool) as db:
            return await accounts.sign_in(db, keyring, wanted)

    return in_organization(settings, None, work)


def test_who_was_invited_by_phone_number_signs_in_with_the_code_read_out(invited, run, settings):
    invited("+358401234567")
    done = run("user", "code", "+358 40 123-4567")
    assert done.exit_code == 0, done.output
    first = redeemed(settings, done.stdout)
    # By now they are a member, who gets a code for another device in the same way.
    again = run("user", "code", "+358401234567")
    assert redeemed(settings, again.stdout).member_id == first.member_id
    assert "+358401234567" in run("user", "list").stdout


def test_a_number_of_several_members_is_not_guessed_at(founded, run, settings):
    async def work(found):
        async with organization_transaction(found.pool, found.id) as db:
            for name in ("Una", "Ulla"):
                await accounts.add_member(db, found.id, name, [Role.VOLUNTEER], phone="+358409999")

    in_organization(settings, None, work)
    done = run("user", "code", "+358409999")
    assert done.exit_code == 1
    assert "Several members have the number +358409999: Una, Ulla." in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("+358400000000", "neither a member of cafe-1 nor invited"),
        ("0401234567", "Write numbers like +358401234567"),
        ("aino", "neither an e-mail address nor a phone number"),
    ],
)
def test_a_number_that_nobody_has_gets_no_code(founded, run, address, words):
    done = run("user", "code", address)
    assert done.exit_code == 1
    assert words in " ".join(done.output.split())


def test_the_last_owner_cannot_be_ended(founded, run):
    done = run("user", "end", "aino@example.org")
    assert done.exit_code == 1
    assert "only owner" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["user", "add", "nobody", "--name", "X"], "$.email"),
        (["user", "add", "x@example.org", "--name", " "], "$.name"),
        (["user", "add", "x@example.org", "--name", "X", "--role", "king"], "$.roles"),
        (["user", "list", "--organization", "other"], "There is no organization other"),
        (["report", "progress"], "There is no pass yet"),
        (["report", "map", "map.txt"], "must end in .png"),
        (["report", "doors", "doors.xls"], "must end in .csv or .geojson"),
    ],
)
def test_what_cannot_be_done_is_explained(founded, run, arguments, words):
    done = run(*arguments)
    assert done.exit_code == 1
    assert words in done.output


def test_a_file_is_imported_and_left_out_rows_are_listed(founded, run, settings, tmp_path):
    file = tmp_path / "doors.csv"
    file.write_text(
        "street,house_number,lon,lat\nMain Street,1,24.9,60.1\nMain Street,,24.9,60.1\n"
    )
    done = run("import", "people", str(file))
    assert done.exit_code == 0, done.output
    assert "2 rows, 1 added" in done.output
    assert "house_number" in done.stdout
    assert not stale(settings), "nobody who counts waits for it"
    assert run("import", "undo", "--yes").exit_code == 0
    assert not stale(settings)


def stale(settings):
    async def work(found):
        async with organization_transaction(found.pool, found.id) as db:
            return await db.fetchval("select count(*) from fact_stale")

    return in_organization(settings, None, work)


def test_whoever_runs_the_command_line_is_nobody_in_the_audit_log(founded, run, settings):
    run("user", "add", "ex@example.org", "--name", "Ex")
    assert run("user", "end", "ex@example.org").exit_code == 0

    async def work(found):
        async with organization_transaction(found.pool, found.id) as db:
            return await auditing.entries(db, found.id, "member.ended", None, 10, 0)

    (entry,) = in_organization(settings, None, work)
    assert entry.actor_id is None


def test_migrating_again_applies_nothing(founded, run):
    assert "up to date already" in run("migrate").output


def test_the_doctor_finds_a_sound_installation_sound(founded, run):
    run("user", "code", "aino@example.org")
    done = run("doctor")
    assert done.exit_code == 0, done.output
    assert "✗" not in done.output


def test_the_doctor_finds_keys_that_others_can_read(founded, run, settings):
    run("user", "code", "aino@example.org")
    key = next(settings.keys_dir.glob("*.pem"))
    key.chmod(0o644)
    try:
        done = run("doctor")
    finally:
        key.chmod(0o600)
    assert done.exit_code == 1
    assert "chmod go-rwx" in done.output


def test_the_doctor_tells_usable_push_credentials_from_others(tmp_path, capsys):
    key = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": "north-side",
        "client_email": "push@north-side.example",
        "private_key": key.decode(),
        "token_uri": "https://oauth2.example/token",
    }
    file = tmp_path / "key.json"
    for content, said in (
        (account, "north-side can be read"),
        (account | {"private_key": "secret words"}, "no service account"),
        (account | {"type": "authorized_user"}, "no service account"),
    ):
        file.write_text(json.dumps(content))
        findings = list(doctor._push(Settings(data_dir=tmp_path, push_credentials=file)))
        assert said in findings[0].detail
        assert "secret words" not in findings[0].detail
    missing = Settings(data_dir=tmp_path, push_credentials=tmp_path / "none")
    assert next(doctor._push(missing)).mark is doctor.Mark.BAD


def test_the_doctor_finds_missing_migrations(tmp_path):
    assert doctor.examine(Settings(data_dir=tmp_path)) == 1


def test_a_database_that_does_not_answer_is_explained_without_its_password(
    run, settings, monkeypatch
):
    url = "postgresql://me:secret@127.0.0.1:1/x"
    away = msgspec.structs.replace(settings, database_url=url)
    monkeypatch.setattr("doorstep.cli.read_settings", lambda: away)
    done = run("migrate")
    assert done.exit_code == 1
    assert "does not answer" in done.output
    assert "secret" not in done.output


def test_a_wrong_setting_is_explained():
    environment = os.environ | {"DOORSTEP_PORT": "many"}
    done = subprocess.run(
        [sys.executable, "-c", "from doorstep.cli import main; main()", "migrate"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 1
    assert "$.port" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_openapi_file_goes_to_the_screen(run):
    done = run("openapi")
    assert json.loads(done.stdout)["openapi"].startswith("3.1")
