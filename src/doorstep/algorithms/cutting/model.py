"""What goes into a cut and what comes out of it: arrays in projected metres."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Shapes = NDArray[np.object_]

Progress = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and the stage; what it raises stops the work."""


def silent(share: float, stage: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Doors:
    """The doors to be cut, one row each.

    Parameters
    ----------
    xy
        Metres, shape (n, 2). A row that is not finite is left over, with a reason.
    address
        Shape (n,): doors with one number stand at one address and stay in one turf, unless the
        address alone is more than a turf. None: doors on one spot share an address.
    household
        Shape (n,): doors with one number are one household, never divided; -1 for none of its own.
    rank
        Shape (n,): natural order of the doors within their address, as floors and units run.
    street
        Shape (n,), text: name of the street each door belongs to, "" if not known; compared as
        given, so fold its spelling first.
    weight
        Shape (n,): how many doors each row counts for, above 0.
    """

    xy: Floats
    address: Ints | None = None
    household: Ints | None = None
    rank: Ints | None = None
    street: Shapes | None = None
    weight: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """What lies between the doors; all of it may be empty.

    Parameters
    ----------
    edges
        Walkable ways as lines in metres, shape (m,). They join where their ends meet.
    street
        Shape (m,), text: name of each, "" for a path without one; spelled as in `Doors.street`.
    crossing_m
        Shape (m,): what crossing it costs on top of its width, in metres. None: 0 for all.
    allowed
        Shape (m,): True where the organizer lets this edge cross barriers, such as a footbridge.
    barriers
        Lines or polygons that nobody crosses: water, railway, motorway, an organizer's own line.
    boundaries
        Polygons, such as precincts: no turf reaches over their edge. Doors outside all of them
        are left over, with a reason; none at all means no limits.
    """

    edges: Shapes = field(default_factory=lambda: np.empty(0, np.object_))
    street: Shapes | None = None
    crossing_m: Floats | None = None
    allowed: Bools | None = None
    barriers: Shapes = field(default_factory=lambda: np.empty(0, np.object_))
    boundaries: Shapes = field(default_factory=lambda: np.empty(0, np.object_))


PACE_RANGES = {
    "walk_m_per_min": (10.0, 1500.0),
    "knock_min": (0.1, 60.0),
    "entry_min": (0.0, 30.0),
    "unit_min": (0.0, 60.0),
}
"""The least and the most of each number of a pace: from a child in snow to a car on a main road,
from a leaflet through the slot to an hour's talk."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long things take; `pacing.measure_pace` tells it from what happened at the doors.

    Walking at 75 m a minute is 4.5 km/h, the usual pace on a pavement.

    Raises
    ------
    ValueError
        A number is outside its `PACE_RANGES`; the message names it.
    """

    walk_m_per_min: float = 75.0
    knock_min: float = 2.0
    entry_min: float = 1.0
    """Once at an address of several doors: the way in, bells and stairs."""
    unit_min: float = 1.5
    """Each further door of an address, instead of `knock_min`."""

    def __post_init__(self) -> None:
        for name, (least, most) in PACE_RANGES.items():
            if not least <= getattr(self, name) <= most:
                msg = f"{name} is {getattr(self, name):g}: give a number from {least:g} to {most:g}"
                raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """How large a turf is to be: in doors or in minutes, one of the two."""

    doors: float | None = 50.0
    minutes: float | None = None
    tolerance: float = 0.1

    def __post_init__(self) -> None:
        if (self.doors is None) == (self.minutes is None):
            msg = "give doors or minutes per turf, one of the two"
            raise ValueError(msg)
        if not np.isfinite(self.size) or self.size <= 0:
            msg = f"{self.unit} per turf is {self.size}: give a number above 0"
            raise ValueError(msg)
        if not 0 < self.tolerance < 1:
            msg = f"tolerance is {self.tolerance}: give a share between 0 and 1, such as 0.1"
            raise ValueError(msg)

    @property
    def size(self) -> float:
        """The target, in `unit`."""
        return float(self.minutes if self.doors is None else self.doors)  # type: ignore[arg-type]

    @property
    def unit(self) -> str:
        """`doors` or `minutes`."""
        return "minutes" if self.doors is None else "doors"


@dataclass(frozen=True, eq=False, kw_only=True)
class Cut:
    """Turfs, numbered from 0, in arrays.

    Attributes
    ----------
    turf, seq
        Shape (n,): turf of each door, -1 where it has none, and its place in walking order.
    outlines
        Shape (k,), valid Polygon or MultiPolygon in metres: disjoint, each with exactly its doors.
    doors, walk_m, minutes
        Shape (k,): size of each turf; door to door, without the way from the staging place.
    cell
        Shape (k,): which piece of ground, bounded by barriers and boundaries, each turf lies in.
    undersized
        Numbers of the turfs outside the tolerance because their cell is too small.
    left_over
        Row of a door without a turf, and why.
    notes
        Sentences for the organizer, such as that there was no walking network.
    figures
        What `measure` found, by name.
    """

    turf: Ints
    seq: Ints
    outlines: Shapes
    doors: Floats
    walk_m: Floats
    minutes: Floats
    cell: Ints
    undersized: list[int]
    left_over: dict[int, str]
    notes: list[str]
    figures: dict[str, Any]
