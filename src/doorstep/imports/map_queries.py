"""Statements that put a campaign's map in place."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from doorstep.kit.db import Connection, columns


async def clear_map(db: Connection, organization_id: UUID, campaign_id: UUID) -> None:
    """Remove the campaign's streets and barriers; a new map takes their place."""
    await db.execute(
        "delete from street_edge where organization_id = $1 and campaign_id = $2",
        organization_id,
        campaign_id,
    )
    await db.execute(
        "delete from barrier where organization_id = $1 and campaign_id = $2",
        organization_id,
        campaign_id,
    )


async def insert_streets(
    db: Connection, organization_id: UUID, campaign_id: UUID, streets: Sequence[Sequence[Any]]
) -> None:
    await db.execute(
        """
        insert into street_edge
               (organization_id, campaign_id, id, name, highway, from_node, to_node, length_m,
                walkable, crosses_barrier, shape, west, south, east, north)
        select $1, $2, *
          from unnest($3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
                      $8::float8[], $9::boolean[], $10::boolean[], $11::bytea[], $12::float8[],
                      $13::float8[], $14::float8[], $15::float8[])
        """,
        organization_id,
        campaign_id,
        *columns(streets, 13),
    )


async def insert_barriers(
    db: Connection, organization_id: UUID, campaign_id: UUID, barriers: Sequence[Sequence[Any]]
) -> None:
    await db.execute(
        """
        insert into barrier
               (organization_id, campaign_id, id, kind, name, shape, west, south, east, north)
        select $1, $2, *
          from unnest($3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::float8[],
                      $8::float8[], $9::float8[], $10::float8[])
        """,
        organization_id,
        campaign_id,
        *columns(barriers, 8),
    )


async def put_map_source(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    file_name: str,
    attribution: str,
    data_at: dt.datetime | None,
) -> None:
    await db.execute(
        """
        insert into map_source (organization_id, campaign_id, file_name, attribution, data_at)
        values ($1, $2, $3, $4, $5)
            on conflict (organization_id, campaign_id) do update
           set file_name = excluded.file_name,
               attribution = excluded.attribution,
               data_at = excluded.data_at,
               imported_at = now()
        """,
        organization_id,
        campaign_id,
        file_name,
        attribution,
        data_at,
    )
