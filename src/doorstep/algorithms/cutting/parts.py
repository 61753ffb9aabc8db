"""Cutting a state: parts of the map, each cut by itself in a process or on a machine of its own.

A part is a piece of the map with a limited number of doors. Where boundaries are given, parts are
made of whole ones, as no turf reaches over them anyway; else the map is halved where it is
emptiest near the middle, which is often a river or a field. So the result depends on the doors
alone, and not on who cuts which part.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from doorstep.algorithms.cutting.cut import cut_turfs
from doorstep.algorithms.cutting.finishing import cramped_note, remote_note
from doorstep.algorithms.cutting.model import (
    Cut,
    Doors,
    Floats,
    Goal,
    Ground,
    Ints,
    Pace,
    Progress,
    Shapes,
    silent,
)
from doorstep.algorithms.cutting.polish import Effort
from doorstep.algorithms.cutting.stops import groups_of

MOST_DOORS = 40_000
"""Of a part: as a city, which takes ten seconds of a processor and half a gigabyte."""
AROUND_M = 1_000.0
"""Ground around the doors of a part that belongs to it: further than ways are looked up."""
MIDDLE = 0.1
"""How far off the middle a part may be halved, as a share of its doors."""
SUMS = (
    "turf_count", "walk_m", "bound_m", "split_count", "crossing_leg_count", "far_leg_count",
    "remote_leg_count",
)  # fmt: skip
BY_TURF = ("disconnected_share", "one_piece_share", "radius_m")


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """What one worker cuts: all it needs, as it may be on another machine."""

    rows: Ints
    doors: Doors
    ground: Ground
    goal: Goal
    pace: Pace | None
    staging: Floats | None
    seed: int
    effort: Effort | None


def cut_part(part: Part) -> Cut:
    """The turfs of one part."""
    return cut_turfs(
        part.doors, part.ground, part.goal, pace=part.pace, staging=part.staging, seed=part.seed,
        effort=part.effort,
    )  # fmt: skip


def cut_in_parts(
    doors: Doors,
    ground: Ground,
    goal: Goal,
    executor: Executor,
    *,
    most_doors: int | None = None,
    pace: Pace | None = None,
    staging: Floats | None = None,
    seed: int = 7,
    effort: Effort | None = None,
    progress: Progress = silent,
) -> Cut:
    """As `cut_turfs`, in parts that an executor runs.

    Parameters
    ----------
    executor
        Processes of this machine, or those of a cluster by `distributed.Client.get_executor()`.
    most_doors
        Of one part; None for `MOST_DOORS`.

    The other parameters are those of `cut_turfs`.

    Returns
    -------
    Cut
        The same for any executor. Sums and means in its figures are those over all parts.
    """
    parts = [
        Part(
            rows=rows, doors=_of_rows(doors, rows), ground=near, goal=goal, pace=pace,
            staging=staging, seed=seed, effort=effort,
        )
        for rows, near in _parts(doors, ground, most_doors or MOST_DOORS)
    ]  # fmt: skip
    jobs = {executor.submit(cut_part, part): at for at, part in enumerate(parts)}
    cuts: dict[int, Cut] = {}
    try:
        for job in as_completed(jobs):
            cuts[jobs[job]] = job.result()
            progress(len(cuts) / len(parts), f"cut {len(cuts):,} of {len(parts):,} parts")
    finally:
        for job in jobs:
            job.cancel()
    return _joined(len(doors.xy), parts, [cuts[at] for at in range(len(parts))])


def _of_rows(doors: Doors, rows: Ints) -> Doors:
    own = {name: None if value is None else value[rows] for name, value in vars(doors).items()}
    return Doors(**own)


def _parts(doors: Doors, ground: Ground, most_doors: int) -> Iterator[tuple[Ints, Ground]]:
    """Rows of each part, and the ground around them."""
    edges, barriers = shapely.STRtree(ground.edges), shapely.STRtree(ground.barriers)
    for rows in rows_of_parts(doors, ground.boundaries, most_doors):
        xy = doors.xy[rows]
        placed = xy[np.isfinite(xy).all(axis=1)]
        if not len(placed):
            yield rows, ground
            continue
        around = shapely.box(*(placed.min(axis=0) - AROUND_M), *(placed.max(axis=0) + AROUND_M))
        near = np.sort(edges.query(around))
        yield (
            rows,
            replace(
                ground,
                edges=ground.edges[near],
                street=None if ground.street is None else ground.street[near],
                crossing_m=None if ground.crossing_m is None else ground.crossing_m[near],
                allowed=None if ground.allowed is None else ground.allowed[near],
                barriers=ground.barriers[np.sort(barriers.query(around))],
            ),
        )


def rows_of_parts(doors: Doors, boundaries: Shapes, most_doors: int) -> list[Ints]:
    """Rows of the doors in each part, neighbours after one another.

    Doors of one address or household are in one part; so are those within one boundary, unless they
    alone are too many. Doors without a position go with the first part.
    """
    xy = np.asarray(doors.xy, np.float64).reshape(-1, 2)
    placed = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if not len(placed):
        return [np.arange(len(xy))]
    unit = groups_of(doors, placed)
    if len(boundaries):
        unit = _by_boundary(xy[placed], unit, boundaries, most_doors)
    held = np.bincount(unit)
    middle = np.column_stack([np.bincount(unit, xy[placed, axis]) / held for axis in (0, 1)])
    part = np.zeros(len(held), np.intp)
    for at, units in enumerate(_halved(middle, held, np.arange(len(held)), most_doors)):
        part[units] = at
    of_row = np.zeros(len(xy), np.intp)
    of_row[placed] = part[unit]
    order = np.argsort(of_row, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(of_row[order])) + 1)


def _by_boundary(xy: Floats, unit: Ints, boundaries: Shapes, most_doors: int) -> Ints:
    """Groups joined by the boundary that the first of their doors lies in."""
    asked, found = shapely.STRtree(boundaries).query(shapely.points(xy), predicate="intersects")
    of_door = np.full(len(xy), -1)
    of_door[asked[::-1]] = found[::-1]
    first = np.unique(unit, return_index=True)[1]
    inside = of_door[first][unit]
    small = (inside >= 0) & (np.bincount(inside + 1)[inside + 1] <= most_doors)
    joined = np.where(small, inside, len(boundaries) + unit)
    return np.unique(joined, return_inverse=True)[1].ravel()


def _halved(middle: Floats, held: Ints, units: Ints, most: int) -> Iterator[Ints]:
    """Units in parts that hold no more than the most, if several."""
    if held[units].sum() <= most or len(units) == 1:
        yield units
        return
    xy = middle[units]
    along = xy[:, np.argmax(np.ptp(xy, axis=0))]
    order = np.argsort(along, kind="stable")
    share = np.cumsum(held[units[order]])[:-1] / held[units].sum()
    central = np.flatnonzero(np.abs(share - 0.5) <= MIDDLE)
    if not len(central):
        central = np.array([np.argmin(np.abs(share - 0.5))])
    at = int(central[np.argmax(np.diff(along[order])[central])]) + 1
    yield from _halved(middle, held, units[order[:at]], most)
    yield from _halved(middle, held, units[order[at:]], most)


def _joined(count: int, parts: list[Part], cuts: list[Cut]) -> Cut:
    """The cuts of all parts as one, numbered on from part to part."""
    turf, seq = np.full(count, -1), np.full(count, -1)
    left_over: dict[int, str] = {}
    undersized: list[int] = []
    cells: list[Ints] = []
    first = first_cell = 0
    for part, cut in zip(parts, cuts, strict=True):
        turf[part.rows] = np.where(cut.turf >= 0, cut.turf + first, -1)
        seq[part.rows] = cut.seq
        left_over |= {int(part.rows[row]): why for row, why in cut.left_over.items()}
        undersized += [at + first for at in cut.undersized]
        cells.append(cut.cell + first_cell)
        first += len(cut.outlines)
        first_cell += int(cut.cell.max(initial=-1)) + 1
    figures = _figures([cut for cut in cuts if len(cut.outlines)])
    cramped, remote = (figures.get(name, 0) for name in ("cramped_count", "remote_leg_count"))
    told = {
        note: None
        for cut in cuts
        for note in cut.notes
        if note != cramped_note(cut.figures.get("cramped_count", 0))
        and note != remote_note(cut.figures.get("remote_leg_count", 0))
    }
    return Cut(
        turf=turf,
        seq=seq,
        outlines=np.concatenate([cut.outlines for cut in cuts]),
        doors=np.concatenate([cut.doors for cut in cuts]),
        walk_m=np.concatenate([cut.walk_m for cut in cuts]),
        minutes=np.concatenate([cut.minutes for cut in cuts]),
        cell=np.concatenate(cells),
        undersized=undersized,
        left_over=left_over,
        notes=[
            *told,
            *([remote_note(remote)] if remote else []),
            *([cramped_note(cramped)] if cramped else []),
        ],
        figures=figures,
    )


def _figures(cuts: list[Cut]) -> dict[str, Any]:
    if not cuts:
        return {"turf_count": 0}
    every = [cut.figures for cut in cuts]
    turfs = np.array([one["turf_count"] for one in every])
    cramped = np.array([one["cramped_count"] for one in every])
    doors = np.array([cut.doors.sum() for cut in cuts])
    made: dict[str, Any] = {name: sum(one[name] for one in every) for name in SUMS}
    made |= {name: _mean(every, name, turfs) for name in BY_TURF}
    straight_m = sum(one["walk_m"] / one["stretch"] for one in every if one["stretch"])
    return made | {
        "stretch": made["walk_m"] / max(1e-9, straight_m),
        "walk_per_bound": made["walk_m"] / max(1e-9, made["bound_m"]),
        "balanced_share": _mean(every, "balanced_share", turfs - cramped),
        "largest_per_target": max(one["largest_per_target"] for one in every),
        "foreign_share": _mean(every, "foreign_share", doors),
        "cramped_count": int(cramped.sum()),
    }


def _mean(figures: list[dict[str, Any]], name: str, weight: Any) -> float:
    return float(np.average([one[name] for one in figures], weights=np.maximum(weight, 1e-9)))
