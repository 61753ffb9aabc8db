"""Every statement about accounts."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.accounts.model import Campaign, Device, Invite, Member, Organization
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_maybe, fetch_one


async def organization_by_id(db: Connection, organization_id: UUID) -> Organization:
    return await fetch_one(
        db,
        Organization,
        """
        select id, slug, name, time_zone, require_consent, consent_months
          from organization
         where id = $1
        """,
        organization_id,
    )


async def organization_id_by_slug(db: Connection, slug: str) -> UUID | None:
    return await db.fetchval("select id from organization where slug = $1", slug)


async def insert_organization(
    db: Connection, organization_id: UUID, slug: str, name: str, time_zone: str
) -> None:
    await db.execute(
        """
        insert into organization (id, slug, name, time_zone)
        values ($1, $2, $3, $4)
        """,
        organization_id,
        slug,
        name,
        time_zone,
    )


async def insert_change_counter(db: Connection, organization_id: UUID) -> None:
    await db.execute("insert into change_counter (organization_id) values ($1)", organization_id)


async def update_organization(
    db: Connection,
    organization_id: UUID,
    name: str | None,
    time_zone: str | None,
    require_consent: bool | None,
    consent_months: int | None,
) -> Organization:
    return await fetch_one(
        db,
        Organization,
        """
        update organization
           set name = coalesce($2, name),
               time_zone = coalesce($3, time_zone),
               require_consent = coalesce($4, require_consent),
               consent_months = coalesce($5, consent_months)
         where id = $1
        returning id, slug, name, time_zone, require_consent, consent_months
        """,
        organization_id,
        name,
        time_zone,
        require_consent,
        consent_months,
    )


async def campaigns(db: Connection, organization_id: UUID) -> list[Campaign]:
    return await fetch_all(
        db,
        Campaign,
        """
        select id, name, status, created_at, closed_at
          from campaign
         where organization_id = $1
         order by created_at, id
        """,
        organization_id,
    )


async def campaign_by_id(db: Connection, organization_id: UUID, campaign_id: UUID) -> Campaign:
    return await fetch_one(
        db,
        Campaign,
        """
        select id, name, status, created_at, closed_at
          from campaign
         where organization_id = $1 and id = $2
        """,
        organization_id,
        campaign_id,
    )


async def insert_campaign(
    db: Connection, organization_id: UUID, campaign_id: UUID, name: str
) -> Campaign:
    return await fetch_one(
        db,
        Campaign,
        """
        insert into campaign (organization_id, id, name)
        values ($1, $2, $3)
        returning id, name, status, created_at, closed_at
        """,
        organization_id,
        campaign_id,
        name,
    )


async def close_campaign(db: Connection, organization_id: UUID, campaign_id: UUID) -> Campaign:
    return await fetch_one(
        db,
        Campaign,
        """
        update campaign
           set status = 'closed',
               closed_at = coalesce(closed_at, now())
         where organization_id = $1 and id = $2
        returning id, name, status, created_at, closed_at
        """,
        organization_id,
        campaign_id,
    )


async def members(db: Connection, organization_id: UUID, limit: int, offset: int) -> list[Member]:
    return await fetch_all(
        db,
        Member,
        """
        select id, name, email, phone, roles, locale, created_at, ended_at
          from member
         where organization_id = $1
         order by created_at, id
         limit $2 offset $3
        """,
        organization_id,
        limit,
        offset,
    )


async def member_by_id(db: Connection, organization_id: UUID, member_id: UUID) -> Member:
    return await fetch_one(
        db,
        Member,
        """
        select id, name, email, phone, roles, locale, created_at, ended_at
          from member
         where organization_id = $1 and id = $2
        """,
        organization_id,
        member_id,
    )


async def member_by_email(db: Connection, organization_id: UUID, email: str) -> Member | None:
    return await fetch_maybe(
        db,
        Member,
        """
        select id, name, email, phone, roles, locale, created_at, ended_at
          from member
         where organization_id = $1 and lower(email) = lower($2) and ended_at is null
        """,
        organization_id,
        email,
    )


async def insert_member(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    name: str,
    email: str | None,
    phone: str | None,
    roles: list[str],
) -> Member:
    return await fetch_one(
        db,
        Member,
        """
        insert into member (organization_id, id, name, email, phone, roles)
        values ($1, $2, $3, $4, $5, $6)
        returning id, name, email, phone, roles, locale, created_at, ended_at
        """,
        organization_id,
        member_id,
        name,
        email,
        phone,
        roles,
    )


async def update_member(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    name: str | None,
    roles: list[str] | None,
    locale: str | None,
) -> Member:
    return await fetch_one(
        db,
        Member,
        """
        update member
           set name = coalesce($3, name),
               roles = coalesce($4, roles),
               locale = coalesce($5, locale)
         where organization_id = $1 and id = $2
        returning id, name, email, phone, roles, locale, created_at, ended_at
        """,
        organization_id,
        member_id,
        name,
        roles,
        locale,
    )


async def end_member(db: Connection, organization_id: UUID, member_id: UUID) -> None:
    await execute_one(
        db,
        """
        update member
           set ended_at = coalesce(ended_at, now())
         where organization_id = $1 and id = $2
        """,
        organization_id,
        member_id,
    )


async def erase_member(db: Connection, organization_id: UUID, member_id: UUID) -> Member:
    """Empties what tells who they were, also of their devices and of invites to them."""
    return await fetch_one(
        db,
        Member,
        """
        with before as materialized (
          select email, phone from member where organization_id = $1 and id = $2
        ),
        devices as (
          update device
             set name = 'Former device'
           where organization_id = $1 and member_id = $2
        ),
        invites as (
          update invite i
             set name = 'Former member', email = null, phone = null,
                 withdrawn_at = case when i.used_at is null
                   then coalesce(i.withdrawn_at, now()) else i.withdrawn_at end
            from before b
           where i.organization_id = $1
             and (i.member_id = $2 or lower(i.email) = lower(b.email) or i.phone = b.phone)
        )
        update member
           set name = 'Former member', email = null, phone = null, locale = 'en',
               erased_at = coalesce(erased_at, now())
         where organization_id = $1 and id = $2
        returning id, name, email, phone, roles, locale, created_at, ended_at
        """,
        organization_id,
        member_id,
    )


async def lock_owners(db: Connection, organization_id: UUID) -> list[UUID]:
    """The members who are owners now, held until the transaction ends."""
    rows = await db.fetch(
        """
        select id
          from member
         where organization_id = $1 and ended_at is null and 'owner' = any(roles)
         order by id
           for update
        """,
        organization_id,
    )
    return [row["id"] for row in rows]


async def devices_of_member(db: Connection, organization_id: UUID, member_id: UUID) -> list[Device]:
    return await fetch_all(
        db,
        Device,
        """
        select id, member_id, name, created_at, last_seen_at, expires_at, revoked_at
          from device
         where organization_id = $1 and member_id = $2
         order by created_at desc, id
        """,
        organization_id,
        member_id,
    )


async def insert_device(
    db: Connection,
    organization_id: UUID,
    device_id: UUID,
    member_id: UUID,
    name: str,
    expires_at: dt.datetime,
) -> None:
    await db.execute(
        """
        insert into device (organization_id, id, member_id, name, expires_at)
        values ($1, $2, $3, $4, $5)
        """,
        organization_id,
        device_id,
        member_id,
        name,
        expires_at,
    )


async def had_another_device(
    db: Connection, organization_id: UUID, member_id: UUID, device_id: UUID
) -> bool:
    """Whether the member was signed in on another device before, be it signed out by now."""
    return await db.fetchval(
        """
        select exists (
          select from device where organization_id = $1 and member_id = $2 and id <> $3)
        """,
        organization_id,
        member_id,
        device_id,
    )


async def touch_device(db: Connection, organization_id: UUID, device_id: UUID) -> None:
    await db.execute(
        "update device set last_seen_at = now() where organization_id = $1 and id = $2",
        organization_id,
        device_id,
    )


async def revoke_device(
    db: Connection, organization_id: UUID, member_id: UUID, device_id: UUID, reason: str
) -> None:
    await execute_one(
        db,
        """
        update device
           set revoked_at = coalesce(revoked_at, now()),
               revoked_reason = coalesce(revoked_reason, $4)
         where organization_id = $1 and member_id = $2 and id = $3
        """,
        organization_id,
        member_id,
        device_id,
        reason,
    )


async def revoke_devices_of_member(
    db: Connection, organization_id: UUID, member_id: UUID, reason: str
) -> None:
    await db.execute(
        """
        update device
           set revoked_at = now(),
               revoked_reason = $3
         where organization_id = $1 and member_id = $2 and revoked_at is null
        """,
        organization_id,
        member_id,
        reason,
    )


async def invites(db: Connection, organization_id: UUID, limit: int, offset: int) -> list[Invite]:
    return await fetch_all(
        db,
        Invite,
        """
        select id, campaign_id, name, email, phone, roles, created_at, expires_at, used_at,
               withdrawn_at
          from invite
         where organization_id = $1
         order by created_at desc, id
         limit $2 offset $3
        """,
        organization_id,
        limit,
        offset,
    )


async def insert_invite(
    db: Connection,
    organization_id: UUID,
    invite_id: UUID,
    campaign_id: UUID | None,
    name: str,
    email: str | None,
    phone: str | None,
    roles: list[str],
    token_hash: bytes,
    created_by: UUID,
    expires_at: dt.datetime,
) -> Invite:
    return await fetch_one(
        db,
        Invite,
        """
        insert into invite
          (organization_id, id, campaign_id, name, email, phone, roles, token_hash, created_by,
           expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        returning id, campaign_id, name, email, phone, roles, created_at, expires_at, used_at,
                  withdrawn_at
        """,
        organization_id,
        invite_id,
        campaign_id,
        name,
        email,
        phone,
        roles,
        token_hash,
        created_by,
        expires_at,
    )


async def withdraw_invite(db: Connection, organization_id: UUID, invite_id: UUID) -> None:
    await execute_one(
        db,
        """
        update invite
           set withdrawn_at = coalesce(withdrawn_at, now())
         where organization_id = $1 and id = $2 and used_at is null
        """,
        organization_id,
        invite_id,
    )


class OpenInvite(msgspec.Struct, frozen=True, kw_only=True):
    """An invite that can still be used."""

    organization_id: UUID
    id: UUID
    name: str
    email: str | None
    phone: str | None
    roles: list[str]


async def open_invite_by_token(db: Connection, token_hash: bytes) -> OpenInvite | None:
    """Found across organizations: the sign-in role looks."""
    return await fetch_maybe(
        db,
        OpenInvite,
        """
        select organization_id, id, name, email, phone, roles
          from invite
         where token_hash = $1 and used_at is null and withdrawn_at is null and expires_at > now()
        """,
        token_hash,
    )


async def open_invite_by_email(
    db: Connection, organization_id: UUID, email: str
) -> OpenInvite | None:
    return await fetch_maybe(
        db,
        OpenInvite,
        """
        select organization_id, id, name, email, phone, roles
          from invite
         where organization_id = $1 and lower(email) = lower($2) and used_at is null
           and withdrawn_at is null and expires_at > now()
         order by created_at desc
         limit 1
        """,
        organization_id,
        email,
    )


async def use_invite(
    db: Connection, organization_id: UUID, invite_id: UUID, member_id: UUID
) -> OpenInvite | None:
    """The invite, taken; None if somebody was faster or it is no longer open."""
    return await fetch_maybe(
        db,
        OpenInvite,
        """
        update invite
           set used_at = now(),
               member_id = $3
         where organization_id = $1 and id = $2 and used_at is null and withdrawn_at is null
           and expires_at > now()
        returning organization_id, id, name, email, phone, roles
        """,
        organization_id,
        invite_id,
        member_id,
    )


async def point_invite(
    db: Connection, organization_id: UUID, invite_id: UUID, member_id: UUID
) -> None:
    await db.execute(
        "update invite set member_id = $3 where organization_id = $1 and id = $2",
        organization_id,
        invite_id,
        member_id,
    )
