"""Turfs as areas on a map: disjoint, each with exactly its doors, and calm to look at."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from scipy.spatial import Voronoi, cKDTree
from shapely.geometry.base import BaseGeometry

from doorstep.algorithms.cutting.model import Floats, Ints, Shapes

PAD_M = 35.0
"""How far an outline reaches beyond its doors: about the depth of a lot."""
GRID_M = 0.001
SIMPLER_M = (4.0, 2.0, 1.0, 0.0)
"""Tolerances tried: the first that leaves every door where it is."""
WALL_M = 0.25
RING = 16
QUAD_SEGS = 4
PIE_M = 3.0
"""How far around a spot with doors of several turfs, such as a tower, each of these has a piece."""
NEAR_ENOUGH_M = 0.05
"""Doors are this near to their outline: what rounding leaves, where turfs share a spot."""


class Site(NamedTuple):
    """Where the doors of all turfs are."""

    spots: Floats
    spot: Ints
    """Of each door."""
    nearest: Shapes
    """Ground that is nearest to each spot."""
    ground: BaseGeometry


def outlines(
    xy: Floats, turf: Ints, *, barriers: Shapes | None = None, within: BaseGeometry | None = None
) -> Shapes:
    """Areas of the turfs.

    The ground nearest to each door (its Voronoi cell) goes to the door's turf; cells of one turf
    are joined, clipped once around the doors, cut at barriers, and simplified together, so that
    neighbours keep their common border.

    Parameters
    ----------
    xy
        Doors in metres, shape (n, 2), finite.
    turf
        Shape (n,): turf of each door, from 0 without gaps.
    barriers
        Lines and polygons in the same metres; an outline ends at them.
    within
        Ground to divide; around the doors if left out.

    Returns
    -------
    ndarray
        Shape (k,), Polygon or MultiPolygon, valid and disjoint. Turfs that share a spot, such as
        the floors of a tower, meet in it.
    """
    return drawn(xy, turf, site_of(xy, barriers, within)) if len(xy) else np.empty(0, np.object_)


def site_of(xy: Floats, barriers: Shapes | None = None, within: BaseGeometry | None = None) -> Site:
    """All of `outlines` that can be done before there are turfs."""
    spots, spot = np.unique(np.round(xy, 2), axis=0, return_inverse=True)
    nearest, reach_m = _nearest_ground(spots)
    around = _around(spots, nearest, reach_m) if within is None else within
    return Site(spots, spot.ravel(), nearest, _between(around, barriers, spots))


def drawn(xy: Floats, turf: Ints, site: Site) -> Shapes:
    """The rest of `outlines`."""
    count = int(turf.max()) + 1
    # One door speaks for all of its turf on a spot.
    pair, first = np.unique(site.spot * count + turf, return_index=True)
    xy, turf = xy[first], turf[first]
    cells, owner = _cells(site.spots, pair // count, turf, site.nearest)
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(count + 1))
    areas = np.array(
        [_joined(cells[order[begin:end]]) for begin, end in pairwise(ends)],
        np.object_,
    )
    areas = _with_doors(_clipped(areas, site.ground), xy, turf)
    for tolerance in SIMPLER_M:
        simpler = _simplified(areas, tolerance)
        if tolerance == 0 or _holds(simpler, xy, turf):
            return simpler
    return areas


def _cells(spots: Floats, spot: Ints, owner: Ints, found: Shapes) -> tuple[Shapes, Ints]:
    """Cells and the turf of each; a spot of several turfs is a pie among them."""
    held = np.bincount(spot)
    alone = held[spot] == 1
    cells, owners = [*found[spot[alone]]], [*owner[alone]]
    nearest = cKDTree(spots).query(spots, k=min(2, len(spots)))[0].reshape(len(spots), -1)[:, -1]
    for at in np.flatnonzero(held > 1):
        members = owner[spot == at]
        # Whoever has doors elsewhere too takes the ground around the pie.
        around = members[np.argmax(np.bincount(owner)[members])]
        radius = min(PIE_M, 0.4 * nearest[at]) if len(spots) > 1 else PIE_M
        pieces, rim = _pie(spots[at], radius, len(members))
        cells += [*pieces, shapely.Polygon(found[at].exterior, [rim])]
        owners += [*members, around]
    return np.array(cells, np.object_), np.array(owners, np.intp)


def _nearest_ground(spots: Floats) -> tuple[Shapes, Floats]:
    """Voronoi cells, and how far they reach; a ring of far spots around closes those at the edge.

    Corners are shared by number, so that neighbours match to the last bit, whatever the spots.
    """
    middle = (spots.min(axis=0) + spots.max(axis=0)) / 2
    reach = 4 * (np.ptp(spots, axis=0).max() + 10 * PAD_M)
    angle = np.arange(RING) * 2 * np.pi / RING
    ring = middle + reach * np.column_stack([np.cos(angle), np.sin(angle)])
    voronoi = Voronoi(np.vstack([spots, ring]))
    regions = [voronoi.regions[at] for at in voronoi.point_region[: len(spots)]]
    cell = np.repeat(np.arange(len(spots)), [len(region) for region in regions])
    corner = voronoi.vertices[np.concatenate(regions).astype(np.intp)]
    away = corner - spots[cell]
    order = np.lexsort((np.arctan2(away[:, 1], away[:, 0]), cell))
    reach_m = np.zeros(len(spots))
    np.maximum.at(reach_m, cell, np.hypot(*away.T))
    return shapely.polygons(shapely.linearrings(corner[order], indices=cell)), reach_m


def _pie(middle: Floats, radius: float, count: int) -> tuple[list[BaseGeometry], Floats]:
    """So many equal pieces around a spot, and the rim they share with what lies around."""
    corners = max(1, round(12 / count))
    angle = np.arange(count * corners) * 2 * np.pi / (count * corners)
    rim = middle + radius * np.column_stack([np.cos(angle), np.sin(angle)])
    closed = np.vstack([rim, rim[:1]])
    return [
        shapely.Polygon([middle, *closed[nth * corners : (nth + 1) * corners + 1]])
        for nth in range(count)
    ], rim


def _joined(cells: Shapes) -> BaseGeometry:
    try:
        return shapely.coverage_union_all(cells)
    except shapely.errors.GEOSException:
        # Far corners of long thin cells may be rounded out of their common edge.
        return shapely.union_all(cells, grid_size=GRID_M)


def _around(spots: Floats, nearest: Shapes, reach_m: Floats) -> BaseGeometry:
    """Ground under the doors, without the nooks between them.

    That is all within `2 * PAD_M` of a spot. Cells that reach less far lie in it whole, and to join
    them is much faster than to join circles.
    """
    whole = reach_m < 2 * PAD_M * np.cos(np.pi / (4 * QUAD_SEGS))
    circles = shapely.buffer(shapely.points(spots[~whole]), 2 * PAD_M, quad_segs=QUAD_SEGS)
    wide = shapely.union(_joined(nearest[whole]), shapely.union_all(circles))
    return shapely.buffer(wide, -PAD_M, quad_segs=QUAD_SEGS)


def _clipped(areas: Shapes, ground: BaseGeometry) -> Shapes:
    """The areas where there is ground, on one grid; most lie in it whole."""
    shapely.prepare(ground)
    outside = ~shapely.contains_properly(ground, areas)
    areas = shapely.set_precision(areas, GRID_M)
    areas[outside] = shapely.intersection(areas[outside], ground, grid_size=GRID_M)
    return areas


def _between(ground: BaseGeometry, barriers: Shapes | None, spots: Floats) -> BaseGeometry:
    """The ground without the barriers, but with a little around doors that stand on one."""
    if barriers is None or not len(barriers):
        return ground
    near = barriers[shapely.STRtree(barriers).query(ground, predicate="intersects")]
    walls = shapely.union_all(shapely.buffer(near, WALL_M, quad_segs=1, cap_style="flat"))
    ground = shapely.difference(ground, walls, grid_size=GRID_M)
    shapely.prepare(ground)
    points = shapely.points(spots)
    stranded = points[~shapely.intersects(ground, points)]
    if not len(stranded):
        return ground
    return shapely.union_all([ground, *shapely.buffer(stranded, WALL_M)], grid_size=GRID_M)


def _with_doors(areas: Shapes, xy: Floats, turf: Ints) -> Shapes:
    """Without the parts that lie beyond a barrier, as seen from the doors."""
    areas = areas.copy()
    whole = shapely.get_type_id(areas) == shapely.GeometryType.POLYGON
    for at in np.flatnonzero(~whole):
        # Ground given by a caller may touch a cell in a line or a point alone.
        parts = shapely.get_parts(areas[at])
        parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
        if not len(parts):
            areas[at] = shapely.Polygon()
            continue
        doors = shapely.points(xy[turf == at])
        held = np.unique(shapely.STRtree(parts).query_nearest(doors, all_matches=False)[1])
        areas[at] = parts[held[0]] if len(held) == 1 else shapely.MultiPolygon(list(parts[held]))
    return areas


def _simplified(areas: Shapes, tolerance: float) -> Shapes:
    """Simpler together; as they are where rounding left borders that do not match."""
    if tolerance and shapely.coverage_is_valid(areas):
        return shapely.coverage_simplify(areas, tolerance)
    return areas


def _holds(areas: Shapes, xy: Floats, turf: Ints) -> bool:
    shapely.prepare(areas)
    inside = shapely.dwithin(areas[turf], shapely.points(xy), NEAR_ENOUGH_M)
    return bool(inside.all() and shapely.is_valid(areas).all())
