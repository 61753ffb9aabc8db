"""Which earlier turfs are given up when what is left of them is cut again.

So many turfs end that the others are full with their doors. Which ones decides how many doors
change hands: small ones, each among neighbours that together lack just what it has. Found by taking
back what was decided around a turf and deciding it anew (ruin and recreate: Schrimpf, Schneider,
Stamm-Wilbrandt and Dueck, "Record Breaking Optimization Results Using the Ruin and Recreate
Principle", Journal of Computational Physics 159, 2000).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from doorstep.algorithms.cutting.model import Bools, Floats, Ints
from doorstep.algorithms.cutting.search import below, share

REGION = 14
"""Turfs decided anew together."""
LACKING = 1.9
"""Doors that move for each that a turf lacks in the end: it comes through a turf or two between."""
HOT, COLD = 0.1, 0.005
"""A change for the worse by this share of a turf is taken with probability 1/e, first and last."""


@njit(cache=True, nogil=True)
def given_up(
    load: Floats, dear: Floats, low: float, high: float, start: Ints, other: Ints, steps: int,
    seed: int,
) -> Bools:  # fmt: skip
    """Turfs to give up, so that few doors change hands and hardly any turf is too small.

    Parameters
    ----------
    load
        Shape (k,): what is left of each turf; 0 for one that is gone already.
    dear
        Shape (k,): what it costs to give one up, in the unit of the load.
    low, high
        What a turf should hold at least and at most.
    start, other
        Shapes (k + 1,) and (m,): turfs next to each, as rows of a sparse matrix.
    steps
        How often to decide anew.
    seed
        Of all chance.

    Returns
    -------
    ndarray
        Shape (k,).
    """
    count = len(load)
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(2 * seed + 1) * np.uint64(0x9E3779B97F4A7C15)
    up, got, flow = np.zeros(count, np.bool_), np.zeros(count), np.zeros(len(other))
    old_up, old_got, old_flow = up.copy(), got.copy(), flow.copy()
    held = np.flatnonzero(load > 0.0)
    best, best_cost, cost = up.copy(), 0.0, 0.0
    seen, near = np.full(count, -1), np.empty(count, np.intp)
    heat, cooling = HOT * high, (COLD / HOT) ** (1.0 / max(1, steps))
    for nth in range(steps if len(held) else 0):
        heat *= cooling
        near[0] = held[below(state, len(held))]
        size = _around(near, 1, REGION, start, other, load, seen, nth)
        reach = _around(near, size, count, start, other, load, seen, nth)
        for turf in near[:reach]:
            old_up[turf], old_got[turf] = up[turf], got[turf]
            old_flow[start[turf] : start[turf + 1]] = flow[start[turf] : start[turf + 1]]
        before = _cost(near[:reach], load, dear, got, up, low)
        _take_back(near[:size], up, got, flow, start, other)
        _decide(near[:size], load, dear, up, got, flow, low, high, start, other, state)
        more = _cost(near[:reach], load, dear, got, up, low) - before
        if more <= -heat * np.log(max(share(state), 1e-300)):
            cost += more
            if cost < best_cost - 1e-9:
                best_cost = cost
                best[:] = up
            continue
        for turf in near[:reach]:
            up[turf], got[turf] = old_up[turf], old_got[turf]
            flow[start[turf] : start[turf + 1]] = old_flow[start[turf] : start[turf + 1]]
    return best


@njit(cache=True, nogil=True)
def _around(
    near: Ints, size: int, most: int, start: Ints, other: Ints, load: Floats, seen: Ints, stamp: int
) -> int:
    """Add turfs next to the first `size`, and if there is room those next to these in turn.

    With all the room there is, only those next to the first are added.
    """
    first = size
    for at in range(size):
        seen[near[at]] = stamp
    at = 0
    while at < size and size < most and (most < len(near) or at < first):
        for link in range(start[near[at]], start[near[at] + 1]):
            turf = other[link]
            if size < most and seen[turf] != stamp and load[turf] > 0.0:
                seen[turf] = stamp
                near[size] = turf
                size += 1
        at += 1
    return size


@njit(cache=True, nogil=True)
def _cost(turfs: Ints, load: Floats, dear: Floats, got: Floats, up: Bools, low: float) -> float:
    total = 0.0
    for turf in turfs:
        if up[turf]:
            total += dear[turf]
        else:
            total += LACKING * max(0.0, low - load[turf] - got[turf])
    return total


@njit(cache=True, nogil=True)
def _take_back(turfs: Ints, up: Bools, got: Floats, flow: Floats, start: Ints, other: Ints) -> None:
    for turf in turfs:
        up[turf] = False
        for link in range(start[turf], start[turf + 1]):
            got[other[link]] -= flow[link]
            flow[link] = 0.0


@njit(cache=True, nogil=True)
def _decide(
    turfs: Ints, load: Floats, dear: Floats, up: Bools, got: Floats, flow: Floats, low: float,
    high: float, start: Ints, other: Ints, state: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Give up one after the other, more or less the best first, while that pays."""
    while True:
        best, best_gain = -1, 0.0
        for turf in turfs:
            # What it got from one given up earlier has nowhere else to go.
            if up[turf] or got[turf] > 1e-9:
                continue
            lacking, room = _wanted(turf, load, up, got, low, high, start, other)
            if room < load[turf]:
                continue
            gain = LACKING * (min(lacking, load[turf]) + max(0.0, low - load[turf])) - dear[turf]
            gain *= 0.7 + 0.6 * share(state)
            if gain > best_gain:
                best, best_gain = turf, gain
        if best < 0:
            return
        up[best] = True
        _give(best, load, up, got, flow, low, high, start, other, state)


@njit(cache=True, nogil=True)
def _give(
    giver: int, load: Floats, up: Bools, got: Floats, flow: Floats, low: float, high: float,
    start: Ints, other: Ints, state: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Fill those next to a turf one after the other, so that few of them get anything."""
    left, degree = load[giver], start[giver + 1] - start[giver]
    begin = below(state, degree)
    for nth in range(2 * degree):
        limit = low if nth < degree else high
        link = start[giver] + (begin + nth) % degree
        turf = other[link]
        if not up[turf] and load[turf] > 0.0:
            given = min(left, max(0.0, limit - load[turf] - got[turf]))
            flow[link] += given
            got[turf] += given
            left -= given


@njit(cache=True, nogil=True)
def _wanted(
    turf: int, load: Floats, up: Bools, got: Floats, low: float, high: float, start: Ints,
    other: Ints,
) -> tuple[float, float]:  # fmt: skip
    """What those next to a turf lack together, and what they have room for."""
    lacking, room = 0.0, 0.0
    for link in range(start[turf], start[turf + 1]):
        one = other[link]
        if not up[one] and load[one] > 0.0:
            has = load[one] + got[one]
            lacking += max(0.0, low - has)
            room += max(0.0, high - has)
    return lacking, room
