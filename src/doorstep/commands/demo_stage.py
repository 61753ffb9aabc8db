"""The demo's organization, seen from inside and through its server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx
import msgspec

from doorstep.accounts import service as accounts
from doorstep.accounts.model import SignIn
from doorstep.accounts.service import SentCode
from doorstep.commands import queries
from doorstep.kit.auth import Role
from doorstep.kit.db import Pool, organization_transaction, signin_transaction
from doorstep.kit.tokens import Keyring

Json = dict[str, Any]

NAME = "Demo"
TIME_ZONE = "Europe/Helsinki"
STAFF = {
    Role.OWNER: "Outi Owner",
    Role.ORGANIZER: "Olle Organizer",
    Role.COORDINATOR: "Kaisa Coordinator",
    Role.CASEWORKER: "Casimir Caseworker",
}


@dataclass(kw_only=True)
class Stage:
    """An organization with signed-in staff, and ways to reach it."""

    pool: Pool
    keyring: Keyring
    http: httpx.AsyncClient
    organization_id: UUID
    slug: str
    campaign_id: UUID
    tokens: dict[Role, Json] = field(default_factory=dict[Role, Json])
    connect: Callable[[], httpx.AsyncBaseTransport] = httpx.AsyncHTTPTransport
    """A way to the server, for each phone one of its own."""

    async def call(self, role: Role, method: str, path: str, **given: Any) -> httpx.Response:
        """The answer to a request in this role, which must be a good one."""
        headers = {"authorization": f"Bearer {self.tokens[role]['access_token']}"}
        headers |= given.pop("headers", {})
        answer = await self.http.request(method, path, headers=headers, **given)
        if answer.is_error:
            message = f"{method} {path}: {answer.status_code} {answer.text[:500]}"
            raise RuntimeError(message)
        return answer

    async def new(self, role: Role, path: str, body: Json) -> Any:
        """What a POST in this role makes."""
        return (await self.call(role, "POST", path, json=body)).json()

    async def join(self, name: str, email: str) -> Json:
        """Tokens of a volunteer who was invited and scanned the code.

        By mail would come the eight digits that the phone asks for. The demo sends none, so it
        calls what the route ``POST /sign-in/invites`` calls, and reads the digits off its result.
        """
        wanted = {"name": name, "email": email, "campaign_id": str(self.campaign_id)}
        made = await self.new(Role.COORDINATOR, "/invites", wanted)
        token = made["link"].partition("#")[2]
        async with signin_transaction(self.pool) as db:
            sent = await accounts.start_invite(db, self.keyring, token)
        return await self.sign_in(sent, f"{name}'s phone")

    async def sign_in(self, sent: SentCode, device_name: str) -> Json:
        """Tokens for a new device, by the route that phones take."""
        wanted = SignIn(request_id=sent.request.request_id, code=sent.code, device_name=device_name)
        answer = await self.http.post("/sign-in/sessions", json=msgspec.to_builtins(wanted))
        if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
            return answer.raise_for_status().json()
        # More phones behind one address than the route lets in at once: the same without it.
        async with signin_transaction(self.pool) as db:
            return msgspec.to_builtins(await accounts.sign_in(db, self.keyring, wanted))


async def found(pool: Pool, keyring: Keyring, http: httpx.AsyncClient) -> Stage:
    """A new organization with a campaign and one member of staff for each role, signed in."""
    async with signin_transaction(pool) as db:
        slug = _free(await queries.organization_slugs(db))
        organization_id = await accounts.create_organization(db, slug, NAME, TIME_ZONE)
        campaign = await accounts.start_campaign(db, organization_id, "Streets for people")
    stage = Stage(
        pool=pool,
        keyring=keyring,
        http=http,
        organization_id=organization_id,
        slug=slug,
        campaign_id=campaign.id,
    )
    for role, name in STAFF.items():
        async with organization_transaction(pool, organization_id) as db:
            member = await accounts.add_member(
                db, organization_id, name, [role], email=email_of(role)
            )
            sent = await accounts.issue_code(db, keyring, organization_id, member_id=member.id)
        stage.tokens[role] = await stage.sign_in(sent, f"{name}'s browser")
    return stage


def email_of(role: Role) -> str:
    """The address of the member of staff with this role."""
    return f"{role}@example.org"


def _free(taken: list[str]) -> str:
    """``demo``, or with a number where earlier runs left theirs."""
    return next(
        slug
        for slug in ("demo", *(f"demo-{number}" for number in range(2, len(taken) + 3)))
        if slug not in taken
    )
