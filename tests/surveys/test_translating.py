"""Texts of a script in other languages: where they belong, what is missing, how they are shown."""

import datetime as dt
from uuid import UUID

from hypothesis import given
from strategies_of_surveys import patient, scripts

from doorstep.surveys.model import (
    Option,
    PromptQuestion,
    ScaleQuestion,
    ScriptVersion,
    ScriptVersionCreate,
    SingleQuestion,
)
from doorstep.surveys.translating import completeness, texts_of, translated, translation_faults

QUESTIONS = [
    SingleQuestion(
        key="topic",
        text="What matters?",
        hint="One only",
        options=[Option(key="rents", text="Rents"), Option(key="hint", text="A hint")],
    ),
    ScaleQuestion(key="support", text="How much?", low=1, high=2, labels=["No", "Yes"]),
    PromptQuestion(key="story", text="Has it happened to you?", guidance="Listen"),
]
FINNISH = {
    "introduction": "Hei!",
    "topic.text": "Mikä on tärkeää?",
    "topic.options.rents": "Vuokrat",
    "support.labels.2": "Kyllä",
    "story.guidance": "Kuuntele",
}


def content(language="en", introduction="Hello!", **translations):
    return ScriptVersionCreate(
        language=language,
        introduction=introduction,
        questions=QUESTIONS,
        translations=translations,
    )


def faults(wanted):
    return {fault.field: fault.detail for fault in translation_faults(wanted)}


def test_every_text_has_a_place_of_its_own():
    assert list(texts_of("Hello!", QUESTIONS)) == [
        "introduction",
        "topic.text",
        "topic.hint",
        "topic.options.rents",
        "topic.options.hint",
        "support.text",
        "support.labels.1",
        "support.labels.2",
        "story.text",
        "story.guidance",
    ]
    assert list(texts_of("  ", [])) == []


def test_a_translation_that_belongs_somewhere_is_taken():
    assert faults(content(fi=FINNISH, sv={"topic.text": "Vad är viktigt?"})) == {}


def test_what_belongs_nowhere_is_named():
    wrong = {"support.labels.3": "?", "topic.guidance": "?", "introduction": "Hei"}
    found = faults(content(introduction="", fi=wrong))
    assert found.keys() == {f"translations.fi.{place}" for place in wrong}


def test_the_scripts_own_language_is_no_translation_and_must_be_known():
    assert "translations.en" in faults(content(en=FINNISH))
    assert "in which language" in faults(content(language="und", fi=FINNISH))["language"]


def test_a_translation_is_no_longer_than_its_original_may_be():
    long = {"topic.text": "x" * 501, "topic.options.hint": "x" * 201, "story.guidance": "x" * 2000}
    found = faults(content(fi=long))
    assert found.keys() == {"translations.fi.topic.text", "translations.fi.topic.options.hint"}
    assert "501 of 500" in found["translations.fi.topic.text"]


def test_all_translations_together_stay_fit_for_a_bundle():
    tags = [f"a{one}{other}" for one in "abcdefg" for other in "abcdefg"]
    found = faults(content(**{tag: {"introduction": "x" * 4000} for tag in tags}))
    assert found == {}
    questions = [PromptQuestion(key=f"p{number}", text="?", guidance="?") for number in range(100)]
    texts = {f"p{number}.guidance": "x" * 2000 for number in range(100)}
    wanted = ScriptVersionCreate(
        language="en",
        introduction="",
        questions=questions,
        translations={"fi": texts, "sv": texts, "de": texts},
    )
    assert "600,000 of 500,000" in faults(wanted)["translations"]


def version(**translations):
    return ScriptVersion(
        script_id=UUID(int=1),
        version=1,
        name="Spring",
        language="en",
        introduction="Hello!",
        questions=QUESTIONS,
        translations=translations,
        created_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
    )


def test_each_language_says_what_it_lacks():
    all_but_one = dict.fromkeys(texts_of("Hello!", QUESTIONS), "x")
    del all_but_one["support.labels.1"]
    whole = dict.fromkeys(texts_of("Hello!", QUESTIONS), "x")
    finnish, somali, swedish = completeness(version(sv=all_but_one, so=whole, fi=FINNISH))
    assert finnish.summary == "fi: 5 texts missing"
    assert (finnish.texts_count, finnish.missing_count) == (10, 5)
    assert [one.place for one in finnish.missing][:2] == ["topic.hint", "topic.options.hint"]
    assert swedish.summary == "sv: 1 text missing"
    assert (swedish.missing[0].place, swedish.missing[0].text) == ("support.labels.1", "No")
    assert (somali.summary, somali.missing) == ("so: complete", [])


def test_what_is_missing_is_shown_as_it_was_written():
    topic, support, story = (translated(question, FINNISH) for question in QUESTIONS)
    assert (topic.text, topic.hint) == ("Mikä on tärkeää?", "One only")
    assert [option.text for option in topic.options] == ["Vuokrat", "A hint"]
    assert support.labels == ["No", "Kyllä"]
    assert story.guidance == "Kuuntele"


@patient
@given(scripts())
def test_a_translated_question_is_the_same_but_for_its_texts(script):
    for question in script.questions:
        assert translated(question, {}) == question
        own = texts_of("", [question])
        shouted = {place: f"{text}!" for place, text in own.items()}
        there = translated(question, shouted)
        assert texts_of("", [there]) == shouted
        assert translated(there, own) == question
