"""Statements about notifications as members and other rooms know them."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_maybe
from doorstep.kit.ids import new_id
from doorstep.notify.api_model import Choice, Inbox, NotificationSettings, PushDevice
from doorstep.notify.model import Kind, Notice, Notification


async def add_notifications(
    db: Connection,
    organization_id: UUID,
    notices: Sequence[Notice],
    due_at: Sequence[dt.datetime],
) -> list[Kind]:
    """Add those whose key is new to their member; their kinds."""
    rows = await db.fetch(
        """
        insert into notification
          (organization_id, id, member_id, kind, about, key, facts, due_at, expires_at)
        select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[],
                                 $7::jsonb[], $8::timestamptz[], $9::timestamptz[])
        on conflict (organization_id, member_id, key) do nothing
        returning kind
        """,
        organization_id,
        [new_id() for _ in notices],
        [notice.member_id for notice in notices],
        [notice.kind for notice in notices],
        [notice.about for notice in notices],
        [notice.key for notice in notices],
        [notice.facts for notice in notices],
        due_at,
        [notice.expires_at for notice in notices],
    )
    return [Kind(row["kind"]) for row in rows]


async def add_hints(
    db: Connection, organization_id: UUID, member_ids: Sequence[UUID], seq: int
) -> None:
    """One hint for each member and minute, due at the minute's end."""
    await db.execute(
        """
        insert into notification
          (organization_id, id, member_id, kind, about, key, facts, due_at, expires_at)
        select $1, id, member_id, 'sync', $1, 'sync:' || extract(epoch from ends_at)::bigint,
               jsonb_build_object('seq', $4::bigint), ends_at, ends_at + interval '1 hour'
          from unnest($2::uuid[], $3::uuid[]) as hint (id, member_id),
               (select date_trunc('minute', clock_timestamp()) + interval '1 minute' as ends_at) m
        on conflict (organization_id, member_id, key) do nothing
        """,
        organization_id,
        [new_id() for _ in member_ids],
        member_ids,
        seq,
    )


async def withdraw(
    db: Connection,
    organization_id: UUID,
    about: UUID,
    kinds: Sequence[Kind],
    member_id: UUID | None,
) -> int:
    """Take back those that no delivery of was tried; how many."""
    done = await db.execute(
        """
        update notification n
           set withdrawn_at = now()
         where organization_id = $1
           and about = $2
           and (cardinality($3::text[]) = 0 or kind = any($3))
           and ($4::uuid is null or member_id = $4)
           and withdrawn_at is null
           and not exists (
             select from delivery d
              where d.organization_id = $1 and d.notification_id = n.id and d.attempts > 0)
           -- What its member could read already stays; what is planned and not tried goes.
           and (dropped is null or dropped = 'collapsed')
        """,
        organization_id,
        about,
        kinds,
        member_id,
    )
    return int(done.rpartition(" ")[2])


async def inbox(
    db: Connection, organization_id: UUID, member_id: UUID, before: UUID | None, limit: int
) -> list[Inbox]:
    """What a member was told, newest first."""
    return await fetch_all(
        db,
        Inbox,
        """
        select n.organization_id, n.id, n.kind, n.member_id, n.about, n.facts, n.due_at,
               n.expires_at, coalesce(s.locale, m.locale) as locale,
               coalesce(s.time_zone, o.time_zone) as time_zone, n.read_at
          from notification n
          join member m on m.organization_id = n.organization_id and m.id = n.member_id
          join organization o on o.id = n.organization_id
          left join notification_setting s
            on s.organization_id = n.organization_id and s.member_id = n.member_id
         where n.organization_id = $1
           and n.member_id = $2
           and n.kind <> 'sync'
           and n.due_at <= now()
           and n.withdrawn_at is null
           and n.dropped is distinct from 'collapsed'
           and ($3::uuid is null or n.id < $3)
         order by n.id desc
         limit $4
        """,
        organization_id,
        member_id,
        before,
        limit,
    )


async def mark_read(
    db: Connection, organization_id: UUID, member_id: UUID, notification_id: UUID
) -> None:
    """Note that its member read it; the first time counts."""
    await execute_one(
        db,
        """
        update notification
           set read_at = coalesce(read_at, now())
         where organization_id = $1 and member_id = $2 and id = $3 and withdrawn_at is null
        """,
        organization_id,
        member_id,
        notification_id,
    )


async def note_receipts(
    db: Connection, organization_id: UUID, device_id: UUID, notification_ids: Sequence[UUID]
) -> int:
    """Note that pushes came to a device; how many were news."""
    done = await db.execute(
        """
        update delivery
           set state = 'delivered',
               delivered_at = now(),
               retry_at = null
         where organization_id = $1
           and device_id = $2
           and notification_id = any($3)
           and channel = 'push'
           and attempts > 0
           and state <> 'delivered'
        """,
        organization_id,
        device_id,
        notification_ids,
    )
    return int(done.rpartition(" ")[2])


async def settings_of(
    db: Connection, organization_id: UUID, member_id: UUID
) -> NotificationSettings | None:
    """What a member set, without their choices; None: nothing yet."""
    return await fetch_maybe(
        db,
        NotificationSettings,
        """
        select time_zone, locale, to_char(quiet_from, 'HH24:MI') as quiet_from,
               to_char(quiet_until, 'HH24:MI') as quiet_until
          from notification_setting
         where organization_id = $1 and member_id = $2
        """,
        organization_id,
        member_id,
    )


async def choices_of(db: Connection, organization_id: UUID, member_id: UUID) -> list[Choice]:
    """What a member switched on and off."""
    return await fetch_all(
        db,
        Choice,
        """
        select kind, channel, wanted
          from notification_choice
         where organization_id = $1 and member_id = $2
         order by kind, channel
        """,
        organization_id,
        member_id,
    )


async def put_settings(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    wanted: NotificationSettings,
    quiet: tuple[dt.time, dt.time],
) -> None:
    """Replace what a member set."""
    await db.execute(
        """
        insert into notification_setting
          (organization_id, member_id, time_zone, locale, quiet_from, quiet_until)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (organization_id, member_id) do update
           set time_zone = $3, locale = $4, quiet_from = $5, quiet_until = $6, updated_at = now()
        """,
        organization_id,
        member_id,
        wanted.time_zone,
        wanted.locale,
        *quiet,
    )


async def replace_choices(
    db: Connection, organization_id: UUID, member_id: UUID, choices: Sequence[Choice]
) -> None:
    """Replace what a member switched on and off."""
    await db.execute(
        "delete from notification_choice where organization_id = $1 and member_id = $2",
        organization_id,
        member_id,
    )
    for choice in choices:
        await switch(
            db, organization_id, member_id, choice.kind, choice.channel, wanted=choice.wanted
        )


async def switch(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    kind: Kind,
    channel: str,
    *,
    wanted: bool,
) -> None:
    """Set one choice."""
    await db.execute(
        """
        insert into notification_choice (organization_id, member_id, kind, channel, wanted)
        values ($1, $2, $3, $4, $5)
        on conflict (organization_id, member_id, kind, channel) do update set wanted = $5
        """,
        organization_id,
        member_id,
        kind,
        channel,
        wanted,
    )


async def put_push(
    db: Connection, organization_id: UUID, device_id: UUID, wanted: PushDevice
) -> None:
    """Note where a device is reached; nobody else is reached there any more."""
    await db.execute(
        """
        delete from device_push
         where organization_id = $1 and registration = $2 and device_id <> $3
        """,
        organization_id,
        wanted.registration,
        device_id,
    )
    await db.execute(
        """
        insert into device_push (organization_id, device_id, kind, platform, registration)
        values ($1, $2, $3, $4, $5)
        on conflict (organization_id, device_id) do update
           set kind = $3, platform = $4, registration = $5, registered_at = now(),
               disabled_at = null
        """,
        organization_id,
        device_id,
        wanted.kind,
        wanted.platform,
        wanted.registration,
    )


async def delete_push(db: Connection, organization_id: UUID, device_id: UUID) -> None:
    """Forget where a device is reached."""
    await db.execute(
        "delete from device_push where organization_id = $1 and device_id = $2",
        organization_id,
        device_id,
    )


async def is_their_device(
    db: Connection, organization_id: UUID, member_id: UUID, device_id: UUID
) -> bool:
    """Whether it is a signed-in device of the member."""
    return bool(
        await db.fetchval(
            """
            select true
              from device
             where organization_id = $1 and member_id = $2 and id = $3 and revoked_at is null
            """,
            organization_id,
            member_id,
            device_id,
        )
    )


async def notification_as_of(
    db: Connection, organization_id: UUID, notification_id: UUID
) -> Notification | None:
    """A notification with what its words need."""
    return await fetch_maybe(
        db,
        Notification,
        """
        select n.organization_id, n.id, n.kind, n.member_id, n.about, n.facts, n.due_at,
               n.expires_at, coalesce(s.locale, m.locale) as locale,
               coalesce(s.time_zone, o.time_zone) as time_zone
          from notification n
          join member m on m.organization_id = n.organization_id and m.id = n.member_id
          join organization o on o.id = n.organization_id
          left join notification_setting s
            on s.organization_id = n.organization_id and s.member_id = n.member_id
         where n.organization_id = $1 and n.id = $2
        """,
        organization_id,
        notification_id,
    )
