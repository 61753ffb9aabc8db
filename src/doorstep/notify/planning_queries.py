"""Statements of the planner and the sender."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection, fetch_all
from doorstep.kit.ids import new_id
from doorstep.notify.planning import Way
from doorstep.notify.planning_model import Claim, Due
from doorstep.notify.quiet import QUIET_FROM, QUIET_UNTIL
from doorstep.notify.settling import Settled


async def organizations_with_due(db: Connection, now: dt.datetime) -> list[UUID]:
    """Where somebody is to be told something; for the worker's role."""
    rows = await db.fetch(
        """
        select distinct organization_id
          from notification
         where planned_at is null and withdrawn_at is null and due_at <= $1
        """,
        now,
    )
    return [row["organization_id"] for row in rows]


async def organizations(db: Connection) -> list[UUID]:
    """All of them; for the sign-in role."""
    rows = await db.fetch("select id from organization order by id")
    return [row["id"] for row in rows]


async def due_notifications(
    db: Connection, organization_id: UUID, now: dt.datetime, limit: int
) -> list[Due]:
    """Those whose time has come, oldest first, and whatever collapses with them.

    What another planner looks at is left to it.
    """
    return await fetch_all(
        db,
        Due,
        """
        with due as materialized (
          select id, member_id, kind, about
            from notification
           where organization_id = $1
             and planned_at is null
             and withdrawn_at is null
             and due_at <= $2
           order by due_at
           limit $3
             for update skip locked
        ), also as materialized (
          select n.id
            from notification n
           where n.organization_id = $1
             and n.planned_at is null
             and n.withdrawn_at is null
             and n.kind in ('turf_assigned', 'turf_taken_back', 'turf_recut')
             and (n.member_id, n.kind, n.about) in (select member_id, kind, about from due)
             and n.due_at <= $2 + interval '1 minute'
             for update skip locked
        )
        select n.id, n.member_id, n.kind, n.about, n.due_at, n.expires_at,
               m.ended_at is not null as ended,
               coalesce(s.time_zone, o.time_zone) as time_zone,
               coalesce(s.quiet_from, $4) as quiet_from,
               coalesce(s.quiet_until, $5) as quiet_until,
               m.email is not null as has_email,
               m.phone is not null as has_phone,
               coalesce((
                 select array_agg(p.device_id)
                   from device d
                   join device_push p
                     on p.organization_id = d.organization_id and p.device_id = d.id
                  where d.organization_id = $1
                    and d.member_id = n.member_id
                    and d.revoked_at is null
                    and d.expires_at > $2
                    and p.disabled_at is null), '{}') as device_ids,
               coalesce((
                 select jsonb_object_agg(c.channel, c.wanted)
                   from notification_choice c
                  where c.organization_id = $1
                    and c.member_id = n.member_id
                    and c.kind = n.kind), '{}') as choices
          from notification n
          join member m on m.organization_id = n.organization_id and m.id = n.member_id
          join organization o on o.id = n.organization_id
          left join notification_setting s
            on s.organization_id = n.organization_id and s.member_id = n.member_id
         where n.organization_id = $1
           and n.id in (select id from due union all select id from also)
         order by n.due_at, n.id
        """,
        organization_id,
        now,
        limit,
        QUIET_FROM,
        QUIET_UNTIL,
    )


async def put_off(
    db: Connection, organization_id: UUID, ids: Sequence[UUID], until: Sequence[dt.datetime]
) -> None:
    """Have notifications be due later."""
    await db.execute(
        """
        update notification n
           set due_at = later.until
          from unnest($2::uuid[], $3::timestamptz[]) as later (id, until)
         where n.organization_id = $1 and n.id = later.id
        """,
        organization_id,
        ids,
        until,
    )


async def mark_planned(
    db: Connection, organization_id: UUID, ids: Sequence[UUID], dropped: Sequence[str | None]
) -> None:
    """Note that they are planned, or why they are dropped."""
    await db.execute(
        """
        update notification n
           set planned_at = now(),
               dropped = planned.dropped
          from unnest($2::uuid[], $3::text[]) as planned (id, dropped)
         where n.organization_id = $1 and n.id = planned.id
        """,
        organization_id,
        ids,
        dropped,
    )


async def add_deliveries(
    db: Connection, organization_id: UUID, ways: Sequence[tuple[UUID, Way]]
) -> list[UUID]:
    """Add one for each way of each notification; their ids, in order."""
    ids = [new_id() for _ in ways]
    await db.execute(
        """
        insert into delivery (organization_id, id, notification_id, channel, device_id)
        select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[])
        on conflict (organization_id, notification_id, channel, device_id) do nothing
        """,
        organization_id,
        ids,
        [notification_id for notification_id, _ in ways],
        [channel for _, (channel, _) in ways],
        [device_id for _, (_, device_id) in ways],
    )
    return ids


async def claims(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
    """Deliveries that have no end yet, as everything stands now; locked."""
    return await fetch_all(
        db,
        Claim,
        """
        select d.id as delivery_id, d.channel, d.state, d.attempts, d.queued_at,
               n.id, n.organization_id, n.kind, n.member_id, n.about, n.facts, n.due_at,
               n.expires_at,
               n.withdrawn_at is not null as withdrawn,
               n.read_at is not null as read,
               m.ended_at is not null as ended,
               c.wanted,
               coalesce(s.locale, m.locale) as locale,
               coalesce(s.time_zone, o.time_zone) as time_zone,
               coalesce(s.quiet_from, $3) as quiet_from,
               coalesce(s.quiet_until, $4) as quiet_until,
               case d.channel
                 when 'push' then p.registration
                 when 'email' then m.email
                 else m.phone
               end as address,
               coalesce(p.kind, '') as registration,
               coalesce(p.platform, '') as platform
          from delivery d
          join notification n
            on n.organization_id = d.organization_id and n.id = d.notification_id
          join member m on m.organization_id = n.organization_id and m.id = n.member_id
          join organization o on o.id = n.organization_id
          left join notification_setting s
            on s.organization_id = n.organization_id and s.member_id = n.member_id
          left join notification_choice c
            on c.organization_id = n.organization_id and c.member_id = n.member_id
           and c.kind = n.kind and c.channel = d.channel
          left join device v
            on v.organization_id = d.organization_id and v.id = d.device_id
           and v.revoked_at is null
          left join device_push p
            on p.organization_id = v.organization_id and p.device_id = v.id
           and p.disabled_at is null
         where d.organization_id = $1
           and d.id = any($2)
           and d.state in ('queued', 'unknown')
           for update of d
        """,
        organization_id,
        ids,
        QUIET_FROM,
        QUIET_UNTIL,
    )


async def suppress(
    db: Connection, organization_id: UUID, ids: Sequence[UUID], reasons: Sequence[str]
) -> None:
    """End deliveries untried. What may have arrived stays unknown."""
    await db.execute(
        """
        update delivery d
           set state = case when state = 'unknown' then 'unknown' else 'suppressed' end,
               retry_at = null,
               error = ended.reason
          from unnest($2::uuid[], $3::text[]) as ended (id, reason)
         where d.organization_id = $1 and d.id = ended.id
        """,
        organization_id,
        ids,
        reasons,
    )


async def begin_tries(db: Connection, organization_id: UUID, ids: Sequence[UUID]) -> None:
    """Note that they are tried now."""
    await db.execute(
        """
        update delivery
           set attempts = attempts + 1,
               tried_at = now(),
               retry_at = null
         where organization_id = $1 and id = any($2)
        """,
        organization_id,
        ids,
    )


async def end_tries(
    db: Connection, organization_id: UUID, ids: Sequence[UUID], settled: Sequence[Settled]
) -> None:
    """Note what became of them; a receipt that came before stays."""
    await db.execute(
        """
        update delivery d
           set state = done.state,
               retry_at = done.retry_at,
               error = done.error,
               sent_at = case when done.state = 'sent' then now() else d.sent_at end
          from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[])
            as done (id, state, retry_at, error)
         where d.organization_id = $1 and d.id = done.id and d.state <> 'delivered'
        """,
        organization_id,
        ids,
        [one.state for one in settled],
        [one.retry_at for one in settled],
        [one.error for one in settled],
    )


async def disable_devices(
    db: Connection, organization_id: UUID, delivery_ids: Sequence[UUID], addresses: Sequence[str]
) -> None:
    """Note that Firebase knows these registrations no more, unless they were renewed since."""
    await db.execute(
        """
        update device_push p
           set disabled_at = now()
          from delivery d
          join unnest($2::uuid[], $3::text[]) as gone (id, registration) on gone.id = d.id
         where d.organization_id = $1
           and p.organization_id = $1
           and p.device_id = d.device_id
           and p.registration = gone.registration
        """,
        organization_id,
        delivery_ids,
        addresses,
    )


async def forget_old(db: Connection, organization_id: UUID, now: dt.datetime) -> None:
    """Drop hints after a day and everything after half a year."""
    await db.execute(
        """
        delete from notification
         where organization_id = $1
           and (kind = 'sync' and due_at < $2::timestamptz - interval '1 day'
                or due_at < $2::timestamptz - interval '180 days')
        """,
        organization_id,
        now,
    )
