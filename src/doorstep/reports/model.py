"""What reports say."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.algorithms.projecting import Result
from doorstep.turf.model import TurfStatus

Share = float | None


class Tally(msgspec.Struct, frozen=True):
    """How far the work has come; attempts taken back do not count, corrected ones as corrected."""

    doors_count: int
    attempted_count: Annotated[int, Meta(description="Doors tried at least once.")]
    contacted_count: Annotated[int, Meta(description="Doors where somebody was spoken to.")]
    done_count: Annotated[int, Meta(description="Doors not to be knocked again in this pass.")]
    attempts_count: int
    contacts_count: Annotated[int, Meta(description="Attempts at which somebody was spoken to.")]
    contact_rate: Annotated[
        Share, Meta(description="Contacted per attempted door, 0 to 1; null before any.")
    ]
    doors_per_hour: Annotated[
        float | None,
        Meta(
            description="Doors tried per hour between a volunteer's first and last attempt of a "
            "day, which counts as ten minutes at least; null before any."
        ),
    ]
    doors_reached: Annotated[
        Share, Meta(description="Contacted per door, 0 to 1; null without doors.")
    ]
    people_count: Annotated[int, Meta(description="People who live behind the doors.")]
    people_reached_count: Annotated[
        int, Meta(description="People who live behind doors where somebody was spoken to.")
    ]
    people_reached: Annotated[
        Share, Meta(description="People reached per person, 0 to 1; null without people.")
    ]
    second_tries_count: Annotated[
        int,
        Meta(
            description="Attempts at doors that had been tried before, in this or another pass of "
            "the campaign, and where nobody was home each time."
        ),
    ]
    second_contacts_count: Annotated[
        int, Meta(description="Second tries at which somebody was spoken to.")
    ]
    second_yield: Annotated[
        Share, Meta(description="Contacts per second try, 0 to 1; null before any.")
    ]


class TurfTally(Tally, frozen=True):
    """A turf's doors; a door that was cut anew counts for the turf that has it now.

    Doors that were tried and then taken out of every turf stand in a row without turf.
    """

    turf_id: UUID | None
    name: str | None
    status: TurfStatus | None


class PrecinctTally(Tally, frozen=True):
    """The doors of a precinct; of none, where an address has none."""

    precinct: str


class VolunteerTally(Tally, frozen=True):
    """A member's own attempts; their doors are those they hold now or tried."""

    member_id: UUID
    name: str


class DayTally(Tally, frozen=True):
    """The attempts of a day in the organization's time zone; its doors are those tried."""

    attempted_on: dt.date


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a pass has come: turfs and precincts add up to the total, except rates."""

    pass_id: UUID
    universe_id: Annotated[UUID | None, Meta(description="If only its doors were counted.")]
    time_zone: str
    total: Tally
    by_turf: list[TurfTally]
    by_precinct: list[PrecinctTally]
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


class Of(StrEnum):
    """What figures are told of."""

    PASS = "pass"  # noqa: S105 - no password
    TURF = "turf"
    PRECINCT = "precinct"
    VOLUNTEER = "volunteer"
    DAY = "day"
    QUESTION = "question"
    QUALITY = "quality"


class Figure(StrEnum):
    """A figure that opens the rows behind it; named as in the report, without ``_count``."""

    DOORS = "doors"
    ATTEMPTED = "attempted"
    CONTACTED = "contacted"
    DONE = "done"
    PEOPLE = "people"
    PEOPLE_REACHED = "people_reached"
    ATTEMPTS = "attempts"
    CONTACTS = "contacts"
    SECOND_TRIES = "second_tries"
    SECOND_CONTACTS = "second_contacts"
    ANSWERS = "answers"
    DOORS_WITHOUT_PEOPLE = "doors_without_people"
    DOORS_WITHOUT_PLACE = "doors_without_place"
    DOORS_WITHOUT_PRECINCT = "doors_without_precinct"
    DOORS_LOOKING_ALIKE = "doors_looking_alike"
    PEOPLE_WITHOUT_BIRTH_YEAR = "people_without_birth_year"
    PEOPLE_OUT_OF_DATE = "people_out_of_date"
    HASTY_ATTEMPTS = "hasty_attempts"


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """A door, person, attempt or answer that a figure counts; nobody is named who lives there."""

    door_id: UUID
    event_id: UUID | None
    person_id: UUID | None
    turf: str | None
    street: str
    house_number: str
    unit: str
    precinct: str
    result: Annotated[
        str | None, Meta(description="Of the attempt, or the door's last; of an answer, its value.")
    ]
    at: dt.datetime | None
    member: Annotated[str | None, Meta(description="Who knocked or asked.")]


class QualityFigure(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look into, and where its rows are."""

    figure: Figure
    count: int
    rows: Annotated[str, Meta(description="The path that gives exactly these rows.")]


class ImportQuality(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a file was left out."""

    id: UUID
    file_name: str
    created_at: dt.datetime
    row_count: int
    rejected_count: int
    reject_rate: Annotated[Share, Meta(description="Rejected per row, 0 to 1; null of no rows.")]


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What may be wrong with the data of a pass, and with the files it came from."""

    pass_id: UUID
    figures: list[QualityFigure]
    imports: list[ImportQuality]


Dimension = Annotated[
    str,
    Meta(
        pattern=r"^(question:[a-z][a-z0-9_]{0,39}|attribute:[a-z][a-z0-9_]{0,39}|precinct|turf|age)$",
        description="`question:KEY`, `attribute:KEY` (of the person), `precinct`, `turf` or `age`.",
        examples=["question:support", "age"],
    ),
]
Category = Annotated[str, Meta(min_length=1, max_length=200)]


class Margin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How everybody divides up, such as by age in the census."""

    of: Dimension
    shares: Annotated[
        dict[Category, Annotated[float, Meta(ge=0, le=1e12)]],
        Meta(min_length=1, max_length=200, description="Share, per cent or count per category."),
    ]


class CrosstabWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which answers to compare by what."""

    pass_id: UUID
    rows: Annotated[Dimension, Meta(description="A question.")]
    columns: Dimension
    margins: Annotated[
        list[Margin], Meta(max_length=5, description="Weight the answers to have these shares.")
    ] = []


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A row or column."""

    key: str
    text: str


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a row are of a column."""

    count: Annotated[int | None, Meta(description="Null if suppressed.")]
    shown: Annotated[str, Meta(description="The count in words: `12`, `<5` or `hidden`.")]
    weighted: Annotated[float | None, Meta(description="The count after weighting.")]
    share: Annotated[
        Share, Meta(description="Of the column, weighted if weights were asked for, 0 to 1.")
    ]


class Weighting(msgspec.Struct, frozen=True, kw_only=True):
    """What weighting did."""

    rounds_count: int
    effective_size: Annotated[
        float, Meta(description="So many answers drawn at random would be as precise (Kish).")
    ]
    design_effect: float
    least: float
    greatest: float


class Crosstab(msgspec.Struct, frozen=True, kw_only=True):
    """Answers to a question, by another question or by who answered."""

    pass_id: UUID
    rows: list[Label]
    columns: list[Label]
    cells: Annotated[list[list[Cell]], Meta(description="Row by row.")]
    respondents_count: Annotated[
        int | None, Meta(description="Who is in the table; null if anything is suppressed.")
    ]
    suppressed: bool
    weighting: Weighting | None


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
