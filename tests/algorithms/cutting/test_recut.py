import numpy as np
import pytest
from towns import grid_town

from doorstep.algorithms.cutting import Doors, Goal, Ground, cut_turfs, recut


def test_leftovers_are_cut_again_with_few_doors_changing_hands():
    doors, ground = grid_town(columns=12, rows=10)
    goal = Goal(doors=50)
    first = cut_turfs(doors, ground, goal)
    left = np.random.default_rng(2).random(len(doors.xy)) < 0.7
    before = first.turf[left]
    again = recut(Doors(xy=doors.xy[left]), ground, goal, before=before)
    assert (again.turf >= 0).all()
    assert np.mean(again.turf != before) <= 0.3
    held = again.doors[again.doors > 0]
    assert held.max() <= 55
    assert np.mean(np.abs(held / 50 - 1) <= 0.1 + 1e-9) >= 0.9
    assert again.figures["crossing_leg_count"] == 0
    for turf in np.unique(again.turf):
        assert sorted(again.seq[again.turf == turf]) == list(range((again.turf == turf).sum()))


def test_a_cut_with_nothing_done_stays_as_it_was():
    doors, ground = grid_town(columns=10, rows=8)
    first = cut_turfs(doors, ground, Goal(doors=45))
    again = recut(doors, ground, Goal(doors=45), before=first.turf)
    assert np.mean(again.turf != first.turf) < 0.02


def test_doors_that_had_no_turf_join_one():
    doors, ground = grid_town(columns=6, rows=3)
    before = np.where(np.arange(len(doors.xy)) % 9 == 0, -1, 0)
    again = recut(doors, ground, Goal(doors=60), before=before)
    assert (again.turf >= 0).all()


def test_earlier_turfs_must_be_given_for_every_door():
    with pytest.raises(ValueError, match="before"):
        recut(Doors(xy=np.zeros((3, 2))), Ground(), Goal(), before=np.zeros(2, int))
