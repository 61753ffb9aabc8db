"""Doors merged into stops: what is never divided, with whole turfs peeled from towers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from doorstep.algorithms.cutting.model import Bools, Doors, Floats, Goal, Ints, Pace, Shapes

TOWER_SHARE = 0.5
"""An address above this share of a turf is a tower."""
FLOOR_SHARE = 0.24
"""Parts of a tower that are not turfs of their own, as a share of a turf: 12 doors of 50."""
LEFT_SHARE, COARSE_SHARE = 0.06, 0.65
"""What several turfs had of an address goes in such parts in the end, as each lacks some doors; so
much of it first goes in larger ones."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Stops:
    """Where a canvasser stops, and which doors are there.

    Attributes
    ----------
    xy
        Metres, shape (s, 2), from `middle`.
    street
        Shape (s,), or None.
    size, doors, service_min
        Shape (s,): load in the goal's unit without walking, doors, and minutes at the doors.
    of_door
        Shape (n,): stop of each door, -1 for one without a position.
    address
        Shape (s,): address, or addresses of one household, that each stop is or is a part of.
    rank
        Shape (n,): order of the doors within their address.
    peeled
        Stops that are a whole turf each: floors of a tower.
    """

    xy: Floats
    middle: Floats
    street: Shapes | None
    size: Floats
    doors: Floats
    service_min: Floats
    of_door: Ints
    address: Ints
    rank: Ints
    peeled: Ints


def stops_of(doors: Doors, goal: Goal, pace: Pace, before: Ints | None = None) -> Stops:
    """Doors as stops: one for each address with those that share a household.

    An address with more than half a turf is a tower, the only kind that may be divided: in the
    order of its floors and never within a household. What fills whole turfs is peeled off; the
    rest goes in parts of about a quarter of a turf, so that neighbours can share it.

    With the turfs they were in `before`, shape (n,), nothing is peeled off: a tower, and an address
    of which several turfs had a part, go in parts of no more than one earlier turf each.
    """
    xy = np.asarray(doors.xy, np.float64).reshape(-1, 2)
    placed = np.flatnonzero(np.isfinite(xy).all(axis=1))
    middle = xy[placed].mean(axis=0) if len(placed) else np.zeros(2)
    weight = np.ones(len(xy)) if doors.weight is None else np.asarray(doors.weight, np.float64)
    rank = np.arange(len(xy)) if doors.rank is None else _dense(doors.rank)
    group = groups_of(doors, placed)
    largest = (1 + goal.tolerance) * goal.size
    of_door = np.full(len(xy), -1)
    of_door[placed] = group
    address = of_door.copy()
    count = int(group.max()) + 1 if len(group) else 0
    size = _service(goal, pace, of_door, weight, count)
    divided = np.zeros(count, np.bool_)
    if before is not None:
        group, divided = _parted(doors, placed, group, before)
        of_door[placed] = group
        count, largest = len(divided), np.inf
        size = _service(goal, pace, of_door, weight, count)
    whole = of_door.copy()
    peeled: list[int] = []
    most = np.where(divided, LEFT_SHARE, TOWER_SHARE) * goal.size
    for tower in np.flatnonzero(size > most):
        rows = placed[group == tower]
        rows = rows[np.argsort(rank[rows], kind="stable")]
        own = None if doors.household is None else np.asarray(doors.household)
        if size[tower] > largest:
            for part in _floors(rows, own, weight, goal.size, largest, goal, pace):
                if _size(goal, pace, weight[part].sum()) >= (1 - goal.tolerance) * goal.size:
                    peeled.append(count)
                    of_door[part] = count
                    count += 1
                    rows = np.setdiff1d(rows, part, assume_unique=True)
        coarse, fine = (rows, rows[:0]) if before is None else _coarse_and_fine(rows, own)
        for few, some in ((FLOOR_SHARE * goal.size, coarse), (LEFT_SHARE * goal.size, fine)):
            for part in _floors(some, own, weight, few, few, goal, pace):
                of_door[part] = count
                count += 1
    kept, of_door = _numbered(xy, of_door)
    peeled_now = np.flatnonzero(np.isin(kept, peeled))
    total = np.bincount(of_door[placed], weight[placed], len(kept))
    centre = [
        np.bincount(of_door[placed], weight[placed] * (xy[placed, axis] - middle[axis]), len(kept))
        / total
        for axis in (0, 1)
    ]
    first = np.full(len(kept), -1)
    first[of_door[placed][::-1]] = placed[::-1]
    minutes = service_min(pace, total)
    if before is not None:
        # Most parts stay together: one gets into the building once.
        held = np.bincount(whole[placed], weight[placed])[whole[first]]
        minutes = service_min(pace, held) * total / held
    return Stops(
        xy=np.column_stack(centre).reshape(-1, 2),
        middle=middle,
        street=None if doors.street is None else np.asarray(doors.street, np.object_)[first],
        size=total if goal.unit == "doors" else minutes,
        doors=total,
        service_min=minutes,
        of_door=of_door,
        address=address[first],
        rank=rank,
        peeled=peeled_now,
    )


def groups_of(doors: Doors, placed: Ints) -> Ints:
    """Number of what is at one address or of one household, for each of the rows given."""
    if doors.address is None:
        spots = np.round(np.asarray(doors.xy, np.float64)[placed], 2)
        address = np.unique(spots, axis=0, return_inverse=True)[1].ravel()
    else:
        address = np.asarray(doors.address)[placed]
    household = None if doors.household is None else np.asarray(doors.household)[placed]
    return _groups(address, household)


def _parted(doors: Doors, placed: Ints, group: Ints, before: Ints) -> tuple[Ints, Bools]:
    """Groups by the turf they were in, where several turfs had a part; and which groups these are.

    A household counts for where the first of its doors was.
    """
    was = before[placed]
    if doors.household is not None:
        own = np.asarray(doors.household)[placed]
        _, first, nth = np.unique(own, return_index=True, return_inverse=True)
        was = np.where(own >= 0, was[first[nth.ravel()]], was)
    pairs, part = np.unique(np.column_stack([group, was]), axis=0, return_inverse=True)
    held = np.bincount(pairs[pairs[:, 1] >= 0, 0], minlength=int(group.max(initial=-1)) + 1)
    several = held[group] > 1
    anew = np.where(several, len(held) + part.ravel(), group)
    _, first, nth = np.unique(anew, return_index=True, return_inverse=True)
    return nth.ravel(), several[first]


def service_min(pace: Pace, doors: ArrayLike) -> Floats:
    """Minutes at addresses with so many doors each, without the way between them."""
    count = np.asarray(doors, np.float64)
    several = count > 1
    return pace.knock_min * np.where(several, 1.0, count) + several * (
        pace.entry_min + pace.unit_min * (count - 1)
    )


def _service(goal: Goal, pace: Pace, of_door: Ints, weight: Floats, count: int) -> Floats:
    placed = of_door >= 0
    doors = np.bincount(of_door[placed], weight[placed], count)
    return doors if goal.unit == "doors" else service_min(pace, doors)


def _dense(rank: ArrayLike) -> Ints:
    return np.unique(np.asarray(rank), return_inverse=True)[1].ravel()


def _groups(address: Ints, household: Ints | None) -> Ints:
    """Number of what hangs together by address or household."""
    group = np.unique(address, return_inverse=True)[1].ravel()
    if household is None:
        return group
    while True:
        # A household across two addresses joins them; almost always there is none to join.
        own = household >= 0
        least = np.full(int(household.max(initial=0)) + 1, len(group))
        np.minimum.at(least, household[own], group[own])
        joined = group.copy()
        joined[own] = least[household[own]]
        lowest = np.full(int(group.max(initial=0)) + 1, len(group))
        np.minimum.at(lowest, group, joined)
        if (lowest[group] == group).all():
            return np.unique(group, return_inverse=True)[1].ravel()
        group = lowest[group]


def _runs(household: Ints, rows: Ints) -> Ints:
    """One number per household, so that doors without one stand alone; households in one run."""
    own = household[rows]
    code = np.where(own >= 0, own, -1 - np.arange(len(rows)))
    first = {int(c): at for at, c in reversed(list(enumerate(code)))}
    return np.array([first[int(c)] for c in code])


def _floors(
    rows: Ints, household: Ints | None, weight: Floats, wish: float, most: float, goal: Goal,
    pace: Pace,
) -> list[Ints]:  # fmt: skip
    """A tower's doors in parts of about the wished size and none above the most, in order.

    Equal parts if there are such near the wish; else full ones and a rest. A household that is
    larger than the most stays whole all the same.
    """
    if not len(rows):
        return []
    units = np.arange(len(rows))
    if household is not None:
        units = _runs(household, rows)
        order = np.argsort(units, kind="stable")
        rows, units = rows[order], units[order]
    total = float(weight[rows].sum())
    pieces = max(1, round(_size(goal, pace, total) / wish))
    while _size(goal, pace, total / pieces) > most:
        pieces += 1
    even = _size(goal, pace, total / pieces) >= (1 - goal.tolerance) * wish
    ends = np.flatnonzero(np.append(units[1:] != units[:-1], True)) + 1
    done = np.cumsum(weight[rows])
    parts: list[Ints] = []
    begin = 0
    while begin < len(rows):
        held = done[ends - 1] - (done[begin - 1] if begin else 0.0)
        sizes = held if goal.unit == "doors" else service_min(pace, held)
        ahead = held > 0
        fits = ahead & (sizes <= most)
        aim = held[-1] / max(1, pieces - len(parts)) if even else np.inf
        chosen = fits if fits.any() else ahead
        end = int(
            ends[chosen][np.argmin(np.abs(held[chosen] - min(aim, held[fits].max(initial=0.0))))]
        )
        parts.append(rows[begin:end])
        begin = end
    return parts


def _coarse_and_fine(rows: Ints, household: Ints | None) -> list[Ints]:
    """A tower's doors in two: the first go in larger parts. No household is in both."""
    units = np.arange(len(rows)) if household is None else _runs(household, rows)
    order = np.argsort(units, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(units[order]) != 0, True)) + 1
    wished = round(COARSE_SHARE * len(rows))
    return np.split(rows[order], [int(ends[np.argmin(np.abs(ends - wished))])])


def _size(goal: Goal, pace: Pace, doors: float) -> float:
    return float(doors) if goal.unit == "doors" else float(service_min(pace, doors))


def _numbered(xy: Floats, of_door: Ints) -> tuple[Ints, Ints]:
    """Numbers in use along a curve, and each door's anew: neighbours are neighbours in memory."""
    placed = np.flatnonzero(of_door >= 0)
    used, first, place = np.unique(of_door[placed], return_index=True, return_inverse=True)
    order = np.argsort(along_a_curve(xy[placed[first]]), kind="stable")
    anew = np.full(len(of_door), -1)
    anew[placed] = np.argsort(order)[place.ravel()]
    return used[order], anew


def along_a_curve(xy: Floats) -> Ints:
    """Place of each point along a Z-order curve through boxes of 100 m (Morton 1966)."""
    if not len(xy):
        return np.empty(0, np.intp)
    box = ((xy - xy.min(axis=0)) / 100).astype(np.int64)
    code = np.zeros(len(xy), np.int64)
    for bit in range(20):
        for axis in (0, 1):
            code |= ((box[:, axis] >> bit) & 1) << (2 * bit + axis)
    return code
