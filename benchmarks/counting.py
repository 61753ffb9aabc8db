"""Counting a city's budget round: 7,000 ballots over 64 projects, by both rules.

Ballots are drawn at random so that hardly two are alike, which is the worst there is: in real
rounds four of five ballots equal another one. Equal shares are counted with Add1, several hundred
times over. Goal: 5 s for each kind of ballot and worth.
"""

import json
import sys
from itertools import product
from time import process_time

import numpy as np

from doorstep.algorithms.counting import (
    EqualShares,
    Project,
    Utility,
    borda,
    equal_shares,
    greedy,
    make_election,
)

VOTERS = int(sys.argv[1]) if len(sys.argv) > 1 else 7000
PROJECTS = 64
BUDGET = 1_000_000
GOAL_S = 5.0


def ballots(kind: str, rng: np.random.Generator) -> list[dict[str, int]]:
    """Ballots of one kind; some projects are dearer to people than others."""
    liked = rng.dirichlet(np.full(PROJECTS, 1.5))
    made: list[dict[str, int]] = []
    for size in rng.integers(1, 16, VOTERS):
        chosen = [str(one) for one in rng.choice(PROJECTS, size, replace=False, p=liked)]
        match kind:
            case "approval":
                made.append(dict.fromkeys(chosen, 1))
            case "ranking":
                made.append(borda(chosen))
            case _:
                given = rng.integers(1, 10, size)
                made.append(dict(zip(chosen, (int(one) for one in given), strict=True)))
    return made


def main() -> None:
    """Count every kind of ballot, and print one line for each."""
    worst = 0.0
    for kind, utility in product(("approval", "cumulative", "ranking"), Utility):
        rng = np.random.default_rng(7)
        costs = [int(cost) for cost in rng.integers(5_000, 100_000, PROJECTS)]
        projects = [Project(str(n), cost) for n, cost in enumerate(costs)]
        election = make_election(projects, BUDGET, ballots(kind, rng))
        started = process_time()
        shares = equal_shares(election, EqualShares(utility))
        shares_s = process_time() - started
        started = process_time()
        plain = greedy(election)
        greedy_s = process_time() - started
        assert shares.spent <= BUDGET
        assert plain.spent <= BUDGET
        worst = max(worst, shares_s)
        print(
            f"{kind:10} {utility:8} {len(election.ballots):,} different ballots: equal shares "
            f"{shares_s:.2f} s ({len(shares.winners)} projects, {shares.satisfied_share:.1%} of "
            f"voters), greedy {greedy_s:.3f} s ({len(plain.winners)}, {plain.satisfied_share:.1%})"
        )
    figures = {"voters": VOTERS, "projects": PROJECTS, "worst_s": round(worst, 2)}
    print(json.dumps({"benchmark": "counting", **figures, "goal_s": GOAL_S}))
    sys.exit(worst > GOAL_S)


if __name__ == "__main__":
    main()
