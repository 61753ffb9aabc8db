"""Routes of maps: vector tiles, as web maps ask for them."""

import gzip
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter

from doorstep.kit.auth import EVERYONE, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems
from doorstep.maps.caching import TileCache
from doorstep.maps.tiles import Made, TileLayer, tile
from doorstep.maps.tiling import Tile

MVT = "application/vnd.mapbox-vector-tile"
ETags = Annotated[str | None, HeaderParameter(name="If-None-Match")]
Encodings = Annotated[str | None, HeaderParameter(name="Accept-Encoding")]

RESPONSES = {
    200: ResponseSpec(
        data_container=bytes,
        description="A Mapbox Vector Tile, version 2.1; empty where nothing is",
        media_type=MVT,  # pyright: ignore[reportArgumentType]
        generate_examples=False,
    ),
    304: ResponseSpec(
        data_container=None, description="The map has it already", generate_examples=False
    ),
    **problems(NotFoundError),
}
ROUTE: dict[str, Any] = {"responses": RESPONSES, **open_to(EVERYONE, small=True)}


class TileController(Controller):
    """Vector tiles."""

    path = "/tiles"
    tags = ("maps",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        self.cache = TileCache()

    @get("/base/{z:int}/{x:int}/{y:int}", operation_id="getBaseTile", **ROUTE)
    async def base(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        z: FromPath[int],
        x: FromPath[int],
        y: FromPath[int],
        campaign_id: FromQuery[UUID],
        if_none_match: ETags = None,
        accept_encoding: Encodings = None,
    ) -> Response[bytes]:
        """Streets and water of a campaign's map, in the layers `streets` and `water`."""
        at = Tile(z, x, y)
        known = if_none_match or ""
        made = await tile(db, caller, self.cache, TileLayer.BASE, campaign_id, at, known)
        return _answer(made, accept_encoding)

    @get("/boundaries/{z:int}/{x:int}/{y:int}", operation_id="getBoundariesTile", **ROUTE)
    async def boundaries(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        z: FromPath[int],
        x: FromPath[int],
        y: FromPath[int],
        campaign_id: FromQuery[UUID],
        if_none_match: ETags = None,
        accept_encoding: Encodings = None,
    ) -> Response[bytes]:
        """Areas that a campaign keeps and what cannot be crossed: `boundaries`, `barriers`."""
        at = Tile(z, x, y)
        known = if_none_match or ""
        made = await tile(db, caller, self.cache, TileLayer.BOUNDARIES, campaign_id, at, known)
        return _answer(made, accept_encoding)

    @get("/turfs/{z:int}/{x:int}/{y:int}", operation_id="getTurfsTile", **ROUTE)
    async def turfs(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        z: FromPath[int],
        x: FromPath[int],
        y: FromPath[int],
        pass_id: FromQuery[UUID],
        if_none_match: ETags = None,
        accept_encoding: Encodings = None,
    ) -> Response[bytes]:
        """The turfs of a pass, in the layer `turfs`; volunteers see those they hold."""
        at = Tile(z, x, y)
        known = if_none_match or ""
        made = await tile(db, caller, self.cache, TileLayer.TURFS, pass_id, at, known)
        return _answer(made, accept_encoding)

    @get("/doors/{z:int}/{x:int}/{y:int}", operation_id="getDoorsTile", **ROUTE)
    async def doors(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        z: FromPath[int],
        x: FromPath[int],
        y: FromPath[int],
        pass_id: FromQuery[UUID],
        if_none_match: ETags = None,
        accept_encoding: Encodings = None,
    ) -> Response[bytes]:
        """Doors and where they stand in a pass; volunteers see those of turf they hold.

        Where a tile has more than 8,000, the layer `door_counts` stands in for `doors`.
        """
        at = Tile(z, x, y)
        known = if_none_match or ""
        made = await tile(db, caller, self.cache, TileLayer.DOORS, pass_id, at, known)
        return _answer(made, accept_encoding)


def _answer(made: Made, accepted: str | None) -> Response[bytes]:
    headers = {
        "ETag": made.etag,
        # What others may see differs: only the caller's own browser keeps it, and asks again.
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Authorization",
    }
    if made.packed is None:
        return Response(b"", status_code=304, headers=headers)
    if "gzip" not in (accepted or "").lower():
        return Response(gzip.decompress(made.packed), headers=headers, media_type=MVT)
    headers["Content-Encoding"] = "gzip"
    return Response(made.packed, headers=headers, media_type=MVT)


CONTROLLERS = (TileController,)
