import asyncio
import contextlib
import datetime as dt
import json

import pytest
from makers import make_field
from sending import attempt, outcomes, send, stored, void

from doorstep.canvass import gathering
from doorstep.canvass.taking import take, unread
from doorstep.kit.auth import Caller, Role
from doorstep.kit.db import begin
from doorstep.kit.errors import TryLaterError
from doorstep.kit.ids import new_id

NOW = "2026-11-21T12:00:00Z"


@pytest.fixture
def groups(monkeypatch):
    """How many batches each transaction took, the first of which waits for the others."""
    sizes = []

    async def slow(db, batches):
        if not sizes:
            await asyncio.sleep(0.3)
        sizes.append(len(batches))
        return await take(db, batches)

    monkeypatch.setattr(gathering, "take", slow)
    monkeypatch.setattr(gathering, "AT_ONCE", 1)
    return sizes


async def known(client):
    """Have the server know who this is: strangers go alone."""
    assert (await client.get("/me")).is_success


async def all_at_once(*sendings):
    first, *others = sendings
    begun = asyncio.create_task(first)
    await asyncio.sleep(0.1)
    return [await begun, *await asyncio.gather(*others)]


async def test_what_comes_meanwhile_goes_together_and_each_is_answered_for_itself(tenant, groups):
    field = await make_field(tenant)
    stranger_id, stranger = await tenant.member()
    for client in (field.volunteer, stranger):
        await known(client)
    events = [attempt(field, door=n % 2, minute=n) for n in range(5)]
    nobodys = attempt(field)
    got = await all_at_once(
        *(outcomes(field.volunteer, event) for event in events[:3]),
        outcomes(field.volunteer, events[3], {"id": "no-uuid"}, events[4]),
        outcomes(stranger, nobodys),
    )
    assert groups == [1, 4]
    assert got == [
        ["accepted"], ["accepted"], ["accepted"],
        ["accepted", "malformed", "accepted"],
        ["needs_review"],
    ]  # fmt: skip
    async with tenant.transaction() as db:
        rows = await db.fetch(
            """
            select b.member_id, b.events_count, count(*) as there
              from event_batch b
              join contact_event e on e.batch_id = b.id and e.member_id = b.member_id
             group by b.id, b.member_id, b.events_count
            """
        )
    assert sorted(row["there"] for row in rows) == [1, 1, 1, 1, 2]
    assert all(row["events_count"] == row["there"] for row in rows)
    assert [row["there"] for row in rows if row["member_id"] == stranger_id] == [1]
    assert len(await stored(field)) == 6


async def test_the_same_event_in_two_batches_is_accepted_once(tenant, groups):
    field = await make_field(tenant)
    await known(field.volunteer)
    first, twice = attempt(field), attempt(field, door=1)
    got = await all_at_once(
        outcomes(field.volunteer, first),
        outcomes(field.volunteer, twice),
        outcomes(field.volunteer, twice),
    )
    assert [got[0], *sorted(got[1:])] == [["accepted"], ["accepted"], ["duplicate"]]
    assert len(await stored(field)) == 2


async def test_a_failure_parts_the_batches_and_none_is_lost(tenant, groups, monkeypatch):
    field = await make_field(tenant)
    await known(field.volunteer)

    async def failing(db, batches):
        await take(db, batches)
        message = "Poison"
        raise ValueError(message)

    monkeypatch.setattr(gathering, "take", failing)
    events = [attempt(field, door=n % 2) for n in range(4)]
    got = await asyncio.gather(*(outcomes(field.volunteer, event) for event in events))
    assert got == [["accepted"]] * 4
    assert len(await stored(field)) == 4


async def test_an_undo_and_its_knock_at_the_same_time_undo_it(tenant, groups):
    field = await make_field(tenant)
    await known(field.volunteer)
    knock = attempt(field)
    got = await all_at_once(
        outcomes(field.volunteer, attempt(field, door=1)),
        outcomes(field.volunteer, knock),
        outcomes(field.volunteer, void(knock)),
    )
    assert got == [["accepted"]] * 3
    async with tenant.transaction() as db:
        counts = await db.fetch("select attempts_count from door_state order by 1")
    assert [row["attempts_count"] for row in counts] == [0, 1]


async def test_who_was_signed_out_meanwhile_has_their_batch_set_aside(tenant, groups):
    field = await make_field(tenant)
    _, other = await tenant.member()
    for client in (field.volunteer, other):
        await known(client)
    device_id = (await other.get("/me")).json()["device_id"]
    async with tenant.transaction() as db:
        await db.execute("update device set revoked_at = now() where id = $1", device_id)
    event = attempt(field) | {"occurred_at": dt.datetime.now(dt.UTC).isoformat()}
    got = await all_at_once(
        outcomes(field.volunteer, attempt(field)),
        outcomes(field.volunteer, attempt(field)),
        send(other, event),
    )
    assert got[:2] == [["accepted"]] * 2
    assert got[2][0]["outcome"] == "needs_review"


async def test_who_hangs_up_takes_nobody_along(tenant, groups):
    field = await make_field(tenant)
    await known(field.volunteer)
    sending = [asyncio.create_task(send(field.volunteer, attempt(field))) for _ in range(3)]
    await asyncio.sleep(0.1)
    sending[1].cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending[1]
    for one in (sending[0], sending[2]):
        assert (await one)[0]["outcome"] == "accepted"


async def test_a_large_batch_goes_in_parts_and_is_answered_as_one(tenant, groups, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_EVENTS", 2)
    field = await make_field(tenant)
    await known(field.volunteer)
    events = [attempt(field, door=n % 2, minute=n) for n in range(4)]
    got = await send(
        field.volunteer, *events[:3], {"id": "no-uuid"}, events[0], events[1] | {"result": "moved"},
        events[3],
    )  # fmt: skip
    assert groups == [1, 1, 1, 1]
    assert [one["outcome"] for one in got] == [
        "accepted", "accepted", "accepted", "malformed", "duplicate", "conflict", "accepted",
    ]  # fmt: skip
    assert [one["index"] for one in got] == list(range(7))
    assert len(await stored(field)) == 4


async def test_a_large_batch_with_an_undo_stays_whole(tenant, groups, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_EVENTS", 2)
    field = await make_field(tenant)
    await known(field.volunteer)
    events = [attempt(field, door=n % 2, minute=n) for n in range(3)]
    assert await outcomes(field.volunteer, void(events[2]), *events) == ["accepted"] * 4
    assert groups == []
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from event_batch") == 1


async def test_a_part_that_fails_fails_the_batch_and_what_is_sent_again_is_known(
    tenant, groups, monkeypatch
):
    monkeypatch.setattr(gathering, "MOST_EVENTS", 2)
    field = await make_field(tenant)
    await known(field.volunteer)
    events = [attempt(field, minute=n) for n in range(5)]
    body = json.dumps({"sent_at": dt.datetime.now(dt.UTC).isoformat(), "events": events})

    @contextlib.asynccontextmanager
    async def away(pool, opening):
        if groups:
            message = "The database is away."
            raise TryLaterError(message, retry_after_s=1)
        async with begin(pool, opening) as opened:
            yield opened

    with monkeypatch.context() as patch:
        patch.setattr(gathering, "begin", away)
        assert (await field.volunteer.post("/sync/events", content=body)).status_code == 503
    assert len(await stored(field)) == 2
    got = await outcomes(field.volunteer, *events)
    assert got == ["duplicate"] * 2 + ["accepted"] * 3


async def test_a_body_that_is_no_batch_is_refused_at_once(tenant):
    field = await make_field(tenant)
    await known(field.volunteer)
    got = await field.volunteer.post("/sync/events", content=json.dumps({"events": []}))
    assert got.status_code == 400
    assert "sent_at" in got.text


async def test_what_comes_the_moment_the_last_ones_are_through_does_not_wait_for_ever(
    tenant, monkeypatch
):
    begun, go_on = asyncio.Queue(), asyncio.Event()

    async def settled(_, group):
        begun.put_nowait(group)
        await go_on.wait()
        for one in group:
            one.result.set_result("stored")

    monkeypatch.setattr(gathering, "_settle", settled)
    field = await make_field(tenant)
    gathered = gathering.Gathering()
    caller = Caller(
        organization_id=tenant.id, member_id=field.volunteer_id, device_id=new_id(),
        roles=frozenset([Role.VOLUNTEER]),
    )  # fmt: skip

    async def take_some(door, minutes):
        for minute in range(minutes):
            events = [attempt(field, door, minute=minute)]
            body = json.dumps({"sent_at": NOW, "events": events}).encode()
            assert await gathered.take(None, unread(caller, body), None) == "stored"

    async with asyncio.timeout(5), asyncio.TaskGroup() as both:
        for door in range(gathering.AT_ONCE):
            both.create_task(take_some(door, minutes=1 if door else 2))
            assert len(await begun.get()) == 1
        go_on.set()
