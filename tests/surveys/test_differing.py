"""What changed between two versions, in sentences and in fields."""

import datetime as dt
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from strategies_of_surveys import patient, scripts

from doorstep.surveys.differing import differences
from doorstep.surveys.model import (
    NumberQuestion,
    Option,
    PromptQuestion,
    ScaleQuestion,
    ScriptVersion,
    ShowIf,
    SingleQuestion,
    YesNoQuestion,
)

TIME = YesNoQuestion(key="time", text="Do you have a minute?")
TOPIC = SingleQuestion(
    key="topic",
    text="What matters?",
    options=[Option(key=key, text=key.title()) for key in ("rents", "roads", "other")],
)
SUPPORT = ScaleQuestion(key="support", text="How much?", low=1, high=5)
AT_HOME = NumberQuestion(key="at_home", text="How many?", minimum=1)
STORY = PromptQuestion(key="story", text="Has it happened to you?", guidance="Listen")
ALL = [TIME, TOPIC, SUPPORT, AT_HOME, STORY]


def version(questions=ALL, **wanted):
    usual = {"language": "en", "introduction": "Hello!", "translations": {}}
    return ScriptVersion(
        script_id=UUID(int=1),
        version=1,
        name="Spring",
        questions=list(questions),
        created_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
        **usual | wanted,
    )


def changed(question, **changes):
    return [msgspec.structs.replace(one, **changes) if one is question else one for one in ALL]


def sentences(before, after):
    return [change.sentence for change in differences(before, after)]


def options(*texts):
    return [Option(key=text.lower(), text=text) for text in texts]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            changed(TIME, required=True, sensitive=True),
            [
                "“Do you have a minute?” is now required.",
                "“Do you have a minute?” is now sensitive: its answers need consent.",
            ],
        ),
        (
            changed(TIME, text="Have you got a minute?"),
            ["“Do you have a minute?” is now worded “Have you got a minute?”."],
        ),
        (
            changed(STORY, guidance=msgspec.UNSET),
            ["“Has it happened to you?” has no guidance any more."],
        ),
        (changed(TIME, hint="Smile"), ["“Do you have a minute?” has as hint now “Smile”."]),
        (
            changed(STORY, guidance="Wait"),
            ["“Has it happened to you?” has as guidance now “Wait”."],
        ),
        ([TIME, *ALL[2:]], ["“What matters?” was taken out."]),
        (
            [*ALL, YesNoQuestion(key="sign", text="A sign?")],
            ["“A sign?” was added, after “Has it happened to you?”."],
        ),
        ([SUPPORT, TIME, TOPIC, AT_HOME, STORY], ["“How much?” now comes first."]),
        (
            [TIME, TOPIC, AT_HOME, STORY, SUPPORT],
            ["“How much?” now comes after “Has it happened to you?”."],
        ),
        (
            changed(TOPIC, options=options("Rents", "Schools", "Other")),
            [
                "“What matters?” offers “Schools” as well.",
                "“What matters?” no longer offers “Roads”.",
            ],
        ),
        (
            changed(TOPIC, options=options("Other", "Rents", "Roads")),
            ["“What matters?”: “Other” moved."],
        ),
        (
            changed(TOPIC, random_order=True),
            ["“What matters?” now shows its options in random order."],
        ),
        (
            changed(SUPPORT, low=0, high=10),
            ["“How much?”: range was 1 to 5, is now 0 to 10."],
        ),
        (
            changed(SUPPORT, show_if=ShowIf(question="time", equals=True)),
            ["“How much?”: show_if was always asked, is now “Do you have a minute?” is yes."],
        ),
        (changed(AT_HOME, maximum=12.0), ["“How many?”: maximum was none, is now 12."]),
        (
            [TIME, TOPIC, YesNoQuestion(key="support", text="How much?"), AT_HOME, STORY],
            ["“How much?”: type was scale, is now yes_no."],
        ),
    ],
)
def test_a_change_is_said_in_a_sentence(after, expected):
    assert sentences(version(), version(after)) == expected


def test_what_keeps_its_place_among_options_and_is_worded_otherwise_is_told():
    *others, other = TOPIC.options
    moved = [*others, msgspec.structs.replace(other, text="Else", fixed=True)]
    assert sentences(version(), version(changed(TOPIC, options=moved))) == [
        "“What matters?”: “Other” is now worded “Else”.",
        "“What matters?”: “Else” now keeps its place.",
    ]


def test_texts_around_the_questions_are_compared_too():
    after = version(introduction="Good evening!", language="fi")
    assert sentences(version(), after) == [
        "The introduction was reworded.",
        "The script is now written in fi, before in en.",
    ]
    (first, _) = differences(version(), after)
    assert (first.before, first.after) == ("Hello!", "Good evening!")


def test_a_translation_that_was_forgotten_is_told():
    before = version(translations={"fi": {"time.text": "Onko hetki?"}, "sv": {}})
    after = version(
        changed(TIME, text="Have you got a minute?"),
        translations={"fi": {"time.text": "Onko hetki?", "topic.text": "Mikä?"}, "so": {}},
    )
    assert sentences(before, after)[1:] == [
        "It is now translated into so.",
        "The translation into sv was taken out.",
        "fi: 1 translated text differs.",
        "fi: time.text was reworded, its translation was not.",
    ]


def test_every_change_names_what_it_is_about():
    after = changed(TOPIC, options=options("Rents", "Schools", "Other"))
    added, removed = differences(version(), version(after))
    assert (added.kind, added.what, added.question, added.option) == (
        "added", "option", "topic", "schools",
    )  # fmt: skip
    assert (removed.kind, removed.option) == ("removed", "roads")


@patient
@given(scripts())
def test_a_version_does_not_differ_from_itself(script):
    assert differences(script, script) == []


@patient
@given(scripts(), scripts())
def test_any_two_versions_can_be_compared(before, after):
    found = differences(before, after)
    kept = {one.key for one in before.questions} & {one.key for one in after.questions}
    told = {change.question for change in found if change.what == "question"}
    assert told | kept >= {one.key for one in (*before.questions, *after.questions)}
    assert all(change.sentence.endswith(".") for change in found)
    same = before.questions == after.questions and before.translations == after.translations
    assert found or (same and before.introduction == after.introduction)
