"""The order in which stops are walked, compiled.

2-opt and Or-opt on lists of neighbours with a queue of stops whose legs changed (Bentley, "Fast
Algorithms for Geometric Traveling Salesman Problems", ORSA Journal on Computing 4, 1992), then
kicks that swap two short stretches and are taken back if they do not pay (Johnson and McGeoch,
"The Traveling Salesman Problem: A Case Study in Local Optimization", 1997).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from doorstep.algorithms.cutting.model import Floats, Ints

_LEAST_GAIN = 1e-7
NEIGHBOURS = 8


@njit(cache=True, nogil=True)
def shortest_path(
    metres: Floats, fixed: bool, kicks: int, seed: int, first: NDArray[np.int32]
) -> NDArray[np.int32]:
    """A short open path through all stops but the last two, which are its ends.

    Parameters
    ----------
    metres
        Shape (m + 2, m + 2), symmetric; row m is the start and row m + 1 the open end.
    fixed
        Whether legs from the start count: it is a place, not just any stop.
    kicks
        How often to try a disturbance.
    seed
        Of the kicks.
    first
        Shape (m,): the path to begin with; nearest neighbours if empty.

    Returns
    -------
    ndarray
        Shape (m,), stops in order.
    """
    count = len(metres) - 2
    if count <= 1:
        return np.arange(count).astype(np.int32)
    path = np.empty(count + 2, np.int32)
    path[0], path[-1] = count, count + 1
    if len(first):
        path[1:-1] = first
    else:
        _nearest_next(metres, path, fixed)
    near = _near(metres, count)
    place = np.empty(count + 2, np.int32)
    for at in range(count + 2):
        place[path[at]] = at
    queue = np.empty(count + 2, np.int32)
    queued = np.zeros(count + 2, np.bool_)
    size = 0
    for at in range(count + 2):
        queue[size] = path[at]
        queued[path[at]] = True
        size += 1
    _settle(metres, near, path, place, queue, queued, size)
    if count < 5 or kicks == 0:
        return path[1:-1].copy()
    state = np.uint64(seed * 2 + 1) * np.uint64(0x9E3779B97F4A7C15)
    best = path.copy()
    log = np.empty((4096, 2), np.int32)
    for _ in range(kicks):
        # Swap the stretches between three nearby cuts: what 2-opt and Or-opt cannot do alone.
        cuts = np.empty(3, np.intp)
        longest = min(count // 2, 16)
        state ^= state >> np.uint64(12)
        state ^= state << np.uint64(25)
        state ^= state >> np.uint64(27)
        draw = state * np.uint64(2685821657736338717)
        one = 1 + np.int64(draw >> np.uint64(40)) % longest
        two = 1 + np.int64((draw >> np.uint64(20)) & np.uint64(0xFFFFF)) % longest
        begin = 1 + np.int64(draw & np.uint64(0xFFFFF)) % (count - one - two + 1)
        cuts[0], cuts[1], cuts[2] = begin, begin + one, begin + one + two
        a, b = path[begin - 1], path[begin]
        c, d = path[cuts[1] - 1], path[cuts[1]]
        e, f = path[cuts[2] - 1], path[cuts[2]]
        gain = metres[a, b] + metres[c, d] + metres[e, f]
        gain -= metres[a, d] + metres[e, b] + metres[c, f]
        entries = 0
        # Swapping two stretches is three reversals, so that taking back is one way only.
        entries = _reverse(path, place, begin, cuts[1] - 1, log, entries)
        entries = _reverse(path, place, cuts[1], cuts[2] - 1, log, entries)
        entries = _reverse(path, place, begin, cuts[2] - 1, log, entries)
        size = 0
        for stop in (a, b, c, d, e, f):
            if not queued[stop]:
                queue[size] = stop
                queued[stop] = True
                size += 1
        won, entries = _settle_logged(metres, near, path, place, queue, queued, size, log, entries)
        if gain + won < -_LEAST_GAIN:
            if entries >= len(log):
                path[:] = best
                for at in range(count + 2):
                    place[path[at]] = at
            else:
                for at in range(entries - 1, -1, -1):
                    _reverse(path, place, log[at, 0], log[at, 1], log, len(log))
        elif gain + won > _LEAST_GAIN or entries >= len(log):
            best[:] = path
    return path[1:-1].copy()


@njit(cache=True, nogil=True)
def _nearest_next(metres: Floats, path: NDArray[np.int32], fixed: bool) -> None:
    """The best nearest-neighbour path, from the start or from a spread of stops."""
    count = len(path) - 2
    best = np.inf
    trial = np.empty(count, np.int32)
    left = np.empty(count, np.bool_)
    tries = 1 if fixed else min(count, 6)
    for nth in range(tries):
        left[:] = True
        here, total = count, 0.0
        for at in range(count):
            there, leg = -1, np.inf
            if at == 0 and not fixed:
                there, leg = nth * count // tries, 0.0
            else:
                for stop in range(count):
                    if left[stop] and metres[here, stop] < leg:
                        there, leg = stop, metres[here, stop]
            trial[at] = there
            left[there] = False
            here = there
            total += leg
        if total < best:
            best = total
            path[1:-1] = trial


@njit(cache=True, nogil=True)
def _near(metres: Floats, count: int) -> NDArray[np.int32]:
    width = min(NEIGHBOURS, count - 1)
    near = np.empty((count, width), np.int32)
    for stop in range(count):
        filled = 0
        for other in range(count):
            if other == stop:
                continue
            leg = metres[stop, other]
            if filled == width and leg >= metres[stop, near[stop, width - 1]]:
                continue
            place = filled if filled < width else width - 1
            while place and metres[stop, near[stop, place - 1]] > leg:
                near[stop, place] = near[stop, place - 1]
                place -= 1
            near[stop, place] = other
            filled = min(filled + 1, width)
    return near


@njit(cache=True, nogil=True)
def _reverse(
    path: NDArray[np.int32],
    place: NDArray[np.int32],
    low: int,
    high: int,
    log: NDArray[np.int32],
    entries: int,
) -> int:
    if entries < len(log):
        log[entries, 0], log[entries, 1] = low, high
        entries += 1
    while low < high:
        a, b = path[low], path[high]
        path[low], path[high] = b, a
        place[b], place[a] = low, high
        low += 1
        high -= 1
    return entries


@njit(cache=True, nogil=True)
def _settle(
    metres: Floats,
    near: NDArray[np.int32],
    path: NDArray[np.int32],
    place: NDArray[np.int32],
    queue: NDArray[np.int32],
    queued: NDArray[np.bool_],
    size: int,
) -> float:
    log = np.empty((0, 2), np.int32)
    return _settle_logged(metres, near, path, place, queue, queued, size, log, 0)[0]


@njit(cache=True, nogil=True)
def _settle_logged(
    metres: Floats,
    near: NDArray[np.int32],
    path: NDArray[np.int32],
    place: NDArray[np.int32],
    queue: NDArray[np.int32],
    queued: NDArray[np.bool_],
    size: int,
    log: NDArray[np.int32],
    entries: int,
) -> tuple[float, int]:
    """Take every move that pays around the stops in the queue; metres won."""
    count, width = near.shape
    last = count + 1
    won = 0.0
    head, capacity = 0, len(queue)
    while size:
        stop = queue[head]
        head = head + 1 if head + 1 < capacity else 0
        size -= 1
        queued[stop] = False
        moved = True
        while moved:
            moved = False
            best, low, high, third = _LEAST_GAIN, 0, 0, -1
            v = place[stop]
            if stop < count:
                # 2-opt: the leg to the next or the one before gives way to one to a neighbour.
                for nth in range(width + 2):
                    other = near[stop, nth] if nth < width else (count if nth == width else last)
                    c = place[other]
                    leg = metres[stop, other]
                    after = metres[stop, path[v + 1]]
                    if c < last and leg < after:
                        gain = after + metres[other, path[c + 1]] - leg
                        gain -= metres[path[v + 1], path[c + 1]]
                        if gain > best:
                            best, third = gain, -1
                            low, high = min(v, c) + 1, max(v, c)
                    before = metres[stop, path[v - 1]]
                    if c > 0 and leg < before:
                        gain = before + metres[other, path[c - 1]] - leg
                        gain -= metres[path[v - 1], path[c - 1]]
                        if gain > best:
                            best, third = gain, -1
                            low, high = min(v, c), max(v, c) - 1
                    # Or-opt: a stretch of up to three that begins or ends here goes elsewhere.
                    for length in range(1, 4):
                        for begins in range(2):
                            i = v if begins else v - length + 1
                            j = i + length - 1
                            if i < 1 or j > count or (length == 1 and begins):
                                continue
                            if i <= c <= j:
                                continue
                            p, q = path[i - 1], path[j + 1]
                            a, b = path[i], path[j]
                            freed = metres[p, a] + metres[b, q] - metres[p, q]
                            if freed - leg <= best:
                                continue
                            end = b if stop == a else a
                            for side in range(2):
                                # Next to other, towards its successor or its predecessor.
                                g = c if side == 0 else c - 1
                                if g < 0 or g >= last or g == i - 1 or g == j:
                                    continue
                                far = path[g + 1] if side == 0 else path[g]
                                if i <= g + 1 <= j or i <= g <= j:
                                    continue
                                gain = freed + metres[other, far] - leg - metres[end, far]
                                if gain > best:
                                    best = gain
                                    low, high, third = i, j, g
                                    turned = (stop == b) if side == 0 else (stop == a)
                                    if a == b:
                                        turned = False
                                    if turned:
                                        third = -2 - g
            if best > _LEAST_GAIN:
                if third == -1:
                    ends = (
                        path[low - 1],
                        path[low],
                        path[high],
                        path[high + 1],
                        path[low],
                        path[high],
                    )
                    entries = _reverse(path, place, low, high, log, entries)
                else:
                    turned = third < -1
                    g = -2 - third if turned else third
                    ends = (
                        path[low - 1],
                        path[low],
                        path[high],
                        path[high + 1],
                        path[g],
                        path[g + 1],
                    )
                    if g < low:
                        entries = _reverse(path, place, g + 1, high, log, entries)
                        size_moved = high - low + 1
                        if not turned:
                            entries = _reverse(path, place, g + 1, g + size_moved, log, entries)
                        entries = _reverse(path, place, g + 1 + size_moved, high, log, entries)
                    else:
                        entries = _reverse(path, place, low, g, log, entries)
                        size_moved = high - low + 1
                        if not turned:
                            entries = _reverse(path, place, g - size_moved + 1, g, log, entries)
                        entries = _reverse(path, place, low, g - size_moved, log, entries)
                won += best
                moved = True
                for end_stop in ends:
                    if not queued[end_stop] and end_stop != stop:
                        tail = head + size
                        queue[tail - capacity if tail >= capacity else tail] = end_stop
                        queued[end_stop] = True
                        size += 1
    return won, entries


@njit(cache=True, nogil=True)
def path_m(metres: Floats, path: Ints) -> float:
    """Metres of a path."""
    total = 0.0
    for at in range(1, len(path)):
        total += metres[path[at - 1], path[at]]
    return total
