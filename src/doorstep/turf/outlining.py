"""Which doors lie inside an outline, on a side of a line, or in a share of a walk."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from doorstep.algorithms.holdout import held_out
from doorstep.algorithms.projection import project
from doorstep.kit.db import Connection
from doorstep.kit.errors import RefusedError
from doorstep.people.model import DoorPoint
from doorstep.people.service import doors_in_box
from doorstep.turf.cutting import Site, walked
from doorstep.turf.model import Pass

_shapely: Any = shapely
ALONG_M = 0.5
"""How far along a line is looked to tell which way it runs beside a door."""


async def doors_inside(
    db: Connection, organization_id: UUID, of: Pass, outline: BaseGeometry
) -> list[DoorPoint]:
    """The doors inside or on an outline that the pass does not hold out."""
    west, south, east, north = outline.bounds
    doors = await doors_in_box(db, organization_id, west, south, east, north)
    return await asyncio.to_thread(lambda: inside(not_held_out(doors, of), outline))


def inside(doors: Sequence[DoorPoint], outline: BaseGeometry) -> list[DoorPoint]:
    """Those inside or on the outline, in degrees."""
    lon = np.array([door.lon for door in doors], dtype=np.float64)
    lat = np.array([door.lat for door in doors], dtype=np.float64)
    found: NDArray[np.bool_] = _shapely.intersects_xy(outline, lon, lat)
    return [door for door, is_in in zip(doors, found.tolist(), strict=True) if is_in]


def not_held_out(doors: Sequence[DoorPoint], of: Pass) -> list[DoorPoint]:
    """Those that the pass may visit."""
    if not of.holdout_share:
        return list(doors)
    buildings = [door.building_id for door in doors]
    out = held_out(buildings, share=of.holdout_share, seed=of.holdout_seed)
    return [door for door, left_alone in zip(doors, out, strict=True) if not left_alone]


def sides(site: Site, door_ids: Sequence[UUID], line: BaseGeometry) -> list[list[UUID]]:
    """The doors left and right of a line in degrees; its ends are drawn on without end.

    Raises
    ------
    RefusedError
        If all are on one side, or the line has no length.
    """
    rows = site.rows_of(door_ids)
    xy = site.doors.xy[rows]
    drawn = _drawn_on(project(line, site.crs), xy)
    along = _shapely.line_locate_point(drawn, _shapely.points(xy))
    begin = _shapely.get_coordinates(_shapely.line_interpolate_point(drawn, along - ALONG_M))
    end = _shapely.get_coordinates(_shapely.line_interpolate_point(drawn, along + ALONG_M))
    way, to_door = end - begin, xy - begin
    left = way[:, 0] * to_door[:, 1] - way[:, 1] * to_door[:, 0] > 0
    parts = [[one for one, is_left in zip(door_ids, left, strict=True) if is_left is side]
             for side in (np.True_, np.False_)]  # fmt: skip
    if not all(parts):
        message = "All doors lie on one side of this line. Draw it between them."
        raise RefusedError(message, field="line")
    return sorted(parts, key=len, reverse=True)


def _drawn_on(line: BaseGeometry, xy: NDArray[np.float64]) -> BaseGeometry:
    """The line with both ends drawn on straight, past every door."""
    corners = _shapely.get_coordinates(line)
    corners = corners[np.append(True, np.any(np.diff(corners, axis=0), axis=1))]
    if len(corners) < 2:  # noqa: PLR2004 -- two ends
        message = "The line has no length. Draw it from one side of the turf to the other."
        raise RefusedError(message, field="line")
    spread = np.vstack((corners, xy))
    reach = 4 * float(np.hypot(*np.ptp(spread, axis=0))) + 1000
    first, last = corners[0] - corners[1], corners[-1] - corners[-2]
    head = corners[0] + first / np.hypot(*first) * reach
    tail = corners[-1] + last / np.hypot(*last) * reach
    return shapely.LineString(np.vstack((head, corners, tail)))


def shares(site: Site, door_ids: Sequence[UUID], parts: int) -> list[list[UUID]]:
    """The walk through the doors, cut into parts of about equal minutes between buildings.

    Raises
    ------
    RefusedError
        If there are fewer buildings than parts.
    """
    order = walked(site, door_ids).door_ids
    points = site.points_of(order)
    ends = [
        place
        for place in range(1, len(points))
        if points[place].building_id != points[place - 1].building_id
    ]
    if len(ends) < parts - 1:
        message = f"These doors stand in too few places for {parts} parts. Ask for fewer."
        raise RefusedError(message, field="parts")
    reached = _minutes_before(site, order)
    cuts: list[int] = []
    for number in range(1, parts):
        wished = reached[-1] * number / parts
        free = [place for place in ends if place > (cuts[-1] if cuts else 0)]
        # Each later part needs a place to end as well.
        free = free[: len(free) - (parts - 1 - number)]
        cuts.append(min(free, key=lambda place: abs(reached[place] - wished)))
    return [order[at:to] for at, to in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def _minutes_before(site: Site, order: Sequence[UUID]) -> NDArray[np.float64]:
    """Minutes from the first door until each begins, and at last until the end."""
    pace, rows = site.pace, site.rows_of(order)
    steps = np.hypot(*np.diff(site.doors.xy[rows], axis=0).T)
    at_door = np.where(np.append(True, steps > 0), pace.knock_min, pace.unit_min)
    walk = np.append(steps / pace.walk_m_per_min, 0.0)
    return np.append(0.0, np.cumsum(at_door + walk))
