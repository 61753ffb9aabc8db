"""What a phone holds, and how it is told what changed."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.kit.geometry import Area
from doorstep.people.model import WalkPerson
from doorstep.surveys.model import Question, Translations
from doorstep.walk.model import BundleDoor

Cursor = Annotated[int, Meta(description="Opaque; give it back unchanged")]


class SyncTurf(msgspec.Struct, frozen=True, kw_only=True):
    """A turf that the member holds now."""

    id: UUID
    pass_id: UUID
    campaign_id: UUID
    name: str
    walk_m: Annotated[float, Meta(description="Length of the walk from door to door, in metres")]
    polygon: Area
    script_id: UUID | None
    attribution: Annotated[str, Meta(description="To be shown wherever the map is")]
    expires_at: Annotated[dt.datetime, Meta(description="Until when it is held")]


class SyncDoor(BundleDoor, frozen=True, kw_only=True):
    """A door of a held turf, where it stands in its pass, and its place in the walk.

    A door in two held turfs is told of once, with the turf that was cut last.
    """

    turf_id: UUID
    position: Annotated[int, Meta(description="Place in walking order, from 0")]


class SyncScript(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of a script that a held turf is walked with."""

    id: UUID
    version: int
    name: str
    language: str
    introduction: str
    questions: list[Question]
    translations: Translations


class SyncEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the member told of a door which they hold, and what became of it."""

    id: UUID
    kind: str
    turf_id: UUID | None
    door_id: UUID
    person_id: UUID | None
    target_id: UUID | None
    result: str | None
    question: str | None
    text: str | None
    occurred_at: Annotated[dt.datetime, Meta(description="By the phone's own clock")]
    status: Annotated[str, Meta(description="Only `accepted` counts")]
    reason: Annotated[str | None, Meta(description="Why it waits or waited, for the volunteer")]


class SyncMember(msgspec.Struct, frozen=True, kw_only=True):
    """The member's own settings."""

    id: UUID
    name: str
    locale: str


class SyncSignup(msgspec.Struct, frozen=True, kw_only=True):
    """A shift that the member signed up for; kept for a month after its end."""

    id: Annotated[UUID, Meta(description="Of the sign-up")]
    shift_id: UUID
    role: str
    state: Annotated[str, Meta(description="`booked`, `waitlisted`, `held`, `confirmed` ...")]
    held_until: Annotated[
        dt.datetime | None, Meta(description="Until when a place that came free is kept")
    ]
    title: str
    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    time_zone: Annotated[str, Meta(description="Of the clock on the wall there")]
    shift_status: Annotated[str, Meta(description="`open`, `cancelled` or `closed`")]
    place_name: str
    address: str
    lon: Annotated[float, Meta(description="Of the staging point, where there is one")]
    lat: float
    staging_note: str


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Things as they are now; each takes the place of what the phone holds under its id."""

    turfs: list[SyncTurf] = []
    doors: list[SyncDoor] = []
    people: list[WalkPerson] = []
    scripts: list[SyncScript] = []
    events: list[SyncEvent] = []
    members: list[SyncMember] = []
    signups: list[SyncSignup] = []


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of what the phone must drop; it may not have all of them."""

    turfs: list[UUID] = []
    doors: list[UUID] = []
    people: list[UUID] = []
    scripts: list[UUID] = []
    events: list[UUID] = []
    members: list[UUID] = []
    signups: list[UUID] = []


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone does not know yet."""

    next: Annotated[Cursor, Meta(description="The cursor to ask with next time")]
    has_more: Annotated[bool, Meta(description="Ask again at once, with `next`")]
    replacement: Annotated[
        bool,
        Meta(
            description="The cursor meant nothing here: drop everything held, except what was not "
            "sent yet, and begin with these rows"
        ),
    ]
    upload_until: Annotated[
        dt.datetime | None,
        Meta(
            description="Only if the device is signed out: until then it may send events, with the "
            "access token that it has"
        ),
    ]
    changed: Rows
    removed: Removed


COLLECTIONS = ("turfs", "doors", "people", "scripts", "events", "members", "signups")
