import datetime as dt

import pytest
from field_work import MORNING, after, make_field

from doorstep.algorithms.projecting import Result
from doorstep.kit.errors import NotFoundError
from doorstep.reports import drawing, service
from doorstep.surveys import service as surveys
from doorstep.surveys.model import (
    NumberQuestion,
    Option,
    ScaleQuestion,
    ScriptCreate,
    ScriptVersionCreate,
    SingleQuestion,
    YesNoQuestion,
)

PARKS = Option(key="parks", text="Parks")
RENT = Option(key="rent", text="Rent")
ISSUE = SingleQuestion(key="issue", text="What matters most?", options=[RENT, PARKS])
SUPPORT = ScaleQuestion(key="support", text="Will you vote yes?", low=1, high=3, sensitive=True)
SIGN = YesNoQuestion(key="sign", text="A sign?")
PEOPLE = NumberQuestion(key="people", text="How many live here?")


async def test_a_saturday_worked_out_by_hand(tenant):
    aino, _ = await tenant.member(name="Aino Salo")
    eero, _ = await tenant.member(name="Eero Virta")
    async with tenant.transaction() as db:
        await db.execute("update organization set time_zone = 'Europe/Helsinki'")
        field = await make_field(db, tenant)
        hill = await field.add_turf(db, 4, "Hill")
        shore = await field.add_turf(db, 2, "Shore")
        (a, b, c, _), (e, _) = field.turfs[hill], field.turfs[shore]
        await field.assign(db, hill, aino)
        # Aino tries three doors of the hill in 40 minutes, and one of them again after 80.
        field.knock(aino, a, "not_home", after(0))
        field.knock(aino, b, "canvassed", after(20))
        wrong = field.knock(aino, c, "canvassed", after(40))
        field.add(aino, "correct", after(41), target_id=wrong, result=Result.COME_BACK)
        field.knock(aino, a, "refused", after(80))
        # Eero is at the shore for a moment, and late that night again: 1 a.m. in Helsinki.
        slip = field.knock(eero, e, "refused", after(50))
        field.add(eero, "void", after(51), target_id=slip)
        field.knock(eero, e, "not_home", after(52))
        field.knock(eero, e, "canvassed", MORNING + dt.timedelta(hours=14))
        field.add(eero, "attempt", after(60), "needs_review", door_id=b, result=Result.MOVED)
        await field.write(db)
        report = await service.progress(db, tenant.id, field.pass_id)

    def figures(row):
        return (
            row.doors_count,
            row.attempted_count,
            row.contacted_count,
            row.done_count,
            row.attempts_count,
            row.contact_rate and round(row.contact_rate, 3),
            row.doors_per_hour and round(row.doors_per_hour, 3),
        )

    # 3 doors in 80 minutes, and twice 1 door in what counts as 10 minutes: 5 in 100 minutes.
    assert figures(report.total) == (6, 4, 3, 3, 6, 0.75, 3.0)
    assert {row.name: figures(row) for row in report.by_turf} == {
        "Hill": (4, 3, 2, 2, 4, 0.667, 2.25),
        "Shore": (2, 1, 1, 1, 2, 1.0, 6.0),
    }
    assert {row.name: figures(row) for row in report.by_volunteer} == {
        "Aino Salo": (4, 3, 2, 2, 4, 0.667, 2.25),
        "Eero Virta": (1, 1, 1, 1, 2, 1.0, 6.0),
    }
    assert {row.attempted_on.isoformat(): figures(row) for row in report.by_day} == {
        "2026-10-03": (4, 4, 2, 2, 5, 0.5, 2.667),
        "2026-10-04": (1, 1, 1, 1, 1, 1.0, 6.0),
    }


async def test_a_pass_nobody_walked_has_counts_but_no_rates(tenant):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 3)
        report = await service.progress(db, tenant.id, field.pass_id)
        empty = await make_field(db, tenant)
        nothing = await service.progress(db, tenant.id, empty.pass_id)
    assert (report.total.doors_count, report.total.attempted_count) == (3, 0)
    assert report.total.contact_rate is report.total.doors_per_hour is None
    assert (report.by_volunteer, report.by_day) == ([], [])
    assert (nothing.total.doors_count, nothing.by_turf) == (0, [])


async def test_turf_that_ran_out_is_no_longer_held(tenant):
    member_id, _ = await tenant.member()
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 2, 3)
        lapsed, held = field.turfs
        await field.assign(db, lapsed, member_id, hours=-1)
        await field.assign(db, held, member_id)
        report = await service.progress(db, tenant.id, field.pass_id)
    assert [row.doors_count for row in report.by_volunteer] == [3]


async def make_script(db, tenant, *questions):
    script = ScriptCreate(name="Round one", introduction="Hello!", questions=list(questions))
    return await surveys.create_script(db, None, tenant.id, tenant.campaign_id, script)


def counts(result):
    return {option.key: option.count for option in result.options}


async def test_answers_are_counted_by_option_the_last_of_each_person(tenant):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        script = await make_script(db, tenant, ISSUE, SIGN, PEOPLE)
        field = await make_field(db, tenant, 3, script=script)
        a, b, c = field.doors
        await field.answer(db, by, a, script, "issue", "parks", after(10))
        await field.answer(db, by, a, script, "issue", "rent", after(5))
        await field.answer(db, by, b, script, "issue", "parks")
        await field.answer(db, by, c, script, "issue", "rent", standing=False)
        await field.answer(db, by, c, script, "issue", "rent", status="needs_review")
        await field.answer(db, by, c, script, "issue", "no_such_option")
        await field.answer(db, by, a, script, "sign", True)
        await field.answer(db, by, a, script, "people", 3)
        await field.answer(db, by, b, script, "people", 2)
        report = await service.answers(db, tenant.id, field.pass_id)
    issue, sign, people = report.questions
    assert (issue.answers_count, counts(issue)) == (2, {"rent": 0, "parks": 2})
    assert (sign.answers_count, counts(sign)) == (1, {"yes": 1, "no": 0})
    assert (people.answers_count, people.mean, people.options) == (2, 2.5, [])
    assert not any(question.suppressed for question in report.questions)


async def test_a_corrected_answer_counts_as_corrected(tenant):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        script = await make_script(db, tenant, ISSUE)
        field = await make_field(db, tenant, 2)
        door, other = field.doors
        given = await field.answer(db, by, door, script, "issue", "rent", standing=False)
        field.add(by, "correct", after(5), target_id=given)
        await field.write(db)
        mended = field.happened[-1].fact.id
        await field.write_value(db, mended, given, door, script, "issue", "parks")
        await field.answer(db, by, other, script, "issue", "parks")
        (issue,) = (await service.answers(db, tenant.id, field.pass_id)).questions
    assert (issue.answers_count, counts(issue)) == (2, {"rent": 0, "parks": 2})


async def test_answers_of_older_versions_are_counted_with_the_newest(tenant):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        first = await make_script(db, tenant, ISSUE)
        field = await make_field(db, tenant, 2, script=first)
        transit = Option(key="transit", text="Buses")
        asked_anew = SingleQuestion(key="issue", text="And now?", options=[PARKS, transit])
        content = ScriptVersionCreate(introduction="", questions=[asked_anew, SIGN])
        second = await surveys.add_version(db, None, tenant.id, first.script_id, content)
        await field.answer(db, by, field.doors[0], first, "issue", "rent")
        await field.answer(db, by, field.doors[1], second, "issue", "transit")
        issue, sign = (await service.answers(db, tenant.id, field.pass_id)).questions
    assert issue.text == "And now?"
    assert counts(issue) == {"parks": 0, "transit": 1, "rent": 1}
    assert (sign.key, sign.answers_count) == ("sign", 0)


async def test_few_opinions_are_not_shown(tenant):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        script = await make_script(db, tenant, SUPPORT)
        field = await make_field(db, tenant, 12, script=script)
        for place, door in enumerate(field.doors):
            value = 3 if place < 5 else 2 if place < 10 else 1
            await field.answer(db, by, door, script, "support", value, sensitive=True)
        (support,) = (await service.answers(db, tenant.id, field.pass_id)).questions
    assert counts(support) == {"1": None, "2": 5, "3": 5}
    assert support.suppressed
    # With the total one could tell the missing count.
    assert support.answers_count is support.mean is None


async def test_enough_opinions_are_shown_with_total_and_mean(tenant):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        script = await make_script(db, tenant, SUPPORT)
        field = await make_field(db, tenant, 15, script=script)
        for place, door in enumerate(field.doors):
            await field.answer(db, by, door, script, "support", 1 + place % 3, sensitive=True)
        (support,) = (await service.answers(db, tenant.id, field.pass_id)).questions
    assert counts(support) == {"1": 5, "2": 5, "3": 5}
    assert (support.answers_count, support.mean, support.suppressed) == (15, 2.0, False)


async def test_an_opinion_whose_consent_was_withdrawn_does_not_count(tenant):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        script = await make_script(db, tenant, SUPPORT)
        field = await make_field(db, tenant, 20, script=script)
        for place, door in enumerate(field.doors):
            withdrawn_at = MORNING if place == 0 else None
            also = {"sensitive": True, "withdrawn_at": withdrawn_at}
            await field.answer(db, by, door, script, "support", 1 + place % 3, **also)
        (support,) = (await service.answers(db, tenant.id, field.pass_id)).questions
    assert counts(support) == {"1": 6, "2": 7, "3": 6}


@pytest.mark.parametrize(
    "report", [service.progress, service.answers, drawing.map_png, drawing.field_day]
)
async def test_an_unknown_pass_has_no_reports(tenant, report):
    async with tenant.transaction() as db:
        with pytest.raises(NotFoundError):
            await report(db, tenant.id, tenant.campaign_id)
