import math

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_surveys import answers, anything, questions

from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.surveys import service
from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Option,
    Question,
    ScaleQuestion,
    ScriptCreate,
    ScriptVersionCreate,
    ShowIf,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)

COLOURS = [Option(key="red", text="Red"), Option(key="blue", text="Blue")]
SINGLE = SingleQuestion(key="one", text="Which?", options=COLOURS)
MULTI = MultiQuestion(key="many", text="Which ones?", options=COLOURS, required=True)
SCALE = ScaleQuestion(key="support", text="How much?", low=1, high=5, sensitive=True)
TEXT = TextQuestion(key="words", text="Why?", max_length=5)
NUMBER = NumberQuestion(key="people", text="How many?", minimum=0, maximum=20)
YES_NO = YesNoQuestion(key="sign", text="A sign in the garden?")


@given(st.data())
def test_what_fits_a_question_is_taken(data):
    question = data.draw(questions)
    assert service.check_answer(question, data.draw(answers(question))) is None


@given(questions, anything)
def test_any_value_is_taken_or_gets_a_reason_and_what_is_taken_can_be_stored(question, value):
    reason = service.check_answer(question, value)
    if reason is not None:
        assert reason.endswith(".")
        return
    kept = msgspec.json.decode(msgspec.json.encode(value))
    assert kept == value
    assert b"\\u0000" not in msgspec.json.encode(value)


@given(questions, st.none() | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2))
def test_nothing_and_objects_never_answer_a_question(question, value):
    assert service.check_answer(question, value) is not None


@given(questions, anything)
def test_a_question_comes_back_from_storage_the_same(question, value):
    stored = msgspec.json.decode(msgspec.json.encode([question]))
    again = msgspec.convert(stored, list[Question])[0]
    assert again == question
    assert service.check_answer(again, value) == service.check_answer(question, value)


@pytest.mark.parametrize(
    ("question", "value", "reason"),
    [
        (SINGLE, "green", "Choose one of: Red, Blue."),
        (SINGLE, ["red"], "Choose one of: Red, Blue."),
        (MULTI, "red", "Choose any of: Red, Blue."),
        (MULTI, ["red", "green"], "Choose any of: Red, Blue."),
        (MULTI, ["red", "red"], "The same answer is chosen twice. Choose it once."),
        (MULTI, [], "Choose at least one of: Red, Blue."),
        (SCALE, 6, "Choose a whole number from 1 to 5."),
        (SCALE, True, "Choose a whole number from 1 to 5."),
        (SCALE, 3.0, "Choose a whole number from 1 to 5."),
        (TEXT, "  ", "Write something, or leave the question out."),
        (TEXT, "a\0", "The text holds a character that cannot be stored. Type it anew."),
        (TEXT, "sixsix", "The text is too long: 6 of 5 characters."),
        (NUMBER, 21, "Enter a number from 0 to 20."),
        (NUMBER, math.nan, "Enter a number from 0 to 20."),
        (NUMBER, "3", "Enter a number."),
        (NUMBER, False, "Enter a number."),
        (
            NumberQuestion(key="n", text="?"),
            10**400,
            "Enter a number from -1000000000000 to 1000000000000.",
        ),
        (YES_NO, 1, "Answer yes or no."),
        (YES_NO, "yes", "Answer yes or no."),
    ],
)
def test_a_volunteer_reads_why_an_answer_does_not_fit(question, value, reason):
    assert service.check_answer(question, value) == reason


def branched(question, equals, on="one"):
    show_if = ShowIf(question=on, equals=equals)
    return msgspec.structs.replace(question, show_if=show_if)


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ([SINGLE, SINGLE], "questions[1].key", "The key one is taken"),
        ([branched(YES_NO, "red"), SINGLE], "questions[0].show_if.question", "earlier question"),
        ([branched(YES_NO, True, on="sign")], "questions[0].show_if.question", "(none)"),
        ([SINGLE, branched(YES_NO, "green")], "questions[1].show_if.equals", "Red, Blue"),
        ([MULTI, branched(YES_NO, ["red"], on="many")], "questions[1].show_if.equals", "any of"),
        ([SCALE, branched(YES_NO, 2.5, on="support")], "questions[1].show_if.equals", "whole"),
        ([YES_NO, branched(TEXT, "yes", on="sign")], "questions[1].show_if.equals", "yes or no"),
        (
            [ScaleQuestion(key="s", text="?", low=5, high=5)],
            "questions[0].low",
            "less than the high end, 5",
        ),
        (
            [ScaleQuestion(key="s", text="?", low=1, high=3, labels=["bad", "good"])],
            "questions[0].labels",
            "Give 3 labels",
        ),
        (
            [NumberQuestion(key="n", text="?", minimum=3, maximum=2)],
            "questions[0].minimum",
            "maximum, 2",
        ),
        (
            [SingleQuestion(key="s", text="?", options=[COLOURS[0], COLOURS[0]])],
            "questions[0].options[1].key",
            "The key red is taken",
        ),
        (
            [MultiQuestion(key="m", text="?", options=[*COLOURS, Option(key="x", text=" red")])],
            "questions[0].options[2].text",
            "Another option has this text",
        ),
        ([YesNoQuestion(key="line\n", text="?")], "questions[0].key", "line break"),
    ],
)
def test_what_makes_no_sense_is_named(asked, field, words):
    found = {fault.field: fault.detail for fault in service.script_faults(asked)}
    assert words in found[field]


def test_every_fault_is_told_at_once():
    faults = service.script_faults([SINGLE, SINGLE, branched(YES_NO, 1, on="nothing")])
    assert {fault.field.split(".")[0] for fault in faults} == {"questions[1]", "questions[2]"}


def test_a_question_may_follow_from_any_answer_the_earlier_one_can_get():
    branches = [("one", "blue"), ("many", "red"), ("support", 5.0), ("people", 2.0), ("sign", True)]
    follow_ups = [
        msgspec.structs.replace(branched(YES_NO, equals, on=on), key=f"after_{on}")
        for on, equals in branches
    ]
    asked = [SINGLE, MULTI, SCALE, NUMBER, YES_NO, *follow_ups]
    assert service.script_faults(asked) == []


def test_a_branch_may_hang_on_a_branch():
    deep = msgspec.structs.replace(TEXT, show_if=ShowIf(question="sign", equals=True))
    assert service.script_faults([SINGLE, branched(YES_NO, "red"), deep]) == []


async def make_script(db, tenant, questions=(SINGLE,), name="Round one"):
    script = ScriptCreate(name=name, introduction="Hello!", questions=list(questions))
    return await service.create_script(db, None, tenant.id, tenant.campaign_id, script)


async def test_a_new_version_leaves_the_old_one_as_it_was(tenant):
    async with tenant.transaction() as db:
        first = await make_script(db, tenant)
        content = ScriptVersionCreate(introduction="Good evening!", questions=[MULTI, SCALE])
        second = await service.add_version(db, None, tenant.id, first.script_id, content)
        assert second.version == 2
        assert second.questions == [MULTI, SCALE]
        assert await service.script_version(db, tenant.id, first.script_id, 1) == first
        assert await service.script_version(db, tenant.id, first.script_id, None) == second


async def test_nobody_can_change_or_remove_a_version(tenant):
    async with tenant.transaction() as db:
        await make_script(db, tenant)
    for statement in ("update script_version set introduction = ''", "delete from script_version"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tenant.transaction() as db:
                await db.execute(statement)


async def test_wanted_versions_are_found_and_missing_ones_left_out(tenant, stranger):
    async with tenant.transaction() as db:
        script = await make_script(db, tenant)
        there = (script.script_id, 1)
        wanted = [there, there, (script.script_id, 2), (script.script_id, 2**40), (tenant.id, 1)]
        assert await service.script_versions(db, tenant.id, wanted) == {there: script}
        assert await service.script_versions(db, tenant.id, []) == {}
    async with stranger.transaction() as db:
        assert await service.script_versions(db, tenant.id, [there]) == {}


async def test_a_refused_version_uses_up_no_number(tenant):
    async with tenant.transaction() as db:
        script = await make_script(db, tenant)
    bad = ScriptVersionCreate(introduction="", questions=[SINGLE, SINGLE])
    with pytest.raises(RefusedError):
        async with tenant.transaction() as db:
            await service.add_version(db, None, tenant.id, script.script_id, bad)
    async with tenant.transaction() as db:
        assert (await service.script_by_id(db, tenant.id, script.script_id)).version == 1


async def test_an_unknown_script_has_no_versions(tenant):
    async with tenant.transaction() as db:
        for version in (None, 1):
            with pytest.raises(NotFoundError):
                await service.script_version(db, tenant.id, tenant.campaign_id, version)
