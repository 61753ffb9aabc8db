import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.volunteers.availing import is_free, overlapping
from doorstep.volunteers.model import DayException, Hours

HELSINKI = ZoneInfo("Europe/Helsinki")
SATURDAY = dt.date(2027, 3, 27)


def hours(weekday, since, until):
    return Hours(
        weekday=weekday,
        starts_at_time=dt.time.fromisoformat(since),
        ends_at_time=dt.time.fromisoformat(until),
    )


def on(day, available, since=None, until=None):
    return DayException(
        on_date=day,
        available=available,
        starts_at_time=since and dt.time.fromisoformat(since),
        ends_at_time=until and dt.time.fromisoformat(until),
    )


def free(pattern, exceptions, since, until, day=SATURDAY):
    starts = dt.datetime.combine(day, dt.time.fromisoformat(since), HELSINKI)
    ends = dt.datetime.combine(day, dt.time.fromisoformat(until), HELSINKI)
    if ends <= starts:
        ends += dt.timedelta(days=1)
    return is_free(pattern, exceptions, starts, ends, HELSINKI)


WEEKEND = [hours(6, "09:00", "17:00"), hours(7, "09:00", "23:59")]


@pytest.mark.parametrize(
    ("pattern", "exceptions", "since", "until", "expected"),
    [
        ([], [], "10:00", "13:00", None),
        (WEEKEND, [], "10:00", "13:00", True),
        (WEEKEND, [], "09:00", "17:00", True),
        (WEEKEND, [], "08:59", "13:00", False),
        (WEEKEND, [], "16:00", "17:01", False),
        (WEEKEND, [on(SATURDAY, False)], "10:00", "13:00", False),
        (WEEKEND, [on(SATURDAY, False, "13:00", "15:00")], "10:00", "13:00", True),
        (WEEKEND, [on(SATURDAY, False, "13:00", "15:00")], "12:00", "14:00", False),
        (WEEKEND, [on(SATURDAY, True, "18:00", "22:00")], "18:00", "22:00", True),
        (WEEKEND, [on(SATURDAY, True, "18:00", "22:00")], "10:00", "13:00", False),
        ([], [on(SATURDAY, True)], "00:00", "23:00", True),
        ([], [on(SATURDAY, True)], "20:00", "01:00", False),
        ([hours(6, "20:00", "23:59"), hours(7, "00:00", "02:00")], [], "22:00", "01:00", True),
        ([hours(6, "20:00", "23:59")], [], "22:00", "00:00", True),
        ([hours(6, "09:00", "12:00"), hours(6, "12:00", "15:00")], [], "10:00", "14:00", True),
        ([hours(6, "09:00", "12:00"), hours(6, "13:00", "15:00")], [], "10:00", "14:00", False),
    ],
)
def test_hours_and_days_that_differ(pattern, exceptions, since, until, expected):
    assert free(pattern, exceptions, since, until) is expected


def test_hours_are_those_of_the_clock_on_both_sides_of_a_change():
    sundays = [hours(7, "09:00", "12:00")]
    for day in (dt.date(2027, 3, 21), dt.date(2027, 3, 28), dt.date(2027, 10, 31)):
        assert free(sundays, [], "09:00", "12:00", day)
        assert not free(sundays, [], "08:00", "12:00", day)


def test_overlapping_hours_are_found_whatever_their_order():
    assert overlapping(WEEKEND) is None
    late = hours(6, "16:59", "20:00")
    assert overlapping([late, *WEEKEND]) == late
    assert overlapping([hours(6, "17:00", "20:00"), *WEEKEND]) is None


minutes = st.integers(0, 23 * 60 + 58)


@given(st.lists(st.tuples(minutes, minutes), max_size=4), minutes, minutes)
def test_free_means_that_every_minute_is_covered(spans, one, other):
    def at(minute):
        return dt.time(minute // 60, minute % 60)

    pattern = [
        Hours(weekday=6, starts_at_time=at(a), ends_at_time=at(b)) for a, b in spans if a < b
    ]
    since, until = sorted((one, other))
    if since == until or not pattern:
        return
    covered = {m for span in spans if span[0] < span[1] for m in range(*span)}
    expected = set(range(since, until)) <= covered
    assert free(pattern, [], str(at(since)), str(at(until))) is expected
