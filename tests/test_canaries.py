"""Nothing that a person is known by is ever written to a log or counted in a metric.

A server of its own serves a whole canvassing day, with names that can be told from all others;
afterwards its log, its metrics and the database's log are searched for them. What every other
test of the run wrote is searched as well: see ``pytest_runtest_makereport`` in conftest.py.
"""

import json
import re
import socket
import subprocess
import sys
import time

import httpx
import pytest
from canaries import CANARIES, found_in
from makers import QUESTIONS, make_tenant
from samples import make_whole, operations, schema

from doorstep.accounts import service as accounts
from doorstep.kit.auth import Role
from doorstep.kit.db import signin_transaction
from doorstep.kit.ids import new_id

NAME, FAMILY, STREET, PHONE, EMAIL = CANARIES
EVERYTHING = " ".join(CANARIES)
COMMAND = [sys.executable, "-c", "from doorstep.cli import main; main()", "serve"]
PEOPLE = (
    "external_id,street,house_number,longitude,latitude,given_name,family_name,phone,email\n"
    f"p1,{STREET},1,24.9,60.2,{NAME},{FAMILY},{PHONE},{EMAIL}\n"
    f"p2,,{STREET},24.9,60.2,{NAME},{FAMILY},{PHONE},{EMAIL}\n"
    f"p3,{STREET},1,{NAME},60.2,{NAME},{FAMILY},{PHONE},{EMAIL}\n"
)


@pytest.fixture(scope="module")
def served(database_url, settings, tmp_path_factory):
    """A real server on the tests' database: its address and the file that its output goes to."""
    log = tmp_path_factory.mktemp("canaries") / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": "/usr/bin:/bin",
        "DOORSTEP_DATABASE_URL": database_url,
        "DOORSTEP_DATA_DIR": str(settings.data_dir),
        "DOORSTEP_PORT": str(port),
        "DOORSTEP_LOG_LEVEL": "debug",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 -- the command is ours
            COMMAND, env=environment, stdout=output, stderr=output
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while not _ready(address):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    yield address, log
    process.terminate()
    process.wait(40)


def _ready(address):
    try:
        return httpx.get(f"{address}/health/ready").status_code == 200
    except httpx.HTTPError:
        return False


def at(address, client=None):
    """A client of the real server, signed in as another client is."""
    headers = {} if client is None else {"authorization": client.headers["authorization"]}
    return httpx.AsyncClient(base_url=address, headers=headers)


async def sign_in(world, client, organizer):
    """Joins by an invite to a canary's address; the statuses on the way."""
    wanted = {"name": f"{NAME} {FAMILY}", "email": EMAIL, "phone": PHONE}
    invited = await organizer.post("/invites", json=wanted)
    token = invited.json()["link"].split("#")[1]
    started = await client.post("/sign-in/invites", json={"token": token})
    async with signin_transaction(world.pool) as db:
        sent = await accounts.start_invite(db, world.keyring, token)
    body = {"request_id": str(sent.request.request_id), "device_name": f"{NAME}'s phone"}
    wrong = await client.post("/sign-in/sessions", json={**body, "code": "00000000"})
    right = await client.post("/sign-in/sessions", json={**body, "code": sent.code})
    again = await client.post("/sign-in/codes", json={"organization": "group-1", "email": EMAIL})
    statuses = [answer.status_code for answer in (invited, started, wrong, right, again)]
    assert statuses == [201, 202, 401, 201, 202]
    return [token, sent.code, right.json()["access_token"], right.json()["refresh_token"]]


async def walk(whole, volunteer):
    """Downloads the turf and sends events home, good and bad, that carry canaries."""
    bundle = await volunteer.get(f"/turfs/{whole.ids['turf']}/bundle")
    assert NAME in bundle.text
    about = {
        "turf_id": whole.ids["turf"],
        "door_id": str(whole.field.street.door_ids[1]),
        "occurred_at": "2026-11-22T10:00:00Z",
    }
    answer = {
        "kind": "answer", "script_id": whole.ids["script"], "script_version": 1,
        "question": "support", "value": 5, "consent": {"wording": EVERYTHING},
    }  # fmt: skip
    events = [
        {"id": str(new_id()), **about, "kind": "note", "text": EVERYTHING},
        {"id": str(new_id()), **about, **answer},
        {"id": str(new_id()), **about, **answer, "value": EVERYTHING},
        {"id": str(new_id()), **about, **answer, "question": NAME},
        {"id": str(new_id()), **about, "kind": EVERYTHING},
        {"id": EVERYTHING, EVERYTHING: EVERYTHING},
        {"id": whole.ids["event"], **about, "kind": "note", "text": EVERYTHING},
    ]
    body = {"sent_at": "2026-11-22T10:00:00Z", "events": events}
    sent = await volunteer.post("/sync/events", json=body)
    assert [one["outcome"] for one in sent.json()["results"]] == [
        "accepted", "accepted", *["needs_review"] * 3, "malformed", "conflict",
    ]  # fmt: skip


async def ask_wrongly(client, whole):
    """Sends canaries where they do not belong: path, query, headers and bodies of every route."""
    for operation in operations():
        url = operation.url(whole.ids)
        await client.request(operation.method, f"{url}/{EVERYTHING}")
        # Of an answer without end the head is enough.
        async with client.stream(
            operation.method,
            url,
            params=dict.fromkeys(("limit", "west", "pass_id", "file_name", NAME), EVERYTHING),
            headers={
                "x-request-id": EVERYTHING,
                "cookie": f"name={EMAIL}",
                "user-agent": EVERYTHING,
                "if-none-match": EVERYTHING,
                "content-type": "application/json",
            },
            content=json.dumps({"name": [EVERYTHING], EVERYTHING: EVERYTHING})
            if operation.takes_body
            else None,
        ):
            pass
    refused = await client.get(f"/{EVERYTHING}", headers={"authorization": f"Bearer {EVERYTHING}"})
    assert refused.status_code in {401, 404}
    assert (await client.post("/campaigns", content=f"{{{EVERYTHING}")).status_code == 400
    assert (await client.request(NAME.upper(), f"/{NAME}")).status_code in {400, 404, 405, 501}


async def fail(tenant, whole, organizer):
    """Makes the server stumble over stored data with canaries in it, and answer with a 500."""
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into script_version
              (organization_id, script_id, version, introduction, questions)
            values ($1, $2, 77, $3, $4)
            """,
            tenant.id, whole.ids["script"], EVERYTHING, [{"type": EVERYTHING, "key": EMAIL}],
        )  # fmt: skip
    answer = await organizer.get(f"/scripts/{whole.ids['script']}/versions/77")
    assert answer.status_code == 500
    assert not found_in(answer.text)


async def test_a_whole_day_leaves_no_trace_of_anybody_in_logs_and_metrics(
    world, served, tmp_path_factory
):
    address, log = served
    tenant = await make_tenant(world)
    whole = await make_whole(tenant)
    async with (
        at(address) as anyone,
        at(address, tenant.clients[Role.ORGANIZER]) as organizer,
        at(address, whole.field.volunteer) as volunteer,
    ):
        secrets = await sign_in(world, anyone, organizer)
        sent = {"content": PEOPLE, "headers": {"content-type": "text/csv"}}
        imported = await organizer.post(f"/imports?file_name={NAME}.csv", **sent)
        assert imported.json()["rejected_count"] == 2
        rejects = await organizer.get(f"/imports/{imported.json()['id']}/rejects")
        assert len(rejects.json()) == 2
        await walk(whole, volunteer)
        for report in ("progress", "answers", "doors.csv", "doors.geojson", "map.png"):
            got = await organizer.get(f"/reports/{report}?pass_id={whole.ids['pass']}")
            assert got.status_code == 200, report
        person = await organizer.get(f"/people/{whole.ids['person']}")
        assert found_in(person.text) == [NAME, FAMILY, PHONE, EMAIL]
        script = {"campaign_id": whole.ids["campaign"], "name": EVERYTHING, "questions": QUESTIONS}
        made = await organizer.post("/scripts", json=script | {"introduction": EVERYTHING})
        assert made.status_code == 201
        assert (await organizer.post("/campaigns", json={"name": NAME})).status_code == 201
        assert (await organizer.post("/campaigns", json={"name": NAME})).status_code == 409
        await fail(tenant, whole, organizer)
        await ask_wrongly(organizer, whole)
        metrics = (await anyone.get("/metrics")).text
    written = log.read_text()
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    assert sum(line["event"] == "request" for line in lines) > len(operations())
    assert any(line["event"] == "unexpected_error" for line in lines)
    assert "doorstep_requests_total" in metrics
    database_logs = list(tmp_path_factory.getbasetemp().glob("postgres*/postgres.log"))
    assert database_logs
    said = {"log": written, "metrics": metrics}
    said |= {path.parent.name: path.read_text() for path in database_logs}
    for where, text in said.items():
        assert found_in(text) == [], where
        assert [secret for secret in secrets if secret in text] == [], where


def test_a_metric_knows_routes_and_not_paths(served):
    address, _ = served
    httpx.get(f"{address}/turfs/{NAME}")
    labels = set(re.findall(r'route="([^"]*)"', httpx.get(f"{address}/metrics").text))
    known = {"/docs", "/openapi", "unknown"}
    extra = {label for label in labels - known if not label.startswith("/openapi")}
    routes = {re.sub(r"\{.*?\}", "{}", path) for path in _templates()}
    assert {re.sub(r"\{.*?\}", "{}", label) for label in extra} <= routes


def _templates():
    return list(schema()["paths"])


def test_the_search_finds_what_it_looks_for():
    for canary in CANARIES:
        assert found_in(f"a line with {canary.upper()} in it") == [canary]
    assert found_in("email=canary%40example.org&street=Canary%20Lane") == [STREET, EMAIL]
