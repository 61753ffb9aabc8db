"""The ladder is read off what happened; counted again here by other means."""

import datetime as dt
import random

import pytest
from makers import make_tenant
from overview.growing import get, make_past_event, now, was_at
from shifts import make_shift, post, sign_up

STEPS = ["joined", "signed_up", "first_shift", "second_shift", "trained", "led", "brought_others"]


@pytest.fixture(scope="module")
async def seeded(world):
    """50 volunteers with random pasts: (tenant, [[days ago of shifts attended, ...], ...])."""
    tenant = await make_tenant(world)
    await tenant.coordinator()
    event_id = await make_past_event(tenant)
    rng, histories = random.Random(7), []
    begun = now().replace(microsecond=0)
    for _ in range(50):
        member_id, _ = await tenant.member()
        days = sorted({rng.randrange(1, 120) for _ in range(rng.randrange(5))}, reverse=True)
        came = [rng.random() < 0.7 for _ in days]
        for ago, there in zip(days, came, strict=True):
            at = begun - dt.timedelta(days=ago)
            await was_at(tenant, event_id, member_id, at, "attended" if there else "no_show")
        histories.append([ago for ago, there in zip(days, came, strict=True) if there])
    return tenant, histories


def by_hand(histories):
    """(first timers of whom it is known, those of them who came again within 30 days)."""
    known = back = 0
    for days_ago in histories:
        if not days_ago:
            continue
        first = days_ago[0]
        second = days_ago[1] if len(days_ago) > 1 else None
        if second is None and first < 30:
            continue
        known += 1
        back += second is not None and first - second <= 30
    return known, back


async def test_first_to_second_shift_within_30_days_equals_a_count_by_hand(seeded):
    tenant, histories = seeded
    told = await get(await tenant.coordinator(), "/volunteers/ladder")
    known, back = by_hand(histories)
    assert known > 20
    assert (told["first_timers_count"], told["back_within_30_days_count"]) == (known, back)
    assert told["back_within_30_days_share"] == pytest.approx(back / known, abs=1e-4)
    figures = (await get(await tenant.coordinator(), "/dashboard"))["figures"]
    since = (now() - dt.timedelta(days=130)).date().isoformat()
    whole = (await get(await tenant.coordinator(), "/dashboard", since_on=since))["figures"]
    (figure,) = [one for one in whole if one["figure"] == "second_shift"]
    assert (figure["rows_count"], figure["counted_count"]) == (known, back)
    (quarter,) = [one for one in figures if one["figure"] == "second_shift"]
    assert quarter["rows_count"] <= known


async def test_every_number_of_the_ladder_opens_as_many_as_it_says(seeded):
    tenant, histories = seeded
    coordinator = await tenant.coordinator()
    told = await get(coordinator, "/volunteers/ladder")
    assert [one["step"] for one in told["steps"]] == STEPS
    assert sum(one["here_count"] for one in told["steps"]) == told["volunteers_count"] == 50
    for step in told["steps"]:
        rows = {
            which: await get(
                coordinator, "/volunteers/ladder/standings", step=step["step"], which=which
            )
            for which in ("here", "reached", "stuck")
        }
        assert {which: len(found) for which, found in rows.items()} == {
            "here": step["here_count"],
            "reached": step["reached_count"],
            "stuck": step["stuck_count"],
        }
        assert all(one["days"] >= 30 for one in rows["stuck"])
        days = sorted(one["days"] for one in rows["here"])
        middle = days[len(days) // 2] if len(days) % 2 else None
        assert middle is None or step["median_days"] == middle
    counts = {one["step"]: one["reached_count"] for one in told["steps"]}
    assert counts["first_shift"] == sum(len(one) > 0 for one in histories)
    assert counts["second_shift"] == sum(len(one) > 1 for one in histories)


async def test_a_volunteer_climbs_by_what_they_do_and_sees_what_is_next(tenant):
    coordinator = await tenant.coordinator()
    member_id, client = await tenant.member()
    mine = await get(client, "/me/ladder")
    assert (mine["step"], mine["next_step"]) == ("joined", "signed_up")
    await sign_up(client, await make_shift(tenant))
    assert (await get(client, "/me/ladder"))["step"] == "signed_up"
    event_id = await make_past_event(tenant)
    at = now() - dt.timedelta(days=40)
    _, shift_id = await was_at(tenant, event_id, member_id, at)
    mine = await get(client, "/me/ladder")
    assert (mine["step"], mine["days"], mine["next_step"]) == ("first_shift", 40, "second_shift")
    await was_at(tenant, event_id, member_id, at + dt.timedelta(days=20), role="captain")
    mine = await get(client, "/me/ladder")
    # Somebody who led and was never trained is told of the training.
    assert (mine["step"], mine["next_step"]) == ("led", "trained")
    done = {"training": "Safety", "done_on": at.date().isoformat()}
    await post(coordinator, f"/volunteers/{member_id}/trainings", **done)
    mine = await get(client, "/me/ladder")
    assert [one["step"] for one in mine["reached"]] == STEPS[:-1]
    assert mine["next_step"] == "brought_others"
    assert (await get(coordinator, f"/volunteers/{member_id}/ladder"))["step"] == mine["step"]
    assert shift_id


async def test_who_only_was_invited_or_left_stands_nowhere(tenant):
    coordinator = await tenant.coordinator()
    member_id, client = await tenant.member()
    shift_id = await make_shift(tenant)
    await sign_up(coordinator, shift_id, member_id=str(member_id), invite=True)
    assert (await get(client, "/me/ladder"))["step"] == "joined"
    before = (await get(coordinator, "/volunteers/ladder"))["volunteers_count"]
    assert (await (await tenant.owner()).delete(f"/members/{member_id}")).is_success
    after = (await get(coordinator, "/volunteers/ladder"))["volunteers_count"]
    assert (before, after) == (1, 0)
    await get(coordinator, f"/volunteers/{member_id}/ladder", 404)
