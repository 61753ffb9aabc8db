"""How far it is to walk from one stop to another, compiled.

Compiled functions here take the arrays of a `Metric` one by one, in its order: reading an array out
of a tuple costs the compiled code two atomic counts, more than the whole distance.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from doorstep.algorithms.cutting.model import Floats, Ints

BLOCKED_M = 20_000.0
"""Added to a leg across a barrier or a boundary: no walk is so short that one would pay."""
UNKNOWN_FACTOR = 1.5
"""A way beyond the table is guessed at this many times the straight line."""
NEAR_M = 150.0
"""A leg of at most twice this can only cross a barrier if an end lies this near to one."""


class Metric(NamedTuple):
    """Stops, a table of ways between the edges they touch, and barriers in a grid.

    A way is the longer of the straight line and the shortest path along the network between the
    spots where both stops touch it: the maximum of two metrics is one as well, and the width of a
    street keeps counting for those who zigzag.
    """

    stop: Floats
    """Shape (n, 9): x, y, metres along its edge to one end and to the other, row of the edge or
    -1, 1 if a barrier is within `NEAR_M`, number of the piece of ground it is on, doors, and side
    of the edge: 1, -1 or 0. All that concerns a stop lies together, as the processor reads it."""
    rows: Ints
    """Shape (edges, 3): where the hash table of an edge begins, the logarithm of its size, and
    what crossing the edge costs, in centimetres."""
    slots: NDArray[np.float32]
    """Shape (slots, 6): another edge or -1, which of the ways use a crossing that the organizer
    allows (as bits), and four ways from either end of the one to either end of the other."""
    walls: Floats
    """Shape (w, 4): straight pieces of barriers."""
    box_start: Ints
    box_wall: Ints
    """Pieces that may lie in each box of a grid."""
    frame: Floats
    """Grid's west, south, size of a box in metres, columns, rows; reach of the table in metres."""

    @property
    def xy(self) -> Floats:
        """Metres, shape (n, 2)."""
        return self.stop[:, :2]


@njit(cache=True, nogil=True, inline="always")
def slot_of(edge: int, bits: int) -> int:
    """First slot to look in (multiplicative hashing, Knuth 6.4)."""
    return np.int64((np.uint64(edge) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits))


@njit(cache=True, nogil=True)
def _meets(ax: float, ay: float, bx: float, by: float, walls: Floats, at: int) -> bool:
    """Whether the leg from a to b meets a piece of a barrier; touching counts."""
    cx, cy, dx, dy = walls[at, 0], walls[at, 1], walls[at, 2], walls[at, 3]
    if max(cx, dx) < min(ax, bx) or min(cx, dx) > max(ax, bx):
        return False
    if max(cy, dy) < min(ay, by) or min(cy, dy) > max(ay, by):
        return False
    c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    return c * d <= 0.0 and a * b <= 0.0


@njit(cache=True, nogil=True)
def is_crossing(
    stop: Floats, walls: Floats, box_start: Ints, box_wall: Ints, frame: Floats, a: int, b: int
) -> bool:
    """Whether the straight leg from stop a to stop b meets a barrier."""
    ax, ay, bx, by = stop[a, 0], stop[a, 1], stop[b, 0], stop[b, 1]
    west, south, size = frame[0], frame[1], frame[2]
    columns, rows = np.int64(frame[3]), np.int64(frame[4])
    first = max(0, np.int64(np.floor((min(ax, bx) - west) / size)))
    last = min(columns - 1, np.int64(np.floor((max(ax, bx) - west) / size)))
    for column in range(first, last + 1):
        # Only the stretch of the leg within this column of the grid.
        low, high = min(ay, by), max(ay, by)
        if last > first and ax != bx:
            left = ay + (by - ay) * (west + column * size - ax) / (bx - ax)
            right = ay + (by - ay) * (west + (column + 1) * size - ax) / (bx - ax)
            low, high = max(low, min(left, right)), min(high, max(left, right))
        bottom = max(0, np.int64(np.floor((low - south) / size - 1e-9)))
        top = min(rows - 1, np.int64(np.floor((high - south) / size + 1e-9)))
        for row in range(bottom, top + 1):
            box = column * rows + row
            for at in range(box_start[box], box_start[box + 1]):
                if _meets(ax, ay, bx, by, walls, box_wall[at]):
                    return True
    return False


@njit(cache=True, nogil=True)
def walk_m(
    stop: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, a: int, b: int,
) -> float:  # fmt: skip
    """Metres to walk from stop a to stop b; `BLOCKED_M` more across a barrier or boundary."""
    dx, dy = stop[a, 0] - stop[b, 0], stop[a, 1] - stop[b, 1]
    straight = np.sqrt(dx * dx + dy * dy)
    way, by_leave = straight, False
    here, there = np.int64(stop[a, 4]), np.int64(stop[b, 4])
    if here == there:
        if here >= 0:
            way = max(way, abs(stop[a, 2] - stop[b, 2]))
            if stop[a, 8] * stop[b, 8] < 0.0:
                way += rows[here, 2] / 100.0
    else:
        start, bits = rows[here, 0], rows[here, 1]
        last = (1 << bits) - 1
        slot = slot_of(there, bits)
        while slots[start + slot, 0] >= 0.0 and np.int64(slots[start + slot, 0]) != there:
            slot = (slot + 1) & last
        at = start + slot
        if slots[at, 0] < 0.0:
            way = max(frame[5], UNKNOWN_FACTOR * straight)
        else:
            along, which = stop[a, 2] + stop[b, 2] + slots[at, 2], 1
            other = stop[a, 2] + stop[b, 3] + slots[at, 3]
            if other < along:
                along, which = other, 2
            other = stop[a, 3] + stop[b, 2] + slots[at, 4]
            if other < along:
                along, which = other, 4
            other = stop[a, 3] + stop[b, 3] + slots[at, 5]
            if other < along:
                along, which = other, 8
            way = max(way, along)
            by_leave = (np.int64(slots[at, 1]) & which) != 0
    if stop[a, 6] != stop[b, 6]:
        return way + BLOCKED_M
    if (
        len(walls) > 0
        and straight > 0.0
        and not by_leave
        and (stop[a, 5] + stop[b, 5] > 0.0 or straight > 2 * NEAR_M)
        and is_crossing(stop, walls, box_start, box_wall, frame, a, b)
    ):
        return way + BLOCKED_M
    return way


@njit(cache=True, nogil=True)
def _legs_m(
    stop: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, a: Ints, b: Ints,
) -> Floats:  # fmt: skip
    out = np.empty(len(a), np.float64)
    for at in range(len(a)):
        out[at] = walk_m(stop, rows, slots, walls, box_start, box_wall, frame, a[at], b[at])
    return out


def legs_m(metric: Metric, a: Ints, b: Ints) -> Floats:
    """Metres of each leg from stop a[i] to stop b[i]."""
    return _legs_m(*metric, np.asarray(a, np.intp), np.asarray(b, np.intp))


@njit(cache=True, nogil=True)
def matrix_m(
    stop: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, stops: NDArray[np.int32],
) -> Floats:  # fmt: skip
    """Metres between each two of the stops; two more rows of 0, for the ends of a path."""
    count = len(stops)
    out = np.zeros((count + 2, count + 2), np.float64)
    for a in range(count):
        for b in range(a):
            out[a, b] = walk_m(
                stop, rows, slots, walls, box_start, box_wall, frame, stops[a], stops[b]
            )
            out[b, a] = out[a, b]
    return out
