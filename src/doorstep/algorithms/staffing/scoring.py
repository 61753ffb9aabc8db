"""Which crews may go where, and what that is worth; the rest of the package chooses among them."""

from dataclasses import dataclass

import numpy as np

from doorstep.algorithms.staffing.model import Bools, Floats, People, Terms, Turfs

WALK_M_MIN = 75.0
"""4.5 km/h, as turfs are cut with."""
RIDE_M_MIN = 400.0
"""24 km/h: a car in town, door to door."""
NEVER = -np.inf


@dataclass(frozen=True, eq=False)
class Worth:
    """Points, split so that a crew's is their sum.

    A crew of i and j at turf t has ``pair[i, j] + turf[t] + there[i, t] + there[j, t]`` points;
    what may not be is minus infinity. Whole numbers all, so that solvers say the same everywhere.
    """

    pair: Floats
    """(n, n), the upper triangle."""
    turf: Floats
    """(t,)"""
    there: Floats
    """(n, t)"""
    needs_seat: Bools
    """(n, t): too far for them without a car."""
    coverage: Floats
    """(t,): the value that one shift covers."""
    alone: Floats
    """(t,): added where somebody goes alone."""


def way_m(turfs: Turfs, terms: Terms) -> Floats:
    """From the staging point to each turf (t,), as the crow flies."""
    return np.hypot(*(turfs.place - terms.staging).T)


def home_way_m(people: People, turfs: Turfs, terms: Terms) -> Floats:
    """From each home to each turf (n, t); from the staging point where a home is not known."""
    home = np.where(np.isnan(people.home), terms.staging, people.home)
    return np.hypot(*(turfs.place[None] - home[:, None]).transpose(2, 0, 1))


def minutes_there(turfs: Turfs, terms: Terms) -> Floats:
    """What the ways there and back leave of the shift at each turf (t,)."""
    way = way_m(turfs, terms)
    # Whoever walks far is slower than whoever rides: the better of the two is what crews do.
    pace = np.where(way <= WALK_M_MIN * 20, WALK_M_MIN, RIDE_M_MIN)
    return np.maximum(terms.shift_minutes - 2 * way / pace, 0.0)


def goodness(turfs: Turfs) -> Floats:
    """How good it is to be given each turf (t,): value by the minute, -1 the poorest, 1 the best.

    Ranks, so that one outstanding turf does not make all others poor.
    """
    if len(turfs) <= 1:
        return np.zeros(len(turfs))
    rate = turfs.value / np.maximum(turfs.minutes, 1.0)
    _, at, count = np.unique(rate, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count + 1) / 2)[at]
    return 2 * rank / (len(turfs) - 1) - 1


def may_go(people: People, turfs: Turfs, terms: Terms) -> Bools:
    """Who may go where (n, t), whatever the company: travel, walking and stairs."""
    way = way_m(turfs, terms)
    on_foot = np.where(way[None] <= people.reach_m[:, None], 2 * way[None], 0.0)
    drives = np.isinf(people.reach_m)[:, None]
    walk = turfs.walk_m[None] + np.where(drives, 0.0, on_foot)
    may = (
        (way[None] <= terms.within_m)
        & (home_way_m(people, turfs, terms) <= people.max_travel_m[:, None])
        & (walk <= people.max_walk_m[:, None])
        & (people.climbs_stairs[:, None] | ~turfs.stairs[None])
    )
    for person, turf in terms.not_there:
        may[person, turf] = False
    return may


def shared(people: People) -> Bools:
    """Which two share a language (n, n); who named none is taken to speak what others do."""
    codes = sorted(set[str]().union(*people.languages))
    speaks = np.array([[code in one for code in codes] for one in people.languages], np.float64)
    speaks = speaks.reshape(len(people), len(codes))
    unsaid = np.array([not one for one in people.languages], np.bool_)
    return (speaks @ speaks.T > 0) | unsaid[:, None] | unsaid[None]


def worth(people: People, turfs: Turfs, terms: Terms) -> Worth:
    """What every crew would be worth at every turf.

    Parameters
    ----------
    people, turfs
        Volunteers and turfs; lengths in metres.
    terms
        What holds for the shift.
    """
    weights = terms.weights
    left = minutes_there(turfs, terms)
    share = np.minimum(left / np.maximum(turfs.minutes, 1.0), 1.0)
    coverage = turfs.value * share
    scale = weights.coverage / max(float(turfs.value.max(initial=0.0)), 1e-9)
    misfit = np.minimum(np.abs(1 - turfs.minutes / np.maximum(left, 1.0)), 1.0)
    way_km = way_m(turfs, terms) / 1000
    fair = weights.fairness * np.outer(people.luck, goodness(turfs))
    there = weights.going_out + weights.travel_km * way_km[None] - fair
    return Worth(
        pair=_pairs(people, terms),
        turf=np.rint(coverage * scale - weights.misfit * misfit),
        there=np.where(may_go(people, turfs, terms), np.rint(there), NEVER),
        needs_seat=way_m(turfs, terms)[None] > people.reach_m[:, None],
        coverage=coverage,
        alone=np.rint(weights.alone * coverage * scale),
    )


def _pairs(people: People, terms: Terms) -> Floats:
    """Points of each two, whatever the turf (n, n); minus infinity below the diagonal."""
    weights, count = terms.weights, len(people)
    knows = people.shifts_done >= terms.experienced_from
    fresh = ~knows
    points = np.zeros((count, count))
    points += weights.mentor * (fresh[:, None] & knows[None] | knows[:, None] & fresh[None])
    points += weights.newcomers * (fresh[:, None] & fresh[None])
    points += weights.strangers * ~shared(people)
    for i, j in terms.buddies:
        points[i, j] += weights.buddies
    for i, j in terms.apart | terms.banned:
        points[i, j] = NEVER
    points[np.tril_indices(count)] = NEVER
    return np.rint(points)
