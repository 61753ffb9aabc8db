"""Routes of accounts: signing in, members, devices, invites, campaigns, the organization."""

import asyncio
import time
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.accounts import firebase_signing_in, queries, service
from doorstep.accounts.model import (
    Campaign,
    CampaignCreate,
    CodeRequest,
    CodeStart,
    Device,
    FirebaseSignIn,
    Invite,
    InviteCreate,
    InviteCreated,
    InviteStart,
    Me,
    Member,
    MemberPatch,
    Organization,
    OrganizationPatch,
    Refresh,
    SignIn,
    Tokens,
)
from doorstep.accounts.service import NewDevices, SentCode
from doorstep.kit.auth import (
    COORDINATORS,
    EVERYONE,
    ORGANIZERS,
    STAFF,
    Caller,
    Role,
    client_of,
    open_to,
    open_to_anyone,
)
from doorstep.kit.db import Connection, Pool, signin_transaction
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooManyError
from doorstep.kit.limits import Limit
from doorstep.kit.mail import send_mail
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

Page = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]

_START_S = 0.15
"""Every answer to "send me a code" takes this long, whether or not there is anyone to send to."""


class SignInController(Controller):
    """Signing in, and staying signed in."""

    path = "/sign-in"
    tags = ("accounts",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        self.per_address = Limit(tries=5, per_s=600)
        # A hall full of phones may share one address.
        self.per_client = Limit(tries=300, per_s=600)

    @post(
        "/codes",
        operation_id="requestSignInCode",
        status_code=202,
        responses=problems(TooManyError),
        **open_to_anyone(database=False),
    )
    async def request_code(
        self,
        pool: NamedDependency[Pool],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        request: Request[Any, Any, State],
        data: JSONBody[CodeStart],
    ) -> Response[CodeRequest]:
        """Send a sign-in code to a member's e-mail address."""
        started = time.monotonic()
        self._count(request, settings, data.email.lower())
        async with signin_transaction(pool) as db:
            sent = await service.start_member(db, keyring, data.organization, data.email)
        return await _same_for_all(sent, settings, started)

    @post(
        "/invites",
        operation_id="startInvite",
        status_code=202,
        responses=problems(TooManyError),
        **open_to_anyone(database=False),
    )
    async def start_invite(
        self,
        pool: NamedDependency[Pool],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        request: Request[Any, Any, State],
        data: JSONBody[InviteStart],
    ) -> Response[CodeRequest]:
        """Send a code to the address an invite was made for."""
        started = time.monotonic()
        self._count(request, settings, data.token)
        async with signin_transaction(pool) as db:
            sent = await service.start_invite(db, keyring, data.token)
        return await _same_for_all(sent, settings, started)

    @post(
        "/sessions",
        operation_id="signIn",
        responses=problems(TooManyError),
        **open_to_anyone(),
    )
    async def sign_in(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        new_devices: NamedDependency[NewDevices],
        request: Request[Any, Any, State],
        data: JSONBody[SignIn],
    ) -> Tokens:
        """Sign a device in with a code; with a nonce, the same request may be repeated."""
        self.per_client.take(client_of(request, settings))
        return await service.sign_in(db, keyring, data, new_devices)

    @post(
        "/firebase",
        operation_id="signInWithFirebase",
        responses=problems(NotFoundError, ConflictError, TooManyError),
        **open_to_anyone(database=False),
    )
    async def sign_in_with_firebase(
        self,
        pool: NamedDependency[Pool],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        new_devices: NamedDependency[NewDevices],
        request: Request[Any, Any, State],
        data: JSONBody[FirebaseSignIn],
    ) -> Tokens:
        """Sign a device in with a token of Firebase Auth, where the server uses that."""
        self.per_client.take(client_of(request, settings))
        return await firebase_signing_in.sign_in(pool, keyring, settings, data, new_devices)

    @post("/refreshes", operation_id="refreshTokens", responses=problems(), **open_to_anyone())
    async def refresh(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        data: JSONBody[Refresh],
    ) -> Tokens:
        """Exchange a refresh token for new tokens."""
        return await service.refresh(db, keyring, data)

    def _count(self, request: Request[Any, Any, State], settings: Settings, address: str) -> None:
        self.per_client.take(client_of(request, settings))
        self.per_address.take(address)


async def _same_for_all(
    sent: SentCode, settings: Settings, started: float
) -> Response[CodeRequest]:
    await asyncio.sleep(max(0.0, _START_S - (time.monotonic() - started)))
    post_it = None
    if sent.to is not None and "@" in sent.to:
        text = f"Your Doorstep sign-in code is {sent.code}. It is good for ten minutes.\n"
        post_it = BackgroundTask(send_mail, settings, sent.to, "Your sign-in code", text)
    return Response(sent.request, status_code=202, background=post_it)


class MeController(Controller):
    """The caller's own account."""

    path = "/me"
    tags = ("accounts",)

    @get(operation_id="getMe", responses=problems(), **open_to(EVERYONE, small=True))
    async def get_me(self, db: NamedDependency[Connection], caller: NamedDependency[Caller]) -> Me:
        """Who the caller is, and in which organization."""
        return await service.me(db, caller)

    @get("/devices", operation_id="listMyDevices", responses=problems(), **open_to(EVERYONE))
    async def list_devices(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Device]:
        """The caller's devices, the newest first."""
        return await queries.devices_of_member(db, caller.organization_id, caller.member_id)

    @delete(
        "/devices/{device_id:uuid}",
        operation_id="signOutMyDevice",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def sign_out(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        device_id: FromPath[UUID],
    ) -> None:
        """Sign out one of the caller's devices, at once."""
        await queries.revoke_device(
            db, caller.organization_id, caller.member_id, device_id, "signed_out"
        )


class OrganizationController(Controller):
    """The caller's organization."""

    path = "/organization"
    tags = ("accounts",)

    @get(operation_id="getOrganization", responses=problems(), **open_to(EVERYONE))
    async def get_organization(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> Organization:
        """The caller's organization and its privacy mode."""
        return await queries.organization_by_id(db, caller.organization_id)

    @patch(
        operation_id="changeOrganization",
        responses=problems(RefusedError),
        **open_to((Role.OWNER,)),
    )
    async def change_organization(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[OrganizationPatch],
    ) -> Organization:
        """Change the organization's name, time zone or privacy mode."""
        return await service.change_organization(db, caller, data)


class CampaignController(Controller):
    """Campaigns."""

    path = "/campaigns"
    tags = ("accounts",)

    @get(operation_id="listCampaigns", responses=problems(), **open_to(EVERYONE))
    async def list_campaigns(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Campaign]:
        """The organization's campaigns, the oldest first."""
        return await queries.campaigns(db, caller.organization_id)

    @post(operation_id="createCampaign", responses=problems(ConflictError), **open_to(ORGANIZERS))
    async def create_campaign(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[CampaignCreate],
    ) -> Campaign:
        """Start a campaign."""
        return await service.start_campaign(db, caller.organization_id, data.name)

    @get(
        "/{campaign_id:uuid}",
        operation_id="getCampaign",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_campaign(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
    ) -> Campaign:
        """One campaign."""
        return await queries.campaign_by_id(db, caller.organization_id, campaign_id)

    @post(
        "/{campaign_id:uuid}/closing",
        operation_id="closeCampaign",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def close_campaign(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
    ) -> Campaign:
        """Close a campaign: what phones still send for it goes to review."""
        return await queries.close_campaign(db, caller.organization_id, campaign_id)


class MemberController(Controller):
    """Members and their devices."""

    path = "/members"
    tags = ("accounts",)

    @get(operation_id="listMembers", responses=problems(), **open_to(STAFF))
    async def list_members(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[Member]:
        """The organization's members, the oldest first."""
        return await queries.members(db, caller.organization_id, limit, offset)

    @get(
        "/{member_id:uuid}",
        operation_id="getMember",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_member(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> Member:
        """One member."""
        return await queries.member_by_id(db, caller.organization_id, member_id)

    @patch(
        "/{member_id:uuid}",
        operation_id="changeMember",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def change_member(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        data: JSONBody[MemberPatch],
    ) -> Member:
        """Change a member's name, roles or language."""
        return await service.change_member(db, caller, member_id, data)

    @delete(
        "/{member_id:uuid}",
        operation_id="endMember",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def end_member(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> None:
        """End a membership and sign out all its devices; what they recorded stays."""
        await service.end_member(db, caller, member_id)

    @post(
        "/{member_id:uuid}/erasure",
        operation_id="eraseMember",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def erase_member(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> Member:
        """End a membership and forget who it was; what they recorded stays."""
        return await service.erase_member(db, caller, member_id)

    @get(
        "/{member_id:uuid}/devices",
        operation_id="listMemberDevices",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def list_devices(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> list[Device]:
        """A member's devices, the newest first."""
        await queries.member_by_id(db, caller.organization_id, member_id)
        return await queries.devices_of_member(db, caller.organization_id, member_id)

    @delete(
        "/{member_id:uuid}/devices/{device_id:uuid}",
        operation_id="revokeDevice",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def revoke_device(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        device_id: FromPath[UUID],
    ) -> None:
        """Sign out a member's device, at once: for a lost phone."""
        await queries.revoke_device(db, caller.organization_id, member_id, device_id, "revoked")


class InviteController(Controller):
    """Invites."""

    path = "/invites"
    tags = ("accounts",)

    @get(operation_id="listInvites", responses=problems(), **open_to(COORDINATORS))
    async def list_invites(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[Invite]:
        """The organization's invites, the newest first."""
        return await queries.invites(db, caller.organization_id, limit, offset)

    @post(
        operation_id="createInvite",
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def create_invite(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        data: JSONBody[InviteCreate],
    ) -> InviteCreated:
        """Invite somebody; show them the QR code or send them the link."""
        return await service.invite(db, caller, data, settings.public_url)

    @delete(
        "/{invite_id:uuid}",
        operation_id="withdrawInvite",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def withdraw_invite(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        invite_id: FromPath[UUID],
    ) -> None:
        """Make an unused invite useless."""
        await queries.withdraw_invite(db, caller.organization_id, invite_id)


CONTROLLERS = (
    SignInController,
    MeController,
    OrganizationController,
    CampaignController,
    MemberController,
    InviteController,
)
