"""Routes of imports: files on their way in, how they are read, what came of them; and maps."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.datastructures import CacheControlHeader, State
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from doorstep.imports import queries, service
from doorstep.imports.model import (
    Change,
    FileLook,
    FileReading,
    ImportFile,
    ImportFileCreate,
    ImportReject,
    ImportRun,
    ImportStart,
    SavedMapping,
)
from doorstep.imports.running import Runs, Work
from doorstep.kit.auth import EVERYONE, ORGANIZERS, Caller, Role, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooLargeError
from doorstep.kit.ids import new_id
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.people import service as people
from doorstep.people.model import MapFeatures

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
FileName = Annotated[
    str, QueryParameter(min_length=1, max_length=200, description="What the file is called")
]
Lon = Annotated[float, QueryParameter(ge=-180, le=180, description="Degrees")]
Lat = Annotated[float, QueryParameter(ge=-90, le=90, description="Degrees")]
PartNumber = Annotated[int, PathParameter(ge=1, le=1000, description="From 1, in order")]

MAX_MAP_BYTES = 64 * 2**20
"""Addresses and streets of a city of a million fit; the rest of an extract can be cut away."""
NO_STORE = CacheControlHeader(no_store=True)


def _open_to_files(roles: tuple[Role, ...], media_type: str) -> dict[str, Any]:
    """Route arguments for roles that send a file as it is; OpenAPI says which kind."""
    schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
    body = RequestBody(content={media_type: OpenAPIMediaType(schema=schema)}, required=True)
    return open_to(roles, request_body=body)


class ImportFileController(Controller):
    """Files on their way in."""

    path = "/import-files"
    tags = ("imports",)
    cache_control = NO_STORE

    @post(operation_id="createImportFile", responses=problems(), **open_to(ORGANIZERS))
    async def create_file(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[ImportFileCreate],
    ) -> ImportFile:
        """Announce a file; it is then sent in parts, and kept for a day."""
        return await queries.insert_file(
            db, caller.organization_id, new_id(), data.file_name, caller.member_id
        )

    @get(
        "/{file_id:uuid}",
        operation_id="getImportFile",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def get_file(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        file_id: FromPath[UUID],
    ) -> ImportFile:
        """How much of a file has arrived."""
        return await queries.file_by_id(db, caller.organization_id, file_id)

    @put(
        "/{file_id:uuid}/parts/{number:int}",
        operation_id="putImportFilePart",
        responses=problems(NotFoundError, TooLargeError),
        **_open_to_files(ORGANIZERS, "application/octet-stream"),
    )
    async def put_part(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        request: Request[Any, Any, State],
        file_id: FromPath[UUID],
        number: PartNumber,
    ) -> ImportFile:
        """Send a part of at most 10 MiB; sent again, it takes the place of its former self."""
        await queries.file_by_id(db, caller.organization_id, file_id)
        body = await request.body()
        await queries.put_file_part(db, caller.organization_id, file_id, number, body)
        return await queries.file_by_id(db, caller.organization_id, file_id)

    @post(
        "/{file_id:uuid}/reading",
        operation_id="readImportFile",
        responses=problems(NotFoundError, RefusedError),
        status_code=200,
        **open_to(ORGANIZERS),
    )
    async def read_file(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        file_id: FromPath[UUID],
        data: JSONBody[FileReading],
    ) -> FileLook:
        """How the file would be read: its columns, what they seem to hold, its first rows."""
        file = await queries.file_by_id(db, caller.organization_id, file_id)
        with tempfile.TemporaryDirectory(prefix="doorstep-") as folder:
            path = await service.fetch_file(db, caller.organization_id, file_id, Path(folder))
            source = service.Source(path, file.file_name, data.layer)
            return await service.look(db, caller.organization_id, source)

    @delete(
        "/{file_id:uuid}",
        operation_id="deleteImportFile",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def delete_file(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        file_id: FromPath[UUID],
    ) -> None:
        """Forget a file that was sent."""
        await queries.delete_file(db, caller.organization_id, file_id)


class ImportController(Controller):
    """Imports of doors and people."""

    path = "/imports"
    tags = ("imports",)
    cache_control = NO_STORE

    @post(
        operation_id="importPeople",
        responses=problems(RefusedError, TooLargeError),
        **_open_to_files(ORGANIZERS, "text/csv"),
    )
    async def import_people(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        request: Request[Any, Any, State],
        file_name: FileName,
    ) -> ImportRun:
        """Store a file of doors and people at once, at most 10 MiB; the body is the file."""
        organization_id = caller.organization_id
        with tempfile.TemporaryDirectory(prefix="doorstep-") as folder:
            path = Path(folder) / "file"
            await asyncio.to_thread(path.write_bytes, await request.body())
            return await service.import_table(
                db,
                organization_id,
                service.Source(path, file_name),
                keyring.suppression_key(organization_id),
                created_by=caller.member_id,
            )

    @post(
        "/runs",
        operation_id="startImport",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        status_code=202,
        **open_to(ORGANIZERS),
    )
    async def start_import(
        self,
        db: NamedDependency[Connection],
        pool: NamedDependency[Pool],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        import_runs: NamedDependency[Runs],
        data: JSONBody[ImportStart],
    ) -> ImportRun:
        """Start the import of a file that was sent, or only try it; ask for its state after."""
        organization_id = caller.organization_id
        run, source = await service.start(db, organization_id, caller.member_id, data)
        import_runs.start(
            Work(
                pool=pool,
                organization_id=organization_id,
                run=run,
                file_id=data.file_id,
                source=source,
                suppression_key=keyring.suppression_key(organization_id),
            )
        )
        return run

    @get(operation_id="listImports", responses=problems(), **open_to(ORGANIZERS))
    async def list_imports(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[ImportRun]:
        """The imports so far, the newest first."""
        return await queries.runs(db, caller.organization_id, limit, offset)

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
        """How far an import is, or what it did."""
        return await queries.run_by_id(db, caller.organization_id, import_id)

    @get(
        "/{import_id:uuid}/changes",
        operation_id="listImportChanges",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def list_changes(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        import_id: FromPath[UUID],
    ) -> list[Change]:
        """The first hundred changes of what was there: before and after, field by field."""
        await queries.run_by_id(db, caller.organization_id, import_id)
        return await queries.preview_of_run(db, caller.organization_id, import_id)

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
        await queries.run_by_id(db, caller.organization_id, import_id)
        return await queries.rejects(db, caller.organization_id, import_id, limit, offset)

    @get(
        "/{import_id:uuid}/rejects.csv",
        operation_id="downloadImportRejects",
        media_type="text/csv",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def rejects_csv(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        import_id: FromPath[UUID],
    ) -> Response[bytes]:
        """The rows that an import left out, for a spreadsheet."""
        content = await service.rejects_csv(db, caller.organization_id, import_id)
        return Response(
            content, headers={"content-disposition": 'attachment; filename="rejects.csv"'}
        )

    @post(
        "/{import_id:uuid}/cancelling",
        operation_id="cancelImport",
        responses=problems(NotFoundError, ConflictError),
        status_code=202,
        **open_to(ORGANIZERS),
    )
    async def cancel_import(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        import_id: FromPath[UUID],
    ) -> ImportRun:
        """Stop an import that is running; nothing of it is stored."""
        return await service.cancel(db, caller.organization_id, import_id)

    @post(
        "/{import_id:uuid}/undoing",
        operation_id="undoImport",
        responses=problems(NotFoundError, ConflictError),
        status_code=200,
        **open_to(ORGANIZERS),
    )
    async def undo_import(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        import_id: FromPath[UUID],
    ) -> ImportRun:
        """Take the last import back, as long as nobody has worked with what it added."""
        return await service.undo(db, caller.organization_id, import_id, caller.member_id)


class ImportMappingController(Controller):
    """Mappings kept for the next file of their kind."""

    path = "/import-mappings"
    tags = ("imports",)

    @get(operation_id="listImportMappings", responses=problems(), **open_to(ORGANIZERS))
    async def list_mappings(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[SavedMapping]:
        """The saved mappings, the newest first."""
        return await queries.mappings(db, caller.organization_id)

    @delete(
        "/{mapping_id:uuid}",
        operation_id="deleteImportMapping",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def delete_mapping(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        mapping_id: FromPath[UUID],
    ) -> None:
        """Forget a saved mapping."""
        await queries.delete_mapping(db, caller.organization_id, mapping_id)


class MapController(Controller):
    """A campaign's map."""

    path = "/campaigns/{campaign_id:uuid}/map"
    tags = ("imports",)

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
        return await people.map_features(db, caller.organization_id, campaign_id, box, limit)


CONTROLLERS = (
    ImportFileController,
    ImportController,
    ImportMappingController,
    MapController,
)
