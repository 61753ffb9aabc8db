"""Every statement about posts and the services they go to."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.sharing.model import DeliveryState, Post, PostCreate, PostTarget


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A post that is to be sent to a service now."""

    post_id: UUID
    target_id: UUID
    round: int
    tries_count: int
    text: str
    code: str | None


async def targets(db: Connection, organization_id: UUID) -> list[PostTarget]:
    return await fetch_all(
        db,
        PostTarget,
        """
        select id, label, shown, sealed is not null as active, made_by, created_at
          from post_target
         where organization_id = $1
         order by sealed is null, lower(label), id
        """,
        organization_id,
    )


async def insert_target(
    db: Connection,
    organization_id: UUID,
    target_id: UUID,
    label: str,
    shown: str,
    sealed: bytes,
    made_by: UUID,
) -> PostTarget:
    return await fetch_one(
        db,
        PostTarget,
        """
        insert into post_target (organization_id, id, label, shown, sealed, made_by)
        values ($1, $2, $3, $4, $5, $6)
        returning id, label, shown, sealed is not null as active, made_by, created_at
        """,
        organization_id,
        target_id,
        label,
        shown,
        sealed,
        made_by,
    )


async def retire_target(db: Connection, organization_id: UUID, target_id: UUID) -> None:
    """Forget its address, and give up what waits for it."""
    await execute_one(
        db,
        "update post_target set sealed = null where organization_id = $1 and id = $2",
        organization_id,
        target_id,
    )
    await db.execute(
        """
        update post_delivery
           set state = 'failed', error = 'target_retired', next_at = null
         where organization_id = $1 and target_id = $2 and state = 'queued'
        """,
        organization_id,
        target_id,
    )


async def sealed_address(db: Connection, organization_id: UUID, target_id: UUID) -> bytes | None:
    return await db.fetchval(
        "select sealed from post_target where organization_id = $1 and id = $2",
        organization_id,
        target_id,
    )


async def active_targets(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the services that can be used."""
    rows = await db.fetch(
        """
        select id
          from post_target
         where organization_id = $1 and id = any($2::uuid[]) and sealed is not null
        """,
        organization_id,
        ids,
    )
    return {row["id"] for row in rows}


async def insert_post(
    db: Connection, organization_id: UUID, wanted: PostCreate, made_by: UUID
) -> bool:
    """Whether there was none of this id."""
    made = await db.execute(
        """
        insert into post (organization_id, id, text, share_link_id, made_by)
        values ($1, $2, $3, $4, $5)
        on conflict (organization_id, id) do nothing
        """,
        organization_id,
        wanted.id,
        wanted.text,
        wanted.share_link_id,
        made_by,
    )
    return made.endswith(" 1")


async def insert_deliveries(
    db: Connection, organization_id: UUID, post_id: UUID, target_ids: Sequence[UUID]
) -> None:
    await db.execute(
        """
        insert into post_delivery (organization_id, post_id, target_id)
        select $1, $2, unnest($3::uuid[])
        """,
        organization_id,
        post_id,
        target_ids,
    )


async def posts(
    db: Connection, organization_id: UUID, post_id: UUID | None, limit: int, offset: int
) -> list[Post]:
    return await fetch_all(
        db,
        Post,
        """
        select p.id, p.text, p.share_link_id, p.made_by, p.created_at,
               (select coalesce(jsonb_agg(jsonb_build_object(
                         'target_id', d.target_id, 'state', d.state, 'error', d.error,
                         'tried_at', d.tried_at) order by d.target_id), '[]')
                  from post_delivery d
                 where d.organization_id = p.organization_id and d.post_id = p.id) as deliveries
          from post p
         where p.organization_id = $1 and ($2::uuid is null or p.id = $2)
         order by p.created_at desc, p.id desc
         limit $3 offset $4
        """,
        organization_id,
        post_id,
        limit,
        offset,
    )


async def send_again(db: Connection, organization_id: UUID, post_id: UUID, target_id: UUID) -> bool:
    """Whether it is queued anew: only what failed, or may have, is."""
    done = await db.execute(
        """
        update post_delivery
           set state = 'queued', round = round + 1, tries_count = 0, error = '', next_at = now()
         where organization_id = $1 and post_id = $2 and target_id = $3
           and state in ('failed', 'unknown')
        """,
        organization_id,
        post_id,
        target_id,
    )
    return done.endswith(" 1")


async def organizations_with_due(db: Connection) -> list[UUID]:
    """Where something waits; for the worker, who may know no more than that."""
    rows = await db.fetch(
        "select distinct organization_id from post_delivery where next_at <= now()"
    )
    return [row["organization_id"] for row in rows]


async def give_up_lost(db: Connection, organization_id: UUID) -> None:
    """What was being sent when the program stopped may have arrived or not."""
    await db.execute(
        """
        update post_delivery
           set state = 'unknown', error = 'interrupted', next_at = null
         where organization_id = $1 and state = 'sending' and next_at <= now()
        """,
        organization_id,
    )


async def take_due(db: Connection, organization_id: UUID, limit: int, lease_s: float) -> list[Due]:
    """What is due, from now on being sent."""
    return await fetch_all(
        db,
        Due,
        """
        with taken as (
          update post_delivery d
             set state = 'sending',
                 tries_count = d.tries_count + 1,
                 tried_at = now(),
                 next_at = now() + make_interval(secs => $3)
           where d.organization_id = $1
             and (d.post_id, d.target_id) in (
               select w.post_id, w.target_id
                 from post_delivery w
                where w.organization_id = $1 and w.state = 'queued' and w.next_at <= now()
                order by w.next_at
                limit $2
                  for update skip locked)
          returning d.post_id, d.target_id, d.round, d.tries_count)
        select t.post_id, t.target_id, t.round, t.tries_count, p.text, l.code
          from taken t
          join post p on p.organization_id = $1 and p.id = t.post_id
          left join share_link l on l.organization_id = $1 and l.id = p.share_link_id
        """,
        organization_id,
        limit,
        lease_s,
    )


async def note(
    db: Connection,
    organization_id: UUID,
    due: Due,
    state: DeliveryState,
    error: str,
    next_at: dt.datetime | None,
) -> None:
    await db.execute(
        """
        update post_delivery
           set state = $4, error = $5, next_at = $6
         where organization_id = $1 and post_id = $2 and target_id = $3 and state = 'sending'
        """,
        organization_id,
        due.post_id,
        due.target_id,
        state,
        error,
        next_at,
    )
