"""Polishing a draft in parts of the map at once, each part in a thread of its own."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from doorstep.algorithms.cutting.balance import fill_up
from doorstep.algorithms.cutting.costs import Plane, Taste, Turfs, assess_all
from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, legs_m
from doorstep.algorithms.cutting.model import Bools, Floats, Ints
from doorstep.algorithms.cutting.search import improve
from doorstep.algorithms.cutting.surroundings import NEAREST, SIDES

PART_TURFS = 300
"""Turfs that one part of the map has at least: parts are never fewer than two."""
BEYOND = 64
"""Stops looked through for those of other turfs."""
FORBIDDEN = 1e5
"""Metres that stand for never, where turfs are within the limits already."""
STRING = 6
"""Longest string of stops taken out of a turf."""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long to polish: a count of steps, not a time, so that the same input gives the same cut.

    Parameters
    ----------
    steps_per_turf
        What a step is: a string of stops out of two or three turfs, and in again. 0 to keep the
        draft; beyond 1,500 little is left to gain.
    rounds
        Each round divides the map into parts anew.
    hot_m, cold_m
        A step that costs so many metres is taken with probability 1/e at the beginning and end.
    kicks
        Tries at a better order of each turf in the end.
    """

    steps_per_turf: int = 1400
    rounds: int = 8
    hot_m: float = 20.0
    cold_m: float = 0.5
    kicks: int = 300


def polish(
    metric: Metric,
    plane: Plane,
    turfs: Turfs,
    taste: Taste,
    effort: Effort,
    *,
    free_turfs: int,
    seed: int,
    reorder: Callable[[Ints], None],
    progress: Callable[[float], None],
) -> None:
    """Make the first `free_turfs` better in place; the same for any number of processors.

    `reorder` puts turfs in a walking order after stops were moved between them.

    Turfs out of balance and those in several pieces get half of the steps. What turfs lack first
    wanders freely; in the second half it is gathered, so that few stay out of balance.
    """
    steps = effort.steps_per_turf * int(np.count_nonzero(turfs.length[:free_turfs]))
    if not steps:
        return
    cooling = (effort.cold_m / effort.hot_m) ** (1 / effort.rounds)
    heat = effort.hot_m
    # Late, so that what is missing has wandered as far as it will; twice, with time to mend shapes.
    fills = {effort.rounds // 2, effort.rounds - 2, effort.rounds - 1}
    if taste.stay > 0.0:
        # What is missing is known from the start; then there is time to mend shapes.
        fills = {0, effort.rounds - 2}
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for nth in range(effort.rounds):
            now = taste._replace(off=_firmness(taste, nth, effort.rounds))
            assess_all(metric, plane, turfs, now)
            _look_beyond(metric, plane, turfs)
            if nth in fills:
                changed = fill_up(plane, turfs, by_force=taste.stay == 0.0)
                reorder(changed)
                assess_all(metric, plane, turfs, now)
            parts = _parts(metric.xy, turfs, free_turfs, nth)
            # All of them before the first begins: it changes what the others would look at.
            poor = _off(turfs) | _torn(plane, turfs)
            starts = [_starts(plane, turfs, part, poor) for part in parts]
            jobs = [
                threads.submit(
                    improve, metric, plane, turfs, now, part, begin,
                    (seed * effort.rounds + nth) * len(parts) + at,
                    round(steps / effort.rounds * part.sum() / max(1, free_turfs)),
                    heat, heat * cooling, STRING,
                )
                for at, (part, begin) in enumerate(zip(parts, starts, strict=True))
            ]  # fmt: skip
            for job in jobs:
                job.result()
            heat *= cooling
            progress((nth + 1) / effort.rounds)
    assess_all(metric, plane, turfs, taste)


def _firmness(taste: Taste, nth: int, rounds: int) -> float:
    """What being out of balance weighs: nothing at first, in the end more than a second piece."""
    if 2 * nth < rounds and taste.stay == 0.0:
        return 0.0
    firm = nth >= rounds - 2 or taste.stay > 0.0
    return 1.2 * taste.piece / taste.unbalanced if firm else taste.off


def _parts(xy: Floats, turfs: Turfs, free_turfs: int, nth: int) -> list[Bools]:
    """Turfs in parts of the map, divided along other lines in each round."""
    held = turfs.of_stop >= 0
    weight = np.maximum(1, np.bincount(turfs.of_stop[held], minlength=len(turfs.length)))
    middle = np.column_stack(
        [
            np.bincount(turfs.of_stop[held], xy[held, axis], len(turfs.length)) / weight
            for axis in (0, 1)
        ]
    )
    angle = nth * 2.399963  # the golden angle: no two rounds divide along the same line
    along = middle @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    count = max(2, free_turfs // PART_TURFS)
    part = np.full(len(middle), -1)
    _halve(along, np.arange(free_turfs), 0, count, part)
    return [part == at for at in range(count)]


def _halve(along: Floats, members: Ints, first: int, count: int, part: Ints) -> None:
    if count == 1 or len(members) <= 1:
        part[members] = first
        return
    order = members[np.argsort(along[members, np.argmax(np.ptp(along[members], axis=0))])]
    left = count // 2
    cut = len(order) * left // count
    _halve(along, order[:cut], first, left, part)
    _halve(along, order[cut:], first + left, count - left, part)


def _look_beyond(metric: Metric, plane: Plane, turfs: Turfs) -> None:
    """Give stops of turfs out of balance the nearest of other turfs to go to, in place.

    All that is near a stop may be of its own turf; then nothing can come in from beyond.
    """
    stops = np.flatnonzero(_off(turfs)[turfs.of_stop] & (turfs.of_stop >= 0))
    if not len(stops):
        return
    count = min(BEYOND, len(metric.xy))
    found = cKDTree(metric.xy).query(metric.xy[stops], k=count)[1].reshape(len(stops), count)
    here, there = np.repeat(stops, count), found.ravel().astype(np.intp)
    other = turfs.of_stop[here] != turfs.of_stop[there]
    here, there = here[other], there[other]
    metres = legs_m(metric, here, there)
    order = np.lexsort((metres, here))
    here, there, metres = here[order], there[order], metres[order]
    nth = np.arange(len(here)) - np.searchsorted(here, here)
    kept = (nth < SIDES) & (metres < BLOCKED_M)
    plane.near[here[kept], NEAREST + nth[kept]] = there[kept]
    plane.near_m[here[kept], NEAREST + nth[kept]] = metres[kept]


def _starts(plane: Plane, turfs: Turfs, part: Bools, poor: Bools) -> Ints:
    """Stops to begin a step at; those of poor turfs and around them more often."""
    wanting = poor[turfs.of_stop] & (turfs.of_stop >= 0)
    around = plane.near[wanting]
    wanting[around[around >= 0]] = True
    mine = part[turfs.of_stop] & (turfs.of_stop >= 0)
    all_stops, chosen = np.flatnonzero(mine), np.flatnonzero(mine & wanting)
    if not len(chosen):
        return all_stops
    return np.concatenate([all_stops, np.tile(chosen, max(1, len(all_stops) // len(chosen)))])


def _off(turfs: Turfs) -> Bools:
    """Turfs out of balance."""
    return (turfs.length > 0) & ((turfs.load < turfs.low) | (turfs.load > turfs.high))


def _torn(plane: Plane, turfs: Turfs) -> Bools:
    """Turfs in several pieces."""
    here = np.repeat(np.arange(len(turfs.of_stop)), np.diff(plane.link_start))
    own = turfs.of_stop[here] == turfs.of_stop[plane.link]
    stops = len(turfs.of_stop)
    links = coo_matrix(
        (np.ones(own.sum()), (here[own], plane.link[own])), shape=(stops, stops)
    )  # fmt: skip
    count, piece = connected_components(links, directed=False)
    of_piece = np.full(count, -1)
    of_piece[piece] = turfs.of_stop
    return np.bincount(of_piece[of_piece >= 0], minlength=len(turfs.length)) > 1
