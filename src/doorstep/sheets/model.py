"""Walk sheets on paper: what is asked for, what is printed, and what is typed back."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.algorithms.projecting import Result
from doorstep.canvass.model import Consent
from doorstep.surveys.model import Key

MAX_SHEETS = 50
MAX_RESULTS = 3000


class Paper(StrEnum):
    """What it is printed on."""

    A4 = "a4"
    LETTER = "letter"


class WalkSheetsCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which turfs to print, in this order, in one file."""

    turf_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MAX_SHEETS)]
    paper: Paper = Paper.A4


class SheetPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody under a line of a sheet."""

    letter: Annotated[str, Meta(description="What stands before the name on paper.")]
    person_id: UUID
    name: Annotated[
        str | None, Meta(description="Null of those who may not be contacted any more.")
    ]


class SheetLine(msgspec.Struct, frozen=True, kw_only=True):
    """A numbered line of a sheet."""

    line: int
    door_id: UUID
    address: str
    people: list[SheetPerson]
    status: Annotated[str, Meta(description="Of the door in this pass, as it is now.")]


class WalkSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet as it was printed, to type results by."""

    code: str
    turf_id: UUID
    turf_name: str
    pass_id: UUID
    script_id: UUID | None
    script_version: int | None
    printed_at: dt.datetime
    lines: list[SheetLine]


class LineResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was written on one line of a sheet; answers of several people take several of these."""

    line: Annotated[int, Meta(ge=1, le=100_000)]
    result: Result | None = None
    person: Annotated[
        Annotated[str, Meta(pattern="^[a-z]{1,2}$")] | None,
        Meta(description="The letter of the one who was spoken to."),
    ] = None
    answers: Annotated[
        dict[Key, Any], Meta(max_length=100, description="Values by the key of their question.")
    ] = {}
    consent: Consent | None = None
    note: Annotated[
        Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")] | None,
        Meta(description="A remark written beside the line."),
    ] = None


class SheetResults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came back on a sheet. Typed again for the same day, it replaces what was typed."""

    sheet_code: Annotated[
        str, Meta(max_length=20, description="As it is printed.", examples=["K7MP-X3QR"])
    ]
    walked_at: Annotated[
        dt.datetime,
        Meta(tz=True, description="When it was walked", examples=["2026-11-22T15:00:00Z"]),
    ]
    results: Annotated[list[LineResult], Meta(min_length=1, max_length=MAX_RESULTS)]


class Keyed(StrEnum):
    """What became of what was typed for a line."""

    STORED = "stored"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NEEDS_REVIEW = "needs_review"


class KeyedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a line."""

    line: int
    outcome: Keyed
    reason: Annotated[str | None, Meta(description="Why it waits for an organizer.")]


class ResultsKeyed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of everything typed, in the same order."""

    lines: list[KeyedLine]
