"""Counting a budget round from a file: both rules side by side, without server or database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from rich.markup import escape
from rich.table import Table

from doorstep.algorithms.counting import (
    EqualShares,
    Greedy,
    Outcome,
    Utility,
    equal_shares,
    greedy,
)
from doorstep.budgets.explaining import Money, because, money_of
from doorstep.budgets.pabulib import PbFile, read_pb
from doorstep.budgets.picture import count_png
from doorstep.commands import screen
from doorstep.commands.screen import CommandError

RULES = {
    "both": ("greedy", "equal_shares"),
    "greedy": ("greedy",),
    "equal-shares": ("equal_shares",),
}
TITLES = {"greedy": "greedy", "equal_shares": "equal shares"}
_MOST_NOTES = 5


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to count, and how."""

    file: Path
    rules: Sequence[str]
    no_skip: bool | None = None
    threshold: int | None = None
    exclusive: Sequence[Collection[str]] = ()
    utility: Utility = Utility.COST
    add_one: bool = True
    fill: bool = False


def wanted(
    file: Path,
    rule: str,
    utility: str,
    no_skip: bool | None,
    threshold: int | None,
    exclusive: Sequence[str] | None,
    add_one: bool,
    fill: bool,
) -> Wanted:
    """What was asked for on the command line.

    Raises
    ------
    CommandError
        If there is no such rule or utility.
    """
    if rule not in RULES:
        message = f"There is no rule {rule}. There is: {', '.join(RULES)}."
        raise CommandError(message)
    if utility not in set(Utility):
        message = f"There is no utility {utility}. There is: {', '.join(Utility)}."
        raise CommandError(message)
    return Wanted(
        file=file,
        rules=RULES[rule],
        no_skip=no_skip,
        threshold=threshold,
        exclusive=[frozenset(group.split(",")) for group in exclusive or ()],
        utility=Utility(utility),
        add_one=add_one,
        fill=fill,
    )


def count(wanted: Wanted, *, as_json: bool, picture: Path | None) -> None:
    """Count a `.pb` file, and print what comes of it."""
    found = read(wanted.file)
    rule = _greedy_rule(found, wanted)
    outcomes: dict[str, Outcome] = {}
    with screen.busy("Counting…"):
        election = found.election
        if "greedy" in wanted.rules:
            outcomes["greedy"] = greedy(election, rule)
        if "equal_shares" in wanted.rules:
            shares = EqualShares(wanted.utility, wanted.add_one, found.unit, wanted.fill)
            outcomes["equal_shares"] = equal_shares(election, shares)
    named = {"greedy": _greedy_name(rule), "equal_shares": _shares_name(wanted)}
    if picture:
        names = {one.key: one.name for one in found.projects}
        titled = {TITLES[key]: outcome for key, outcome in outcomes.items()}
        picture.write_bytes(count_png(found.title, names, titled))
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(_facts(found, outcomes, named))).decode())  # noqa: T201 -- for programs, so without any markup
    else:
        _show(found, outcomes)
        if picture:
            screen.done(f"The picture is in {picture}.")


def read(file: Path) -> PbFile:
    """The round of a file.

    Raises
    ------
    CommandError
        If it is no text in UTF-8.
    """
    try:
        return read_pb(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        message = f"{file} is not UTF-8 at byte {error.start:,}. Save it as UTF-8."
        raise CommandError(message) from error


def _greedy_rule(found: PbFile, wanted: Wanted) -> Greedy:
    rule = replace(found.greedy_rule(), exclusive=wanted.exclusive)
    known = {one.key for one in found.projects}
    for key in (key for group in wanted.exclusive for key in group):
        if key not in known:
            message = f"--exclusive names project {key}, which is not in {wanted.file}."
            raise CommandError(message)
    if wanted.no_skip is not None:
        rule = replace(rule, skip=not wanted.no_skip)
    return rule if wanted.threshold is None else replace(rule, threshold=wanted.threshold)


def _greedy_name(rule: Greedy) -> str:
    parts = (
        (not rule.skip, "-no-skip"),
        (rule.threshold, "-threshold"),
        (rule.exclusive, "-exclusive"),
    )
    return "greedy" + "".join(name for used, name in parts if used)


def _shares_name(wanted: Wanted) -> str:
    return "equalshares" + "/add1" * wanted.add_one + "/filled" * wanted.fill


def _facts(found: PbFile, outcomes: dict[str, Outcome], named: dict[str, str]) -> dict[str, Any]:
    published = found.published
    money = money_of(found.unit, found.meta.get("currency", ""))
    return {
        "title": found.title,
        "vote_type": found.vote_type,
        "rule_of_file": found.rule,
        "currency": found.meta.get("currency"),
        "budget": _amount(next(iter(outcomes.values())).budget, found.unit),
        "voters_count": len(found.ballots),
        "projects_count": len(found.projects),
        "notes": found.notes,
        "published_winners": None if published is None else _in_order(found, published),
    } | {
        key: _outcome_facts(found, outcome, named[key], money) for key, outcome in outcomes.items()
    }


def _outcome_facts(found: PbFile, outcome: Outcome, rule: str, money: Money) -> dict[str, Any]:
    published, names = found.published, {one.key: one.name for one in found.projects}
    return {
        "rule": rule,
        "winners": list(outcome.winners),
        "is_as_published": None if published is None else frozenset(outcome.winners) == published,
        "spent": _amount(outcome.spent, found.unit),
        "satisfied_count": outcome.satisfied_count,
        "satisfied_share": outcome.satisfied_share,
        "shared_out": _amount(outcome.endowment, found.unit),
        "projects": [
            {
                "id": one.key,
                "name": names[one.key],
                "cost": _amount(one.cost, found.unit),
                "votes": one.votes,
                "points": one.points,
                "funded": one.funded,
                "why": one.why,
                "because": because(one, money),
            }
            for one in outcome.decided
        ],
    }


def _in_order(found: PbFile, keys: Collection[str]) -> list[str]:
    return [one.key for one in found.projects if one.key in keys]


def _amount(amount: int, unit: int) -> int | float:
    return amount // unit if amount % unit == 0 else amount / unit


def _show(found: PbFile, outcomes: dict[str, Outcome]) -> None:
    money = money_of(found.unit)
    names = {one.key: one.name for one in found.projects}
    screen.out.print(f"[bold]{escape(found.title)}[/]", highlight=False)
    table = Table("project", "name", box=None, pad_edge=False)
    for title in ("cost", "votes", "points"):
        table.add_column(title, justify="right")
    for key in outcomes:
        table.add_column(TITLES[key], justify="center")
    if found.published is not None:
        table.add_column("published", justify="center")
    by_rule = [{one.key: one for one in outcome.decided} for outcome in outcomes.values()]
    for one in sorted(by_rule[0].values(), key=lambda one: -one.points):
        marks = [some[one.key].funded for some in by_rule]
        if found.published is not None:
            marks.append(one.key in found.published)
        figures = (money(one.cost), f"{one.votes:,}", f"{one.points:,}")
        name = escape(names[one.key][:60])
        shown = ("[green]✓[/]" if mark else "[dim]·[/]" for mark in marks)
        table.add_row(escape(one.key), name, *figures, *shown)
    screen.out.print(table)
    _show_sums(found, outcomes)


def _show_sums(found: PbFile, outcomes: dict[str, Outcome]) -> None:
    money = money_of(found.unit, found.meta.get("currency", ""))
    for key, outcome in outcomes.items():
        agrees = ""
        if found.published is not None:
            same = frozenset(outcome.winners) == found.published
            agrees = "; just as published" if same else "; not what was published"
        screen.out.print(
            f"{TITLES[key]}: {len(outcome.winners)} of {len(outcome.decided)} projects for "
            f"{money(outcome.spent)} of {money(outcome.budget)}; "
            f"{outcome.satisfied_share:.1%} of {outcome.voters_count:,} voters get at least one"
            f"{agrees}.",
            highlight=False,
            markup=False,
        )
    for note in found.notes[:_MOST_NOTES]:
        screen.err.print(f"Note: {escape(note)}", highlight=False)
    if len(found.notes) > _MOST_NOTES:
        screen.err.print(f"… and {len(found.notes) - _MOST_NOTES:,} more such notes.")
