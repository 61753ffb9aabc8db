"""Share links, what came of them, and posts, as they are sent and stored."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

_LINE = r"^[^\x00-\x1f]*$"
_WRITTEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
MOST_TARGETS = 20


class Kind(StrEnum):
    """What has a public page that can be shared."""

    EVENT = "event"
    COMMITMENT = "commitment"
    DECISION = "decision"
    BUDGET = "budget"


class Conversion(StrEnum):
    """What people do who came by a shared link."""

    RSVP = "rsvp"
    SLOT = "slot"
    SIGNUP = "signup"
    SURVEY = "survey"
    BALLOT = "ballot"
    PROPOSAL = "proposal"
    ISSUE = "issue"


class _Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True): ...


class ShareLinkCreate(_Given, frozen=True, kw_only=True):
    """A link to be; the same once more gives the link that is there."""

    kind: Kind
    item_id: Annotated[UUID, Meta(description="The event, commitment, decision or round.")]
    label: Annotated[
        str,
        Meta(max_length=100, pattern=_LINE, description="Where you share it.", examples=["Choir"]),
    ] = ""


class ShareLink(msgspec.Struct, frozen=True, kw_only=True):
    """An address to pass on, and what came of it so far."""

    id: UUID
    code: str
    url: str
    kind: Kind
    item_id: UUID
    title: Annotated[str, Meta(description="Of what it leads to; empty while that has no page.")]
    label: str
    owner_id: UUID
    created_at: dt.datetime
    visits_count: Annotated[int, Meta(description="How often people opened it; no previews.")]
    conversions: Annotated[dict[Conversion, int], Meta(description="What people then did.")]


class Sharer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all that one member shared."""

    member_id: UUID
    links_count: int
    visits_count: int
    conversions: dict[Conversion, int]


class VisitDay(msgspec.Struct, frozen=True, kw_only=True):
    """How often a link was opened on a day of the organization's time zone."""

    visited_on: dt.date
    visits_count: int


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did who came by a link. Who it was is not told."""

    id: UUID
    link_id: UUID
    what: Conversion
    about_id: Annotated[UUID, Meta(description="The event, survey, sign-up ...")]
    converted_at: dt.datetime


class SharedSignup(_Given, frozen=True, kw_only=True):
    """By which link a member came to a sign-up of theirs."""

    code: Annotated[str, Meta(max_length=40, pattern=_LINE)]
    signup_id: UUID


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a public page, as links and pictures tell of it."""

    kind: Kind
    id: UUID
    slug: str
    title: str
    text: str
    status: Annotated[str, Meta(description="Of a decision: what was chosen.")]
    place: str | None
    time_zone: str
    starts_at: Annotated[dt.datetime | None, Meta(description="Of a round: when the vote ends.")]
    on_day: dt.date | None
    amount: int | None
    currency: str | None
    organization: str


class ShareKit(msgspec.Struct, frozen=True, kw_only=True):
    """What is pasted into messages and posts; the address in it is the link's."""

    url: str
    short: Annotated[str, Meta(description="Fits a text message or a post of 280 letters.")]
    long: Annotated[str, Meta(description="For an e-mail or a group.")]
    picture_url: Annotated[str, Meta(description="PNG, 1200 by 630 pixels.")]
    picture_text: Annotated[str, Meta(description="What the picture shows, for who cannot see it.")]


class PostTargetCreate(_Given, frozen=True, kw_only=True):
    """A service that posts shall go to."""

    label: Annotated[
        str,
        Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*$"),
    ]
    address: Annotated[
        str,
        Meta(
            max_length=1000,
            pattern=_LINE,
            description="As apprise writes it, such as `mastodons://token@mastodon.example` or "
            "`jsons://hooks.example.org/news`. It is stored encrypted and never shown again.",
            examples=["mastodons://access-token@mastodon.example"],
        ),
    ]


class PostTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A service that posts go to, without its password."""

    id: UUID
    label: str
    shown: Annotated[str, Meta(description="Its address, without what is secret.")]
    active: bool
    made_by: UUID
    created_at: dt.datetime


class PostCreate(_Given, frozen=True, kw_only=True):
    """Words for everybody to read, and where they go."""

    id: Annotated[UUID, Meta(description="Made by you: sent twice, it is one post all the same.")]
    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=_WRITTEN)]
    post_target_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_TARGETS)]
    share_link_id: Annotated[
        UUID | None, Meta(description="A share link, whose address is put below the text.")
    ] = None


class DeliveryState(StrEnum):
    """How far a post is on its way to a service."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It may have arrived; nobody answered in time."""


class PostDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A post on its way to one service."""

    target_id: UUID
    state: DeliveryState
    error: str
    tried_at: dt.datetime | None


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post and what became of it at each service."""

    id: UUID
    text: str
    share_link_id: UUID | None
    made_by: UUID
    created_at: dt.datetime
    deliveries: list[PostDelivery]
