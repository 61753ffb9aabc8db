import hashlib
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from towns import grid_town, lines, street

from doorstep.algorithms.cutting import (
    Doors,
    Effort,
    Goal,
    Ground,
    Pace,
    cut_turfs,
    door_legs,
    walk_turf,
)
from doorstep.algorithms.cutting.cells import NO_POSITION, OUTSIDE

QUICK = Effort(steps_per_turf=60, rounds=4, kicks=20)


def check(cut, doors, ground, goal):
    """What holds of any cut."""
    count = len(doors.xy)
    assert set(np.flatnonzero(cut.turf < 0).tolist()) == set(cut.left_over)
    assert ((cut.seq < 0) == (cut.turf < 0)).all()
    used = np.unique(cut.turf[cut.turf >= 0])
    assert used.tolist() == list(range(len(cut.outlines)))
    for turf in used:
        assert sorted(cut.seq[cut.turf == turf]) == list(range((cut.turf == turf).sum()))
    if not len(used):
        return
    weight = np.ones(count) if doors.weight is None else doors.weight
    held = np.bincount(cut.turf[cut.turf >= 0], weight[cut.turf >= 0], len(used))
    assert held == pytest.approx(cut.doors)
    size = cut.doors if goal.unit == "doors" else cut.minutes
    low = (1 - goal.tolerance) * goal.size
    assert set(np.flatnonzero(size < low - 1e-6).tolist()) == set(cut.undersized)
    assert shapely.is_valid(cut.outlines).all()
    placed = np.flatnonzero(cut.turf >= 0)
    away = shapely.distance(cut.outlines[cut.turf[placed]], shapely.points(doors.xy[placed]))
    assert away.max() < 0.25
    total, union = shapely.area(cut.outlines).sum(), shapely.union_all(cut.outlines).area
    assert total == pytest.approx(union, rel=1e-3, abs=1.0)
    assert cut.figures["crossing_leg_count"] == 0
    assert crossing_legs(cut, doors, ground) == 0


def crossing_legs(cut, doors, ground):
    """Straight legs that meet a barrier."""
    order = np.lexsort((cut.seq, cut.turf))
    order = order[cut.turf[order] >= 0]
    same = cut.turf[order[1:]] == cut.turf[order[:-1]]
    begin, end = doors.xy[order[:-1][same]], doors.xy[order[1:][same]]
    if not len(begin) or not len(ground.barriers):
        return 0
    legs = shapely.linestrings(np.stack([begin, end], axis=1))
    return len(np.unique(shapely.STRtree(legs).query(ground.barriers, predicate="intersects")[1]))


@st.composite
def towns(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 120))
    doors, ground = grid_town(columns=draw(st.integers(1, 6)), rows=draw(st.integers(1, 4)))
    xy = doors.xy[rng.integers(0, len(doors.xy), count)]
    address = np.unique(xy, axis=0, return_inverse=True)[1].ravel()
    if draw(st.booleans()):
        ground = replace(ground, barriers=lines(shapely.LineString([(-500, 55), (2000, 55)])))
    if draw(st.booleans()):
        ground = Ground(barriers=ground.barriers)
    if draw(st.booleans()):
        halves = [shapely.box(-100, -100, 250, 900), shapely.box(250, -100, 900, 900)]
        ground = replace(ground, boundaries=lines(*halves))
    household = None
    if draw(st.booleans()):
        household = np.where(rng.random(count) < 0.5, address * 50 + rng.integers(0, 3, count), -1)
    if draw(st.booleans()):
        xy = np.where(rng.random(count)[:, None] < 0.1, np.nan, xy)
    return Doors(xy=xy, address=address, household=household), ground


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(town=towns(), size=st.integers(2, 40), minutes=st.booleans())
def test_any_cut_holds_every_door_once_within_its_outline_and_crosses_nothing(town, size, minutes):
    doors, ground = town
    goal = Goal(doors=None, minutes=3.0 * size) if minutes else Goal(doors=size)
    cut = cut_turfs(doors, ground, goal, effort=QUICK)
    check(cut, doors, ground, goal)
    for turf in range(len(cut.outlines)):
        in_turf = cut.turf == turf
        for boundary in ground.boundaries:
            sides = shapely.intersects_xy(boundary, doors.xy[in_turf, 0], doors.xy[in_turf, 1])
            assert sides.all() or not sides.any() or (doors.xy[in_turf, 0] == 250).any()
    if doors.household is not None:
        own = (doors.household >= 0) & (cut.turf >= 0)
        pairs = np.unique(np.column_stack([doors.household[own], cut.turf[own]]), axis=0)
        assert len(pairs) == len(np.unique(doors.household[own]))


def test_balance_is_kept_where_the_ground_allows_it():
    doors, ground = grid_town(columns=10, rows=8)
    cut = cut_turfs(doors, ground, Goal(doors=45))
    assert len(doors.xy) == 900
    check(cut, doors, ground, Goal(doors=45))
    assert (np.abs(cut.doors / 45 - 1) <= 0.1 + 1e-9).all()
    assert cut.figures["balanced_share"] == 1
    assert cut.figures["walk_per_bound"] < 1.25


def test_balance_by_minutes_counts_the_walk():
    doors, ground = grid_town(columns=10, rows=8)
    goal = Goal(doors=None, minutes=120)
    cut = cut_turfs(doors, ground, goal, pace=Pace(knock_min=2))
    service = np.bincount(cut.turf) * 2.0
    assert cut.minutes == pytest.approx(service + cut.walk_m / 75)
    assert (np.abs(cut.minutes / 120 - 1) <= 0.1 + 1e-9).all()


def test_minutes_are_balanced_as_they_are_walked_from_the_staging_place():
    doors, ground = grid_town(columns=10, rows=8)
    goal = Goal(doors=None, minutes=90)
    cut = cut_turfs(doors, ground, goal, staging=np.array([500.0, 900.0]), effort=QUICK)
    assert (np.abs(cut.minutes / 90 - 1) <= 0.1 + 1e-9).all()
    assert cut.figures["balanced_share"] == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_large_buildings_leave_hardly_a_turf_out_of_balance(seed):
    rng = np.random.default_rng(seed)
    doors, ground = grid_town(columns=8, rows=6)
    xy = np.repeat(doors.xy, rng.choice([1, 1, 1, 1, 2, 2, 3, 4, 17, 24], len(doors.xy)), axis=0)
    address = np.unique(xy, axis=0, return_inverse=True)[1].ravel()
    built = Doors(xy=xy, address=address)
    cut = cut_turfs(built, ground, Goal(doors=50), effort=QUICK)
    check(cut, built, ground, Goal(doors=50))
    assert (np.abs(cut.doors / 50 - 1) <= 0.1 + 1e-9).mean() >= 0.98


def test_a_few_doors_off_the_road_join_a_turf_but_not_from_far_away():
    doors, ground = grid_town(columns=6, rows=4)
    for away_m, joins in ((450.0, True), (900.0, False)):
        spot = doors.xy.max(axis=0) + np.array([away_m, 0.0])
        cut = cut_turfs(Doors(xy=np.vstack([doors.xy, spot])), ground, Goal(doors=30), effort=QUICK)
        assert ((cut.turf == cut.turf[-1]).sum() > 1) == joins
        assert cut.figures["balanced_share"] == 1
        assert bool(cut.undersized) != joins


def test_the_same_input_and_seed_give_the_same_cut_and_another_seed_another():
    doors, ground = grid_town(columns=8, rows=8)
    digests = []
    for seed in (3, 3, 4):
        cut = cut_turfs(doors, ground, Goal(doors=30), seed=seed, effort=QUICK)
        digests.append(hashlib.sha256(cut.turf.tobytes() + cut.seq.tobytes()).hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_no_turf_spans_a_river_and_one_bridge_joins_only_if_allowed():
    doors, ground = grid_town(columns=6, rows=1)
    river = lines(shapely.box(-1000, 40, 2000, 60))
    edges = ground.edges
    crossing = shapely.intersects(edges, river[0])
    divided = replace(ground, barriers=river)
    cut = cut_turfs(doors, divided, Goal(doors=40))
    south = doors.xy[:, 1] < 50
    assert set(cut.turf[south]).isdisjoint(cut.turf[~south])
    check(cut, doors, divided, Goal(doors=40))
    bridge = np.flatnonzero(crossing)[3]
    allowed = np.zeros(len(edges), np.bool_)
    allowed[bridge] = True
    joined = replace(divided, allowed=allowed)
    whole = cut_turfs(doors, joined, Goal(doors=120))
    assert len(np.unique(whole.turf)) == 1
    assert len(np.unique(cut_turfs(doors, divided, Goal(doors=120)).turf)) == 2


def test_a_street_with_houses_like_a_comb_is_walked_tooth_by_tooth():
    teeth = [shapely.LineString([(x, 0), (x, 100)]) for x in range(0, 301, 100)]
    ground = Ground(edges=np.array([*street(0, last=300), *teeth], np.object_))
    xy = np.array(
        [(x + side, y) for x in range(0, 301, 100) for y in (20, 50, 80) for side in (-5, 5)]
    )
    walk = walk_turf(Doors(xy=xy.astype(float)), ground)
    tooth = (xy[walk.order, 0] + 5) // 100
    assert (np.diff(tooth) != 0).sum() == 3
    assert walk.crossing_count == 0


def test_a_ring_is_walked_once_around():
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    xy = 200 * np.column_stack([np.cos(angle), np.sin(angle)])
    walk = walk_turf(Doors(xy=xy), Ground())
    around = 2 * 200 * np.sin(np.pi / 40) * 39
    assert walk.walk_m == pytest.approx(around, rel=1e-6)


def test_ways_between_doors_add_up_to_the_walk():
    doors, ground = grid_town(columns=3, rows=2)
    doors = replace(doors, xy=np.repeat(doors.xy, 2, axis=0))
    walk = walk_turf(doors, ground)
    legs = door_legs(doors, ground)(walk.order[:-1], walk.order[1:])
    assert legs.sum() == pytest.approx(walk.walk_m)
    assert (legs == 0).sum() == len(doors.xy) / 2


def test_a_tower_gives_whole_turfs_by_floor_and_its_rest_to_the_neighbours():
    doors, ground = grid_town(columns=4, rows=2)
    tower = np.full((230, 2), (150.0, 112.0))
    xy = np.concatenate([doors.xy, tower])
    spot = np.unique(xy, axis=0, return_inverse=True)[1].ravel()
    rank = np.concatenate([np.zeros(len(doors.xy), int), np.arange(230)[::-1]])
    built = Doors(xy=xy, address=spot, rank=rank)
    cut = cut_turfs(built, ground, Goal(doors=50))
    check(cut, built, ground, Goal(doors=50))
    floors = cut.turf[len(doors.xy) :]
    own = [t for t in np.unique(floors) if (cut.turf == t).sum() == (floors == t).sum()]
    assert len(own) >= 4
    for turf in own:
        held = np.flatnonzero(cut.turf == turf)
        by_seq = rank[held[np.argsort(cut.seq[held])]]
        assert by_seq.tolist() == list(range(by_seq[0], by_seq[0] + len(held)))
    assert cut.doors.max() <= 55


def test_an_address_of_less_than_half_a_turf_is_never_divided():
    rng = np.random.default_rng(5)
    doors, ground = grid_town(columns=8, rows=6)
    xy = np.repeat(doors.xy, rng.integers(1, 20, len(doors.xy)), axis=0)
    address = np.unique(xy, axis=0, return_inverse=True)[1].ravel()
    cut = cut_turfs(Doors(xy=xy, address=address), ground, Goal(doors=50), effort=QUICK)
    pairs = np.unique(np.column_stack([address, cut.turf]), axis=0)
    assert len(pairs) == len(doors.xy)
    assert cut.doors.max() <= 55


def test_two_towns_are_never_one_turf_and_a_town_too_small_is_named():
    doors, ground = grid_town(columns=4, rows=1)
    far = doors.xy[:20] + np.array([9_000, 0])
    both = Doors(xy=np.concatenate([doors.xy, far]))
    cut = cut_turfs(both, ground, Goal(doors=40))
    assert set(cut.turf[: len(doors.xy)]).isdisjoint(cut.turf[len(doors.xy) :])
    assert cut.undersized == [int(cut.turf[-1])]
    assert any("smaller than wished" in note for note in cut.notes)
    assert cut.figures["balanced_share"] == 1


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_a_few_doors_are_one_turf(count):
    xy = np.column_stack([np.arange(count) * 10.0, np.zeros(count)])
    cut = cut_turfs(Doors(xy=xy), Ground(), Goal())
    assert cut.turf.tolist() == [0] * count
    assert sorted(cut.seq) == list(range(count))
    assert any("straight" in note for note in cut.notes)


def test_doors_all_on_one_spot_are_divided_and_kept_in_order():
    doors = Doors(xy=np.zeros((130, 2)), address=np.arange(130))
    cut = cut_turfs(doors, Ground(), Goal(doors=50))
    assert cut.doors.sum() == 130
    assert cut.doors.max() <= 55


def test_turfs_larger_than_all_doors_are_one_and_reported():
    doors, ground = grid_town(columns=2, rows=1)
    cut = cut_turfs(doors, ground, Goal(doors=5_000))
    assert len(cut.outlines) == 1
    assert cut.undersized == [0]


def test_doors_without_position_or_outside_the_boundaries_are_left_over_with_a_reason():
    doors, ground = grid_town(columns=2, rows=1)
    xy = doors.xy.copy()
    xy[3] = np.nan
    bounded = replace(ground, boundaries=lines(shapely.box(-50, -50, 110, 150)))
    cut = cut_turfs(Doors(xy=xy), bounded, Goal(doors=10))
    assert cut.left_over[3] == NO_POSITION
    assert {cut.left_over[row] for row in np.flatnonzero(xy[:, 0] > 110)} == {OUTSIDE}
    check(cut, Doors(xy=xy), bounded, Goal(doors=10))


def test_a_network_with_gaps_and_doors_off_it_still_give_turfs():
    doors, ground = grid_town(columns=6, rows=3)
    torn = replace(ground, edges=np.delete(ground.edges, np.arange(0, len(ground.edges), 3)))
    off = np.concatenate([doors.xy, doors.xy[:10] + np.array([0, 3_000])])
    cut = cut_turfs(Doors(xy=off), torn, Goal(doors=30))
    check(cut, Doors(xy=off), torn, Goal(doors=30))


def test_progress_is_told_in_order_and_what_it_raises_stops_the_cut():
    doors, ground = grid_town(columns=8, rows=8)
    told = []
    cut_turfs(
        doors, ground, Goal(doors=30), effort=QUICK, progress=lambda s, w: told.append((s, w))
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)

    class EnoughError(Exception):
        pass

    def stop(share, stage):
        if share > 0.3:
            raise EnoughError

    with pytest.raises(EnoughError):
        cut_turfs(doors, ground, Goal(doors=30), effort=QUICK, progress=stop)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"xy": np.zeros((3, 3))}, "xy"),
        ({"xy": np.zeros((3, 2)), "address": np.zeros(2, int)}, "address"),
        ({"xy": np.zeros((3, 2)), "weight": np.array([1.0, 0.0, 1.0])}, r"weight\[1\]"),
    ],
)
def test_arrays_that_do_not_fit_are_named(fields, named):
    with pytest.raises(ValueError, match=named):
        cut_turfs(Doors(**fields), Ground(), Goal())


@pytest.mark.parametrize(
    "fields",
    [
        {"doors": 50, "minutes": 50},
        {"doors": None},
        {"doors": 0},
        {"doors": float("nan")},
        {"doors": 50, "tolerance": 0},
    ],
)
def test_an_impossible_goal_is_refused(fields):
    with pytest.raises(ValueError, match="give"):
        Goal(**fields)


def test_the_walk_begins_near_the_staging_place():
    doors, ground = grid_town(columns=6, rows=1)
    walk = walk_turf(doors, ground, staging=np.array([-300.0, 0.0]))
    assert doors.xy[walk.order[0], 0] == doors.xy[:, 0].min()
