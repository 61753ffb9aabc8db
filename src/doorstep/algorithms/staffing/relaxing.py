"""A bound that no choice of crews exceeds, and prices that say which crews are worth a look.

Two hundred volunteers and 150 turfs have three million crews. Left out here is only that two who
go together go to the same turf: pairs are chosen, and turfs for each by themselves, so that there
are n²/2 + nt variables and n + t rows. What this gives is about half a percent above what can be
reached. It is solved with few variables, adding those that would improve it (column generation,
Gilmore and Gomory 1961); every round gives a bound (Lasdon 1970, Optimization Theory for Large
Systems).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse

from doorstep.algorithms.staffing.model import Bools, Floats, Ints

# Its stubs know neither sparse matrices nor what is found.
_optimize: Any = scipy.optimize

EPSILON = 1e-6
ROUNDS = 40
CLOSE = 2e-4
Entries = list[tuple[Ints | int, Ints, Floats | float]]
"""Parts of a matrix: rows, columns and values."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is left to choose once locks are taken out of it.

    ``pair``, ``turf``, ``there``, ``alone`` and ``needs_seat`` as in `scoring.Worth`; ``single``
    says who may go alone and ``third`` who may be the third of a crew (n,); ``seats`` are free.
    """

    pair: Floats
    turf: Floats
    there: Floats
    alone: Floats
    needs_seat: Bools
    single: Bools
    third: Bools
    seats: int

    @property
    def most_pairs(self) -> int:
        """More pairs there cannot be."""
        return len(self.there) // 2


@dataclass(frozen=True, eq=False)
class Prices:
    """What each person (n,), turf (t,), third in a turf's crew (t,), seat and pair is worth."""

    person: Floats
    turf: Floats
    third: Floats
    seat: float
    pairs: float


@dataclass(frozen=True, eq=False)
class _Variables:
    """The variables of one kind that there could be, as columns of equal length.

    ``first`` and ``second`` are people, or a person and a turf.
    """

    first: Ints
    second: Ints
    points: Floats
    seats: Floats


@dataclass(frozen=True, eq=False)
class _Kinds:
    pairs: _Variables
    shares: _Variables
    """One of two at a turf."""
    alone: _Variables
    thirds: _Variables

    def all(self) -> tuple[_Variables, ...]:
        return self.pairs, self.shares, self.alone, self.thirds


def _kinds(task: Task) -> _Kinds:
    i, j = np.nonzero(np.isfinite(task.pair))
    who, where = np.nonzero(np.isfinite(task.there))
    there, seats = task.there[who, where], task.needs_seat[who, where].astype(np.float64)

    def of(which: Bools, points: Floats) -> _Variables:
        return _Variables(who[which], where[which], points[which], seats[which])

    return _Kinds(
        pairs=_Variables(i, j, task.pair[i, j], np.zeros(len(i))),
        shares=of(np.ones(len(who), np.bool_), there + task.turf[where] / 2),
        alone=of(task.single[who], there + task.turf[where] + task.alone[where]),
        thirds=of(task.third[who], there),
    )


def relax(task: Task) -> tuple[float, Prices]:
    """A bound that no choice exceeds, in points, and prices near those of the best choice.

    Parameters
    ----------
    task
        What is to be chosen.
    """
    kinds, best = _kinds(task), np.inf
    taken = [np.zeros(0, np.int64)] * 4
    people, turfs = len(task.there), len(task.turf)
    prices = Prices(np.zeros(people), np.zeros(turfs), np.zeros(turfs), 0.0, 0.0)
    at_once = (3 * people, 8 * people, 2 * people, 2 * people)
    reached, link = 0.0, np.zeros(people)
    for turn in range(ROUNDS):
        if turn:
            reached, prices, link = _solve(task, kinds, taken)
        gains = _gains(kinds, prices, link)
        best = min(best, reached + _most(kinds, gains, people))
        if best - reached <= CLOSE * best:
            break
        more = [_add(*one) for one in zip(taken, gains, at_once, strict=True)]
        if all(len(new) == len(old) for new, old in zip(more, taken, strict=True)):
            break
        taken = more
    return best, prices


def _add(taken: Ints, gain: Floats, count: int) -> Ints:
    """The variables taken, and the best of those that would improve."""
    better = np.flatnonzero(gain > EPSILON)
    if len(better) > count:
        better = better[np.argsort(-gain[better], kind="stable")[:count]]
    return np.union1d(taken, better)


def _gains(kinds: _Kinds, prices: Prices, link: Floats) -> list[Floats]:
    """By how much each variable would improve it."""
    pairs, shares, alone, thirds = kinds.all()
    person, turf = prices.person, prices.turf - prices.third
    i, j = pairs.first, pairs.second
    return [
        pairs.points - person[i] - person[j] + link[i] + link[j] - prices.pairs,
        shares.points - link[shares.first] - turf[shares.second] / 2 - prices.seat * shares.seats,
        alone.points - person[alone.first] - turf[alone.second] - prices.seat * alone.seats,
        thirds.points - person[thirds.first] - prices.third[thirds.second]
        - prices.seat * thirds.seats,
    ]  # fmt: skip


def _most(kinds: _Kinds, gains: list[Floats], people: int) -> float:
    """What all that is left out adds at the very most: nobody is in two of one kind."""
    most = np.zeros((4, people))
    for row, kind, gain in zip(most, kinds.all(), gains, strict=True):
        np.maximum.at(row, kind.first, gain / 2 if kind is kinds.pairs else gain)
        if kind is kinds.pairs:
            np.maximum.at(row, kind.second, gain / 2)
    return float(most.sum())


def _solve(task: Task, kinds: _Kinds, taken: list[Ints]) -> tuple[float, Prices, Floats]:
    people, turfs = task.there.shape
    pairs, shares, alone, thirds = (
        (kind, which, start + np.arange(len(which)))
        for kind, which, start in zip(
            kinds.all(), taken, np.cumsum([0, *map(len, taken[:-1])]), strict=True
        )
    )
    seat, count = people + 2 * turfs, people + 2 * turfs + 1
    entries: Entries = []
    for kind, which, at in (alone, thirds):
        entries.append((kind.first[which], at, 1.0))
    for end in (pairs[0].first, pairs[0].second):
        entries.append((end[pairs[1]], pairs[2], 1.0))
    for (kind, which, at), part in ((shares, 0.5), (alone, 1.0)):
        entries.append((people + kind.second[which], at, part))
        entries.append((people + turfs + kind.second[which], at, -part))
    entries.append((people + turfs + thirds[0].second[thirds[1]], thirds[2], 1.0))
    for kind, which, at in (shares, alone, thirds):
        entries.append((seat, at, kind.seats[which]))
    entries.append((count, pairs[2], 1.0))
    links: Entries = [
        (shares[0].first[shares[1]], shares[2], 1.0),
        (pairs[0].first[pairs[1]], pairs[2], -1.0),
        (pairs[0].second[pairs[1]], pairs[2], -1.0),
    ]
    width = sum(map(len, taken))
    points = [kind.points[which] for kind, which in zip(kinds.all(), taken, strict=True)]
    solved = _optimize.linprog(
        -np.concatenate(points),
        A_ub=matrix(entries, count + 1, width),
        b_ub=np.concatenate(
            [np.ones(people + turfs), np.zeros(turfs), [task.seats, task.most_pairs]]
        ),
        A_eq=matrix(links, people, width),
        b_eq=np.zeros(people),
        method="highs-ds",
    )
    prices = prices_of(solved, people, turfs)
    return -float(solved.fun), prices, -np.asarray(solved.eqlin.marginals)


def matrix(entries: Entries, rows: int, width: int) -> scipy.sparse.csr_array:
    """A sparse matrix of entries: rows, columns, values; each may be one for all."""
    whole = [np.broadcast_arrays(row, at, value) for row, at, value in entries]
    row, at, value = (np.concatenate(part) for part in zip(*whole, strict=True))
    return scipy.sparse.csr_array((value, (row, at)), shape=(rows, width))


def prices_of(solved: Any, people: int, turfs: int) -> Prices:
    """The prices of a solved program whose rows are people, turfs, thirds, seats and pairs.

    Raises
    ------
    ArithmeticError
        If it was not solved.
    """
    if solved.status != 0:
        message = f"the relaxed problem was not solved: {solved.message}"
        raise ArithmeticError(message)
    dual: Floats = -np.asarray(solved.ineqlin.marginals)
    return Prices(
        person=dual[:people],
        turf=dual[people : people + turfs],
        third=dual[people + turfs : people + 2 * turfs],
        seat=float(dual[-2]),
        pairs=float(dual[-1]),
    )
