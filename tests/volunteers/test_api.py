import datetime as dt

import pytest

from doorstep.kit.ids import new_id
from doorstep.volunteers.service import available

FULL = {
    "languages": ["fi", "en"],
    "skills": ["driver", "knocker"],
    "home": {"lon": 24.93847, "lat": 60.16952},
    "transport": "car",
    "seats_count": 3,
    "max_travel_km": 15.0,
    "max_walk_km": 5.0,
    "climbs_stairs": False,
    "availability": [
        {"weekday": 6, "starts_at_time": "09:00:00", "ends_at_time": "17:00:00"},
    ],
    "exceptions": [
        {"on_date": "2027-03-27", "available": False, "starts_at_time": None,
         "ends_at_time": None},
    ],
}  # fmt: skip


async def put(client, status=200, **change):
    answer = await client.put("/me/volunteer", json=FULL | change)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_what_one_says_of_oneself_comes_back_but_for_the_home(tenant):
    volunteer = await tenant.volunteer()
    said = await put(volunteer)
    assert {key: said[key] for key in FULL if key != "home"} == {
        key: value for key, value in FULL.items() if key != "home"
    }
    assert said["home"] == {"lon": 24.94, "lat": 60.17}
    assert (await volunteer.get("/me/volunteer")).json() == said
    async with tenant.transaction() as db:
        stored = await db.fetchrow("select home_lon, home_lat from volunteer")
    assert tuple(stored) == (24.94, 60.17)
    emptied = (await volunteer.put("/me/volunteer", json={})).json()
    assert (emptied["home"], emptied["availability"], emptied["skills"]) == (None, [], [])


async def test_who_said_nothing_is_a_volunteer_without_particulars(tenant):
    said = (await (await tenant.volunteer()).get("/me/volunteer")).json()
    assert (said["languages"], said["transport"], said["shifts_count"]) == ([], "foot", 0)


HOURS = FULL["availability"][0]
AWAY = FULL["exceptions"][0]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"availability": [HOURS | {"ends_at_time": "08:00:00"}]}, 422,
         "availability.0.ends_at_time"),
        ({"availability": [HOURS, HOURS]}, 422, "availability.0.starts_at_time"),
        ({"exceptions": [AWAY, AWAY]}, 422, "exceptions.1.on_date"),
        ({"exceptions": [AWAY | {"starts_at_time": "09:00:00"}]}, 422, "exceptions.0.ends_at_time"),
        ({"skills": ["pilot"]}, 400, None),
        ({"home": {"lon": 200, "lat": 0}}, 400, None),
        ({"availability": [HOURS | {"weekday": 8}]}, 400, None),
        ({"availability": [HOURS | {"starts_at_time": "09:00:00Z"}]}, 400, None),
        ({"shifts_count": 99}, 400, None),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_by_name_and_changes_nothing(tenant, change, status, field):
    volunteer = await tenant.volunteer()
    before = await put(volunteer)
    problem = await put(volunteer, status, **change)
    if field:
        assert problem["errors"][0]["field"] == field
    assert (await volunteer.get("/me/volunteer")).json() == before


async def test_coordinators_find_who_can_do_speak_and_come(tenant, stranger):
    coordinator = await tenant.coordinator()
    _, one = await tenant.member(name="Aino")
    _, other = await tenant.member(name="Bo")
    await put(one)
    await put(other, languages=["sv"], skills=["captain"], exceptions=[])
    await put(await stranger.volunteer())

    async def found(**asked):
        answer = await coordinator.get("/volunteers", params=asked)
        assert answer.is_success, answer.text
        return [person["name"] for person in answer.json()]

    assert await found(skill="driver") == ["Aino"]
    assert await found(language="sv") == ["Bo"]
    assert await found(skill="driver", language="sv") == []
    day = {"available_from": "2027-03-27T10:00:00Z", "available_until": "2027-03-27T13:00:00Z"}
    assert await found(**day) == ["Bo"]
    week_before = {key: value.replace("27T", "20T") for key, value in day.items()}
    assert await found(**week_before) == ["Aino", "Bo"]
    assert await found(**week_before, limit=1, offset=1) == ["Bo"]
    for odd in (
        {"available_from": day["available_from"]},
        {"available_from": day["available_until"], "available_until": day["available_from"]},
        {"available_from": "2027-03-27T10:00:00", "available_until": "2027-03-27T13:00:00"},
    ):
        assert (await coordinator.get("/volunteers", params=odd)).status_code == 422


async def test_planners_are_told_who_can_come_and_who_never_said(tenant):
    one_id, one = await tenant.member()
    other_id, _ = await tenant.member()
    await put(one)
    at = dt.datetime(2027, 3, 20, 10, tzinfo=dt.UTC)
    async with tenant.transaction() as db:
        asked = [one_id, other_id, new_id()]
        told = await available(db, tenant.id, asked, at, at + dt.timedelta(hours=2))
        late = await available(db, tenant.id, asked, at, at + dt.timedelta(hours=9))
    assert told == {one_id: True, other_id: None}
    assert late == {one_id: False, other_id: None}


async def test_whom_to_call_is_read_by_coordinators_alone(tenant, stranger):
    member_id, volunteer = await tenant.member()
    path, mine = f"/volunteers/{member_id}/emergency-contact", "/me/volunteer/emergency-contact"
    coordinator = await tenant.coordinator()
    assert (await coordinator.get(path)).status_code == 404
    contact = {"name": "Canaria Feathers", "phone": "+15550100199"}
    assert (await volunteer.put(mine, json=contact)).status_code == 204
    assert (await coordinator.get(path)).json() == contact
    assert (await volunteer.get(path)).status_code == 403
    assert (await (await stranger.coordinator()).get(path)).status_code == 404
    assert "Feathers" not in (await coordinator.get(f"/volunteers/{member_id}")).text
    assert (await volunteer.delete(mine)).status_code == 204
    assert (await coordinator.get(path)).status_code == 404


async def kinds(coordinator, member_id):
    ties = (await coordinator.get(f"/volunteers/{member_id}/ties")).json()
    return sorted(one["kind"] for one in ties)


async def test_two_who_ask_for_each_other_are_buddies(tenant):
    coordinator = await tenant.coordinator()
    one_id, one = await tenant.member()
    other_id, other = await tenant.member()
    for _ in range(2):
        answer = await one.put(f"/me/volunteer/buddies/{other_id}")
        assert answer.status_code == 204
    assert [b["kind"] for b in (await one.get("/me/volunteer/buddies")).json()] == ["asked"]
    assert (await other.get("/me/volunteer/buddies")).json() == []
    await other.put(f"/me/volunteer/buddies/{one_id}")
    for client in (one, other):
        mine = (await client.get("/me/volunteer/buddies")).json()
        assert [b["kind"] for b in mine] == ["buddy"]
    assert await kinds(coordinator, one_id) == ["buddy"]
    assert (await one.delete(f"/me/volunteer/buddies/{other_id}")).status_code == 204
    assert await kinds(coordinator, one_id) == []
    assert (await one.put(f"/me/volunteer/buddies/{one_id}")).status_code == 422
    assert (await one.put(f"/me/volunteer/buddies/{new_id()}")).status_code == 404


async def test_volunteers_cannot_tell_that_they_are_kept_apart(tenant):
    coordinator = await tenant.coordinator()
    one_id, one = await tenant.member()
    other_id, other = await tenant.member()
    free_id, free = await tenant.member()
    path = f"/volunteers/{other_id}/ties/{one_id}"
    assert (await coordinator.put(path, json={"kind": "apart"})).status_code == 204
    seen = []
    for them_id, them in ((other_id, other), (free_id, free)):
        told = []
        for client, whom in ((one, them_id), (them, one_id)):
            told.append((await client.put(f"/me/volunteer/buddies/{whom}")).status_code)
            mine = (await client.get("/me/volunteer/buddies")).json()
            told.append([b["kind"] for b in mine if b["member_id"] == str(whom)])
        seen.append(told)
    assert seen[0] == seen[1] == [204, ["asked"], 204, ["buddy"]]
    assert await kinds(coordinator, other_id) == ["apart", "buddy"]
    await one.delete(f"/me/volunteer/buddies/{other_id}")
    assert await kinds(coordinator, other_id) == ["apart"]
    assert (await one.get(f"/volunteers/{one_id}/ties")).status_code == 403
    assert (await coordinator.put(path, json={"kind": "asked"})).status_code == 422
    assert (await coordinator.delete(path)).status_code == 204
    assert await kinds(coordinator, other_id) == []


async def test_trainings_are_recorded_by_coordinators(tenant):
    coordinator = await tenant.coordinator()
    member_id, volunteer = await tenant.member()
    path = f"/volunteers/{member_id}/trainings"
    done = {"training": "Safety", "done_on": "2026-01-10"}
    assert (await coordinator.post(path, json=done)).status_code == 201
    again = (await coordinator.post(path, json=done | {"done_on": "2026-02-10"})).json()
    assert [(o["training"], o["done_on"]) for o in again] == [("Safety", "2026-02-10")]
    assert (await volunteer.post(path, json=done)).status_code == 403
    early = await coordinator.post(path, json=done | {"done_on": "2999-01-01"})
    assert early.json()["errors"][0]["field"] == "done_on"
    assert (await volunteer.get("/me/volunteer")).json()["trainings"] == ["Safety"]


async def test_erasing_a_member_takes_along_what_they_said(tenant):
    owner, coordinator = await tenant.owner(), await tenant.coordinator()
    member_id, volunteer = await tenant.member()
    other_id, _ = await tenant.member()
    await put(volunteer)
    contact = {"name": "Canaria", "phone": "+15550100199"}
    await volunteer.put("/me/volunteer/emergency-contact", json=contact)
    await volunteer.put(f"/me/volunteer/buddies/{other_id}")
    await coordinator.post(f"/volunteers/{member_id}/trainings", json={"training": "Safety"})
    assert (await owner.post(f"/members/{member_id}/erasure")).is_success
    async with tenant.transaction() as db:
        left = await db.fetchrow(
            """
            select (select count(*) from volunteer) + (select count(*) from emergency_contact)
                 + (select count(*) from volunteer_tie) + (select count(*) from training_done)
                 + (select count(*) from volunteer_availability)
                 + (select count(*) from volunteer_exception)
            """
        )
    assert left[0] == 0
