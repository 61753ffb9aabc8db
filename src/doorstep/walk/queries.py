"""Every statement about walking a turf."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all


class DoorPass(msgspec.Struct, frozen=True, kw_only=True):
    """Where a door stands, or stood, in a pass."""

    door_id: UUID
    pass_id: UUID
    pass_name: str
    status: str
    attempts_count: int
    last_result: str | None
    last_attempt_at: dt.datetime | None


async def door_passes(
    db: Connection, organization_id: UUID, door_ids: Sequence[UUID]
) -> list[DoorPass]:
    """Where doors stand in every pass they were tried in, the latest first."""
    return await fetch_all(
        db,
        DoorPass,
        """
        select s.door_id, s.pass_id, p.name as pass_name, s.status, s.attempts_count,
               s.last_result, s.last_attempt_at
          from door_state s
          join pass p on p.organization_id = s.organization_id and p.id = s.pass_id
         where s.organization_id = $1 and s.door_id = any($2)
         order by s.door_id, p.created_at desc, p.id
        """,
        organization_id,
        door_ids,
    )


async def attribution(db: Connection, organization_id: UUID, campaign_id: UUID) -> str:
    """Whom a campaign's map owes thanks to; empty without a map."""
    found = await db.fetchval(
        "select attribution from map_source where organization_id = $1 and campaign_id = $2",
        organization_id,
        campaign_id,
    )
    return found or ""
