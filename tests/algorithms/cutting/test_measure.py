import numpy as np
import pytest

from doorstep.algorithms.cutting import Ground
from doorstep.algorithms.cutting.distances import metric_of
from doorstep.algorithms.cutting.measure import measure


def foreign(xy, turf):
    metric = metric_of(np.array(xy, float), None, Ground())
    metric.stop[:, 7] = 1.0
    figures = measure(
        metric, np.array(turf), np.zeros(len(turf), int), size=np.bincount(turf).astype(float),
        target=2.0, tolerance=0.1, barriers=np.empty(0, object),
    )  # fmt: skip
    return figures["foreign_share"]


def test_a_door_inside_another_turfs_hull_is_foreign():
    square = [(0, 0), (100, 0), (100, 100), (0, 100)]
    assert foreign([*square, (50, 50)], [0, 0, 0, 0, 1]) == pytest.approx(1 / 5)
    assert foreign([*square, (150, 50)], [0, 0, 0, 0, 1]) == 0


def test_turfs_of_one_tower_are_no_strangers_to_each_other():
    assert foreign([(0, 0), (0, 0), (0, 0), (50, 9)], [0, 1, 2, 2]) == 0
