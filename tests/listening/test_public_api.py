"""Surveys in a browser: every type, branches, languages, errors, forged forms, double clicks."""

import asyncio
import datetime as dt

import pytest
from listening.listening_field import (
    ANSWERS,
    Browser,
    make_script,
    ok,
    published,
    questions,
    sit,
    typed,
)
from makers import make_tenant

from doorstep.kit.errors import TooManyError
from doorstep.kit.limits import Limit
from doorstep.listening import service

EVIL = '<script>alert("x")</script>&=cmd'


async def stored(tenant):
    async with tenant.transaction() as db:
        rows = await db.fetch("select question_key, value from web_answer order by 1")
    return {row["question_key"]: row["value"] for row in rows}


async def test_every_type_of_question_is_answered_without_a_script(tenant):
    survey = await published(tenant, thanks="See you soon.")
    end = await sit(Browser(tenant), survey.public, ANSWERS)
    assert "See you soon." in end.text
    assert await stored(tenant) == ANSWERS


async def test_what_hangs_on_an_answer_is_asked_after_it_and_only_then(tenant):
    survey, browser = await published(tenant), Browser(tenant)
    first = await browser.open(survey.public)
    assert "q_since" not in first.fields()
    assert "Go on" in first.text
    high = await browser.send(first, q_rent="high")
    assert "q_since" in high.fields()
    fine = await browser.send(first, q_rent="fine")
    assert "q_since" not in fine.fields()
    await sit(browser, survey.public, ANSWERS | {"rent": "fine"})
    assert "since" not in await stored(tenant)


async def test_without_branches_all_stands_on_one_page(tenant):
    asked = [
        {"type": "yes_no", "key": f"q{number}", "text": f"Question {number}"} for number in range(9)
    ]
    survey, browser = await published(tenant, asked), Browser(tenant)
    page = await browser.open(survey.public)
    assert {f"q_q{number}" for number in range(9)} | {"name", "email"} <= page.fields()
    assert "Thank you" in (await browser.send(page, q_q3="no")).text
    assert await stored(tenant) == {"q3": False}


async def test_a_long_survey_is_cut_into_pages_that_stay_small(tenant):
    options = [{"key": f"o{n}", "text": f"{n} " + "ä" * 150} for n in range(20)]
    asked = [
        {"type": "multi", "key": f"q{n}", "text": "ö" * 400, "options": options} for n in range(30)
    ]
    survey = await published(tenant, asked)
    await sit(Browser(tenant), survey.public, {f"q{n}": ["o1", "o2"] for n in range(30)})
    assert await stored(tenant) == {f"q{n}": ["o1", "o2"] for n in range(30)}


async def test_it_is_shown_in_the_language_that_was_chosen(tenant):
    survey, browser = await published(tenant), Browser(tenant)
    plain, finnish = (
        await browser.open(survey.public),
        await browser.open(f"{survey.public}?lang=fi"),
    )
    assert "Good day" in plain.text
    assert 'href="' + survey.public + '?lang=fi"' in plain.text
    assert "Onko vuokrasi korkea?" in finnish.text
    assert "Hyvää päivää" in finnish.text
    assert '<html lang="fi">' in finnish.text
    later = await browser.send(finnish, q_rent="high")
    assert "1: Huono" in later.text, "the form knows its language"
    assert "Good day" in (await browser.open(f"{survey.public}?lang=xx")).text


async def test_what_is_wrong_is_said_beside_what_was_typed(tenant):
    survey, browser = await published(tenant), Browser(tenant)
    page = await browser.open(survey.public)
    assert "Please answer this question." in (await browser.send(page, 422)).text
    page = await browser.send(page, q_rent="high")
    wrong = await browser.send(
        page, 422, q_since="x" * 60, q_people="many", q_mood="9", q_wish="Kept words",
        q_topics=["trees", "nowhere"], name="Canaria", email="",
    )  # fmt: skip
    for said in (
        "The text is too long: 60 of 50", "Enter a whole number.", "from 1 to 3",
        "Choose any of: Trees, Lamps.", "Write your e-mail address as well", "5 things are to mend",
    ):  # fmt: skip
        assert said in wrong.text, wrong.text
    assert "Kept words" in wrong.text
    assert 'value="many"' in wrong.text
    assert "no e-mail address" in (await browser.send(page, 422, name="C", email="a@")).text
    assert await stored(tenant) == {}


async def test_every_text_is_escaped(tenant):
    asked = [
        {"type": "single", "key": "one", "text": EVIL, "required": True,
         "options": [{"key": "a", "text": EVIL}, {"key": "b", "text": "B"}]},
        {"type": "text", "key": "two", "text": EVIL},
    ]  # fmt: skip
    survey = await published(tenant, asked, title=EVIL, thanks=EVIL)
    browser = Browser(tenant)
    page = await browser.open(survey.public)
    again = await browser.send(page, 422, q_two=EVIL, name=EVIL, email=EVIL)
    for one in (page, again, await browser.send(page, q_one="a", q_two=EVIL)):
        assert "<script" not in one.text


async def test_a_changed_or_foreign_form_is_refused_and_nothing_stored(world, tenant):
    survey, browser = await published(tenant), Browser(tenant)
    other, stranger = await published(tenant), await make_tenant(world)
    away = await published(stranger)
    page = await browser.open(survey.public)
    state = page.hidden()["state"]
    forged = [state[:-2] + "AA", state[:40], "", "%%%", "AAAA" * 30, state + "=" * 4]
    forged += [(await browser.open(one.public)).hidden()["state"] for one in (other, away)]
    for one in forged:
        answer = await browser.send(page, 422, state=one, q_rent="fine")
        assert "too old, or was changed" in answer.text
    assert await stored(tenant) == {}


async def test_a_form_that_lay_about_for_a_day_is_refused(tenant, monkeypatch):
    survey, browser = await published(tenant), Browser(tenant)
    page = await browser.open(survey.public)
    tomorrow = service.now() + dt.timedelta(hours=25)
    monkeypatch.setattr(service, "now", lambda: tomorrow)
    assert "too old" in (await browser.send(page, 422, q_rent="fine")).text


async def test_after_its_end_and_before_its_beginning_it_says_so(tenant):
    survey, browser = await published(tenant), Browser(tenant)
    page = await browser.open(survey.public)
    past = {"opens_at": "2026-01-01T00:00:00Z", "closes_at": "2026-02-01T00:00:00Z"}
    await ok(await survey.organizer.patch(survey.path, json=past), 200)
    assert "This survey is closed" in (await browser.open(survey.public, 409)).text
    assert "This survey is closed" in (await browser.send(page, 409, q_rent="fine")).text
    refused = await survey.record(status=409)
    assert "closed" in refused["detail"]
    later = {"opens_at": "2999-01-01T10:00:00Z", "closes_at": None}
    await ok(await survey.organizer.patch(survey.path, json=later), 200)
    assert "opens on 2999-01-01" in (await browser.open(survey.public, 409)).text
    assert await stored(tenant) == {}
    assert (await browser.client.get(f"{survey.public}-not")).status_code == 404
    assert (await browser.client.get("/o/nobody/surveys/x")).status_code == 404


async def test_a_double_click_is_one_sitting(tenant):
    asked = [{"type": "yes_no", "key": "votes", "text": "Will you vote?"}]
    survey, browser = await published(tenant, asked), Browser(tenant)
    page = await browser.open(survey.public)
    clicks = [browser.send(page, q_votes="yes", name="C", email="c@example.org") for _ in range(4)]
    assert all("Thank you" in one.text for one in await asyncio.gather(*clicks))
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from web_response") == 1
        assert await db.fetchval("select count(*) from letter where kind = 'survey_thanks'") == 1


async def test_an_invitation_is_good_for_one_sitting(tenant):
    survey, browser = await published(tenant, by_invitation=True), Browser(tenant)
    assert "link in an invitation" in (await browser.open(survey.public, 422)).text
    path = f"{survey.path}/invitations"
    urls = (await ok(await survey.organizer.post(path, json={"count": 2})))["urls"]
    one, other = ("/o/" + url.split("/o/", 1)[1] for url in urls)
    await sit(browser, one, {"rent": "fine", "votes": True})
    again = await browser.open(one)
    assert "Thank you" in again.text
    assert "form" not in {tag for tag, _ in again.tags}
    await sit(browser, other, {"rent": "fine"})
    assert (await survey.results())["total"][0]["answers_count"] == 2
    assert "not valid" in (await browser.open(one[:-3] + "AAA", 422)).text
    strange = await published(tenant)
    token = one.partition("?")[2]
    await browser.open(f"{strange.public}?{token}", 422)


async def test_whoever_leaves_a_name_is_a_guest_and_opinions_are_parted_from_it(tenant):
    survey, browser = await published(tenant), Browser(tenant)
    who = {"name": "Canaria Feathers", "email": "canary@example.org", "follow_up": "yes"}
    await sit(browser, survey.public, ANSWERS, **who)
    async with tenant.transaction() as db:
        rows = await db.fetch(
            """
            select r.guest_id is not null as named, r.apart, a.question_key, a.sensitive,
                   r.answered_at = date_trunc('day', r.answered_at) as day_alone
              from web_response r
              join web_answer a on a.organization_id = r.organization_id and a.response_id = r.id
            """
        )
        asked = await db.fetchval("select array_agg(purpose) from guest_consent")
    assert {row["question_key"] for row in rows if row["apart"]} == {"support"}
    assert all(row["named"] is not row["sensitive"] for row in rows)
    assert all(row["day_alone"] for row in rows if row["apart"])
    assert asked == ["follow_up"]
    await sit(browser, survey.public, ANSWERS, **who, opinions="yes")
    async with tenant.transaction() as db:
        kept = await db.fetchrow("select * from web_response where opinion_wording is not null")
    assert kept["guest_id"]
    assert kept["opinion_until"] > kept["answered_at"] + dt.timedelta(days=300)


async def test_a_machine_that_fills_in_every_field_is_thanked_and_forgotten(tenant):
    asked = [{"type": "text", "key": "wish", "text": "What?"}]
    survey, browser = await published(tenant, asked), Browser(tenant)
    page = await browser.open(survey.public)
    assert "Thank you" in (await browser.send(page, q_wish="Buy", website="spam.example")).text
    assert await stored(tenant) == {}


async def test_a_flood_from_one_address_is_held_back(tenant, monkeypatch):
    survey, browser = await published(tenant), Browser(tenant)
    page = await browser.open(survey.public)

    def refuse(_, key):
        message = f"Too many tries from {bool(key)}."
        raise TooManyError(message, retry_after_s=9)

    monkeypatch.setattr(Limit, "take", refuse)
    assert "Too many tries" in (await browser.send(page, 429, q_rent="fine")).text
    assert await stored(tenant) == {}


@pytest.mark.parametrize("content", [b"\xff\xfe", b"state=%00%ff", b"&" * 5000, b"q_rent" * 900])
async def test_nonsense_is_refused_as_a_page(tenant, content):
    survey, browser = await published(tenant), Browser(tenant)
    answer = await browser.client.post(survey.public, content=content)
    assert answer.status_code == 422
    assert "That did not work" in answer.text


async def test_an_answer_with_a_topic_raises_an_issue_once(tenant):
    topic = {"name": "Rents", "owner_role": "organizer", "due_days": 7}
    organizer = await tenant.organizer()
    topic_id = (await ok(await organizer.post("/issue-topics", json=topic)))["id"]
    survey = await published(tenant, questions(topic_id))
    who = {"name": "Canaria", "email": "canary@example.org", "follow_up": "yes"}
    await sit(Browser(tenant), survey.public, ANSWERS, **who)
    cases = (await organizer.get("/cases")).json()
    assert len(cases) == 2, "the option and the text"
    assert all(one["owner_id"] and one["due_on"] for one in cases)
    issues = [(await organizer.get(f"/cases/{one['id']}")).json()["issues"][0] for one in cases]
    assert {one["text"] for one in issues} == {"High", "The lamp"}
    assert {one["guest_name"] for one in issues} == {"Canaria"}
    assert {one["source"] for one in issues} == {"web"}
    await survey.record(answers=ANSWERS)
    found = (await organizer.get("/cases")).json()
    assert len(found) == 4


async def test_a_topic_that_is_not_there_is_refused_by_its_place(tenant):
    nobody = "0198c0de-dead-7000-8000-000000000000"
    body = {"campaign_id": str(tenant.campaign_id), "name": "S", "introduction": ""}
    asked = questions(nobody)
    answer = await (await tenant.organizer()).post("/scripts", json=body | {"questions": asked})
    assert answer.status_code == 422
    fields = {one["field"] for one in answer.json()["errors"]}
    assert fields == {"questions[0].options[1].topic_id", "questions[4].topic_id"}
    asked = [{"type": "text", "key": "t", "text": "?", "sensitive": True, "topic_id": nobody}]
    answer = await (await tenant.organizer()).post("/scripts", json=body | {"questions": asked})
    assert "sensitive question raises no issue" in answer.text


def test_what_is_typed_stands_for_answers():
    assert typed({"a": True, "b": ["x"], "c": 3}) == {"q_a": "yes", "q_b": ["x"], "q_c": 3}


async def test_the_language_must_be_one_of_the_script(tenant):
    script = await make_script(tenant)
    body = {"script_id": script["script_id"], "title": "T", "languages": ["fi", "sv"]}
    answer = await (await tenant.organizer()).post("/web-surveys", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "languages[1]"
