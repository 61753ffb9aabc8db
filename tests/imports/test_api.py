import asyncio
import tempfile

import pytest
from bringing import HELSINKI, PEOPLE, csv, import_people, send, send_map

from doorstep.kit.auth import Role
from doorstep.people import service


async def test_a_file_is_imported_and_read_back(tenant):
    organizer = await tenant.organizer()
    sent = await send(organizer, csv(*PEOPLE, "p5,Nowhere,1,,,,,,Kalle,Aho,,,,"))
    assert sent.status_code == 201, sent.text
    run = sent.json()
    assert (run["row_count"], run["added_count"], run["rejected_count"]) == (5, 4, 1)
    assert run["created_by"] == str(tenant.member_ids[Role.ORGANIZER])
    assert (await organizer.get(f"/imports/{run['id']}")).json() == run
    assert (await organizer.get("/imports")).json() == [run]
    (reject,) = (await organizer.get(f"/imports/{run['id']}/rejects")).json()
    assert (reject["row_number"], reject["field"]) == (6, "longitude")
    assert "coordinates" in reject["remedy"] or "longitude" in reject["remedy"]


async def test_the_same_file_again_changes_nothing_and_a_changed_row_changes_one(tenant):
    organizer = await tenant.organizer()
    await send(organizer, csv(*PEOPLE))
    again = (await send(organizer, csv(*PEOPLE))).json()
    assert (again["added_count"], again["changed_count"], again["unchanged_count"]) == (0, 0, 4)
    changed = [*PEOPLE[:3], PEOPLE[3].replace("Laine", "Virta")]
    third = (await send(organizer, csv(*changed))).json()
    assert (third["added_count"], third["changed_count"], third["unchanged_count"]) == (0, 1, 3)


HOSTILE = [
    b"",
    b"\x00\x00\x00",
    b"street,house_number\x00\nKatu,1",
    csv("p1,Ka\x00tu,1,,,,24.9,60.1,Aino,Salo,,,,"),
    csv("p1,P\u00f6l,1,,,,24.9,60.1,Aino,Salo,,,,")[:-40] + b"\xf6\xc3",
    csv("p1,Katu,1,,,,24.9,60.1,\ud7ff\ufffe,Salo,,,,"),
    b"name\nAino\nEve",
    b"street,street\nKatu,Katu",
    b"street,house_number,lat,latitude\nKatu,1,2,3",
    csv("p1,Katu,1,,,,24.9,60.1," + "x" * 5_000_000 + ",Salo,,,,"),
    csv("p1,Katu,1,,,,24.9,60.1,\"=cmd|' /C calc'!A0\",Salo,,,,"),
    csv("p1,Katu,1", "p2,Katu,1,,,,24.9,60.1,Aino,Salo,,,,,,,,more"),
    csv('p1,"Katu,1,,,,24.9,60.1,Aino,Salo,,,,'),
    csv("p1,Katu,1,,,,1e308,60.1,Aino,Salo,99999999999999999999,,,"),
    csv("p1,Katu,1,,,,inf,-inf,Aino,Salo,,,,"),
    b'{"not": "csv"}',
    b"\xff\xfes\x00t\x00",
    b"--boundary\r\nContent-Disposition: form-data; name=file\r\n\r\nstreet\r\n",
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_file_gets_a_clear_answer(tenant, data):
    answer = await send(await tenant.organizer(), data)
    assert answer.status_code in {201, 422}, answer.text
    if answer.status_code == 422:
        assert answer.json()["errors"]
    else:
        assert answer.json()["rejected_count"] + answer.json()["added_count"] > 0


async def test_a_file_that_is_too_large_is_refused(tenant):
    answer = await send(await tenant.organizer(), b"x" * (10 * 2**20 + 1))
    assert answer.status_code == 413


async def test_a_map_may_be_larger_than_other_requests(tenant):
    answer = await send_map(await tenant.organizer(), tenant.campaign_id, b"x" * 11 * 2**20)
    assert answer.status_code == 422


def test_the_api_description_says_that_a_file_is_the_body(world):
    paths = world.app.openapi_schema.to_schema()["paths"]
    body = paths["/imports"]["post"]["requestBody"]
    assert (list(body["content"]), body["required"]) == (["text/csv"], True)
    assert paths["/imports"]["post"]["x-roles"] == ["owner", "organizer"]
    body = paths["/campaigns/{campaign_id}/map"]["post"]["requestBody"]
    assert list(body["content"]) == ["application/octet-stream"]


async def test_a_file_needs_a_name(tenant):
    organizer = await tenant.organizer()
    assert (await organizer.post("/imports", content=csv(*PEOPLE))).status_code == 400
    assert (await send(organizer, csv(*PEOPLE), "a\x00b")).status_code == 400
    assert (await organizer.get("/doors")).json() == []


async def test_two_imports_at_once_add_everything_once(tenant):
    organizer = await tenant.organizer()
    answers = await asyncio.gather(*(send(organizer, csv(*PEOPLE)) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert sorted(answer.json()["added_count"] for answer in answers) == [0, 0, 0, 4]


async def test_an_import_that_fails_leaves_nothing(tenant):
    async def fail(done, total):
        if done == total:
            message = "the power went"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="power"):
        await import_people(tenant, csv(*PEOPLE), report=fail)
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from building") == 0
        assert await db.fetchval("select count(*) from import_run") == 0
        assert await service.doors_in_box(db, tenant.id, -180, -90, 180, 90) == []


async def test_a_map_brings_doors_streets_and_barriers_and_is_replaced_by_the_next(tenant):
    organizer = await tenant.organizer()
    data = HELSINKI.read_bytes()
    sent = await send_map(organizer, tenant.campaign_id, data, file_name="helsinki.osm.pbf")
    assert sent.status_code == 201, sent.text
    first = sent.json()
    assert first["file_name"] == "helsinki.osm.pbf"
    assert first["added_count"] > 500
    again = (await send_map(organizer, tenant.campaign_id, data)).json()
    assert (again["added_count"], again["changed_count"]) == (0, 0)
    assert again["unchanged_count"] == first["added_count"] + first["unchanged_count"]
    async with tenant.transaction() as db:
        found = await service.campaign_map(db, tenant.id, tenant.campaign_id)
        doors = await service.doors_in_box(db, tenant.id, 24, 60, 25.5, 61)
    assert len(doors) == first["added_count"]
    assert len(found.streets.geometry) == len(found.streets.name) > 1000
    assert found.streets.geometry[0].geom_type == "LineString"
    assert set(found.barriers.kind) <= {"water", "railway", "motorway"}
    assert "OpenStreetMap" in found.attribution


async def test_people_attach_to_the_doors_of_the_map(tenant):
    organizer = await tenant.organizer()
    await send_map(organizer, tenant.campaign_id, HELSINKI.read_bytes())
    door = next(one for one in (await organizer.get("/doors")).json() if one["unit"] == "")
    header = "street,house_number,given_name"
    line = f"{door['street'].upper()},{door['house_number']},Aino"
    assert (await send(organizer, csv(line, header=header))).json()["added_count"] == 1
    told = (await organizer.get(f"/doors/{door['id']}")).json()
    assert told["households"][0]["people"][0]["given_name"] == "Aino"


@pytest.mark.parametrize(
    "data", [b"", b"junk", b"PK\x03\x04", HELSINKI.read_bytes()[:50_000], b"\x00" * 1000]
)
async def test_a_map_that_cannot_be_read_is_refused_and_leaves_no_file(
    tenant, data, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    organizer = await tenant.organizer()
    answer = await send_map(organizer, tenant.campaign_id, data, file_name="town.osm.pbf")
    assert answer.status_code == 422
    assert "town.osm.pbf" in answer.json()["detail"]
    assert str(tmp_path) not in answer.text
    assert list(tmp_path.iterdir()) == []
