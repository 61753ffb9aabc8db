"""The map of a walk sheet: the way from door to door, in black on white."""

# The stubs of matplotlib and shapely leave keyword arguments untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from PIL import Image
from shapely.geometry.base import BaseGeometry

from doorstep.algorithms.projection import local_crs, project

_MM = 1 / 25.4
_DPI = 250
_ROOM = 1.12
_LEAST_M = 120.0
_INK = "#000000"
_STREET, _WALK, _SOFT = "#b4b4b4", "#404040", "#707070"
_WIDE = frozenset({"motorway", "trunk", "primary", "secondary", "tertiary"})
_PATHS = frozenset({"footway", "path", "steps", "cycleway", "pedestrian", "service", "track"})
# Around a stop, the nearest places first: right, left, above, below, then the corners.
_AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_RINGS_PT = (4.6, 9.0, 15.0)
_OFTEN = 5
_SIZES = {"o": 3.4, "s": 5.0}
_MOST_STREET_NAMES = 40

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What there is to draw: shapes in degrees, longitude first; doors in walking order."""

    doors: Points
    outline: BaseGeometry
    streets: Sequence[BaseGeometry]
    street_names: Sequence[str]
    highways: Sequence[str]
    barriers: Sequence[BaseGeometry]
    barrier_kinds: Sequence[str]


def draw(of: Ground, *, width_mm: float, height_mm: float) -> bytes:
    """The map as a PNG in greys, as fine as office printers print.

    Not as SVG: its thousands of paths make the file, and the memory to lay it out, many times as
    large. Nothing is shared between calls, so threads may draw at once.
    """
    metres = _Metres(of, width_mm / height_mm)
    figure = Figure(figsize=(width_mm * _MM, height_mm * _MM), dpi=_DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    west, south, east, north = metres.frame
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    _barriers(axes, metres)
    _streets(axes, metres)
    _outline(axes, metres.outline)
    stops = list(_stops(metres.doors))
    _way(axes, np.array([at for _, _, at in stops]))
    taken = [Bbox.from_extents(*box) for box in _dots(axes, stops)]
    _numbers(axes, stops, taken)
    _street_names(axes, metres, taken)
    _scale(axes, (east - west) / width_mm)
    out = io.BytesIO()
    canvas.draw()
    # All is grey, so one of its colours tells it whole.
    Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, 0]).save(out, "PNG")
    return out.getvalue()


class _Metres:
    """The ground in metres, cut to what is in view."""

    def __init__(self, of: Ground, shape: float) -> None:
        crs = local_crs(of.doors[:, 0], of.doors[:, 1])
        self.doors: Points = shapely.get_coordinates(project(shapely.MultiPoint(of.doors), crs))
        self.outline = project(of.outline, crs)
        self.frame = self._frame(shape)
        self.streets = self._in_view(_projected(of.streets, crs))
        self.street_names, self.highways = of.street_names, of.highways
        self.barriers = self._in_view(_projected(of.barriers, crs))
        self.barrier_kinds = of.barrier_kinds

    def _frame(self, shape: float) -> tuple[float, float, float, float]:
        """West, south, east, north around turf and doors, ``shape`` times as wide as high."""
        around = shapely.union(shapely.MultiPoint(self.doors).envelope, self.outline.envelope)
        west, south, east, north = around.bounds
        width = max((east - west) * _ROOM, (north - south) * _ROOM * shape, _LEAST_M)
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        half_x, half_y = width / 2, width / shape / 2
        return middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y

    def _in_view(self, shapes: NDArray[np.object_]) -> Any:
        west, south, east, north = self.frame
        beyond = (east - west) / 50
        return shapely.clip_by_rect(
            shapes, west - beyond, south - beyond, east + beyond, north + beyond
        )


def _projected(shapes: Sequence[BaseGeometry], crs: Any) -> NDArray[np.object_]:
    made = np.array(shapes, dtype=np.object_)
    return project(made, crs) if len(made) else made


def _lines(shapes: Any) -> list[Points]:
    parts = shapely.get_parts(shapely.get_parts(np.asarray(shapes, object)))
    return [shapely.get_coordinates(part) for part in parts if part.geom_type == "LineString"]


def _barriers(axes: Axes, ground: _Metres) -> None:
    """Water in strokes, railways as ladders, motorways as a double line: told apart without ink."""
    for shape, kind in zip(ground.barriers, ground.barrier_kinds, strict=True):
        for part in shapely.get_parts(shapely.get_parts(shape)):
            if part.geom_type == "Polygon":
                ring = shapely.get_coordinates(part.exterior)
                axes.fill(*ring.T, facecolor="#efefef", edgecolor="#9a9a9a", hatch="...", lw=0.4)
                continue
            x, y = shapely.get_coordinates(part).T
            if kind == "railway":
                axes.plot(x, y, color=_INK, lw=1.0)
                axes.plot(x, y, color=_INK, lw=3.4, dashes=(0.35, 1.6))
            elif kind == "motorway":
                axes.plot(x, y, color=_INK, lw=4.2)
                axes.plot(x, y, color="white", lw=2.6)
            else:
                axes.plot(x, y, color="#8c8c8c", lw=1.6, ls=(0, (4, 1.5)))


def _streets(axes: Axes, ground: _Metres) -> None:
    for width, dashes, chosen in (
        (3.6, None, [name in _WIDE for name in ground.highways]),
        (2.2, None, [name not in _WIDE | _PATHS for name in ground.highways]),
        (0.9, (0, (3, 2)), [name in _PATHS for name in ground.highways]),
    ):
        lines = _lines(ground.streets[np.array(chosen, dtype=bool)])
        if lines:
            # One path: a thousand elements would make the file a megabyte.
            drawn = Path.make_compound_path(*map(Path, lines))
            axes.add_patch(PathPatch(drawn, fc="none", ec=_STREET, lw=width, ls=dashes or "solid"))


def _outline(axes: Axes, outline: BaseGeometry) -> None:
    for part in shapely.get_parts(outline):
        for ring in shapely.get_rings(part):
            axes.plot(*shapely.get_coordinates(ring).T, color=_INK, lw=1.7, ls=(0, (6, 2, 1, 2)))


def _stops(doors: Points) -> Iterator[tuple[int, int, Points]]:
    """First line, last line and place of every stop: doors at one place, one after the other."""
    moves = np.flatnonzero(np.any(np.diff(doors, axis=0), axis=1)) + 1
    starts = [0, *moves.tolist()]
    for first, end in zip(starts, [*moves.tolist(), len(doors)], strict=True):
        yield first + 1, end, doors[first]


def _way(axes: Axes, places: Points) -> None:
    """The walk as a thin line, with arrows where it goes on for a while."""
    axes.plot(*places.T, color=_WALK, lw=0.7, zorder=3)
    legs = np.diff(places, axis=0)
    far = np.hypot(*legs.T) if len(legs) else np.empty(0)
    _, width_px = _pixels(axes)
    metres_per_px = (axes.get_xlim()[1] - axes.get_xlim()[0]) / width_px
    arrow = {"arrowstyle": "-|>,head_width=0.16,head_length=0.32", "color": _WALK, "lw": 0}
    for leg in np.flatnonzero(far > 40 * metres_per_px):
        begin, end = places[leg] + legs[leg] * 0.5, places[leg] + legs[leg] * 0.62
        axes.annotate("", end, begin, arrowprops=arrow, zorder=3)


def _pixels(axes: Axes) -> tuple[float, float]:
    box = axes.get_window_extent()
    return box.height, box.width


def _dots(
    axes: Axes, stops: Sequence[tuple[int, int, Points]]
) -> list[tuple[float, float, float, float]]:
    """A dot for a house, a square for a building with several doors; where they are, in pixels."""
    places = np.array([at for _, _, at in stops])
    several = np.array([last > first for first, last, _ in stops])
    begins = np.arange(len(stops)) == 0
    for marker, of_kind in (("o", ~several), ("s", several)):
        for fill, chosen in (("white", of_kind & ~begins), (_INK, of_kind & begins)):
            style: dict[str, Any] = {
                "mfc": fill,
                "mec": _INK,
                "mew": 0.9,
                "ms": _SIZES[marker],
                "zorder": 4,
            }
            axes.plot(*places[chosen].T, marker, **style)
    half = np.where(several, _SIZES["s"], _SIZES["o"])[:, None] * _DPI / 72 / 2
    middle = axes.transData.transform(places)
    return [tuple(box) for box in np.hstack((middle - half, middle + half)).tolist()]


def _numbers(axes: Axes, stops: Sequence[tuple[int, int, Points]], taken: list[Bbox]) -> None:
    """The numbers of the lines; where there is no room, every fifth is tried first."""
    often = [s for n, s in enumerate(stops) if n in (0, len(stops) - 1) or n % _OFTEN == 0]
    rest = [stop for n, stop in enumerate(stops) if n % _OFTEN and n != len(stops) - 1]
    halo = [withStroke(linewidth=1.8, foreground="white")]
    for first, last, at in [*often, *rest]:
        words = str(first) if first == last else f"{first}\N{EN DASH}{last}"
        label = axes.text(
            at[0], at[1], words, fontsize=6.4, ha="center", va="center", zorder=6,
            path_effects=halo, weight="bold" if first == 1 else "normal", parse_math=False,
        )  # fmt: skip
        if not _placed(axes, label, at, taken):
            label.remove()


def _placed(axes: Axes, label: Text, at: Points, taken: list[Bbox]) -> bool:
    """Move the label to the first free place around its stop; further off it gets a leader."""
    box = label.get_window_extent()
    middle = axes.transData.transform(at)
    page = axes.get_window_extent()
    for ring_pt in _RINGS_PT:
        for right, up in _AROUND:
            reach = np.array([right, up]) * ring_pt * _DPI / 72
            reach += np.array([right * box.width / 2, up * box.height / 2]) * (ring_pt > 0)
            reach -= np.array([right, up]) * 2.2 * _DPI / 72
            moved = box.translated(*reach)
            inside = page.x0 < moved.x0 and page.y0 < moved.y0
            inside = inside and moved.x1 < page.x1 and moved.y1 < page.y1
            if not inside or any(moved.overlaps(other) for other in taken):
                continue
            end = axes.transData.inverted().transform(middle + reach)
            label.set_position((float(end[0]), float(end[1])))
            taken.append(moved)
            if ring_pt > _RINGS_PT[0]:
                axes.plot(*np.array([at, end]).T, color=_SOFT, lw=0.4, zorder=3)
            return True
    return False


def _street_names(axes: Axes, ground: _Metres, taken: list[Bbox]) -> None:
    """Each street's name along its longest stretch in view, where nothing else is."""
    seen: dict[str, tuple[float, Points]] = {}
    for name, shape in zip(ground.street_names, ground.streets, strict=True):
        for line in _lines([shape]) if name and not shape.is_empty else []:
            steps = np.hypot(*np.diff(line, axis=0).T)
            longest = int(steps.argmax())
            if steps[longest] > seen.get(name, (0.0,))[0]:
                seen[name] = float(steps[longest]), line[longest : longest + 2]
    halo = [withStroke(linewidth=2, foreground="white")]
    by_length = sorted(seen.items(), key=lambda item: -item[1][0])
    for name, (_, (begin, end)) in by_length[:_MOST_STREET_NAMES]:
        turn = np.degrees(np.arctan2(*(end - begin)[::-1]))
        upright = (turn + 90) % 180 - 90
        x, y = (begin + end) / 2
        label = axes.text(
            x, y, name[:40], fontsize=6.2, style="italic", color="#303030",
            ha="center", va="center", rotation=upright, rotation_mode="anchor", zorder=5,
            path_effects=halo, parse_math=False,
        )  # fmt: skip
        box = label.get_window_extent()
        page = axes.get_window_extent()
        if any(box.overlaps(other) for other in taken) or not page.contains(box.x0, box.y0):
            label.remove()
        else:
            taken.append(box)


def _scale(axes: Axes, metres_per_mm: float) -> None:
    """A bar of a round length, and where north is, at the foot of the map."""
    most_m = 40 * metres_per_mm
    power = 10 ** int(np.floor(np.log10(most_m)))
    length_m = next(step * power for step in (5, 2, 1) if step * power <= most_m)
    west, south = axes.get_xlim()[0], axes.get_ylim()[0]
    x, y = west + 3 * metres_per_mm, south + 3 * metres_per_mm
    halo = [withStroke(linewidth=2.5, foreground="white")]
    ends = (x, x, x + length_m, x + length_m)
    tick = y + 1.5 * metres_per_mm
    axes.plot(ends, (tick, y, y, tick), color=_INK, lw=1, zorder=7, path_effects=halo)
    axes.text(
        x + length_m / 2, y + metres_per_mm, f"{length_m:,} m", fontsize=6.5, ha="center",
        va="bottom", zorder=7, path_effects=halo,
    )  # fmt: skip
    arrow = {"arrowstyle": "-|>,head_width=0.25,head_length=0.5", "color": _INK, "lw": 1.2}
    foot = x + length_m + 6 * metres_per_mm
    axes.annotate("", (foot, y + 8 * metres_per_mm), (foot, y), arrowprops=arrow, zorder=7)
    axes.text(foot + metres_per_mm, y + 4 * metres_per_mm, "N", fontsize=7, zorder=7)
