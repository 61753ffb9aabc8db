"""The stops of many turfs put in walking order, on all processors."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from doorstep.algorithms.cutting.metric import Metric, matrix_m
from doorstep.algorithms.cutting.model import Floats, Ints
from doorstep.algorithms.cutting.path import path_m, shortest_path


def start_legs(xy: Floats, staging: Floats | None) -> Floats:
    return np.empty(0) if staging is None else np.hypot(*(xy - np.asarray(staging)).T)


def paths_of(stops: Ints, turf: Ints, room: int) -> tuple[NDArray[np.int32], Ints]:
    """The stops of each turf from 0 as a row, filled up with -1, and how many they are.

    Each row has room for one more than the longest, and for as many as wished.
    """
    length = np.bincount(turf).astype(np.intp)
    path = np.full((len(length), max(int(length.max(initial=0)) + 1, room)), -1, np.int32)
    order = np.argsort(turf, kind="stable")
    begin = np.cumsum(length) - length
    path[turf[order], np.arange(len(order)) - begin[turf[order]]] = stops[order]
    return path, length


@njit(cache=True, nogil=True)
def order_paths(
    stop: Floats, rows: Ints, slots: NDArray[np.float32], walls: Floats, box_start: Ints,
    box_wall: Ints, frame: Floats, path: NDArray[np.int32], length: Ints, begin_m: Floats,
    kicks: int,
) -> Floats:  # fmt: skip
    """Put each row's stops in walking order, in place; metres of each."""
    out = np.zeros(len(path))
    for turf in range(len(path)):
        count = length[turf]
        if count == 0:
            continue
        stops = path[turf, :count].copy()
        metres = matrix_m(stop, rows, slots, walls, box_start, box_wall, frame, stops)
        if len(begin_m):
            for at in range(count):
                metres[count, at] = metres[at, count] = begin_m[stops[at]]
        order = shortest_path(metres, len(begin_m) > 0, kicks, 1, np.empty(0, np.int32))
        path[turf, :count] = stops[order]
        out[turf] = path_m(metres, order)
    return out


def ordered(
    metric: Metric, path: NDArray[np.int32], length: Ints, begin_m: Floats | None, kicks: int
) -> Floats:
    """As `order_paths`, on all processors."""
    begin_m = np.empty(0) if begin_m is None else begin_m
    blocks = np.array_split(np.arange(len(path)), max(1, len(path) // 50))
    with ThreadPoolExecutor() as threads:
        jobs = [
            threads.submit(
                order_paths, *metric, path[block[0] : block[-1] + 1], length[block], begin_m, kicks
            )
            for block in blocks
            if len(block)
        ]
        return np.concatenate([job.result() for job in jobs]) if jobs else np.empty(0)
