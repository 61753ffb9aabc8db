import asyncio

from makers import make_field, make_pass, make_street, make_turf


def square(west, south, size=0.01):
    return [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
    ]


async def test_a_turf_takes_the_doors_inside_its_outline(tenant):
    street = await make_street(tenant, houses=8)
    pass_id, _ = await make_pass(tenant)
    turf = await make_turf(tenant, pass_id, street.box)
    assert turf["doors_count"] == 8
    assert turf["status"] == "draft"
    assert turf["polygon"]["coordinates"] == [street.box]
    assert 150 < turf["walk_m"] < 320


async def test_no_door_is_in_two_live_turfs_of_a_pass(tenant):
    street = await make_street(tenant)
    pass_id, _ = await make_pass(tenant)
    first = await make_turf(tenant, pass_id, street.box, "North")
    organizer = await tenant.organizer()
    body = {
        "pass_id": pass_id,
        "name": "South",
        "polygon": {"type": "Polygon", "coordinates": [street.box]},
    }
    refused = await organizer.post("/turfs", json=body)
    assert refused.status_code == 409
    assert "6 of the doors" in refused.json()["detail"]
    assert "North" in refused.json()["detail"]
    assert (await organizer.post(f"/turfs/{first['id']}/archiving")).status_code == 201
    assert (await organizer.post("/turfs", json=body)).status_code == 201


async def test_of_ten_cuts_at_once_one_gets_the_doors(tenant):
    street = await make_street(tenant)
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    answers = await asyncio.gather(
        *(
            organizer.post(
                "/turfs",
                json={
                    "pass_id": pass_id,
                    "name": f"Turf {n}",
                    "polygon": {"type": "Polygon", "coordinates": [street.box]},
                },
            )
            for n in range(10)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_another_pass_may_cut_the_same_doors(tenant):
    street = await make_street(tenant)
    for name in ("First", "Second"):
        pass_id, _ = await make_pass(tenant, name)
        assert (await make_turf(tenant, pass_id, street.box))["doors_count"] == 6


async def test_a_boundary_layer_becomes_one_turf_for_every_area_with_doors(tenant):
    await make_street(tenant, lon=24.90)
    await make_street(tenant, lon=24.95)
    pass_id, _ = await make_pass(tenant)
    layer = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": name, "population": 5},
                "geometry": {"type": "Polygon", "coordinates": [square(lon, 60.195)]},
            }
            for name, lon in (("One", 24.899), ("Two", 24.949), ("Sea", 20.0))
        ],
    }
    organizer = await tenant.organizer()
    made = await organizer.post(f"/passes/{pass_id}/turfs", json=layer)
    assert made.status_code == 201, made.text
    assert [turf["name"] for turf in made.json()["turfs"]] == ["One", "Two"]
    assert made.json()["skipped"] == [{"name": "Sea", "reason": "There is no door inside."}]
    layer["features"][1]["geometry"]["coordinates"] = [square(24.8985, 60.1955)]
    await make_pass(tenant, "Again")
    refused = await organizer.post(f"/passes/{pass_id}/turfs", json=layer)
    assert refused.status_code == 409
    assert "One and Two" in refused.json()["detail"]


async def test_impossible_outlines_are_refused_with_the_place_and_the_remedy(tenant):
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    bow = [[24.9, 60.2], [24.91, 60.21], [24.91, 60.2], [24.9, 60.21], [24.9, 60.2]]
    cases = {
        "crosses or touches itself": [bow],
        "end where it begins": [square(24.9, 60.2)[:-1]],
        "no place on the globe": [square(60.2, 124.9)],
        "no door inside": [square(24.9, 60.2)],
    }
    for expected, rings in cases.items():
        answer = await organizer.post(
            "/turfs",
            json={
                "pass_id": pass_id,
                "name": "X",
                "polygon": {"type": "Polygon", "coordinates": rings},
            },
        )
        assert answer.status_code == 422, (expected, answer.text)
        problem = answer.json()
        assert expected in problem["detail"], problem
        assert problem["errors"][0]["field"] == "polygon"


async def test_an_outline_with_too_many_corners_is_refused_before_it_costs(tenant):
    pass_id, _ = await make_pass(tenant)
    ring = [[24.9 + n * 1e-7, 60.2] for n in range(30_000)]
    answer = await (await tenant.organizer()).post(
        "/turfs",
        json={
            "pass_id": pass_id,
            "name": "X",
            "polygon": {"type": "Polygon", "coordinates": [ring]},
        },
    )
    assert answer.status_code == 400
    assert "20000" in answer.text


async def test_a_volunteer_sees_the_turf_they_hold_and_no_other(tenant):
    field = await make_field(tenant)
    seen = await field.volunteer.get(f"/turfs/{field.turf_id}")
    assert seen.status_code == 200
    assert seen.json()["holders"][0]["member_id"] == str(field.volunteer_id)
    assert [t["id"] for t in (await field.volunteer.get("/me/turfs")).json()] == [field.turf_id]
    _, other = await tenant.member()
    assert (await other.get(f"/turfs/{field.turf_id}")).status_code == 404
    assert (await other.get("/me/turfs")).json() == []


async def test_ending_an_assignment_hides_its_people_from_the_next_request(tenant):
    field = await make_field(tenant)
    person = f"/people/{field.street.person_ids[0]}"
    assert (await field.volunteer.get(person)).status_code == 200
    coordinator = await tenant.coordinator()
    path = f"/turfs/{field.turf_id}/assignments/{field.volunteer_id}"
    assert (await coordinator.delete(path)).status_code == 204
    for gone in (person, f"/turfs/{field.turf_id}", f"/turfs/{field.turf_id}/bundle"):
        assert (await field.volunteer.get(gone)).status_code == 404
    assert (await coordinator.delete(path)).status_code == 404


async def test_three_may_hold_a_turf_and_a_fourth_may_not(tenant):
    field = await make_field(tenant)
    coordinator = await tenant.coordinator()
    path = f"/turfs/{field.turf_id}/assignments"
    ids = [str((await tenant.member())[0]) for _ in range(3)]
    again = await coordinator.post(path, json={"member_ids": [str(field.volunteer_id)]})
    assert again.status_code == 409
    assert (await coordinator.post(path, json={"member_ids": ids})).status_code == 409
    three = await coordinator.post(path, json={"member_ids": ids[:2]})
    assert len(three.json()["holders"]) == 3
    assert (await coordinator.post(path, json={"member_ids": ids[2:]})).status_code == 409


async def test_a_turf_changes_hands_by_code_once(tenant):
    field = await make_field(tenant)
    offer = await field.volunteer.post(f"/turfs/{field.turf_id}/handovers", json={})
    assert offer.status_code == 201
    assert offer.json()["qr_svg"].startswith("<svg")
    _, second = await tenant.member()
    code = offer.json()["code"]
    taken = await second.post("/handovers", json={"code": code})
    assert taken.status_code == 200, taken.text
    assert (await second.get(f"/turfs/{field.turf_id}")).status_code == 200
    assert (await field.volunteer.get(f"/turfs/{field.turf_id}")).status_code == 404
    assert (await second.post("/handovers", json={"code": code})).status_code == 422


async def test_a_partner_joins_by_code(tenant):
    field = await make_field(tenant)
    offer = await field.volunteer.post(f"/turfs/{field.turf_id}/handovers", json={"as_pair": True})
    _, partner = await tenant.member()
    taken = await partner.post("/handovers", json={"code": offer.json()["code"]})
    assert len(taken.json()["holders"]) == 2


async def test_a_volunteer_hands_back_what_they_hold(tenant):
    field = await make_field(tenant)
    path = f"/turfs/{field.turf_id}/handing-back"
    assert (await field.volunteer.post(path)).status_code == 204
    assert (await field.volunteer.post(path)).status_code == 404


async def test_a_turf_that_ran_out_is_out_of_sight_and_can_be_given_again(tenant):
    field = await make_field(tenant)
    async with tenant.transaction() as db:
        await db.execute("update assignment set expires_at = now() - interval '1 second'")
    assert (await field.volunteer.get(f"/turfs/{field.turf_id}")).status_code == 404
    again = await (await tenant.coordinator()).post(
        f"/turfs/{field.turf_id}/assignments", json={"member_ids": [str(field.volunteer_id)]}
    )
    assert again.status_code == 201
    assert (await field.volunteer.get(f"/turfs/{field.turf_id}")).status_code == 200


async def test_gains_and_losses_are_numbered_for_phones(tenant):
    field = await make_field(tenant)
    await field.volunteer.post(f"/turfs/{field.turf_id}/handing-back")
    async with tenant.transaction() as db:
        rows = await db.fetch("select seq, kind from scope_change order by seq")
        top = await db.fetchval("select seq from change_counter")
    assert [row["kind"] for row in rows] == ["gained", "lost"]
    assert [row["seq"] for row in rows] == [top - 1, top]


async def test_drafts_are_deleted_and_published_turfs_archived(tenant):
    street = await make_street(tenant)
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    draft = await make_turf(tenant, pass_id, street.box)
    assert (await organizer.delete(f"/turfs/{draft['id']}")).status_code == 204
    turf = await make_turf(tenant, pass_id, street.box)
    await organizer.post(f"/turfs/{turf['id']}/publishing")
    assert (await organizer.delete(f"/turfs/{turf['id']}")).status_code == 409
    named = await organizer.patch(f"/turfs/{turf['id']}", json={"name": "Renamed"})
    assert named.json()["name"] == "Renamed"
    await organizer.post(f"/turfs/{turf['id']}/archiving")
    assert (await organizer.get(f"/turfs?pass_id={pass_id}")).json() == []
    late = await organizer.post(f"/turfs/{turf['id']}/publishing")
    assert late.status_code == 409


async def test_a_draft_cannot_be_assigned_nor_a_turf_to_a_stranger(tenant, stranger):
    street = await make_street(tenant)
    pass_id, _ = await make_pass(tenant)
    turf = await make_turf(tenant, pass_id, street.box)
    coordinator = await tenant.coordinator()
    path = f"/turfs/{turf['id']}/assignments"
    member_id, _ = await tenant.member()
    assert (await coordinator.post(path, json={"member_ids": [str(member_id)]})).status_code == 409
    await (await tenant.organizer()).post(f"/turfs/{turf['id']}/publishing")
    foreign, _ = await stranger.member()
    refused = await coordinator.post(path, json={"member_ids": [str(foreign)]})
    assert refused.status_code == 422
