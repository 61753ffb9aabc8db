"""The only door between degrees (WGS 84, longitude first) and metres."""

from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer
from shapely.geometry.base import BaseGeometry

# Universal Transverse Mercator covers 80° S to 84° N, polar stereographic grids the rest: NGA
# standard 0012, "The Universal Grids and the Transverse Mercator and Polar Stereographic Map
# Projections", 2014. The widened zones of Norway and Svalbard are not followed: they serve map
# sheets, and the plain zone is as true there.
UTM_LIMITS = (-80, 84)
ZONE_WIDTH = 6
MAX_LON, MAX_LAT = 180, 90
UTM_NORTH, UTM_SOUTH = 32600, 32700
UPS_NORTH, UPS_SOUTH = 32661, 32761
WGS84 = "EPSG:4326"

Degrees = tuple[float, float]
Shape = TypeVar("Shape", BaseGeometry, NDArray[np.object_])


def local_crs(lon: ArrayLike, lat: ArrayLike) -> CRS:
    """Metric grid that suits the middle of these points.

    Parameters
    ----------
    lon, lat
        Degrees, scalars or arrays of one shape; longitude in [-180, 180], latitude in [-90, 90].

    Returns
    -------
    CRS
        The UTM zone of the middle, or the polar grid beyond 80° S and 84° N. Lengths in it are
        true to 0.04 % within a zone and 0.1 % one zone away.

    Raises
    ------
    ValueError
        No points, or a coordinate that is not a place on earth.
    """
    east, north = _checked(lon, lat)
    # The mean direction, so that data astride the 180th meridian stays in one piece.
    turned = float(np.angle(np.exp(1j * np.radians(east)).mean(), deg=True))
    height = float(north.mean())
    if height < UTM_LIMITS[0]:
        return _crs(UPS_SOUTH)
    if height >= UTM_LIMITS[1]:
        return _crs(UPS_NORTH)
    zone = int((turned + 180) // ZONE_WIDTH) % 60 + 1
    return _crs((UTM_NORTH if height >= 0 else UTM_SOUTH) + zone)


def to_metres(lon: ArrayLike, lat: ArrayLike, origin: Degrees) -> NDArray[np.float64]:
    """Points in the metric grid at `origin`.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).
    origin
        Longitude and latitude, in degrees, of the place whose grid is used. Points that are to be
        compared need the same origin.

    Returns
    -------
    ndarray
        Easting and northing in metres, shape (n, 2).

    Raises
    ------
    ValueError
        A coordinate that is not a place on earth.
    """
    if np.size(lon) == 0:
        return np.empty((0, 2))
    east, north = _checked(lon, lat)
    x, y = _transformer(WGS84, local_crs(*origin)).transform(east, north)
    return np.column_stack((x, y))


def to_degrees(points: ArrayLike, origin: Degrees) -> NDArray[np.float64]:
    """Longitude and latitude of points given in the metric grid at `origin`.

    Parameters
    ----------
    points
        Easting and northing in metres, shape (n, 2), as `to_metres` gives them.
    origin
        The origin that was given to `to_metres`.

    Returns
    -------
    ndarray
        Longitude and latitude in degrees, shape (n, 2).
    """
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    lon, lat = _transformer(local_crs(*origin), WGS84).transform(xy[:, 0], xy[:, 1])
    return np.column_stack((lon, lat))


def project(geometry: Shape, crs: CRS) -> Shape:
    """Shape, or array of shapes, carried from degrees to metres.

    Parameters
    ----------
    geometry
        Shapely geometry or array of them, in degrees, longitude first.
    crs
        The metric grid, mostly from `local_crs`.

    Returns
    -------
    geometry
        The same, with coordinates in metres.
    """
    return _carried(geometry, _transformer(WGS84, crs))


def unproject(geometry: Shape, crs: CRS) -> Shape:
    """Shape, or array of shapes, carried from the metres of `crs` back to degrees."""
    return _carried(geometry, _transformer(crs, WGS84))


def lengths_m(lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Lengths on the ellipsoid of lines given in degrees.

    Parameters
    ----------
    lines
        Array of LineStrings in degrees, shape (n,). Unlike a projected length, the result does not
        depend on how far the data reaches.

    Returns
    -------
    ndarray
        Metres, shape (n,).
    """
    degrees, owner = shapely.get_coordinates(lines, return_index=True)
    inside = owner[1:] == owner[:-1]
    start, end = degrees[:-1][inside], degrees[1:][inside]
    _, _, step_m = Geod(ellps="WGS84").inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    totals = np.bincount(owner[1:][inside], weights=step_m, minlength=len(lines))
    return totals.astype(np.float64)


def _carried(geometry: Shape, transformer: Transformer) -> Shape:
    # The stubs of shapely know neither a shape-or-array nor functions of separate x and y.
    transform: Any = shapely.transform
    return transform(geometry, transformer.transform, interleaved=False)


def _checked(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both as float arrays, or an error that names the first impossible point."""
    east = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    north = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    if east.shape != north.shape or not east.size:
        message = f"lon {east.shape} and lat {north.shape}: give at least one point, one of each"
        raise ValueError(message)
    wrong = ~((np.abs(east) <= MAX_LON) & (np.abs(north) <= MAX_LAT))
    if wrong.any():
        at = int(np.argmax(wrong))
        message = f"point {at} ({east[at]}, {north[at]}) is not longitude, latitude in degrees"
        raise ValueError(message)
    return east, north


@lru_cache(maxsize=64)
def _crs(code: int) -> CRS:
    return CRS.from_epsg(code)


@lru_cache(maxsize=64)
def _transformer(source: CRS | str, target: CRS | str) -> Transformer:
    """Longitude first on both sides; kept, as building one takes milliseconds."""
    return Transformer.from_crs(source, target, always_xy=True)
