"""By which pace the minutes of turf are counted."""

import asyncio

import pytest
from cut_field import make_block
from makers import make_field, make_pass

DEFAULT = {"walk_m_per_min": 75, "knock_min": 2, "entry_min": 1, "unit_min": 1.5}
SLOW = {"walk_m_per_min": 50, "knock_min": 6, "entry_min": 3, "unit_min": 4}


async def choose(tenant, status=200, **wanted):
    organizer = await tenant.organizer()
    answer = await organizer.put(f"/campaigns/{tenant.campaign_id}/pace", json=wanted)
    assert answer.status_code == status, answer.text
    return answer.json()


async def cut(tenant, pass_id, block):
    """What a cut into turfs of half an hour comes to."""
    organizer = await tenant.organizer()
    wanted = {"minutes": 30, "polygon": block.area()}
    started = await organizer.post(f"/passes/{pass_id}/cuts", json=wanted)
    for _ in range(600):
        found = (await organizer.get(f"/cuts/{started.json()['id']}")).json()
        if found["state"] != "running":
            return found["found"]
        await asyncio.sleep(0.05)
    raise AssertionError(found)


async def test_a_cut_into_minutes_gives_slow_volunteers_fewer_doors_and_says_why(tenant):
    block = await make_block(tenant, columns=8, rows=6)
    pass_id, _ = await make_pass(tenant)
    usual = await cut(tenant, pass_id, block)
    await choose(tenant, kind="own", own=SLOW)
    slow = await cut(tenant, pass_id, block)
    assert slow["turfs_count"] > 1.5 * usual["turfs_count"]
    assert slow["minutes"] == pytest.approx(slow["walk_m"] / 50 + 48 * 6)
    assert "own pace: 50 m a minute, 6.0 min for a knock" in slow["notes"][-1]
    assert "pace" not in " ".join(usual["notes"])


async def test_own_numbers_count_in_turf_there_is_and_in_turf_that_is_drawn(tenant):
    field = await make_field(tenant, houses=4, units=3)
    chosen = await choose(tenant, kind="own", own=SLOW)
    assert (chosen["kind"], chosen["own"], chosen["in_use"]) == ("own", SLOW, SLOW)
    assert (chosen["default"], chosen["measured"]) == (DEFAULT, None)
    organizer = await tenant.organizer()
    stored = (await organizer.get(f"/turfs/{field.turf_id}")).json()
    assert stored["minutes"] == pytest.approx(stored["walk_m"] / 50 + 4 * (6 + 3 + 2 * 4))
    other, _ = await make_pass(tenant, "Second pass")
    drawn = await organizer.post(
        "/turfs",
        json={
            "pass_id": other,
            "name": "Again",
            "polygon": {"type": "Polygon", "coordinates": [field.street.box]},
        },
    )
    assert drawn.json()["minutes"] == pytest.approx(stored["minutes"])
    seen = {"turf_id": field.turf_id, "cut_version": stored["cut_version"], "parts": 2}
    split = (await organizer.post(f"/passes/{field.pass_id}/splits", json=seen)).json()
    assert split["minutes"] == pytest.approx(split["walk_m"] / 50 + 4 * (6 + 3 + 2 * 4))
    assert (await choose(tenant, kind="default"))["own"] == SLOW


async def test_archived_turf_keeps_the_minutes_it_was_walked_with(tenant):
    field = await make_field(tenant)
    organizer = await tenant.organizer()
    before = (await organizer.post(f"/turfs/{field.turf_id}/archiving")).json()
    await choose(tenant, kind="own", own=DEFAULT | {"knock_min": 9})
    assert (await organizer.get(f"/turfs/{field.turf_id}")).json() == before


@pytest.mark.parametrize(
    ("wanted", "status", "field"),
    [
        ({"kind": "own"}, 422, "own"),
        ({"kind": "default", "own": DEFAULT}, 422, "own"),
        ({"kind": "own", "own": DEFAULT | {"knock_min": 0}}, 400, "own.knock_min"),
        ({"kind": "measured"}, 409, "kind"),
    ],
)
async def test_a_pace_that_cannot_be_is_refused_by_its_field(tenant, wanted, status, field):
    refused = await choose(tenant, status, **wanted)
    assert refused["errors"][0]["field"] == field
