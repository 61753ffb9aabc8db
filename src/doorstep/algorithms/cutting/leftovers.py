"""What is left of earlier turfs: where each goes on, and which are given up.

The doors of those given up are shared out among the turfs around, so that all are full and every
door has its new turf next to it: the cheapest flow of doors, where the way to a turf leads only
through doors that change hands too. Such shares hang together, as do the cells of a power diagram
(Aurenhammer, "Power diagrams: properties, algorithms and applications", SIAM Journal on Computing
16, 1987).
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, hstack, vstack
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

from doorstep.algorithms.cutting.balance import fill_up
from doorstep.algorithms.cutting.costs import Plane, Turfs
from doorstep.algorithms.cutting.handing import Division, Prices, hand_over
from doorstep.algorithms.cutting.mending import mend
from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, legs_m
from doorstep.algorithms.cutting.model import Floats, Ints
from doorstep.algorithms.cutting.ordering import paths_of
from doorstep.algorithms.cutting.regrouping import given_up
from doorstep.algorithms.cutting.stops import Stops
from doorstep.algorithms.cutting.surroundings import Pairs, sparse_rows

STAY_M = 100.0
"""What it takes to move a door to another turf when leftovers are cut again."""
FULLER, FULLER_ON_FOOT = 0.03, 0.05
"""How much more than the least turfs are to hold, as a share of one, if doors are counted and if
minutes are: stops are not divided, and how far it is between doors of other turfs is guessed."""
REGROUPINGS, HANDINGS = 60, 40
"""How often to decide anew which turfs are given up, for each turf, and how often to look at each
stop when doors are handed over."""
HOP_M = 20.0
"""Added to each step from door to door, so that shares have few corners."""
REACH_M = 800.0
LACKING_M = 1_500.0
"""What it costs in the flow if a turf lacks a door, or has one too many."""
AT_ONCE = 500
"""Turfs whose surroundings are looked through together: what bounds the memory."""
TIE_M, TIE_SHARE, FARTHEST_M = 150.0, 0.3, 450.0
"""Neighbours so near hold a turf together, the nearer the more; what is further is a burden."""
PRICES = Prices(lacking=1_000.0, stay=300.0, piece=3_000.0, hot=100.0, cold=1.0)


class Links(NamedTuple):
    """Neighbours on foot of each stop, as rows of a sparse matrix."""

    start: Ints
    there: Ints
    metres: Floats

    @property
    def here(self) -> Ints:
        """Stop that each link begins at."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def earlier_of(stops: Stops, before: Ints) -> Ints:
    """Turf that most doors of a stop were in."""
    held = (stops.of_door >= 0) & (before >= 0)
    earlier = np.full(len(stops.xy), -1)
    pairs, count = np.unique(
        np.column_stack([stops.of_door[held], before[held]]), axis=0, return_counts=True
    )
    order = np.argsort(count, kind="stable")
    earlier[pairs[order, 0]] = pairs[order, 1]
    return earlier


def kept_turfs(
    metric: Metric, plane: Plane, pairs: Pairs, walk: Floats, low: float, high: float, seed: int
) -> Ints:
    """Turf of each stop, of as many earlier turfs as can be full.

    Parameters
    ----------
    metric, plane, pairs
        The stops with the doors or minutes at each, the turf it was in, and neighbours.
    walk
        Shape (k,): minutes of walking in what is left of each earlier turf; 0 if doors are counted.
    low, high
        What a turf should hold.
    seed
        Of all chance.

    Returns
    -------
    ndarray
        Shape (n,). Stops that reach no earlier turf have a new one together.
    """
    links, earlier = _links(metric, pairs), plane.home
    held = np.bincount(earlier + 1, plane.size, len(walk) + 1)
    load = held[1:] + walk
    # Each stop with its part of the walk.
    size = plane.size * np.append(1.0, load / np.maximum(held[1:], 1e-9))[earlier + 1]
    least = low + (FULLER_ON_FOOT if walk.any() else FULLER) * (low + high) / 2
    leaving = given_up(
        load, load, least, high, *_next_to(links, earlier, len(load)), REGROUPINGS * len(load), seed
    )
    turf = np.where((earlier < 0) | leaving[earlier], -1, earlier)
    _share_out(links, turf, size, np.where(leaving, 0.0, load), least, high)
    home = np.where(turf == earlier, turf, -1)
    lost = turf < 0
    # Where no turf is in reach, one that was given up goes on after all.
    turf[lost] = np.where(earlier[lost] < 0, len(load), earlier[lost])
    division = Division(
        turf, home, size, np.bincount(turf, size), low, high, links.start, links.there,
        _ties(metric, links),
    )  # fmt: skip
    everyone = np.arange(len(turf)), np.ones(len(division.load), np.bool_)
    hand_over(division, PRICES, *everyone, HANDINGS * len(turf), seed)
    _fill_up(plane, division)
    mend(division, PRICES, plane.link_start, plane.link, seed)
    return _with_numbers_back(turf, earlier, metric.stop[:, 7])


def _with_numbers_back(turf: Ints, earlier: Ints, doors: Floats) -> Ints:
    """With the number of a turf that ended where most of a turf's doors come from that one."""
    count = int(max(turf.max(), earlier.max())) + 1
    had = earlier >= 0
    pairs, pair = np.unique(turf[had] * count + earlier[had], return_inverse=True)
    now, was = np.divmod(pairs, count)
    shared = np.bincount(pair, doors[had])
    more = shared - np.bincount(now, shared * (now == was), count)[now]
    number, used = np.arange(count), np.bincount(turf, minlength=count) > 0
    for at in np.argsort(-more, kind="stable")[: np.count_nonzero(more > 0)]:
        if number[now[at]] == now[at] and not used[was[at]]:
            number[now[at]], used[was[at]] = was[at], True
    return number[turf]


def _fill_up(plane: Plane, division: Division) -> None:
    """Fill up what is still too small through chains of turfs, in place."""
    turf, size, load = division.turf, division.size, division.load
    room = int(min(len(turf), division.high / size.min())) + 1
    path, length = paths_of(np.arange(len(turf)), turf, room)
    limits = (np.full(len(load), limit) for limit in (division.low, division.high))
    turfs = Turfs(path, length, turf, load, np.zeros(len(load)), *limits)
    fill_up(plane._replace(size=size), turfs, by_force=True)


def _links(metric: Metric, pairs: Pairs) -> Links:
    """Short ways to neighbours, and of longer ones only those that hold the ground together."""
    metres = legs_m(metric, *pairs)
    seen = metres < BLOCKED_M
    a, b, metres = pairs[0][seen], pairs[1][seen], metres[seen]
    count = len(metric.xy)
    # A stored zero would be no edge at all.
    tree = minimum_spanning_tree(csr_array((metres + 1e-6, (a, b)), shape=(count, count))).tocoo()
    short = metres <= TIE_M
    long = tree.data > TIE_M
    a, b = np.append(a[short], tree.row[long]), np.append(b[short], tree.col[long])
    start, there = sparse_rows(count, a, b)
    here = np.repeat(np.arange(count), np.diff(start))
    return Links(start, there, legs_m(metric, here, there))


def _ties(metric: Metric, links: Links) -> Floats:
    """What it costs to have neighbours in two turfs."""
    ties = TIE_SHARE * (TIE_M - np.minimum(links.metres, FARTHEST_M))
    here = links.here
    one_spot = np.hypot(*(metric.xy[here] - metric.xy[links.there]).T) == 0
    # All floors of a tower are neighbours; only those next to each other should stay together.
    ties[one_spot & (np.abs(here - links.there) > 1)] = 0.0
    return ties


def _next_to(links: Links, earlier: Ints, count: int) -> tuple[Ints, Ints]:
    """Turfs next to each, as rows of a sparse matrix."""
    a, b = earlier[links.here], earlier[links.there]
    near = (a >= 0) & (b > a)
    return sparse_rows(count, *np.divmod(np.unique(a[near] * count + b[near]), count))


def _share_out(
    links: Links, turf: Ints, size: Floats, load: Floats, low: float, high: float
) -> None:
    """Give each stop without a turf one of those around, in place, if there is one in reach."""
    free = np.flatnonzero(turf < 0)
    stop, taker, way_m = _ways(links, turf, free)
    if not len(stop):
        return
    nth = np.unique(stop, return_inverse=True)[1]
    takers, to = np.unique(taker, return_inverse=True)
    share = _flow(nth, to, size[free[stop]], way_m, low - load[takers], high - load[takers])
    order = np.lexsort((-share, stop))
    first = order[np.unique(stop[order], return_index=True)[1]]
    turf[free[stop[first]]] = taker[first]


def _ways(links: Links, turf: Ints, free: Ints) -> tuple[Ints, Ints, Floats]:
    """Free stops by their place, a turf in reach of each, and metres from it through free stops."""
    kept = turf[links.there] < 0
    here, there, metres = links.here[kept], links.there[kept], links.metres[kept] + HOP_M
    place = np.full(len(turf), -1)
    place[free] = np.arange(len(free))
    owners, owner = np.unique(turf[here], return_inverse=True)
    first = int(owners[0] < 0) if len(owners) else 0
    row = np.where(turf[here] < 0, place[here], len(free) + owner.ravel())
    order = np.lexsort((metres, place[there], row))
    row, column, metres = row[order], place[there][order], metres[order]
    least = np.append(True, (np.diff(row) != 0) | (np.diff(column) != 0))[: len(row)]
    nodes = len(free) + len(owners)
    graph = csr_array((metres[least], (row[least], column[least])), shape=(nodes, nodes))
    found: list[tuple[Ints, Ints, Floats]] = []
    for begin in range(first, len(owners), AT_ONCE):
        asked = np.arange(begin, min(begin + AT_ONCE, len(owners)))
        away = dijkstra(graph, indices=len(free) + asked, limit=REACH_M)[:, : len(free)]
        nth, stop = np.nonzero(np.isfinite(away))
        found.append((stop, owners[asked[nth]], away[nth, stop]))
    if not found:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0)
    stop, taker, way_m = (np.concatenate(column) for column in zip(*found, strict=True))
    return stop, taker, way_m


def _flow(stop: Ints, to: Ints, size: Floats, way_m: Floats, low: Floats, high: Floats) -> Floats:
    """Share of each stop that goes each way, so that ways are short and turfs get enough.

    Both bounds are soft: each door beyond one costs more than any way.
    """
    ways, stops, turfs = len(stop), int(stop.max()) + 1, len(low)
    held: Any = coo_array((size, (to, np.arange(ways))), shape=(turfs, ways))
    off: Any = coo_array((np.ones(turfs), (np.arange(turfs),) * 2), shape=(turfs, turfs))
    none: Any = coo_array((turfs, turfs))
    once: Any = coo_array((np.ones(ways), (stop, np.arange(ways))), shape=(stops, ways + 2 * turfs))
    found: Any = linprog(
        np.concatenate([size * way_m, np.full(2 * turfs, LACKING_M)]),
        A_ub=vstack([hstack([held, -off, none]), hstack([-held, none, -off])]).tocsr(),
        b_ub=np.concatenate([high, -low]),
        A_eq=once.tocsr(),
        b_eq=np.ones(stops),
        method="highs-ds",
    )
    return found.x[:ways]
