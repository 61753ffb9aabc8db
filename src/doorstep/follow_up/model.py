"""Issues that people raise, and the cases in which something is done about them."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
Reason = Annotated[str, Meta(min_length=1, max_length=2000, pattern=_WRITTEN)]
Words = Annotated[str, Meta(min_length=1, max_length=4000, pattern=_WRITTEN)]
OwnerRole = Literal["owner", "organizer", "coordinator", "caseworker"]
Queue = Literal["mine", "unowned", "overdue"]
Days = Annotated[int, Meta(ge=0, le=730)]
REOPEN_DAYS = 28
"""For so long may somebody say that it is not solved. FixMyStreet asks after four weeks as well."""


class CaseStatus(StrEnum):
    """How far a case is; `told`: everybody who raised it knows how it ended."""

    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    TOLD = "told"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"


ENDED = frozenset({CaseStatus.RESOLVED, CaseStatus.TOLD, CaseStatus.CONFIRMED})
MOVES: Mapping[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.NEW: frozenset({CaseStatus.ASSIGNED}),
    CaseStatus.ASSIGNED: frozenset({CaseStatus.IN_PROGRESS, CaseStatus.RESOLVED}),
    CaseStatus.IN_PROGRESS: frozenset({CaseStatus.WAITING, CaseStatus.RESOLVED}),
    CaseStatus.WAITING: frozenset({CaseStatus.IN_PROGRESS, CaseStatus.RESOLVED}),
    CaseStatus.RESOLVED: frozenset({CaseStatus.TOLD, CaseStatus.REOPENED}),
    CaseStatus.TOLD: frozenset({CaseStatus.CONFIRMED, CaseStatus.REOPENED}),
    CaseStatus.CONFIRMED: frozenset({CaseStatus.REOPENED}),
    CaseStatus.REOPENED: frozenset({CaseStatus.ASSIGNED}),
}
"""Where a case may go; `told` is found out by the program alone."""


class Outcome(StrEnum):
    """How a case ended."""

    FIXED = "fixed"
    ANSWERED = "answered"
    REFERRED = "referred"
    DECLINED = "declined"
    DUPLICATE = "duplicate"


class IssueSource(StrEnum):
    """Where an issue was raised."""

    DOOR = "door"
    SURVEY = "survey"
    EVENT = "event"
    WEB = "web"
    PHONE = "phone"


class ChangeKind(StrEnum):
    """What happened to a case."""

    RAISED = "raised"
    ASSIGNED = "assigned"
    MOVED = "moved"
    RESOLVED = "resolved"
    TOLD = "told"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    MERGED = "merged"
    COMMITTED = "committed"


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """What issues are about, who takes them on, and how long that may take."""

    id: UUID
    name: str
    owner_member_id: UUID | None
    owner_role: OwnerRole | None
    due_days: int
    archived_at: dt.datetime | None


class TopicCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic to be; give the member who owns its cases, or a role."""

    name: Name
    due_days: Days
    owner_member_id: UUID | None = None
    owner_role: Annotated[
        OwnerRole | None, Meta(description="Of its members, who has the fewest open cases.")
    ] = None


class TopicPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about a topic; cases that are there keep owner and day."""

    name: Name | UnsetType = UNSET
    due_days: Days | UnsetType = UNSET
    owner_member_id: UUID | UnsetType | None = UNSET
    owner_role: OwnerRole | UnsetType | None = UNSET
    archived: bool | UnsetType = UNSET


class IssueCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody raised. Sent again with the same id, it is taken once."""

    id: Annotated[UUID, Meta(description="Made by the phone, a UUIDv7; never used twice.")]
    topic_id: UUID
    source: IssueSource = IssueSource.DOOR
    text: Annotated[str, Meta(max_length=4000, pattern=r"^[^\x00]*$")] = ""
    raised_at: Annotated[dt.datetime, Meta(tz=True, examples=["2026-11-22T10:15:00Z"])]
    door_id: UUID | None = None
    person_id: Annotated[UUID | None, Meta(description="Null: somebody of the door.")] = None
    contact_event_id: Annotated[
        UUID | None, Meta(description="The attempt or answer it came with; it may follow later.")
    ] = None
    civic_event_id: UUID | None = None


class IssueRaised(IssueCreate, frozen=True, kw_only=True):
    """An issue as it is stored, whoever raised it and however it came."""

    guest_id: UUID | None = None
    recorded_by: UUID | None = None
    place: str = ""
    place_lon: float | None = None
    place_lat: float | None = None


class IssueTaken(msgspec.Struct, frozen=True, kw_only=True):
    """An issue that was taken in, and the case it is in or was put into first."""

    id: UUID
    case_id: UUID
    received_at: dt.datetime


class MyIssue(msgspec.Struct, frozen=True, kw_only=True):
    """An issue that the caller recorded: not what became of it, but whether people know."""

    id: UUID
    topic: str
    door_id: UUID | None
    raised_at: dt.datetime
    closed: Annotated[bool, Meta(description="Somebody dealt with it.")]
    told: Annotated[bool, Meta(description="Whoever raised it knows how it ended.")]


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody raised, as staff see it."""

    id: UUID
    case_id: UUID
    source: IssueSource
    text: str
    door_id: UUID | None
    person_id: UUID | None
    given_name: str
    family_name: str
    guest_id: Annotated[UUID | None, Meta(description="Who left name and address on a page.")]
    guest_name: str
    place: Annotated[str, Meta(description="Where, in the words of whoever raised it.")]
    place_lon: float | None
    place_lat: float | None
    contact_event_id: UUID | None
    civic_event_id: UUID | None
    recorded_by: Annotated[UUID | None, Meta(description="Null: they wrote it themselves.")]
    recorded_by_name: str | None
    raised_at: dt.datetime
    received_at: dt.datetime


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as lists show it."""

    id: UUID
    topic_id: UUID
    topic: str
    status: CaseStatus
    owner_id: UUID | None
    due_on: dt.date
    overdue: Annotated[bool, Meta(description="Open, and the day is over where you are.")]
    outcome: Outcome | None
    reason: str | None
    duplicate_of_id: UUID | None
    commitment_id: UUID | None
    reopened_count: int
    raisers_count: Annotated[int, Meta(description="People, or doors where nobody is known.")]
    told_count: Annotated[int, Meta(description="Of those, who know how it ended.")]
    created_at: dt.datetime
    resolved_at: dt.datetime | None
    told_at: dt.datetime | None
    confirmed_at: dt.datetime | None


class CaseChange(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a case; neither member nor person: the program took it."""

    at: dt.datetime
    kind: ChangeKind
    status_before: CaseStatus | None
    status_after: CaseStatus
    reason: str
    member_id: UUID | None
    person_id: Annotated[UUID | None, Meta(description="Who raised it, and said so themselves.")]
    guest_id: Annotated[UUID | None, Meta(description="The same of a guest.")]
    other_id: Annotated[
        UUID | None, Meta(description="The new owner, the other case, or the commitment.")
    ]


class CaseNote(msgspec.Struct, frozen=True, kw_only=True):
    """What staff note for each other."""

    id: UUID
    text: str
    written_by: UUID
    written_at: dt.datetime


class CaseWhole(Case, frozen=True, kw_only=True):
    """A case with all that was raised, noted and done."""

    issues: list[Issue]
    changes: list[CaseChange]
    notes: list[CaseNote]


class CaseOwner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes a case on, and until when."""

    owner_id: UUID
    due_on: dt.date | None = None
    reason: Annotated[str, Meta(max_length=2000, pattern=r"^[^\x00]*$")] = ""


class CaseMove(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step of a case and why; to resolve it takes the outcome as well."""

    to: Literal["in_progress", "waiting", "resolved", "confirmed", "reopened"]
    reason: Reason
    outcome: Literal["fixed", "answered", "referred", "declined"] | None = None


class CaseMerge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The case that goes on with those who raised this one."""

    into_case_id: UUID
    reason: Reason


class CaseNoteCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to note."""

    text: Words


class CaseCommitment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The commitment a case led to: one that is there, or words for a draft."""

    commitment_id: UUID | None = None
    title: Name | None = None
    text: Annotated[str, Meta(min_length=1, max_length=5000, pattern=_WRITTEN)] | None = None
    due_on: dt.date | None = None


class TellRunCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether to tell, or only to count."""

    dry_run: bool


class TellRun(msgspec.Struct, frozen=True, kw_only=True):
    """What was added to tell people how their issues ended; again, all is 0."""

    notices_count: Annotated[int, Meta(description="Messages by name, one to a person.")]
    revisits_count: Annotated[int, Meta(description="Doors to go back to.")]
    suppressed_count: Annotated[int, Meta(description="Who is left alone, with the reason noted.")]
    told_cases_count: Annotated[int, Meta(description="Cases of which everybody knows now.")]


class NoticeState(StrEnum):
    """How far a message is; `sent` is not told: it may still come back."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A message to one person; by phone, it is for somebody to call."""

    id: UUID
    person_id: UUID
    given_name: str
    family_name: str
    channel: Literal["email", "phone"]
    phone: Annotated[str | None, Meta(description="Whom to call; null for e-mail.")]
    state: NoticeState
    why: str | None
    case_ids: list[UUID]
    created_at: dt.datetime
    sent_at: dt.datetime | None
    ended_at: dt.datetime | None


class NoticeOutcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a message or call."""

    state: Literal["delivered", "failed"]


class SendRun(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the messages that were waiting."""

    sent_count: int
    failed_count: int
    suppressed_count: int


class Revisit(msgspec.Struct, frozen=True, kw_only=True):
    """A door to go back to, and whom to tell what there."""

    id: UUID
    door_id: UUID
    street: str
    house_number: str
    unit: str
    lon: float
    lat: float
    created_at: dt.datetime
    done_at: dt.datetime | None
    person_ids: list[UUID]
    case_ids: list[UUID]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the dashboard."""

    figure: str
    label: str
    value: Annotated[float | None, Meta(description="A share of 0 to 1, or a median; null of none")]
    unit: Literal["share", "hours", "days"]
    counted_count: int
    rows_count: Annotated[int, Meta(description="What it looks at; its rows are as many.")]


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something behind a figure."""

    thing_id: Annotated[UUID, Meta(description="Case, commitment, person, guest or door.")]
    counted: bool
    value: float | None
    happened_at: dt.datetime | None


class FigureName(StrEnum):
    """Which figure; who was told comes first."""

    RAISERS_TOLD = "raisers_told"
    HOURS_TO_FIRST_OWNER = "hours_to_first_owner"
    AGE_DAYS = "age_days"
    WITHIN_DUE = "within_due"
    REOPENED = "reopened"
    COMMITMENTS_KEPT = "commitments_kept"
    COMMITMENTS_OVERDUE = "commitments_overdue"
