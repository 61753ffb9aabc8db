import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from shifts import make_event, make_place, make_shift, now, post, shift, sign_up, spell, told

from doorstep.kit.auth import COORDINATORS, Role
from doorstep.kit.ids import new_id

HELSINKI = ZoneInfo("Europe/Helsinki")
TEAM = [
    {"role": "captain", "capacity": 1},
    {"role": "driver", "capacity": 2},
    {"role": "knocker", "capacity": 17},
]


def next_march():
    """The last Saturday but one before the clocks change in spring, a year ahead at most."""
    year = now().year + (now().month > 2)
    last = dt.date(year, 3, 31)
    change = last - dt.timedelta(days=(last.weekday() + 1) % 7)
    return change - dt.timedelta(days=8)


def at(day, hour):
    return dt.datetime.combine(day, dt.time(hour), HELSINKI)


def local(text):
    return dt.datetime.fromisoformat(text).astimezone(HELSINKI)


async def test_four_weekends_two_shifts_three_sites_in_two_calls(tenant):
    coordinator, first = await tenant.coordinator(), next_march()
    sites = [await make_place(tenant, name) for name in ("North", "East", "South")]
    shifts = [
        {"starts_at": spell(at(first, hour)), "ends_at": spell(at(first, hour + 3)), "roles": TEAM}
        for hour in (10, 14)
    ]
    event = await make_event(tenant, place_id=sites[0], shifts=shifts)
    path = f"/events/{event['event']['id']}/copies"
    body = {"days_later": [0, 7, 14, 21], "place_ids": sites}
    body["shift_ids"] = [one["id"] for one in event["shifts"]]
    made = await post(coordinator, path, **body)
    got = (await coordinator.get(f"/events/{event['event']['id']}")).json()["shifts"]
    assert (len(made), len(got)) == (22, 24)
    assert await post(coordinator, path, **body) == []
    assert {sum(one["capacity"] for one in shift["roles"]) for shift in got} == {20}
    # Two of the weekends are after the clocks changed.
    assert {local(one["starts_at"]).hour for one in got} == {10, 14}
    assert len({one["starts_at"][11:13] for one in got}) == 4
    assert {one["place_name"] for one in got} == {"North", "East", "South"}


async def test_a_series_keeps_the_time_on_the_wall(tenant):
    coordinator, first = await tenant.coordinator(), next_march()
    event = await make_event(tenant)
    made = await post(
        coordinator,
        f"/events/{event['event']['id']}/series",
        starts_local=f"{first}T10:00:00",
        duration_min=180,
        rule="FREQ=WEEKLY;COUNT=4",
        except_on=[str(first + dt.timedelta(days=7))],
        roles=TEAM,
    )
    assert [local(one["starts_at"]) for one in made] == [
        at(first + dt.timedelta(days=days), 10) for days in (0, 14, 21)
    ]
    assert {one["series_id"] for one in made} == {made[0]["series_id"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rule": "FREQ=WEEKLY"}, "rule"),
        ({"rule": "FREQ=DAILY;UNTIL=20990101"}, "rule"),
        ({"starts_local": "9999-12-31T23:59:59"}, "starts_local"),
        ({"starts_local": "0001-01-01T00:00:00"}, "starts_local"),
        ({"starts_local": "2050-01-01T00:00:00"}, "starts_at"),
        ({"roles": [*TEAM, TEAM[0]]}, "roles"),
    ],
)
async def test_a_series_that_cannot_be_says_why_and_makes_nothing(tenant, change, field):
    coordinator = await tenant.coordinator()
    event = await make_event(tenant)
    body = {"starts_local": f"{next_march()}T10:00:00", "duration_min": 180, "roles": TEAM}
    body |= {"rule": "FREQ=WEEKLY;COUNT=4"} | change
    problem = await post(coordinator, f"/events/{event['event']['id']}/series", 422, **body)
    assert problem["errors"][0]["field"] == field
    got = (await coordinator.get(f"/events/{event['event']['id']}")).json()
    assert got["shifts"] == []


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({"ends_at": spell(now())}, "shifts.0.ends_at"),
        ({"ends_at": spell(now() + dt.timedelta(days=60))}, "shifts.0.ends_at"),
        ({"starts_at": "1999-01-01T00:00:00Z", "ends_at": "1999-01-01T01:00:00Z"},
         "shifts.0.starts_at"),
    ],
)  # fmt: skip
async def test_impossible_times_name_the_shift_they_are_of(tenant, times, field):
    coordinator = await tenant.coordinator()
    place_id = await make_place(tenant)
    body = {"kind": "canvass", "title": "Odd", "place_id": place_id, "shifts": [shift() | times]}
    problem = await post(coordinator, "/events", 422, **body)
    assert problem["errors"][0]["field"] == field
    assert (await coordinator.get("/events")).json() == []


async def test_times_need_an_offset_and_zones_must_be_known(tenant):
    coordinator = await tenant.coordinator()
    body = {"kind": "canvass", "title": "Odd", "place_id": await make_place(tenant)}
    naive = shift() | {"starts_at": "2027-03-27T10:00:00"}
    await post(coordinator, "/events", 400, **body, shifts=[naive])
    for zone in ("Mars/Olympus", "../etc/passwd", "Europe"):
        problem = await post(coordinator, "/events", 422, **body, time_zone=zone)
        assert problem["errors"][0]["field"] == "time_zone"


async def test_drafts_are_for_coordinators(tenant):
    event = await make_event(tenant, shifts=[shift()], publish=False)
    path, shift_id = f"/events/{event['event']['id']}", event["shifts"][0]["id"]
    for role in Role:
        client = await tenant.client(role)
        sees = role in COORDINATORS
        assert (await client.get(path)).status_code == (200 if sees else 404)
        assert (await client.get(f"/shifts/{shift_id}")).status_code == (200 if sees else 404)
        assert len((await client.get("/events")).json()) == sees
        assert len((await client.get("/shifts")).json()) == sees
    await post(await tenant.coordinator(), f"{path}/publishing")
    assert len((await (await tenant.volunteer()).get("/shifts")).json()) == 1


async def test_addresses_of_events_come_from_their_titles_and_are_each_ones_own(tenant, stranger):
    for expected in ("gruss-gott-oulu", "gruss-gott-oulu-2", "gruss-gott-oulu-3"):
        made = await make_event(tenant, title="Grüß Gott, Oulu!".replace("ß", "ss"))
        assert made["event"]["slug"] == expected
    assert (await make_event(tenant, title="ΑΒΓ"))["event"]["slug"] == "event"
    assert (await make_event(stranger, title="ΑΒΓ"))["event"]["slug"] == "event"
    body = {"kind": "canvass", "title": "X", "place_id": await make_place(tenant, "Other")}
    problem = await post(await tenant.coordinator(), "/events", 409, **body, slug="event")
    assert problem["errors"][0]["field"] == "slug"


async def test_a_moved_shift_is_told_to_all_and_their_reminders_follow(tenant):
    coordinator = await tenant.coordinator()
    shift_id = await make_shift(tenant, roles=[{"role": "knocker", "capacity": 1}])
    clients = [(await tenant.member())[1] for _ in range(3)]
    for client in clients:
        await sign_up(client, shift_id)
    before = (await coordinator.get(f"/shifts/{shift_id}")).json()
    later = dt.datetime.fromisoformat(before["starts_at"]) + dt.timedelta(days=1)
    moved = await coordinator.patch(
        f"/shifts/{shift_id}",
        json={"starts_at": spell(later), "ends_at": spell(later + dt.timedelta(hours=2))},
    )
    assert moved.json()["sequence"] == before["sequence"] + 1
    assert len(await told(tenant, "shift_moved")) == 3
    planned = await told(tenant, "shift_reminder")
    assert len(planned) == 3
    assert planned[-1]["due_at"] == later - dt.timedelta(hours=2)
    # The same again moves nothing.
    same = await coordinator.patch(f"/shifts/{shift_id}", json={"starts_at": spell(later)})
    assert same.json()["sequence"] == moved.json()["sequence"]


async def test_an_event_at_another_place_moves_the_shifts_that_are_there(tenant):
    coordinator = await tenant.coordinator()
    elsewhere, new_place = [await make_place(tenant, name) for name in ("There", "New")]
    event = await make_event(tenant, shifts=[shift(), shift(300, place_id=elsewhere)])
    volunteer = await tenant.volunteer()
    for one in event["shifts"]:
        await sign_up(volunteer, one["id"])
    path = f"/events/{event['event']['id']}"
    changed = (await coordinator.patch(path, json={"place_id": new_place})).json()
    assert [(o["place_name"], o["sequence"]) for o in changed["shifts"]] == [
        ("New", 1), ("There", 0),
    ]  # fmt: skip
    assert len(await told(tenant, "shift_moved")) == 1


async def test_a_cancelled_event_cancels_its_shifts_and_everybody_is_told(tenant):
    coordinator, volunteer = await tenant.coordinator(), await tenant.volunteer()
    event = await make_event(tenant, shifts=[shift(), shift(300)])
    signups = [await sign_up(volunteer, one["id"]) for one in event["shifts"]]
    path = f"/events/{event['event']['id']}"
    for _ in range(2):
        got = await post(coordinator, f"{path}/cancellation", reason="Storm")
        assert got["event"]["cancelled_reason"] == "Storm"
        assert {(o["status"], o["sequence"]) for o in got["shifts"]} == {("cancelled", 1)}
    assert len(await told(tenant, "shift_cancelled")) == 2
    assert await told(tenant, "shift_reminder") == []
    mine = (await volunteer.get("/me/signups")).json()
    assert {one["signup"]["state"] for one in mine} == {"cancelled"}
    assert len(mine) == len(signups)
    for verb, more in (("shifts", {"shifts": [shift()]}), ("publishing", {})):
        await post(coordinator, f"{path}/{verb}", 409, **more)


async def test_fewer_places_than_are_taken_are_refused_and_more_are_offered(tenant):
    coordinator = await tenant.coordinator()
    shift_id = await make_shift(tenant)
    for _ in range(3):
        await sign_up((await tenant.member())[1], shift_id)
    for roles in ([{"role": "knocker", "capacity": 1}], [{"role": "driver", "capacity": 9}]):
        answer = await coordinator.patch(f"/shifts/{shift_id}", json={"roles": roles})
        assert answer.status_code == 409
        assert "2 places of the role knocker are taken" in answer.json()["detail"]
    more = [{"role": "knocker", "capacity": 3}, {"role": "driver", "capacity": 1}]
    changed = (await coordinator.patch(f"/shifts/{shift_id}", json={"roles": more})).json()
    assert [(o["role"], o["taken_count"]) for o in changed["roles"]] == [
        ("driver", 0), ("knocker", 3),
    ]  # fmt: skip
    states = [o["state"] for o in (await coordinator.get(f"/shifts/{shift_id}/signups")).json()]
    assert states == ["booked", "booked", "held"]


async def test_a_shift_cannot_be_moved_into_the_past_or_turned_round(tenant):
    coordinator = await tenant.coordinator()
    shift_id = await make_shift(tenant)
    past = now() - dt.timedelta(days=2)
    for times in (
        {"starts_at": spell(past), "ends_at": spell(past + dt.timedelta(hours=1))},
        {"ends_at": spell(past)},
    ):
        answer = await coordinator.patch(f"/shifts/{shift_id}", json=times)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "ends_at"


async def test_places_of_others_and_places_given_up_are_not_there(tenant, stranger):
    coordinator = await tenant.coordinator()
    theirs, archived = await make_place(stranger), await make_place(tenant)
    assert (await coordinator.delete(f"/places/{archived}")).is_success
    for place_id in (theirs, archived, str(new_id())):
        body = {"kind": "canvass", "title": "X", "place_id": place_id}
        await post(coordinator, "/events", 404, **body)
    await make_place(tenant)
    body = {"name": "Library", "point": {"lon": 0, "lat": 0}}
    assert "name" in str(await post(coordinator, "/places", 409, **body))


async def test_events_are_described_for_search_engines_and_name_nobody(tenant):
    place_id = await make_place(tenant, "Town hall", address="Canary Lane 1")
    more = {"place_id": place_id, "summary": "Come", "topic": "Roads"}
    event = await make_event(tenant, title="Open day", public=True, shifts=[shift()], **more)
    member_id, volunteer = await tenant.member(name="Canaria Feathers")
    await sign_up(volunteer, event["shifts"][0]["id"])
    path = f"/events/{event['event']['id']}"
    answer = await volunteer.get(f"{path}/structured-data")
    assert answer.headers["content-type"].startswith("application/ld+json")
    said = answer.json()
    assert (said["@context"], said["@type"], said["name"]) == (
        "https://schema.org", "Event", "Open day",
    )  # fmt: skip
    assert said["location"]["address"] == "Canary Lane 1"
    part = said["subEvent"][0]
    assert (part["maximumPhysicalAttendeeCapacity"], part["remainingAttendeeCapacity"]) == (2, 1)
    assert dt.datetime.fromisoformat(part["startDate"]).utcoffset() is not None
    assert "Feathers" not in answer.text
    assert str(member_id) not in answer.text
    await post(await tenant.coordinator(), f"{path}/cancellation", reason="Storm")
    said = (await volunteer.get(f"{path}/structured-data")).json()
    assert {said["eventStatus"], said["subEvent"][0]["eventStatus"]} == {
        "https://schema.org/EventCancelled"
    }
