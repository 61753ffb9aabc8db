"""Split, merge, move, trade, freeze: what each does, whom it refuses and why."""

from uuid import UUID

import pytest
from cut_field import check_sound, draw, make_block, seen, state
from makers import make_pass

from doorstep.algorithms.holdout import held_out
from doorstep.kit.ids import new_id


async def make_two(tenant, **wanted):
    block = await make_block(tenant, **wanted)
    pass_id, _ = await make_pass(tenant)
    west = await draw(tenant, pass_id, block.area(0, 0, 3, 4), "West")
    east = await draw(tenant, pass_id, block.area(3, 0, 6, 4), "East")
    return block, pass_id, west, east


async def do(tenant, pass_id, path, body):
    return await (await tenant.organizer()).post(f"/passes/{pass_id}/{path}", json=body)


async def done(tenant, pass_id, path, body):
    answer = await do(tenant, pass_id, path, body)
    assert answer.status_code == 201, answer.text
    await check_sound(tenant, pass_id)
    return answer.json()


async def doors_of(tenant, pass_id):
    """The doors of each live turf by its name."""
    async with tenant.transaction() as db:
        rows = await db.fetch(
            """
            select t.name, td.door_id
              from turf_door td
              join turf t on t.id = td.turf_id
             where t.pass_id = $1 and td.live
             order by td.position
            """,
            UUID(pass_id),
        )
    found = {}
    for row in rows:
        found.setdefault(row["name"], []).append(row["door_id"])
    return found


def in_columns(block, columns):
    return {
        door for (column, _), doors in block.doors.items() if column in columns for door in doors
    }


async def test_a_line_splits_a_turf_and_the_greater_part_keeps_its_name(tenant):
    block, pass_id, west, _ = await make_two(tenant)
    answer = await done(tenant, pass_id, "splits", seen(west) | {"line": block.line(2)})
    assert {one["name"]: one["doors_count"] for one in answer["turfs"]} == {
        "West": 8, "West (2)": 4,
    }  # fmt: skip
    assert answer["doors_count"] == 12
    assert answer["minutes"] == pytest.approx(sum(one["minutes"] for one in answer["turfs"]))
    assert answer["walk_m"] == pytest.approx(sum(one["walk_m"] for one in answer["turfs"]))
    doors = await doors_of(tenant, pass_id)
    assert set(doors["West"]) == in_columns(block, {0, 1})
    assert set(doors["West (2)"]) == in_columns(block, {2})


async def test_a_short_line_is_drawn_on_past_the_doors(tenant):
    block, pass_id, west, _ = await make_two(tenant)
    line = block.line(1)
    (x, y), (_, north) = line["coordinates"]
    middle = (y + north) / 2
    line["coordinates"] = [[x, middle], [x, middle + 0.00001]]
    answer = await done(tenant, pass_id, "splits", seen(west) | {"line": line, "name": "Rest"})
    assert {one["name"]: one["doors_count"] for one in answer["turfs"]} == {"West": 8, "Rest": 4}


async def test_an_area_splits_a_turf_into_what_is_inside_and_the_rest(tenant):
    block, pass_id, west, _ = await make_two(tenant)
    area = block.area(0, 0, 1, 2)
    answer = await done(tenant, pass_id, "splits", seen(west) | {"polygon": area})
    assert [one["doors_count"] for one in answer["turfs"]] == [10, 2]


async def test_parts_are_of_about_equal_minutes_and_divide_no_building(tenant):
    block, pass_id, west, _ = await make_two(tenant, units=4)
    answer = await done(tenant, pass_id, "splits", seen(west) | {"parts": 3, "name": "Part"})
    minutes = [one["minutes"] for one in answer["turfs"]]
    assert len(minutes) == 3
    assert max(minutes) < 1.7 * min(minutes)
    assert [one["name"] for one in answer["turfs"]] == ["Part (1)", "Part (2)", "West"]
    for doors in block.doors.values():
        homes = [name for name, own in (await doors_of(tenant, pass_id)).items()
                 if not set(own).isdisjoint(doors)]  # fmt: skip
        assert len(homes) == 1


async def test_merging_keeps_the_first_and_takes_the_others_in(tenant):
    block, pass_id, west, east = await make_two(tenant)
    body = {"turfs": [seen(east), seen(west)], "name": "All"}
    answer = await done(tenant, pass_id, "merges", body)
    (whole,) = answer["turfs"]
    assert (whole["id"], whole["name"], whole["doors_count"]) == (east["id"], "All", 24)
    assert answer["gone"] == [west["id"]]
    assert set((await doors_of(tenant, pass_id))["All"]) == set(block.door_ids)


async def test_doors_move_by_their_ids_or_inside_an_area(tenant):
    block, pass_id, west, east = await make_two(tenant)
    door = block.doors[2, 1][0]
    body = {"to_turf": seen(east), "from_turfs": [seen(west)], "door_ids": [str(door)]}
    answer = await done(tenant, pass_id, "moves", body)
    assert {one["name"]: one["doors_count"] for one in answer["turfs"]} == {"East": 13, "West": 11}
    east, west = answer["turfs"]
    body = {"to_turf": seen(west), "from_turfs": [seen(east)], "polygon": block.area(2, 0, 4, 4)}
    await done(tenant, pass_id, "moves", body)
    doors = await doors_of(tenant, pass_id)
    assert set(doors["West"]) == in_columns(block, {0, 1, 2, 3})


async def test_doors_that_leave_every_turf_can_be_taken_in_again(tenant):
    block, pass_id, west, east = await make_two(tenant)
    area = block.area(0, 0, 1, 4)
    out = await done(
        tenant, pass_id, "moves", {"to_turf": None, "from_turfs": [seen(west)], "polygon": area}
    )
    (west,) = out["turfs"]
    assert west["doors_count"] == 8
    # Without asking for them, free doors are left alone.
    refused = await do(
        tenant, pass_id, "moves", {"to_turf": seen(east), "from_turfs": [], "polygon": area}
    )
    assert refused.json()["errors"][0]["field"] == "polygon"
    body = {"to_turf": seen(east), "from_turfs": [], "polygon": area, "take_free": True}
    (east,) = (await done(tenant, pass_id, "moves", body))["turfs"]
    assert east["doors_count"] == 16
    assert east["polygon"]["type"] == "MultiPolygon"


async def test_taking_free_doors_leaves_alone_what_the_pass_holds_out(tenant):
    block = await make_block(tenant)
    buildings = list(block.doors)
    organizer = await tenant.organizer()
    async with tenant.transaction() as db:
        rows = await db.fetch(
            "select d.id, a.building_id from door d join address a on a.id = d.address_id"
        )
    building_of = {row["id"]: row["building_id"] for row in rows}
    made = await organizer.post(
        "/passes",
        json={"campaign_id": str(tenant.campaign_id), "name": "Trial", "holdout_share": 0.4,
              "holdout_seed": "autumn"},
    )  # fmt: skip
    pass_id = made.json()["id"]
    ids = [block.doors[one][0] for one in buildings]
    out = held_out([building_of[one] for one in ids], share=0.4, seed="autumn")
    spared = {one for one, left_alone in zip(ids, out, strict=True) if left_alone}
    west = await draw(tenant, pass_id, block.area(0, 0, 3, 4), "West")
    body = {"to_turf": seen(west), "from_turfs": [], "polygon": block.area(), "take_free": True}
    await done(tenant, pass_id, "moves", body)
    assert set((await doors_of(tenant, pass_id))["West"]) == set(ids) - spared
    (west,) = (await organizer.get(f"/turfs?pass_id={pass_id}")).json()
    named = str(next(iter(spared)))
    body = {"to_turf": seen(west), "from_turfs": [], "door_ids": [named], "take_free": True}
    refused = await do(tenant, pass_id, "moves", body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "door_ids[0]"


async def test_a_trade_gives_and_takes_in_one_step(tenant):
    block, pass_id, west, east = await make_two(tenant)
    body = {
        "one": seen(west) | {"polygon": block.area(2, 0, 3, 2)},
        "other": seen(east) | {"door_ids": [str(block.doors[3, 3][0])]},
    }
    answer = await done(tenant, pass_id, "trades", body)
    assert {one["name"]: one["doors_count"] for one in answer["turfs"]} == {"East": 13, "West": 11}
    doors = await doors_of(tenant, pass_id)
    assert block.doors[3, 3][0] in doors["West"]
    assert {block.doors[2, 0][0], block.doors[2, 1][0]} <= set(doors["East"])


async def test_nothing_touches_a_frozen_turf_until_it_is_unfrozen(tenant):
    block, pass_id, west, east = await make_two(tenant)
    frozen = await done(tenant, pass_id, "freezes", {"turfs": [seen(west)]})
    (west,) = frozen["turfs"]
    assert west["frozen_at"] is not None
    before = await state(tenant, pass_id)
    organizer = await tenant.organizer()
    tries = [
        await do(tenant, pass_id, "splits", seen(west) | {"parts": 2}),
        await do(tenant, pass_id, "merges", {"turfs": [seen(east), seen(west)]}),
        await do(
            tenant,
            pass_id,
            "moves",
            {"to_turf": seen(west), "from_turfs": [seen(east)], "polygon": block.area(3, 0, 4, 1)},
        ),
        await organizer.post(f"/turfs/{west['id']}/archiving"),
        await organizer.delete(f"/turfs/{west['id']}"),
        await organizer.patch(f"/turfs/{west['id']}", json={"name": "Other"}),
    ]
    assert [one.status_code for one in tries] == [409] * 6
    assert all("West is frozen" in one.json()["detail"] for one in tries)
    assert await state(tenant, pass_id) == before
    # It can still be given out: that changes nothing of what it is.
    assert (await organizer.post(f"/turfs/{west['id']}/publishing")).status_code == 201
    west = (await organizer.get(f"/turfs/{west['id']}")).json()
    opened = await done(tenant, pass_id, "freezes", {"turfs": [seen(west)], "frozen": False})
    await done(tenant, pass_id, "splits", seen(opened["turfs"][0]) | {"parts": 2})


async def test_knocks_at_a_door_that_left_are_noted_where_it_was(tenant):
    block, pass_id, west, east = await make_two(tenant)
    organizer = await tenant.organizer()
    await organizer.post(f"/turfs/{west['id']}/publishing")
    west = (await organizer.get(f"/turfs/{west['id']}")).json()
    body = {"to_turf": seen(east), "from_turfs": [seen(west)], "polygon": block.area(2, 0, 3, 4)}
    await done(tenant, pass_id, "moves", body)
    async with tenant.transaction() as db:
        left = await db.fetch("select turf_id::text, door_id from left_door")
    assert {tuple(row) for row in left} == {(west["id"], door) for door in in_columns(block, {2})}


async def test_impossible_wishes_are_refused_under_the_field_they_stand_in(tenant):
    block, pass_id, west, east = await make_two(tenant)
    far = {"type": "LineString", "coordinates": [[25.5, 60], [25.5, 61]]}
    nowhere = block.area(7, 7, 9, 9)
    nobody = str(new_id())
    cases = [
        ("splits", {}, 422, "line"),
        ("splits", {"parts": 2, "line": far}, 422, "parts"),
        ("splits", {"line": far}, 422, "line"),
        ("splits", {"line": far | {"coordinates": [[24.9, 60.2]] * 2}}, 422, "line"),
        ("splits", {"line": far | {"coordinates": [[999, 0], [1, 1]]}}, 422, "line"),
        ("splits", {"polygon": nowhere}, 422, "polygon"),
        ("splits", {"polygon": block.area()}, 422, "polygon"),
        ("splits", {"parts": 13}, 422, "parts"),
        ("splits", {"parts": 1}, 400, "parts"),
        ("splits", {"cut_version": 9, "parts": 2}, 409, "cut_version"),
    ]  # fmt: skip
    for path, body, status, field in cases:
        await refused(tenant, pass_id, path, seen(west) | body, status, field)
    one, other, ids = seen(west), seen(east), {"door_ids": [nobody]}
    cases = [
        ("merges", {"turfs": [one, one]}, 422, "turfs[1]"),
        ("merges", {"turfs": [one]}, 400, "turfs"),
        ("merges", {"turfs": [one, other | {"cut_version": 7}]}, 409, "turfs[1].cut_version"),
        ("merges", {"turfs": [one, other | {"turf_id": nobody}]}, 404, None),
        ("moves", {"to_turf": one, "from_turfs": [other]}, 422, "door_ids"),
        ("moves", {"to_turf": one, "from_turfs": [other]} | ids, 422, "door_ids[0]"),
        ("moves", {"to_turf": one, "from_turfs": [other], "polygon": nowhere}, 422, "polygon"),
        ("moves", {"to_turf": one, "from_turfs": [one], "polygon": block.area()}, 422, "to_turf"),
        ("trades", {"one": one, "other": other}, 422, "one.door_ids"),
        ("trades", {"one": one | {"polygon": nowhere}, "other": other | {"polygon": nowhere}},
         422, "one.polygon"),
        ("trades", {"one": one | {"polygon": block.area()}, "other": other | ids},
         422, "other.door_ids[0]"),
        ("freezes", {"turfs": []}, 400, "turfs"),
        ("undoing", {"step_id": nobody}, 409, "step_id"),
    ]  # fmt: skip
    for path, body, status, field in cases:
        await refused(tenant, pass_id, path, body, status, field)


async def refused(tenant, pass_id, path, body, status, field):
    before = await state(tenant, pass_id)
    answer = await do(tenant, pass_id, path, body)
    assert answer.status_code == status, (body, answer.text)
    if field is not None:
        assert answer.json()["errors"][0]["field"] == field, (body, answer.text)
    assert await state(tenant, pass_id) == before


async def test_a_turf_of_another_pass_or_organization_is_as_good_as_none(tenant, stranger):
    _, pass_id, west, _ = await make_two(tenant)
    other_pass, _ = await make_pass(tenant, "Second")
    assert (await do(tenant, other_pass, "splits", seen(west) | {"parts": 2})).status_code == 404
    foreign, _ = await make_pass(stranger)
    assert (await do(stranger, foreign, "splits", seen(west) | {"parts": 2})).status_code == 404
    assert (await do(stranger, pass_id, "splits", seen(west) | {"parts": 2})).status_code == 404


async def test_only_organizers_cut(tenant):
    _, pass_id, west, _ = await make_two(tenant)
    body = seen(west) | {"parts": 2}
    for who in (await tenant.coordinator(), await tenant.volunteer()):
        assert (await who.post(f"/passes/{pass_id}/splits", json=body)).status_code == 403
    anonymous = tenant.world.anonymous()
    assert (await anonymous.post(f"/passes/{pass_id}/splits", json=body)).status_code == 401
    steps = await (await tenant.coordinator()).get(f"/passes/{pass_id}/steps")
    assert [one["kind"] for one in steps.json()] == ["create", "create"]
