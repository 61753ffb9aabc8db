"""Routes of walking: the bundle that a phone downloads."""

import hashlib
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter

from doorstep.kit.auth import EVERYONE, Caller, Snapshot, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.packing import best_encoding, packed
from doorstep.kit.problems import problems
from doorstep.walk import service
from doorstep.walk.model import Bundle

ETags = Annotated[str | None, HeaderParameter(name="If-None-Match")]
Encodings = Annotated[str | None, HeaderParameter(name="Accept-Encoding")]

_same = ResponseSpec(
    data_container=None, description="The phone has it already", generate_examples=False
)


class WalkController(Controller):
    """Walking a turf."""

    path = "/turfs/{turf_id:uuid}/bundle"
    tags = ("walk",)

    @get(
        operation_id="getBundle",
        responses={
            200: ResponseSpec(
                data_container=Bundle,
                description="The turf, to walk offline",
                generate_examples=False,
            ),
            304: _same,
            **problems(NotFoundError),
        },
        **open_to(EVERYONE, snapshot=Snapshot()),
    )
    async def get_bundle(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        turf_id: FromPath[UUID],
        if_none_match: ETags = None,
        accept_encoding: Encodings = None,
    ) -> Response[bytes]:
        """Everything a phone needs to walk a turf offline."""
        body = msgspec.json.encode(await service.bundle(db, caller, turf_id))
        encoding = best_encoding(accept_encoding or "")
        # A strong tag names these very bytes, so each encoding has a tag of its own.
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}-{encoding or "plain"}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if _matches(if_none_match or "", etag):
            return Response(b"", status_code=304, headers=headers)
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(packed(body, encoding), headers=headers, media_type="application/json")


def _matches(tags: str, etag: str) -> bool:
    return tags.strip() == "*" or etag in {
        tag.strip().removeprefix("W/") for tag in tags.split(",")
    }


CONTROLLERS = (WalkController,)
