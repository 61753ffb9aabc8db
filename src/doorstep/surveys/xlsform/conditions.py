"""When a question is asked, and what may be answered, in XPath and back."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET

from doorstep.surveys.answering import LARGEST
from doorstep.surveys.branching import tests_of
from doorstep.surveys.model import (
    Condition,
    MultiQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    ShowIf,
    YesNoQuestion,
)
from doorstep.surveys.xlsform.xpath import (
    COMPARISONS,
    Call,
    Node,
    NotSayableError,
    Ref,
    inside,
    parse,
)

_MAX_TESTS = 8
_MAX_VALUES = 30
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_ORDERED = COMPARISONS - {"=", "!="}

Value = bool | float | str
Resolve = Callable[[str, str | float], tuple[Question, Value]]
"""A name in the form and a value there → the question, and that value as it knows it.

Raises NotSayableError if there is no such question or option; the value "" is taken as it is."""


def to_xpath(show_if: ShowIf, find: Callable[[str], tuple[Question, str]]) -> str:
    """A condition as XPath; ``find`` gives the question of a key and its name in the form."""
    word = " or " if show_if.any else " and "
    return word.join(_to_xpath(test, *find(test.question)) for test in tests_of(show_if))


def _to_xpath(test: Condition, question: Question, name: str) -> str:
    ref = f"${{{name}}}"
    if test.answered is not UNSET:
        says = f"{ref} {'!=' if test.answered else '='} ''"
    elif test.equals is not UNSET:
        says = _equals(test.equals, question, ref)
    elif test.any_of is not UNSET:
        says = f"({' or '.join(_equals(value, question, ref) for value in test.any_of)})"
    else:
        ends = test.at_least, test.at_most
        says = bounds(ref, *(None if end is UNSET else end for end in ends))
        # Bare, it would come back as two tests.
        says = f"({says})" if UNSET not in ends else says
    return f"not({says})" if test.negated else says


def _equals(value: Value, question: Question, ref: str) -> str:
    if isinstance(question, YesNoQuestion):
        return f"{ref} = '{'yes' if value else 'no'}'"
    said = _quoted(value) if isinstance(value, str) else number(value)
    return f"selected({ref}, {said})" if isinstance(question, MultiQuestion) else f"{ref} = {said}"


def bounds(of: str, low: float | None, high: float | None) -> str:
    """A range as XPath; empty without ends."""
    ends = {">=": low, "<=": high}
    return " and ".join(
        f"{of} {sign} {number(end)}" for sign, end in ends.items() if end is not None
    )


def number(value: float) -> str:
    """The number without an exponent, which XPath does not know."""
    return f"{Decimal(repr(value)):f}".removesuffix(".0")


def _quoted(text: str) -> str:
    """The text as XPath quotes it, which has no way to escape a quote."""
    mark = '"' if "'" in text else "'"
    if mark not in text:
        return f"{mark}{text}{mark}"
    parts = [f'"{part}"' if "'" in part else f"'{part}'" for part in re.findall("'+|[^']+", text)]
    return f"concat({', '.join(parts)})"


def from_xpath(text: str, resolve: Resolve) -> ShowIf:
    """XPath as a condition.

    Raises
    ------
    NotSayableError
        If a script has no words for it.
    """
    top = parse(text)
    match inside(top):
        case Call("and" | "or") as joined:
            pass
        case single:
            return _alone(_test(single, resolve))
    together = _maybe(joined, resolve)
    # In brackets it is one test if it can be: so a script's own ranges and lists come back.
    bracketed = isinstance(top, Call) and top.name == "()"
    tests = [] if together and bracketed else list(_tests(joined, resolve))
    if together and not 0 < len(tests) <= _MAX_TESTS:
        return _alone(together)
    if len(tests) > _MAX_TESTS:
        message = f"It has {len(tests)} parts; a condition has {_MAX_TESTS} at most."
        raise NotSayableError(message)
    return ShowIf(all=tests) if joined.name == "and" else ShowIf(any=tests)


def _alone(test: Condition) -> ShowIf:
    return ShowIf(**msgspec.structs.asdict(test))


def _tests(node: Call, resolve: Resolve) -> Iterator[Condition]:
    """The parts of an ``and`` or ``or``; brackets that change nothing are taken off."""
    for part in node.inner:
        inner = inside(part)
        match inner:
            case Call(name) if name == node.name and _maybe(inner, resolve) is None:
                yield from _tests(inner, resolve)
            case _:
                yield _test(inner, resolve)


def _maybe(node: Node, resolve: Resolve) -> Condition | None:
    try:
        return _test(node, resolve)
    except NotSayableError:
        return None


def _test(node: Node, resolve: Resolve) -> Condition:
    match inside(node):
        case Call("not", (inner,)):
            test = _test(inner, resolve)
            return msgspec.structs.replace(test, negated=not test.negated)
        case Call("or" | "and" as way, parts):
            return _merged(way, [_test(part, resolve) for part in parts])
        case Call("selected", (Ref(name), str() | float() as value)):
            question, known = resolve(name, value)
            return Condition(question=question.key, equals=known)
        case Call(sign, (left, right)) if sign in COMPARISONS:
            return _comparison(sign, inside(left), inside(right), resolve)
        case _:
            message = "A script can only compare answers with values."
            raise NotSayableError(message)


def _merged(way: str, tests: Sequence[Condition]) -> Condition:
    """Several tests of one question as one."""
    question = tests[0].question
    if {(test.question, test.negated) for test in tests} == {(question, False)}:
        values = [test.equals for test in tests if test.equals is not UNSET]
        if way == "or" and len(values) == len(tests) <= _MAX_VALUES:
            return Condition(question=question, any_of=values)
        lows = [test.at_least for test in tests if test.at_least is not UNSET]
        highs = [test.at_most for test in tests if test.at_most is not UNSET]
        if way == "and" and (len(lows), len(highs)) == (1, 1) and len(tests) == len(lows + highs):
            return Condition(question=question, at_least=lows[0], at_most=highs[0])
    message = "A script can join tests by and, or by or; not by both, and not within brackets."
    raise NotSayableError(message)


def _comparison(sign: str, left: Node, right: Node, resolve: Resolve) -> Condition:
    if isinstance(left, str | float):
        sign, left, right = _MIRRORED[sign], right, left
    counted = ("string-length", "count-selected")
    match left, right:
        case Ref(name), "" if sign not in _ORDERED:
            return Condition(question=resolve(name, "")[0].key, answered=sign == "!=")
        case Call(what, (Ref(name),)), 0.0 if what in counted and sign in {"=", "!=", ">"}:
            return Condition(question=resolve(name, "")[0].key, answered=sign != "=")
        case Ref(name), str() | float() as value:
            question, known = resolve(name, value)
            if sign in _ORDERED:
                return _bounded(Condition(question=question.key), sign, known, is_whole(question))
            return Condition(question=question.key, equals=known, negated=sign == "!=")
        case _:
            message = "A script can only compare an answer with a value."
            raise NotSayableError(message)


def is_whole(question: Question) -> bool:
    """Whether the answer is a whole number."""
    if isinstance(question, NumberQuestion):
        return bool(question.whole)
    return isinstance(question, ScaleQuestion)


def _bounded(test: Condition, sign: str, value: Value, whole: bool) -> Condition:
    if isinstance(value, bool | str):
        message = "Only numbers can be larger or smaller."
        raise NotSayableError(message)
    if sign in {"<", ">"} and not whole:
        message = f"Write {sign}= for {sign}: a script's ranges include their ends."
        raise NotSayableError(message)
    ends = {">=": value, "<=": value, ">": math.floor(value) + 1, "<": math.ceil(value) - 1}
    end = float(max(-LARGEST, min(ends[sign], LARGEST)))
    if sign.startswith(">"):
        return msgspec.structs.replace(test, at_least=end)
    return msgspec.structs.replace(test, at_most=end)


def longest_of(constraint: str) -> int:
    """How long a text may be by its constraint.

    Raises
    ------
    NotSayableError
        If it says anything else.
    """
    match inside(parse(constraint)):
        case Call("<=", (Call("string-length", (Ref("."),)), float() as longest)):
            return int(longest)
        case _:
            message = "Of a text only the length is limited, such as string-length(.) <= 200."
            raise NotSayableError(message)


def range_of(constraint: str, *, whole: bool) -> tuple[float | None, float | None]:
    """From where to where a number may go by its constraint.

    Raises
    ------
    NotSayableError
        If it says anything else.
    """
    top = inside(parse(constraint))
    found = Condition(question=".")
    for part in top.inner if isinstance(top, Call) and top.name == "and" else [top]:
        match inside(part):
            case Call(sign, (Ref("."), float() as value)) if sign in _ORDERED:
                found = _bounded(found, sign, value, whole)
            case Call(sign, (float() as value, Ref("."))) if sign in _ORDERED:
                found = _bounded(found, _MIRRORED[sign], value, whole)
            case _:
                message = "Of a number only its range is kept, such as . >= 1 and . <= 12."
                raise NotSayableError(message)
    low, high = found.at_least, found.at_most
    return None if low is UNSET else low, None if high is UNSET else high
