"""Small made-up towns in metres, for tests of cutting."""

from itertools import pairwise

import numpy as np
import shapely

from doorstep.algorithms.cutting import Doors, Ground


def street(y, *, first=0.0, last=600.0, name="", step=100.0):
    """An east-west street in pieces that join every `step` metres."""
    xs = np.arange(first, last + 1, step)
    return [shapely.LineString([(a, y), (b, y)]) for a, b in pairwise(xs)]


def grid_town(columns=6, rows=4, block_m=100.0, step_m=20.0):
    """Streets in a grid, houses along both sides of the east-west ones."""
    edges = []
    for row in range(rows + 1):
        edges += street(row * block_m, last=columns * block_m, step=block_m)
    for column in range(columns + 1):
        x = column * block_m
        ys = np.arange(0, rows * block_m + 1, block_m)
        edges += [shapely.LineString([(x, a), (x, b)]) for a, b in pairwise(ys)]
    houses = [
        (x, row * block_m + side * 12.0)
        for row in range(rows + 1)
        for side in (-1, 1)
        for x in np.arange(step_m / 2, columns * block_m, step_m)
    ]
    return Doors(xy=np.array(houses)), Ground(edges=np.array(edges, np.object_))


def lines(*shapes):
    """Shapes as the array that `Ground` takes."""
    out = np.empty(len(shapes), np.object_)
    out[:] = shapes
    return out
