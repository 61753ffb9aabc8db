import datetime as dt
import json
from collections import Counter

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.commands.demo_network import Fault, FlakyTransport, Weather
from doorstep.commands.outbox import Outbox
from doorstep.commands.phones import Phone, RefusedRequestError, SignedOutError

TOKENS = {"access_token": "first", "refresh_token": "r" * 20, "member_id": "m", "device_id": "d"}
CALM = Weather(offline=0, lost=0, cut=0, answer_lost=0, duplicated=0, latency_s=0)
NOON = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)


class Server:
    """Answers as the real one does; what it stored can be looked at."""

    def __init__(self):
        self.stored = {}
        self.arrived = Counter()
        self.accepts = "first"
        self.refreshes = []
        self.failing = 0
        self.signed_out = False

    def handle(self, request):
        if request.url.path == "/sign-in/refreshes":
            return self._refresh(json.loads(request.content))
        if request.headers["authorization"] != f"Bearer {self.accepts}":
            return httpx.Response(401, json={})
        if request.url.path.endswith("/bundle"):
            return self._bundle(request)
        if self.failing:
            self.failing -= 1
            return httpx.Response(503, json={})
        return self._store(json.loads(request.content))

    def _refresh(self, wanted):
        self.refreshes.append(wanted)
        if self.signed_out:
            return httpx.Response(401, json={})
        self.accepts = f"token {len(self.refreshes)}"
        return httpx.Response(201, json={**TOKENS, "access_token": self.accepts})

    def _bundle(self, request):
        if request.headers.get("if-none-match") == '"v1"':
            return httpx.Response(304)
        return httpx.Response(200, json={"doors": [1, 2]}, headers={"etag": '"v1"'})

    def _store(self, batch):
        results = []
        for index, event in enumerate(batch["events"]):
            if event["kind"] == "nonsense":
                return httpx.Response(400, text="The request cannot be read")
            known = self.stored.setdefault(event["id"], event)
            assert known == event
            self.arrived[event["id"]] += 1
            outcome = "accepted" if self.arrived[event["id"]] == 1 else "duplicate"
            results.append({"index": index, "id": event["id"], "outcome": outcome})
        return httpx.Response(200, json={"results": results})


@pytest.fixture
def server():
    return Server()


@pytest.fixture
async def phone(server, tmp_path):
    network = FlakyTransport(httpx.MockTransport(server.handle), CALM, np.random.default_rng(1))
    async with httpx.AsyncClient(transport=network, base_url="http://doorstep.test") as http:
        made = Phone.signed_in(tmp_path, http, lambda: NOON, TOKENS)
        made.network = network
        yield made


def plan(phone, path, *faults):
    phone.network.planned[path] = list(faults)


async def test_an_event_is_on_disk_before_it_is_sent(phone):
    event_id = phone.record("note", NOON, text="Ring twice")
    assert Outbox(phone.outbox.path).waiting[event_id]["text"] == "Ring twice"


async def test_a_lost_answer_makes_the_phone_send_the_very_same_events_again(phone, server):
    ids = [phone.record("note", NOON, text=str(number)) for number in range(3)]
    plan(phone, "/sync/events", Fault.ANSWER_LOST, Fault.ANSWER_LOST)
    await phone.push()
    assert list(server.stored) == ids
    assert set(server.arrived.values()) == {3}
    assert phone.outbox.waiting == {}
    assert set(phone.outbox.outcomes.values()) == {"duplicate"}
    assert phone.tally.repeated == 6


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.CUT, Fault.OFFLINE])
async def test_what_did_not_arrive_is_sent_again(phone, server, fault):
    event_id = phone.record("note", NOON, text="Hello")
    plan(phone, "/sync/events", fault)
    await phone.push()
    assert server.arrived == {event_id: 1}
    assert phone.outbox.outcomes == {event_id: "accepted"}
    assert phone.tally.unanswered == 1


async def test_a_request_that_arrives_twice_is_settled_once(phone, server):
    event_id = phone.record("note", NOON, text="Hello")
    plan(phone, "/sync/events", Fault.DUPLICATED)
    await phone.push()
    assert server.arrived == {event_id: 2}
    assert list(server.stored) == [event_id]
    assert phone.outbox.waiting == {}


async def test_a_server_in_trouble_is_asked_again(phone, server):
    phone.record("note", NOON, text="Hello")
    server.failing = 2
    await phone.push()
    assert phone.outbox.waiting == {}


async def test_batches_stay_small(phone, server):
    for number in range(120):
        phone.record("note", NOON, text=str(number))
    await phone.push()
    assert phone.network.counts == {Fault.NONE: 3}
    assert len(server.stored) == 120


async def test_an_app_killed_while_sending_goes_on_where_it_was(phone, server):
    ids = [phone.record("note", NOON, text=str(number)) for number in range(3)]
    plan(phone, "/sync/events", Fault.ANSWER_LOST)
    batch = phone.outbox.batch()
    with pytest.raises(httpx.ReadError):
        await phone.http.post(
            "/sync/events",
            json={"sent_at": NOON.isoformat(), "events": batch},
            headers={"authorization": "Bearer first"},
        )
    again = phone.restarted()
    assert list(again.outbox.waiting) == ids
    await again.push()
    assert set(server.arrived.values()) == {2}
    assert Outbox(again.outbox.path).waiting == {}


async def test_an_old_token_is_refreshed_with_one_nonce_however_often_the_answer_is_lost(
    phone, server
):
    server.accepts = "another"
    plan(phone, "/sign-in/refreshes", Fault.ANSWER_LOST, Fault.ANSWER_LOST)
    phone.record("note", NOON, text="Hello")
    await phone.push()
    assert phone.outbox.waiting == {}
    assert len(server.refreshes) == 3
    assert len({wanted["nonce"] for wanted in server.refreshes}) == 1


async def test_a_refresh_interrupted_by_a_restart_keeps_its_nonce(phone, server):
    server.accepts = "another"
    server.signed_out = True
    with pytest.raises(SignedOutError):
        await phone.refresh()
    again = phone.restarted()
    server.signed_out = False
    await again.refresh()
    assert server.refreshes[0] == server.refreshes[1]


async def test_nothing_is_lost_when_the_device_is_signed_out(phone, server):
    event_id = phone.record("note", NOON, text="Hello")
    server.accepts, server.signed_out = "another", True
    with pytest.raises(SignedOutError, match="Sign in again"):
        await phone.push()
    assert list(phone.outbox.waiting) == [event_id]


async def test_a_refusal_of_the_whole_request_is_told_with_its_reason(phone):
    event_id = phone.record("nonsense", NOON)
    with pytest.raises(RefusedRequestError, match="400 The request cannot be read"):
        await phone.push()
    assert list(phone.outbox.waiting) == [event_id]


async def test_a_bundle_is_downloaded_once(phone):
    first = await phone.bundle("t1")
    again = phone.restarted()
    assert await again.bundle("t1") == first == {"doors": [1, 2]}


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=12),
    cut=st.integers(0, 200),
)
def test_an_outbox_cut_short_by_a_crash_loses_only_its_last_unfinished_line(
    tmp_path_factory, steps, cut
):
    path = tmp_path_factory.mktemp("outbox") / "outbox.jsonl"
    outbox = Outbox(path)
    states = [({}, {})]
    for number, (adds, pick) in enumerate(steps):
        if adds or not outbox.waiting:
            outbox.add({"id": str(number), "text": "ä☂\n"})
        else:
            waiting = list(outbox.waiting)
            outbox.settle({waiting[pick % len(waiting)]: "accepted"})
        states.append((dict(outbox.waiting), dict(outbox.outcomes)))
    whole = path.read_bytes()
    kept = whole[: max(0, len(whole) - cut)]
    path.write_bytes(kept)
    again = Outbox(path)
    assert (again.waiting, again.outcomes) == states[kept.count(b"\n")]
    again.add({"id": "new"})
    last = Outbox(path)
    assert "new" in last.waiting


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 60))
async def test_under_any_weather_every_event_arrives_and_is_stored_once(
    tmp_path_factory, seed, count
):
    server = Server()
    network = FlakyTransport(
        httpx.MockTransport(server.handle),
        Weather(offline=0.1, lost=0.1, cut=0.1, answer_lost=0.2, duplicated=0.1, latency_s=0),
        np.random.default_rng(seed),
    )
    folder = tmp_path_factory.mktemp("phone")
    async with httpx.AsyncClient(transport=network, base_url="http://doorstep.test") as http:
        phone = Phone.signed_in(folder, http, lambda: NOON, TOKENS)
        ids = [phone.record("note", NOON, text=str(number)) for number in range(count)]
        await phone.push()
    assert sorted(server.stored) == sorted(ids)
    assert phone.outbox.waiting == {}


def test_chances_that_add_up_to_more_than_one_are_refused():
    with pytest.raises(ValueError, match="more than 1"):
        Weather(lost=0.6, cut=0.6)
