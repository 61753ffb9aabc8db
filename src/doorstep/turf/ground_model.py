"""The ground turfs are cut on, as organizers may change it."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.turf.model import Name
from doorstep.turf.step_model import LineString

Node = Annotated[int, Meta(ge=-(2**62), le=2**62, description="As OpenStreetMap numbers it")]


class DrawnBarrierCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line that nobody is to cross."""

    name: Name
    line: LineString


class DrawnBarrier(msgspec.Struct, frozen=True, kw_only=True):
    """A line that an organizer drew."""

    id: UUID
    name: str
    line: LineString
    made_at: dt.datetime


class Crossing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of street, such as a footbridge, that may cross barriers; by its two ends."""

    from_node: Node
    to_node: Node


class BoundaryName(msgspec.Struct, frozen=True, kw_only=True):
    """An area of a layer."""

    id: UUID
    name: str


class BoundaryLayer(msgspec.Struct, frozen=True, kw_only=True):
    """Areas that a campaign keeps, such as its precincts."""

    layer: str
    boundaries: list[BoundaryName]
