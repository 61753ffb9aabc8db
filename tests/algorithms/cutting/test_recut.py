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


def test_what_turfs_had_of_a_tower_stays_together_as_far_as_it_can():
    doors, ground = grid_town(columns=6, rows=4)
    tower = np.tile([[300.0, 212.0]], (240, 1))
    xy = np.concatenate([doors.xy, tower])
    address = np.append(np.arange(len(doors.xy)), np.full(240, len(doors.xy)))
    first = cut_turfs(Doors(xy=xy, address=address), ground, Goal(doors=40))
    left = np.random.default_rng(5).random(len(xy)) < 0.7
    before = first.turf[left]
    again = recut(Doors(xy=xy[left], address=address[left]), ground, Goal(doors=40), before=before)
    held = again.doors[again.doors > 0]
    assert np.mean(np.abs(held / 40 - 1) <= 0.1 + 1e-9) >= 0.9
    in_tower = address[left] == len(doors.xy)
    assert np.mean((again.turf != before)[in_tower]) <= 0.35
    same = recut(Doors(xy=xy[left], address=address[left]), ground, Goal(doors=40), before=before)
    assert same.turf.tolist() == again.turf.tolist()


def test_minutes_are_in_balance_again_with_few_doors_changing_hands():
    doors, ground = grid_town(columns=10, rows=8)
    goal = Goal(doors=None, minutes=120)
    first = cut_turfs(doors, ground, goal)
    left = np.random.default_rng(4).random(len(doors.xy)) < 0.75
    again = recut(Doors(xy=doors.xy[left]), ground, goal, before=first.turf[left])
    held = again.minutes[again.doors > 0]
    assert np.mean(np.abs(held / 120 - 1) <= 0.1 + 1e-9) >= 0.9
    assert np.mean(again.turf != first.turf[left]) <= 0.35


def test_doors_of_which_none_had_a_turf_are_cut_as_if_for_the_first_time():
    doors, ground = grid_town(columns=6, rows=3)
    again = recut(doors, ground, Goal(doors=60), before=np.full(len(doors.xy), -1))
    assert np.bincount(again.turf).tolist() == again.doors.tolist()
    assert np.mean(np.abs(again.doors / 60 - 1) <= 0.1 + 1e-9) == 1


def test_floors_of_a_tower_follow_one_another_in_the_walk():
    doors, ground = grid_town(columns=6, rows=4)
    tower = np.tile([[300.0, 212.0]], (60, 1))
    xy = np.concatenate([doors.xy, tower])
    address = np.append(np.arange(len(doors.xy)), np.full(60, len(doors.xy)))
    cut = cut_turfs(Doors(xy=xy, address=address), ground, Goal(doors=40))
    for turf in np.unique(cut.turf[len(doors.xy) :]):
        floors = np.flatnonzero((cut.turf == turf) & (address == len(doors.xy)))
        assert (np.diff(cut.seq[floors]) > 0).all()


def test_earlier_turfs_must_be_given_for_every_door():
    with pytest.raises(ValueError, match="before"):
        recut(Doors(xy=np.zeros((3, 2))), Ground(), Goal(), before=np.zeros(2, int))
