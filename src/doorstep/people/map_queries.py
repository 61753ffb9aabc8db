"""Statements about the streets and barriers of a campaign."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from doorstep.kit.db import Connection

Box = tuple[float, float, float, float]
EVERYWHERE: Box = (-180.0, -90.0, 180.0, 90.0)


async def map_attribution(db: Connection, organization_id: UUID, campaign_id: UUID) -> str:
    """Whom to name beside the campaign's map; empty where it has none."""
    found: str | None = await db.fetchval(
        "select attribution from map_source where organization_id = $1 and campaign_id = $2",
        organization_id,
        campaign_id,
    )
    return found or ""


async def street_rows(
    db: Connection, organization_id: UUID, campaign_id: UUID, box: Box, limit: int | None
) -> list[Sequence[Any]]:
    """Stretches that touch the box: name, highway, nodes, metres, walkable, crossing, WKB."""
    rows = await db.fetch(
        """
        select name, highway, from_node, to_node, length_m, walkable, crosses_barrier, shape
          from street_edge
         where organization_id = $1
           and campaign_id = $2
           and west <= $5 and east >= $3
           and south <= $6 and north >= $4
         order by id
         limit $7
        """,
        organization_id,
        campaign_id,
        *box,
        limit,
    )
    return [tuple(row) for row in rows]


async def barrier_rows(
    db: Connection, organization_id: UUID, campaign_id: UUID, box: Box
) -> list[Sequence[Any]]:
    """Barriers that touch the box: kind, name, WKB."""
    rows = await db.fetch(
        """
        select kind, name, shape
          from barrier
         where organization_id = $1
           and campaign_id = $2
           and west <= $5 and east >= $3
           and south <= $6 and north >= $4
         order by id
        """,
        organization_id,
        campaign_id,
        *box,
    )
    return [tuple(row) for row in rows]
