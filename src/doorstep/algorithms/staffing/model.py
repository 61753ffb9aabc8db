"""What sending volunteers out takes, and what comes of it; all lengths in metres."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Pairs = frozenset[tuple[int, int]]
"""Two people each, the smaller number first."""


def _same_length(of: object, names: Sequence[str]) -> None:
    lengths = {name: len(getattr(of, name)) for name in names}
    if len(set(lengths.values())) > 1:
        message = f"columns must have one length, not {lengths}"
        raise ValueError(message)


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """Volunteers as columns of equal length (n,).

    Parameters
    ----------
    shifts_done
        Shifts each has been to; from 0.
    languages
        Codes of the languages each speaks.
    reach_m
        How far from the staging point each gets without a seat; infinite for who drives.
    seats
        Free places in the car of each, for others.
    max_travel_m, max_walk_m
        Farthest turf from home, and longest walk of a day; infinite where nothing was said.
    climbs_stairs
        Whether each climbs them.
    luck
        How good the turfs were that each walked lately: -1 poor to 1 good, 0 neither.
    home
        Where each lives (n, 2), projected; nan where not known.
    """

    shifts_done: Ints
    languages: Sequence[frozenset[str]]
    reach_m: Floats
    seats: Ints
    max_travel_m: Floats
    max_walk_m: Floats
    climbs_stairs: Bools
    luck: Floats
    home: Floats

    def __post_init__(self) -> None:
        """Refuse columns of different length."""
        _same_length(self, list(self.__dataclass_fields__))

    def __len__(self) -> int:
        """How many volunteers."""
        return len(self.shifts_done)


@dataclass(frozen=True, kw_only=True, eq=False)
class Turfs:
    """Turfs as columns of equal length (t,).

    Parameters
    ----------
    place
        Middle of each (t, 2), projected.
    value
        What covering each is worth, such as doors still to be knocked at; from 0.
    minutes
        How long a pair takes for each.
    walk_m
        The walk from door to door.
    stairs
        Whether doors lie above the ground floor.
    """

    place: Floats
    value: Floats
    minutes: Floats
    walk_m: Floats
    stairs: Bools

    def __post_init__(self) -> None:
        """Refuse columns of different length."""
        _same_length(self, list(self.__dataclass_fields__))

    def __len__(self) -> int:
        """How many turfs."""
        return len(self.value)


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A choice of the coordinator that stays: people who go together, a turf for them, or both.

    Who is locked alone to a turf may be given a mate; two or three who are locked together go
    with nobody else. Three need a turf.
    """

    people: tuple[int, ...]
    turf: int | None = None


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What counts how much, in points; a turf of the highest value, covered whole, is 2000.

    Coverage comes first: nothing else weighs as much as a third of a good turf.
    """

    coverage: float = 2000.0
    misfit: float = 100.0
    """For a turf that takes twice or none of the time there is."""
    mentor: float = 150.0
    """A newcomer with somebody who knows the work."""
    newcomers: float = -150.0
    """Two newcomers by themselves."""
    strangers: float = -200.0
    """Two who share no language."""
    buddies: float = 150.0
    travel_km: float = -15.0
    """For each kilometre to the turf, of each who goes there."""
    fairness: float = 60.0
    """A good turf for who had poor ones; taken away from who had good ones."""
    going_out: float = 100.0
    """For each who goes: better a third in a crew than nobody to go with."""
    alone: float = -0.45
    """For one who goes alone, of the coverage: two have a side of the street each."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """What holds for one shift.

    Parameters
    ----------
    staging
        Where walks begin (2,), projected.
    shift_minutes
        From setting out to being back.
    within_m
        Farthest turf from the staging point.
    apart, buddies
        Who is never, and who is gladly sent together.
    banned
        Matches the coordinator does not want today.
    not_there
        Person and turf that the coordinator does not want together today.
    solo
        Whether somebody may go alone.
    experienced_from
        Shifts after which somebody can show a newcomer how it is done.
    """

    staging: Floats
    shift_minutes: float
    within_m: float = 5000.0
    apart: Pairs = frozenset()
    buddies: Pairs = frozenset()
    banned: Pairs = frozenset()
    not_there: frozenset[tuple[int, int]] = frozenset()
    locks: tuple[Lock, ...] = ()
    solo: bool = False
    experienced_from: int = 3
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        """Refuse a shift of no length."""
        if not self.shift_minutes > 0:
            message = "shift_minutes must be above 0"
            raise ValueError(message)
        if any(i >= j for i, j in self.apart | self.buddies | self.banned):
            message = "of two people the smaller number comes first"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Who goes to a turf; the smaller number first."""

    people: tuple[int, ...]
    turf: int
    locked: bool = False


@dataclass(frozen=True, kw_only=True)
class Ride:
    """Who needs a seat, and whose car has one for them."""

    person: int
    driver: int


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Crews, and how good they are.

    ``bound`` is proven: no choice under the same rules has more points. ``gap`` is how far below
    it this one is, as a share of the bound; three in a crew are counted in it as well.
    """

    crews: list[Crew]
    rides: list[Ride]
    spare_people: list[int]
    spare_turfs: list[int]
    points: float
    bound: float
    coverage: float
    figures: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def gap(self) -> float:
        """How far below the bound, 0 to 1."""
        return max(0.0, (self.bound - self.points) / self.bound) if self.bound > 0 else 0.0


class LockError(ValueError):
    """A lock that cannot be kept: which, and why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"Lock {number + 1} cannot be kept: {why}.")
        self.number = number
        self.why = why
