import numpy as np
import pytest

from doorstep.algorithms.cutting import Ground
from doorstep.algorithms.cutting.distances import metric_of
from doorstep.algorithms.cutting.measure import measure


def measured(xy, turf, target=2.0):
    metric = metric_of(np.array(xy, float), None, Ground())
    metric.stop[:, 7] = 1.0
    return measure(
        metric, np.array(turf), np.arange(len(turf)), size=np.bincount(turf).astype(float),
        stop_size=np.ones(len(turf)), target=target, tolerance=0.1, barriers=np.empty(0, object),
    )  # fmt: skip


def foreign(xy, turf):
    return measured(xy, turf)["foreign_share"]


def test_a_door_inside_another_turfs_hull_is_foreign():
    square = [(0, 0), (100, 0), (100, 100), (0, 100)]
    assert foreign([*square, (50, 50)], [0, 0, 0, 0, 1]) == pytest.approx(1 / 5)
    assert foreign([*square, (150, 50)], [0, 0, 0, 0, 1]) == 0


def test_turfs_of_one_tower_are_no_strangers_to_each_other():
    assert foreign([(0, 0), (0, 0), (0, 0), (50, 9)], [0, 1, 2, 2]) == 0


def test_a_long_leg_to_a_lone_door_is_remote_and_one_between_whole_turfs_is_not():
    near = [(0, 0), (20, 0), (40, 0)]
    lone = measured([*near, (340, 0)], [0, 0, 0, 0], target=4.0)
    assert (lone["far_leg_count"], lone["remote_leg_count"]) == (1, 1)
    halves = [*near, (60, 0), *((340 + 20 * at, 0) for at in range(4))]
    crossed = measured(halves, [0, 0, 1, 1, 0, 0, 1, 1], target=4.0)
    assert (crossed["far_leg_count"], crossed["remote_leg_count"]) == (2, 0)
