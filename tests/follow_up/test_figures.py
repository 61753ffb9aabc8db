"""Every figure opens exactly as many rows as it says, whatever happened."""

import datetime as dt

import pytest
from follow_up.following import figure, knock, make_topic, move, post, raised, resolve, tell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import make_field, make_tenant

from doorstep.follow_up import figures
from doorstep.follow_up.model import FigureName
from doorstep.kit.auth import Role

NAMES = [name.value for name in FigureName]


async def rows_of(organizer, name, **query):
    answer = await organizer.get(
        "/follow-up/figures/rows", params={"figure": name, "limit": 500, **query}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_who_was_told_comes_first(tenant):
    answer = await (await tenant.organizer()).get("/follow-up/figures")
    assert [one["figure"] for one in answer.json()] == NAMES
    assert NAMES[0] == "raisers_told"
    assert all(one["value"] is None and one["rows_count"] == 0 for one in answer.json())


@pytest.fixture(scope="module")
async def lived(world):
    """An organization whose cases and commitments the examples change at random."""
    tenant = await make_tenant(world)
    return await make_field(tenant, houses=8), await make_topic(tenant)


def ids_of(rows):
    return [row["thing_id"] for row in rows]


steps = st.lists(
    st.tuples(
        st.sampled_from(["raise", "resolve", "tell", "knock", "reopen", "late", "promise", "keep"]),
        st.integers(0, 7),
    ),
    min_size=1,
    max_size=8,
)


async def live(made, topic, step, house):  # noqa: C901
    tenant, street = made.tenant, made.street
    organizer = await tenant.organizer()
    cases = (await organizer.get("/cases?limit=500")).json()
    match step:
        case "raise":
            person = street.person_ids[house] if house % 3 else None
            await raised(made.volunteer, topic, street.door_ids[house], person)
        case "resolve":
            for one in cases[house::3]:
                if one["status"] in {"assigned", "in_progress", "waiting"}:
                    await resolve(organizer, one["id"])
        case "tell":
            await tell(tenant)
        case "knock":
            await knock(made, street.door_ids[house])
        case "reopen":
            for one in cases[house::3]:
                if one["status"] in {"resolved", "told"}:
                    await move(organizer, one["id"], "reopened")
                    owner = str(tenant.member_ids[Role.CASEWORKER])
                    await post(organizer, f"/cases/{one['id']}/owner", owner_id=owner)
        case "late":
            async with tenant.transaction() as db:
                await db.execute(
                    "update issue_case set due_on = current_date - 1 where round = $1", house % 2
                )
        case "promise":
            body = {"title": f"Lamp {house}", "text": "Soon.", "due_on": "2026-01-01"}
            made_id = (await post(organizer, "/commitments", **body))["id"]
            update = {"to": "published", "reason": "Asked for"}
            await post(organizer, f"/commitments/{made_id}/updates", **update)
        case _:
            await keep(organizer, house)


async def keep(organizer, house):
    published = (await organizer.get("/commitments?status=published")).json()
    shown = [{"label": "Photo", "url": "https://example.org/1"}]
    for one in published[house::3]:
        to = "kept" if house % 2 else "not_kept"
        update = {"to": to, "reason": "Look", "evidence": shown}
        await post(organizer, f"/commitments/{one['id']}/updates", **update)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
async def test_every_figure_opens_as_many_rows_as_it_says(lived, happened):
    made, topic = lived
    for step, house in happened:
        await live(made, topic, step, house)
    organizer = await made.tenant.organizer()
    told = (await organizer.get("/follow-up/figures")).json()
    for one in told:
        rows = await rows_of(organizer, one["figure"])
        counted = await rows_of(organizer, one["figure"], counted=True)
        assert len(rows) == one["rows_count"] == len({row["thing_id"] for row in rows})
        assert len(counted) == one["counted_count"]
        # By their ids: those who are asked later are older.
        assert ids_of(counted) == ids_of(row for row in rows if row["counted"])
        if one["unit"] == "share":
            share = len(counted) / len(rows) if rows else None
            assert one["value"] == pytest.approx(share)
        pages = [await rows_of(organizer, one["figure"], limit=3, offset=at)
                 for at in range(0, len(rows), 3)]  # fmt: skip
        assert ids_of(row for page in pages for row in page) == ids_of(rows)


async def test_hours_and_days_are_medians_of_their_rows(tenant):
    made, topic = await make_field(tenant, houses=3), await make_topic(tenant)
    cases = [await raised(made.volunteer, topic, door) for door in made.street.door_ids]
    async with tenant.transaction() as db:
        for hours, case in zip((1, 5, 30), cases, strict=True):
            await db.execute(
                """
                update issue_case
                   set created_at = now() - make_interval(hours => $2 * 24),
                       first_owned_at = now() - make_interval(hours => $2 * 24 - $2)
                 where id = $1
                """,
                case,
                hours,
            )
        now = dt.datetime.now(dt.UTC)
        found = {one.figure: one for one in await figures.figures(db, tenant.id, now)}
    assert found["hours_to_first_owner"].value == pytest.approx(5)
    assert found["age_days"].value == pytest.approx(5, abs=0.01)
    assert (await figure(tenant, "age_days"))[:2] == (3, 3)


async def test_a_case_resolved_on_its_day_is_in_time_and_one_day_later_is_not(tenant):
    made, topic = await make_field(tenant, houses=2), await make_topic(tenant, due_days=0)
    cases = [await raised(made.volunteer, topic, door) for door in made.street.door_ids]
    async with tenant.transaction() as db:
        await db.execute("update issue_case set due_on = due_on - 1 where id = $1", cases[0])
    for case in cases:
        await resolve(await tenant.organizer(), case)
    assert await figure(tenant, "within_due") == (1, 2, 0.5)
    await move(await tenant.organizer(), cases[0], "reopened")
    assert await figure(tenant, "within_due") == (1, 1, 1.0)
    assert await figure(tenant, "reopened") == (1, 2, 0.5)
