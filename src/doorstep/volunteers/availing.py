"""Whether somebody can come: weekly hours, and the days that differ."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

from doorstep.volunteers.model import DayException, Hours

_END = dt.time(23, 59)
_MIDNIGHT = dt.time(0)
Span = tuple[dt.time, dt.time]


def is_free(
    hours: Sequence[Hours],
    exceptions: Sequence[DayException],
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    zone: ZoneInfo,
) -> bool | None:
    """Whether all of a time is within what somebody said; None if they said nothing.

    A day's exceptions replace its weekly hours where they say `available`, and are taken out of
    them where they do not.
    """
    if not hours and not exceptions:
        return None
    return all(
        _covers(_free_spans(day, hours, exceptions), starts, ends)
        for day, starts, ends in _days(starts_at, ends_at, zone)
    )


def overlapping(hours: Sequence[Hours]) -> Hours | None:
    """The first hours that begin before those before them end, on the same weekday."""
    ordered = sorted(hours, key=lambda one: (one.weekday, one.starts_at_time))
    for before, after in pairwise(ordered):
        if before.weekday == after.weekday and after.starts_at_time < before.ends_at_time:
            return after
    return None


def _days(
    starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo
) -> Iterator[tuple[dt.date, dt.time, dt.time]]:
    """The local days that a time touches, and from when until when."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    day = start.date()
    while day <= end.date():
        since = start.time() if day == start.date() else _MIDNIGHT
        until = min(end.time(), _END) if day == end.date() else _END
        if not (day == end.date() != start.date() and until == _MIDNIGHT):
            yield day, since, until
        day += dt.timedelta(days=1)


def _free_spans(
    day: dt.date, hours: Sequence[Hours], exceptions: Sequence[DayException]
) -> list[Span]:
    differs = next((one for one in exceptions if one.on_date == day), None)
    usual = [(o.starts_at_time, o.ends_at_time) for o in hours if o.weekday == day.isoweekday()]
    if differs is None:
        return usual
    span = (differs.starts_at_time or _MIDNIGHT, differs.ends_at_time or _END)
    return [span] if differs.available else list(_without(usual, span))


def _without(spans: Iterable[Span], away: Span) -> Iterator[Span]:
    for since, until in spans:
        parts = ((since, min(until, away[0])), (max(since, away[1]), until))
        yield from (part for part in parts if part[0] < part[1])


def _covers(spans: list[Span], since: dt.time, until: dt.time) -> bool:
    for begins, ends in sorted(spans):
        if begins <= since < ends or since == until:
            since = max(since, ends)
    return since >= min(until, _END)
