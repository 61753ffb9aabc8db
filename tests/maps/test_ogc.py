"""OGC API Features: by itself, and as GDAL's driver (and so QGIS) reads it from a real server."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from uuid import uuid4

import pyogrio
import pytest
import shapely
from makers import make_field, make_street
from test_tiles import keep_boundary


@pytest.fixture
async def field(tenant):
    return await make_field(tenant, houses=5)


async def items(client, kind, status=200, **query):
    answer = await client.get(f"/ogc/collections/{kind}/items", params=query)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.headers["content-type"].startswith("application/geo+json")
    return answer.json()


async def test_every_link_of_the_landing_page_leads_somewhere(tenant):
    client = await tenant.coordinator()
    landing = (await client.get("/ogc")).json()
    kinds = {one["rel"] for one in landing["links"]}
    assert kinds == {"self", "conformance", "data", "service-desc", "service-doc"}
    for link in landing["links"]:
        assert (await client.get(link["href"])).status_code == 200, link
    told = (await client.get("/ogc/conformance")).json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in told


async def test_collections_say_where_they_are_and_lead_to_their_items(tenant, field):
    client = await tenant.coordinator()
    found = (await client.get("/ogc/collections")).json()["collections"]
    assert [one["id"] for one in found] == ["turfs", "doors", "boundaries"]
    assert found[1]["extent"]["spatial"]["bbox"] == [[24.9, 60.2, pytest.approx(24.9016), 60.2]]
    assert found[2]["extent"] is None
    for one in found:
        for link in one["links"]:
            assert (await client.get(link["href"])).status_code == 200, link
        assert (await client.get(f"/ogc/collections/{one['id']}")).json() == one


async def test_pages_follow_each_other_until_every_door_was_seen_once(tenant, field):
    client = await tenant.coordinator()
    page = await items(client, "doors", limit=2)
    assert (page["numberMatched"], page["numberReturned"]) == (5, 2)
    seen = []
    while True:
        seen += [one["id"] for one in page["features"]]
        on = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
        if on is None:
            break
        page = (await client.get(on)).json()
    assert sorted(seen) == sorted(map(str, field.street.door_ids))


async def test_a_door_has_its_address_and_nothing_of_people(tenant, field):
    client = await tenant.coordinator()
    found = (await items(client, "doors"))["features"]
    one = next(one for one in found if one["properties"]["house_number"] == "2")
    assert one["geometry"] == {"type": "Point", "coordinates": [pytest.approx(24.9004), 60.2]}
    assert "Feathers" not in str(found)
    again = (await client.get(f"/ogc/collections/doors/items/{one['id']}")).json()
    assert again == one


async def test_turfs_and_boundaries_come_as_areas(tenant, field):
    boundary = await keep_boundary(tenant)
    client = await tenant.coordinator()
    (turf,) = (await items(client, "turfs"))["features"]
    assert turf["id"] == field.turf_id
    assert turf["properties"]["doors_count"] == 5
    assert turf["properties"]["campaign"] == "Spring"
    assert shapely.geometry.shape(turf["geometry"]).covers(shapely.Point(24.9, 60.2))
    (area,) = (await items(client, "boundaries"))["features"]
    assert (area["id"], area["properties"]["layer"]) == (str(boundary), "Precincts")
    for kind, one in (("turfs", turf), ("boundaries", area)):
        again = (await client.get(f"/ogc/collections/{kind}/items/{one['id']}")).json()
        assert again == one
    await (await tenant.organizer()).post(f"/turfs/{field.turf_id}/archiving")
    assert (await items(client, "turfs"))["features"] == []


async def test_a_box_takes_what_touches_it_also_over_the_180th_meridian(tenant, field):
    await make_street(tenant, houses=1, lon=179.99)
    await make_street(tenant, houses=1, lon=-179.99)
    client = await tenant.coordinator()
    for bbox, count in (
        ("24.9003,60.1,24.9009,60.3", 2),
        ("24.9003,60.1,-5,24.9009,60.3,500", 2),
        ("170,60,-170,61", 2),
        ("0,0,1,1", 0),
    ):
        page = await items(client, "doors", bbox=bbox)
        assert (page["numberMatched"], len(page["features"])) == (count, count), bbox
    assert (await items(client, "turfs", bbox="24.9,60.15,24.91,60.25"))["numberMatched"] == 1
    assert (await items(client, "turfs", bbox="-170,60.15,-160,60.25"))["numberMatched"] == 0
    assert (await items(client, "turfs", bbox="20,60.15,-160,60.25"))["numberMatched"] == 1


@pytest.mark.parametrize(
    "bbox", ["", "1", "1,2,3", "a,b,c,d", "1,2,3,nan", "1,2,3,inf", "0,10,1,5", "24,200,25,201",
             "60.1,24.9,60.2,190", "1,2,3,4,5"],
)  # fmt: skip
async def test_a_box_that_is_none_is_refused_by_name(tenant, bbox):
    problem = await items(await tenant.coordinator(), "doors", 400, bbox=bbox)
    assert problem["errors"][0]["field"] == "bbox"


async def test_other_bad_requests_name_what_is_wrong(tenant):
    client = await tenant.coordinator()
    for field, value in (("limit", "0"), ("limit", "many"), ("after", "x"),
                         ("crs", "http://www.opengis.net/def/crs/EPSG/0/3857"),
                         ("bbox-crs", "EPSG:3857")):  # fmt: skip
        problem = await items(client, "doors", 400, **{field: value})
        assert problem["errors"][0]["field"] == field
    assert "turfs, doors, boundaries" in (await items(client, "people", 404))["detail"]
    assert (await items(client, "doors", limit=10**12))["features"] == []
    for feature in (uuid4(), "nonsense", "%00"):
        answer = await client.get(f"/ogc/collections/turfs/items/{feature}")
        assert answer.status_code == 404, feature


async def test_only_staff_and_only_their_own(tenant, stranger, field):
    assert (await field.volunteer.get("/ogc")).status_code == 403
    assert (await field.volunteer.get("/ogc/collections/doors/items")).status_code == 403
    other = await stranger.coordinator()
    assert (await items(other, "doors"))["features"] == []
    for kind, one in (("turfs", field.turf_id), ("doors", field.street.door_ids[0])):
        assert (await other.get(f"/ogc/collections/{kind}/items/{one}")).status_code == 404


@pytest.fixture
def served(database_url, settings, tmp_path):
    """A server of its own, on the tests' database and with their keys."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: text for name, text in os.environ.items() if not name.startswith("DOORSTEP_")}
    environment = kept | {
        "DOORSTEP_DATA_DIR": str(settings.data_dir),
        "DOORSTEP_DATABASE_URL": database_url,
        "DOORSTEP_DATABASE_CONNECTIONS": "4",
        "DOORSTEP_PORT": str(port),
    }
    command = [sys.executable, "-c", "from doorstep.cli import main; main()", "serve"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)  # noqa: S603
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(40)


@pytest.fixture
def signed_in():
    """Has GDAL send a token in one of its ways, and no longer afterwards."""
    set_before = set()

    def sign_in(**options):
        set_before.update(options)
        pyogrio.set_gdal_config_options(options)

    yield sign_in
    pyogrio.set_gdal_config_options(dict.fromkeys(set_before))


async def test_gdal_reads_every_collection_from_a_real_server(tenant, field, served, signed_in):
    boundary = await keep_boundary(tenant)
    token = (await tenant.coordinator()).headers["authorization"].removeprefix("Bearer ")
    signed_in(GDAL_HTTP_AUTH="BEARER", GDAL_HTTP_BEARER=token)
    address = f"OAPIF:{served}/ogc"
    assert {name for name, _ in pyogrio.list_layers(address)} == {"turfs", "doors", "boundaries"}
    doors = pyogrio.read_dataframe(address, layer="doors", PAGE_SIZE=2)
    assert sorted(doors["id"]) == sorted(map(str, field.street.door_ids))
    assert set(doors["house_number"]) == set("12345")
    assert doors.crs == "EPSG:4326"
    assert doors.geometry.iloc[0].geom_type == "Point"
    some = pyogrio.read_dataframe(address, layer="doors", bbox=(24.9003, 60.1, 24.9009, 60.3))
    assert len(some) == 2
    turfs = pyogrio.read_dataframe(address, layer="turfs")
    assert turfs["name"].tolist() == ["Turf 1"]
    assert turfs.geometry.iloc[0].covers(shapely.Point(24.9, 60.2))
    areas = pyogrio.read_dataframe(address, layer="boundaries")
    assert areas["id"].tolist() == [str(boundary)]


async def test_gdal_reads_the_token_from_a_file_anew_for_each_request(
    tenant, stranger, field, served, signed_in, tmp_path
):
    headers = tmp_path / "headers"
    signed_in(GDAL_HTTP_HEADER_FILE=str(headers))
    for owner, count in ((tenant, 5), (stranger, 0)):
        client = await owner.coordinator()
        headers.write_text(f"Authorization: {client.headers['authorization']}\n")
        assert len(pyogrio.read_dataframe(f"OAPIF:{served}/ogc", layer="doors")) == count


async def test_gdal_is_refused_without_a_token(served, field):
    with pytest.raises(pyogrio.errors.DataSourceError, match="401"):
        pyogrio.list_layers(f"OAPIF:{served}/ogc")
