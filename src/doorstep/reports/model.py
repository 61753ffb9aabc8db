"""What reports say."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.algorithms.projecting import Result
from doorstep.turf.model import TurfStatus


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How far the work has come; attempts taken back do not count, corrected ones as corrected."""

    doors_count: int
    attempted_count: Annotated[int, Meta(description="Doors tried at least once.")]
    contacted_count: Annotated[int, Meta(description="Doors where somebody was spoken to.")]
    done_count: Annotated[int, Meta(description="Doors not to be knocked again in this pass.")]
    attempts_count: int
    contact_rate: Annotated[
        float | None, Meta(description="Contacted per attempted door, 0 to 1; null before any.")
    ]
    doors_per_hour: Annotated[
        float | None,
        Meta(
            description="Doors tried per hour between a volunteer's first and last attempt of a "
            "day, which counts as ten minutes at least; null before any."
        ),
    ]


class TurfTally(Tally, frozen=True, kw_only=True):
    """A turf's doors; a door that was cut anew counts for the turf that has it now.

    Doors that were tried and then taken out of every turf stand in a row without turf.
    """

    turf_id: UUID | None
    name: str | None
    status: TurfStatus | None


class VolunteerTally(Tally, frozen=True, kw_only=True):
    """A member's own attempts; their doors are those they hold now or tried."""

    member_id: UUID
    name: str


class DayTally(Tally, frozen=True, kw_only=True):
    """The attempts of a day in the organization's time zone; its doors are those tried."""

    attempted_on: dt.date


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a pass has come: the turfs add up to the total, except rates."""

    pass_id: UUID
    time_zone: str
    total: Tally
    by_turf: list[TurfTally]
    by_volunteer: list[VolunteerTally]
    by_day: list[DayTally]


class OptionCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many chose an option, a step or yes or no."""

    key: str
    text: str
    count: Annotated[int | None, Meta(description="Null if suppressed.")]


class QuestionResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to a question, over all versions of its script."""

    script_id: UUID
    key: str
    type: str
    text: Annotated[str, Meta(description="As the newest version asks it.")]
    sensitive: bool
    answers_count: Annotated[
        int | None,
        Meta(description="Null if anything is suppressed, which could be told from it."),
    ]
    options: Annotated[list[OptionCount], Meta(description="Empty for texts and numbers.")]
    mean: Annotated[float | None, Meta(description="Of scales and numbers.")]
    suppressed: Annotated[
        bool, Meta(description="Whether counts under 5 of a sensitive question were left out.")
    ]


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What people said in a pass; per person the last answer to a question counts."""

    pass_id: UUID
    questions: list[QuestionResult]


class DoorRow(msgspec.Struct, frozen=True, kw_only=True):
    """A door of a pass and what came of it; no word about who lives there."""

    door_id: UUID
    turf: str | None
    street: str
    house_number: str
    unit: str
    floor: str
    postcode: str
    city: str
    lon: float
    lat: float
    status: Annotated[str, Meta(description="A result, `open` (not tried) or `locked` (building).")]
    done: bool
    do_not_contact: bool
    attempts_count: int
    contacts_count: int
    last_result: Result | None
    last_attempt_at: dt.datetime | None


class DoorFeature(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """A door as GeoJSON."""

    id: UUID
    geometry: dict[str, Any]
    properties: dict[str, Any]


class DoorFeatures(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="FeatureCollection"
):
    """Doors as GeoJSON (RFC 7946); show the attribution with them."""

    attribution: str
    features: list[DoorFeature]
