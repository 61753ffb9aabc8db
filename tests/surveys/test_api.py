import asyncio
from uuid import uuid4

import msgspec
import pytest

from doorstep.kit.auth import Role
from doorstep.surveys.xlsform.workbook import write_sheets

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


RICH = [
    SUPPORT,
    {
        "type": "single",
        "key": "topic",
        "text": "What matters most?",
        "hint": "One only",
        "options": [
            {"key": "rents", "text": "Rents"},
            {"key": "roads", "text": "Roads"},
            {"key": "other", "text": "Something else", "fixed": True},
        ],
        "random_order": True,
    },
    {
        "type": "prompt",
        "key": "story",
        "text": "Has it happened to you?",
        "guidance": "Listen. Do not argue.",
        "sensitive": True,
        "show_if": {
            "all": [
                {"question": "topic", "any_of": ["rents", "roads"]},
                {"question": "support", "at_most": 1, "not": True},
            ]
        },
    },
    {"type": "number", "key": "people", "text": "How many?", "minimum": 1, "whole": True},
    {**SUPPORT, "key": "support_now", "repeats": "support", "required": False},
]
FINNISH = {
    "introduction": "Hei!",
    "topic.text": "Mikä on tärkeintä?",
    "topic.options.rents": "Vuokrat",
}


async def rich(tenant):
    return await created(tenant, language="en", questions=RICH, translations={"fi": FINNISH})


async def test_a_script_with_all_that_can_be_said_is_written_and_read_back(tenant):
    made = await rich(tenant)
    assert (made["language"], made["translations"]) == ("en", {"fi": FINNISH})
    for wrote, read in zip(RICH, made["questions"], strict=True):
        assert wrote.items() <= read.items()
    staff = await tenant.coordinator()
    assert (await staff.get(f"/scripts/{made['script_id']}")).json() == made


async def test_what_nobody_set_is_not_sent(tenant):
    (support, sign) = (await created(tenant))["questions"]
    assert support.keys() == SUPPORT.keys() | {"show_if"}
    assert sign["show_if"] == SIGN["show_if"]


@pytest.mark.parametrize(
    ("show_if", "field"),
    [
        ({}, "show_if"),
        ({"question": "support"}, "show_if"),
        ({"question": "support", "equals": 1, "answered": True}, "show_if"),
        (
            {"question": "support", "equals": 1, "all": [{"question": "support", "equals": 1}] * 2},
            "show_if",
        ),
        ({"any": [{"question": "support", "equals": 1}] * 2, "not": True}, "show_if"),
        ({"question": "topic", "at_least": 1}, "show_if.at_least"),
        ({"question": "topic", "any_of": ["rents", "cycling"]}, "show_if.any_of[1]"),
        (
            {"all": [{"question": "topic", "equals": "rents"}, {"question": "later", "equals": 1}]},
            "show_if.all[1].question",
        ),
        (
            {
                "all": [
                    {"question": "topic", "equals": "rents"},
                    {"question": "topic", "equals": "roads"},
                ]
            },
            "show_if",
        ),
    ],
)
async def test_a_condition_that_makes_no_sense_is_refused_where_it_does_not(tenant, show_if, field):
    asked = [*RICH[:2], {**SIGN, "show_if": show_if}]
    answer = await (await tenant.organizer()).post("/scripts", json=script(tenant, questions=asked))
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [f"questions[2].{field}"]


@pytest.mark.parametrize(
    ("again", "field"),
    [
        ({"repeats": "topic"}, "repeats"),
        ({"repeats": "later"}, "repeats"),
        ({"high": 4, "labels": []}, "repeats"),
        ({"sensitive": False}, "sensitive"),
    ],
)
async def test_a_scale_repeats_one_that_is_like_it(tenant, again, field):
    asked = [*RICH[:4], {**RICH[4], **again}]
    answer = await (await tenant.organizer()).post("/scripts", json=script(tenant, questions=asked))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [f"questions[4].{field}"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"language": "Finnish"},
        {"language": "fi\n"},
        {"translations": {"FI": {}}},
        {"translations": {"fi": {"Topic": "a"}}},
        {"translations": {"fi": {"topic.text": ""}}},
        {"translations": {"fi": {"topic.text": "a\0"}}},
        {"questions": [{**SIGN, "show_if": {"all": [{"question": "a", "equals": 1}]}}]},
        {"questions": [{**SIGN, "show_if": {"any": [{"question": "a", "equals": 1}] * 9}}]},
        {"questions": [{**SIGN, "show_if": {"question": "a", "any_of": [1]}}]},
        {"questions": [{**SIGN, "show_if": {"question": "a", "at_least": "many"}}]},
        {"questions": [{**SIGN, "hint": ""}]},
        {"questions": [{**SIGN, "guidance": "Only prompts have it"}]},
    ],
)
async def test_what_came_later_has_its_shape_as_well(tenant, wanted):
    answer = await (await tenant.organizer()).post("/scripts", json=script(tenant, **wanted))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"]


async def test_a_translation_of_nothing_is_refused(tenant):
    wanted = {"language": "en", "translations": {"fi": {"sign.hint": "?"}, "en": {}}}
    answer = await (await tenant.organizer()).post("/scripts", json=script(tenant, **wanted))
    assert answer.status_code == 422
    fields = {one["field"] for one in answer.json()["errors"]}
    assert fields == {"translations.fi.sign.hint", "translations.en"}


async def test_each_language_tells_what_it_lacks(tenant):
    one = f"/scripts/{(await rich(tenant))['script_id']}"
    (finnish,) = (await (await tenant.coordinator()).get(f"{one}/versions/1/translations")).json()
    assert finnish["summary"] == f"fi: {finnish['missing_count']} texts missing"
    assert finnish["texts_count"] - finnish["missing_count"] == len(FINNISH)
    assert {"place": "topic.hint", "text": "One only"} in finnish["missing"]


async def test_two_versions_are_compared(tenant):
    one = f"/scripts/{(await rich(tenant))['script_id']}"
    organizer = await tenant.organizer()
    asked = [RICH[1] | {"required": True}, RICH[0]]
    await organizer.post(f"{one}/versions", json=content(introduction="Hello!", questions=asked))
    answer = await organizer.get(f"{one}/diff", params={"from": 1, "to": 2})
    found = answer.json()
    assert (found["from_version"], found["to_version"]) == (1, 2)
    told = {change["sentence"] for change in found["changes"]}
    assert "“What matters most?” is now required." in told
    assert "“Has it happened to you?” was taken out." in told
    assert len([change for change in found["changes"] if change["kind"] == "moved"]) == 1
    nothing = await organizer.get(f"{one}/diff", params={"from": 2, "to": 2})
    assert nothing.json()["changes"] == []
    for wrong, status in (
        ({"from": 1}, 400),
        ({"from": 1, "to": 9}, 404),
        ({"from": 0, "to": 1}, 400),
    ):
        assert (await organizer.get(f"{one}/diff", params=wrong)).status_code == status


async def test_a_conversation_is_played_without_a_trace(tenant):
    one = f"/scripts/{(await rich(tenant))['script_id']}/versions/1/preview"
    staff = await tenant.coordinator()
    start = (await staff.post(one, json={"language": "fi"})).json()
    assert start["introduction"] == "Hei!"
    assert [question["key"] for question in start["next"]] == ["support", "topic"]
    said = {"support": 3, "topic": "rents", "people": 1.5, "nothing": True}
    found = (await staff.post(one, json={"answers": said, "language": "fi"})).json()
    assert [step["question"]["text"] for step in found["path"]][1] == "Mikä on tärkeintä?"
    assert found["path"][1]["answer"] == "rents"
    assert [question["key"] for question in found["next"]] == ["story", "people", "support_now"]
    assert {fault["field"]: fault["detail"] for fault in found["refused"]} == {
        "answers.people": "Enter a whole number from 1 to 1000000000000.",
        "answers.nothing": "There is no such question in the script.",
    }
    refused = await staff.post(one, json={"language": "sv"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "language"
    assert (await staff.post(one, json={"answers": {"topic": {}}})).status_code == 400


async def test_a_script_goes_to_a_spreadsheet_and_back(tenant):
    made = await rich(tenant)
    organizer = await tenant.organizer()
    answer = await organizer.get(f"/scripts/{made['script_id']}/versions/1/xlsform")
    assert answer.status_code == 200
    assert "spreadsheetml" in answer.headers["content-type"]
    assert answer.headers["content-disposition"] == 'attachment; filename="script.xlsx"'
    read = await organizer.post(
        "/scripts/import-xlsform",
        content=answer.content,
        headers={"content-type": answer.headers["content-type"]},
    )
    assert read.status_code == 200, read.text
    draft = read.json()
    assert (draft["unsupported"], draft["errors"]) == ([], [])
    again = {**draft["script"], "campaign_id": str(tenant.campaign_id), "name": "Back again"}
    stored = (await organizer.post("/scripts", json=again)).json()
    for name in ("language", "introduction", "questions", "translations"):
        assert stored[name] == made[name], name
    assert len((await organizer.get("/scripts")).json()) == 2


async def test_what_is_no_spreadsheet_is_refused_in_words(tenant):
    organizer = await tenant.organizer()
    answer = await organizer.post("/scripts/import-xlsform", content=b"type,name\n")
    assert answer.status_code == 422
    assert "Send an .xlsx file" in answer.json()["detail"]


async def test_a_draft_that_would_be_refused_says_for_what(tenant):
    rows = [{"type": "text", "name": "x", "label": "?", "label::Suomi (fi)": "??"}]
    answer = await (await tenant.organizer()).post(
        "/scripts/import-xlsform", content=write_sheets({"survey": rows})
    )
    assert [one["field"] for one in answer.json()["errors"]] == ["language"]
