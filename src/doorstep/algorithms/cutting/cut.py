"""From doors and ground to turfs in walking order: what callers use."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from doorstep.algorithms.cutting.distances import metric_of
from doorstep.algorithms.cutting.draft import divide, tour_of
from doorstep.algorithms.cutting.measure import measure
from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, legs_m, matrix_m
from doorstep.algorithms.cutting.model import (
    Bools,
    Cut,
    Doors,
    Floats,
    Goal,
    Ground,
    Ints,
    Pace,
    Progress,
    silent,
)
from doorstep.algorithms.cutting.outlines import outlines
from doorstep.algorithms.cutting.path import path_m, shortest_path
from doorstep.algorithms.cutting.polish import Effort, polish
from doorstep.algorithms.cutting.search import Plane, Taste, Turfs
from doorstep.algorithms.cutting.stops import Stops, along_a_curve, stops_of
from doorstep.algorithms.cutting.surroundings import neighbours, plane_of

TASTE = Taste(
    per_metre=0.0,
    spread=0.05,
    foreign=0.7,
    piece=3000.0,
    long_m=150.0,
    long_times=5.0,
    unbalanced=25.0,
    stay=0.0,
    off=10.0,
)
"""Found on Cambridge: at these a walk is shorter than without any wish for shape, since what is
compact can be improved further."""
STAY_M = 60.0
"""What it takes to move a door to another turf when leftovers are cut again."""
GAP_M, GAP_TIMES = 400.0, 10.0
"""Doors with a longer way to any others, also in times of the usual way to a neighbour, are a piece
of ground of their own: nobody walks there and back within a turf."""
FEW_SHARE = 0.2
"""What such a piece must hold to be turf of its own, as a share of one."""
KEPT_ROOM = 0.15
"""How full leftovers are cut, between the least and the most a turf may hold: the emptier, the
fewer doors change hands."""
NO_POSITION = "It has no position on the map. Give it one, or import an address that has."
OUTSIDE = "It lies outside all boundaries."


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    """The doors of one turf in order.

    Attributes
    ----------
    order
        Shape (n,), rows of the doors as they are walked.
    walk_m, minutes
        Door to door; minutes with the time at the doors.
    crossing_count
        Legs that cross a barrier, because there is no other way.
    """

    order: Ints
    walk_m: float
    minutes: float
    crossing_count: int


def cut_turfs(
    doors: Doors,
    ground: Ground,
    goal: Goal,
    *,
    pace: Pace | None = None,
    staging: Floats | None = None,
    seed: int = 7,
    effort: Effort | None = None,
    progress: Progress = silent,
) -> Cut:
    """Cut turfs that are balanced, never astride a barrier, and short to walk.

    Parameters
    ----------
    doors, ground, goal, pace
        What is cut, what lies between, how large a turf is to be, and how long things take.
    staging
        Metres, shape (2,): where walks begin. None lets each begin where it is shortest.
    seed
        Of all chance; the same input and seed give the same cut.
    effort
        How long to polish.
    progress
        Told the share done and the stage; what it raises stops the cut.

    Returns
    -------
    Cut
        With every door in one turf or among those left over with a reason.

    Raises
    ------
    ValueError
        An array of the wrong length, or a number out of range; the message names it.
    """
    return _cut(doors, ground, goal, pace, staging, seed, effort, progress, None)


def recut(
    doors: Doors,
    ground: Ground,
    goal: Goal,
    *,
    before: Ints,
    pace: Pace | None = None,
    staging: Floats | None = None,
    seed: int = 7,
    effort: Effort | None = None,
    progress: Progress = silent,
) -> Cut:
    """Cut what is left of earlier turfs, so that few doors change hands.

    Parameters
    ----------
    doors
        Only those still to be visited.
    before
        Shape (n,): number of the turf each was in, -1 for none.

    The other parameters are those of `cut_turfs`.

    Returns
    -------
    Cut
        Turf numbers are those of `before` where a turf goes on; some are gone, and numbers that no
        door had before are new. Arrays over turfs have a row for each number up to the highest,
        with 0 doors and an empty outline for those gone.
    """
    earlier = np.asarray(before, np.intp)
    if earlier.shape != (len(doors.xy),):
        msg = f"before has shape {earlier.shape}: give one turf number for each of the doors"
        raise ValueError(msg)
    return _cut(
        doors, ground, goal, pace, staging, seed,
        effort or Effort(steps_per_turf=150, rounds=4, hot_m=5.0), progress, earlier,
    )  # fmt: skip


def walk_turf(
    doors: Doors,
    ground: Ground,
    *,
    pace: Pace | None = None,
    staging: Floats | None = None,
    kicks: int = 300,
) -> Walk:
    """The order in which the doors of one turf are walked; a few milliseconds for fifty doors.

    Parameters
    ----------
    doors
        All of one turf, with positions.
    ground, pace, staging
        As in `cut_turfs`; only edges and barriers near the doors matter.
    kicks
        Tries at a better order.

    Returns
    -------
    Walk
        With every door once.
    """
    own = pace or Pace()
    _check(doors)
    # No address is a tower here: it is one turf, however large.
    goal = Goal(doors=max(1.0, 10.0 * len(doors.xy)))
    stops = stops_of(doors, goal, own)
    if not len(stops.xy):
        return Walk(order=np.arange(len(doors.xy)), walk_m=0.0, minutes=0.0, crossing_count=0)
    metric = metric_of(stops.xy, stops.street, _moved(ground, stops.middle))
    path = np.arange(len(stops.xy), dtype=np.int32)[None]
    length = np.array([len(stops.xy)])
    begin = _start_legs(stops.xy, None if staging is None else staging - stops.middle)
    walked = _order(*metric, path, length, begin, kicks)
    legs = legs_m(metric, path[0, :-1], path[0, 1:])
    place = np.empty(len(stops.xy), np.intp)
    place[path[0]] = np.arange(len(stops.xy))
    known = stops.of_door >= 0
    key = np.where(known, place[stops.of_door], len(place))
    return Walk(
        order=np.lexsort((stops.rank, key)),
        walk_m=float(walked[0] % BLOCKED_M),
        minutes=float(stops.service_min.sum() + walked[0] % BLOCKED_M / own.walk_m_per_min),
        crossing_count=int((legs >= BLOCKED_M).sum()),
    )


def _cut(
    doors: Doors, ground: Ground, goal: Goal, pace: Pace | None, staging: Floats | None, seed: int,
    effort: Effort | None, progress: Progress, before: Ints | None,
) -> Cut:  # fmt: skip
    own, spent = pace or Pace(), effort or Effort()
    _check(doors)
    progress(0.0, "preparing")
    inside, left_over = _sorted_out(doors, ground)
    stops = stops_of(replace(doors, xy=np.where(inside[:, None], doors.xy, np.nan)), goal, own)
    notes = [] if len(ground.edges) else [
        "There is no walking network: distances are straight lines that go round barriers."
    ]  # fmt: skip
    if not len(stops.xy):
        return _nothing(len(doors.xy), left_over, notes)
    here = _moved(ground, stops.middle)
    metric = metric_of(stops.xy, stops.street, here)
    metric.stop[:, 7] = stops.doors
    cell = _cells(metric, here, FEW_SHARE * goal.size * stops.doors.sum() / stops.size.sum())
    metric.stop[:, 6] = cell
    earlier = None if before is None else _earlier(stops, before)
    of_stop, near = _turfs_of(metric, stops, cell, goal, own, seed, spent, progress, earlier)
    return _finished(
        doors, stops, metric, here, of_stop, goal, own, spent, staging, progress, notes, left_over,
        np.bincount(cell, stops.size)[cell], near, renumber=before is None,
    )  # fmt: skip


def _check(doors: Doors) -> None:
    count = len(doors.xy)
    if np.shape(doors.xy) != (count, 2) and count:
        msg = f"xy has shape {np.shape(doors.xy)}: give metres of shape (n, 2)"
        raise ValueError(msg)
    for name in ("address", "household", "rank", "street", "weight"):
        values = getattr(doors, name)
        if values is not None and np.shape(values) != (count,):
            msg = f"{name} has shape {np.shape(values)}: give one value for each of {count} doors"
            raise ValueError(msg)
    if doors.weight is not None:
        wrong = ~(np.isfinite(doors.weight) & (np.asarray(doors.weight) > 0))
        if wrong.any():
            row = int(np.argmax(wrong))
            msg = f"weight[{row}] is {doors.weight[row]}: give a number above 0"
            raise ValueError(msg)


def _sorted_out(doors: Doors, ground: Ground) -> tuple[Bools, dict[int, str]]:
    """Doors that can be cut, and why the others cannot."""
    placed = np.isfinite(np.asarray(doors.xy, np.float64).reshape(-1, 2)).all(axis=1)
    left_over = dict.fromkeys(np.flatnonzero(~placed).tolist(), NO_POSITION)
    if len(ground.boundaries) and placed.any():
        rows = np.flatnonzero(placed)
        found = shapely.STRtree(ground.boundaries).query(
            shapely.points(doors.xy[rows]), predicate="intersects"
        )[0]
        outside = np.setdiff1d(rows, rows[found])
        left_over |= dict.fromkeys(outside.tolist(), OUTSIDE)
        placed[outside] = False
    return placed, left_over


def _moved(ground: Ground, middle: Floats) -> Ground:
    """The ground with its origin among the doors, where floating point is finest."""
    return replace(
        ground,
        edges=shapely.transform(ground.edges, lambda xy: xy - middle),
        barriers=shapely.transform(ground.barriers, lambda xy: xy - middle),
        boundaries=shapely.transform(ground.boundaries, lambda xy: xy - middle),
    )


def _cells(metric: Metric, ground: Ground, few_doors: float) -> Ints:
    """Pieces of ground that no barrier and no boundary divides, by stop.

    Stops hang together by neighbours that can see each other and are not too far to walk.
    """
    piece = np.zeros(len(metric.xy), np.intp)
    if len(ground.boundaries):
        asked, found = shapely.STRtree(ground.boundaries).query(
            shapely.points(metric.xy), predicate="intersects"
        )
        piece[:] = -1
        piece[asked[::-1]] = found[::-1]
        # The middle of an address may lie outside what its doors are in.
        lost = np.flatnonzero(piece < 0)
        if len(lost):
            piece[lost] = shapely.STRtree(ground.boundaries).query_nearest(
                shapely.points(metric.xy[lost]), all_matches=False
            )[1]
    metric.stop[:, 6] = piece
    a, b = neighbours(metric)
    legs = legs_m(metric, a, b)
    a, b, legs = a[legs < BLOCKED_M], b[legs < BLOCKED_M], legs[legs < BLOCKED_M]
    far = max(GAP_M, GAP_TIMES * float(np.median(legs)) if len(legs) else 0.0)
    cell = _pieces(a[legs <= far], b[legs <= far], len(piece))
    # A handful of doors far out is a detour of some turf, unless a barrier lies between.
    few = np.bincount(cell, metric.stop[:, 7])[cell] < few_doors
    open_way = (legs > far) & (few[a] | few[b])
    order = np.flatnonzero(open_way)[np.argsort(legs[open_way], kind="stable")]
    _, nearest = np.unique(np.where(few[a], cell[a], cell[b])[order], return_index=True)
    kept = np.concatenate([np.flatnonzero(legs <= far), order[nearest]])
    return _pieces(a[kept], b[kept], len(piece))


def _pieces(a: Ints, b: Ints, count: int) -> Ints:
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.intp)


def _earlier(stops: Stops, before: Ints) -> Ints:
    """Turf that most doors of a stop were in."""
    held = (stops.of_door >= 0) & (before >= 0)
    earlier = np.full(len(stops.xy), -1)
    pairs, count = np.unique(
        np.column_stack([stops.of_door[held], before[held]]), axis=0, return_counts=True
    )
    order = np.argsort(count, kind="stable")
    earlier[pairs[order, 0]] = pairs[order, 1]
    return earlier


def _turfs_of(
    metric: Metric, stops: Stops, cell: Ints, goal: Goal, pace: Pace, seed: int, effort: Effort,
    progress: Progress, earlier: Ints | None,
) -> tuple[Ints, NDArray[np.int32]]:  # fmt: skip
    """Turf of every stop, and the stops near each."""
    plane = plane_of(metric, stops.size, earlier)
    taste = TASTE
    if goal.unit == "minutes":
        # What is a door's worth in metres is two to three minutes' worth.
        per_minute = float(stops.doors.sum() / stops.size.sum())
        taste = taste._replace(
            per_metre=1 / pace.walk_m_per_min, unbalanced=TASTE.unbalanced * per_minute
        )
    progress(0.1, "drafting")
    low, high = ((1 + sign * goal.tolerance) * goal.size for sign in (-1, 1))
    if earlier is None:
        draft = _draft(metric, plane, stops.peeled, cell, goal, taste, low, high)
    else:
        taste = taste._replace(stay=STAY_M)
        draft = _kept(
            plane, np.where(np.isin(np.arange(len(earlier)), stops.peeled), -1, earlier), low, high
        )
    # Floors of a tower that are a turf each come last, and are left as they are.
    first_peeled = int(draft.max(initial=-1)) + 1
    draft[stops.peeled] = first_peeled + np.arange(len(stops.peeled))
    turfs = _turfs(metric, plane, draft, low, high)
    progress(0.2, "polishing")

    def reorder(changed: Ints) -> None:
        path = turfs.path[changed]
        _ordered(metric, path, turfs.length[changed], None, 20)
        turfs.path[changed] = path

    polish(
        metric, plane, turfs, taste, effort, free_turfs=first_peeled, seed=seed, reorder=reorder,
        progress=lambda done: progress(0.2 + 0.6 * done, "polishing"),
    )  # fmt: skip
    of_stop = turfs.of_stop
    if earlier is not None:
        _keep_numbers(of_stop, stops, earlier)
    return of_stop, plane.near


def _keep_numbers(of_stop: Ints, stops: Stops, earlier: Ints) -> None:
    """Give a peeled turf its earlier number, if no other has it."""
    taken = set(of_stop.tolist())
    for stop in stops.peeled:
        if earlier[stop] >= 0 and earlier[stop] not in taken:
            of_stop[stop] = earlier[stop]
            taken.add(int(earlier[stop]))


def _draft(
    metric: Metric, plane: Plane, peeled: Ints, cell: Ints, goal: Goal, taste: Taste, low: float,
    high: float,
) -> Ints:  # fmt: skip
    """Turf of each stop after dividing a tour through every cell; -1 for those peeled off."""
    turf = np.full(len(cell), -1)
    order = np.setdiff1d(np.arange(len(cell)), peeled)
    order = order[np.argsort(cell[order], kind="stable")]
    if not len(order):
        return turf
    ends = np.flatnonzero(np.diff(cell[order])) + 1
    tour = np.concatenate([tour_of(metric, plane, members) for members in np.split(order, ends)])
    leg_m = np.zeros(len(tour))
    leg_m[1:] = legs_m(metric, tour[:-1], tour[1:])
    size = plane.size[tour]
    total = size.sum() + taste.per_metre * leg_m[leg_m < BLOCKED_M].sum()
    wanted = max(1, round(total / goal.size))
    cheap, dear = 0.0, 2000.0
    starts = np.zeros(1, np.intp)
    for _ in range(12):
        price = (cheap + dear) / 2
        starts = divide(
            leg_m, metric.xy[tour], metric.stop[tour, 7], size, low, high, goal.size, taste.spread,
            taste.unbalanced / 2, taste.off, price, taste.per_metre,
        )  # fmt: skip
        if len(starts) == wanted:
            break
        cheap, dear = (price, dear) if len(starts) > wanted else (cheap, price)
    turf[tour] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(tour))))
    return turf


def _kept(plane: Plane, earlier: Ints, low: float, high: float) -> Ints:
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


def _turfs(metric: Metric, plane: Plane, turf: Ints, low: float, high: float) -> Turfs:
    """Turfs for the search, each with room for as many stops as it may ever hold."""
    count = int(turf.max()) + 1
    held = np.bincount(turf, minlength=count)
    longest = int(max(held.max(), min(len(turf), high / plane.size.min()))) + 1
    path = np.full((count, longest), -1, np.int32)
    order = np.argsort(turf, kind="stable")
    ends = np.cumsum(held)
    for at in range(count):
        path[at, : held[at]] = order[ends[at] - held[at] : ends[at]]
    _ordered(metric, path, held, None, 20)
    return Turfs(
        path=path,
        length=held.astype(np.intp),
        of_stop=turf.astype(np.intp),
        load=np.zeros(count),
        cost=np.zeros(count),
        low=np.full(count, low),
        high=np.full(count, high),
    )


def _start_legs(xy: Floats, staging: Floats | None) -> Floats:
    return np.empty(0) if staging is None else np.hypot(*(xy - np.asarray(staging)).T)


@njit(cache=True, nogil=True)
def _order(
    stop: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, path: NDArray[np.int32], length: Ints, begin_m: Floats,
    kicks: int,
) -> Floats:  # fmt: skip
    """Put each row's stops in walking order, in place; metres of each."""
    out = np.zeros(len(path))
    for turf in range(len(path)):
        count = length[turf]
        if count == 0:
            continue
        stops = path[turf, :count].copy()
        metres = matrix_m(stop, rows, slots, walls, box_start, box_wall, frame, stops)
        if len(begin_m):
            for at in range(count):
                metres[count, at] = metres[at, count] = begin_m[stops[at]]
        order = shortest_path(metres, len(begin_m) > 0, kicks, 1, np.empty(0, np.int32))
        path[turf, :count] = stops[order]
        out[turf] = path_m(metres, order)
    return out


def _ordered(
    metric: Metric, path: NDArray[np.int32], length: Ints, staging: Floats | None, kicks: int
) -> Floats:
    """As `_order`, on all processors."""
    begin_m = _start_legs(metric.xy, staging)
    blocks = np.array_split(np.arange(len(path)), max(1, len(path) // 50))
    with ThreadPoolExecutor() as threads:
        jobs = [
            threads.submit(
                _order, *metric, path[block[0] : block[-1] + 1], length[block], begin_m, kicks
            )
            for block in blocks
            if len(block)
        ]
        return np.concatenate([job.result() for job in jobs]) if jobs else np.empty(0)


def _nothing(count: int, left_over: dict[int, str], notes: list[str]) -> Cut:
    none = np.empty(0)
    return Cut(
        turf=np.full(count, -1), seq=np.full(count, -1), outlines=np.empty(0, np.object_),
        doors=none, walk_m=none, minutes=none, cell=np.empty(0, np.intp), undersized=[],
        left_over=left_over, notes=notes, figures={"turf_count": 0},
    )  # fmt: skip


def _finished(
    doors: Doors, stops: Stops, metric: Metric, ground: Ground, of_stop: Ints, goal: Goal,
    pace: Pace, effort: Effort, staging: Floats | None, progress: Progress, notes: list[str],
    left_over: dict[int, str], cell_size: Floats, near: NDArray[np.int32], *,
    renumber: bool,
) -> Cut:  # fmt: skip
    """Walk, draw and measure the turfs."""
    progress(0.8, "ordering")
    if renumber:
        of_stop = _numbered_along(metric, of_stop)
    count = int(of_stop.max()) + 1
    length = np.bincount(of_stop, minlength=count)
    path = np.full((count, int(length.max())), -1, np.int32)
    order = np.argsort(of_stop, kind="stable")
    for at, end in enumerate(np.cumsum(length)):
        path[at, : length[at]] = order[end - length[at] : end]
    begin = None if staging is None else np.asarray(staging, np.float64) - stops.middle
    walk_m = _ordered(metric, path, length, begin, effort.kicks)
    place = np.zeros(len(of_stop), np.intp)
    for at in range(count):
        place[path[at, : length[at]]] = np.arange(length[at])
    placed = stops.of_door >= 0
    turf = np.where(placed, of_stop[stops.of_door], -1)
    seq = _sequence(turf, place, stops)
    progress(0.85, "drawing")
    held = np.flatnonzero(length)
    dense = np.full(count, -1)
    dense[held] = np.arange(len(held))
    shapes = np.full(count, shapely.Polygon(), np.object_)
    shapes[held] = shapely.transform(
        outlines(
            np.asarray(doors.xy)[placed] - stops.middle,
            dense[turf[placed]],
            barriers=ground.barriers,
        ),
        lambda xy: xy + stops.middle,
    )
    progress(0.95, "measuring")
    walked = np.where(walk_m >= BLOCKED_M, walk_m % BLOCKED_M, walk_m)
    minutes = np.bincount(of_stop, stops.service_min, count) + walked / pace.walk_m_per_min
    door_count = np.bincount(of_stop, stops.doors, count)
    size = door_count if goal.unit == "doors" else minutes
    low = (1 - goal.tolerance) * goal.size - 1e-9
    small = [int(at) for at in held if size[at] < low]
    cell = np.full(count, -1)
    cell[of_stop] = metric.stop[:, 6]
    cell_of = np.full(count, np.inf)
    cell_of[of_stop] = cell_size
    cramped = [at for at in small if not _divides(cell_of[at], goal)]
    if cramped:
        reason = (
            f"{len(cramped)} turfs are smaller than wished: barriers, boundaries or long ways "
            "leave too few doors within reach."
        )
        notes = [*notes, reason]
    fair = np.setdiff1d(held, cramped)
    figures = measure(
        metric, dense[of_stop], place, size=size[held], target=goal.size,
        tolerance=goal.tolerance, barriers=ground.barriers,
        near=near,
    )  # fmt: skip
    if len(fair):
        off = np.abs(size[fair] / goal.size - 1) > goal.tolerance + 1e-9
        figures["balanced_share"] = float(1 - off.mean())
    figures["cramped_count"] = len(cramped)
    progress(1.0, "done")
    return Cut(
        turf=turf, seq=seq, outlines=shapes, doors=door_count, walk_m=walked, minutes=minutes,
        cell=cell, undersized=small, left_over=left_over, notes=notes, figures=figures,
    )  # fmt: skip


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


def _sequence(turf: Ints, place: Ints, stops: Stops) -> Ints:
    """Place of each door in its turf, from 0; -1 without a turf."""
    seq = np.full(len(turf), -1)
    placed = np.flatnonzero(turf >= 0)
    stop = stops.of_door[placed]
    order = placed[np.lexsort((stops.rank[placed], stop, place[stop], turf[placed]))]
    first = np.searchsorted(turf[order], np.arange(turf.max(initial=-1) + 1))
    seq[order] = np.arange(len(order)) - first[turf[order]]
    return seq
