"""Where a tile is, and shapes as a tile shows them: cut to it, and no finer than can be seen."""

# The stubs of shapely leave keyword arguments untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from doorstep.kit.errors import InvalidError
from doorstep.maps.encoding import EXTENT

MAX_ZOOM = 22
_BUFFER = 64
"""Of a tile's units beyond its edge, so that lines are not seen to end there."""
_FINEST = 4.0
"""Of a tile's units: a quarter of a pixel where a tile is drawn 256 wide."""
_MAX_LAT = 85.0511287798066

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Tile:
    """A square of the map (Web Mercator, y from the north), as all web maps count them."""

    zoom: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.zoom <= MAX_ZOOM:
            message = f"Zoom goes from 0 to {MAX_ZOOM}."
            raise InvalidError(message, field="z")
        for field, value in (("x", self.x), ("y", self.y)):
            if not 0 <= value < 1 << self.zoom:
                message = f"At zoom {self.zoom}, {field} goes from 0 to {(1 << self.zoom) - 1}."
                raise InvalidError(message, field=field)

    @property
    def box(self) -> Box:
        """West, south, east, north in degrees, with the edge around."""
        edge = _BUFFER / EXTENT
        west, east = (self._lon(self.x + by) for by in (-edge, 1 + edge))
        north, south = (self._lat(self.y + by) for by in (-edge, 1 + edge))
        return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)

    def _lon(self, x: float) -> float:
        return x / (1 << self.zoom) * 360 - 180

    def _lat(self, y: float) -> float:
        return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / (1 << self.zoom))))))

    def units(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places, shape (n, 2) in degrees, in the tile's units, y downwards."""
        lon, lat = lonlat[:, 0], np.clip(lonlat[:, 1], -_MAX_LAT, _MAX_LAT)
        across = (lon + 180) / 360
        down = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2
        scale = float(1 << self.zoom)
        return np.column_stack((across * scale - self.x, down * scale - self.y)) * EXTENT


def points_in(
    tile: Tile, lonlat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The places within a tile and its edge, in its units, and which of those given they are."""
    units = np.rint(tile.units(lonlat.reshape(-1, 2)))
    kept = np.flatnonzero(((units >= -_BUFFER) & (units <= EXTENT + _BUFFER)).all(axis=1))
    return units[kept], kept


def shapes_in(
    tile: Tile, shapes: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Lines and areas as a tile shows them, and which of those given they are."""
    if not len(shapes):
        return shapes, np.empty(0, dtype=np.intp)
    made = shapely.transform(shapes, tile.units)
    # Simplified before the cut, so that neighbouring tiles agree along their edge.
    made = shapely.simplify(made, _FINEST)
    low, high = -_BUFFER, EXTENT + _BUFFER
    made = shapely.clip_by_rect(made, low, low, high, high)
    # On the grid of whole units areas stay valid, and what is too small to be seen goes.
    made = shapely.set_precision(made, 1.0)
    made = np.array([_plain(one) for one in made], dtype=np.object_)
    kept = np.flatnonzero(~shapely.is_empty(made))
    return shapely.orient_polygons(made[kept]), kept


def _plain(shape: Any) -> Any:
    """Of a collection, as cutting leaves it, the parts of the highest dimension."""
    if shape.geom_type != "GeometryCollection":
        return shape
    parts = shapely.get_parts(shape)
    dimension = shapely.get_dimensions(parts).max() if len(parts) else -1
    wanted = [part for part in parts if shapely.get_dimensions(part) == dimension]
    if dimension == 2:  # noqa: PLR2004
        return shapely.multipolygons(wanted)
    return shapely.multilinestrings(wanted) if dimension == 1 else shapely.Polygon()
