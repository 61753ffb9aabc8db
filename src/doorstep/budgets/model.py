"""Budget rounds, proposals and ballots, as they are sent and stored."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doorstep.algorithms.counting import Why

FEW = 5
MOST_PROPOSALS = 120
TEXT = r"^[^\x00]*$"

Title = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
        examples=["A bench by the river"],
    ),
]
Text = Annotated[str, Meta(max_length=5000, pattern=TEXT)]
Reason = Annotated[str, Meta(max_length=1000, pattern=TEXT)]
Amount = Annotated[
    int, Meta(ge=1, le=10**12, description="In whole units of the currency.", examples=[20_000])
]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Lat = Annotated[float, Meta(ge=-90, le=90)]


class Status(StrEnum):
    """How far a round is."""

    DRAFT = "draft"
    COLLECTING = "collecting"
    REVIEWING = "reviewing"
    COSTED = "costed"
    VOTING = "voting"
    COUNTED = "counted"
    PUBLISHED = "published"
    DELIVERING = "delivering"
    DONE = "done"


ORDER = tuple(Status)


class BallotKind(StrEnum):
    """What is asked of voters."""

    APPROVAL = "approval"
    """Which projects they want."""
    CUMULATIVE = "cumulative"
    """To give out points."""
    RANKING = "ranking"
    """Which they want most, second, third ..."""


class Rule(StrEnum):
    """Which count decides."""

    GREEDY = "greedy"
    EQUAL_SHARES = "equal_shares"


class _Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True): ...


class RoundCreate(_Given, frozen=True, kw_only=True):
    """A budget round to be."""

    title: Title
    amount: Amount
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["EUR"])]
    country: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            pattern=TEXT,
            description="Its English name, for the file of the round.",
            examples=["Finland"],
        ),
    ]
    ballot_kind: BallotKind
    most_projects: Annotated[int, Meta(ge=1, le=100, description="On one ballot.")]
    most_amount: Annotated[
        Amount | None, Meta(description="Approval: what a ballot's projects may cost together.")
    ] = None
    points: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | None,
        Meta(description="Cumulative: how many each voter has."),
    ] = None
    rule: Rule = Rule.EQUAL_SHARES
    text: Text = ""


class RoundPatch(_Given, frozen=True, kw_only=True):
    """What may change about a round; the money only before it is voted on."""

    title: Title | UnsetType = UNSET
    text: Text | UnsetType = UNSET
    amount: Amount | UnsetType = UNSET


class Move(_Given, frozen=True, kw_only=True):
    """A step to the next phase, or one back before the vote."""

    to: Status
    reason: Reason = ""
    voting_closes_at: Annotated[
        Annotated[dt.datetime, Meta(tz=True)] | None, Meta(description="Needed to open the vote.")
    ] = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A move that was made."""

    number: int
    status_before: Status
    status_after: Status
    reason: str
    made_by: UUID
    made_at: dt.datetime


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A budget round."""

    id: UUID
    slug: str
    title: str
    text: str
    amount: int
    currency: str
    country: str
    ballot_kind: BallotKind
    most_projects: int
    most_amount: int | None
    points: int | None
    rule: Rule
    status: Status
    voting_opened_at: dt.datetime | None
    voting_closes_at: dt.datetime | None
    created_at: dt.datetime


class RoundWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A round with every move that was made."""

    round: Round
    steps: list[Step]


class ProposalCreate(_Given, frozen=True, kw_only=True):
    """Something to spend the money on; longitude and latitude together or not at all."""

    title: Title
    text: Text = ""
    lon: Lon | None = None
    lat: Lat | None = None


class ProposalReview(_Given, frozen=True, kw_only=True):
    """What came of looking at a proposal: what it costs, or why it cannot be voted on."""

    title: Title | UnsetType = UNSET
    text: Text | UnsetType = UNSET
    eligible: bool | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET
    cost: Amount | UnsetType = UNSET


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the money may be spent on."""

    id: UUID
    number: Annotated[int, Meta(description="On the ballot; the last word in a tie.")]
    title: str
    text: str
    lon: float | None
    lat: float | None
    cost: int | None
    eligible: Annotated[bool | None, Meta(description="Null until it was looked at.")]
    reason: str
    proposed_by: Annotated[UUID | None, Meta(description="The member who proposed it, if one did.")]
    guest_id: Annotated[UUID | None, Meta(description="Whoever else proposed it by the form.")]
    place: Annotated[str, Meta(description="Where, in their words.")]
    cost_guess: Annotated[int | None, Meta(description="What they think that it costs.")]
    proposed_at: dt.datetime
    commitment_id: UUID | None


class PublicProposalCreate(_Given, frozen=True, kw_only=True):
    """What somebody writes into the form for proposals."""

    form_id: UUID
    title: Title
    text: Text
    place: Annotated[str, Meta(max_length=200, pattern=TEXT)]
    cost_guess: Amount | None
    name: Annotated[str, Meta(max_length=200, pattern=TEXT)]
    email: Annotated[str, Meta(max_length=254, pattern=TEXT)]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What a file brought into a round."""

    round: Round
    proposals_count: int
    ballots_count: int
    published_winners: Annotated[
        list[int] | None, Meta(description="The winners that the file tells, by number.")
    ]
    notes: Annotated[list[str], Meta(description="What is odd about the file.")]


class VoterCodesCreate(_Given, frozen=True, kw_only=True):
    """How many codes to make."""

    count: Annotated[int, Meta(ge=1, le=2000)]


class VoterCodes(msgspec.Struct, frozen=True, kw_only=True):
    """New codes, one for each voter; they cannot be shown again."""

    codes: list[str]
    page: Annotated[str, Meta(description="Where they are typed in.")]


class Ballots(msgspec.Struct, frozen=True, kw_only=True):
    """Equal ballots: points by the number of a proposal, in the order of numbers."""

    choices: list[tuple[int, int]]
    ballots_count: int


class LoadedProposal(msgspec.Struct, frozen=True, kw_only=True):
    """A project of a file; with a reason if it was not to be voted on."""

    number: int
    title: str
    lon: float | None
    lat: float | None
    cost: int
    reason: str


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A round as a file has it."""

    amount: int
    most_projects: int
    most_amount: int | None
    points: int | None
    rule: Rule | None
    proposals: list[LoadedProposal]
    ballots: list[Ballots]
    published_winners: list[int] | None
    notes: list[str]


class Choice(_Given, frozen=True, kw_only=True):
    """A project on a ballot."""

    number: Annotated[int, Meta(ge=1, le=100_000)]
    points: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | None,
        Meta(description="Cumulative ballots only."),
    ] = None


class BallotCast(_Given, frozen=True, kw_only=True):
    """A ballot; of a ranking, the dearest first. A later one takes its place."""

    choices: Annotated[list[Choice], Meta(min_length=1, max_length=100)]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Shows that a ballot is in the count, and not what it says; good for the newest ballot."""

    receipt: str
    voting_closes_at: dt.datetime


class CountedProposal(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule made of a proposal."""

    number: int
    title: str
    cost: int
    votes: int
    points: int
    funded: bool
    why: Why
    because: Annotated[str, Meta(description="The reason in a sentence.")]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule funds."""

    winners: Annotated[list[int], Meta(description="Numbers, in the order they were funded.")]
    spent: int
    satisfied_count: int
    satisfied_share: Annotated[
        float, Meta(description="Of the voters, those with at least one funded project.")
    ]
    shared_out: Annotated[
        int, Meta(description="Equal shares: what all parts, raised in the end, add up to.")
    ]
    proposals: list[CountedProposal]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the vote, by both rules."""

    counted_at: dt.datetime
    voters_count: int
    rule: Annotated[Rule, Meta(description="The one that decides.")]
    greedy: Counted
    equal_shares: Counted


class PublicCounted(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule funds, as everybody may know it: counts below 5 are `<5`."""

    winners: list[int]
    spent: int
    satisfied: str
    shared_out: int
    proposals: list["PublicProposal"]


class PublicProposal(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule made of a proposal, as everybody may know it."""

    number: int
    title: str
    cost: int
    votes: str
    funded: bool
    because: str


class PublicResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a vote, as everybody may know it."""

    title: str
    amount: int
    currency: str
    rule: Rule
    counted_at: dt.datetime
    voters: str
    greedy: PublicCounted
    equal_shares: PublicCounted


def few(count: int) -> str:
    """A count of people as it may be told in public."""
    return str(count) if count >= FEW or count == 0 else f"<{FEW}"
