"""The picture of a count: every project's bar, and which rule funds it."""

# The stubs of matplotlib leave keyword arguments untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import io
from collections.abc import Mapping

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from doorstep.algorithms.counting import Outcome

INK, SOFT, PALE = "#22303c", "#5b6770", "#d6dbe0"
# After Okabe and Ito (2008): apart for the colour-blind, and in grey as well.
COLOURS = ("#0072b2", "#d55e00")
_MOST_PROJECTS = 60
_LABEL = 46


def count_png(title: str, names: Mapping[str, str], outcomes: Mapping[str, Outcome]) -> bytes:
    """Points of every project as a bar, with a dot for each rule that funds it, as PNG."""
    first = next(iter(outcomes.values()))
    rows = sorted(first.decided, key=lambda one: -one.points)[:_MOST_PROJECTS]
    figure = Figure(
        figsize=(10, 2.2 + 0.26 * len(rows)),
        dpi=140,
        facecolor="white",
        layout=ConstrainedLayoutEngine(),
    )
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    funded = [{*outcome.winners} for outcome in outcomes.values()]
    shown = [SOFT if any(one.key in some for some in funded) else PALE for one in rows]
    axes.barh(range(len(rows)), [one.points for one in rows], color=shown, height=0.72)
    widest = max((one.points for one in rows), default=1) or 1
    for n, (name, outcome) in enumerate(outcomes.items()):
        places = [place for place, one in enumerate(rows) if one.key in funded[n]]
        label = f"funded by {name}: {outcome.satisfied_share:.1%} of voters get something"
        x = -widest * (0.02 + 0.022 * n)
        axes.scatter([x] * len(places), places, s=30, color=COLOURS[n % 2], label=label, zorder=3)
    axes.set_yticks(range(len(rows)), [_short(names[one.key]) for one in rows], parse_math=False)
    axes.set_xlim(-widest * 0.07, widest * 1.03)
    axes.set_xlabel("points")
    axes.invert_yaxis()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=INK, left=False)
    axes.legend(loc="lower right", frameon=False)
    axes.set_title(_short(title, 80), loc="left", weight="bold", color=INK, parse_math=False)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _short(text: str, limit: int = _LABEL) -> str:
    flat = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
