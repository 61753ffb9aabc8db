"""Draws areas of about equal work along streets, as a person with a street map would."""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

PAD_M = 40
# Noding snaps to this: coarse enough to close the gaps of rounding, far below a house's width.
GRID_M = 0.01
# Above this many times the wished size a block is cut, and blocks are no longer joined.
SPLIT_ABOVE = 1.5
JOIN_UP_TO = 1.2
# How far the outline may follow the doors inward: 0 to the utmost, 1 not at all.
OUTLINE_RATIO = 0.4

Area = shapely.Polygon | shapely.MultiPolygon
Floats = NDArray[np.float64]


def areas_along_streets(
    points: ArrayLike,
    lines: Sequence[BaseGeometry],
    *,
    barriers: Sequence[BaseGeometry] | None = None,
    doors_per_area: float = 60,
    weights: ArrayLike | None = None,
) -> list[Area]:
    """Areas of about `doors_per_area` doors, bounded by streets and never astride a barrier.

    The plane around the doors falls into blocks along `lines` and `barriers`; a block with far too
    many doors is halved at the median door, along its own axes, until it fits. Then the area with
    the fewest doors joins the neighbour that gives the roundest shape, again and again. Blocks
    without doors go along with a neighbour unless barriers shut them off.

    Parameters
    ----------
    points
        Doors in projected metres, shape (n, 2).
    lines
        Streets in the same metres; none gives rectangles.
    barriers
        Lines or polygons (railways, rivers) in the same metres.
    doors_per_area
        The wished count, above 0.
    weights
        Doors at each point, shape (n,), not negative; one each if left out.

    Returns
    -------
    list
        Valid, disjoint shapes that together cover all points, in order of their first point. The
        same input gives the same shapes. Doors on one spot stay together, however many.

    Raises
    ------
    ValueError
        Points that are not (n, 2) finite numbers, weights that do not fit them, or an impossible
        `doors_per_area`.
    """
    xy, doors = _checked(points, weights, doors_per_area)
    if not len(xy):
        return []
    shapes = () if barriers is None else barriers
    walls = [shape.boundary if shape.area else shape for shape in shapes]
    outline = _outline(xy, follows_doors=len(lines) > 0)
    edges = np.array([*lines, *walls], dtype=np.object_)
    frame = [outline.boundary, *edges[shapely.intersects(edges, outline)]]
    blocks = _faces(frame, outline)
    cuts = list(_cuts(blocks, xy, doors, doors_per_area))
    blocks = _faces([*frame, *cuts], outline)
    block_of = area_of_points(xy, blocks)
    load = np.bincount(block_of, doors, len(blocks)).astype(np.float64)
    group_of = _joined(_Groups(blocks, load, walls), doors_per_area)
    return [
        cast("Area", shapely.coverage_union_all(blocks[group_of == group]))
        for group in dict.fromkeys(group_of[block_of].tolist())
    ]


def area_of_points(
    points: ArrayLike, areas: Sequence[Area] | NDArray[np.object_]
) -> NDArray[np.intp]:
    """Index of the area that holds each point, the first of them on a shared border.

    Parameters
    ----------
    points
        Projected metres, shape (n, 2).
    areas
        At least one shape in the same metres. A point outside all goes to the nearest.

    Returns
    -------
    ndarray
        Shape (n,).
    """
    places = shapely.points(np.asarray(points, dtype=np.float64).reshape(-1, 2))
    asked, found = shapely.STRtree(areas).query_nearest(places, all_matches=True)
    order = np.lexsort((found, asked))
    _, first = np.unique(asked[order], return_index=True)
    return found[order][first]


def _checked(points: ArrayLike, weights: ArrayLike | None, wished: float) -> tuple[Floats, Floats]:
    xy = np.asarray(points, dtype=np.float64)
    xy = xy.reshape(0, 2) if not xy.size else xy
    doors = np.ones(len(xy)) if weights is None else np.asarray(weights, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2 or not np.isfinite(xy).all():  # noqa: PLR2004 x and y
        message = f"points of shape {xy.shape}: give finite metres of shape (n, 2)"
        raise ValueError(message)
    if doors.shape != (len(xy),) or not (np.isfinite(doors) & (doors >= 0)).all():
        message = f"weights of shape {doors.shape}: give a count of 0 or more for each point"
        raise ValueError(message)
    if not wished > 0:
        message = f"doors_per_area is {wished}: give a number above 0"
        raise ValueError(message)
    return xy, doors


def _outline(xy: Floats, *, follows_doors: bool) -> shapely.Polygon:
    """Ground under the doors, padded; a box if there are no streets to shape it."""
    doors = shapely.MultiPoint(xy)
    if not follows_doors:
        west, south, east, north = doors.bounds
        return shapely.box(west - PAD_M, south - PAD_M, east + PAD_M, north + PAD_M)
    return shapely.concave_hull(doors, ratio=OUTLINE_RATIO).buffer(PAD_M)


def _faces(lines: Sequence[BaseGeometry], outline: shapely.Polygon) -> NDArray[np.object_]:
    """All faces within the outline that the lines bound; they tile it."""
    noded = shapely.get_parts(shapely.union_all(lines, grid_size=GRID_M))
    faces = shapely.get_parts(shapely.polygonize(noded))
    return faces[
        shapely.intersects_xy(outline, shapely.get_coordinates(shapely.point_on_surface(faces)))
    ]


def _cuts(
    blocks: NDArray[np.object_], xy: Floats, doors: Floats, wished: float
) -> Iterator[BaseGeometry]:
    """Lines that part each crowded block along its own axes."""
    block_of = area_of_points(xy, blocks)
    for at in np.flatnonzero(np.bincount(block_of, doors) > SPLIT_ABOVE * wished):
        inside = block_of == at
        block: BaseGeometry = blocks[at]
        corners = shapely.get_coordinates(block.minimum_rotated_rectangle)
        angle = float(np.degrees(np.arctan2(*(corners[1] - corners[0])[::-1])))
        pivot = (float(corners[0, 0]), float(corners[0, 1]))
        turned = affinity.rotate(block, -angle, origin=pivot)
        places = affinity.rotate(shapely.MultiPoint(xy[inside]), -angle, origin=pivot)
        for line in _halvings(turned, shapely.get_coordinates(places), doors[inside], wished):
            yield affinity.rotate(line, angle, origin=pivot)


def _halvings(
    shape: BaseGeometry, xy: Floats, doors: Floats, wished: float
) -> Iterator[BaseGeometry]:
    """Straight lines between doors, each near the middle of what it parts."""
    if doors.sum() <= SPLIT_ABOVE * wished:
        return
    axis = int(np.argmax(np.ptp(xy, axis=0)))
    order = np.argsort(xy[:, axis], kind="stable")
    along = xy[order, axis]
    gaps = np.flatnonzero(np.diff(along) > 4 * GRID_M)
    if not len(gaps):
        return
    pieces = round(doors.sum() / wished)
    share = doors.sum() * (pieces // 2) / pieces
    gap = gaps[np.argmin(np.abs(np.cumsum(doors[order])[gaps] - share))]
    at = float(along[gap] + along[gap + 1]) / 2
    west, south, east, north = shape.bounds
    if axis == 0:
        line = shapely.LineString([(at, south - 1), (at, north + 1)])
        halves = (west, south, at, north), (at, south, east, north)
    else:
        line = shapely.LineString([(west - 1, at), (east + 1, at)])
        halves = (west, south, east, at), (west, at, east, north)
    # A little longer than the shape is wide, so that noding finds it on both sides.
    yield line.intersection(shape.buffer(4 * GRID_M))
    for side, half in zip((xy[:, axis] < at, xy[:, axis] > at), halves, strict=True):
        yield from _halvings(shapely.clip_by_rect(shape, *half), xy[side], doors[side], wished)


def _borders(
    blocks: NDArray[np.object_], walls: Sequence[BaseGeometry]
) -> Iterator[tuple[int, int, float, bool]]:
    """Two neighbours, the length of a stretch of their border, and whether it is a wall."""
    rings, block = shapely.get_rings(blocks, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    start, end = xy[:-1][inside], xy[1:][inside]
    # Noded faces share whole stretches, so both sides give the same numbers once turned one way.
    back = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    stretch = np.where(back[:, None], np.hstack((end, start)), np.hstack((start, end)))
    order = np.lexsort(stretch.T)
    stretch, owner = stretch[order], block[ring[1:][inside]][order]
    twice = np.flatnonzero((stretch[1:] == stretch[:-1]).all(axis=1))
    start, end = stretch[twice, :2], stretch[twice, 2:]
    middles = shapely.points((start + end) / 2)
    near = shapely.STRtree(walls).query(middles, predicate="dwithin", distance=2 * GRID_M)
    walled = np.isin(np.arange(len(twice)), near[0])
    length = np.hypot(*(end - start).T)
    columns = (owner[twice], owner[twice + 1], length, walled)
    return zip(*(column.tolist() for column in columns), strict=True)


class _Groups:
    """Blocks growing together: doors, ground and borders of each group under its first block."""

    def __init__(
        self, blocks: NDArray[np.object_], doors: Floats, walls: Sequence[BaseGeometry]
    ) -> None:
        self.doors: list[float] = doors.tolist()
        self.ground: list[float] = [block.area for block in blocks]
        self.around: list[float] = [block.length for block in blocks]
        self.shared: list[dict[int, float]] = [defaultdict(float) for _ in blocks]
        self.shut: list[set[int]] = [set() for _ in blocks]
        self.of_block = np.arange(len(blocks))
        for one, other, length, walled in _borders(blocks, walls):
            for here, there in ((one, other), (other, one)):
                self.shared[here][there] += length
                if walled:
                    self.shut[here].add(there)

    def best_neighbour(self, one: int, wished: float) -> int | None:
        """Neighbour to join: the roundest whole, or for empty ground the longest border."""
        doors = self.doors[one]
        limit = wished * (SPLIT_ABOVE if doors < wished / 4 else JOIN_UP_TO)
        fits = [
            other
            for other in sorted(self.shared[one].keys() - self.shut[one])
            if not doors or not self.doors[other] or doors + self.doors[other] <= limit
        ]
        return max(fits, key=lambda other: self._fitness(one, other), default=None)

    def _fitness(self, one: int, other: int) -> float:
        if not self.doors[one]:
            return self.shared[one][other]
        around = self.around[one] + self.around[other] - 2 * self.shared[one][other]
        return (self.ground[one] + self.ground[other]) / around**2

    def join(self, one: int, other: int) -> None:
        """Let `one` take in `other`, with its borders and walls."""
        self.around[one] += self.around[other] - 2 * self.shared[one][other]
        self.ground[one] += self.ground[other]
        self.doors[one] += self.doors[other]
        self.of_block[self.of_block == other] = one
        for there, length in self.shared[other].items():
            del self.shared[there][other]
            if there != one:
                self.shared[one][there] += length
                self.shared[there][one] += length
        for there in self.shut[other] - {one}:
            self.shut[there].remove(other)
            self.shut[there].add(one)
            self.shut[one].add(there)


def _joined(groups: _Groups, wished: float) -> NDArray[np.intp]:
    """Group of each block, after the emptiest has joined a neighbour again and again."""
    waiting = [(count, at) for at, count in enumerate(groups.doors)]
    heapq.heapify(waiting)
    while waiting:
        count, one = heapq.heappop(waiting)
        if groups.of_block[one] != one or count != groups.doors[one]:
            continue
        other = groups.best_neighbour(one, wished)
        if other is not None:
            groups.join(one, other)
            heapq.heappush(waiting, (groups.doors[one], one))
    for one in sorted(set(groups.of_block.tolist())):
        # A pond in a park: nobody draws a hole around it.
        for other, length in list(groups.shared[one].items()):
            if not groups.doors[one] and groups.around[one] - length < GRID_M:
                groups.join(other, one)
    return groups.of_block
