"""GeoJSON areas (RFC 7946) in and out: typed for the wire, checked before they mean anything."""

from functools import lru_cache
from typing import Annotated, Any, cast

import msgspec
import shapely
from msgspec import Meta
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from doorstep.kit.errors import RefusedError

# Its stubs leave keyword arguments untyped.
_shapely = cast("Any", shapely)

MAX_POSITIONS = 20_000
"""More corners than any area drawn or surveyed; above it, checking would hold up everyone else."""

MAX_LON, MAX_LAT = 180, 90

Position = Annotated[
    list[float],
    Meta(min_length=2, max_length=3, description="Longitude, latitude", examples=[[24.94, 60.17]]),
]
Ring = Annotated[list[Position], Meta(min_length=4, max_length=MAX_POSITIONS)]
Rings = Annotated[list[Ring], Meta(min_length=1, max_length=1000)]


class Polygon(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """An area with one outline, and holes if more rings follow."""

    coordinates: Rings


class MultiPolygon(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """An area in several parts."""

    coordinates: Annotated[list[Rings], Meta(min_length=1, max_length=1000)]


Area = Polygon | MultiPolygon


def area_shape(area: Area, field: str) -> BaseGeometry:
    """The shape of a GeoJSON area, in degrees.

    Raises
    ------
    RefusedError
        If it has too many corners, leaves the globe, is not closed, crosses itself or encloses
        nothing; the message says where and how to mend it, under the name ``field``.
    """
    parts = [area.coordinates] if isinstance(area, Polygon) else area.coordinates
    rings = [ring for part in parts for ring in part]
    if sum(map(len, rings)) > MAX_POSITIONS:
        message = f"The area has more than {MAX_POSITIONS} corners. Simplify it first."
        raise RefusedError(message, field=field)
    for ring in rings:
        _check_ring(ring, field)
    try:
        made: BaseGeometry = _shapely.force_2d(shape(msgspec.to_builtins(area)))
    except (shapely.errors.GEOSException, ValueError):
        message = "The area is not a shape. Draw each outline with at least three corners."
        raise RefusedError(message, field=field) from None
    if not made.is_valid:
        message = (
            f"The outline crosses or touches itself: {shapely.is_valid_reason(made)}. "
            "Draw it without crossings."
        )
        raise RefusedError(message, field=field)
    if made.area == 0:
        message = "The area encloses nothing. Draw an outline around some doors."
        raise RefusedError(message, field=field)
    return made


def _check_ring(ring: list[list[float]], field: str) -> None:
    for lon, lat in ((position[0], position[1]) for position in ring):
        if abs(lon) > MAX_LON or abs(lat) > MAX_LAT:
            message = (
                f"{lon}, {lat} is no place on the globe. "
                "Positions are longitude first, then latitude, in degrees."
            )
            raise RefusedError(message, field=field)
    if ring[0] != ring[-1]:
        message = "An outline must end where it begins. Repeat its first position at the end."
        raise RefusedError(message, field=field)


@lru_cache(maxsize=512)
def area_from_wkb(wkb: bytes) -> Area:
    """The GeoJSON of a stored area; kept, since outlines are read far more often than drawn."""
    return msgspec.json.decode(_shapely.to_geojson(shapely.from_wkb(wkb)), type=Area)
