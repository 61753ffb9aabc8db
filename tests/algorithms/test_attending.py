import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from doorstep.algorithms.staffing.attending import (
    Bookings,
    Forecast,
    brier,
    forecast,
    learn,
    poisson_binomial,
    prepare,
)


def bookings(count, **columns):
    """A shift of people never seen, who signed up a week before."""
    given_columns = {
        "person": np.full(count, -1),
        "kind": np.zeros(count, np.int64),
        "shift": np.zeros(count, np.int64),
        "lead_days": np.full(count, 7.0),
        "confirmed": np.zeros(count, np.bool_),
    }
    return Bookings(**given_columns | columns)


NOTHING = learn(bookings(0), np.zeros(0, np.bool_), people=0, kinds=1)


def history(seed, *, shifts=60, people=80, booked=20, spread=1.0, day=0.3):
    """Shifts of people who differ: (bookings, whether they came, how reliable each is)."""
    rng = np.random.default_rng(seed)
    habit = rng.normal(0, spread, people)
    weather = rng.normal(0, day, shifts)
    who = np.concatenate([rng.choice(people, booked, replace=False) for _ in range(shifts)])
    shift = np.repeat(np.arange(shifts), booked)
    confirmed = rng.random(len(who)) < 0.5
    past = bookings(len(who), person=who, shift=shift, confirmed=confirmed)
    came = rng.random(len(who)) < expit(0.2 + confirmed + habit[who] + weather[shift])
    return past, came, habit


def test_the_number_of_successes_of_two_tries_is_as_worked_by_hand():
    assert poisson_binomial(np.array([0.5, 0.2])).tolist() == pytest.approx([0.4, 0.5, 0.1])
    assert poisson_binomial(np.zeros(0)).tolist() == [1.0]


@given(arrays(float, st.integers(0, 40), elements=st.floats(0, 1)))
def test_chances_of_all_numbers_add_up_and_their_mean_is_that_of_the_tries(shares):
    chances = poisson_binomial(shares)
    assert chances.sum() == pytest.approx(1)
    assert chances @ np.arange(len(chances)) == pytest.approx(shares.sum(), abs=1e-9)


def test_what_is_no_chance_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        poisson_binomial(np.array([1.2]))


def test_who_has_no_past_is_expected_as_people_usually_come():
    found = forecast(NOTHING, bookings(20))
    assert 11 <= found.expected <= 12.5
    # Little is known, so much may be.
    assert found.high - found.low >= 8


def test_twelve_expected_of_nine_to_fifteen_are_six_pairs_and_two_spare_turfs():
    found = Forecast(
        shares=np.full(20, 0.6), chances=np.zeros(21), expected=12.0, low=9, high=15
    )  # fmt: skip
    ready = prepare(found)
    assert (ready.turfs, ready.pairs, ready.spare) == (8, 6, 2)


def test_nobody_booked_is_nobody_expected():
    found = forecast(NOTHING, bookings(0))
    assert (found.expected, found.low, found.high) == (0.0, 0, 0)
    assert prepare(found).turfs == 0


def test_a_long_past_of_sixty_in_a_hundred_forecasts_twelve_of_twenty():
    came = np.tile(np.arange(20) % 5 < 3, 30)
    past = bookings(600, person=np.arange(600), shift=np.repeat(np.arange(30), 20))
    habits = learn(past, came, people=600, kinds=1)
    found = forecast(habits, bookings(20))
    assert round(found.expected) == 12
    assert (found.low, found.high) == (9, 15)
    assert habits.base_rate == pytest.approx(0.6)


def test_the_spread_of_people_and_what_a_confirmation_does_are_found_again():
    past, came, habit = history(3, shifts=150)
    habits = learn(past, came, people=80, kinds=1)
    assert 0.7 <= habits.spread <= 1.3
    assert 0.7 <= habits.fixed[1] <= 1.3
    assert np.corrcoef(habits.person, habit)[0, 1] > 0.85


def test_people_who_do_not_differ_are_all_drawn_to_the_middle():
    past, came, _ = history(4, spread=0.0, day=0.0)
    habits = learn(past, came, people=80, kinds=1)
    assert habits.spread <= 0.3
    assert np.abs(habits.person).max() < 0.3


def test_who_came_once_is_trusted_less_than_who_came_ten_times():
    who = np.array([0] + [1] * 10 + list(range(2, 62)))
    came = np.concatenate([np.ones(11, np.bool_), np.arange(60) % 2 == 0])
    past = bookings(71, person=who, shift=np.arange(71) % 7)
    habits = learn(past, came, people=62, kinds=1)
    once, often = forecast(habits, bookings(2, person=np.array([0, 1]))).shares
    assert 0.5 < once < often


def test_the_interval_covers_what_happens_about_as_often_as_it_says():
    past, came, _ = history(5, shifts=220)
    early = past.shift < 120
    part = {name: getattr(past, name)[early] for name in past.__dataclass_fields__}
    habits = learn(Bookings(**part), came[early], people=80, kinds=1)
    inside, shares, truth = [], [], []
    for shift in range(120, 220):
        here = past.shift == shift
        found = forecast(
            habits, Bookings(**{n: getattr(past, n)[here] for n in past.__dataclass_fields__})
        )
        inside.append(found.low <= came[here].sum() <= found.high)
        shares.append(found.shares)
        truth.append(came[here])
    assert 0.75 <= np.mean(inside) <= 0.97
    shares, truth = np.concatenate(shares), np.concatenate(truth)
    assert brier(shares, truth) < 0.93 * brier(np.full(len(truth), habits.base_rate), truth)
    # Calibrated: of those given about 70 %, about 70 % come.
    for low in (0.3, 0.5, 0.7):
        here = (shares >= low) & (shares < low + 0.2)
        assert truth[here].mean() == pytest.approx(shares[here].mean(), abs=0.07)


def test_the_score_of_chances_is_as_worked_by_hand():
    assert brier(np.array([0.8, 0.4]), np.array([True, False])) == pytest.approx(0.1)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="one length"):
        bookings(3, lead_days=np.zeros(2))
