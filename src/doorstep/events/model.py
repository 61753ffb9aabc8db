"""Events, places, shifts and who comes to them."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doorstep.accounts.model import Name, Phone
from doorstep.events.states import State

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", examples=["Canvass"])]
Summary = Annotated[str, Meta(max_length=5000)]
Topic = Annotated[str, Meta(max_length=200)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
Zone = Annotated[str, Meta(min_length=1, max_length=64, examples=["Europe/Helsinki"])]
Web = Annotated[str, Meta(max_length=2000, pattern=r"^https?://[^\s]+$")]
Instant = Annotated[dt.datetime, Meta(tz=True, examples=["2027-03-27T10:00:00Z"])]
LocalTime = Annotated[
    dt.datetime,
    Meta(tz=False, description="On the event's clock, without an offset; of a time that the clock "
         "skips, an hour later is meant, and of one that it shows twice, the first.",
         examples=["2027-03-27T10:00:00"]),
]  # fmt: skip
Slug = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$", description="Its address; else of the title."),
]
RoleName = Annotated[
    str, Meta(min_length=1, max_length=40, pattern=r"\S", examples=["knocker", "driver"])
]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Lat = Annotated[float, Meta(ge=-90, le=90)]


class EventKind(StrEnum):
    """What kind of event it is."""

    CANVASS = "canvass"
    PHONE_BANK = "phone_bank"
    TRAINING = "training"
    TOWN_HALL = "town_hall"
    OFFICE_HOURS = "office_hours"
    ROUNDTABLE = "roundtable"
    OUTREACH = "outreach"


class EventStatus(StrEnum):
    """Where an event stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    HELD = "held"
    FOLLOWED_UP = "followed_up"


class ShiftStatus(StrEnum):
    """Where a shift stands."""

    OPEN = "open"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class CheckInHow(StrEnum):
    """How somebody was checked in."""

    QR = "qr"
    DESK = "desk"
    WALK_IN = "walk_in"
    PHONE = "phone"


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point on the ground."""

    lon: Lon
    lat: Lat


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where people meet."""

    id: UUID
    name: str
    address: str
    point: Point
    staging_point: Annotated[
        Point | None, Meta(description="Where turfs are handed out and walks begin.")
    ]
    staging_note: str
    archived_at: dt.datetime | None


class PlacePut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place to be, or what it shall be from now on."""

    name: Name
    address: Annotated[str, Meta(max_length=500)] = ""
    point: Point
    staging_point: Point | None = None
    staging_note: Annotated[str, Meta(max_length=1000)] = ""


class RoleCapacity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many of a role a shift has places for."""

    role: RoleName
    capacity: Annotated[int, Meta(ge=0, le=10_000)]


class RoleCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many places a role of a shift has, and how many are taken."""

    role: str
    capacity: int
    taken_count: Annotated[int, Meta(description="Booked, held, confirmed or attended.")]
    waitlisted_count: int
    attended_count: int


RoleCapacities = Annotated[list[RoleCapacity], Meta(min_length=1, max_length=20)]


class ShiftCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shift to be."""

    starts_at: Instant
    ends_at: Instant
    place_id: Annotated[UUID | None, Meta(description="Where it is not the event's place.")] = None
    roles: RoleCapacities


class ShiftsCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shifts to be: all of them, or none."""

    shifts: Annotated[list[ShiftCreate], Meta(min_length=1, max_length=400)]


class ShiftPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about a shift; a new time or place moves it, and everybody is told."""

    starts_at: Instant | UnsetType = UNSET
    ends_at: Instant | UnsetType = UNSET
    place_id: UUID | UnsetType = UNSET
    roles: RoleCapacities | UnsetType = UNSET


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A shift as it is shown: when, where, and how full."""

    id: UUID
    event_id: UUID
    title: str
    kind: EventKind
    event_status: EventStatus
    time_zone: str
    series_id: UUID | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    place_id: UUID
    place_name: str
    status: ShiftStatus
    cancelled_reason: str | None
    sequence: Annotated[int, Meta(description="Raised with every move; of its calendar entry.")]
    updated_at: dt.datetime
    roles: list[RoleCount]


class SeriesCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shifts that come again."""

    starts_local: LocalTime
    duration_min: Annotated[int, Meta(ge=5, le=1440)]
    rule: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=500,
            description="As RFC 5545 has it, with COUNT or UNTIL; at most 400 shifts.",
            examples=["FREQ=WEEKLY;BYDAY=SA,SU;COUNT=8"],
        ),
    ]
    except_on: Annotated[list[dt.date], Meta(max_length=400)] = []
    place_id: UUID | None = None
    roles: RoleCapacities


class ShiftCopies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an event's shifts shall be again: each of them, that many days later, at each place.

    With `days_later` 0, 7, 14, 21 and three places, two shifts become 24. What is there already
    is not made twice.
    """

    shift_ids: Annotated[list[UUID], Meta(min_length=1, max_length=100)]
    days_later: Annotated[
        list[Annotated[int, Meta(ge=-366, le=366)]], Meta(min_length=1, max_length=60)
    ]
    place_ids: Annotated[
        list[UUID], Meta(max_length=50, description="Of none: each shift stays where it is.")
    ] = []


class EventCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event to be: a draft, which volunteers see once it is published."""

    kind: EventKind
    title: Title
    place_id: UUID
    campaign_id: UUID | None = None
    summary: Summary = ""
    topic: Topic = ""
    briefing_url: Web | None = None
    time_zone: Annotated[
        Zone | None, Meta(description="Of the clock there; else the organization's.")
    ] = None
    public: Annotated[bool, Meta(description="Whether people outside may see it.")] = False
    slug: Slug | None = None
    shifts: Annotated[list[ShiftCreate], Meta(max_length=100)] = []


class EventPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about an event; another place moves the shifts that are there."""

    kind: EventKind | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    place_id: UUID | UnsetType = UNSET
    summary: Summary | UnsetType = UNSET
    topic: Topic | UnsetType = UNSET
    briefing_url: Web | UnsetType | None = UNSET
    public: bool | UnsetType = UNSET


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something people come together for."""

    id: UUID
    campaign_id: UUID | None
    kind: EventKind
    title: str
    summary: str
    topic: str
    briefing_url: str | None
    place_id: UUID
    time_zone: str
    public: bool
    slug: str
    status: EventStatus
    cancelled_reason: str | None
    created_by: UUID
    created_at: dt.datetime
    published_at: dt.datetime | None


class EventWithShifts(msgspec.Struct, frozen=True, kw_only=True):
    """An event with all its shifts."""

    event: Event
    place: Place
    shifts: list[Shift]


class Cancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it does not take place; everybody who would come reads it."""

    reason: Reason


class SignupCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who comes as what; coordinators sign up others, or invite them."""

    role: Annotated[
        RoleName | None, Meta(description="May be left out where there is only one.")
    ] = None
    member_id: Annotated[UUID | None, Meta(description="Of none: the caller.")] = None
    invite: Annotated[bool, Meta(description="Ask them instead; they take no place yet.")] = False
    override_reason: Annotated[
        Reason | None,
        Meta(description="Why it may clash with another; coordinators only, and it is kept."),
    ] = None


class Signup(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who comes to a shift, waits for a place, or came."""

    id: UUID
    shift_id: UUID
    role: str
    member_id: UUID
    member_name: str
    state: State
    position: Annotated[int, Meta(description="In the order in which people asked.")]
    signed_up_at: dt.datetime
    held_until: dt.datetime | None
    confirmed_at: dt.datetime | None
    checked_in_at: dt.datetime | None
    check_in_how: CheckInHow | None
    left_at: Annotated[
        dt.datetime | None, Meta(description="When they went; hours count until then.")
    ]
    cancelled_at: dt.datetime | None
    override_reason: str | None
    rating: int | None
    remark: str | None


class MySignup(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's sign-up with its shift."""

    signup: Signup
    shift: Shift


class SignupChange(msgspec.Struct, frozen=True, kw_only=True):
    """A move of a sign-up."""

    state_before: State | None
    state_after: State
    changed_by: Annotated[UUID | None, Meta(description="Null: the program itself.")]
    changed_at: dt.datetime


class CheckIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a QR code says, and when it was read, where that was before now."""

    token: Annotated[str, Meta(min_length=20, max_length=200)]
    occurred_at: Instant | None = None


class DeskCheckIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody is here, as a coordinator sees or hears."""

    how: Annotated[CheckInHow, Meta(description="`desk` or `phone`")] = CheckInHow.DESK
    occurred_at: Instant | None = None


class CheckOut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody goes, or went."""

    occurred_at: Annotated[
        Instant | None, Meta(description="Of none: now, unless it was said before.")
    ] = None


class WalkIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who came without a sign-up: a member, or a new one by name (and phone)."""

    member_id: UUID | None = None
    name: Name | None = None
    phone: Phone | None = None
    role: RoleName | None = None


class Rating(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it was."""

    rating: Annotated[int, Meta(ge=1, le=5)]
    remark: Annotated[str, Meta(max_length=2000)] | None = None


class QrCode(msgspec.Struct, frozen=True, kw_only=True):
    """What to show at the table, or on a volunteer's phone."""

    token: str
    qr_svg: Annotated[str, Meta(description="The token as a QR code, an SVG picture.")]
    expires_at: dt.datetime


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """A closed shift: who was there and who was not."""

    shift: Shift
    attended_count: int
    no_show_count: int


class CalendarFeed(msgspec.Struct, frozen=True, kw_only=True):
    """The secret address of a calendar; it cannot be shown again."""

    id: UUID
    url: Annotated[str, Meta(description="For a calendar app; whoever has it sees the shifts.")]
    created_at: dt.datetime
