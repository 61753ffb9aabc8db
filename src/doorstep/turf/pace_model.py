"""Paces: how long things take at the doors of a campaign, by default, as chosen, as measured."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.algorithms.cutting.model import PACE_RANGES

PaceKind = Literal["default", "own", "measured"]
_WALK, _KNOCK, _ENTRY, _UNIT = PACE_RANGES.values()


class PaceNumbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long things take."""

    walk_m_per_min: Annotated[
        float, Meta(ge=_WALK[0], le=_WALK[1], description="Metres a minute from door to door.")
    ]
    knock_min: Annotated[
        float, Meta(ge=_KNOCK[0], le=_KNOCK[1], description="Minutes at a door, talks and none.")
    ]
    entry_min: Annotated[
        float, Meta(ge=_ENTRY[0], le=_ENTRY[1], description="More, to get in where doors share it.")
    ]
    unit_min: Annotated[
        float, Meta(ge=_UNIT[0], le=_UNIT[1], description="Each further door of one address.")
    ]


class PaceChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By which pace a campaign's minutes are to be counted."""

    kind: PaceKind
    own: Annotated[
        PaceNumbers | None, Meta(description="Needed for `own`; null for the others.")
    ] = None


class MeasuredPace(msgspec.Struct, frozen=True, kw_only=True):
    """What knocks tell of the pace: values, and an interval of 95 in 100 for each."""

    pace: PaceNumbers
    low: PaceNumbers
    high: PaceNumbers
    steps_count: Annotated[
        int, Meta(description="Ways from door to door that it rests on; of none, the default.")
    ]
    measured_at: dt.datetime


class CampaignPace(msgspec.Struct, frozen=True, kw_only=True):
    """By which pace a campaign's minutes are counted, and by which else they could be."""

    kind: PaceKind
    in_use: PaceNumbers
    default: PaceNumbers
    own: PaceNumbers | None
    measured: MeasuredPace | None


class TurfSteps(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured on a turf: how many steps, what they took, what they were made of."""

    turf_id: UUID
    steps_count: int
    took_minutes: float
    walk_m: float
    knocks: float
    entries: float
    units: float


class TurfTime(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes that ways from door to door were planned to take on a turf, and did."""

    turf_id: UUID
    turf_name: str
    steps_count: Annotated[int, Meta(description="As far as knocks were looked at; no pauses.")]
    planned_minutes: Annotated[float, Meta(description="By the pace in use.")]
    took_minutes: float
