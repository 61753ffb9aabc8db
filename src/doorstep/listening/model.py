"""Surveys on the web and at events, statements to vote on, and cases that everybody may read."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doorstep.reports.model import QuestionResult
from doorstep.surveys.model import Language

_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
_PLAIN = r"^[^\x00]*$"
Instant = Annotated[dt.datetime, Meta(tz=True, examples=["2027-03-01T18:00:00Z"])]
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
Slug = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,79}$(?!\n)",
        description="Its part of the address; left out, it is made of the title.",
        examples=["streets-2027"],
    ),
]
Thanks = Annotated[str, Meta(max_length=2000, pattern=_PLAIN)]
MOST_INVITATIONS = 1000
MOST_LETTERS = 30_000
"""Of all texts of one sitting together; the form carries them from page to page."""


class Source(StrEnum):
    """Where an answer was given."""

    DOOR = "door"
    WEB = "web"
    EVENT = "event"


class WebSurvey(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a script that is answered on the web and at events."""

    id: UUID
    slug: str
    title: str
    script_id: UUID
    script_version: int
    languages: Annotated[list[str], Meta(description="The first where nobody chose.")]
    thanks: str
    opens_at: dt.datetime
    closes_at: dt.datetime | None
    by_invitation: bool
    civic_event_id: UUID | None
    responses_count: Annotated[int, Meta(description="Sittings, on the web and at events.")]
    created_at: dt.datetime


class WebSurveyCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A survey to be."""

    script_id: UUID
    script_version: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None, Meta(description="Null: the newest.")
    ] = None
    title: Title
    slug: Slug | None = None
    languages: Annotated[
        list[Language],
        Meta(max_length=50, description="Empty: its own and all it is translated into."),
    ] = []
    thanks: Thanks = ""
    opens_at: Annotated[Instant | None, Meta(description="Null: now.")] = None
    closes_at: Instant | None = None
    by_invitation: Annotated[
        bool, Meta(description="Only by links from `inviteToWebSurvey`, one sitting each.")
    ] = False
    civic_event_id: UUID | None = None


class WebSurveyPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a survey; its questions never do."""

    title: Title | UnsetType = UNSET
    thanks: Thanks | UnsetType = UNSET
    opens_at: Instant | UnsetType = UNSET
    closes_at: Annotated[
        Instant | UnsetType | None, Meta(description="An instant gone by closes it.")
    ] = UNSET


class InvitationCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many links to make."""

    count: Annotated[int, Meta(ge=1, le=MOST_INVITATIONS)]


class Invitations(msgspec.Struct, frozen=True, kw_only=True):
    """Links, each good for one sitting; they are not kept, and tell of nobody."""

    expires_at: dt.datetime
    urls: list[str]


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who somebody is, as far as they said so, and what they agreed to."""

    name: Annotated[str, Meta(max_length=200, pattern=_WRITTEN)]
    email: Annotated[str, Meta(max_length=254, pattern=_WRITTEN)]
    news: Annotated[bool, Meta(description="They agreed to be written news.")] = False
    follow_up: Annotated[
        bool, Meta(description="They agreed to be told what comes of what they said.")
    ] = False
    opinions: Annotated[
        bool, Meta(description="They agreed that their opinions are kept with their name.")
    ] = False


class ResponseCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers that a member wrote down at an event. Sent again with the same id, taken once."""

    id: Annotated[UUID, Meta(description="Made by the phone, a UUIDv7; never used twice.")]
    answers: Annotated[
        dict[Annotated[str, Meta(max_length=40)], Any],
        Meta(max_length=100, description="By key of the question, as at a door."),
    ]
    answered_at: Instant
    language: Language | None = None
    civic_event_id: Annotated[UUID | None, Meta(description="Null: the survey's own.")] = None
    contact: Annotated[Contact | None, Meta(description="Null: nobody knows who it was.")] = None


class ResponseTaken(msgspec.Struct, frozen=True, kw_only=True):
    """Answers that were taken in, now or the first time."""

    id: UUID
    answers_count: int


class SourceResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered in one way."""

    source: Source
    questions: list[QuestionResult]


class WebSurveyResults(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered to the script at doors, on the web and at events, and all together."""

    web_survey_id: UUID
    sources: list[SourceResult]
    total: list[QuestionResult]


Question = Annotated[str, Meta(min_length=1, max_length=300, pattern=_WRITTEN)]
StatementText = Annotated[str, Meta(min_length=1, max_length=300, pattern=_WRITTEN)]


class Vote(StrEnum):
    """What somebody thinks of a statement."""

    AGREE = "agree"
    DISAGREE = "disagree"
    PASS = "pass"  # noqa: S105 - no secret: they would rather not say


class StatementStatus(StrEnum):
    """Whether a statement is shown; `proposed` by a visitor, nobody has looked at it."""

    PROPOSED = "proposed"
    SHOWN = "shown"
    REFUSED = "refused"


class StatementTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A question on which people vote on each other's statements."""

    id: UUID
    slug: str
    question: str
    text: str
    opens_at: dt.datetime
    closes_at: dt.datetime | None
    shown_count: int
    proposed_count: int
    visitors_count: Annotated[int, Meta(description="Forms from which somebody voted.")]
    created_at: dt.datetime


class StatementTopicCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic to be, with the statements it begins with."""

    question: Question
    text: Annotated[str, Meta(max_length=4000, pattern=_PLAIN)] = ""
    slug: Slug | None = None
    opens_at: Annotated[Instant | None, Meta(description="Null: now.")] = None
    closes_at: Instant | None = None
    statements: Annotated[list[StatementText], Meta(max_length=50)] = []


class StatementTopicPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When voting ends."""

    closes_at: Annotated[Instant | None, Meta(description="An instant gone by ends it.")]


class StatementCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement of the organization's own; it shows at once."""

    text: StatementText


class StatementDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a statement shows."""

    status: Literal["shown", "refused"]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with its votes."""

    id: UUID
    number: int
    text: str
    status: StatementStatus
    by_visitor: bool
    agree_count: int
    disagree_count: int
    pass_count: int
    created_at: dt.datetime


class PublicStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as everybody may see it; under five is said as that."""

    number: int
    text: str
    agree: str
    disagree: str
    passed: Annotated[str, Meta(description="Would rather not say.")]


class PublicTally(msgspec.Struct, frozen=True, kw_only=True):
    """How people voted on a topic's statements."""

    question: str
    statements: list[PublicStatement]


class CasePublish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What everybody may read of a case: nothing of who raised it."""

    summary: Annotated[str, Meta(min_length=1, max_length=4000, pattern=_WRITTEN)]
    place: Annotated[
        str, Meta(max_length=200, pattern=_PLAIN, examples=["North Street, by the school"])
    ] = ""
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat: Annotated[
        Annotated[float, Meta(ge=-90, le=90)] | None,
        Meta(description="Kept to 0.001 degrees, some hundred metres."),
    ] = None
    named_in_public: Annotated[
        bool, Meta(description="Whoever is named holds a public office, or agreed.")
    ] = False


class CasePublication(msgspec.Struct, frozen=True, kw_only=True):
    """A case as everybody may read of it."""

    case_id: UUID
    slug: str
    summary: str
    place: str
    lon: float | None
    lat: float | None
    published_at: dt.datetime
    changed_at: dt.datetime


class PublicCase(msgspec.Struct, frozen=True, kw_only=True):
    """A published case; its slug is the number by which everybody knows it."""

    slug: str
    service_id: UUID
    topic: str
    organization: str
    summary: str
    place: str
    lon: float | None
    lat: float | None
    open: bool
    outcome: str | None
    reason: str | None
    requested_at: dt.datetime
    updated_at: dt.datetime
    expected_at: dt.datetime


class PublicUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a published case."""

    slug: str
    number: int
    kind: str
    outcome: str | None
    at: dt.datetime
    text: str


class PublicTopic(msgspec.Struct, frozen=True, kw_only=True):
    """What issues may be about."""

    id: UUID
    name: str
