"""What is left of earlier turfs: where each goes on, and which are given up."""

import numpy as np

from doorstep.algorithms.cutting.model import Ints
from doorstep.algorithms.cutting.search import Plane
from doorstep.algorithms.cutting.stops import Stops

STAY_M = 60.0
"""What it takes to move a door to another turf when leftovers are cut again."""
KEPT_ROOM = 0.15
"""How full leftovers are cut, between the least and the most a turf may hold: the emptier, the
fewer doors change hands."""


def earlier_of(stops: Stops, before: Ints) -> Ints:
    """Turf that most doors of a stop were in."""
    held = (stops.of_door >= 0) & (before >= 0)
    earlier = np.full(len(stops.xy), -1)
    pairs, count = np.unique(
        np.column_stack([stops.of_door[held], before[held]]), axis=0, return_counts=True
    )
    order = np.argsort(count, kind="stable")
    earlier[pairs[order, 0]] = pairs[order, 1]
    return earlier


def keep_numbers(of_stop: Ints, stops: Stops, earlier: Ints) -> None:
    """Give a peeled turf its earlier number, if no other has it."""
    taken = set(of_stop.tolist())
    for stop in stops.peeled:
        if earlier[stop] >= 0 and earlier[stop] not in taken:
            of_stop[stop] = earlier[stop]
            taken.add(int(earlier[stop]))


def kept_turfs(plane: Plane, earlier: Ints, low: float, high: float) -> Ints:
    """Earlier turfs, with so many of the smallest given up that the others can be full.

    A stop given up goes to the turf of a near stop, the emptiest first; so does one that had none.
    What cannot be placed so keeps its turf: polishing sees to the rest.
    """
    turf = earlier.copy()
    near, size = plane.near, plane.size
    count = int(turf.max(initial=-1)) + 1
    load = np.bincount(turf[turf >= 0], size[turf >= 0], count)
    members = _members(turf, count)
    spare = np.count_nonzero(load) - int(size.sum() // (low + KEPT_ROOM * (high - low)))
    touched = np.zeros(count, np.bool_)
    given_up = []
    for at in np.argsort(load, kind="stable"):
        if spare <= 0:
            break
        # Neighbours of one that is given up must take its doors in.
        if load[at] and not touched[at] and load[at] < low:
            around = turf[near[members[at]].ravel()]
            touched[around[around >= 0]] = True
            given_up.append(int(at))
            spare -= 1
    leaving = [*(members[at] for at in given_up), np.flatnonzero(turf < 0)]
    for stop in np.concatenate(leaving) if leaving else ():
        around = turf[near[stop][near[stop] >= 0]]
        around = np.unique(around[(around >= 0) & ~np.isin(around, given_up)])
        room = around[load[around] + size[stop] <= high]
        if len(room):
            old, turf[stop] = turf[stop], room[np.argmin(load[room])]
            load[turf[stop]] += size[stop]
            if old >= 0:
                load[old] -= size[stop]
    lost = turf < 0
    turf[lost] = count
    return turf


def _members(turf: Ints, count: int) -> list[Ints]:
    order = np.argsort(turf, kind="stable")
    return np.split(order, np.searchsorted(turf[order], np.arange(count + 1)))[1 : count + 1]
