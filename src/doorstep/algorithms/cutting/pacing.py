"""How long things take at the doors, measured from what canvassers recorded there.

The minutes from one knock to the next are a sum of what lies between: metres on foot, a knock, an
entry, a further unit. They are never negative, skewed to the right, and the longer the more they
scatter: a generalized linear model of the Gamma family with identity link (Wedderburn,
"Quasi-likelihood functions", Biometrika 61, 1974). It is fitted robustly by Huber's function of
Pearson residuals, with the correction that keeps the mean of a skewed distribution where it is
(Cantoni and Ronchetti, "A robust approach for skewed and heavy-tailed outcomes in the analysis of
health care expenditures", Journal of Health Economics 25, 2006). A median would promise turfs that
are too short: time is lost in long talks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import brentq, lsq_linear
from scipy.special import gammainc

from doorstep.algorithms.cutting.model import PACE_RANGES, Bools, Floats, Ints, Pace

PAUSE_MIN = 30.0
"""A step that takes so much longer than it would by default holds a pause, of unknown length; with
somebody to talk to, twice as much."""
QUICK_MIN = 1 / 6
"""Nobody gets to another door and knocks in less: results entered together, after the fact."""
PRIOR_STEPS = 30.0
"""The default of each number counts as much as so many steps that it has a part in."""
HUBER = 2.0
"""Residuals above so many standard deviations count as that many."""
Z = 1.96
"""Of a normal interval that holds 95 in 100."""
_SPREADS = (0.5, 200.0)
"""Of the Gamma distribution's shape: from more scattered than exponential to hardly at all."""
_LEAST_MIN = 0.05
_UNIT_M = 100.0
"""Walks count in hundreds of metres, so that all numbers are of one size."""
_ROUNDS = 30


@dataclass(frozen=True, eq=False, kw_only=True)
class Knocks:
    """Attempts at doors, in any order.

    Parameters
    ----------
    walk
        Shape (n,): one number for the attempts of one volunteer on one turf.
    at_min
        Shape (n,): when, in minutes from any instant, by a right clock.
    door, address
        Shape (n,): numbers; doors with one address need no walk from one to the other.
    several
        Shape (n,): whether the turf has more doors at this address.
    contact
        Shape (n,): whether somebody was spoken to.
    """

    walk: Ints
    at_min: Floats
    door: Ints
    address: Ints
    several: Bools
    contact: Bools


@dataclass(frozen=True, eq=False, kw_only=True)
class Steps:
    """From one door to the next, a row each, in the order of each walk.

    Attributes
    ----------
    walk
        Shape (n,): number of the walk.
    minutes
        Shape (n,): from the first knock at the one door to the first at the next.
    parts
        Shape (n, 4): metres on foot, knocks, entries and further units in it.
    talks
        Shape (n, 2): whether somebody was spoken to at the next door, and at the one before.
    """

    walk: Ints
    minutes: Floats
    parts: Floats
    talks: Floats


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A pace, with an interval of 95 in 100 for each of its numbers.

    Attributes
    ----------
    steps
        How many steps it rests on; pauses are none of them.
    """

    pace: Pace
    low: Pace
    high: Pace
    steps: int


def steps_of(knocks: Knocks, legs_m: Callable[[Ints, Ints], Floats]) -> Steps:
    """The steps between successive attempts of each walk.

    Several attempts at one door in a row, such as for each of a household, are one: of the first
    instant, and a contact if one of them is.

    Parameters
    ----------
    knocks
        What was recorded.
    legs_m
        Gives the metres on foot from some knocks to others, by their rows.

    Returns
    -------
    Steps
        One less than doors visited, for each walk.
    """
    order = np.lexsort((knocks.door, knocks.at_min, knocks.walk))
    walk, door = knocks.walk[order], knocks.door[order]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (walk[1:] != walk[:-1]) | (door[1:] != door[:-1])
    first = order[fresh]
    contact = np.zeros(len(first), np.bool_)
    np.logical_or.at(contact, np.cumsum(fresh) - 1, knocks.contact[order])
    kept = np.flatnonzero(knocks.walk[first[1:]] == knocks.walk[first[:-1]])
    a, b = first[kept], first[kept + 1]
    near = knocks.address[a] == knocks.address[b]
    return Steps(
        walk=knocks.walk[b],
        minutes=knocks.at_min[b] - knocks.at_min[a],
        parts=np.column_stack(
            [np.where(near, 0.0, legs_m(a, b)), ~near, ~near & knocks.several[b], near]
        ).astype(np.float64),
        talks=np.column_stack([contact[kept + 1], contact[kept]]).astype(np.float64),
    )


def joined(every: Sequence[Steps]) -> Steps:
    """The steps of several turfs as one, with all their walks kept apart."""
    walks, begin = [np.empty(0, np.intp)], 0
    for steps in every:
        walks.append(steps.walk + begin)
        begin += int(steps.walk.max(initial=-1)) + 1
    return Steps(
        walk=np.concatenate(walks),
        minutes=np.concatenate([np.empty(0), *(one.minutes for one in every)]),
        parts=np.concatenate([np.empty((0, 4)), *(one.parts for one in every)]),
        talks=np.concatenate([np.empty((0, 2)), *(one.talks for one in every)]),
    )


def without_pauses(steps: Steps) -> Steps:
    """The steps whose time is known.

    Results entered within seconds belong to the time before them: such steps are put together with
    the one before into one. What is then still too quick was entered at home, and what is too long
    holds a pause; both are left out.
    """
    starts = np.ones(len(steps.walk), np.bool_)
    starts[1:] = (steps.walk[1:] != steps.walk[:-1]) | (steps.minutes[1:] >= QUICK_MIN)
    at = np.flatnonzero(starts)
    if not len(at):
        return steps
    minutes = np.add.reduceat(steps.minutes, at)
    parts, talks = np.add.reduceat(steps.parts, at), np.add.reduceat(steps.talks, at)
    known = minutes >= QUICK_MIN * doors_of(parts)
    patience = PAUSE_MIN * (1 + talks.any(axis=1))
    known &= minutes <= patience + minutes_of(parts, Pace())
    return Steps(
        walk=steps.walk[at][known], minutes=minutes[known], parts=parts[known], talks=talks[known]
    )


def doors_of(parts: Floats) -> Floats:
    """How many doors each of the steps leads to, shape (n,), of their parts, shape (n, 4)."""
    return parts[:, 1] + parts[:, 3]


def minutes_of(parts: Floats, pace: Pace) -> Floats:
    """Minutes that steps take at a pace, shape (n,), of their parts, shape (n, 4)."""
    slow = 1 / pace.walk_m_per_min
    return parts @ np.array([slow, pace.knock_min, pace.entry_min, pace.unit_min])


def measure_pace(steps: Steps) -> Measured:
    """The pace of those who took some steps, drawn towards the default where they are few.

    The time at a door is a mean over those where somebody was spoken to and all others, in the
    shares in which they occurred. Each number is drawn to its default as if that had been seen in
    `PRIOR_STEPS` steps, and stays within `PACE_RANGES`. Intervals allow for volunteers that differ:
    they are the wider of those by the curvature and those by walks as clusters (Liang and Zeger,
    "Longitudinal data analysis using generalized linear models", Biometrika 73, 1986).

    Parameters
    ----------
    steps
        As `without_pauses` gives them.

    Returns
    -------
    Measured
        Of no steps at all, just the default.
    """
    default, low, high = _numbers(Pace()), *_ranges()
    doors = doors_of(steps.parts)
    share = steps.talks.sum(axis=0) / max(doors.sum(), 1.0)
    x = np.column_stack([steps.parts, steps.talks - doors[:, None] * share])
    x[:, 0] /= _UNIT_M
    # How much longer a talk takes has no default of its own: none.
    free = np.full(2, np.inf)
    numbers, spread = _fit(
        x, steps.minutes, steps.walk, np.append(default, [0.0, 0.0]),
        np.append(low, -free), np.append(high, free),
    )  # fmt: skip
    # Whom one meets is chance as well, and time at doors goes with it.
    luck = (numbers[4:] ** 2 * share * (1 - share)).sum() / max(doors.sum(), 1.0)
    slow, shift = numbers[:4], Z * np.sqrt(spread[:4] ** 2 + luck * np.array([0, 1, 0, 1]))
    least, most = np.maximum(slow - shift, low), np.minimum(slow + shift, high)
    # Who needs the least for a hundred metres is the fastest.
    least[0], most[0] = most[0], least[0]
    return Measured(pace=_pace(slow), low=_pace(least), high=_pace(most), steps=len(steps.minutes))


def _numbers(pace: Pace) -> Floats:
    return np.array([_UNIT_M / pace.walk_m_per_min, pace.knock_min, pace.entry_min, pace.unit_min])


def _ranges() -> tuple[Floats, Floats]:
    """The least and the most of each number, in the order and units of the fit."""
    slowest, fastest = PACE_RANGES["walk_m_per_min"]
    ranges = np.array(
        [(_UNIT_M / fastest, _UNIT_M / slowest)]
        + [PACE_RANGES[name] for name in ("knock_min", "entry_min", "unit_min")]
    )
    return ranges[:, 0], ranges[:, 1]


def _pace(numbers: Floats) -> Pace:
    slow, *rest = numbers.tolist()
    # Rounded, or the least of a range might come out a hair below it.
    walk, knock, entry, unit = (round(one, 6) for one in (_UNIT_M / slow, *rest))
    return Pace(walk_m_per_min=walk, knock_min=knock, entry_min=entry, unit_min=unit)


def _fit(
    x: Floats, y: Floats, cluster: Ints, prior: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Coefficients within bounds, and their standard deviations, by reweighted least squares."""
    seen = np.count_nonzero(x, axis=0)
    # A default may be wrong by as much as itself; that a talk takes nothing, by ten minutes.
    wrong = np.where(prior > 0, prior, 10.0)
    found = prior
    for _ in range(_ROUNDS):
        scatter, residual, skew = _apart(x, y, found)
        weight = np.minimum(1.0, HUBER / np.maximum(np.abs(residual), HUBER)) / scatter**2
        info = x.T @ (weight[:, None] * x)
        precision = _precision(info, seen, found - prior, wrong)
        goal = x.T @ (weight * y - skew / scatter) + precision * prior
        curvature = info + np.diag(precision)
        before, found = found, _least(curvature, goal, low, high)
        if np.allclose(found, before, rtol=1e-4, atol=1e-6):
            break
    scatter, residual, skew = _apart(x, y, found)
    score = x * ((np.clip(residual, -HUBER, HUBER) - skew) / scatter)[:, None]
    return found, _spread(curvature, score, cluster)


def _apart(x: Floats, y: Floats, numbers: Floats) -> tuple[Floats, Floats, float]:
    """Standard deviations, residuals in them, and the mean that clipped residuals should have."""
    mean = np.maximum(x @ numbers, _LEAST_MIN)
    shape = _shape(np.abs(y - mean) / mean)
    scatter = mean / np.sqrt(shape)
    return scatter, (y - mean) / scatter, _skew(shape)


def _precision(info: Floats, seen: Ints, apart: Floats, wrong: Floats) -> Floats:
    """How firmly each number is held to its default: the further it is from it, the less.

    That is a Cauchy distribution around the default (Gelman and others, "A weakly informative
    default prior distribution for logistic and other regression models", Annals of Applied
    Statistics 2, 2008): whoever really is much slower soon gets away from it.
    """
    floor = 1 / wrong**2
    # What the steps tell of each number alone, with all others unknown.
    own = np.maximum(1 / np.diag(np.linalg.inv(info + np.diag(floor))) - floor, 0.0)
    drawn = own * PRIOR_STEPS / np.maximum(seen, 1)
    return floor + drawn / (1 + drawn * apart**2 / 2)


def _least(curvature: Floats, goal: Floats, low: Floats, high: Floats) -> Floats:
    """Where a quadratic form is least, within bounds."""
    root = cholesky(curvature, lower=True)
    return lsq_linear(root.T, solve_triangular(root, goal, lower=True), (low, high)).x


def _spread(curvature: Floats, score: Floats, cluster: Ints) -> Floats:
    inverse = np.linalg.inv(curvature)
    names, number = np.unique(cluster, return_inverse=True)
    total = np.zeros((len(names), score.shape[1]))
    np.add.at(total, number.ravel(), score)
    few = len(names) / max(len(names) - 1, 1)
    clustered = inverse @ (few * total.T @ total) @ inverse
    return np.sqrt(np.maximum(np.diag(inverse), np.diag(clustered)))


def _shape(apart: Floats) -> float:
    """Shape of the Gamma distribution whose median distance from its mean is that of these."""
    middle = float(np.median(apart)) if len(apart) else 1.0

    def inside(shape: float) -> float:
        below = gammainc(shape, shape * max(1 - middle, 0.0))
        return float(gammainc(shape, shape * (1 + middle)) - below) - 0.5

    low, high = _SPREADS
    if inside(low) >= 0:
        return low
    return high if inside(high) <= 0 else float(brentq(inside, low, high))


def _skew(shape: float) -> float:
    """Mean of Huber's function of a Gamma distribution's residuals, in standard deviations."""
    root = np.sqrt(shape)
    low, high = shape * max(1 - HUBER / root, 0.0), shape * (1 + HUBER / root)
    inside = gammainc(shape, high) - gammainc(shape, low)
    first = gammainc(shape + 1, high) - gammainc(shape + 1, low)
    above, below = 1 - gammainc(shape, high), gammainc(shape, low)
    return float(root * (first - inside) + HUBER * (above - below))
