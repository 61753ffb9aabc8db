"""Routes by which staff write commitments and decisions."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.engage import queries, service
from doorstep.engage.model import (
    Commitment,
    CommitmentCreate,
    CommitmentPatch,
    CommitmentUpdateCreate,
    CommitmentWhole,
    Decision,
    DecisionCreate,
    Status,
)
from doorstep.engage.public_api import PublicLedgerController
from doorstep.kit.auth import ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]


class CommitmentController(Controller):
    """Commitments: what was promised in public, and what became of it."""

    path = "/commitments"
    tags = ("engage",)

    @post(operation_id="createCommitment", responses=problems(RefusedError), **open_to(STAFF))
    async def create_commitment(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[CommitmentCreate],
    ) -> Commitment:
        """Draft a commitment; nobody outside sees it until it is published."""
        return await service.commit(db, caller.organization_id, caller.member_id, data)

    @get(operation_id="listCommitments", responses=problems(), **open_to(STAFF))
    async def list_commitments(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        status: Annotated[Status | None, QueryParameter(description="Only these")] = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Commitment]:
        """Commitments with drafts, the latest changed first."""
        return await service.commitments(db, caller.organization_id, status, limit, offset)

    @get(
        "/{commitment_id:uuid}",
        operation_id="getCommitment",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_commitment(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        commitment_id: FromPath[UUID],
    ) -> CommitmentWhole:
        """A commitment with all that became of it."""
        return await service.commitment_by_id(db, caller.organization_id, commitment_id)

    @patch(
        "/{commitment_id:uuid}",
        operation_id="changeCommitment",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def change_commitment(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        commitment_id: FromPath[UUID],
        data: JSONBody[CommitmentPatch],
    ) -> CommitmentWhole:
        """Change words or the day; of what is published, the change and its reason are shown."""
        return await service.change_commitment(db, caller, commitment_id, data)

    @post(
        "/{commitment_id:uuid}/updates",
        operation_id="updateCommitment",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def update_commitment(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        commitment_id: FromPath[UUID],
        data: JSONBody[CommitmentUpdateCreate],
    ) -> CommitmentWhole:
        """Move a commitment, tell of progress or put an earlier update right, with the reason."""
        return await service.add_update(
            db, caller.organization_id, caller.member_id, commitment_id, data
        )


class DecisionController(Controller):
    """Decisions as they are published."""

    path = "/public-decisions"
    tags = ("engage",)

    @post(
        operation_id="publishDecision",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def publish_decision(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[DecisionCreate],
    ) -> Decision:
        """Publish a decision with its options, reasons and who was asked."""
        return await service.decide(db, caller, data)

    @get(operation_id="listPublicDecisions", responses=problems(), **open_to(STAFF))
    async def list_decisions(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Decision]:
        """Decisions, the latest first."""
        return await queries.decisions(db, caller.organization_id, None, limit, offset)

    @get(
        "/{public_decision_id:uuid}",
        operation_id="getPublicDecision",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_decision(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        public_decision_id: FromPath[UUID],
    ) -> Decision:
        """A decision."""
        return await service.decision_by_id(db, caller.organization_id, public_decision_id)


CONTROLLERS = (CommitmentController, DecisionController, PublicLedgerController)
