"""The greedy rule of most cities: by points, as long as the money lasts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from doorstep.algorithms.counting.model import Decided, Election, Outcome, Why


@dataclass(frozen=True, slots=True)
class Greedy:
    """How the greedy rule counts.

    Parameters
    ----------
    skip
        Pass over a project that costs more than is left, and go on; otherwise the count ends
        there (no-skip).
    threshold
        The fewest points that a project needs, 0 or more.
    exclusive
        Groups of projects (their keys) of which at most one may be funded.
    """

    skip: bool = True
    threshold: int = 0
    exclusive: Sequence[Collection[str]] = field(default=())

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.threshold < 0:
            message = f"threshold must be 0 or more, not {self.threshold}"
            raise ValueError(message)


def greedy(election: Election, rule: Greedy | None = None) -> Outcome:
    """Fund projects by their points, most first, as long as they fit; ties by order of the list.

    What nobody wants is not funded, though there be money left.

    Parameters
    ----------
    election
        Projects, budget and ballots.
    rule
        How to count; skipping what does not fit, if not given.

    Returns
    -------
    Outcome
        What is funded never costs more than the budget. With ``skip`` and neither threshold nor
        groups, no other project that got points would fit into what is left.

    Notes
    -----
    The rules ``greedy``, ``greedy-no-skip``, ``greedy-threshold`` and ``greedy-exclusive`` of
    Pabulib (https://pabulib.org/format).
    """
    rule = rule or Greedy()
    count = _Count(election, rule)
    points = election.points
    for place in sorted(range(len(points)), key=lambda place: (-points[place], place)):
        count.look_at(place)
    return count.outcome()


class _Count:
    """A count under way."""

    def __init__(self, election: Election, rule: Greedy) -> None:
        self._election, self._rule = election, rule
        self._funded: list[int] = []
        self._left = election.budget
        self._decided: dict[int, Decided] = {}
        self._stopped_at = ""

    def look_at(self, place: int) -> None:
        """Fund the next project, or note why not."""
        project = self._election.projects[place]
        other = self._excluding(project.key)
        if project.withdrawn:
            self._note(place, Why.WITHDRAWN)
        elif not self._election.points[place]:
            self._note(place, Why.NO_VOTES)
        elif self._election.points[place] < self._rule.threshold:
            self._note(place, Why.BELOW_THRESHOLD)
        elif self._stopped_at:
            self._note(place, Why.STOPPED, self._stopped_at)
        elif other:
            self._note(place, Why.EXCLUDED, other)
        elif project.cost > self._left:
            self._note(place, Why.TOO_EXPENSIVE)
            if not self._rule.skip:
                self._stopped_at = project.key
        else:
            self._note(place, Why.CHOSEN)
            self._funded.append(place)
            self._left -= project.cost

    def _excluding(self, key: str) -> str:
        funded = {self._election.projects[place].key for place in self._funded}
        for group in self._rule.exclusive:
            if key in group and (others := funded.intersection(group) - {key}):
                return min(others)
        return ""

    def _note(self, place: int, why: Why, other: str = "") -> None:
        project = self._election.projects[place]
        self._decided[place] = Decided(
            key=project.key,
            cost=project.cost,
            votes=self._election.votes[place],
            points=self._election.points[place],
            funded=why is Why.CHOSEN,
            why=why,
            turn=len(self._decided) + 1,
            left=self._left,
            other=other,
        )

    def outcome(self) -> Outcome:
        """What came of it."""
        projects = self._election.projects
        return Outcome(
            winners=tuple(projects[place].key for place in self._funded),
            decided=tuple(self._decided[place] for place in range(len(projects))),
            spent=self._election.budget - self._left,
            budget=self._election.budget,
            voters_count=self._election.voters_count,
            satisfied_count=self._election.satisfied_count(self._funded),
        )
