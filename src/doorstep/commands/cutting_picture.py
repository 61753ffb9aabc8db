"""A sheet of paper to hang up: turfs in colours with their numbers, walks, streets, barriers."""

# The stubs of matplotlib and shapely leave keyword arguments untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from heapq import heapify, heappop, heappush
from math import floor, log10
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from doorstep.commands.cutting_doors import Town
from doorstep.commands.cutting_ground import Land
from doorstep.commands.cutting_report import Turfs
from doorstep.reports.picture import plain

_shapely: Any = shapely
DPI = 200
LONG_IN, SHORT_IN = 16.54, 11.69  # A3, ISO 216.
EDGE_IN, HEAD_IN, FOOT_IN = 0.45, 0.85, 0.75
INK, SOFT_INK, LAND = "#22303c", "#5b6770", "#f7f5f0"
STREET, WALK = "#8d8a82", "#3d3d3d"
# The light scheme of Paul Tol, "Colour Schemes" (SRON/EPS/TN/09-002, 2021), apart for the
# colour-blind; without its blues, which are water here.
TINTS = ("#eedd88", "#ee8866", "#44bb99", "#ffaabb", "#bbcc33", "#dddddd", "#aaaa00")
TINT_STRENGTH = 0.62
BARRIERS = {
    "water": ("#9cc3dd", 1.2, "Water"),
    "railway": ("#2b2b2b", 0.9, "Railway"),
    "motorway": ("#b5351c", 2.0, "Motorway"),
}
OTHER = ("#7a1f5c", 1.8, "Barrier")
NEXT_TO_M = 20.0
"""Outlines this near to each other get different colours."""
SMALL_PT2 = 30.0
"""An outline of fewer square points is a dot, such as the floors of a tower."""
ROOMY_PT2 = 250.0
SAME_HOUSE_PT = 6.0
LABEL_PT = (4.2, 14.0)
DIGIT_EM, CAPITAL_EM = 0.72, 0.78
"""How wide and high a bold digit is, with a little air, as a share of the size of the letters."""
MOST_NUMBERS = 3_000
"""Of more turfs, no number could be read on this paper."""
FEW_TINTS = 5
LINE_WIDTH, START_PT = 0.45, 1.5


class Sheet(NamedTuple):
    """What is written on the sheet; `start` is where walks begin, in metres."""

    title: str
    subtitle: str
    start: NDArray[np.float64] | None


class _Label(NamedTuple):
    """A number or numbers at a spot, in points from the map's corner."""

    text: str
    x: float
    y: float
    size: float
    aside: bool
    """Beside the spot rather than on it: the spot is too small."""


def draw(path: Path, town: Town, land: Land, turfs: Turfs, sheet: Sheet) -> None:
    """Draw the turfs on A3, upright or across as they fit, and write it as PNG or PDF."""
    west, south, east, north = _extent(town, sheet)
    wide = (east - west) > (north - south)
    size = (LONG_IN, SHORT_IN) if wide else (SHORT_IN, LONG_IN)
    figure = Figure(figsize=size, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    room = size[0] - 2 * EDGE_IN, size[1] - HEAD_IN - FOOT_IN
    points_per_m = 72 * min(room[0] / (east - west), room[1] / (north - south))
    ground = figure.add_axes(
        (EDGE_IN / size[0], FOOT_IN / size[1], room[0] / size[0], room[1] / size[1]),
        facecolor=LAND,
    )
    _frame(ground, (west + east) / 2, (south + north) / 2, room, points_per_m)
    _draw_areas(ground, land, turfs)
    _draw_lines(ground, land)
    _draw_walks(ground, town, turfs)
    if sheet.start is not None:
        ground.plot(*sheet.start, marker="*", ms=18, color=INK, mec="white", mew=1.2, zorder=8)
    _write_labels(ground, _labels(ground, turfs, points_per_m), points_per_m)
    _write_around(figure, land, sheet, size, points_per_m)
    kind = path.suffix[1:].lower()
    # The same cut gives the same bytes.
    figure.savefig(
        path, format=kind, metadata={"CreationDate": None} if kind == "pdf" else {"Software": None}
    )


def _extent(town: Town, sheet: Sheet) -> tuple[float, float, float, float]:
    xy = town.doors.xy[town.placed]
    if sheet.start is not None and np.isfinite(sheet.start).all():
        xy = np.vstack([xy, sheet.start])
    (west, south), (east, north) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    pad = max(60.0, 0.02 * max(east - west, north - south))
    return west - pad, south - pad, east + pad, north + pad


def _frame(
    ground: Axes, x: float, y: float, room: tuple[float, float], points_per_m: float
) -> None:
    """Show as much as there is room for around the middle, at one scale both ways."""
    half = [72 * side / points_per_m / 2 for side in room]
    ground.set_xlim(x - half[0], x + half[0])
    ground.set_ylim(y - half[1], y + half[1])
    ground.set_xticks([])
    ground.set_yticks([])
    for spine in ground.spines.values():
        spine.set(color=SOFT_INK, linewidth=0.6)


def tints_of(outlines: NDArray[np.object_]) -> list[int]:
    """A colour for each outline, other than those of its neighbours where there are enough.

    The most crowded first (Brélaz's DSATUR, 1979): a map seldom needs more than five so.
    """
    a, b = _shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=NEXT_TO_M)
    beside: list[set[int]] = [set() for _ in outlines]
    for one, other in zip(a.tolist(), b.tolist(), strict=True):
        if one != other:
            beside[one].add(other)
    tint = [-1] * len(outlines)
    seen: list[set[int]] = [set() for _ in outlines]
    waiting = [(0, -len(others), at) for at, others in enumerate(beside)]
    heapify(waiting)
    used = [0] * len(TINTS)
    while waiting:
        known, _, at = heappop(waiting)
        if tint[at] >= 0 or -known < len(seen[at]):
            continue  # It was put in again since.
        free = [one for one in range(len(TINTS)) if one not in seen[at]] or range(len(TINTS))
        # Of the first five, the one used least: so that no colour fills the map.
        tint[at] = min(free, key=lambda one: (one >= FEW_TINTS, used[one], one))
        used[tint[at]] += 1
        for other in beside[at]:
            if tint[other] < 0 and tint[at] not in seen[other]:
                seen[other].add(tint[at])
                heappush(waiting, (-len(seen[other]), -len(beside[other]), other))
    return tint


def _draw_areas(ground: Axes, land: Land, turfs: Turfs) -> None:
    water = [
        shape
        for shape, kind in zip(land.ground.barriers, land.kinds, strict=True)
        if "Polygon" in shape.geom_type and kind in {"water", ""}
    ]
    ground.add_collection(
        PathCollection(_areas(water), facecolor="#cfe3f0", edgecolor="none", zorder=1)
    )
    tints = [TINTS[at] for at in tints_of(turfs.outlines)]
    ground.add_collection(
        PathCollection(
            _areas(turfs.outlines),
            facecolor=tints,
            alpha=TINT_STRENGTH,
            edgecolor="none",
            zorder=2,
        )
    )
    ground.add_collection(
        PathCollection(
            _areas(turfs.outlines), facecolor="none", edgecolor=INK, linewidth=0.5, zorder=5
        )
    )


def _draw_lines(ground: Axes, land: Land) -> None:
    ground.add_collection(
        LineCollection(_lines(land.ground.edges), color=STREET, linewidth=0.35, zorder=3)
    )
    for shape, kind in zip(land.ground.barriers, land.kinds, strict=True):
        colour, width, _ = BARRIERS.get(kind, OTHER)
        edge = shape.boundary if "Polygon" in shape.geom_type else shape
        ground.add_collection(
            LineCollection(_lines([edge]), color=colour, linewidth=width, zorder=4)
        )
    areas = [shape.boundary for shape in land.ground.boundaries]
    ground.add_collection(
        LineCollection(
            _lines(areas), color="#7a1f5c", linewidth=1.1, linestyle=(0, (5, 3)), zorder=5
        )
    )


def _draw_walks(ground: Axes, town: Town, turfs: Turfs) -> None:
    """Each walk as a thin line with a dot where it begins."""
    order = np.lexsort((turfs.seq, turfs.number))
    order = order[turfs.number[order] >= 0]
    xy, number = town.doors.xy[order], turfs.number[order]
    same = number[1:] == number[:-1]
    legs = np.stack([xy[:-1][same], xy[1:][same]], axis=1)
    legs = legs[np.hypot(*(legs[:, 0] - legs[:, 1]).T) > 0]
    ground.add_collection(
        LineCollection(list(legs), color=WALK, linewidth=LINE_WIDTH, alpha=0.85, zorder=6)
    )
    first = turfs.seq[order] == 0
    ground.plot(*xy[first].T, "o", ms=START_PT, color=WALK, mec="none", zorder=6)


def _labels(ground: Axes, turfs: Turfs, points_per_m: float) -> list[_Label]:
    """Numbers, as large as their turf has room for; those of one tower in one label."""
    if not 0 < len(turfs.outlines) <= MOST_NUMBERS:
        return []
    parts, owner = _shapely.get_parts(turfs.outlines, return_index=True)
    area = _shapely.area(parts) * points_per_m**2
    largest = np.zeros(len(turfs.ids))
    np.maximum.at(largest, owner, area)
    # A turf in pieces has its number on each that has room.
    chosen = (area == largest[owner]) | (area >= ROOMY_PT2)
    parts, owner, area = parts[chosen], owner[chosen], area[chosen]
    corner = ground.get_xlim()[0], ground.get_ylim()[0]
    spots = _shapely.get_coordinates([_inside(part) for part in parts])
    spots = (spots - corner) * points_per_m
    small = np.flatnonzero(area < SMALL_PT2)
    labels: list[_Label] = []
    for at in np.flatnonzero(area >= SMALL_PT2).tolist():
        x, y = spots[at].tolist()
        size = float(np.clip(0.27 * area[at] ** 0.5, *LABEL_PT))
        labels.append(_Label(turfs.ids[owner[at]], x, y, size, aside=False))
    for group in _groups(spots[small]):
        rows = small[group].tolist()
        x, y = spots[rows].mean(axis=0).tolist()
        text = ranges([int(turfs.ids[at]) for at in owner[rows]])
        labels.append(_Label(text, x, y, LABEL_PT[0], aside=True))
    # What is on its turf has the least choice, of those the small.
    return sorted(labels, key=lambda one: (one.aside, one.size, one.text))


def _inside(part: Any) -> Any:
    """The spot that is farthest from the edge."""
    return shapely.Point(_shapely.maximum_inscribed_circle(part, tolerance=2.0).coords[0])


def _groups(spots_pt: NDArray[np.float64]) -> list[list[int]]:
    """Spots so near to each other that they share a label."""
    points = _shapely.points(spots_pt)
    a, b = _shapely.STRtree(points).query(points, predicate="dwithin", distance=SAME_HOUSE_PT)
    beside: list[list[int]] = [[] for _ in points]
    for one, other in zip(a.tolist(), b.tolist(), strict=True):
        beside[one].append(other)
    left = dict.fromkeys(range(len(points)))
    groups: list[list[int]] = []
    for first in range(len(points)):
        if first in left:
            near = [one for one in beside[first] if one in left]
            groups.append(near)
            for one in near:
                del left[one]
    return groups


def ranges(numbers: list[int]) -> str:
    """Numbers as people list them: 3, 5 to 7 as "3, 5-7"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)  # noqa: RUF001


def _write_labels(ground: Axes, labels: list[_Label], points_per_m: float) -> None:
    """The labels, none upon another as long as there is room."""
    corner = ground.get_xlim()[0], ground.get_ylim()[0]
    taken = np.array([[one.x - 2, one.y - 2, one.x + 2, one.y + 2] for one in labels if one.aside])
    taken = taken.reshape(-1, 4)
    for one in labels:
        spot = one.x / points_per_m + corner[0], one.y / points_per_m + corner[1]
        if one.aside:
            ground.plot(*spot, "s", ms=2.4, color=INK, mec="white", mew=0.4, zorder=7)
        options = [_placed(one, dx, dy, size) for dx, dy, size in _places(one)]
        free = (box for box in options if not _covers(taken, box))
        west, south, east, north = chosen = next(free, options[0])
        taken = np.vstack([taken, chosen])
        ground.annotate(
            one.text,
            spot,
            ((west + east) / 2 - one.x, (south + north) / 2 - one.y),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=(north - south) / CAPITAL_EM,
            weight="bold",
            color=INK,
            zorder=9,
            parse_math=False,
            path_effects=[withStroke(linewidth=1.2, foreground="white")],
        )


def _places(label: _Label) -> list[tuple[float, float, float]]:
    """Where a label may stand, the best first: sideways and upward from its spot, and its size."""
    if label.aside:
        half = DIGIT_EM * len(label.text) * label.size / 2 + 3
        ring = [(half, 0), (-half, 0), (0, 5), (0, -5), (half, 4), (half, -4), (-half, 4)]
        return [
            (times * dx, times * dy, label.size) for times in (1.0, 1.6, 2.3) for dx, dy in ring
        ]
    sizes = [label.size, max(LABEL_PT[0], 0.8 * label.size), LABEL_PT[0]]
    ring = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (0, 1.8), (0, -1.8)]
    return [(dx * size * 0.6, dy * size * 0.6, size) for size in sizes for dx, dy in ring]


def _placed(label: _Label, dx: float, dy: float, size: float) -> tuple[float, float, float, float]:
    wide, high = DIGIT_EM * len(label.text) * size / 2, CAPITAL_EM * size / 2
    x, y = label.x + dx, label.y + dy
    return x - wide, y - high, x + wide, y + high


def _covers(taken: NDArray[np.float64], box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    beside = (taken[:, 0] >= east) | (taken[:, 2] <= west)
    return bool((~beside & (taken[:, 1] < north) & (taken[:, 3] > south)).any())


def _write_around(
    figure: Figure, land: Land, sheet: Sheet, size: tuple[float, float], points_per_m: float
) -> None:
    """Title, legend, scale, north and whose the map is."""
    paper: Any = figure.add_axes((0, 0, 1, 1), facecolor="none", zorder=20)
    paper.set_xlim(0, size[0])
    paper.set_ylim(0, size[1])
    paper.set_axis_off()
    words: dict[str, Any] = {"parse_math": False, "color": INK}
    top = size[1] - 0.42
    paper.text(
        EDGE_IN, top, plain(sheet.title, limit=80), fontsize=22, weight="bold", va="center", **words
    )
    paper.text(
        size[0] - EDGE_IN,
        top,
        plain(sheet.subtitle, limit=80),
        fontsize=11,
        ha="right",
        va="center",
        **words,
    )
    x, y = EDGE_IN, 0.45
    for colour, width, style, name in _legend(land, sheet):
        if style == "*":
            paper.plot([x + 0.2], [y], marker="*", ms=12, color=colour)
        else:
            paper.plot([x, x + 0.4], [y, y], color=colour, linewidth=width, linestyle=style)
        text = paper.text(x + 0.5, y, name, fontsize=9, va="center", **words)
        box = text.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        x += 0.5 + box.width / DPI + 0.3
    length_m = round_length(2.4 * 72 / points_per_m)
    bar = length_m * points_per_m / 72
    right = size[0] - EDGE_IN - 0.5
    paper.plot(
        [right - bar, right - bar, right, right],
        [y + 0.06, y, y, y + 0.06],
        color=INK,
        linewidth=1.4,
    )
    said = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"  # noqa: PLR2004
    paper.text(right - bar / 2, y + 0.08, said, fontsize=9, ha="center", va="bottom", **words)
    paper.annotate(
        "", (size[0] - EDGE_IN - 0.12, y + 0.2), (size[0] - EDGE_IN - 0.12, y - 0.12),
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.4},
    )  # fmt: skip
    paper.text(
        size[0] - EDGE_IN - 0.12,
        y - 0.14,
        "N",
        fontsize=9,
        weight="bold",
        ha="center",
        va="top",
        **words,
    )
    if land.attribution:
        paper.text(
            EDGE_IN,
            0.14,
            f"Map data {land.attribution}, openstreetmap.org/copyright",
            fontsize=8,
            **words,
        )


def _legend(land: Land, sheet: Sheet) -> list[tuple[str, float, Any, str]]:
    entries: list[tuple[str, float, Any, str]] = [(WALK, 1.0, "-", "Walk, from its dot")]
    if len(land.ground.edges):
        entries.append((STREET, 0.8, "-", "Street"))
    kinds = dict.fromkeys(kind if kind in BARRIERS else "" for kind in land.kinds)
    for kind in [one for one in (*BARRIERS, "") if one in kinds]:
        colour, width, name = BARRIERS.get(kind, OTHER)
        entries.append((colour, width + 0.4, "-", name))
    if len(land.ground.boundaries):
        entries.append(("#7a1f5c", 1.1, (0, (5, 3)), "Boundary"))
    if sheet.start is not None:
        entries.append((INK, 0, "*", "Walks begin"))
    return entries


def round_length(most_m: float) -> float:
    """The longest of 1, 2 or 5 times a power of ten that fits."""
    step = 10.0 ** floor(log10(most_m))
    return max(times * step for times in (1, 2, 5) if times * step <= most_m)


def _lines(shapes: Any) -> list[NDArray[np.float64]]:
    if not len(shapes):
        return []
    parts = _shapely.get_parts(np.asarray(shapes, dtype=object))
    xy, owner = _shapely.get_coordinates(parts, return_index=True)
    return np.split(xy, np.flatnonzero(np.diff(owner)) + 1) if len(xy) else []


def _areas(shapes: Any) -> list[Outline]:
    """Each shape as one path, its holes wound the other way."""
    made: list[Outline] = []
    for shape in shapes:
        rings = _shapely.get_rings(_shapely.get_parts(_shapely.normalize(shape)))
        loops = [Outline(_shapely.get_coordinates(ring), closed=True) for ring in rings]
        made.append(Outline.make_compound_path(*loops) if loops else Outline(np.empty((0, 2))))
    return made
