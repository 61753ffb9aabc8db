"""What the demo shows: the day as it goes by, and what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

from doorstep.commands.demo_check import Comparison
from doorstep.commands.demo_fieldwork import Canvasser
from doorstep.commands.demo_network import Fault
from doorstep.commands.demo_stage import Stage, email_of
from doorstep.commands.demo_team import Team
from doorstep.commands.screen import out
from doorstep.kit.auth import Role
from doorstep.settings import Settings

Json = dict[str, Any]

BAR_WIDTH = 12
LEFT = ("Canvasser", "Clock", "Walk")
HEADINGS = (*LEFT, "doors", "events", "unsent", "no reply", "resent", "killed")
"""Killed: how often the app was ended while it sent, and opened again."""


class FieldDay:
    """A live table of a team; made anew each time it is shown."""

    def __init__(self, team: Team) -> None:
        self._team = team

    def __rich__(self) -> Table:
        table = Table(box=None, pad_edge=False, show_footer=True, footer_style="bold")
        counts = map(str, _counts(self._team.canvassers))
        for heading, footer in zip(HEADINGS, ("All", "", "", *counts), strict=True):
            justify = "left" if heading in LEFT else "right"
            table.add_column(heading, footer, justify=justify, no_wrap=True)
        for one in self._team.canvassers:
            bar = ProgressBar(one.doors_count or 1, one.doors_done, width=BAR_WIDTH)
            table.add_row(one.name, f"{one.at:%H:%M}", bar, *map(str, _counts([one])))
        return table


def _counts(canvassers: Sequence[Canvasser]) -> list[int]:
    tallies = [one.phone.tally for one in canvassers]
    return [
        sum(one.doors_done for one in canvassers),
        sum(len(one.made) for one in canvassers),
        sum(len(one.phone.outbox.waiting) for one in canvassers),
        sum(tally.unanswered for tally in tallies),
        sum(tally.repeated for tally in tallies),
        sum(tally.restarts for tally in tallies),
    ]


def show_faults(counts: Mapping[Fault, int]) -> None:
    """Print what the network did."""
    said = {
        Fault.OFFLINE: "had no signal",
        Fault.LOST: "were lost on the way",
        Fault.CUT: "were cut half-way",
        Fault.ANSWER_LOST: "were carried out but their answer was lost",
        Fault.DUPLICATED: "arrived twice",
    }
    told = ", ".join(f"{counts[fault]} {text}" for fault, text in said.items())
    out.print(f"\nOf {sum(counts.values()):,} requests {told}.\n", highlight=False)


def show_comparison(result: Comparison, waiting_count: int) -> None:
    """Print whether anything was lost."""
    table = Table(show_header=False, box=None)
    for text, count in (
        ("Events made on phones", result.made_count),
        ("Events on the server", result.stored_count),
        ("  missing", len(result.missing)),
        ("  there without a phone having made them", len(result.strange)),
        ("  altered", len(result.altered)),
        ("  waiting on a phone still", waiting_count),
        ("  put aside for review", len(result.in_review)),
    ):
        table.add_row(text, f"{count:,}")
    good = result.exact and not waiting_count
    verdict = "Every event arrived exactly once" if good else "Events were lost or altered"
    style = "green" if good else "red"
    out.print(Panel(table, title=verdict, expand=False, border_style=style))


def show_progress(progress: Json) -> None:
    """Print how far each turf has come."""
    table = Table(title="Progress by turf", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("Turf", no_wrap=True)
    for heading in ("doors", "tried", "spoken to", "done", "contact", "doors/h"):
        table.add_column(heading, justify="right")
    for row in progress["by_turf"]:
        table.add_row(escape(row["name"] or "none"), *_figures(row))
    table.add_section()
    table.add_row("All", *_figures(progress["total"]), style="bold")
    out.print(table)


def _figures(row: Json) -> list[str]:
    rate, pace = row["contact_rate"], row["doors_per_hour"]
    counts = ("doors_count", "attempted_count", "contacted_count", "done_count")
    return [
        *(str(row[name]) for name in counts),
        "" if rate is None else f"{rate:.0%}",
        "" if pace is None else f"{pace:.0f}",
    ]


def show_pace(pace: Json) -> None:
    """Print what knocks tell of the pace."""
    found = pace["measured"]
    low, high = found["low"]["knock_min"], found["high"]["knock_min"]
    out.print(
        f"A knock takes {found['pace']['knock_min']:.1f} minutes ({low:.1f} to {high:.1f}), as "
        f"{found['steps_count']:,} ways from door to door tell. By default turf is planned with "
        f"{pace['default']['knock_min']:.0f}.",
        highlight=False,
    )


def show_answers(answers: Json) -> None:
    """Print what people said."""
    table = Table(title="What people said", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("Question", ratio=1)
    table.add_column("", justify="right")
    table.add_column("Answers", ratio=1)
    for question in answers["questions"]:
        options = " · ".join(
            f"{option['text']} {'under 5' if option['count'] is None else option['count']}"
            for option in question["options"]
        )
        mean = "" if question["mean"] is None else f"mean {question['mean']:.1f}"
        text = escape(question["text"]) + (
            " [dim](with consent)[/]" if question["sensitive"] else ""
        )
        count = question["answers_count"]
        table.add_row(text, "" if count is None else str(count), escape(options) or mean)
    out.print(table)


def show_doors_in(stage: Stage, settings: Settings, pass_id: str) -> None:
    """Print how to look around while the server runs."""
    here = settings.public_url
    out.print(
        f"\n[bold]The server stays up:[/] {here} (documentation: {here}/docs)", soft_wrap=True
    )
    out.print("\nSigned in for fifteen minutes, ready to paste:\n")
    for role, tokens in stage.tokens.items():
        out.print(
            f"{role.upper()}={tokens['access_token']}",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    bearer = '-H "Authorization: Bearer $'
    for line in (
        f'curl -s {bearer}OWNER" "{here}/me"',
        f'curl -s {bearer}ORGANIZER" "{here}/reports/doors.csv?pass_id={pass_id}"',
        f'curl -s {bearer}COORDINATOR" "{here}/reports/progress?pass_id={pass_id}"',
        f'curl -s {bearer}CASEWORKER" "{here}/do-not-contact"',
        f'curl -s {bearer}VOLUNTEER" "{here}/me/turfs"',
    ):
        out.print(line, soft_wrap=True, highlight=False, markup=False)
    out.print("\nTo sign in anew (as any of owner, organizer, coordinator, caseworker):\n")
    code = f"DOORSTEP_DATA_DIR='{settings.data_dir}' DOORSTEP_PUBLIC_URL={here} doorstep user code"
    out.print(
        f"{code} {email_of(Role.OWNER)} --organization {stage.slug}",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )
    out.print("\n[bold]Ctrl-C ends it.[/]")
