"""Joining, signing in, staying signed in, and being signed out."""

import datetime as dt
import hmac
import io
import secrets
import zoneinfo
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import segno
from msgspec import UNSET

from doorstep.accounts import queries
from doorstep.accounts import signing_in_queries as codes
from doorstep.accounts.auditing import audit
from doorstep.accounts.model import (
    Campaign,
    CodeRequest,
    InviteCreate,
    InviteCreated,
    Me,
    Member,
    MemberPatch,
    Organization,
    OrganizationPatch,
    Refresh,
    SignIn,
    Tokens,
)
from doorstep.accounts.queries import (
    campaign_by_id,
    campaigns,
    member_by_email,
    member_by_id,
    members,
    organization_by_id,
    organization_id_by_slug,
)
from doorstep.kit.auth import Caller, Role
from doorstep.kit.db import Connection, enter_organization
from doorstep.kit.errors import (
    ConflictError,
    NotAllowedError,
    RefusedError,
    SignInRefusedError,
)
from doorstep.kit.ids import hash_secret, new_id, new_secret
from doorstep.kit.tokens import ACCESS_S, Keyring

__all__ = [
    "campaign_by_id",
    "campaigns",
    "member_by_email",
    "member_by_id",
    "members",
    "organization_by_id",
    "organization_id_by_slug",
]

INVITE_LIFE = dt.timedelta(hours=72)
CODE_LIFE = dt.timedelta(minutes=10)
REFRESH_IDLE = dt.timedelta(days=30)
DEVICE_LIFE = dt.timedelta(days=90)

MAY_GRANT = {
    Role.OWNER: frozenset(Role),
    Role.ORGANIZER: frozenset(Role) - {Role.OWNER},
    Role.COORDINATOR: frozenset({Role.VOLUNTEER}),
}
"""Which roles a role may hand out."""


@dataclass(frozen=True)
class NewDevices:
    """How members are told of a new device of theirs; rooms above know how to tell."""

    tell: Callable[[Connection, UUID, UUID, UUID], Awaitable[None]]
    """Gets the ids of organization, member and device."""


@dataclass(frozen=True)
class SentCode:
    """A code and where it goes; ``to`` is None when there is nobody to send it to."""

    request: CodeRequest
    code: str
    to: str | None


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


async def create_organization(db: Connection, slug: str, name: str, time_zone: str = "UTC") -> UUID:
    """A new organization; the transaction is inside it afterwards.

    Raises
    ------
    ConflictError
        If the short name is taken.
    """
    if await queries.organization_id_by_slug(db, slug) is not None:
        message = f"There is already an organization called {slug}."
        raise ConflictError(message, field="slug")
    organization_id = new_id()
    await enter_organization(db, organization_id)
    await queries.insert_organization(db, organization_id, slug, name, time_zone)
    await queries.insert_change_counter(db, organization_id)
    return organization_id


async def change_organization(
    db: Connection, caller: Caller, patch: OrganizationPatch
) -> Organization:
    """The organization with the given fields changed."""
    if patch.time_zone is not UNSET and patch.time_zone not in zoneinfo.available_timezones():
        message = "There is no such time zone. Use an IANA name such as Europe/Helsinki."
        raise RefusedError(message, field="time_zone")
    changed = await queries.update_organization(
        db,
        caller.organization_id,
        patch.name or None,
        patch.time_zone or None,
        None if patch.require_consent is UNSET else patch.require_consent,
        patch.consent_months or None,
    )
    if patch.require_consent is not UNSET:
        mode = "on" if patch.require_consent else "off"
        await audit(db, caller.member_id, f"privacy_mode.switched_{mode}")
    return changed


async def start_campaign(db: Connection, organization_id: UUID, name: str) -> Campaign:
    """A new campaign; its name is free in the organization."""
    return await queries.insert_campaign(db, organization_id, new_id(), name)


async def add_member(
    db: Connection,
    organization_id: UUID,
    name: str,
    roles: list[Role],
    *,
    email: str | None = None,
    phone: str | None = None,
) -> Member:
    """A new member; a second live one with the same e-mail address is refused."""
    return await queries.insert_member(
        db, organization_id, new_id(), name, email, phone, [str(role) for role in roles]
    )


async def change_member(
    db: Connection, caller: Caller, member_id: UUID, patch: MemberPatch
) -> Member:
    """The member with the given fields changed; nobody hands out more than they hold."""
    member = await queries.member_by_id(db, caller.organization_id, member_id)
    roles = None
    if patch.roles is not UNSET:
        roles = [str(role) for role in patch.roles]
        _check_grant(caller, set(member.roles) ^ set(patch.roles))
        if Role.OWNER not in patch.roles:
            await _check_owner_remains(db, caller.organization_id, member)
    changed = await queries.update_member(
        db, caller.organization_id, member_id, patch.name or None, roles, patch.locale or None
    )
    if roles is not None:
        await audit(db, caller.member_id, "member.roles_changed", [member_id])
    return changed


async def end_member(db: Connection, caller: Caller, member_id: UUID) -> None:
    """End a membership: every device of theirs is signed out with it."""
    member = await queries.member_by_id(db, caller.organization_id, member_id)
    _check_grant(caller, set(member.roles))
    await end_membership(db, caller.organization_id, member, caller.member_id)


async def end_membership(
    db: Connection, organization_id: UUID, member: Member, actor: UUID | None
) -> None:
    """As `end_member`, for whoever may do anything; ``actor`` is None at the command line.

    Raises
    ------
    ConflictError
        If nobody would be left who owns the organization.
    """
    await _check_owner_remains(db, organization_id, member)
    await queries.end_member(db, organization_id, member.id)
    await queries.revoke_devices_of_member(db, organization_id, member.id, "member_ended")
    await audit(db, actor, "member.ended", [member.id])


async def erase_member(db: Connection, caller: Caller, member_id: UUID) -> Member:
    """A former member without name and address; what they recorded stays, as a former member's.

    A membership that still runs is ended first.
    """
    member = await queries.member_by_id(db, caller.organization_id, member_id)
    if member.ended_at is None:
        await end_member(db, caller, member_id)
    erased = await queries.erase_member(db, caller.organization_id, member_id)
    await audit(db, caller.member_id, "member.erased", [member_id])
    return erased


def _check_grant(caller: Caller, roles: set[Role]) -> None:
    mine: set[Role] = set()
    for role in caller.roles:
        mine |= MAY_GRANT.get(role, frozenset())
    if beyond := sorted(roles - mine):
        message = f"You cannot give or take the role {beyond[0]}. Ask an owner."
        raise NotAllowedError(message, field="roles")


async def _check_owner_remains(db: Connection, organization_id: UUID, member: Member) -> None:
    if await queries.lock_owners(db, organization_id) == [member.id]:
        message = "This is the only owner. Make somebody else an owner first."
        raise ConflictError(message, field="roles")


async def invite(
    db: Connection, caller: Caller, wanted: InviteCreate, public_url: str
) -> InviteCreated:
    """An invite with its link and QR code; only the hash of its token is kept."""
    if wanted.email is None and wanted.phone is None:
        message = "Give an e-mail address or a phone number."
        raise RefusedError(message, field="email")
    _check_grant(caller, set(wanted.roles))
    token = new_secret()
    made = await queries.insert_invite(
        db,
        caller.organization_id,
        new_id(),
        wanted.campaign_id,
        wanted.name,
        wanted.email,
        wanted.phone,
        [str(role) for role in wanted.roles],
        hash_secret(token),
        caller.member_id,
        _now() + INVITE_LIFE,
    )
    # Behind the "#", so that no server or proxy on the way ever sees or logs the token.
    link = f"{public_url}/join#{token}"
    return InviteCreated(invite=made, link=link, qr_svg=qr_svg(link))


def qr_svg(text: str) -> str:
    """A QR code as an SVG picture, error correction M, black on white."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=6, border=4, light="#fff", xmldecl=False
    )
    return out.getvalue().decode()


async def start_invite(db: Connection, keyring: Keyring, token: str) -> SentCode:
    """A code for whoever was invited; the same answer when nobody was."""
    found = await queries.open_invite_by_token(db, hash_secret(token))
    if found is None:
        return _nobody()
    return await issue_code(
        db, keyring, found.organization_id, invite_id=found.id, to=found.email or found.phone
    )


async def start_member(db: Connection, keyring: Keyring, slug: str, email: str) -> SentCode:
    """A code for the member with this address; the same answer when there is none."""
    organization_id = await queries.organization_id_by_slug(db, slug)
    if organization_id is None:
        return _nobody()
    member = await queries.member_by_email(db, organization_id, email)
    if member is None:
        return _nobody()
    return await issue_code(db, keyring, organization_id, member_id=member.id, to=member.email)


def _nobody() -> SentCode:
    return SentCode(CodeRequest(request_id=new_id(), expires_at=_now() + CODE_LIFE), "", None)


async def issue_code(
    db: Connection,
    keyring: Keyring,
    organization_id: UUID,
    *,
    member_id: UUID | None = None,
    invite_id: UUID | None = None,
    to: str | None = None,
) -> SentCode:
    """Eight digits for one member or invite: ten minutes, five tries, bound to their request."""
    await enter_organization(db, organization_id)
    request = CodeRequest(request_id=new_id(), expires_at=_now() + CODE_LIFE)
    code = f"{secrets.randbelow(10**8):08}"
    code_hash = keyring.code_hash(request.request_id, code)
    await codes.insert_code(
        db, organization_id, request.request_id, member_id, invite_id, code_hash, request.expires_at
    )
    return SentCode(request, code, to)


async def sign_in(
    db: Connection, keyring: Keyring, wanted: SignIn, new_devices: NewDevices | None = None
) -> Tokens:
    """Tokens for a new device, for the right code; by a nonce, again for that device.

    Who had a device before is told of the new one.

    Raises
    ------
    SignInRefusedError
        If the code is wrong, used, too old or tried too often; which of these is not said.
    """
    refused = SignInRefusedError("The code is wrong or too old. Ask for a new one.")
    organization_id = await codes.organization_of_code(db, wanted.request_id)
    if organization_id is None:
        raise refused
    await enter_organization(db, organization_id)
    code = await codes.try_code(db, organization_id, wanted.request_id, wanted.nonce)
    if code is None or not hmac.compare_digest(
        code.code_hash, keyring.code_hash(wanted.request_id, wanted.code)
    ):
        raise refused
    if code.device_id is None:
        tokens = await _first_tokens(db, keyring, code, wanted, new_devices)
    else:
        tokens = await _tokens_again(db, keyring, organization_id, code.device_id)
    if tokens is None:
        raise refused
    return tokens


async def _first_tokens(
    db: Connection,
    keyring: Keyring,
    code: codes.CodeRow,
    wanted: SignIn,
    new_devices: NewDevices | None,
) -> Tokens | None:
    member_id = code.member_id
    if code.invite_id is not None:
        member_id = await join(db, code.organization_id, code.invite_id)
    if member_id is None:
        return None
    tokens = await new_device(
        db, keyring, code.organization_id, member_id, wanted.device_name, new_devices
    )
    await codes.use_code(db, code.organization_id, code.id, wanted.nonce, tokens.device_id)
    return tokens


async def _tokens_again(
    db: Connection, keyring: Keyring, organization_id: UUID, device_id: UUID
) -> Tokens | None:
    """Tokens in place of those of a lost answer; None if those were used."""
    held = await codes.hold_live_device(db, organization_id, device_id)
    if held is None:
        return None
    secret, expires_at = new_secret(), min(_now() + REFRESH_IDLE, held.expires_at)
    if not await codes.reissue_first_refresh(
        db, organization_id, device_id, hash_secret(secret), expires_at
    ):
        return None
    return _tokens(keyring, held.member_id, device_id, secret, expires_at)


async def join(db: Connection, organization_id: UUID, invite_id: UUID) -> UUID | None:
    """The member an invite makes, or whom it meets: its address may be a member's already."""
    member_id = new_id()
    used = await queries.use_invite(db, organization_id, invite_id, member_id)
    if used is None:
        return None
    known = used.email and await queries.member_by_email(db, organization_id, used.email)
    if known:
        await queries.point_invite(db, organization_id, invite_id, known.id)
        return known.id
    await queries.insert_member(
        db, organization_id, member_id, used.name, used.email, used.phone, used.roles
    )
    return member_id


async def new_device(
    db: Connection,
    keyring: Keyring,
    organization_id: UUID,
    member_id: UUID,
    name: str,
    new_devices: NewDevices | None = None,
) -> Tokens:
    """A signed-in device of a member, with its first tokens; of a second one they are told."""
    now, device_id, secret = _now(), new_id(), new_secret()
    expires_at = now + REFRESH_IDLE
    await queries.insert_device(db, organization_id, device_id, member_id, name, now + DEVICE_LIFE)
    await codes.insert_refresh(
        db, organization_id, new_id(), device_id, hash_secret(secret), expires_at
    )
    if new_devices is not None and await queries.had_another_device(
        db, organization_id, member_id, device_id
    ):
        await new_devices.tell(db, organization_id, member_id, device_id)
    return _tokens(keyring, member_id, device_id, secret, expires_at)


def _tokens(
    keyring: Keyring, member_id: UUID, device_id: UUID, secret: str, expires_at: dt.datetime
) -> Tokens:
    now = _now()
    return Tokens(
        access_token=keyring.sign(member_id, device_id, now),
        access_expires_at=now + dt.timedelta(seconds=ACCESS_S),
        refresh_token=secret,
        refresh_expires_at=expires_at,
        member_id=member_id,
        device_id=device_id,
    )


async def refresh(db: Connection, keyring: Keyring, wanted: Refresh) -> Tokens:
    """New tokens for a refresh token, which is used up by it.

    When the answer was lost, the same token with the same nonce gets another, as long as the
    successor was not used. Any other second use means that two parties hold the token: the
    device is signed out.

    Raises
    ------
    SignInRefusedError
        If the token is unknown, too old, used twice, or its device is signed out.
    """
    token_hash = hash_secret(wanted.refresh_token)
    organization_id = await codes.organization_of_refresh(db, token_hash)
    if organization_id is None:
        message = "The refresh token is not valid. Sign in again."
        raise SignInRefusedError(message)
    await enter_organization(db, organization_id)
    await codes.hold_device_of_refresh(db, organization_id, token_hash)
    found = await codes.refresh_of_device(db, organization_id, token_hash)
    if found is None or found.expired or not found.device_live:
        message = "This device is no longer signed in. Sign in again."
        raise SignInRefusedError(message)
    secret = new_secret()
    expires_at = min(_now() + REFRESH_IDLE, found.device_expires_at)
    if not found.used:
        successor_id = new_id()
        await codes.insert_refresh(
            db, organization_id, successor_id, found.device_id, hash_secret(secret), expires_at
        )
        await codes.use_refresh(db, organization_id, found.id, wanted.nonce, successor_id)
        await queries.touch_device(db, organization_id, found.device_id)
    elif (
        found.successor_id is not None
        and not found.successor_used
        and hmac.compare_digest(found.used_nonce or "", wanted.nonce)
    ):
        await codes.reissue_refresh(
            db, organization_id, found.successor_id, hash_secret(secret), expires_at
        )
    else:
        await queries.revoke_device(
            db, organization_id, found.member_id, found.device_id, "token_reused"
        )
        message = "This refresh token was used before; the device is signed out. Sign in again."
        raise SignInRefusedError(message)
    return _tokens(keyring, found.member_id, found.device_id, secret, expires_at)


async def me(db: Connection, caller: Caller) -> Me:
    """Who the caller is, and where."""
    return Me(
        member=await queries.member_by_id(db, caller.organization_id, caller.member_id),
        organization=await queries.organization_by_id(db, caller.organization_id),
        device_id=caller.device_id,
    )
