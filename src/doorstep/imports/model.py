"""Imports: how a file's columns are read, what a run found or did, and what it left out."""

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

Progress = Callable[[int, int], None]
"""Called with how much is done and of how much; the latter is 0 while nobody knows."""

Key = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}$",
        description="Names a kept column in filters and exports.",
        examples=["party"],
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class Field(StrEnum):
    """What a column can fill."""

    EXTERNAL_ID = "external_id"
    ADDRESS_EXTERNAL_ID = "address_external_id"
    DOOR_EXTERNAL_ID = "door_external_id"
    ADDRESS = "address"
    STREET = "street"
    HOUSE_NUMBER = "house_number"
    UNIT = "unit"
    FLOOR = "floor"
    POSTCODE = "postcode"
    CITY = "city"
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    BIRTH_YEAR = "birth_year"
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    EMAIL = "email"
    LANGUAGE = "language"
    PRECINCT = "precinct"
    TAGS = "tags"
    UPDATED_AT = "updated_at"
    ATTRIBUTE = "attribute"


class Policy(StrEnum):
    """Who is right where the file and what is stored differ; an empty cell never is."""

    FILE = "file"
    OURS = "ours"
    NEWEST = "newest"


class AttributeKind(StrEnum):
    """How the cells of a kept column are read."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"


class ColumnUse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of one column of a file."""

    column: Annotated[Text, Meta(description="Its name in the file's header.")]
    field: Annotated[Field | None, Meta(description="What it fills; null leaves it out.")]
    key: Annotated[Key | None, Meta(description="Of an `attribute`: its name with us.")] = None
    kind: Annotated[AttributeKind, Meta(description="Of an `attribute`.")] = AttributeKind.TEXT
    sensitive: Annotated[
        bool,
        Meta(description="Of an `attribute`: a political opinion, such as party or support."),
    ] = False
    policy: Policy = Policy.FILE


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a file is read; saved under a name, it serves the next file of that kind."""

    columns: Annotated[list[ColumnUse], Meta(min_length=1, max_length=2000)]
    country: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")] | None,
        Meta(description="ISO 3166 code: how address lines and phone numbers are written."),
    ] = None
    day_first: Annotated[
        bool | None, Meta(description="Whether 3/4/2026 is in April; null if dates tell.")
    ] = None
    basis: Annotated[
        str,
        Meta(
            max_length=500,
            pattern=r"^[^\x00]*$",
            description="On what legal ground sensitive columns are kept; they need one.",
        ),
    ] = ""


class ImportReject(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was left out, why, and how to mend it."""

    row_number: Annotated[int, Meta(description="As a spreadsheet counts: the header is row 1.")]
    field: str
    reason: str
    remedy: str


class GuessedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a file, what it seems to hold, and why we think so."""

    use: ColumnUse
    why: str
    samples: Annotated[list[str], Meta(description="Its first different values.")]


RunState = Literal["running", "done", "failed", "cancelled", "undone"]


ChangedKind = Literal["address", "door", "person"]


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field that an import changes."""

    field: str
    before: Any
    after: Any


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An address, door or person that an import changes, and by which row."""

    kind: ChangedKind
    thing_id: UUID
    row_number: int
    fields: list[FieldChange]


class ImportRun(msgspec.Struct, frozen=True, kw_only=True):
    """What an import does or did: the four counts of rows add up to `row_count`."""

    id: UUID
    kind: Annotated[str, Meta(description="`table` or `osm`")]
    file_name: str
    created_by: UUID | None
    created_at: dt.datetime
    state: RunState
    dry_run: Annotated[bool, Meta(description="It was only tried: nothing of it is stored.")]
    row_count: int
    added_count: int
    changed_count: int
    unchanged_count: int
    rejected_count: int
    done_units: Annotated[int, Meta(description="How far it is, of `total_units`.")]
    total_units: Annotated[int, Meta(description="0 while nobody knows.")]
    failure: Annotated[str | None, Meta(description="Why it failed, and what to do.")]
    ended_at: dt.datetime | None
    undone_at: dt.datetime | None


class ImportFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way in; it is kept for a day."""

    id: UUID
    file_name: str
    created_at: dt.datetime
    parts_count: int
    byte_count: int


class ImportFileCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file to be sent in parts."""

    file_name: Text


class FileReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a file to look at."""

    layer: Annotated[
        Text | None, Meta(description="Sheet of a workbook or layer of a map file.")
    ] = None


class FileLook(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is understood: check it, change it, and start the import with it."""

    format: str
    details: Annotated[dict[str, str], Meta(description="Encoding, separator, sheet, and so on.")]
    row_count_estimate: int
    columns: list[GuessedColumn]
    mapping: Mapping
    mapping_name: Annotated[
        str | None, Meta(description="The saved mapping that fits; null if it was guessed.")
    ]
    sample: Annotated[
        list[dict[str, str | None]], Meta(description="The first rows by column name.")
    ]


class SavedMapping(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping kept for the next file of its kind."""

    id: UUID
    name: str
    mapping: Mapping
    columns: list[str]
    created_at: dt.datetime


class ImportStart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An import to be: a file that was sent, and how to read it."""

    file_id: UUID
    layer: Text | None = None
    mapping: Annotated[
        Mapping | None, Meta(description="Without one: a saved one that fits, or a guess.")
    ] = None
    save_as: Annotated[Text | None, Meta(description="Keep the mapping under this name.")] = None
    as_of: Annotated[
        Annotated[dt.datetime, Meta(tz=True)] | None,
        Meta(description="When the list was made, for `newest`; now, if not given."),
    ] = None
    dry_run: Annotated[bool, Meta(description="Only tell what would happen.")] = False
