"""The ground turfs are cut on, as organizers change it: own barriers, crossings, boundaries."""

import asyncio
from uuid import UUID

import msgspec
import shapely

from doorstep.accounts.service import campaign_by_id
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.turf import ground_queries
from doorstep.turf.ground_model import (
    BoundaryLayer,
    Crossing,
    DrawnBarrier,
    DrawnBarrierCreate,
)
from doorstep.turf.hand import line_shape
from doorstep.turf.layer import read_layer
from doorstep.turf.step_model import LineString


async def barriers(db: Connection, organization_id: UUID, campaign_id: UUID) -> list[DrawnBarrier]:
    """The lines that organizers drew in a campaign.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    """
    await campaign_by_id(db, organization_id, campaign_id)
    return [
        DrawnBarrier(id=barrier_id, name=name, line=_line(shape), made_at=made_at)
        for barrier_id, name, shape, made_at in await ground_queries.drawn_barriers(
            db, organization_id, campaign_id
        )
    ]


def _line(wkb: bytes) -> LineString:
    return msgspec.json.decode(shapely.to_geojson(shapely.from_wkb(wkb)), type=LineString)


async def draw_barrier(
    db: Connection, caller: Caller, campaign_id: UUID, wanted: DrawnBarrierCreate
) -> DrawnBarrier:
    """Keep a line that nobody is to cross.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    RefusedError
        If the line leaves the globe or has no length.
    """
    await campaign_by_id(db, caller.organization_id, campaign_id)
    line = line_shape(wanted.line, "line")
    if not line.length:
        message = "The line has no length. Draw it from one end of the barrier to the other."
        raise RefusedError(message, field="line")
    west, south, east, north = line.bounds
    barrier_id = new_id()
    await ground_queries.insert_drawn_barrier(
        db,
        caller.organization_id,
        barrier_id,
        campaign_id,
        wanted.name,
        shapely.to_wkb(line),
        (west, south, east, north),
        caller.member_id,
    )
    every = await barriers(db, caller.organization_id, campaign_id)
    return next(one for one in every if one.id == barrier_id)


async def allow(db: Connection, caller: Caller, campaign_id: UUID, wanted: Crossing) -> None:
    """Let a stretch of street cross barriers.

    Raises
    ------
    NotFoundError
        If there is no such campaign, or its map has no such stretch.
    """
    await campaign_by_id(db, caller.organization_id, campaign_id)
    ends = wanted.from_node, wanted.to_node
    if not await ground_queries.has_edge(db, caller.organization_id, campaign_id, *ends):
        message = "The campaign's map has no stretch of street between these two. Look at /map."
        raise NotFoundError(message)
    await ground_queries.allow_crossing(
        db, caller.organization_id, campaign_id, *ends, caller.member_id
    )


async def keep_layer(
    db: Connection, organization_id: UUID, campaign_id: UUID, layer: str, body: bytes
) -> BoundaryLayer:
    """Keep a layer of areas in place of its former self.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    InvalidError, TooLargeError, RefusedError
        If the areas cannot be read, or two have the same name.
    """
    await campaign_by_id(db, organization_id, campaign_id)
    found = await asyncio.to_thread(read_layer, body)
    names: set[str] = set()
    for at, (name, _) in enumerate(found):
        if name in names:
            message = f"Two areas are called {name}. Give each a name of its own."
            raise RefusedError(message, field=f"features[{at}].properties.name")
        names.add(name)
    rows = [(new_id(), name, shapely.to_wkb(shape), *shape.bounds) for name, shape in found]
    await ground_queries.lock_campaign(db, organization_id, campaign_id)
    await ground_queries.put_boundaries(db, organization_id, campaign_id, layer, rows)
    every = await ground_queries.boundary_layers(db, organization_id, campaign_id)
    return next(one for one in every if one.layer == layer)
