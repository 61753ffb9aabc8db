"""Which questions follow from which answers; what can never follow is compared with every way."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_of_surveys import answers, patient, question_lists

from doorstep.surveys.branching import Patience, asked, can_be_asked, holds, in_words
from doorstep.surveys.checking import script_faults
from doorstep.surveys.model import (
    Condition,
    MultiQuestion,
    NumberQuestion,
    Option,
    ScaleQuestion,
    ShowIf,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)

TOPICS = [Option(key=key, text=key.title()) for key in ("traffic", "rents", "other")]
HAS_TIME = YesNoQuestion(key="has_time", text="Do you have a minute?", required=True)
TOPIC = SingleQuestion(key="topic", text="What matters most?", options=TOPICS)
TOPICS_TOO = MultiQuestion(key="topics", text="What else?", options=TOPICS, required=True)
SUPPORT = ScaleQuestion(key="support", text="How much do you support us?", low=0, high=10)
AT_HOME = NumberQuestion(key="at_home", text="How many live here?", minimum=1, whole=True)
WISH = TextQuestion(key="wish", text="What do you wish for?")
EARLIER = (HAS_TIME, TOPIC, TOPICS_TOO, SUPPORT, AT_HOME, WISH)


def on(question, **test):
    if "not_" in test:
        test["negated"] = test.pop("not_")
    return Condition(question=question, **test)


def when(*tests, any_=False):
    if len(tests) == 1:
        return ShowIf(**msgspec.structs.asdict(tests[0]))
    return ShowIf(any=list(tests)) if any_ else ShowIf(all=list(tests))


def follow_up(show_if, key="then", **wanted):
    return YesNoQuestion(key=key, text="And then?", show_if=show_if, **wanted)


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        (
            on("topic", equals="rents"),
            ["rents", ["rents", "other"]],
            [None, "other", [], ["other"]],
        ),
        (on("topic", equals="rents", not_=True), [None, "other", []], ["rents"]),
        (on("has_time", equals=True), [True], [False, None, 1]),
        (on("at_home", equals=1.0), [1, 1.0], [True, 2, None]),
        (on("topic", any_of=["rents", "other"]), ["other", ["rents"]], ["traffic", None]),
        (on("support", at_least=3), [3, 10, 3.5], [2, None, []]),
        (on("support", at_least=3, at_most=5), [3, 5], [2, 6, None]),
        (on("support", at_most=5, not_=True), [6, None], [5, 0]),
        (on("wish", answered=True), ["x", ["x"], False, 0], [None, []]),
        (on("wish", answered=False), [None, []], ["x", False]),
        (on("wish", answered=False, not_=True), ["x"], [None]),
    ],
)
def test_a_test_holds_for_these_answers_and_not_for_those(test, yes, no):
    assert [holds(test, value) for value in yes] == [True] * len(yes)
    assert [holds(test, value) for value in no] == [False] * len(no)


def test_an_answer_to_a_question_that_is_not_asked_counts_for_nothing():
    first, second = follow_up(when(on("has_time", equals=True)), "a"), "a"
    script = [HAS_TIME, first, follow_up(when(on(second, equals=True)), "b")]
    keys = [one.key for one in asked(script, {"has_time": False, "a": True})]
    assert keys == ["has_time"]
    keys = [one.key for one in asked(script, {"has_time": True, "a": True})]
    assert keys == ["has_time", "a", "b"]


DEAD = [
    (when(on("topic", equals="rents"), on("topic", equals="other")), "show_if"),
    (when(on("support", at_least=7), on("support", at_most=3)), "show_if"),
    (when(on("support", at_least=11)), "show_if"),
    (when(on("support", at_least=2.2, at_most=2.8)), "show_if"),
    (when(on("at_home", at_most=0)), "show_if"),
    (when(on("at_home", at_least=1.2, at_most=1.8)), "show_if"),
    (when(on("has_time", answered=False)), "show_if"),
    (when(on("topics", answered=True, not_=True)), "show_if"),
    (when(on("has_time", equals=True), on("has_time", equals=True, not_=True)), "show_if"),
    (when(on("wish", equals="a"), on("wish", equals="b")), "show_if"),
    (when(on("wish", answered=False), on("wish", equals="b")), "show_if"),
    (when(on("topic", any_of=["rents", "other"]), on("topic", equals="traffic")), "show_if"),
    (when(on("support", at_least=3), on("at_home", at_most=0), any_=True), "show_if.any[1]"),
    (
        when(on("topic", any_of=["rents", "other"]), on("topic", equals="other", not_=True)),
        "show_if.all[0].any_of[1]",
    ),
]
LIVE = [
    when(on("topics", equals="rents"), on("topics", equals="other")),
    when(on("topics", any_of=["rents", "other"]), on("topics", equals="traffic")),
    when(on("support", at_least=3, at_most=3)),
    when(on("support", at_least=3, not_=True), on("support", answered=False)),
    when(on("topic", answered=False)),
    when(on("has_time", answered=False, not_=True)),
    when(on("at_home", at_least=1, at_most=1)),
    when(on("wish", equals="a", not_=True), on("wish", equals="b", not_=True)),
    when(on("topic", equals="rents"), on("topic", equals="other"), any_=True),
]


@pytest.mark.parametrize(("show_if", "field"), DEAD)
def test_what_no_answers_lead_to_is_refused_where_it_goes_wrong(show_if, field):
    (fault,) = script_faults([*EARLIER, follow_up(show_if)])
    assert fault.field == f"questions[6].{field}"
    assert "o answers make this true" in fault.detail
    assert "“" in fault.detail


@pytest.mark.parametrize("show_if", LIVE)
def test_what_some_answers_lead_to_is_taken(show_if):
    assert script_faults([*EARLIER, follow_up(show_if)]) == []


def test_a_chain_that_contradicts_itself_is_found_at_its_end():
    script = [
        HAS_TIME,
        msgspec.structs.replace(TOPIC, show_if=when(on("has_time", equals=True))),
        msgspec.structs.replace(SUPPORT, show_if=when(on("topic", equals="rents"))),
        follow_up(when(on("support", at_least=5), on("has_time", equals=False)), required=True),
        follow_up(when(on("then", equals=True)), "after"),
    ]
    faults = {fault.field: fault.detail for fault in script_faults(script)}
    assert faults.keys() == {"questions[3].show_if", "questions[4].show_if"}
    assert "required, yet never asked" in faults["questions[3].show_if"]
    assert "“Do you have a minute?” is no" in faults["questions[3].show_if"]


def test_what_hangs_on_a_broken_condition_is_not_blamed_for_it():
    broken = follow_up(when(on("nowhere", equals=True)), "a", required=True)
    script = [HAS_TIME, broken, follow_up(when(on("a", answered=False)), "b")]
    assert [fault.field for fault in script_faults(script)] == ["questions[1].show_if.question"]


def small(key):
    """Questions with so few answers that all of them can be tried."""
    options = [Option(key=one, text=one) for one in ("a", "b", "c")]
    common = {"key": st.just(key), "text": st.just("?"), "required": st.booleans()}
    return st.one_of(
        st.builds(SingleQuestion, **common, options=st.just(options)),
        st.builds(MultiQuestion, **common, options=st.just(options[:2])),
        st.builds(ScaleQuestion, **common, low=st.just(0), high=st.just(2)),
        st.builds(YesNoQuestion, **common),
        st.builds(NumberQuestion, **common, minimum=st.just(0.0), maximum=st.just(1.0)),
        st.builds(
            NumberQuestion,
            **common,
            minimum=st.just(-0.5),
            maximum=st.just(2.5),
            whole=st.just(True),
        ),
        st.builds(TextQuestion, **common),
    )


def every_answer(question):
    match question:
        case SingleQuestion():
            found = ["a", "b", "c"]
        case MultiQuestion():
            found = [["a"], ["b"], ["a", "b"]]
        case ScaleQuestion():
            found = [0, 1, 2]
        case YesNoQuestion():
            found = [True, False]
        case NumberQuestion(whole=True):
            found = [0, 1, 2]
        case NumberQuestion():
            # The first two are named by tests, as quarters are: an eighth lies between any two.
            found = [0.0, 0.25, *(step / 8 for step in (1, 3, 4, 5, 6, 7, 8))]
        case _:
            found = ["x", "y", "anything else"]
    return [*found, None]


BOUNDS = [{name: end / 4} for name in ("at_least", "at_most") for end in range(9)]
RANGES = [*BOUNDS, {"at_least": 0.5, "at_most": 0.75}, {"at_least": 1.0, "at_most": 1.5}]


@st.composite
def small_tests(draw, question):
    said = every_answer(question)[:-1]
    values = ["a", "b"] if isinstance(question, MultiQuestion) else said[:2]
    ways = [{"answered": True}, {"answered": False}, *({"equals": value} for value in values)]
    ways += [{"any_of": list(pair)} for pair in itertools.combinations(values, 2)]
    ways += RANGES if isinstance(question, ScaleQuestion | NumberQuestion) else []
    return Condition(
        question=question.key, **draw(st.sampled_from(ways)), negated=draw(st.booleans())
    )


def small_conditions(earlier):
    tests = st.sampled_from(earlier).flatmap(small_tests)
    return st.builds(
        lambda found, any_: when(*found, any_=any_),
        st.lists(tests, min_size=1, max_size=3),
        st.booleans(),
    )


@st.composite
def small_scripts(draw):
    found = []
    for key in ("p", "q", "r", "s")[: draw(st.integers(2, 4))]:
        question = draw(small(key))
        if found and (len(found) > 1 or draw(st.booleans())):
            show_if = draw(small_conditions(found))
            question = msgspec.structs.replace(question, show_if=show_if)
        found.append(question)
    return found


def ever_asked(script):
    """The keys of what is asked in any conversation at all."""
    found = set()
    keys = [question.key for question in script]
    for said in itertools.product(*map(every_answer, script)):
        given = dict(zip(keys, said, strict=True))
        reached = asked(script, given)
        for one in reached:
            found.add(one.key)
            if one.required and given[one.key] is None:
                # Until it is answered, nothing follows it.
                break
    return found


@patient
@given(small_scripts())
def test_what_can_be_asked_is_what_some_conversation_asks(script):
    possible = ever_asked(script)
    earlier = {}
    for question in script:
        assert can_be_asked(question, earlier, Patience()) == (question.key in possible)
        earlier[question.key] = question


def test_a_puzzle_gets_the_benefit_of_the_doubt_before_it_costs_much():
    options = [Option(key=f"o{number}", text=str(number)) for number in range(30)]
    script = [MultiQuestion(key=f"m{number}", text="?", options=options) for number in range(30)]
    tests = [on(f"m{number}", any_of=[f"o{number}", "o1"]) for number in range(30)]
    for number in range(70):
        some = [tests[(number * 7 + step * step) % 30] for step in range(8)]
        show_if = ShowIf(any=some) if number % 2 else ShowIf(all=some)
        script.append(follow_up(show_if, f"q{number}"))
        tests.append(on(f"q{number}", equals=True))
    patience = Patience(steps_left=20_000)
    earlier = {question.key: question for question in script[:-1]}
    assert can_be_asked(script[-1], earlier, patience)
    assert script_faults(script) == []


@patient
@given(st.data())
def test_a_condition_is_said_in_words_that_name_its_questions(data):
    script = data.draw(question_lists(max_size=3))
    questions = {question.key: question for question in script}
    for question in script:
        if question.show_if:
            words = in_words(question.show_if, questions)
            assert words.count("“") >= 1


@patient
@given(st.data())
def test_only_questions_of_the_script_are_asked_in_its_order(data):
    script = data.draw(question_lists(max_size=4))
    given_ = {
        question.key: data.draw(answers(question))
        for question in script
        if data.draw(st.booleans())
    }
    found = asked(script, given_)
    assert found == [question for question in script if question in found]
    assert all(question in found for question in script if question.show_if is None)
