"""Doors and who lives behind them, marks that protect them, imports, and a campaign's map."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

Note = Annotated[str, Meta(max_length=1000)]


class DoorPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A door (one dwelling) and where it stands, in degrees."""

    id: UUID
    building_id: UUID
    street: str
    house_number: str
    unit: Annotated[str, Meta(description="Empty for a house with one door.")]
    floor: str
    lon: float
    lat: float


class WalkDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A door as a canvasser needs it on the doorstep."""

    id: UUID
    building_id: UUID
    street: str
    house_number: str
    unit: str
    floor: str
    postcode: str
    city: str
    lon: float
    lat: float
    note: str
    access_note: Annotated[str, Meta(description="How to get into the building.")]
    do_not_contact: Annotated[bool, Meta(description="Nobody may knock here.")]


class WalkPerson(msgspec.Struct, frozen=True, kw_only=True):
    """As little of a person as a conversation on the doorstep needs."""

    id: UUID
    household_id: UUID
    door_id: UUID
    given_name: str
    family_name: str
    language: str | None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person; volunteers are not shown birth year, phone and e-mail."""

    id: UUID
    household_id: UUID
    door_id: UUID
    external_id: str | None
    given_name: str
    family_name: str
    birth_year: int | None
    phone: str | None
    email: str | None
    language: str | None
    do_not_contact: bool


class Household(msgspec.Struct, frozen=True, kw_only=True):
    """The people who live together behind a door."""

    id: UUID
    people: list[Person]


class DoNotContact(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to be left alone, of a whole door or (with `person_id`) of one person."""

    id: UUID
    door_id: UUID
    person_id: UUID | None
    source_event_id: UUID | None
    recorded_by: UUID | None
    recorded_at: dt.datetime
    cleared_at: dt.datetime | None
    cleared_by: UUID | None
    cleared_reason: str | None


class DoNotContactCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to leave alone: everyone behind a door, or one person who lives there."""

    door_id: UUID
    person_id: UUID | None = None


class DoNotContactClearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a mark may go."""

    reason: Annotated[
        str,
        Meta(min_length=1, max_length=500, pattern=r"\S", examples=["Moved in last month; asked"]),
    ]


class DoNotContactMark(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to be left alone, as another room records it."""

    id: UUID
    door_id: UUID
    person_id: UUID | None
    source_event_id: UUID | None
    recorded_by: UUID


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """That a person allowed an opinion to be stored, and in which words they were asked."""

    id: UUID
    door_id: UUID
    person_id: UUID | None
    basis: Literal["explicit", "policy"]
    wording: str
    given_at: dt.datetime
    recorded_by: UUID


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A door with those who live behind it and the marks that stand or stood on it."""

    door: WalkDoor
    households: list[Household]
    do_not_contact: list[DoNotContact]


class DoorPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about a door."""

    note: Note


class Building(msgspec.Struct, frozen=True, kw_only=True):
    """A building and how to get in."""

    id: UUID
    access_note: str


class BuildingPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about a building."""

    access_note: Note


class MapStreets(NamedTuple):
    """Columns of equal length, one row per stretch between two junctions; degrees and metres."""

    name: tuple[str, ...]
    highway: tuple[str, ...]
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    length_m: NDArray[np.float64]
    walkable: NDArray[np.bool_]
    crosses_barrier: NDArray[np.bool_]
    geometry: NDArray[np.object_]


class MapBarriers(NamedTuple):
    """Columns of equal length; kind is water, railway or motorway; shapes in degrees."""

    kind: tuple[str, ...]
    name: tuple[str, ...]
    geometry: NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class CampaignMap:
    """A campaign's streets and barriers; ``attribution`` is shown wherever they are, or empty."""

    streets: MapStreets
    barriers: MapBarriers
    attribution: str


class MapFeature(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """A street or barrier as GeoJSON."""

    geometry: Annotated[dict[str, Any], Meta(description="GeoJSON, longitude first")]
    properties: Annotated[
        dict[str, Any],
        Meta(description="`kind`: street, water, railway or motorway; `name`; for streets more"),
    ]


class MapFeatures(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="FeatureCollection"
):
    """A campaign's map; show the attribution with it."""

    attribution: str
    complete: Annotated[
        bool, Meta(description="False if there are more streets; ask for a smaller box.")
    ]
    features: list[MapFeature]
