"""An organization made once through the API, and copies of it made by the database at once."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from makers import Tenant, make_field, make_street, make_tenant, make_turf
from phone import fresh

from doorstep.kit.auth import Caller, Role
from doorstep.kit.ids import new_id

# Their ids are unique in all organizations, so each copy has its own.
NOT_COPIED = ("device", "refresh_token")


@dataclass
class CopiedField:
    """Two turfs, of which the first volunteer holds the first."""

    tenant: Tenant
    turfs: list[str]
    person_of: dict[str, str]
    """Door → person."""
    turf_of: dict[str, str]
    members: dict[Role | int, UUID]
    """The volunteers 0 and 1, and the organizer."""
    database: asyncpg.Connection | None = None
    """A superuser's; of the one that is copied."""
    statements: str = ""

    def caller(self, who, device_id):
        """A member as the server knows them."""
        role = Role.VOLUNTEER if who in (0, 1) else Role(who)
        return Caller(
            organization_id=self.tenant.id, member_id=self.members[who], device_id=device_id,
            roles=frozenset([role]),
        )  # fmt: skip

    async def add_device(self, who):
        """A new device of a member, signed in."""
        device_id = new_id()
        async with self.tenant.transaction() as db:
            await db.execute(
                """
                insert into device (organization_id, id, member_id, name, expires_at)
                values ($1, $2, $3, 'Phone', $4)
                """,
                self.tenant.id,
                device_id,
                self.members[who],
                dt.datetime.now(dt.UTC) + dt.timedelta(days=30),
            )
        return self.caller(who, device_id)

    async def copy(self):
        """The same in an organization of its own, under the same ids."""
        organization_id = new_id()
        script = self.statements.replace(":new", str(organization_id))
        await self.database.execute(script)
        tenant = Tenant(
            self.tenant.world, organization_id, str(organization_id), self.tenant.campaign_id
        )
        return CopiedField(tenant, self.turfs, self.person_of, dict(self.turf_of), self.members)


async def make_copied_field(world, database) -> CopiedField:
    """What is copied, with the statements that do."""
    field = await make_field(await make_tenant(world), houses=3)
    tenant = field.tenant
    street = await make_street(tenant, houses=2, lon=25.5)
    second = await make_turf(tenant, field.pass_id, street.box, "Turf 2")
    organizer = await tenant.organizer()
    assert (await organizer.post(f"/turfs/{second['id']}/publishing")).is_success
    partner_id, _ = await tenant.member()
    # From now on every change has its number.
    await fresh(field.volunteer)
    turf_of = {str(door): field.turf_id for door in field.street.door_ids}
    turf_of |= {str(door): second["id"] for door in street.door_ids}
    people = [*field.street.person_ids, *street.person_ids]
    return CopiedField(
        tenant,
        [field.turf_id, second["id"]],
        dict(zip(turf_of, map(str, people), strict=True)),
        turf_of,
        {0: field.volunteer_id, 1: partner_id, Role.ORGANIZER: tenant.member_ids[Role.ORGANIZER]},
        database,
        await _copying(database, tenant.id),
    )


async def _copying(db, organization_id):
    """Statements that copy each row of an organization into another, ``:new``."""
    tables = await db.fetch(
        """
        select c.table_name::text as name, array_agg(c.column_name::text) as columns
          from information_schema.columns c
          join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
           and c.is_generated = 'NEVER' and c.is_identity = 'NO'
         group by c.table_name
        having 'organization_id' = any(array_agg(c.column_name::text))
            or c.table_name = 'organization'
        """
    )
    # Rows are there as they were, so nothing is to be checked or noted again.
    parts = ["begin", "set local session_replication_role = replica"]
    for name, columns in tables:
        of = "id" if name == "organization" else "organization_id"
        rows = f"from {name} where {of} = '{organization_id}'"
        if name not in NOT_COPIED and await db.fetchval(f"select count(*) {rows}"):
            values = ["':new'" if one in (of, "slug") else one for one in columns]
            parts.append(
                f"insert into {name} ({', '.join(columns)}) select {', '.join(values)} {rows}"
            )
    return "; ".join([*parts, "commit"])
