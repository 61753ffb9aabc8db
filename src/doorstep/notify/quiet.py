"""Quiet hours: when a member is left in peace, by the clock on their wall."""

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

QUIET_FROM = dt.time(21)
QUIET_UNTIL = dt.time(8)
_UTC = ZoneInfo("UTC")


def zone(name: str) -> ZoneInfo:
    """The time zone of this name; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return _UTC


def quiet_until(
    at: dt.datetime, time_zone: str, starts: dt.time, ends: dt.time
) -> dt.datetime | None:
    """When the quiet hours around ``at`` end; None outside of them.

    The end is an hour on the wall: it is looked for on the day itself, whatever the clocks did
    meanwhile. An hour that the clocks skip counts as the one behind it, and of an hour that comes
    twice the first counts.
    """
    there = zone(time_zone)
    local = at.astimezone(there)
    clock = local.time()
    over_midnight = ends < starts
    within = clock >= starts or clock < ends if over_midnight else starts <= clock < ends
    if not within:
        return None
    day = local.date() + dt.timedelta(days=over_midnight and clock >= starts)
    end = dt.datetime.combine(day, ends, tzinfo=there).astimezone(dt.UTC)
    # Within the hour that comes twice, the first of its ends may be over.
    return end if end > at else None
