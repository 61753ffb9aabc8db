import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.cutting import Doors, Goal, Pace
from doorstep.algorithms.cutting.stops import service_min, stops_of


@given(
    sizes=st.lists(st.integers(1, 180), min_size=1, max_size=6),
    homes=st.integers(1, 9),
    minutes=st.booleans(),
)
def test_doors_are_merged_without_loss_and_towers_divided_between_households(sizes, homes, minutes):
    address = np.repeat(np.arange(len(sizes)), sizes)
    household = np.arange(len(address)) // homes + 1000 * address
    xy = address[:, None] * np.array([100.0, 0.0])
    goal = Goal(doors=None, minutes=100) if minutes else Goal(doors=50)
    doors = Doors(xy=xy, address=address, household=household, rank=np.arange(len(address)))
    stops = stops_of(doors, goal, Pace())
    assert (stops.of_door >= 0).all()
    assert stops.doors.tolist() == np.bincount(stops.of_door).tolist()
    whole = np.unique(np.column_stack([household, stops.of_door]), axis=0)
    assert len(whole) == len(np.unique(household))
    assert len(np.unique(np.column_stack([address, stops.of_door]), axis=0)) == len(stops.xy)
    for stop in stops.peeled:
        assert 0.9 * goal.size <= stops.size[stop] <= 1.1 * goal.size + 1e-9
    for at, size in enumerate(sizes):
        if size <= 25 and not minutes:
            assert len(np.unique(stops.of_door[address == at])) == 1


def test_a_household_at_two_addresses_joins_them():
    doors = Doors(
        xy=np.array([(0.0, 0), (50, 0), (90, 0)]),
        address=np.array([1, 2, 3]),
        household=np.array([7, 7, -1]),
    )
    assert np.bincount(stops_of(doors, Goal(), Pace()).of_door).tolist() == [2, 1]


def test_minutes_count_the_entry_of_a_building_once():
    pace = Pace(knock_min=2, entry_min=1, unit_min=1.5)
    assert service_min(pace, [1, 2, 11]) == pytest.approx([2, 4.5, 18])


@given(
    sizes=st.lists(st.integers(1, 120), min_size=1, max_size=5),
    homes=st.integers(1, 5),
    seed=st.integers(0, 99),
    minutes=st.booleans(),
)
def test_leftovers_are_stops_of_no_more_than_one_earlier_turf(sizes, homes, seed, minutes):
    address = np.repeat(np.arange(len(sizes)), sizes)
    household = np.arange(len(address)) // homes + 1000 * address
    before = np.random.default_rng(seed).integers(-1, 4, 5_000)[household]
    xy = address[:, None] * np.array([100.0, 0.0])
    goal = Goal(doors=None, minutes=100) if minutes else Goal(doors=50)
    doors = Doors(xy=xy, address=address, household=household, rank=np.arange(len(address)))
    stops = stops_of(doors, goal, Pace(), before)
    assert (stops.of_door >= 0).all()
    assert stops.doors.sum() == len(address)
    assert not len(stops.peeled)
    for home in np.unique(household):
        assert len(np.unique(stops.of_door[household == home])) == 1
    for stop in np.unique(stops.of_door):
        was = before[stops.of_door == stop]
        assert len(np.unique(was[was >= 0])) <= 1
    # One gets into each building once for each turf that had a part of it.
    parts = np.unique(np.column_stack([address, before]), axis=0)
    most = len(address) * 1.5 + len(parts) * 1.5
    assert len(address) * 1.5 - 1e-6 <= stops.service_min.sum() <= most + 1e-6
