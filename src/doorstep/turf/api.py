"""Routes of turf: passes, cutting, publishing, assigning, handing over."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, delete, get, patch, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Reference, RequestBody
from litestar.params import FromPath, FromQuery, JSONBody

from doorstep.kit.auth import COORDINATORS, EVERYONE, ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    TooLargeError,
    TooManyError,
)
from doorstep.kit.limits import Limit
from doorstep.kit.problems import problems
from doorstep.settings import Settings
from doorstep.turf import drawing, queries, service
from doorstep.turf.cut_api import CONTROLLERS as CUTS
from doorstep.turf.ground_api import CONTROLLERS as GROUND
from doorstep.turf.layer import MAX_OUTLINE_BYTES
from doorstep.turf.model import (
    Assign,
    Handover,
    HandoverAccept,
    HandoverCreate,
    Pass,
    PassCreate,
    Turf,
    TurfCreate,
    TurfPatch,
    TurfsCreated,
    TurfSummary,
)
from doorstep.turf.pace_api import CONTROLLERS as PACES
from doorstep.turf.step_api import CONTROLLERS as CUTTING

# Read off the loop, an area at a time; hence described by hand.
LAYER = RequestBody(
    required=True,
    content={
        "application/json": OpenAPIMediaType(
            schema=Reference("#/components/schemas/FeatureCollection")
        )
    },
)


class PassController(Controller):
    """Passes: rounds over a campaign's doors."""

    path = "/passes"
    tags = ("turf",)

    @get(operation_id="listPasses", responses=problems(), **open_to(EVERYONE))
    async def list_passes(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromQuery[UUID | None] = None,
    ) -> list[Pass]:
        """Passes, the oldest first; of one campaign if it is named."""
        return await queries.passes(db, caller.organization_id, campaign_id)

    @post(
        operation_id="createPass",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def create_pass(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[PassCreate],
    ) -> Pass:
        """Start a pass."""
        return await service.create_pass(db, caller.organization_id, data)

    @get(
        "/{pass_id:uuid}",
        operation_id="getPass",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_pass(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
    ) -> Pass:
        """One pass."""
        return await queries.pass_by_id(db, caller.organization_id, pass_id)

    @post(
        "/{pass_id:uuid}/turfs",
        operation_id="createTurfsFromLayer",
        responses=problems(NotFoundError, ConflictError, RefusedError, TooLargeError),
        **open_to(ORGANIZERS, request_body=LAYER),
    )
    async def create_turfs(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
        request: Request[Any, Any, State],
    ) -> TurfsCreated:
        """Cut a turf from every area of a boundary layer, such as precincts."""
        return await drawing.create_turfs(db, caller, pass_id, await request.body())


class TurfController(Controller):
    """Turfs."""

    path = "/turfs"
    tags = ("turf",)

    @get(operation_id="listTurfs", responses=problems(NotFoundError), **open_to(STAFF))
    async def list_turfs(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromQuery[UUID],
    ) -> list[TurfSummary]:
        """The turfs of a pass that are not archived, by name."""
        await queries.pass_by_id(db, caller.organization_id, pass_id)
        return await queries.turfs(db, caller.organization_id, pass_id)

    @post(
        operation_id="createTurf",
        responses=problems(NotFoundError, ConflictError, RefusedError, TooLargeError),
        request_max_body_size=MAX_OUTLINE_BYTES,
        **open_to(ORGANIZERS),
    )
    async def create_turf(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[TurfCreate],
    ) -> Turf:
        """Cut a turf by its outline: it takes every door inside."""
        return await drawing.create_turf(db, caller, data)

    @get(
        "/{turf_id:uuid}",
        operation_id="getTurf",
        responses=problems(NotFoundError),
        **open_to(EVERYONE, small=True),
    )
    async def get_turf(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
    ) -> Turf:
        """One turf; a volunteer sees those they hold."""
        return await service.visible_turf(db, caller, turf_id)

    @patch(
        "/{turf_id:uuid}",
        operation_id="changeTurf",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def change_turf(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
        data: JSONBody[TurfPatch],
    ) -> Turf:
        """Rename a turf."""
        if data.name:
            await service.rename(db, caller, turf_id, data.name)
        return await queries.turf_by_id(db, caller.organization_id, turf_id)

    @delete(
        "/{turf_id:uuid}",
        operation_id="deleteDraftTurf",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def delete_turf(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
    ) -> None:
        """Forget a draft."""
        await service.delete_draft(db, caller, turf_id)

    @post(
        "/{turf_id:uuid}/publishing",
        operation_id="publishTurf",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def publish_turf(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
    ) -> Turf:
        """Make a draft ready to be assigned."""
        await service.publish(db, caller, turf_id)
        return await queries.turf_by_id(db, caller.organization_id, turf_id)

    @post(
        "/{turf_id:uuid}/archiving",
        operation_id="archiveTurf",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def archive_turf(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
    ) -> Turf:
        """Close a turf; its doors may then be cut again."""
        await service.archive(db, caller, turf_id)
        return await queries.turf_by_id(db, caller.organization_id, turf_id)

    @post(
        "/{turf_id:uuid}/assignments",
        operation_id="assignTurf",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def assign_turf(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
        data: JSONBody[Assign],
    ) -> Turf:
        """Give a published turf to a member, a pair, or three who walk together."""
        await service.assign(db, caller, turf_id, data)
        return await queries.turf_by_id(db, caller.organization_id, turf_id)

    @delete(
        "/{turf_id:uuid}/assignments/{member_id:uuid}",
        operation_id="takeTurfBack",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def take_back(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
        member_id: FromPath[UUID],
    ) -> None:
        """Take a turf back from a member; what they still send is kept."""
        await service.take_back(db, caller, turf_id, member_id)

    @post(
        "/{turf_id:uuid}/handing-back",
        operation_id="handTurfBack",
        status_code=204,
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def hand_back(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
    ) -> None:
        """Give up a turf that the caller holds."""
        await service.take_back(db, caller, turf_id, caller.member_id, "handed_back")

    @post(
        "/{turf_id:uuid}/handovers",
        operation_id="offerHandover",
        responses=problems(NotFoundError, ConflictError),
        **open_to(EVERYONE),
    )
    async def offer_handover(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        turf_id: FromPath[UUID],
        data: JSONBody[HandoverCreate],
    ) -> Handover:
        """A QR code that lets the one who scans it take over, or join."""
        return await service.offer_handover(db, caller, turf_id, data, settings.public_url)


class HandoverController(Controller):
    """Taking what a handover code offers."""

    path = "/handovers"
    tags = ("turf",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        self.per_member = Limit(tries=10, per_s=600)

    @post(
        operation_id="acceptHandover",
        status_code=200,
        responses=problems(RefusedError, ConflictError, TooManyError),
        **open_to(EVERYONE),
    )
    async def accept_handover(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[HandoverAccept],
    ) -> TurfSummary:
        """Take over, or join, the turf that a code stands for."""
        self.per_member.take(str(caller.member_id))
        return await service.accept_handover(db, caller, data.code)


@get(
    "/me/turfs",
    operation_id="listMyTurfs",
    tags=["turf"],
    responses=problems(),
    **open_to(EVERYONE, small=True),
)
async def list_my_turfs(
    db: NamedDependency[Connection], caller: NamedDependency[Caller]
) -> list[TurfSummary]:
    """The turfs that the caller holds now."""
    return await queries.turfs_held_by(db, caller.organization_id, caller.member_id)


CONTROLLERS = (
    PassController,
    TurfController,
    HandoverController,
    list_my_turfs,
    *CUTTING,
    *CUTS,
    *GROUND,
    *PACES,
)
