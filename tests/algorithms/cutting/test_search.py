import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import grid_town

from doorstep.algorithms.cutting.costs import Turfs, assess_all
from doorstep.algorithms.cutting.cut import TASTE
from doorstep.algorithms.cutting.distances import metric_of
from doorstep.algorithms.cutting.ordering import paths_of
from doorstep.algorithms.cutting.search import improve
from doorstep.algorithms.cutting.surroundings import plane_of


def searched(seed, *, mine, home, per_metre):
    doors, ground = grid_town(columns=4, rows=3)
    count = len(doors.xy)
    metric = metric_of(doors.xy, None, ground)
    metric.stop[:, 7] = 1.0
    turf = np.arange(count) // 20
    plane = plane_of(metric, np.ones(count), turf if home else None)
    path, length = paths_of(np.arange(count), turf, 40)
    limit = np.full(len(length), 1.0 + per_metre * 300)
    turfs = Turfs(
        path, length, turf.copy(), np.zeros(len(length)), np.zeros(len(length)), 18 * limit,
        22 * limit,
    )  # fmt: skip
    taste = TASTE._replace(per_metre=per_metre, stay=30.0)
    assess_all(metric, plane, turfs, taste)
    before = turfs.cost.sum()
    stops = np.flatnonzero(mine[turf])
    gained = improve(metric, plane, turfs, taste, mine, stops, seed, 500, 20.0, 0.5, 6)[1]
    return metric, plane, turfs, taste, before, gained


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**31), home=st.booleans(), per_metre=st.sampled_from([0.0, 0.01]),
)  # fmt: skip
def test_costs_and_loads_kept_while_searching_are_those_found_by_counting_anew(
    seed, home, per_metre
):
    all_turfs = np.ones(8, np.bool_)
    metric, plane, turfs, taste, before, gained = searched(
        seed, mine=all_turfs, home=home, per_metre=per_metre
    )
    kept_cost, kept_load = turfs.cost.copy(), turfs.load.copy()
    assess_all(metric, plane, turfs, taste)
    filled = turfs.length > 0
    assert kept_cost[filled] == pytest.approx(turfs.cost[filled], abs=1e-2)
    assert kept_load[filled] == pytest.approx(turfs.load[filled], abs=1e-6)
    assert before - turfs.cost[filled].sum() == pytest.approx(gained, abs=0.1)
    for at, length in enumerate(turfs.length):
        assert (turfs.of_stop[turfs.path[at, :length]] == at).all()
    assert turfs.length.sum() == len(turfs.of_stop)


def test_turfs_that_are_another_s_stay_as_they_are():
    mine = np.arange(8) < 4
    _, _, turfs, _, _, gained = searched(1, mine=mine, home=False, per_metre=0.0)
    others = np.flatnonzero(~mine)
    assert (np.sort(turfs.path[others, :20]) == np.arange(80, 160).reshape(4, 20)).all()
    assert gained > 0
