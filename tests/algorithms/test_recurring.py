# ruff: noqa: DTZ001 -- what clocks on walls show has no offset
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.recurring import (
    MOST,
    RuleError,
    days_later,
    instant,
    occurrences,
    on_the_wall,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
SATURDAY = dt.datetime(2027, 3, 20, 10)


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        # Skipped: read with the offset from before.
        ("2027-03-28T03:30", HELSINKI, "2027-03-28T01:30"),
        ("2027-03-14T02:30", NEW_YORK, "2027-03-14T07:30"),
        # Shown twice: the first.
        ("2027-10-31T03:30", HELSINKI, "2027-10-31T00:30"),
        ("2027-11-07T01:30", NEW_YORK, "2027-11-07T05:30"),
        # Clocks that change by half an hour.
        ("2027-10-03T02:15", LORD_HOWE, "2027-10-02T15:45"),
    ],
)
def test_times_that_a_clock_skips_or_shows_twice(local, zone, expected):
    assert instant(dt.datetime.fromisoformat(local), zone) == utc(expected)


def test_a_skipped_time_is_shown_an_hour_later():
    at = instant(dt.datetime(2027, 3, 28, 3, 30), HELSINKI)
    assert on_the_wall(at, HELSINKI) == dt.datetime(2027, 3, 28, 4, 30)


def test_weekends_keep_their_time_on_the_wall_across_a_clock_change():
    found = occurrences(SATURDAY, "FREQ=WEEKLY;BYDAY=SA,SU;COUNT=4")
    assert [(one.day, one.hour) for one in found] == [(20, 10), (21, 10), (27, 10), (28, 10)]
    hours = [instant(one, HELSINKI).hour for one in found]
    assert hours == [8, 8, 8, 7]


def test_days_later_is_the_same_time_on_the_wall():
    before = instant(SATURDAY, HELSINKI)
    after = days_later(before, 14, HELSINKI)
    assert after - before == dt.timedelta(days=14, hours=-1)
    assert days_later(after, -14, HELSINKI) == before


@given(
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2031, 1, 1)),
    st.sampled_from([HELSINKI, NEW_YORK, LORD_HOWE, dt.UTC]),
)
def test_a_clock_shows_what_was_asked_or_it_never_does(local, zone):
    shown = on_the_wall(instant(local, zone), zone)
    assert shown == local or shown - local in {dt.timedelta(minutes=30), dt.timedelta(hours=1)}


def test_days_left_out_count():
    found = occurrences(SATURDAY, "FREQ=WEEKLY;COUNT=3", {dt.date(2027, 3, 27)})
    assert [one.day for one in found] == [20, 3]


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("RRULE:FREQ=DAILY;UNTIL=20270322", 3),
        ("FREQ=DAILY;UNTIL=20270322T095959", 2),
        ("freq=weekly;until=20270403T100000", 3),
        ("FREQ=MONTHLY;BYDAY=3SA;COUNT=2", 2),
        ("FREQ=YEARLY;COUNT=4", 4),
        ("FREQ=DAILY;INTERVAL=2;COUNT=400", 400),
    ],
)
def test_rules_of_many_kinds(rule, count):
    found = occurrences(SATURDAY, rule)
    assert len(found) == count
    assert found == sorted(set(found))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=WEEKLY", "needs an end"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20280101", "one only"),
        ("FREQ=HOURLY;COUNT=3", "needs FREQ"),
        ("COUNT=3", "needs FREQ"),
        ("FREQ=WEEKLY;COUNT=0", "from 1 to 400"),
        ("FREQ=WEEKLY;COUNT=99999999999999999999", "from 1 to 400"),
        ("FREQ=WEEKLY;COUNT=x", "from 1 to 400"),
        ("FREQ=DAILY;UNTIL=20310101", f"more than {MOST}"),
        ("FREQ=WEEKLY;UNTIL=20270401T100000Z", "without Z"),
        ("FREQ=WEEKLY;BYDAY=SU;COUNT=2", "leaves out its own first start"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "leaves out"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "cannot be read"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", "cannot be read"),
        ("FREQ=WEEKLY;BYHOUR=1,2,3;COUNT=2", "cannot be read"),
        ("FREQ=WEEKLY;FREQ=DAILY;COUNT=2", "cannot be read"),
        ("every week", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_rules_that_cannot_be_used_say_what_to_mend(rule, said):
    with pytest.raises(RuleError, match=said):
        occurrences(SATURDAY, rule)


@given(st.text(alphabet="FREQ=WKLYDAILMONTHCU;BYS0123456789,-+ZXTE", max_size=60))
def test_whatever_the_rule_it_is_read_or_refused(rule):
    try:
        found = occurrences(SATURDAY, f"FREQ=DAILY;COUNT=3;{rule}")
    except RuleError:
        return
    assert 1 <= len(found) <= MOST
