"""Counting a round by both rules, and telling what came of it."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace

from doorstep.algorithms.counting import Election, Outcome, Project, equal_shares, greedy
from doorstep.budgets import ballot_queries, proposal_queries, queries
from doorstep.budgets.explaining import because, money_of
from doorstep.budgets.model import (
    FEW,
    BallotKind,
    Ballots,
    Counted,
    CountedProposal,
    Proposal,
    PublicCounted,
    PublicProposal,
    PublicResult,
    Result,
    Round,
    Rule,
    few,
)
from doorstep.budgets.pabulib import write_pb
from doorstep.kit.csv_text import safe_text
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError

VOTE_TYPES = {
    BallotKind.APPROVAL: "approval",
    BallotKind.CUMULATIVE: "cumulative",
    BallotKind.RANKING: "ordinal",
}
KEPT_BACK = "The figures are kept back because fewer than five people voted for it."
RULES = {Rule.GREEDY: "greedy", Rule.EQUAL_SHARES: "equalshares/add1"}


async def count(db: Connection, organization_id: UUID, of: Round, at: dt.datetime) -> Result:
    """What both rules make of the ballots."""
    proposals = await _voted_on(db, organization_id, of)
    ballots = await ballot_queries.ballots(db, organization_id, of.id)
    return await asyncio.to_thread(counted, of, proposals, ballots, at)


async def _voted_on(db: Connection, organization_id: UUID, of: Round) -> list[Proposal]:
    every = await proposal_queries.proposals(db, organization_id, of.id)
    return [one for one in every if one.eligible]


def counted(
    of: Round, proposals: Sequence[Proposal], ballots: Sequence[Ballots], at: dt.datetime
) -> Result:
    """What both rules make of these ballots."""
    place_of = {one.number: place for place, one in enumerate(proposals)}
    election = Election(
        projects=tuple(Project(str(one.number), one.cost or 1) for one in proposals),
        budget=of.amount,
        ballots=dict(
            sorted(
                (
                    tuple(sorted((place_of[number], points) for number, points in one.choices)),
                    one.ballots_count,
                )
                for one in ballots
            )
        ),
    )
    return Result(
        counted_at=at,
        voters_count=election.voters_count,
        rule=of.rule,
        greedy=_told(of, proposals, greedy(election)),
        equal_shares=_told(of, proposals, equal_shares(election)),
    )


def _told(of: Round, proposals: Sequence[Proposal], outcome: Outcome) -> Counted:
    money = money_of(1, of.currency)
    return Counted(
        winners=[int(key) for key in outcome.winners],
        spent=outcome.spent,
        satisfied_count=outcome.satisfied_count,
        satisfied_share=outcome.satisfied_share,
        shared_out=outcome.endowment,
        proposals=[
            CountedProposal(
                number=one.number,
                title=one.title,
                cost=decided.cost,
                votes=decided.votes,
                points=decided.points,
                funded=decided.funded,
                why=decided.why,
                because=because(decided, money),
            )
            for one, decided in zip(proposals, outcome.decided, strict=True)
        ],
    )


async def result(db: Connection, organization_id: UUID, round_id: UUID) -> Result:
    """What came of the vote, with the titles as they are now.

    Raises
    ------
    ConflictError
        If it was not counted yet.
    """
    stored = await queries.result(db, organization_id, round_id)
    if stored is None:
        message = "The vote was not counted yet."
        raise ConflictError(message)
    found = msgspec.convert(stored, Result)
    every = await proposal_queries.proposals(db, organization_id, round_id)
    titles = {one.number: one.title for one in every}
    return replace(
        found,
        greedy=_retitled(found.greedy, titles),
        equal_shares=_retitled(found.equal_shares, titles),
    )


def _retitled(counted: Counted, titles: Mapping[int, str]) -> Counted:
    proposals = [replace(one, title=titles[one.number]) for one in counted.proposals]
    return replace(counted, proposals=proposals)


def deciding(found: Result) -> Counted:
    """The count that decides."""
    return found.greedy if found.rule is Rule.GREEDY else found.equal_shares


def publicly_deciding(found: PublicResult) -> PublicCounted:
    """The count that decides, as everybody may know it."""
    return found.greedy if found.rule is Rule.GREEDY else found.equal_shares


def public_result(of: Round, found: Result) -> PublicResult:
    """The result without counts that are so small that they could tell of somebody."""
    return PublicResult(
        title=of.title,
        amount=of.amount,
        currency=of.currency,
        rule=found.rule,
        counted_at=found.counted_at,
        voters=few(found.voters_count),
        greedy=_public(found.greedy),
        equal_shares=_public(found.equal_shares),
    )


def _public(counted: Counted) -> PublicCounted:
    return PublicCounted(
        winners=counted.winners,
        spent=counted.spent,
        satisfied=few(counted.satisfied_count),
        shared_out=counted.shared_out,
        proposals=[
            PublicProposal(
                number=one.number,
                title=one.title,
                cost=one.cost,
                votes=few(one.votes),
                funded=one.funded,
                # The amounts in a reason would tell how many they were.
                because=KEPT_BACK if 0 < one.votes < FEW else one.because,
            )
            for one in counted.proposals
        ],
    )


async def pb_file(db: Connection, organization_id: UUID, of: Round) -> str:
    """The round as Pabulib has it: what was asked, every ballot without its voter, who won.

    Raises
    ------
    ConflictError
        If it was not counted yet.
    """
    found = await result(db, organization_id, of.id)
    return pb_text(of, found, await ballot_queries.ballots(db, organization_id, of.id))


def pb_text(of: Round, found: Result, ballots: Sequence[Ballots]) -> str:
    """The text of such a file."""
    return write_pb(_meta(of, found), _pb_projects(of, found), _votes(of, ballots))


def _meta(of: Round, found: Result) -> dict[str, object]:
    decided = deciding(found)
    opened = of.voting_opened_at or of.created_at
    every = sum(one.cost for one in decided.proposals)
    meta: dict[str, object] = {
        "description": safe_text(of.title),
        "country": of.country,
        "unit": of.slug,
        "instance": opened.year,
        "num_projects": len(decided.proposals),
        "num_votes": found.voters_count,
        "budget": of.amount,
        "vote_type": VOTE_TYPES[of.ballot_kind],
        "rule": RULES[found.rule],
        "date_begin": f"{opened:%d.%m.%Y}",
        "date_end": f"{found.counted_at:%d.%m.%Y}",
        "min_length": 1,
        "max_length": of.most_projects,
        "max_sum_cost": of.most_amount,
        "max_sum_points": of.points,
        "currency": of.currency,
        "fully_funded": 1 if every <= of.amount else None,
    }
    return {key: value for key, value in meta.items() if value is not None}


def _pb_projects(of: Round, found: Result) -> list[dict[str, object]]:
    decided = deciding(found)
    scored = of.ballot_kind is not BallotKind.APPROVAL
    projects: list[dict[str, object]] = []
    # By points, and among equals by number, which is how ties were decided.
    for one in sorted(decided.proposals, key=lambda one: (-one.points, one.number)):
        row: dict[str, object] = {"project_id": one.number, "cost": one.cost, "votes": one.votes}
        if scored:
            row["score"] = one.points
        projects.append(row | {"name": safe_text(one.title), "selected": int(one.funded)})
    return projects


def _votes(of: Round, ballots: Sequence[Ballots]) -> list[dict[str, object]]:
    votes: list[dict[str, object]] = []
    for one in ballots:
        ordered = sorted(one.choices, key=lambda choice: (-choice[1], choice[0]))
        vote: dict[str, object] = {"vote": ",".join(str(number) for number, _ in ordered)}
        if of.ballot_kind is BallotKind.CUMULATIVE:
            vote["points"] = ",".join(str(points) for _, points in ordered)
        first = len(votes) + 1
        votes.extend({"voter_id": first + n, **vote} for n in range(one.ballots_count))
    return votes
