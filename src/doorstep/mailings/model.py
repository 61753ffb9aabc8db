"""Templates of letters, mailings, and how they stand."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doorstep.guests.model import Source

APPROVAL_ABOVE = 500
"""Recipients; above, somebody other than the author sends it."""
SAMPLES = 10
MAX_LANGUAGES = 20

Title = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
        examples=["Invitation to the town hall"],
    ),
]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["en", "de"])]
Purpose = Literal["follow_up", "events", "news"]
Version = Annotated[int, Meta(ge=1, le=1_000_000)]
PerMinute = Annotated[
    int, Meta(ge=1, le=1000, description="So many leave in a minute; the rest waits its turn.")
]
Sender = Annotated[
    str, Meta(max_length=100, pattern=r"^[^\x00]*$", description="For `{{sender|...}}`.")
]
SendAt = Annotated[
    Annotated[dt.datetime, Meta(tz=True)] | None,
    Meta(description="Not before; null: once it is approved."),
]
WithEvent = Annotated[UUID | None, Meta(description="What `event_title` and `event_time` are of.")]
OncePerAddress = Annotated[
    bool,
    Meta(description="People who share an address get one letter, in the name of one of them."),
]


class TemplateText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter in one language: plain text with `{{field|fallback}}` where it is personal."""

    language: Language
    subject: Annotated[
        str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00\r\n]*[^\s\x00][^\x00\r\n]*$")
    ]
    body: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=20_000,
            pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
            description="An empty line ends a paragraph. Links stay as they are written.",
        ),
    ]


Texts = Annotated[
    list[TemplateText],
    Meta(
        min_length=1,
        max_length=MAX_LANGUAGES,
        description="In the order in which they stand in for a language that is not there.",
    ),
]


class MergeField(msgspec.Struct, frozen=True, kw_only=True):
    """A field that templates may name."""

    name: str
    description: str


class LetterTemplateCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template to be kept."""

    name: Title
    texts: Texts


class LetterTemplateChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next version of a template."""

    based_on: Annotated[int, Meta(ge=1, description="The version that was changed.")]
    texts: Texts
    name: Title | UnsetType = UNSET


class LetterTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template in one of its versions."""

    id: UUID
    name: str
    version: int
    newest_version: int
    texts: list[TemplateText]
    created_by: UUID
    created_at: dt.datetime
    archived_at: dt.datetime | None


class AttendanceState(StrEnum):
    """Where somebody stands with an event."""

    INVITED = "invited"
    GOING = "going"
    WAITLISTED = "waitlisted"
    CONFIRMED = "confirmed"
    ATTENDED = "attended"
    NO_SHOW = "no_show"


_COMING = (AttendanceState.GOING, AttendanceState.CONFIRMED, AttendanceState.ATTENDED)


class Guests(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Guests, by where they left their name; nothing named: all of them."""

    sources: Annotated[list[Source], Meta(max_length=len(Source))] = []


class Attendees(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signed up for an event, guests and people alike."""

    civic_event_id: UUID
    states: Annotated[list[AttendanceState], Meta(max_length=len(AttendanceState))] = msgspec.field(
        default_factory=lambda: [*_COMING]
    )


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a mailing is for: the people of a universe, guests, those of an event; or all of them.

    Of these, those get it who agreed to its purpose by e-mail.
    """

    universe_id: UUID | None = None
    guests: Guests | None = None
    attendees: Attendees | None = None


class MailingCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mailing to be looked at; nothing is sent yet."""

    title: Title
    template_id: UUID
    template_version: Annotated[Version | None, Meta(description="Null: the newest.")] = None
    purpose: Annotated[Purpose, Meta(description="What recipients must have agreed to.")]
    segment: Segment
    civic_event_id: WithEvent = None
    sender: Sender = ""
    per_minute: PerMinute = 60
    once_per_address: OncePerAddress = True
    send_at: SendAt = None


class MailingPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes about a mailing that has not begun to leave; its approval is void then."""

    revision: Annotated[int, Meta(ge=1, description="The revision that was changed.")]
    title: Title | UnsetType = UNSET
    template_id: UUID | UnsetType = UNSET
    template_version: Version | UnsetType = UNSET
    purpose: Purpose | UnsetType = UNSET
    segment: Segment | UnsetType = UNSET
    civic_event_id: WithEvent | UnsetType = UNSET
    sender: Sender | UnsetType = UNSET
    per_minute: PerMinute | UnsetType = UNSET
    once_per_address: OncePerAddress | UnsetType = UNSET
    send_at: SendAt | UnsetType = UNSET


class MailingStatus(StrEnum):
    """How far a mailing is: it follows from what was done and from its letters."""

    DRAFT = "draft"
    PREVIEWED = "previewed"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"


class Mailing(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to many."""

    id: UUID
    title: str
    status: MailingStatus
    revision: Annotated[int, Meta(description="One more with each change.")]
    template_id: UUID
    template_version: int
    purpose: Purpose
    segment: Segment
    civic_event_id: UUID | None
    sender: str
    per_minute: int
    once_per_address: bool
    send_at: dt.datetime | None
    written_by: Annotated[UUID, Meta(description="Who wrote it or changed it last.")]
    created_at: dt.datetime
    previewed_at: dt.datetime | None
    approved_by: UUID | None
    approved_at: dt.datetime | None
    recipients_count: Annotated[int | None, Meta(description="Frozen with the approval.")]
    left_out: Annotated[dict[str, int], Meta(description="Then, why how many got none.")]
    stopped_by: UUID | None
    stopped_at: dt.datetime | None


class Fate(StrEnum):
    """Whether somebody of a segment gets the letter, or the first reason why not."""

    RECIPIENT = "recipient"
    ERASED = "erased"
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    LEFT_ALONE = "left_alone"
    NO_CONSENT = "no_consent"
    BOUNCING = "bouncing"
    SAME_ADDRESS = "same_address"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of a segment; exactly one of the ids is there."""

    person_id: UUID | None
    guest_id: UUID | None
    fate: Fate


class Listed(Candidate, frozen=True, kw_only=True):
    """Somebody of a segment, by name."""

    name: str


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The letter as one recipient would get it."""

    person_id: UUID | None
    guest_id: UUID | None
    language: str
    subject: str
    paragraphs: list[str]
    fallbacks: Annotated[list[str], Meta(description="Fields that are not known of them.")]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a mailing would reach as of now, and what some of them would read."""

    revision: int
    segment: Annotated[str, Meta(description="Whom it is for, in words.")]
    counts: Annotated[
        dict[Fate, int],
        Meta(description="Each of the segment counts once, under the first that holds."),
    ]
    in_segment_count: int
    left_out_count: Annotated[
        int, Meta(description="Of the universe, who asked to be left alone: never part of it.")
    ]
    recipients_count: int
    needs_second_person: bool
    minutes_count: Annotated[int, Meta(description="How long it takes to leave.")]
    samples: list[Sample]


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was looked at."""

    revision: Annotated[int, Meta(ge=1)]


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """Letters that were sent for trying."""

    to: str
    languages: list[str]


class MailingFigure(msgspec.Struct, frozen=True, kw_only=True):
    """How many letters are in a state, and why."""

    state: str
    why: str | None
    count: int


class MailingFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How a mailing stands; the sum is `recipients_count`."""

    status: MailingStatus
    recipients_count: int
    figures: list[MailingFigure]


class MailingLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter of a mailing."""

    id: UUID
    person_id: UUID | None
    guest_id: UUID | None
    name: str
    state: str
    why: str | None
    due_at: dt.datetime
    sent_at: dt.datetime | None


class Naming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether letters may say the caller's first name to those whom they listened to."""

    first_name: bool
