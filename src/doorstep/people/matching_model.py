"""Who may be one person, what was decided of it, and people added at the door."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.algorithms.likeness import Reason

_TOLD = r"^[^\x00-\x1f\x7f]*\Z"
Name = Annotated[str, Meta(max_length=200, pattern=_TOLD)]
Contact = Annotated[str, Meta(min_length=1, max_length=200, pattern=_TOLD)]


class MatchKind(StrEnum):
    """Where a question comes from."""

    DUPLICATE = "duplicate"
    ADDED_AT_DOOR = "added_at_door"


class MatchStatus(StrEnum):
    """What was decided; `unmerged` is a merge that was taken back."""

    OPEN = "open"
    MERGED = "merged"
    APART = "apart"
    UNMERGED = "unmerged"


class MatchPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person as one compares them with another."""

    id: UUID
    door_id: UUID
    street: str
    house_number: str
    unit: str
    city: str
    external_id: str | None
    given_name: str
    family_name: str
    birth_year: int | None
    phone: str | None
    email: str | None
    added_at_door: bool


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Two people who may be one; or somebody added at the door, who may be somebody known."""

    id: UUID
    kind: MatchKind
    status: MatchStatus
    person: MatchPerson
    other_person: Annotated[
        MatchPerson | None, Meta(description="Null while it is open who was added at the door.")
    ]
    score: Annotated[float, Meta(description="From 0 to 1; what speaks for and against added up.")]
    reasons: list[Reason]
    kept_id: Annotated[UUID | None, Meta(description="Of a merge: the person who was kept.")]
    found_at: dt.datetime
    decided_at: dt.datetime | None
    decided_by: UUID | None


REASON_TEXTS = {
    Reason.SAME_EXTERNAL_ID: "one id on another list",
    Reason.SAME_EMAIL: "same e-mail address",
    Reason.SAME_PHONE: "same phone number",
    Reason.SAME_DOOR: "same door",
    Reason.SAME_GIVEN_NAME: "same given name",
    Reason.SHORT_GIVEN_NAME: "forms of one given name, as Jack and John are",
    Reason.GIVEN_NAMES_ALIKE: "given names look alike",
    Reason.SAME_INITIAL: "only the initial of one is known, and it fits",
    Reason.OTHER_GIVEN_NAME: "different given names",
    Reason.SAME_FAMILY_NAME: "same family name",
    Reason.PART_OF_FAMILY_NAME: "a part of the family name in common",
    Reason.FAMILY_NAMES_ALIKE: "family names look alike",
    Reason.OTHER_FAMILY_NAME: "different family names",
    Reason.SAME_BIRTH_YEAR: "same year of birth",
    Reason.BIRTH_YEAR_NEAR: "years of birth one apart",
    Reason.OTHER_BIRTH_YEAR: "different years of birth",
    Reason.OTHER_MIDDLE_INITIAL: "different middle initials",
    Reason.OTHER_SUFFIX: "junior and senior",
    Reason.COMMON_NAME: "several people have this name",
}


class MatchReason(msgspec.Struct, frozen=True, kw_only=True):
    """Something that speaks for or against two people being one."""

    reason: Reason
    text: Annotated[str, Meta(examples=["same phone"])]
    weight: Annotated[float, Meta(description="What it adds to the score, or takes from it.")]


class MatchCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the person of a match may be."""

    person: MatchPerson
    score: float
    reasons: list[MatchReason]


class MatchDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A match with everyone whom the person may be, the likeliest first."""

    match: Match
    candidates: list[MatchCandidate]


class MatchSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What a search for duplicates found."""

    people_count: int
    compared_count: Annotated[int, Meta(description="Pairs that something brought together.")]
    found_count: Annotated[int, Meta(description="Pairs that may be one person, decided ones too.")]
    open_count: Annotated[int, Meta(description="Pairs that wait for a decision.")]


class MergeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the two people of a match are one."""

    other_person_id: Annotated[
        UUID | None,
        Meta(description="Of somebody added at the door: who they are. Of a pair: may be left out"),
    ] = None
    keep_id: Annotated[
        UUID | None,
        Meta(
            description="Whose own values win; the older one's if left out. "
            "Nothing of the other is lost."
        ),
    ] = None


class PersonCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody whom the list does not have, met at the door."""

    id: Annotated[
        UUID | None,
        Meta(description="Made by the phone (UUIDv7), so that sending again adds nobody twice."),
    ] = None
    given_name: Name = ""
    family_name: Name = ""
    birth_year: Annotated[int, Meta(ge=1850, le=2200)] | None = None
    phone: Contact | None = None
    email: Contact | None = None
    language: (
        Annotated[str, Meta(min_length=2, max_length=35, pattern=r"^[A-Za-z0-9-]+\Z")] | None
    ) = None
