"""Turfs, doors and boundaries as OGC API Features (OGC 17-069r4), which map programs read."""

import asyncio
import datetime as dt
import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from doorstep.kit.db import Connection
from doorstep.kit.errors import InvalidError, NotFoundError
from doorstep.maps import queries
from doorstep.maps.model import (
    Collection,
    Collections,
    Conformance,
    Extent,
    Landing,
    Link,
    MapItem,
    MapItems,
    SpatialExtent,
)
from doorstep.maps.queries import DoorFeature, ShapeFeature
from doorstep.maps.tiling import Box

# Its stubs leave keyword arguments untyped.
_shapely = cast("Any", shapely)

MAX_ITEMS = 5000
GEOJSON = "application/geo+json"
JSON = "application/json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
EVERYWHERE: Box = (-180.0, -90.0, 180.0, 90.0)
_FLAT, _TALL = 4, 6


class Kind(StrEnum):
    """The collections there are."""

    TURFS = "turfs"
    DOORS = "doors"
    BOUNDARIES = "boundaries"


_ABOUT = {
    Kind.TURFS: ("Turfs", "Every turf that is not archived, with its pass and campaign."),
    Kind.DOORS: ("Doors", "Every door and its address; nothing of who lives there."),
    Kind.BOUNDARIES: ("Boundaries", "Areas that campaigns keep, and barriers drawn by hand."),
}


def kind_of(collection: str) -> Kind:
    """The collection of this name.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    if collection not in list(Kind):
        message = f"There is no such collection. There is: {', '.join(Kind)}."
        raise NotFoundError(message)
    return Kind(collection)


def landing(root: str) -> Landing:
    """Where a program begins; ``root`` is the server's address."""
    return Landing(
        title="Doorstep",
        description="Turfs, doors and boundaries of your organization.",
        links=[
            _link(f"{root}/ogc", "self", JSON, "This page"),
            _link(f"{root}/ogc/api", "service-desc", OPENAPI, "The whole API"),
            _link(f"{root}/docs", "service-doc", "text/html", "The whole API, to read"),
            _link(f"{root}/ogc/conformance", "conformance", JSON, "What holds of the standard"),
            _link(f"{root}/ogc/collections", "data", JSON, "Kinds of features"),
        ],
    )


def conformance() -> Conformance:
    """Which parts of the standard hold."""
    return Conformance(conforms_to=list(CONFORMANCE))


def _link(href: str, rel: str, kind: str, title: str) -> Link:
    return Link(href=href, rel=rel, type=kind, title=title)


async def collections(db: Connection, organization_id: UUID, root: str) -> Collections:
    """Every kind of features, with where they are."""
    return Collections(
        links=[_link(f"{root}/ogc/collections", "self", JSON, "Kinds of features")],
        collections=[await collection(db, organization_id, root, kind) for kind in Kind],
    )


async def collection(db: Connection, organization_id: UUID, root: str, kind: Kind) -> Collection:
    """A kind of features, with where they are."""
    title, description = _ABOUT[kind]
    here = f"{root}/ogc/collections/{kind}"
    bounds = await _bounds(db, organization_id, kind)
    return Collection(
        id=kind,
        title=title,
        description=description,
        links=[
            _link(here, "self", JSON, title),
            _link(f"{here}/items", "items", GEOJSON, title),
        ],
        extent=Extent(spatial=SpatialExtent(bbox=[bounds], crs=CRS84)) if bounds else None,
        item_type="feature",
        crs=[CRS84],
    )


async def _bounds(db: Connection, organization_id: UUID, kind: Kind) -> list[float] | None:
    if kind is Kind.DOORS:
        found = await queries.doors_extent(db, organization_id)
        return [one for one in found if one is not None] or None
    shapes = _shapes(await _rows(db, organization_id, kind))
    return _shapely.total_bounds(shapes).tolist() if len(shapes) else None


async def _rows(db: Connection, organization_id: UUID, kind: Kind) -> list[ShapeFeature]:
    if kind is Kind.TURFS:
        return await queries.turf_features(db, organization_id)
    return await queries.boundary_features(db, organization_id)


def _shapes(rows: Sequence[ShapeFeature]) -> NDArray[np.object_]:
    return _shapely.from_wkb(np.array([row.shape for row in rows], dtype=np.object_))


def read_box(text: str | None) -> Box:
    """West, south, east, north of a ``bbox``; heights in it are passed over.

    Raises
    ------
    InvalidError
        If it is no box, or none in degrees. West may be more than east: then the box goes over
        the 180th meridian.
    """
    if text is None:
        return EVERYWHERE
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == _TALL:
        numbers = [*numbers[0:2], *numbers[3:5]]
    if len(numbers) != _FLAT or not all(map(math.isfinite, numbers)):
        message = "Give four numbers with commas between: west,south,east,north, in degrees."
        raise InvalidError(message, field="bbox")
    west, south, east, north = numbers
    if max(abs(west), abs(east)) > EVERYWHERE[2] or max(abs(south), abs(north)) > EVERYWHERE[3]:
        message = "Longitudes go from -180 to 180, latitudes from -90 to 90; longitude comes first."
        raise InvalidError(message, field="bbox")
    if south > north:
        message = "The box ends before it begins: give south <= north."
        raise InvalidError(message, field="bbox")
    return west, south, east, north


def check_crs(name: str, given: str | None) -> None:
    """Refuse any reference system but longitude and latitude on WGS 84.

    Raises
    ------
    InvalidError
        If it is another.
    """
    if given not in (None, CRS84):
        message = f"There is one reference system here: {CRS84}."
        raise InvalidError(message, field=name)


async def items(
    db: Connection,
    organization_id: UUID,
    root: str,
    kind: Kind,
    bbox: str | None,
    limit: int,
    after: UUID | None,
) -> MapItems:
    """A page of features in a box, from behind the feature ``after``, in the order of their ids."""
    box, limit = read_box(bbox), min(limit, MAX_ITEMS)
    here = f"{root}/ogc/collections/{kind}"
    if kind is Kind.DOORS:
        # One more than wanted tells whether there is a next page.
        doors = await queries.door_features(db, organization_id, box, after, limit + 1)
        found = [_door(here, door) for door in doors]
        matched = await queries.count_doors(db, organization_id, box)
    else:
        rows = await _rows(db, organization_id, kind)
        rows = await asyncio.to_thread(_in_box, rows, box)
        matched = len(rows)
        rest = [row for row in rows if after is None or row.id > after][: limit + 1]
        found = [_shape(here, row) for row in rest]
    shown = found[:limit]
    links = [
        _link(_page(here, bbox, limit, after), "self", GEOJSON, "This page"),
        _link(here, "collection", JSON, _ABOUT[kind][0]),
    ]
    if len(found) > limit:
        on = _page(here, bbox, limit, UUID(shown[-1].id))
        links.append(_link(on, "next", GEOJSON, "The next page"))
    return MapItems(
        features=shown,
        links=links,
        number_matched=matched,
        number_returned=len(shown),
        time_stamp=dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    )


def _page(here: str, bbox: str | None, limit: int, after: UUID | None) -> str:
    given = {"bbox": bbox, "limit": limit, "after": after}
    asked = {name: value for name, value in given.items() if value is not None}
    return f"{here}/items?{urlencode(asked, safe=',')}"


def _in_box(rows: Sequence[ShapeFeature], box: Box) -> list[ShapeFeature]:
    west, south, east, north = box
    if box == EVERYWHERE or not rows:
        return list(rows)
    wanted = shapely.box(west, south, east, north)
    if west > east:
        wanted = shapely.MultiPolygon(
            [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
        )
    inside: list[bool] = _shapely.intersects(_shapes(rows), wanted).tolist()
    return [row for row, is_in in zip(rows, inside, strict=True) if is_in]


async def item(
    db: Connection, organization_id: UUID, root: str, kind: Kind, feature_id: str
) -> MapItem:
    """One feature.

    Raises
    ------
    NotFoundError
        If there is none of this id in the collection.
    """
    here = f"{root}/ogc/collections/{kind}"
    try:
        wanted = UUID(feature_id)
    except ValueError:
        raise NotFoundError from None
    if kind is Kind.DOORS:
        door = await queries.door_feature(db, organization_id, wanted)
        found = door and _door(here, door)
    else:
        rows = await _rows(db, organization_id, kind)
        found = next((_shape(here, row) for row in rows if row.id == wanted), None)
    if found is None:
        raise NotFoundError
    return found


def _door(here: str, door: DoorFeature) -> MapItem:
    told = {name: getattr(door, name) for name in DoorFeature.__struct_fields__}
    place = [told.pop("lon"), told.pop("lat")]
    del told["id"]
    return _item(here, door.id, {"type": "Point", "coordinates": place}, told)


def _shape(here: str, row: ShapeFeature) -> MapItem:
    text: str = _shapely.to_geojson(shapely.from_wkb(row.shape))
    return _item(here, row.id, msgspec.Raw(text.encode()), row.properties)


def _item(here: str, feature_id: UUID, geometry: Any, properties: dict[str, Any]) -> MapItem:
    at = f"{here}/items/{feature_id}"
    return MapItem(
        id=str(feature_id),
        geometry=geometry,
        properties=properties,
        links=[_link(at, "self", GEOJSON, "This feature"), _link(here, "collection", JSON, "All")],
    )
