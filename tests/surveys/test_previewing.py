"""Playing a conversation: what comes next, what was asked, what would be refused."""

import datetime as dt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_surveys import answers, patient, scripts

from doorstep.kit.errors import RefusedError
from doorstep.surveys.branching import asked
from doorstep.surveys.findings import PreviewAsk
from doorstep.surveys.model import (
    MultiQuestion,
    Option,
    ScaleQuestion,
    ScriptVersion,
    ShowIf,
    SingleQuestion,
    YesNoQuestion,
)
from doorstep.surveys.previewing import preview

DOOR = UUID("01a1fd9a-24a0-7001-8000-000000000001")
OPTIONS = [Option(key=key, text=key.title()) for key in ("a", "b", "c")]
SCRIPT = ScriptVersion(
    script_id=UUID(int=1),
    version=1,
    name="Spring",
    language="en",
    introduction="Hello!",
    questions=[
        YesNoQuestion(key="time", text="Do you have a minute?", required=True),
        SingleQuestion(
            key="topic",
            text="What matters?",
            options=OPTIONS,
            random_order=True,
            show_if=ShowIf(question="time", equals=True),
        ),
        MultiQuestion(
            key="more",
            text="What else?",
            options=OPTIONS,
            show_if=ShowIf(question="topic", any_of=["a", "b"]),
        ),
        ScaleQuestion(key="support", text="How much?", low=0, high=10),
    ],
    translations={"fi": {"introduction": "Hei!", "time.text": "Onko hetki aikaa?"}},
    created_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
)


def play(said, **wanted):
    return preview(SCRIPT, PreviewAsk(answers=said, **wanted))


def keys(questions):
    return [question.key for question in questions]


def refusals(found):
    return {one.field: one.detail for one in found.refused}


def test_it_begins_with_what_hangs_on_nothing_that_is_open():
    found = play({})
    assert (keys(found.next), found.path, found.refused) == (["time"], [], [])
    assert found.introduction == "Hello!"
    assert not found.finished


def test_an_answer_leads_on():
    found = play({"time": True})
    assert keys(found.next) == ["topic"]
    assert [(step.question.key, step.answer) for step in found.path] == [("time", True)]


def test_what_is_not_asked_says_on_what_it_hangs():
    found = play({"time": True, "topic": "c"})
    assert keys(found.next) == ["support"]
    (skipped,) = found.not_asked
    assert skipped.question == "more"
    assert skipped.because == "It is asked if “What matters?” is one of “A”, “B”."


def test_what_was_left_out_is_settled():
    found = play({"time": True, "topic": None})
    assert keys(found.next) == ["support"]
    assert found.path[1].answer is None


def test_it_ends_when_nothing_is_left_to_ask():
    found = play({"time": False, "support": 0})
    assert found.finished
    assert keys(step.question for step in found.path) == ["time", "support"]
    assert [one.question for one in found.not_asked] == ["topic", "more"]


@pytest.mark.parametrize(
    ("said", "key", "words"),
    [
        ({"time": None}, "time", "required"),
        ({"time": "yes"}, "time", "yes or no"),
        ({"nothing": 1}, "nothing", "no such question"),
        ({"time": False, "topic": "a"}, "topic", "asked if “Do you have a minute?” is yes"),
        ({"support": 11}, "support", "from 0 to 10"),
        ({"support": 3.0}, "support", "whole number"),
    ],
)
def test_what_would_be_refused_says_why_and_counts_for_nothing(said, key, words):
    found = play(said)
    assert words in refusals(found)[f"answers.{key}"]
    assert key not in keys(step.question for step in found.path)


def test_it_is_held_in_the_language_that_was_asked_for():
    found = play({"time": True}, language="fi")
    assert found.introduction == "Hei!"
    assert found.path[0].question.text == "Onko hetki aikaa?"
    assert found.next[0].text == "What matters?"
    assert play({}, language="en").introduction == "Hello!"
    with pytest.raises(RefusedError, match="Choose one of: en, fi") as refused:
        play({}, language="sv")
    assert refused.value.errors[0].field == "language"


def test_options_are_shown_in_the_order_of_the_door():
    assert keys(play({"time": True}).next[0].options) == ["a", "b", "c"]
    orders = {
        tuple(keys(play({"time": True}, door_id=UUID(int=door)).next[0].options))
        for door in range(40)
    }
    assert len(orders) == 6


@patient
@given(st.data())
def test_a_conversation_led_by_it_ends_and_asks_what_the_answers_lead_to(data):
    script = data.draw(scripts())
    said = {}
    for _ in range(len(script.questions) + 1):
        found = preview(script, PreviewAsk(answers=said))
        assert found.refused == []
        if found.finished:
            break
        question = found.next[0]
        assert question.key not in said
        leaves_out = not question.required and data.draw(st.booleans())
        said[question.key] = None if leaves_out else data.draw(answers(question))
    assert found.finished
    assert list(said) == keys(asked(script.questions, said))
    assert keys(step.question for step in found.path) == list(said)
    skipped = {one.question for one in found.not_asked}
    assert skipped == {question.key for question in script.questions} - said.keys()
