"""Routes of the ground turfs are cut on: own barriers, crossings, boundaries."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Reference, RequestBody
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.accounts.service import campaign_by_id
from doorstep.kit.auth import ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, RefusedError, TooLargeError
from doorstep.kit.problems import problems
from doorstep.turf import ground, ground_queries
from doorstep.turf.ground_model import (
    BoundaryLayer,
    Crossing,
    DrawnBarrier,
    DrawnBarrierCreate,
)
from doorstep.turf.layer import MAX_OUTLINE_BYTES

LayerName = Annotated[
    str, QueryParameter(min_length=1, max_length=200, description="What the layer is called")
]
FromNode = Annotated[int, QueryParameter(ge=-(2**62), le=2**62, description="One end")]
ToNode = Annotated[int, QueryParameter(ge=-(2**62), le=2**62, description="The other end")]
# Read off the loop, an area at a time; hence described by hand.
LAYER = RequestBody(
    required=True,
    content={
        "application/json": OpenAPIMediaType(
            schema=Reference("#/components/schemas/FeatureCollection")
        )
    },
)


class DrawnBarrierController(Controller):
    """Lines that organizers drew, and that no turf and no walk crosses."""

    path = "/campaigns/{campaign_id:uuid}/drawn-barriers"
    tags = ("turf",)

    @get(operation_id="listDrawnBarriers", responses=problems(NotFoundError), **open_to(STAFF))
    async def list_barriers(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
    ) -> list[DrawnBarrier]:
        """The lines of a campaign, the oldest first."""
        return await ground.barriers(db, caller.organization_id, campaign_id)

    @post(
        operation_id="drawBarrier",
        responses=problems(NotFoundError, RefusedError, TooLargeError),
        request_max_body_size=MAX_OUTLINE_BYTES,
        **open_to(ORGANIZERS),
    )
    async def draw_barrier(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
        data: JSONBody[DrawnBarrierCreate],
    ) -> DrawnBarrier:
        """Draw a line that nobody is to cross; cuts from now on keep to it."""
        return await ground.draw_barrier(db, caller, campaign_id, data)

    @delete(
        "/{barrier_id:uuid}",
        operation_id="deleteDrawnBarrier",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def delete_barrier(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
        barrier_id: FromPath[UUID],
    ) -> None:
        """Take a line away."""
        await ground_queries.delete_drawn_barrier(
            db, caller.organization_id, campaign_id, barrier_id
        )


class CrossingController(Controller):
    """Stretches of street that may cross barriers."""

    path = "/campaigns/{campaign_id:uuid}/crossings"
    tags = ("turf",)

    @get(operation_id="listCrossings", responses=problems(NotFoundError), **open_to(STAFF))
    async def list_crossings(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
    ) -> list[Crossing]:
        """The crossings that organizers allowed."""
        await campaign_by_id(db, caller.organization_id, campaign_id)
        return await ground_queries.crossings(db, caller.organization_id, campaign_id)

    @put(
        operation_id="allowCrossing",
        status_code=204,
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def allow_crossing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
        data: JSONBody[Crossing],
    ) -> None:
        """Let a stretch, such as a footbridge, cross barriers; it stays when a newer map comes."""
        await ground.allow(db, caller, campaign_id, data)

    @delete(operation_id="forbidCrossing", responses=problems(NotFoundError), **open_to(ORGANIZERS))
    async def forbid_crossing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
        from_node: FromNode,
        to_node: ToNode,
    ) -> None:
        """Take an allowance back."""
        await ground_queries.forbid_crossing(
            db, caller.organization_id, campaign_id, from_node, to_node
        )


class BoundaryController(Controller):
    """Areas that a campaign keeps, such as precincts, layer by layer."""

    path = "/campaigns/{campaign_id:uuid}/boundaries"
    tags = ("turf",)

    @get(operation_id="listBoundaries", responses=problems(NotFoundError), **open_to(STAFF))
    async def list_boundaries(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
    ) -> list[BoundaryLayer]:
        """The layers of a campaign and the names of their areas."""
        await campaign_by_id(db, caller.organization_id, campaign_id)
        return await ground_queries.boundary_layers(db, caller.organization_id, campaign_id)

    @put(
        operation_id="putBoundaries",
        responses=problems(NotFoundError, RefusedError, TooLargeError),
        **open_to(ORGANIZERS, request_body=LAYER),
    )
    async def put_boundaries(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
        layer: LayerName,
        request: Request[Any, Any, State],
    ) -> BoundaryLayer:
        """Keep a layer of areas as GeoJSON, in place of the one that was called so."""
        return await ground.keep_layer(
            db, caller.organization_id, campaign_id, layer, await request.body()
        )

    @delete(
        operation_id="deleteBoundaries", responses=problems(NotFoundError), **open_to(ORGANIZERS)
    )
    async def delete_boundaries(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
        layer: LayerName,
    ) -> None:
        """Forget a layer; turfs cut by it stay as they are."""
        await ground_queries.delete_boundaries(db, caller.organization_id, campaign_id, layer)


CONTROLLERS = (DrawnBarrierController, CrossingController, BoundaryController)
