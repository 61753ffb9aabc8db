"""A picture of the work in the field: turfs, doors by status, and what cannot be crossed."""

# The stubs of matplotlib and shapely leave keyword arguments untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import cos, floor, log10, radians
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox, IdentityTransform, Transform
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from doorstep.algorithms.projecting import Result, Status

# At 200 dots per inch a text of 8.5 points is 24 of the 1,600 pixels high: easy to read.
_DPI = 200
_WIDTH_PX = 1600
_MARGIN_PX = 40
_TOP_PX = 110
_FOOT_PX = 76
_PANEL_PX = 1240
_RIGHT_PX = _WIDTH_PX - _MARGIN_PX
_ROW_PX = 40
_MAP_WIDTH_PX = _PANEL_PX - 36 - _MARGIN_PX
# The lower bound leaves room for the longest list in the panel.
_MAP_HEIGHT_PX = (900, 1600)
_ROOM = 1.06
_KM = 1000
_NO_DOORS = "There are no doors yet"
_LEAST_M = 150.0
# Metres in a degree of latitude, to one part in 200 anywhere; a scale bar needs no better.
_METRES_PER_DEGREE = 111_200.0

_INK, _SOFT_INK, _LAND = "#22303c", "#5b6770", "#f7f5f0"
_STREET, _TURF_EDGE, _DONE = "#d5d0c6", "#3d4a57", "#009e73"


class Style(NamedTuple):
    """How doors of a status look."""

    label: str
    colour: str
    marker: str


# Hues after Okabe and Ito (2008), most of which the colour-blind tell apart; shapes do the rest.
STYLES: dict[Status, Style] = {
    "open": Style("Not tried yet", "#8a949d", "o"),
    Result.NOT_HOME: Style("Not home", "#56b4e9", "o"),
    Result.COME_BACK: Style("Come back", "#f0c800", "^"),
    Result.CANVASSED: Style("Canvassed", "#009e73", "s"),
    Result.REFUSED: Style("Refused", "#d55e00", "X"),
    Result.LANGUAGE_BARRIER: Style("Language barrier", "#cc79a7", "D"),
    Result.MOVED: Style("Moved", "#0072b2", ">"),
    Result.DECEASED: Style("Deceased", "#4d4d4d", "P"),
    Result.INACCESSIBLE: Style("Inaccessible", "#e69f00", "v"),
    "locked": Style("Building locked", "#8c510a", "p"),
    Result.DO_NOT_CONTACT: Style("Do not contact", "#000000", "*"),
}


_SHAPES = {
    style.marker: MarkerStyle(style.marker)
    .get_path()
    .transformed(MarkerStyle(style.marker).get_transform())
    for style in STYLES.values()
}


@dataclass(frozen=True, slots=True, eq=False)
class TurfShapes:
    """Turfs to draw: polygons in degrees, longitude first, and the share of doors done, 0 to 1."""

    names: Sequence[str] = ()
    progress: Sequence[float] = ()
    polygons: Sequence[BaseGeometry] = ()

    def __post_init__(self) -> None:
        _same_length("TurfShapes", self.names, self.progress, self.polygons)
        for row, share in enumerate(self.progress):
            if not 0 <= share <= 1:
                msg = f"TurfShapes.progress[{row}] must lie within 0 and 1, not {share}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class DoorPoints:
    """Doors to draw: shape (n, 2) in degrees, longitude first, and the status of each."""

    lonlat: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    status: Sequence[Status] = ()

    def __post_init__(self) -> None:
        if self.lonlat.shape[1:] != (2,):
            msg = f"DoorPoints.lonlat must have shape (n, 2), not {self.lonlat.shape}"
            raise ValueError(msg)
        _same_length("DoorPoints", self.lonlat, self.status)
        within = (np.abs(self.lonlat) <= (180.0, 90.0)).all(axis=1)
        if not within.all():
            msg = f"DoorPoints.lonlat[{int(within.argmin())}] is no longitude and latitude"
            raise ValueError(msg)
        if unknown := set(self.status) - STYLES.keys():
            msg = f"DoorPoints.status has unknown entries: {sorted(map(str, unknown))}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class BarrierShapes:
    """What cannot be crossed on foot: lines and polygons in degrees; kind as in `BARRIERS`."""

    shapes: Sequence[BaseGeometry] = ()
    kinds: Sequence[str] = ()

    def __post_init__(self) -> None:
        _same_length("BarrierShapes", self.shapes, self.kinds)
        if unknown := set(self.kinds) - BARRIERS.keys():
            msg = f"BarrierShapes.kinds must be of {sorted(BARRIERS)}, not {sorted(unknown)}"
            raise ValueError(msg)


# Colour, width in points, and label of each kind of barrier.
BARRIERS = {
    "water": ("#b5d3e7", 1.6, "Water"),
    "motorway": ("#b98fa0", 2.2, "Motorway"),
    "railway": ("#6f6f6f", 1.3, "Railway"),
}


def _same_length(name: str, *columns: Sequence[object] | NDArray[np.float64]) -> None:
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        msg = f"the columns of {name} must be equally long, not {lengths}"
        raise ValueError(msg)


def draw_map(
    out: Path | BinaryIO,
    *,
    turfs: TurfShapes,
    doors: DoorPoints,
    streets: Sequence[BaseGeometry],
    barriers: BarrierShapes,
    title: str,
    attribution: str,
    generated_at: datetime,
    tint: str = "Doors done",
    nothing: str = _NO_DOORS,
) -> None:
    """Draw the map as a PNG, 1,600 pixels wide and as high as the ground asks.

    ``tint`` says what the progress of turfs is, ``nothing`` what it means that there are no doors.
    It shows the ground that turfs and doors cover, or the streets if there are neither. Nothing is
    shared between calls, so threads may draw at once; the same input gives the same picture.
    """
    frame = _Frame.around([*turfs.polygons, shapely.MultiPoint(doors.lonlat)], streets)
    size = (_WIDTH_PX / _DPI, frame.height_px / _DPI)
    figure = Figure(figsize=size, dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    ground, sheet = frame.ground(figure), frame.sheet(figure)
    _draw_streets(ground, streets)
    _draw_barriers(ground, barriers)
    _draw_turfs(ground, turfs)
    _draw_doors(ground, doors, frame, nothing)
    unnamed_count = _name_turfs(ground, turfs)
    y = _list_doors(sheet, doors, _TOP_PX + 20)
    y = _list_turfs(sheet, turfs, unnamed_count, tint, y + 50)
    _list_barriers(sheet, barriers, y + 50)
    _draw_scale(sheet, frame)
    _write(sheet, _MARGIN_PX, 62, title, size=15, weight="bold", limit=66)
    drawn = f"drawn {generated_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    _write(sheet, _MARGIN_PX, frame.height_px - 36, attribution, limit=90, color=_SOFT_INK)
    _write(sheet, _RIGHT_PX, frame.height_px - 36, drawn, ha="right", color=_SOFT_INK)
    figure.savefig(out, format="png", metadata={"Title": plain(title)})


@dataclass(frozen=True, slots=True)
class _Frame:
    """The ground in view, in degrees, and its size on the sheet."""

    west: float
    south: float
    east: float
    north: float
    map_height_px: int
    m_per_px: float

    @classmethod
    def around(cls, shapes: Sequence[BaseGeometry], otherwise: Sequence[BaseGeometry]) -> "_Frame":
        found = [s for s in shapes if not s.is_empty] or [s for s in otherwise if not s.is_empty]
        # With nothing to show, any ground serves to write on.
        west, south, east, north = shapely.total_bounds(found or shapely.Point(0, 0)).tolist()
        x, y = (west + east) / 2, (south + north) / 2
        # A degree of longitude shrinks with the cosine of the latitude.
        x_m = _METRES_PER_DEGREE * max(cos(radians(y)), 0.01)
        width_m = max((east - west) * x_m * _ROOM, _LEAST_M)
        height_m = max((north - south) * _METRES_PER_DEGREE * _ROOM, _LEAST_M)
        low, high = _MAP_HEIGHT_PX
        height_px = round(min(max(_MAP_WIDTH_PX * height_m / width_m, low), high))
        m_per_px = max(width_m / _MAP_WIDTH_PX, height_m / height_px)
        half_x, half_y = (
            m_per_px * _MAP_WIDTH_PX / 2 / x_m,
            m_per_px * height_px / 2 / _METRES_PER_DEGREE,
        )
        return cls(x - half_x, y - half_y, x + half_x, y + half_y, height_px, m_per_px)

    @property
    def height_px(self) -> int:
        return _TOP_PX + self.map_height_px + _FOOT_PX

    def ground(self, figure: Figure) -> Axes:
        """Return the axes of the map, in degrees."""
        box = (_MARGIN_PX, _FOOT_PX, _MAP_WIDTH_PX, self.map_height_px)
        sides = (_WIDTH_PX, self.height_px) * 2
        axes = figure.add_axes(tuple(np.divide(box, sides).tolist()), facecolor=_LAND)
        axes.set(xlim=(self.west, self.east), ylim=(self.south, self.north), xticks=(), yticks=())
        for spine in axes.spines.values():
            spine.set_edgecolor(_STREET)
        return axes

    def sheet(self, figure: Figure) -> Axes:
        """Return axes over the whole picture, in pixels from its top left corner."""
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, _WIDTH_PX), ylim=(self.height_px, 0))
        axes.set_axis_off()
        return axes


def _draw_streets(ground: Axes, streets: Sequence[BaseGeometry]) -> None:
    lines = LineCollection(_lines(streets), colors=_STREET, linewidths=0.9, capstyle="round")
    ground.add_collection(lines, autolim=False)


def _draw_barriers(ground: Axes, barriers: BarrierShapes) -> None:
    for kind, (colour, width, _) in BARRIERS.items():
        shapes = [s for s, k in zip(barriers.shapes, barriers.kinds, strict=True) if k == kind]
        areas = PathCollection(_areas(shapes), facecolors=colour, edgecolors="none", zorder=1.2)
        lines = LineCollection(_lines(shapes), colors=colour, linewidths=width)
        ground.add_collection(areas, autolim=False)
        ground.add_collection(lines, autolim=False)
        if kind == "railway":
            dashes = LineCollection(_lines(shapes), linewidths=width / 2, linestyles=(0, (4, 4)))
            dashes.set_color("white")
            ground.add_collection(dashes, autolim=False)


def _draw_turfs(ground: Axes, turfs: TurfShapes) -> None:
    """Tint the turfs below everything else, but draw their edges above the streets."""
    outlines = [_areas([polygon]) for polygon in turfs.polygons]
    for share, areas in zip(turfs.progress, outlines, strict=True):
        tinted = PathCollection(areas, facecolors=[_tint(share)], edgecolors="none", zorder=1)
        ground.add_collection(tinted, autolim=False)
    edges = [area for areas in outlines for area in areas]
    ground.add_collection(
        PathCollection(edges, facecolors="none", edgecolors=_TURF_EDGE, linewidths=1, zorder=2.5),
        autolim=False,
    )


def _tint(share: float) -> tuple[float, float, float, float]:
    return (*to_rgb(_DONE), 0.04 + 0.30 * share)


def _draw_doors(ground: Axes, doors: DoorPoints, frame: _Frame, nothing: str) -> None:
    """Draw doors as large as they can be without hiding each other."""
    if not len(doors.lonlat):
        box = {"boxstyle": "round,pad=0.8", "facecolor": "white", "edgecolor": _STREET}
        place: dict[str, Any] = {
            "transform": ground.transAxes,
            "ha": "center",
            "va": "center",
            "zorder": 6,
        }
        ground.text(0.5, 0.5, nothing, fontsize=13, color=_INK, bbox=box, **place)
        return
    origin = np.array([frame.west, frame.south])
    degrees_per_px = (np.array([frame.east, frame.north]) - origin) / _map_size(frame)
    at_px = (doors.lonlat - origin) / degrees_per_px
    size_px = _door_size_px(at_px)
    spots = _spread(at_px, size_px) * degrees_per_px + origin
    ground.add_collection(_marks(doors.status, spots, size_px, ground.transData), autolim=False)


def _marks(
    status: Sequence[Status], spots: NDArray[np.float64], size_px: float, to_page: Transform
) -> PathCollection:
    """Return the marks of doors, on top of each other as listed, so that no status hides others.

    Untried doors are hollow.
    """
    styles = [STYLES[key] for key in status]
    hollow = STYLES["open"]
    return PathCollection(
        [_SHAPES[style.marker] for style in styles],
        sizes=[(size_px * 72 / _DPI) ** 2],
        offsets=spots,
        transform=IdentityTransform(),
        offset_transform=to_page,
        facecolors=["white" if style is hollow else style.colour for style in styles],
        edgecolors=[style.colour if style is hollow else "white" for style in styles],
        linewidths=[size_px / (24 if style is hollow else 45) for style in styles],
        zorder=3,
    )


def _map_size(frame: _Frame) -> tuple[int, int]:
    return _MAP_WIDTH_PX, frame.map_height_px


def _door_size_px(at_px: NDArray[np.float64]) -> float:
    """Return the size that fits the room per door where doors are, not on the map as a whole."""
    cell_px = 60
    cell_count = len(np.unique(at_px // cell_px, axis=0))
    room_px = cell_px * (cell_count / len(np.unique(at_px, axis=0))) ** 0.5
    return min(max(0.7 * room_px, 6.0), 17.0)


def _spread(at_px: NDArray[np.float64], size_px: float) -> NDArray[np.float64]:
    """Fan doors at one point out into a small disc, so that a building shows its mixture.

    The spiral turns by the golden angle, as the seeds of a sunflower do (Vogel 1979).
    """
    _, spot, count = np.unique(at_px, axis=0, return_inverse=True, return_counts=True)
    by_spot = np.argsort(spot, kind="stable")
    rank = np.empty(len(spot))
    rank[by_spot] = np.arange(len(spot)) - np.repeat(np.cumsum(count) - count, count)
    crowd = count[spot]
    radius_px = size_px * np.minimum(0.5 * np.sqrt(crowd - 1), 1.5) * np.sqrt(rank / crowd)
    angle = rank * np.pi * (3 - np.sqrt(5))
    return at_px + radius_px[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


def _name_turfs(ground: Axes, turfs: TurfShapes) -> int:
    """Write name and progress on the turfs, the largest first; return how many found no room."""
    taken: list[Bbox] = []
    areas = shapely.area(np.asarray(turfs.polygons, object))
    for row in map(int, np.argsort(-areas, kind="stable")):
        spot = shapely.point_on_surface(turfs.polygons[row])
        words = f"{plain(turfs.names[row], limit=22)}\n{_percent(turfs.progress[row])}"
        # The first size that fits is written; any() stops there.
        _ = spot.is_empty or any(_fits(ground, spot, words, size, taken) for size in (8, 6.5))
    return len(turfs.names) - len(taken)


def _fits(ground: Axes, spot: shapely.Point, words: str, size: float, taken: list[Bbox]) -> bool:
    """Write the words at the spot, unless they would run into others."""
    halo = withStroke(linewidth=2.2, foreground="white", alpha=0.9)
    style: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "weight": "bold",
        "color": _INK,
        "parse_math": False,
    }
    text = ground.text(
        spot.x, spot.y, words, fontsize=size, linespacing=1.1, path_effects=[halo], **style
    )
    text.set_zorder(5)
    box = text.get_window_extent().padded(3)
    if any(box.overlaps(other) for other in taken):
        text.remove()
        return False
    taken.append(box)
    return True


def _list_doors(sheet: Axes, doors: DoorPoints, y: float) -> float:
    """List the statuses with their counts from y downwards; return where the list ends."""
    _head(sheet, y, "Doors", len(doors.status))
    counts = Counter(doors.status)
    for status, style in STYLES.items():
        if counts[status]:
            y += _ROW_PX
            spot = np.array([[_PANEL_PX + 14, y]])
            sheet.add_collection(_marks([status], spot, 18, sheet.transData), autolim=False)
            _write(sheet, _PANEL_PX + 40, y, style.label)
            _write(sheet, _RIGHT_PX, y, f"{counts[status]:,}", ha="right")
    return y


def _list_turfs(sheet: Axes, turfs: TurfShapes, unnamed_count: int, tint: str, y: float) -> float:
    if not turfs.names:
        return y - 50
    _head(sheet, y, "Turfs", len(turfs.names))
    y += _ROW_PX
    _write(sheet, _PANEL_PX, y, tint)
    y += _ROW_PX
    tints = [[_tint(share) for share in np.linspace(0, 1, 40)]]
    sheet.imshow(tints, extent=(_PANEL_PX + 50, _RIGHT_PX - 90, y + 12, y - 12), aspect="auto")
    _write(sheet, _PANEL_PX, y, "0%")
    _write(sheet, _RIGHT_PX, y, "100%", ha="right")
    if unnamed_count:
        y += _ROW_PX
        _write(sheet, _PANEL_PX, y, f"{unnamed_count:,} too small to name here", color=_SOFT_INK)
    return y


def _list_barriers(sheet: Axes, barriers: BarrierShapes, y: float) -> None:
    kinds = [kind for kind in BARRIERS if kind in barriers.kinds]
    for row, kind in enumerate(kinds):
        colour, _, label = BARRIERS[kind]
        at = y + row * _ROW_PX
        sheet.plot((_PANEL_PX, _PANEL_PX + 28), (at, at), color=colour, linewidth=3)
        _write(sheet, _PANEL_PX + 40, at, label)


def _draw_scale(sheet: Axes, frame: _Frame) -> None:
    """Draw a bar of a round length of ground, and where north is."""
    length_m = _round_length(260 * frame.m_per_px)
    y, right = frame.height_px - _FOOT_PX - 12, _PANEL_PX + length_m / frame.m_per_px
    sheet.plot(
        (_PANEL_PX, _PANEL_PX, right, right), (y - 12, y, y, y - 12), color=_INK, linewidth=1.4
    )
    text = f"{length_m:,.0f} m" if length_m < _KM else f"{length_m / _KM:,.0f} km"
    _write(sheet, _PANEL_PX, y - 34, text)
    arrow = {"arrowstyle": "-|>,head_width=0.3,head_length=0.5", "color": _INK, "linewidth": 1.6}
    sheet.annotate("", (_RIGHT_PX - 14, y - 74), (_RIGHT_PX - 14, y), arrowprops=arrow)
    _write(sheet, _RIGHT_PX - 14, y - 92, "N", ha="center", weight="bold")


def _round_length(most_m: float) -> float:
    """Return the longest of 1, 2 or 5 times a power of ten that is no longer than the most."""
    power = 10 ** floor(log10(most_m))
    return next(step * power for step in (5, 2, 1) if step * power <= most_m)


def _head(sheet: Axes, y: float, text: str, count: int) -> None:
    _write(sheet, _PANEL_PX, y, text, size=10, weight="bold")
    _write(sheet, _RIGHT_PX, y, f"{count:,}", ha="right", size=10, weight="bold")


def _write(
    sheet: Axes, x: float, y: float, text: str, *, size: float = 8.5, limit: int = 60, **style: Any
) -> None:
    style = {"color": _INK, "va": "center_baseline", **style}
    sheet.text(x, y, plain(text, limit=limit), fontsize=size, parse_math=False, **style)


def _percent(share: float) -> str:
    """Return whole per cents, rounded down: 100% means that every door is done."""
    return f"{floor(100 * share + 1e-9)}%"


def plain(text: str, limit: int = 200) -> str:
    """Return the text on one line, cut to the limit, with a box for letters the font lacks."""
    known = get_font(findfont("DejaVu Sans")).get_charmap()
    line = " ".join(text.split())
    line = line if len(line) <= limit else f"{line[: limit - 1]}…"
    return "".join(letter if ord(letter) in known else "□" for letter in line)


def _lines(shapes: Sequence[BaseGeometry]) -> list[NDArray[np.float64]]:
    parts = shapely.get_parts(np.asarray(shapes, object))
    return [
        shapely.get_coordinates(p) for p in parts if p.geom_type in ("LineString", "LinearRing")
    ]


def _areas(shapes: Sequence[BaseGeometry]) -> list[Outline]:
    """Return an outline per polygon, turned so that its holes stay empty."""
    parts = shapely.get_parts(shapely.orient_polygons(np.asarray(shapes, object)))
    return [
        Outline.make_compound_path(
            *(Outline(shapely.get_coordinates(ring), closed=True) for ring in shapely.get_rings(p))
        )
        for p in parts
        if p.geom_type == "Polygon" and not p.is_empty
    ]
