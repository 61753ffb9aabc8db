"""One question set at doors, on the web and at events; and what is left of the forgotten."""

import csv
import io
import random

import msgspec
from listening.listening_field import ANSWERS, Browser, ok, published, questions, sit
from makers import make_field

from doorstep.follow_up import sending
from doorstep.kit.ids import new_id
from doorstep.listening import service

NAMED = "select count(*) from web_response where guest_id is not null"
OPTIONS = {"rent": ["fine", "high"], "votes": [True, False], "mood": [1, 2, 3]}


async def at_door(made, survey, door_id, answers, person_id=None):
    """Answers to the survey's script at a door, as a phone tells them."""
    events = [
        {
            "id": str(new_id()),
            "kind": "answer",
            "turf_id": made.turf_id,
            "door_id": str(door_id),
            "person_id": None if person_id is None else str(person_id),
            "script_id": survey.made["script_id"],
            "script_version": 1,
            "question": key,
            "value": value,
            "occurred_at": "2026-11-22T10:15:00Z",
            "consent": {"wording": "May we note it?"} if key == "support" else None,
        }
        for key, value in answers.items()
    ]
    body = {"sent_at": "2026-11-22T10:15:00Z", "events": events}
    told = await ok(await made.volunteer.post("/sync/events", json=body), 200)
    assert {one["outcome"] for one in told["results"]} == {"accepted"}, told


def counted(questions):
    return {one["key"]: one["answers_count"] for one in questions}


async def test_seven_types_are_answered_in_all_three_ways_and_counted_alike(tenant):
    made, survey = await make_field(tenant, houses=2), await published(tenant)
    await at_door(made, survey, made.street.door_ids[0], ANSWERS)
    await sit(Browser(tenant), survey.public, ANSWERS)
    taken = await survey.record()
    assert taken["answers_count"] == len(ANSWERS)
    found = await survey.results()
    door, web, event = found["sources"]
    assert [one["source"] for one in found["sources"]] == ["door", "web", "event"]
    assert door["questions"] == web["questions"] == event["questions"]
    plain = dict.fromkeys(ANSWERS, 1) | {"support": None}
    assert counted(web["questions"]) == plain
    assert counted(found["total"]) == {key: n and 3 for key, n in plain.items()}
    assert {one["type"] for one in web["questions"]} == {
        "single", "text", "multi", "scale", "prompt", "number", "yes_no",
    }  # fmt: skip


async def test_a_total_does_not_tell_what_one_way_hides(tenant):
    survey = await published(tenant)
    for number in range(9):
        answers = {"rent": "fine", "support": 1 + number % 5}
        if number < 7:
            await survey.record(answers)
        else:
            await sit(Browser(tenant), survey.public, answers)
    support = next(one for one in (await survey.results())["total"] if one["key"] == "support")
    assert support["suppressed"]
    assert support["answers_count"] is None
    assert {one["count"] for one in support["options"]} == {None}


def plain(cell):
    return cell.removeprefix("'") if cell[:2] in {"'=", "'+", "'-", "'@"} else cell


async def test_the_file_of_500_answers_is_the_database_exactly(tenant):
    rng = random.Random(7)
    made, survey = await make_field(tenant, houses=10, units=2), await published(tenant)
    wishes = ["=1+1", "@cmd", 'quo"te', "two\nlines", "äö, ж", "+358"]

    def drawn():
        answers = {key: rng.choice(values) for key, values in OPTIONS.items()}
        answers["topics"] = rng.sample(["trees", "lamps"], rng.randint(1, 2))
        answers["wish"] = rng.choice(wishes)
        return answers | {"support": rng.randint(1, 5)}

    for door_id in made.street.door_ids:
        await at_door(made, survey, door_id, drawn())
    async with tenant.transaction() as db:
        found = await service.queries.web_survey_by(
            db, tenant.id, survey_id=msgspec.convert(survey.made["id"], service.UUID)
        )
        version = await service.surveys.script_version(db, tenant.id, found.script_id, 1)
        for number in range(64):
            source = (service.Source.WEB, service.Source.EVENT)[number % 2]
            sat = service.Sat(
                id=new_id(), source=source, language="en", answers=drawn(),
                answered_at=service.now(), recorded_by=next(iter(tenant.member_ids.values())),
            )  # fmt: skip
            assert await service.take_in(db, tenant.id, found, version, sat)
            assert not await service.take_in(db, tenant.id, found, version, sat)
    answer = await survey.organizer.get(f"{survey.path}/answers.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(lines) >= 500
    assert {line["source"] for line in lines} == {"door", "web", "event"}
    assert not any(cell.startswith(("=", "+", "@")) for line in lines for cell in line.values())
    async with tenant.transaction() as db:
        rows = await db.fetch(
            """
            select 'door' as source, answer_id::text as sitting, question_key, value
              from survey_answer where standing
             union all
            select r.source, r.id::text, a.question_key, a.value
              from web_answer a join web_response r on r.id = a.response_id
            """
        )
        noted = await db.fetchval(
            "select count(*) from audit_entry where action = 'web_survey.exported'"
        )
    words = {True: "true", False: "false"}
    expected = sorted(
        (
            row["source"],
            row["sitting"],
            row["question_key"],
            words[value]
            if isinstance(value := row["value"], bool)
            else msgspec.json.encode(value).decode()
            if isinstance(value, list)
            else str(value),
        )
        for row in rows
    )
    told = sorted(
        (one["source"], one["sitting"], one["question"], plain(one["value"])) for one in lines
    )
    assert told == expected
    assert noted == 1


async def test_what_a_member_writes_down_is_taken_once_and_checked(tenant):
    survey = await published(tenant)
    one = str(new_id())
    await survey.record(id=one)
    await survey.record(id=one)
    assert "Another sitting" in (await survey.record({"rent": "fine"}, 409, id=one))["detail"]
    refused = await survey.record({"since": "x", "nowhere": 1, "mood": 9}, 422)
    said = {fault["field"]: fault["detail"] for fault in refused["errors"]}
    assert said.keys() == {"answers.since", "answers.nowhere", "answers.mood", "answers.rent"}
    assert "not asked after these answers" in said["answers.since"]
    assert "no such question" in said["answers.nowhere"]
    uuid4 = "b0f4dd4c-5f0b-4f0e-9d5e-0f6f3f5a1c11"
    assert "UUIDv7" in (await survey.record(status=422, id=uuid4))["detail"]
    assert (await survey.organizer.get(survey.path)).json()["responses_count"] == 1


async def test_an_issue_said_at_a_door_has_owner_and_day_and_is_raised_once(world, tenant):
    organizer = await tenant.organizer()
    topic = {"name": "Lamps", "owner_role": "organizer", "due_days": 7}
    topic_id = (await ok(await organizer.post("/issue-topics", json=topic)))["id"]
    made, survey = await make_field(tenant, houses=2), await published(tenant, questions(topic_id))
    door, person = made.street.door_ids[0], made.street.person_ids[0]
    await at_door(made, survey, door, {"wish": "The lamp", "rent": "fine"}, person)
    for _ in range(2):
        await sending._raise_flagged(world.pool)
    (case,) = (await organizer.get("/cases")).json()
    assert case["owner_id"]
    assert case["due_on"]
    assert case["raisers_count"] == 1
    (issue,) = (await organizer.get(f"/cases/{case['id']}")).json()["issues"]
    assert (issue["source"], issue["text"]) == ("door", "The lamp")
    assert issue["person_id"] == str(person)
    assert issue["recorded_by"] == str(made.volunteer_id)


async def test_who_is_erased_leaves_counts_and_nothing_else(tenant):
    organizer = await tenant.organizer()
    topic = {"name": "Lamps", "owner_role": "organizer", "due_days": 7}
    topic_id = (await ok(await organizer.post("/issue-topics", json=topic)))["id"]
    survey = await published(tenant, questions(topic_id))
    who = {"name": "Canaria", "email": "canary@example.org", "opinions": "yes"}
    await sit(Browser(tenant), survey.public, ANSWERS, **who)
    await sit(Browser(tenant), survey.public, {"rent": "fine", "wish": "Trees"})
    before = await survey.results()
    async with tenant.transaction() as db:
        await db.execute(
            """
            update guest
               set erased_at = now(), name = '', email = null, new_email = null, language = null,
                   person_id = null, asks_at = null
            """
        )
    assert await survey.results() == before
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from web_answer") == 2
        assert (
            await db.fetchval("select count(*) from web_response where guest_id is not null") == 0
        )
        assert (
            await db.fetchval("select max(text) from issue_report where guest_id is not null") == ""
        )
    csv_text = (await organizer.get(f"{survey.path}/answers.csv")).text
    assert "Trees" in csv_text
    assert "It is dark" not in csv_text


async def test_opinions_lose_their_name_when_the_consent_is_over(tenant):
    owner = await tenant.owner()
    survey = await published(tenant)
    who = {"name": "Canaria", "email": "canary@example.org", "opinions": "yes"}
    await sit(Browser(tenant), survey.public, ANSWERS, **who)
    rules = {"rules": [{"kind": "consent_expired", "months": 1}]}
    assert (await owner.put("/retention", json=rules)).is_success
    async with tenant.transaction() as db:
        await db.execute("update web_response set opinion_until = now() - interval '2 months'")
    run = await owner.post("/retention/run", json={"dry_run": False})
    assert run.is_success, run.text
    async with tenant.transaction() as db:
        assert (
            await db.fetchval("select count(*) from web_response where guest_id is not null") == 0
        )
        assert await db.fetchval("select count(*) from web_answer") == 0
    assert counted((await survey.results())["total"])["wish"] == 1
