"""How good a cut is: the figures that every cut reports of itself."""

from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, legs_m
from doorstep.algorithms.cutting.model import Bools, Floats, Ints, Shapes
from doorstep.algorithms.cutting.surroundings import LINK_M, Pairs, neighbours

FAR_M = 250.0
"""A leg that somebody would rather drive."""
UNKNOWN_M = 5_000.0
"""What a leg across a barrier counts for at most, so that one does not drown the mean."""


def spanning_bound_m(metric: Metric, near: Ints, pairs: Pairs, count: int) -> float:
    """Metres below which no division into so many walks can come.

    The cheapest forest of `count` trees: a path is a tree. Edges tried are the nearest stops of
    each stop and its neighbours, which hold the shortest tree but for rare ties.
    """
    stops = len(metric.xy)
    here = np.repeat(np.arange(stops), near.shape[1])
    there = near.ravel()
    a = np.concatenate([here[there >= 0], pairs[0]])
    b = np.concatenate([there[there >= 0], pairs[1]])
    ends = np.divmod(np.unique(np.minimum(a, b) * stops + np.maximum(a, b)), stops)
    metres = legs_m(metric, *ends)
    # A stored zero would be no edge at all.
    links = coo_matrix((metres + 1e-6, ends), shape=(stops, stops))
    tree = np.sort(minimum_spanning_tree(links).data)
    pieces = stops - len(tree)
    return float(tree[: len(tree) - max(0, count - pieces)].sum())


def measure(
    metric: Metric,
    turf: Ints,
    order: Ints,
    *,
    size: Floats,
    stop_size: Floats,
    target: float,
    tolerance: float,
    barriers: Shapes,
    near: Ints | None = None,
    pairs: Pairs | None = None,
) -> dict[str, Any]:
    """Figures of a cut.

    Parameters
    ----------
    metric
        Of the stops.
    turf, order
        Shape (n,): turf of each stop from 0 without gaps, and its place in the walk.
    size, stop_size
        Shapes (k,) and (n,): what each turf and each stop holds, in the unit of the target.
    target, tolerance
        The wish, and the share it may be off.
    barriers
        In the same metres.
    near
        Nearest stops, for the bound; left out without.
    pairs
        Neighbours as `neighbours` finds them, if at hand.

    Returns
    -------
    dict
        walk_m; bound_m and walk_per_bound; stretch (walk over straight line); balanced_share and
        largest_per_target; split_count (turfs with a barrier between their doors inside their
        hull), crossing_leg_count, far_leg_count (over 250 m), remote_leg_count (those of
        them in turfs with doors that have to be walked to so far), disconnected_share (turfs whose
        doors cannot be linked by ways of 250 m), one_piece_share (turfs whose doors hang together
        by neighbours within 150 m), foreign_share (doors inside the hull of another turf),
        radius_m (mean over turfs of the root mean square distance from the middle).
    """
    count = len(size)
    sequence = np.lexsort((order, turf))
    inside = turf[sequence][1:] == turf[sequence][:-1]
    begin, end = sequence[:-1][inside], sequence[1:][inside]
    legs = legs_m(metric, begin, end)
    straight = np.hypot(*(metric.xy[begin] - metric.xy[end]).T)
    walk = float(np.minimum(legs, UNKNOWN_M).sum())
    doors = metric.stop[:, 7]
    a, b = pairs = pairs or neighbours(metric.xy)
    link_m = legs_m(metric, a, b)
    own = turf[a] == turf[b]
    short = own & (np.hypot(*(metric.xy[a] - metric.xy[b]).T) <= LINK_M) & (link_m < BLOCKED_M)
    walkable = own & (link_m <= FAR_M)
    on_foot = np.concatenate(
        [np.column_stack([a, b])[walkable], np.column_stack([begin, end])[legs <= FAR_M]]
    )
    hulls = _hulls(metric.xy, turf, count)
    figures: dict[str, Any] = {
        "turf_count": count,
        "walk_m": walk,
        "stretch": walk / max(1e-9, float(straight.sum())),
        "balanced_share": float(np.mean(np.abs(size / target - 1) <= tolerance + 1e-9)),
        "largest_per_target": float(size.max() / target),
        "split_count": _split(hulls, metric.xy, turf, barriers),
        "crossing_leg_count": int((legs >= BLOCKED_M).sum()),
        "far_leg_count": int((legs > FAR_M).sum()),
        "remote_leg_count": int(
            (
                _remote(a, b, link_m, turf, stop_size, target, tolerance)[begin] & (legs > FAR_M)
            ).sum()
        ),
        "disconnected_share": 1 - _whole_share(on_foot, turf, count),
        "one_piece_share": _whole_share(np.column_stack([a, b])[short], turf, count),
        "foreign_share": _foreign(hulls, metric.xy, turf, doors),
        "radius_m": _radius(metric.xy, doors, turf, count),
    }
    if near is not None:
        bound = spanning_bound_m(metric, near, pairs, count)
        figures |= {"bound_m": bound, "walk_per_bound": walk / max(1e-9, bound)}
    return figures


def _remote(
    a: Ints, b: Ints, link_m: Floats, turf: Ints, size: Floats, target: float, tolerance: float
) -> Bools:
    """Stops of turfs on islands that no whole number of turfs within the limits can share.

    An island is ground whose doors have none beyond it within `FAR_M` on foot.
    """
    near, stops = link_m <= FAR_M, len(turf)
    graph = coo_matrix((np.ones(near.sum()), (a[near], b[near])), shape=(stops, stops))
    island = connected_components(graph, directed=False)[1]
    held = np.bincount(island, size)
    fewest = np.ceil(held / ((1 + tolerance) * target) - 1e-9)
    alone = (fewest * (1 - tolerance) * target > held + 1e-9)[island]
    return (np.bincount(turf, alone) > 0)[turf]


def _hulls(xy: Floats, turf: Ints, count: int) -> Shapes:
    order = np.argsort(turf, kind="stable")
    ends = np.searchsorted(turf[order], np.arange(count + 1))
    return shapely.convex_hull(
        np.array(
            [shapely.MultiPoint(xy[order[start:stop]]) for start, stop in pairwise(ends)],
            np.object_,
        )
    )


def _whole_share(links: Ints, turf: Ints, count: int) -> float:
    """Share of the turfs whose stops the links join."""
    stops = len(turf)
    graph = coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(stops, stops))
    piece = connected_components(graph, directed=False)[1]
    held = np.unique(np.column_stack([turf, piece]), axis=0)[:, 0]
    return float(np.mean(np.bincount(held, minlength=count) == 1))


def _foreign(hulls: Shapes, xy: Floats, turf: Ints, doors: Floats) -> float:
    # The hull of a tower's floors is a spot and holds no ground: all its floors would be strangers.
    wide = np.flatnonzero(shapely.area(hulls) > 0)
    tree = shapely.STRtree(shapely.points(xy))
    asked, found = tree.query(hulls[wide], predicate="contains_properly")
    strangers = np.unique(found[turf[found] != wide[asked]])
    return float(doors[strangers].sum() / doors.sum())


def _radius(xy: Floats, doors: Floats, turf: Ints, count: int) -> float:
    total = np.bincount(turf, doors, count)
    square = np.zeros(count)
    for axis in (0, 1):
        middle = np.bincount(turf, doors * xy[:, axis], count) / total
        square += np.bincount(turf, doors * (xy[:, axis] - middle[turf]) ** 2, count)
    return float(np.sqrt(square / total).mean())


def _split(hulls: Shapes, xy: Floats, turf: Ints, barriers: Shapes) -> int:
    if not len(barriers):
        return 0
    asked, found = shapely.STRtree(barriers).query(hulls, predicate="intersects")
    split = 0
    for at in np.unique(asked):
        # Lines are given a hair's width, so that taking them away leaves pieces.
        walls = shapely.union_all(shapely.buffer(barriers[found[asked == at]], 0.01))
        parts = shapely.get_parts(shapely.difference(shapely.buffer(hulls[at], 0.1), walls))
        if len(parts) > 1:
            doors = shapely.points(xy[turf == at])
            split += (
                len(np.unique(shapely.STRtree(parts).query_nearest(doors, all_matches=False)[1]))
                > 1
            )
    return split
