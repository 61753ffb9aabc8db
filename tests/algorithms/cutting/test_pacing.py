"""A pace is found again in walks that were simulated with it, whatever else was recorded."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.algorithms.cutting import Pace
from doorstep.algorithms.cutting.model import PACE_RANGES
from doorstep.algorithms.cutting.pacing import (
    Knocks,
    Steps,
    measure_pace,
    minutes_of,
    steps_of,
    without_pauses,
)

SHARE = 0.3
paces = st.builds(
    Pace,
    walk_m_per_min=st.floats(40, 300),
    knock_min=st.floats(1, 6),
    entry_min=st.floats(0.2, 3),
    unit_min=st.floats(0.8, 5),
)


def walked(pace, count, seed, walks=12):
    """Steps at a pace; after three doors in ten one stays for a talk, and each varies by half."""
    rng = np.random.default_rng(seed)
    unit, several = rng.random(count) < 0.3, rng.random(count) < 0.3
    metres = np.where(unit, 0, rng.gamma(2, 25, count))
    parts = np.column_stack([metres, ~unit, ~unit & several, unit]).astype(float)
    met = (rng.random(count + 1) < SHARE).astype(float)
    talk_min = 0.7 * min(pace.knock_min, pace.unit_min) / SHARE
    mean = minutes_of(parts, pace) + talk_min * (met[:-1] - SHARE)
    return Steps(
        walk=np.sort(rng.integers(0, walks, count)),
        minutes=rng.gamma(4, mean / 4),
        parts=parts,
        talks=np.column_stack([met[1:], met[:-1]]),
    )


def told(steps):
    return measure_pace(without_pauses(steps))


def off(found, pace, parts):
    """By which share the minutes of some steps come out wrong."""
    return minutes_of(parts, found).sum() / minutes_of(parts, pace).sum() - 1


@settings(deadline=None, max_examples=20)
@given(pace=paces, seed=st.integers(0, 999))
def test_the_minutes_of_two_thousand_steps_are_found_to_an_eighth(pace, seed):
    found = told(walked(pace, 2000, seed))
    assert abs(off(found.pace, pace, walked(pace, 2000, seed + 1).parts)) < 1 / 8
    assert found.pace.knock_min == pytest.approx(pace.knock_min, rel=0.2)


@settings(deadline=None, max_examples=8)
@given(pace=paces, seed=st.integers(0, 999))
def test_one_step_in_twenty_that_is_wrong_moves_minutes_by_less_than_a_quarter(pace, seed):
    steps = walked(pace, 2000, seed)
    wrong = np.random.default_rng(seed).random(2000) < 0.05
    for minutes in (0.2, 25.0, 100.0, 5000.0):
        bad = replace(steps, minutes=np.where(wrong, minutes, steps.minutes))
        assert abs(off(told(bad).pace, told(steps).pace, steps.parts)) < 1 / 4


@settings(deadline=None, max_examples=20)
@given(count=st.integers(0, 40), seed=st.integers(0, 999), scale=st.floats(0, 1e6))
def test_whatever_was_recorded_numbers_stay_in_their_ranges_and_intervals(count, seed, scale):
    steps = walked(Pace(), count, seed)
    found = measure_pace(replace(steps, minutes=steps.minutes * scale))
    for name, (least, most) in PACE_RANGES.items():
        low, value, high = (getattr(one, name) for one in (found.low, found.pace, found.high))
        assert least <= low <= value <= high <= most


def test_of_nothing_the_default_is_told_exactly():
    nothing = walked(Pace(), 0, 1)
    found = told(nothing)
    assert (found.pace, found.steps) == (Pace(), 0)
    assert found.low.knock_min < 1
    assert found.high.knock_min > 3


def test_few_steps_leave_it_near_the_default_and_many_do_not():
    slow = Pace(knock_min=4, unit_min=3.5)
    few, more, many = (told(walked(slow, count, 5)) for count in (4, 200, 5000))
    assert few.pace.knock_min < 3 < more.pace.knock_min < 4.5
    assert many.pace.knock_min == pytest.approx(4, rel=0.05)
    widths = [one.high.knock_min - one.low.knock_min for one in (few, more, many)]
    assert widths == sorted(widths, reverse=True)


def test_an_interval_holds_the_pace_nearly_always():
    pace = Pace(walk_m_per_min=60, knock_min=3, entry_min=2, unit_min=2.5)
    found = [told(walked(pace, 400, seed)) for seed in range(30)]
    held = [
        [low <= true <= high for low, true, high in zip(*map(astuple, three), strict=True)]
        for three in ((one.low, pace, one.high) for one in found)
    ]
    assert (np.mean(held, axis=0) > 0.8).all()


def knocks(at_min, door=None, address=None, walk=None, contact=None):
    count = len(at_min)
    door = np.arange(count) if door is None else np.array(door)
    return Knocks(
        walk=np.zeros(count, np.intp) if walk is None else np.array(walk),
        at_min=np.array(at_min, float),
        door=door,
        address=door if address is None else np.array(address),
        several=np.zeros(count, np.bool_),
        contact=np.zeros(count, np.bool_) if contact is None else np.array(contact),
    )


def legs(a, b):
    return 10.0 * np.abs(np.subtract(a, b))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99), count=st.integers(0, 30))
def test_the_order_in_which_knocks_arrive_does_not_matter(seed, count):
    rng = np.random.default_rng(seed)
    door, walk = rng.integers(0, 12, count), rng.integers(0, 3, count)
    made = knocks(rng.permutation(count), door, door // 3, walk, rng.random(count) < 0.4)
    mixed = rng.permutation(count)
    other = Knocks(**{name: values[mixed] for name, values in vars(made).items()})

    def along(of):
        return lambda a, b: 10.0 * np.abs(of.door[a] - of.door[b])

    one, two = steps_of(made, along(made)), steps_of(other, along(other))
    for name, values in vars(one).items():
        assert np.array_equal(values, getattr(two, name))
    assert told(one) == told(two)


def test_people_of_one_door_are_one_step_and_walks_are_kept_apart():
    steps = steps_of(
        knocks(
            [0, 3, 5, 9, 4],
            door=[1, 1, 2, 3, 9],
            address=[1, 1, 2, 2, 9],
            walk=[0, 0, 0, 0, 1],
            contact=[False, True, False, False, False],
        ),
        legs,
    )
    assert steps.minutes.tolist() == [5, 4]
    assert steps.parts.tolist() == [[20, 1, 0, 0], [0, 0, 0, 1]]
    assert steps.talks.tolist() == [[0, 1], [0, 0]]


def test_results_entered_together_belong_to_the_time_before_them():
    steps = without_pauses(steps_of(knocks([0, 12, 12.01, 12.02, 15]), legs))
    assert steps.minutes.tolist() == pytest.approx([12.02, 2.98])
    assert steps.parts.tolist() == [[30, 3, 0, 0], [10, 1, 0, 0]]


def test_an_evening_of_typing_a_break_and_a_night_tell_nothing():
    typed = np.arange(30) * 0.05
    assert len(without_pauses(steps_of(knocks(typed), legs)).minutes) == 0
    broken = steps_of(knocks([0, 3, 50, 53, 1493]), legs)
    assert without_pauses(broken).minutes.tolist() == [3, 3]


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"walk_m_per_min": 0}, "walk_m_per_min is 0: give a number from 10 to 1500"),
        ({"knock_min": -1}, "knock_min is -1: give a number from 0.1 to 60"),
        ({"unit_min": float("nan")}, "unit_min is nan"),
    ],
)
def test_a_pace_that_nobody_has_is_refused(numbers, said):
    with pytest.raises(ValueError, match=said):
        Pace(**numbers)
