"""Expressions in plain words, for organizers to check what they asked for."""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never
from uuid import UUID

import msgspec

from doorstep.kit.geometry import Area, Polygon
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
    Scoped,
    Speaks,
    StartsWith,
    Tagged,
    Test,
    Tried,
    Unknown,
    as_day,
    members,
)

Names = Mapping[UUID, str]


def describe(expression: Expression, names: Names | None = None) -> str:
    """The expression as one English sentence without its full stop.

    What differs in meaning differs in words: texts stand in quotation marks, and groups inside
    groups in brackets. ``names`` tells what ids stand for; an id without a name stands for itself.
    """
    return f"People who {_Words(names or {}).clause(expression, outer=True)}"


class _Words:
    def __init__(self, names: Names) -> None:
        self._names = names

    def clause(  # noqa: C901, PLR0911, PLR0912 -- one case for each kind of condition
        self, one: Expression, *, outer: bool = False
    ) -> str:
        """What follows “people who”."""
        match one:
            case AllOf() | AnyOf() | NoneOf():
                return self._group(one, outer=outer)
            case Attribute(key=key, test=test):
                return f"have {_quoted(key)} {_test(test, _value)}"
            case Place(field=name, test=test):
                return f"live where the {name} is {_test(test, _value)}"
            case Speaks(test=test):
                return f"speak a language that is {_test(test, _value)}"
            case Age(test=test):
                return f"are of an age {_test(test, _value)}"
            case Reachable(by=by):
                return "have a phone number" if by == "phone" else "have an e-mail address"
            case HouseholdSize(test=test):
                return f"live in a household whose number of people is {_test(test, _value)}"
            case Tagged(tag=tag):
                return f"are tagged {_quoted(tag)}"
            case Imported(import_id=import_id):
                return f"came with the import {self._name(import_id)}"
            case Answered(question=question, script_id=script_id, test=test):
                script = f" of the script {self._name(script_id)}" if script_id else ""
                asked = f"the question {_quoted(question)}{script}"
                return f"gave an answer to {asked} that is {_test(test, _value)}"
            case Inside(area=area):
                return f"live inside the area {_area(area)}"
            case Near(lon=lon, lat=lat, within_m=within_m):
                return f"live within {_value(within_m)} metres of {_point(lon, lat)}"
            case InTurf(turf_id=turf_id):
                return f"live in the turf {self._name(turf_id)}"
            case InPass(pass_id=pass_id):
                return f"live in some turf of the pass {self._name(pass_id)}"
            case Revisit():
                return "are to be told in person what became of their issue"
            case HeldOut(pass_id=pass_id):
                return f"live in a building that the pass {self._name(pass_id)} holds out"
            case Consented(purpose=purpose, channel=channel):
                how = f" by {_quoted(channel)}" if channel else ""
                return f"consent to {_quoted(purpose)}{how}"
            case InUniverse(universe_id=universe_id):
                return f"are in the universe {self._name(universe_id)}"
            case LastResult() | Tried() | NeverContacted() | LastContact():
                return self._canvassed(one) + self._scope(one)
            case _:
                assert_never(one)

    def _group(self, group: AllOf | AnyOf | NoneOf, *, outer: bool) -> str:
        inner = members(group)
        if len(inner) == 1 and not isinstance(group, NoneOf):
            return self.clause(inner[0], outer=outer)
        word = " and " if isinstance(group, AllOf) else " or "
        text = word.join(self.clause(one) for one in inner)
        if isinstance(group, NoneOf):
            return f"do not ({text})"
        return text if outer else f"({text})"

    def _canvassed(self, one: Scoped) -> str:
        match one:
            case LastResult(results=results):
                found = _either([_quoted(result.value) for result in results])
                return f"live at a door whose last knock gave {found}"
            case NeverContacted():
                return "were never contacted"
            case Tried():
                return _tried(one)
            case LastContact(after=after, before=before):
                days = [f"after {_day(after)}"] if after else []
                days += [f"before {_day(before)}"] if before else []
                return f"were last contacted {' and '.join(days)}"

    def _scope(self, one: Scoped) -> str:
        parts = [f"pass {self._name(one.pass_id)}"] if one.pass_id else []
        parts += [f"campaign {self._name(one.campaign_id)}"] if one.campaign_id else []
        return f" in the {' of the '.join(parts)}" if parts else ""

    def _name(self, of: UUID) -> str:
        name = self._names.get(of)
        return str(of) if name is None else _quoted(name)


def _tried(one: Tried) -> str:
    since = f" since {_day(one.since)}" if one.since else ""
    low, high = one.at_least, one.at_most
    if high is None:
        how = f"were tried {_times(low)} or more" if low else "were tried any number of times"
    elif low == 0:
        how = f"were not tried more than {_times(high)}" if high else "were never tried"
    elif low == high:
        how = f"were tried exactly {_times(low)}"
    else:
        how = f"were tried {low} to {_times(high)}"
    return how + since


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _test(test: Test, value: Callable[[object], str]) -> str:  # noqa: C901, PLR0911 -- as above
    match test:
        case Is(value=wanted):
            return value(wanted)
        case IsNot(value=wanted):
            return f"anything but {value(wanted)}"
        case OneOf(values=values):
            return _either([value(one) for one in values])
        case Contains(value=wanted):
            return f"something with {value(wanted)}"
        case StartsWith(value=wanted):
            return f"something that begins with {value(wanted)}"
        case AtLeast(value=low):
            return f"{value(low)} or more"
        case AtMost(value=high):
            return f"{value(high)} or less"
        case Between(low=low, high=high):
            return f"{value(low)} to {value(high)}"
        case Known():
            return "known"
        case Unknown():
            return "not known"
        case _:
            assert_never(test)


def _either(texts: Sequence[str]) -> str:
    """“A”, “A or B”, “A, B or C”."""
    *others, last = dict.fromkeys(texts)
    return f"{', '.join(others)} or {last}" if others else last


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return repr(int(value)) if float(value).is_integer() else repr(value)
    text = str(value)
    day = as_day(text)
    return _quoted(text) if day is None else _day(day)


def _quoted(text: str) -> str:
    """A text between marks; marks inside it are doubled, so that its end is where it seems."""
    return f"“{text.replace('”', '””')}”"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _point(lon: float, lat: float) -> str:
    north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
    return f"{abs(lat)!r}° {north} {abs(lon)!r}° {east}"


def _area(area: Area) -> str:
    """Roughly where it is, how many corners it has, and a mark that tells it from others."""
    parts = [area.coordinates] if isinstance(area, Polygon) else area.coordinates
    corners = [(at[0], at[1]) for rings in parts for ring in rings for at in ring[:-1]]
    lon = round(sum(at[0] for at in corners) / max(len(corners), 1), 3)
    lat = round(sum(at[1] for at in corners) / max(len(corners), 1), 3)
    mark = hashlib.sha256(msgspec.json.encode(area)).hexdigest()[:12]
    return f"around {_point(lon, lat)} with {len(corners)} corners ({mark})"
