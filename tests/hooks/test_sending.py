"""Hooks against a real receiver in a process of its own, well and unwell."""

import asyncio
import base64
import contextlib
import datetime as dt
import json
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from mail_server import mail_server
from makers import make_field

from doorstep import app
from doorstep.hooks import sending, service, signing
from doorstep.hooks.model import HookKind
from doorstep.hooks.sending import MAX_TRIES, OFF_AFTER, Sender, forget_old, wait_s
from doorstep.kit.auth import Role
from doorstep.kit.hosts import Hosts
from doorstep.kit.ids import new_id
from doorstep.kit.outgoing import Answer, Reach

NOWHERE = "0198c0de-dead-7000-8000-000000000000"


class Receiver:
    def __init__(self, folder):
        self.secrets = folder / "secrets"
        self.secrets.write_text("")
        self.output = folder / "output"
        self.port = 0
        self.start()

    def start(self):
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 -- the command is ours
                [sys.executable, str(Path(__file__).parent / "receiver.py"), str(self.secrets)],
                stdout=output,
                env={"PATH": "/usr/bin:/bin", "PORT": str(self.port)},
            )
        seen = len(self.lines())
        deadline = time.monotonic() + 20
        while len(self.lines()) == seen or not self.lines()[-1].isdecimal():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.port = int(self.lines()[-1])

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def lines(self):
        return self.output.read_text().splitlines() if self.output.exists() else []

    @property
    def got(self):
        return [json.loads(line) for line in self.lines() if line.startswith("{")]

    def knows(self, secret):
        self.secrets.write_text(f"{self.secrets.read_text()} {secret}")

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"


@pytest.fixture
def receiver(tmp_path):
    running = Receiver(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def sender(world, settings, receiver, monkeypatch):
    own = Hosts(f"127.0.0.1:{receiver.port}")
    monkeypatch.setattr(service, "check_url", lambda url, _: url)
    return Sender(settings, world.keyring, Reach(own_hosts=own, total_s=2.5))


async def make_hook(tenant, receiver, path, kinds=("turf.published",)):
    organizer = await tenant.organizer()
    body = {"url": receiver.url(path), "kinds": list(kinds)}
    made = await organizer.post("/hooks", json=body)
    assert made.status_code == 201, made.text
    receiver.knows(made.json()["secret"])
    return made.json()["hook"]["id"]


async def tell(tenant, count=1):
    """Publishes something for the tenant's hooks; the ids that it is about."""
    ids = [new_id() for _ in range(count)]
    async with tenant.transaction() as db:
        for one in ids:
            await service.publish(db, tenant.id, HookKind.TURF_PUBLISHED, {"turf_id": one})
    return ids


async def deliveries(tenant, hook_id, **query):
    organizer = await tenant.organizer()
    answer = await organizer.get(f"/hooks/{hook_id}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def hook_of(tenant, hook_id):
    return (await (await tenant.organizer()).get(f"/hooks/{hook_id}")).json()


async def due_now(tenant):
    async with tenant.transaction() as db:
        await db.execute("update hook_delivery set next_at = now() where state = 'waiting'")


async def test_what_happened_arrives_signed_and_says_ids_alone(world, tenant, receiver, sender):
    hook_id = await make_hook(tenant, receiver, "a")
    [turf_id] = await tell(tenant)
    await sender.send_due(world.pool)
    [delivery] = await deliveries(tenant, hook_id)
    assert delivery["error"] is None
    [got] = receiver.got
    assert got["genuine"]
    assert got["id"] == delivery["id"]
    body = json.loads(got["body"])
    assert body == {
        "type": "turf.published",
        "timestamp": delivery["created_at"],
        "data": {"turf_id": str(turf_id)},
    }
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)
    assert (delivery["response_status"], delivery["next_at"]) == (204, None)
    await sender.send_due(world.pool)
    assert len(receiver.got) == 1


async def test_what_was_rolled_back_is_told_to_nobody(world, tenant, receiver, sender):
    await make_hook(tenant, receiver, "a")
    with contextlib.suppress(ZeroDivisionError):
        async with tenant.transaction() as db:
            await service.publish(db, tenant.id, HookKind.TURF_PUBLISHED, {"turf_id": new_id()})
            raise ZeroDivisionError
    await sender.send_due(world.pool)
    assert receiver.got == []


async def test_hooks_are_told_what_they_asked_for_and_other_organizations_nothing(
    world, tenant, stranger, receiver, sender
):
    await make_hook(tenant, receiver, "turfs")
    await make_hook(tenant, receiver, "imports", ["import.finished"])
    await make_hook(tenant, receiver, "both", ["import.finished", "turf.published"])
    await make_hook(stranger, receiver, "stranger")
    await tell(tenant)
    await sender.send_due(world.pool)
    assert sorted(one["path"] for one in receiver.got) == ["both", "turfs"]


async def test_turfs_and_imports_are_told_as_they_happen(world, tenant, receiver, sender):
    kinds = ["turf.published", "turf.assigned", "import.finished"]
    await make_hook(tenant, receiver, "all", kinds)
    made = await make_field(tenant, houses=2)
    people = "external_id,street,house_number,longitude,latitude\nx1,Oak Road,1,24.9,60.2\n"
    answer = await (await tenant.organizer()).post("/imports?file_name=a.csv", content=people)
    assert answer.status_code == 201, answer.text
    await sender.send_due(world.pool)
    told = {
        body["type"]: body["data"] for body in (json.loads(one["body"]) for one in receiver.got)
    }
    assert told == {
        "turf.published": {"turf_id": made.turf_id, "pass_id": made.pass_id},
        "turf.assigned": {"turf_id": made.turf_id, "member_id": str(made.volunteer_id)},
        "import.finished": {"import_id": answer.json()["id"]},
    }


async def test_another_secret_makes_the_old_one_worthless(world, tenant, receiver, sender):
    hook_id = await make_hook(tenant, receiver, "a")
    old = receiver.secrets.read_text().split()
    renewed = await (await tenant.organizer()).post(f"/hooks/{hook_id}/secret")
    assert renewed.json()["secret"] not in old
    await tell(tenant)
    await sender.send_due(world.pool)
    receiver.knows(renewed.json()["secret"])
    await tell(tenant)
    await sender.send_due(world.pool)
    assert [one["genuine"] for one in receiver.got] == [False, True]


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [("500", 500, "status"), ("307", 307, "redirect"), ("slow", None, "slow"),
     ("404", 404, "status"), ("429", 429, "status")],
)  # fmt: skip
async def test_what_is_not_taken_waits_and_comes_again_as_the_same(
    world, tenant, receiver, sender, path, status, error
):
    hook_id = await make_hook(tenant, receiver, path)
    await tell(tenant)
    before = dt.datetime.now(dt.UTC)
    await sender.send_due(world.pool)
    [delivery] = await deliveries(tenant, hook_id)
    assert (delivery["state"], delivery["attempts"]) == ("waiting", 1)
    assert (delivery["response_status"], delivery["error"]) == (status, error)
    wait = dt.datetime.fromisoformat(delivery["next_at"]) - before
    expected = 1000 if path == "429" else 30
    assert expected * 0.89 < wait.total_seconds() < expected * 1.1 + 5
    assert (await hook_of(tenant, hook_id))["failing_since"] is not None
    await due_now(tenant)
    await sender.send_due(world.pool)
    one, other = receiver.got
    assert (one["id"], one["body"]) == (other["id"], other["body"])
    assert one["genuine"]
    assert other["genuine"]
    assert "redirected" not in [got["path"] for got in receiver.got]


async def test_a_receiver_that_comes_back_gets_all_that_it_missed(world, tenant, receiver, sender):
    hook_id = await make_hook(tenant, receiver, "a")
    receiver.stop()
    ids = await tell(tenant, 3)
    await sender.send_due(world.pool)
    waiting = await deliveries(tenant, hook_id)
    assert {one["state"] for one in waiting} == {"waiting"}
    # Where the first finds nobody, the others are not tried for nothing.
    tried = {one["data"]["turf_id"]: (one["attempts"], one["error"]) for one in waiting}
    assert [tried[str(one)] for one in ids] == [(1, "unreachable"), (0, None), (0, None)]
    receiver.start()
    await due_now(tenant)
    await sender.send_due(world.pool)
    told = [json.loads(one["body"])["data"]["turf_id"] for one in receiver.got]
    assert told == [str(one) for one in ids]
    assert (await hook_of(tenant, hook_id))["failing_since"] is None


async def test_one_slow_receiver_keeps_no_other_waiting(world, tenant, receiver, sender):
    await make_hook(tenant, receiver, "slow")
    await make_hook(tenant, receiver, "quick")
    await tell(tenant, 5)
    await sender.send_due(world.pool)
    paths = [one["path"] for one in receiver.got]
    assert (paths.count("quick"), paths.count("slow")) == (5, 1)


async def test_gone_switches_off_at_once_and_tells_who_made_it(
    world, tenant, receiver, sender, settings
):
    hook_id = await make_hook(tenant, receiver, "410")
    await tell(tenant, 2)
    async with mail_server() as post:
        mailing = msgspec.structs.replace(settings, smtp_url=post.url)
        await Sender(mailing, world.keyring, sender.reach).send_due(world.pool)
        [(to, message)] = post.taken
    organizer = await (await tenant.organizer()).get("/me")
    assert to == [organizer.json()["member"]["email"]]
    assert receiver.url("410") in message.get_content()
    hook = await hook_of(tenant, hook_id)
    assert (hook["active"], hook["off_reason"]) == (False, "gone")
    assert {one["state"] for one in await deliveries(tenant, hook_id)} == {"failed"}
    await tell(tenant)
    await sender.send_due(world.pool)
    assert len(receiver.got) == 1


async def fail_for_three_days(world, tenant, sender):
    """Every try that there is; the clock of the rows is turned back before each."""
    for _ in range(MAX_TRIES):
        async with tenant.transaction() as db:
            await db.execute(
                "update hook set failing_since = failing_since - $1::interval",
                OFF_AFTER / (MAX_TRIES - 1),
            )
        await due_now(tenant)
        await sender.send_due(world.pool)


async def test_after_three_days_of_nothing_a_hook_is_off_and_can_be_switched_on_again(
    world, tenant, receiver, sender
):
    hook_id = await make_hook(tenant, receiver, "500")
    await tell(tenant)
    await fail_for_three_days(world, tenant, sender)
    assert len(receiver.got) == MAX_TRIES
    hook = await hook_of(tenant, hook_id)
    assert (hook["active"], hook["off_reason"]) == (False, "failing")
    [delivery] = await deliveries(tenant, hook_id, delivery_state="failed")
    organizer = await tenant.organizer()
    replay = f"/hooks/{hook_id}/deliveries/{delivery['id']}/replay"
    assert (await organizer.post(replay)).status_code == 409
    assert (await deliveries(tenant, hook_id, delivery_state="failed")) != []
    mended = {"url": receiver.url("a"), "active": True}
    assert (await organizer.patch(f"/hooks/{hook_id}", json=mended)).json()["active"]
    assert (await organizer.post(replay)).status_code == 202
    await sender.send_due(world.pool)
    first, *_, last = receiver.got
    assert (last["path"], last["id"], last["genuine"]) == ("a", first["id"], True)


async def test_giving_one_thing_up_leaves_a_hook_on_that_takes_others(
    world, tenant, receiver, sender
):
    hook_id = await make_hook(tenant, receiver, "500")
    await tell(tenant)
    for _ in range(MAX_TRIES):
        await due_now(tenant)
        await sender.send_due(world.pool)
    assert (await hook_of(tenant, hook_id))["active"]
    [delivery] = await deliveries(tenant, hook_id)
    assert (delivery["state"], delivery["attempts"]) == ("failed", MAX_TRIES)


async def test_a_ping_is_sent_even_to_a_hook_that_is_off(world, tenant, receiver, sender):
    hook_id = await make_hook(tenant, receiver, "a")
    organizer = await tenant.organizer()
    await organizer.patch(f"/hooks/{hook_id}", json={"active": False})
    pinged = await organizer.post(f"/hooks/{hook_id}/ping")
    assert (pinged.status_code, pinged.json()["state"]) == (202, "waiting")
    await sender.send_due(world.pool)
    assert json.loads(receiver.got[0]["body"])["type"] == "ping"
    assert (await deliveries(tenant, hook_id))[0]["state"] == "delivered"


async def test_an_address_within_is_not_reached_when_it_is_sent_to(
    world, tenant, receiver, settings, monkeypatch
):
    monkeypatch.setattr(service, "check_url", lambda url, _: url)
    hook_id = await make_hook(tenant, receiver, "a")

    async def rebound(host, port):
        return ["169.254.169.254"]

    async with tenant.transaction() as db:
        await db.execute("update hook set url = 'http://innocent.example/'")
    await tell(tenant)
    reach = Reach(own_hosts=Hosts(), resolve=rebound)
    await Sender(settings, world.keyring, reach).send_due(world.pool)
    assert (await deliveries(tenant, hook_id))[0]["error"] == "forbidden"
    async with tenant.transaction() as db:
        await db.execute("update hook set url = 'http://10.0.0.1/'")
    await due_now(tenant)
    await Sender(settings, world.keyring, reach).send_due(world.pool)
    assert (await deliveries(tenant, hook_id))[0]["error"] == "refused"


async def test_much_at_once_goes_out_in_one_go_and_in_order(world, tenant, receiver, sender):
    await make_hook(tenant, receiver, "a")
    ids = await tell(tenant, 35)
    await sender.send_due(world.pool)
    told = [json.loads(one["body"])["data"]["turf_id"] for one in receiver.got]
    assert told == [str(one) for one in ids]


async def test_a_bug_with_one_hook_keeps_no_other_waiting(
    world, tenant, receiver, sender, monkeypatch
):
    broken = await make_hook(tenant, receiver, "broken")
    await make_hook(tenant, receiver, "well")
    await tell(tenant)
    post = sending.post

    async def stumbles(url, *rest):
        if url.endswith("broken"):
            raise ZeroDivisionError
        return await post(url, *rest)

    monkeypatch.setattr(sending, "post", stumbles)
    await sender.send_due(world.pool)
    assert [one["path"] for one in receiver.got] == ["well"]
    assert (await deliveries(tenant, broken))[0]["state"] == "waiting"


async def test_two_senders_at_once_send_everything_once(world, tenant, receiver, sender):
    await make_hook(tenant, receiver, "a")
    await tell(tenant, 10)
    await asyncio.gather(*(sender.send_due(world.pool) for _ in range(4)))
    ids = [one["id"] for one in receiver.got]
    assert len(ids) == len(set(ids)) == 10


async def test_a_sender_that_was_killed_leaves_it_to_the_next(
    world, tenant, receiver, sender, monkeypatch
):
    hook_id = await make_hook(tenant, receiver, "a")
    await tell(tenant)

    async def killed(*_):
        raise asyncio.CancelledError

    monkeypatch.setattr(sending, "post", killed)
    with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
        await sender.send_due(world.pool)
    monkeypatch.undo()
    assert (await deliveries(tenant, hook_id))[0]["state"] == "waiting"
    await due_now(tenant)
    await sender.send_due(world.pool)
    assert (await deliveries(tenant, hook_id))[0]["state"] == "delivered"


async def test_what_is_a_month_old_is_forgotten(world, tenant, receiver, sender):
    hook_id = await make_hook(tenant, receiver, "a")
    await tell(tenant, 2)
    await sender.send_due(world.pool)
    async with tenant.transaction() as db:
        await db.execute(
            """
            update hook_delivery set created_at = now() - interval '31 days'
             where id = (select id from hook_delivery order by id limit 1)
            """
        )
    await forget_old(world.pool)
    assert len(await deliveries(tenant, hook_id)) == 1


def test_the_waits_between_all_tries_come_to_three_days():
    waits = [wait_s(attempts) for attempts in range(1, MAX_TRIES)]
    assert OFF_AFTER.total_seconds() < sum(waits) < 80 * 3600
    assert 27 <= waits[0] <= 33
    assert len({wait_s(3) for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("given", "wanted"), [("120", 120), ("", 0), ("soon", 0), ("9" * 30, 0), ("999999", 43200)]
)
def test_a_receiver_may_ask_for_a_pause_within_reason(given, wanted):
    answer = Answer(503, {"retry-after": given}, b"")
    assert sending.judge(answer).retry_after_s == wanted
    assert sending.judge(Answer(500, {"retry-after": "60"}, b"")).retry_after_s == 0


def test_a_signature_is_that_of_the_specification():
    """The example of the Standard Webhooks reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 24
    made = signing.headers_of(
        secret,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        dt.datetime.fromtimestamp(1614265330, dt.UTC),
    )
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_what_may_be_a_hook(tenant):
    organizer = await tenant.organizer()
    good = {"url": "https://hooks.example.org/x", "kinds": ["turf.published"]}
    for wrong, status in (
        ({"url": "http://127.0.0.1/"}, 422), ({"url": "http://[::1]/"}, 422),
        ({"url": "https://u:p@example.org/"}, 422), ({"url": "ftp://example.org/"}, 422),
        ({"url": "http://2130706433/"}, 422), ({"kinds": []}, 400), ({"kinds": ["ping"]}, 422),
        ({"kinds": ["everything"]}, 400), ({"secret": "mine"}, 400),
    ):  # fmt: skip
        answer = await organizer.post("/hooks", json=good | wrong)
        assert answer.status_code == status, (wrong, answer.text)
    made = await organizer.post("/hooks", json=good)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    hook_id = made.json()["hook"]["id"]
    assert made.json()["secret"] not in (await organizer.get("/hooks")).text
    within = await organizer.patch(f"/hooks/{hook_id}", json={"url": "http://10.0.0.1/"})
    assert within.status_code == 422
    assert (await organizer.delete(f"/hooks/{hook_id}")).status_code == 204
    assert (await organizer.get("/hooks")).json() == []
    for _ in range(service.MAX_HOOKS):
        assert (await organizer.post("/hooks", json=good)).status_code == 201
    assert (await organizer.post("/hooks", json=good)).status_code == 409


async def test_hooks_are_for_organizers_and_strangers_see_none(tenant, stranger):
    organizer = await tenant.organizer()
    body = {"url": "https://hooks.example.org/x", "kinds": ["turf.published"]}
    hook_id = (await organizer.post("/hooks", json=body)).json()["hook"]["id"]
    for role in (Role.COORDINATOR, Role.CASEWORKER, Role.VOLUNTEER):
        assert (await (await tenant.client(role)).get("/hooks")).status_code == 403
    other = await stranger.organizer()
    assert (await other.get(f"/hooks/{hook_id}")).status_code == 404
    assert (await other.post(f"/hooks/{hook_id}/secret")).status_code == 404
    assert (await other.post(f"/hooks/{hook_id}/ping")).status_code == 404
    assert (await other.get(f"/hooks/{hook_id}/deliveries")).status_code == 404
    replay = await organizer.post(f"/hooks/{hook_id}/deliveries/{NOWHERE}/replay")
    assert replay.status_code == 404


async def test_the_worker_sends_by_itself(world, tenant, receiver, sender, settings):
    hook_id = await make_hook(tenant, receiver, "a")
    await tell(tenant)
    for work in sender.periodic():
        await work.run(world.pool)
    assert (await deliveries(tenant, hook_id))[0]["state"] == "delivered"
    names = {one.name for one in sender.periodic()}
    assert names <= {one.name for one in app.work(settings, world.keyring).periodic}
