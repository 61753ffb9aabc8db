"""A round from a `.pb` file, to be counted here: of another city, or one's own again."""

import math
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.budgets import ballot_queries, proposal_queries, queries, service
from doorstep.budgets.model import (
    MOST_PROPOSALS,
    BallotKind,
    Ballots,
    Imported,
    Loaded,
    LoadedProposal,
    Round,
    Rule,
    Status,
)
from doorstep.budgets.pabulib import WITHDRAWN_COST, PbError, PbFile, PbProject, read_pb
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError
from doorstep.kit.ids import new_id

_KINDS = {
    "approval": BallotKind.APPROVAL,
    "choose-1": BallotKind.APPROVAL,
    "cumulative": BallotKind.CUMULATIVE,
    "ordinal": BallotKind.RANKING,
}
_RULES = {"greedy": Rule.GREEDY, "equalshares": Rule.EQUAL_SHARES}
_MOST_ON_BALLOT, _MOST_POINTS, _MOST_AMOUNT = 100, 1000, 10**12
_MOST_BALLOTS = 200_000
_MOST_NUMBER = 100_000
_MOST_NOTES = 20
_TITLE = 200
_WITHDRAWN = "Withdrawn, as the file says."


def loaded(of: Round, text: str) -> Loaded:
    """The round of a file, as far as a round here can be like it.

    Raises
    ------
    PbError
        If the file cannot be read, or holds what no round here can; it says where and what.
    """
    file = read_pb(text)
    _check(of, file)
    number_of = _numbers(file.projects)
    withdrawn = {one.key for one in file.projects if str(one.cost) == WITHDRAWN_COST}
    ballots = _ballots(file, number_of, withdrawn)
    return Loaded(
        amount=int(Decimal(file.meta["budget"])),
        most_projects=_most(file, ballots),
        most_amount=_limit(file, "max_sum_cost", BallotKind.APPROVAL, _MOST_AMOUNT),
        points=_points(file, ballots),
        rule=_RULES.get(file.rule.partition("/")[0]),
        proposals=[_proposal(one, number_of, withdrawn) for one in file.projects],
        ballots=ballots,
        published_winners=None
        if file.published is None
        else sorted(number_of[key] for key in file.published),
        notes=_notes(of, file),
    )


def _check(of: Round, file: PbFile) -> None:
    kind = _KINDS.get(file.vote_type)
    if kind is not of.ballot_kind:
        there = "cannot be counted here" if kind is None else f"is for {kind} ballots"
        message = f"META: vote_type {file.vote_type} {there}; this round has {of.ballot_kind} "
        message += "ballots. Draft a round that fits."
        raise PbError(message)
    if file.unit != 1:
        message = "Some amount has decimals; rounds here count whole units of their currency. "
        message += "Multiply all amounts of the file by 100, or round them."
        raise PbError(message)
    budget = int(Decimal(file.meta["budget"]))
    if not 1 <= budget <= _MOST_AMOUNT:
        message = f"META: budget is {budget}; it must lie between 1 and {_MOST_AMOUNT}."
        raise PbError(message)
    if len(file.projects) > MOST_PROPOSALS or len(file.ballots) > _MOST_BALLOTS:
        message = f"There are {len(file.projects):,} projects and {len(file.ballots):,} votes; a "
        message += f"round holds {MOST_PROPOSALS} and {_MOST_BALLOTS:,}. Count it by "
        message += "`doorstep count`."
        raise PbError(message)
    dear = next((one for one in file.projects if one.cost > _MOST_AMOUNT), None)
    if dear is not None:
        message = f"PROJECTS: project {dear.key[:40]} costs more than {_MOST_AMOUNT:,}."
        raise PbError(message)


def _numbers(projects: Sequence[PbProject]) -> dict[str, int]:
    """The numbers of the file where it has such: the lowest has the last word in a tie."""
    keys = [one.key for one in projects]
    if all(key.isascii() and key.isdecimal() and 0 < int(key) <= _MOST_NUMBER for key in keys):
        numbers = [int(key) for key in keys]
        if len(set(numbers)) == len(numbers):
            return dict(zip(keys, numbers, strict=True))
    return {key: number for number, key in enumerate(keys, 1)}


def _ballots(file: PbFile, number_of: Mapping[str, int], withdrawn: set[str]) -> list[Ballots]:
    counts = Counter(
        tuple(sorted((number_of[key], points) for key, points in one.items()
                     if key not in withdrawn))
        for one in file.ballots
    )  # fmt: skip
    return [Ballots(choices=list(one), ballots_count=count) for one, count in counts.items()]


def _most(file: PbFile, ballots: Sequence[Ballots]) -> int:
    longest = max((len(one.choices) for one in ballots), default=1)
    allowed = _limit(file, "max_length", None, _MOST_ON_BALLOT) or longest
    return min(max(allowed, longest, 1), _MOST_ON_BALLOT)


def _points(file: PbFile, ballots: Sequence[Ballots]) -> int | None:
    if file.vote_type != BallotKind.CUMULATIVE:
        return None
    given = max((sum(points for _, points in one.choices) for one in ballots), default=1)
    allowed = _limit(file, "max_sum_points", None, _MOST_POINTS) or given
    return min(max(allowed, 1), _MOST_POINTS)


def _limit(file: PbFile, key: str, only: BallotKind | None, most: int) -> int | None:
    """What the file says that a ballot may hold at most, where it says something usable."""
    text = file.meta.get(key, "")
    if (only and _KINDS[file.vote_type] is not only) or not text.isdecimal() or int(text) < 1:
        return None
    return min(int(text), most)


def _proposal(one: PbProject, number_of: Mapping[str, int], withdrawn: set[str]) -> LoadedProposal:
    lon, lat = _degrees(one.longitude, 180), _degrees(one.latitude, 90)
    placed = lon is not None and lat is not None
    return LoadedProposal(
        number=number_of[one.key],
        title=one.name[:_TITLE],
        lon=lon if placed else None,
        lat=lat if placed else None,
        cost=int(one.cost),
        reason=_WITHDRAWN if one.key in withdrawn else "",
    )


def _degrees(text: str, most: int) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= most else None


def _notes(of: Round, file: PbFile) -> list[str]:
    notes = file.notes[:_MOST_NOTES]
    if file.rule not in {"greedy", "equalshares", "equalshares/add1"}:
        rule = _RULES.get(file.rule.partition("/")[0], of.rule)
        notes.append(f"META: the rule is {file.rule[:60]}; here {rule} decides instead.")
    if file.meta.get("min_project_score_threshold"):
        notes.append("META: min_project_score_threshold is passed over; rounds here have none.")
    return notes


async def load(db: Connection, caller: Caller, round_id: UUID, text: str) -> Imported:
    """The draft filled from a file and ready to be counted; nobody can vote in it.

    Raises
    ------
    NotFoundError
        If there is no such round.
    ConflictError
        If it is no draft any more.
    PbError
        If the file cannot be used; it says where and why.
    """
    organization_id = caller.organization_id
    found = await service.held(db, organization_id, round_id)
    begun = found.status is not Status.DRAFT
    if begun or await proposal_queries.proposals(db, organization_id, round_id):
        message = "Only a draft without proposals takes a file. Draft another round."
        raise ConflictError(message)
    of = loaded(found, text)
    ids = [new_id() for _ in of.proposals]
    await proposal_queries.load_proposals(
        db, organization_id, round_id, ids, of.proposals, caller.member_id
    )
    await ballot_queries.load_ballots(db, organization_id, round_id, of.ballots)
    key = secrets.token_bytes(service.KEY_BYTES)
    await queries.load_round(db, organization_id, round_id, key, of)
    await queries.insert_step(
        db, organization_id, round_id, found.status, Status.VOTING,
        "The ballots came from a file.", caller.member_id,
    )  # fmt: skip
    await audit(db, caller.member_id, "budget_round.imported", [round_id])
    return Imported(
        round=await queries.round_by_id(db, organization_id, round_id),
        proposals_count=len(of.proposals),
        ballots_count=sum(one.ballots_count for one in of.ballots),
        published_winners=of.published_winners,
        notes=of.notes,
    )
