import datetime as dt

import pytest
from makers import make_field
from sending import answer, attempt, note, outcomes, send, states, stored, values, void

from doorstep.kit.ids import new_id


async def waiting(client, status="needs_review"):
    got = await client.get("/reviews/events", params={"status": status})
    assert got.status_code == 200, got.text
    return got.json()


async def decide(client, verdict, *events, status=201):
    got = await client.post(
        "/decisions", json={"verdict": verdict, "event_ids": [one["id"] for one in events]}
    )
    assert got.status_code == status, got.text
    return got.json()


async def undo(client, decision):
    got = await client.post(f"/decisions/{decision['id']}/undoing")
    assert got.status_code == 200, got.text
    return got.json()


async def snapshot(field):
    return await states(field), await values(field), sorted(await stored(field))


@pytest.fixture
async def closed(tenant):
    """A field whose turf was archived while the volunteer still had work: it all waits."""
    field = await make_field(tenant)
    organizer = await tenant.organizer()
    assert (await organizer.post(f"/turfs/{field.turf_id}/archiving")).is_success
    return field, organizer


async def test_late_work_is_accepted_in_bulk_counts_and_can_be_made_to_wait_again(closed):
    field, organizer = closed
    knock, said = attempt(field, result="canvassed"), answer(field)
    opinion = answer(field, question="support", value=4, door=1, consent={"wording": "May we?"})
    assert await outcomes(field.volunteer, knock, said, opinion) == ["needs_review"] * 3
    queue = await waiting(organizer)
    assert {one["reason"] for one in queue} == {"The turf is closed."}
    assert {one["member_id"] for one in queue} == {str(field.volunteer_id)}
    before = await snapshot(field)
    made = await decide(organizer, "accept", knock, said, opinion)
    assert (made["events_count"], made["left"]) == (3, [])
    assert (await states(field))[0] == ("canvassed", "canvassed", 1, 1, False)
    assert await values(field) == [("support", 4), ("votes", True)]
    async with field.tenant.transaction() as db:
        payloads = await db.fetch("select payload from contact_event")
    assert not any("value" in row["payload"] for row in payloads)
    after = await snapshot(field)
    await undo(organizer, made)
    assert (await states(field))[0][:3] == ("open", None, 0)
    assert await values(field) == []
    assert {one["id"] for one in await waiting(organizer)} == {one["id"] for one in queue}
    assert (await snapshot(field))[2] == before[2]
    again = await decide(organizer, "accept", knock, said, opinion)
    assert again["left"] == []
    assert await snapshot(field) == after


async def test_what_cannot_count_is_named_and_left(tenant):
    field = await make_field(tenant)
    organizer = await tenant.organizer()
    unreadable = {"id": str(new_id()), "kind": "party"}
    silent = answer(field, question="support", value=4)
    nowhere = attempt(field) | {"turf_id": str(new_id())}
    good = attempt(field)
    assert await outcomes(field.volunteer, unreadable, silent, nowhere, good) == [
        "needs_review", "needs_review", "needs_review", "accepted",
    ]  # fmt: skip
    made = await decide(organizer, "accept", unreadable, silent, nowhere, good)
    assert made["events_count"] == 0
    assert len(made["left"]) == 4
    assert all(one["reason"] for one in made["left"])
    got = await organizer.post(
        "/decisions", json={"verdict": "accept", "event_ids": [str(new_id())]}
    )
    assert got.status_code == 404


async def test_a_door_of_another_turf_may_be_accepted(tenant):
    from makers import make_street  # noqa: PLC0415

    field = await make_field(tenant)
    away = await make_street(tenant, houses=1, lon=25.5)
    knock = attempt(field) | {"door_id": str(away.door_ids[0])}
    assert await outcomes(field.volunteer, knock) == ["needs_review"]
    made = await decide(await tenant.organizer(), "accept", knock)
    assert made["left"] == []
    async with tenant.transaction() as db:
        status = await db.fetchval("select status from door_state")
    assert status == "not_home"


async def test_rejecting_is_taken_back_too(closed):
    field, organizer = closed
    knock = attempt(field)
    await send(field.volunteer, knock)
    made = await decide(organizer, "reject", knock)
    assert await waiting(organizer) == []
    assert [one["id"] for one in await waiting(organizer, "rejected")] == [knock["id"]]
    await undo(organizer, made)
    assert [one["id"] for one in await waiting(organizer)] == [knock["id"]]
    got = await organizer.post(f"/decisions/{made['id']}/undoing")
    assert got.status_code == 409
    assert await outcomes(field.volunteer, knock) == ["duplicate"]


async def test_a_batch_is_rolled_back_in_one_step_and_brought_back_and_others_stay(tenant):
    field = await make_field(tenant)
    organizer = await tenant.organizer()
    other = attempt(field, door=0, result="not_home", minute=0)
    await send(organizer, other)
    before = await snapshot(field)
    faked = [attempt(field, door=n, result="canvassed", minute=n + 1) for n in range(5)]
    faked += [answer(field, door=n, minute=n + 1) for n in range(5)]
    faked += [attempt(field, door=5, result="do_not_contact", minute=9)]
    await send(field.volunteer, *faked)
    during = await snapshot(field)
    batches = (await organizer.get("/reviews/batches")).json()
    batch = next(one for one in batches if one["member_id"] == str(field.volunteer_id))
    got = await organizer.post(f"/batches/{batch['id']}/rollback")
    assert got.status_code == 201, got.text
    assert got.json()["events_count"] == 11
    now = await states(field)
    assert now[0] == before[0][0]
    assert {now[n][:3] for n in range(1, 5)} == {("open", None, 0)}
    assert now[5][4], "a wish to be left alone stays until an organizer clears it"
    assert await values(field) == []
    assert (other["id"], "attempt", "accepted") in await stored(field)
    assert await outcomes(field.volunteer, *faked) == ["duplicate"] * 11
    await undo(organizer, got.json())
    assert await snapshot(field) == during


async def test_a_members_day_is_rolled_back_by_the_organizations_clock(tenant):
    field = await make_field(tenant)
    organizer = await tenant.organizer()
    today = attempt(field, door=0)
    yesterday = attempt(field, door=1, minute=-24 * 60)
    await send(field.volunteer, today, yesterday)
    await send(organizer, attempt(field, door=2))
    async with tenant.transaction() as db:
        day = await db.fetchval("select occurred_at::date from contact_event where id = $1",
                                today["id"])  # fmt: skip
    path = f"/members/{field.volunteer_id}/rollback"
    got = await organizer.post(path, json={"day": day.isoformat()})
    assert got.json()["events_count"] == 1
    gone = {one for one, _, status in await stored(field) if status == "rolled_back"}
    assert gone == {today["id"]}


async def test_an_undo_of_ones_own_rolled_back_with_its_knock_comes_back_with_it(tenant):
    field = await make_field(tenant)
    organizer = await tenant.organizer()
    knock = attempt(field, result="canvassed")
    await send(field.volunteer, void(knock))
    await send(field.volunteer, knock, attempt(field, door=1))
    before = await snapshot(field)
    undone = (await organizer.get("/reviews/batches")).json()[-1]
    first = (await organizer.post(f"/batches/{undone['id']}/rollback")).json()
    assert (await states(field))[0][0] == "canvassed", "without its undo the knock counts"
    await undo(organizer, first)
    assert await snapshot(field) == before


async def test_a_conflict_becomes_an_event_of_its_own_and_can_be_taken_back(tenant):
    field = await make_field(tenant)
    organizer = await tenant.organizer()
    knock = attempt(field)
    other = knock | {"door_id": str(field.street.door_ids[3]), "result": "refused"}
    assert await outcomes(field.volunteer, knock) == ["accepted"]
    assert await outcomes(field.volunteer, other) == ["conflict"]
    (conflict,) = (await organizer.get("/reviews/conflicts")).json()
    assert (conflict["standing"]["result"], conflict["told"]["result"]) == ("not_home", "refused")
    ref = {name: conflict[name] for name in ("event_id", "payload_hash")}

    async def put(verdict):
        got = await organizer.post(
            "/reviews/conflicts", json={"verdict": verdict, "conflicts": [ref]}
        )
        assert got.status_code == 200, got.text
        return got.json()

    assert await put("accept") == {"changed_count": 1, "left": []}
    assert (await states(field))[3][0] == "refused"
    assert (await organizer.get("/reviews/conflicts")).json() == []
    await put("wait")
    assert (await states(field))[3][0] == "open"
    await put("accept")
    assert (await states(field))[3][0] == "refused"
    assert len(await stored(field)) == 2
    assert (await states(field))[0][0] == "not_home"


async def test_faked_work_shows_by_its_pace_talks_times_and_distances(tenant):
    field = await make_field(tenant, houses=30)
    organizer = await tenant.organizer()
    now = dt.datetime.now(dt.UTC)

    def told(minutes, result, door):
        at = (now - dt.timedelta(minutes=minutes)).isoformat()
        return attempt(field, door=door, result=result) | {"occurred_at": at}

    careful = [told(60 - 2 * n, "canvassed" if n % 5 == 0 else "not_home", n) for n in range(30)]
    await send(organizer, *careful)
    faked = [told(300 - n / 20, "canvassed", (n * 13) % 30) for n in range(20)]
    await send(field.volunteer, *faked, note(field, "x"))
    batches = (await organizer.get("/reviews/batches", params={"odd": "true"})).json()
    by_member = {one["member_id"]: one for one in batches}
    odd = {one["kind"]: one for one in by_member[str(field.volunteer_id)]["signals"]}
    assert odd.keys() == {"pace", "contact_rate", "time_order", "distance"}
    assert all(one["evidence"] and one["says"] for one in odd.values())
    ids = {one["id"] for one in faked}
    assert {i for s in odd.values() for e in s["evidence"] for i in e["event_ids"]} <= ids
    careful_kinds = {
        one["kind"]
        for member, batch in by_member.items()
        if member != str(field.volunteer_id)
        for one in batch["signals"]
    }
    assert careful_kinds <= {"time_order"}


async def test_only_organizers_review(tenant):
    for client in (await tenant.coordinator(), await tenant.volunteer()):
        for path in ("/reviews/events", "/reviews/conflicts", "/reviews/batches", "/decisions"):
            assert (await client.get(path)).status_code == 403
