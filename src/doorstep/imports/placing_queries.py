"""Statements about addresses that do not say where they are, and their neighbours."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all


class Unplaced(msgspec.Struct, frozen=True, kw_only=True):
    """An address of the file that is not known and does not say where it is."""

    source_id: str
    street: str
    number: str
    town: str


class PlacedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address that others can be placed beside; keys, its postcode or else its city."""

    street: str
    number: str
    town: str
    lon: float
    lat: float


async def open_addresses(db: Connection) -> list[Unplaced]:
    """Addresses that nobody has said where they are."""
    return await fetch_all(
        db,
        Unplaced,
        """
        select distinct on (d.source_id) d.source_id,
               split_part(r.match_key, '#', 1) as street,
               split_part(r.match_key, '#', 2) as number,
               coalesce(nullif(r.postcode, ''), lower(r.city)) as town
          from staged_door d
          join staged r on r.row_number = d.row_number
         where d.open and r.street <> '' and r.house_number <> ''
         order by d.source_id, d.row_number
        """,
    )


async def addresses_in_streets(
    db: Connection, organization_id: UUID, streets: Sequence[str]
) -> list[PlacedAddress]:
    """What lies in these streets, given as the street's part of a match key."""
    return await fetch_all(
        db,
        PlacedAddress,
        """
        select split_part(match_key, '#', 1) as street,
               split_part(match_key, '#', 2) as number,
               coalesce(nullif(postcode, ''), lower(city)) as town, lon, lat
          from address
         where organization_id = $1
           and not estimated
           and split_part(match_key, '#', 1) = any($2::text[])
         order by match_key, id
        """,
        organization_id,
        streets,
    )


async def add_estimated_addresses(
    db: Connection,
    organization_id: UUID,
    run_id: UUID,
    source_ids: Sequence[str],
    lons: Sequence[float],
    lats: Sequence[float],
) -> None:
    """Store open addresses at places that were worked out for them."""
    await db.execute(
        """
        with placed as materialized (
          select s.address_id, make_id() as building_id, r.source_id, r.street, r.house_number,
                 r.postcode, r.city, r.precinct, r.match_key, v.lon, v.lat
            from unnest($3::text[], $4::float8[], $5::float8[]) as v (source_id, lon, lat)
            join staged_address s on s.source_id = v.source_id
            join staged r on r.row_number = s.row_number
        ),
        built as (
          insert into building (organization_id, id, import_run_id)
          select $1, building_id, $2 from placed
        ),
        opened as (
          update staged_door d
             set open = false
            from placed p
           where d.source_id = p.source_id and d.open
        )
        insert into address
               (organization_id, id, building_id, external_id, street, house_number, postcode,
                city, precinct, match_key, lon, lat, estimated, import_run_id)
        select $1, address_id, building_id, source_id, street, house_number, postcode, city,
               precinct, match_key, lon, lat, true, $2
          from placed
        """,
        organization_id,
        run_id,
        source_ids,
        lons,
        lats,
    )
