"""What organizers change about the ground: own barriers, allowed crossings, boundaries."""

import asyncio

import pytest
import shapely
from cut_field import make_block
from makers import make_pass

from doorstep.kit.ids import new_id
from doorstep.people.service import doors_in_box
from doorstep.turf import cutting
from doorstep.turf.ground_queries import edges_in_box

LINE = {"type": "LineString", "coordinates": [[24.9012, 60.19], [24.9012, 60.21]]}


async def put_edge(tenant, number, from_node, to_node, name="Bridge", highway="footway"):
    shape = shapely.LineString([[24.9010, 60.2003], [24.9014, 60.2003]])
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into street_edge
              (organization_id, campaign_id, id, name, highway, from_node, to_node, length_m,
               crosses_barrier, shape, west, south, east, north)
            values ($1, $2, $3, $4, $5, $6, $7, 20, true, $8, $9, $10, $11, $12)
            """,
            tenant.id, tenant.campaign_id, number, name, highway, from_node, to_node,
            shapely.to_wkb(shape), *shape.bounds,
        )  # fmt: skip


async def site_of(tenant):
    async with tenant.transaction() as db:
        points = await doors_in_box(db, tenant.id, 24.8, 60.1, 25, 60.3)
        rows = await cutting.load_rows(db, tenant.id, tenant.campaign_id, points)
    return cutting.make_site(points, rows)


async def test_a_drawn_line_is_a_barrier_until_it_is_taken_away(tenant):
    await make_block(tenant)
    organizer = await tenant.organizer()
    path = f"/campaigns/{tenant.campaign_id}/drawn-barriers"
    drawn = await organizer.post(path, json={"name": "Fence", "line": LINE})
    assert drawn.status_code == 201, drawn.text
    assert drawn.json()["line"] == LINE
    assert (await organizer.get(path)).json() == [drawn.json()]
    (barrier,) = (await site_of(tenant)).ground.barriers
    assert barrier.length == pytest.approx(2230, rel=0.01)
    gone = await organizer.delete(f"{path}/{drawn.json()['id']}")
    assert gone.status_code == 204
    assert len((await site_of(tenant)).ground.barriers) == 0
    assert (await organizer.delete(f"{path}/{drawn.json()['id']}")).status_code == 404


async def test_a_stretch_is_a_crossing_once_allowed_in_either_direction(tenant):
    await make_block(tenant)
    await put_edge(tenant, 1, 17, 4)
    await put_edge(tenant, 2, 4, 18, "Main Street", "primary")
    organizer = await tenant.organizer()
    path = f"/campaigns/{tenant.campaign_id}/crossings"
    ground = (await site_of(tenant)).ground
    assert ground.allowed.tolist() == [False, False]
    assert ground.crossing_m[0] == 0 < ground.crossing_m[1]
    for ends in ((4, 17), (17, 4)):
        body = {"from_node": ends[0], "to_node": ends[1]}
        assert (await organizer.put(path, json=body)).status_code == 204
    assert (await organizer.get(path)).json() == [{"from_node": 4, "to_node": 17}]
    assert (await site_of(tenant)).ground.allowed.tolist() == [True, False]
    async with tenant.transaction() as db:
        # A newer map: other numbers of edges, the same nodes.
        await db.execute("delete from street_edge")
    await put_edge(tenant, 9, 17, 4)
    async with tenant.transaction() as db:
        rows = await edges_in_box(db, tenant.id, tenant.campaign_id, (24.8, 60.1, 25, 60.3))
    assert [row[3] for row in rows] == [True]
    nowhere = await organizer.put(path, json={"from_node": 1, "to_node": 2})
    assert nowhere.status_code == 404
    gone = await organizer.delete(path, params={"from_node": 17, "to_node": 4})
    assert gone.status_code == 204
    assert (await organizer.delete(path, params={"from_node": 17, "to_node": 4})).status_code == 404


def layer_of(**areas):
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": name}, "geometry": area}
            for name, area in areas.items()
        ],
    }


async def test_a_layer_is_kept_under_its_name_and_replaced_whole(tenant):
    block = await make_block(tenant)
    organizer = await tenant.organizer()
    path = f"/campaigns/{tenant.campaign_id}/boundaries"
    first = layer_of(West=block.area(0, 0, 3, 4), East=block.area(3, 0, 6, 4))
    kept = await organizer.put(path, params={"layer": "Wards"}, json=first)
    assert [one["name"] for one in kept.json()["boundaries"]] == ["East", "West"]
    again = await organizer.put(path, params={"layer": "Wards"}, json=layer_of(All=block.area()))
    assert [one["name"] for one in again.json()["boundaries"]] == ["All"]
    other = await organizer.put(path, params={"layer": "Beats"}, json=layer_of(All=block.area()))
    shown = (await organizer.get(path)).json()
    assert shown == [other.json(), again.json()]
    assert (await organizer.delete(path, params={"layer": "Beats"})).status_code == 204
    assert (await organizer.delete(path, params={"layer": "Beats"})).status_code == 404


async def test_of_many_who_store_a_layer_at_once_all_succeed_and_the_last_stands(tenant):
    block = await make_block(tenant)
    organizer = await tenant.organizer()
    path = f"/campaigns/{tenant.campaign_id}/boundaries"
    answers = await asyncio.gather(
        *(
            organizer.put(
                path, params={"layer": "L"}, json=layer_of(A=block.area(), B=block.area())
            )
            for _ in range(6)
        )
    )
    assert [one.status_code for one in answers] == [200] * 6
    (kept,) = (await organizer.get(path)).json()
    assert [one["name"] for one in kept["boundaries"]] == ["A", "B"]


async def test_bad_ground_is_refused_under_its_field(tenant):
    block = await make_block(tenant)
    organizer = await tenant.organizer()
    path = f"/campaigns/{tenant.campaign_id}"
    dot = LINE | {"coordinates": [[24.9, 60.2]] * 2}
    away = LINE | {"coordinates": [[24.9, 60.2], [24.9, 160.2]]}
    for line in (dot, away):
        refused = await organizer.post(f"{path}/drawn-barriers", json={"name": "A", "line": line})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "line"
    twice = layer_of(A=block.area())
    twice["features"] *= 2
    refused = await organizer.put(f"{path}/boundaries", params={"layer": "L"}, json=twice)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "features[1].properties.name"


async def test_ground_is_the_organizers_and_their_organizations(tenant, stranger):
    pass_id, _ = await make_pass(tenant)
    assert pass_id
    path = f"/campaigns/{tenant.campaign_id}"
    body = {"name": "Fence", "line": LINE}
    coordinator, foreign = await tenant.coordinator(), await stranger.organizer()
    assert (await coordinator.post(f"{path}/drawn-barriers", json=body)).status_code == 403
    assert (await coordinator.get(f"{path}/drawn-barriers")).status_code == 200
    assert (await foreign.post(f"{path}/drawn-barriers", json=body)).status_code == 404
    assert (await foreign.get(f"{path}/drawn-barriers")).status_code == 404
    assert (await foreign.get(f"{path}/crossings")).status_code == 404
    assert (await foreign.get(f"{path}/boundaries")).status_code == 404
    nobody = await foreign.delete(f"{path}/drawn-barriers/{new_id()}")
    assert nobody.status_code == 404
