"""What events are for the public: when, for how many, who came, what was said and came of it."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.engage.model import Status as CommitmentStatus
from doorstep.events.model import CheckInHow, EventKind, EventStatus, Instant
from doorstep.outreach.states import State

_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
_CLEAN = r"^[^\x00]*$"
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=_WRITTEN)]
Seats = Annotated[int, Meta(ge=1, le=6, description="With how many they come, themselves too.")]
LongText = Annotated[str, Meta(max_length=5000, pattern=_CLEAN)]
Purpose = Literal["events", "news", "follow_up"]
Rating = Annotated[int, Meta(ge=1, le=5)]
MOST_SEATS = 6


class Source(StrEnum):
    """How somebody came to be on the list."""

    WEB = "web"
    DESK = "desk"
    INVITATION = "invitation"
    WALK_IN = "walk_in"


class StallResult(StrEnum):
    """How a conversation at a stall ended."""

    TALKED = "talked"
    TOOK_LEAFLET = "took_leaflet"
    DECLINED = "declined"
    WANTS_MORE = "wants_more"


class Speaker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group or an office that spoke, and for what."""

    who: Annotated[Name, Meta(examples=["People of North Street"])]
    position: Annotated[str, Meta(min_length=1, max_length=500, pattern=_WRITTEN)]


class PublicEventPut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the public comes, and for how many there is room; another time is told to all."""

    starts_at: Instant
    ends_at: Instant
    rsvp: Annotated[bool, Meta(description="Whether people say beforehand that they come.")] = True
    capacity: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="For how many there is room; null: for all."),
    ] = None
    agenda: Annotated[str, Meta(max_length=3000, pattern=_CLEAN)] = ""


class PublicEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is for the public."""

    event_id: UUID
    listed: Annotated[bool, Meta(description="Anybody can see it: it is public and published.")]
    url: Annotated[str, Meta(description="Its page.")]
    starts_at: dt.datetime
    ends_at: dt.datetime
    rsvp: bool
    capacity: int | None
    taken_count: Annotated[int, Meta(description="Places: going, held, confirmed or attended.")]
    agenda: str
    sequence: Annotated[int, Meta(description="Of its calendar entry: raised with every change.")]


class EventSeen(msgspec.Struct, frozen=True, kw_only=True):
    """An event with all that its page shows of it."""

    id: UUID
    kind: EventKind
    title: str
    summary: str
    topic: str
    briefing_url: str | None
    slug: str
    status: EventStatus
    listed: bool
    cancelled_reason: str | None
    published_at: dt.datetime | None
    time_zone: str
    place_id: UUID
    place_name: str
    address: str
    lon: float
    lat: float
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    rsvp: bool
    capacity: int | None
    taken_count: int
    agenda: str
    outcome: str
    notes: str
    spoke: list[Speaker]
    sequence: int
    updated_at: dt.datetime | None


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment that an event led to."""

    id: UUID
    slug: str
    title: str
    status: CommitmentStatus


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that an event led to."""

    id: UUID
    slug: str
    question: str
    choice: str


class OfficeSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A time to talk to somebody."""

    id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    with_whom: str
    free: bool


class BookedSlot(OfficeSlot, frozen=True, kw_only=True):
    """A slot with who comes."""

    attendance_id: UUID | None
    name: str | None
    cancelled_at: dt.datetime | None


class SlotsCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Slots one after the other with somebody; what is there already is not made twice."""

    minutes: Annotated[int, Meta(ge=5, le=240, examples=[20])]
    with_whom: Annotated[Name, Meta(description="Shown to everybody.")]
    starts_at: Annotated[Instant | None, Meta(description="Null: with the event.")] = None
    ends_at: Annotated[
        Instant | None, Meta(description="When the last one has ended; null: with the event.")
    ] = None


class PublicListed(msgspec.Struct, frozen=True, kw_only=True):
    """A public event as everybody may read it."""

    slug: str
    url: str
    kind: EventKind
    title: str
    summary: str
    topic: str
    status: EventStatus
    cancelled_reason: str | None
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    time_zone: str
    place_name: str
    address: str
    lon: float
    lat: float
    briefing_url: str | None
    rsvp: Annotated[bool, Meta(description="One says beforehand that one comes.")]
    places_left: Annotated[int | None, Meta(description="Null: there is room for all.")]
    agenda: str
    outcome: str
    updated_at: dt.datetime | None


class PublicEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Every public event of an organization: those to come, then those of the last months."""

    organization: str
    events: list[PublicListed]


class Rsvp(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote into the form."""

    name: str
    email: str
    seats: int = 1
    via: str | None = None
    wants_news: bool = False


class AttendanceCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to put on the list, or to ask: a person of the lists, or a name with an address."""

    person_id: UUID | None = None
    name: Name | None = None
    email: Email | None = None
    seats: Seats = 1
    invite: Annotated[
        bool, Meta(description="Ask them instead, by letter; they take no place yet.")
    ] = False


class Attendance(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody from outside who comes, waits for a place, or came."""

    id: UUID
    event_id: UUID
    slot_id: UUID | None
    person_id: UUID | None
    guest_id: UUID | None
    name: Annotated[str, Meta(description="Empty of who was erased, or gave none.")]
    state: State
    seats: int
    source: Source
    position: Annotated[int, Meta(description="In the order in which people asked.")]
    asked_at: dt.datetime
    held_until: dt.datetime | None
    confirmed_at: dt.datetime | None
    cancelled_at: dt.datetime | None
    checked_in_at: dt.datetime | None
    check_in_how: CheckInHow | None


class TicketScan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the QR code of a ticket says, and when it was read, where that was before now."""

    token: Annotated[str, Meta(min_length=20, max_length=200)]
    occurred_at: Instant | None = None


class DeskArrival(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody of the list is here."""

    occurred_at: Instant | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who leaves name and address, and to what they agree; a letter asks whether it is them."""

    name: Name
    email: Email
    purposes: Annotated[list[Purpose], Meta(max_length=3)] = []


class PublicWalkIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who just came. Sent again with the same id, they are counted once."""

    id: Annotated[UUID, Meta(description="Made by the phone, a UUIDv7; never used twice.")]
    seats: Seats = 1
    contact: Contact | None = None
    occurred_at: Instant | None = None


class StallIssue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What they raised."""

    id: Annotated[UUID, Meta(description="Made by the phone, a UUIDv7; never used twice.")]
    text: Annotated[str, Meta(max_length=4000, pattern=_CLEAN)] = ""


class StallContactCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conversation without a door. Sent again with the same id, it is taken once."""

    id: Annotated[UUID, Meta(description="Made by the phone, a UUIDv7; never used twice.")]
    result: StallResult
    occurred_at: Instant
    topic_id: UUID | None = None
    minutes: Annotated[int, Meta(ge=0, le=240)] = 0
    issue: Annotated[StallIssue | None, Meta(description="With a topic only.")] = None
    contact: Annotated[
        Contact | None, Meta(description="Only of who wants to be written to: say for what.")
    ] = None


class StallContact(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation at a stall."""

    id: UUID
    event_id: UUID
    result: StallResult
    topic_id: UUID | None
    minutes: int
    issue_id: UUID | None
    guest_id: UUID | None
    recorded_by: UUID
    occurred_at: dt.datetime
    received_at: dt.datetime


class EventFollowUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came of an event, for everybody to read; again: what is to be read from now on."""

    summary: Annotated[str, Meta(min_length=1, max_length=5000, pattern=_WRITTEN)]
    notes: LongText = ""
    spoke: Annotated[
        list[Speaker], Meta(max_length=100, description="Groups and offices, not people.")
    ] = []
    commitment_ids: Annotated[list[UUID], Meta(max_length=50)] = []
    decision_ids: Annotated[list[UUID], Meta(max_length=50)] = []
    named_in_public: Annotated[
        bool,
        Meta(
            description="Whoever is named holds a public office or agreed. Without it, words that "
            "name somebody on your lists are refused."
        ),
    ] = False


class StateCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many are in a state."""

    state: State
    parties_count: int
    seats_count: int


class StallCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many conversations ended so."""

    result: StallResult
    contacts_count: int
    minutes: int


class TopicCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many issues of a topic were raised at an event."""

    topic: str
    issues_count: int
    open_count: Annotated[int, Meta(description="Of those, whose case has not ended.")]


class FeedbackFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How it was."""

    count: int
    mean: float | None
    ratings: Annotated[list[int], Meta(description="How many gave 1, 2, 3, 4 and 5.")]


class EventOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an event, in figures and words."""

    event_id: UUID
    status: EventStatus
    summary: str
    notes: str
    spoke: list[Speaker]
    attendances: list[StateCount]
    contacts: list[StallCount]
    issues: list[TopicCount]
    commitments: list[Promise]
    decisions: list[Decided]
    feedback: FeedbackFigures


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """What one who came said of it, without a name."""

    rating: Rating
    good: str
    change: str
    given_at: dt.datetime


class EventBriefing(msgspec.Struct, frozen=True, kw_only=True):
    """What volunteers at an event should know before it begins."""

    event_id: UUID
    title: str
    topic: str
    summary: str
    agenda: str
    briefing_url: str | None
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    time_zone: str
    place_name: str
    address: str
    capacity: int | None
    attendances: list[StateCount]
    slots_count: int
    booked_slots_count: int
    issues: Annotated[
        list[TopicCount], Meta(description="What was raised at events about the same topic.")
    ]
