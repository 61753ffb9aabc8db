"""Cutting turf: prepare, distances, cells, draft, polish, order, outlines, measure."""

from doorstep.algorithms.cutting.cut import Walk, cut_turfs, door_legs, recut, walk_turf
from doorstep.algorithms.cutting.model import Cut, Doors, Goal, Ground, Pace, Progress
from doorstep.algorithms.cutting.outlines import outlines
from doorstep.algorithms.cutting.parts import cut_in_parts
from doorstep.algorithms.cutting.polish import Effort
from doorstep.algorithms.cutting.shapes import CROSSING_M, areas
from doorstep.algorithms.cutting.warming import warm_up

__all__ = [
    "CROSSING_M",
    "Cut",
    "Doors",
    "Effort",
    "Goal",
    "Ground",
    "Pace",
    "Progress",
    "Walk",
    "areas",
    "cut_in_parts",
    "cut_turfs",
    "door_legs",
    "outlines",
    "recut",
    "walk_turf",
    "warm_up",
]
