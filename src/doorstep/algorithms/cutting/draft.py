"""A first cut: one long tour through every cell, divided where that costs least.

The tour joins the shortest legs first (the greedy edge or multi-fragment method, Bentley 1992) and
is improved by 2-opt and Or-opt; the division is a shortest path over its positions, exact for the
tour, as in Beasley, "Route first, cluster second methods for vehicle routing", Omega 11 (1983).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from doorstep.algorithms.cutting.costs import Plane
from doorstep.algorithms.cutting.metric import Metric, legs_m, walk_m
from doorstep.algorithms.cutting.model import Floats, Ints

LONGEST_TURN = 1_000
"""Stops that one 2-opt move may turn round: longer ones gain hardly more and cost much time."""
_LEAST_GAIN = 1e-6


def tour_of(metric: Metric, plane: Plane, stops: Ints) -> Ints:
    """A short open tour through the stops, all of one cell."""
    if len(stops) <= 2:
        return stops
    member = np.full(len(metric.xy), -1)
    member[stops] = np.arange(len(stops))
    near = plane.near[stops]
    a = np.repeat(np.arange(len(stops)), near.shape[1])
    b = np.where(near.ravel() < 0, -1, member[near.ravel()])
    metres = plane.near_m[stops].ravel()
    kept = (b > a) | ((b >= 0) & (b < a))
    a, b, metres = a[kept], b[kept], metres[kept]
    links = np.full((len(stops), 2), -1)
    piece = np.arange(len(stops))
    order = np.lexsort((b, a, metres))
    _join(a[order], b[order], links, piece)
    while True:
        ends = np.flatnonzero(links[:, 1] < 0)
        if len(ends) <= 2 and len(np.unique(_roots(piece))) == 1:
            break
        a, b, metres = _end_links(metric, stops, ends, _roots(piece))
        order = np.lexsort((b, a, metres))
        _join(a[order], b[order], links, piece)
    path = _walk(links)
    local = np.where(near < 0, -1, member[near]).astype(np.int32)
    _improve_tour(*metric, stops, path, local, plane.near_m[stops], LONGEST_TURN)
    return stops[path]


def _end_links(metric: Metric, stops: Ints, ends: Ints, piece: Ints) -> tuple[Ints, Ints, Floats]:
    """Candidate links from ends of paths to ends of other paths."""
    xy = metric.xy[stops[ends]]
    width = min(12, len(ends))
    found = cKDTree(xy).query(xy, k=width)[1].reshape(len(ends), width)
    a = np.repeat(ends, width)
    b = ends[found.ravel()]
    other = piece[a] != piece[b]
    if not other.any():
        # All the near ends are of the same path: link it to the nearest end of any other.
        first = piece[ends] == piece[ends[0]]
        away, found_one = cKDTree(xy[~first]).query(xy[first])
        best = int(np.argmin(away))
        a = ends[first][[best]]
        b = ends[~first][[found_one[best]]]
        other = np.ones(1, np.bool_)
    a, b = a[other], b[other]
    return a, b, legs_m(metric, stops[a], stops[b])


@njit(cache=True, nogil=True)
def _root(piece: Ints, at: int) -> int:
    while piece[at] != at:
        piece[at] = piece[piece[at]]
        at = piece[at]
    return at


@njit(cache=True, nogil=True)
def _roots(piece: Ints) -> Ints:
    out = np.empty_like(piece)
    for at in range(len(piece)):
        out[at] = _root(piece, at)
    return out


@njit(cache=True, nogil=True)
def _join(a: Ints, b: Ints, links: Ints, piece: Ints) -> None:
    """Take each link, shortest first, that keeps paths paths."""
    for at in range(len(a)):
        one, two = a[at], b[at]
        if links[one, 1] >= 0 or links[two, 1] >= 0:
            continue
        root, other = _root(piece, one), _root(piece, two)
        if root == other:
            continue
        piece[root] = other
        links[one, 1 if links[one, 0] >= 0 else 0] = two
        links[two, 1 if links[two, 0] >= 0 else 0] = one


@njit(cache=True, nogil=True)
def _walk(links: Ints) -> NDArray[np.int32]:
    path = np.empty(len(links), np.int32)
    here, before = 0, -1
    while links[here, 1] >= 0:
        here += 1
    for at in range(len(links)):
        path[at] = here
        there = links[here, 0] if links[here, 0] != before else links[here, 1]
        before, here = here, there
    return path


@njit(cache=True, nogil=True)
def _turn(path: NDArray[np.int32], place: NDArray[np.int32], low: int, high: int) -> None:
    while low < high:
        a, b = path[low], path[high]
        path[low], path[high] = b, a
        place[b], place[a] = low, high
        low += 1
        high -= 1


@njit(cache=True, nogil=True)
def _improve_tour(
    stop_at: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, stops: Ints, path: NDArray[np.int32], near: NDArray[np.int32],
    near_m: Floats, longest: int,
) -> None:  # fmt: skip
    """2-opt and Or-opt around a queue of stops whose legs changed."""

    def way(a: int, b: int) -> float:
        return walk_m(
            stop_at, rows, slots, walls, box_start, box_wall, frame, stops[a], stops[b]
        )  # fmt: skip

    count = len(path)
    place = np.empty(count, np.int32)
    for at in range(count):
        place[path[at]] = at
    queue = path.copy()
    queued = np.ones(count, np.bool_)
    head, size = 0, count
    while size:
        stop = queue[head]
        head = head + 1 if head + 1 < count else 0
        size -= 1
        queued[stop] = False
        moved = True
        while moved:
            moved = False
            v = place[stop]
            for nth in range(near.shape[1]):
                other = near[stop, nth]
                if other < 0:
                    continue
                c, leg = place[other], near_m[stop, nth]
                low, high, goal, gain = 0, -1, -1, 0.0
                for side in range(2):
                    step = 1 - 2 * side
                    vn, cn = v + step, c + step
                    here_m = 0.0
                    if 0 <= vn < count:
                        here_m = way(stop, path[vn])
                    if leg >= here_m:
                        continue
                    there_m, across_m = 0.0, 0.0
                    if 0 <= cn < count:
                        there_m = way(other, path[cn])
                        if 0 <= vn < count:
                            across_m = way(path[vn], path[cn])
                    gain = here_m + there_m - leg - across_m
                    if gain > _LEAST_GAIN:
                        low = min(v, c) + (1 - side)
                        high = max(v, c) - side
                        if high - low < longest:
                            break
                    gain = 0.0
                if gain <= _LEAST_GAIN:
                    # The stop with up to two after or before it moves next to the other.
                    for length in range(1, 4):
                        for begins in range(2):
                            if length == 1 and begins:
                                continue
                            i = v if begins else v - length + 1
                            j = i + length - 1
                            if i < 0 or j >= count or i <= c <= j or abs(c - v) > longest:
                                continue
                            a, b = path[i], path[j]
                            freed = 0.0
                            if i > 0:
                                freed += way(path[i - 1], a)
                            if j + 1 < count:
                                freed += way(b, path[j + 1])
                            if freed <= leg:
                                continue
                            if i > 0 and j + 1 < count:
                                freed -= way(path[i - 1], path[j + 1])
                            end = b if stop == a else a
                            for side in range(2):
                                cn = c + 1 - 2 * side
                                if i <= cn <= j:
                                    continue
                                added = leg
                                if 0 <= cn < count:
                                    added += way(end, path[cn])
                                    added -= way(other, path[cn])
                                if freed - added > max(gain, _LEAST_GAIN):
                                    gain = freed - added
                                    low, high = i, j
                                    turned = (stop == b) != (side == 1)
                                    if length == 1:
                                        turned = False
                                    goal = 2 * (c - side) + 2 + turned
                if gain <= _LEAST_GAIN:
                    continue
                if goal < 0:
                    changed = (low - 1, low, high, high + 1, low, high)
                    for at in changed:
                        if 0 <= at < count and not queued[path[at]]:
                            tail = head + size
                            queue[tail - count if tail >= count else tail] = path[at]
                            queued[path[at]] = True
                            size += 1
                    _turn(path, place, low, high)
                else:
                    g, turned_now = (goal - 2) >> 1, goal & 1
                    changed = (low - 1, low, high, high + 1, g, g + 1)
                    for at in changed:
                        if 0 <= at < count and not queued[path[at]]:
                            tail = head + size
                            queue[tail - count if tail >= count else tail] = path[at]
                            queued[path[at]] = True
                            size += 1
                    moved_count = high - low + 1
                    if g < low:
                        _turn(path, place, g + 1, high)
                        if not turned_now:
                            _turn(path, place, g + 1, g + moved_count)
                        _turn(path, place, g + 1 + moved_count, high)
                    else:
                        _turn(path, place, low, g)
                        if not turned_now:
                            _turn(path, place, g - moved_count + 1, g)
                        _turn(path, place, low, g - moved_count)
                moved = True
                break


@njit(cache=True, nogil=True)
def divide(
    leg_m: Floats,
    xy: Floats,
    doors: Floats,
    size: Floats,
    low: float,
    high: float,
    target: float,
    spread: float,
    unbalanced: float,
    off: float,
    price: float,
    per_metre: float,
) -> Ints:
    """Where each turf of a tour begins, so that legs kept, spread and imbalance cost least.

    Parameters
    ----------
    leg_m
        Shape (n,): way from the stop before, 0 for the first.
    xy, doors, size
        Stops in the order of the tour.
    low, high, target
        What a turf should hold.
    spread, unbalanced, off
        As in `Taste`.
    price
        Of each turf: what bisection turns to reach a number of turfs.
    per_metre
        Load that a metre walked adds.
    """
    count = len(leg_m)
    best = np.full(count + 1, np.inf)
    came = np.zeros(count + 1, np.intp)
    best[0] = 0.0
    for end in range(1, count + 1):
        total, walked, held, x, y, square = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        ox, oy = xy[end - 1, 0], xy[end - 1, 1]
        for begin in range(end - 1, -1, -1):
            total += size[begin]
            if begin < end - 1:
                walked += leg_m[begin + 1]
            load = total + per_metre * walked
            if load > high and begin < end - 1:
                break
            dx, dy, weight = xy[begin, 0] - ox, xy[begin, 1] - oy, doors[begin]
            held += weight
            x += weight * dx
            y += weight * dy
            square += weight * (dx * dx + dy * dy)
            cost = best[begin] + walked + price
            cost += spread * np.sqrt(max(0.0, square * held - x * x - y * y))
            # A little for each door off the target, so that polishing has room both ways.
            cost += 0.2 * abs(load - target)
            if load < low:
                cost += unbalanced * (low - load + off)
            if cost < best[end]:
                best[end] = cost
                came[end] = begin
    starts = np.empty(count, np.intp)
    found, end = 0, count
    while end > 0:
        end = came[end]
        starts[found] = end
        found += 1
    return starts[:found][::-1].copy()
