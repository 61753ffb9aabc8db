import csv
import io
from uuid import uuid4

import pytest
from field_work import make_field
from matplotlib.image import imread
from walked_field import ATTRIBUTION, walked

from doorstep.kit.auth import Role

PATHS = (
    "/reports/progress",
    "/reports/answers",
    "/reports/doors.csv",
    "/reports/doors.geojson",
    "/reports/export",
    "/reports/rows",
    "/reports/rows.csv",
    "/reports/quality",
    "/reports/map.png",
    "/reports/reached.png",
    "/reports/chart",
    "/reports/field-day.pdf",
)
FILES = (
    "/reports/doors.csv",
    "/reports/doors.geojson",
    "/reports/export",
    "/reports/rows.csv",
)


@pytest.mark.parametrize("path", PATHS)
async def test_a_report_needs_a_sign_in(world, path):
    answer = await world.anonymous().get(path, params={"pass_id": uuid4()})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", PATHS)
async def test_volunteers_and_caseworkers_get_no_reports(tenant, path):
    for role in (Role.VOLUNTEER, Role.CASEWORKER):
        answer = await (await tenant.client(role)).get(path, params={"pass_id": uuid4()})
        assert answer.status_code == 403


@pytest.mark.parametrize("path", FILES)
async def test_coordinators_get_no_files_of_doors(tenant, path):
    answer = await (await tenant.coordinator()).get(path, params={"pass_id": uuid4()})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", PATHS)
async def test_another_organizations_pass_looks_like_one_that_is_not_there(tenant, stranger, path):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 1)
    client = await stranger.organizer()
    theirs, absent = [
        await client.get(path, params={"pass_id": pass_id}) for pass_id in (field.pass_id, uuid4())
    ]
    assert theirs.status_code == absent.status_code == 404
    assert theirs.text == absent.text


@pytest.mark.parametrize("path", PATHS)
async def test_a_report_is_of_a_pass(tenant, path):
    client = await tenant.organizer()
    for asked in ({}, {"pass_id": "all"}):
        answer = await client.get(path, params=asked)
        assert answer.status_code == 400
        assert "pass_id" in answer.text


async def test_progress_is_told_by_turf_volunteer_and_day(tenant):
    field = await walked(tenant)
    answer = await (await tenant.coordinator()).get(
        "/reports/progress", params={"pass_id": field.pass_id}
    )
    assert answer.headers["cache-control"] == "no-store"
    report = answer.json()
    tried = {
        "attempted_count": 1,
        "contacted_count": 1,
        "done_count": 1,
        "attempts_count": 1,
        "contacts_count": 1,
        "contact_rate": 1.0,
        "doors_per_hour": 6.0,
        "people_count": 0,
        "people_reached_count": 0,
        "people_reached": None,
        "second_tries_count": 0,
        "second_contacts_count": 0,
        "second_yield": None,
    }
    assert report["total"] == {"doors_count": 5, "doors_reached": 0.2, **tried}
    tried["doors_reached"] = 1.0
    assert [(turf["name"], turf["attempted_count"]) for turf in report["by_turf"]] == [
        ("Hill", 1),
        ("Shore", 0),
    ]
    (volunteer,) = report["by_volunteer"]
    assert volunteer.pop("member_id")
    assert volunteer == {"name": "Aino Salo", "doors_count": 1, **tried}
    assert report["by_day"] == [{"attempted_on": "2026-10-03", "doors_count": 1, **tried}]


async def test_answers_are_told_by_question(tenant):
    field = await walked(tenant)
    answer = await (await tenant.coordinator()).get(
        "/reports/answers", params={"pass_id": field.pass_id}
    )
    (sign,) = answer.json()["questions"]
    assert (sign["key"], sign["answers_count"], sign["suppressed"]) == ("sign", 1, False)
    assert sign["options"] == [
        {"key": "yes", "text": "Yes", "count": 1},
        {"key": "no", "text": "No", "count": 0},
    ]


async def test_doors_come_as_a_spreadsheet_without_formulas(tenant):
    field = await walked(tenant)
    answer = await (await tenant.organizer()).get(
        "/reports/doors.csv", params={"pass_id": field.pass_id}
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="doors.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["door_id"] for row in rows] == [str(door) for door in field.doors]
    assert (rows[0]["street"], rows[0]["house_number"]) == ("'=cmd|' /C calc'!A0", "'+1")
    assert (rows[0]["turf"], rows[0]["status"], rows[0]["done"]) == ("Hill", "canvassed", "true")
    assert (rows[1]["status"], rows[1]["last_result"], rows[1]["done"]) == ("open", "", "false")
    assert float(rows[0]["lon"]) == pytest.approx(24.95, abs=0.05)


async def test_doors_come_as_points_with_the_attribution(tenant):
    field = await walked(tenant)
    answer = await (await tenant.organizer()).get(
        "/reports/doors.geojson", params={"pass_id": field.pass_id}
    )
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json()
    assert (found["type"], found["attribution"]) == ("FeatureCollection", ATTRIBUTION)
    first = found["features"][0]
    assert (first["type"], first["id"]) == ("Feature", str(field.doors[0]))
    lon, lat = first["geometry"]["coordinates"]
    assert (lon, lat) == (pytest.approx(24.95, abs=0.05), pytest.approx(60.15, abs=0.05))
    assert first["properties"]["last_result"] == "canvassed"
    assert first["properties"]["attempts_count"] == 1
    assert not {"lon", "lat", "door_id"} & first["properties"].keys()


async def test_the_map_comes_as_a_picture(tenant):
    field = await walked(tenant)
    answer = await (await tenant.coordinator()).get(
        "/reports/map.png", params={"pass_id": field.pass_id}
    )
    assert answer.headers["content-type"] == "image/png"
    image = imread(io.BytesIO(answer.content))
    assert image.shape[1] == 1600
    # The foot line, left: the attribution.
    assert (image[-70:, 40:700, :3] < 0.6).any(axis=2).sum() > 200


async def test_a_pass_without_map_or_turf_has_a_picture_too(tenant):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant)
    answer = await (await tenant.coordinator()).get(
        "/reports/map.png", params={"pass_id": field.pass_id}
    )
    assert answer.status_code == 200
    assert answer.content.startswith(b"\x89PNG")


async def test_no_report_names_anybody_who_lives_there(tenant):
    field = await walked(tenant)
    async with tenant.transaction() as db:
        household_id = uuid4()
        await db.execute(
            "insert into household (organization_id, id, door_id) values ($1, $2, $3)",
            tenant.id,
            household_id,
            field.doors[0],
        )
        await db.execute(
            """
            insert into person (organization_id, id, household_id, given_name, family_name)
            values ($1, $2, $3, 'Hilkka', 'Koskenranta')
            """,
            tenant.id,
            uuid4(),
            household_id,
        )
    client = await tenant.organizer()
    for path in PATHS:
        answer = await client.get(path, params={"pass_id": field.pass_id})
        assert answer.status_code == 200
        assert b"Koskenranta" not in answer.content
