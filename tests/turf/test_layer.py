import asyncio
import json
import math

import pytest
from makers import make_pass, make_street

from doorstep.kit.errors import InvalidError, RefusedError, TooLargeError
from doorstep.kit.geometry import MAX_POSITIONS
from doorstep.turf.layer import read_layer


def circle(lon, lat, corners, radius=0.002):
    turns = [2 * math.pi * n / corners for n in range(corners)]
    ring = [[lon + radius * math.cos(turn), lat + radius * math.sin(turn)] for turn in turns]
    return [*ring, ring[0]]


def feature(name, ring, **more):
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name, **more}, "geometry": geometry}


def layer(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


NORTH, SOUTH = feature("North", circle(24.9, 60.2, 8)), feature("South", circle(24.9, 60.1, 8))


def test_each_feature_gives_its_name_and_outline():
    found = read_layer(layer(NORTH, SOUTH))
    assert [name for name, _ in found] == ["North", "South"]
    for (_, outline), lat in zip(found, (60.2, 60.1), strict=True):
        assert outline.is_valid
        assert outline.centroid.coords[0] == pytest.approx((24.9, lat))


def test_other_members_and_properties_are_passed_over():
    whole = json.loads(layer(feature("North", circle(24.9, 60.2, 8), population=7)))
    whole |= {"crs": {"type": "name"}, "bbox": [1, 2, 3, 4]}
    whole["features"][0]["id"] = 4
    assert len(read_layer(json.dumps(whole).encode())) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b'{"type": "Feature", "features": []}', "type"),
        (layer(), "features"),
        (layer(*[NORTH] * 2001), "features"),
        (layer(NORTH, 5), "features[1]"),
        (layer(NORTH, NORTH | {"properties": {}}), "features[1].properties"),
        (layer(NORTH | {"properties": {"name": " "}}), "features[0].properties.name"),
        (layer(NORTH | {"geometry": None}), "features[0].geometry"),
        (layer(feature("Line", [[1, 2], [2, 3]])), "features[0].geometry.coordinates[0]"),
    ],
)
def test_what_is_no_layer_is_refused_by_field(body, field):
    with pytest.raises(InvalidError) as refused:
        read_layer(body)
    (problem,) = refused.value.errors
    assert problem.field == field
    assert len(problem.detail) > 10


def test_an_area_of_too_many_corners_is_refused_by_field():
    many = feature("Many", [])
    half = circle(24.9, 60.2, MAX_POSITIONS // 2)
    many["geometry"] = {"type": "MultiPolygon", "coordinates": [[half], [half]]}
    with pytest.raises(RefusedError, match="Simplify it first") as refused:
        read_layer(layer(NORTH, many))
    assert refused.value.errors[0].field == "features[1].geometry"


def test_an_area_larger_than_any_outline_is_not_even_read():
    with pytest.raises(TooLargeError) as refused:
        read_layer(layer(NORTH, feature("Wordy", circle(24.9, 60.2, 8), text="x" * 2_100_000)))
    assert refused.value.errors[0].field == "features[1]"


async def answered_meanwhile(client, work):
    """How many requests of somebody else were answered while something was done."""
    count, done = 0, asyncio.create_task(work)
    while not done.done():
        assert (await client.get("/me")).status_code == 200
        count += not done.done()
    return count, await done


DENSE = b"[1,1]," * 19_990 + b"[1,1]"
COMB = [*([round(n / 1000, 3), 5 + n % 2] for n in range(18_800)), [18.8, 4], [0, 4], [0, 5]]
HEAVY = {
    "nearly a million corners": layer(*[feature("Comb", COMB)] * 39),
    "a single area of a million corners": b'{"type":"FeatureCollection","features":['
    b'{"type":"Feature","properties":{"name":"x"},"geometry":'
    b'{"type":"Polygon","coordinates":[[' + b",".join([DENSE] * 50) + b"]]}}]}",
    "many real areas": layer(
        *(feature(f"A{n}", circle(10 + n / 100, 50, 9000)) for n in range(23))
    ),
}


@pytest.mark.parametrize("body", HEAVY.values(), ids=HEAVY)
async def test_a_heavy_layer_holds_up_nobody_else(tenant, body):
    assert 5e6 < len(body) < 10 * 2**20
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    send = organizer.post(f"/passes/{pass_id}/turfs", content=body)
    count, answer = await answered_meanwhile(await tenant.volunteer(), send)
    assert answer.status_code in {201, 413, 422}, answer.text[:300]
    # Read in one piece it would let in one at the most; what is refused unread is over at once.
    assert count >= 3 or answer.status_code == 413


async def test_turfs_come_of_a_layer_and_areas_without_doors_are_named(tenant):
    street = await make_street(tenant, houses=4)
    pass_id, _ = await make_pass(tenant)
    body = layer(feature("Street", street.box), feature("Sea", circle(5, 5, 8)))
    organizer = await tenant.organizer()
    answer = await organizer.post(f"/passes/{pass_id}/turfs", content=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert [(turf["name"], turf["doors_count"]) for turf in made["turfs"]] == [("Street", 4)]
    assert [one["name"] for one in made["skipped"]] == ["Sea"]
