"""Turfs in pieces or out of balance, divided anew with those around until that is better.

Handing stops over ends somewhere else each time, and the ground around one turf takes a few
thousandths of a second: what comes out is kept where it is cheaper as a whole (ruin and recreate,
as in `regrouping`).
"""

import numpy as np
from numba import njit

from doorstep.algorithms.cutting.handing import Division, Prices, hand_over, off
from doorstep.algorithms.cutting.model import Bools, Ints

TURFS = 8
"""Divided anew together."""
TRIES, LOOKS = 6, 40
"""For each turf that is poor, and how often to look at each stop in a try."""


def mend(division: Division, prices: Prices, start: Ints, link: Ints, seed: int) -> None:
    """Divide poor turfs and those around anew, in place, wherever that makes them cheaper.

    Parameters
    ----------
    division
        What is changed.
    prices
        Of all that makes a division worse.
    start, link
        Shapes (n + 1,) and (m,): stops that hold a turf together, as rows of a sparse matrix.
    seed
        Of all chance.
    """
    everything = np.arange(len(division.turf))
    torn = pieces_of(division.turf, everything, start, link, len(division.load)) > 1
    wrong = (division.load < division.low) | (division.load > division.high)
    for turf in np.flatnonzero(torn | (wrong & (division.load > 0))).tolist():
        mine = _around(division, turf)
        stops = np.flatnonzero(mine[division.turf])
        best = _cost(division, prices, stops, mine, start, link)
        for nth in range(TRIES):
            before = division.turf[stops], division.load.copy()
            hand_over(
                division, prices, stops, mine, LOOKS * len(stops), (seed + turf) * TRIES + nth
            )
            cost = _cost(division, prices, stops, mine, start, link)
            if cost < best:
                best = cost
            else:
                division.turf[stops], division.load[:] = before


def _around(division: Division, turf: int) -> Bools:
    """The turf and those next to it, and next to these in turn, while there is room."""
    mine = np.zeros(len(division.load), np.bool_)
    waiting = [turf]
    mine[turf] = True
    while waiting and mine.sum() < TURFS:
        stops = np.flatnonzero(division.turf == waiting.pop(0))
        links = [division.link[division.start[at] : division.start[at + 1]] for at in stops]
        near = np.unique(division.turf[np.concatenate(links)])
        near = near[~mine[near]][: TURFS - int(mine.sum())]
        mine[near] = True
        waiting += near.tolist()
    return mine


@njit(cache=True, nogil=True)
def _cost(
    division: Division, prices: Prices, stops: Ints, mine: Bools, start: Ints, link: Ints
) -> float:
    """What some turfs cost with all of their stops."""
    turf, home, size, load, low, high, tie_start, tied, tie_m = division
    total = 0.0
    for at in np.flatnonzero(mine):
        total += prices.lacking * off(load[at], low, high)
    for stop in stops:
        if home[stop] >= 0 and home[stop] != turf[stop]:
            total += prices.stay * size[stop]
        for at in range(tie_start[stop], tie_start[stop + 1]):
            if turf[tied[at]] != turf[stop]:
                # Between two of these turfs it is met from both sides.
                total += tie_m[at] * (0.5 if mine[turf[tied[at]]] else 1.0)
    return total + prices.piece * pieces_of(turf, stops, start, link, len(load)).sum()


@njit(cache=True, nogil=True)
def pieces_of(turf: Ints, stops: Ints, start: Ints, link: Ints, count: int) -> Ints:
    """In how many pieces each of so many turfs is, of which all or none of the stops are given."""
    pieces = np.zeros(count, np.intp)
    seen, queue = np.zeros(len(turf), np.bool_), np.empty(len(turf), np.intp)
    for first in stops:
        if seen[first]:
            continue
        pieces[turf[first]] += 1
        queue[0], seen[first] = first, True
        at, end = 0, 1
        while at < end:
            for nth in range(start[queue[at]], start[queue[at] + 1]):
                other = link[nth]
                if turf[other] == turf[first] and not seen[other]:
                    queue[end], seen[other] = other, True
                    end += 1
            at += 1
    return pieces
