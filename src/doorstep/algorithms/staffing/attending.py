"""How many of those who signed up will come, learned from who came before.

A logistic model with shrinkage (empirical Bayes): the log-odds of coming are a sum of what holds
for the organization, whether the place was confirmed, how long before it was taken, the kind of
shift, the volunteer, and the day. How far volunteers and days differ is fitted by maximum
likelihood (Gauss-Hermite quadrature); each is then drawn towards the middle, the more the less is
known of them (Gelman and Hill 2007, Data Analysis Using Regression, chapter 14).
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit, logit

from doorstep.algorithms.staffing.model import Bools, Floats, Ints

USUAL_SHARE = 0.6
"""Of those booked, 40 to 80 % complete (Democratic National Committee); where nothing is known."""
USUAL_SPREAD = 0.7
"""Standard deviation of that between organizations, in log-odds: a share of 0.43 to 0.75."""
EFFECT_SPREAD = 0.7
"""Expected size of what a confirmation, a tenfold lead or a kind of shift does, in log-odds."""
USUAL_LEAD_DAYS = 7.0
INTERVAL = 0.8
NODES = 21
SPREADS = np.concatenate([[0.05, 0.1], np.arange(0.2, 2.6, 0.1)])
"""Standard deviations, in log-odds, among which the likeliest is taken."""
_ROUNDS, _STEPS = 5, 12
_HERMITE: Any = hermegauss(NODES)
_NODE: Floats = _HERMITE[0]
_WEIGHT: Floats = _HERMITE[1] / _HERMITE[1].sum()


@dataclass(frozen=True, kw_only=True, eq=False)
class Bookings:
    """Places that were taken, as columns of equal length (n,).

    Parameters
    ----------
    person, kind, shift
        Whole numbers from 0; of a person or kind never seen before, below 0.
    lead_days
        From signing up to the start.
    confirmed
        Whether the place was confirmed.
    """

    person: Ints
    kind: Ints
    shift: Ints
    lead_days: Floats
    confirmed: Bools

    def __post_init__(self) -> None:
        """Refuse columns of different length."""
        if len({len(getattr(self, name)) for name in self.__dataclass_fields__}) > 1:
            message = "columns must have one length"
            raise ValueError(message)

    def __len__(self) -> int:
        """How many."""
        return len(self.person)


@dataclass(frozen=True, kw_only=True, eq=False)
class Habits:
    """What was learned: of everybody, of kinds of shift, of each volunteer; in log-odds.

    ``person`` and ``person_spread`` (p,) are mean and standard deviation of what is known of
    each; ``spread`` is that of volunteers never seen, ``day_spread`` that of days.
    """

    fixed: Floats
    covariance: Floats
    person: Floats
    person_spread: Floats
    spread: float
    day_spread: float
    base_rate: float
    """The plain share of those booked who came; `USUAL_SHARE` where nobody was."""
    seen: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Forecast:
    """How many will come.

    ``shares`` (n,) are the chances of each, ``chances`` (n + 1,) those of each number of people;
    with 80 % it is ``low`` to ``high`` people or more than that.
    """

    shares: Floats
    chances: Floats
    expected: float
    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How many turfs to have ready."""

    pairs: int
    spare: int

    @property
    def turfs(self) -> int:
        """All of them."""
        return self.pairs + self.spare


def learn(past: Bookings, came: Bools, *, people: int, kinds: int) -> Habits:
    """What past bookings say about coming.

    Parameters
    ----------
    past
        Places taken in shifts that are over, without those cancelled in time.
    came
        Whether each came (n,).
    people, kinds
        How many there are of each.
    """
    rows = _rows(past, kinds)
    precision = np.diag(_precision(kinds))
    target = np.zeros(rows.shape[1])
    target[0] = logit(USUAL_SHARE)
    fixed, outcome = target.copy(), came.astype(np.float64)
    days = int(past.shift.max(initial=-1)) + 1
    person, day, spread, day_spread = np.zeros(people), np.zeros(days), 0.7, 0.3
    for _ in range(_ROUNDS if len(past) else 0):
        for _ in range(_STEPS):
            rest = person[past.person] + day[past.shift]
            fixed = _step(rows, outcome, rest, fixed, target, precision)
            rest = rows @ fixed + day[past.shift]
            person = _group_step(past.person, outcome, rest, person, spread)
            rest = rows @ fixed + person[past.person]
            day = _group_step(past.shift, outcome, rest, day, day_spread)
        spread = _likeliest(past.person, outcome, rows @ fixed + day[past.shift], people)
        day_spread = _likeliest(past.shift, outcome, rows @ fixed + person[past.person], days)
    chance = expit(rows @ fixed + person[past.person] + day[past.shift])
    weight = chance * (1 - chance)
    known = np.bincount(past.person, weight, people) + 1 / spread**2
    return Habits(
        fixed=fixed,
        covariance=np.asarray(
            np.linalg.inv(rows.T @ (rows * weight[:, None]) + precision), np.float64
        ),
        person=person,
        person_spread=1 / np.sqrt(known),
        spread=spread,
        day_spread=day_spread,
        base_rate=float(outcome.mean()) if len(past) else USUAL_SHARE,
        seen=len(past),
    )


def _precision(kinds: int) -> Floats:
    return np.array([1 / USUAL_SPREAD**2, *[1 / EFFECT_SPREAD**2] * (2 + kinds)])


def _rows(bookings: Bookings, kinds: int) -> Floats:
    """One; confirmed; lead in powers of ten; one column for each kind (n, 3 + kinds)."""
    lead = np.log10(1 + np.maximum(bookings.lead_days, 0.0)) - np.log10(1 + USUAL_LEAD_DAYS)
    of_kind = bookings.kind[:, None] == np.arange(kinds)[None]
    return np.column_stack([np.ones(len(bookings)), bookings.confirmed, lead, of_kind]).astype(
        np.float64
    )


def _step(
    rows: Floats, outcome: Floats, rest: Floats, fixed: Floats, target: Floats, precision: Floats
) -> Floats:
    """One step of Newton's method for what holds for everybody."""
    chance = expit(rows @ fixed + rest)
    weight = chance * (1 - chance)
    slope = rows.T @ (outcome - chance) - precision @ (fixed - target)
    return fixed + np.linalg.solve(rows.T @ (rows * weight[:, None]) + precision, slope)


def _group_step(
    group: Ints, outcome: Floats, rest: Floats, effect: Floats, spread: float
) -> Floats:
    """One step of Newton's method for each volunteer or day."""
    chance = expit(rest + effect[group])
    weight = np.bincount(group, chance * (1 - chance), len(effect)) + 1 / spread**2
    slope = np.bincount(group, outcome - chance, len(effect)) - effect / spread**2
    return effect + slope / weight


def _likeliest(group: Ints, outcome: Floats, rest: Floats, count: int) -> float:
    """The standard deviation between groups that makes what happened likeliest."""
    sign = 2 * outcome - 1

    def likelihood(spread: float) -> float:
        # log of the chance of each group's outcomes at every node (groups, nodes)
        each = -np.logaddexp(0, -sign[:, None] * (rest[:, None] + spread * _NODE[None]))
        whole = np.zeros((count, NODES))
        np.add.at(whole, group, each)
        most = whole.max(axis=1, keepdims=True)
        return float((most[:, 0] + np.log(np.exp(whole - most) @ _WEIGHT)).sum())

    return float(SPREADS[np.argmax([likelihood(float(one)) for one in SPREADS])])


def forecast(habits: Habits, bookings: Bookings) -> Forecast:
    """How many of those booked for one shift will come.

    Volunteers decide for themselves, but the day (its weather, say) is the same for all, and so
    is what is not known about the organization: the numbers vary more than independent coins.

    Parameters
    ----------
    habits
        As `learn` gives them.
    bookings
        Who is booked; ``shift`` is not looked at.
    """
    rows = _rows(bookings, len(habits.fixed) - 3)
    known = (bookings.person >= 0) & (bookings.person < len(habits.person))
    who = np.where(known, bookings.person, 0)
    mean, spread = np.zeros(len(bookings)), np.full(len(bookings), habits.spread)
    if known.any():
        mean = np.where(known, habits.person[who], 0.0)
        spread = np.where(known, habits.person_spread[who], habits.spread)
    middle = rows @ habits.fixed + mean
    doubt = rows.mean(axis=0) @ habits.covariance @ rows.mean(axis=0) if len(rows) else 0.0
    shared = np.sqrt(habits.day_spread**2 + doubt)
    # The mean of a logistic over a normal, as in MacKay 1992, The evidence framework.
    flat = 1 / np.sqrt(1 + np.pi * spread**2 / 8)
    at = (middle[:, None] + shared * _NODE[None]) * flat[:, None]
    shares = np.asarray(expit(at), np.float64)
    chances = sum(weight * poisson_binomial(shares[:, node]) for node, weight in enumerate(_WEIGHT))
    chances = np.asarray(chances)
    below = np.cumsum(chances)
    tail = (1 - INTERVAL) / 2
    return Forecast(
        shares=shares @ _WEIGHT,
        chances=chances,
        expected=float(chances @ np.arange(len(chances))),
        low=int(np.searchsorted(below, tail)),
        high=min(int(np.searchsorted(below, 1 - tail)), len(bookings)),
    )


def poisson_binomial(shares: Floats) -> Floats:
    """The chances of 0 to n successes (n + 1,) of n independent tries with these chances (n,).

    Parameters
    ----------
    shares
        Chances, 0 to 1.

    Raises
    ------
    ValueError
        If one is no chance.
    """
    if ((shares < 0) | (shares > 1)).any():
        message = "chances lie between 0 and 1"
        raise ValueError(message)
    chances = np.ones(1)
    for share in shares.tolist():
        chances = np.append(chances * (1 - share), 0.0) + np.append(0.0, chances * share)
    return chances


def prepare(found: Forecast) -> Preparation:
    """Turfs for as many pairs as are expected, and spare ones for as many more as may well come.

    Twelve expected, nine to fifteen with 80 %: six pairs and two spare turfs.

    Parameters
    ----------
    found
        As `forecast` gives it.
    """
    pairs = floor(found.expected / 2 + 0.5)
    return Preparation(pairs=pairs, spare=max(0, ceil(found.high / 2) - pairs))


def brier(shares: Floats, came: Bools) -> float:
    """The mean squared error of chances: 0 is perfect, 0.25 a coin (Brier 1950).

    Parameters
    ----------
    shares
        Chances (n,).
    came
        What happened (n,).
    """
    return float(np.mean((shares - came) ** 2))
