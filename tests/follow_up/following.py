"""What tests of follow-up need: topics, issues at doors, consents, and mail that is caught."""

import re
from dataclasses import dataclass, field

import msgspec
import pytest

from doorstep.follow_up import sending
from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id


async def post(client, path, status=201, **body):
    answer = await client.post(path, json=body)
    assert answer.status_code == status, (path, answer.status_code, answer.text)
    return answer.json()


async def make_topic(tenant, name="Street lights", role="caseworker", due_days=14):
    await tenant.client(Role.CASEWORKER)
    body = {"name": name, "owner_role": role, "due_days": due_days}
    return (await post(await tenant.organizer(), "/issue-topics", **body))["id"]


def issue(topic_id, door_id, person_id=None, text="The lamp is broken", **more):
    return {
        "id": str(new_id()),
        "topic_id": topic_id,
        "door_id": str(door_id),
        "person_id": None if person_id is None else str(person_id),
        "text": text,
        "raised_at": "2026-11-20T10:15:00Z",
        **more,
    }


async def raised(client, *args, **more):
    """The id of the case that a new issue is in."""
    return (await post(client, "/issues", **issue(*args, **more)))["case_id"]


async def move(client, case_id, to, status=201, reason="It is time.", **more):
    return await post(client, f"/cases/{case_id}/moves", status, to=to, reason=reason, **more)


async def resolve(client, case_id, outcome="fixed", reason="There is a new lamp."):
    return await move(client, case_id, "resolved", outcome=outcome, reason=reason)


async def consent(client, person_id, channel="email", purpose="follow_up", **more):
    body = {"purpose": purpose, "channel": channel, "wording": "May we tell you?", **more}
    return (await post(client, f"/people/{person_id}/consents", **body))["id"]


async def tell(tenant, *, dry_run=False):
    """(notices, revisits, suppressed, cases told)."""
    run = await post(await tenant.organizer(), "/tell-runs", dry_run=dry_run)
    return tuple(run.values())


async def case_of(tenant, case_id):
    answer = await (await tenant.organizer()).get(f"/cases/{case_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def notices(tenant, **query):
    answer = await (await tenant.organizer()).get("/case-notices", params={"limit": 500, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def knock(made, door_id, result="canvassed", occurred_at="2027-01-01T10:00:00Z"):
    """Knock at a door of the turf, now by the server's clock."""
    event = {
        "id": str(new_id()),
        "kind": "attempt",
        "turf_id": str(made.turf_id),
        "door_id": str(door_id),
        "result": result,
        "occurred_at": occurred_at,
    }
    told = await post(
        made.volunteer, "/sync/events", 200, sent_at=occurred_at, events=[event]
    )  # fmt: skip
    assert told["results"][0]["outcome"] == "accepted", told
    return event["id"]


async def figure(tenant, name="raisers_told"):
    """(counted, of how many, value)."""
    answer = await (await tenant.organizer()).get("/follow-up/figures")
    assert answer.status_code == 200, answer.text
    (found,) = [one for one in answer.json() if one["figure"] == name]
    return found["counted_count"], found["rows_count"], found["value"]


@dataclass
class Postbox:
    """Stands in for the mail server."""

    letters: list[tuple[str, str, str]] = field(default_factory=list)
    takes: bool = True

    async def send(self, settings, to, subject, text):
        assert settings.smtp_url
        if self.takes:
            self.letters.append((to, subject, text))
        return self.takes

    def tokens(self, number=-1):
        return re.findall(r"/raised/([\w-]+)", self.letters[number][2])


@pytest.fixture
def postbox(monkeypatch):
    box = Postbox()
    monkeypatch.setattr(sending, "send_mail", box.send)
    return box


async def deliver(tenant, settings):
    """(sent, failed, suppressed) of the messages that waited."""
    mailing = msgspec.structs.replace(settings, smtp_url="smtp://localhost:25")
    run = await sending.send_notices(
        tenant.world.pool, mailing, tenant.world.keyring, tenant.id
    )  # fmt: skip
    return run.sent_count, run.failed_count, run.suppressed_count
