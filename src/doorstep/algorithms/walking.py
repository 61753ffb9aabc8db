"""The order in which the doors of a turf are walked.

A thin first version: legs are straight lines, and crossing one's own street costs extra.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Up to this many points every leg fits in one small table, and many first doors can be tried.
_TABLE_POINTS = 400
_FIRST_DOORS = 64
# Neighbours tried per point: on random points 5, 20 and 40 gave no shorter walks.
_NEIGHBOURS = 10
# Every round only improves; the limit keeps a pathological input from running for long.
_ROUNDS = 60
_BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """The order of the doors, and what the walk amounts to."""

    order: NDArray[np.intp]
    walk_m: float
    crossing_count: int


class _Move(NamedTuple):
    """How node v is put beside node c: by turning a stretch (length 0) or moving a short one."""

    length: int
    first: bool  # v is the first of the stretch moved, else the last
    after: bool  # v comes after c, else before


_MOVES = [_Move(0, first=True, after=after) for after in (False, True)] + [
    _Move(length, first, after)
    for length, first in ((1, True), (2, True), (2, False), (3, True), (3, False))
    for after in (False, True)
]


def walking_order(
    points: ArrayLike,
    *,
    street: ArrayLike | None = None,
    side: ArrayLike | None = None,
    start: ArrayLike | None = None,
    crossing_m: float = 40.0,
) -> Walk:
    """Return a short order to walk the doors in, with few crossings of the street.

    The path is open: it ends at any door. The best nearest-neighbour path (or the given order, if
    cheaper) is improved by 2-opt and Or-opt over neighbour lists (Bentley 1992, Johnson and
    McGeoch 1997). The same input gives the same order.

    Parameters
    ----------
    points
        Shape (n, 2), metres in a projected system. Doors at one point stay together, in the order
        given, and count as one stop on the street and side of the first of them.
    street
        Shape (n,), whole numbers, one per street. Give street and side both or neither.
    side
        Shape (n,), 0 or 1: the side of the street, such as odd and even house numbers.
    start
        Shape (2,), metres: where the walk begins. None lets it begin at any door.
    crossing_m
        Metres that a leg to the other side of the same street costs on top, 0 or more. With
        40, suburbs of five streets took a sixth fewer metres and a quarter of the crossings of
        the order by name and number (mean of 200 synthetic ones).

    Returns
    -------
    Walk
        order (n,) indices of the points; walk_m, the straight metres walked, from start if given,
        without the cost of crossings; crossing_count, legs to the other side of the same street.

    Raises
    ------
    ValueError
        If an array has the wrong shape or a value out of range; the message names it.
    """
    doors = _checked(points, "points", (len(np.atleast_1d(points)), 2))
    begin = None if start is None else _checked(start, "start", (2,))
    if not (np.isfinite(crossing_m) and crossing_m >= 0):
        msg = f"crossing_m must be 0 or more metres, not {crossing_m}"
        raise ValueError(msg)
    faces = _faces(len(doors), street, side)
    if not len(doors):
        return Walk(np.empty(0, np.intp), 0.0, 0)
    first, stop = _stops(doors)
    legs = _Legs(doors[first], faces[first], begin, crossing_m)
    path = _improved(_first_path(legs), legs)
    place = np.empty_like(path)
    place[path] = np.arange(len(path))
    return Walk(
        order=np.argsort(place[stop], kind="stable"),
        walk_m=float(legs.metres(path[:-1], path[1:]).sum()),
        crossing_count=int(legs.crosses(path[:-1], path[1:]).sum()),
    )


def _checked(values: ArrayLike, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the values as floats, if they have the shape and are finite."""
    array = np.asarray(values, np.float64)
    if array.shape != shape and (array.size or shape[0]):
        msg = f"{name} must have shape {shape}, not {array.shape}"
        raise ValueError(msg)
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0, 0])
        msg = f"{name}[{row}] is not a finite number; leave out doors without a position"
        raise ValueError(msg)
    # Adding zero turns -0.0 into 0.0, so that equal points look equal.
    return array.reshape(shape) + 0.0


def _faces(count: int, street: ArrayLike | None, side: ArrayLike | None) -> NDArray[np.intp]:
    """Return a code per door and side of a street; codes differing in the last bit are opposite."""
    if street is None and side is None:
        return np.zeros(count, np.intp)
    if street is None or side is None:
        msg = "street and side belong together: give both or neither"
        raise ValueError(msg)
    streets, sides = _checked(street, "street", (count,)), _checked(side, "side", (count,))
    if not np.isin(sides, (0, 1)).all():
        msg = f"side[{int(np.argmin(np.isin(sides, (0, 1))))}] must be 0 or 1"
        raise ValueError(msg)
    return 2 * np.unique(streets, return_inverse=True)[1] + sides.astype(np.intp)


def _stops(doors: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first door of every distinct point, in order, and the stop of every door."""
    _, first, inverse = np.unique(doors, axis=0, return_index=True, return_inverse=True)
    return np.sort(first), np.argsort(np.argsort(first))[inverse.ravel()]


class _Legs:
    """What a leg costs between nodes: the stops, then the start, then the open end.

    A leg to the open end costs nothing, nor one from the start if that is not fixed. With these
    two the path has fixed ends, so that no move needs a special case.
    """

    def __init__(
        self,
        points: NDArray[np.float64],
        faces: NDArray[np.intp],
        start: NDArray[np.float64] | None,
        crossing_m: float,
    ) -> None:
        middle = points.mean(axis=0)
        ends = [middle if start is None else start, middle]
        self.count = len(points)
        self.fixed = start is not None
        self._at = (np.vstack([points, ends]) - middle) @ np.array([1, 1j])
        self._real = np.append(np.ones(self.count), [float(self.fixed), 0.0])
        self._face = np.append(faces, [-5, -5])
        self._opposite = self._face ^ 1
        self._crossing_m = crossing_m
        self._table = None
        # Gains below this are rounding, and could be taken back and forth for ever.
        self.least_gain = 1e-9 * (1.0 + float(np.abs(self._at).max()))
        if self.count <= _TABLE_POINTS:
            nodes = np.arange(self.count + 2)
            self._table = self(nodes[:, None], nodes)

    def metres(self, a: Any, b: Any) -> NDArray[np.float64]:
        return self._real[a] * self._real[b] * np.abs(self._at[a] - self._at[b])

    def crosses(self, a: Any, b: Any) -> NDArray[np.bool_]:
        return self._face[a] == self._opposite[b]

    def __call__(self, a: Any, b: Any) -> NDArray[np.float64]:
        if self._table is not None:
            return self._table[a, b]
        return self.metres(a, b) + self._crossing_m * self.crosses(a, b)


def _first_path(legs: _Legs) -> NDArray[np.intp]:
    """Return the cheapest of the given order and the nearest-neighbour paths."""
    stops = np.arange(legs.count)
    if legs.fixed:
        first = np.argmin(legs(legs.count, stops), keepdims=True)
    elif legs.count <= _TABLE_POINTS:
        first = np.unique(np.linspace(0, legs.count - 1, _FIRST_DOORS).astype(np.intp))
    else:
        first = stops[:1]
    inner = np.vstack([stops, _nearest_neighbour(legs, first)])
    ends = np.full((len(inner), 1), legs.count)
    paths = np.hstack([ends, inner, ends + 1])
    return paths[np.argmin(legs(paths[:, :-1], paths[:, 1:]).sum(axis=1))]


def _nearest_neighbour(legs: _Legs, first: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return one path per first stop that goes on to the cheapest stop left."""
    stops, walkers = np.arange(legs.count), np.arange(len(first))
    taken = np.zeros((len(first), legs.count))
    paths = np.empty((len(first), legs.count), np.intp)
    paths[:, 0] = here = first
    for step in range(1, legs.count):
        taken[walkers, here] = np.inf
        here = np.argmin(legs(here[:, None], stops) + taken, axis=1)
        paths[:, step] = here
    return paths


def _neighbours(legs: _Legs) -> NDArray[np.intp]:
    """Return the cheapest stops to go to from every stop, and both ends of the path."""
    stops = np.arange(legs.count)
    width = min(_NEIGHBOURS, legs.count - 1)
    near = np.empty((legs.count, width + 2), np.intp)
    near[:, width:] = legs.count, legs.count + 1
    for low in range(0, legs.count, _BLOCK):
        rows = stops[low : low + _BLOCK]
        cost = legs(rows[:, None], stops)
        cost[np.arange(len(rows)), rows] = np.inf
        near[rows, :width] = np.argpartition(cost, max(width - 1, 0), axis=1)[:, :width]
    return near


def _improved(path: NDArray[np.intp], legs: _Legs) -> NDArray[np.intp]:
    """Return the path after every move that pays; each round looks only where links changed."""
    near = _neighbours(legs)
    active = np.arange(legs.count)
    for _ in range(_ROUNDS):
        before = path.copy()
        _take_moves(path, legs, active, near[active])
        active = np.flatnonzero((_links(before) != _links(path)).any(axis=1))
        if not len(active):
            break
    return path


def _links(path: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return both neighbours of every stop on the path, the lower first."""
    links = np.empty((len(path) - 2, 2), np.intp)
    links[path[1:-1]] = np.sort(np.column_stack([path[:-2], path[2:]]), axis=1)
    return links


def _take_moves(
    path: NDArray[np.intp], legs: _Legs, nodes: NDArray[np.intp], near: NDArray[np.intp]
) -> None:
    """Make the best move of every node, the best of all first, if it still pays by then."""
    place = np.empty_like(path)
    place[path] = np.arange(len(path))
    gains = np.stack([_gain(path, legs, place[nodes, None], place[near], m) for m in _MOVES])
    gains = gains.transpose(1, 0, 2).reshape(len(nodes), -1)
    best = gains.argmax(axis=1)
    gain = gains[np.arange(len(nodes)), best]
    for row in np.argsort(-gain, kind="stable")[: np.count_nonzero(gain > legs.least_gain)]:
        kind, column = divmod(int(best[row]), near.shape[1])
        v, c = place[nodes[row]], place[near[row, column]]
        if _gain(path, legs, v, c, _MOVES[kind]) > legs.least_gain:
            low, high = _make(path, int(v), int(c), _MOVES[kind])
            place[path[low:high]] = np.arange(low, high)


def _gain(path: NDArray[np.intp], legs: _Legs, v: Any, c: Any, move: _Move) -> NDArray[np.float64]:
    """Return the cost saved by moves of the nodes at places v to those at c; -inf if impossible."""
    last = len(path) - 1
    if not move.length:
        low, high = np.minimum(v, c) + move.after, np.maximum(v, c) - 1 + move.after
        possible = (low >= 1) & (low < high) & (high < last)
        a, b = path[low], path[high]
        p, s = path[low - 1], _at(path, high + 1)
        return np.where(possible, legs(p, a) + legs(b, s) - legs(p, b) - legs(a, s), -np.inf)
    low = v if move.first else v - move.length + 1
    high, gap = low + move.length - 1, c - (not move.after)
    possible = (low >= 1) & (high < last) & (gap >= 0) & (gap < last)
    possible = possible & ((gap < low - 1) | (gap > high))
    p, a, b, s = (_at(path, place) for place in (low - 1, low, high, high + 1))
    x, y = _at(path, gap), _at(path, gap + 1)
    saved = legs(p, a) + legs(b, s) + legs(x, y) - legs(p, s)
    added = legs(x, b) + legs(a, y) if move.first != move.after else legs(x, a) + legs(b, y)
    return np.where(possible, saved - added, -np.inf)


def _at(path: NDArray[np.intp], place: Any) -> NDArray[np.intp]:
    """Return the nodes at the places, or at an end for places beyond it."""
    return path[np.clip(place, 0, len(path) - 1)]


def _make(path: NDArray[np.intp], v: int, c: int, move: _Move) -> tuple[int, int]:
    """Make the move in place and return the range of places that it changed."""
    if not move.length:
        low, high = min(v, c) + move.after, max(v, c) + move.after
        path[low:high] = path[low:high][::-1].copy()
        return low, high
    low = v if move.first else v - move.length + 1
    high, gap = low + move.length, c + move.after
    stretch = path[low:high][:: -1 if move.first != move.after else 1]
    if gap < low:
        path[gap:high] = np.concatenate([stretch, path[gap:low]])
        return gap, high
    path[low:gap] = np.concatenate([path[high:gap], stretch])
    return low, gap
