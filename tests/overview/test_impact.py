"""What came of somebody's doors, against a count of our own."""

import datetime as dt

import pytest
from follow_up.following import issue, make_topic, post, resolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import make_field, make_tenant
from overview.growing import get, knocked, make_past_event, was_at

from doorstep.overview.queries import ImpactRow
from doorstep.overview.service import line

SPAN = {"since": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}


@pytest.fixture(scope="module")
async def walked(world):
    """A street with a volunteer, and a topic; examples add to it."""
    tenant = await make_tenant(world)
    made = await make_field(tenant, houses=6)
    return made, await make_topic(tenant), {"doors": set(), "talks": 0, "cases": {}, "issues": 0}


steps = st.lists(
    st.tuples(st.sampled_from(["knock", "talk", "raise", "late", "solve", "decline"]),
              st.integers(0, 5)),
    min_size=1, max_size=6,
)  # fmt: skip


async def live(made, topic, seen, step, house):
    tenant, door = made.tenant, made.street.door_ids[house]
    at = f"2026-11-20T1{house}:15:00Z"
    if step in {"knock", "talk"}:
        await knocked(made, door, "canvassed" if step == "talk" else "not_home", at)
        seen["doors"].add(door)
        seen["talks"] += step == "talk"
    elif step == "raise":
        taken = await post(made.volunteer, "/issues", **issue(topic, door, raised_at=at))
        seen["issues"] += 1
        seen["cases"].setdefault(taken["case_id"], "open")
    elif step == "late":
        # Another day's.
        other = issue(topic, door, raised_at="2026-11-21T00:00:00Z")
        await post(made.volunteer, "/issues", **other)
    else:
        organizer = await tenant.organizer()
        outcome = "fixed" if step == "solve" else "declined"
        for case_id in [one for one, state in seen["cases"].items() if state == "open"][:1]:
            await resolve(organizer, case_id, outcome)
            seen["cases"][case_id] = step


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
async def test_impact_is_counted_from_what_happened(walked, happened):
    made, topic, seen = walked
    for step, house in happened:
        await live(made, topic, seen, step, house)
    told = await get(made.volunteer, "/me/impact", **SPAN)
    found = {
        "doors_count": len(seen["doors"]),
        "conversations_count": seen["talks"],
        "issues_count": seen["issues"],
        "cases_count": len(seen["cases"]),
        "solved_count": list(seen["cases"].values()).count("solve"),
    }
    assert {name: told[name] for name in found} == found
    coordinator = await made.tenant.coordinator()
    path = f"/volunteers/{made.volunteer_id}/impact"
    assert await get(coordinator, path, **SPAN) == told
    # A day before, nothing of it had happened.
    before = {"since": "2026-11-19T00:00:00Z", "until": "2026-11-20T00:00:00Z"}
    nothing = await get(made.volunteer, "/me/impact", **before)
    assert (nothing["doors_count"], nothing["cases_count"]) == (0, 0)


async def test_a_shift_tells_each_who_was_there_what_came_of_it_and_so_does_its_close_out(tenant):
    made, topic = await make_field(tenant, houses=3), await make_topic(tenant)
    coordinator = await tenant.coordinator()
    at = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
    event_id = await make_past_event(tenant)
    _, shift_id = await was_at(tenant, event_id, made.volunteer_id, at)
    for door in made.street.door_ids:
        await knocked(made, door, "canvassed", "2026-11-20T11:00:00Z")
    # Not of this shift.
    await knocked(made, made.street.door_ids[0], "canvassed", "2026-11-20T18:00:00Z")
    cases = [
        (await post(made.volunteer, "/issues", **issue(topic, door)))["case_id"]
        for door in made.street.door_ids[:2]
    ]
    await resolve(await tenant.organizer(), cases[0])
    made_id = await post(await tenant.organizer(), "/commitments", title="Lamps", text="Soon.")
    path = f"/commitments/{made_id['id']}/updates"
    await post(await tenant.organizer(), path, to="published", reason="Asked for")
    await post(
        await tenant.organizer(), f"/cases/{cases[1]}/commitment", commitment_id=made_id["id"]
    )
    (told,) = await get(coordinator, f"/shifts/{shift_id}/impact")
    assert told["line"] == "Your 3 doors led to 2 cases, 1 solved, and 1 public promise."
    assert told["member_id"] == str(made.volunteer_id)
    closed = await get(coordinator, f"/shifts/{shift_id}/close-out")
    counts = [closed[f"{one}_count"] for one in ("doors", "issues", "cases", "solved_cases")]
    assert counts == [3, 2, 2, 1]
    assert closed["impact"].endswith("What people raised is in 2 cases, 1 of them solved by now.")


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({}, "Nothing is recorded of this time yet."),
        ({"doors": 1}, "You knocked at 1 door and talked at 0."),
        ({"doors": 12, "conversations": 4}, "You knocked at 12 doors and talked at 4."),
        (
            {"doors": 48, "issues": 3, "cases": 2, "solved": 1},
            "Your 48 doors led to 2 cases, 1 solved.",
        ),
        ({"doors": 5, "issues": 1, "cases": 1}, "Your 5 doors led to 1 case, none solved yet."),
        ({"issues": 1, "cases": 1}, "You brought in 1 case, none solved yet."),
    ],
)
def test_the_line_promises_no_more_than_there_is(counts, says):
    names = ("doors", "conversations", "issues", "cases", "solved", "told", "commitments")
    given = {f"{name}_count": counts.get(name, 0) for name in names}
    member_id = "01900000-0000-7000-8000-000000000000"
    assert line(ImpactRow(member_id=member_id, name="A", **given)) == says


async def test_times_without_offset_and_the_wrong_way_round_are_refused(tenant):
    volunteer = await tenant.volunteer()
    await get(volunteer, "/me/impact", 422, since="2026-11-20T00:00:00")
    await get(
        volunteer, "/me/impact", 422, since="2026-11-20T00:00:00Z", until="2026-11-19T00:00:00Z"
    )
    assert await get(volunteer, "/me/impact")
