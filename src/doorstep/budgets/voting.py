"""Casting ballots: one for each voter, whom nothing stored leads back to after the count."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from uuid import UUID

from doorstep.algorithms.counting import borda
from doorstep.budgets import ballot_queries, proposal_queries, queries
from doorstep.budgets.model import (
    BallotCast,
    BallotKind,
    Choice,
    Proposal,
    Receipt,
    Round,
    Status,
)
from doorstep.budgets.service import now
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import hash_secret, new_secret
from doorstep.kit.tokens import Keyring

# Without 0, 1, I and O, which are misread when a code is typed: 50 bits.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_HALF = 5


async def new_codes(
    db: Connection, keyring: Keyring, organization_id: UUID, round_id: UUID, count: int
) -> list[str]:
    """Codes to hand out to people who are no members; nothing stored gives them again.

    Raises
    ------
    NotFoundError
        If there is no such round.
    ConflictError
        If it is not being voted on.
    """
    found, key = await _open_round(db, keyring, organization_id, round_id)
    drawn = ["".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF)) for _ in range(count)]
    hashes = [_hash(key, "code", code.encode()) for code in drawn]
    await ballot_queries.insert_codes(db, organization_id, found.id, hashes)
    return [f"{code[:_HALF]}-{code[_HALF:]}" for code in drawn]


async def cast_as_member(
    db: Connection,
    keyring: Keyring,
    organization_id: UUID,
    round_id: UUID,
    member_id: UUID,
    cast: BallotCast,
) -> Receipt:
    """A member's ballot, in the place of their earlier one.

    Raises
    ------
    NotFoundError
        If there is no such round.
    ConflictError
        If the vote is not open.
    RefusedError
        If the ballot breaks the round's rules.
    """
    found, key = await _open_round(db, keyring, organization_id, round_id)
    return await _cast(
        db, organization_id, found, _hash(key, "member", member_id.bytes), cast.choices
    )


async def cast_by_code(
    db: Connection,
    keyring: Keyring,
    organization_id: UUID,
    round_id: UUID,
    typed: str,
    cast: Sequence[Choice],
) -> Receipt:
    """The ballot of whoever holds a code, in the place of their earlier one.

    Raises
    ------
    ConflictError
        If the vote is not open.
    RefusedError
        If there is no such code, or the ballot breaks the round's rules.
    """
    found, key = await _open_round(db, keyring, organization_id, round_id)
    code = "".join(typed.upper().split()).replace("-", "").encode()
    if not await ballot_queries.is_code(db, organization_id, round_id, _hash(key, "code", code)):
        message = "There is no such code. Type the ten letters and digits you were given again."
        raise RefusedError(message, field="code")
    return await _cast(db, organization_id, found, _hash(key, "coded voter", code), cast)


async def is_counted(db: Connection, organization_id: UUID, round_id: UUID, receipt: str) -> bool:
    """Whether a receipt belongs to a ballot that is in the count; not what the ballot says."""
    return await ballot_queries.is_receipt(
        db, organization_id, round_id, hash_secret(receipt.strip()[:200])
    )


async def _open_round(
    db: Connection, keyring: Keyring, organization_id: UUID, round_id: UUID
) -> tuple[Round, bytes]:
    """The round, which is open and stays so until the transaction ends, and its key."""
    await queries.share_round(db, organization_id, round_id)
    found = await queries.round_by_id(db, organization_id, round_id)
    drawn = await ballot_queries.voter_key(db, organization_id, round_id)
    open_ = found.status is Status.VOTING and drawn is not None
    if not open_ or found.voting_closes_at is None or now() >= found.voting_closes_at:
        message = "Nobody can vote in this round now: the vote is not open, or is over."
        raise ConflictError(message)
    # The database alone does not tell who voted: half of the key is in the key folder.
    return found, hmac.digest(keyring.suppression_key(organization_id), drawn or b"", "sha256")


def _hash(key: bytes, kind: str, voter: bytes) -> bytes:
    return hmac.new(key, kind.encode() + b"\0" + voter, hashlib.sha256).digest()


async def _cast(
    db: Connection,
    organization_id: UUID,
    of: Round,
    voter_hash: bytes,
    choices: Sequence[Choice],
) -> Receipt:
    proposals = await proposal_queries.proposals(db, organization_id, of.id)
    points = points_of(of, proposals, choices)
    receipt = new_secret()
    await ballot_queries.put_ballot(
        db,
        organization_id,
        # Random and not from the clock, which would tell who voted when.
        uuid.uuid4(),
        of.id,
        voter_hash,
        points,
        hash_secret(receipt),
    )
    if of.voting_closes_at is None:
        raise NotFoundError
    return Receipt(receipt=receipt, voting_closes_at=of.voting_closes_at)


def points_of(
    of: Round, proposals: Sequence[Proposal], choices: Sequence[Choice]
) -> list[tuple[int, int]]:
    """The points of a ballot by the number of a proposal, in the order of numbers.

    Raises
    ------
    RefusedError
        If the ballot breaks the round's rules.
    """
    costs = {one.number: one.cost or 0 for one in proposals if one.eligible}
    numbers = [one.number for one in choices]
    fault = _fault(of, costs, numbers) or _points_fault(of, choices)
    if fault:
        raise RefusedError(fault, field="choices")
    match of.ballot_kind:
        case BallotKind.APPROVAL:
            points = dict.fromkeys(numbers, 1)
        case BallotKind.CUMULATIVE:
            points = {one.number: one.points or 0 for one in choices}
        case BallotKind.RANKING:
            ranked = borda([str(number) for number in numbers])
            points = {int(key): value for key, value in ranked.items()}
    return sorted(points.items())


def _fault(of: Round, costs: dict[int, int], numbers: Sequence[int]) -> str | None:
    if not numbers:
        return "Choose at least one project."
    for number in numbers:
        if number not in costs:
            return f"There is no project {number} to vote on."
    if len(set(numbers)) < len(numbers):
        return "A project is named twice."
    if len(numbers) > of.most_projects:
        return f"Choose at most {of.most_projects} projects, not {len(numbers)}."
    total = sum(costs[number] for number in numbers)
    if of.most_amount is not None and total > of.most_amount:
        return f"Choose projects for at most {of.most_amount:,}; these cost {total:,}."
    return None


def _points_fault(of: Round, choices: Sequence[Choice]) -> str | None:
    given = [one.points for one in choices if one.points is not None]
    if of.ballot_kind is not BallotKind.CUMULATIVE:
        return "This round takes no points; leave them out." if given else None
    if len(given) < len(choices):
        return "Give each project that you choose its points."
    if of.points is not None and sum(given) > of.points:
        return f"There are {of.points} points to give, not {sum(given)}."
    return None
