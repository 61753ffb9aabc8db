"""What organizers do to turfs by hand, what it comes to, and the log that takes it back."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.kit.geometry import Area, Position
from doorstep.turf.model import Name, Turf

STEPS_KEPT = 20
MOST_TURFS = 200
MOST_PARTS = 50
MOST_CORNERS = 2000
DoorIds = Annotated[list[UUID], Meta(min_length=1, max_length=3000)]


class StepKind(StrEnum):
    """What a step did."""

    CREATE = "create"
    AUTO = "auto"
    RECUT = "recut"
    SPLIT = "split"
    MERGE = "merge"
    MOVE = "move"
    TRADE = "trade"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    RENAME = "rename"
    PUBLISH = "publish"
    ARCHIVE = "archive"
    DELETE = "delete"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done to turfs of a pass."""

    id: UUID
    kind: StepKind
    turfs_count: int
    made_by: UUID
    made_by_name: str
    made_at: dt.datetime


class TurfSeen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A turf as the organizer saw it."""

    turf_id: UUID
    cut_version: Annotated[
        int, Meta(ge=1, description="As last read: if it has changed since, nothing is done.")
    ]


class LineString(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A line on the map."""

    coordinates: Annotated[list[Position], Meta(min_length=2, max_length=MOST_CORNERS)]


class Split(TurfSeen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A turf to be divided, in one way of three."""

    line: Annotated[
        LineString | None,
        Meta(description="Along it; its ends are drawn on until they leave the turf."),
    ] = None
    polygon: Annotated[Area | None, Meta(description="Into what lies inside, and the rest.")] = None
    parts: Annotated[
        Annotated[int, Meta(ge=2, le=MOST_PARTS)] | None,
        Meta(description="Into so many, of about equal minutes."),
    ] = None
    name: Annotated[Name | None, Meta(description="Of the new turf; numbered if several.")] = None


class Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Turfs to become one: the first of them, with its status and holders."""

    turfs: Annotated[list[TurfSeen], Meta(min_length=2, max_length=50)]
    name: Annotated[Name | None, Meta(description="Of the whole, if another.")] = None


class Move(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Doors to change turf: those with these ids, or inside an area; one of the two."""

    to_turf: Annotated[TurfSeen | None, Meta(description="Null: out of every turf.")]
    from_turfs: Annotated[
        list[TurfSeen], Meta(max_length=50, description="Doors of other turfs stay there.")
    ]
    take_free: Annotated[
        bool, Meta(description="Also doors that no turf has and the pass does not hold out.")
    ] = False
    door_ids: DoorIds | None = None
    polygon: Area | None = None


class TradeSide(TurfSeen, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one turf gives to the other: doors by their ids or inside an area."""

    door_ids: DoorIds | None = None
    polygon: Area | None = None


class Trade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two turfs that give doors to each other."""

    one: TradeSide
    other: TradeSide


class Freeze(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Turfs to be settled, or open to change again."""

    turfs: Annotated[list[TurfSeen], Meta(min_length=1, max_length=MOST_TURFS)]
    frozen: bool = True


class Undo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last step, as the organizer saw it in the log."""

    step_id: UUID


class TurfsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation came to: the turfs that are now otherwise, and those that are gone."""

    step_id: Annotated[UUID | None, Meta(description="Of the step in the log; null if undone.")]
    kind: StepKind
    turfs: list[Turf]
    gone: Annotated[list[UUID], Meta(description="Turfs that are deleted or archived now.")]
    doors_count: Annotated[int, Meta(description="In the turfs changed, together.")]
    walk_m: float
    minutes: float
