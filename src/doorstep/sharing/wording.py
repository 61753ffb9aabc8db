"""What is said of things that are shared: the texts of a kit, and the lines of a picture."""

import datetime as dt
import textwrap
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from doorstep.sharing.model import Kind, Target

SHORT_LETTERS = 280
"""What most networks and two parts of an SMS take."""
_LONG_LETTERS = 600
_ADDRESS_ROOM = 60

KINDS: Mapping[Kind, str] = {
    Kind.EVENT: "Event",
    Kind.COMMITMENT: "Promise",
    Kind.DECISION: "Decision",
    Kind.BUDGET: "Budget round",
}
PATHS: Mapping[Kind, str] = {
    Kind.EVENT: "events",
    Kind.COMMITMENT: "commitments",
    Kind.DECISION: "decisions",
    Kind.BUDGET: "budget",
}
_ASK: Mapping[Kind, str] = {
    Kind.EVENT: "Come along",
    Kind.COMMITMENT: "See what became of it",
    Kind.DECISION: "Read why",
    Kind.BUDGET: "Have a look",
}
_COMMITMENTS = {
    "published": "Promised",
    "in_progress": "In progress",
    "stalled": "Stalled",
    "kept": "Kept",
    "partly_kept": "Partly kept",
    "not_kept": "Not kept",
    "withdrawn": "Withdrawn",
}
_ROUNDS = {
    "collecting": "Propose what to spend it on",
    "reviewing": "Proposals are being looked at",
    "costed": "The list is ready; the vote comes next",
    "voting": "The vote is open",
    "counted": "Counted; the result comes soon",
    "published": "The result is out",
    "delivering": "What was funded is being done",
    "done": "Done",
}


def facts(of: Target) -> list[str]:
    """What there is to know in a few words each: when and where, or how far it is."""
    match of.kind:
        case Kind.EVENT:
            return [*(["Cancelled"] if of.status == "cancelled" else []), *_event(of)]
        case Kind.COMMITMENT:
            due = f"Due {_day(of.on_day)}" if of.on_day else ""
            return [one for one in (_COMMITMENTS.get(of.status, of.status), due) if one]
        case Kind.DECISION:
            return [of.status, f"Decided {_day(of.on_day)}" if of.on_day else ""]
        case Kind.BUDGET:
            return [f"{of.amount or 0:,} {of.currency}", _round(of)]


def _event(of: Target) -> list[str]:
    zone = ZoneInfo(of.time_zone)
    at = of.starts_at.astimezone(zone) if of.starts_at else None
    when = [f"{at:%A} {_day(at)}, {at:%H:%M}"] if at else []
    return [*when, *([of.place] if of.place else [])]


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _round(of: Target) -> str:
    said = _ROUNDS.get(of.status, of.status)
    if of.status == "voting" and of.starts_at:
        until = of.starts_at.astimezone(ZoneInfo(of.time_zone))
        return f"{said} until {_day(until)}, {until:%H:%M}"
    return said


def short(of: Target, url: str) -> str:
    """A text that fits a short message, with the address at its end."""
    said = f"{of.title}. {'. '.join(filter(None, facts(of)))}."
    room = SHORT_LETTERS - max(len(url), _ADDRESS_ROOM) - 1
    return f"{textwrap.shorten(said, room, placeholder='…')} {url}"


def long(of: Target, url: str) -> str:
    """A text for an e-mail or a group, with the address at its end."""
    text = textwrap.shorten(of.text, _LONG_LETTERS, placeholder=" …")
    parts = [of.title, *filter(None, facts(of))]
    return "\n".join([*parts, *(["", text] if text else []), "", f"{_ASK[of.kind]}: {url}"]) + (
        f"\n{of.organization}"
    )


def picture_text(of: Target) -> str:
    """What a picture shows, for whoever cannot see it."""
    return ". ".join([KINDS[of.kind], of.title, *filter(None, facts(of)), of.organization])
