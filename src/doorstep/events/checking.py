"""What the times and roles of a shift can be."""

import datetime as dt
from collections.abc import Sequence

from doorstep.events.model import RoleCapacity
from doorstep.kit.errors import RefusedError

LONGEST = dt.timedelta(days=7)
PAST = dt.timedelta(days=366)
AHEAD = dt.timedelta(days=5 * 366)


def check_times(starts_at: dt.datetime, ends_at: dt.datetime, field: str = "") -> None:
    """See that a shift can be at this time.

    Raises
    ------
    RefusedError
        If it ends before it begins, lasts more than a week, or is years away.
    """
    now = dt.datetime.now(dt.UTC)
    if ends_at <= starts_at:
        message = "The shift ends before it begins. Swap the two, or mend the day."
        raise RefusedError(message, field=f"{field}ends_at")
    if ends_at - starts_at > LONGEST:
        message = "A shift lasts a week at most. Make several."
        raise RefusedError(message, field=f"{field}ends_at")
    if not now - PAST <= starts_at <= now + AHEAD:
        message = "The start is more than a year ago or five years ahead. Check the year."
        raise RefusedError(message, field=f"{field}starts_at")


def check_roles(roles: Sequence[RoleCapacity], field: str) -> None:
    """See that no role is named twice.

    Raises
    ------
    RefusedError
        If one is.
    """
    names = [one.role for one in roles]
    if twice := next((name for name in names if names.count(name) > 1), None):
        message = f"The role {twice} is named twice. Add up its places."
        raise RefusedError(message, field=field)
