"""Universes: saved filters over people and doors, as typed expressions."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doorstep.algorithms.projecting import Result
from doorstep.imports.model import Key
from doorstep.kit.geometry import Area

MAX_VALUES = 500

Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
        examples=["Young and not met"],
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Number = Annotated[float, Meta(ge=-1e15, le=1e15)]
Value = Annotated[
    bool | Number | Text,
    Meta(description="A text, a number, true or false; a day is written 2026-10-01."),
]
Limit = Annotated[
    Number | Text, Meta(description="A number, or a day written 2026-10-01; itself included.")
]


class _Test(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op"
): ...


class Is(_Test, frozen=True, kw_only=True, tag="is"):
    """Just this; upper and lower case do not matter."""

    value: Value


class IsNot(_Test, frozen=True, kw_only=True, tag="is_not"):
    """Anything else, or not known."""

    value: Value


class OneOf(_Test, frozen=True, kw_only=True, tag="one_of"):
    """Any of these."""

    values: Annotated[list[Value], Meta(min_length=1, max_length=MAX_VALUES)]


class Contains(_Test, frozen=True, kw_only=True, tag="contains"):
    """These letters anywhere."""

    value: Text


class StartsWith(_Test, frozen=True, kw_only=True, tag="starts_with"):
    """These letters first."""

    value: Text


class AtLeast(_Test, frozen=True, kw_only=True, tag="at_least"):
    """So much or more; that day or later."""

    value: Limit


class AtMost(_Test, frozen=True, kw_only=True, tag="at_most"):
    """So much or less; that day or earlier."""

    value: Limit


class Between(_Test, frozen=True, kw_only=True, tag="between"):
    """From one to the other, both included."""

    low: Limit
    high: Limit


class Known(_Test, frozen=True, kw_only=True, tag="known"):
    """Whatever it is, if it is known."""


class Unknown(_Test, frozen=True, kw_only=True, tag="unknown"):
    """Not known."""


Test = Is | IsNot | OneOf | Contains | StartsWith | AtLeast | AtMost | Between | Known | Unknown

Amount = Annotated[int, Meta(ge=0, le=1_000_000)]


class _Node(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
): ...


class AllOf(_Node, frozen=True, kw_only=True, tag="all_of"):
    """Every one of these is so."""

    all_of: "Annotated[list[Expression], Meta(max_length=200)]"


class AnyOf(_Node, frozen=True, kw_only=True, tag="any_of"):
    """At least one of these is so."""

    any_of: "Annotated[list[Expression], Meta(max_length=200)]"


class NoneOf(_Node, frozen=True, kw_only=True, tag="none_of"):
    """Not one of these is so."""

    none_of: "Annotated[list[Expression], Meta(max_length=200)]"


class Attribute(_Node, frozen=True, kw_only=True, tag="attribute"):
    """A kept column of an import; the person's own value, or else that of their door."""

    key: Key
    test: Test


class Place(_Node, frozen=True, kw_only=True, tag="place"):
    """Where the door is, by name."""

    field: Literal["precinct", "city", "postcode", "street"]
    test: Test


class Speaks(_Node, frozen=True, kw_only=True, tag="language"):
    """The person's language."""

    test: Test


class Age(_Node, frozen=True, kw_only=True, tag="age"):
    """How old the person is or becomes this year: only years of birth are stored."""

    test: Test


class Reachable(_Node, frozen=True, kw_only=True, tag="reachable"):
    """Whether a phone number or e-mail address is stored."""

    by: Literal["phone", "email"]


class HouseholdSize(_Node, frozen=True, kw_only=True, tag="household_size"):
    """How many people are known to live in the household."""

    test: Test


class Tagged(_Node, frozen=True, kw_only=True, tag="tagged"):
    """The person or their door has this tag."""

    tag: Text


class Imported(_Node, frozen=True, kw_only=True, tag="imported"):
    """The person, or the door where nobody is known, came with this import."""

    import_id: UUID


class Answered(_Node, frozen=True, kw_only=True, tag="answered"):
    """The last answer to a survey question.

    An answer given without saying by whom counts for those of the door who gave none themselves.
    """

    question: Annotated[str, Meta(min_length=1, max_length=40, examples=["top_issue"])]
    script_id: Annotated[
        UUID | None, Meta(description="In this script; in any script if left out.")
    ] = None
    test: Test


class _Scope(_Node, frozen=True, kw_only=True):
    pass_id: Annotated[UUID | None, Meta(description="In this pass only.")] = None
    campaign_id: Annotated[UUID | None, Meta(description="In this campaign only.")] = None


class LastResult(_Scope, frozen=True, kw_only=True, tag="last_result"):
    """What came of the last knock at the door."""

    results: Annotated[list[Result], Meta(min_length=1, max_length=len(Result))]


class Tried(_Scope, frozen=True, kw_only=True, tag="tried"):
    """How often somebody knocked at the door."""

    at_least: Amount = 0
    at_most: Amount | None = None
    since: Annotated[dt.date | None, Meta(description="Knocks from this day on only.")] = None


class NeverContacted(_Scope, frozen=True, kw_only=True, tag="never_contacted"):
    """Nobody at the door was spoken to."""


class LastContact(_Scope, frozen=True, kw_only=True, tag="last_contact"):
    """When somebody at the door was last spoken to; give one of the days or both."""

    after: Annotated[dt.date | None, Meta(description="Later than this day.")] = None
    before: Annotated[dt.date | None, Meta(description="Earlier than this day.")] = None


class Inside(_Node, frozen=True, kw_only=True, tag="inside"):
    """The door is inside an area."""

    area: Area


class Near(_Node, frozen=True, kw_only=True, tag="near"):
    """The door is within so many metres of a point, as the crow flies."""

    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]
    within_m: Annotated[float, Meta(gt=0, le=1_000_000)]


class InTurf(_Node, frozen=True, kw_only=True, tag="in_turf"):
    """The door is in this turf."""

    turf_id: UUID


class InPass(_Node, frozen=True, kw_only=True, tag="in_pass"):
    """The door is in some turf of this pass that is not archived."""

    pass_id: UUID


class Revisit(_Node, frozen=True, kw_only=True, tag="revisit"):
    """Somebody at the door is still to be told in person what became of an issue."""


class HeldOut(_Node, frozen=True, kw_only=True, tag="held_out"):
    """The door is in a building that this pass holds out, to be compared with those knocked at."""

    pass_id: UUID


class Consented(_Node, frozen=True, kw_only=True, tag="consented"):
    """The person consented to this, and the consent stands."""

    purpose: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["opinion", "news"])]
    channel: Annotated[
        Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["email"])] | None,
        Meta(description="By this channel; by whatever channel if left out."),
    ] = None


class InUniverse(_Node, frozen=True, kw_only=True, tag="in_universe"):
    """What another universe finds."""

    universe_id: UUID


Expression = (
    AllOf
    | AnyOf
    | NoneOf
    | Attribute
    | Place
    | Speaks
    | Age
    | Reachable
    | HouseholdSize
    | Tagged
    | Imported
    | Answered
    | LastResult
    | Tried
    | NeverContacted
    | LastContact
    | Inside
    | Near
    | InTurf
    | InPass
    | HeldOut
    | Revisit
    | Consented
    | InUniverse
)
Group = AllOf | AnyOf | NoneOf
Scoped = LastResult | Tried | NeverContacted | LastContact


def as_day(text: str) -> dt.date | None:
    """The day that a text like 2026-10-01 names; None if it names none."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def members(group: Group) -> list[Expression]:
    """What a group holds."""
    match group:
        case AllOf(all_of=found) | AnyOf(any_of=found) | NoneOf(none_of=found):
            return found


class UniverseCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A universe to be."""

    name: Name
    expression: Expression


class UniversePatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about a universe."""

    updated_at: Annotated[
        Annotated[dt.datetime, Meta(tz=True)] | UnsetType,
        Meta(description="As last read: if it has changed since, nothing is done."),
    ] = UNSET
    name: Name | UnsetType = UNSET
    expression: Expression | UnsetType = UNSET


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An expression that need not be saved."""

    expression: Expression


class StoredUniverse(msgspec.Struct, frozen=True, kw_only=True):
    """A universe as it is stored."""

    id: UUID
    name: str
    expression: Expression
    created_by: UUID | None
    created_at: dt.datetime
    updated_at: dt.datetime


class Universe(StoredUniverse, frozen=True, kw_only=True):
    """A saved filter over people and doors."""

    description: Annotated[str, Meta(description="The expression in plain words.")]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much a filter finds; those who asked to be left alone are never part of it."""

    people_count: int
    households_count: int
    doors_count: Annotated[int, Meta(description="Also doors of which we know nobody.")]
    left_out_count: Annotated[
        int, Meta(description="Found, but left out because they asked to be left alone.")
    ]


class Counted(Counts, frozen=True, kw_only=True):
    """How much a filter finds, in numbers and in words."""

    description: Annotated[str, Meta(description="The expression in plain words.")]


class UniversePerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person found."""

    id: UUID
    household_id: UUID
    door_id: UUID
    given_name: str
    family_name: str
    birth_year: int | None
    phone: str | None
    email: str | None
    language: str | None
    tags: list[str]
    street: str
    house_number: str
    unit: str
    postcode: str
    city: str


class UniversePeople(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the people found, door by door."""

    description: Annotated[str, Meta(description="The expression in plain words.")]
    people_count: int
    left_out_count: int
    people: list[UniversePerson]


class UniverseDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A door found."""

    id: UUID
    street: str
    house_number: str
    unit: str
    postcode: str
    city: str
    lon: float
    lat: float


class UniverseDoors(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the doors found."""

    description: Annotated[str, Meta(description="The expression in plain words.")]
    doors_count: int
    left_out_count: int
    doors: list[UniverseDoor]
