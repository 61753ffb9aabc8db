"""What people allow, what they may ask for, and what becomes of it."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.people.model import DoNotContact

Purpose = Literal["opinion_record", "follow_up", "events", "news"]
Channel = Literal["door", "phone", "sms", "email", "post", "messenger"]
How = Literal["door", "web", "event", "phone", "import", "paper"]
Reason = Annotated[
    Literal["asked", "objected", "withdrew", "wrong", "other"],
    Meta(description="A word, not a text: texts would tell of the person."),
]
ContactKind = Literal["phone", "email", "external_id"]
RetentionKind = Literal[
    "person_unseen",
    "note_text",
    "answer_identified",
    "consent_expired",
    "import_file",
    "issue_text",
]
_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
Particular = Annotated[str, Meta(max_length=254, pattern=r"^[^\x00]*$")]
Instant = Annotated[dt.datetime, Meta(tz=True)]


class GivenConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What a person allowed, in which words they were asked, until when, and its withdrawal."""

    id: UUID
    person_id: UUID | None
    purpose: Purpose
    channel: Annotated[Channel | None, Meta(description="Null: any.")]
    basis: Literal["explicit", "membership", "legitimate_interest", "policy"]
    wording: str
    wording_version: int | None
    captured_how: How
    recorded_by: UUID | None
    given_at: dt.datetime
    expires_at: dt.datetime
    withdrawn_at: dt.datetime | None
    withdrawn_by: UUID | None
    withdrawn_how: How | None


class ConsentCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person allows; give a wording or the version of one that is kept."""

    purpose: Purpose
    channel: Annotated[Channel | None, Meta(description="Null: any.")] = None
    basis: Literal["explicit", "membership", "legitimate_interest"] = "explicit"
    wording: Annotated[str, Meta(max_length=2000, pattern=r"^[^\x00]*$")] = ""
    wording_version: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    captured_how: How = "door"
    given_at: Annotated[Instant | None, Meta(description="Null: now.")] = None
    expires_at: Annotated[Instant | None, Meta(description="Null: as the organization has it.")] = (
        None
    )


class ConsentWithdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the person said so."""

    withdrawn_how: How = "door"


class ConsentWording(msgspec.Struct, frozen=True, kw_only=True):
    """In which words people are asked; a version never changes."""

    purpose: Purpose
    version: int
    language: str
    text: str
    created_by: UUID | None
    created_at: dt.datetime


class ConsentWordingCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next version of the words for a purpose."""

    purpose: Purpose
    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=_WRITTEN)]
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?\Z")] = "en"


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """A number or address that is not used (`contact`), or somebody who is kept out (`erased`)."""

    id: UUID
    scope: Literal["contact", "erased"]
    kind: Literal["external_id", "phone", "email", "person"]
    reason: Reason
    created_at: dt.datetime
    created_by: UUID | None
    cleared_at: dt.datetime | None
    cleared_by: UUID | None
    people_count: Annotated[int, Meta(description="People it holds for now.")]


class SuppressionCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone number, e-mail address or id of a list that is not to be used any more."""

    kind: ContactKind
    value: Annotated[
        str, Meta(min_length=1, max_length=254, pattern=_WRITTEN, examples=["+358401234567"])
    ]
    reason: Reason = "asked"


class SuppressionSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of somebody; to find the erased, phone and e-mail need their name."""

    external_id: Particular = ""
    phone: Particular = ""
    email: Particular = ""
    given_name: Particular = ""
    family_name: Particular = ""
    street: Particular = ""
    house_number: Particular = ""
    unit: Particular = ""


class ErasureRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a person is erased."""

    reason: Reason = "asked"


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed; all counts are 0 for somebody who was erased before."""

    person_id: UUID
    erased_at: dt.datetime
    answers_count: Annotated[int, Meta(description="Answers that are now only counted.")]
    events_count: Annotated[int, Meta(description="Visits and notes that lost their words.")]
    rejects_count: Annotated[int, Meta(description="Rows of imports that quoted them.")]


class ExportedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A visit, note or answer as it was told."""

    id: UUID
    kind: str
    status: str
    occurred_at: dt.datetime
    pass_name: str | None
    payload: dict[str, Any]


class ExportedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with the words of its question; `standing`: it is neither undone nor corrected."""

    event_id: UUID
    occurred_at: dt.datetime
    script_name: str
    question_key: str
    question: str | None
    value: Any
    sensitive: bool
    standing: bool


class ExportedImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import that brought the person, or changed what is stored: how it was before."""

    import_id: UUID
    file_name: str
    created_at: dt.datetime
    before: dict[str, Any] | None


class ExportedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Every field that is stored of a person, and where they live."""

    id: UUID
    external_id: str | None
    given_name: str
    family_name: str
    birth_year: int | None
    phone: str | None
    email: str | None
    language: str | None
    tags: list[str]
    attributes: dict[str, Any]
    created_at: dt.datetime
    changed_at: dt.datetime
    street: str
    house_number: str
    unit: str
    floor: str
    postcode: str
    city: str
    door_note: str
    access_note: str


class ExportedIssue(msgspec.Struct, frozen=True, kw_only=True):
    """What the person raised, and what became of it."""

    id: UUID
    raised_at: dt.datetime
    topic: str
    text: str
    status: str
    due_on: dt.date
    outcome: str | None
    reason: str | None
    resolved_at: dt.datetime | None


class ExportedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A message or call to the person about what became of their issues."""

    id: UUID
    channel: str
    state: str
    created_at: dt.datetime
    sent_at: dt.datetime | None


class ExportedAttendance(msgspec.Struct, frozen=True, kw_only=True):
    """An event that they asked to come to, or came to, and what they said of it."""

    id: UUID
    event: str
    starts_at: dt.datetime
    state: str
    seats: int
    asked_at: dt.datetime
    checked_in_at: dt.datetime | None
    rating: int | None
    good: str | None
    change: str | None


class ExportedLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter by e-mail; its words were made when it was sent, and are not kept."""

    id: UUID
    kind: str
    purpose: Purpose | None
    state: str
    created_at: dt.datetime
    sent_at: dt.datetime | None


class ExportedCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """What the person said is wrong about what is stored."""

    text: str
    asked_at: dt.datetime
    done_at: dt.datetime | None


class PersonExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is stored about one person."""

    exported_at: dt.datetime
    organization: str
    people: Annotated[
        list[ExportedPerson],
        Meta(description="The person, then rows found to be the same person."),
    ]
    consents: list[GivenConsent]
    do_not_contact: list[DoNotContact]
    suppressions: list[Suppression]
    events: list[ExportedEvent]
    answers: list[ExportedAnswer]
    issues: list[ExportedIssue]
    notices: list[ExportedNotice]
    letters: list[ExportedLetter]
    corrections: list[ExportedCorrection]
    attendances: list[ExportedAttendance]
    imports: list[ExportedImport]


class RetentionRule(msgspec.Struct, frozen=True, kw_only=True):
    """After how many months something is forgotten; null: it is kept."""

    kind: RetentionKind
    months: int | None
    suggested_months: int
    what: Annotated[str, Meta(description="What is forgotten, in words.")]


class RetentionRuleSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule to be; null months switch it off."""

    kind: RetentionKind
    months: Annotated[int, Meta(ge=1, le=120)] | None


class RetentionRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules to be; kinds that are not named stay as they are."""

    rules: Annotated[list[RetentionRuleSet], Meta(max_length=10)]


class RetentionRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether to forget, or only to count."""

    dry_run: bool


class RetentionCount(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a kind was forgotten, or would be."""

    kind: RetentionKind
    months: int
    count: int
