"""Every statement about hooks."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.hooks.model import DeliveryState, Hook, HookDelivery, HookKind, Ids, Parcel
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one


async def hooks(db: Connection, organization_id: UUID) -> list[Hook]:
    return await fetch_all(
        db,
        Hook,
        """
        select id, url, kinds, active, off_reason, failing_since, made_by, created_at
          from hook
         where organization_id = $1
         order by id
        """,
        organization_id,
    )


async def hook_by_id(db: Connection, organization_id: UUID, hook_id: UUID) -> Hook:
    return await fetch_one(
        db,
        Hook,
        """
        select id, url, kinds, active, off_reason, failing_since, made_by, created_at
          from hook
         where organization_id = $1 and id = $2
        """,
        organization_id,
        hook_id,
    )


async def insert_hook(
    db: Connection, organization_id: UUID, hook_id: UUID, url: str, kinds: list[str], made_by: UUID
) -> Hook:
    return await fetch_one(
        db,
        Hook,
        """
        insert into hook (organization_id, id, url, kinds, made_by)
        values ($1, $2, $3, $4, $5)
        returning id, url, kinds, active, off_reason, failing_since, made_by, created_at
        """,
        organization_id,
        hook_id,
        url,
        kinds,
        made_by,
    )


async def update_hook(
    db: Connection, organization_id: UUID, hook_id: UUID, url: str | None, kinds: list[str] | None
) -> Hook:
    return await fetch_one(
        db,
        Hook,
        """
        update hook
           set url = coalesce($3, url),
               kinds = coalesce($4, kinds)
         where organization_id = $1 and id = $2
        returning id, url, kinds, active, off_reason, failing_since, made_by, created_at
        """,
        organization_id,
        hook_id,
        url,
        kinds,
    )


async def switch_on(db: Connection, organization_id: UUID, hook_id: UUID) -> None:
    await execute_one(
        db,
        """
        update hook
           set active = true,
               off_reason = null,
               failing_since = null
         where organization_id = $1 and id = $2
        """,
        organization_id,
        hook_id,
    )


async def switch_off(db: Connection, organization_id: UUID, hook_id: UUID, reason: str) -> bool:
    """Whether it was on; what waits for it is given up."""
    return await db.fetchval(
        """
        with off as (
          update hook
             set active = false,
                 off_reason = $3
           where organization_id = $1 and id = $2 and active
          returning id),
        given_up as (
          update hook_delivery d
             set state = 'failed',
                 next_at = null,
                 error = coalesce(d.error, 'switched_off')
            from off
           where d.organization_id = $1 and d.hook_id = off.id and d.state = 'waiting')
        select exists (select from off)
        """,
        organization_id,
        hook_id,
        reason,
    )


async def next_secret(db: Connection, organization_id: UUID, hook_id: UUID) -> int:
    """The number of the hook's new secret; the one before is worth nothing from now on."""
    number: int = await db.fetchval(
        """
        update hook
           set secret_number = secret_number + 1
         where organization_id = $1 and id = $2
        returning secret_number
        """,
        organization_id,
        hook_id,
    )
    return number


async def delete_hook(db: Connection, organization_id: UUID, hook_id: UUID) -> None:
    await execute_one(
        db, "delete from hook where organization_id = $1 and id = $2", organization_id, hook_id
    )


async def insert_deliveries(
    db: Connection, organization_id: UUID, ids: Sequence[UUID], kind: HookKind, data: Ids
) -> None:
    """One for each hook that wants this kind; ``ids`` has enough for all."""
    await db.execute(
        """
        insert into hook_delivery (organization_id, id, hook_id, kind, data)
        select $1, ($2::uuid[])[row_number() over (order by h.id)], h.id, $3, $4
          from hook h
         where h.organization_id = $1 and h.active and $3 = any(h.kinds)
        """,
        organization_id,
        ids,
        kind,
        data,
    )


async def insert_delivery(
    db: Connection,
    organization_id: UUID,
    delivery_id: UUID,
    hook_id: UUID,
    kind: HookKind,
    data: Ids,
) -> HookDelivery:
    return await fetch_one(
        db,
        HookDelivery,
        """
        insert into hook_delivery (organization_id, id, hook_id, kind, data)
        values ($1, $2, $3, $4, $5)
        returning id, hook_id, kind, data, state, attempts, created_at, next_at, tried_at,
                  response_status, error
        """,
        organization_id,
        delivery_id,
        hook_id,
        kind,
        data,
    )


async def deliveries(
    db: Connection,
    organization_id: UUID,
    hook_id: UUID,
    state: DeliveryState | None,
    limit: int,
    offset: int,
) -> list[HookDelivery]:
    return await fetch_all(
        db,
        HookDelivery,
        """
        select id, hook_id, kind, data, state, attempts, created_at, next_at, tried_at,
               response_status, error
          from hook_delivery
         where organization_id = $1
           and hook_id = $2
           and ($3::text is null or state = $3)
         order by id desc
         limit $4 offset $5
        """,
        organization_id,
        hook_id,
        state,
        limit,
        offset,
    )


async def wait_again(
    db: Connection, organization_id: UUID, hook_id: UUID, delivery_id: UUID
) -> HookDelivery:
    """The delivery as if it had never been tried."""
    return await fetch_one(
        db,
        HookDelivery,
        """
        update hook_delivery
           set state = 'waiting',
               attempts = 0,
               next_at = now(),
               response_status = null,
               error = null
         where organization_id = $1 and hook_id = $2 and id = $3
        returning id, hook_id, kind, data, state, attempts, created_at, next_at, tried_at,
                  response_status, error
        """,
        organization_id,
        hook_id,
        delivery_id,
    )


async def organizations_with_due(db: Connection) -> list[UUID]:
    """Found across organizations: the worker looks."""
    rows = await db.fetch(
        """
        select distinct organization_id
          from hook_delivery
         where state = 'waiting' and next_at <= now()
        """
    )
    return [row[0] for row in rows]


async def organizations_with_old(db: Connection, before: dt.datetime) -> list[UUID]:
    """Found across organizations: the worker looks."""
    rows = await db.fetch(
        """
        select distinct organization_id
          from hook_delivery
         where state <> 'waiting' and created_at < $1
        """,
        before,
    )
    return [row[0] for row in rows]


async def forget_old(db: Connection, organization_id: UUID, before: dt.datetime) -> None:
    await db.execute(
        """
        delete from hook_delivery
         where organization_id = $1 and state <> 'waiting' and created_at < $2
        """,
        organization_id,
        before,
    )


async def take_due(
    db: Connection, organization_id: UUID, per_hook: int, lease_s: float
) -> list[Parcel]:
    """What is due, the oldest first, counted as tried; whoever crashes leaves it for later."""
    return await fetch_all(
        db,
        Parcel,
        """
        with due as (
          select id, row_number() over (partition by hook_id order by next_at, id) as place
            from hook_delivery
           where organization_id = $1 and state = 'waiting' and next_at <= now()),
        taken as (
          update hook_delivery d
             set attempts = d.attempts + 1,
                 tried_at = now(),
                 next_at = now() + make_interval(secs => $3)
            from due
           where d.organization_id = $1 and d.id = due.id and due.place <= $2
             and d.state = 'waiting' and d.next_at <= now()
          returning d.id, d.hook_id, d.kind, d.data, d.attempts, d.created_at)
        select h.organization_id, t.id, t.hook_id, t.kind, t.data, t.attempts, t.created_at, h.url,
               h.secret_number
          from taken t
          join hook h on h.organization_id = $1 and h.id = t.hook_id
         order by t.id
        """,
        organization_id,
        per_hook,
        lease_s,
    )


async def put_back(
    db: Connection, organization_id: UUID, ids: Sequence[UUID], next_at: dt.datetime
) -> None:
    """These were taken and not tried."""
    await db.execute(
        """
        update hook_delivery
           set attempts = attempts - 1,
               next_at = $3
         where organization_id = $1 and id = any($2) and state = 'waiting'
        """,
        organization_id,
        ids,
        next_at,
    )


async def note_taken(
    db: Connection, organization_id: UUID, hook_id: UUID, delivery_id: UUID, status: int
) -> None:
    await db.execute(
        """
        with taken as (
          update hook_delivery
             set state = 'delivered',
                 next_at = null,
                 response_status = $4,
                 error = null
           where organization_id = $1 and id = $3)
        update hook
           set failing_since = null
         where organization_id = $1 and id = $2 and failing_since is not null
        """,
        organization_id,
        hook_id,
        delivery_id,
        status,
    )


async def note_failed(
    db: Connection,
    organization_id: UUID,
    delivery_id: UUID,
    status: int | None,
    error: str,
    next_at: dt.datetime | None,
) -> None:
    """``next_at`` is None where it is given up."""
    await db.execute(
        """
        update hook_delivery
           set state = case when $5::timestamptz is null then 'failed' else 'waiting' end,
               next_at = $5,
               response_status = $3,
               error = $4
         where organization_id = $1 and id = $2 and state = 'waiting'
        """,
        organization_id,
        delivery_id,
        status,
        error,
        next_at,
    )


async def failing_since(
    db: Connection, organization_id: UUID, hook_id: UUID, now: dt.datetime
) -> dt.datetime:
    """Since when the hook takes nothing: now, if it did until now."""
    since: dt.datetime | None = await db.fetchval(
        """
        update hook
           set failing_since = coalesce(failing_since, $3)
         where organization_id = $1 and id = $2
        returning failing_since
        """,
        organization_id,
        hook_id,
        now,
    )
    return since or now
