"""Makers: what a test needs to be there, with everything it does not care about filled in.

Each test works in an organization of its own, on a real pool with real commits: tenancy keeps
tests apart as it keeps customers apart, and every test proves it a little more.
"""

import itertools
from dataclasses import dataclass, field
from uuid import UUID

import httpx
from litestar import Litestar

from doorstep.accounts import service as accounts
from doorstep.kit.auth import Role
from doorstep.kit.db import Pool, organization_transaction, signin_transaction
from doorstep.kit.tokens import Keyring

_numbers = itertools.count(1)


@dataclass
class World:
    """What every test shares: one application on one database."""

    app: Litestar
    pool: Pool
    keyring: Keyring

    def anonymous(self) -> httpx.AsyncClient:
        """A client that is not signed in."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://doorstep.test",
        )


@dataclass
class Tenant:
    """One organization with a campaign, and signed-in clients for its members."""

    world: World
    id: UUID
    slug: str
    campaign_id: UUID
    clients: dict[Role, httpx.AsyncClient] = field(default_factory=dict)
    member_ids: dict[Role, UUID] = field(default_factory=dict)

    def transaction(self):
        """A transaction inside the organization; commits at its end."""
        return organization_transaction(self.world.pool, self.id)

    async def member(self, role: Role = Role.VOLUNTEER, name: str | None = None):
        """A new member with this role and a client signed in as them: (id, client)."""
        number = next(_numbers)
        async with self.transaction() as db:
            made = await accounts.add_member(
                db,
                self.id,
                name or f"Member {number}",
                [role],
                email=f"member{number}@example.org",
            )
            tokens = await accounts.new_device(
                db, self.world.keyring, self.id, made.id, "Test phone"
            )
        client = self.world.anonymous()
        client.headers["authorization"] = f"Bearer {tokens.access_token}"
        return made.id, client

    async def client(self, role: Role) -> httpx.AsyncClient:
        """The client of the organization's one member of this role, made when first asked for."""
        if role not in self.clients:
            self.member_ids[role], self.clients[role] = await self.member(role)
        return self.clients[role]

    async def owner(self) -> httpx.AsyncClient:
        return await self.client(Role.OWNER)

    async def organizer(self) -> httpx.AsyncClient:
        return await self.client(Role.ORGANIZER)

    async def coordinator(self) -> httpx.AsyncClient:
        return await self.client(Role.COORDINATOR)

    async def volunteer(self) -> httpx.AsyncClient:
        return await self.client(Role.VOLUNTEER)


async def make_tenant(world: World) -> Tenant:
    """A new organization with a campaign."""
    slug = f"group-{next(_numbers)}"
    async with signin_transaction(world.pool) as db:
        organization_id = await accounts.create_organization(db, slug, slug.title())
        campaign = await accounts.start_campaign(db, organization_id, "Spring")
    return Tenant(world, organization_id, slug, campaign.id)
