"""What is decided about notifications: no database, no clock but the one given."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit.ids import new_id
from doorstep.notify.model import Kind, Outcome, Sent, State
from doorstep.notify.planning import COLLAPSING, collapse, decide, why_not
from doorstep.notify.planning_model import Claim, Due
from doorstep.notify.quiet import quiet_until
from doorstep.notify.settling import JITTER, MAX_TRIES, MAX_UNKNOWN_TRIES, settle

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
NIGHT = dt.datetime(2026, 5, 4, 23, tzinfo=dt.UTC)
ALL = ("push", "email", "sms", "chat")
PHONE = new_id()


def due(**changes):
    given = {
        "id": new_id(),
        "member_id": new_id(),
        "kind": Kind.SHIFT_REMINDER,
        "about": new_id(),
        "due_at": NOON,
        "expires_at": None,
        "ended": False,
        "time_zone": "UTC",
        "quiet_from": dt.time(21),
        "quiet_until": dt.time(8),
        "has_email": True,
        "has_phone": True,
        "device_ids": [PHONE],
        "choices": {},
    }
    return Due(**(given | changes))


def claim(**changes):
    given = {
        "delivery_id": new_id(),
        "channel": "push",
        "state": State.QUEUED,
        "attempts": 0,
        "queued_at": NOON,
        "id": new_id(),
        "organization_id": new_id(),
        "kind": Kind.SHIFT_REMINDER,
        "member_id": new_id(),
        "about": new_id(),
        "facts": {},
        "due_at": NOON,
        "expires_at": None,
        "withdrawn": False,
        "read": False,
        "ended": False,
        "wanted": None,
        "locale": "en",
        "time_zone": "UTC",
        "quiet_from": dt.time(21),
        "quiet_until": dt.time(8),
        "address": "somewhere",
        "registration": "token",
        "platform": "android",
    }
    return Claim(**(given | changes))


def ways(changes, now=NOON, channels=ALL):
    return [
        (str(channel), device) for channel, device in decide(due(**changes), now, channels).ways
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["push"]),
        ({"device_ids": []}, ["email"]),
        ({"device_ids": [PHONE, new_id()]}, ["push", "push"]),
        ({"choices": {"push": False}}, ["email"]),
        ({"choices": {"push": False, "email": False}}, []),
        ({"choices": {"email": True}}, ["push", "email"]),
        ({"choices": {"sms": True}}, ["push", "sms"]),
        ({"choices": {"sms": True}, "has_phone": False}, ["push"]),
        ({"device_ids": [], "has_email": False}, []),
        ({"kind": Kind.ACCOUNT_SECURITY}, ["push", "email"]),
        # A new device is not told of itself.
        ({"kind": Kind.ACCOUNT_SECURITY, "about": PHONE}, ["email"]),
        ({"kind": Kind.SYNC, "device_ids": []}, []),
        ({"kind": Kind.SYNC}, ["push"]),
    ],
)
def test_everybody_is_told_once_unless_they_asked_for_more(changes, expected):
    assert [channel for channel, _ in ways(changes)] == expected


def test_a_channel_that_is_not_set_up_is_no_way():
    assert [one for one, _ in ways({}, channels=("email",))] == ["email"]
    assert decide(due(), NOON, ()).dropped == "no_way"


@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        ({"ended": True}, "ended"),
        ({"expires_at": NOON}, "expired"),
        ({"expires_at": NOON - dt.timedelta(hours=1)}, "expired"),
        ({"choices": dict.fromkeys(ALL, False)}, "unwanted"),
        ({"device_ids": [], "has_email": False, "has_phone": False}, "no_way"),
    ],
)
def test_what_is_dropped_says_why(changes, dropped):
    decision = decide(due(**changes), NOON, ALL)
    assert (decision.dropped, list(decision.ways)) == (dropped, [])


@pytest.mark.parametrize("kind", list(Kind))
def test_at_night_two_kinds_pass_and_the_others_wait_for_the_morning(kind):
    decision = decide(due(kind=kind), NIGHT, ALL)
    if kind in {Kind.ACCOUNT_SECURITY, Kind.WAITLIST_HOLD}:
        assert decision.ways
    else:
        assert decision.put_off_until == dt.datetime(2026, 5, 5, 8, tzinfo=dt.UTC)


def test_what_would_be_too_late_in_the_morning_is_not_sent_at_all():
    decision = decide(due(expires_at=NIGHT + dt.timedelta(hours=2)), NIGHT, ALL)
    assert decision.dropped == "expired"


HELSINKI, ADELAIDE, NEW_YORK = "Europe/Helsinki", "Australia/Adelaide", "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"


@pytest.mark.parametrize(
    ("zone", "local", "quiet", "until_utc"),
    [
        # By the wall: 21 to 8.
        ("UTC", "2026-05-04 20:59", ("21:00", "08:00"), None),
        ("UTC", "2026-05-04 21:00", ("21:00", "08:00"), "2026-05-05 08:00"),
        ("UTC", "2026-05-05 07:59", ("21:00", "08:00"), "2026-05-05 08:00"),
        ("UTC", "2026-05-05 08:00", ("21:00", "08:00"), None),
        # Within a day.
        ("UTC", "2026-05-05 13:30", ("13:00", "15:00"), "2026-05-05 15:00"),
        ("UTC", "2026-05-05 15:00", ("13:00", "15:00"), None),
        # None at all.
        ("UTC", "2026-05-05 03:00", ("00:00", "00:00"), None),
        # Spring in Helsinki: on 29 March at 3 it becomes 4. The morning comes an hour earlier.
        (HELSINKI, "2026-03-28 23:00", ("21:00", "08:00"), "2026-03-29 05:00"),
        (HELSINKI, "2026-03-27 23:00", ("21:00", "08:00"), "2026-03-28 06:00"),
        # An end within the hour that is skipped: 3:30 is 4:30 there.
        (HELSINKI, "2026-03-29 02:30", ("21:00", "03:30"), "2026-03-29 01:30"),
        # Autumn: on 25 October at 4 it becomes 3 again. The morning comes an hour later.
        (HELSINKI, "2026-10-24 23:00", ("21:00", "08:00"), "2026-10-25 06:00"),
        (NEW_YORK, "2026-11-01 00:30", ("21:00", "08:00"), "2026-11-01 13:00"),
        (ADELAIDE, "2026-10-03 23:00", ("21:00", "08:00"), "2026-10-03 21:30"),
        (LORD_HOWE, "2026-10-03 23:00", ("21:00", "08:00"), "2026-10-03 21:00"),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall(zone, local, quiet, until_utc):
    at = dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    starts, ends = map(dt.time.fromisoformat, quiet)
    expected = until_utc and dt.datetime.fromisoformat(until_utc).replace(tzinfo=dt.UTC)
    assert quiet_until(at, zone, starts, ends) == expected


clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1)),  # noqa: DTZ001
    st.sampled_from([HELSINKI, ADELAIDE, NEW_YORK, LORD_HOWE, "Asia/Kolkata", "no such zone"]),
    clocks,
    clocks,
)
def test_quiet_hours_always_end_within_a_day_and_are_over_then(at, zone, starts, ends):
    now = at.replace(tzinfo=dt.UTC)
    until = quiet_until(now, zone, starts, ends)
    if until is not None:
        assert now < until <= now + dt.timedelta(hours=25)
        # Where the clocks go back the wall may show quiet hours once more; they end as well.
        again = quiet_until(until, zone, starts, ends)
        assert again is None or again - until <= dt.timedelta(hours=1) or starts < ends


def test_of_ten_changes_the_last_is_told():
    member_id, about = new_id(), new_id()
    ten = [due(kind=Kind.TURF_RECUT, member_id=member_id, about=about) for _ in range(10)]
    other = due(kind=Kind.TURF_RECUT, member_id=member_id)
    kept, collapsed = collapse([*ten, other])
    assert kept == [ten[-1], other]
    assert collapsed == [one.id for one in ten[:-1]]


@pytest.mark.parametrize("kind", sorted(set(Kind) - COLLAPSING))
def test_other_kinds_do_not_collapse(kind):
    two = [due(kind=kind, member_id=PHONE, about=PHONE) for _ in range(2)]
    assert collapse(two) == (two, [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"withdrawn": True}, "withdrawn"),
        ({"read": True}, "read"),
        ({"ended": True}, "ended"),
        ({"expires_at": NOON}, "expired"),
        ({"wanted": False}, "unwanted"),
        ({"address": None}, "no_address"),
        ({"wanted": True}, None),
    ],
)
def test_it_is_looked_at_again_before_each_try(changes, reason):
    assert why_not(claim(**changes), NOON) == reason


def settled(outcome, attempts=1, queued_at=NOON, **more):
    sent = Sent(delivery_id=new_id(), outcome=outcome, error="SomeError", **more)
    return settle(sent, attempts, queued_at, NOON, random.Random(1))


def test_what_was_sent_is_done_with_and_what_is_dead_has_failed():
    assert settled(Outcome.SENT).state is State.SENT
    dead = settled(Outcome.DEAD)
    assert (dead.state, dead.retry_at, dead.error) == (State.FAILED, None, "SomeError")


@pytest.mark.parametrize(("attempts", "wait_s"), [(1, 15), (2, 30), (3, 60), (6, 480)])
def test_failures_are_tried_again_after_twice_as_long_each_time(attempts, wait_s):
    one = settled(Outcome.FAILED, attempts)
    waits_s = (one.retry_at - NOON).total_seconds()
    assert one.state is State.QUEUED
    assert wait_s <= waits_s <= wait_s * (1 + JITTER)


def test_tries_come_to_an_end():
    assert settled(Outcome.FAILED, MAX_TRIES).state is State.FAILED
    last = settled(Outcome.UNKNOWN, MAX_UNKNOWN_TRIES)
    assert (last.state, last.retry_at) == (State.UNKNOWN, None)


def test_what_is_unknown_is_tried_again_and_stays_unknown_meanwhile():
    one = settled(Outcome.UNKNOWN)
    assert one.state is State.UNKNOWN
    assert one.retry_at > NOON


def test_a_service_that_asks_for_time_gets_it_with_jitter():
    one = settled(Outcome.LATER, retry_at=NOON + dt.timedelta(seconds=60))
    assert one.state is State.QUEUED
    assert 60 <= (one.retry_at - NOON).total_seconds() <= 72
    old = NOON - dt.timedelta(days=4)
    assert settled(Outcome.LATER, queued_at=old, retry_at=NOON).state is State.FAILED
