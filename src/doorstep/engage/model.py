"""Commitments and decisions, as staff write them and as everybody may read them."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
LongText = Annotated[str, Meta(min_length=1, max_length=5000, pattern=_WRITTEN)]
Reason = Annotated[str, Meta(min_length=1, max_length=1000, pattern=_WRITTEN)]
Short = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")]
FEW = 5
"""Counts of people below this are not told in public."""


class Status(StrEnum):
    """How far a commitment is."""

    DRAFT = "draft"
    PUBLISHED = "published"
    IN_PROGRESS = "in_progress"
    STALLED = "stalled"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    NOT_KEPT = "not_kept"
    WITHDRAWN = "withdrawn"


ENDS = frozenset({Status.KEPT, Status.PARTLY_KEPT, Status.NOT_KEPT, Status.WITHDRAWN})
EVIDENCED = frozenset({Status.KEPT, Status.PARTLY_KEPT})
MOVES: Mapping[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.PUBLISHED}),
    Status.PUBLISHED: frozenset({Status.IN_PROGRESS, Status.STALLED, *ENDS}),
    Status.IN_PROGRESS: frozenset({Status.STALLED, *ENDS}),
    Status.STALLED: frozenset({Status.IN_PROGRESS, *ENDS}),
    **dict.fromkeys(ENDS, frozenset[Status]()),
}
"""Where a commitment may go; an end is left by a correction alone."""


class Source(StrEnum):
    """What a commitment came out of."""

    STATEMENT = "statement"
    CASE = "case"
    DECISION = "decision"
    BUDGET = "budget"
    EVENT = "event"


class UpdateKind(StrEnum):
    """A step to another status, a word on progress, or something put right."""

    MOVE = "move"
    NOTE = "note"
    CORRECTION = "correction"


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public page that shows that it is so."""

    label: Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
    url: Annotated[
        str, Meta(max_length=1000, pattern=r"^https?://[^\s/\"<>\x00][^\s\"<>\x00]*\Z",
                  examples=["https://example.org/minutes/12"])
    ]  # fmt: skip


class _Public(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    named_in_public: Annotated[
        bool,
        Meta(
            description="Whoever is named holds a public office or agreed. Without it, words that "
            "name somebody on your lists are refused."
        ),
    ] = False


class CommitmentCreate(_Public, frozen=True, kw_only=True):
    """A commitment to be, as a draft."""

    title: Title
    text: LongText
    occasion: Annotated[Short, Meta(description="Where or when it was made, in words.")] = ""
    due_on: dt.date | None = None


class CommitmentPatch(_Public, frozen=True, kw_only=True):
    """Other words or another day; of what is published, with the reason, which is shown."""

    title: Title | UnsetType = UNSET
    text: LongText | UnsetType = UNSET
    occasion: Short | UnsetType = UNSET
    due_on: dt.date | UnsetType | None = UNSET
    reason: Reason | UnsetType = UNSET


class CommitmentUpdateCreate(_Public, frozen=True, kw_only=True):
    """What became of a commitment, and why."""

    reason: Reason
    to: Annotated[Status | None, Meta(description="Null: it stays where it is.")] = None
    evidence: Annotated[list[Evidence], Meta(max_length=20)] = msgspec.field(
        default_factory=list[Evidence]
    )
    corrects: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="The number of the update that this one puts right."),
    ] = None


class CommitmentUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A step, a word on progress or a correction; never changed afterwards."""

    number: int
    at: dt.datetime
    kind: UpdateKind
    status_before: Status
    status_after: Status
    reason: str
    evidence: list[Evidence]
    corrects: int | None
    changed: Annotated[
        dict[str, tuple[str | None, str | None]], Meta(description="Field → before and after.")
    ]


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment as staff see it."""

    id: UUID
    slug: str
    title: str
    text: str
    occasion: str
    source: Source
    source_id: UUID | None
    due_on: dt.date | None
    status: Status
    overdue: Annotated[bool, Meta(description="The day is over in the organization's time zone.")]
    raised_count: Annotated[int, Meta(description="People whose cases led to it.")]
    created_by: UUID | None
    created_at: dt.datetime
    published_at: dt.datetime | None
    updated_at: dt.datetime


class CommitmentWhole(Commitment, frozen=True, kw_only=True):
    """A commitment with all that became of it, the earliest first."""

    updates: list[CommitmentUpdate]


class PublicCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment as everybody may read it."""

    slug: str
    title: str
    text: str
    occasion: str
    due_on: dt.date | None
    status: Status
    overdue: Annotated[bool, Meta(description="The day is over in the organization's time zone.")]
    raised_by: Annotated[
        str, Meta(description='How many people raised it; "<5" for a few, "" where nobody did.')
    ]
    published_on: dt.date
    updated_at: dt.datetime
    updates: list[CommitmentUpdate]


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """Every published commitment of an organization, the latest changed first."""

    organization: str
    commitments: list[PublicCommitment]


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that could have been chosen."""

    title: Title
    text: Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00]*$")] = ""


class Consulted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who was asked, as a group or office, and how."""

    who: Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN,
                             examples=["People of North Street"])]  # fmt: skip
    how: Short = ""


class DecisionCreate(_Public, frozen=True, kw_only=True):
    """A decision; it is published as it is given, and never changed."""

    question: Annotated[str, Meta(min_length=1, max_length=300, pattern=_WRITTEN)]
    options: Annotated[list[Option], Meta(min_length=2, max_length=20)]
    choice: Annotated[Title, Meta(description="The title of the option that was chosen.")]
    reasons: LongText
    consulted: Annotated[list[Consulted], Meta(max_length=50)]
    decided_on: dt.date
    evidence: Annotated[list[Evidence], Meta(max_length=20)] = msgspec.field(
        default_factory=list[Evidence]
    )
    supersedes_id: UUID | None = None
    commitment_id: UUID | None = None


class PublicDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as everybody may read it; slugs name decisions and commitments."""

    slug: str
    question: str
    options: list[Option]
    choice: str
    reasons: str
    consulted: list[Consulted]
    evidence: list[Evidence]
    decided_on: dt.date
    published_at: dt.datetime
    supersedes: str | None
    superseded_by: str | None
    commitment: str | None


class Decision(PublicDecision, frozen=True, kw_only=True):
    """A decision as staff see it."""

    id: UUID
    created_by: UUID | None


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """Every decision of an organization, the latest first."""

    organization: str
    decisions: list[PublicDecision]


def few(count: int) -> str:
    """A count of people as it may be told in public."""
    if count == 0:
        return ""
    return str(count) if count >= FEW else f"<{FEW}"
