"""Notifications on the wire."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from doorstep.kit.auth import Role
from doorstep.notify.model import ChannelName, Kind, Link, Notification

Clock = Annotated[
    str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["21:00"], description="HH:MM")
]
MAX_CHOICES = 100
MAX_RECEIPTS = 500
MAX_MEMBERS = 10_000


class Inbox(Notification, frozen=True, kw_only=True):
    """A notification and whether it was read."""

    read_at: dt.datetime | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the caller was told."""

    id: UUID
    kind: Kind
    about: Annotated[UUID, Meta(description="The shift, sign-up, turf ... it is about.")]
    due_at: dt.datetime
    expires_at: dt.datetime | None
    read_at: dt.datetime | None
    title: str
    text: str
    links: list[Link]


class ToldPage(msgspec.Struct, frozen=True, kw_only=True):
    """Notifications, newest first."""

    notifications: list[Told]
    next: Annotated[
        UUID | None, Meta(description="Send it as `before` for older ones; null: there are none.")
    ]


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a kind is wanted on a channel."""

    kind: Kind
    channel: ChannelName
    wanted: bool


class NotificationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member wants of notifications. What is left out gets its default."""

    time_zone: Annotated[
        Annotated[str, Meta(max_length=64, examples=["Europe/Helsinki"])] | None,
        Meta(description="Null: the organization's."),
    ] = None
    locale: Annotated[
        Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Z]{2})?$", examples=["de"])] | None,
        Meta(description="Null: the member's."),
    ] = None
    quiet_from: Clock = "21:00"
    quiet_until: Annotated[Clock, Meta(description="As `quiet_from`: no quiet hours.")] = "08:00"
    choices: Annotated[
        list[Choice],
        Meta(
            max_length=MAX_CHOICES,
            description=(
                "Without a choice, everything comes as a push; as e-mail, what matters to those "
                "without a phone; by SMS and chat nothing."
            ),
        ),
    ] = msgspec.field(default_factory=list[Choice])


class PushDevice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where Firebase reaches a device."""

    kind: Annotated[
        str,
        Meta(
            pattern="^(token|fid)$",
            description="`token`: a registration token; `fid`: a Firebase installation id. One of "
            "them for ever: an app that mixes them unregisters itself.",
        ),
    ]
    platform: Annotated[str, Meta(pattern="^(android|ios|web)$")]
    registration: Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[!-~]+$")]


class Receipts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pushes that came."""

    nids: Annotated[list[UUID], Meta(min_length=1, max_length=MAX_RECEIPTS)]


class ReceiptsNoted(msgspec.Struct, frozen=True, kw_only=True):
    """How many of them were news."""

    noted_count: int


class BroadcastCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to tell many. With neither roles nor members: to all active members."""

    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    text: Annotated[str, Meta(min_length=1, max_length=5000, pattern=r"\S")]
    roles: Annotated[list[Role], Meta(max_length=5)] = msgspec.field(default_factory=list[Role])
    member_ids: Annotated[list[UUID], Meta(max_length=MAX_MEMBERS)] = msgspec.field(
        default_factory=list[UUID]
    )
    expires_at: Annotated[dt.datetime, Meta(tz=True)] | None = None


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """Something told to many, or about to be."""

    id: UUID
    title: str
    text: str
    roles: list[Role]
    member_ids: list[UUID]
    expires_at: dt.datetime | None
    recipients_count: Annotated[int, Meta(description="When it was written or sent.")]
    created_by: UUID
    created_at: dt.datetime
    approved_by: UUID | None
    approved_at: dt.datetime | None
    sent_at: dt.datetime | None
    withdrawn_at: dt.datetime | None


class ChannelCost(msgspec.Struct, frozen=True, kw_only=True):
    """How many a broadcast reaches on a way, and what that costs."""

    channel: ChannelName
    recipients_count: int
    parts_count: Annotated[int, Meta(description="Messages that are paid for: long SMS are cut.")]
    amount: Annotated[
        float | None, Meta(description="Null: the price of this way is not set.", examples=[1.35])
    ]


class BroadcastReach(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a broadcast reaches as of now, and how its deliveries stand once it is sent."""

    recipients_count: int
    with_push_count: Annotated[int, Meta(description="Have a phone or browser for pushes.")]
    with_email_count: Annotated[int, Meta(description="Have an e-mail address.")]
    unreachable_count: Annotated[
        int, Meta(description="Have neither; they find it in the app when they look.")
    ]
    needs_approval: Annotated[bool, Meta(description="A second person must approve it.")]
    channels: Annotated[
        list[ChannelCost],
        Meta(description="The ways it goes by what each chose; some are told on several."),
    ]
    amount: Annotated[float | None, Meta(description="All in all; null while a price is missing.")]
    currency: str
    deliveries: Annotated[dict[str, int], Meta(description="State → how many.")]
