"""Every figure of the dashboard opens exactly as many rows as it says, on the right days."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from follow_up.following import consent, issue, make_topic, post
from makers import make_field, make_tenant
from overview.growing import get, knocked, make_past_event, now, was_at

from doorstep.follow_up.model import FigureName
from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id
from doorstep.overview.model import Name

HELSINKI = ZoneInfo("Europe/Helsinki")


async def rows_of(client, name, **query):
    return await get(client, "/dashboard/rows", figure=name, limit=500, **query)


def named(figures):
    return {one["figure"]: one for one in figures}


async def make_round(tenant):
    """A round that was counted: of three ballots, two have a project that is funded."""
    organizer = await tenant.organizer()
    wanted = {"title": "Money", "amount": 500, "currency": "EUR", "country": "Finland",
              "ballot_kind": "approval", "most_projects": 1}  # fmt: skip
    made = await post(organizer, "/budget-rounds", **wanted)
    path = f"/budget-rounds/{made['id']}"
    await post(organizer, f"{path}/moves", to="collecting")
    for title, cost in (("Bench", 400), ("Lamp", 300)):
        one = await post(organizer, f"{path}/proposals", title=title)
        ready = {"eligible": True, "cost": cost}
        await organizer.patch(f"{path}/proposals/{one['id']}", json=ready)
    until = (now() + dt.timedelta(days=1)).isoformat()
    for to in ("reviewing", "costed", "voting"):
        await post(organizer, f"{path}/moves", to=to, voting_closes_at=until)
    for number in (1, 1, 2):
        _, client = await tenant.member()
        cast = await client.put(f"{path}/ballot", json={"choices": [{"number": number}]})
        assert cast.is_success, cast.text
    await post(organizer, f"{path}/moves", to="counted", reason="Everybody has voted")
    return made["slug"]


@pytest.fixture(scope="module")
async def lived(world):
    """An organization of which something is behind every figure, seeded."""
    tenant = await make_tenant(world)
    rng = random.Random(11)
    made, topic = await make_field(tenant, houses=8), await make_topic(tenant)
    await tenant.coordinator()
    for door in made.street.door_ids[:6]:
        at = (now() - dt.timedelta(days=rng.randrange(1, 20))).isoformat()
        await knocked(made, door, rng.choice(["canvassed", "not_home"]), at)
        if rng.random() < 0.5:
            await post(made.volunteer, "/issues", **issue(topic, door, raised_at=at))
    organizer = await tenant.organizer()
    for number in range(4):
        body = {"title": f"Lamp {number}", "text": "Soon."}
        made_id = (await post(organizer, "/commitments", **body))["id"]
        path = f"/commitments/{made_id}/updates"
        if number:
            await post(organizer, path, to="published", reason="Asked for")
        if number > 1:
            await post(organizer, path, to="in_progress", reason="Begun")
    for person in made.street.person_ids[:3]:
        await consent(organizer, person)
    event_id = await make_past_event(tenant)
    for _ in range(9):
        member_id, _ = await tenant.member()
        for ago in rng.sample(range(2, 80), rng.randrange(1, 4)):
            state = "attended" if rng.random() < 0.6 else "no_show"
            at = now() - dt.timedelta(days=ago)
            signup_id, _ = await was_at(tenant, event_id, member_id, at, state)
            if rng.random() < 0.5:
                await reminded(tenant, member_id, signup_id)
    return tenant, await make_round(tenant)


async def reminded(tenant, member_id, signup_id):
    notification_id = new_id()
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into notification (organization_id, id, member_id, kind, about, key, due_at)
            values ($1, $2, $3, 'shift_reminder', $4, $5, now())
            """,
            tenant.id,
            notification_id,
            member_id,
            signup_id,
            f"shift_reminder:{signup_id}",
        )
        await db.execute(
            """
            insert into delivery (organization_id, id, notification_id, channel, state)
            values ($1, $2, $3, 'email', 'sent')
            """,
            tenant.id,
            new_id(),
            notification_id,
        )


def test_the_dashboard_knows_every_figure_of_follow_up():
    assert {str(one) for one in FigureName} <= {str(one) for one in Name}


async def test_every_figure_opens_as_many_rows_as_it_says(lived):
    tenant, _ = lived
    coordinator = await tenant.coordinator()
    figures = (await get(coordinator, "/dashboard"))["figures"]
    assert figures[0]["figure"] == "raisers_told"
    assert {one["figure"] for one in figures} == {str(one) for one in Name}
    seen = 0
    for one in figures:
        rows = await rows_of(coordinator, one["figure"])
        counted = await rows_of(coordinator, one["figure"], counted=True)
        assert (len(rows), len(counted)) == (one["rows_count"], one["counted_count"]), one
        assert counted == [row for row in rows if row["counted"]] or one["as_of_now"]
        if one["unit"] == "share":
            share = len(counted) / len(rows) if rows else None
            assert one["value"] == pytest.approx(share)
        for group in one["groups"]:
            of_group = {"group": group["group"]}
            inside = await rows_of(coordinator, one["figure"], **of_group)
            assert len(inside) == group["rows_count"]
            assert sum(row["counted"] for row in inside) == group["counted_count"]
            assert {row["of_group"] for row in inside} == {group["group"]}
        if one["groups"]:
            assert sum(group["rows_count"] for group in one["groups"]) == len(rows)
        paged = [
            row
            for at in range(0, len(rows), 3)
            for row in await get(
                coordinator, "/dashboard/rows", figure=one["figure"], limit=3, offset=at
            )
        ]
        assert [row["thing_id"] for row in paged] == [row["thing_id"] for row in rows]
        seen += len(rows) > 0
    assert seen >= 10


async def test_voters_with_a_funded_project_are_as_many_as_the_count_says(lived):
    tenant, slug = lived
    figures = named((await get(await tenant.coordinator(), "/dashboard"))["figures"])
    voters = figures["voters_served"]
    assert (voters["counted_count"], voters["rows_count"]) == (2, 3)
    assert [one["group"] for one in voters["groups"]] == [slug]


async def test_promises_are_grouped_by_how_they_stand(lived):
    tenant, _ = lived
    figures = named((await get(await tenant.coordinator(), "/dashboard"))["figures"])
    groups = {one["group"]: one["rows_count"] for one in figures["commitment_age_days"]["groups"]}
    assert groups == {"published": 1, "in_progress": 2}
    assert figures["commitment_age_days"]["value"] == pytest.approx(0, abs=0.1)
    came = {one["group"]: one["label"] for one in figures["booked_came"]["groups"]}
    assert came == {"reminded": "with a reminder", "not_reminded": "without a reminder"}


async def test_people_are_reachable_by_what_they_agreed_to_and_not_once_left_alone(lived):
    tenant, _ = lived
    coordinator = await tenant.coordinator()
    before = named((await get(coordinator, "/dashboard"))["figures"])["reachable"]
    assert (before["counted_count"], before["rows_count"]) == (3, 8)
    first = (await rows_of(coordinator, "reachable", counted=True))[0]["thing_id"]
    async with tenant.transaction() as db:
        door = await db.fetchval(
            """
            select h.door_id from person p join household h on h.id = p.household_id
             where p.organization_id = $1 and p.id = $2
            """,
            tenant.id,
            first,
        )
    await post(await tenant.organizer(), "/do-not-contact", door_id=str(door), person_id=first)
    after = named((await get(coordinator, "/dashboard"))["figures"])["reachable"]
    assert (after["counted_count"], after["rows_count"]) == (2, 8)


async def test_days_are_those_of_the_organizations_clock(tenant):
    coordinator = await tenant.coordinator()
    owner = await tenant.owner()
    assert (await owner.patch("/organization", json={"time_zone": "Europe/Helsinki"})).is_success
    event_id = await make_past_event(tenant)
    day = dt.date(2026, 10, 25)
    # The day on which the clock is turned back has 25 hours.
    for hour, minute, of_day in ((0, 0, 0), (23, 59, 0), (0, 0, 1)):
        at = dt.datetime.combine(day + dt.timedelta(days=of_day), dt.time(hour, minute), HELSINKI)
        member_id, _ = await tenant.member()
        await was_at(tenant, event_id, member_id, at.astimezone(dt.UTC))
    span = {"since_on": str(day), "until_on": str(day)}
    told = await get(coordinator, "/dashboard", **span)
    assert (told["since_on"], told["time_zone"]) == (str(day), "Europe/Helsinki")
    assert named(told["figures"])["booked_came"]["rows_count"] == 2
    assert len(await rows_of(coordinator, "booked_came", **span)) == 2
    await get(coordinator, "/dashboard", 422, since_on="2026-11-02", until_on="2026-11-01")
    await get(coordinator, "/dashboard/rows", 422, figure="raisers_told", group="x")


async def test_who_passed_on_a_link_has_the_credit(tenant):
    coordinator, organizer = await tenant.coordinator(), await tenant.organizer()
    link_id, owner_id = new_id(), tenant.member_ids[Role.COORDINATOR]
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into share_link (organization_id, id, code, kind, item_id, owner_id)
            values ($1, $2, $3, 'event', $2, $4)
            """,
            tenant.id,
            link_id,
            "A" + link_id.hex[-9:].replace("0", "1"),
            owner_id,
        )
        for what in ("rsvp", "signup", "survey"):
            await db.execute(
                """
                insert into share_conversion (organization_id, id, link_id, what, about_id)
                values ($1, $2, $3, $4, $2)
                """,
                tenant.id,
                new_id(),
                link_id,
                what,
            )
    brought = named((await get(organizer, "/dashboard"))["figures"])["brought_by_sharers"]
    assert (brought["value"], brought["counted_count"], brought["rows_count"]) == (2, 2, 3)
    name = (await get(coordinator, "/me"))["member"]["name"]
    assert [(one["group"], one["label"]) for one in brought["groups"]] == [(str(owner_id), name)]
    mine = await get(coordinator, "/me/ladder")
    assert mine["step"] == "brought_others"


async def test_the_picture_is_a_picture_also_of_nothing(lived, tenant):
    for where in (lived[0], tenant):
        client = await where.coordinator()
        png = await client.get("/dashboard/picture")
        assert png.headers["content-type"] == "image/png"
        assert png.content.startswith(b"\x89PNG")
    svg = await (await lived[0].coordinator()).get("/dashboard/picture", params={"form": "svg"})
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "People who know" in svg.text
