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
from doorstep.kit.ids import new_id
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


@dataclass
class Street:
    """Doors along a made-up street, with their people."""

    door_ids: list[UUID]
    building_ids: list[UUID]
    person_ids: list[UUID]
    box: list[list[float]]


async def make_street(tenant: Tenant, houses: int = 6, units: int = 1, lon: float = 24.9) -> Street:
    """Houses 20 m apart, each with units, each unit with one person of its own name."""
    number = next(_numbers)
    street = Street([], [], [], [])
    async with tenant.transaction() as db:
        for house in range(houses):
            building_id, address_id = new_id(), new_id()
            street.building_ids.append(building_id)
            await db.execute(
                "insert into building (organization_id, id) values ($1, $2)", tenant.id, building_id
            )
            await db.execute(
                """
                insert into address
                  (organization_id, id, building_id, external_id, street, house_number, lon, lat)
                values ($1, $2, $3, $4, $5, $6, $7, 60.2)
                """,
                tenant.id,
                address_id,
                building_id,
                f"test/{number}/{house}",
                f"Canary Lane {number}",
                str(house + 1),
                lon + house * 0.0004,
            )
            for unit in range(units):
                door_id, household_id, person_id = new_id(), new_id(), new_id()
                street.door_ids.append(door_id)
                street.person_ids.append(person_id)
                await db.execute(
                    """
                    insert into door (organization_id, id, address_id, unit, unit_key)
                    values ($1, $2, $3, $4, lower($4))
                    """,
                    tenant.id,
                    door_id,
                    address_id,
                    f"A{unit + 1}" if units > 1 else "",
                )
                await db.execute(
                    "insert into household (organization_id, id, door_id) values ($1, $2, $3)",
                    tenant.id,
                    household_id,
                    door_id,
                )
                await db.execute(
                    """
                    insert into person
                      (organization_id, id, household_id, given_name, family_name, phone, email)
                    values ($1, $2, $3, 'Canaria', $4, '+15550100199', 'canary@example.org')
                    """,
                    tenant.id,
                    person_id,
                    household_id,
                    f"Feathers {number}-{house}-{unit}",
                )
    west, east = lon - 0.0002, lon + houses * 0.0004
    street.box = [[west, 60.1], [east, 60.1], [east, 60.3], [west, 60.3], [west, 60.1]]
    return street


QUESTIONS = [
    {
        "type": "yes_no",
        "key": "votes",
        "text": "Will you vote?",
        "required": False,
        "sensitive": False,
        "show_if": None,
    },
    {
        "type": "multi",
        "key": "topics",
        "text": "What matters here?",
        "options": [{"key": "schools", "text": "Schools"}, {"key": "roads", "text": "Roads"}],
    },
    {
        "type": "scale",
        "key": "support",
        "text": "How much do you support us?",
        "required": False,
        "sensitive": True,
        "show_if": None,
        "low": 1,
        "high": 5,
    },
]


@dataclass
class Field:
    """A turf that a volunteer holds, ready to be walked."""

    tenant: Tenant
    street: Street
    pass_id: str
    turf_id: str
    script_id: str
    volunteer_id: UUID
    volunteer: httpx.AsyncClient


async def make_pass(tenant: Tenant, name: str = "First pass"):
    """A pass with a script, through the API: (pass id, script id)."""
    organizer = await tenant.organizer()
    script = await organizer.post(
        "/scripts",
        json={
            "campaign_id": str(tenant.campaign_id),
            "name": f"Script {next(_numbers)}",
            "introduction": "Hello",
            "questions": QUESTIONS,
        },
    )
    assert script.status_code == 201, script.text
    script_id = script.json()["script_id"]
    made = await organizer.post(
        "/passes",
        json={"campaign_id": str(tenant.campaign_id), "name": name, "script_id": script_id},
    )
    assert made.status_code == 201, made.text
    return made.json()["id"], script_id


async def make_turf(tenant: Tenant, pass_id: str, box: list[list[float]], name: str = "Turf 1"):
    """A draft turf, through the API."""
    made = await (await tenant.organizer()).post(
        "/turfs",
        json={
            "pass_id": pass_id,
            "name": name,
            "polygon": {"type": "Polygon", "coordinates": [box]},
        },
    )
    assert made.status_code == 201, made.text
    return made.json()


async def make_field(tenant: Tenant, houses: int = 6, units: int = 1) -> Field:
    """A street, a pass, a published turf, a volunteer who holds it."""
    street = await make_street(tenant, houses, units)
    pass_id, script_id = await make_pass(tenant)
    turf_id = (await make_turf(tenant, pass_id, street.box))["id"]
    organizer = await tenant.organizer()
    assert (await organizer.post(f"/turfs/{turf_id}/publishing")).status_code == 201
    volunteer_id, volunteer = await tenant.member()
    answer = await organizer.post(
        f"/turfs/{turf_id}/assignments", json={"member_ids": [str(volunteer_id)]}
    )
    assert answer.status_code == 201, answer.text
    return Field(tenant, street, pass_id, turf_id, script_id, volunteer_id, volunteer)
