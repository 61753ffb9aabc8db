"""Cutting turf from files to files: neither server nor database."""

import contextlib
import sys
from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from doorstep.algorithms import cutting
from doorstep.algorithms.cutting import Cut, Effort, Goal, Pace, cut_in_parts, cut_turfs, search
from doorstep.algorithms.projection import MAX_LAT, MAX_LON, project
from doorstep.commands import screen
from doorstep.commands.cutting_doors import Town, read_town
from doorstep.commands.cutting_files import (
    Source,
    all_or_nothing,
    check_outputs,
    source_of,
)
from doorstep.commands.cutting_ground import Land, Layers, read_land
from doorstep.commands.cutting_pace import pace_of
from doorstep.commands.cutting_parts import ONE_PART, workers
from doorstep.commands.cutting_picture import Sheet, draw
from doorstep.commands.cutting_report import Turfs, turfs_of, write_polygons, write_report
from doorstep.commands.cutting_report import write_doors as write_turfs
from doorstep.commands.screen import CommandError

_shapely: Any = shapely
QUICK = Effort(steps_per_turf=100, kicks=100)
INTERRUPTED = 130


class Wanted(NamedTuple):
    """What was asked for on the command line."""

    doors: str
    network: Sequence[str]
    barriers: Sequence[str]
    boundaries: str | None
    doors_per_turf: float | None
    minutes: float | None
    staging: str | None
    allow_crossing: str | None
    pace: str | None
    seed: int
    quick: bool
    dask: str | None
    out: Path
    polygons: Path | None
    picture: Path | None
    report: Path | None


def cut(wanted: Wanted) -> None:
    """Cut turfs and write what was asked for, all files or none.

    Raises
    ------
    CommandError
        If an input or option cannot be used; the message names it and the remedy.
    """
    goal, pace = _goal(wanted), pace_of(wanted.pace)
    staging = _staging(wanted.staging)
    doors = source_of(wanted.doors, "--doors")
    layers = Layers(
        [source_of(one, "--network") for one in wanted.network],
        [source_of(one, "--barriers") for one in wanted.barriers],
        source_of(wanted.boundaries, "--boundaries") if wanted.boundaries else None,
        wanted.allow_crossing,
    )
    check_outputs(
        {
            "--out": wanted.out,
            "--polygons": wanted.polygons,
            "--picture": wanted.picture,
            "--report": wanted.report,
        },
        [
            doors,
            *layers.network,
            *layers.barriers,
            *([layers.boundaries] if layers.boundaries else []),
        ],
    )
    try:
        _work(wanted, goal, pace, staging, doors, layers)
    except KeyboardInterrupt:
        screen.err.print("Stopped. Nothing was written.", highlight=False)
        sys.exit(INTERRUPTED)


def _work(
    wanted: Wanted, goal: Goal, pace: Pace, staging: tuple[float, float] | None, doors: Source,
    layers: Layers,
) -> None:  # fmt: skip
    begun = perf_counter()
    with _stages() as stage:
        stage(0.0, "reading doors")
        town = read_town(doors)
        stage(0.03, "reading the map")
        land = read_land(layers, town)
        start = None if staging is None else _start(staging, town)
        cut_at = perf_counter()
        waiting = "" if _is_prepared() else " (first run prepares the program, about a minute)"
        made = _made(
            wanted,
            goal,
            pace,
            town,
            land,
            start,
            lambda share, name: stage(0.1 + 0.8 * share, name + waiting),
        )
        cut_s = perf_counter() - cut_at
        stage(0.9, "writing")
        turfs = turfs_of(town, land, made)
        _write(wanted, goal, pace, staging, doors, layers, town, land, made, turfs, start)
    _tell(wanted, town, made, turfs, cut_s, perf_counter() - begun)


def _made(
    wanted: Wanted, goal: Goal, pace: Pace, town: Town, land: Land,
    start: NDArray[np.float64] | None, progress: cutting.Progress,
) -> Cut:  # fmt: skip
    """The cut: a city at once, more than that in parts by several processes or a cluster."""
    effort = QUICK if wanted.quick else None
    if wanted.dask is None and len(town.ids) <= ONE_PART:
        return cut_turfs(
            town.doors, land.ground, goal, pace=pace, staging=start, seed=wanted.seed,
            effort=effort, progress=progress,
        )  # fmt: skip
    with workers(wanted.dask) as executor:
        return cut_in_parts(
            town.doors, land.ground, goal, executor, pace=pace, staging=start, seed=wanted.seed,
            effort=effort, progress=progress,
        )  # fmt: skip


def _goal(wanted: Wanted) -> Goal:
    if wanted.doors_per_turf is not None and wanted.minutes is not None:
        message = "Give --doors-per-turf or --minutes, one of the two."
        raise CommandError(message)
    try:
        if wanted.minutes is not None:
            return Goal(doors=None, minutes=wanted.minutes)
        return Goal() if wanted.doors_per_turf is None else Goal(doors=wanted.doors_per_turf)
    except ValueError as error:
        raise CommandError(str(error)) from None


def _staging(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        message = f"--staging: {text} is not LON,LAT, such as -71.106,42.374"
        raise CommandError(message) from None
    if not (abs(lon) <= MAX_LON and abs(lat) <= MAX_LAT):
        message = f"--staging: {text} is no place on the globe. Longitude comes first."
        raise CommandError(message)
    return lon, lat


def _start(staging: tuple[float, float], town: Town) -> NDArray[np.float64]:
    return _shapely.get_coordinates(project(shapely.Point(staging), town.crs))[0]


def _is_prepared() -> bool:
    """Whether the compiled search is kept from an earlier run and not older than its source."""
    kept: set[str] = {
        one._cache.cache_path  # noqa: SLF001 -- numba tells it nowhere else
        for one in vars(search).values()
        if hasattr(one, "_cache") and one.__module__ == search.__name__
    }
    written_at = Path(search.__file__).stat().st_mtime
    return any(
        index.stat().st_mtime >= written_at
        for folder in kept
        for index in Path(folder).glob("search.*.nbi")
    )


@contextlib.contextmanager
def _stages() -> Generator[cutting.Progress]:
    """Show the stage and how much is done."""
    columns = (
        SpinnerColumn(),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=screen.err, transient=True) as shown:
        task = shown.add_task("", total=1.0)

        def tell(share: float, name: str) -> None:
            shown.update(task, completed=share, description=name)

        yield tell


def _write(
    wanted: Wanted, goal: Goal, pace: Pace, staging: tuple[float, float] | None, doors: Source,
    layers: Layers, town: Town, land: Land, made: Cut, turfs: Turfs,
    start: NDArray[np.float64] | None,
) -> None:  # fmt: skip
    paths = [wanted.out, wanted.polygons, wanted.picture, wanted.report]
    with all_or_nothing([path for path in paths if path is not None]) as places:
        write_turfs(places[wanted.out], town, turfs)
        if wanted.polygons:
            write_polygons(places[wanted.polygons], town, turfs)
        if wanted.picture:
            title = f"{len(turfs.ids):,} turfs of about {goal.size:g} {goal.unit}"
            sheet = Sheet(title, f"{len(town.ids):,} doors of {doors.name}", start)
            draw(places[wanted.picture], town, land, turfs, sheet)
        if wanted.report:
            write_report(
                places[wanted.report],
                _options(wanted, goal, pace, staging, doors, layers),
                town,
                land,
                made,
                turfs,
            )


def _options(
    wanted: Wanted, goal: Goal, pace: Pace, staging: tuple[float, float] | None, doors: Source,
    layers: Layers,
) -> dict[str, Any]:  # fmt: skip
    return {
        "doors": doors.name,
        "network": [one.name for one in layers.network],
        "barriers": [one.name for one in layers.barriers],
        "boundaries": layers.boundaries.name if layers.boundaries else None,
        "doors_per_turf": goal.doors,
        "minutes": goal.minutes,
        "staging": staging,
        "allow_crossing": wanted.allow_crossing,
        "pace": asdict(pace),
        "seed": wanted.seed,
        "quick": wanted.quick,
    }


def _tell(wanted: Wanted, town: Town, made: Cut, turfs: Turfs, cut_s: float, all_s: float) -> None:
    """What came of it, for people."""
    figures = made.figures
    table = Table("turfs", "doors", "minutes", "walk", "as wished ±10 %", "astride a barrier")
    held = turfs.doors
    if len(held):
        table.add_row(
            f"{len(held):,}",
            f"{held.min():g} to {held.max():g}",
            f"{turfs.minutes.min():.0f} to {turfs.minutes.max():.0f}",
            f"{turfs.walk_m.sum() / 1000:,.1f} km, {turfs.walk_m.sum() / held.sum():.1f} m a door",
            f"{figures['balanced_share']:.1%}",
            f"{figures['split_count']:,}",
        )
        screen.out.print(table)
    for note in turfs.notes:
        screen.err.print(f"[yellow]•[/] {escape(note)}", highlight=False)
    if turfs.left_over:
        reasons: dict[str, int] = {}
        for why in turfs.left_over.values():
            reasons[why] = reasons.get(why, 0) + 1
        first = max(reasons, key=lambda why: reasons[why])
        screen.err.print(
            f"[yellow]•[/] {len(turfs.left_over):,} doors have no turf, such as: {escape(first)} "
            + ("The report names each." if wanted.report else "--report FILE.json names each."),
            highlight=False,
        )
    written = [
        str(path) for path in (wanted.out, wanted.polygons, wanted.picture, wanted.report) if path
    ]
    screen.done(
        f"{len(town.ids):,} doors cut into {len(held):,} turfs in {cut_s:.1f} s, "
        f"{all_s:.1f} s with reading and writing: {escape(', '.join(written))}"
    )
