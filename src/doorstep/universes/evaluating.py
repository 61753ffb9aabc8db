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
from doorstep.universes.columns import STRUCTURE, Block, Mask, keys_of
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
    Speaks,
    Tagged,
    Tried,
    members,
)

Looked = Answered | Consented | InPass | InTurf | LastContact | LastResult | NeverContacted | Tried
"""Conditions that ask what happened: the database is asked for the ids of whom they hold."""

EARTH_M = 6_371_008.8
_SIEVE = 2**20
# Its stubs leave keyword arguments untyped.
_shapely = cast("Any", shapely)


class Ids:
    """A set of ids that tells quickly which of many keys are in it."""

    def __init__(self, ids: bytes) -> None:
        self._keys = np.unique(keys_of(ids))
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
    names: set[str] = {*STRUCTURE}
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

    A grid over it knows which cells its outline crosses; the points of all others go with their
    cell, and only those near the outline are looked at one by one.
    """

    _CELLS = 48

    def __init__(self, area: Any) -> None:
        self._area = area
        self._west, self._south, east, north = area.bounds
        self._width = (east - self._west) / self._CELLS
        self._height = (north - self._south) / self._CELLS
        edges = np.arange(self._CELLS)
        west, south = (one.ravel() for one in np.meshgrid(edges, edges))
        west, south = self._west + west * self._width, self._south + south * self._height
        # A hair wider than they are, so that rounding puts no point into a cell it is not in.
        hair_x, hair_y = self._width * 1e-6, self._height * 1e-6
        cells = _shapely.box(
            west - hair_x,
            south - hair_y,
            west + self._width + hair_x,
            south + self._height + hair_y,
        )
        outline = area.boundary
        _shapely.prepare(outline)
        _shapely.prepare(area)
        self._crossed: Mask = _shapely.intersects(outline, cells)
        self._inside: Mask = _shapely.intersects_xy(
            area, west + self._width / 2, south + self._height / 2
        )

    def holds(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Mask:
        """Which points are inside or on the outline."""
        column = np.floor((lon - self._west) / self._width)
        row = np.floor((lat - self._south) / self._height)
        # The far edges belong to the last cells.
        column[column == self._CELLS], row[row == self._CELLS] = self._CELLS - 1, self._CELLS - 1
        found: Mask = (column >= 0) & (column < self._CELLS) & (row >= 0) & (row < self._CELLS)
        near = np.flatnonzero(found)
        cell = (row[near] * self._CELLS + column[near]).astype(np.int64)
        found[near] = self._inside[cell]
        unsure = near[self._crossed[cell]]
        found[unsure] = _shapely.intersects_xy(self._area, lon[unsure], lat[unsure])
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
                Answered() | Consented() | InPass() | InTurf() | LastContact() | LastResult()
                | NeverContacted() | Tried()
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
