"""Bringing turfs that are too small within the limits, through as many others as it takes."""

import heapq
from typing import NamedTuple

import numpy as np

from doorstep.algorithms.cutting.costs import Plane, Turfs
from doorstep.algorithms.cutting.model import Ints

DEEPEST = 14
"""Turfs that a chain may pass through."""
FARTHEST_M = 250.0
"""No stop joins a turf further away."""
TRIES = 60
"""Steps until a turf that cannot be filled is left as it is."""
CHOICES = 4
"""Stops of each neighbour that may go over, the nearest of each size."""


class _Move(NamedTuple):
    """A stop that goes over to the turf before it in the chain."""

    stop: int
    from_turf: int
    to_turf: int
    earlier: "_Move | None"


def fill_up(plane: Plane, turfs: Turfs, *, by_force: bool) -> Ints:
    """Move stops along chains of neighbouring turfs, from where there is enough to where it lacks.

    Each turf in a chain takes one stop and gives one, so that only the last has less in the end;
    of all chains the one with the shortest ways to the stops that change hands (Dijkstra). Where
    none fits, because stops are large, a neighbour may be made to give more than it can spare
    (`by_force`) and is filled up in turn; all is taken back if that does not end well. In place,
    but for the order within turfs.

    Returns
    -------
    ndarray
        Turfs that changed.
    """
    filling = _Filling(plane, turfs, by_force=by_force)
    wanting = np.flatnonzero((turfs.length > 0) & (turfs.load < turfs.low))
    for turf in wanting[np.argsort(-turfs.load[wanting], kind="stable")].tolist():
        filling.fill(turf)
    changed = sorted({turf for _, giver, taker in filling.moves for turf in (giver, taker)})
    for turf in changed:
        turfs.length[turf] = len(filling.members[turf])
        turfs.path[turf, : turfs.length[turf]] = sorted(filling.members[turf])
    return np.array(changed, np.intp)


class _Filling:
    """Turfs while stops go from one to another; every move can be taken back."""

    def __init__(self, plane: Plane, turfs: Turfs, *, by_force: bool) -> None:
        self.plane, self.turfs, self.by_force = plane, turfs, by_force
        self.members = [
            set(turfs.path[at, : turfs.length[at]].tolist()) for at in range(len(turfs.length))
        ]
        self.moves: list[tuple[int, int, int]] = []

    def fill(self, turf: int) -> None:
        """Bring a turf to what it should at least hold, or leave all as it was."""
        mark, tried = len(self.moves), set[int]()
        wanting = [turf]
        for _ in range(TRIES):
            turf = wanting[-1]
            if self.turfs.load[turf] >= self.turfs.low[turf]:
                wanting.pop()
            elif not self._by_chain(turf) and not (
                self.by_force and self._by_force(turf, tried, wanting)
            ):
                break
            if not wanting:
                return
        for stop, giver, taker in reversed(self.moves[mark:]):
            self._move(stop, taker, giver)
        del self.moves[mark:]

    def _by_chain(self, turf: int) -> bool:
        move = _chain(self.plane, self.turfs, self.members, turf)
        found = move is not None
        while move is not None:
            self._move(move.stop, move.from_turf, move.to_turf)
            self.moves.append((move.stop, move.from_turf, move.to_turf))
            move = move.earlier
        return found

    def _by_force(self, turf: int, tried: set[int], wanting: list[int]) -> bool:
        room = self.turfs.high[turf] - self.turfs.load[turf]
        for stop, _ in _offers(self.plane, self.turfs, self.members, turf):
            giver = int(self.turfs.of_stop[stop])
            if stop not in tried and self.plane.size[stop] <= room and giver not in wanting:
                tried.add(stop)
                self._move(stop, giver, turf)
                self.moves.append((stop, giver, turf))
                if self.turfs.load[giver] < self.turfs.low[giver]:
                    wanting.insert(-1, giver)
                return True
        return False

    def _move(self, stop: int, giver: int, taker: int) -> None:
        size = self.plane.size[stop]
        self.members[giver].remove(stop)
        self.members[taker].add(stop)
        self.turfs.of_stop[stop] = taker
        self.turfs.load[giver] -= size
        self.turfs.load[taker] += size


def _chain(plane: Plane, turfs: Turfs, members: list[set[int]], turf: int) -> _Move | None:
    """The last move of the chain that fills this turf up a little and walks the least for it."""
    queue: list[tuple[float, int, int, _Move | None, int]] = [(0.0, 0, turf, None, 0)]
    done: set[int] = set()
    pushed = 0
    while queue:
        metres, _, taker, earlier, depth = heapq.heappop(queue)
        if earlier is not None and turfs.load[taker] - plane.size[earlier.stop] >= turfs.low[taker]:
            return earlier
        if taker in done or depth == DEEPEST:
            continue
        done.add(taker)
        given = 0.0 if earlier is None else plane.size[earlier.stop]
        for stop, leg_m in _offers(plane, turfs, members, taker):
            giver, size = int(turfs.of_stop[stop]), plane.size[stop]
            after = turfs.load[taker] - given + size
            fits = after <= turfs.high[taker] and (earlier is None or after >= turfs.low[taker])
            if fits and giver not in done and turfs.load[giver] >= turfs.low[giver]:
                pushed += 1
                move = _Move(stop, giver, taker, earlier)
                heapq.heappush(queue, (metres + leg_m, pushed, giver, move, depth + 1))
    return None


def _offers(
    plane: Plane, turfs: Turfs, members: list[set[int]], turf: int
) -> list[tuple[int, float]]:
    """Stops of other turfs that are near, and how near: a few of each size and turf."""
    stops = np.array(sorted(members[turf]), np.intp)
    near, near_m = plane.near[stops].ravel(), plane.near_m[stops].ravel()
    order = np.argsort(near_m, kind="stable")
    held: dict[tuple[int, float], int] = {}
    offers: dict[int, float] = {}
    for stop, leg_m in zip(near[order].tolist(), near_m[order].tolist(), strict=True):
        if stop < 0 or stop in offers or leg_m > FARTHEST_M:
            continue
        owner = int(turfs.of_stop[stop])
        kind = (owner, float(plane.size[stop]))
        if owner == turf or len(members[owner]) < 2 or held.get(kind, 0) == CHOICES:
            continue
        held[kind] = held.get(kind, 0) + 1
        offers[stop] = leg_m
    return list(offers.items())
