"""Routes of canvassing: what phones send home, and what became of a door."""

from collections import Counter
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Reference, RequestBody
from litestar.params import FromPath, QueryParameter

from doorstep.canvass import service
from doorstep.canvass.gathering import Gathering
from doorstep.canvass.history_model import PersonHistoryEntry
from doorstep.canvass.model import BatchResult, HistoryEntry
from doorstep.kit.auth import EVERYONE, STAFF, Caller, Entrance, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import NotFoundError, TooLargeError
from doorstep.kit.logs import events_total
from doorstep.kit.packing import unpacked
from doorstep.kit.problems import problems

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]

MAX_BATCH_BYTES = 8 * 2**20
# Decoded item by item, so that one bad event sinks no other; hence described by hand.
BODY = RequestBody(
    required=True,
    content={
        "application/json": OpenAPIMediaType(schema=Reference("#/components/schemas/EventBatch"))
    },
)


class SyncController(Controller):
    """What phones send home."""

    path = "/sync"
    tags = ("canvass",)

    @post(
        "/events",
        operation_id="sendEvents",
        status_code=200,
        responses=problems(TooLargeError),
        **open_to(EVERYONE, request_body=BODY, small=True, uploads=True, opens_itself=True),
    )
    async def send_events(
        self,
        entrance: NamedDependency[Entrance],
        gathering: NamedDependency[Gathering],
        pool: NamedDependency[Pool],
        request: Request[Any, Any, State],
    ) -> BatchResult:
        """Send contact events home; repeat the same request until it is answered.

        The body may come as gzip or zstd, named in `Content-Encoding`; 8 MiB unpacked at most.
        """
        packed = await request.body()
        encoding = request.headers.get("content-encoding")
        body = unpacked(packed, encoding, MAX_BATCH_BYTES)
        answered = await service.taken_in(entrance, gathering, pool, body)
        for outcome, count in Counter(one.outcome for one in answered.results).items():
            events_total.labels(outcome).inc(count)
        return answered


@get(
    "/doors/{door_id:uuid}/history",
    operation_id="getDoorHistory",
    tags=["canvass"],
    responses=problems(NotFoundError),
    **open_to(STAFF),
)
async def get_door_history(
    db: NamedDependency[Connection],
    caller: NamedDependency[Caller],
    door_id: FromPath[UUID],
    limit: Limit = 100,
) -> list[HistoryEntry]:
    """What was recorded at a door and for its building, the latest first."""
    return await service.door_history(db, caller, door_id, limit)


@get(
    "/people/{person_id:uuid}/history",
    operation_id="getPersonHistory",
    tags=["canvass"],
    responses=problems(NotFoundError),
    **open_to(STAFF),
)
async def get_person_history(
    db: NamedDependency[Connection],
    caller: NamedDependency[Caller],
    person_id: FromPath[UUID],
    limit: Limit = 100,
) -> list[PersonHistoryEntry]:
    """What happened to a person: imports, visits, consents, marks, merges; the latest first."""
    return await service.person_history(db, caller, person_id, limit)


CONTROLLERS = (SyncController, get_door_history, get_person_history)
