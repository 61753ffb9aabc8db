"""Newcomers and those who take them along: as many as can be, and near each other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NEAR_M = 20_000.0
"""Farther apart, two do not meet for an afternoon."""
# Metres by which whoever has a newcomer already comes after somebody who has none.
_EACH_MORE_M = 2_000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """People as columns of equal length.

    Parameters
    ----------
    languages
        Codes that each speaks; of none, anything is taken to do.
    home
        (n, 2), metres; nan where it is not known, which is taken to be halfway.
    """

    languages: Sequence[frozenset[str]]
    home: Floats

    def __post_init__(self) -> None:
        """Refuse columns of different length."""
        if self.home.shape != (len(self.languages), 2):
            message = f"home must be ({len(self.languages)}, 2), not {self.home.shape}"
            raise ValueError(message)


def possible(
    newcomers: Group, buddies: Group, never: Collection[tuple[int, int]], near_m: float = NEAR_M
) -> Bools:
    """Which newcomer may go with which buddy.

    Parameters
    ----------
    newcomers, buddies
        Of n newcomers and m buddies.
    never
        Rows (newcomer, buddy) that are not to be brought together.
    near_m
        How far apart they may live, metres as the crow flies.

    Returns
    -------
    (n, m)
    """
    may = np.array(
        [
            [not one or not other or bool(one & other) for other in buddies.languages]
            for one in newcomers.languages
        ],
        np.bool_,
    ).reshape(len(newcomers.languages), len(buddies.languages))
    may &= _apart_m(newcomers, buddies, near_m) <= near_m
    for newcomer, buddy in never:
        may[newcomer, buddy] = False
    return may


def _apart_m(newcomers: Group, buddies: Group, near_m: float) -> Floats:
    apart = np.hypot(*(buddies.home[None] - newcomers.home[:, None]).transpose(2, 0, 1))
    return np.where(np.isnan(apart), near_m / 2, apart)


def match(
    newcomers: Group,
    buddies: Group,
    places: Sequence[int],
    never: Collection[tuple[int, int]] = (),
    near_m: float = NEAR_M,
) -> list[tuple[int, int]]:
    """Whom to bring together: as many newcomers as at all possible, then short ways, then evenly.

    Solved to the optimum as an assignment of newcomers to places: D. F. Crouse, "On implementing
    2D rectangular assignment algorithms", IEEE Transactions on Aerospace and Electronic Systems
    52(4), 2016, as SciPy has it.

    Parameters
    ----------
    newcomers, buddies
        Of n newcomers and m buddies.
    places
        How many newcomers each buddy takes, (m,).
    never
        Rows (newcomer, buddy) that are not to be brought together.
    near_m
        How far apart they may live, metres as the crow flies.

    Returns
    -------
    Rows (newcomer, buddy), by newcomer.

    Raises
    ------
    ValueError
        If columns differ in length, or places are below zero.
    """
    if len(places) != len(buddies.languages) or min(places, default=0) < 0:
        message = f"places must be {len(buddies.languages)} numbers from 0"
        raise ValueError(message)
    of_place = np.repeat(np.arange(len(places)), places)
    turn = np.concatenate([np.arange(count) for count in places] or [np.zeros(0)])
    may = possible(newcomers, buddies, never, near_m)[:, of_place]
    cost = _apart_m(newcomers, buddies, near_m)[:, of_place] + turn * _EACH_MORE_M
    # So dear that leaving one more out is worse than any ways.
    out = (cost.max(initial=0.0) + 1.0) * (len(may) + 1)
    rows, columns = linear_sum_assignment(np.where(may, cost, out))
    return [
        (int(row), int(of_place[column]))
        for row, column in zip(rows, columns, strict=True)
        if may[row, column]
    ]
