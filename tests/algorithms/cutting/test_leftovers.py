import numpy as np

from doorstep.algorithms.cutting.distances import metric_of
from doorstep.algorithms.cutting.leftovers import _with_numbers_back, kept_turfs
from doorstep.algorithms.cutting.model import Ground
from doorstep.algorithms.cutting.surroundings import neighbours, plane_of


def kept(earlier, low, high):
    """Turfs of doors 20 m apart along a street, a turf after the other."""
    earlier = np.array(earlier)
    metric = metric_of(
        np.column_stack([20.0 * np.arange(len(earlier)), earlier * 0.0]), None, Ground()
    )
    metric.stop[:, 7] = 1.0
    pairs = neighbours(metric.xy)
    plane = plane_of(metric, np.ones(len(earlier)), earlier, pairs=pairs)
    walk = np.zeros(int(earlier.max()) + 1)
    return kept_turfs(metric, plane, pairs, walk, low, high, 7)


def test_of_three_small_turfs_the_one_between_is_shared_out():
    after = kept(np.repeat([0, 1, 2], [18, 10, 18]), 20, 26)
    assert np.bincount(after, minlength=3)[1] == 0
    assert (after[:18] == 0).all()
    assert (after[28:] == 2).all()
    assert (np.diff(after) >= 0).all()


def test_full_turfs_stay_as_they_are():
    earlier = np.repeat([0, 1, 2], 20)
    assert kept(earlier, 18, 22).tolist() == earlier.tolist()


def test_a_turf_has_the_number_of_the_one_that_ended_if_most_of_its_doors_come_from_that():
    earlier = np.array([0, 0, 1, 1, 1, 2, 2, -1])
    turf = np.array([0, 0, 0, 0, 0, 2, 2, 2])
    assert _with_numbers_back(turf, earlier, np.ones(8)).tolist() == [1] * 5 + [2] * 3
    heavy = np.array([2.0, 2, 1, 1, 1, 1, 1, 1])
    assert _with_numbers_back(turf, earlier, heavy).tolist() == turf.tolist()
