"""The pace of a campaign, as its volunteers' knocks tell it, and what is then counted by it."""

import numpy as np
import pytest
from makers import make_field, make_street
from sending import attempt, outcomes

from doorstep.canvass import measuring

DEFAULT = {"walk_m_per_min": 75, "knock_min": 2, "entry_min": 1, "unit_min": 1.5}


async def get(tenant, path="", status=200):
    organizer = await tenant.organizer()
    answer = await organizer.get(f"/campaigns/{tenant.campaign_id}/pace{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


async def measured(tenant):
    organizer = await tenant.organizer()
    answer = await organizer.post(f"/campaigns/{tenant.campaign_id}/pace/measurement")
    assert answer.status_code == 201, answer.text
    return answer.json()


async def choose(tenant, status=200, **wanted):
    organizer = await tenant.organizer()
    path = f"/campaigns/{tenant.campaign_id}/pace"
    answer = await organizer.put(path, json=wanted)
    assert answer.status_code == status, answer.text
    return answer.json()


async def knock(field, doors, every_min, begin=0):
    """Knock at doors, one after the other, in about the same time each."""
    minutes = begin + np.cumsum(np.random.default_rng(1).uniform(0.7, 1.3, len(doors)) * every_min)
    events = [
        attempt(field, door, minute=minute)
        for door, minute in zip(doors, minutes.tolist(), strict=True)
    ]
    assert set(await outcomes(field.volunteer, *events)) == {"accepted"}
    return minutes


async def test_without_knocks_the_default_is_measured_and_says_how_little_it_rests_on(tenant):
    assert (await get(tenant))["measured"] is None
    found = await measured(tenant)
    assert found["kind"] == "default"
    assert found["in_use"] == found["default"] == found["measured"]["pace"] == DEFAULT
    assert found["measured"]["steps_count"] == 0
    assert await get(tenant, "/turfs") == []


async def test_slow_knocks_are_found_and_turf_is_timed_by_them_once_chosen(tenant):
    field = await make_field(tenant, houses=60)
    organizer = await tenant.organizer()
    before = (await organizer.get(f"/turfs/{field.turf_id}")).json()
    assert before["minutes"] == pytest.approx(before["walk_m"] / 75 + 120)
    minutes = await knock(field, range(60), every_min=5)
    found = (await measured(tenant))["measured"]
    assert found["steps_count"] == 59
    assert 3 < found["low"]["knock_min"] < found["pace"]["knock_min"]
    assert found["pace"]["knock_min"] < found["high"]["knock_min"] < 7
    # Nothing else has changed so far.
    assert (await organizer.get(f"/turfs/{field.turf_id}")).json() == before
    (planned,) = await get(tenant, "/turfs")
    assert planned["turf_id"] == field.turf_id
    assert planned["took_minutes"] == pytest.approx(minutes[-1] - minutes[0], rel=1e-6)
    assert planned["planned_minutes"] == pytest.approx(before["minutes"] - 2, rel=0.01)
    chosen = await choose(tenant, kind="measured")
    assert chosen["in_use"] == found["pace"]
    after = (await organizer.get(f"/turfs/{field.turf_id}")).json()
    assert after["minutes"] == pytest.approx(
        before["walk_m"] / found["pace"]["walk_m_per_min"] + 60 * found["pace"]["knock_min"]
    )
    assert after["version"] == before["version"]
    (planned,) = await get(tenant, "/turfs")
    assert planned["planned_minutes"] == pytest.approx(planned["took_minutes"], rel=0.1)
    await choose(tenant, kind="default")
    again = (await organizer.get(f"/turfs/{field.turf_id}")).json()
    assert again["minutes"] == pytest.approx(before["minutes"])


@pytest.fixture
def night(world, tenant, stranger, monkeypatch):
    """What happens at night, in these two organizations alone."""

    async def organizations(_):
        return [tenant.id, stranger.id]

    monkeypatch.setattr(measuring.queries, "organizations", organizations)
    return lambda: measuring.measure_all(world.pool)


async def test_every_day_campaigns_with_new_knocks_are_measured(night, tenant, stranger):
    field = await make_field(tenant, houses=8)
    await make_street(stranger)
    await night()
    assert (await get(tenant))["measured"] is None
    await knock(field, range(4), every_min=3)
    await night()
    found = (await get(tenant))["measured"]
    assert found["steps_count"] == 3
    await night()
    assert (await get(tenant))["measured"] == found
    await knock(field, range(4, 8), every_min=3, begin=30)
    await night()
    assert (await get(tenant))["measured"] == found
    async with tenant.transaction() as db:
        await db.execute(
            """
            update campaign_pace
               set measured =
                     measured || jsonb_build_object('measured_at', now() - interval '1 day')
            """
        )
    await night()
    assert (await get(tenant))["measured"]["steps_count"] == 7
    assert (await get(stranger))["measured"] is None


async def test_a_campaign_that_fails_leaves_the_others_measured(
    night, tenant, stranger, monkeypatch
):
    for one in (tenant, stranger):
        await knock(await make_field(one, houses=3), range(3), every_min=3)
    real = measuring.measure

    async def broken(db, organization_id, campaign_id):
        if organization_id == tenant.id:
            raise ZeroDivisionError
        return await real(db, organization_id, campaign_id)

    monkeypatch.setattr(measuring, "measure", broken)
    await night()
    assert (await get(tenant))["measured"] is None
    assert (await get(stranger))["measured"]["steps_count"] == 2
