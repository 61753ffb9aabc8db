"""Routes of sync in the words of two libraries that phones use."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, RequestBody, Schema
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.response import ServerSentEvent

from doorstep.canvass.service import Gathering, taken_in
from doorstep.kit.auth import EVERYONE, NO_DATABASE, Caller, Entrance, caller_for_stream, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import InvalidError, NotFoundError, RefusedError, TooLargeError
from doorstep.kit.packing import unpacked
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings
from doorstep.sync import pushing, rxdb, service, watermelon
from doorstep.sync.api import MAX_CURSOR, answered
from doorstep.sync.model import COLLECTIONS

Accepts = Annotated[str | None, HeaderParameter(name="Accept")]
Encodings = Annotated[str | None, HeaderParameter(name="Accept-Encoding")]
MAX_BODY_BYTES = 8 * 2**20
EVERYTHING = 10**9
"""These libraries expect all there is in one answer."""
STREAM_S, LOOK_S = 300.0, 1.0
_ANY_JSON = RequestBody(
    required=True, content={"application/json": OpenAPIMediaType(schema=Schema())}
)


def _answer(kind: type, description: str) -> dict[int, ResponseSpec]:
    return {
        200: ResponseSpec(data_container=kind, description=description, generate_examples=False)
    }


def _without_transaction() -> dict[str, Any]:
    opened = open_to(EVERYONE, small=True)
    opened["opt"][NO_DATABASE] = True
    return opened


async def _body(request: Request[Any, Any, State]) -> bytes:
    return unpacked(await request.body(), request.headers.get("content-encoding"), MAX_BODY_BYTES)


class WatermelonController(Controller):
    """Sync as WatermelonDB does it."""

    path = "/sync/watermelon"
    tags = ("sync",)

    @get(
        operation_id="pullWatermelon",
        responses={**_answer(watermelon.Pulled, "Changes by table"), **problems()},
        **open_to(EVERYONE, small=True, snapshot=service.AS_OF_NOW, uploads=True),
    )
    async def pull_watermelon(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        last_pulled_at: Annotated[
            str | None, QueryParameter(description="`timestamp` of the last pull; null at first")
        ] = None,
        schema_version: Annotated[
            str | None, QueryParameter(description="Of the phone's database; any")
        ] = None,
        migration: Annotated[
            str | None, QueryParameter(description="As JSON; whatever is new comes whole")
        ] = None,
        accept: Accepts = None,
        accept_encoding: Encodings = None,
    ) -> Response[bytes]:
        """What changed since the last pull, as WatermelonDB's `pullChanges` returns it."""
        cursor = _number(last_pulled_at)
        # Tables or columns that the phone had not: it gets everything anew, under `updated`.
        migrated = migration not in {None, "", "null", "undefined"}
        found = await service.changes(db, caller, 0 if migrated else cursor, EVERYTHING)
        known = caller.revoked_at is None and found.next != cursor
        refused = await service.refused_ids(db, caller, cursor) if known else []
        return answered(watermelon.pulled(found, refused), accept, accept_encoding)

    @post(
        operation_id="pushWatermelon",
        status_code=200,
        responses=problems(TooLargeError),
        **open_to(EVERYONE, request_body=_ANY_JSON, small=True, uploads=True, opens_itself=True),
    )
    async def push_watermelon(
        self,
        entrance: NamedDependency[Entrance],
        gathering: NamedDependency[Gathering],
        pool: NamedDependency[Pool],
        request: Request[Any, Any, State],
        sent_at: Annotated[
            int | None, QueryParameter(ge=0, le=MAX_CURSOR, description="The phone's `Date.now()`")
        ] = None,
    ) -> watermelon.Pushed:
        """Take in the `changes` of WatermelonDB's `pushChanges`; only contact events are taken."""
        take = partial(taken_in, entrance, gathering, pool)
        return await pushing.push_watermelon(
            entrance, take, await _body(request), _instant(sent_at)
        )


def _number(text: str | None) -> int:
    """A cursor as JavaScript writes it."""
    if text in {None, "", "null", "undefined", "0"}:
        return 0
    try:
        number = int(text or "")
    except ValueError:
        number = -1
    if not 0 <= number <= MAX_CURSOR:
        message = "Send the `timestamp` of the last pull, or null."
        raise InvalidError(message, field="last_pulled_at")
    # What a phone got that pulled before anything happened.
    return 0 if number == 1 else number


def _instant(ms: int | None) -> dt.datetime | None:
    try:
        return None if ms is None else dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


class RxdbController(Controller):
    """Sync as RxDB does it over HTTP."""

    path = "/sync/rxdb/{collection:str}"
    tags = ("sync",)

    @get(
        "/pull",
        operation_id="pullRxdb",
        responses={**_answer(rxdb.Documents, "Documents"), **problems(NotFoundError)},
        **open_to(EVERYONE, small=True, snapshot=service.AS_OF_NOW, uploads=True),
    )
    async def pull_rxdb(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        collection: FromPath[str],
        seq: Annotated[
            int, QueryParameter(ge=0, le=MAX_CURSOR, description="`checkpoint.seq`; 0 at first")
        ] = 0,
        accept: Accepts = None,
        accept_encoding: Encodings = None,
    ) -> Response[bytes]:
        """What changed in a collection, as RxDB's pull handler returns it."""
        _check(collection)
        found = await service.changes(db, caller, seq, EVERYTHING)
        return answered(rxdb.documents(found, collection), accept, accept_encoding)

    @post(
        "/push",
        operation_id="pushRxdb",
        status_code=200,
        responses=problems(NotFoundError, RefusedError, TooLargeError),
        **open_to(EVERYONE, request_body=_ANY_JSON, small=True, uploads=True, opens_itself=True),
    )
    async def push_rxdb(
        self,
        entrance: NamedDependency[Entrance],
        gathering: NamedDependency[Gathering],
        pool: NamedDependency[Pool],
        request: Request[Any, Any, State],
        collection: FromPath[str],
        sent_at: Annotated[
            int | None, QueryParameter(ge=0, le=MAX_CURSOR, description="The phone's `Date.now()`")
        ] = None,
    ) -> list[dict[str, Any]]:
        """Take in what RxDB's push handler sends; only `events` takes any."""
        _check(collection)
        if collection != "events":
            message = "Phones send events alone; the rest is changed through other routes."
            raise RefusedError(message, field="collection")
        take, body = partial(taken_in, entrance, gathering, pool), await _body(request)
        return await pushing.push_rxdb(entrance, take, body, _instant(sent_at))

    @get(
        "/stream",
        operation_id="streamRxdb",
        responses=problems(NotFoundError),
        media_type="text/event-stream",
        **_without_transaction(),
    )
    async def stream_rxdb(
        self,
        request: Request[Any, Any, State],
        pool: NamedDependency[Pool],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        collection: FromPath[str],
    ) -> ServerSentEvent:
        """Server-sent events that only say `pull`, at first and when there may be something new.

        The stream ends after five minutes; event sources begin another by themselves.
        """
        caller = await caller_for_stream(request, pool, keyring)
        _check(collection)
        last_s = LOOK_S / 10 if settings.test_mode else STREAM_S
        return ServerSentEvent(_pulls(pool, caller.organization_id, last_s))


async def _pulls(pool: Pool, organization_id: UUID, last_s: float) -> AsyncGenerator[str]:
    end, seen = time.monotonic() + last_s, ""
    while time.monotonic() < end:
        now = await _marks.of(pool, organization_id)
        if now != seen:
            seen = now
            yield "pull"
        await asyncio.sleep(min(LOOK_S, last_s))


class _Marks:
    """How far organizations have come, looked up once a second however many phones listen."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[float, str]] = {}

    async def of(self, pool: Pool, organization_id: UUID) -> str:
        at, mark = self._known.get(organization_id, (0.0, ""))
        if time.monotonic() - at < LOOK_S:
            return mark
        # Others who listen wait for the next look rather than look as well.
        self._known[organization_id] = (time.monotonic(), mark)
        mark = await service.mark_of_changes(pool, organization_id)
        self._known[organization_id] = (time.monotonic(), mark)
        return mark


_marks = _Marks()


def _check(collection: str) -> None:
    if collection not in COLLECTIONS:
        raise NotFoundError


CONTROLLERS = (WatermelonController, RxdbController)
