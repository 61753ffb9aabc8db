"""Walking through a survey page by page asks what a canvasser would ask, each question once."""

import datetime as dt
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies_of_surveys import answers, question_lists, questions

from doorstep.listening.asking import Sitting, coming, faults_in, raised_topics, read_page
from doorstep.surveys.model import MultiQuestion, Option, ScriptVersion, TextQuestion
from doorstep.surveys.service import asked

few = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TOPIC = UUID(int=7)


def version_of(asked_ones):
    return ScriptVersion(
        script_id=UUID(int=1), version=1, name="S", language="en", introduction="",
        questions=list(asked_ones), translations={},
        created_at=dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip


def typed(value):
    """As a browser sends it."""
    match value:
        case bool():
            return ["yes" if value else "no"]
        case list():
            return value
        case _:
            return [str(value)]


@given(data=st.data())
@few
def test_every_question_that_is_reached_is_asked_once_and_no_other(data):
    version = version_of(data.draw(question_lists()))
    sitting = Sitting(id=UUID(int=2), survey_id=UUID(int=3), language="en")
    seen, complete = [], False
    while not complete:
        page, complete = coming(version, sitting)
        assert page or complete
        given_now = {
            one.key: data.draw(answers(one))
            for one in page
            if one.required or data.draw(st.booleans())
        }
        seen += [one.key for one in page]
        sitting = msgspec.structs.replace(
            sitting, answers=sitting.answers | given_now, settled=list(seen)
        )
    assert len(seen) == len(set(seen))
    assert set(seen) == {one.key for one in asked(version.questions, sitting.answers)}
    assert faults_in(version, sitting.answers) == {}


@given(data=st.data(), question=questions)
@few
def test_what_is_typed_is_the_answer_it_stands_for(data, question):
    value = data.draw(answers(question).filter(lambda one: one != []))
    found = read_page([question], {f"q_{question.key}": typed(value)})
    assert found.faults == {}
    expected = value.strip() if isinstance(question, TextQuestion) else value
    assert found.answers == {question.key: expected}


@given(question=questions, words=st.lists(st.text(max_size=30), max_size=4))
@few
def test_whatever_is_typed_is_an_answer_or_a_fault_that_says_what_to_do(question, words):
    found = read_page([question], {f"q_{question.key}": words})
    assert len(found.answers) + len(found.faults) <= 1
    assert all(fault.endswith(".") for fault in found.faults.values())


def test_an_option_or_a_text_with_a_topic_raises_an_issue_of_it():
    options = [Option(key=key, text=key.upper(), topic_id=TOPIC) for key in ("a", "b")]
    multi = MultiQuestion(key="m", text="?", options=[*options, Option(key="c", text="C")])
    assert raised_topics(multi, ["b", "a"]) == [(TOPIC, "A")], "one issue of one topic"
    assert raised_topics(multi, ["c"]) == []
    text = TextQuestion(key="t", text="?", topic_id=TOPIC)
    assert raised_topics(text, "Dark") == [(TOPIC, "Dark")]
    assert raised_topics(TextQuestion(key="t", text="?"), "Dark") == []
