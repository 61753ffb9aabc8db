"""Statements about the places where events are."""

from collections.abc import Sequence
from uuid import UUID

from doorstep.events.model import Place, PlacePut
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one


async def places(db: Connection, organization_id: UUID) -> list[Place]:
    """Places in use, by name."""
    return await fetch_all(
        db,
        Place,
        """
        select id, name, address, jsonb_build_object('lon', lon, 'lat', lat) as point,
               case when staging_lon is not null
                 then jsonb_build_object('lon', staging_lon, 'lat', staging_lat)
               end as staging_point,
               staging_note, archived_at
          from place
         where organization_id = $1 and archived_at is null
         order by name, id
        """,
        organization_id,
    )


async def place_by_id(db: Connection, organization_id: UUID, place_id: UUID) -> Place:
    return await fetch_one(
        db,
        Place,
        """
        select id, name, address, jsonb_build_object('lon', lon, 'lat', lat) as point,
               case when staging_lon is not null
                 then jsonb_build_object('lon', staging_lon, 'lat', staging_lat)
               end as staging_point,
               staging_note, archived_at
          from place
         where organization_id = $1 and id = $2
        """,
        organization_id,
        place_id,
    )


async def put_place(
    db: Connection, organization_id: UUID, place_id: UUID, wanted: PlacePut
) -> None:
    staging = wanted.staging_point
    await db.execute(
        """
        insert into place
          (organization_id, id, name, address, lon, lat, staging_lon, staging_lat, staging_note)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (organization_id, id) do update
           set name = excluded.name, address = excluded.address,
               lon = excluded.lon, lat = excluded.lat,
               staging_lon = excluded.staging_lon, staging_lat = excluded.staging_lat,
               staging_note = excluded.staging_note
        """,
        organization_id,
        place_id,
        wanted.name,
        wanted.address,
        wanted.point.lon,
        wanted.point.lat,
        staging.lon if staging else None,
        staging.lat if staging else None,
        wanted.staging_note,
    )


async def archive_place(db: Connection, organization_id: UUID, place_id: UUID) -> None:
    await execute_one(
        db,
        """
        update place
           set archived_at = coalesce(archived_at, now())
         where organization_id = $1 and id = $2
        """,
        organization_id,
        place_id,
    )


async def count_places(db: Connection, organization_id: UUID, place_ids: Sequence[UUID]) -> int:
    """How many of these places there are, in use."""
    return await db.fetchval(
        """
        select count(*)
          from place
         where organization_id = $1 and id = any($2) and archived_at is null
        """,
        organization_id,
        place_ids,
    )
