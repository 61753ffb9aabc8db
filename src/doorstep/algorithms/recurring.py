"""Times that come again: local clocks, recurrence rules and the two days a year that differ."""

import datetime as dt
import itertools
from collections.abc import Collection
from typing import cast
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

MOST = 400
"""Occurrences of one rule: more than a year of days."""
_LONGEST = dt.timedelta(days=5 * 366)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS",
    "BYYEARDAY", "BYWEEKNO",
}  # fmt: skip


class RuleError(ValueError):
    """A recurrence rule that cannot be used; the message says how to mend it."""


def instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """When a clock on the wall of a zone shows a time.

    Parameters
    ----------
    local
        What the clock shows, without an offset.
    zone
        Where it hangs.

    Returns
    -------
    datetime
        In UTC. A time that the clock skips is read with the offset from before the gap (02:30
        becomes 03:30); of a time that it shows twice, the first is meant. Both as RFC 5545,
        section 3.3.5, has it.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def on_the_wall(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """What a clock on the wall of a zone shows at an instant, without an offset."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def days_later(at: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    """The same time on the wall, a number of days later (or earlier, if negative), in UTC."""
    return instant(on_the_wall(at, zone) + dt.timedelta(days=days), zone)


def occurrences(
    starts: dt.datetime, rule_text: str, except_on: Collection[dt.date] = ()
) -> list[dt.datetime]:
    """The local starts that a recurrence rule gives.

    Parameters
    ----------
    starts
        The first, in local time, without an offset.
    rule_text
        The value of an RRULE (RFC 5545, section 3.3.10) with COUNT or UNTIL, in days or longer
        steps, such as ``FREQ=WEEKLY;BYDAY=SA,SU;COUNT=8``. UNTIL is local, and inclusive.
    except_on
        Days that are left out. They count for COUNT, as in RFC 5545.

    Returns
    -------
    list of datetime
        In order, at most `MOST`, all within five years.

    Raises
    ------
    RuleError
        If the rule cannot be read, has no end, gives too many, or leaves out its own start.
    """
    parts = _read(rule_text)
    last, count = starts + _LONGEST, MOST + 1
    if until := parts.pop("UNTIL", None):
        last = min(last, _until(until))
    if counted := parts.pop("COUNT", None):
        count = _count(counted)
    if not _is_number(parts.get("INTERVAL", "1")):
        message = f"The rule cannot be read: INTERVAL is a number from 1 to {MOST}."
        raise RuleError(message)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        # The end is set here: a rule that no day fits would be searched up to the year 9999.
        endless = cast("rrule", rrulestr(f"RRULE:{text}", dtstart=starts)).replace(until=last)
        found = list(itertools.islice(endless, count))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        message = f"The rule cannot be read ({error}). Write it as FREQ=WEEKLY;COUNT=4."
        raise RuleError(message) from None
    if not found or found[0] != starts:
        message = "The rule leaves out its own first start. Start on a day that it gives."
        raise RuleError(message)
    if len(found) > MOST:
        message = f"The rule gives more than {MOST} starts. Set a nearer end."
        raise RuleError(message)
    return [one for one in found if one.date() not in except_on]


def _read(rule: str) -> dict[str, str]:
    text = rule.upper().removeprefix("RRULE:")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name not in _PARTS or name in parts:
            message = f"The rule cannot be read at {part[:40]!r}. Write it as FREQ=WEEKLY;COUNT=4."
            raise RuleError(message)
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        message = f"The rule needs FREQ, one of {', '.join(_FREQUENCIES)}."
        raise RuleError(message)
    if ("COUNT" in parts) == ("UNTIL" in parts):
        message = "The rule needs an end, and one only: COUNT=4 or UNTIL=20270131T235959."
        raise RuleError(message)
    return parts


def _count(text: str) -> int:
    if not _is_number(text):
        message = f"COUNT is a number from 1 to {MOST}."
        raise RuleError(message)
    return int(text)


def _is_number(text: str) -> bool:
    """Whether it is one from 1 to `MOST`; with an interval of 0 a rule would never end."""
    return text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST


def _until(text: str) -> dt.datetime:
    for layout in ("%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            # Local like the starts, and so without an offset.
            until = dt.datetime.strptime(text, layout)  # noqa: DTZ007
        except ValueError:
            continue
        return until if "T" in text else until + dt.timedelta(days=1, seconds=-1)
    message = "UNTIL is a local day or time, without Z: 20270131 or 20270131T235959."
    raise RuleError(message)
