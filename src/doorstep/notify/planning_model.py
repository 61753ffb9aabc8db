"""What the planner and the sender look at."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.notify.model import ChannelName, Kind, State


class Reachable(msgspec.Struct, frozen=True, kw_only=True):
    """What ways there are to a member for something they are to be told."""

    kind: Kind
    about: UUID
    has_email: bool
    has_phone: bool
    device_ids: list[UUID]
    choices: dict[str, bool]
    """Channel → whether they want this kind on it, where they said so."""


class Due(Reachable, frozen=True, kw_only=True):
    """A notification whose time has come, and its member's wishes."""

    id: UUID
    member_id: UUID
    due_at: dt.datetime
    expires_at: dt.datetime | None
    ended: bool
    time_zone: str
    quiet_from: dt.time
    quiet_until: dt.time


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery about to be tried, as everything stands now."""

    delivery_id: UUID
    channel: ChannelName
    state: State
    attempts: int
    queued_at: dt.datetime
    id: UUID
    organization_id: UUID
    kind: Kind
    member_id: UUID
    about: UUID
    facts: dict[str, str | int]
    due_at: dt.datetime
    expires_at: dt.datetime | None
    withdrawn: bool
    read: bool
    ended: bool
    wanted: bool | None
    locale: str
    time_zone: str
    quiet_from: dt.time
    quiet_until: dt.time
    address: str | None
    """Null: there is none any more."""
    registration: str
    platform: str
