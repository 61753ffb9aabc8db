"""A field day on one page, to hand around: figures, map, days before it and turfs walked."""

# The stubs of matplotlib leave keyword arguments untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.lines import Line2D

from doorstep.reports.charts import GRID, INK, SOFT_INK, draw_days
from doorstep.reports.model import DayTally
from doorstep.reports.picture import plain
from doorstep.reports.queries import TurfOfDay

_MOST_TURFS = 16
_MAP_DPI = 200


class Paper(StrEnum):
    """What it is printed on."""

    A4 = "a4"
    LETTER = "letter"


_SIZES_IN = {Paper.A4: (8.27, 11.69), Paper.LETTER: (8.5, 11.0)}


@dataclass(frozen=True, slots=True, eq=False)
class FieldDay:
    """What a day came to; ``map_png`` is the picture of the pass as it stands."""

    title: str
    day: DayTally
    days: Sequence[DayTally]
    turfs: Sequence[TurfOfDay]
    volunteers_count: int
    map_png: bytes
    attribution: str
    time_zone: str
    generated_at: dt.datetime


def field_day_pdf(of: FieldDay, paper: Paper) -> bytes:
    """The page as a PDF. Nothing is shared between calls, so threads may draw at once."""
    width, height = _SIZES_IN[paper]
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    _write_head(figure, of)
    _write_figures(figure, of)
    _put_map(figure, of.map_png)
    chart = figure.add_axes((0.09, 0.285, 0.85, 0.115))
    _strip(chart)
    shown = [day for day in of.days if day.attempted_on <= of.day.attempted_on][-14:]
    draw_days(chart, shown, of.day)
    _write_turfs(figure, of.turfs)
    _write_foot(figure, of)
    out = io.BytesIO()
    told = of.generated_at.astimezone(dt.UTC)
    figure.savefig(
        out,
        format="pdf",
        dpi=_MAP_DPI,
        metadata={"Title": plain(of.title), "Creator": "Doorstep", "CreationDate": told},
    )
    return out.getvalue()


def _write(figure: Figure, x: float, y: float, words: str, size: float, **style: Any) -> None:
    style = {"color": INK, **style}
    figure.text(x, y, words, None, fontsize=size, parse_math=False, **style)


def _rule(figure: Figure, y: float) -> None:
    figure.add_artist(Line2D((0.06, 0.94), (y, y), color=GRID, linewidth=1))


def _write_head(figure: Figure, of: FieldDay) -> None:
    day = of.day.attempted_on
    _write(figure, 0.06, 0.952, f"Field day: {day:%A}, {day.day} {day:%B %Y}", 17, weight="bold")
    _write(figure, 0.06, 0.93, plain(of.title, limit=90), 11, color=SOFT_INK)
    _rule(figure, 0.918)


def _write_figures(figure: Figure, of: FieldDay) -> None:
    day = of.day
    rate = "-" if day.contact_rate is None else f"{day.contact_rate:.0%}"
    speed = "-" if day.doors_per_hour is None else f"{day.doors_per_hour:.0f}"
    told = (
        (f"{day.attempted_count:,}", "doors tried"),
        (f"{day.contacted_count:,}", "somebody met"),
        (rate, "contact rate"),
        (speed, "doors an hour"),
        (f"{day.second_contacts_count:,}", "met on a later try"),
        (f"{of.volunteers_count:,}", "canvassers"),
    )
    for place, (number, words) in enumerate(told):
        x = 0.06 + place * 0.88 / len(told)
        _write(figure, x, 0.88, number, 19, weight="bold")
        _write(figure, x, 0.863, words, 8.5, color=SOFT_INK)


def _put_map(figure: Figure, map_png: bytes) -> None:
    image = imread(io.BytesIO(map_png), format="png")
    axes = figure.add_axes((0.06, 0.44, 0.88, 0.405))
    axes.set_axis_off()
    axes.imshow(image, interpolation="lanczos")


def _write_turfs(figure: Figure, turfs: Sequence[TurfOfDay]) -> None:
    columns = ((0.06, "left"), (0.5, "right"), (0.6, "right"), (0.74, "right"), (0.94, "right"))
    heads = ("Turfs walked", "doors tried", "met", "contact rate", "doors done in all")
    y = 0.232
    for (x, side), words in zip(columns, heads, strict=True):
        _write(figure, x, y, words, 8.5, ha=side, weight="bold")
    _rule(figure, y - 0.006)
    for turf in turfs[:_MOST_TURFS]:
        y -= 0.0112
        cells = (
            plain(turf.name or "in no turf", limit=48),
            f"{turf.attempted_count:,}",
            f"{turf.contacted_count:,}",
            f"{turf.contacted_count / turf.attempted_count:.0%}",
            f"{turf.done_count:,} of {turf.doors_count:,}",
        )
        for (x, side), words in zip(columns, cells, strict=True):
            _write(figure, x, y - 0.006, words, 7.8, ha=side)
    if len(turfs) > _MOST_TURFS:
        _write(
            figure,
            0.06,
            y - 0.018,
            f"and {len(turfs) - _MOST_TURFS:,} more turfs",
            7.8,
            color=SOFT_INK,
        )


def _write_foot(figure: Figure, of: FieldDay) -> None:
    at = of.generated_at.astimezone(ZoneInfo(of.time_zone))
    told = f"Made {at:%Y-%m-%d %H:%M}, time zone {of.time_zone}. Days begin at midnight there."
    _write(figure, 0.06, 0.022, plain(of.attribution, limit=90), 7, color=SOFT_INK)
    _write(figure, 0.94, 0.022, told, 7, color=SOFT_INK, ha="right")


def _strip(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=7.5, colors=INK)
    axes.set_axisbelow(True)
