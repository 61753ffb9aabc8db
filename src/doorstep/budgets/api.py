"""Routes of budget rounds, for the members of an organization."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, patch, post, put
from litestar.datastructures import CacheControlHeader, State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, JSONBody

from doorstep.accounts.auditing import audit
from doorstep.accounts.service import organization_by_id
from doorstep.budgets import counting, loading, proposal_queries, queries, service, voting
from doorstep.budgets.model import (
    BallotCast,
    Imported,
    Move,
    Proposal,
    ProposalCreate,
    ProposalReview,
    Receipt,
    Result,
    Round,
    RoundCreate,
    RoundPatch,
    RoundWhole,
    VoterCodes,
    VoterCodesCreate,
)
from doorstep.budgets.public_api import BudgetFeedController, PublicBudgetController
from doorstep.kit.auth import EVERYONE, ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooLargeError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

MAX_PB_BYTES = 10 * 2**20
PB_FILE = RequestBody(
    content={"text/plain": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))},
    description="A round as Pabulib has it (`.pb`), in UTF-8.",
    required=True,
)


class BudgetRoundController(Controller):
    """Money that people share out themselves."""

    path = "/budget-rounds"
    tags = ("budgets",)

    @get(operation_id="listBudgetRounds", responses=problems(), **open_to(EVERYONE))
    async def list_rounds(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Round]:
        """Every budget round, the newest first."""
        return await queries.rounds(db, caller.organization_id)

    @post(operation_id="createBudgetRound", responses=problems(RefusedError), **open_to(ORGANIZERS))
    async def create_round(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[RoundCreate],
    ) -> Round:
        """Draft a budget round."""
        return await service.create(db, caller, data)

    @get(
        "/{round_id:uuid}",
        operation_id="getBudgetRound",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_round(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
    ) -> RoundWhole:
        """One round with every move from phase to phase."""
        return await service.whole(db, caller.organization_id, round_id)

    @patch(
        "/{round_id:uuid}",
        operation_id="changeBudgetRound",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def change_round(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
        data: JSONBody[RoundPatch],
    ) -> Round:
        """Change a round's words or, before the vote, its amount."""
        return await service.change(db, caller, round_id, data)

    @post(
        "/{round_id:uuid}/moves",
        operation_id="moveBudgetRound",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def move_round(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
        data: JSONBody[Move],
    ) -> RoundWhole:
        """Move a round to its next phase, or back by one before the vote, with a reason.

        `counted` closes the vote, counts it by both rules and makes its ballots unlinkable;
        `published` makes a commitment of every funded proposal.
        """
        return await service.move(db, caller, round_id, data)

    @post(
        "/{round_id:uuid}/import",
        operation_id="importBallots",
        responses=problems(NotFoundError, ConflictError, RefusedError, TooLargeError),
        request_max_body_size=MAX_PB_BYTES,
        **open_to(ORGANIZERS, request_body=PB_FILE),
    )
    async def import_ballots(
        self,
        request: Request[Any, Any, State],
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
    ) -> Imported:
        """Fill a draft with the projects and ballots of a file (Pabulib); then count it.

        The file's amount, limits and rule take the place of the draft's. Nobody can vote in it;
        the move to `counted` gives the result of both rules.
        """
        text = (await request.body()).decode("utf-8")
        return await loading.load(db, caller, round_id, text)

    @get(
        "/{round_id:uuid}/proposals",
        operation_id="listProposals",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def list_proposals(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
    ) -> list[Proposal]:
        """The proposals of a round, by their number."""
        await queries.round_by_id(db, caller.organization_id, round_id)
        return await proposal_queries.proposals(db, caller.organization_id, round_id)

    @post(
        "/{round_id:uuid}/proposals",
        operation_id="propose",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(EVERYONE),
    )
    async def propose(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
        data: JSONBody[ProposalCreate],
    ) -> Proposal:
        """Propose something to spend the money on."""
        return await service.propose(db, caller, round_id, data)

    @patch(
        "/{round_id:uuid}/proposals/{proposal_id:uuid}",
        operation_id="reviewProposal",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def review_proposal(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
        proposal_id: FromPath[UUID],
        data: JSONBody[ProposalReview],
    ) -> Proposal:
        """Say what a proposal costs, or why it cannot be voted on."""
        return await service.review(db, caller, round_id, proposal_id, data)

    @post(
        "/{round_id:uuid}/voter-codes",
        operation_id="createVoterCodes",
        responses=problems(NotFoundError, ConflictError),
        cache_control=CacheControlHeader(no_store=True),
        **open_to(ORGANIZERS),
    )
    async def create_codes(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        round_id: FromPath[UUID],
        data: JSONBody[VoterCodesCreate],
    ) -> VoterCodes:
        """Make codes to hand out, one to each voter who is no member; shown only now."""
        codes = await voting.new_codes(db, keyring, caller.organization_id, round_id, data.count)
        await audit(db, caller.member_id, "budget_round.codes_made", [round_id])
        found = await queries.round_by_id(db, caller.organization_id, round_id)
        organization = await organization_by_id(db, caller.organization_id)
        page = f"{settings.public_url}/o/{organization.slug}/budget/{found.slug}/vote"
        return VoterCodes(codes=codes, page=page)

    @put(
        "/{round_id:uuid}/ballot",
        operation_id="castBallot",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        cache_control=CacheControlHeader(no_store=True),
        **open_to(EVERYONE),
    )
    async def cast(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        round_id: FromPath[UUID],
        data: JSONBody[BallotCast],
    ) -> Receipt:
        """Cast the caller's ballot, or put another in its place, while the vote is open."""
        return await voting.cast_as_member(
            db, keyring, caller.organization_id, round_id, caller.member_id, data
        )

    @get(
        "/{round_id:uuid}/result",
        operation_id="getBudgetResult",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def get_result(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
    ) -> Result:
        """What both rules made of the vote, with the reason for every proposal."""
        await queries.round_by_id(db, caller.organization_id, round_id)
        return await counting.result(db, caller.organization_id, round_id)

    @get(
        "/{round_id:uuid}/ballots.pb",
        operation_id="downloadBallots",
        responses={
            200: ResponseSpec(
                data_container=str,
                description="The round as Pabulib has it",
                media_type="text/plain",  # pyright: ignore[reportArgumentType]
                generate_examples=False,
            ),
            **problems(NotFoundError, ConflictError),
        },
        **open_to(ORGANIZERS),
    )
    async def download_ballots(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        round_id: FromPath[UUID],
    ) -> Response[str]:
        """Every ballot without its voter, to count again; the format of Pabulib."""
        found = await queries.round_by_id(db, caller.organization_id, round_id)
        text = await counting.pb_file(db, caller.organization_id, found)
        name = f'attachment; filename="{found.slug}.pb"'
        return Response(text, media_type="text/plain", headers={"content-disposition": name})


CONTROLLERS = (BudgetRoundController, PublicBudgetController, BudgetFeedController)
