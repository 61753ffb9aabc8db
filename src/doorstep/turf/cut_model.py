"""Cuts: ground divided into turfs by the program, proposed and then accepted or left."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.kit.geometry import Area, Position
from doorstep.turf.model import Name

MOST_LEFT_OVER = 1000
CutState = Literal["running", "done", "failed", "cancelled", "accepted"]
CutKind = Literal["auto", "recut"]
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class CutCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which doors are to be cut, and how large a turf is to be."""

    recut_of: Annotated[
        UUID | None,
        Meta(description="An earlier pass: of its doors, those where nobody was reached yet."),
    ] = None
    universe_id: Annotated[UUID | None, Meta(description="Only doors of this universe.")] = None
    polygon: Annotated[Area | None, Meta(description="Only doors inside.")] = None
    boundary_id: Annotated[UUID | None, Meta(description="Only doors inside this area.")] = None
    precinct: Annotated[
        Text | None, Meta(description="Only doors of this precinct, as it was imported.")
    ] = None
    layer: Annotated[
        Text | None, Meta(description="No turf reaches over the borders of this layer's areas.")
    ] = None
    doors: Annotated[
        Annotated[float, Meta(ge=1, le=1500)] | None, Meta(description="Of a turf; or `minutes`.")
    ] = None
    minutes: Annotated[
        Annotated[float, Meta(ge=5, le=1440)] | None, Meta(description="Of a turf; or `doors`.")
    ] = None
    tolerance: Annotated[
        float, Meta(ge=0.01, le=0.5, description="How far a turf may be from that, as a share.")
    ] = 0.1
    staging: Annotated[Position | None, Meta(description="Where walks begin; null: anywhere.")] = (
        None
    )
    name: Annotated[Name, Meta(description="Of the turfs, with a number behind.")] = "Turf"
    seed: Annotated[int, Meta(ge=0, le=2**31, description="The same gives the same cut.")] = 7


class LeftOver(msgspec.Struct, frozen=True, kw_only=True):
    """A door that came into no turf."""

    door_id: UUID
    reason: str


class CutFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a cut came to."""

    turfs_count: int
    doors_count: int
    walk_m: float
    minutes: float
    undersized: Annotated[
        list[str], Meta(description="Turfs that are too small because their ground is.")
    ]
    left_over_count: int
    left_over: Annotated[list[LeftOver], Meta(description="The first thousand of them.")]
    notes: list[str]
    figures: dict[str, Any]
    churn: Annotated[
        float | None,
        Meta(description="Share of the doors that change turf when leftovers are cut again."),
    ]


class TurfCut(msgspec.Struct, frozen=True, kw_only=True):
    """A cut: how far it is, or what it proposes."""

    id: UUID
    pass_id: UUID
    kind: CutKind
    state: CutState
    stage: str
    done_units: int
    total_units: int
    failure: str | None
    made_by: UUID
    made_at: dt.datetime
    ended_at: dt.datetime | None
    expires_at: dt.datetime
    found: CutFound | None


class ProposedTurf(msgspec.Struct, frozen=True, kw_only=True):
    """A turf as a cut proposes it; nobody can be given it yet."""

    number: int
    name: str
    doors_count: int
    walk_m: float
    minutes: float
    polygon: Area
