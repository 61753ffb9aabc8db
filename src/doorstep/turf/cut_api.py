"""Routes of cuts by the program: start, watch, cancel, look at, accept."""

from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from doorstep.kit.auth import ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooLargeError
from doorstep.kit.jobs import Jobs
from doorstep.kit.problems import problems
from doorstep.turf import accepting, auto, cut_queries, queries
from doorstep.turf.cut_model import CutCreate, ProposedTurf, TurfCut
from doorstep.turf.layer import MAX_OUTLINE_BYTES
from doorstep.turf.step_model import TurfsChanged


class PassCutController(Controller):
    """Cuts of a pass."""

    path = "/passes/{pass_id:uuid}/cuts"
    tags = ("turf",)

    @post(
        operation_id="startCut",
        status_code=202,
        responses=problems(NotFoundError, ConflictError, RefusedError, TooLargeError),
        request_max_body_size=MAX_OUTLINE_BYTES,
        **open_to(ORGANIZERS),
    )
    async def start_cut(
        self,
        db: NamedDependency[Connection],
        pool: NamedDependency[Pool],
        jobs: NamedDependency[Jobs],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
        data: JSONBody[CutCreate],
    ) -> TurfCut:
        """Let the program divide doors into turfs of a size; ask for its state after."""
        cut = await auto.start(db, caller, pass_id, data)
        jobs.start(auto.CutJob(pool, caller.organization_id, cut, data))
        return cut

    @get(operation_id="listCuts", responses=problems(NotFoundError), **open_to(STAFF))
    async def list_cuts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
    ) -> list[TurfCut]:
        """The cuts of a pass, the newest first; a day after their end they are forgotten."""
        await queries.pass_by_id(db, caller.organization_id, pass_id)
        return await cut_queries.cuts(db, caller.organization_id, pass_id)


class CutController(Controller):
    """Cuts."""

    path = "/cuts/{cut_id:uuid}"
    tags = ("turf",)

    @get(operation_id="getCut", responses=problems(NotFoundError), **open_to(STAFF))
    async def get_cut(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        cut_id: FromPath[UUID],
    ) -> TurfCut:
        """How far a cut is, or what it came to."""
        return await cut_queries.cut_by_id(db, caller.organization_id, cut_id)

    @get(
        "/turfs", operation_id="listProposedTurfs", responses=problems(NotFoundError),
        **open_to(STAFF),
    )  # fmt: skip
    async def list_proposed(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        cut_id: FromPath[UUID],
    ) -> list[ProposedTurf]:
        """The turfs that a cut proposes."""
        await cut_queries.cut_by_id(db, caller.organization_id, cut_id)
        return await cut_queries.proposed_turfs(db, caller.organization_id, cut_id)

    @post(
        "/cancelling",
        operation_id="cancelCut",
        status_code=202,
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def cancel_cut(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        cut_id: FromPath[UUID],
    ) -> TurfCut:
        """Stop a cut that is running; nothing of it is stored."""
        return await auto.cancel(db, caller.organization_id, cut_id)

    @post(
        "/accepting",
        operation_id="acceptCut",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def accept_cut(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        cut_id: FromPath[UUID],
    ) -> TurfsChanged:
        """Make drafts of what a cut proposes: all of it, as one step that can be undone."""
        return await accepting.accept(db, caller, cut_id)

    @delete(
        operation_id="discardCut",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def discard_cut(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        cut_id: FromPath[UUID],
    ) -> None:
        """Forget a cut and what it proposes."""
        await auto.discard(db, caller.organization_id, cut_id)


CONTROLLERS = (PassCutController, CutController)
