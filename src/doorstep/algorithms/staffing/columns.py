"""Crews worth choosing among, and the choice: of millions, some thousands that prices point at."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize

from doorstep.algorithms.staffing.model import Bools, Floats, Ints
from doorstep.algorithms.staffing.relaxing import (
    EPSILON,
    Entries,
    Prices,
    Task,
    matrix,
    prices_of,
)

# Its stubs know neither sparse matrices nor what is found.
_optimize: Any = scipy.optimize

NOBODY = -1
ROUNDS = 5
KEPT = 3000
THIRDS = 5
"""Looked at for each turf."""
CLOSE = 1e-4
NODES = 300
"""Of the tree that is searched; without a clock, so that everywhere comes out the same."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Possible crews, and thirds for them, as columns of equal length (m,).

    ``second`` is `NOBODY` where somebody goes alone or is the third of a crew.
    """

    first: Ints
    second: Ints
    turf: Ints
    third: Bools
    points: Floats

    def __len__(self) -> int:
        """How many."""
        return len(self.first)

    def take(self, which: Ints | Bools) -> "Columns":
        """Some of them."""
        return Columns(
            self.first[which], self.second[which], self.turf[which], self.third[which],
            self.points[which],
        )  # fmt: skip


def joined(parts: list[Columns]) -> Columns:
    """All of them, each once."""
    first, second, turf, third, points = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("first", "second", "turf", "third", "points")
    )
    key = (first << 42) | ((second + 1) << 21) | (turf << 1) | third
    _, at = np.unique(key, return_index=True)
    return Columns(first[at], second[at], turf[at], third[at], points[at])


def _seats(task: Task, columns: Columns) -> Floats:
    two = columns.second >= 0
    second = np.where(two, columns.second, columns.first)
    seats = task.needs_seat[columns.first, columns.turf].astype(np.float64)
    return seats + (two & task.needs_seat[second, columns.turf])


def promising(task: Task, prices: Prices, floor: float = -np.inf) -> Columns:
    """The crews of each turf that would improve most at these prices, by more than ``floor``."""
    count = max(KEPT // max(len(task.turf), 1), 1)
    net = task.there - prices.person[:, None] - prices.seat * task.needs_seat
    nobody = np.zeros(0, np.int64)
    i, j = np.nonzero(np.isfinite(task.pair))
    points = task.pair[i, j]
    parts = [_at(0, nobody, None, np.zeros(0), task)]
    for t in range(len(task.turf)):
        able = np.isfinite(task.there[:, t])
        rows = np.flatnonzero(able[i] & able[j])
        first, second = i[rows], j[rows]
        at = task.turf[t] - prices.turf[t] + prices.third[t]
        two = _best(points[rows] + net[first, t] + net[second, t] + at - prices.pairs, floor, count)
        one = _best(np.where(task.single, net[:, t] + task.alone[t] + at, -np.inf), floor, count)
        more = _best(
            np.where(task.third, net[:, t] - prices.third[t], -np.inf),
            floor,
            max(THIRDS, count // 10),
        )
        first, second = first[two], second[two]
        parts += [
            _at(t, first, second, points[rows[two]] + task.there[second, t] + task.turf[t], task),
            _at(t, one, None, np.full(len(one), task.turf[t] + task.alone[t]), task),
            _at(t, more, None, np.zeros(len(more)), task, third=True),
        ]
    return joined(parts)


def _at(
    turf: int, first: Ints, second: Ints | None, points: Floats, task: Task, *, third: bool = False
) -> Columns:
    count = len(first)
    return Columns(
        first=first,
        second=np.full(count, NOBODY) if second is None else second,
        turf=np.full(count, turf),
        third=np.full(count, third),
        points=points + (task.there[first, turf] if count else 0.0),
    )


def _best(gain: Floats, floor: float, count: int) -> Ints:
    better = np.flatnonzero(gain > floor)
    if len(better) <= count:
        return better
    return better[np.argpartition(gain[better], -count)[-count:]]


def pool(task: Task, prices: Prices) -> Columns:
    """Some thousand crews among which nearly the best choice is.

    Parameters
    ----------
    task
        What is to be chosen.
    prices
        As `relaxing.relax` gives them.
    """
    found = promising(task, prices)
    for _ in range(ROUNDS if len(found) else 0):
        _, prices = _relaxed(task, found)
        found = _likely(task, found, prices, 2 * KEPT)
        grown = joined([found, promising(task, prices, EPSILON)])
        if len(grown) == len(found):
            break
        found = grown
    else:
        prices = _relaxed(task, found)[1] if len(found) else prices
    # What is taken has no gain now, and what is not has less: the prices are those of all found.
    return _likely(task, found, prices, KEPT)


def _likely(task: Task, columns: Columns, prices: Prices, count: int) -> Columns:
    best = np.argsort(-_gain(task, columns, prices), kind="stable")[:count]
    return columns.take(np.sort(best))


def _gain(task: Task, columns: Columns, prices: Prices) -> Floats:
    two = columns.second >= 0
    turf = prices.turf[columns.turf] - prices.third[columns.turf]
    paid = prices.person[columns.first] + np.where(columns.third, prices.third[columns.turf], turf)
    paid += np.where(two, prices.person[columns.second] + prices.pairs, 0.0)
    return columns.points - paid - prices.seat * _seats(task, columns)


def _rows(task: Task, columns: Columns) -> tuple[Entries, Floats]:
    """What any choice has to mind, and the limits of it."""
    people, turfs = task.there.shape
    at = np.arange(len(columns))
    two, crew = columns.second >= 0, ~columns.third
    entries: Entries = [
        (columns.first, at, 1.0),
        (columns.second[two], at[two], 1.0),
        (people + columns.turf[crew], at[crew], 1.0),
        (people + turfs + columns.turf, at, np.where(crew, -1.0, 1.0)),
        (people + 2 * turfs, at, _seats(task, columns)),
        (people + 2 * turfs + 1, at[two], 1.0),
    ]
    limits = [np.ones(people + turfs), np.zeros(turfs), [task.seats, task.most_pairs]]
    return entries, np.concatenate(limits)


def _relaxed(task: Task, columns: Columns) -> tuple[Floats, Prices]:
    """How much of each column the relaxed problem takes (m,), and the prices."""
    entries, limits = _rows(task, columns)
    rows = matrix(entries, len(limits), len(columns))
    solved = _optimize.linprog(-columns.points, A_ub=rows, b_ub=limits, method="highs-ds")
    prices = prices_of(solved, *task.there.shape)
    return np.asarray(solved.x), prices


def choose(task: Task, columns: Columns) -> Columns:
    """The best choice among the columns, or nearly.

    Solved with HiGHS. OR-tools' CP-SAT was tried on the same columns, 200 volunteers and 150
    turfs: it took twice as long for the same, or was 0.5 % worse.
    """
    if not len(columns):
        return columns
    share, _ = _relaxed(task, columns)
    # Where there is much, what the relaxed problem takes whole stays, so that the rest is small.
    whole = (share > 1 - EPSILON) & ~columns.third & (len(columns) >= KEPT)
    entries, limits = _rows(task, columns)
    apart, together = _thirds_apart(task, columns, len(limits))
    limits = np.concatenate([limits, np.ones(together)])
    solved = _optimize.milp(
        -columns.points,
        constraints=_optimize.LinearConstraint(
            matrix([*entries, *apart], len(limits), len(columns)), ub=limits
        ),
        integrality=np.ones(len(columns)),
        bounds=_optimize.Bounds(np.where(whole, 1.0, 0.0), 1),
        options={"mip_rel_gap": CLOSE, "node_limit": NODES},
    )
    if solved.x is None:
        message = f"no choice was found: {solved.message}"
        raise ArithmeticError(message)
    return columns.take(np.asarray(solved.x) > 0.5)  # noqa: PLR2004


def _thirds_apart(task: Task, columns: Columns, start: int) -> tuple[Entries, int]:
    """Rows that keep a third from a crew with somebody they must not go with."""
    may = np.isfinite(task.pair)
    may = (may | may.T) & task.third[:, None]
    entries: Entries = []
    rows = 0
    crews = np.flatnonzero(~columns.third)
    for at in np.flatnonzero(columns.third).tolist():
        here = crews[columns.turf[crews] == columns.turf[at]]
        first, second = columns.first[here], columns.second[here]
        third = columns.first[at]
        bad = ~may[third, first] | ((second >= 0) & ~may[third, second])
        # Who is in the crew themselves is kept from it by being sent once alone.
        bad &= (first != third) & (second != third)
        if bad.any():
            entries.append((start + rows, np.append(here[bad], at), 1.0))
            rows += 1
    return entries, rows
