"""Doors that a pass holds out are in none of its turfs, however they are cut."""

from uuid import UUID

import pytest
from makers import make_street, make_turf

from doorstep.algorithms.holdout import held_out


async def make_pass(tenant, name="Trial", **wanted):
    organizer = await tenant.organizer()
    body = {"campaign_id": str(tenant.campaign_id), "name": name, **wanted}
    return await organizer.post("/passes", json=body)


async def walked(tenant, turf_ids):
    async with tenant.transaction() as db:
        rows = await db.fetch("select door_id from turf_door where turf_id = any($1)", turf_ids)
    return {row["door_id"] for row in rows}


async def test_without_being_asked_a_pass_holds_nothing_out(tenant):
    made = (await make_pass(tenant)).json()
    assert made["holdout_share"] == 0
    assert made["holdout_seed"] == made["id"]


async def test_buildings_are_held_out_whole_and_shown(tenant):
    street = await make_street(tenant, houses=30, units=3)
    made = await make_pass(tenant, holdout_share=0.3, holdout_seed="spring")
    assert made.status_code == 201, made.text
    pass_ = made.json()
    assert (pass_["holdout_share"], pass_["holdout_seed"]) == (0.3, "spring")
    organizer = await tenant.organizer()
    assert (await organizer.get(f"/passes/{pass_['id']}")).json() == pass_
    assert pass_ in (await organizer.get("/passes")).json()
    turf = await make_turf(tenant, pass_["id"], street.box)
    out = held_out(street.building_ids, share=0.3, seed="spring")
    knocked = {door for place, door in enumerate(street.door_ids) if not out[place // 3]}
    assert 0 < out.sum() < 30
    assert await walked(tenant, [UUID(turf["id"])]) == knocked
    assert turf["doors_count"] == len(knocked)


async def test_a_boundary_layer_leaves_the_same_doors_alone_as_an_outline(tenant):
    street = await make_street(tenant, houses=20)
    organizer = await tenant.organizer()
    wanted = {"holdout_share": 0.5, "holdout_seed": "both"}
    found = []
    for name in ("First", "Second"):
        pass_id = (await make_pass(tenant, name, **wanted)).json()["id"]
        if name == "First":
            made = [await make_turf(tenant, pass_id, street.box)]
        else:
            area = {"type": "Polygon", "coordinates": [street.box]}
            feature = {"type": "Feature", "properties": {"name": "A"}, "geometry": area}
            layer = {"type": "FeatureCollection", "features": [feature]}
            answer = await organizer.post(f"/passes/{pass_id}/turfs", json=layer)
            made = answer.json()["turfs"]
        found.append(await walked(tenant, [UUID(turf["id"]) for turf in made]))
    assert found[0] == found[1]
    assert 0 < len(found[0]) < 20


async def test_an_outline_around_held_out_doors_alone_says_so(tenant):
    street = await make_street(tenant, houses=1)
    building = street.building_ids[0]
    seed = next(
        seed for seed in map(str, range(100)) if held_out([building], share=0.5, seed=seed)[0]
    )
    made = await make_pass(tenant, holdout_share=0.5, holdout_seed=seed)
    answer = await (await tenant.organizer()).post(
        "/turfs",
        json={
            "pass_id": made.json()["id"],
            "name": "None",
            "polygon": {"type": "Polygon", "coordinates": [street.box]},
        },
    )
    assert answer.status_code == 422
    assert "does not hold out" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wanted",
    [{"holdout_share": 0.6}, {"holdout_share": -0.1}, {"holdout_seed": ""}, {"holdout_seed": "\0"}],
)
async def test_an_impossible_share_or_seed_is_refused(tenant, wanted):
    answer = await make_pass(tenant, **wanted)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == next(iter(wanted))
