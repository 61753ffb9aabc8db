import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from doorstep.algorithms.walking import walking_order

CROSSING_M = 40.0

# A coarse grid, so that doors at one point and equal legs are common.
coordinates = st.integers(-40, 40).map(lambda n: n * 7.5)


@st.composite
def turfs(draw, max_size=24):
    count = draw(st.integers(0, max_size))
    points = draw(arrays(np.float64, (count, 2), elements=coordinates))
    street = draw(arrays(np.int64, count, elements=st.integers(0, 2)))
    side = draw(arrays(np.int64, count, elements=st.integers(0, 1)))
    # Doors at one point stand on one side of one street.
    if count:
        _, first, spot = np.unique(points, axis=0, return_index=True, return_inverse=True)
        street, side = street[first[spot.ravel()]], side[first[spot.ravel()]]
    return points, street, side


def together(points):
    """The given order, with doors at one point drawn to the first of them."""
    seen = {}
    for row, point in enumerate(map(tuple, points)):
        seen.setdefault(point, []).append(row)
    return [row for rows in seen.values() for row in rows]


def legs(points, street, side, order, start=None):
    path = points[order] if start is None else np.vstack([[start], points[order]])
    walk_m = float(np.hypot(*np.diff(path, axis=0).T).sum())
    same = np.diff(street[order]) == 0
    return walk_m, int((same & (np.diff(side[order]) != 0)).sum())


def cost(points, street, side, order, start=None):
    walk_m, crossing_count = legs(points, street, side, order, start)
    return walk_m + CROSSING_M * crossing_count


def nearest_neighbour(points, street, side, first):
    order, left = [first], [row for row in together(points) if row != first]
    while left:
        here = order[-1]
        price = [cost(points, street, side, [here, row]) for row in left]
        order.append(left.pop(int(np.argmin(price))))
    return order


@given(turfs())
def test_every_door_is_walked_to_exactly_once(turf):
    points, street, side = turf
    walk = walking_order(points, street=street, side=side)
    assert sorted(walk.order.tolist()) == list(range(len(points)))


@given(turfs(), st.none() | st.tuples(coordinates, coordinates))
def test_the_figures_are_those_of_the_order(turf, start):
    points, street, side = turf
    walk = walking_order(points, street=street, side=side, start=start)
    if len(points):
        expected = legs(points, street, side, walk.order, start)
        assert (walk.walk_m, walk.crossing_count) == (pytest.approx(expected[0]), expected[1])


@given(turfs(), st.none() | st.tuples(coordinates, coordinates))
def test_no_walk_costs_more_than_the_given_order(turf, start):
    points, street, side = turf
    walk = walking_order(points, street=street, side=side, start=start, crossing_m=CROSSING_M)
    given_cost = cost(points, street, side, together(points), start) if len(points) else 0
    assert walk.walk_m + CROSSING_M * walk.crossing_count <= given_cost + 1e-6


@given(turfs(max_size=14))
@settings(max_examples=50)
def test_no_walk_costs_more_than_going_on_to_the_nearest_door_from_any_first_door(turf):
    points, street, side = turf
    distinct = together(points)
    distinct = [row for row in distinct if not (points[:row] == points[row]).all(axis=1).any()]
    points, street, side = points[distinct], street[distinct], side[distinct]
    walk = walking_order(points, street=street, side=side, crossing_m=CROSSING_M)
    price = walk.walk_m + CROSSING_M * walk.crossing_count
    for first in range(len(points)):
        other = nearest_neighbour(points, street, side, first)
        assert price <= cost(points, street, side, other) + 1e-6


@given(turfs())
def test_doors_at_one_point_stay_together_in_the_order_given(turf):
    points, street, side = turf
    order = walking_order(points, street=street, side=side).order.tolist()
    for point in np.unique(points, axis=0):
        rows = np.flatnonzero((points == point).all(axis=1)).tolist()
        at = order.index(rows[0])
        assert order[at : at + len(rows)] == rows


@given(turfs())
def test_the_same_turf_gives_the_same_walk(turf):
    points, street, side = turf
    once = walking_order(points, street=street, side=side)
    again = walking_order(points.copy(), street=street.tolist(), side=side.tolist())
    assert once.order.tolist() == again.order.tolist()


def test_no_doors_make_no_walk():
    walk = walking_order([])
    assert (len(walk.order), walk.walk_m, walk.crossing_count) == (0, 0.0, 0)


def test_one_door_is_reached_from_the_start():
    walk = walking_order([[3.0, 4.0]], start=[0.0, 0.0])
    assert (walk.order.tolist(), walk.walk_m) == ([0], 5.0)


def test_a_tower_is_walked_in_the_order_given():
    assert walking_order(np.ones((428, 2))).order.tolist() == list(range(428))


def test_doors_on_a_line_are_walked_from_end_to_end():
    x = np.random.default_rng(5).permutation(60) * 10.0
    walk = walking_order(np.column_stack([x, np.zeros(60)]))
    assert walk.walk_m == pytest.approx(590)
    assert np.all(np.diff(x[walk.order]) > 0) or np.all(np.diff(x[walk.order]) < 0)


def test_the_corners_of_a_square_are_walked_around():
    walk = walking_order([[0, 0], [10, 10], [10, 0], [0, 10]])
    assert walk.walk_m == pytest.approx(30)


def test_a_ring_is_walked_around_from_the_start():
    angle = np.random.default_rng(2).permutation(48) * 2 * np.pi / 48
    ring = 100 * np.column_stack([np.cos(angle), np.sin(angle)])
    walk = walking_order(ring, start=[110, 0])
    assert ring[walk.order[0]] == pytest.approx([100, 0])
    assert walk.walk_m == pytest.approx(10 + 47 * 200 * np.sin(np.pi / 48))


def test_a_busy_street_is_walked_one_side_at_a_time_and_a_quiet_one_is_not():
    x = np.tile(np.arange(20) * 15.0, 2)
    side = np.repeat([0, 1], 20)
    points = np.column_stack([x, side * 8.0])
    busy = walking_order(points, street=np.zeros(40), side=side, crossing_m=200)
    quiet = walking_order(points, street=np.zeros(40), side=side, crossing_m=0)
    assert busy.crossing_count == 1
    assert quiet.crossing_count > 5
    assert quiet.walk_m < busy.walk_m


def suburb(rng):
    """Five parallel streets of 32 lots, about a third of them targeted, by name and number."""
    street, side, lot = np.meshgrid(np.arange(5), [0, 1], np.arange(16), indexing="ij")
    street, side, lot = street.ravel(), side.ravel(), lot.ravel()
    points = np.column_stack([lot * 18.0, street * 90.0 + side * 22.0])
    points += rng.normal(0, 2, points.shape)
    chosen = rng.random(len(points)) < 0.35
    by_number = np.lexsort((2 * lot + side, street))
    rows = by_number[chosen[by_number]]
    return points[rows], street[rows], side[rows]


def test_suburbs_need_fewer_metres_and_crossings_than_by_name_and_number():
    rng = np.random.default_rng(11)
    figures = []
    for _ in range(25):
        points, street, side = suburb(rng)
        walk = walking_order(points, street=street, side=side)
        given_m, given_count = legs(points, street, side, np.arange(len(points)))
        assert walk.walk_m < given_m
        assert walk.crossing_count < given_count
        figures.append((walk.walk_m / given_m, walk.crossing_count / given_count))
    walk_ratio, crossing_ratio = np.mean(figures, axis=0)
    assert walk_ratio < 0.85
    assert crossing_ratio < 0.4


@pytest.mark.parametrize("count", [400, 5000])
def test_a_large_turf_is_ordered_well(count):
    points = np.random.default_rng(3).random((count, 2)) * 1000
    walk = walking_order(points)
    assert sorted(walk.order.tolist()) == list(range(count))
    # Shortest paths through random points tend to 0.7124 sqrt(n A): Johnson and others, 1996.
    assert walk.walk_m < 0.84 * np.sqrt(count * 1e6)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"points": [1.0, 2.0]}, r"points must have shape \(2, 2\)"),
        ({"points": [[0.0, 0.0], [np.nan, 1.0]]}, r"points\[1\] is not a finite number"),
        ({"start": [1.0]}, r"start must have shape \(2,\)"),
        ({"street": [1, 1]}, "street and side belong together"),
        ({"street": [1], "side": [0, 1]}, r"street must have shape \(2,\)"),
        ({"street": [1, 1], "side": [0, 2]}, r"side\[1\] must be 0 or 1"),
        ({"crossing_m": -1.0}, "crossing_m must be 0 or more metres"),
    ],
)
def test_bad_input_is_refused_by_name(fields, message):
    with pytest.raises(ValueError, match=message):
        walking_order(**{"points": [[0.0, 0.0], [1.0, 1.0]], **fields})
