"""One run of the method of equal shares: what voters buy with a given amount each.

Prices are compared as floats with a bound on their error, which tells nearly all of them apart;
whatever the bound leaves open is decided with fractions. So floats never decide, and a run over
thousands of voters takes milliseconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from doorstep.algorithms.counting.model import Election

_EPS = float(np.finfo(np.float64).eps)
_SLACK = 64 * _EPS
"""More than sums of floats by halves lose, in units of what is summed: 2**50 terms at most."""


@dataclass(frozen=True, slots=True)
class Supporters:
    """Who gave points to a project: groups of equal ballots."""

    group: NDArray[np.intp]
    size: NDArray[np.float64]
    points: NDArray[np.float64]
    weight: NDArray[np.float64]
    """Size times points."""
    total_weight: float
    exact: tuple[tuple[int, int, int], ...]
    """Group, size, points as whole numbers."""

    def only(self, some: NDArray[np.bool_]) -> "Supporters":
        """Those who are marked; of the whole numbers all stay."""
        weight = self.weight[some]
        return Supporters(
            group=self.group[some],
            size=self.size[some],
            points=self.points[some],
            weight=weight,
            total_weight=float(weight.sum()),
            exact=self.exact,
        )


@dataclass(frozen=True, slots=True)
class Bought:
    """A project that was bought.

    Parameters
    ----------
    place
        Its place in the list.
    money
        What its supporters had together before.
    price
        What each supporter paid for each point that they gave it, unless they had less.
    """

    place: int
    money: Fraction
    price: Fraction


class Market:
    """What stays the same from run to run.

    Parameters
    ----------
    election
        Projects and ballots.
    cost_utility
        Whether a funded project is worth its cost to those who wanted it, or 1, for each point.
    """

    def __init__(self, election: Election, *, cost_utility: bool) -> None:
        self.election = election
        self.supporters = _supporters(election)
        self.places = [
            place
            for place, project in enumerate(election.projects)
            if election.votes[place] and not project.withdrawn
        ]
        costs = [project.cost for project in election.projects]
        self.cost = costs
        self.worth = costs if cost_utility else [1] * len(costs)
        # Cheaper first, then more voters, then the order of the list: as Polish and Dutch cities.
        self.rank = [(cost, -election.votes[place], place) for place, cost in enumerate(costs)]


def _supporters(election: Election) -> list[Supporters]:
    found: list[list[tuple[int, int, int]]] = [[] for _ in election.projects]
    for group, (ballot, size) in enumerate(election.ballots.items()):
        for place, points in ballot:
            found[place].append((group, size, points))
    return [_packed(rows) for rows in found]


def _packed(rows: Sequence[tuple[int, int, int]]) -> Supporters:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    size, points = table[:, 1].astype(np.float64), table[:, 2].astype(np.float64)
    weight = size * points
    return Supporters(
        group=table[:, 0].astype(np.intp),
        size=size,
        points=points,
        weight=weight,
        total_weight=float(weight.sum()),
        exact=tuple(rows),
    )


@dataclass(slots=True)
class _Quote:
    """What a project would cost now for each point: a float, and how far off it may be."""

    place: int
    price: float
    radius: float


class Run:
    """One run: every voter has ``each``, and buys together with others.

    Parameters
    ----------
    market
        Projects and ballots.
    each
        What every voter has, in the unit of the costs.
    """

    def __init__(self, market: Market, each: Fraction) -> None:
        self._market = market
        self._each = each
        groups = len(market.election.ballots)
        self._exact = [each] * groups
        self._balance = np.full(groups, float(each))
        self._error = np.full(groups, _EPS * float(each))
        self._supporters = list(market.supporters)
        self._synced = 0
        self.bought: list[int] = []
        # Prices only ever rise, as balances only ever fall: an old quote is a lower bound.
        self._floor = {
            place: market.cost[place] / market.supporters[place].total_weight
            for place in market.places
        }

    def places(self) -> list[int]:
        """Buy until nothing more can be; the places of what was bought, in order."""
        while (quote := self._choose()) is not None:
            self._buy(quote)
        return self.bought

    # -- choosing ---------------------------------------------------------------------------

    def _choose(self) -> _Quote | None:
        """What costs least for what it is worth; None if nothing can be bought."""
        worth = self._market.worth
        best = math.inf
        quotes: list[_Quote] = []
        for place in sorted(self._floor, key=lambda place: self._floor[place] / worth[place]):
            if self._floor[place] / worth[place] * (1 - _SLACK) > best:
                break
            quote = self._quote(place)
            if quote is None:
                del self._floor[place]
                continue
            self._floor[place] = max(self._floor[place], quote.price - quote.radius)
            best = min(best, (quote.price + quote.radius) / worth[place] * (1 + _SLACK))
            quotes.append(quote)
        return self._decide(quotes, best)

    def _decide(self, quotes: Sequence[_Quote], best: float) -> _Quote | None:
        worth, rank = self._market.worth, self._market.rank
        near = [
            one
            for one in quotes
            if (one.price - one.radius) / worth[one.place] * (1 - _SLACK) <= best
        ]
        if len(near) <= 1:
            return near[0] if near else None
        exact = {one.place: self._exact_price(one.place) for one in near}
        place = min(exact, key=lambda place: (exact[place] / worth[place], *rank[place]))
        return _Quote(place, float(exact[place]), float(exact[place]) * _SLACK)

    def _quote(self, place: int) -> _Quote | None:
        """The price of a project; None if those who want it cannot pay."""
        who, cost = self._supporters[place], float(self._market.cost[place])
        balance, error = self._balance[who.group], self._error[who.group]
        if 2 * np.count_nonzero(balance) < len(balance):
            # Most are broke, and stay so: they need not be looked at again in this run.
            left = (balance > 0) | (error > 0)
            who = self._supporters[place] = who.only(left)
            balance, error = balance[left], error[left]
        money = _dot(who.size, balance)
        doubt = _dot(who.size, error) + _SLACK * (money + cost)
        if abs(money - cost) <= doubt:
            if self._shortfall(place) > 0:
                return None
            # They can just pay: with floats that is not to be told, so the price is exact.
            price = self._exact_price(place)
            return _Quote(place, float(price), float(price) * _SLACK)
        if money < cost:
            return None
        return _water_level(place, cost, who, balance, error, self._floor[place])

    def _shortfall(self, place: int) -> Fraction:
        return self._market.cost[place] - self.money(place)

    def money(self, place: int) -> Fraction:
        """What those who want a project have together."""
        self._sync()
        return sum(
            (self._exact[group] * size for group, size, _ in self._market.supporters[place].exact),
            Fraction(0),
        )

    def _exact_price(self, place: int) -> Fraction:
        """The price of a project that can be paid."""
        self._sync()
        return exact_price(
            self._market.cost[place],
            [
                (self._exact[group], size, points)
                for group, size, points in self._market.supporters[place].exact
            ],
        )

    # -- paying -----------------------------------------------------------------------------

    def _buy(self, quote: _Quote) -> None:
        who = self._supporters[quote.place]
        balance, error = self._balance[who.group], self._error[who.group]
        # Who surely has less than they should pay pays all they have, and then has exactly none.
        none = balance + error < (quote.price - quote.radius) * (1 - _SLACK) * who.points
        rest = np.maximum(balance - quote.price * who.points, 0.0)
        lost = error + quote.radius * who.points + 2 * _EPS * float(self._each)
        self._balance[who.group] = np.where(none, 0.0, rest)
        self._error[who.group] = np.where(none, 0.0, lost)
        self.bought.append(quote.place)
        del self._floor[quote.place]

    def _sync(self) -> None:
        """Bring the exact balances up to date, and the floats to the exact ones."""
        if self._synced == len(self.bought):
            return
        for place in self.bought[self._synced :]:
            self._pay(place)
        self._synced = len(self.bought)
        self._balance = np.array([float(one) for one in self._exact])
        self._error = _EPS * self._balance

    def _pay(self, place: int) -> Fraction:
        rows = self._market.supporters[place].exact
        price = exact_price(
            self._market.cost[place],
            [(self._exact[group], size, points) for group, size, points in rows],
        )
        for group, _, points in rows:
            self._exact[group] = max(self._exact[group] - price * points, Fraction(0))
        return price

    def explained(self) -> list[Bought]:
        """What was bought, in order, with exact prices."""
        replay = Run(self._market, self._each)
        return [Bought(place, replay.money(place), replay._pay(place)) for place in self.bought]


def _water_level(
    place: int,
    cost: float,
    who: Supporters,
    balance: NDArray[np.float64],
    error: NDArray[np.float64],
    start: float,
) -> _Quote:
    """The price per point at which supporters pay the cost together, from a price below it.

    What they pay is concave in the price, so Newton's steps come from below and never pass it.
    """
    price, empty_count, weight = start, -1, who.total_weight
    empty = balance < price * who.points
    while (now := int(np.count_nonzero(empty))) != empty_count:
        empty_count = now
        weight = who.total_weight - _dot(who.weight, empty)
        if weight <= 0:
            break
        price = max(price, (cost - _dot(who.size * balance, empty)) / weight)
        empty |= balance < price * who.points
    weight = max(weight, 1.0)
    doubt = _dot(who.size * error, empty) + _SLACK * cost
    radius = doubt / weight + _SLACK * price
    return _Quote(place, price, radius)


def _dot(one: NDArray[np.float64], other: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    """The sum of products, added up by halves; BLAS would start threads for it."""
    return float(np.add.reduce(one * other))


def exact_price(cost: int, balances: Sequence[tuple[Fraction, int, int]]) -> Fraction:
    """The price per point at which these balances pay a cost together.

    Parameters
    ----------
    cost
        At most what there is.
    balances
        What each of a group has, how many they are, and the points each gave.
    """
    guess = _guessed_price(cost, balances)
    poor: list[tuple[Fraction, int, int]] = []
    unsure: list[tuple[Fraction, int, int]] = []
    rich_count = 0
    for one in balances:
        ratio = float(one[0]) / one[2]
        if ratio < guess * (1 - _NEAR):
            poor.append(one)
        elif ratio <= guess * (1 + _NEAR):
            unsure.append(one)
        else:
            rich_count += 1
    price = _price_among(cost, balances, poor, unsure, rich_count)
    if price is None or abs(float(price) - guess) > guess * _NEAR / 2:
        # The guess was too far off to tell who is poor.
        price = _price_among(cost, balances, [], balances, 0)
    return max(balance / points for balance, _, points in balances) if price is None else price


_NEAR = 1e-6


def _price_among(
    cost: int,
    balances: Sequence[tuple[Fraction, int, int]],
    poor: Sequence[tuple[Fraction, int, int]],
    unsure: Sequence[tuple[Fraction, int, int]],
    rich_count: int,
) -> Fraction | None:
    """The price if the poor pay all they have; None if the unsure do too, and nobody is rich."""
    rest = cost - sum((balance * size for balance, size, _ in poor), Fraction(0))
    weight = sum(size * points for _, size, points in balances)
    weight -= sum(size * points for _, size, points in poor)
    for balance, size, points in sorted(unsure, key=lambda one: one[0] / one[2]):
        if rest * points <= balance * weight:
            return rest / weight
        rest -= balance * size
        weight -= size * points
    return rest / weight if rich_count else None


def _guessed_price(cost: int, balances: Sequence[tuple[Fraction, int, int]]) -> float:
    rest, weight = float(cost), float(sum(size * points for _, size, points in balances))
    for ratio, size, points in sorted(
        (float(b) / points, size, points) for b, size, points in balances
    ):
        if rest <= ratio * weight:
            break
        rest -= ratio * points * size
        weight -= size * points
    else:
        return max(float(b) / points for b, _, points in balances)
    return rest / weight
