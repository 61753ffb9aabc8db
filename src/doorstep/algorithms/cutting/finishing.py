"""From turfs of stops to what callers get: numbered, walked, drawn and measured."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from doorstep.algorithms.cutting.measure import measure
from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric
from doorstep.algorithms.cutting.model import Cut, Doors, Floats, Goal, Ground, Ints, Pace, Progress
from doorstep.algorithms.cutting.outlines import Site, drawn
from doorstep.algorithms.cutting.stops import Stops, along_a_curve
from doorstep.algorithms.cutting.surroundings import Pairs


class Settled(NamedTuple):
    """Turfs as they are to be, for each stop, shape (n,)."""

    of_stop: Ints
    place: Ints
    """In its turf's walk."""
    walk_m: Floats
    """Of its turf."""


def nothing(count: int, left_over: dict[int, str], notes: list[str]) -> Cut:
    none = np.empty(0)
    return Cut(
        turf=np.full(count, -1), seq=np.full(count, -1), outlines=np.empty(0, np.object_),
        doors=none, walk_m=none, minutes=none, cell=np.empty(0, np.intp), undersized=[],
        left_over=left_over, notes=notes, figures={"turf_count": 0},
    )  # fmt: skip


def finished(
    doors: Doors, stops: Stops, metric: Metric, ground: Ground, settled: Settled, goal: Goal,
    pace: Pace, progress: Progress, notes: list[str],
    left_over: dict[int, str], near: NDArray[np.int32],
    pairs: Pairs, site: Site, *, renumber: bool,
) -> Cut:  # fmt: skip
    """Number, draw and measure the turfs."""
    of_stop, place, walked_m = settled
    if renumber:
        of_stop = _numbered_along(metric, of_stop)
    count = int(of_stop.max()) + 1
    length = np.bincount(of_stop, minlength=count)
    walk_m = np.zeros(count)
    walk_m[of_stop] = walked_m
    placed = stops.of_door >= 0
    turf = np.where(placed, of_stop[stops.of_door], -1)
    seq = _sequence(turf, _at_once(of_stop, place, stops), stops)
    progress(0.85, "drawing and measuring")
    held = np.flatnonzero(length)
    dense = np.full(count, -1)
    dense[held] = np.arange(len(held))
    walked = np.where(walk_m >= BLOCKED_M, walk_m % BLOCKED_M, walk_m)
    minutes = np.bincount(of_stop, stops.service_min, count) + walked / pace.walk_m_per_min
    door_count = np.bincount(of_stop, stops.doors, count)
    size = door_count if goal.unit == "doors" else minutes
    low = (1 - goal.tolerance) * goal.size - 1e-9
    small = [int(at) for at in held if size[at] < low]
    cell = np.full(count, -1)
    cell[of_stop] = metric.stop[:, 6]
    in_cell = np.bincount(cell[held], size[held])
    cramped = [at for at in small if not _divides(in_cell[cell[at]], goal)]
    if cramped:
        notes = [*notes, cramped_note(len(cramped))]
    fair = np.setdiff1d(held, cramped)
    with ThreadPoolExecutor(1) as thread:
        xy = np.asarray(doors.xy)[placed] - stops.middle
        drawing = thread.submit(drawn, xy, dense[turf[placed]], site)
        figures = measure(
            metric, dense[of_stop], place, size=size[held], stop_size=stops.size,
            target=goal.size, tolerance=goal.tolerance, barriers=ground.barriers,
            near=near, pairs=pairs,
        )  # fmt: skip
    shapes = np.full(count, shapely.Polygon(), np.object_)
    shapes[held] = shapely.transform(drawing.result(), lambda xy: xy + stops.middle)
    if figures["remote_leg_count"]:
        notes = [*notes, remote_note(figures["remote_leg_count"])]
    if len(fair):
        off = np.abs(size[fair] / goal.size - 1) > goal.tolerance + 1e-9
        figures["balanced_share"] = float(1 - off.mean())
    figures["cramped_count"] = len(cramped)
    progress(1.0, "done")
    return Cut(
        turf=turf, seq=seq, outlines=shapes, doors=door_count, walk_m=walked, minutes=minutes,
        cell=cell, undersized=small, left_over=left_over, notes=notes, figures=figures,
    )  # fmt: skip


def cramped_note(count: int) -> str:
    """What an organizer is told of turfs that no cut could make large enough."""
    return (
        f"{count} turfs are smaller than wished: barriers, boundaries or long ways leave too few "
        "doors within reach."
    )


def remote_note(count: int) -> str:
    """What an organizer is told of long ways that no cut could spare."""
    return (
        f"{count} steps are longer than 250 m: the doors beyond have too few others near them for "
        "turfs of their own."
    )


def _divides(total: float, goal: Goal) -> bool:
    """Whether so much can be divided into turfs that are all within the tolerance."""
    fewest = np.ceil(total / ((1 + goal.tolerance) * goal.size) - 1e-9)
    return bool(total >= fewest * (1 - goal.tolerance) * goal.size - 1e-9)


def _numbered_along(metric: Metric, of_stop: Ints) -> Ints:
    """Turfs numbered so that neighbours have numbers near each other."""
    used, of_stop = np.unique(of_stop, return_inverse=True)
    of_stop = of_stop.ravel()
    held = np.bincount(of_stop)
    middle = np.column_stack([np.bincount(of_stop, metric.xy[:, axis]) / held for axis in (0, 1)])
    anew = np.empty(len(used), np.intp)
    anew[np.argsort(along_a_curve(middle), kind="stable")] = np.arange(len(used))
    return anew[of_stop]


def _at_once(of_stop: Ints, place: Ints, stops: Stops) -> Ints:
    """Places in the walk, one for all that is on a spot: floors then go by their natural order."""
    order = np.lexsort((place, of_stop))
    spot = np.column_stack([of_stop, np.round(stops.xy, 2)])[order]
    first = np.append(True, (spot[1:] != spot[:-1]).any(axis=1))
    at_once = np.empty_like(place)
    at_once[order] = place[order][np.flatnonzero(first)[np.cumsum(first) - 1]]
    return at_once


def _sequence(turf: Ints, place: Ints, stops: Stops) -> Ints:
    """Place of each door in its turf, from 0; -1 without a turf."""
    seq = np.full(len(turf), -1)
    placed = np.flatnonzero(turf >= 0)
    stop = stops.of_door[placed]
    order = placed[np.lexsort((stops.rank[placed], stops.address[stop], place[stop], turf[placed]))]
    first = np.searchsorted(turf[order], np.arange(turf.max(initial=-1) + 1))
    seq[order] = np.arange(len(order)) - first[turf[order]]
    return seq
