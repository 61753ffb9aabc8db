import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.algorithms.cutting.regrouping import given_up
from doorstep.algorithms.cutting.surroundings import sparse_rows


def ring(loads):
    """Turfs in a circle, each next to two others."""
    at = np.arange(len(loads))
    return np.array(loads, float), *sparse_rows(len(loads), at, (at + 1) % len(loads))


def test_of_turfs_in_a_circle_those_go_whose_neighbours_lack_what_they_have():
    load, start, other = ring([20, 36, 36, 20, 36, 36])
    up = given_up(load, load, 45.0, 55.0, start, other, 500, 1)
    assert np.flatnonzero(up).tolist() == [0, 3]


def test_full_turfs_all_go_on():
    load, start, other = ring([50] * 8)
    assert not given_up(load, load, 45.0, 55.0, start, other, 500, 1).any()


def test_turfs_that_are_gone_already_are_not_given_up():
    load, start, other = ring([0, 0, 0, 0])
    assert not given_up(load, load, 45.0, 55.0, start, other, 100, 1).any()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=3, max_size=40), st.integers(0, 1_000))
def test_what_is_given_up_has_room_around_it_and_the_same_seed_gives_up_the_same(loads, seed):
    load, start, other = ring(loads)
    up = given_up(load, load, 45.0, 55.0, start, other, 200, seed)
    assert up.tolist() == given_up(load, load, 45.0, 55.0, start, other, 200, seed).tolist()
    for turf in np.flatnonzero(up):
        around = np.unique(other[start[turf] : start[turf + 1]])
        stay = around[~up[around]]
        assert load[turf] > 0
        assert np.maximum(0, 55 - load[stay]).sum() >= load[turf]
