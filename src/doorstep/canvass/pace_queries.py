"""Statements about the knocks that a campaign's pace is measured by."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_many


class Tried(msgspec.Struct, frozen=True):
    """An attempt at a door."""

    turf_id: UUID
    member_id: UUID
    door_id: UUID
    occurred_at: dt.datetime
    result: str


async def newest_attempts(
    db: Connection, organization_id: UUID, campaign_id: UUID, limit: int
) -> list[Tried]:
    """The newest attempts of a campaign that count, the newest first.

    Of one that was emptied when somebody was forgotten, nothing but the way there is known.
    """
    return await fetch_many(
        db,
        Tried,
        """
        select e.turf_id, e.member_id, e.door_id, e.occurred_at, e.result
          from pass p
         cross join lateral (
           select k.turf_id, k.member_id, k.door_id, k.occurred_at,
                  coalesce(k.payload ->> 'result', 'not_home') as result
             from contact_event k
            where k.organization_id = p.organization_id
              and k.pass_id = p.id
              and k.kind = 'attempt'
              and k.status = 'accepted'
              and k.door_id is not null
              and k.turf_id is not null
            order by k.occurred_at desc
            limit $3) e
         where p.organization_id = $1 and p.campaign_id = $2
         order by e.occurred_at desc
         limit $3
        """,
        organization_id,
        campaign_id,
        limit,
    )


async def doors_of_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]
) -> list[tuple[UUID, UUID]]:
    """Turf and door, of all doors that turfs have."""
    rows = await db.fetch(
        """
        select turf_id, door_id
          from turf_door
         where organization_id = $1 and turf_id = any($2)
        """,
        organization_id,
        turf_ids,
    )
    return [(row["turf_id"], row["door_id"]) for row in rows]


async def campaigns_to_measure(db: Connection, organization_id: UUID) -> list[UUID]:
    """Campaigns that are not closed, with knocks newer than those looked at a day ago."""
    rows = await db.fetch(
        """
        select c.id
          from campaign c
          left join campaign_pace m on m.organization_id = c.organization_id
                                   and m.campaign_id = c.id
         where c.organization_id = $1
           and c.status = 'active'
           and coalesce(
                 (m.measured ->> 'measured_at')::timestamptz < now() - interval '20 hours', true)
           and exists (
             select from pass p
               join contact_event e on e.organization_id = p.organization_id and e.pass_id = p.id
              where p.organization_id = c.organization_id
                and p.campaign_id = c.id
                and e.kind = 'attempt'
                and e.occurred_at > coalesce(m.newest_at, '-infinity'))
        """,
        organization_id,
    )
    return [row["id"] for row in rows]


async def organizations(db: Connection) -> list[UUID]:
    """All organizations, as signing in sees them, in another order each time."""
    rows = await db.fetch("select id from organization order by random()")
    return [row["id"] for row in rows]
