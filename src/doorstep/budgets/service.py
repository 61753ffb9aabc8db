"""Running a budget round: its phases, and the proposals in it."""

import datetime as dt
import itertools
import secrets
from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET

from doorstep.accounts.auditing import audit
from doorstep.budgets import ballot_queries, counting, proposal_queries, queries
from doorstep.budgets.model import (
    MOST_PROPOSALS,
    ORDER,
    BallotKind,
    Move,
    Proposal,
    ProposalCreate,
    ProposalReview,
    Round,
    RoundCreate,
    RoundPatch,
    RoundWhole,
    Status,
)
from doorstep.engage import service as engage
from doorstep.engage.model import CommitmentCreate, Source
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.ids import new_id

KEY_BYTES = 32
_BEFORE_VOTE = (Status.DRAFT, Status.COLLECTING, Status.REVIEWING, Status.COSTED)
_REVIEWED_IN = (Status.COLLECTING, Status.REVIEWING)
_TRIES = 100


def now() -> dt.datetime:
    """The instant by which a vote is open or closed."""
    return dt.datetime.now(dt.UTC)


async def create(db: Connection, caller: Caller, wanted: RoundCreate) -> Round:
    """A new round, as a draft.

    Raises
    ------
    RefusedError
        If its ballots make no sense.
    """
    if (wanted.points is not None) != (wanted.ballot_kind is BallotKind.CUMULATIVE):
        message = "Give points to cumulative ballots, and to no others."
        raise RefusedError(message, field="points")
    if wanted.most_amount is not None and wanted.ballot_kind is not BallotKind.APPROVAL:
        message = "Only approval ballots can be limited by what projects cost."
        raise RefusedError(message, field="most_amount")
    round_id = new_id()
    base = engage.slug_of(wanted.title)
    numbered = (f"{base}-{number}" for number in itertools.count(2))
    for slug in [base, *itertools.islice(numbered, _TRIES), f"{base[:40]}-{round_id.hex}"]:
        if await queries.insert_round(
            db, caller.organization_id, round_id, slug, wanted, caller.member_id
        ):
            break
    await audit(db, caller.member_id, "budget_round.created", [round_id])
    return await queries.round_by_id(db, caller.organization_id, round_id)


async def whole(db: Connection, organization_id: UUID, round_id: UUID) -> RoundWhole:
    """A round with every move.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = await queries.round_by_id(db, organization_id, round_id)
    return RoundWhole(round=found, steps=await queries.steps(db, organization_id, round_id))


async def change(db: Connection, caller: Caller, round_id: UUID, wanted: RoundPatch) -> Round:
    """Other words, or, before the vote, other money.

    Raises
    ------
    NotFoundError
        If there is no such round.
    ConflictError
        If people vote or have voted on that much money.
    """
    found = await held(db, caller.organization_id, round_id)
    amount = found.amount if wanted.amount is UNSET else wanted.amount
    if amount != found.amount and found.status not in _BEFORE_VOTE:
        message = "The vote was opened with this amount; it stays."
        raise ConflictError(message, field="amount")
    await queries.update_round(
        db,
        caller.organization_id,
        round_id,
        found.title if wanted.title is UNSET else wanted.title,
        found.text if wanted.text is UNSET else wanted.text,
        amount,
    )
    await audit(db, caller.member_id, "budget_round.changed", [round_id])
    return await queries.round_by_id(db, caller.organization_id, round_id)


async def held(db: Connection, organization_id: UUID, round_id: UUID) -> Round:
    """The round, which nobody else can change or vote in meanwhile."""
    await queries.hold_round(db, organization_id, round_id)
    return await queries.round_by_id(db, organization_id, round_id)


async def move(db: Connection, caller: Caller, round_id: UUID, wanted: Move) -> RoundWhole:
    """The next phase, or one back before the vote.

    Closing the vote counts it by both rules and destroys what could tell who cast a ballot;
    publishing makes a commitment of every project that the deciding rule funds.

    Raises
    ------
    NotFoundError
        If there is no such round.
    ConflictError
        If the phases do not follow each other.
    RefusedError
        If something is missing for the phase; it says what.
    """
    organization_id = caller.organization_id
    found = await held(db, organization_id, round_id)
    _check_order(found, wanted)
    match wanted.to:
        case Status.COSTED:
            _check_costed(found, await proposal_queries.proposals(db, organization_id, round_id))
            await queries.set_status(db, organization_id, round_id, wanted.to)
        case Status.VOTING:
            key = secrets.token_bytes(KEY_BYTES)
            await queries.open_vote(db, organization_id, round_id, _closing(wanted), key)
        case Status.COUNTED:
            await _close(db, found, wanted, organization_id)
        case _:
            await queries.set_status(db, organization_id, round_id, wanted.to)
    if wanted.to is Status.PUBLISHED:
        await _commit(db, caller, found)
    await queries.insert_step(
        db, organization_id, round_id, found.status, wanted.to, wanted.reason, caller.member_id
    )
    await audit(db, caller.member_id, f"budget_round.{wanted.to}", [round_id])
    return await whole(db, organization_id, round_id)


def _check_order(found: Round, wanted: Move) -> None:
    here, there = ORDER.index(found.status), ORDER.index(wanted.to)
    back = there == here - 1 and found.status in _BEFORE_VOTE
    if there != here + 1 and not back:
        follows = ORDER[here + 1] if here + 1 < len(ORDER) else "nothing"
        message = f"The round is {found.status}; what follows is {follows}."
        raise ConflictError(message, field="to")
    if back and not wanted.reason.strip():
        message = "Say why it goes back a phase."
        raise RefusedError(message, field="reason")


def _check_costed(found: Round, proposals: Sequence[Proposal]) -> None:
    faults: list[str] = []
    for one in proposals:
        if one.eligible is None:
            faults.append(f"{one.number} was not looked at")
        elif not one.eligible and not one.reason.strip():
            faults.append(f"{one.number} is refused without a reason")
        elif one.eligible and (one.cost is None or one.cost > found.amount):
            faults.append(f"{one.number} has no cost, or one above the whole amount")
    if faults:
        message = f"Some proposals are not ready: {'; '.join(faults[:10])}."
        raise RefusedError(message, field="to")
    if not any(one.eligible for one in proposals):
        message = "There is no proposal to vote on."
        raise RefusedError(message, field="to")


def _closing(wanted: Move) -> dt.datetime:
    if wanted.voting_closes_at is None or wanted.voting_closes_at <= now():
        message = "Say until when people may vote: an instant still to come."
        raise RefusedError(message, field="voting_closes_at")
    return wanted.voting_closes_at


async def _close(db: Connection, found: Round, wanted: Move, organization_id: UUID) -> None:
    at = now()
    early = found.voting_closes_at is not None and at < found.voting_closes_at
    if early and not wanted.reason.strip():
        message = f"The vote is open until {found.voting_closes_at:%Y-%m-%d %H:%M} UTC. Say why "
        message += "it is closed before."
        raise RefusedError(message, field="reason")
    result = await counting.count(db, organization_id, found, at)
    await queries.close_vote(db, organization_id, found.id, at, result)
    await ballot_queries.forget_voters(db, organization_id, found.id)
    await ballot_queries.delete_codes(db, organization_id, found.id)


async def _commit(db: Connection, caller: Caller, found: Round) -> None:
    """Promise in public what the deciding rule funds."""
    result = await counting.result(db, caller.organization_id, found.id)
    # A commitment is public: its reason tells no counts of a handful of people.
    counted = counting.publicly_deciding(counting.public_result(found, result))
    because = {one.number: one.because for one in counted.proposals if one.funded}
    for one in await proposal_queries.proposals(db, caller.organization_id, found.id):
        if one.number not in because:
            continue
        made = await engage.commit(
            db,
            caller.organization_id,
            caller.member_id,
            CommitmentCreate(title=one.title, text=one.text, occasion=found.title),
            source=Source.BUDGET,
            source_id=one.id,
            publish_because=f"The vote on “{found.title}” funded it. {because[one.number]}",
        )
        await proposal_queries.set_commitment(db, caller.organization_id, one.id, made.id)


async def propose(
    db: Connection, caller: Caller, round_id: UUID, wanted: ProposalCreate
) -> Proposal:
    """A new proposal.

    Raises
    ------
    NotFoundError
        If there is no such round.
    ConflictError
        If it collects no proposals, or has as many as can be voted on.
    RefusedError
        If only one half of a place is given.
    """
    found = await held(db, caller.organization_id, round_id)
    if found.status is not Status.COLLECTING:
        message = f"Proposals are made while a round collects them; this one is {found.status}."
        raise ConflictError(message)
    if (wanted.lon is None) != (wanted.lat is None):
        message = "Give longitude and latitude, or neither."
        raise RefusedError(message, field="lon")
    others = await proposal_queries.proposals(db, caller.organization_id, round_id)
    if sum(one.eligible is not False for one in others) >= MOST_PROPOSALS:
        message = f"A round holds {MOST_PROPOSALS} proposals, and this one is full."
        raise ConflictError(message)
    proposal_id = new_id()
    await proposal_queries.insert_proposal(
        db, caller.organization_id, round_id, proposal_id, wanted, caller.member_id
    )
    return await proposal_queries.proposal_by_id(db, caller.organization_id, round_id, proposal_id)


async def review(
    db: Connection, caller: Caller, round_id: UUID, proposal_id: UUID, wanted: ProposalReview
) -> Proposal:
    """What came of looking at a proposal; its words may be put right until it is published.

    Raises
    ------
    NotFoundError
        If there is no such proposal.
    ConflictError
        If its phase is over.
    RefusedError
        If it is refused without a reason.
    """
    found = await held(db, caller.organization_id, round_id)
    one = await proposal_queries.proposal_by_id(db, caller.organization_id, round_id, proposal_id)
    eligible = one.eligible if wanted.eligible is UNSET else wanted.eligible
    cost = one.cost if wanted.cost is UNSET else wanted.cost
    reason = one.reason if wanted.reason is UNSET else wanted.reason
    if (eligible, cost) != (one.eligible, one.cost) and found.status not in _REVIEWED_IN:
        message = f"Proposals are looked at before the vote; this round is {found.status}."
        raise ConflictError(message)
    if ORDER.index(found.status) >= ORDER.index(Status.PUBLISHED):
        message = "The result is published; its proposals stay as they are."
        raise ConflictError(message)
    if eligible is False and not reason.strip():
        message = "Say why it cannot be voted on: whoever proposed it reads it."
        raise RefusedError(message, field="reason")
    title = one.title if wanted.title is UNSET else wanted.title
    text = one.text if wanted.text is UNSET else wanted.text
    await proposal_queries.update_proposal(
        db, caller.organization_id, proposal_id, title, text, eligible, reason, cost
    )
    await audit(db, caller.member_id, "proposal.reviewed", [round_id, proposal_id])
    return await proposal_queries.proposal_by_id(db, caller.organization_id, round_id, proposal_id)
