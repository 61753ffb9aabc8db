import asyncio
from uuid import uuid4

import msgspec
import pytest

from doorstep.kit.auth import Role

SUPPORT = {
    "type": "scale",
    "key": "support",
    "text": "How likely are you to vote yes?",
    "low": 1,
    "high": 3,
    "labels": ["No", "Perhaps", "Yes"],
    "required": True,
    "sensitive": True,
}
SIGN = {
    "type": "yes_no",
    "key": "sign",
    "text": "May we put a sign in your garden?",
    "show_if": {"question": "support", "equals": 3},
}


def script(tenant, **wanted):
    usual = {
        "campaign_id": str(tenant.campaign_id),
        "name": "Round one",
        "introduction": "Hello!",
        "questions": [SUPPORT, SIGN],
    }
    return {**usual, **wanted}


def content(**wanted):
    return {"introduction": "Good evening!", "questions": [SIGN | {"show_if": None}], **wanted}


async def created(tenant, **wanted):
    answer = await (await tenant.organizer()).post("/scripts", json=script(tenant, **wanted))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_every_route_needs_a_sign_in(world, tenant):
    client, one = world.anonymous(), f"/scripts/{uuid4()}"
    answers = [
        await client.get("/scripts"),
        await client.post("/scripts", json=script(tenant)),
        await client.get(one),
        await client.post(f"{one}/versions", json=content()),
        await client.get(f"{one}/versions/1"),
    ]
    assert {answer.status_code for answer in answers} == {401}


async def test_volunteers_do_not_read_scripts_here_and_coordinators_do_not_write_them(tenant):
    made = await created(tenant)
    one = f"/scripts/{made['script_id']}"
    volunteer, coordinator = await tenant.volunteer(), await tenant.coordinator()
    answers = [
        await volunteer.get("/scripts"),
        await volunteer.get(one),
        await volunteer.get(f"{one}/versions/1"),
        await coordinator.post("/scripts", json=script(tenant)),
        await coordinator.post(f"{one}/versions", json=content()),
    ]
    assert {answer.status_code for answer in answers} == {403}
    caseworker = await tenant.client(Role.CASEWORKER)
    assert (await caseworker.get(one)).json() == made


async def test_another_organizations_script_looks_like_one_that_is_not_there(tenant, stranger):
    one = (await created(tenant))["script_id"]
    client = await stranger.organizer()
    for path in ("/scripts/{}", "/scripts/{}/versions/1"):
        theirs, absent = [await client.get(path.format(id_)) for id_ in (one, uuid4())]
        assert theirs.status_code == absent.status_code == 404
        assert theirs.text == absent.text
    answer = await client.post(f"/scripts/{one}/versions", json=content())
    assert answer.status_code == 404
    answer = await client.post("/scripts", json=script(tenant))
    assert answer.status_code == 404
    assert (await client.get("/scripts")).json() == []


async def test_a_script_is_written_and_read_back(tenant):
    made = await created(tenant)
    assert made["version"] == 1
    assert made["name"] == "Round one"
    assert made["questions"] == [
        {**SUPPORT, "show_if": None},
        {**SIGN, "required": False, "sensitive": False},
    ]
    staff = await tenant.coordinator()
    assert (await staff.get(f"/scripts/{made['script_id']}")).json() == made
    assert (await staff.get(f"/scripts/{made['script_id']}/versions/1")).json() == made


async def test_every_version_stays_readable(tenant):
    first = await created(tenant)
    one = f"/scripts/{first['script_id']}"
    organizer = await tenant.organizer()
    second = (await organizer.post(f"{one}/versions", json=content())).json()
    assert (second["version"], second["introduction"]) == (2, "Good evening!")
    assert (await organizer.get(f"{one}/versions/1")).json() == first
    assert (await organizer.get(one)).json() == second
    assert (await organizer.get(f"{one}/versions/3")).status_code == 404
    assert (await organizer.get(f"{one}/versions/99999999999")).status_code == 400


async def test_versions_added_at_once_get_numbers_of_their_own(tenant):
    one = f"/scripts/{(await created(tenant))['script_id']}"
    organizer = await tenant.organizer()
    answers = await asyncio.gather(
        *(organizer.post(f"{one}/versions", json=content()) for _ in range(5))
    )
    assert sorted(answer.json()["version"] for answer in answers) == [2, 3, 4, 5, 6]


async def test_scripts_are_listed_by_campaign_and_page(tenant):
    organizer = await tenant.organizer()
    autumn = (await organizer.post("/campaigns", json={"name": "Autumn"})).json()["id"]
    await created(tenant, name="A")
    await created(tenant, name="B")
    await created(tenant, name="A", campaign_id=autumn)

    async def names(**asked):
        found = await organizer.get("/scripts", params=asked)
        return [one["name"] for one in found.json()]

    assert await names() == ["A", "B", "A"]
    assert await names(campaign_id=autumn) == ["A"]
    assert await names(limit=1, offset=1) == ["B"]
    assert (await organizer.get("/scripts", params={"limit": 0})).status_code == 400


async def test_two_scripts_of_a_campaign_do_not_share_a_name(tenant):
    await created(tenant)
    again = await (await tenant.organizer()).post("/scripts", json=script(tenant))
    assert again.status_code == 409
    assert again.json()["errors"][0]["field"] == "name"


async def test_a_script_that_makes_no_sense_is_refused_with_every_fault(tenant):
    asked = [SUPPORT, SUPPORT, {**SIGN, "show_if": {"question": "support", "equals": 4}}]
    answer = await (await tenant.organizer()).post("/scripts", json=script(tenant, questions=asked))
    assert answer.status_code == 422
    faults = {fault["field"]: fault["detail"] for fault in answer.json()["errors"]}
    assert faults.keys() == {"questions[1].key", "questions[2].show_if.equals"}
    assert "whole number from 1 to 3" in faults["questions[2].show_if.equals"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "a\0b"},
        {"introduction": "a\0b"},
        {"introduction": "x" * 4001},
        {"questions": [{**SIGN, "type": "photo"}]},
        {"questions": [{**SIGN, "key": "Sign"}]},
        {"questions": [{**SIGN, "text": "a\0b"}]},
        {"questions": [{**SIGN, "colour": "red"}]},
        {"questions": [{**SIGN, "show_if": {"question": "support", "equals": None}}]},
        {"questions": [{**SUPPORT, "high": 11}]},
        {"questions": [{"type": "single", "key": "a", "text": "b", "options": []}]},
        {"questions": [SIGN] * 101},
        {"surprise": 1},
    ],
)
async def test_a_script_of_the_wrong_shape_is_refused(tenant, wanted):
    answer = await (await tenant.organizer()).post("/scripts", json=script(tenant, **wanted))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"]


async def test_no_question_can_hold_what_the_database_cannot(tenant):
    option = {"key": "a", "text": "b\0"}
    asked = [{"type": "multi", "key": "a", "text": "b", "options": [option, option]}]
    follow_up = [
        {"type": "text", "key": "why", "text": "Why?"},
        {**SIGN, "show_if": {"question": "why", "equals": "\0"}},
    ]
    organizer = await tenant.organizer()
    for questions in (asked, follow_up):
        body = msgspec.json.encode(script(tenant, questions=questions))
        answer = await organizer.post(
            "/scripts", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code in {400, 422}
