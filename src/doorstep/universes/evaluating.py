"""Whom an expression finds: masks over the rows of a block, combined and counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, assert_never, cast
from uuid import UUID

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from doorstep.imports.model import AttributeKind
from doorstep.kit.geometry import area_shape
from doorstep.universes.columns import Block, Mask, keys_of
from doorstep.universes.fitting import numbers_fit, word_fits
from doorstep.universes.model import (
    Age,
    AllOf,
    Answered,
    AnyOf,
    Attribute,
    Consented,
    Counts,
    Expression,
    HeldOut,
    HouseholdSize,
    Imported,
    InPass,
    Inside,
    InTurf,
    InUniverse,
    LastContact,
    LastResult,
    Near,
    NeverContacted,
    NoneOf,
    Place,
    Reachable,
    Revisit,
    Speaks,
    Tagged,
    Tried,
    members,
)

Looked = (
    Answered
    | Consented
    | HeldOut
    | InPass
    | InTurf
    | LastContact
    | LastResult
    | NeverContacted
    | Revisit
    | Tried
)
"""Conditions that ask what happened: the database is asked for the ids of whom they hold."""

EARTH_M = 6_371_008.8
_SIEVE = 2**20
# Its stubs leave keyword arguments untyped.
_shapely = cast("Any", shapely)


class Ids:
    """A set of ids, without some of them, that tells quickly which of many keys are in it."""

    def __init__(self, ids: bytes, without: bytes = b"") -> None:
        self._keys = np.setdiff1d(keys_of(ids), keys_of(without))
        # Most keys are in no set: a table of their last bits says so without a search.
        self._sieve = np.zeros(_SIEVE, dtype=np.bool_)
        self._sieve[self._keys & np.uint64(_SIEVE - 1)] = True

    def __bool__(self) -> bool:
        return len(self._keys) > 0

    def hold(self, keys: NDArray[np.uint64]) -> Mask:
        """Which of the keys are in the set."""
        found: Mask = self._sieve[keys & np.uint64(_SIEVE - 1)]
        maybe = np.flatnonzero(found)
        if len(maybe):
            wanted = keys[maybe]
            places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
            found[maybe] = self._keys[places] == wanted
        return found


class Found(NamedTuple):
    """Whom a condition holds: these people, and those behind these doors but for some of them."""

    people: Ids
    doors: Ids
    but: Ids
    others: bool = False
    """True where it holds everybody else instead."""

    def mask(self, block: Block) -> Mask:
        """The rows of a block that it holds."""
        mask = np.zeros(block.rows, dtype=np.bool_)
        if self.doors:
            mask |= block.behind(self.doors.hold(block.keys("door_key")))
        if self.but:
            mask &= ~self.but.hold(block.keys("person_key"))
        if self.people:
            mask |= self.people.hold(block.keys("person_key"))
        return ~mask if self.others else mask


NOBODY = Ids(b"")


@dataclass(frozen=True)
class Asking:
    """An expression with all that it takes to tell whom it finds."""

    expression: Expression
    year: int
    """This year, where the organization is."""
    kinds: Mapping[str, AttributeKind]
    universes: Mapping[UUID, Expression]
    """Other universes that it names, and those that they name."""
    found: Mapping[bytes, Found]
    """What the database said of the conditions that ask what happened, by ``token``."""
    left_alone: Found
    shapes: dict[int, "Shape"] = field(default_factory=dict[int, "Shape"])
    """Areas made ready for asking, by the `id` of their condition: they are large to compare."""


@dataclass(frozen=True)
class Matched:
    """The rows of a block that a filter finds, and those it leaves out because they asked."""

    block: Block
    rows: Mask
    left_out: Mask


def token(condition: Expression) -> bytes:
    """What tells a condition from others."""
    return msgspec.json.encode(condition)


def conditions(expression: Expression) -> Iterable[Expression]:
    """An expression and everything inside it."""
    yield expression
    if isinstance(expression, AllOf | AnyOf | NoneOf):
        for one in members(expression):
            yield from conditions(one)


def columns_of(asking: Asking) -> set[str]:
    """The names of the columns that telling takes."""
    told = (asking.left_alone, *asking.found.values())
    names = {"shape"}
    if any(one.doors for one in told):
        names.add("door_key")
    if any(one.people or one.but for one in told):
        names.add("person_key")
    for outer in (asking.expression, *asking.universes.values()):
        for one in conditions(outer):
            names |= _columns(one)
    return names


def _columns(one: Expression) -> set[str]:  # noqa: PLR0911 -- one for each kind of condition
    match one:
        case Attribute(key=key):
            return {f"attribute {key}"}
        case Place(field=name) | Reachable(by=name):
            return {name}
        case Speaks():
            return {"language"}
        case Age():
            return {"birth_year"}
        case Tagged():
            return {"tags"}
        case Imported():
            return {"import"}
        case Inside() | Near():
            return {"lon", "lat"}
        case _:
            return set()


def match_block(asking: Asking, block: Block) -> Matched:
    """Whom the expression finds in a block."""
    rows = _Telling(asking, block).mask(asking.expression)
    left_out = rows & asking.left_alone.mask(block)
    return Matched(block, rows & ~left_out, left_out)


def count(asking: Asking, blocks: Iterable[Block]) -> Counts:
    """How much the expression finds in blocks; call it in a thread."""
    people = households = doors = left_out = 0
    for block in blocks:
        found = match_block(asking, block)
        left_out += int(np.count_nonzero(found.left_out))
        if found.rows.any():
            people += int(np.count_nonzero(found.rows & block.known))
            households += block.count_homes(found.rows)
            doors += int(np.count_nonzero(block.doors_of(found.rows)))
    return Counts(
        people_count=people,
        households_count=households,
        doors_count=doors,
        left_out_count=left_out,
    )


@dataclass(frozen=True)
class Page:
    """Some of the ids found, of how many there are, and how many rows were left out."""

    ids: list[UUID]
    total: int
    left_out: int


def page(
    asking: Asking, blocks: Iterable[Block], name: Literal["person", "door"], span: range
) -> Page:
    """The ids of the people or doors found, in the order of the list; call it in a thread.

    ``span`` counts those found; the column ``name`` must have been read as well.
    """
    ids: list[UUID] = []
    total = left_out = 0
    for block in blocks:
        found = match_block(asking, block)
        chosen = found.rows & block.known if name == "person" else block.doors_of(found.rows)
        left_out += int(np.count_nonzero(found.left_out))
        place = total + np.cumsum(chosen)
        total = int(place[-1])
        ids += block.ids(name, chosen & (place > span.start) & (place <= span.stop))
    return Page(ids, total, left_out)


class Shape:
    """An area that is asked about very many points.

    It is cut into upright strips: of a strip far fewer edges lie beside a point than of the whole,
    and those are what telling inside from outside costs.
    """

    _STRIPS = 32

    def __init__(self, area: Any) -> None:
        self._west, self._south, self._east, self._north = area.bounds
        self._width = (self._east - self._west) / self._STRIPS
        edges = self._west + self._width * np.arange(self._STRIPS)
        # A hair wider than they are, so that rounding puts no point beside its strip.
        hair = self._width * 1e-6
        south, north = self._south - 1, self._north + 1
        strips = [
            _shapely.clip_by_rect(area, west - hair, south, west + self._width + hair, north)
            for west in edges.tolist()
        ]
        self._strips = np.array(strips, dtype=np.object_)
        # Clipping does not promise valid shapes.
        self._strips[~_shapely.is_valid(self._strips)] = area
        _shapely.prepare(self._strips)

    def holds(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Mask:
        """Which points are inside or on the outline."""
        found: Mask = (lon >= self._west) & (lon <= self._east)
        found &= (lat >= self._south) & (lat <= self._north)
        near = np.flatnonzero(found)
        strip = ((lon[near] - self._west) / self._width).astype(np.int64)
        # The eastern edge belongs to the last strip.
        strip = np.minimum(strip, self._STRIPS - 1)
        found[near] = _shapely.intersects_xy(self._strips[strip], lon[near], lat[near])
        return found


class _Telling:
    """One block being asked; a universe that is named several times is told once."""

    def __init__(self, asking: Asking, block: Block) -> None:
        self._asking = asking
        self._block = block
        self._told: dict[UUID, Mask] = {}

    def mask(self, one: Expression) -> Mask:  # noqa: C901, PLR0911, PLR0912 -- as above
        block = self._block
        match one:
            case AllOf() | AnyOf() | NoneOf():
                return self._group(one)
            case InUniverse(universe_id=universe_id):
                if universe_id not in self._told:
                    inner = self._asking.universes[universe_id]
                    self._told[universe_id] = self.mask(inner)
                return self._told[universe_id]
            case Attribute(key=key, test=test):
                name = f"attribute {key}"
                if self._asking.kinds[key] is AttributeKind.TEXT:
                    return block.words(name, word_fits(test))
                return numbers_fit(test, block.numbers(name))
            case Place(field=name, test=test):
                return block.behind(block.words(name, word_fits(test)))
            case Speaks(test=test):
                return block.words("language", word_fits(test))
            case Imported(import_id=import_id):
                return block.words("import", lambda word: word == str(import_id))
            case Age(test=test):
                return numbers_fit(test, self._asking.year - block.numbers("birth_year"))
            case HouseholdSize(test=test):
                return numbers_fit(test, block.home_sizes.astype(np.float64))
            case Reachable(by=name):
                return block.numbers(name) == 1
            case Tagged(tag=tag):
                return block.tagged(tag)
            case Inside():
                return block.behind(self._inside(one))
            case Near():
                return block.behind(_near(one, *block.positions()))
            case (
                Answered() | Consented() | HeldOut() | InPass() | InTurf() | LastContact()
                | LastResult() | NeverContacted() | Revisit() | Tried()
            ):  # fmt: skip
                return self._asking.found[token(one)].mask(block)
            case _:
                assert_never(one)

    def _group(self, group: AllOf | AnyOf | NoneOf) -> Mask:
        every = isinstance(group, AllOf)
        mask = np.full(self._block.rows, every)
        for one in members(group):
            if every:
                mask &= self.mask(one)
            else:
                mask |= self.mask(one)
        return ~mask if isinstance(group, NoneOf) else mask

    def _inside(self, one: Inside) -> Mask:
        shape = self._asking.shapes.get(id(one))
        if shape is None:
            shape = self._asking.shapes[id(one)] = Shape(area_shape(one.area, "area"))
        return shape.holds(*self._block.positions())


def _near(one: Near, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Mask:
    # The haversine formula: true to half a percent anywhere, and at any distance.
    there, here = np.radians(lat), np.radians(one.lat)
    over = np.sin((there - here) / 2) ** 2
    along = np.cos(there) * np.cos(here) * np.sin(np.radians(lon - one.lon) / 2) ** 2
    distance: NDArray[np.float64] = 2 * EARTH_M * np.arcsin(np.sqrt(np.minimum(over + along, 1)))
    return distance <= one.within_m
