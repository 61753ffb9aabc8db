import asyncio
import datetime as dt
import json
import zlib

import pytest
from makers import make_field
from sending import attempt, outcomes, send, states, stored

from doorstep.canvass import gathering
from doorstep.canvass.taking import take
from doorstep.kit.ids import new_id


async def pull(client, at=None, **more):
    params = {"last_pulled_at": "null" if at is None else at, "schema_version": 1} | more
    got = await client.get("/sync/watermelon", params=params)
    assert got.status_code == 200, got.text
    return got.json()


async def push(client, rows, table="contact_events", **more):
    body = {table: {"created": rows, "updated": [], "deleted": []}}
    got = await client.post("/sync/watermelon", json=body, **more)
    assert got.status_code == 200, got.text
    return got.json()["experimentalRejectedIds"]


def row(field, door=0, result="not_home", **more):
    """A knock as WatermelonDB pushes it: every column of its schema, empty or not."""
    return {
        "id": str(new_id()), "_status": "created", "_changed": "", "kind": "attempt",
        "turf_id": field.turf_id, "door_id": str(field.street.door_ids[door]), "person_id": None,
        "building_id": None, "target_id": None, "result": result, "mark": None,
        "script_id": None, "script_version": 0, "question": None, "value": None,
        "consent_wording": None, "text": None, "occurred_at": 1_795_258_800_123, "status": "",
        "reason": None, **more,
    }  # fmt: skip


async def test_watermelon_gets_flat_rows_under_updated_and_a_number_to_come_back_with(tenant):
    field = await make_field(tenant, houses=2)
    told = await pull(field.volunteer, migration="null")
    assert {table: len(rows["updated"]) for table, rows in told["changes"].items()} == {
        "turfs": 1, "doors": 2, "people": 2, "scripts": 1, "contact_events": 0, "members": 1,
        "signups": 0,
    }  # fmt: skip
    for rows in told["changes"].values():
        assert rows["created"] == rows["deleted"] == []
        for one in rows["updated"]:
            assert {type(value) for value in one.values()} <= {str, int, float, bool}
    assert told["timestamp"] > 0
    assert "experimentalStrategy" not in told
    again = await pull(field.volunteer, told["timestamp"])
    assert all(rows["updated"] == [] for rows in again["changes"].values())
    assert again["timestamp"] == told["timestamp"]


async def test_watermelon_pushes_what_the_plain_protocol_would_and_repeats_do_no_harm(tenant):
    field = await make_field(tenant)
    first = (await pull(field.volunteer))["timestamp"]
    rows = [row(field, n) for n in range(4)]
    rows += [
        row(field, 0, None, kind="answer", script_id=field.script_id, script_version=1,
            question="votes", value="true", person_id=str(field.street.person_ids[0])),
        row(field, 0, None, kind="answer", script_id=field.script_id, script_version=1,
            question="support", value="4", consent_wording="May we?"),
    ]  # fmt: skip
    for _ in range(2):
        assert await push(field.volunteer, rows) == {"contact_events": []}
    assert {status for _, _, status in await stored(field)} == {"accepted"}
    assert len(await stored(field)) == 6
    told = (await pull(field.volunteer, first))["changes"]
    assert {one["status"] for one in told["doors"]["updated"]} == {"not_home"}
    own = {one["id"]: one for one in told["contact_events"]["updated"]}
    assert own.keys() == {one["id"] for one in rows}
    assert own[rows[0]["id"]]["occurred_at"] == rows[0]["occurred_at"]
    assert own[rows[0]["id"]]["status"] == "accepted"


async def test_watermelon_hears_of_ids_that_cannot_be_stored_until_it_dropped_them(tenant):
    field = await make_field(tenant)
    at = (await pull(field.volunteer))["timestamp"]
    good, bad = row(field), row(field) | {"id": "JmsAVbGvXgFcR8Wz"}
    assert await push(field.volunteer, [bad, good]) == {"contact_events": [bad["id"]]}
    told = await pull(field.volunteer, at)
    assert told["changes"]["contact_events"]["deleted"] == [bad["id"]]
    again = await pull(field.volunteer, told["timestamp"])
    assert again["changes"]["contact_events"]["deleted"] == []
    foreign = await push(field.volunteer, [{"id": "x", "note": "mine"}], table="doors")
    assert foreign["doors"] == ["x"]


async def test_watermelon_replaces_what_a_cursor_from_elsewhere_stood_for(tenant):
    field = await make_field(tenant)
    told = await pull(field.volunteer, 2**52)
    assert told["experimentalStrategy"] == "replacement"
    assert len(told["changes"]["doors"]["updated"]) == 6
    migration = json.dumps({"from": 1, "to": 2, "tables": ["doors"], "columns": []})
    told = await pull(field.volunteer, told["timestamp"], migration=migration)
    assert len(told["changes"]["doors"]["updated"]) == 6
    got = await field.volunteer.get("/sync/watermelon", params={"last_pulled_at": "yesterday"})
    assert got.status_code == 400


async def test_watermelon_corrects_a_wrong_clock_when_told_the_time(tenant):
    field = await make_field(tenant)
    now = dt.datetime.now(dt.UTC)
    wrong = int((now + dt.timedelta(days=1)).timestamp() * 1000)
    await push(field.volunteer, [row(field, occurred_at=wrong - 60_000)], params={"sent_at": wrong})
    async with tenant.transaction() as db:
        at = await db.fetchval("select occurred_at from contact_event")
    assert abs((now - at).total_seconds() - 60) < 10


@pytest.mark.parametrize("body", [b"", b"[]", b'{"contact_events": 5}', b"[" * 9000])
async def test_watermelon_bodies_that_are_none_are_refused(tenant, body):
    field = await make_field(tenant)
    got = await field.volunteer.post("/sync/watermelon", content=body)
    assert got.status_code == 400
    assert got.headers["content-type"] == "application/problem+json"


async def test_bad_rows_sink_no_good_ones_in_either_dialect(tenant):
    field = await make_field(tenant)
    deep = "[" * 3000 + "]" * 3000
    rows = [row(field), "text", None, {}, row(field, 1, text="MARK"), row(field, 2)]
    body = json.dumps({"contact_events": {"created": rows}}).replace('"MARK"', deep)
    got = await field.volunteer.post("/sync/watermelon", content=body.encode())
    assert got.status_code == 200, got.text
    fine = [{"newDocumentState": attempt(field, n)} for n in (3, 4)]
    odd = attempt(field) | {"text": "MARK"}
    body = json.dumps([fine[0], {"newDocumentState": odd}, 5, fine[1]]).replace('"MARK"', deep)
    got = await field.volunteer.post("/sync/rxdb/events/push", content=body.encode())
    assert got.status_code == 200, got.text
    assert set(await states(field)) == {0, 2, 3, 4}


async def documents(client, collection, seq=0):
    got = await client.get(f"/sync/rxdb/{collection}/pull", params={"seq": seq})
    assert got.status_code == 200, got.text
    told = got.json()
    return told["documents"], told["checkpoint"]["seq"]


async def test_rxdb_pulls_a_collection_at_a_time_and_what_is_lost_as_deleted(tenant):
    field = await make_field(tenant)
    doors, seq = await documents(field.volunteer, "doors")
    assert len(doors) == 6
    await send(field.volunteer, attempt(field, 3))
    (door,), seq = await documents(field.volunteer, "doors", seq)
    assert (door["status"], door["_deleted"]) == ("not_home", False)
    assert (await documents(field.volunteer, "people", seq))[0] == []
    assert (await field.volunteer.post(f"/turfs/{field.turf_id}/handing-back")).is_success
    gone, _ = await documents(field.volunteer, "doors", seq)
    assert [one["_deleted"] for one in gone] == [True] * 6
    for path in ("nothing/pull", "nothing/stream"):
        assert (await field.volunteer.get(f"/sync/rxdb/{path}")).status_code == 404


async def test_rxdb_pushes_events_and_is_answered_with_what_stands(tenant):
    field = await make_field(tenant)
    knock = attempt(field)
    path = "/sync/rxdb/events/push"

    async def pushed(*states):
        got = await field.volunteer.post(path, json=[{"newDocumentState": one} for one in states])
        assert got.status_code == 200, got.text
        return got.json()

    state = knock | {"_deleted": False, "person_id": None, "status": "new"}
    assert await pushed(state) == []
    assert await pushed(state) == []
    assert await outcomes(field.volunteer, knock) == ["duplicate"]
    (master,) = await pushed(state | {"result": "refused"})
    assert (master["result"], master["status"]) == ("not_home", "conflict")
    (named,) = await pushed({"id": "no-uuid", "kind": "attempt"})
    assert (named["id"], named["status"]) == ("no-uuid", "malformed")
    assert len(await stored(field)) == 1
    other = await field.volunteer.post("/sync/rxdb/doors/push", json=[])
    assert other.status_code == 422


async def test_pushes_of_all_dialects_go_in_together_and_each_is_answered_in_its_words(
    tenant, monkeypatch
):
    field = await make_field(tenant)
    stands, fine, bad = attempt(field), row(field, 1), row(field) | {"id": "no-uuid"}
    assert await outcomes(field.volunteer, stands) == ["accepted"]
    sizes = []

    async def slow(db, batches):
        if not sizes:
            await asyncio.sleep(0.3)
        sizes.append(len(batches))
        return await take(db, batches)

    monkeypatch.setattr(gathering, "take", slow)
    monkeypatch.setattr(gathering, "AT_ONCE", 1)
    first = asyncio.create_task(send(field.volunteer, attempt(field, 2)))
    await asyncio.sleep(0.1)
    state = [{"newDocumentState": stands | {"result": "refused"}}]
    refused, masters, plain = await asyncio.gather(
        push(field.volunteer, [fine, bad]),
        field.volunteer.post("/sync/rxdb/events/push", json=state),
        outcomes(field.volunteer, attempt(field, 3)),
    )
    await first
    assert sizes == [1, 3]
    assert refused == {"contact_events": ["no-uuid"]}
    (master,) = masters.json()
    assert (master["status"], master["result"]) == ("conflict", "not_home")
    assert plain == ["accepted"]
    assert set(await states(field)) == {0, 1, 2, 3}


async def test_the_stream_only_says_pull(world, tenant):
    field = await make_field(tenant)
    got = await field.volunteer.get("/sync/rxdb/doors/stream")
    assert got.headers["content-type"].startswith("text/event-stream")
    said = [line for line in got.text.splitlines() if line]
    assert said == ["data: pull"]
    assert (await world.anonymous().get("/sync/rxdb/doors/stream")).status_code == 401


async def test_bodies_may_come_compressed_and_bombs_are_refused(tenant):
    field = await make_field(tenant)
    packer = zlib.compressobj(wbits=31)
    body = json.dumps([{"newDocumentState": attempt(field)}]).encode()
    headers = {"content-encoding": "gzip"}
    packed = packer.compress(body) + packer.flush()
    path = "/sync/rxdb/events/push"
    assert (await field.volunteer.post(path, content=packed, headers=headers)).is_success
    packer = zlib.compressobj(wbits=31)
    bomb = packer.compress(bytes(9 * 2**20)) + packer.flush()
    assert (await field.volunteer.post(path, content=bomb, headers=headers)).status_code == 413
    headers = {"content-encoding": "br"}
    assert (await field.volunteer.post(path, content=body, headers=headers)).status_code == 400
