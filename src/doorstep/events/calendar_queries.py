"""Statements behind calendars and their feeds."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all, fetch_maybe


async def insert_feed(
    db: Connection,
    organization_id: UUID,
    feed_id: UUID,
    token_hash: bytes,
    member_id: UUID | None,
    event_id: UUID | None,
) -> dt.datetime:
    """Store a calendar's secret; those there were before for the same end. When it was made."""
    await db.execute(
        """
        update calendar_feed
           set revoked_at = now()
         where organization_id = $1 and revoked_at is null
           and (member_id = $2 or event_id = $3)
        """,
        organization_id,
        member_id,
        event_id,
    )
    return await db.fetchval(
        """
        insert into calendar_feed (organization_id, id, token_hash, member_id, event_id)
        values ($1, $2, $3, $4, $5)
        returning created_at
        """,
        organization_id,
        feed_id,
        token_hash,
        member_id,
        event_id,
    )


async def revoke_feeds(
    db: Connection, organization_id: UUID, member_id: UUID | None, event_id: UUID | None
) -> None:
    await db.execute(
        """
        update calendar_feed
           set revoked_at = now()
         where organization_id = $1 and revoked_at is null
           and (member_id = $2 or event_id = $3)
        """,
        organization_id,
        member_id,
        event_id,
    )


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whose or which event's calendar it is."""

    member_id: UUID | None
    event_id: UUID | None


async def feed_by_hash(db: Connection, organization_id: UUID, token_hash: bytes) -> FeedRow | None:
    """The calendar with this secret, if it was not revoked and its member still is one."""
    return await fetch_maybe(
        db,
        FeedRow,
        """
        select f.member_id, f.event_id
          from calendar_feed f
          left join member m on m.organization_id = f.organization_id and m.id = f.member_id
         where f.organization_id = $1 and f.token_hash = $2 and f.revoked_at is null
           and m.ended_at is null
        """,
        organization_id,
        token_hash,
    )


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A shift as a calendar shows it."""

    id: UUID
    title: str
    summary: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    time_zone: str
    place_name: str
    address: str
    lon: float
    lat: float
    cancelled: bool
    tentative: bool
    sequence: int
    changed_at: dt.datetime


async def calendar_of_event(
    db: Connection, organization_id: UUID, event_id: UUID
) -> list[CalendarEntry]:
    """All shifts of an event, also those cancelled."""
    return await fetch_all(
        db,
        CalendarEntry,
        """
        select s.id, s.title, e.summary, s.starts_at, s.ends_at, s.time_zone, s.place_name,
               p.address, coalesce(p.staging_lon, p.lon) as lon,
               coalesce(p.staging_lat, p.lat) as lat, s.status = 'cancelled' as cancelled,
               false as tentative, s.sequence, s.updated_at as changed_at
          from shift_seen s
          join civic_event e on e.organization_id = s.organization_id and e.id = s.event_id
          join place p on p.organization_id = s.organization_id and p.id = s.place_id
         where s.organization_id = $1 and s.event_id = $2 and e.published_at is not null
         order by s.starts_at, s.id
         limit 2000
        """,
        organization_id,
        event_id,
    )


async def calendar_of_member(
    db: Connection, organization_id: UUID, member_id: UUID
) -> list[CalendarEntry]:
    """The shifts of a member since three months ago, also those that they or others cancelled.

    Of several sign-ups for a shift the last one counts. Each move of theirs raises the sequence:
    calendars ignore what comes with one they know.
    """
    return await fetch_all(
        db,
        CalendarEntry,
        """
        select s.id, s.title, e.summary, s.starts_at, s.ends_at, s.time_zone, s.place_name,
               p.address, coalesce(p.staging_lon, p.lon) as lon,
               coalesce(p.staging_lat, p.lat) as lat,
               s.status = 'cancelled' or g.state = 'cancelled' as cancelled,
               g.state in ('invited', 'waitlisted', 'held') as tentative,
               s.sequence + h.moves_count as sequence,
               greatest(s.updated_at, h.changed_at) as changed_at
          from (
            select distinct on (shift_id) shift_id, state
              from signup
             where organization_id = $1 and member_id = $2
             order by shift_id, id desc
          ) g
          join shift_seen s on s.organization_id = $1 and s.id = g.shift_id
          join civic_event e on e.organization_id = s.organization_id and e.id = s.event_id
          join place p on p.organization_id = s.organization_id and p.id = s.place_id
          join lateral (
            select count(*)::integer as moves_count, max(c.changed_at) as changed_at
              from signup o
              join signup_change c on c.organization_id = o.organization_id
               and c.signup_id = o.id
             where o.organization_id = $1 and o.shift_id = g.shift_id and o.member_id = $2
          ) h on true
         where s.ends_at > now() - interval '92 days'
         order by s.starts_at, s.id
         limit 2000
        """,
        organization_id,
        member_id,
    )
