"""The dashboard as one picture for the wall."""

# The stubs of matplotlib leave keyword arguments untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import io
from collections.abc import Sequence
from textwrap import wrap
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Sheet
from matplotlib.figure import SubFigure

from doorstep.overview.model import Dashboard, Figure, Ladder, Name

Form = Literal["png", "svg"]
INK, SOFT, PALE = "#22303c", "#5b6770", "#d6dbe0"
# After Okabe and Ito (2008): apart for the colour-blind, and in grey as well.
LIGHT, DARK, WARM = "#a9cfe8", "#0072b2", "#d55e00"
_TILES = (
    Name.RAISERS_TOLD,
    Name.WITHIN_DUE,
    Name.COMMITMENTS_KEPT,
    Name.SECOND_SHIFT,
    Name.BOOKED_CAME,
    Name.REACHABLE,
)
_SIZE_IN = (14.0, 9.0)
_DPI = 130


def poster(title: str, of: Dashboard, ladder: Ladder, form: Form) -> bytes:
    """The share of people told first, then the way from doors to answers, and the ladder."""
    sheet = Sheet(figsize=_SIZE_IN, dpi=_DPI, facecolor="white")
    FigureCanvasAgg(sheet)
    by_name = {one.figure: one for one in of.figures}
    sheet.text(0.035, 0.945, _short(title, 60), fontsize=25, weight="bold", color=INK,
               parse_math=False)  # fmt: skip
    days = f"{of.since_on:%-d %B %Y} to {of.until_on:%-d %B %Y}, days in {of.time_zone}"
    sheet.text(0.035, 0.91, days, fontsize=12, color=SOFT, parse_math=False)
    halves = sheet.add_gridspec(2, 1, height_ratios=(1.05, 1.4))
    top, below = sheet.add_subfigure(halves[0]), sheet.add_subfigure(halves[1])
    _tiles(top, [by_name[name] for name in _TILES if name in by_name])
    sides = below.add_gridspec(1, 2, wspace=0.42, left=0.17, right=0.965, bottom=0.1, top=0.86)
    left, right = below.add_subplot(sides[0]), below.add_subplot(sides[1])
    _way(left, by_name)
    _ladder(right, ladder)
    out = io.BytesIO()
    # The same figures give the same file, letter by letter; words stay words in the drawing.
    with mpl.rc_context({"svg.hashsalt": "doorstep", "svg.fonttype": "none"}):
        metadata = {"Date": None} if form == "svg" else None
        sheet.savefig(out, format=form, metadata=metadata)
    return out.getvalue()


def _tiles(sheet: SubFigure, shown: Sequence[Figure]) -> None:
    """Six shares, the first of them the greatest, each with of how many it is."""
    width = 0.93 / 6.6
    for place, one in enumerate(shown):
        left = 0.035 + (place + (0.6 if place else 0)) * width
        large = place == 0
        value = "\N{EN DASH}" if one.value is None else f"{one.value:.0%}"
        colour = DARK if large else INK
        sheet.text(left, 0.42, value, fontsize=62 if large else 36, weight="bold", color=colour)
        words = "\n".join(wrap(one.label, 22 if large else 17)[:3])
        sheet.text(left, 0.37, words, fontsize=13 if large else 11, color=INK, va="top",
                   parse_math=False, linespacing=1.25)  # fmt: skip
        of = f"{one.counted_count:,} of {one.rows_count:,}" if one.rows_count else "nothing yet"
        sheet.text(left, 0.07, of, fontsize=10, color=SOFT, va="bottom")


def _way(axes: Axes, by_name: dict[str, Figure]) -> None:
    """From doors to answers: how many remain at each turn."""
    doors, issues = by_name[Name.DOORS_SPOKEN_AT], by_name[Name.CONVERSATIONS_WITH_ISSUE]
    told = by_name[Name.RAISERS_TOLD]
    steps = [
        ("Doors knocked at", doors.rows_count),
        ("Somebody spoken to", doors.counted_count),
        ("Doors with an issue", issues.counted_count),
        ("People who know\nhow theirs ended", told.counted_count),
    ]
    _bars(axes, "From the door to the answer", steps, [LIGHT, LIGHT, DARK, DARK])


def _ladder(axes: Axes, ladder: Ladder) -> None:
    steps = [(one.label, one.reached_count) for one in ladder.steps]
    title = f"{ladder.volunteers_count:,} volunteers, and what they have done"
    _bars(axes, title, steps, [DARK] * len(steps))
    # Beside the bars, where no count is.
    widest = max(*(count for _, count in steps), 1)
    axes.set_xlim(0, widest * 1.85)
    for place, one in enumerate(ladder.steps):
        if one.stuck_count:
            words = f"{one.stuck_count:,} waiting 30+ days"
            axes.text(widest * 1.25, place, words, va="center", fontsize=11, color=WARM)


def _bars(axes: Axes, title: str, steps: Sequence[tuple[str, int]], colours: Sequence[str]) -> None:
    counts = [count for _, count in steps]
    widest = max(*counts, 1)
    axes.barh(range(len(steps)), [widest] * len(steps), 0.62, color="#f3f4f6")
    axes.barh(range(len(steps)), counts, 0.62, color=colours)
    for place, count in enumerate(counts):
        axes.annotate(
            f"{count:,}",
            (count, place),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=12,
            weight="bold",
            color=INK,
        )
    axes.set_yticks(range(len(steps)), [label for label, _ in steps], parse_math=False)
    axes.set_ylim(len(steps) - 0.45, -0.55)
    axes.set_xlim(0, widest * 1.3)
    axes.set_xticks([])
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    axes.tick_params(length=0, colors=INK, labelsize=12)
    axes.set_title(title, loc="left", fontsize=14, weight="bold", color=INK, parse_math=False)


def _short(text: str, limit: int) -> str:
    flat = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
