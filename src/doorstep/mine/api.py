"""Routes for organizers: what people say is wrong about what is stored of them."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from doorstep.accounts.auditing import audit
from doorstep.kit.auth import ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems
from doorstep.mine import queries
from doorstep.mine.model import Correction
from doorstep.mine.public_api import OwnPageController

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Done = Annotated[bool, QueryParameter(description="Also what is put right already")]


class CorrectionController(Controller):
    """Corrections that people asked for on their own pages."""

    path = "/corrections"
    tags = ("letters",)

    @get(operation_id="listCorrections", responses=problems(), **open_to(ORGANIZERS))
    async def list_corrections(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        done: Done = False,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Correction]:
        """What people say is wrong, the longest waiting first."""
        return await queries.corrections(db, caller.organization_id, done, limit, offset)

    @post(
        "/{correction_id:uuid}/done",
        operation_id="settleCorrection",
        status_code=200,
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def settle_correction(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        correction_id: FromPath[UUID],
    ) -> Correction:
        """Note that it is put right in the list it came from; again, nothing changes."""
        done = await queries.put_done(db, caller.organization_id, correction_id, caller.member_id)
        await audit(db, caller.member_id, "correction.done", [correction_id, done.person_id])
        return done


CONTROLLERS = (CorrectionController, OwnPageController)
