"""Cutting turf: prepare, distances, cells, draft, polish, order, outlines, measure."""

from doorstep.algorithms.cutting.cut import Walk, cut_turfs, recut, walk_turf
from doorstep.algorithms.cutting.model import Cut, Doors, Goal, Ground, Pace, Progress
from doorstep.algorithms.cutting.outlines import outlines
from doorstep.algorithms.cutting.polish import Effort
from doorstep.algorithms.cutting.warming import warm_up

__all__ = [
    "Cut",
    "Doors",
    "Effort",
    "Goal",
    "Ground",
    "Pace",
    "Progress",
    "Walk",
    "cut_turfs",
    "outlines",
    "recut",
    "walk_turf",
    "warm_up",
]
