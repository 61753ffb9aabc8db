"""Tracks, and what is missing for a role."""

import datetime as dt

import pytest
from overview.growing import get, make_past_event, now, was_at
from shifts import post

TRACK = {
    "name": "To be a captain",
    "role": "Captain",
    "steps": [
        {"title": "Safety first", "kind": "session", "training": "Safety"},
        {"title": "The handbook", "kind": "reading", "url": "https://example.org/handbook"},
        {"title": "An evening on talking", "kind": "session", "training": "Deep canvassing"},
    ],
}


async def test_a_track_is_done_by_records_attendance_and_reading(tenant):
    coordinator = await tenant.coordinator()
    track = await post(coordinator, "/training-tracks", **TRACK)
    member_id, client = await tenant.member()
    assert await get(client, "/training-tracks", role="captain") == [track]
    assert await get(client, "/training-tracks", role="driver") == []
    (mine,) = await get(client, "/me/training", role="captain")
    assert (mine["done_count"], mine["steps_count"], mine["ready"]) == (0, 3, False)
    assert mine["missing"] == [one["title"] for one in TRACK["steps"]]
    done = {"training": "SAFETY", "done_on": "2026-11-01"}
    await post(coordinator, f"/volunteers/{member_id}/trainings", **done)
    reading = track["steps"][1]["id"]
    for _ in range(2):
        assert (await client.put(f"/me/training/readings/{reading}")).is_success
    # What is no training, and a training of another topic, count for nothing.
    at = now() - dt.timedelta(days=3)
    for kind, topic in (("canvass", "Deep canvassing"), ("training", "Maps")):
        await was_at(tenant, await make_past_event(tenant, kind, topic), member_id, at)
    (mine,) = await get(client, "/me/training")
    assert mine["missing"] == ["An evening on talking"]
    await was_at(
        tenant, await make_past_event(tenant, "training", "deep canvassing"), member_id, at
    )
    (mine,) = await get(coordinator, f"/volunteers/{member_id}/training", role="CAPTAIN")
    assert (mine["ready"], mine["missing"]) == (True, [])
    assert [one["done_on"] for one in mine["steps"]][::2] == ["2026-11-01", str(at.date())]
    (other,) = await get(await tenant.volunteer(), "/me/training")
    assert other["done_count"] == 0


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"title": "x", "kind": "session"}, "steps.0.training"),
        ({"title": "x", "kind": "reading", "training": "y"}, "steps.0.url"),
        (
            {"title": "x", "kind": "session", "training": "y", "url": "https://example.org"},
            "steps.0.training",
        ),
    ],
)
async def test_a_step_that_does_not_say_what_to_do_is_refused(tenant, step, field):
    coordinator = await tenant.coordinator()
    problem = await post(coordinator, "/training-tracks", 422, name="Half", steps=[step])
    assert problem["errors"][0]["field"] == field
    assert await get(coordinator, "/training-tracks") == []


async def test_a_session_is_not_confirmed_by_reading_and_a_name_is_taken_once(tenant):
    coordinator = await tenant.coordinator()
    track = await post(coordinator, "/training-tracks", **TRACK)
    problem = await post(coordinator, "/training-tracks", 409, **TRACK)
    assert problem["errors"][0]["field"] == "name"
    refused = await coordinator.put(f"/me/training/readings/{track['steps'][0]['id']}")
    assert refused.status_code == 409
    assert (await coordinator.delete(f"/training-tracks/{track['id']}")).status_code == 204
    assert await get(coordinator, "/me/training") == []
    await post(coordinator, "/training-tracks", **TRACK)
