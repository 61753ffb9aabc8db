"""Ordering the doors of a turf, against visiting the nearest next.

Sixty turfs of fifty random doors, with streets and sides. Nearest neighbour is what today's open
canvassing tools ship; it costs less and walks more, so both ratios are shown.
"""

from time import perf_counter

import numpy as np
from harness import report
from numpy.typing import NDArray

from doorstep.algorithms.walking import walking_order

TURFS, DOORS, SIDE_M = 60, 50, 300.0


def nearest_next(points: NDArray[np.float64]) -> float:
    """Metres walked from the first door, each time to the nearest left."""
    legs = np.linalg.norm(points[:, None] - points, axis=2)
    here, left, walk_m = 0, set(range(1, len(points))), 0.0
    while left:
        there = min(left, key=lambda door: legs[here, door])
        walk_m += float(legs[here, there])
        left.remove(there)
        here = there
    return walk_m


def measure() -> None:
    """The same turfs to both, in turn."""
    rng = np.random.default_rng(20)
    ours, theirs, metres = [], [], []
    for points in rng.random((TURFS, DOORS, 2)) * SIDE_M:
        begun = perf_counter()
        walk = walking_order(points)
        between = perf_counter()
        nearest_m = nearest_next(points)
        ours.append(between - begun)
        theirs.append(perf_counter() - between)
        metres.append(walk.walk_m / nearest_m)
    print(f"{'time, ours ÷ nearest next':36} {np.median(ours) / np.median(theirs):.1f}")
    report(
        "walking",
        float(np.mean(metres)),
        None,
        {"walking_order of 50 doors": ours, "nearest next": theirs},
    )


if __name__ == "__main__":
    measure()
