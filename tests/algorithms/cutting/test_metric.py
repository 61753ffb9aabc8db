from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from towns import grid_town, lines

from doorstep.algorithms.cutting import Ground
from doorstep.algorithms.cutting.distances import REACH_M, metric_of
from doorstep.algorithms.cutting.metric import BLOCKED_M, legs_m


def oracle(xy, edges):
    """Metres between all points by a graph with every point put into the edge it touches."""
    tree = shapely.STRtree(edges)
    touched = tree.query_nearest(shapely.points(xy), all_matches=False)[1]
    along = shapely.line_locate_point(edges[touched], shapely.points(xy))
    ends = {}

    def node(point):
        return ends.setdefault((round(point[0], 1), round(point[1], 1)), len(ends))

    rows = []
    for nth, edge in enumerate(edges):
        first, last = node(edge.coords[0]), node(edge.coords[-1])
        held = [(along[p], ("p", p)) for p in np.flatnonzero(touched == nth)]
        chain = [(0.0, first), *sorted(held, key=lambda at: at[0]), (edge.length, last)]
        rows += [(a[1], b[1], b[0] - a[0]) for a, b in pairwise(chain)]
    number = {("p", p): p for p in range(len(xy))}
    number |= {at: len(xy) + at for at in ends.values()}
    a, b, w = zip(*[(number[a], number[b], w + 1e-9) for a, b, w in rows], strict=True)
    size = len(number)
    graph = coo_matrix((w, (a, b)), shape=(size, size))
    found = dijkstra(graph, directed=False)[: len(xy), : len(xy)]
    straight = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    return np.maximum(found, straight), found


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), gone=st.integers(0, 12))
def test_ways_are_the_longer_of_straight_and_shortest_path(seed, gone):
    rng = np.random.default_rng(seed)
    _, ground = grid_town(columns=4, rows=3)
    edges = np.delete(ground.edges, rng.integers(0, len(ground.edges), gone))
    xy = rng.random((40, 2)) * (400, 300)
    a, b = np.triu_indices(40, 1)
    metric = metric_of(xy, None, Ground(edges=edges))
    ours = legs_m(metric, a, b)
    wanted, path = oracle(xy, edges)
    known = path[a, b] < REACH_M - 100
    np.testing.assert_allclose(ours[known], wanted[a, b][known], atol=0.2)
    assert (ours >= np.hypot(*(xy[a] - xy[b]).T) - 1e-6).all()


def test_a_leg_across_a_barrier_is_blocked_and_one_around_its_end_is_not():
    xy = np.array([(0.0, 0.0), (0.0, 50.0), (200.0, 25.0)])
    wall = Ground(barriers=lines(shapely.LineString([(-100, 25), (100, 25)])))
    metric = metric_of(xy, None, wall)
    legs = legs_m(metric, np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert legs[0] > BLOCKED_M
    assert (legs[1:] < BLOCKED_M).all()


def test_a_stop_touches_the_edge_of_its_own_street_where_two_are_equally_near():
    edges = lines(shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 0), (0, 100)]))
    names = np.array(["first", "second"], np.object_)
    xy = np.array([(10.0, 10.0), (10.0, 10.0), (90.0, 5.0)])
    own = np.array(["first", "second", "first"], np.object_)
    metric = metric_of(xy, own, Ground(edges=edges, street=names))
    legs = legs_m(metric, np.array([0, 1]), np.array([2, 2]))
    np.testing.assert_allclose(legs, [np.hypot(80, 5), 100], atol=1e-4)


def test_an_edge_that_crosses_water_carries_nobody_unless_it_is_allowed():
    edges = lines(
        shapely.LineString([(0, 0), (0, 40)]),
        shapely.LineString([(0, 40), (0, 60)]),
        shapely.LineString([(0, 60), (0, 100)]),
    )
    water = lines(shapely.box(-500, 45, 500, 55))
    xy = np.array([(5.0, 30.0), (5.0, 70.0)])
    pair = np.array([0]), np.array([1])
    shut = metric_of(xy, None, Ground(edges=edges, barriers=water))
    bridge = np.array([False, True, False])
    open_ = metric_of(xy, None, Ground(edges=edges, barriers=water, allowed=bridge))
    assert legs_m(shut, *pair)[0] > BLOCKED_M
    np.testing.assert_allclose(legs_m(open_, *pair), [40], atol=1e-4)


def test_crossing_a_busy_street_costs_what_it_is_said_to():
    edges = lines(shapely.LineString([(0, 0), (100, 0)]))
    xy = np.array([(10.0, 8.0), (10.0, -8.0), (30.0, 8.0)])
    a, b = np.array([0, 0, 1]), np.array([1, 2, 2])
    plain = legs_m(metric_of(xy, None, Ground(edges=edges)), a, b)
    busy = Ground(edges=edges, crossing_m=np.array([60.0]))
    np.testing.assert_allclose(
        legs_m(metric_of(xy, None, busy), a, b) - plain, [60, 0, 60], atol=1e-9
    )
