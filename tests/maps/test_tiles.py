"""Tiles over HTTP, decoded by an independent library."""

import asyncio
import gzip

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from makers import make_field, make_street, make_turf

from doorstep.imports import map_queries
from doorstep.kit.ids import new_id
from doorstep.maps import tiles
from doorstep.maps.encoding import EXTENT
from doorstep.maps.tiling import Tile


def place_of(lon, lat, zoom):
    across, down = Tile(0, 0, 0).units(np.array([(lon, lat)]))[0] / EXTENT * (1 << zoom)
    return f"{zoom}/{int(across)}/{int(down)}"


AT = place_of(24.901, 60.2, 14)
FAR = place_of(24.901, 60.2, 3)


async def asked(client, layer, of, at=AT, status=200, **headers):
    name = "campaign_id" if layer in {"base", "boundaries"} else "pass_id"
    answer = await client.get(f"/tiles/{layer}/{at}", params={name: str(of)}, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


async def features(client, layer, of, at=AT):
    answer = await asked(client, layer, of, at)
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    options = {"y_coord_down": True, "geojson": True}
    found = mapbox_vector_tile.decode(answer.content, default_options=options)
    return {name: layer["features"] for name, layer in found.items()}


@pytest.fixture
async def field(tenant):
    return await make_field(tenant, houses=4)


async def lay_map(tenant):
    street = shapely.LineString([(24.9, 60.2), (24.901, 60.2)])
    on = shapely.LineString([(24.901, 60.2), (24.902, 60.2)])
    lake = shapely.box(24.895, 60.198, 24.899, 60.2)
    path = shapely.LineString([(24.9, 60.2), (24.9, 60.201)])
    ways = [(1, "Canary Lane", "residential", street), (2, "Canary Lane", "residential", on),
            (3, "", "footway", path), (4, "Ring", "primary", street)]  # fmt: skip
    async with tenant.transaction() as db:
        await map_queries.insert_streets(
            db, tenant.id, tenant.campaign_id,
            [(n, name, kind, n, n + 1, 50.0, True, False, way.wkb, *way.bounds)
             for n, name, kind, way in ways],
        )  # fmt: skip
        await map_queries.insert_barriers(
            db, tenant.id, tenant.campaign_id, [(1, "water", "Lake", lake.wkb, *lake.bounds)]
        )


async def keep_boundary(tenant, name="North"):
    area = shapely.box(24.8, 60.1, 25.0, 60.3)
    made = new_id()
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into boundary (organization_id, campaign_id, id, layer, name, shape,
                                  west, south, east, north)
            values ($1, $2, $3, 'Precincts', $4, $5, $6, $7, $8, $9)
            """,
            tenant.id, tenant.campaign_id, made, name, area.wkb, *area.bounds,
        )  # fmt: skip
    return made


async def test_doors_say_where_they_stand_and_in_which_turf(tenant, field):
    found = (await features(await tenant.coordinator(), "doors", field.pass_id))["doors"]
    assert {one["properties"]["id"] for one in found} == set(map(str, field.street.door_ids))
    assert {one["properties"]["status"] for one in found} == {"open"}
    assert {one["properties"]["turf_id"] for one in found} == {field.turf_id}
    assert {one["properties"]["number"] for one in found} == {"1", "2", "3", "4"}


async def test_doors_are_drawn_where_they_are(tenant, field):
    zoom, x, y = map(int, AT.split("/"))
    found = (await features(await tenant.coordinator(), "doors", field.pass_id))["doors"]
    first = next(one for one in found if one["properties"]["number"] == "1")
    expected = Tile(zoom, x, y).units(np.array([(24.9, 60.2)]))[0]
    assert np.abs(np.array(first["geometry"]["coordinates"]) - expected).max() <= 1


async def test_volunteers_see_the_doors_and_turfs_they_hold_and_no_others(tenant, field):
    other = await make_street(tenant, houses=2, lon=24.91)
    await make_turf(tenant, field.pass_id, other.box, "Others")
    held = await features(field.volunteer, "doors", field.pass_id, FAR)
    assert {one["properties"]["id"] for one in held["doors"]} == set(
        map(str, field.street.door_ids)
    )
    turfs = (await features(field.volunteer, "turfs", field.pass_id, AT))["turfs"]
    assert [one["properties"]["id"] for one in turfs] == [field.turf_id]
    _, idle = await tenant.member()
    assert await features(idle, "doors", field.pass_id) == {}
    assert await features(idle, "turfs", field.pass_id) == {}
    whole = await features(await tenant.coordinator(), "doors", field.pass_id, FAR)
    assert len(whole["doors"]) == 6


async def test_what_one_member_was_given_is_not_given_to_another_from_the_cache(tenant, field):
    coordinator = await tenant.coordinator()
    seen = await asked(coordinator, "doors", field.pass_id)
    _, idle = await tenant.member()
    own = await asked(idle, "doors", field.pass_id, **{"if-none-match": seen.headers["etag"]})
    assert own.content == b""
    await field.volunteer.post(f"/turfs/{field.turf_id}/handing-back")
    assert await features(field.volunteer, "doors", field.pass_id) == {}


async def test_a_tile_is_sent_once_until_something_changes(tenant, field):
    coordinator = await tenant.coordinator()
    of_pass, of_campaign = field.pass_id, tenant.campaign_id
    for layer, of in (("doors", of_pass), ("turfs", of_pass), ("base", of_campaign),
                      ("boundaries", of_campaign)):  # fmt: skip
        first = await asked(coordinator, layer, of)
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "private, no-cache"
        again = await asked(coordinator, layer, of, status=304, **{"if-none-match": f'"x", {tag}'})
        assert again.content == b""
        assert again.headers["etag"] == tag


async def test_a_knock_makes_the_tile_anew(tenant, field):
    coordinator = await tenant.coordinator()
    tag = (await asked(coordinator, "doors", field.pass_id)).headers["etag"]
    event = {
        "id": str(new_id()),
        "kind": "attempt",
        "turf_id": field.turf_id,
        "door_id": str(field.street.door_ids[0]),
        "result": "not_home",
        "occurred_at": "2026-11-22T10:00:00Z",
    }
    body = {"sent_at": "2026-11-22T10:00:00Z", "events": [event]}
    sent = await field.volunteer.post("/sync/events", json=body)
    assert sent.json()["results"][0]["outcome"] == "accepted"
    answer = await asked(coordinator, "doors", field.pass_id, **{"if-none-match": tag})
    assert answer.headers["etag"] != tag
    found = (await features(coordinator, "doors", field.pass_id))["doors"]
    assert sorted(one["properties"]["status"] for one in found) == ["not_home", *["open"] * 3]


async def test_turf_and_import_and_map_make_their_tiles_anew(tenant, field):
    organizer = await tenant.organizer()

    async def tags():
        return [
            (await asked(organizer, layer, of)).headers["etag"]
            for layer, of in (("turfs", field.pass_id), ("doors", field.pass_id),
                              ("boundaries", tenant.campaign_id))
        ]  # fmt: skip

    before = await tags()
    await organizer.patch(f"/turfs/{field.turf_id}", json={"name": "Renamed"})
    named = await tags()
    assert named[0] != before[0]
    table = "external_id,street,house_number,longitude,latitude\nn1,New Lane,1,24.9011,60.2001\n"
    assert (await organizer.post("/imports?file_name=a.csv", content=table)).is_success
    imported = await tags()
    assert imported[1] != named[1]
    assert len((await features(organizer, "doors", field.pass_id))["doors"]) == 5
    await keep_boundary(tenant)
    assert (await tags())[2] != imported[2]


async def test_the_base_map_has_streets_joined_and_water(tenant):
    await lay_map(tenant)
    client = await tenant.volunteer()
    found = await features(client, "base", tenant.campaign_id)
    streets = {(one["properties"]["highway"], one["properties"].get("name")): one["geometry"]
               for one in found["streets"]}  # fmt: skip
    assert streets.keys() == {
        ("residential", "Canary Lane"), ("footway", None), ("primary", "Ring"),
    }  # fmt: skip
    assert streets["residential", "Canary Lane"]["type"] == "LineString"
    assert [one["properties"]["kind"] for one in found["water"]] == ["water"]
    far = await features(client, "base", tenant.campaign_id, place_of(24.9, 60.2, 12))
    assert {one["properties"]["highway"] for one in far["streets"]} == {"primary"}


async def test_boundaries_come_with_what_cannot_be_crossed(tenant):
    await lay_map(tenant)
    made = await keep_boundary(tenant)
    found = await features(await tenant.volunteer(), "boundaries", tenant.campaign_id)
    assert [one["properties"] for one in found["boundaries"]] == [
        {"id": str(made), "layer": "Precincts", "name": "North"}
    ]
    assert [one["properties"]["name"] for one in found["barriers"]] == ["Lake"]


@pytest.mark.parametrize("zoom", [3, 10, 12])
async def test_many_doors_become_a_grid_of_counts(tenant, field, monkeypatch, zoom):
    monkeypatch.setattr(tiles, "MOST_DOORS", 3)
    at = place_of(24.9, 60.2, zoom)
    found = await features(await tenant.coordinator(), "doors", field.pass_id, at)
    told = [one["properties"] for one in found["door_counts"]]
    assert sum(one["doors_count"] for one in told) == 4
    assert {one["done_count"] for one in told} == {0}
    zoom, x, y = map(int, at.split("/"))
    expected = Tile(zoom, x, y).units(np.array([(24.9, 60.2)]))[0]
    off = np.array(found["door_counts"][0]["geometry"]["coordinates"]) - expected
    assert np.abs(off).max() <= EXTENT / tiles.CELLS


async def test_a_map_that_opens_many_times_has_each_tile_made_once(tenant, field, monkeypatch):
    made = 0
    before = tiles._made

    async def counted(*wanted):
        nonlocal made
        made += 1
        return await before(*wanted)

    monkeypatch.setattr(tiles, "_made", counted)
    client = await tenant.coordinator()
    await asyncio.gather(*(asked(client, "turfs", field.pass_id) for _ in range(6)))
    assert made == 1


async def test_packed_and_plain_are_the_same_tile(tenant, field):
    client = await tenant.coordinator()
    plain = await asked(client, "doors", field.pass_id, **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with client.stream(
        "GET", f"/tiles/doors/{AT}", params={"pass_id": field.pass_id},
        headers={"accept-encoding": "gzip"},
    ) as packed:  # fmt: skip
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize(
    ("at", "field"), [("23/0/0", "z"), ("-1/0/0", "z"), ("3/8/0", "x"), ("3/0/8", "y")]
)
async def test_a_place_outside_the_map_names_what_is_wrong(tenant, at, field):
    client = await tenant.coordinator()
    answer = await asked(client, "base", tenant.campaign_id, at, status=400)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["field"] == field


async def test_another_organizations_map_is_none(tenant, stranger, field):
    client = await stranger.organizer()
    for layer, of in (("base", tenant.campaign_id), ("boundaries", tenant.campaign_id),
                      ("turfs", field.pass_id), ("doors", field.pass_id)):  # fmt: skip
        await asked(client, layer, of, status=404)
    await asked(client, "doors", stranger.campaign_id, status=404)
