"""Every statement about maps for other programs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all, fetch_maybe
from doorstep.maps.tiling import Box


async def held_turfs(
    db: Connection, organization_id: UUID, member_id: UUID, pass_id: UUID
) -> list[UUID]:
    """The published turfs of a pass that a member holds now."""
    rows = await db.fetch(
        """
        select t.id
          from assignment a
          join turf t on t.organization_id = a.organization_id and t.id = a.turf_id
         where a.organization_id = $1
           and a.member_id = $2
           and a.ended_at is null
           and a.expires_at > now()
           and t.status = 'published'
           and t.pass_id = $3
         order by t.id
        """,
        organization_id,
        member_id,
        pass_id,
    )
    return [row["id"] for row in rows]


async def map_version(db: Connection, organization_id: UUID, campaign_id: UUID) -> str:
    """Another text whenever the campaign's map or its boundaries are others."""
    return await db.fetchval(
        """
        select concat_ws('|',
          (select imported_at
             from map_source
            where organization_id = $1 and campaign_id = $2),
          (select md5(string_agg(id::text, ',' order by id))
             from boundary
            where organization_id = $1 and campaign_id = $2),
          (select md5(string_agg(id::text, ',' order by id))
             from drawn_barrier
            where organization_id = $1 and campaign_id = $2))
        """,
        organization_id,
        campaign_id,
    )


async def turfs_version(db: Connection, organization_id: UUID, pass_id: UUID) -> str:
    """Another text whenever a turf of the pass is drawn, named or published otherwise."""
    return await db.fetchval(
        """
        select coalesce(md5(string_agg(
                 concat_ws('.', id, version, cut_version, status), ',' order by id)), '')
          from turf
         where organization_id = $1 and pass_id = $2
        """,
        organization_id,
        pass_id,
    )


async def doors_version(db: Connection, organization_id: UUID, pass_id: UUID) -> str:
    """Another text whenever doors come, go or stand otherwise, or turf has others of them."""
    return await db.fetchval(
        """
        select concat_ws('|',
          (select seq from change_counter where organization_id = $1),
          (select max(id) from feed_pending where organization_id = $1),
          (select md5(string_agg(concat_ws('.', id, state), ',' order by id))
             from import_run
            where organization_id = $1),
          (select md5(string_agg(concat_ws('.', id, version, cut_version), ',' order by id))
             from turf
            where organization_id = $1 and pass_id = $2))
        """,
        organization_id,
        pass_id,
    )


class TileDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A door as a tile shows it."""

    id: UUID
    house_number: str
    unit: str
    lon: float
    lat: float
    turf_id: UUID | None
    status: str


async def doors_of_box(
    db: Connection, organization_id: UUID, pass_id: UUID, box: Box, limit: int
) -> list[TileDoor]:
    return await fetch_all(
        db,
        TileDoor,
        """
        select d.id, a.house_number, d.unit, a.lon, a.lat, td.turf_id,
               coalesce(s.status, 'open') as status
          from address a
          join door d on d.organization_id = a.organization_id and d.address_id = a.id
          left join turf_door td on td.organization_id = d.organization_id
                                and td.door_id = d.id and td.pass_id = $2 and td.live
          left join door_state s on s.organization_id = d.organization_id
                                and s.door_id = d.id and s.pass_id = $2
         where a.organization_id = $1
           and a.lon between $3 and $5
           and a.lat between $4 and $6
         limit $7
        """,
        organization_id,
        pass_id,
        *box,
        limit,
    )


async def doors_of_turfs(
    db: Connection, organization_id: UUID, pass_id: UUID, turf_ids: Sequence[UUID], box: Box
) -> list[TileDoor]:
    return await fetch_all(
        db,
        TileDoor,
        """
        select d.id, a.house_number, d.unit, a.lon, a.lat, td.turf_id,
               coalesce(s.status, 'open') as status
          from turf_door td
          join door d on d.organization_id = td.organization_id and d.id = td.door_id
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
          left join door_state s on s.organization_id = d.organization_id
                                and s.door_id = d.id and s.pass_id = $2
         where td.organization_id = $1
           and td.turf_id = any($3)
           and td.live
           and a.lon between $4 and $6
           and a.lat between $5 and $7
        """,
        organization_id,
        pass_id,
        turf_ids,
        *box,
    )


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A square of a tile with the doors in it."""

    across: int
    down: int
    doors_count: int
    done_count: int


async def cells_of_tile(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    box: Box,
    place: tuple[float, float, float],
    cells: int,
) -> list[Cell]:
    """Doors counted in a grid; ``place`` is how many tiles there are in a row, and which."""
    return await fetch_all(
        db,
        Cell,
        """
        select across, down, count(*) as doors_count, count(*) filter (where done) as done_count
          from (
            select floor(((a.lon + 180) / 360 * $7 - $8) * $10)::int as across,
                   floor(((1 - asinh(tan(radians(a.lat))) / pi()) / 2 * $7 - $9) * $10)::int
                     as down,
                   s.done
              from address a
              join door d on d.organization_id = a.organization_id and d.address_id = a.id
              left join door_state s on s.organization_id = d.organization_id
                                    and s.door_id = d.id and s.pass_id = $2
             where a.organization_id = $1
               and a.lon between $3 and $5
               and a.lat between greatest($4::float8, -85) and least($6::float8, 85)) placed
         where across between 0 and $10 - 1 and down between 0 and $10 - 1
         group by across, down
        """,
        organization_id,
        pass_id,
        *box,
        *place,
        cells,
    )


class TurfShape(msgspec.Struct, frozen=True, kw_only=True):
    """A turf as maps show it."""

    id: UUID
    name: str
    status: str
    polygon: bytes


async def turf_shapes(
    db: Connection, organization_id: UUID, pass_id: UUID, turf_ids: Sequence[UUID] | None
) -> list[TurfShape]:
    """The turfs of a pass that are not archived; only those named, if any are."""
    return await fetch_all(
        db,
        TurfShape,
        """
        select id, name, status, polygon
          from turf
         where organization_id = $1
           and pass_id = $2
           and status <> 'archived'
           and ($3::uuid[] is null or id = any($3))
         order by id
        """,
        organization_id,
        pass_id,
        turf_ids,
    )


async def streets_of_box(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    box: Box,
    highways: Sequence[str] | None,
) -> list[Sequence[Any]]:
    """Streets that touch the box, of these kinds: name, highway, WKB."""
    rows = await db.fetch(
        """
        select name, highway, shape
          from street_edge
         where organization_id = $1
           and campaign_id = $2
           and west <= $5 and east >= $3
           and south <= $6 and north >= $4
           and ($7::text[] is null or highway = any($7))
         order by id
        """,
        organization_id,
        campaign_id,
        *box,
        highways,
    )
    return [tuple(row) for row in rows]


async def barriers_of_box(
    db: Connection, organization_id: UUID, campaign_id: UUID, box: Box
) -> list[Sequence[Any]]:
    """What cannot be crossed, from the map and drawn by hand: kind, name, WKB."""
    rows = await db.fetch(
        """
        select kind, name, shape
          from barrier
         where organization_id = $1 and campaign_id = $2
           and west <= $5 and east >= $3 and south <= $6 and north >= $4
        union all
        select 'drawn', name, shape
          from drawn_barrier
         where organization_id = $1 and campaign_id = $2
           and west <= $5 and east >= $3 and south <= $6 and north >= $4
        """,
        organization_id,
        campaign_id,
        *box,
    )
    return [tuple(row) for row in rows]


async def boundaries_of_box(
    db: Connection, organization_id: UUID, campaign_id: UUID, box: Box
) -> list[Sequence[Any]]:
    """Boundaries that touch the box: id, layer, name, WKB."""
    rows = await db.fetch(
        """
        select id, layer, name, shape
          from boundary
         where organization_id = $1 and campaign_id = $2
           and west <= $5 and east >= $3 and south <= $6 and north >= $4
         order by id
        """,
        organization_id,
        campaign_id,
        *box,
    )
    return [tuple(row) for row in rows]


class DoorFeature(msgspec.Struct, frozen=True, kw_only=True):
    """A door as a map program gets it."""

    id: UUID
    street: str
    house_number: str
    unit: str
    floor: str
    postcode: str
    city: str
    precinct: str
    lon: float
    lat: float


async def door_features(
    db: Connection, organization_id: UUID, box: Box, after: UUID | None, limit: int
) -> list[DoorFeature]:
    """Doors in a box, which may go over the 180th meridian, from behind one of them."""
    return await fetch_all(
        db,
        DoorFeature,
        """
        select d.id, a.street, a.house_number, d.unit, d.floor, a.postcode, a.city, a.precinct,
               a.lon, a.lat
          from door d
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
         where d.organization_id = $1
           and case when $2::float8 <= $4::float8 then a.lon between $2 and $4
                    else a.lon >= $2 or a.lon <= $4 end
           and a.lat between $3 and $5
           and ($6::uuid is null or d.id > $6)
         order by d.id
         limit $7
        """,
        organization_id,
        *box,
        after,
        limit,
    )


async def count_doors(db: Connection, organization_id: UUID, box: Box) -> int:
    return await db.fetchval(
        """
        select count(*)
          from door d
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
         where d.organization_id = $1
           and case when $2::float8 <= $4::float8 then a.lon between $2 and $4
                    else a.lon >= $2 or a.lon <= $4 end
           and a.lat between $3 and $5
        """,
        organization_id,
        *box,
    )


async def door_feature(db: Connection, organization_id: UUID, door_id: UUID) -> DoorFeature | None:
    return await fetch_maybe(
        db,
        DoorFeature,
        """
        select d.id, a.street, a.house_number, d.unit, d.floor, a.postcode, a.city, a.precinct,
               a.lon, a.lat
          from door d
          join address a on a.organization_id = d.organization_id and a.id = d.address_id
         where d.organization_id = $1 and d.id = $2
        """,
        organization_id,
        door_id,
    )


async def doors_extent(db: Connection, organization_id: UUID) -> Sequence[float | None]:
    """West, south, east, north of all addresses; nulls where there are none."""
    row = await db.fetchrow(
        """
        select min(lon), min(lat), max(lon), max(lat)
          from address
         where organization_id = $1
        """,
        organization_id,
    )
    assert row is not None  # noqa: S101 - an aggregate always has a row
    return tuple(row.values())


class ShapeFeature(msgspec.Struct, frozen=True, kw_only=True):
    """A turf or boundary with its shape; properties are filled in by kind."""

    id: UUID
    shape: bytes
    properties: dict[str, Any]


async def turf_features(db: Connection, organization_id: UUID) -> list[ShapeFeature]:
    """Every turf that is not archived."""
    return await fetch_all(
        db,
        ShapeFeature,
        """
        select t.id, t.polygon as shape,
               jsonb_build_object(
                 'name', t.name, 'status', t.status, 'campaign', c.name, 'pass', p.name,
                 'pass_id', t.pass_id, 'walk_m', round(t.walk_m), 'minutes', round(t.minutes),
                 'doors_count', (select count(*)
                                   from turf_door td
                                  where td.organization_id = t.organization_id
                                    and td.turf_id = t.id)) as properties
          from turf t
          join pass p on p.organization_id = t.organization_id and p.id = t.pass_id
          join campaign c on c.organization_id = p.organization_id and c.id = p.campaign_id
         where t.organization_id = $1 and t.status <> 'archived'
         order by t.id
        """,
        organization_id,
    )


async def boundary_features(db: Connection, organization_id: UUID) -> list[ShapeFeature]:
    """Every boundary of every campaign, and every barrier drawn by hand."""
    return await fetch_all(
        db,
        ShapeFeature,
        """
        select b.id, b.shape,
               jsonb_build_object('kind', 'boundary', 'layer', b.layer, 'name', b.name,
                                  'campaign', c.name) as properties
          from boundary b
          join campaign c on c.organization_id = b.organization_id and c.id = b.campaign_id
         where b.organization_id = $1
        union all
        select b.id, b.shape,
               jsonb_build_object('kind', 'barrier', 'layer', null, 'name', b.name,
                                  'campaign', c.name) as properties
          from drawn_barrier b
          join campaign c on c.organization_id = b.organization_id and c.id = b.campaign_id
         where b.organization_id = $1
         order by 1
        """,
        organization_id,
    )
