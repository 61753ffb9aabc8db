import numpy as np

from doorstep.algorithms.cutting.handing import Division, Prices, hand_over
from doorstep.algorithms.cutting.surroundings import sparse_rows

PRICES = Prices(lacking=1_000.0, stay=100.0, piece=3_000.0, hot=100.0, cold=1.0)


def row_of(count):
    """Stops along a street, each linked to the next."""
    return sparse_rows(count, np.arange(count - 1), np.arange(1, count))


def handed(turf, home, low, high, seed=1, among=None):
    start, link = row_of(len(turf))
    turf, size = np.array(turf), np.ones(len(turf))
    load = np.bincount(turf).astype(float)
    division = Division(
        turf, np.array(home), size, load, low, high, start, link, np.full(len(link), 40.0)
    )
    everyone = np.arange(len(turf)), np.ones(len(load), np.bool_)
    hand_over(division, PRICES, *(everyone if among is None else among), 20_000, seed)
    assert load.tolist() == np.bincount(turf, minlength=len(load)).tolist()
    return turf


def test_what_a_turf_lacks_comes_along_the_street_through_the_turf_between():
    before = [0] * 10 + [1] * 10 + [2] * 16
    after = handed(before, before, 12, 16)
    assert np.bincount(after).tolist() == [12, 12, 12]
    assert (np.diff(after) >= 0).all()


def test_doors_without_a_home_go_before_others():
    before = [0] * 20 + [1] * 4 + [1] * 12
    home = [0] * 20 + [-1] * 4 + [1] * 12
    after = handed(before, home, 12, 22)
    assert (after[24:] == 1).all()
    assert (after[:20] == 0).all()


def test_turfs_in_balance_keep_what_they_have():
    before = [0] * 12 + [1] * 12
    assert handed(before, before, 10, 14).tolist() == before


def test_the_same_seed_gives_the_same_turfs():
    before = [0] * 5 + [1] * 25
    assert handed(before, before, 12, 18, 3).tolist() == handed(before, before, 12, 18, 3).tolist()


def test_only_turfs_and_stops_that_are_named_change():
    before = [0] * 5 + [1] * 25 + [2] * 5
    among = np.arange(30), np.array([True, True, False])
    after = handed(before, [-1] * 35, 12, 18, among=among)
    assert np.bincount(after).tolist()[0] >= 12
    assert np.flatnonzero(after == 2).tolist() == list(range(30, 35))
