"""Charts to put on a wall: work by day, contact rates by turf, answers by question."""

# The stubs of matplotlib leave keyword arguments untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import io
from collections.abc import Sequence
from enum import StrEnum
from textwrap import wrap

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator, PercentFormatter

from doorstep.reports.model import DayTally, OptionCount, QuestionResult, TurfTally
from doorstep.reports.picture import plain

INK, SOFT_INK, GRID = "#22303c", "#5b6770", "#e3dfd6"
# After Okabe and Ito (2008): apart for the colour-blind, and in grey as well.
TRIED, MET, MEAN = "#a9cfe8", "#00664b", "#d55e00"
_WIDTH_IN = 10.0
_DPI = 160
_MOST_TURFS = 40
_MOST_DAYS_NAMED = 12
_LABEL = 34


class ImageForm(StrEnum):
    """For screens and paper, or for programs that draw."""

    PNG = "png"
    SVG = "svg"


def days_chart(days: Sequence[DayTally], title: str, foot: str, form: ImageForm) -> bytes:
    """Doors tried and doors met by day, as bars over each other."""
    figure, axes = _sheet(5.2, title, foot)
    draw_days(axes, days)
    return _saved(figure, form)


def draw_days(axes: Axes, days: Sequence[DayTally], marked: DayTally | None = None) -> None:
    """Bars of the doors tried, and within them of those where somebody was spoken to."""
    if not days:
        _say(axes, "Nobody has knocked yet")
        return
    places = [day.attempted_on.toordinal() - days[0].attempted_on.toordinal() for day in days]
    tried = [day.attempted_count for day in days]
    edge = [INK if day is marked else "none" for day in days]
    axes.bar(places, tried, 0.8, color=TRIED, edgecolor=edge, linewidth=1.2, label="Doors tried")
    axes.bar(places, [day.contacted_count for day in days], 0.8, color=MET, label="Somebody met")
    step = -(-len(days) // _MOST_DAYS_NAMED)
    axes.set_xticks(
        places[::step],
        [
            f"{day.attempted_on:%a}\n{day.attempted_on.day} {day.attempted_on:%b}"
            for day in days[::step]
        ],
    )
    # A single day is to look like one of several, not like a wall.
    axes.set_xlim(min(places) - 1.2, max(*places, 3) + 1.2)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    if len(days) <= _MOST_DAYS_NAMED:
        for place, count in zip(places, tried, strict=True):
            axes.annotate(
                f"{count:,}",
                (place, count),
                (0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color=INK,
            )
    axes.grid(axis="y", color=GRID)
    axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1), fontsize=9)


def turfs_chart(turfs: Sequence[TurfTally], title: str, foot: str, form: ImageForm) -> bytes:
    """Contact rates of turfs beside that of all, the highest first."""
    tried = sorted(
        (turf for turf in turfs if turf.contact_rate is not None),
        key=lambda turf: (-(turf.contact_rate or 0), turf.name or ""),
    )
    shown = tried[:_MOST_TURFS]
    more = f"; {len(tried) - len(shown)} more turfs not shown" if len(shown) < len(tried) else ""
    figure, axes = _sheet(1.9 + 0.34 * max(len(shown), 4), title, foot + more)
    if not shown:
        _say(axes, "Nobody has knocked yet")
        return _saved(figure, form)
    rates = [turf.contact_rate or 0 for turf in shown]
    axes.barh(range(len(shown)), rates, 0.7, color=MET)
    mean = sum(t.contacted_count for t in tried) / sum(t.attempted_count for t in tried)
    axes.axvline(mean, color=MEAN, linewidth=1.6, linestyle=(0, (4, 2)))
    axes.annotate(
        f"all: {mean:.0%}",
        (mean, 1),
        (0, 4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        color=MEAN,
    )
    for place, turf in enumerate(shown):
        axes.annotate(
            f"{rates[place]:.0%}  ({turf.contacted_count:,} of {turf.attempted_count:,} doors)",
            (rates[place], place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=INK,
            # Or the line of the mean would strike it through.
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    names = [plain(turf.name or "in no turf", limit=_LABEL) for turf in shown]
    axes.set_yticks(range(len(shown)), names, parse_math=False)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0, min(max(*rates, mean) * 1.4, 1.35))
    axes.xaxis.set_major_formatter(PercentFormatter(1, 0))
    axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= 1])
    axes.grid(axis="x", color=GRID)
    return _saved(figure, form)


def questions_chart(
    questions: Sequence[QuestionResult], title: str, foot: str, form: ImageForm
) -> bytes:
    """The options of each question, with how many chose them and how many answered."""
    asked = [one for one in questions if one.options]
    heights = [0.9 + 0.36 * len(one.options) for one in asked] or [1.5]
    figure = _figure(1.5 + sum(heights), title, foot)
    if not asked:
        axes = figure.add_subplot()
        _say(axes, "No question has options to count")
        return _saved(figure, form)
    rows = figure.subplots(len(asked), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, question in zip(rows, asked, strict=True):
        _draw_question(axes, question)
    return _saved(figure, form)


def _draw_question(axes: Axes, question: QuestionResult) -> None:
    _clear(axes)
    counts = [option.count or 0 for option in question.options]
    total = question.answers_count
    n = "n is not shown" if total is None else f"n = {total:,}"
    axes.barh(range(len(counts)), counts, 0.7, color=MET)
    for place, option in enumerate(question.options):
        axes.annotate(
            _option_words(option, total),
            (counts[place], place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=INK,
        )
    names = [plain(option.text, limit=_LABEL) for option in question.options]
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, max(*counts, 1) * 1.25)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.grid(axis="x", color=GRID)
    words = "\n".join(wrap(plain(question.text), 88)[:2])
    axes.set_title(f"{words}  ({n})", loc="left", fontsize=10.5, weight="bold", parse_math=False)


def _option_words(option: OptionCount, total: int | None) -> str:
    if option.count is None:
        return "fewer than 5"
    return f"{option.count:,}" + (f"  ({option.count / total:.0%})" if total else "")


def _figure(height_in: float, title: str, foot: str) -> Figure:
    figure = Figure(
        figsize=(_WIDTH_IN, height_in),
        dpi=_DPI,
        facecolor="white",
        layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12),
    )
    FigureCanvasAgg(figure)
    figure.suptitle(
        plain(title, limit=80),
        x=0.012,
        ha="left",
        fontsize=15,
        weight="bold",
        color=INK,
        parse_math=False,
    )
    figure.supxlabel(plain(foot), x=0.012, ha="left", fontsize=8, color=SOFT_INK, parse_math=False)
    return figure


def _sheet(height_in: float, title: str, foot: str) -> tuple[Figure, Axes]:
    figure = _figure(height_in, title, foot)
    axes = figure.add_subplot()
    _clear(axes)
    return figure, axes


def _clear(axes: Axes) -> None:
    """Leave only what says something."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(SOFT_INK)
    axes.tick_params(length=0, colors=INK, labelsize=9)
    axes.set_axisbelow(True)


def _say(axes: Axes, words: str) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, ha="center", va="center", fontsize=13, color=SOFT_INK)


def _saved(figure: Figure, form: ImageForm) -> bytes:
    out = io.BytesIO()
    # The same figures give the same file, letter by letter; words stay words in the drawing.
    with mpl.rc_context({"svg.hashsalt": "doorstep", "svg.fonttype": "none"}):
        metadata = {"Date": None} if form is ImageForm.SVG else None
        figure.savefig(out, format=form, metadata=metadata)
    return out.getvalue()
