"""What a turf costs: its walk, and its shape on the map.

Compiled functions take arrays one by one, as those of `metric` do.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from doorstep.algorithms.cutting.metric import Metric, walk_m
from doorstep.algorithms.cutting.model import Floats, Ints

METRES, BEYOND, AWAY, DOORS, EAST, NORTH, SQUARE = range(7)
"""Columns of the sums of a turf: metres walked, metres beyond `long_m`, doors of stops that were in
another turf before, doors, and these times x, y, and the square of both."""


class Plane(NamedTuple):
    """What is near what."""

    near: NDArray[np.int32]
    """Shape (n, q): stops to go to from each, nearest first, filled up with -1."""
    near_m: Floats
    link_start: Ints
    link: Ints
    """Neighbours that hold a turf together."""
    size: Floats
    """Shape (n,): doors or minutes at each stop."""
    home: Ints
    """Shape (n,): turf that each stop was in before, -1 for none."""
    grid_start: Ints
    grid_stop: Ints
    """Stops in each box of a grid."""
    grid_frame: Floats
    """West, south, size of a box in metres, columns, rows."""


class Turfs(NamedTuple):
    """The turfs as they are: changed in place."""

    path: NDArray[np.int32]
    """Shape (k, longest): stops in walking order."""
    length: Ints
    of_stop: Ints
    load: Floats
    cost: Floats
    low: Floats
    """Shape (k,): what a turf should at least hold, and at most."""
    high: Floats


class Taste(NamedTuple):
    """What a turf costs beside the metres walked."""

    per_metre: float
    """Load that a metre walked adds: minutes, or 0 if doors are counted."""
    spread: float
    """Metres per door and metre of root mean square distance from the middle."""
    foreign: float
    """Metres per door of another turf inside the hull."""
    piece: float
    """Metres per piece beyond the first."""
    long_m: float
    """A leg beyond this costs `long_times` as much for the rest."""
    long_times: float
    unbalanced: float
    """Metres per door or minute beyond the limits."""
    stay: float
    """Metres per door that leaves the turf it was in before."""
    off: float
    """Doors or minutes that being beyond the limits at all counts for: above 0, one turf far off is
    better than three a little off; at 0, what is missing can wander from turf to turf."""


@njit(cache=True, nogil=True, inline="always")
def beyond(long_m: float, metres: float) -> float:
    """Metres of a leg that count more."""
    return max(0.0, metres - long_m)


@njit(cache=True, nogil=True, inline="always")
def add_stop(sums: Floats, turf: int, stop_at: Floats, home: Ints, stop: int, times: float) -> None:
    """Count a stop in the sums of a turf, or take it out, with -1 `times`."""
    x, y, doors = stop_at[stop, 0], stop_at[stop, 1], times * stop_at[stop, 7]
    sums[turf, DOORS] += doors
    sums[turf, EAST] += doors * x
    sums[turf, NORTH] += doors * y
    sums[turf, SQUARE] += doors * (x * x + y * y)
    if home[stop] >= 0 and home[stop] != turf:
        sums[turf, AWAY] += doors


@njit(cache=True, nogil=True, inline="always")
def spread(sums: Floats, turf: int) -> float:
    """Doors times the root mean square distance of a door from their middle."""
    doors, x, y = sums[turf, DOORS], sums[turf, EAST], sums[turf, NORTH]
    return np.sqrt(max(0.0, sums[turf, SQUARE] * doors - x * x - y * y))


@njit(cache=True, nogil=True, inline="always")
def wider(sums: Floats, turf: int, stop_at: Floats, stop: int) -> float:
    """What one stop more adds to the spread."""
    x, y, doors = stop_at[stop, 0], stop_at[stop, 1], stop_at[stop, 7]
    all_doors = sums[turf, DOORS] + doors
    all_x, all_y = sums[turf, EAST] + doors * x, sums[turf, NORTH] + doors * y
    square = sums[turf, SQUARE] + doors * (x * x + y * y)
    then = np.sqrt(max(0.0, square * all_doors - all_x * all_x - all_y * all_y))
    return then - spread(sums, turf)


@njit(cache=True, nogil=True, inline="always")
def least_cost(sums: Floats, turf: int, taste: Taste) -> float:
    """What of a turf's cost can only grow with each stop more."""
    return sums[turf, METRES] + taste.stay * sums[turf, AWAY] + taste.spread * spread(sums, turf)


@njit(cache=True, nogil=True, inline="always")
def plain_cost(
    sums: Floats, turf: int, load: float, low: float, high: float, taste: Taste
) -> float:
    """What a turf costs but for its pieces and the doors of others inside its hull."""
    cost = least_cost(sums, turf, taste) + taste.long_times * sums[turf, BEYOND]
    if load > high:
        cost += taste.unbalanced * (load - high + taste.off)
    elif load < low:
        cost += taste.unbalanced * (low - load + taste.off)
    return cost


@njit(cache=True, nogil=True)
def _hull(xy: Floats, stops: NDArray[np.int32], count: int, hull: Floats) -> int:
    """Corners of the convex hull, anticlockwise, into `hull` (Andrew 1979)."""
    order = np.empty(count, np.int32)
    for at in range(count):
        stop = stops[at]
        x, y = xy[stop, 0], xy[stop, 1]
        place = at
        while place:
            other = order[place - 1]
            ox = xy[other, 0]
            if ox < x or (ox == x and xy[other, 1] <= y):
                break
            order[place] = other
            place -= 1
        order[place] = stop
    size = 0
    for turn in range(2):
        floor = size + 1
        for step in range(count):
            stop = order[step] if turn == 0 else order[count - 1 - step]
            x, y = xy[stop, 0], xy[stop, 1]
            while size > floor:
                ax, ay = hull[size - 2, 0], hull[size - 2, 1]
                bx, by = hull[size - 1, 0], hull[size - 1, 1]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0.0:
                    break
                size -= 1
            hull[size, 0], hull[size, 1] = x, y
            size += 1
        size -= 1
    return size


@njit(cache=True, nogil=True)
def foreign_doors(
    stop_at: Floats, grid_start: Ints, grid_stop: Ints, grid_frame: Floats, of_stop: Ints,
    turf: int, stops: NDArray[np.int32], count: int, hull: Floats,
) -> float:  # fmt: skip
    """Doors of other turfs strictly inside the hull of this one."""
    corners = _hull(stop_at, stops, count, hull)
    if corners < 3:
        return 0.0
    west, east, south, north = np.inf, -np.inf, np.inf, -np.inf
    for at in range(corners):
        west, east = min(west, hull[at, 0]), max(east, hull[at, 0])
        south, north = min(south, hull[at, 1]), max(north, hull[at, 1])
    first = np.int64((west - grid_frame[0]) / grid_frame[2])
    last = np.int64((east - grid_frame[0]) / grid_frame[2])
    bottom = np.int64((south - grid_frame[1]) / grid_frame[2])
    top = np.int64((north - grid_frame[1]) / grid_frame[2])
    rows = np.int64(grid_frame[4])
    doors = 0.0
    for column in range(first, last + 1):
        begin = grid_start[column * rows + bottom]
        end = grid_start[column * rows + top + 1]
        for at in range(begin, end):
            stop = grid_stop[at]
            if of_stop[stop] == turf:
                continue
            x, y = stop_at[stop, 0], stop_at[stop, 1]
            if x <= west or x >= east or y <= south or y >= north:
                continue
            px, py = hull[corners - 1, 0], hull[corners - 1, 1]
            inside = True
            for corner in range(corners):
                qx, qy = hull[corner, 0], hull[corner, 1]
                if (qx - px) * (y - py) - (qy - py) * (x - px) <= 1e-6:
                    inside = False
                    break
                px, py = qx, qy
            if inside:
                doors += stop_at[stop, 7]
    return doors


@njit(cache=True, nogil=True)
def pieces(
    link_start: Ints,
    link: Ints,
    of_stop: Ints,
    turf: int,
    stops: NDArray[np.int32],
    count: int,
    queue: NDArray[np.int32],
    seen: Ints,
    stamp: int,
) -> int:
    """How many pieces the turf falls into."""
    found, reached = 0, 0
    for first in range(count):
        if seen[stops[first]] == stamp:
            continue
        found += 1
        queue[reached] = stops[first]
        seen[stops[first]] = stamp
        end = reached + 1
        while reached < end:
            here = queue[reached]
            reached += 1
            for at in range(link_start[here], link_start[here + 1]):
                there = link[at]
                if of_stop[there] == turf and seen[there] != stamp:
                    seen[there] = stamp
                    queue[end] = there
                    end += 1
    return found


@njit(cache=True, nogil=True)
def assess_all(metric: Metric, plane: Plane, turfs: Turfs, taste: Taste) -> None:
    """Write down what every turf holds and costs."""
    stop_at, rows, slots, walls, box_start, box_wall, frame = metric
    _, _, link_start, link, size, home, grid_start, grid_stop, grid_frame = plane
    path, length, of_stop, load, cost, low, high = turfs
    longest = path.shape[1]
    hull = np.empty((2 * longest + 2, 2))
    queue = np.empty(longest, np.int32)
    seen = np.zeros(len(of_stop), np.intp)
    sums = np.zeros((len(length), SQUARE + 1))
    for turf in range(len(length)):
        count = length[turf]
        if count == 0:
            continue
        load[turf] = 0.0
        for at in range(count):
            stop = path[turf, at]
            add_stop(sums, turf, stop_at, home, stop, 1.0)
            load[turf] += size[stop]
            if at:
                leg = walk_m(
                    stop_at, rows, slots, walls, box_start, box_wall, frame, path[turf, at - 1],
                    stop,
                )  # fmt: skip
                sums[turf, METRES] += leg
                sums[turf, BEYOND] += beyond(taste.long_m, leg)
        load[turf] += taste.per_metre * sums[turf, METRES]
        stops = path[turf, :count]
        parts = pieces(link_start, link, of_stop, turf, stops, count, queue, seen, turf + 1)
        strangers = foreign_doors(
            stop_at, grid_start, grid_stop, grid_frame, of_stop, turf, stops, count, hull
        )
        cost[turf] = (
            plain_cost(sums, turf, load[turf], low[turf], high[turf], taste)
            + taste.piece * (parts - 1)
            + taste.foreign * strangers
        )
