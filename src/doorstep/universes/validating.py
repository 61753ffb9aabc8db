"""What makes no sense in an expression, each fault with its place and its remedy."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import assert_never
from uuid import UUID

from doorstep.imports.model import AttributeKind
from doorstep.kit.errors import FieldProblem, RefusedError
from doorstep.kit.geometry import Area, Polygon, area_shape
from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    SingleQuestion,
    YesNoQuestion,
)
from doorstep.universes.model import (
    Age,
    AllOf,
    Answered,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    Between,
    Consented,
    Contains,
    Expression,
    HeldOut,
    HouseholdSize,
    Imported,
    InPass,
    Inside,
    InTurf,
    InUniverse,
    Is,
    IsNot,
    Known,
    LastContact,
    LastResult,
    Near,
    NeverContacted,
    NoneOf,
    OneOf,
    Place,
    Reachable,
    Revisit,
    Speaks,
    StartsWith,
    Tagged,
    Test,
    Tried,
    Unknown,
    as_day,
    members,
)

MAX_DEPTH = 8
MAX_NODES = 200
MAX_CORNERS = 10_000
MAX_NESTING = 10
"""Universes inside universes inside universes."""

Faults = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Vocabulary:
    """What the organization has for expressions to name."""

    attributes: Mapping[str, AttributeKind]
    sensitive: Collection[str]
    """The keys of those attributes that are political opinions."""
    questions: Mapping[str, Sequence[tuple[UUID, Question]]]
    """By key, each with the script that asks it."""
    question_keys: Sequence[str]
    things: Mapping[UUID, str]
    """The kind of whatever the ids in the expression stand for."""


def shape_faults(expression: Expression) -> list[FieldProblem]:
    """Too much in one expression: told before anything else is looked at."""
    nodes = 0
    waiting: list[tuple[Expression, int]] = [(expression, 1)]
    while waiting:
        one, depth = waiting.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            detail = f"Groups may be {MAX_DEPTH} deep at most. Save an inner one as a universe."
            return [FieldProblem(field="expression", detail=detail)]
        if nodes > MAX_NODES:
            detail = f"An expression may have {MAX_NODES} parts at most. Save some as universes."
            return [FieldProblem(field="expression", detail=detail)]
        if isinstance(one, AllOf | AnyOf | NoneOf):
            waiting += [(inner, depth + 1) for inner in members(one)]
    return []


def refuse(faults: list[FieldProblem]) -> None:
    """Raise what is wrong, if anything is.

    Raises
    ------
    RefusedError
        With every fault under its place in the expression.
    """
    if faults:
        error = RefusedError(
            faults[0].detail if len(faults) == 1 else "The filter cannot be used; see errors."
        )
        error.errors = faults
        raise error


def faults_of(expression: Expression, known: Vocabulary) -> list[FieldProblem]:
    """Everything that makes no sense in an expression of fair size, by its place in it."""
    return [
        FieldProblem(field=f"expression{place}", detail=detail)
        for place, detail in _Checking(known).faults(expression, "")
    ]


class _Checking:
    def __init__(self, known: Vocabulary) -> None:
        self._known = known

    def faults(self, one: Expression, place: str) -> Faults:
        for inner, detail in self._own(one):
            yield f"{place}{inner}", detail
        if isinstance(one, AllOf | AnyOf | NoneOf):
            name = type(one).__struct_config__.tag
            for number, part in enumerate(members(one)):
                yield from self.faults(part, f"{place}.{name}[{number}]")

    def _own(self, one: Expression) -> Faults:  # noqa: C901, PLR0912 -- one for each condition
        match one:
            case AllOf() | AnyOf() | NoneOf():
                if not members(one):
                    yield f".{type(one).__struct_config__.tag}", "Put a condition into this group."
            case Attribute():
                yield from self._attribute(one)
            case Place(test=test) | Speaks(test=test):
                yield from _test_faults(test, AttributeKind.TEXT)
            case Age(test=test):
                yield from _amount_faults(test, "age", 150)
            case HouseholdSize(test=test):
                yield from _amount_faults(test, "number of people", 100_000)
            case Tagged(tag=tag):
                if not tag.strip():
                    yield ".tag", "Name a tag."
            case Answered():
                yield from self._answered(one)
            case LastContact(after=after, before=before):
                yield from _days(after, before)
            case Tried(at_least=low, at_most=high):
                if high is not None and low > high:
                    yield ".at_most", f"It must not be less than at_least, {low}."
            case Inside(area=area):
                yield from _area_faults(area)
            case Imported(import_id=named):
                yield from self._thing("import", named, ".import_id")
            case InTurf(turf_id=named):
                yield from self._thing("turf", named, ".turf_id")
            case InPass(pass_id=named) | HeldOut(pass_id=named):
                yield from self._thing("pass", named, ".pass_id")
            case InUniverse(universe_id=named):
                yield from self._thing("universe", named, ".universe_id")
            case LastResult() | NeverContacted() | Near() | Consented() | Reachable() | Revisit():
                pass
            case _:
                assert_never(one)
        if isinstance(one, LastResult | Tried | NeverContacted | LastContact):
            yield from self._thing("pass", one.pass_id, ".pass_id")
            yield from self._thing("campaign", one.campaign_id, ".campaign_id")

    def _thing(self, kind: str, named: UUID | None, place: str) -> Faults:
        if named is not None and self._known.things.get(named) != kind:
            yield place, f"There is no {kind} with this id; it may have been removed."

    def _attribute(self, one: Attribute) -> Faults:
        kind = self._known.attributes.get(one.key)
        if kind is None:
            yield ".key", _unknown("kept column", one.key, list(self._known.attributes))
        else:
            yield from _test_faults(one.test, kind)

    def _answered(self, one: Answered) -> Faults:
        yield from self._thing("script", one.script_id, ".script_id")
        asked = self._known.questions.get(one.question, ())
        if not asked:
            yield ".question", _unknown("question", one.question, self._known.question_keys)
            return
        here = [q for script_id, q in asked if one.script_id in (None, script_id)]
        if not here:
            yield ".question", f"This script does not ask {one.question}. Leave script_id out."
            return
        # Versions and scripts may ask differently under one key: fitting one of them is enough.
        found = [list(_question_faults(one.test, question)) for question in here]
        if all(found):
            yield from found[0]


def _unknown(what: str, name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, n=3, cutoff=0.5) or list(names[:10])
    there = f"There is: {', '.join(near)}." if near else "There is none yet."
    return f"There is no {what} {name}. {there}"


_ORDERED = (AttributeKind.NUMBER, AttributeKind.DATE)


def _test_faults(  # noqa: C901 -- one for each test
    test: Test, kind: AttributeKind, place: str = ".test"
) -> Faults:
    match test:
        case Known() | Unknown():
            return
        case Is(value=value) | IsNot(value=value):
            yield from _value_faults(value, kind, f"{place}.value")
        case OneOf(values=values):
            for number, value in enumerate(values):
                yield from _value_faults(value, kind, f"{place}.values[{number}]")
        case Contains(value=value) | StartsWith(value=value):
            if kind is not AttributeKind.TEXT:
                yield f"{place}.op", f"This holds {_WORD[kind]}, not texts. Use is or at_least."
            elif not value.strip():
                yield f"{place}.value", "Write some letters to look for."
        case AtLeast(value=value) | AtMost(value=value):
            yield from _limit_faults([("value", value)], kind, place)
        case Between(low=low, high=high):
            faults = list(_limit_faults([("low", low), ("high", high)], kind, place))
            yield from faults
            if not faults and _order(low) > _order(high):
                yield f"{place}.low", "The range ends before it begins. Exchange low and high."
        case _:
            assert_never(test)


_WORD = {
    AttributeKind.TEXT: "texts",
    AttributeKind.NUMBER: "numbers",
    AttributeKind.DATE: "days",
    AttributeKind.YES_NO: "yes or no",
}


def _limit_faults(
    limits: Sequence[tuple[str, float | str]], kind: AttributeKind, place: str
) -> Faults:
    if kind not in _ORDERED:
        yield f"{place}.op", f"This holds {_WORD[kind]}, which have no order. Use is or one_of."
        return
    for name, limit in limits:
        yield from _value_faults(limit, kind, f"{place}.{name}")


def _value_faults(value: bool | float | str, kind: AttributeKind, place: str) -> Faults:
    match kind:
        case AttributeKind.TEXT:
            if not isinstance(value, str) or not value.strip():
                yield place, "Give a text, in quotation marks."
        case AttributeKind.NUMBER:
            if isinstance(value, bool | str):
                yield place, "Give a number, without quotation marks."
        case AttributeKind.DATE:
            if not isinstance(value, str) or as_day(value) is None:
                yield place, "Give a day as year-month-day, such as 2026-10-01."
        case AttributeKind.YES_NO:
            if not isinstance(value, bool):
                yield place, "Give true for yes or false for no."
        case _:
            assert_never(kind)


def _order(value: float | str) -> float:
    day = as_day(value) if isinstance(value, str) else None
    return float(day.toordinal()) if day else float(value)


def _amount_faults(test: Test, what: str, most: int) -> Faults:
    """Numbers that count something: whole, and neither below nothing nor beyond reason."""
    faults = list(_test_faults(test, AttributeKind.NUMBER))
    yield from faults
    if faults:
        return
    for name, value in _numbers_in(test):
        if not 0 <= value <= most:
            yield f".test.{name}", f"No {what} is {value:.15g}. Give one from 0 to {most}."


def _numbers_in(test: Test) -> Iterator[tuple[str, float]]:
    match test:
        case OneOf(values=values):
            for number, value in enumerate(values):
                yield f"values[{number}]", float(value)
        case Between(low=low, high=high):
            yield "low", float(low)
            yield "high", float(high)
        case Is(value=value) | IsNot(value=value) | AtLeast(value=value) | AtMost(value=value):
            yield "value", float(value)
        case _:
            return


def _question_faults(test: Test, question: Question) -> Faults:
    match question:
        case SingleQuestion(options=options) | MultiQuestion(options=options):
            keys = [option.key for option in options]
            yield from _choice_faults(test, keys)
        case ScaleQuestion(low=low, high=high):
            faults = list(_test_faults(test, AttributeKind.NUMBER))
            yield from faults
            if not faults:
                yield from _step_faults(test, low, high)
        case NumberQuestion():
            yield from _test_faults(test, AttributeKind.NUMBER)
        case YesNoQuestion():
            yield from _test_faults(test, AttributeKind.YES_NO)
        case _:
            yield from _test_faults(test, AttributeKind.TEXT)


def _choice_faults(test: Test, keys: Sequence[str]) -> Faults:
    if isinstance(test, Contains | StartsWith):
        yield ".test.op", f"This question has options ({', '.join(keys)}). Use is or one_of."
        return
    faults = list(_test_faults(test, AttributeKind.TEXT))
    yield from faults
    if faults:
        return
    given: Sequence[tuple[str, object]] = ()
    if isinstance(test, Is | IsNot):
        given = [("value", test.value)]
    elif isinstance(test, OneOf):
        given = [(f"values[{number}]", value) for number, value in enumerate(test.values)]
    for name, value in given:
        if value not in keys:
            yield f".test.{name}", _unknown("option", str(value), keys)


def _step_faults(test: Test, low: int, high: int) -> Faults:
    for name, value in _numbers_in(test):
        if not low <= value <= high:
            yield f".test.{name}", f"This scale goes from {low} to {high}."


def _days(after: dt.date | None, before: dt.date | None) -> Faults:
    if after is None and before is None:
        yield ".after", "Say after or before which day."
    elif after and before and (before - after).days <= 1:
        yield ".before", "There is no day in between. Choose a later one."


def _area_faults(area: Area) -> Faults:
    parts = [area.coordinates] if isinstance(area, Polygon) else area.coordinates
    if sum(len(ring) for rings in parts for ring in rings) > MAX_CORNERS:
        yield ".area", f"The area has more than {MAX_CORNERS} corners. Simplify it first."
        return
    try:
        area_shape(area, ".area")
    except RefusedError as error:
        yield ".area", error.detail


def ids_in(one: Expression) -> Iterator[UUID]:
    """Every id that a condition itself names."""
    for name in ("pass_id", "campaign_id", "turf_id", "script_id", "import_id", "universe_id"):
        found = getattr(one, name, None)
        if found is not None:
            yield found


def nesting_fault(
    inner_of: Mapping[UUID, Sequence[UUID]], name_of: Callable[[UUID], str]
) -> str | None:
    """Why universes may not nest as they do: in a circle, or too deep; None if they may."""
    heights: dict[UUID, int] = {}

    def look(one: UUID, path: tuple[UUID, ...]) -> str | None:
        if one in path:
            circle = " → ".join(name_of(each) for each in (*path[path.index(one) :], one))
            return f"Universes would nest in a circle: {circle}. Take one of them out."
        for inner in inner_of.get(one, ()):
            if inner not in heights and (fault := look(inner, (*path, one))):
                return fault
        heights[one] = 1 + max((heights[inner] for inner in inner_of.get(one, ())), default=0)
        if heights[one] > MAX_NESTING:
            return (
                f"{name_of(one)} would hold universes {heights[one]} deep; {MAX_NESTING} is the "
                "most. Copy the conditions of an inner one instead."
            )
        return None

    return next(
        (fault for one in inner_of if one not in heights and (fault := look(one, ()))), None
    )
