"""What is counted, and what comes of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

Ballot = Mapping[str, int]
"""Points by project, more for what is wanted more; an approval is one point."""


@dataclass(frozen=True, slots=True)
class Project:
    """Something that may be funded as a whole or not at all.

    Parameters
    ----------
    key
        What ballots call it; unique in its election.
    cost
        In the smallest unit of money that is counted, 1 or more.
    withdrawn
        On the ballots, but out of the count.
    """

    key: str
    cost: int
    withdrawn: bool = False


@dataclass(frozen=True)
class Election:
    """Projects, money and ballots, equal ballots merged; made by `make_election`.

    Parameters
    ----------
    projects
        In the order of the list, which is the last word in a tie.
    budget
        What there is, in the unit of the costs, 0 or more.
    ballots
        How many voters gave these points: pairs of a project's place in the list and its points
        (1 or more), ordered by place. The empty ballot is one too.
    """

    projects: tuple[Project, ...]
    budget: int
    ballots: Mapping[tuple[tuple[int, int], ...], int]

    @cached_property
    def voters_count(self) -> int:
        """How many voted, empty ballots included."""
        return sum(self.ballots.values())

    @cached_property
    def votes(self) -> tuple[int, ...]:
        """How many voters gave each project points, by its place in the list."""
        return self._totals()[0]

    @cached_property
    def points(self) -> tuple[int, ...]:
        """The points each project was given, by its place in the list."""
        return self._totals()[1]

    def _totals(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        votes, points = [0] * len(self.projects), [0] * len(self.projects)
        for ballot, count in self.ballots.items():
            for place, given in ballot:
                votes[place] += count
                points[place] += count * given
        return tuple(votes), tuple(points)

    def satisfied_count(self, funded: Iterable[int]) -> int:
        """How many voters gave points to at least one of these projects."""
        places = set(funded)
        return sum(
            count
            for ballot, count in self.ballots.items()
            if any(place in places for place, _ in ballot)
        )


class Why(StrEnum):
    """Why a project was funded, or was not."""

    CHOSEN = "chosen"
    FILLED = "filled"
    """Funded from what equal shares left over."""
    WITHDRAWN = "withdrawn"
    BELOW_THRESHOLD = "below_threshold"
    EXCLUDED = "excluded"
    """A better placed project at the same place or of the same group was funded."""
    TOO_EXPENSIVE = "too_expensive"
    """It costs more than was left when its turn came."""
    STOPPED = "stopped"
    """The count had ended at a project before it that did not fit."""
    NO_VOTES = "no_votes"
    SUPPORTERS_SHORT = "supporters_short"
    """Those who wanted it had too little left of their shares."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one project.

    Parameters
    ----------
    key
        The project.
    cost, votes, points
        Its cost, how many voters gave it points, and how many points.
    funded
        Whether it is.
    why
        The reason.
    turn
        When it was looked at (greedily) or bought (equal shares), from 1; 0 if it never was.
    left
        Greedily: the money left before its turn. Equal shares: what those who wanted it had
        together when it was bought or, if it was not, at the end; rounded down.
    share
        Equal shares: the most that one voter paid for it, rounded up; 0 if it was not bought.
    other
        The project that excludes it, or at which the count stopped; empty otherwise.
    """

    key: str
    cost: int
    votes: int
    points: int
    funded: bool
    why: Why
    turn: int = 0
    left: int = 0
    share: int = 0
    other: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule funds, and why.

    Parameters
    ----------
    winners
        The funded projects in the order in which they were.
    decided
        Every project, in the order of the list.
    spent, budget
        What they cost together, and what there was.
    voters_count, satisfied_count
        How many voted, and how many of those gave points to at least one funded project.
    endowment
        Equal shares: the budget that was shared out in the end, at least ``budget``, in the unit
        of the costs; 0 otherwise.
    """

    winners: tuple[str, ...]
    decided: tuple[Decided, ...]
    spent: int
    budget: int
    voters_count: int
    satisfied_count: int
    endowment: int = 0

    @property
    def satisfied_share(self) -> float:
        """The share of voters with at least one funded project, 0 to 1; 0 if nobody voted."""
        return self.satisfied_count / self.voters_count if self.voters_count else 0.0


class UncountableError(ValueError):
    """The election makes no sense; the message names what to mend."""


def make_election(projects: Sequence[Project], budget: int, ballots: Iterable[Ballot]) -> Election:
    """An election with equal ballots merged.

    Parameters
    ----------
    projects
        With keys that differ; their order decides ties.
    budget
        0 or more, in the unit of the costs.
    ballots
        One for each voter; entries of 0 points count as not there.

    Raises
    ------
    UncountableError
        If a key comes twice, a cost is below 1, the budget or points are below 0, or a ballot
        names a project that is not there.
    """
    place_of: dict[str, int] = {}
    for place, project in enumerate(projects):
        if place_of.setdefault(project.key, place) != place:
            message = f"Project {project.key} comes twice."
            raise UncountableError(message)
        if project.cost < 1:
            message = f"Project {project.key} costs {project.cost}; give it a cost above 0."
            raise UncountableError(message)
    if budget < 0:
        message = f"The budget is {budget}; it must be 0 or more."
        raise UncountableError(message)
    merged = Counter(_merged_key(ballot, place_of) for ballot in ballots)
    # In an order of their own, so that the order of ballots shows nowhere.
    return Election(tuple(projects), budget, dict(sorted(merged.items())))


def _merged_key(ballot: Ballot, place_of: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    pairs: list[tuple[int, int]] = []
    for key, points in ballot.items():
        if key not in place_of:
            message = f"A ballot names project {key}, which is not on the list."
            raise UncountableError(message)
        if points < 0:
            message = f"A ballot gives project {key} {points} points; there are none below 0."
            raise UncountableError(message)
        if points:
            pairs.append((place_of[key], points))
    return tuple(sorted(pairs))


def borda(ranking: Sequence[str]) -> dict[str, int]:
    """A ranking as points: 1 for the last named, one more for each place before it.

    Counted from the end of each ballot, as Pabulib does, so that whoever ranks fewer projects
    gives fewer points.

    Parameters
    ----------
    ranking
        Projects, the dearest first.
    """
    return {key: len(ranking) - place for place, key in enumerate(ranking)}
