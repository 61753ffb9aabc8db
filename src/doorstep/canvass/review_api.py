"""Routes of review: what waits, what was decided, and what looks odd."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.canvass import reviewing
from doorstep.canvass.review_model import (
    BatchReview,
    Conflict,
    ConflictDecision,
    ConflictsDecided,
    DayRollback,
    Decision,
    DecisionCreate,
    DecisionMade,
    ReviewItem,
)
from doorstep.kit.auth import ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError
from doorstep.kit.problems import problems

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]


class ReviewController(Controller):
    """Events that wait for an organizer."""

    path = "/reviews"
    tags = ("review",)

    @get("/events", operation_id="listReviews", responses=problems(), **open_to(ORGANIZERS))
    async def list_reviews(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        status: Annotated[
            Literal["needs_review", "rejected", "rolled_back"],
            QueryParameter(description="Waiting, rejected, or taken back"),
        ] = "needs_review",
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[ReviewItem]:
        """Events that are stored but do not count, with the reason; the latest first."""
        return await reviewing.review_items(db, caller.organization_id, status, limit, offset)

    @get("/conflicts", operation_id="listConflicts", responses=problems(), **open_to(ORGANIZERS))
    async def list_conflicts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        status: Annotated[
            Literal["waiting", "accepted", "rejected"], QueryParameter(description="How far")
        ] = "waiting",
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Conflict]:
        """Events that came under an id already taken, beside what stands; the latest first."""
        return await reviewing.conflicts(db, caller.organization_id, status, limit, offset)

    @post(
        "/conflicts",
        operation_id="decideConflicts",
        status_code=200,
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def decide_conflicts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[ConflictDecision],
    ) -> ConflictsDecided:
        """Accept conflicts as events of their own, reject them, or have them wait again."""
        return await reviewing.decide_conflicts(db, caller, data)

    @get("/batches", operation_id="listBatches", responses=problems(), **open_to(ORGANIZERS))
    async def list_batches(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: Annotated[UUID | None, QueryParameter(description="Only this member's")] = None,
        odd: Annotated[bool, QueryParameter(description="Only those that look odd")] = False,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[BatchReview]:
        """Batches that came home, with what looks odd about each and the events behind it."""
        return await reviewing.batch_reviews(
            db, caller.organization_id, member_id, limit, offset, odd_only=odd
        )


class DecisionController(Controller):
    """What organizers decided about events."""

    path = "/decisions"
    tags = ("review",)

    @get(operation_id="listDecisions", responses=problems(), **open_to(ORGANIZERS))
    async def list_decisions(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Decision]:
        """What was decided, the latest first."""
        return await reviewing.decisions(db, caller.organization_id, limit, offset)

    @post(operation_id="decideEvents", responses=problems(NotFoundError), **open_to(ORGANIZERS))
    async def decide_events(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[DecisionCreate],
    ) -> DecisionMade:
        """Accept or reject events that wait, up to a thousand at once."""
        return await reviewing.decide(db, caller, data)

    @post(
        "/{decision_id:uuid}/undoing",
        operation_id="undoDecision",
        status_code=200,
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def undo_decision(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        decision_id: FromPath[UUID],
    ) -> Decision:
        """Take a decision back: its events are again what they were."""
        return await reviewing.undo(db, caller, decision_id)


@post(
    "/batches/{batch_id:uuid}/rollback",
    operation_id="rollBackBatch",
    tags=["review"],
    responses=problems(NotFoundError),
    **open_to(ORGANIZERS),
)
async def roll_back_batch(
    db: NamedDependency[Connection],
    caller: NamedDependency[Caller],
    batch_id: FromPath[UUID],
) -> DecisionMade:
    """Take back a batch in one step; undoing the decision brings it back."""
    return await reviewing.roll_back_batch(db, caller, batch_id)


@post(
    "/members/{member_id:uuid}/rollback",
    operation_id="rollBackDay",
    tags=["review"],
    responses=problems(NotFoundError),
    **open_to(ORGANIZERS),
)
async def roll_back_day(
    db: NamedDependency[Connection],
    caller: NamedDependency[Caller],
    member_id: FromPath[UUID],
    data: JSONBody[DayRollback],
) -> DecisionMade:
    """Take back a member's day in one step; undoing the decision brings it back."""
    return await reviewing.roll_back_day(db, caller, member_id, data.day)


CONTROLLERS = (ReviewController, DecisionController, roll_back_batch, roll_back_day)
