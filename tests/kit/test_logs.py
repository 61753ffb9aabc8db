"""What is counted and logged of a request, whatever became of it."""

import httpx
import pytest
import structlog
from makers import make_tenant
from prometheus_client import generate_latest

from doorstep.kit import logs, problems


@pytest.fixture
def lines(monkeypatch):
    with structlog.testing.capture_logs() as found:
        monkeypatch.setattr(logs, "logger", structlog.get_logger())
        yield found


def counted(method, route, status):
    labels = {"method": method, "route": route, "status": str(status)}
    return logs.registry.get_sample_value("doorstep_requests_total", labels) or 0


@pytest.mark.parametrize(
    ("method", "path", "label", "route", "status"),
    [
        ("GET", "/health/live", "GET", "/health/live", 200),
        ("GET", "/me", "GET", "/me", 401),
        ("POST", "/sign-in/codes", "POST", "/sign-in/codes", 400),
        ("GET", "/nothing", "GET", "unknown", 404),
        ("GET", "/turfs/no-id", "GET", "unknown", 404),
        ("PUT", "/me", "PUT", "unknown", 405),
        ("BREW", "/me", "other", "unknown", 405),
    ],
)
async def test_every_answer_has_its_id_its_line_and_its_count(
    world, lines, method, path, label, route, status
):
    before = counted(label, route, status)
    answer = await world.anonymous().request(method, path, headers={"x-request-id": "mine-1"})
    assert answer.status_code == status
    assert answer.headers.get_list("x-request-id") == ["mine-1"]
    assert counted(label, route, status) == before + 1
    (line,) = lines
    assert (line["method"], line["route"], line["status"]) == (label, route, status)
    assert line["duration_ms"] > 0


async def test_a_refused_role_has_its_status_and_an_id_of_the_servers(world, tenant, lines):
    answer = await (await tenant.volunteer()).get("/invites")
    assert answer.status_code == 403
    assert len(answer.headers["x-request-id"]) == 36
    assert lines[-1]["status"] == 403


async def test_a_signed_out_device_is_counted_as_401(world):
    tenant = await make_tenant(world)
    member_id, client = await tenant.member()
    assert (await (await tenant.organizer()).delete(f"/members/{member_id}")).status_code == 204
    before = counted("GET", "/me", 401)
    answer = await client.get("/me")
    assert (answer.status_code, counted("GET", "/me", 401)) == (401, before + 1)
    assert answer.headers["x-request-id"]


async def test_an_id_that_could_forge_a_line_is_replaced(world):
    for hostile in ("a\tb", "x" * 65, "a b", "{}"):
        answer = await world.anonymous().get("/nothing", headers={"x-request-id": hostile})
        assert len(answer.headers["x-request-id"]) == 36


async def test_made_up_paths_and_methods_leave_no_trace_in_the_metrics(world, lines):
    await world.anonymous().request("CANARYMETHOD", "/canary/path?canary=query")
    page = generate_latest(logs.registry).decode()
    assert "canary" not in page.lower()
    assert "canary" not in str(lines).lower()


async def test_a_bug_is_logged_under_its_requests_id(world, monkeypatch):
    async def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("doorstep.accounts.service.start_member", fail)
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False, client=("192.0.2.9", 1))
    before = counted("POST", "/sign-in/codes", 500)
    monkeypatch.setattr(problems, "logger", structlog.get_logger())
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as found:
        client = httpx.AsyncClient(transport=transport, base_url="http://doorstep.test")
        answer = await client.post(
            "/sign-in/codes", json={"organization": "nobody", "email": "nobody@example.org"}
        )
    assert answer.status_code == 500
    (bug,) = [line for line in found if line["event"] == "unexpected_error"]
    assert bug["request_id"] == answer.headers["x-request-id"]
    assert counted("POST", "/sign-in/codes", 500) == before + 1
