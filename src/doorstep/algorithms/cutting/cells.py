"""Pieces of ground that turfs are cut from: what no barrier, boundary or long way divides."""

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from doorstep.algorithms.cutting.metric import BLOCKED_M, Metric, legs_m
from doorstep.algorithms.cutting.model import Bools, Doors, Ground, Ints
from doorstep.algorithms.cutting.surroundings import Pairs

GAP_M, GAP_TIMES = 400.0, 10.0
"""Doors with a longer way to any others, also in times of the usual way to a neighbour, are a piece
of ground of their own: nobody walks there and back within a turf."""
DETOUR_TIMES = 1.5
"""How much further a few doors may lie and yet be a detour of the turf nearest to them."""
FEW_SHARE = 0.2
"""What such a piece must hold to be turf of its own, as a share of one."""
NO_POSITION = "It has no position on the map. Give it one, or import an address that has."
OUTSIDE = "It lies outside all boundaries."


def sorted_out(doors: Doors, ground: Ground) -> tuple[Bools, dict[int, str]]:
    """Doors that can be cut, and why the others cannot."""
    placed = np.isfinite(np.asarray(doors.xy, np.float64).reshape(-1, 2)).all(axis=1)
    left_over = dict.fromkeys(np.flatnonzero(~placed).tolist(), NO_POSITION)
    if len(ground.boundaries) and placed.any():
        rows = np.flatnonzero(placed)
        found = shapely.STRtree(ground.boundaries).query(
            shapely.points(doors.xy[rows]), predicate="intersects"
        )[0]
        outside = np.setdiff1d(rows, rows[found])
        left_over |= dict.fromkeys(outside.tolist(), OUTSIDE)
        placed[outside] = False
    return placed, left_over


def cells_of(metric: Metric, ground: Ground, pairs: Pairs, few_doors: float) -> Ints:
    """Pieces of ground that no barrier and no boundary divides, by stop.

    Stops hang together by neighbours that can see each other and are not too far to walk.
    """
    piece = np.zeros(len(metric.xy), np.intp)
    if len(ground.boundaries):
        asked, found = shapely.STRtree(ground.boundaries).query(
            shapely.points(metric.xy), predicate="intersects"
        )
        piece[:] = -1
        piece[asked[::-1]] = found[::-1]
        # The middle of an address may lie outside what its doors are in.
        lost = np.flatnonzero(piece < 0)
        if len(lost):
            piece[lost] = shapely.STRtree(ground.boundaries).query_nearest(
                shapely.points(metric.xy[lost]), all_matches=False
            )[1]
    metric.stop[:, 6] = piece
    a, b = pairs
    legs = legs_m(metric, a, b)
    a, b, legs = a[legs < BLOCKED_M], b[legs < BLOCKED_M], legs[legs < BLOCKED_M]
    # Floors of towers are many pairs of one way.
    spot = np.zeros(len(piece), np.bool_)
    spot[np.unique(np.round(metric.xy, 2), axis=0, return_index=True)[1]] = True
    usual = legs[spot[a] & spot[b]]
    far = max(GAP_M, GAP_TIMES * float(np.median(usual)) if len(usual) else 0.0)
    cell = _pieces(a[legs <= far], b[legs <= far], len(piece))
    # A handful of doors far out is a detour of some turf, unless a barrier lies between.
    few = np.bincount(cell, metric.stop[:, 7])[cell] < few_doors
    open_way = (legs > far) & (legs <= DETOUR_TIMES * far) & (few[a] | few[b])
    order = np.flatnonzero(open_way)[np.argsort(legs[open_way], kind="stable")]
    _, nearest = np.unique(np.where(few[a], cell[a], cell[b])[order], return_index=True)
    kept = np.concatenate([np.flatnonzero(legs <= far), order[nearest]])
    return _pieces(a[kept], b[kept], len(piece))


def _pieces(a: Ints, b: Ints, count: int) -> Ints:
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.intp)
