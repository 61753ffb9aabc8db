"""Weights that make those who answered resemble everybody, by known shares of everybody."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Raking:
    """When raking stops."""

    tolerance: float = 1e-6
    """The largest difference allowed between a share reached and the share wanted."""
    most_rounds: int = 1000

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1 or self.most_rounds < 1:
            msg = "tolerance must lie between 0 and 1, and most_rounds be at least 1"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights of mean 1, shape (n,), and what weighting cost in precision."""

    weights: NDArray[np.float64]
    rounds_count: int
    effective_size: float
    """As many answers, unweighted and drawn at random, would be as precise."""
    design_effect: float
    """By how much weighting multiplies the variance of a mean; 1 or more."""


class EmptyCellError(ValueError):
    """Nobody answered in a category that weighs something, or somebody in one that does not."""

    def __init__(self, margin: int, category: int, *, missing: bool) -> None:
        super().__init__(
            f"margin {margin}, category {category} "
            + ("has a share but nobody in it" if missing else "has people in it but no share")
        )
        self.margin, self.category, self.missing = margin, category, missing


class NotConvergedError(ValueError):
    """The margins contradict each other among those who answered."""


def rake(
    categories: Sequence[NDArray[np.intp]],
    shares: Sequence[NDArray[np.float64]],
    rule: Raking | None = None,
) -> Weights:
    """Weight respondents until every margin has its wanted shares.

    One margin after the other is scaled to its shares, again and again: iterative proportional
    fitting, which leaves the odds ratios of the answers as they were.

    Parameters
    ----------
    categories
        For each margin the category of each respondent, shape (n,), from 0.
    shares
        For each margin the wanted share of each category, 0 or more; scaled to add up to 1.
    rule
        When to stop: as soon as no share differs by more than the tolerance.

    Returns
    -------
    Weights
        With Kish's effective sample size ``sum(w)**2 / sum(w**2)`` and design effect ``n`` over it.

    Raises
    ------
    EmptyCellError
        If a category with a share has no respondent, or one without share has some.
    NotConvergedError
        If the margins are not met after the last round.
    ValueError
        If there is nobody, or arrays do not fit together.

    Notes
    -----
    Deming and Stephan (1940), "On a least squares adjustment of a sampled frequency table when
    the expected marginal totals are known"; Kish (1965), "Survey Sampling", section 11.7.
    """
    rule = rule or Raking()
    count = len(categories[0]) if categories else 0
    if not count or len(categories) != len(shares):
        msg = "raking needs respondents, and as many lists of shares as margins"
        raise ValueError(msg)
    wanted = [
        _scaled(margin, of, share)
        for margin, (of, share) in enumerate(zip(categories, shares, strict=True))
    ]
    weights = np.ones(count)
    worst = 0.0
    for rounds_count in range(1, rule.most_rounds + 1):
        for of, share in zip(categories, wanted, strict=True):
            weights *= _factors(of, share, weights)[of]
        worst = max(
            float(np.abs(_reached(of, share, weights) - share).max())
            for of, share in zip(categories, wanted, strict=True)
        )
        if worst <= rule.tolerance:
            weights *= count / weights.sum()
            size = float(weights.sum() ** 2 / (weights**2).sum())
            return Weights(weights, rounds_count, size, count / size)
    msg = f"after {rule.most_rounds} rounds a share is still off by {worst:.2g}"
    raise NotConvergedError(msg)


def _scaled(margin: int, of: NDArray[np.intp], share: NDArray[np.float64]) -> NDArray[np.float64]:
    if not share.size or not np.isfinite(share).all() or share.min() < 0 or share.sum() <= 0:
        msg = f"the shares of margin {margin} must be numbers of 0 or more, not all 0"
        raise ValueError(msg)
    there = np.bincount(of, minlength=len(share))
    for category, (people, wanted) in enumerate(zip(there, share, strict=True)):
        if (people > 0) != (wanted > 0):
            raise EmptyCellError(margin, category, missing=wanted > 0)
    return share / share.sum()


def _reached(
    of: NDArray[np.intp], share: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.bincount(of, weights, minlength=len(share)) / weights.sum()


def _factors(
    of: NDArray[np.intp], share: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    reached = _reached(of, share, weights)
    return np.divide(share, reached, out=np.ones_like(share), where=reached > 0)
