"""Routes of people: doors, buildings, people, do-not-contact, imports, a campaign's map."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, patch, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.kit.auth import COORDINATORS, EVERYONE, ORGANIZERS, STAFF, Caller, Role, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooLargeError
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
    ImportReject,
    ImportRun,
    MapFeatures,
    Person,
    WalkDoor,
)

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
DoorLimit = Annotated[int, QueryParameter(ge=1, le=20_000, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Lon = Annotated[float, QueryParameter(ge=-180, le=180, description="Degrees")]
Lat = Annotated[float, QueryParameter(ge=-90, le=90, description="Degrees")]
FileName = Annotated[
    str, QueryParameter(min_length=1, max_length=200, description="What the file is called")
]

MAX_MAP_BYTES = 64 * 2**20
"""Addresses and streets of a city of a million fit; the rest of an extract can be cut away."""


def _open_to_files(roles: tuple[Role, ...], media_type: str) -> dict[str, Any]:
    """Route arguments for roles that send a file as it is; OpenAPI says which kind."""
    arguments = open_to(roles)
    base: Any = arguments["operation_class"]

    @dataclass
    class TakesFile(base):
        def __post_init__(self) -> None:
            schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
            self.request_body = RequestBody(
                content={media_type: OpenAPIMediaType(schema=schema)}, required=True
            )

    return {**arguments, "operation_class": TakesFile}


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


class ImportController(Controller):
    """Imports of doors and people."""

    path = "/imports"
    tags = ("people",)

    @post(
        operation_id="importPeople",
        responses=problems(RefusedError, TooLargeError),
        **_open_to_files(ORGANIZERS, "text/csv"),
    )
    async def import_people(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        request: Request[Any, Any, State],
        file_name: FileName,
    ) -> ImportRun:
        """Store a CSV file of doors and people, at most 10 MiB; the body is the file."""
        return await service.import_csv(
            db,
            caller.organization_id,
            file_name,
            await request.body(),
            created_by=caller.member_id,
        )

    @get(operation_id="listImports", responses=problems(), **open_to(ORGANIZERS))
    async def list_imports(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[ImportRun]:
        """The imports so far, the newest first."""
        return await queries.import_runs(db, caller.organization_id, limit, offset)

    @get(
        "/{import_id:uuid}",
        operation_id="getImport",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def get_import(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        import_id: FromPath[UUID],
    ) -> ImportRun:
        """What one import did."""
        return await queries.import_run_by_id(db, caller.organization_id, import_id)

    @get(
        "/{import_id:uuid}/rejects",
        operation_id="listImportRejects",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def list_rejects(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        import_id: FromPath[UUID],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[ImportReject]:
        """The rows that an import left out, why, and how to mend them."""
        await queries.import_run_by_id(db, caller.organization_id, import_id)
        return await queries.import_rejects(db, caller.organization_id, import_id, limit, offset)


class MapController(Controller):
    """A campaign's map."""

    path = "/campaigns/{campaign_id:uuid}/map"
    tags = ("people",)

    @post(
        operation_id="importMap",
        responses=problems(NotFoundError, RefusedError, TooLargeError),
        request_max_body_size=MAX_MAP_BYTES,
        **_open_to_files(ORGANIZERS, "application/octet-stream"),
    )
    async def import_map(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        request: Request[Any, Any, State],
        campaign_id: FromPath[UUID],
        file_name: FileName = "map.osm.pbf",
    ) -> ImportRun:
        """Store the doors and the map of an .osm.pbf file, at most 64 MiB; the body is the file."""
        body = await request.body()
        with tempfile.TemporaryDirectory(prefix="doorstep-") as folder:
            # The ending tells the reader the format.
            path = Path(folder) / "map.osm.pbf"
            await asyncio.to_thread(path.write_bytes, body)
            return await service.import_osm(
                db,
                caller.organization_id,
                campaign_id,
                path,
                created_by=caller.member_id,
                file_name=file_name,
            )

    @get(
        operation_id="getMap",
        responses=problems(NotFoundError, RefusedError),
        **open_to(EVERYONE),
    )
    async def get_map(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
        west: Lon = -180,
        south: Lat = -90,
        east: Lon = 180,
        north: Lat = 90,
        limit: Annotated[
            int, QueryParameter(ge=1, le=20_000, description="Streets at most")
        ] = 5000,
    ) -> MapFeatures:
        """Streets and barriers as GeoJSON, within a box if one is given."""
        box = (west, south, east, north)
        return await service.map_features(db, caller.organization_id, campaign_id, box, limit)


CONTROLLERS = (
    DoorController,
    BuildingController,
    PersonController,
    DoNotContactController,
    ImportController,
    MapController,
)
