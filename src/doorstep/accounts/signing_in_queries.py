"""Every statement about codes and refresh tokens, by which devices sign in."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all, fetch_maybe


class CodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A code on its way, as sign-in finds it."""

    organization_id: UUID
    id: UUID
    member_id: UUID | None
    invite_id: UUID | None
    code_hash: bytes
    tries_left: int
    device_id: UUID | None


class HeldDevice(msgspec.Struct, frozen=True, kw_only=True):
    """What new tokens for a device need to know of it."""

    member_id: UUID
    expires_at: dt.datetime


class RefreshRow(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token with its device and successor, as a refresh finds them."""

    organization_id: UUID
    id: UUID
    device_id: UUID
    member_id: UUID
    device_expires_at: dt.datetime
    expired: bool
    device_live: bool
    used_nonce: str | None
    used: bool
    successor_id: UUID | None
    successor_used: bool


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a proved number or address may mean; the lower rank is surer."""

    organization_id: UUID
    slug: str
    member_id: UUID | None
    invite_id: UUID | None
    rank: int


async def matches(
    db: Connection, email: str | None, phone: str | None, slug: str | None
) -> list[Match]:
    """Whom a proved address or number means, the surest first, found across organizations.

    A number stands for a member who has no address, or who may do no more than a volunteer: it was
    typed in by whoever invited them, and must not open the account of somebody who may do more. An
    invite is for its address where it has one, as its code would go there.
    """
    return await fetch_all(
        db,
        Match,
        """
        select o.id as organization_id, o.slug, f.member_id, f.invite_id, f.rank
          from (
            select organization_id, id as member_id, null::uuid as invite_id, created_at, 1 as rank
              from member
             where lower(email) = lower($1) and ended_at is null
             union all
            select organization_id, id, null, created_at, 2
              from member
             where phone = $2 and ended_at is null
               and not coalesce(lower(email) = lower($1), false)
               and (email is null or roles = array['volunteer'])
             union all
            select organization_id, null, id, created_at, 3
              from invite
             where (lower(email) = lower($1) or email is null and phone = $2)
               and used_at is null and withdrawn_at is null and expires_at > now()) f
          join organization o on o.id = f.organization_id
         where $3::text is null or o.slug = $3
         order by f.rank, f.created_at desc
        """,
        email,
        phone,
        slug,
    )


async def insert_code(
    db: Connection,
    organization_id: UUID,
    request_id: UUID,
    member_id: UUID | None,
    invite_id: UUID | None,
    code_hash: bytes,
    expires_at: dt.datetime,
) -> None:
    await db.execute(
        """
        insert into sign_in_code
          (organization_id, id, member_id, invite_id, code_hash, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        organization_id,
        request_id,
        member_id,
        invite_id,
        code_hash,
        expires_at,
    )


async def organization_of_code(db: Connection, request_id: UUID) -> UUID | None:
    """Found across organizations: the sign-in role looks."""
    return await db.fetchval("select organization_id from sign_in_code where id = $1", request_id)


async def try_code(
    db: Connection, organization_id: UUID, request_id: UUID, nonce: str | None
) -> CodeRow | None:
    """The code with one try taken from it; None if it is used, too old or tried too often.

    A used one is found once more, with the device it made, by whoever knows the nonce it was used
    with.
    """
    return await fetch_maybe(
        db,
        CodeRow,
        """
        update sign_in_code
           set tries_left = tries_left - 1
         where organization_id = $1 and id = $2 and tries_left > 0
           and (used_at is null and expires_at > now()
                or used_at > now() - interval '2 minutes' and used_nonce = $3)
        returning organization_id, id, member_id, invite_id, code_hash, tries_left, device_id
        """,
        organization_id,
        request_id,
        nonce,
    )


async def use_code(
    db: Connection, organization_id: UUID, request_id: UUID, nonce: str | None, device_id: UUID
) -> None:
    """Tries are left for a network that loses one answer after another."""
    await db.execute(
        """
        update sign_in_code
           set used_at = now(),
               tries_left = 20,
               used_nonce = $3,
               device_id = $4
         where organization_id = $1 and id = $2
        """,
        organization_id,
        request_id,
        nonce,
        device_id,
    )


async def hold_live_device(
    db: Connection, organization_id: UUID, device_id: UUID
) -> HeldDevice | None:
    """A device that is signed in, held until the transaction ends; None if it is not."""
    return await fetch_maybe(
        db,
        HeldDevice,
        """
        select d.member_id, d.expires_at
          from device d
          join member m on m.organization_id = d.organization_id and m.id = d.member_id
         where d.organization_id = $1 and d.id = $2 and d.revoked_at is null
           and d.expires_at > now() and m.ended_at is null
           for update of d
        """,
        organization_id,
        device_id,
    )


async def reissue_first_refresh(
    db: Connection,
    organization_id: UUID,
    device_id: UUID,
    token_hash: bytes,
    expires_at: dt.datetime,
) -> bool:
    """Whether the device's first token was replaced: not if any was used. Hold the device."""
    return await db.fetchval(
        """
        with reissued as (
          update refresh_token
             set token_hash = $3,
                 expires_at = $4
           where organization_id = $1 and device_id = $2
             and not exists (
                   select from refresh_token u
                    where u.organization_id = $1 and u.device_id = $2 and u.used_at is not null)
          returning id)
        select exists (select from reissued)
        """,
        organization_id,
        device_id,
        token_hash,
        expires_at,
    )


async def organization_of_refresh(db: Connection, token_hash: bytes) -> UUID | None:
    """Found across organizations: the sign-in role looks."""
    return await db.fetchval(
        "select organization_id from refresh_token where token_hash = $1", token_hash
    )


async def hold_device_of_refresh(db: Connection, organization_id: UUID, token_hash: bytes) -> None:
    """Of two uses at once, one comes second and sees what the first did."""
    await db.execute(
        """
        select from device
         where organization_id = $1
           and id = (select device_id from refresh_token
                      where organization_id = $1 and token_hash = $2)
           for update
        """,
        organization_id,
        token_hash,
    )


async def refresh_of_device(
    db: Connection, organization_id: UUID, token_hash: bytes
) -> RefreshRow | None:
    """The token with its device and successor; read it while holding the device."""
    return await fetch_maybe(
        db,
        RefreshRow,
        """
        select r.organization_id, r.id, r.device_id, d.member_id,
               d.expires_at as device_expires_at, r.expires_at <= now() as expired,
               d.revoked_at is null and d.expires_at > now() and m.ended_at is null as device_live,
               r.used_nonce, r.used_at is not null as used, r.successor_id,
               coalesce(s.used_at is not null, false) as successor_used
          from refresh_token r
          join device d on d.organization_id = r.organization_id and d.id = r.device_id
          join member m on m.organization_id = d.organization_id and m.id = d.member_id
          left join refresh_token s on s.organization_id = r.organization_id
                                   and s.id = r.successor_id
         where r.organization_id = $1 and r.token_hash = $2
        """,
        organization_id,
        token_hash,
    )


async def insert_refresh(
    db: Connection,
    organization_id: UUID,
    token_id: UUID,
    device_id: UUID,
    token_hash: bytes,
    expires_at: dt.datetime,
) -> None:
    await db.execute(
        """
        insert into refresh_token (organization_id, id, device_id, token_hash, expires_at)
        values ($1, $2, $3, $4, $5)
        """,
        organization_id,
        token_id,
        device_id,
        token_hash,
        expires_at,
    )


async def use_refresh(
    db: Connection, organization_id: UUID, token_id: UUID, nonce: str, successor_id: UUID
) -> None:
    await db.execute(
        """
        update refresh_token
           set used_at = now(),
               used_nonce = $3,
               successor_id = $4
         where organization_id = $1 and id = $2
        """,
        organization_id,
        token_id,
        nonce,
        successor_id,
    )


async def reissue_refresh(
    db: Connection,
    organization_id: UUID,
    token_id: UUID,
    token_hash: bytes,
    expires_at: dt.datetime,
) -> None:
    await db.execute(
        """
        update refresh_token
           set token_hash = $3,
               expires_at = $4
         where organization_id = $1 and id = $2
        """,
        organization_id,
        token_id,
        token_hash,
        expires_at,
    )
