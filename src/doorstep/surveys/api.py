"""Routes of scripts and their versions."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from doorstep.kit.auth import ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooLargeError
from doorstep.kit.problems import problems
from doorstep.surveys import queries, service
from doorstep.surveys.findings import (
    LanguageReport,
    Preview,
    PreviewAsk,
    ScriptDiff,
    XlsformDraft,
)
from doorstep.surveys.model import (
    CampaignScriptCreate,
    Script,
    ScriptVersion,
    ScriptVersionCreate,
)

Page = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Number = Annotated[int, PathParameter(ge=1, le=1_000_000, description="Number of the version")]
From = Annotated[
    int, QueryParameter(name="from", ge=1, le=1_000_000, description="The version before")
]
To = Annotated[int, QueryParameter(name="to", ge=1, le=1_000_000, description="The version after")]
MAX_XLSX_BYTES = 2 * 2**20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK = RequestBody(
    required=True,
    content={
        "application/octet-stream": OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        )
    },
)


class ScriptController(Controller):
    """Scripts."""

    path = "/scripts"
    tags = ("surveys",)

    @get(operation_id="listScripts", responses=problems(), **open_to(STAFF))
    async def list_scripts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromQuery[UUID | None] = None,
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[Script]:
        """The organization's scripts, the oldest first."""
        return await queries.scripts(db, caller.organization_id, campaign_id, limit, offset)

    @post(
        operation_id="createScript",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def create_script(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[CampaignScriptCreate],
    ) -> ScriptVersion:
        """Write a script; its first version comes with it."""
        return await service.create_script(
            db, caller.member_id, caller.organization_id, data.campaign_id, data
        )

    @get(
        "/{script_id:uuid}",
        operation_id="getScript",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_script(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        script_id: FromPath[UUID],
    ) -> ScriptVersion:
        """The newest version of a script."""
        return await queries.script_version(db, caller.organization_id, script_id, None)

    @post(
        "/{script_id:uuid}/versions",
        operation_id="addScriptVersion",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def add_version(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        script_id: FromPath[UUID],
        data: JSONBody[ScriptVersionCreate],
    ) -> ScriptVersion:
        """Add a version; answers already given keep pointing at theirs."""
        return await service.add_version(
            db, caller.member_id, caller.organization_id, script_id, data
        )

    @get(
        "/{script_id:uuid}/versions/{version:int}",
        operation_id="getScriptVersion",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_version(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        script_id: FromPath[UUID],
        version: Number,
    ) -> ScriptVersion:
        """One version of a script."""
        return await queries.script_version(db, caller.organization_id, script_id, version)

    @get(
        "/{script_id:uuid}/diff",
        operation_id="compareScriptVersions",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def compare_versions(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        script_id: FromPath[UUID],
        before: From,
        after: To,
    ) -> ScriptDiff:
        """What changed from one version to another, in plain sentences."""
        return await service.diff(db, caller.organization_id, script_id, before, after)

    @get(
        "/{script_id:uuid}/versions/{version:int}/translations",
        operation_id="getTranslations",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_translations(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        script_id: FromPath[UUID],
        version: Number,
    ) -> list[LanguageReport]:
        """The languages of a version, and which texts each of them lacks."""
        return await service.translations_of(db, caller.organization_id, script_id, version)

    @post(
        "/{script_id:uuid}/versions/{version:int}/preview",
        operation_id="previewScript",
        status_code=HTTP_200_OK,
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def preview(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        script_id: FromPath[UUID],
        version: Number,
        data: JSONBody[PreviewAsk],
    ) -> Preview:
        """What is asked next after these answers; nothing is stored."""
        return await service.preview_of(db, caller.organization_id, script_id, version, data)

    @get(
        "/{script_id:uuid}/versions/{version:int}/xlsform",
        operation_id="downloadXlsform",
        media_type=XLSX,
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def download_xlsform(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        script_id: FromPath[UUID],
        version: Number,
    ) -> Response[bytes]:
        """A version as an Excel file for ODK and its kin (XLSForm)."""
        content = await service.xlsform_of(db, caller.organization_id, script_id, version)
        headers = {"content-disposition": 'attachment; filename="script.xlsx"'}
        return Response(content, headers=headers)

    @post(
        "/import-xlsform",
        operation_id="readXlsform",
        status_code=HTTP_200_OK,
        responses=problems(RefusedError, TooLargeError),
        request_max_body_size=MAX_XLSX_BYTES,
        **open_to(ORGANIZERS, request_body=WORKBOOK),
    )
    async def read_xlsform(self, request: Request[Any, Any, State]) -> XlsformDraft:
        """An XLSForm (.xlsx) as a script to look through and create; nothing is stored."""
        return await service.draft_from_xlsform(await request.body())


CONTROLLERS = (ScriptController,)
