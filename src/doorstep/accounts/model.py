"""Organizations, members, their devices, and how they sign in."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from doorstep.kit.auth import Role

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", examples=["Aino Salo"])]
Email = Annotated[
    str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", examples=["aino@example.org"])
]
Phone = Annotated[
    str, Meta(pattern=r"^\+[0-9]{6,15}$", description="E.164", examples=["+358401234567"])
]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["north-side"])]
Nonce = Annotated[
    str,
    Meta(min_length=8, max_length=64, description="Made anew, and kept until there is an answer."),
]
Roles = Annotated[list[Role], Meta(min_length=1, max_length=5)]


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """A group that canvasses; everything belongs to one."""

    id: UUID
    slug: str
    name: str
    time_zone: str
    require_consent: Annotated[
        bool,
        Meta(description="Privacy mode: an opinion is stored only with the person's consent."),
    ]
    consent_months: Annotated[int, Meta(description="How long a consent holds unless it says so.")]


class OrganizationPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about an organization."""

    name: Name | UnsetType = UNSET
    time_zone: Annotated[str, Meta(max_length=64, examples=["Europe/Helsinki"])] | UnsetType = UNSET
    require_consent: bool | UnsetType = UNSET
    consent_months: Annotated[int, Meta(ge=1, le=24)] | UnsetType = UNSET


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A project with a goal and an end, such as an election or a petition."""

    id: UUID
    name: str
    status: Annotated[str, Meta(description="`active` or `closed`")]
    created_at: dt.datetime
    closed_at: dt.datetime | None


class CampaignCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campaign to be."""

    name: Name


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person who works for the organization."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    roles: list[Role]
    locale: str
    created_at: dt.datetime
    ended_at: dt.datetime | None


class MemberPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change about a member."""

    name: Name | UnsetType = UNSET
    roles: Roles | UnsetType = UNSET
    locale: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Z]{2})?$")] | UnsetType = UNSET


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in phone or browser."""

    id: UUID
    member_id: UUID
    name: str
    created_at: dt.datetime
    last_seen_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the caller is, and where."""

    member: Member
    organization: Organization
    device_id: UUID


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """A request to join, good once and for 72 hours."""

    id: UUID
    campaign_id: UUID | None
    name: str
    email: str | None
    phone: str | None
    roles: list[Role]
    created_at: dt.datetime
    expires_at: dt.datetime
    used_at: dt.datetime | None
    withdrawn_at: dt.datetime | None


class InviteCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite; give an e-mail address or a phone number."""

    name: Name
    email: Email | None = None
    phone: Phone | None = None
    roles: Roles = msgspec.field(default_factory=lambda: [Role.VOLUNTEER])
    campaign_id: UUID | None = None


class InviteCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A new invite with its link; neither link nor QR code can be shown again."""

    invite: Invite
    link: str
    qr_svg: Annotated[str, Meta(description="The link as a QR code, an SVG picture.")]


class InviteStart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of an invite's link (the part behind `#`)."""

    token: Annotated[str, Meta(min_length=20, max_length=100)]


class CodeStart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose address to send a sign-in code to."""

    organization: Slug
    email: Email


class CodeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The answer is the same whether or not there is such a member or invite."""

    request_id: UUID
    expires_at: dt.datetime


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that came by mail, with the request it answers.

    When the answer got lost, repeat the same request with the same nonce within two minutes: it
    signs in the same device, as long as the tokens of the lost answer were not refreshed.
    """

    request_id: UUID
    code: Annotated[str, Meta(pattern=r"^[0-9]{8}$", examples=["12345678"])]
    device_name: Annotated[str, Meta(min_length=1, max_length=200, examples=["Aino's phone"])]
    nonce: Nonce | None = None


class FirebaseSignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Firebase Auth gave the app, not longer than ten minutes after signing in there."""

    id_token: Annotated[str, Meta(min_length=1, max_length=8192)]
    device_name: Annotated[str, Meta(min_length=1, max_length=200, examples=["Aino's phone"])]
    organization: Annotated[
        Slug | None, Meta(description="Needed only by those who are in several.")
    ] = None


class Refresh(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A refresh token, used once.

    When the answer got lost, repeat the same request with the same nonce. A nonce is made anew
    for each refresh and kept until its answer has been stored.
    """

    refresh_token: Annotated[str, Meta(min_length=20, max_length=100)]
    nonce: Nonce


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a device signs its requests with."""

    access_token: str
    access_expires_at: dt.datetime
    refresh_token: str
    refresh_expires_at: dt.datetime
    member_id: UUID
    device_id: UUID


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done with people's data, and its link in the chain."""

    seq: Annotated[int, Meta(description="Its place in the organization's chain, from 1.")]
    at: dt.datetime
    actor_id: Annotated[UUID | None, Meta(description="The member; null: the program itself.")]
    action: Annotated[str, Meta(examples=["person.exported"])]
    ids: Annotated[list[UUID], Meta(description="What it was done to.")]
    previous_hash: Annotated[str, Meta(description="Of the entry before; empty for the first.")]
    hash: Annotated[str, Meta(description="SHA-256 over all of the above, in hexadecimals.")]
