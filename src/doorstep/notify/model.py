"""Notifications, how they travel, and what members want of them."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec


class Kind(StrEnum):
    """What a notification is about."""

    SYNC = "sync"
    TURF_ASSIGNED = "turf_assigned"
    TURF_TAKEN_BACK = "turf_taken_back"
    TURF_RECUT = "turf_recut"
    SHIFT_BOOKED = "shift_booked"
    SHIFT_WAITLISTED = "shift_waitlisted"
    SHIFT_REMINDER = "shift_reminder"
    WAITLIST_HOLD = "waitlist_hold"
    SHIFT_MOVED = "shift_moved"
    SHIFT_CANCELLED = "shift_cancelled"
    PARTNER_CHECKED_IN = "partner_checked_in"
    BROADCAST = "broadcast"
    ACCOUNT_SECURITY = "account_security"
    BUDDY = "buddy"


class ChannelName(StrEnum):
    """A way to a member."""

    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"


class State(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENT = "sent"
    """The service took it."""
    DELIVERED = "delivered"
    """The phone said that it has it."""
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    """Not sent: unwanted, too late, withdrawn, or told by a newer one."""
    UNKNOWN = "unknown"
    """It may have arrived; it is sent again under the same id."""


class Outcome(StrEnum):
    """What became of one item that a channel was given."""

    SENT = "sent"
    FAILED = "failed"
    """Not now; it is tried again with back-off."""
    DEAD = "dead"
    """Never: this item or its address cannot be used."""
    UNKNOWN = "unknown"
    """It may have arrived; it is tried again under the same id."""
    LATER = "later"
    """Not before ``retry_at``, as the service asked."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a member is to be told."""

    kind: Kind
    member_id: UUID
    about: UUID
    """The shift, sign-up, turf ... it is about."""
    key: str
    """(organization, member, key) is one notification for ever."""
    due_at: dt.datetime | None = None
    """Not before; None: now."""
    expires_at: dt.datetime | None = None
    facts: dict[str, str | int] = msgspec.field(default_factory=dict[str, str | int])
    """Ids, states, counts; never a name, address or free text."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Something to follow."""

    label: str
    url: str


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A notification as a person reads it."""

    title: str
    text: str
    links: tuple[Link, ...] = ()


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A notification with all that its words need."""

    organization_id: UUID
    id: UUID
    kind: Kind
    member_id: UUID
    about: UUID
    facts: dict[str, str | int]
    due_at: dt.datetime
    expires_at: dt.datetime | None
    locale: str
    """The member's, such as ``de`` or ``en``; what a room does not speak it says in English."""
    time_zone: str
    """The member's own, else the organization's."""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One item on its way: a notification and whither."""

    delivery_id: UUID
    """Stays through all tries: a receiver may know a repeated one by it."""
    notification: Notification
    address: str
    """A registration, an e-mail address, a phone number, or an apprise address."""
    registration: str = ""
    """Of a push alone: ``token`` or ``fid``."""
    platform: str = ""
    """Of a push alone: ``android``, ``ios`` or ``web``."""
    words: Words | None = None
    """None for push, which carries ids only."""
    attempts: int = 1
    """This one counts."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an item."""

    delivery_id: UUID
    outcome: Outcome
    error: str = ""
    """The class of the failure, never its text: that may quote an address."""
    retry_at: dt.datetime | None = None
    """With ``LATER``."""
    gone: bool = False
    """With ``DEAD``: the address itself is no more; a device gets no push from then on."""


class Channel(Protocol):
    """A way out. What it sends was looked at just before: wanted, not withdrawn, not too late."""

    name: str
    """One of `ChannelName`."""

    async def send(self, items: Sequence[Outgoing]) -> list[Sent]:
        """What became of each item, in any order; never raises for one item.

        If it raises, the outcome of all is unknown.
        """
        ...
