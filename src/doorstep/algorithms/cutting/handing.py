"""Doors handed from turf to turf across their borders until every turf holds enough.

Annealing as in the Potts model (Fiduccia and Mattheyses' moves of single cells, "A Linear-Time
Heuristic for Improving Network Partitions", DAC 1982, accepted by the rule of Metropolis): a step
looks at one stop and its neighbours alone, so that a million steps take a second. Walks are not
counted, only the ties between neighbours that a border cuts, and pieces.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from doorstep.algorithms.cutting.model import Bools, Floats, Ints
from doorstep.algorithms.cutting.search import below, share

MOST_LINKS = 64
"""Neighbours of a stop that are looked at: spots of towers have more, all alike."""
SOFT = 0.1
"""What a unit beyond the limits costs at first, as a share of its price; all of it after half of
the steps. At the full price from the start, shapes freeze before they are any good."""


class Division(NamedTuple):
    """Stops in turfs; `turf` and `load` are changed in place."""

    turf: Ints
    """Shape (n,): turf of each stop."""
    home: Ints
    """Shape (n,): turf that a stop should stay in, -1 where it may go anywhere."""
    size: Floats
    """Shape (n,): what each stop adds to the load of its turf."""
    load: Floats
    """Shape (k,): of the turfs."""
    low: float
    """What a turf should hold at least, and at most."""
    high: float
    start: Ints
    """Neighbours of each stop, as rows of a sparse matrix, and what it costs to part them."""
    link: Ints
    tie_m: Floats


class Prices(NamedTuple):
    """What a division costs, in metres."""

    lacking: float
    """Per unit beyond the limits."""
    stay: float
    """Per unit that leaves the turf it was in before."""
    piece: float
    hot: float
    cold: float


@njit(cache=True, nogil=True)
def hand_over(
    division: Division, prices: Prices, stops: Ints, mine: Bools, steps: int, seed: int
) -> None:
    """Hand stops to turfs next to theirs, in place, until the steps end.

    What turfs lack costs little at first, so that it can wander through those that are full.

    Parameters
    ----------
    division
        What is changed.
    prices
        Of all that makes a division worse.
    stops
        Those looked at.
    mine
        Shape (k,): turfs that may get any.
    steps
        How many stops to look at.
    seed
        Of all chance.
    """
    turf, home, size, load, low, high, link_start, link, tie_m = division
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(2 * seed + 1) * np.uint64(0x9E3779B97F4A7C15)
    held = np.bincount(turf, minlength=len(load))
    heat, cooling = prices.hot, (prices.cold / prices.hot) ** (1.0 / max(1, steps))
    lacking, rising = SOFT * prices.lacking, SOFT ** (-2.0 / max(1, steps))
    around, group = np.empty(MOST_LINKS, np.intp), np.empty(MOST_LINKS, np.intp)
    for _ in range(steps):
        heat *= cooling
        lacking = min(prices.lacking, lacking * rising)
        stop = stops[below(state, len(stops))]
        degree = link_start[stop + 1] - link_start[stop]
        if degree == 0:
            continue
        here, there = turf[stop], turf[link[link_start[stop] + below(state, degree)]]
        if here == there or held[here] == 1 or not mine[there]:
            continue
        own = size[stop]
        more = lacking * (
            off(load[here] - own, low, high) + off(load[there] + own, low, high)
            - off(load[here], low, high) - off(load[there], low, high)
        )  # fmt: skip
        if home[stop] >= 0:
            more += prices.stay * own * _side(home[stop], here, there)
        for at in range(link_start[stop], link_start[stop + 1]):
            more += tie_m[at] * _side(turf[link[at]], here, there)
        most = -heat * np.log(max(share(state), 1e-300))
        # Pieces take longest to count: only if nothing else is in the way.
        if more > most + prices.piece:
            continue
        left = _groups(stop, here, turf, link_start, link, around, group)
        joined = _groups(stop, there, turf, link_start, link, around, group)
        if more + prices.piece * (left - joined) > most:
            continue
        turf[stop] = there
        held[here] -= 1
        held[there] += 1
        load[here] -= own
        load[there] += own


@njit(cache=True, nogil=True, inline="always")
def off(load: float, low: float, high: float) -> float:
    """What a load is beyond the limits."""
    return max(0.0, low - load) + max(0.0, load - high)


@njit(cache=True, nogil=True, inline="always")
def _side(turf: int, here: int, there: int) -> float:
    if turf == here:
        return 1.0
    return -1.0 if turf == there else 0.0


@njit(cache=True, nogil=True)
def _groups(
    stop: int, turf: int, of_stop: Ints, link_start: Ints, link: Ints, around: Ints,
    group: NDArray[np.intp],
) -> int:  # fmt: skip
    """In how many groups, linked among themselves, the neighbours in a turf are.

    What a stop leaves behind in several groups may still hang together by a way around.
    """
    count = 0
    for at in range(link_start[stop], link_start[stop + 1]):
        if of_stop[link[at]] == turf and count < MOST_LINKS:
            around[count], group[count] = link[at], count
            count += 1
    groups = count
    for one in range(count):
        for at in range(link_start[around[one]], link_start[around[one] + 1]):
            other = link[at]
            if of_stop[other] != turf or other == stop:
                continue
            for two in range(one):
                if around[two] == other and group[two] != group[one]:
                    old, new = group[one], group[two]
                    for three in range(count):
                        if group[three] == old:
                            group[three] = new
                    groups -= 1
    return groups
