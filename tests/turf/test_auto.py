"""Cuts by the program: proposed, looked at, accepted or left; and leftovers cut again."""

import asyncio
import threading
from uuid import UUID

import pytest
from cut_field import check_sound, draw, make_block, seen, state
from makers import make_pass, make_street

from doorstep.algorithms.holdout import held_out
from doorstep.kit import jobs
from doorstep.kit.ids import new_id
from doorstep.turf import cutting


async def start(tenant, pass_id, **wanted):
    body = {"doors": 8} | wanted
    return await (await tenant.organizer()).post(f"/passes/{pass_id}/cuts", json=body)


async def ended(tenant, cut_id):
    organizer = await tenant.organizer()
    for _ in range(600):
        cut = (await organizer.get(f"/cuts/{cut_id}")).json()
        if cut["state"] != "running":
            return cut
        await asyncio.sleep(0.05)
    raise AssertionError(cut)


async def cut(tenant, pass_id, **wanted):
    started = await start(tenant, pass_id, **wanted)
    assert started.status_code == 202, started.text
    assert started.json()["state"] == "running"
    found = await ended(tenant, started.json()["id"])
    assert found["state"] == "done", found
    return found


async def accept(tenant, found):
    return await (await tenant.organizer()).post(f"/cuts/{found['id']}/accepting")


async def cut_doors(tenant, pass_id):
    async with tenant.transaction() as db:
        rows = await db.fetch(
            "select door_id from turf_door where pass_id = $1 and live", UUID(pass_id)
        )
    return {row["door_id"] for row in rows}


async def test_a_cut_is_proposed_and_becomes_turf_when_accepted(tenant):
    block = await make_block(tenant, columns=8, rows=6)
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    found = await cut(tenant, pass_id, polygon=block.area(), name="Block")
    assert found["found"]["doors_count"] == 48
    assert found["found"]["turfs_count"] >= 4
    proposed = (await organizer.get(f"/cuts/{found['id']}/turfs")).json()
    assert sum(one["doors_count"] for one in proposed) == 48
    assert sum(one["minutes"] for one in proposed) == pytest.approx(found["found"]["minutes"])
    assert all(one["name"].startswith("Block ") for one in proposed)
    assert (await organizer.get(f"/turfs?pass_id={pass_id}")).json() == []
    accepted = await accept(tenant, found)
    assert accepted.status_code == 201, accepted.text
    assert accepted.json()["kind"] == "auto"
    assert {one["name"] for one in accepted.json()["turfs"]} == {one["name"] for one in proposed}
    await check_sound(tenant, pass_id)
    assert await cut_doors(tenant, pass_id) == set(block.door_ids)
    again = await accept(tenant, found)
    assert again.status_code == 409
    assert (await organizer.get(f"/cuts/{found['id']}/turfs")).json() == []
    undone = await organizer.post(
        f"/passes/{pass_id}/undoing", json={"step_id": accepted.json()["step_id"]}
    )
    assert undone.status_code == 201
    assert await state(tenant, pass_id) == []
    assert len(undone.json()["gone"]) == len(proposed)


async def test_a_cut_leaves_alone_what_is_in_turf_held_out_or_wants_to_be(tenant):
    block = await make_block(tenant, columns=8, rows=6)
    organizer = await tenant.organizer()
    made = await organizer.post(
        "/passes",
        json={"campaign_id": str(tenant.campaign_id), "name": "Trial", "holdout_share": 0.3,
              "holdout_seed": "s"},
    )  # fmt: skip
    pass_id = made.json()["id"]
    await draw(tenant, pass_id, block.area(3, 2, 5, 4), "Middle")
    mine = await cut_doors(tenant, pass_id)
    async with tenant.transaction() as db:
        rows = await db.fetch(
            "select d.id, a.building_id from door d join address a on a.id = d.address_id"
        )
    out = held_out([row["building_id"] for row in rows], share=0.3, seed="s")
    spared = {row["id"] for row, left_alone in zip(rows, out, strict=True) if left_alone}
    alone = next(one for one in block.door_ids if one not in spared | mine)
    marked = await organizer.post("/do-not-contact", json={"door_id": str(alone)})
    assert marked.status_code == 201
    found = await cut(tenant, pass_id, polygon=block.area())
    assert (await accept(tenant, found)).status_code == 201
    await check_sound(tenant, pass_id)
    assert await cut_doors(tenant, pass_id) == set(block.door_ids) - spared - {alone}
    (middle,) = (
        one for one in (await organizer.get(f"/turfs?pass_id={pass_id}")).json()
        if one["name"] == "Middle"
    )  # fmt: skip
    assert middle["cut_version"] == 1


async def test_a_universe_a_precinct_or_a_stored_boundary_says_which_doors(tenant):
    street = await make_street(tenant, houses=6, lon=24.95)
    block = await make_block(tenant, precinct="W3-P1")
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    saved = await organizer.post(
        "/universes", json={"name": "Phones", "expression": {"type": "reachable", "by": "phone"}}
    )
    found = await cut(tenant, pass_id, universe_id=saved.json()["id"], doors=3)
    assert found["found"]["doors_count"] == len(street.door_ids)
    found = await cut(tenant, pass_id, precinct="W3-P1")
    assert found["found"]["doors_count"] == 24
    areas = {"West": block.area(0, 0, 2, 4), "East": block.area(2, 0, 6, 4)}
    layer = layer_of(**areas)
    path = f"/campaigns/{tenant.campaign_id}/boundaries"
    kept = await organizer.put(f"{path}?layer=Wards", json=layer)
    assert kept.status_code == 200, kept.text
    west = next(one for one in kept.json()["boundaries"] if one["name"] == "West")
    found = await cut(tenant, pass_id, boundary_id=west["id"])
    assert found["found"]["doors_count"] == 8


def layer_of(**areas):
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": name}, "geometry": area}
            for name, area in areas.items()
        ],
    }


async def columns_of_turfs(tenant, block, pass_id):
    """The columns in which each live turf has doors."""
    column_of = {
        door: column for (column, _), doors in block.doors.items() for door in doors
    }  # fmt: skip
    async with tenant.transaction() as db:
        rows = await db.fetch(
            "select turf_id, door_id from turf_door where pass_id = $1 and live", UUID(pass_id)
        )
    found = {}
    for row in rows:
        found.setdefault(row["turf_id"], set()).add(column_of[row["door_id"]])
    return list(found.values())


async def test_no_turf_reaches_over_the_borders_of_a_layer(tenant):
    block = await make_block(tenant, columns=9, rows=6)
    pass_id, _ = await make_pass(tenant)
    # Thirds of 18 doors: turfs of 12 would like to be astride.
    thirds = {f"Ward {at}": block.area(at * 3, 0, at * 3 + 3, 6) for at in range(3)}
    kept = await (await tenant.organizer()).put(
        f"/campaigns/{tenant.campaign_id}/boundaries?layer=Wards", json=layer_of(**thirds)
    )
    assert kept.status_code == 200
    found = await cut(tenant, pass_id, polygon=block.area(), layer="Wards", doors=12)
    assert (await accept(tenant, found)).status_code == 201
    for columns in await columns_of_turfs(tenant, block, pass_id):
        assert len({column // 3 for column in columns}) == 1
    await check_sound(tenant, pass_id)


async def test_no_turf_has_doors_on_both_sides_of_a_drawn_barrier(tenant):
    block = await make_block(tenant, columns=8, rows=6)
    pass_id, _ = await make_pass(tenant)
    line = block.line(5)
    (x, y), (_, north) = line["coordinates"]
    line["coordinates"] = [[x, y - 0.01], [x, north + 0.01]]
    drawn = await (await tenant.organizer()).post(
        f"/campaigns/{tenant.campaign_id}/drawn-barriers", json={"name": "Canal", "line": line}
    )
    assert drawn.status_code == 201
    found = await cut(tenant, pass_id, polygon=block.area(), doors=16)
    assert (await accept(tenant, found)).status_code == 201
    for columns in await columns_of_turfs(tenant, block, pass_id):
        assert max(columns) < 5 or min(columns) >= 5
    await check_sound(tenant, pass_id)


async def test_walks_begin_at_the_staging_place(tenant):
    block = await make_block(tenant, columns=6, rows=1)
    pass_id, _ = await make_pass(tenant)
    starts = []
    for west in (True, False):
        (x, y), _ = block.line(0 if west else 6)["coordinates"]
        found = await cut(tenant, pass_id, polygon=block.area(), doors=6, staging=[x, y])
        async with tenant.transaction() as db:
            order = await db.fetchval(
                "select door_ids from proposed_turf where cut_id = $1", UUID(found["id"])
            )
        starts.append(order[0])
    assert starts == [block.doors[0, 0][0], block.doors[5, 0][0]]


async def test_towers_and_households_stay_whole_and_minutes_balance_as_well(tenant):
    block = await make_block(tenant, columns=8, rows=6, units=5)
    pass_id, _ = await make_pass(tenant)
    found = await cut(tenant, pass_id, polygon=block.area(), doors=None, minutes=45)
    assert found["found"]["doors_count"] == len(block.door_ids)
    accepted = (await accept(tenant, found)).json()
    homes = {}
    async with tenant.transaction() as db:
        rows = await db.fetch("select door_id, turf_id from turf_door where live")
    for row in rows:
        homes[row["door_id"]] = row["turf_id"]
    assert all(len({homes[door] for door in doors}) == 1 for doors in block.doors.values())
    assert all(turf["minutes"] <= 45 * 1.1 + 0.01 for turf in accepted["turfs"])
    await check_sound(tenant, pass_id)


async def test_a_cut_is_refused_when_its_doors_or_its_ground_were_cut_meanwhile(tenant):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    found = await cut(tenant, pass_id, polygon=block.area())
    await draw(tenant, pass_id, block.area(0, 0, 1, 1), "Quick")
    refused = await accept(tenant, found)
    assert refused.status_code == 409
    assert "1 of these doors were cut meanwhile" in refused.json()["detail"]
    assert "Quick" in refused.json()["detail"]
    assert len(await state(tenant, pass_id)) == 1


async def test_of_two_cuts_of_the_same_ground_accepted_at_once_one_becomes_turf(tenant):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    both = [await cut(tenant, pass_id, polygon=block.area(), seed=n) for n in (1, 2)]
    organizer = await tenant.organizer()
    body = {"pass_id": pass_id, "name": "Hand", "polygon": block.area()}
    answers = await asyncio.gather(
        *(accept(tenant, found) for found in both for _ in range(2)),
        organizer.post("/turfs", json=body),
    )
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409]
    await check_sound(tenant, pass_id)


@pytest.fixture
def endless(monkeypatch):
    """A cut that goes on until it is stopped; set when it has noticed."""
    begun, noticed = threading.Event(), threading.Event()

    def go_on(*_, progress, **__):
        begun.set()
        try:
            for _ in range(2000):
                progress(0.25, "polish")
                threading.Event().wait(0.01)
        except jobs.HaltedError:
            noticed.set()
            raise

    monkeypatch.setattr(cutting, "cut", go_on)
    monkeypatch.setattr(jobs, "LISTENS_EVERY_S", 0.02)
    return begun, noticed


async def test_a_running_cut_tells_how_far_it_is_and_can_be_cancelled(tenant, endless):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    cut_id = (await start(tenant, pass_id, polygon=block.area())).json()["id"]
    for _ in range(200):
        shown = (await organizer.get(f"/cuts/{cut_id}")).json()
        if shown["stage"]:
            break
        await asyncio.sleep(0.02)
    assert (shown["stage"], shown["done_units"], shown["total_units"]) == ("polish", 250, 1000)
    assert (await accept(tenant, shown)).status_code == 409
    assert (await organizer.delete(f"/cuts/{cut_id}")).status_code == 409
    assert (await organizer.post(f"/cuts/{cut_id}/cancelling")).status_code == 202
    cancelled = await ended(tenant, cut_id)
    assert (cancelled["state"], cancelled["found"]) == ("cancelled", None)
    assert await asyncio.to_thread(endless[1].wait, 5), "the thread stops too"
    assert (await organizer.post(f"/cuts/{cut_id}/cancelling")).status_code == 409
    assert (await organizer.delete(f"/cuts/{cut_id}")).status_code == 204
    assert (await organizer.get(f"/cuts/{cut_id}")).status_code == 404


async def test_only_so_many_cuts_run_at_once(tenant, endless):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    ids = [(await start(tenant, pass_id, polygon=block.area())).json()["id"] for _ in range(2)]
    assert (await start(tenant, pass_id, polygon=block.area())).status_code == 409
    for cut_id in ids:
        await organizer.post(f"/cuts/{cut_id}/cancelling")
        await ended(tenant, cut_id)


async def test_a_cut_that_cannot_be_done_says_why(tenant):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    await draw(tenant, pass_id, block.area(), "All")
    cut_id = (await start(tenant, pass_id, polygon=block.area())).json()["id"]
    failed = await ended(tenant, cut_id)
    assert failed["state"] == "failed"
    assert "no door to cut" in failed["failure"]


async def test_a_door_inside_anothers_outline_is_left_over_with_what_to_do(tenant):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    await draw(tenant, pass_id, block.area(0, 0, 3, 4), "West")
    late = await make_street(tenant, houses=1, lon=24.9003)
    found = await cut(tenant, pass_id, polygon=block.area(), doors=12)
    assert found["found"]["doors_count"] == 12
    (left,) = found["found"]["left_over"]
    assert left["door_id"] == str(late.door_ids[0])
    assert "Move it there by hand" in left["reason"]
    assert (await accept(tenant, found)).status_code == 201
    found = await cut(tenant, pass_id, polygon=block.area(), doors=12)
    assert (found["found"]["turfs_count"], found["found"]["left_over_count"]) == (0, 1)
    refused = await accept(tenant, found)
    assert refused.status_code == 409
    assert "proposes no turf" in refused.json()["detail"]


async def test_what_nobody_accepts_is_forgotten(tenant):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    found = await cut(tenant, pass_id, polygon=block.area())
    async with tenant.transaction() as db:
        await db.execute("update turf_cut set expires_at = now() - interval '1 second'")
    organizer = await tenant.organizer()
    assert (await accept(tenant, found)).status_code == 404
    assert (await organizer.get(f"/passes/{pass_id}/cuts")).json() == []
    await cut(tenant, pass_id, polygon=block.area())
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from turf_cut") == 1


BOW = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
RESULTS = ["canvassed", "refused", "moved", "do_not_contact", "language_barrier", "not_home"]


async def test_leftovers_are_cut_again_under_their_old_names(tenant):
    block = await make_block(tenant, columns=8, rows=6)
    first, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    made = await accept(tenant, await cut(tenant, first, polygon=block.area(), doors=12))
    turfs = made.json()["turfs"]
    member_id, walker = await tenant.member()
    knocked = {}
    for turf in turfs:
        await organizer.post(f"/turfs/{turf['id']}/publishing")
        body = {"member_ids": [str(member_id)]}
        await organizer.post(f"/turfs/{turf['id']}/assignments", json=body)
    bundle = (await walker.get(f"/turfs/{turfs[0]['id']}/bundle")).json()
    events = []
    for result, door in zip(RESULTS, bundle["doors"], strict=False):
        knocked[result] = UUID(door["id"])
        events.append(
            {"id": str(new_id()), "kind": "attempt", "turf_id": turfs[0]["id"],
             "door_id": door["id"], "result": result, "occurred_at": "2026-11-22T10:00:00Z"}
        )  # fmt: skip
    sent = await walker.post(
        "/sync/events", json={"sent_at": "2026-11-22T10:00:00Z", "events": events}
    )
    assert {one["outcome"] for one in sent.json()["results"]} == {"accepted"}
    second, _ = await make_pass(tenant, "Second")
    found = await cut(tenant, second, recut_of=first, doors=12)
    assert found["kind"] == "recut"
    assert 0 <= found["found"]["churn"] <= 0.5
    accepted = await accept(tenant, found)
    assert accepted.json()["kind"] == "recut"
    # What goes on keeps its name.
    old = {turf["name"] for turf in turfs}
    assert len(old & {turf["name"] for turf in accepted.json()["turfs"]}) >= len(old) - 1
    open_again = set(block.door_ids) - {
        door for result, door in knocked.items() if result != "not_home"
    }
    assert await cut_doors(tenant, second) == open_again
    await check_sound(tenant, second)
    assert len(await cut_doors(tenant, first)) == 48


async def test_impossible_cuts_are_refused_under_their_field(tenant, stranger):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    other, _ = await make_pass(stranger)
    area, nobody = block.area(), str(new_id())
    cases = [
        ({}, 422, "universe_id"),
        ({"polygon": area, "minutes": 60}, 422, "minutes"),
        ({"polygon": area, "doors": None}, 422, "doors"),
        ({"polygon": area, "doors": 0}, 400, "doors"),
        ({"polygon": area, "tolerance": 2}, 400, "tolerance"),
        ({"polygon": area, "precinct": "A"}, 422, "precinct"),
        ({"polygon": {"type": "Polygon", "coordinates": BOW}}, 422, "polygon"),
        ({"polygon": area, "staging": [999, 1]}, 422, "staging"),
        ({"polygon": area, "layer": "Nowhere"}, 422, "layer"),
        ({"recut_of": pass_id}, 422, "recut_of"),
        ({"recut_of": other}, 404, None),
        ({"universe_id": nobody}, 404, None),
        ({"boundary_id": nobody}, 404, None),
    ]  # fmt: skip
    for wanted, status, field in cases:
        answer = await start(tenant, pass_id, **wanted)
        assert answer.status_code == status, (wanted, answer.text)
        if field:
            assert answer.json()["errors"][0]["field"] == field, (wanted, answer.text)
    assert (await start(tenant, nobody, polygon=area)).status_code == 404


async def test_only_organizers_let_the_program_cut_and_only_their_own(tenant, stranger):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    found = await cut(tenant, pass_id, polygon=block.area())
    coordinator = await tenant.coordinator()
    assert (await coordinator.get(f"/cuts/{found['id']}")).status_code == 200
    assert (await coordinator.post(f"/cuts/{found['id']}/accepting")).status_code == 403
    assert (await (await tenant.volunteer()).get(f"/cuts/{found['id']}")).status_code == 403
    foreign = await stranger.organizer()
    for answer in (
        await foreign.get(f"/cuts/{found['id']}"),
        await foreign.get(f"/cuts/{found['id']}/turfs"),
        await foreign.post(f"/cuts/{found['id']}/accepting"),
        await foreign.delete(f"/cuts/{found['id']}"),
    ):
        assert answer.status_code == 404
    assert (await accept(tenant, found)).status_code == 201


async def test_a_name_in_use_gets_a_number_behind(tenant):
    block = await make_block(tenant)
    pass_id, _ = await make_pass(tenant)
    found = await cut(tenant, pass_id, polygon=block.area(0, 0, 3, 4), doors=12)
    east = await draw(tenant, pass_id, block.area(3, 0, 6, 4), "Turf 1")
    accepted = await accept(tenant, found)
    assert accepted.status_code == 201, accepted.text
    names = [one["name"] for one in accepted.json()["turfs"]]
    assert "Turf 1 (2)" in names
    assert seen(east)["cut_version"] == 1
