"""What forms say in XPath, as conditions; what scripts have no words for."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_surveys import conditions, patient, question_lists

from doorstep.surveys.model import (
    Condition,
    NumberQuestion,
    ScaleQuestion,
    ShowIf,
    TextQuestion,
    YesNoQuestion,
)
from doorstep.surveys.xlsform.conditions import from_xpath, longest_of, range_of, to_xpath
from doorstep.surveys.xlsform.xpath import NotSayableError, parse

AGE = NumberQuestion(key="age", text="?")
PEOPLE = NumberQuestion(key="people", text="?", whole=True)
LIKING = ScaleQuestion(key="liking", text="?", low=0, high=10)
WHY = TextQuestion(key="why", text="?")
KNOWN = {question.key: question for question in (AGE, PEOPLE, LIKING, WHY)}


def resolve(name, value):
    if name not in KNOWN:
        raise NotSayableError(name)
    return KNOWN[name], value


def one(question, **test):
    return ShowIf(question=question, **test)


def all_of(*tests):
    return ShowIf(all=list(tests))


def any_of(*tests):
    return ShowIf(any=list(tests))


def on(question, **test):
    return Condition(question=question, **test)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${why} = 'a'", one("why", equals="a")),
        ('  ${ why }="a"  ', one("why", equals="a")),
        ("'a' = ${why}", one("why", equals="a")),
        ("${why} != 'a'", one("why", equals="a", negated=True)),
        ("not(${why} != 'a')", one("why", equals="a")),
        ("((${why} = 'a'))", one("why", equals="a")),
        ("${why} != ''", one("why", answered=True)),
        ("${why} = ''", one("why", answered=False)),
        ("string-length(${why}) > 0", one("why", answered=True)),
        ("count-selected(${why}) = 0", one("why", answered=False)),
        ("selected(${why}, 'a')", one("why", equals="a")),
        ("${age} >= 3.5", one("age", at_least=3.5)),
        ("-3 <= ${age}", one("age", at_least=-3.0)),
        ("${people} > 3", one("people", at_least=4.0)),
        ("${liking} < 3.5", one("liking", at_most=3.0)),
        ("${age} >= 1 and ${age} <= 2", all_of(on("age", at_least=1.0), on("age", at_most=2.0))),
        ("(${age} >= 1 and ${age} <= 2)", one("age", at_least=1.0, at_most=2.0)),
        (
            "not(${age} >= 1 and ${age} <= 2)",
            one("age", at_least=1.0, at_most=2.0, negated=True),
        ),
        ("${why} = 'a' or ${why} = 'b'", any_of(on("why", equals="a"), on("why", equals="b"))),
        ("(${why} = 'a' or ${why} = 'b')", one("why", any_of=["a", "b"])),
        (
            " or ".join(f"${{why}} = '{letter}'" for letter in "abcdefghij"),
            one("why", any_of=list("abcdefghij")),
        ),
        (
            "${why} = 'a' and (${age} >= 1 and (${people} = 2))",
            all_of(on("why", equals="a"), on("age", at_least=1.0), on("people", equals=2.0)),
        ),
        (
            "(${why} = 'a' or ${why} = 'b') and not(${people} = 2)",
            all_of(on("why", any_of=["a", "b"]), on("people", equals=2.0, negated=True)),
        ),
        ("""${why} = concat('it', "'", 's "so"')""", one("why", equals='it\'s "so"')),
    ],
)
def test_what_a_script_can_say_is_understood(text, expected):
    assert from_xpath(text, resolve) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("${why} =", "its end"),
        ("${why} = 'a", "cannot be read"),
        ("(${why} = 'a'", "not closed"),
        ("${why} = 'a')", "cannot be read from"),
        ("${why} ~ 'a'", "cannot be read"),
        ("${age} + 1 = 2", "cannot be read"),
        ("${age} > 3", "ranges include their ends"),
        ("${why} > 'a'", "Only numbers"),
        ("${age} = ${people}", "compare an answer with a value"),
        ("'a' = 'b'", "compare an answer with a value"),
        ("regex(${why}, 'a')", "only compare"),
        ("true()", "cannot be read"),
        ("${nobody} = 'a'", "nobody"),
        ("${why} = 'a' and (${age} = 1 or ${people} = 2)", "within brackets"),
        (" and ".join(["${age} = 1"] * 9), "9 parts"),
        ("(" * 500 + "${age} = 1" + ")" * 500, "20 brackets"),
        ("not(" * 5000, "20 brackets"),
        ("-" * 5000, "cannot be read"),
    ],
)
def test_what_a_script_cannot_say_is_told(text, words):
    with pytest.raises(NotSayableError, match=words):
        from_xpath(text, resolve)


@given(st.text("${}()'\"=!<>., andornot0123456789why", max_size=60))
def test_any_text_is_read_or_refused_in_words(text):
    with contextlib.suppress(NotSayableError):
        assert isinstance(from_xpath(text, resolve), ShowIf)


@pytest.mark.parametrize(
    ("text", "whole", "expected"),
    [
        (". >= 1 and . <= 12", True, (1, 12)),
        ("(. >= -0.5)", False, (-0.5, None)),
        ("100 >= .", False, (None, 100)),
        (". > 0 and . < 10", True, (1, 9)),
        (". > 1000000000000", True, (10**12, None)),
    ],
)
def test_a_range_is_understood(text, whole, expected):
    assert range_of(text, whole=whole) == expected


@pytest.mark.parametrize(
    "text", [". > 0", ". != 3", "regex(., 'x')", ". >= ${age}", ". >= 1 or . = 0"]
)
def test_another_constraint_of_a_number_is_no_range(text):
    with pytest.raises(NotSayableError):
        range_of(text, whole=False)


def test_of_a_text_the_length_is_understood():
    assert longest_of("string-length(.) <= 200") == 200
    with pytest.raises(NotSayableError):
        longest_of("string-length(.) < 200")


@patient
@given(st.data())
def test_every_condition_comes_back_the_same(data):
    asked = data.draw(question_lists(max_size=3).filter(bool))
    known = {question.key: question for question in asked}
    show_if = data.draw(conditions(asked))
    text = to_xpath(show_if, lambda key: (known[key], key))
    parse(text)

    def told(name, value):
        question = known[name]
        if isinstance(question, YesNoQuestion) and value:
            return question, value == "yes"
        return question, value

    read = from_xpath(text, told)
    assert msgspec.to_builtins(read) == msgspec.to_builtins(show_if)
