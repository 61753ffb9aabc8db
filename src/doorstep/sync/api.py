"""Routes of sync: what a phone does not know yet."""

from typing import Annotated, Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter

from doorstep.kit.auth import EVERYONE, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.problems import problems
from doorstep.sync import service
from doorstep.sync.model import Changes
from doorstep.sync.wire import written

Accepts = Annotated[str | None, HeaderParameter(name="Accept")]
Encodings = Annotated[str | None, HeaderParameter(name="Accept-Encoding")]
MAX_CURSOR = 2**53 - 1


def answered(value: Any, accept: str | None, accept_encoding: str | None) -> Response[bytes]:
    """An answer as the client wants it."""
    body, media_type, headers = written(value, accept, accept_encoding)
    return Response(body, media_type=media_type, headers=headers)


class ChangesController(Controller):
    """What a phone does not know yet."""

    path = "/sync/changes"
    tags = ("sync",)

    @get(
        operation_id="getChanges",
        responses={
            200: ResponseSpec(
                data_container=Changes,
                description="What changed since the cursor",
                generate_examples=False,
            ),
            **problems(),
        },
        **open_to(EVERYONE, small=True, snapshot=service.AS_OF_NOW, uploads=True),
    )
    async def get_changes(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        cursor: Annotated[
            int,
            QueryParameter(
                ge=0, le=MAX_CURSOR, description="`next` of the last answer; 0 at first"
            ),
        ] = 0,
        limit: Annotated[
            int, QueryParameter(ge=1, le=2000, description="About how many rows at most")
        ] = service.MAX_ROWS,
        accept: Accepts = None,
        accept_encoding: Encodings = None,
    ) -> Response[bytes]:
        """What changed for the caller: rows to keep, ids to drop, and where to go on from."""
        found = await service.changes(db, caller, cursor, limit)
        return answered(found, accept, accept_encoding)


CONTROLLERS = (ChangesController,)
