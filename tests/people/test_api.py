import datetime as dt
from pathlib import Path
from uuid import uuid4

import pytest
from bringing import PEOPLE, csv, import_people
from makers import Tenant

from doorstep.imports.service import import_osm
from doorstep.kit.auth import Role
from doorstep.kit.db import begin
from doorstep.kit.ids import new_id
from doorstep.people import service
from doorstep.people.model import ConsentRecord, DoNotContactMark

HELSINKI = Path(__file__).parents[2] / "geo" / "helsinki.osm.pbf"


async def filled(tenant):
    """The four people stored; their doors by (street, unit) and ids by external id."""
    await import_people(tenant, csv(*PEOPLE))
    async with tenant.transaction() as db:
        doors = await service.doors_in_box(db, tenant.id, 24, 60, 25, 61)
        people = await db.fetch("select external_id, id from person")
    return (
        {(door.street, door.unit): door for door in doors},
        {row["external_id"]: row["id"] for row in people},
    )


async def hold(tenant: Tenant, member_id, *doors, hours=24):
    """A published turf of these doors, held by the member; the id of the assignment."""
    turf_id, pass_id, assignment_id = new_id(), new_id(), new_id()
    await tenant.coordinator()
    async with tenant.transaction() as db:
        await db.execute(
            "insert into pass (organization_id, id, campaign_id, name) values ($1, $2, $3, $4)",
            tenant.id, pass_id, tenant.campaign_id, str(pass_id),
        )  # fmt: skip
        await db.execute(
            """
            insert into turf (organization_id, id, pass_id, name, status, polygon, walk_m)
            values ($1, $2, $3, 'North', 'published', '', 0)
            """,
            tenant.id, turf_id, pass_id,
        )  # fmt: skip
        for position, door in enumerate(doors):
            await db.execute(
                """
                insert into turf_door (organization_id, turf_id, door_id, pass_id, position)
                values ($1, $2, $3, $4, $5)
                """,
                tenant.id, turf_id, door.id, pass_id, position,
            )  # fmt: skip
        await db.execute(
            """
            insert into assignment
                   (organization_id, id, turf_id, member_id, assigned_by, expires_at)
            values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6))
            """,
            tenant.id, assignment_id, turf_id, member_id, tenant.member_ids[Role.COORDINATOR],
            hours,
        )  # fmt: skip
    return turf_id, assignment_id


async def raw_people(world, device_id):
    """What a bare select gives in the role of a request from this device."""
    async with begin(world.pool) as opened:
        await opened.db.fetch("select * from open_request($1)", device_id)
        return await opened.db.fetch("select * from person")


async def device_of(client):
    return (await client.get("/me")).json()["device_id"]


async def test_doors_are_listed_as_people_count_and_within_a_box(tenant):
    await filled(tenant)
    staff = await tenant.coordinator()
    listed = (await staff.get("/doors")).json()
    assert [(door["street"], door["unit"]) for door in listed] == [
        ("Kaivokatu", "A 2"), ("Kaivokatu", "A 10"), ("Mikonkatu", ""),
    ]  # fmt: skip
    east = (await staff.get("/doors", params={"west": 24.945})).json()
    assert [door["street"] for door in east] == ["Mikonkatu"]
    assert len((await staff.get("/doors", params={"limit": 1})).json()) == 1
    assert (await staff.get("/doors", params={"limit": 0})).status_code == 400
    backwards = await staff.get("/doors", params={"west": 25, "east": 24})
    assert backwards.status_code == 422
    assert backwards.json()["errors"][0]["field"] == "west"


async def test_a_door_tells_households_people_and_marks(tenant):
    doors, people = await filled(tenant)
    door = doors["Kaivokatu", "A 10"]
    staff = await tenant.coordinator()
    body = {"door_id": str(door.id), "person_id": str(people["p2"])}
    mark = (await staff.post("/do-not-contact", json=body)).json()
    told = (await staff.get(f"/doors/{door.id}")).json()
    (household,) = told["households"]
    assert [(one["given_name"], one["do_not_contact"]) for one in household["people"]] == [
        ("Aino", False), ("Onni", True),
    ]  # fmt: skip
    assert household["people"][0]["email"] == "a@example.org"
    assert told["do_not_contact"] == [mark]
    assert told["door"]["do_not_contact"] is False


async def test_a_volunteer_without_turf_sees_nobody_even_in_a_bare_select(world, tenant):
    doors, people = await filled(tenant)
    _, volunteer = await tenant.member()
    assert await raw_people(world, await device_of(volunteer)) == []
    for person_id in people.values():
        assert (await volunteer.get(f"/people/{person_id}")).status_code == 404
    for door in doors.values():
        assert (await volunteer.get(f"/doors/{door.id}")).status_code == 404
        note = await volunteer.patch(f"/doors/{door.id}", json={"note": "Dog"})
        assert note.status_code == 404
        path = f"/buildings/{door.building_id}"
        assert (await volunteer.patch(path, json={"access_note": "1"})).status_code == 404


async def test_a_volunteer_sees_those_of_their_turf_until_it_ends(world, tenant):
    doors, people = await filled(tenant)
    member_id, volunteer = await tenant.member()
    door = doors["Kaivokatu", "A 10"]
    _, assignment_id = await hold(tenant, member_id, door)
    seen = await raw_people(world, await device_of(volunteer))
    assert {row["external_id"] for row in seen} == {"p1", "p2"}
    aino = (await volunteer.get(f"/people/{people['p1']}")).json()
    assert (aino["given_name"], aino["language"]) == ("Aino", "fi")
    assert (aino["phone"], aino["email"], aino["birth_year"]) == (None, None, None)
    assert (await volunteer.get(f"/people/{people['p3']}")).status_code == 404
    assert (await volunteer.get(f"/doors/{door.id}")).status_code == 200
    assert (await volunteer.get(f"/doors/{doors['Mikonkatu', ''].id}")).status_code == 404
    async with tenant.transaction() as db:
        await db.execute(
            "update assignment set ended_at = now(), ended_reason = 'taken_back' where id = $1",
            assignment_id,
        )
    assert (await volunteer.get(f"/people/{people['p1']}")).status_code == 404
    assert (await volunteer.get(f"/doors/{door.id}")).status_code == 404
    assert await raw_people(world, await device_of(volunteer)) == []


async def test_an_assignment_that_ran_out_shows_nobody(world, tenant):
    doors, _ = await filled(tenant)
    member_id, volunteer = await tenant.member()
    await hold(tenant, member_id, doors["Kaivokatu", "A 10"], hours=-1)
    assert await raw_people(world, await device_of(volunteer)) == []


async def test_notes_are_written_by_staff_and_by_who_holds_the_turf(tenant):
    doors, _ = await filled(tenant)
    door = doors["Kaivokatu", "A 10"]
    member_id, volunteer = await tenant.member()
    turf_id, _ = await hold(tenant, member_id, door)
    for client in (volunteer, await tenant.coordinator()):
        noted = await client.patch(f"/doors/{door.id}", json={"note": "Friendly dog"})
        assert noted.json()["note"] == "Friendly dog"
        path = f"/buildings/{door.building_id}"
        building = (await client.patch(path, json={"access_note": "Code 1234"})).json()
        assert building == {"id": str(door.building_id), "access_note": "Code 1234"}
        long = await client.patch(f"/doors/{door.id}", json={"note": "x" * 1001})
        assert long.status_code == 400
        nul = await client.patch(f"/doors/{door.id}", json={"note": "a\x00b"})
        assert nul.status_code == 400
    async with tenant.transaction() as db:
        assert await db.fetchval("select version from turf where id = $1", turf_id) == 5


async def test_only_an_organizer_clears_a_mark_and_once(tenant):
    doors, _ = await filled(tenant)
    coordinator, organizer = await tenant.coordinator(), await tenant.organizer()
    body = {"door_id": str(doors["Mikonkatu", ""].id)}
    made = await coordinator.post("/do-not-contact", json=body)
    assert made.status_code == 201
    mark = made.json()
    assert (await coordinator.post("/do-not-contact", json=body)).json() == mark
    path = f"/do-not-contact/{mark['id']}/clearing"
    reason = {"reason": "They moved out"}
    assert (await coordinator.post(path, json=reason)).status_code == 403
    assert (await organizer.post(path, json={"reason": " "})).status_code == 400
    cleared = (await organizer.post(path, json=reason)).json()
    assert cleared["cleared_by"] == str(tenant.member_ids[Role.ORGANIZER])
    assert cleared["cleared_reason"] == "They moved out"
    assert (await organizer.post(path, json=reason)).status_code == 409
    assert (await coordinator.get("/do-not-contact")).json() == []
    everything = await coordinator.get("/do-not-contact", params={"cleared": True})
    assert everything.json() == [cleared]
    assert (await coordinator.post("/do-not-contact", json=body)).json()["id"] != mark["id"]


async def test_a_mark_is_for_who_lives_there(tenant):
    doors, people = await filled(tenant)
    coordinator = await tenant.coordinator()
    body = {"door_id": str(doors["Mikonkatu", ""].id), "person_id": str(people["p1"])}
    refused = await coordinator.post("/do-not-contact", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "person_id"
    unknown = await coordinator.post("/do-not-contact", json={"door_id": str(uuid4())})
    assert unknown.status_code == 404


async def test_who_is_not_to_be_contacted_is_on_no_walk_list(tenant):
    doors, people = await filled(tenant)
    await tenant.coordinator()
    home, house = doors["Kaivokatu", "A 10"], doors["Mikonkatu", ""]
    ids = [door.id for door in doors.values()]
    marks = [
        DoNotContactMark(
            id=new_id(),
            door_id=door_id,
            person_id=person_id,
            source_event_id=None,
            recorded_by=tenant.member_ids[Role.COORDINATOR],
        )
        for door_id, person_id in ((home.id, people["p1"]), (house.id, None))
    ]
    member_id, volunteer = await tenant.member()
    await hold(tenant, member_id, *doors.values())
    async with tenant.transaction() as db:
        before = await service.walk_people(db, tenant.id, ids)
        assert {one.id for one in before} == set(people.values())
        await service.record_do_not_contact(db, tenant.id, marks)
        await service.record_do_not_contact(db, tenant.id, marks)
        after = await service.walk_people(db, tenant.id, ids)
        assert {one.id for one in after} == {people["p2"], people["p3"]}
        shown = {
            door.id: door.do_not_contact for door in await service.walk_doors(db, tenant.id, ids)
        }
    assert shown == {home.id: False, house.id: True, doors["Kaivokatu", "A 2"].id: False}
    assert (await volunteer.get(f"/people/{people['p1']}")).status_code == 404
    assert (await volunteer.get(f"/people/{people['p4']}")).status_code == 404
    (household,) = (await volunteer.get(f"/doors/{home.id}")).json()["households"]
    assert [one["id"] for one in household["people"]] == [str(people["p2"])]


async def test_a_mark_follows_a_person_who_moves(tenant):
    doors, people = await filled(tenant)
    organizer = await tenant.organizer()
    body = {"door_id": str(doors["Mikonkatu", ""].id), "person_id": str(people["p4"])}
    await organizer.post("/do-not-contact", json=body)
    await import_people(tenant, csv("p4,Kaivokatu,1,A 2,00100,,,,Ville,Laine,,,,"))
    new_home = doors["Kaivokatu", "A 2"].id
    async with tenant.transaction() as db:
        found = await service.walk_people(db, tenant.id, [new_home])
    assert [one.given_name for one in found] == ["Eve"]


async def test_other_rooms_find_doors_by_box_and_by_id(tenant, stranger):
    doors, _ = await filled(tenant)
    house = doors["Mikonkatu", ""]
    async with tenant.transaction() as db:
        assert await service.doors_in_box(db, tenant.id, 24.945, 60, 25, 61) == [house]
        assert await service.door_points(db, tenant.id, [house.id, uuid4()]) == [house]
        (walked,) = await service.walk_doors(db, tenant.id, [house.id])
        assert await service.door_points(db, tenant.id, []) == []
    assert (walked.postcode, walked.city, walked.lon) == ("00100", "Helsinki", 24.95)
    async with stranger.transaction() as db:
        # Neither a wrong organization_id nor a right one shows what is not theirs.
        for organization_id in (tenant.id, stranger.id):
            assert await service.door_points(db, organization_id, [house.id]) == []
            assert await service.walk_people(db, organization_id, [house.id]) == []


async def test_an_import_raises_the_version_of_the_turfs_it_touches(tenant):
    doors, _ = await filled(tenant)
    member_id, _ = await tenant.member()
    touched, _ = await hold(tenant, member_id, doors["Mikonkatu", ""])
    other, _ = await hold(tenant, member_id, doors["Kaivokatu", "A 2"])
    await import_people(tenant, csv(*PEOPLE, "p9,Mikonkatu,7,,00100,Helsinki,,,Kalle,Aho,,,,"))
    async with tenant.transaction() as db:
        versions = dict(await db.fetch("select id, version from turf"))
    assert versions == {touched: 2, other: 1}


async def test_consents_are_kept_once(tenant):
    doors, people = await filled(tenant)
    await tenant.coordinator()
    consent = ConsentRecord(
        id=new_id(),
        door_id=doors["Mikonkatu", ""].id,
        person_id=people["p4"],
        basis="explicit",
        wording="May we write that down?",
        given_at=dt.datetime.now(dt.UTC),
        recorded_by=tenant.member_ids[Role.COORDINATOR],
    )
    async with tenant.transaction() as db:
        await service.record_consents(db, tenant.id, [consent])
        await service.record_consents(db, tenant.id, [consent])
        rows = await db.fetch("select purpose, basis, wording from consent")
    expected = ("opinion_record", "explicit", "May we write that down?")
    assert [tuple(row) for row in rows] == [expected]


ROUTES = [
    ("GET", "/doors", "coordinator"),
    ("GET", "/doors/{door}", None),
    ("PATCH", "/doors/{door}", None),
    ("PATCH", "/buildings/{building}", None),
    ("GET", "/people/{person}", None),
    ("GET", "/do-not-contact", "coordinator"),
    ("POST", "/do-not-contact", "coordinator"),
    ("POST", "/do-not-contact/{mark}/clearing", "organizer"),
    ("GET", "/campaigns/{campaign}/map", None),
]
BODIES = {
    "/doors/{door}": {"note": "x"},
    "/buildings/{building}": {"access_note": "x"},
    "/do-not-contact/{mark}/clearing": {"reason": "x"},
}


@pytest.mark.parametrize(("method", "path", "_"), ROUTES)
async def test_no_route_is_open_to_anonymous(world, method, path, _):
    names = ("door", "building", "person", "mark", "campaign")
    answer = await world.anonymous().request(method, path.format(**dict.fromkeys(names, uuid4())))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path", "least"), [route for route in ROUTES if route[2] is not None]
)
async def test_roles_below_are_refused(tenant, method, path, least):
    names = ("door", "building", "person", "mark", "campaign")
    path = path.format(**dict.fromkeys(names, uuid4()))
    below = await (tenant.coordinator() if least == "organizer" else tenant.volunteer())
    assert (await below.request(method, path, json={})).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path, _ in ROUTES if "{" in path]
)
async def test_another_organizations_things_are_as_if_absent(tenant, stranger, method, path):
    doors, people = await filled(tenant)
    organizer = await tenant.organizer()
    door = doors["Mikonkatu", ""]
    mark = await organizer.post("/do-not-contact", json={"door_id": str(door.id)})
    theirs = {
        "door": door.id,
        "building": door.building_id,
        "person": people["p1"],
        "mark": mark.json()["id"],
        "campaign": tenant.campaign_id,
    }
    client = await stranger.organizer()
    body = BODIES.get(path)
    answers = [
        await client.request(method, path.format(**ids), json=body)
        for ids in (theirs, dict.fromkeys(theirs, uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


async def test_lists_show_nothing_of_another_organization(tenant, stranger):
    doors, _ = await filled(tenant)
    client = await stranger.organizer()
    for path in ("/doors", "/do-not-contact"):
        assert (await client.get(path)).json() == []
    body = {"door_id": str(doors["Mikonkatu", ""].id)}
    assert (await client.post("/do-not-contact", json=body)).status_code == 404


async def test_every_table_of_an_organization_forces_row_level_security(tenant):
    async with tenant.transaction() as db:
        open_tables = await db.fetch(
            """
            select c.relname
              from pg_class c
              join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
             where c.relkind = 'r'
               and c.relnamespace = 'public'::regnamespace
               and not (c.relrowsecurity and c.relforcerowsecurity)
            """
        )
        tables = await db.fetchval(
            "select count(*) from pg_class where relforcerowsecurity and relkind = 'r'"
        )
    assert open_tables == []
    assert tables > 15


async def test_a_map_is_shown_as_geojson_within_a_box(tenant):
    async with tenant.transaction() as db:
        await import_osm(db, tenant.id, tenant.campaign_id, HELSINKI)
    volunteer = await tenant.volunteer()
    path = f"/campaigns/{tenant.campaign_id}/map"
    whole = (await volunteer.get(path)).json()
    assert (whole["type"], whole["complete"]) == ("FeatureCollection", True)
    assert "OpenStreetMap" in whole["attribution"]
    feature = whole["features"][-1]
    assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "LineString")
    assert feature["properties"]["kind"] == "street"
    lon, lat = feature["geometry"]["coordinates"][0]
    box = {"west": lon - 1e-3, "east": lon + 1e-3, "south": lat - 1e-3, "north": lat + 1e-3}
    part = (await volunteer.get(path, params=box)).json()
    assert feature in part["features"]
    assert 0 < len(part["features"]) < len(whole["features"])
    few = (await volunteer.get(path, params={"limit": 10})).json()
    streets = [one for one in few["features"] if one["properties"]["kind"] == "street"]
    assert (len(streets), few["complete"]) == (10, False)


async def test_a_campaign_without_map_shows_an_empty_one(tenant):
    answer = await (await tenant.volunteer()).get(f"/campaigns/{tenant.campaign_id}/map")
    assert answer.json() == {
        "type": "FeatureCollection", "attribution": "", "complete": True, "features": [],
    }  # fmt: skip
