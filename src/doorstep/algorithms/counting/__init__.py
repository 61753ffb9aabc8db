"""Which projects of a budget round are funded: greedily, or by the method of equal shares.

Both rules take an `Election` and give an `Outcome` that says of every project why it was funded
or not. Money and points are whole numbers throughout; nothing is decided by rounding.
"""

from doorstep.algorithms.counting.equal_shares import EqualShares, Utility, equal_shares
from doorstep.algorithms.counting.greedy import Greedy, greedy
from doorstep.algorithms.counting.model import (
    Ballot,
    Decided,
    Election,
    Outcome,
    Project,
    Why,
    borda,
    make_election,
)

__all__ = [
    "Ballot",
    "Decided",
    "Election",
    "EqualShares",
    "Greedy",
    "Outcome",
    "Project",
    "Utility",
    "Why",
    "borda",
    "equal_shares",
    "greedy",
    "make_election",
]
