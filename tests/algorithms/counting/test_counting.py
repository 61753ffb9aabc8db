"""Both rules against rounds worked by hand, a naive textbook count, and what must always hold."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.algorithms.counting import (
    EqualShares,
    Greedy,
    Project,
    Utility,
    Why,
    borda,
    equal_shares,
    greedy,
    make_election,
)
from doorstep.algorithms.counting.model import UncountableError

KEYS = "ABCDEFG"


def projects(**costs):
    return [Project(key, cost) for key, cost in costs.items()]


def approvals(*ballots):
    return [dict.fromkeys(ballot, 1) for ballot in ballots]


@st.composite
def rounds(draw, most_points=4):
    """Small rounds with many ties: few voters, few different costs."""
    costs = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6))
    keys = KEYS[: len(costs)]
    points = st.integers(0, most_points)
    ballots = draw(st.lists(st.dictionaries(st.sampled_from(keys), points), max_size=9))
    budget = draw(st.integers(0, 40))
    return [Project(k, c) for k, c in zip(keys, costs, strict=True)], budget, ballots


def reason(outcome, key):
    return next(one for one in outcome.decided if one.key == key)


# -- the textbook, written without looking at the program ------------------------------------


def textbook_price(cost, wanting, balance):
    """The smallest x with sum(min(balance, x * points)) == cost, by trying every kink."""
    kinks = sorted({balance[v] / points for v, points in wanting.items()})
    if sum(balance[v] for v in wanting) < cost:
        return None
    low = Fraction(0)
    for kink in kinks:
        if sum(min(balance[v], kink * points) for v, points in wanting.items()) >= cost:
            rich = [v for v in wanting if balance[v] / wanting[v] > low]
            poor = sum(balance[v] for v in wanting if v not in rich)
            return Fraction(cost - poor) / sum(wanting[v] for v in rich)
        low = kink
    raise AssertionError


def textbook_run(given, ballots, each, by_cost):
    balance = [Fraction(each)] * len(ballots)
    open_, bought = list(range(len(given))), []
    while True:
        offers = []
        for place in open_:
            key, cost = given[place].key, given[place].cost
            wanting = {v: b[key] for v, b in enumerate(ballots) if b.get(key)}
            price = textbook_price(cost, wanting, balance) if wanting else None
            if price is not None:
                order = (price / (cost if by_cost else 1), cost, -len(wanting), place)
                offers.append((order, price, wanting))
        if not offers:
            return bought
        (*_, place), price, wanting = min(offers, key=lambda offer: offer[0])
        for voter, points in wanting.items():
            balance[voter] -= min(balance[voter], price * points)
        open_.remove(place)
        bought.append(place)


def textbook_add_one(given, budget, ballots, by_cost):
    found = textbook_run(given, ballots, Fraction(budget, len(ballots)), by_cost)
    each = budget // len(ballots)
    wanted = {k for b in ballots for k, points in b.items() if points}
    while len(found) < len(wanted):
        each += 1
        more = textbook_run(given, ballots, each, by_cost)
        if sum(given[place].cost for place in more) > budget:
            break
        found = more
    return found


@settings(max_examples=400)
@given(given_=rounds(), utility=st.sampled_from(Utility))
def test_equal_shares_agree_with_the_textbook(given_, utility):
    some, budget, ballots = given_
    by_cost = utility is Utility.COST
    plain, grown = [], []
    if ballots:
        plain = textbook_run(some, ballots, Fraction(budget, len(ballots)), by_cost)
        grown = textbook_add_one(some, budget, ballots, by_cost)
    election = make_election(some, budget, ballots)
    once = equal_shares(election, EqualShares(utility, add_one=False))
    assert once.winners == tuple(some[place].key for place in plain)
    assert equal_shares(election, EqualShares(utility)).winners == tuple(
        some[place].key for place in grown
    )


@given(rounds(most_points=1))
def test_greedy_agrees_with_the_textbook(given_):
    some, budget, ballots = given_
    points = {one.key: sum(b.get(one.key, 0) for b in ballots) for one in some}
    order = sorted((one for one in some if points[one.key]), key=lambda one: -points[one.key])
    left, skipping, stopping, stopped = [budget, budget], [], [], False
    for one in order:
        if one.cost <= left[0]:
            left[0] -= one.cost
            skipping.append(one.key)
        stopped |= one.cost > left[1]
        if not stopped:
            left[1] -= one.cost
            stopping.append(one.key)
    election = make_election(some, budget, ballots)
    assert greedy(election).winners == tuple(skipping)
    assert greedy(election, Greedy(skip=False)).winners == tuple(stopping)


@given(
    seed=st.integers(0, 2**32 - 1),
    voters=st.integers(1, 120),
    most_points=st.sampled_from([1, 1, 3]),
    utility=st.sampled_from(Utility),
)
@settings(max_examples=60)
def test_floats_never_decide(seed, voters, most_points, utility):
    """Larger rounds, with costs that divide nothing and with ones that divide everything."""
    rng = np.random.default_rng(seed)
    costs = rng.choice([rng.integers(1, 10**6, 12), rng.integers(1, 4, 12) * 60])
    some = [Project(str(n), int(cost)) for n, cost in enumerate(costs)]
    kinds = [
        {str(k): int(rng.integers(1, most_points + 1)) for k in rng.permutation(12)[:size]}
        for size in rng.integers(0, 6, 7)
    ]
    ballots = [kinds[kind] for kind in rng.integers(0, 7, voters)]
    budget = int(costs.sum() * rng.uniform(0.2, 1.2))
    each = Fraction(budget, voters)
    found = equal_shares(make_election(some, budget, ballots), EqualShares(utility, add_one=False))
    plain = textbook_run(some, ballots, each, utility is Utility.COST)
    assert found.winners == tuple(some[place].key for place in plain)


# -- what always holds -----------------------------------------------------------------------

RULES = [
    greedy,
    lambda election: greedy(election, Greedy(skip=False)),
    lambda election: greedy(election, Greedy(threshold=2)),
    lambda election: greedy(election, Greedy(exclusive=[{"A", "B"}])),
    equal_shares,
    lambda election: equal_shares(election, EqualShares(Utility.APPROVAL, fill=True)),
    lambda election: equal_shares(election, EqualShares(add_one=False)),
]
every_rule = pytest.mark.parametrize("rule", RULES)


@every_rule
@given(given_=rounds())
def test_the_budget_is_never_exceeded_and_every_project_explained(rule, given_):
    some, budget, ballots = given_
    outcome = rule(make_election(some, budget, ballots))
    costs = {one.key: one.cost for one in some}
    assert outcome.spent == sum(costs[key] for key in outcome.winners) <= budget
    assert [one.key for one in outcome.decided] == list(costs)
    assert {one.key for one in outcome.decided if one.funded} == set(outcome.winners)
    wanted = [any(ballot.get(key) for key in outcome.winners) for ballot in ballots]
    assert outcome.satisfied_count == sum(wanted)
    assert outcome.voters_count == len(ballots)


@every_rule
@given(given_=rounds(), seed=st.integers(0, 99))
def test_the_order_of_ballots_is_irrelevant(rule, given_, seed):
    some, budget, ballots = given_
    mixed = [ballots[n] for n in np.random.default_rng(seed).permutation(len(ballots))]
    assert rule(make_election(some, budget, ballots)) == rule(make_election(some, budget, mixed))


@given(given_=rounds(), factor=st.integers(2, 1000))
def test_the_unit_of_money_is_irrelevant(given_, factor):
    some, budget, ballots = given_
    large = [replace(one, cost=one.cost * factor) for one in some]
    one, other = (
        make_election(some, budget, ballots),
        make_election(large, budget * factor, ballots),
    )
    assert greedy(one).winners == greedy(other).winners
    for utility in Utility:
        ours = equal_shares(one, EqualShares(utility))
        assert ours.winners == equal_shares(other, EqualShares(utility, step=factor)).winners


@given(rounds())
def test_nothing_wanted_fits_into_what_is_left_where_that_is_promised(given_):
    some, budget, ballots = given_
    election = make_election(some, budget, ballots)
    for outcome in (greedy(election), equal_shares(election, EqualShares(fill=True))):
        left = budget - outcome.spent
        assert not [d for d in outcome.decided if not d.funded and d.points and d.cost <= left]


@given(rounds())
def test_nobody_pays_for_more_than_they_hold(given_):
    some, budget, ballots = given_
    outcome = equal_shares(make_election(some, budget, ballots))
    for one in outcome.decided:
        if one.why is Why.CHOSEN:
            assert one.cost <= one.left
            assert one.share * one.votes >= one.cost
        if one.why is Why.SUPPORTERS_SHORT:
            assert one.left < one.cost


# -- worked by hand --------------------------------------------------------------------------

# Sixty in the town and forty in the village; 100 for each of a hundred voters.
TOWN = projects(Park=6000, Square=4000, Bridge=3000, Bus=3500)
TOWN_BALLOTS = approvals(*[("Park", "Square")] * 60, *[("Bridge", "Bus")] * 40)


def test_greedy_gives_the_town_everything():
    outcome = greedy(make_election(TOWN, 10_000, TOWN_BALLOTS))
    assert outcome.winners == ("Park", "Square")
    assert (outcome.satisfied_count, outcome.satisfied_share) == (60, 0.6)
    assert reason(outcome, "Bridge").why is Why.TOO_EXPENSIVE
    assert reason(outcome, "Bridge").left == 0


def test_equal_shares_give_the_village_its_part():
    # A hundred each: sixty buy the square, the cheaper of a tie, at 66.7, and forty the bridge at
    # 75, which leaves them 25 each: 1000 of 3500. At 163 the village could pay for both, 10,500
    # together with the square, which is too much: 162 stands.
    outcome = equal_shares(make_election(TOWN, 10_000, TOWN_BALLOTS))
    assert outcome.winners == ("Square", "Bridge")
    assert outcome.satisfied_share == 1
    assert outcome.endowment == 16_200
    assert (reason(outcome, "Square").share, reason(outcome, "Bridge").share) == (67, 75)
    assert reason(outcome, "Park").left == 60 * 162 - 4000
    assert reason(outcome, "Bus").left == 40 * 87


def test_the_count_goes_on_to_the_last_outcome_that_is_paid_for():
    """At 4/3 each the first voter buys C alone, and nothing fits into the 3 left: exhaustive.

    At 2 each the first and the third buy A, and C is beyond the first. At 3 each they would buy
    both, for 5 of 4.
    """
    election = make_election(projects(A=4, B=4, C=1), 4, approvals("AC", "B", "A"))
    assert equal_shares(election, EqualShares(add_one=False)).winners == ("C",)
    outcome = equal_shares(election)
    assert outcome.winners == ("A",)
    assert outcome.endowment == 6


def test_unequal_balances_fill_up_like_water():
    # Ten each. A (12) is bought by the first two at 6, leaving 4, 4 and 10. B (15) is wanted by
    # all: 5 each is more than 4, so two pay all they have and the third 7.
    some = projects(A=12, B=15)
    outcome = equal_shares(make_election(some, 30, approvals("AB", "AB", "B")))
    assert outcome.winners == ("B", "A")
    assert [reason(outcome, key).share for key in "BA"] == [5, 6]
    points = [{"A": 2, "B": 1}, {"A": 2, "B": 1}, {"B": 1}]
    outcome = equal_shares(make_election(some, 30, points))
    assert outcome.winners == ("A", "B")
    assert [reason(outcome, key).share for key in "AB"] == [6, 7]


def test_ties_go_to_the_cheaper_then_to_more_voters_then_to_the_list():
    ballots = approvals("AB", "AB")
    assert equal_shares(make_election(projects(A=4, B=3), 4, ballots)).winners == ("B",)
    assert equal_shares(make_election(projects(A=4, B=4), 4, ballots)).winners == ("A",)
    assert greedy(make_election(projects(B=4, A=4), 4, ballots)).winners == ("B",)
    # Two points of one voter are worth as much as one of two voters, and cost as much.
    points = [{"A": 2}, {"B": 1}, {"B": 1}]
    assert equal_shares(
        make_election(projects(A=2, B=2), 6, points), EqualShares(add_one=False)
    ).winners == ("B", "A")


def test_approval_utilities_put_cheap_projects_first():
    ballots = approvals(*["AB"] * 3, "A")
    election = make_election(projects(A=8, B=3), 8, ballots)
    assert equal_shares(election, EqualShares(Utility.COST)).winners == ("A",)
    assert equal_shares(election, EqualShares(Utility.APPROVAL)).winners == ("B",)


def test_greedy_variants_differ_as_cities_do():
    some = projects(A=5, B=9, C=2, D=1)
    ballots = approvals(*["A"] * 5, *["B"] * 4, *["C"] * 3, "D")
    election = make_election(some, 8, ballots)
    assert greedy(election).winners == ("A", "C", "D")
    stopped = greedy(election, Greedy(skip=False))
    assert stopped.winners == ("A",)
    assert (reason(stopped, "C").why, reason(stopped, "C").other) == (Why.STOPPED, "B")
    enough = greedy(election, Greedy(threshold=2))
    assert enough.winners == ("A", "C")
    assert reason(enough, "D").why is Why.BELOW_THRESHOLD
    apart = greedy(election, Greedy(exclusive=[{"A", "C"}]))
    assert apart.winners == ("A", "D")
    assert (reason(apart, "C").why, reason(apart, "C").other) == (Why.EXCLUDED, "A")


def test_withdrawn_and_unwanted_projects_are_left_out():
    some = [Project("A", 2, withdrawn=True), Project("B", 2), Project("C", 1)]
    election = make_election(some, 9, approvals("A", "AB"))
    for outcome in (greedy(election), equal_shares(election)):
        assert outcome.winners == ("B",)
        assert reason(outcome, "A").why is Why.WITHDRAWN
        assert reason(outcome, "C").why is Why.NO_VOTES


def test_what_is_left_over_can_be_filled():
    some = projects(A=6, B=5)
    election = make_election(some, 10, approvals(*["A"] * 6, *["B"] * 4))
    assert equal_shares(election).winners == ("A",)
    some = projects(A=6, B=4)
    election = make_election(some, 10, approvals(*["A"] * 9, "B"))
    plain = equal_shares(election, EqualShares(add_one=False))
    assert plain.winners == ("A",)
    filled = equal_shares(election, EqualShares(add_one=False, fill=True))
    assert filled.winners == ("A", "B")
    assert reason(filled, "B").why is Why.FILLED


def test_few_voters_with_much_money_are_counted_soon():
    """Three million each: in steps of a thousand, not of one."""
    some = projects(A=4_000_000, B=5_000_000, C=3_500_000)
    election = make_election(some, 9_000_000, approvals("AB", "BC", "C"))
    outcome = equal_shares(election)
    assert outcome.spent <= 9_000_000
    assert outcome.endowment % 3000 == 0
    assert outcome.winners == equal_shares(election, EqualShares(step=1000)).winners


def test_a_ranking_gives_points_from_its_end():
    assert borda(["C", "A", "B"]) == {"C": 3, "A": 2, "B": 1}
    assert borda([]) == {}


@pytest.mark.parametrize(
    ("some", "budget", "ballots", "said"),
    [
        ([Project("A", 1), Project("A", 2)], 5, [], "A comes twice"),
        ([Project("A", 0)], 5, [], "a cost above 0"),
        ([Project("A", 1)], -1, [], "budget is -1"),
        ([Project("A", 1)], 1, [{"B": 1}], "B, which is not on the list"),
        ([Project("A", 1)], 1, [{"A": -1}], "none below 0"),
    ],
)
def test_what_makes_no_sense_is_refused(some, budget, ballots, said):
    with pytest.raises(UncountableError, match=said):
        make_election(some, budget, ballots)


def test_rules_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="threshold"):
        Greedy(threshold=-1)
    with pytest.raises(ValueError, match="step"):
        EqualShares(step=0)


@every_rule
@pytest.mark.parametrize("given_", [([], 5, []), ([Project("A", 3)], 5, []), ([], 0, [{}])])
def test_rounds_without_projects_or_ballots_fund_nothing(rule, given_):
    outcome = rule(make_election(*given_))
    assert (outcome.winners, outcome.spent, outcome.satisfied_share) == ((), 0, 0)
