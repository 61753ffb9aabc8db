"""Volunteers as they describe themselves, and as coordinators know them."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doorstep.accounts.model import Name, Phone

Language = Annotated[
    str, Meta(pattern="^[a-z]{2,3}(-[A-Z]{2})?$", description="BCP 47", examples=["fi", "pt-BR"])
]
Training = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S", examples=["Safety"])]


class Skill(StrEnum):
    """What a volunteer can do."""

    CAPTAIN = "captain"
    DRIVER = "driver"
    KNOCKER = "knocker"
    TRAINER = "trainer"
    DATA = "data"


class Transport(StrEnum):
    """How a volunteer gets about."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    TRANSIT = "transit"
    CAR = "car"


class TieKind(StrEnum):
    """How two volunteers stand to each other."""

    ASKED = "asked"
    """One asked for the other, who has not asked back."""
    BUDDY = "buddy"
    APART = "apart"


class Home(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """About where somebody lives: the server keeps two decimals of a degree, a kilometre or so."""

    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of every week, in the organization's time zone; 23:59 is the end of the day."""

    weekday: Annotated[int, Meta(ge=1, le=7, description="1 is Monday, 7 is Sunday.")]
    starts_at_time: Annotated[dt.time, Meta(tz=False, examples=["17:00:00"])]
    ends_at_time: Annotated[dt.time, Meta(tz=False, examples=["21:00:00"])]


class DayException(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day that differs: away, or there at these hours in place of the usual ones.

    Without hours it is for the whole day.
    """

    on_date: dt.date
    available: bool
    starts_at_time: Annotated[dt.time, Meta(tz=False)] | None = None
    ends_at_time: Annotated[dt.time, Meta(tz=False)] | None = None


class VolunteerPut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a volunteer says of themselves; what is left out is emptied."""

    languages: Annotated[list[Language], Meta(max_length=20)] = []
    skills: Annotated[list[Skill], Meta(max_length=5)] = []
    home: Home | None = None
    transport: Transport = Transport.FOOT
    seats_count: Annotated[
        int, Meta(ge=0, le=20, description="Free places in the car, for others.")
    ] = 0
    max_travel_km: Annotated[float, Meta(gt=0, le=1000)] | None = None
    max_walk_km: Annotated[float, Meta(gt=0, le=100)] | None = None
    climbs_stairs: bool = True
    availability: Annotated[list[Hours], Meta(max_length=70)] = []
    exceptions: Annotated[list[DayException], Meta(max_length=366)] = []


class Volunteer(msgspec.Struct, frozen=True, kw_only=True):
    """A volunteer; an empty description is one that nobody wrote."""

    member_id: UUID
    name: str
    languages: list[str]
    skills: list[Skill]
    home: Home | None
    transport: Transport
    seats_count: int
    max_travel_km: float | None
    max_walk_km: float | None
    climbs_stairs: bool
    availability: list[Hours]
    exceptions: list[DayException]
    trainings: Annotated[list[str], Meta(description="Trainings done.")]
    shifts_count: Annotated[int, Meta(description="Shifts attended; counted, never typed.")]
    no_shows_count: int


class EmergencyContact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to call if something happens."""

    name: Name
    phone: Phone


class Buddy(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody a volunteer likes to go with, or asked for."""

    member_id: UUID
    name: str
    kind: Annotated[TieKind, Meta(description="`buddy`, or `asked`: they have not asked back.")]


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """How two volunteers stand to each other; where both stand there, `apart` wins."""

    member_id: UUID
    other_id: UUID
    kind: TieKind


class TiePut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tie to be; to `apart` volunteers are blind."""

    kind: Annotated[TieKind, Meta(description="`buddy` or `apart`")]


class TrainingPut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A training that somebody did."""

    training: Training
    done_on: dt.date | UnsetType = UNSET
    """Today, where it is not said."""


class TrainingDone(msgspec.Struct, frozen=True, kw_only=True):
    """A training that a volunteer did."""

    training: str
    done_on: dt.date
    recorded_by: UUID
