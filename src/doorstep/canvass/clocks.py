"""How wrong a phone's clock is, told from when it says that its batches left. Pure."""

import datetime as dt
from collections.abc import Iterable

DELAY = dt.timedelta(minutes=1)
"""How long a request may be on its way without its time counting as an error of the clock."""
_STEP = 2 * DELAY


def clock_offset(seen: dt.timedelta, before: Iterable[dt.timedelta]) -> dt.timedelta:
    """By how much a phone's clock is to be put forward.

    The time a request takes can not be told from a clock that is slow. So offsets go in steps of
    two minutes, where a clock that is right by a minute is right, and one that was found with
    earlier batches stays as long as it may be the same. Batches of one clock that are on their way
    for up to a minute therefore all get one offset: what a phone recorded keeps its order,
    whatever batch it came with.

    Parameters
    ----------
    seen
        When the batch came, by the server's clock, less when it left, by the phone's.
    before
        What was found for the last batches of the phone, the latest first.

    Returns
    -------
    dt.timedelta
        Two minutes at most from ``seen``.
    """
    same = (kept for kept in before if abs(seen - kept) <= _STEP)
    return next(same, _STEP * round(seen / _STEP))
