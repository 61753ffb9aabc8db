"""The last turfs out of balance put right, when all are in the order they will be walked in.

Where moving single stops does not help, a turf and some around it are divided anew: a tour through
all their stops, cut where that costs least and every part is as large as it should be.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from doorstep.algorithms.cutting.balance import fill_up
from doorstep.algorithms.cutting.costs import Plane, Taste, Turfs, assess_all
from doorstep.algorithms.cutting.draft import divide, tour_of
from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, legs_m
from doorstep.algorithms.cutting.model import Bools, Floats, Ints
from doorstep.algorithms.cutting.ordering import ordered
from doorstep.algorithms.cutting.polish import FORBIDDEN, STRING
from doorstep.algorithms.cutting.search import improve

WIDEST = 16
"""Turfs that are divided anew together, at most."""
TIMES = 4
"""How often to look again: a better order makes a walk, and so the minutes, shorter."""
STEPS = 400
"""Of polishing, for each turf that was divided anew."""
HOT_M, COLD_M = 5.0, 0.5
PRICES = (0.0, 1_000.0, 100_000.0)
"""Of each turf: the dearer, the fewer."""
KICKS = 20
SWEEPS = 8
"""Directions tried."""


class Staging(NamedTuple):
    """How turfs are walked in the end."""

    begin_m: Floats
    """Shape (n,): way from the staging place to each stop; empty without one."""
    kicks: int


class _Parts(NamedTuple):
    stops: list[Ints]
    walk_m: float


def settle(
    metric: Metric, plane: Plane, turfs: Turfs, taste: Taste, staging: Staging, *, target: float,
    slack: float, seed: int,
) -> Floats:  # fmt: skip
    """Put turfs in walking order and those out of balance right, in place; metres of each walk.

    A turf may be below its lower limit by the `slack`.
    """
    walk_m = np.zeros(len(turfs.length))
    changed = np.flatnonzero(turfs.length)
    hard = taste._replace(off=FORBIDDEN / taste.unbalanced)
    for nth in range(TIMES):
        path = turfs.path[changed]
        walk_m[changed] = ordered(
            metric, path, turfs.length[changed], staging.begin_m, staging.kicks
        )
        turfs.path[changed] = path
        assess_all(metric, plane, turfs, hard)
        if nth == TIMES - 1:
            break
        if taste.stay > 0.0 and nth == 0:
            # Each door that changes hands counts: no turf is divided that can be filled up.
            changed = fill_up(plane, turfs, by_force=True)
            continue
        wanting = np.flatnonzero(_is_off(turfs, slack))
        changed = _divided_anew(metric, plane, turfs, taste, target, wanting)
        if not len(changed):
            break
        assess_all(metric, plane, turfs, hard)
        mine = np.zeros(len(walk_m), np.bool_)
        mine[changed] = True
        improve(
            metric, plane, turfs, hard, mine, np.flatnonzero(mine[turfs.of_stop]), seed + nth,
            STEPS * len(changed), HOT_M, COLD_M, STRING,
        )  # fmt: skip
        walk_m[changed] = 0.0
        changed = changed[turfs.length[changed] > 0]
    return walk_m


def _is_off(turfs: Turfs, slack: float) -> Bools:
    off = (turfs.load < turfs.low - slack - 1e-9) | (turfs.load > turfs.high + 1e-9)
    return (turfs.length > 0) & off


def _divided_anew(
    metric: Metric, plane: Plane, turfs: Turfs, taste: Taste, target: float, wanting: Ints
) -> Ints:
    """Divide turfs that are out of balance anew with those around, in place; which ones changed."""
    changed = set[int]()
    for turf in wanting.tolist():
        if turf in changed:
            continue
        best, best_m, best_region = None, np.inf, np.empty(0, np.intp)
        for region in _regions(plane, turfs, turf):
            before = _stops(turfs, region)
            stops = np.sort(np.concatenate(before))
            found = _parts(metric, plane, turfs, taste, region, stops, target)
            if found is None:
                if best is not None:
                    break
                continue
            more_m = found.walk_m - _walks_m(metric, before).sum()
            if more_m >= best_m:
                break
            best, best_m, best_region = found.stops, more_m, region
        if best is not None:
            _take(plane, turfs, best_region, best)
            changed.update(best_region.tolist())
    return np.array(sorted(changed), np.intp)


def _stops(turfs: Turfs, region: Iterable[int]) -> list[Ints]:
    """Of each turf; what a row holds beyond its length is of no account."""
    return [turfs.path[at, : turfs.length[at]].astype(np.intp) for at in region]


def _regions(plane: Plane, turfs: Turfs, turf: int) -> Iterator[Ints]:
    """The turf with more and more of those around, the nearest on foot first."""
    # A stop that is a turf by itself has nothing to give, and room for a few doors at most.
    full = (turfs.length == 1) & (turfs.load + turfs.load[turf] > turfs.high)
    region = [turf]
    while len(region) < WIDEST:
        stops = np.concatenate(_stops(turfs, region))
        near, near_m = plane.near[stops].ravel(), plane.near_m[stops].ravel()
        owner = turfs.of_stop[near]
        beyond = (near >= 0) & (near_m < BLOCKED_M) & ~np.isin(owner, region) & ~full[owner]
        if not beyond.any():
            return
        region.append(int(owner[beyond][np.argmin(near_m[beyond])]))
        yield np.array(region, np.intp)


def _parts(
    metric: Metric, plane: Plane, turfs: Turfs, taste: Taste, region: Ints, stops: Ints,
    target: float,
) -> _Parts | None:  # fmt: skip
    """The stops in at most as many parts as there are turfs, all within the limits."""
    low, high = float(turfs.low[region].max()), float(turfs.high[region].min())
    if plane.size[stops].sum() > high * len(region):
        return None
    usual_m = None
    for tour in _tours(metric, plane, stops):
        leg_m = np.zeros(len(tour))
        leg_m[1:] = legs_m(metric, tour[:-1], tour[1:])
        usual_m = leg_m.sum() if usual_m is None else usual_m
        # Parts of a sweep are walked in a better order than it has them.
        leg_m *= usual_m / max(1e-9, leg_m.sum())
        for price in PRICES:
            starts = divide(
                leg_m, metric.xy[tour], metric.stop[tour, 7], plane.size[tour], low, high, target,
                taste.spread, taste.unbalanced, FORBIDDEN, price, taste.per_metre,
            )  # fmt: skip
            if len(starts) > len(region):
                continue
            held = np.add.reduceat(plane.size[tour], starts)
            if (held > high + 1e-9).any() or (not taste.per_metre and (held < low - 1e-9).any()):
                continue
            parts = np.split(tour, starts[1:])
            walk_m = _walks_m(metric, parts)
            load = held + taste.per_metre * walk_m
            if (load >= low - 1e-9).all() and (load <= high + 1e-9).all():
                return _Parts(parts, float(walk_m.sum()))
    return None


def _tours(metric: Metric, plane: Plane, stops: Ints) -> Iterator[Ints]:
    """A short tour, then sweeps over the ground: where buildings are large, another order may fit.

    What a sweep tears apart is mended by the polishing that follows.
    """
    yield tour_of(metric, plane, stops)
    for angle in np.arange(SWEEPS) * np.pi / SWEEPS:
        along = metric.xy[stops] @ np.array([np.cos(angle), np.sin(angle)])
        yield stops[np.argsort(along, kind="stable")]


def _walks_m(metric: Metric, parts: list[Ints]) -> Floats:
    path, length = _rows(parts)
    return ordered(metric, path, length, None, KICKS)


def _rows(parts: list[Ints]) -> tuple[NDArray[np.int32], Ints]:
    length = np.array([len(part) for part in parts], np.intp)
    path = np.full((len(parts), int(length.max())), -1, np.int32)
    for at, part in enumerate(parts):
        path[at, : len(part)] = part
    return path, length


def _take(plane: Plane, turfs: Turfs, region: Ints, parts: list[Ints]) -> None:
    """Give each part to the turf it shares the most with, in place; a turf may end up empty."""
    shared = np.zeros((len(region), len(parts)))
    for at, part in enumerate(parts):
        same = turfs.of_stop[part][None] == region[:, None]
        shared[:, at] = (same * plane.size[part]).sum(axis=1)
    rows, columns = linear_sum_assignment(-shared)
    turfs.length[region] = 0
    turfs.path[region] = -1
    for row, column in zip(region[rows], columns, strict=True):
        part = parts[column]
        turfs.of_stop[part] = row
        turfs.path[row, : len(part)] = part
        turfs.length[row] = len(part)
