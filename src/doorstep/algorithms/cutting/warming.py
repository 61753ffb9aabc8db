"""Compiling what is compiled before somebody waits for it: `python -m` this, once after installing.

Numba keeps what it compiled beside the source, or in the user's cache if that cannot be written.
"""

from functools import cache

import numpy as np
import shapely

from doorstep.algorithms.cutting.cut import cut_turfs, recut, walk_turf
from doorstep.algorithms.cutting.model import Doors, Goal, Ground
from doorstep.algorithms.cutting.polish import Effort


@cache
def warm_up() -> None:
    """Cut a few doors, once in a process: a second where all is compiled, a minute where not."""
    rng = np.random.default_rng(1)
    ways = [((0, 0), (300, 0)), ((0, 100), (300, 100)), ((0, 0), (0, 100))]
    ground = Ground(
        edges=np.array([shapely.LineString(way) for way in ways], np.object_),
        barriers=np.array([shapely.LineString([(-50, -9), (400, -9)])], np.object_),
    )
    doors = Doors(xy=rng.random((60, 2)) * (300, 100))
    walk_turf(doors, ground)
    goal, effort = Goal(doors=20), Effort(steps_per_turf=5, rounds=2)
    cut = cut_turfs(doors, ground, goal, effort=effort)
    # Every third door is done.
    left = np.flatnonzero(np.arange(60) % 3)
    recut(Doors(xy=doors.xy[left]), ground, goal, before=cut.turf[left], effort=effort)


if __name__ == "__main__":
    warm_up()
