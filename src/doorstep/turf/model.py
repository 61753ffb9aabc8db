"""Passes, turfs, and who holds them."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doorstep.kit.geometry import Area

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", examples=["Kamppi 3"])]
MAX_FEATURES = 2000
Hours = Annotated[int, Meta(ge=1, le=24 * 30, description="How long it is held")]


class TurfStatus(StrEnum):
    """How far a turf has come."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """One round over a campaign's doors, with one script."""

    id: UUID
    campaign_id: UUID
    name: str
    script_id: UUID | None
    holdout_share: Annotated[
        float, Meta(description="Of buildings, never knocked at, for comparison; 0 to 0.5.")
    ]
    holdout_seed: Annotated[str, Meta(description="Decides which: the same in the same buildings.")]
    created_at: dt.datetime


class PassCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pass to be."""

    campaign_id: UUID
    name: Name
    script_id: UUID | None = None
    holdout_share: Annotated[
        float,
        Meta(ge=0, le=0.5, description="Of buildings that no turf takes in, for comparison."),
    ] = 0
    holdout_seed: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00]*$")] | None,
        Meta(description="Of an earlier pass, to leave the same buildings alone; null for others."),
    ] = None


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A member who holds a turf now."""

    member_id: UUID
    name: str
    assigned_at: dt.datetime
    expires_at: dt.datetime


class TurfSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A turf without its outline, for lists."""

    id: UUID
    pass_id: UUID
    campaign_id: UUID
    name: str
    status: TurfStatus
    version: Annotated[int, Meta(description="Raised when what a phone holds of it changes.")]
    doors_count: int
    done_count: Annotated[int, Meta(description="Doors not to be knocked again in this pass.")]
    walk_m: Annotated[float, Meta(description="Length of the walk from door to door, in metres.")]
    minutes: Annotated[float, Meta(description="The walk and the talk at the doors.")]
    created_at: dt.datetime
    published_at: dt.datetime | None
    archived_at: dt.datetime | None
    holders: list[Holder]
    cut_version: Annotated[int, Meta(description="Raised when it is cut anew: send it back.")]
    frozen_at: Annotated[
        dt.datetime | None, Meta(description="Since when nothing may cut it; null if it may.")
    ]


class Turf(TurfSummary, frozen=True, kw_only=True):
    """A set of doors that one or two canvassers walk in one outing."""

    polygon: Area


class TurfCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A turf drawn on the map: it takes the doors inside that no other turf has."""

    pass_id: UUID
    name: Name
    polygon: Area


class TurfPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about a turf."""

    name: Name | UnsetType = UNSET


class FeatureProperties(msgspec.Struct, frozen=True, kw_only=True):
    """Of a feature's properties only its name is read."""

    name: Name


class Feature(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """An area of a boundary layer, such as a precinct."""

    geometry: Area
    properties: FeatureProperties


class FeatureCollection(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A boundary layer as GeoJSON; other members and properties are passed over."""

    features: Annotated[list[Feature], Meta(min_length=1, max_length=MAX_FEATURES)]


class SkippedFeature(msgspec.Struct, frozen=True, kw_only=True):
    """A feature that became no turf."""

    name: str
    reason: str


class TurfsCreated(msgspec.Struct, frozen=True, kw_only=True):
    """What a boundary layer became."""

    turfs: list[TurfSummary]
    skipped: list[SkippedFeature]


class Assign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gets a turf: one member, two who walk as a pair, or three."""

    member_ids: Annotated[list[UUID], Meta(min_length=1, max_length=3)]
    hours: Hours = 12


class HandoverCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a turf changes hands."""

    as_pair: Annotated[
        bool, Meta(description="True: the one who scans joins. False: they take over.")
    ] = False
    hours: Hours = 12


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A code for one use within 15 minutes; it cannot be shown again."""

    turf_id: UUID
    code: str
    link: str
    qr_svg: str
    expires_at: dt.datetime


class HandoverAccept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code shown by whoever hands over."""

    code: Annotated[str, Meta(pattern="^[A-Z2-9]{10}$", examples=["K7MPX3QRTA"])]


class TurfForEvents(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether events for a turf count at once."""

    id: UUID
    pass_id: UUID
    status: TurfStatus
    campaign_status: str
    ever_held: bool
