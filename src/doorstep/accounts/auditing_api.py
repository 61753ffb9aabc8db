"""The route of the audit log."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from doorstep.accounts import auditing
from doorstep.accounts.model import AuditEntry
from doorstep.kit.auth import Caller, Role, open_to
from doorstep.kit.db import Connection
from doorstep.kit.problems import problems


class AuditController(Controller):
    """The audit log."""

    path = "/audit"
    tags = ("accounts",)

    @get(operation_id="listAudit", responses=problems(), **open_to((Role.OWNER,)))
    async def list_audit(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        action: Annotated[
            str | None,
            QueryParameter(max_length=60, pattern=r"^[a-z_.]*\Z", description="Only this action"),
        ] = None,
        about: Annotated[
            UUID | None, QueryParameter(description="Only what names this id, also as the actor")
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")] = 100,
        offset: Annotated[
            int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")
        ] = 0,
    ) -> list[AuditEntry]:
        """Who did what with people's data, the newest first."""
        return await auditing.entries(db, caller.organization_id, action, about, limit, offset)


CONTROLLERS = (AuditController,)
