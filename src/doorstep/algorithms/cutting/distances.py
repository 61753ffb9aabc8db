"""From lines and stops to a table of walking distances."""

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from doorstep.algorithms.cutting.metric import NEAR_M, Metric, slot_of
from doorstep.algorithms.cutting.model import Bools, Floats, Ground, Ints, Shapes

REACH_M = 600.0
"""How far the table goes; a door-to-door leg is a tenth of it."""
NAMED_WITHIN_M = 60.0
NAMED_FURTHER_M = 0.1
"""A stop touches the nearest edge, and of several as near that of its own street. By name alone,
doors at corners would count as far from those next to them: the walk grows by a tenth."""
JOIN_M = 0.1
"""Ends of edges this near are one crossing: what rounding to seven decimals of a degree leaves."""
ISLAND_SHARE = 0.002
"""Pieces of a network with less of its length than this, such as a path drawn unconnected, are
left out: a door beside one would seem unreachable."""
GRID_M = 50.0

_NO_TABLE = np.zeros((1, 3), np.intp), np.full((1, 6), -1, np.float32)


def metric_of(
    xy: Floats, street: Shapes | None, ground: Ground, reach_m: float = REACH_M
) -> Metric:
    """The walking metric between stops.

    Parameters
    ----------
    xy
        Metres, shape (n, 2), finite.
    street
        Shape (n,), names as in `ground.street`, or None.
    ground
        Ways and barriers.
    reach_m
        Ways longer than this are guessed.

    Returns
    -------
    Metric
        Without edges, `edge` is -1 for every stop and a way is the straight line.
    """
    walls = wall_pieces(ground.barriers)
    stop = np.zeros((len(xy), 9))
    stop[:, :2] = xy
    stop[:, 4] = -1
    stop[:, 5] = _near(xy, ground.barriers)
    table = _NO_TABLE
    kept, by_leave = _passable(ground)
    lines = ground.edges[kept]
    if len(lines) and len(xy):
        length_m = shapely.length(lines)
        ends = _joined_ends(lines)
        whole = _main_pieces(ends, length_m)
        lines, length_m, ends, by_leave = (
            lines[whole],
            length_m[whole],
            ends[whole],
            by_leave[kept][whole],
        )
        names = None if ground.street is None else ground.street[kept][whole]
        edge = _touched(xy, street, lines, names)
        stop[:, 2] = shapely.line_locate_point(lines[edge], shapely.points(xy))
        stop[:, 3] = length_m[edge] - stop[:, 2]
        used, stop[:, 4] = np.unique(edge, return_inverse=True)
        stop[:, 8] = _sides(xy, lines[edge], stop[:, 2])
        table = _table(ends, length_m, by_leave, used, reach_m)
        if ground.crossing_m is not None:
            crossing_m = np.asarray(ground.crossing_m, np.float64)[kept][whole]
            table[0][:, 2] = np.rint(100 * crossing_m[used])
    frame, box_start, box_wall = _grid(walls)
    return Metric(stop, *table, walls, box_start, box_wall, np.append(frame, float(reach_m)))


def wall_pieces(barriers: Shapes) -> Floats:
    """Barriers as straight pieces, shape (s, 4); polygons by their edges."""
    parts = shapely.get_parts(barriers[~shapely.is_empty(barriers)] if len(barriers) else barriers)
    if not len(parts):
        return np.empty((0, 4))
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    lines = np.concatenate([parts[~polygons], shapely.get_rings(parts[polygons])])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    return np.hstack([xy[:-1][inside], xy[1:][inside]])


def _passable(ground: Ground) -> tuple[Bools, Bools]:
    """Edges that cross no barrier, or may; and those that cross one by leave."""
    crossing = np.zeros(len(ground.edges), np.bool_)
    if len(ground.barriers) and len(ground.edges):
        found = shapely.STRtree(ground.edges).query(ground.barriers, predicate="intersects")
        crossing[np.unique(found[1])] = True
    allowed = np.zeros_like(crossing) if ground.allowed is None else ground.allowed
    return ~crossing | allowed, crossing & allowed


def _joined_ends(lines: Shapes) -> Ints:
    """Number of the crossing at both ends of each line, shape (m, 2)."""
    spots = np.stack(
        [
            shapely.get_coordinates(shapely.get_point(lines, 0)),
            shapely.get_coordinates(shapely.get_point(lines, -1)),
        ],
        axis=1,
    )
    keys = np.round(spots / JOIN_M).astype(np.int64).reshape(-1, 2)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1, 2)


def _main_pieces(ends: Ints, length_m: Floats) -> Bools:
    count = int(ends.max()) + 1
    links = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    piece = connected_components(links, directed=False)[1][ends[:, 0]]
    total = np.bincount(piece, length_m)
    return (total >= min(ISLAND_SHARE * total.sum(), total.max()))[piece]


def _touched(xy: Floats, street: Shapes | None, lines: Shapes, names: Shapes | None) -> Ints:
    """Edge that each stop touches: of its own street if near enough, else the nearest."""
    points = shapely.points(xy)
    tree = shapely.STRtree(lines)
    asked, found = tree.query_nearest(points, all_matches=False)
    edge = np.empty(len(xy), np.intp)
    edge[asked] = found
    if street is None or names is None:
        return edge
    codes = {name: code for code, name in enumerate(dict.fromkeys(names)) if name}
    of_line = np.array([codes.get(name, -1) for name in names])
    of_stop = np.array([codes.get(name, -2) for name in street])
    lost = np.flatnonzero((of_stop >= 0) & (of_line[edge] != of_stop))
    asked, found = tree.query(points[lost], predicate="dwithin", distance=NAMED_WITHIN_M)
    same = of_line[found] == of_stop[lost[asked]]
    asked, found = lost[asked[same]], found[same]
    away = shapely.distance(points[asked], lines[found])
    nearest = shapely.distance(points[asked], lines[edge[asked]])
    close = away <= nearest + NAMED_FURTHER_M
    asked, found, away = asked[close], found[close], away[close]
    order = np.lexsort((found, away, asked))
    first = np.unique(asked[order], return_index=True)
    edge[first[0]] = found[order][first[1]]
    return edge


def _sides(xy: Floats, lines: Shapes, along_m: Floats) -> Floats:
    """Which side of its edge each stop stands on: 1 left, -1 right, 0 on it."""
    length_m = shapely.length(lines)
    behind = shapely.line_interpolate_point(lines, np.maximum(along_m - 0.5, 0.0))
    ahead = shapely.line_interpolate_point(lines, np.minimum(along_m + 0.5, length_m))
    start, end = shapely.get_coordinates(behind), shapely.get_coordinates(ahead)
    way, off = end - start, xy - start
    return np.sign(way[:, 0] * off[:, 1] - way[:, 1] * off[:, 0])


def _table(
    ends: Ints, length_m: Floats, by_leave: Bools, used: Ints, reach_m: float
) -> tuple[Ints, NDArray[np.float32]]:
    """Ways between the ends of used edges within reach, as one small hash table per edge."""
    count = int(ends.max()) + 1
    both = np.concatenate([ends, ends[:, ::-1]])
    order = np.lexsort((both[:, 1], both[:, 0]))
    start = np.zeros(count + 1, np.intp)
    np.cumsum(np.bincount(both[:, 0], minlength=count), out=start[1:])
    wanted, ports = np.unique(ends[used], return_inverse=True)
    number = np.full(count, -1)
    number[wanted] = np.arange(len(wanted))
    ways = _ways(
        start,
        both[order, 1],
        np.tile(length_m, 2)[order],
        np.tile(by_leave, 2)[order],
        wanted,
        number,
        reach_m,
    )
    ports = ports.reshape(-1, 2)
    of_port = np.argsort(ports.ravel(), kind="stable") // 2
    port_start = np.zeros(len(wanted) + 1, np.intp)
    np.cumsum(np.bincount(ports.ravel(), minlength=len(wanted)), out=port_start[1:])
    return _edge_table(ports, port_start, of_port, *ways)


@njit(cache=True, nogil=True)
def _edge_table(
    ports: Ints, port_start: Ints, of_port: Ints, rows: Ints, port: NDArray[np.int32],
    metres: NDArray[np.float32], leave: Bools,
) -> tuple[Ints, NDArray[np.float32]]:  # fmt: skip
    """Turn ways between crossings into ways between edges, both ends of each at once."""
    count = len(ports)
    seen = np.full(count, -1)
    table = np.zeros((count, 3), np.intp)
    size = 0
    for edge in range(count):
        found = 0
        for end in range(2):
            row = ports[edge, end]
            for at in range(rows[row], rows[row + 1]):
                for nth in range(port_start[port[at]], port_start[port[at] + 1]):
                    if seen[of_port[nth]] != edge:
                        seen[of_port[nth]] = edge
                        found += 1
        bits = 1
        while (1 << bits) < found + (found >> 1) + 2:
            bits += 1
        table[edge, 0], table[edge, 1] = size, bits
        size += 1 << bits
    slots = np.full((size, 6), np.inf, np.float32)
    slots[:, 0], slots[:, 1] = -1.0, 0.0
    for edge in range(count):
        start, bits = table[edge, 0], table[edge, 1]
        for end in range(2):
            row = ports[edge, end]
            for at in range(rows[row], rows[row + 1]):
                for nth in range(port_start[port[at]], port_start[port[at] + 1]):
                    other = of_port[nth]
                    place = slot_of(other, bits)
                    while slots[start + place, 0] >= 0.0 and slots[start + place, 0] != other:
                        place = (place + 1) & ((1 << bits) - 1)
                    slots[start + place, 0] = other
                    for far in range(2):
                        if ports[other, far] == port[at]:
                            slots[start + place, 2 + 2 * end + far] = metres[at]
                            if leave[at]:
                                flag = 1 << (2 * end + far)
                                slots[start + place, 1] = np.int64(slots[start + place, 1]) | flag
    return table, slots


@njit(cache=True, nogil=True)
def _ways(
    start: Ints,
    there: Ints,
    length_m: Floats,
    by_leave: Bools,
    wanted: Ints,
    number: Ints,
    reach_m: float,
) -> tuple[Ints, NDArray[np.int32], NDArray[np.float32], Bools]:
    """Dijkstra from every wanted crossing, as far as the reach; rows sorted by crossing."""
    count = len(start) - 1
    best = np.full(count, np.inf)
    leave = np.zeros(count, np.bool_)
    seen = np.empty(count, np.intp)
    heap_m = np.empty(len(there) + count + 16, np.float64)
    heap_at = np.empty(len(there) + count + 16, np.intp)
    rows = np.zeros(len(wanted) + 1, np.intp)
    port = np.empty(64 * len(wanted) + 64, np.int32)
    metres = np.empty(len(port), np.float32)
    flags = np.empty(len(port), np.bool_)
    used = 0
    for row in range(len(wanted)):
        source = wanted[row]
        touched, size = 1, 1
        seen[0] = source
        best[source] = 0.0
        leave[source] = False
        heap_m[0], heap_at[0] = 0.0, source
        while size:
            way, here = heap_m[0], heap_at[0]
            size -= 1
            last_m, last_at = heap_m[size], heap_at[size]
            at = 0
            while True:
                child = 2 * at + 1
                if child >= size:
                    break
                if child + 1 < size and heap_m[child + 1] < heap_m[child]:
                    child += 1
                if heap_m[child] >= last_m:
                    break
                heap_m[at], heap_at[at] = heap_m[child], heap_at[child]
                at = child
            heap_m[at], heap_at[at] = last_m, last_at
            if way > best[here]:
                continue
            for link in range(start[here], start[here + 1]):
                further = way + length_m[link]
                to = there[link]
                if further > reach_m or further >= best[to]:
                    continue
                if best[to] == np.inf:
                    seen[touched] = to
                    touched += 1
                best[to] = further
                leave[to] = leave[here] or by_leave[link]
                at = size
                size += 1
                while at and heap_m[(at - 1) >> 1] > further:
                    heap_m[at], heap_at[at] = heap_m[(at - 1) >> 1], heap_at[(at - 1) >> 1]
                    at = (at - 1) >> 1
                heap_m[at], heap_at[at] = further, to
        kept = 0
        for at in range(touched):
            if number[seen[at]] >= 0:
                seen[kept] = number[seen[at]] + 0
                kept += 1
            else:
                best[seen[at]] = np.inf
        if used + kept > len(port):
            port = np.concatenate((port, np.empty(len(port) + kept, np.int32)))
            metres = np.concatenate((metres, np.empty(len(port) - len(metres), np.float32)))
            flags = np.concatenate((flags, np.empty(len(port) - len(flags), np.bool_)))
        found = np.sort(seen[:kept])
        for at in range(kept):
            crossing = wanted[found[at]]
            port[used] = found[at]
            metres[used] = best[crossing]
            flags[used] = leave[crossing]
            best[crossing] = np.inf
            used += 1
        rows[row + 1] = used
    return rows, port[:used].copy(), metres[:used].copy(), flags[:used].copy()


def _near(xy: Floats, barriers: Shapes) -> Bools:
    near = np.zeros(len(xy), np.bool_)
    if len(barriers) and len(xy):
        tree = shapely.STRtree(shapely.points(xy))
        near[np.unique(tree.query(barriers, predicate="dwithin", distance=NEAR_M)[1])] = True
    return near


def _grid(walls: Floats) -> tuple[Floats, Ints, Ints]:
    """Which pieces of barriers lie in which box of a grid; every piece in all boxes it may meet."""
    if not len(walls):
        return np.array([0.0, 0.0, GRID_M, 0.0, 0.0]), np.zeros(1, np.intp), np.empty(0, np.intp)
    low = np.minimum(walls[:, :2], walls[:, 2:])
    high = np.maximum(walls[:, :2], walls[:, 2:])
    origin = low.min(axis=0) - GRID_M
    first = np.floor((low - origin) / GRID_M).astype(np.intp)
    last = np.floor((high - origin) / GRID_M).astype(np.intp)
    shape = last.max(axis=0) + 2
    return np.array([*origin, GRID_M, *shape]), *_boxes(first, last, shape)


@njit(cache=True, nogil=True)
def _boxes(first: Ints, last: Ints, shape: Ints) -> tuple[Ints, Ints]:
    start = np.zeros(shape[0] * shape[1] + 1, np.intp)
    for filling in range(2):
        if filling:
            start[1:] = np.cumsum(start[1:])
            members = np.empty(start[-1], np.intp)
            filled = start[:-1].copy()
        for wall in range(len(first)):
            for column in range(first[wall, 0], last[wall, 0] + 1):
                for row in range(first[wall, 1], last[wall, 1] + 1):
                    box = column * shape[1] + row
                    if filling:
                        members[filled[box]] = wall
                        filled[box] += 1
                    else:
                        start[box + 1] += 1
    return start, members
