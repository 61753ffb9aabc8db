"""What happened to a person."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.canvass.model import HistoryEntry


class PersonEventKind(StrEnum):
    """What happened; `visit` is all that phones tell: knocks, answers, notes, corrections."""

    IMPORTED = "imported"
    CHANGED_BY_IMPORT = "changed_by_import"
    ADDED_AT_DOOR = "added_at_door"
    VISIT = "visit"
    CONSENT = "consent"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    DO_NOT_CONTACT = "do_not_contact"
    DO_NOT_CONTACT_CLEARED = "do_not_contact_cleared"
    MERGED = "merged"
    UNMERGED = "unmerged"
    KEPT_APART = "kept_apart"


class PersonRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a person, apart from visits."""

    at: dt.datetime
    kind: PersonEventKind
    person_id: Annotated[
        UUID, Meta(description="The person, or one merged into them to whom it happened.")
    ]
    other_person_id: Annotated[
        UUID | None, Meta(description="With whom they were merged or kept apart.")
    ]
    member_id: UUID | None
    member_name: Annotated[
        str | None, Meta(description="Who recorded it; null where the program did.")
    ]
    import_run_id: UUID | None
    file_name: Annotated[str | None, Meta(description="Of an import: what the file was called.")]
    fields: Annotated[list[str], Meta(description="Of an import: what it changed.")]
    about: Annotated[
        str | None,
        Meta(
            description="What was allowed or taken back; whether the mark was theirs (`person`) or "
            "their door's (`door`)."
        ),
    ]


class PersonHistoryEntry(PersonRecord, frozen=True, kw_only=True):
    """Something that happened to a person; of a visit, with what was told."""

    visit: HistoryEntry | None
