"""The method of equal shares: every voter holds the same share, and pays for what they want.

Peters and Skowron, "Proportionality and the limits of welfarism" (2020), and Peters, Pierczynski
and Skowron, "Proportional participatory budgeting with additive utilities" (2021); completion as
in Wieliczka and Swiecie (2023) and Assen (2024), see https://equalshares.net.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from doorstep.algorithms.counting.model import Decided, Election, Outcome, Why
from doorstep.algorithms.counting.shares import Bought, Market, Run

_MOST_STEPS = 10_000


class Utility(StrEnum):
    """What a funded project is worth to a voter, for each point they gave it."""

    COST = "cost"
    """Its cost: who wants what is large gains more. What cities use."""
    APPROVAL = "approval"
    """One, whatever it costs: cheap projects come first."""


@dataclass(frozen=True, slots=True)
class EqualShares:
    """How equal shares are counted.

    Parameters
    ----------
    utility
        What projects are worth.
    add_one
        Raise everybody's share by ``step`` again and again, and take the last outcome that the
        real budget pays for, before the first that it does not.
    step
        By how much the share grows, in the unit of the costs, 1 or more: one unit of the
        currency. The share grows from the budget divided by the voters, rounded down to steps.
        Where it is 10,000 steps or more, steps are ten times as large, or a hundred times, and so
        on: few voters with much money would else be counted for hours. No city comes near.
    fill
        Fund greedily by points what still fits into the money left over.
    """

    utility: Utility = Utility.COST
    add_one: bool = True
    step: int = 1
    fill: bool = False

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.step < 1:
            message = f"step must be 1 or more, not {self.step}"
            raise ValueError(message)


def equal_shares(election: Election, rule: EqualShares | None = None) -> Outcome:
    """Fund what its supporters can pay for from equal shares of the budget.

    Again and again that project is bought whose supporters pay least for what it is worth to
    them, each the same for a point, or all they have left. Ties go to the cheaper project, then
    to the one with more voters, then to the one further up the list.

    Parameters
    ----------
    election
        Projects, budget and ballots.
    rule
        How to count; cost utilities with add-one, if not given.

    Returns
    -------
    Outcome
        What is funded never costs more than the budget. With ``fill``, no other project that got
        points would fit into what is left.
    """
    rule = rule or EqualShares()
    if not election.voters_count:
        return _told(election, [], None, Fraction(0), rule)
    market = Market(election, cost_utility=rule.utility is Utility.COST)
    each = Fraction(election.budget, election.voters_count)
    run = Run(market, each)
    places = run.places()
    if rule.add_one:
        run, each = _grown(market, rule.step, run, places)
    return _told(election, run.explained(), run, each, rule)


def _grown(market: Market, step: int, run: Run, places: Sequence[int]) -> tuple[Run, Fraction]:
    """The run with the largest share before the first that spends too much."""
    election = market.election
    each = Fraction(election.budget, election.voters_count)
    while each >= step * _MOST_STEPS:
        step *= 10
    share = int(each) // step * step
    # Once all is bought that anybody wants, more money changes nothing.
    while len(places) < len(market.places):
        share += step
        more = Run(market, Fraction(share))
        places = more.places()
        if sum(market.cost[place] for place in places) > election.budget:
            break
        run, each = more, Fraction(share)
    return run, each


def _told(
    election: Election,
    bought: Sequence[Bought],
    run: Run | None,
    each: Fraction,
    rule: EqualShares,
) -> Outcome:
    turns = {one.place: (turn, one) for turn, one in enumerate(bought, 1)}
    left = election.budget - sum(election.projects[place].cost for place in turns)
    filled = _filling(election, set(turns), left) if rule.fill else []
    funded = [*turns, *filled]
    return Outcome(
        winners=tuple(election.projects[place].key for place in funded),
        decided=tuple(
            _decided(election, place, turns.get(place), place in filled, run)
            for place in range(len(election.projects))
        ),
        spent=sum(election.projects[place].cost for place in funded),
        budget=election.budget,
        voters_count=election.voters_count,
        satisfied_count=election.satisfied_count(funded),
        endowment=int(each * election.voters_count),
    )


def _filling(election: Election, bought: set[int], left: int) -> list[int]:
    """What is funded greedily from what is left over."""
    points, filled = election.points, list[int]()
    for place in sorted(range(len(points)), key=lambda place: (-points[place], place)):
        project = election.projects[place]
        wanted = points[place] > 0 and place not in bought and not project.withdrawn
        if wanted and project.cost <= left:
            filled.append(place)
            left -= project.cost
    return filled


def _decided(
    election: Election,
    place: int,
    turn: tuple[int, Bought] | None,
    filled: bool,
    run: Run | None,
) -> Decided:
    project = election.projects[place]
    why, number, money, share = Why.SUPPORTERS_SHORT, 0, Fraction(0), Fraction(0)
    if turn:
        number, one = turn
        why, money = Why.CHOSEN, one.money
        share = one.price * _most_points(election, place)
    elif filled:
        why = Why.FILLED
    elif project.withdrawn:
        why = Why.WITHDRAWN
    elif not election.votes[place]:
        why = Why.NO_VOTES
    if run and not turn:
        money = run.money(place)
    return Decided(
        key=project.key,
        cost=project.cost,
        votes=election.votes[place],
        points=election.points[place],
        funded=why in {Why.CHOSEN, Why.FILLED},
        why=why,
        turn=number,
        left=int(money),
        share=-int(-share // 1),
    )


def _most_points(election: Election, place: int) -> int:
    return max(dict(ballot).get(place, 0) for ballot in election.ballots)
