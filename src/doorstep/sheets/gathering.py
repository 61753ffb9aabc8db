"""What a walk sheet shows, gathered: a turf in walking order, who may be spoken to, the ground."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError
from doorstep.people.model import CampaignMap, WalkDoor, WalkPerson
from doorstep.people.service import campaign_map, walk_doors, walk_people
from doorstep.sheets import queries
from doorstep.sheets.queries import DoorStatus
from doorstep.surveys.model import ScriptVersion
from doorstep.surveys.service import script_version
from doorstep.turf.model import Pass, Turf
from doorstep.turf.service import doors_in_turfs, pass_by_id, turf_by_id

_MARGIN_DEGREES = 0.004
"""Of ground around a turf, some 300 m: streets that lead there are drawn as well."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A numbered line: a door, who may be spoken to there, and where it stands in the pass."""

    number: int
    door: WalkDoor
    people: Sequence[WalkPerson]
    status: str
    done: bool


@dataclass(frozen=True, kw_only=True)
class Content:
    """Everything that a turf's sheet shows."""

    turf: Turf
    of: Pass
    script: ScriptVersion | None
    lines: Sequence[Line]
    ground: CampaignMap

    @property
    def outline(self) -> BaseGeometry:
        """The turf's area, in degrees."""
        return shapely.geometry.shape(
            {"type": type(self.turf.polygon).__name__, "coordinates": self.turf.polygon.coordinates}
        )

    @property
    def lonlat(self) -> NDArray[np.float64]:
        """Where the lines are, shape (n, 2), in degrees."""
        return np.array([(line.door.lon, line.door.lat) for line in self.lines]).reshape(-1, 2)


async def content_of(db: Connection, organization_id: UUID, turf_id: UUID) -> Content:
    """What the sheet of a turf shows.

    Raises
    ------
    NotFoundError
        If there is no such turf.
    ConflictError
        If no doors are in it any more.
    """
    turf = await turf_by_id(db, organization_id, turf_id)
    order = [row.door_id for row in await doors_in_turfs(db, organization_id, [turf_id])]
    if not order:
        message = f"{turf.name} has no doors: there is nothing to print."
        raise ConflictError(message, field="turf_ids")
    of = await pass_by_id(db, organization_id, turf.pass_id)
    script = of.script_id and await script_version(db, organization_id, of.script_id, None)
    lines = await lines_of(db, organization_id, turf.pass_id, order)
    lon = [line.door.lon for line in lines]
    lat = [line.door.lat for line in lines]
    box = (
        max(min(lon) - _MARGIN_DEGREES, -180),
        max(min(lat) - _MARGIN_DEGREES, -90),
        min(max(lon) + _MARGIN_DEGREES, 180),
        min(max(lat) + _MARGIN_DEGREES, 90),
    )
    return Content(
        turf=turf,
        of=of,
        script=script or None,
        lines=lines,
        ground=await campaign_map(db, organization_id, turf.campaign_id, box=box),
    )


async def lines_of(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: Sequence[UUID]
) -> list[Line]:
    """The doors as numbered lines, with those people whom a phone would show as well."""
    doors = {door.id: door for door in await walk_doors(db, organization_id, door_ids)}
    people: defaultdict[UUID, list[WalkPerson]] = defaultdict(list)
    for door_id, those in groupby(
        await walk_people(db, organization_id, door_ids), key=lambda person: person.door_id
    ):
        people[door_id] += those
    states = {
        row.door_id: row
        for row in await queries.door_statuses(db, organization_id, pass_id, door_ids)
    }
    return [
        _line(number, doors[door_id], people[door_id], states.get(door_id))
        for number, door_id in enumerate(door_ids, 1)
        if door_id in doors
    ]


def _line(
    number: int, door: WalkDoor, people: Sequence[WalkPerson], state: DoorStatus | None
) -> Line:
    return Line(
        number=number,
        door=door,
        people=people,
        status=state.status if state else "open",
        done=state.done if state else False,
    )
