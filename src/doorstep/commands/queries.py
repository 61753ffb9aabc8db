"""Every statement that only commands need."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all, fetch_maybe, fetch_one


class OpenInvite(msgspec.Struct, frozen=True, kw_only=True):
    """An invite that can still be taken."""

    id: UUID


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A member as the telephone list knows them."""

    id: UUID
    name: str


class RequestRole(msgspec.Struct, frozen=True, kw_only=True):
    """What the login for requests could do besides."""

    name: str
    superuser: bool
    bypasses: bool


class NamedPass(msgspec.Struct, frozen=True, kw_only=True):
    """A pass as an organizer knows it."""

    id: UUID
    name: str
    campaign: str


class TenantTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table under tenancy, and whether even its owner is held to it."""

    name: str
    forced: bool


async def organization_slugs(db: Connection) -> list[str]:
    """The short names of all organizations; the sign-in role may read them."""
    rows = await db.fetch("select slug from organization order by slug")
    return [row["slug"] for row in rows]


async def members_by_phone(db: Connection, organization_id: UUID, phone: str) -> list[Holder]:
    """The live members with this number; a household may share one."""
    return await fetch_all(
        db,
        Holder,
        """
        select id, name
          from member
         where organization_id = $1 and phone = $2 and ended_at is null
         order by created_at, id
        """,
        organization_id,
        phone,
    )


async def open_invite_to(db: Connection, organization_id: UUID, to: str) -> OpenInvite | None:
    """The newest open invite to this e-mail address or phone number."""
    return await fetch_maybe(
        db,
        OpenInvite,
        """
        select id
          from invite
         where organization_id = $1 and (lower(email) = lower($2) or phone = $2)
           and used_at is null and withdrawn_at is null and expires_at > now()
         order by created_at desc
         limit 1
        """,
        organization_id,
        to,
    )


async def server_version(db: Connection) -> int:
    """The server's version as a number: 150004 is 15.4."""
    return await db.fetchval("select current_setting('server_version_num')::integer")


async def server_now(db: Connection) -> dt.datetime:
    """What time the server has."""
    return await db.fetchval("select clock_timestamp()")


async def request_roles(db: Connection) -> list[RequestRole]:
    """The roles that requests take on."""
    return await fetch_all(
        db,
        RequestRole,
        """
        select rolname as name, rolsuper as superuser, rolbypassrls as bypasses
          from pg_roles
         where rolname in ('doorstep_request', 'doorstep_signin', 'doorstep_worker')
         order by rolname
        """,
    )


async def login_role(db: Connection) -> RequestRole:
    """The role that signed in."""
    return await fetch_one(
        db,
        RequestRole,
        """
        select rolname as name, rolsuper as superuser, rolbypassrls as bypasses
          from pg_roles
         where rolname = session_user
        """,
    )


async def may_become(db: Connection, role: str) -> bool:
    """Whether the login can take on a role."""
    return await db.fetchval("select pg_has_role(session_user, $1::name, 'member')", role)


async def tenant_tables(db: Connection) -> list[TenantTable]:
    """Every table with an organization's rows."""
    return await fetch_all(
        db,
        TenantTable,
        """
        select c.relname::text as name, c.relrowsecurity and c.relforcerowsecurity as forced
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind in ('r', 'p')
           and (c.relname = 'organization' or exists (
                 select from pg_attribute a
                  where a.attrelid = c.oid and a.attname = 'organization_id'
                    and not a.attisdropped))
         order by c.relname
        """,
    )


async def passes_newest_first(db: Connection, organization_id: UUID) -> list[NamedPass]:
    """Every pass with the campaign it belongs to."""
    return await fetch_all(
        db,
        NamedPass,
        """
        select p.id, p.name, c.name as campaign
          from pass p
          join campaign c on c.organization_id = p.organization_id and c.id = p.campaign_id
         where p.organization_id = $1
         order by p.created_at desc, p.id desc
        """,
        organization_id,
    )
