import asyncio

import pytest
from makers import make_field, make_pass, make_street

from doorstep.algorithms.holdout import held_out
from doorstep.kit.auth import Role

PHONE = {"type": "reachable", "by": "phone"}


def all_of(*inner):
    return {"type": "all_of", "all_of": list(inner)}


async def save(client, name, expression):
    answer = await client.post("/universes", json={"name": name, "expression": expression})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def count(client, expression):
    answer = await client.post("/universes/count", json={"expression": expression})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def keep_party(tenant, person_ids, *, sensitive=False):
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into attribute (organization_id, key, label, kind, sensitive, basis)
            values ($1, 'party', 'Party', 'text', $2, 'Members')
            """,
            tenant.id,
            sensitive,
        )
        await db.execute(
            """
            update person set attributes = '{"party": "Canary"}'
             where organization_id = $1 and id = any($2)
            """,
            tenant.id,
            person_ids,
        )


async def test_a_universe_is_saved_described_counted_and_listed(tenant):
    street = await make_street(tenant, houses=4, units=2)
    organizer = await tenant.organizer()
    made = await save(organizer, "Phones", PHONE)
    assert made["description"] == "People who have a phone number"
    assert made["expression"] == PHONE
    coordinator = await tenant.coordinator()
    counts = (await coordinator.get(f"/universes/{made['id']}/count")).json()
    assert counts == {
        "people_count": 8,
        "households_count": 8,
        "doors_count": 8,
        "left_out_count": 0,
        "description": "People who have a phone number",
    }
    assert (await coordinator.get("/universes")).json() == [made]
    pages = [
        (
            await coordinator.get(
                f"/universes/{made['id']}/people", params={"limit": 3, "offset": at}
            )
        ).json()
        for at in (0, 3, 6, 9)
    ]
    assert [len(one["people"]) for one in pages] == [3, 3, 2, 0]
    assert {one["people_count"] for one in pages} == {8}
    found = [person["id"] for one in pages for person in one["people"]]
    assert sorted(found) == sorted(map(str, street.person_ids))
    numbers = [person["house_number"] for one in pages for person in one["people"]]
    assert numbers == sorted(numbers)
    doors = (await coordinator.get(f"/universes/{made['id']}/doors")).json()
    assert {one["id"] for one in doors["doors"]} == set(map(str, street.door_ids))
    assert doors["doors_count"] == 8


async def test_whom_a_universe_showed_to_whom_is_in_the_audit_log(tenant):
    street = await make_street(tenant, houses=3)
    saved = await save(await tenant.organizer(), "Phones", PHONE)
    coordinator = await tenant.coordinator()
    page = {"limit": 2}
    people = await coordinator.get(f"/universes/{saved['id']}/people", params=page)
    await coordinator.get(f"/universes/{saved['id']}/doors")
    shown = [one["id"] for one in people.json()["people"]]
    doors, people = (await (await tenant.owner()).get("/audit")).json()
    actor = str(tenant.member_ids[Role.COORDINATOR])
    assert {doors["actor_id"], people["actor_id"]} == {actor}
    assert (people["action"], people["ids"]) == ("people.listed", [saved["id"], *shown])
    assert (doors["action"], doors["ids"]) == ("doors.listed", [saved["id"]])
    assert len(shown) == 2 < len(street.person_ids)


async def test_volunteers_see_nothing_of_universes(tenant):
    made = await make_field(tenant, houses=1)
    saved = await save(await tenant.organizer(), "Phones", PHONE)
    for path in ("", f"/{saved['id']}", *(f"/{saved['id']}/{x}" for x in ("count", "people"))):
        assert (await made.volunteer.get(f"/universes{path}")).status_code == 403
    answer = await made.volunteer.post("/universes/count", json={"expression": PHONE})
    assert answer.status_code == 403


async def test_a_count_is_never_stale(tenant):
    street = await make_street(tenant, houses=3)
    client = await tenant.coordinator()
    asked = {"type": "attribute", "key": "party", "test": {"op": "is", "value": "canary"}}
    await keep_party(tenant, street.person_ids[:1])
    assert (await count(client, asked))["people_count"] == 1
    changes = [
        ('update person set attributes = \'{"party": "Canary"}\'', 3),
        ("update person set household_id = (select household_id from person limit 1)", 3),
        ("delete from person where id = (select min(id::text)::uuid from person)", 2),
        ('update door set attributes = \'{"party": "Canary"}\'', 2),
        ('update person set attributes = \'{"party": "Other"}\'', 0),
        ("update person set attributes = '{}'", 2),
        ("delete from person", 0),
    ]
    for change, wanted in changes:
        async with tenant.transaction() as db:
            await db.execute(change)
        found = await count(client, asked)
        assert found["people_count"] == wanted, change
    # Of three doors nobody is known any more; they count as doors all the same.
    assert found["doors_count"] == 3
    await make_street(tenant, houses=2)
    assert (await count(client, PHONE))["people_count"] == 2
    async with tenant.transaction() as db:
        await db.execute("update address set street = 'Elsewhere'")
    elsewhere = {"type": "place", "field": "street", "test": {"op": "is", "value": "elsewhere"}}
    assert (await count(client, elsewhere))["doors_count"] == 5


async def test_what_a_get_makes_anew_is_kept(tenant):
    await make_street(tenant, houses=1)
    saved = await save(await tenant.organizer(), "Phones", PHONE)
    assert (await (await tenant.owner()).get(f"/universes/{saved['id']}/count")).is_success
    async with tenant.transaction() as db:
        assert not await db.fetchval("select exists (select from fact_stale)")
        assert await db.fetchval("select count(*) from fact_column") > 5


async def test_counts_during_changes_end_up_right(tenant):
    street = await make_street(tenant, houses=2)
    client = await tenant.coordinator()
    tagged = {"type": "tagged", "tag": "met"}

    async def tag(person_id):
        async with tenant.transaction() as db:
            await db.execute("update person set tags = '{met}' where id = $1", person_id)

    await asyncio.gather(
        *(tag(one) for one in street.person_ids), *(count(client, tagged) for _ in range(6))
    )
    assert (await count(client, tagged))["people_count"] == 2


async def test_those_who_asked_to_be_left_alone_are_left_out_and_counted(tenant):
    street = await make_street(tenant, houses=4)
    organizer = await tenant.organizer()
    for at, person in ((0, None), (1, str(street.person_ids[1]))):
        body = {"door_id": str(street.door_ids[at]), "person_id": person}
        assert (await organizer.post("/do-not-contact", json=body)).is_success
    found = await count(organizer, PHONE)
    assert (found["people_count"], found["doors_count"], found["left_out_count"]) == (2, 2, 2)
    saved = await save(organizer, "Phones", PHONE)
    people = (await organizer.get(f"/universes/{saved['id']}/people")).json()
    assert people["left_out_count"] == 2
    assert {one["id"] for one in people["people"]} == set(map(str, street.person_ids[2:]))


async def test_political_opinions_are_for_organizers(tenant):
    street = await make_street(tenant, houses=2)
    await keep_party(tenant, street.person_ids, sensitive=True)
    organizer, coordinator = await tenant.organizer(), await tenant.coordinator()
    asked = {"type": "attribute", "key": "party", "test": {"op": "known"}}
    saved = await save(organizer, "Party known", asked)
    nested = await save(
        organizer, "Around it", all_of({"type": "in_universe", "universe_id": saved["id"]})
    )
    assert (await count(organizer, nested["expression"]))["people_count"] == 2
    for expression in (asked, nested["expression"]):
        answer = await coordinator.post("/universes/count", json={"expression": expression})
        assert answer.status_code == 403
        assert "only organizers" in answer.json()["detail"]
    for path in ("count", "people", "doors"):
        answer = await coordinator.get(f"/universes/{nested['id']}/{path}")
        assert answer.status_code == 403


async def test_sensitive_answers_are_for_organizers(tenant):
    await make_pass(tenant)
    asked = {"type": "answered", "question": "support", "test": {"op": "at_least", "value": 4}}
    client = await tenant.coordinator()
    answer = await client.post("/universes/count", json={"expression": asked})
    assert answer.status_code == 403
    assert (await count(await tenant.organizer(), asked))["people_count"] == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5])
async def test_a_pass_and_its_universe_hold_the_same_doors_out(tenant, share):
    street = await make_street(tenant, houses=40, units=2)
    organizer = await tenant.organizer()
    wanted = {"campaign_id": str(tenant.campaign_id), "name": "Trial", "holdout_share": share}
    held = (await organizer.post("/passes", json=wanted)).json()
    asked = {"type": "held_out", "pass_id": held["id"]}
    saved = await save(organizer, "Left for comparison", asked)
    assert saved["description"] == (
        "People who live in a building that the pass “Trial of Spring” holds out"
    )
    found = (await organizer.get(f"/universes/{saved['id']}/doors")).json()["doors"]
    out = held_out(street.building_ids, share=share, seed=held["holdout_seed"])
    assert {one["id"] for one in found} == {
        str(door) for place, door in enumerate(street.door_ids) if out[place // 2]
    }
    refused = await organizer.post(
        "/universes/count", json={"expression": {**asked, "pass_id": str(tenant.id)}}
    )
    assert refused.status_code == 422


async def test_a_name_is_taken_once(tenant):
    organizer = await tenant.organizer()
    await save(organizer, "Phones", PHONE)
    answer = await organizer.post("/universes", json={"name": "Phones", "expression": PHONE})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "name"


async def test_of_two_who_change_a_universe_the_second_is_told(tenant):
    organizer = await tenant.organizer()
    made = await save(organizer, "Phones", PHONE)
    change = {"updated_at": made["updated_at"], "name": "Mail"}
    change["expression"] = {"type": "reachable", "by": "email"}
    answers = await asyncio.gather(
        *(organizer.patch(f"/universes/{made['id']}", json=change) for _ in range(2))
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    now = (await organizer.get(f"/universes/{made['id']}")).json()
    assert now["description"] == "People who have an e-mail address"
    assert now["updated_at"] > made["updated_at"]
    only_name = {"updated_at": now["updated_at"], "name": "Post"}
    renamed = await organizer.patch(f"/universes/{made['id']}", json=only_name)
    assert renamed.json()["expression"] == change["expression"]


async def test_universes_nest_and_what_is_part_of_another_stays(tenant):
    await make_street(tenant, houses=2)
    organizer = await tenant.organizer()
    inner = await save(organizer, "Phones", PHONE)
    inside = {"type": "in_universe", "universe_id": inner["id"]}
    outer = await save(organizer, "Without", {"type": "none_of", "none_of": [inside]})
    assert outer["description"] == "People who do not (are in the universe “Phones”)"
    assert (await count(organizer, outer["expression"]))["people_count"] == 0
    refused = await organizer.delete(f"/universes/{inner['id']}")
    assert refused.status_code == 409
    assert "Without" in refused.json()["detail"]
    circle = {
        "updated_at": inner["updated_at"],
        "expression": {"type": "in_universe", "universe_id": outer["id"]},
    }
    refused = await organizer.patch(f"/universes/{inner['id']}", json=circle)
    assert refused.status_code == 422
    assert "in a circle" in refused.json()["detail"]
    assert "Phones" in refused.json()["detail"]
    assert (await organizer.delete(f"/universes/{outer['id']}")).status_code == 204
    assert (await organizer.delete(f"/universes/{inner['id']}")).status_code == 204
    assert (await organizer.get("/universes")).json() == []


async def test_faults_are_told_by_their_place_in_what_was_sent(tenant):
    organizer = await tenant.organizer()
    bad = all_of(
        PHONE, {"type": "attribute", "key": "prty", "test": {"op": "is", "value": "Canary"}}
    )
    for path, body in (
        ("/universes", {"name": "Bad", "expression": bad}),
        ("/universes/count", {"expression": bad}),
    ):
        answer = await organizer.post(path, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "expression.all_of[1].key"
    misshapen = all_of(PHONE, {"type": "age", "test": {"op": "at_least"}})
    answer = await organizer.post("/universes/count", json={"expression": misshapen})
    assert answer.status_code == 400
    assert "value" in answer.text
    deep = PHONE
    for _ in range(30):
        deep = all_of(deep)
    answer = await organizer.post("/universes/count", json={"expression": deep})
    assert answer.status_code == 422
    text = '{"expression":' + '{"type":"all_of","all_of":[' * 5000
    answer = await organizer.post(
        "/universes/count", content=text, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400


async def test_a_universe_whose_turf_is_gone_is_to_be_mended(tenant):
    made = await make_field(tenant, houses=2)
    organizer = await tenant.organizer()
    asked = {"type": "in_turf", "turf_id": made.turf_id}
    saved = await save(organizer, "Turf", asked)
    assert "Turf 1 in First pass of Spring" in saved["description"]
    assert (await count(organizer, asked))["doors_count"] == 2
    async with tenant.transaction() as db:
        await db.execute("update universe set expression = jsonb_set(expression, '{turf_id}', $1)",
                         str(tenant.id))  # fmt: skip
    answer = await organizer.get(f"/universes/{saved['id']}/count")
    assert answer.status_code == 422
    assert "no turf" in answer.json()["detail"]
