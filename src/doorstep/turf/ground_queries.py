"""Statements about the ground turfs are cut on: streets, barriers, boundaries, crossings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_one
from doorstep.turf.ground_model import BoundaryLayer, Crossing

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


async def edges_in_box(
    db: Connection, organization_id: UUID, campaign_id: UUID, box: Box
) -> list[Sequence[Any]]:
    """Walkable stretches: name, highway, WKB, whether they may cross barriers."""
    rows = await db.fetch(
        """
        select e.name, e.highway, e.shape,
               exists (
                 select from allowed_crossing a
                  where a.organization_id = e.organization_id
                    and a.campaign_id = e.campaign_id
                    and (a.from_node, a.to_node) in
                        ((e.from_node, e.to_node), (e.to_node, e.from_node))) as allowed
          from street_edge e
         where e.organization_id = $1
           and e.campaign_id = $2
           and e.west <= $5 and e.east >= $3
           and e.south <= $6 and e.north >= $4
           and e.walkable
         order by e.id
        """,
        organization_id,
        campaign_id,
        *box,
    )
    return [tuple(row) for row in rows]


async def barriers_in_box(
    db: Connection, organization_id: UUID, campaign_id: UUID, box: Box
) -> list[bytes]:
    """The map's barriers and those that organizers drew, as WKB."""
    rows = await db.fetch(
        """
        select shape
          from barrier
         where organization_id = $1
           and campaign_id = $2
           and west <= $5 and east >= $3
           and south <= $6 and north >= $4
         union all
        select shape
          from drawn_barrier
         where organization_id = $1
           and campaign_id = $2
           and west <= $5 and east >= $3
           and south <= $6 and north >= $4
        """,
        organization_id,
        campaign_id,
        *box,
    )
    return [row["shape"] for row in rows]


async def drawn_barriers(
    db: Connection, organization_id: UUID, campaign_id: UUID
) -> list[Sequence[Any]]:
    """Lines that organizers drew: id, name, WKB, instant."""
    rows = await db.fetch(
        """
        select id, name, shape, made_at
          from drawn_barrier
         where organization_id = $1 and campaign_id = $2
         order by made_at, id
        """,
        organization_id,
        campaign_id,
    )
    return [tuple(row) for row in rows]


async def insert_drawn_barrier(
    db: Connection,
    organization_id: UUID,
    barrier_id: UUID,
    campaign_id: UUID,
    name: str,
    shape: bytes,
    box: Box,
    made_by: UUID,
) -> None:
    await db.execute(
        """
        insert into drawn_barrier
               (organization_id, id, campaign_id, name, shape, west, south, east, north, made_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        organization_id,
        barrier_id,
        campaign_id,
        name,
        shape,
        *box,
        made_by,
    )


async def delete_drawn_barrier(
    db: Connection, organization_id: UUID, campaign_id: UUID, barrier_id: UUID
) -> None:
    await execute_one(
        db,
        """
        delete from drawn_barrier
         where organization_id = $1 and campaign_id = $2 and id = $3
        """,
        organization_id,
        campaign_id,
        barrier_id,
    )


async def has_edge(
    db: Connection, organization_id: UUID, campaign_id: UUID, from_node: int, to_node: int
) -> bool:
    """Whether the campaign's map has a stretch between these two, in either direction."""
    return await db.fetchval(
        """
        select exists (
          select from street_edge
           where organization_id = $1
             and campaign_id = $2
             and (from_node, to_node) in (($3, $4), ($4, $3)))
        """,
        organization_id,
        campaign_id,
        from_node,
        to_node,
    )


async def allow_crossing(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    from_node: int,
    to_node: int,
    made_by: UUID,
) -> None:
    await db.execute(
        """
        insert into allowed_crossing (organization_id, campaign_id, from_node, to_node, made_by)
        values ($1, $2, least($3::bigint, $4), greatest($3::bigint, $4), $5)
            on conflict do nothing
        """,
        organization_id,
        campaign_id,
        from_node,
        to_node,
        made_by,
    )


async def forbid_crossing(
    db: Connection, organization_id: UUID, campaign_id: UUID, from_node: int, to_node: int
) -> None:
    await execute_one(
        db,
        """
        delete from allowed_crossing
         where organization_id = $1
           and campaign_id = $2
           and from_node = least($3::bigint, $4)
           and to_node = greatest($3, $4::bigint)
        """,
        organization_id,
        campaign_id,
        from_node,
        to_node,
    )


async def crossings(db: Connection, organization_id: UUID, campaign_id: UUID) -> list[Crossing]:
    return await fetch_all(
        db,
        Crossing,
        """
        select from_node, to_node
          from allowed_crossing
         where organization_id = $1 and campaign_id = $2
         order by from_node, to_node
        """,
        organization_id,
        campaign_id,
    )


async def lock_campaign(db: Connection, organization_id: UUID, campaign_id: UUID) -> None:
    """Who stores a layer of the campaign at the same time waits, so that neither is in the way."""
    await execute_one(
        db,
        "select from campaign where organization_id = $1 and id = $2 for no key update",
        organization_id,
        campaign_id,
    )


async def put_boundaries(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    layer: str,
    areas: Sequence[Sequence[Any]],
) -> None:
    """A layer in place of its former self: id, name, WKB, bounds."""
    await db.execute(
        "delete from boundary where organization_id = $1 and campaign_id = $2 and layer = $3",
        organization_id,
        campaign_id,
        layer,
    )
    await db.execute(
        """
        insert into boundary
               (organization_id, campaign_id, layer, id, name, shape, west, south, east, north)
        select $1, $2, $3, *
          from unnest($4::uuid[], $5::text[], $6::bytea[], $7::float8[], $8::float8[],
                      $9::float8[], $10::float8[])
        """,
        organization_id,
        campaign_id,
        layer,
        *columns(areas, 7),
    )


async def delete_boundaries(
    db: Connection, organization_id: UUID, campaign_id: UUID, layer: str
) -> None:
    await execute_one(
        db,
        "delete from boundary where organization_id = $1 and campaign_id = $2 and layer = $3",
        organization_id,
        campaign_id,
        layer,
    )


async def boundary_layers(
    db: Connection, organization_id: UUID, campaign_id: UUID
) -> list[BoundaryLayer]:
    return await fetch_all(
        db,
        BoundaryLayer,
        """
        select layer,
               jsonb_agg(jsonb_build_object('id', id, 'name', name) order by name, id)
                 as boundaries
          from boundary
         where organization_id = $1 and campaign_id = $2
         group by layer
         order by layer
        """,
        organization_id,
        campaign_id,
    )


class StoredBoundary(msgspec.Struct, frozen=True, kw_only=True):
    """An area of a layer, as WKB."""

    name: str
    shape: bytes


async def boundaries_of_layer(
    db: Connection, organization_id: UUID, campaign_id: UUID, layer: str
) -> list[StoredBoundary]:
    return await fetch_all(
        db,
        StoredBoundary,
        """
        select name, shape
          from boundary
         where organization_id = $1 and campaign_id = $2 and layer = $3
         order by name, id
        """,
        organization_id,
        campaign_id,
        layer,
    )


async def boundary_by_id(
    db: Connection, organization_id: UUID, campaign_id: UUID, boundary_id: UUID
) -> StoredBoundary:
    return await fetch_one(
        db,
        StoredBoundary,
        """
        select name, shape
          from boundary
         where organization_id = $1 and campaign_id = $2 and id = $3
        """,
        organization_id,
        campaign_id,
        boundary_id,
    )


async def outlines_near(
    db: Connection, organization_id: UUID, pass_id: UUID, box: Box, except_ids: Sequence[UUID]
) -> list[bytes]:
    """The outlines of live turfs with a door in the box, but for these."""
    rows = await db.fetch(
        """
        select t.polygon
          from turf t
         where t.organization_id = $1
           and t.pass_id = $2
           and not t.id = any($7)
           and t.id in (
             select td.turf_id
               from address a
               join door d on d.organization_id = a.organization_id and d.address_id = a.id
               join turf_door td on td.organization_id = d.organization_id and td.door_id = d.id
              where a.organization_id = $1
                and a.lon between $3 and $5
                and a.lat between $4 and $6
                and td.pass_id = $2
                and td.live)
        """,
        organization_id,
        pass_id,
        *box,
        except_ids,
    )
    return [row["polygon"] for row in rows]
