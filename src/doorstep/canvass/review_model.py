"""What waits for an organizer, what they decide about it, and what looks odd."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

MAX_DECIDED = 1000


class ReviewItem(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is stored but does not count."""

    id: UUID
    kind: str
    status: Annotated[str, Meta(description="`needs_review`, `rejected` or `rolled_back`")]
    reason: str | None
    batch_id: UUID | None
    member_id: UUID
    member_name: str
    turf_id: UUID | None
    turf_name: str | None
    door_id: UUID | None
    address: Annotated[str | None, Meta(description="Street, number and unit, where known")]
    occurred_at: dt.datetime
    received_at: dt.datetime
    result: str | None
    text: str | None


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A second, different event under an id already taken."""

    event_id: UUID
    payload_hash: Annotated[str, Meta(description="With `event_id`, which one it is")]
    status: Annotated[str, Meta(description="`waiting`, `accepted` or `rejected`")]
    reason: str
    accepted_as: Annotated[UUID | None, Meta(description="The event that it became")]
    member_id: UUID
    member_name: str
    received_at: dt.datetime
    standing: Annotated[dict[str, Any], Meta(description="What the first said, as kept")]
    told: Annotated[dict[str, Any], Meta(description="What this one said, without opinions")]


class DecisionKind(StrEnum):
    """What an organizer may decide about events."""

    ACCEPT = "accept"
    REJECT = "reject"
    ROLL_BACK = "roll_back"


class DecisionCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to become of events that wait."""

    verdict: Literal["accept", "reject"]
    event_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MAX_DECIDED)]


class DayRollback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which day of a member is to be taken back, by the organization's calendar."""

    day: dt.date


class LeftEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the decision could not be applied to."""

    id: UUID
    reason: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was decided about events; it can be undone."""

    id: UUID
    kind: DecisionKind
    decided_by: UUID
    decided_at: dt.datetime
    undone_by: UUID | None
    undone_at: dt.datetime | None
    events_count: Annotated[int, Meta(description="How many events it changed")]


class DecisionMade(Decision, frozen=True, kw_only=True):
    """A decision, and which events it left as they were."""

    left: list[LeftEvent]


class ConflictRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which conflict is meant."""

    event_id: UUID
    payload_hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class ConflictDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to become of conflicts: `wait` takes back an earlier verdict."""

    verdict: Annotated[
        Literal["accept", "reject", "wait"],
        Meta(description="Accepted, it becomes an event of its own under a new id"),
    ]
    conflicts: Annotated[list[ConflictRef], Meta(min_length=1, max_length=MAX_DECIDED)]


class ConflictsDecided(msgspec.Struct, frozen=True, kw_only=True):
    """How many conflicts changed, and which could not."""

    changed_count: int
    left: list[LeftEvent]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The events behind a signal, and the figure that they show."""

    event_ids: list[UUID]
    seconds: float | None
    metres: float | None


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """Something odd about a batch: a reason to look, no proof."""

    kind: Annotated[
        Literal["pace", "contact_rate", "time_order", "distance"],
        Meta(description="Too fast, too many talks, times that do not fit, too far too soon"),
    ]
    value: Annotated[float, Meta(description="What was found")]
    expected: Annotated[float, Meta(description="What would be usual, at most")]
    says: Annotated[str, Meta(description="In words")]
    evidence: list[Evidence]


class BatchReview(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that came home, with what looks odd about it."""

    id: UUID
    member_id: UUID
    member_name: str
    device_id: UUID
    sent_at: dt.datetime
    received_at: dt.datetime
    clock_offset_ms: int
    events_count: int
    knocks_count: int
    rolled_back_count: int
    signals: list[Signal]
