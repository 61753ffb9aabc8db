"""Places houses that nobody said where they are beside their neighbours of the same street."""

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

_METRES_PER_DEGREE = 111_200.0
_NUMBER = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?( 1/2)?")


class How(StrEnum):
    """How a house was placed, or why it was not."""

    KNOWN = "known"
    BETWEEN = "between"
    BEYOND = "beyond"
    NO_NUMBER = "no_number"
    NO_STREET = "no_street"
    NO_POSTCODE = "no_postcode"
    NO_NEIGHBOUR = "no_neighbour"
    APART = "apart"


_PLACED = (How.KNOWN, How.BETWEEN, How.BEYOND)


class Place(NamedTuple):
    """Where a house is, in degrees; nowhere, with why, if ``lon`` and ``lat`` are None."""

    lon: float | None
    lat: float | None
    how: How


@dataclass(frozen=True, slots=True)
class Limits:
    """How far neighbours may be.

    Parameters
    ----------
    reach
        House numbers that a house may lie beyond the last known one, 0 or more.
    gap_m
        Metres between the neighbours that a house lies between, or between known houses of one
        number; streets of one name in two towns lie further apart.
    step_m
        Metres from number to number up to which the last two houses say where the next one is;
        it is put at the last one otherwise.
    """

    reach: int = 4
    gap_m: float = 500.0
    step_m: float = 20.0

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if not (self.reach >= 0 and self.gap_m > 0 and self.step_m >= 0):
            message = f"reach and step_m must be 0 or more, gap_m above 0, not {self}"
            raise ValueError(message)


class _House(NamedTuple):
    number: float
    lon: float
    lat: float
    postcode: str


class _Street:
    """The known houses of a street."""

    def __init__(self) -> None:
        self.by_key: defaultdict[str, list[_House]] = defaultdict(list)
        self.postcodes: set[str] = set()
        # Even and odd, each in the order of numbers.
        self.sides: tuple[list[_House], list[_House]] = ([], [])


class RangeIndex:
    """Known addresses by street, side and number; made by `build`."""

    def __init__(self, streets: dict[str, _Street], limits: Limits) -> None:
        self._streets = streets
        self._limits = limits

    @classmethod
    def build(
        cls,
        streets: Sequence[str],
        numbers: Sequence[str],
        postcodes: Sequence[str],
        lon: Iterable[float],
        lat: Iterable[float],
        limits: Limits | None = None,
    ) -> "RangeIndex":
        """Return an index of known addresses; all arguments have one entry for each.

        Parameters
        ----------
        streets, numbers
            What `street_key` and `number_key` give.
        postcodes
            As written; "" where not known.
        lon, lat
            Degrees.
        limits
            How far neighbours may be.
        """
        found: defaultdict[str, _Street] = defaultdict(_Street)
        rows = zip(streets, numbers, postcodes, lon, lat, strict=True)
        for name, key, postcode, east, north in rows:
            street, number = found[name], house_value(key)
            code = _code(postcode)
            house = _House(number or 0.0, float(east), float(north), code)
            street.postcodes.add(code)
            street.by_key[key].append(house)
            if number is not None:
                street.sides[int(number) % 2].append(house)
        for street in found.values():
            for side in street.sides:
                side.sort()
        return cls(dict(found), limits or Limits())

    def place(self, street: str, number: str, postcode: str = "") -> Place:
        """Return where a house is: known, between its neighbours of its side, or just beyond them.

        Parameters
        ----------
        street, number
            What `street_key` and `number_key` give.
        postcode
            Where given, only houses of that postcode, or of none, count.
        """
        known = self._streets.get(street)
        if known is None:
            return _nowhere(How.NO_STREET)
        code = _code(postcode)
        if code or len(known.postcodes) == 1:
            return self._place(known, number, {code or next(iter(known.postcodes)), ""})
        # The street may lie in several towns: what each of them says must be one place.
        found = [self._place(known, number, {one, ""}) for one in sorted(known.postcodes)]
        placed = [one for one in found if one.lon is not None]
        if not placed:
            return found[0]
        best = min(placed, key=lambda one: _PLACED.index(one.how))
        apart = any(_metres(best, one) > self._limits.gap_m for one in placed)
        return _nowhere(How.APART) if apart else best

    def _place(self, street: _Street, number: str, codes: set[str]) -> Place:
        """Return where a house of one of the postcodes is."""
        if street.postcodes.isdisjoint(codes):
            return _nowhere(How.NO_POSTCODE)
        same = [one for one in street.by_key.get(number, ()) if one.postcode in codes]
        if same:
            return self._middle(same)
        value = house_value(number)
        if value is None:
            return _nowhere(How.NO_NUMBER)
        return self._beside(street.sides[int(value) % 2], codes, value)

    def _beside(self, side: Sequence[_House], codes: set[str], value: float) -> Place:
        """Return a place between the nearest two houses of a side, or beyond its last."""
        after = bisect_left(side, (value,))
        below = (side[at] for at in range(after - 1, -1, -1) if side[at].postcode in codes)
        above = (side[at] for at in range(after, len(side)) if side[at].postcode in codes)
        low, high = next(below, None), next(above, None)
        if low and high:
            if _metres(low, high) > self._limits.gap_m:
                return _nowhere(How.APART)
            return _along(low, high, value, How.BETWEEN)
        end = low or high
        if end is None or abs(end.number - value) > self._limits.reach:
            return _nowhere(How.NO_NEIGHBOUR)
        return self._beyond(end, next(below if low else above, None), value)

    def _beyond(self, end: _House, inner: _House | None, value: float) -> Place:
        """Return a place as far beyond the last house as its neighbour is before it."""
        if inner and abs(end.number - inner.number) >= max(abs(value - end.number), 1):
            step_m = _metres(inner, end) / abs(end.number - inner.number)
            if step_m <= self._limits.step_m:
                return _along(inner, end, value, How.BEYOND)
        return Place(end.lon, end.lat, How.BEYOND)

    def _middle(self, houses: list[_House]) -> Place:
        """Return the one place that all of them are at, but for the width of a block."""
        first = houses[0]
        if any(_metres(first, one) > self._limits.gap_m for one in houses):
            return _nowhere(How.APART)
        lon = sum(one.lon for one in houses) / len(houses)
        return Place(lon, sum(one.lat for one in houses) / len(houses), How.KNOWN)


def house_value(key: str) -> float | None:
    """Return what a house number counts as along its street: 12 for "12b", 19702 for "197-02".

    A range counts as its first house. None for a number without digits in front.
    """
    found = _NUMBER.match(key)
    if found is None:
        return None
    first, second, half = found.groups()
    if second and (second[0] == "0" or int(second) < int(first)):
        return float(first) * 100 + float(second)
    return float(first) + (0.5 if half else 0.0)


def _code(postcode: str) -> str:
    return "".join(postcode.split()).upper()


def _nowhere(how: How) -> Place:
    return Place(None, None, how)


def _along(one: _House, other: _House, value: float, how: How) -> Place:
    """Return the place of a number on the line through two houses."""
    share = (value - one.number) / ((other.number - one.number) or 1)
    lon = one.lon + share * (other.lon - one.lon)
    return Place(lon, one.lat + share * (other.lat - one.lat), how)


def _metres(one: _House | Place, other: _House | Place) -> float:
    """Return metres between two places that are known, good to a few per cent nearby."""
    assert one.lon is not None and one.lat is not None  # noqa: PT018, S101
    assert other.lon is not None and other.lat is not None  # noqa: PT018, S101
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(east, one.lat - other.lat) * _METRES_PER_DEGREE
