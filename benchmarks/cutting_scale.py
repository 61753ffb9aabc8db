"""Cutting a million doors in parts: Cambridge side by side as often as it takes.

Wall time, processor time and memory of the whole, and the time for each door as a multiple of that
for one city cut at once on the same machine.
"""

import resource
import sys
from time import perf_counter

import numpy as np
import shapely
from cutting import DATA, GOAL, City, cambridge
from harness import report

from doorstep.algorithms.cutting import Doors, Ground, cut_in_parts, cut_turfs
from doorstep.commands.cutting_parts import workers

TILES = 28
APART_M = 2_000.0
"""Empty ground between the cities: further than anything is looked up."""
TIMES_GOAL = 1.3
KIB_IN_GIB = 1024**2


def tiled(city: City, tiles: int) -> tuple[Doors, Ground]:
    """So many cities in rows."""
    columns = int(np.ceil(np.sqrt(tiles)))
    low, high = city.doors.xy.min(axis=0), city.doors.xy.max(axis=0)
    step = high - low + APART_M
    moves = [step * np.divmod(at, columns) for at in range(tiles)]
    address = np.asarray(city.doors.address)
    doors = Doors(
        xy=np.concatenate([city.doors.xy + move for move in moves]),
        address=np.concatenate([address + at * (address.max() + 1) for at in range(tiles)]),
        rank=None if city.doors.rank is None else np.tile(city.doors.rank, tiles),
        street=None if city.doors.street is None else np.tile(city.doors.street, tiles),
    )
    ground = Ground(
        edges=_moved(city.ground.edges, moves),
        street=None if city.ground.street is None else np.tile(city.ground.street, tiles),
        crossing_m=None
        if city.ground.crossing_m is None
        else np.tile(city.ground.crossing_m, tiles),
        barriers=_moved(city.ground.barriers, moves),
    )
    return doors, ground


def _moved(shapes: np.ndarray, moves: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([shapely.transform(shapes, lambda xy, by=by: xy + by) for by in moves])


def main(tiles: int) -> None:
    """One city, then all of them."""
    if not DATA.is_dir():
        print(f"skipped: there is no data of Cambridge in {DATA}")
        sys.exit(0)
    city = cambridge()
    # So that compiling is in nobody's time.
    cut_turfs(city.doors, city.ground, GOAL)
    begun = perf_counter()
    cut_turfs(city.doors, city.ground, GOAL)
    one_s = perf_counter() - begun
    print(f"one city, {len(city.doors.xy):,} doors: {one_s:.1f} s", flush=True)
    doors, ground = tiled(city, tiles)
    begun = perf_counter()

    def progress(_: float, stage: str) -> None:
        print(f"{perf_counter() - begun:7.1f} s  {stage}", flush=True)

    with workers(None) as executor:
        cut = cut_in_parts(doors, ground, GOAL, executor, progress=progress)
    took_s = perf_counter() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    times = took_s / len(doors.xy) / (one_s / len(city.doors.xy))
    figures = {
        "doors": len(doors.xy), "seconds": round(took_s, 1), "cpu_s": round(used[1].ru_utime),
        "gib_of_main": round(used[0].ru_maxrss / KIB_IN_GIB, 2),
        "gib_of_largest_worker": round(used[1].ru_maxrss / KIB_IN_GIB, 2),
        "balanced_share": round(cut.figures["balanced_share"], 4),
        "walk_per_bound": round(cut.figures["walk_per_bound"], 3),
    }  # fmt: skip
    print(figures)
    report("cutting_scale", times, TIMES_GOAL, {})


if __name__ == "__main__":
    main(int((sys.argv[1:] or [TILES])[0]))
