"""Routes of scripts and their versions."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter

from doorstep.kit.auth import ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.surveys import queries, service
from doorstep.surveys.model import (
    CampaignScriptCreate,
    Script,
    ScriptVersion,
    ScriptVersionCreate,
)

Page = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Number = Annotated[int, PathParameter(ge=1, le=1_000_000, description="Number of the version")]


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


CONTROLLERS = (ScriptController,)
