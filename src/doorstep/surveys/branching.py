"""Which questions follow from which answers, and which can never follow."""

import itertools
import math
import textwrap
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import msgspec
from msgspec import UNSET

from doorstep.surveys.answering import LARGEST, check_answer
from doorstep.surveys.model import (
    Condition,
    MultiQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    ShowIf,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)

_OPTIONS_TRIED = 10
_SHOWN = 60


@dataclass
class Patience:
    """What checking one script may cost, some tenths of a second.

    Whether questions can follow is as hard as any puzzle, and somebody could set one.
    """

    steps_left: int = 60_000

    def lasts(self, steps: int) -> bool:
        """Whether there is enough left for so many steps; they are taken off it."""
        self.steps_left -= steps
        return self.steps_left > 0


def tests_of(show_if: ShowIf) -> list[Condition]:
    """The tests that a condition is made of."""
    several = show_if.all or show_if.any
    if several:
        return several
    return [Condition(**{name: getattr(show_if, name) for name in Condition.__struct_fields__})]


def holds(test: Condition, value: object) -> bool:
    """Whether a test holds for the answer of its question, None if there is none."""
    match value:
        case None:
            given: Sequence[Any] = ()
        case list():
            given = msgspec.convert(value, list[Any])
        case _:
            given = (value,)
    if test.answered is not UNSET:
        found = bool(given) == test.answered
    elif test.equals is not UNSET:
        found = any(_same(one, test.equals) for one in given)
    elif test.any_of is not UNSET:
        found = any(_same(one, wanted) for one in given for wanted in test.any_of)
    else:
        low = -math.inf if test.at_least is UNSET else test.at_least
        high = math.inf if test.at_most is UNSET else test.at_most
        found = any(isinstance(one, int | float) and low <= one <= high for one in given)
    return found != test.negated


def _same(one: object, other: object) -> bool:
    # To Python true is 1.
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def asked(questions: Sequence[Question], answers: Mapping[str, object]) -> list[Question]:
    """The questions that these answers lead to, in order.

    An answer to a question that is itself not asked counts for nothing.
    """
    found: list[Question] = []
    given: dict[str, object] = {}
    for question in questions:
        if _comes_true(question.show_if, given):
            found.append(question)
            given[question.key] = answers.get(question.key)
    return found


def hangs_on(question: Question, open_keys: Collection[str]) -> bool:
    """Whether an answer to any of these questions decides about this one."""
    tests = tests_of(question.show_if) if question.show_if else []
    return any(test.question in open_keys for test in tests)


def _comes_true(show_if: ShowIf | None, given: Mapping[str, object]) -> bool:
    if show_if is None:
        return True
    return _joined(show_if)(holds(test, given.get(test.question)) for test in tests_of(show_if))


def _joined(show_if: ShowIf) -> Callable[[Iterable[bool]], bool]:
    return any if show_if.any else all


def can_be_asked(question: Question, earlier: Mapping[str, Question], patience: Patience) -> bool:
    """Whether any answers to the earlier questions lead to this one.

    Goes through the questions it hangs on, in order, with every set of tests that can hold at
    that point; values that no test tells apart count as one. When the patience is at an end, the
    question gets the benefit of the doubt.
    """
    if not patience.lasts(len(earlier)):
        return True
    numbers = itertools.count()
    about: defaultdict[str, list[tuple[int, Condition]]] = defaultdict(list)
    steps: list[tuple[Question, list[int]]] = []
    for one in (*_behind(question, earlier), question):
        needs: list[int] = []
        for test in [] if one.show_if is None else tests_of(one.show_if):
            needs.append(next(numbers))
            about[test.question].append((needs[-1], test))
        steps.append((one, needs))
    states = {frozenset[int]()}
    for place, (one, needs) in enumerate(steps[:-1]):
        concerned = about[one.key]
        samples = _samples(one, [test for _, test in concerned])
        if samples is None or not patience.lasts(len(samples) * len(concerned)):
            return True
        unasked, *kinds = (
            frozenset(number for number, test in concerned if holds(test, value))
            for value in (None, *samples)
        )
        later = frozenset(number for _, numbers in steps[place + 1 :] for number in numbers)
        reached: set[frozenset[int]] = set()
        for state in states:
            found = set(kinds) if _shown(one.show_if, needs, state) else {unasked}
            if not patience.lasts(len(found)):
                return True
            reached.update((state | kind) & later for kind in found)
        states = reached
    return any(_shown(question.show_if, steps[-1][1], state) for state in states)


def _shown(show_if: ShowIf | None, needs: Sequence[int], state: frozenset[int]) -> bool:
    return show_if is None or _joined(show_if)(number in state for number in needs)


def _behind(question: Question, earlier: Mapping[str, Question]) -> list[Question]:
    """The questions that it hangs on, directly or not, in the script's order."""
    found: set[str] = set()
    open_ones = [question]
    while open_ones:
        show_if = open_ones.pop().show_if
        for test in [] if show_if is None else tests_of(show_if):
            if test.question not in found:
                found.add(test.question)
                open_ones.append(earlier[test.question])
    return [one for key, one in earlier.items() if key in found]


def _samples(question: Question, tests: Sequence[Condition]) -> list[object] | None:
    """Answers that stand for all that the tests tell apart; None if there are too many."""
    named = [value for test in tests for value in _values(test)]
    samples: list[object]
    match question:
        case SingleQuestion(options=options):
            samples = [option.key for option in options]
        case MultiQuestion(options=options):
            chosen = [option.key for option in options if option.key in named]
            if len(chosen) > _OPTIONS_TRIED:
                return None
            sizes = range(1, len(chosen) + 1)
            samples = [list(some) for n in sizes for some in itertools.combinations(chosen, n)]
            samples += [[option.key] for option in options if option.key not in named][:1]
        case ScaleQuestion(low=low, high=high):
            samples = list(range(low, high + 1))
        case TextQuestion():
            # Nobody can write a NUL: it stands for any other text.
            samples = [*named, "\0"]
        case NumberQuestion():
            samples = [one for one in _numbers(question, tests) if not check_answer(question, one)]
        case YesNoQuestion():
            samples = [True, False]
        case _:
            assert_never(question)
    return samples if question.required else [*samples, None]


def _values(test: Condition) -> list[Any]:
    values = [] if test.any_of is UNSET else list(test.any_of)
    return values if test.equals is UNSET else [*values, test.equals]


def _numbers(question: NumberQuestion, tests: Sequence[Condition]) -> list[float]:
    """Numbers at and between all the bounds that are named."""
    ends = [-LARGEST, LARGEST, question.minimum, question.maximum]
    named = [*ends, *(value for test in tests for value in _values(test))]
    named += [bound for test in tests for bound in (test.at_least, test.at_most)]
    marks = sorted({one for one in named if isinstance(one, int | float)})
    between = [(one + other) / 2 for one, other in itertools.pairwise(marks)]
    if not question.whole:
        return [*marks, *between]
    return [math.floor(one) + step for one in (*marks, *between) for step in (-1, 0, 1)]


def in_words(show_if: ShowIf, questions: Mapping[str, Question]) -> str:
    """A condition as one would say it."""
    word = " or " if show_if.any else " and "
    return word.join(_test_in_words(test, questions[test.question]) for test in tests_of(show_if))


def _test_in_words(test: Condition, question: Question) -> str:
    verb = "is not" if test.negated else "is"
    if test.answered is not UNSET:
        says = "answered" if test.answered else "left out"
    elif test.equals is not UNSET:
        says = _value_in_words(test.equals, question)
    elif test.any_of is not UNSET:
        says = "one of " + ", ".join(_value_in_words(one, question) for one in test.any_of)
    else:
        ends = {"at least": test.at_least, "at most": test.at_most}
        says = " and ".join(f"{name} {end:.15g}" for name, end in ends.items() if end is not UNSET)
    return f"“{shortened(question.text)}” {verb} {says}"


def _value_in_words(value: object, question: Question) -> str:
    match question, value:
        case ((SingleQuestion(options=options) | MultiQuestion(options=options)), str()):
            return next((f"“{one.text}”" for one in options if one.key == value), value)
        case _, bool():
            return "yes" if value else "no"
        case _, int() | float():
            return f"{value:.15g}"
        case _:
            return f"“{shortened(str(value))}”"


def shortened(text: str) -> str:
    """The text on one line, short enough to be quoted."""
    return textwrap.shorten(text, _SHOWN, placeholder="…")
