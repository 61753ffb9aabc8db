"""From doors and ground to turfs in walking order: what callers use."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from doorstep.algorithms.cutting.cells import FEW_SHARE, cells_of, sorted_out
from doorstep.algorithms.cutting.costs import Plane, Taste, Turfs
from doorstep.algorithms.cutting.distances import metric_of
from doorstep.algorithms.cutting.draft import divide, tour_of
from doorstep.algorithms.cutting.finishing import Settled, finished, nothing
from doorstep.algorithms.cutting.leftovers import STAY_M, earlier_of, kept_turfs
from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, legs_m
from doorstep.algorithms.cutting.model import (
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
from doorstep.algorithms.cutting.ordering import order_paths, ordered, paths_of, start_legs
from doorstep.algorithms.cutting.outlines import site_of
from doorstep.algorithms.cutting.polish import Effort, polish
from doorstep.algorithms.cutting.settling import Staging, settle
from doorstep.algorithms.cutting.stops import Stops, stops_of
from doorstep.algorithms.cutting.surroundings import Pairs, neighbours, plane_of

TASTE = Taste(
    per_metre=0.0,
    spread=0.05,
    foreign=0.7,
    piece=4000.0,
    long_m=150.0,
    long_times=5.0,
    unbalanced=25.0,
    stay=0.0,
    off=10.0,
)
"""Found on Cambridge: at these a walk is shorter than without any wish for shape, since what is
compact can be improved further."""
MARGIN = 0.005
"""What minutes keep from the lower limit while polishing, as a share of a turf: in the end a better
order makes walks a little shorter."""


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
        effort or Effort(steps_per_turf=60, rounds=4, hot_m=5.0, kicks=100), progress,
        earlier if (earlier >= 0).any() else None,
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
    stops = _undivided(doors, own)
    if not len(stops.xy):
        return Walk(order=np.arange(len(doors.xy)), walk_m=0.0, minutes=0.0, crossing_count=0)
    metric = metric_of(stops.xy, stops.street, _moved(ground, stops.middle))
    path = np.arange(len(stops.xy), dtype=np.int32)[None]
    length = np.array([len(stops.xy)])
    begin = start_legs(stops.xy, None if staging is None else staging - stops.middle)
    walked = order_paths(*metric, path, length, begin, kicks)
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


def door_legs(doors: Doors, ground: Ground) -> Callable[[Ints, Ints], Floats]:
    """Ways between doors, as the walk through a turf counts them.

    Parameters
    ----------
    doors
        All with positions.
    ground
        As in `cut_turfs`; only edges and barriers near the doors matter.

    Returns
    -------
    Callable
        Gives the metres from some doors to others, by their rows, shape (m,) each.
    """
    stops = _undivided(doors, Pace())
    metric = metric_of(stops.xy, stops.street, _moved(ground, stops.middle))
    return lambda a, b: legs_m(metric, stops.of_door[a], stops.of_door[b]) % BLOCKED_M


def _undivided(doors: Doors, pace: Pace) -> Stops:
    _check(doors)
    # No address is a tower here: it is one turf, however large.
    return stops_of(doors, Goal(doors=max(1.0, 10.0 * len(doors.xy))), pace)


def _cut(
    doors: Doors, ground: Ground, goal: Goal, pace: Pace | None, staging: Floats | None, seed: int,
    effort: Effort | None, progress: Progress, before: Ints | None,
) -> Cut:  # fmt: skip
    own, spent = pace or Pace(), effort or Effort()
    _check(doors)
    progress(0.0, "preparing")
    inside, left_over = sorted_out(doors, ground)
    stops = stops_of(
        replace(doors, xy=np.where(inside[:, None], doors.xy, np.nan)), goal, own, before
    )
    notes = [] if len(ground.edges) else [
        "There is no walking network: distances are straight lines that go round barriers."
    ]  # fmt: skip
    if not len(stops.xy):
        return nothing(len(doors.xy), left_over, notes)
    here = _moved(ground, stops.middle)
    metric = metric_of(stops.xy, stops.street, here)
    metric.stop[:, 7] = stops.doors
    pairs = neighbours(metric.xy)
    cell = cells_of(
        metric, here, pairs, FEW_SHARE * goal.size * stops.doors.sum() / stops.size.sum()
    )
    metric.stop[:, 6] = cell
    earlier = None if before is None else earlier_of(stops, before)
    begin = None if staging is None else np.asarray(staging, np.float64) - stops.middle
    last = Staging(start_legs(stops.xy, begin), spent.kicks)
    with ThreadPoolExecutor(1) as thread:
        # While a draft is made, which one processor does.
        xy = np.asarray(doors.xy)[stops.of_door >= 0] - stops.middle
        site = thread.submit(site_of, xy, here.barriers)
        settled, near = _turfs_of(
            metric, stops, pairs, cell, goal, own, seed, spent, last, progress, earlier
        )
    return finished(
        doors, stops, metric, here, settled, goal, own, progress, notes, left_over,
        near, pairs, site.result(), renumber=before is None,
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


def _moved(ground: Ground, middle: Floats) -> Ground:
    """The ground with its origin among the doors, where floating point is finest."""
    return replace(
        ground,
        edges=shapely.transform(ground.edges, lambda xy: xy - middle),
        barriers=shapely.transform(ground.barriers, lambda xy: xy - middle),
        boundaries=shapely.transform(ground.boundaries, lambda xy: xy - middle),
    )


def _turfs_of(
    metric: Metric, stops: Stops, pairs: Pairs, cell: Ints, goal: Goal, pace: Pace, seed: int,
    effort: Effort, last: Staging, progress: Progress, earlier: Ints | None,
) -> tuple[Settled, NDArray[np.int32]]:  # fmt: skip
    """Turf of every stop, and the stops near each."""
    plane = plane_of(metric, stops.size, earlier, pairs=pairs)
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
        draft = _kept(metric, plane, pairs, earlier, taste, low, high, seed)
    # Floors of a tower that are a turf each come last, and are left as they are.
    first_peeled = int(draft.max(initial=-1)) + 1
    draft[stops.peeled] = first_peeled + np.arange(len(stops.peeled))
    slack = MARGIN * goal.size if goal.unit == "minutes" else 0.0
    turfs = _turfs(metric, plane, draft, low + slack, high)
    progress(0.2, "polishing")

    def reorder(changed: Ints) -> None:
        path = turfs.path[changed]
        ordered(metric, path, turfs.length[changed], None, 20)
        turfs.path[changed] = path

    polish(
        metric, plane, turfs, taste, effort, free_turfs=first_peeled, seed=seed, reorder=reorder,
        progress=lambda done: progress(0.2 + 0.6 * done, "polishing"),
    )  # fmt: skip
    progress(0.8, "ordering")
    walk_m = settle(metric, plane, turfs, taste, last, target=goal.size, slack=slack, seed=seed)
    of_stop = turfs.of_stop.copy()
    place = np.zeros(len(of_stop), np.intp)
    for row, length in zip(turfs.path, turfs.length, strict=True):
        place[row[:length]] = np.arange(length)
    return Settled(of_stop, place, walk_m[turfs.of_stop]), plane.near


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


def _kept(
    metric: Metric, plane: Plane, pairs: Pairs, earlier: Ints, taste: Taste, low: float,
    high: float, seed: int,
) -> Ints:  # fmt: skip
    """Turf of each stop, of as many earlier turfs as can be full."""
    held, own = np.unique(earlier[earlier >= 0], return_inverse=True)
    walk = np.zeros(int(earlier.max(initial=-1)) + 1)
    if taste.per_metre > 0.0 and len(held):
        path, length = paths_of(np.flatnonzero(earlier >= 0), own.ravel(), 0)
        walk[held] = taste.per_metre * ordered(metric, path, length, None, 0)
    return kept_turfs(metric, plane, pairs, walk, low, high, seed)


def _turfs(metric: Metric, plane: Plane, turf: Ints, low: float, high: float) -> Turfs:
    """Turfs for the search, each with room for as many stops as it may ever hold."""
    room = int(min(len(turf), high / plane.size.min())) + 1
    path, held = paths_of(np.arange(len(turf)), turf, room)
    count = len(held)
    ordered(metric, path, held, None, 20)
    return Turfs(
        path=path,
        length=held,
        of_stop=turf.astype(np.intp),
        load=np.zeros(count),
        cost=np.zeros(count),
        low=np.full(count, low),
        high=np.full(count, high),
    )
