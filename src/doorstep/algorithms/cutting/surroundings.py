"""What is near what: stops to go to next, and neighbours that hold a turf together."""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import Delaunay, QhullError, cKDTree

from doorstep.algorithms.cutting.costs import Plane
from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, legs_m, walk_m
from doorstep.algorithms.cutting.model import Floats, Ints

LINK_M = 150.0
"""Doors further apart than this do not hold a turf together."""
CANDIDATES = 40
NEAREST = 10
SIDES = 5
GRID_M = 40.0
ONE_SPOT = 12
"""Floors of a tower that are neighbours: those so near each other in its natural order."""

Pairs = tuple[Ints, Ints]
"""Two stops each, by their numbers."""


def plane_of(
    metric: Metric, size: Floats, home: Ints | None = None, *, pairs: Pairs | None = None
) -> Plane:
    """Neighbours of every stop, in walking metres."""
    a, b = pairs or neighbours(metric.xy)
    near, near_m = nearest_stops(metric, *sparse_rows(len(metric.xy), a, b))
    straight = np.hypot(*(metric.xy[a] - metric.xy[b]).T)
    kept = (straight <= LINK_M) & (legs_m(metric, a, b) < BLOCKED_M)
    link_start, link = sparse_rows(len(metric.xy), a[kept], b[kept])
    origin = metric.xy.min(axis=0) - GRID_M
    box = np.floor((metric.xy - origin) / GRID_M).astype(np.intp)
    shape = box.max(axis=0) + 2
    cell = box[:, 0] * shape[1] + box[:, 1]
    start = np.zeros(shape[0] * shape[1] + 1, np.intp)
    np.cumsum(np.bincount(cell, minlength=len(start) - 1), out=start[1:])
    return Plane(
        near=near.astype(np.int32),
        near_m=near_m,
        link_start=link_start,
        link=link,
        size=size.astype(np.float64),
        home=np.full(len(size), -1) if home is None else home,
        grid_start=start,
        grid_stop=np.argsort(cell, kind="stable"),
        grid_frame=np.array([*origin, GRID_M, *shape], np.float64),
    )


def neighbours(xy: Floats) -> Pairs:
    """Pairs of stops that share a side of their Voronoi cells, or a spot; each pair once."""
    spots, first, spot = np.unique(np.round(xy, 2), axis=0, return_index=True, return_inverse=True)
    spot = spot.ravel()
    order = np.argsort(spot, kind="stable")
    held = np.bincount(spot)
    pairs = [_of_one_spot(order, spot, min(ONE_SPOT, int(held.max(initial=1))))]
    begin = np.cumsum(held) - held
    if len(spots) > 3:
        try:
            corners = Delaunay(spots).simplices
        except QhullError:
            corners = np.empty((0, 3), np.intp)
        sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
        pairs.append(first[np.unique(np.sort(sides, axis=1), axis=0)])
    # On a line or with few spots there are no triangles: each has the next ones along.
    if len(pairs) == 1 or not len(pairs[1]):
        reach = min(4, len(spots))
        found = cKDTree(spots).query(spots, k=reach)[1].reshape(len(spots), -1)
        sides = np.column_stack([np.repeat(np.arange(len(spots)), found.shape[1]), found.ravel()])
        sides = np.sort(sides[sides[:, 0] != sides[:, 1]], axis=1)
        pairs.append(first[np.unique(sides, axis=0)].reshape(-1, 2))
    both = np.concatenate(pairs).astype(np.intp)
    crowded = (held[spot[both]] > 1).any(axis=1) & (spot[both[:, 0]] != spot[both[:, 1]])
    # Each stop of a spot is a neighbour of each of the other.
    here, there = spot[both[crowded]].T
    times = held[here] * held[there]
    nth = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    here, there, wide = (np.repeat(one, times) for one in (here, there, held[there]))
    more = np.column_stack([order[begin[here] + nth // wide], order[begin[there] + nth % wide]])
    a, b = np.sort(np.concatenate([both[~crowded], more]), axis=1).T
    return np.divmod(np.unique((a * len(xy) + b)[a != b]), len(xy))


def _of_one_spot(order: Ints, spot: Ints, width: int) -> Ints:
    """Pairs of stops on one spot, such as floors of a tower, that are less than so many apart."""
    steps = [(order[:-step], order[step:]) for step in range(1, width)]
    return np.concatenate(
        [np.column_stack([a, b])[spot[a] == spot[b]] for a, b in steps]
        or [np.empty((0, 2), np.intp)]
    )


def nearest_stops(metric: Metric, link_start: Ints, link: Ints) -> tuple[Ints, Floats]:
    """Stops to go to next from each: the nearest, and neighbours on all sides, shape (n, q).

    A dense cluster's nearest are all its own; only neighbours lead out of it.
    """
    total = len(metric.xy)
    found = cKDTree(metric.xy).query(metric.xy, k=min(CANDIDATES, total))[1]
    found = found.reshape(total, -1).astype(np.intp)
    return _nearest(*metric, found, link_start, link, NEAREST, NEAREST + SIDES)


@njit(cache=True, nogil=True)
def _nearest(
    stop: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, found: Ints, link_start: Ints, link: Ints, count: int,
    width: int,
) -> tuple[NDArray[np.int64], Floats]:  # fmt: skip
    from_m = np.full((len(found), width), np.inf)
    near = np.full((len(found), width), -1)
    for a in range(len(found)):
        for nth in range(found.shape[1] + link_start[a + 1] - link_start[a]):
            sides = nth >= found.shape[1]
            b = link[link_start[a] + nth - found.shape[1]] if sides else found[a, nth]
            end = width if sides else count
            if a == b or (sides and (near[a] == b).any()):
                continue
            metres = walk_m(stop, rows, slots, walls, box_start, box_wall, frame, a, b)
            if metres >= from_m[a, end - 1] or metres >= BLOCKED_M:
                continue
            # Of the neighbours, those that a free place is left for; the nearest stay.
            place = end - 1
            floor = 0
            if sides:
                floor = count
                if near[a, floor - 1] < 0:
                    floor = 0
            while place > floor and from_m[a, place - 1] > metres:
                from_m[a, place] = from_m[a, place - 1]
                near[a, place] = near[a, place - 1]
                place -= 1
            from_m[a, place] = metres
            near[a, place] = b
    return near, from_m


def sparse_rows(count: int, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Pairs, both ways round, as the start of each row and its members."""
    here, there = np.concatenate([a, b]), np.concatenate([b, a])
    start = np.zeros(count + 1, np.intp)
    np.cumsum(np.bincount(here, minlength=count), out=start[1:])
    return start, there[np.argsort(here, kind="stable")].astype(np.intp)
