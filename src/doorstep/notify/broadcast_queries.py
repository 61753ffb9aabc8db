"""Statements about broadcasts."""

from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.notify.api_model import Broadcast, BroadcastCreate
from doorstep.notify.planning_model import Reachable


class ReachRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a broadcast reaches, and how its deliveries stand."""

    recipients_count: int
    with_push_count: int
    with_email_count: int
    unreachable_count: int
    needs_approval: bool
    deliveries: dict[str, int]


async def insert_broadcast(
    db: Connection, organization_id: UUID, id_: UUID, wanted: BroadcastCreate, created_by: UUID
) -> None:
    """Keep one to be sent."""
    await db.execute(
        """
        insert into broadcast
          (organization_id, id, title, text, roles, member_ids, expires_at, created_by,
           recipients_count)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 0)
        """,
        organization_id,
        id_,
        wanted.title,
        wanted.text,
        wanted.roles,
        wanted.member_ids,
        wanted.expires_at,
        created_by,
    )


async def broadcast_by_id(db: Connection, organization_id: UUID, id_: UUID) -> Broadcast:
    """One of them."""
    return await fetch_one(
        db,
        Broadcast,
        """
        select id, title, text, roles, member_ids, expires_at, recipients_count, created_by,
               created_at, approved_by, approved_at, sent_at, withdrawn_at
          from broadcast
         where organization_id = $1 and id = $2
        """,
        organization_id,
        id_,
    )


async def hold_broadcast(db: Connection, organization_id: UUID, id_: UUID) -> Broadcast:
    """One of them, locked."""
    return await fetch_one(
        db,
        Broadcast,
        """
        select id, title, text, roles, member_ids, expires_at, recipients_count, created_by,
               created_at, approved_by, approved_at, sent_at, withdrawn_at
          from broadcast
         where organization_id = $1 and id = $2
           for update
        """,
        organization_id,
        id_,
    )


async def broadcasts(
    db: Connection, organization_id: UUID, before: UUID | None, limit: int
) -> list[Broadcast]:
    """The newest first."""
    return await fetch_all(
        db,
        Broadcast,
        """
        select id, title, text, roles, member_ids, expires_at, recipients_count, created_by,
               created_at, approved_by, approved_at, sent_at, withdrawn_at
          from broadcast
         where organization_id = $1 and ($2::uuid is null or id < $2)
         order by id desc
         limit $3
        """,
        organization_id,
        before,
        limit,
    )


async def reach(db: Connection, organization_id: UUID, id_: UUID, approval_above: int) -> ReachRow:
    """Whom it reaches, and how its deliveries stand."""
    return await fetch_one(
        db,
        ReachRow,
        """
        with recipient as (
          select m.email is not null as email,
                 exists (
                   select from device d
                     join device_push p
                       on p.organization_id = d.organization_id and p.device_id = d.id
                    where d.organization_id = $1
                      and d.member_id = m.id
                      and d.revoked_at is null
                      and p.disabled_at is null) as push
            from broadcast b
            join member m on m.organization_id = b.organization_id
           where b.organization_id = $1
             and b.id = $2
             and m.ended_at is null
             and (cardinality(b.roles) = 0 or m.roles && b.roles)
             and (cardinality(b.member_ids) = 0 or m.id = any(b.member_ids))
        )
        select count(*) as recipients_count,
               count(*) filter (where push) as with_push_count,
               count(*) filter (where email) as with_email_count,
               count(*) filter (where not push and not email) as unreachable_count,
               count(*) > $3 as needs_approval,
               (select coalesce(jsonb_object_agg(state, amount), '{}')
                  from (select d.state, count(*) as amount
                          from notification n
                          join delivery d
                            on d.organization_id = n.organization_id and d.notification_id = n.id
                         where n.organization_id = $1 and n.about = $2
                         group by d.state) s) as deliveries
          from recipient
        """,
        organization_id,
        id_,
        approval_above,
    )


async def reachable(db: Connection, organization_id: UUID, id_: UUID) -> list[Reachable]:
    """Whom it goes to, each with the ways there are and what they chose."""
    return await fetch_all(
        db,
        Reachable,
        """
        select 'broadcast' as kind, b.id as about, m.email is not null as has_email,
               m.phone is not null as has_phone,
               coalesce((
                 select array_agg(p.device_id)
                   from device d
                   join device_push p
                     on p.organization_id = d.organization_id and p.device_id = d.id
                  where d.organization_id = $1
                    and d.member_id = m.id
                    and d.revoked_at is null
                    and d.expires_at > now()
                    and p.disabled_at is null), '{}') as device_ids,
               coalesce((
                 select jsonb_object_agg(c.channel, c.wanted)
                   from notification_choice c
                  where c.organization_id = $1
                    and c.member_id = m.id
                    and c.kind = 'broadcast'), '{}') as choices
          from broadcast b
          join member m on m.organization_id = b.organization_id
         where b.organization_id = $1
           and b.id = $2
           and m.ended_at is null
           and (cardinality(b.roles) = 0 or m.roles && b.roles)
           and (cardinality(b.member_ids) = 0 or m.id = any(b.member_ids))
        """,
        organization_id,
        id_,
    )


async def count_recipients(db: Connection, organization_id: UUID, id_: UUID) -> None:
    """Note how many it goes to."""
    await db.execute(
        """
        update broadcast b
           set recipients_count = (
             select count(*)
               from member m
              where m.organization_id = $1
                and m.ended_at is null
                and (cardinality(b.roles) = 0 or m.roles && b.roles)
                and (cardinality(b.member_ids) = 0 or m.id = any(b.member_ids)))
         where organization_id = $1 and id = $2
        """,
        organization_id,
        id_,
    )


async def approve(db: Connection, organization_id: UUID, id_: UUID, member_id: UUID) -> None:
    """Note who approved it."""
    await execute_one(
        db,
        """
        update broadcast
           set approved_by = $3, approved_at = now()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        id_,
        member_id,
    )


async def mark_sent(db: Connection, organization_id: UUID, id_: UUID) -> None:
    """Note that it goes out."""
    await execute_one(
        db,
        "update broadcast set sent_at = now() where organization_id = $1 and id = $2",
        organization_id,
        id_,
    )


async def mark_withdrawn(db: Connection, organization_id: UUID, id_: UUID) -> None:
    """Note that it was taken back."""
    await execute_one(
        db,
        "update broadcast set withdrawn_at = now() where organization_id = $1 and id = $2",
        organization_id,
        id_,
    )


async def recipients(db: Connection, organization_id: UUID, id_: UUID) -> list[UUID]:
    """Whom it goes to."""
    rows = await db.fetch(
        """
        select m.id
          from broadcast b
          join member m on m.organization_id = b.organization_id
         where b.organization_id = $1
           and b.id = $2
           and m.ended_at is null
           and (cardinality(b.roles) = 0 or m.roles && b.roles)
           and (cardinality(b.member_ids) = 0 or m.id = any(b.member_ids))
         order by m.id
        """,
        organization_id,
        id_,
    )
    return [row["id"] for row in rows]
