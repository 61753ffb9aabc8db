"""Routes of OGC API Features, for QGIS and other map programs."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get
from litestar.datastructures import CacheControlHeader, State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from doorstep.kit.auth import STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems
from doorstep.maps import ogc
from doorstep.maps.model import Collection, Collections, Conformance, Landing, MapItem, MapItems
from doorstep.settings import Settings

AnyRequest = Request[Any, Any, State]
Bbox = Annotated[
    str | None,
    QueryParameter(max_length=200, description="west,south,east,north in degrees"),
]
Limit = Annotated[
    int, QueryParameter(ge=1, description=f"How many at most; {ogc.MAX_ITEMS:,} are the most")
]
BboxCrs = Annotated[str | None, QueryParameter(name="bbox-crs", max_length=200)]
Crs = Annotated[str | None, QueryParameter(max_length=200)]


def _spec(kind: type[msgspec.Struct], description: str) -> ResponseSpec:
    return ResponseSpec(
        data_container=kind,
        description=description,
        media_type=ogc.GEOJSON,  # pyright: ignore[reportArgumentType]
        generate_examples=False,
    )


class OgcController(Controller):
    """OGC API Features."""

    path = "/ogc"
    tags = ("maps",)
    cache_control = CacheControlHeader(private=True, no_cache=True)

    @get(operation_id="getOgcLanding", responses=problems(), **open_to(STAFF))
    async def get_landing(
        self, request: AnyRequest, settings: NamedDependency[Settings]
    ) -> Landing:
        """Where a map program begins: give it this address."""
        return ogc.landing(_root(request, settings))

    @get(
        "/api",
        operation_id="getOgcApi",
        responses={
            200: ResponseSpec(
                data_container=dict[str, Any],
                description="OpenAPI 3.1",
                media_type=ogc.OPENAPI,  # pyright: ignore[reportArgumentType]
                generate_examples=False,
            ),
            **problems(),
        },
        **open_to(STAFF),
    )
    async def get_api(self, request: AnyRequest) -> Response[dict[str, Any]]:
        """The whole API as OpenAPI, as programs ask for it here."""
        return Response(request.app.openapi_schema.to_schema(), media_type=ogc.OPENAPI)

    @get("/conformance", operation_id="getOgcConformance", responses=problems(), **open_to(STAFF))
    async def get_conformance(self) -> Conformance:
        """Which parts of OGC API Features hold here."""
        return ogc.conformance()

    @get("/collections", operation_id="listOgcCollections", responses=problems(), **open_to(STAFF))
    async def list_collections(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        request: AnyRequest,
        settings: NamedDependency[Settings],
    ) -> Collections:
        """The kinds of features: turfs, doors, boundaries."""
        return await ogc.collections(db, caller.organization_id, _root(request, settings))

    @get(
        "/collections/{layer:str}",
        operation_id="getOgcCollection",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_collection(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        request: AnyRequest,
        settings: NamedDependency[Settings],
        layer: FromPath[str],
    ) -> Collection:
        """A kind of features, and where they are."""
        kind = ogc.kind_of(layer)
        return await ogc.collection(db, caller.organization_id, _root(request, settings), kind)

    @get(
        "/collections/{layer:str}/items",
        operation_id="listOgcItems",
        responses={200: _spec(MapItems, "A page of features"), **problems(NotFoundError)},
        **open_to(STAFF),
    )
    async def list_items(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        request: AnyRequest,
        settings: NamedDependency[Settings],
        layer: FromPath[str],
        bbox: Bbox = None,
        limit: Limit = 1000,
        after: FromQuery[UUID | None] = None,
        bbox_crs: BboxCrs = None,
        crs: Crs = None,
    ) -> Response[bytes]:
        """Features as GeoJSON, page by page; the link `next` leads on."""
        kind = ogc.kind_of(layer)
        ogc.check_crs("bbox-crs", bbox_crs)
        ogc.check_crs("crs", crs)
        root = _root(request, settings)
        found = await ogc.items(db, caller.organization_id, root, kind, bbox, limit, after)
        return Response(msgspec.json.encode(found), media_type=ogc.GEOJSON)

    @get(
        "/collections/{layer:str}/items/{feature_id:str}",
        operation_id="getOgcItem",
        responses={200: _spec(MapItem, "The feature"), **problems(NotFoundError)},
        **open_to(STAFF),
    )
    async def get_item(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        request: AnyRequest,
        settings: NamedDependency[Settings],
        layer: FromPath[str],
        feature_id: FromPath[str],
    ) -> Response[bytes]:
        """One feature as GeoJSON."""
        kind = ogc.kind_of(layer)
        root = _root(request, settings)
        found = await ogc.item(db, caller.organization_id, root, kind, feature_id)
        return Response(msgspec.json.encode(found), media_type=ogc.GEOJSON)


def _root(request: AnyRequest, settings: Settings) -> str:
    """The address that links begin with: the public one where it is set, else as it was asked."""
    if settings.public_url != Settings().public_url:
        return settings.public_url.rstrip("/")
    return str(request.base_url).rstrip("/")


CONTROLLERS = (OgcController,)
