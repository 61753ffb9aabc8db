"""Statements about events, their series and shifts."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.events.model import (
    Event,
    EventCreate,
    EventPatch,
    RoleCapacity,
    SeriesCreate,
    Shift,
)
from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_one


class NewShift(msgspec.Struct, frozen=True, kw_only=True):
    """A shift about to be stored."""

    id: UUID
    starts_at: dt.datetime
    ends_at: dt.datetime
    place_id: UUID | None
    roles: Sequence[RoleCapacity]
    series_id: UUID | None = None
    occurrence_local: dt.datetime | None = None


async def insert_event(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    wanted: EventCreate,
    time_zone: str,
    slug: str,
    created_by: UUID,
) -> None:
    await db.execute(
        """
        insert into civic_event
          (organization_id, id, campaign_id, kind, title, summary, topic, briefing_url, place_id,
           time_zone, public, slug, created_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        organization_id,
        event_id,
        wanted.campaign_id,
        str(wanted.kind),
        wanted.title,
        wanted.summary,
        wanted.topic,
        wanted.briefing_url,
        wanted.place_id,
        time_zone,
        wanted.public,
        slug,
        created_by,
    )


async def events(
    db: Connection, organization_id: UUID, *, drafts: bool, limit: int, offset: int
) -> list[Event]:
    """Events, the newest first."""
    return await fetch_all(
        db,
        Event,
        """
        select id, campaign_id, kind, title, summary, topic, briefing_url, place_id, time_zone,
               public, slug, status, cancelled_reason, created_by, created_at, published_at
          from civic_event
         where organization_id = $1 and ($2 or published_at is not null)
         order by created_at desc, id
         limit $3 offset $4
        """,
        organization_id,
        drafts,
        limit,
        offset,
    )


async def event_by_id(db: Connection, organization_id: UUID, event_id: UUID) -> Event:
    return await fetch_one(
        db,
        Event,
        """
        select id, campaign_id, kind, title, summary, topic, briefing_url, place_id, time_zone,
               public, slug, status, cancelled_reason, created_by, created_at, published_at
          from civic_event
         where organization_id = $1 and id = $2
        """,
        organization_id,
        event_id,
    )


async def hold_event(db: Connection, organization_id: UUID, event_id: UUID) -> Event:
    """The event, which nobody else changes until the transaction ends."""
    return await fetch_one(
        db,
        Event,
        """
        select id, campaign_id, kind, title, summary, topic, briefing_url, place_id, time_zone,
               public, slug, status, cancelled_reason, created_by, created_at, published_at
          from civic_event
         where organization_id = $1 and id = $2
           for no key update
        """,
        organization_id,
        event_id,
    )


async def slugs_like(db: Connection, organization_id: UUID, slug: str) -> set[str]:
    """The addresses that begin so."""
    rows = await db.fetch(
        """
        select slug
          from civic_event
         where organization_id = $1 and starts_with(slug, $2)
        """,
        organization_id,
        slug,
    )
    return {row["slug"] for row in rows}


async def update_event(
    db: Connection, organization_id: UUID, event_id: UUID, patch: EventPatch
) -> None:
    keeps_briefing = patch.briefing_url is msgspec.UNSET
    await db.execute(
        """
        update civic_event
           set kind = coalesce($3, kind), title = coalesce($4, title),
               place_id = coalesce($5, place_id), summary = coalesce($6, summary),
               topic = coalesce($7, topic),
               briefing_url = case when $8 then briefing_url else $9 end,
               public = coalesce($10, public)
         where organization_id = $1 and id = $2
        """,
        organization_id,
        event_id,
        None if patch.kind is msgspec.UNSET else str(patch.kind),
        None if patch.title is msgspec.UNSET else patch.title,
        None if patch.place_id is msgspec.UNSET else patch.place_id,
        None if patch.summary is msgspec.UNSET else patch.summary,
        None if patch.topic is msgspec.UNSET else patch.topic,
        keeps_briefing,
        None if keeps_briefing else patch.briefing_url,
        None if patch.public is msgspec.UNSET else patch.public,
    )


async def set_event_status(
    db: Connection, organization_id: UUID, event_id: UUID, status: str, reason: str | None
) -> None:
    await db.execute(
        """
        update civic_event
           set status = $3, cancelled_reason = $4,
               published_at = case when $3 = 'published' then coalesce(published_at, now())
                 else published_at end
         where organization_id = $1 and id = $2
        """,
        organization_id,
        event_id,
        status,
        reason,
    )


async def hold_if_over(db: Connection, organization_id: UUID, event_id: UUID) -> None:
    """Note that an event was held, once none of its shifts is open."""
    await db.execute(
        """
        update civic_event e
           set status = 'held'
         where e.organization_id = $1 and e.id = $2 and e.status = 'published'
           and not exists (
             select from shift s
              where s.organization_id = e.organization_id and s.event_id = e.id
                and s.status = 'open')
        """,
        organization_id,
        event_id,
    )


async def insert_series(
    db: Connection,
    organization_id: UUID,
    series_id: UUID,
    event_id: UUID,
    wanted: SeriesCreate,
) -> None:
    await db.execute(
        """
        insert into shift_series
          (organization_id, id, event_id, starts_local, duration_min, rule, except_on)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        organization_id,
        series_id,
        event_id,
        wanted.starts_local,
        wanted.duration_min,
        wanted.rule,
        sorted(set(wanted.except_on)),
    )


async def insert_shifts(
    db: Connection, organization_id: UUID, event_id: UUID, shifts: Sequence[NewShift]
) -> None:
    rows = [
        (one.id, one.series_id, one.occurrence_local, one.starts_at, one.ends_at, one.place_id)
        for one in shifts
    ]
    await db.execute(
        """
        insert into shift
          (organization_id, event_id, id, series_id, occurrence_local, starts_at, ends_at, place_id)
        select $1, $2, *
          from unnest($3::uuid[], $4::uuid[], $5::timestamp[], $6::timestamptz[],
                      $7::timestamptz[], $8::uuid[])
        """,
        organization_id,
        event_id,
        *columns(rows, 6),
    )
    await put_roles(db, organization_id, [(one.id, role) for one in shifts for role in one.roles])


async def put_roles(
    db: Connection, organization_id: UUID, roles: Sequence[tuple[UUID, RoleCapacity]]
) -> None:
    """Set how many places roles have."""
    rows = [(shift_id, one.role, one.capacity) for shift_id, one in roles]
    await db.execute(
        """
        insert into shift_role (organization_id, shift_id, role, capacity)
        select $1, * from unnest($2::uuid[], $3::text[], $4::integer[])
            on conflict (organization_id, shift_id, role) do update
           set capacity = excluded.capacity
        """,
        organization_id,
        *columns(rows, 3),
    )


async def delete_roles_but(
    db: Connection, organization_id: UUID, shift_id: UUID, kept: Sequence[str]
) -> None:
    """Take away the other roles; those that somebody ever signed up for get no places instead."""
    await db.execute(
        """
        delete from shift_role r
         where r.organization_id = $1 and r.shift_id = $2 and r.role <> all($3)
           and not exists (
             select from signup g
              where g.organization_id = r.organization_id and g.shift_id = r.shift_id
                and g.role = r.role)
        """,
        organization_id,
        shift_id,
        kept,
    )
    await db.execute(
        """
        update shift_role
           set capacity = 0
         where organization_id = $1 and shift_id = $2 and role <> all($3)
        """,
        organization_id,
        shift_id,
        kept,
    )


async def shifts(
    db: Connection,
    organization_id: UUID,
    event_id: UUID | None,
    shift_ids: Sequence[UUID] | None,
    starts_from: dt.datetime | None,
    starts_until: dt.datetime | None,
    *,
    drafts: bool,
    limit: int | None,
) -> list[Shift]:
    """Shifts in the order of their starts."""
    return await fetch_all(
        db,
        Shift,
        """
        select id, event_id, title, kind, event_status, time_zone, series_id, starts_at, ends_at,
               place_id, place_name, status, cancelled_reason, sequence, updated_at, roles
          from shift_seen
         where organization_id = $1
           and ($2::uuid is null or event_id = $2)
           and ($3::uuid[] is null or id = any($3))
           and ($4::timestamptz is null or ends_at >= $4)
           and ($5::timestamptz is null or starts_at < $5)
           and ($6 or event_status <> 'draft')
         order by starts_at, id
         limit $7
        """,
        organization_id,
        event_id,
        shift_ids,
        starts_from,
        starts_until,
        drafts,
        limit,
    )


async def shift_by_id(db: Connection, organization_id: UUID, shift_id: UUID) -> Shift:
    return await fetch_one(
        db,
        Shift,
        """
        select id, event_id, title, kind, event_status, time_zone, series_id, starts_at, ends_at,
               place_id, place_name, status, cancelled_reason, sequence, updated_at, roles
          from shift_seen
         where organization_id = $1 and id = $2
        """,
        organization_id,
        shift_id,
    )


async def hold_shift(db: Connection, organization_id: UUID, shift_id: UUID) -> None:
    """Let nobody else sign up for, leave or change this shift until the transaction ends."""
    await execute_one(
        db,
        """
        select from shift
         where organization_id = $1 and id = $2
           for no key update
        """,
        organization_id,
        shift_id,
    )


async def hold_shifts_of_event(db: Connection, organization_id: UUID, event_id: UUID) -> list[UUID]:
    """The event's open shifts, locked in the order of their ids."""
    rows = await db.fetch(
        """
        select id
          from shift
         where organization_id = $1 and event_id = $2 and status = 'open'
         order by id
           for no key update
        """,
        organization_id,
        event_id,
    )
    return [row["id"] for row in rows]


async def move_shift(
    db: Connection,
    organization_id: UUID,
    shift_id: UUID,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    place_id: UUID | None,
) -> None:
    """Give a shift another time or place (None: as it was), and raise its sequence."""
    await db.execute(
        """
        update shift
           set starts_at = $3, ends_at = $4, place_id = coalesce($5, place_id),
               sequence = sequence + 1, updated_at = now()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        shift_id,
        starts_at,
        ends_at,
        place_id,
    )


async def touch_shifts_of_event(
    db: Connection, organization_id: UUID, event_id: UUID, *, at_its_place: bool
) -> list[UUID]:
    """Raise the sequence of an event's open shifts; their ids."""
    rows = await db.fetch(
        """
        update shift
           set sequence = sequence + 1, updated_at = now()
         where organization_id = $1 and event_id = $2 and status = 'open'
           and (not $3 or place_id is null)
        returning id
        """,
        organization_id,
        event_id,
        at_its_place,
    )
    return [row["id"] for row in rows]


async def cancel_shift(db: Connection, organization_id: UUID, shift_id: UUID, reason: str) -> None:
    await db.execute(
        """
        update shift
           set status = 'cancelled', cancelled_reason = $3, sequence = sequence + 1,
               updated_at = now()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        shift_id,
        reason,
    )


async def close_shift(db: Connection, organization_id: UUID, shift_id: UUID) -> None:
    await db.execute(
        """
        update shift
           set status = 'closed', closed_at = now()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        shift_id,
    )
