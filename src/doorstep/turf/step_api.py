"""Routes of cutting by hand, and of the log that takes it back."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from doorstep.kit.auth import ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooLargeError
from doorstep.kit.problems import problems
from doorstep.turf import changing, hand
from doorstep.turf.layer import MAX_OUTLINE_BYTES
from doorstep.turf.step_model import (
    Freeze,
    Merge,
    Move,
    Split,
    Step,
    Trade,
    TurfsChanged,
    Undo,
)

REFUSALS = problems(NotFoundError, ConflictError, RefusedError, TooLargeError)


class CuttingController(Controller):
    """Cutting by hand: each operation is one step of the pass's log."""

    path = "/passes/{pass_id:uuid}"
    tags = ("turf",)

    @post(
        "/splits",
        operation_id="splitTurf",
        responses=REFUSALS,
        request_max_body_size=MAX_OUTLINE_BYTES,
        **open_to(ORGANIZERS),
    )
    async def split_turf(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
        data: JSONBody[Split],
    ) -> TurfsChanged:
        """Divide a turf by a line, by an area, or into parts of about equal minutes."""
        return await hand.split(db, caller, pass_id, data)

    @post("/merges", operation_id="mergeTurfs", responses=REFUSALS, **open_to(ORGANIZERS))
    async def merge_turfs(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
        data: JSONBody[Merge],
    ) -> TurfsChanged:
        """Make turfs one: the first of them, which keeps its status and holders."""
        return await hand.merge(db, caller, pass_id, data)

    @post(
        "/moves",
        operation_id="moveDoors",
        responses=REFUSALS,
        request_max_body_size=MAX_OUTLINE_BYTES,
        **open_to(ORGANIZERS),
    )
    async def move_doors(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
        data: JSONBody[Move],
    ) -> TurfsChanged:
        """Put doors into another turf, or out of every turf."""
        return await hand.move(db, caller, pass_id, data)

    @post(
        "/trades",
        operation_id="tradeDoors",
        responses=REFUSALS,
        request_max_body_size=2 * MAX_OUTLINE_BYTES,
        **open_to(ORGANIZERS),
    )
    async def trade_doors(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
        data: JSONBody[Trade],
    ) -> TurfsChanged:
        """Let two turfs give doors to each other."""
        return await hand.trade(db, caller, pass_id, data)

    @post("/freezes", operation_id="freezeTurfs", responses=REFUSALS, **open_to(ORGANIZERS))
    async def freeze_turfs(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
        data: JSONBody[Freeze],
    ) -> TurfsChanged:
        """Settle turfs, so that no operation touches them, or open them again."""
        return await hand.freeze(db, caller, pass_id, data)

    @get("/steps", operation_id="listSteps", responses=problems(NotFoundError), **open_to(STAFF))
    async def list_steps(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
    ) -> list[Step]:
        """What was done to the turfs of a pass and can be taken back, the last first."""
        return await changing.steps(db, caller.organization_id, pass_id)

    @post(
        "/undoing",
        operation_id="undoStep",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def undo_step(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromPath[UUID],
        data: JSONBody[Undo],
    ) -> TurfsChanged:
        """Take the last step back: turfs are as they were before it, exactly."""
        return await changing.undo(db, caller, pass_id, data.step_id)


CONTROLLERS = (CuttingController,)
