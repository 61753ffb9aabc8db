"""What phones tell of a door, and what they are answered."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta

from doorstep.algorithms.projecting import Result

MAX_EVENTS = 10_000

Instant = Annotated[
    dt.datetime,
    Meta(tz=True, description="By the phone's own clock", examples=["2026-11-22T10:15:00Z"]),
]
EventId = Annotated[UUID, Meta(description="Made by the phone, a UUIDv7; never used twice")]


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person agreed that an opinion of theirs is stored."""

    wording: Annotated[str, Meta(max_length=500, description="What they were asked")]


class _Told(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag=str.lower,
):
    id: EventId
    occurred_at: Instant


class Attempt(_Told, frozen=True, kw_only=True):
    """A knock at a door (`door_id`, `result`) or a mark on a building (`building_id`, `mark`)."""

    turf_id: UUID
    door_id: UUID | None = None
    person_id: UUID | None = None
    result: Result | None = None
    building_id: UUID | None = None
    mark: Literal["locked", "open"] | None = None


class Answer(_Told, frozen=True, kw_only=True):
    """An answer to one survey question."""

    turf_id: UUID
    door_id: UUID
    person_id: UUID | None = None
    script_id: UUID
    script_version: Annotated[int, Meta(ge=1, le=1_000_000)]
    question: Annotated[str, Meta(max_length=40, description="The question's key")]
    value: Any
    consent: Consent | None = None


class Note(_Told, frozen=True, kw_only=True):
    """A remark in the canvasser's own words."""

    turf_id: UUID
    door_id: UUID
    person_id: UUID | None = None
    text: Annotated[str, Meta(min_length=1, max_length=10_000)]


class Correct(_Told, frozen=True, kw_only=True):
    """Another result, mark or value for an earlier event."""

    target_id: UUID
    result: Result | None = None
    mark: Literal["locked", "open"] | None = None
    value: Any = UNSET
    consent: Consent | None = None


class Void(_Told, frozen=True, kw_only=True):
    """Takes an earlier event back."""

    target_id: UUID


Event = Attempt | Answer | Note | Correct | Void
# Tuples: asking whether something is of a union makes the union anew each time.
AT_DOORS = (Attempt, Answer, Note)
REPLIES = (Correct, Void)


class EventBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events on their way home. Each is answered by itself: a bad one sinks no other."""

    sent_at: Instant
    events: Annotated[list[Event], Meta(max_length=MAX_EVENTS)]


class Outcome(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    NEEDS_REVIEW = "needs_review"
    MALFORMED = "malformed"


class EventResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one event of a batch: settled for good, none is to be sent again.

    A malformed one cannot be stored: the phone keeps it and shows it to the volunteer.
    """

    index: Annotated[int, Meta(description="Place in the batch, from 0")]
    id: UUID | None
    outcome: Outcome
    reason: Annotated[str | None, Meta(description="For the volunteer to read")]


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch."""

    received_at: dt.datetime
    results: list[EventResult]


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was recorded at a door, or for its whole building."""

    id: UUID
    kind: str
    status: Annotated[str, Meta(description="`accepted`, or `needs_review`: it does not count yet")]
    review_reason: str | None
    target_id: Annotated[UUID | None, Meta(description="What it corrects or takes back")]
    pass_id: UUID | None
    pass_name: str | None
    person_id: UUID | None
    member_id: UUID
    member_name: Annotated[str, Meta(description="Who recorded it")]
    occurred_at: dt.datetime
    recorded_at: Annotated[dt.datetime, Meta(description="By the phone's own clock")]
    received_at: dt.datetime
    result: str | None
    mark: str | None
    text: str | None
    question: str | None
    value: Annotated[Any, Meta(description="Of an answer; sensitive ones are not shown")]
