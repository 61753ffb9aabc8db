"""Routes of people: doors, buildings, people, do-not-contact."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.kit.auth import COORDINATORS, EVERYONE, ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.people import queries, service
from doorstep.people.model import (
    Building,
    BuildingPatch,
    DoNotContact,
    DoNotContactClearing,
    DoNotContactCreate,
    Door,
    DoorPatch,
    DoorPoint,
    Person,
    WalkDoor,
)

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
DoorLimit = Annotated[int, QueryParameter(ge=1, le=20_000, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Lon = Annotated[float, QueryParameter(ge=-180, le=180, description="Degrees")]
Lat = Annotated[float, QueryParameter(ge=-90, le=90, description="Degrees")]


class DoorController(Controller):
    """Doors and those who live behind them."""

    path = "/doors"
    tags = ("people",)

    @get(operation_id="listDoors", responses=problems(RefusedError), **open_to(STAFF))
    async def list_doors(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        west: Lon = -180,
        south: Lat = -90,
        east: Lon = 180,
        north: Lat = 90,
        limit: DoorLimit = 1000,
    ) -> list[DoorPoint]:
        """Doors of a box by street, and by number and unit as people count them."""
        box = (west, south, east, north)
        return await service.doors_shown(db, caller.organization_id, box, limit)

    @get(
        "/{door_id:uuid}",
        operation_id="getDoor",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_door(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        door_id: FromPath[UUID],
    ) -> Door:
        """A door with households and marks; volunteers find the doors of turf they hold."""
        return await service.door_by_id(db, caller, door_id)

    @patch(
        "/{door_id:uuid}",
        operation_id="noteDoor",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def note_door(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        door_id: FromPath[UUID],
        data: JSONBody[DoorPatch],
    ) -> WalkDoor:
        """Write the note of a door; volunteers write it where they hold turf."""
        return await service.note_door(db, caller, door_id, data.note)


class BuildingController(Controller):
    """Buildings."""

    path = "/buildings"
    tags = ("people",)

    @patch(
        "/{building_id:uuid}",
        operation_id="noteAccess",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def note_access(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        building_id: FromPath[UUID],
        data: JSONBody[BuildingPatch],
    ) -> Building:
        """Write how to get into a building; volunteers write it where they hold turf."""
        return await service.note_access(db, caller, building_id, data.access_note)


class PersonController(Controller):
    """People."""

    path = "/people"
    tags = ("people",)

    @get(
        "/{person_id:uuid}",
        operation_id="getPerson",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_person(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        person_id: FromPath[UUID],
    ) -> Person:
        """One person; volunteers find those of turf they hold who may be contacted."""
        return await service.person_by_id(db, caller, person_id)


class DoNotContactController(Controller):
    """Wishes to be left alone."""

    path = "/do-not-contact"
    tags = ("people",)

    @get(operation_id="listDoNotContact", responses=problems(), **open_to(STAFF))
    async def list_marks(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
        cleared: Annotated[
            bool, QueryParameter(description="Also those that were cleared")
        ] = False,
    ) -> list[DoNotContact]:
        """The marks that stand, the newest first."""
        return await queries.do_not_contact_list(
            db, caller.organization_id, limit, offset, cleared=cleared
        )

    @post(
        operation_id="markDoNotContact",
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def mark(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[DoNotContactCreate],
    ) -> DoNotContact:
        """Mark a door, or a person behind it, as not to be contacted."""
        return await service.mark_by_hand(db, caller, data)

    @post(
        "/{mark_id:uuid}/clearing",
        operation_id="clearDoNotContact",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def clear(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        mark_id: FromPath[UUID],
        data: JSONBody[DoNotContactClearing],
    ) -> DoNotContact:
        """Clear a mark; who did it and why stays on record."""
        return await service.clear_mark(db, caller, mark_id, data.reason)


CONTROLLERS = (
    DoorController,
    BuildingController,
    PersonController,
    DoNotContactController,
)
