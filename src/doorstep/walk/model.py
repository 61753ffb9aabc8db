"""What a phone downloads to walk a turf."""

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from doorstep.people.model import WalkDoor, WalkPerson
from doorstep.surveys.model import ScriptVersion
from doorstep.turf.model import Turf


class PastPass(msgspec.Struct, frozen=True, kw_only=True):
    """How a door's earlier pass ended."""

    pass_name: str
    last_result: str | None
    last_attempt_at: dt.datetime | None
    attempts_count: int


class BundleDoor(WalkDoor, frozen=True, kw_only=True):
    """A door to walk to, with where it stands in this pass and what came before."""

    status: Annotated[
        str, Meta(description="`open` (never tried), a result, or `locked` (building shut)")
    ]
    attempts_count: int
    last_result: str | None
    last_attempt_at: dt.datetime | None
    past: list[PastPass]


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A turf as a phone holds it: nothing in it that walking does not need."""

    turf: Turf
    doors: Annotated[list[BundleDoor], Meta(description="In walking order.")]
    people: list[WalkPerson]
    script: ScriptVersion | None
    attribution: Annotated[str, Meta(description="To be shown wherever the map is.")]
