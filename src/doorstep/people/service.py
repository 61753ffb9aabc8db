"""Doors and people as others see them, marks that protect them, and a campaign's map."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from doorstep.accounts.service import campaign_by_id
from doorstep.algorithms.addresses import natural_key, unit_order
from doorstep.kit.auth import STAFF, Caller
from doorstep.kit.db import Connection, columns
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.people import map_queries, queries
from doorstep.people.map_queries import EVERYWHERE, Box
from doorstep.people.model import (
    Building,
    CampaignMap,
    ConsentRecord,
    DoNotContact,
    DoNotContactCreate,
    DoNotContactMark,
    Door,
    DoorPoint,
    Household,
    MapBarriers,
    MapFeature,
    MapFeatures,
    MapStreets,
    Person,
    WalkDoor,
)
from doorstep.people.queries import door_points, doors_in_box, walk_doors, walk_people

__all__ = [
    "door_points",
    "doors_in_box",
    "walk_doors",
    "walk_people",
]


async def doors_shown(
    db: Connection, organization_id: UUID, box: Box, limit: int
) -> list[DoorPoint]:
    """At most ``limit`` doors of a box, by street, then numbers and units as people count.

    Raises
    ------
    RefusedError
        If the box ends before it begins.
    """
    _check_box(box)
    found = await queries.doors_in_box(db, organization_id, *box, limit)
    return sorted(found, key=_as_people_count)


def _check_box(box: Box) -> None:
    west, south, east, north = box
    if west > east or south > north:
        message = "The box ends before it begins: give west <= east and south <= north."
        raise RefusedError(message, field="west" if west > east else "south")


def _as_people_count(door: DoorPoint) -> tuple[Any, ...]:
    return (
        door.street.casefold(),
        natural_key(door.house_number),
        door.building_id,
        unit_order(door.unit, door.floor),
    )


async def door_by_id(db: Connection, caller: Caller, door_id: UUID) -> Door:
    """A door with households and marks; a volunteer finds the doors of turf they hold.

    Raises
    ------
    NotFoundError
        If there is no such door, or none that the caller may see.
    """
    whole = caller.is_one_of(STAFF)
    if not whole and not await queries.holds_door(db, caller.organization_id, door_id):
        raise NotFoundError
    found = await walk_doors(db, caller.organization_id, [door_id])
    if not found:
        raise NotFoundError
    people = await queries.people_behind(db, caller.organization_id, door_id, whole=whole)
    return Door(
        door=found[0],
        households=[
            Household(id=household_id, people=list(members))
            for household_id, members in groupby(people, key=lambda one: one.household_id)
        ],
        do_not_contact=await queries.do_not_contact_of_door(db, caller.organization_id, door_id),
    )


async def person_by_id(db: Connection, caller: Caller, person_id: UUID) -> Person:
    """A person the caller may see; row-level security hides the others."""
    return await queries.person_by_id(
        db, caller.organization_id, person_id, whole=caller.is_one_of(STAFF)
    )


async def note_access(
    db: Connection, caller: Caller, building_id: UUID, access_note: str
) -> Building:
    """The building with a new note on how to get in; volunteers note it where they hold turf."""
    if not caller.is_one_of(STAFF) and not await queries.holds_building(
        db, caller.organization_id, building_id
    ):
        raise NotFoundError
    changed = await queries.update_building(db, caller.organization_id, building_id, access_note)
    doors = await queries.doors_of_building(db, caller.organization_id, building_id)
    await queries.raise_turf_versions(db, caller.organization_id, doors)
    return changed


async def note_door(db: Connection, caller: Caller, door_id: UUID, note: str) -> WalkDoor:
    """The door with a new note; volunteers note it where they hold turf."""
    if not caller.is_one_of(STAFF) and not await queries.holds_door(
        db, caller.organization_id, door_id
    ):
        raise NotFoundError
    if await queries.update_door_note(db, caller.organization_id, door_id, note) is None:
        raise NotFoundError
    await queries.raise_turf_versions(db, caller.organization_id, [door_id])
    return (await walk_doors(db, caller.organization_id, [door_id]))[0]


async def record_do_not_contact(
    db: Connection, organization_id: UUID, marks: Sequence[DoNotContactMark]
) -> None:
    """Record wishes to be left alone; one that stands already stays as it is.

    Phones hold who may be contacted, so the turfs of newly marked doors become a version newer.
    """
    doors = await queries.insert_do_not_contact(db, organization_id, marks)
    await queries.raise_turf_versions(db, organization_id, doors)


async def record_consents(
    db: Connection, organization_id: UUID, consents: Sequence[ConsentRecord]
) -> None:
    """Record consents; one that is there already stays as it is."""
    await queries.insert_consents(db, organization_id, consents)


async def mark_by_hand(db: Connection, caller: Caller, wanted: DoNotContactCreate) -> DoNotContact:
    """The mark that stands from now on, or stood already.

    Raises
    ------
    NotFoundError
        If there is no such door.
    RefusedError
        If the person does not live behind it.
    """
    organization_id = caller.organization_id
    if not await door_points(db, organization_id, [wanted.door_id]):
        raise NotFoundError
    behind = await queries.people_behind(db, organization_id, wanted.door_id, whole=True)
    if wanted.person_id is not None and wanted.person_id not in {one.id for one in behind}:
        message = "No such person lives behind this door. Check both ids."
        raise RefusedError(message, field="person_id")
    mark = DoNotContactMark(
        id=new_id(),
        door_id=wanted.door_id,
        person_id=wanted.person_id,
        source_event_id=None,
        recorded_by=caller.member_id,
    )
    await record_do_not_contact(db, organization_id, [mark])
    return await queries.live_do_not_contact(db, organization_id, wanted.door_id, wanted.person_id)


async def clear_mark(db: Connection, caller: Caller, mark_id: UUID, reason: str) -> DoNotContact:
    """The mark as cleared, with who cleared it and why.

    Raises
    ------
    NotFoundError
        If there is no such mark.
    ConflictError
        If it was cleared before.
    """
    cleared = await queries.clear_do_not_contact(
        db, caller.organization_id, mark_id, caller.member_id, reason
    )
    if cleared is None:
        await queries.do_not_contact_by_id(db, caller.organization_id, mark_id)
        message = "This mark was cleared before."
        raise ConflictError(message)
    await queries.raise_turf_versions(db, caller.organization_id, [cleared.door_id])
    return cleared


async def campaign_map(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    *,
    box: Box = EVERYWHERE,
    limit: int | None = None,
) -> CampaignMap:
    """A campaign's streets and barriers in degrees; empty where no map was imported.

    ``box`` (west, south, east, north) and ``limit`` (of streets) keep an answer small.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    RefusedError
        If the box ends before it begins.
    """
    await campaign_by_id(db, organization_id, campaign_id)
    _check_box(box)
    streets = await map_queries.street_rows(db, organization_id, campaign_id, box, limit)
    barriers = await map_queries.barrier_rows(db, organization_id, campaign_id, box)
    names, highways, starts, ends, lengths, walkable, crossing, lines = columns(streets, 8)
    kinds, barrier_names, shapes = columns(barriers, 3)
    return CampaignMap(
        streets=MapStreets(
            name=tuple(names),
            highway=tuple(highways),
            from_node=np.array(starts, dtype=np.int64),
            to_node=np.array(ends, dtype=np.int64),
            length_m=np.array(lengths, dtype=np.float64),
            walkable=np.array(walkable, dtype=np.bool_),
            crosses_barrier=np.array(crossing, dtype=np.bool_),
            geometry=_shapes(lines),
        ),
        barriers=MapBarriers(
            kind=tuple(kinds), name=tuple(barrier_names), geometry=_shapes(shapes)
        ),
        attribution=await map_queries.map_attribution(db, organization_id, campaign_id),
    )


async def map_features(
    db: Connection, organization_id: UUID, campaign_id: UUID, box: Box, limit: int
) -> MapFeatures:
    """The barriers and at most ``limit`` streets that touch a box, as GeoJSON."""
    # One more than wanted tells whether there are more.
    found = await campaign_map(db, organization_id, campaign_id, box=box, limit=limit + 1)
    streets, barriers = found.streets, found.barriers
    about_streets = [
        {"kind": "street", "name": name, "highway": highway, "walkable": walkable}
        for name, highway, walkable in zip(
            streets.name, streets.highway, streets.walkable.tolist(), strict=True
        )
    ]
    about_barriers = [
        {"kind": kind, "name": name}
        for kind, name in zip(barriers.kind, barriers.name, strict=True)
    ]
    return MapFeatures(
        attribution=found.attribution,
        complete=len(about_streets) <= limit,
        features=_features(barriers.geometry, about_barriers)
        + _features(streets.geometry[:limit], about_streets[:limit]),
    )


def _features(geometry: NDArray[np.object_], about: Sequence[dict[str, Any]]) -> list[MapFeature]:
    texts: Any = shapely.to_geojson(geometry)
    return [
        MapFeature(geometry=msgspec.json.decode(text), properties=properties)
        for text, properties in zip(texts, about, strict=True)
    ]


def _shapes(wkb: list[bytes]) -> Any:
    return shapely.from_wkb(np.array(wkb, dtype=np.object_))
