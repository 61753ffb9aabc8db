"""What lies between the doors of a cut: ways, barriers and boundaries, from any map file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyogrio  # pyright: ignore[reportMissingTypeStubs]
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from doorstep.algorithms.addresses import street_key
from doorstep.algorithms.cutting import CROSSING_M, Ground
from doorstep.algorithms.projection import MAX_LAT, MAX_LON, WGS84
from doorstep.commands.cutting_doors import Town
from doorstep.commands.cutting_files import Source, layer_of
from doorstep.commands.screen import CommandError
from doorstep.imports.osm import ATTRIBUTION, OsmExtract, OsmFileError, read_osm

# None of them has types for arrays and columns.
_shapely: Any = shapely
_gdal: Any = pyogrio
_tables: Any = gpd
AROUND_M = 1_000.0
"""How far beyond the doors ground is looked at: enough to walk around a block."""
STREET_NAMES = ("name", "street", "street_name", "streetname", "fullname", "st_name", "road")
CLASS_NAMES = ("highway", "fclass", "class")
YES = frozenset({"true", "1", "1.0", "yes", "y", "t"})
LINES = frozenset({"LineString", "LinearRing"})
AREAS = frozenset({"Polygon"})


class Layers(NamedTuple):
    """Where the ground of a cut is read from; `allowed` names the attribute of edges."""

    network: Sequence[Source]
    barriers: Sequence[Source]
    boundaries: Source | None
    allowed: str | None


@dataclass(frozen=True, eq=False)
class Land:
    """Ground in metres, and what a picture and a report say about it."""

    ground: Ground
    kinds: list[str]
    """Of each barrier: water, railway, motorway, or whatever the file says."""
    notes: list[str] = field(default_factory=list[str])
    attribution: str = ""


def read_land(layers: Layers, town: Town) -> Land:
    """Everything around the doors that was asked for.

    Raises
    ------
    CommandError
        If a file cannot be read, holds other shapes, or lies elsewhere than the doors.
    """
    notes: list[str] = []
    reader = _Reader(town, notes)
    ways = [reader.ways(source, layers.allowed) for source in layers.network]
    walls = [reader.walls(source) for source in layers.barriers]
    areas = _none() if layers.boundaries is None else reader.areas(layers.boundaries)
    if not ways:
        notes.append("No network was given: walks are measured in straight lines.")
    if not walls:
        notes.append("No barriers were given: turfs may lie astride water, railways and motorways.")
    _check_boundaries(layers.boundaries, areas, town)
    return Land(
        ground=Ground(
            edges=_joined([one.shapes for one in ways]),
            street=_joined([one.street for one in ways]),
            crossing_m=np.concatenate([np.empty(0), *(one.crossing_m for one in ways)]),
            allowed=np.concatenate([np.empty(0, np.bool_), *(one.allowed for one in ways)]),
            barriers=_joined([one.shapes for one in walls]),
            boundaries=areas,
        ),
        kinds=[kind for one in walls for kind in one.kinds],
        notes=notes,
        attribution=ATTRIBUTION if reader.has_osm else "",
    )


class _Ways(NamedTuple):
    shapes: NDArray[np.object_]
    street: NDArray[np.object_]
    crossing_m: NDArray[np.float64]
    allowed: NDArray[np.bool_]


class _Walls(NamedTuple):
    shapes: NDArray[np.object_]
    kinds: list[str]


class _Reader:
    """Reads layers around one town; each OpenStreetMap file once."""

    def __init__(self, town: Town, notes: list[str]) -> None:
        self._crs, self._notes = town.crs, notes
        xy = town.doors.xy[town.placed]
        self._box: Any = shapely.box(*(xy.min(axis=0) - AROUND_M), *(xy.max(axis=0) + AROUND_M))
        self._osm: Callable[[Path], OsmExtract] = cache(_osm)
        self.has_osm = False

    def ways(self, source: Source, allowed: str | None) -> _Ways:
        """Ways to walk."""
        found = self._read(source, "--network", LINES, self._osm_ways)
        if not len(found):
            message = (
                f"--network: {source} has no line within {AROUND_M / 1000:.0f} km of the doors. "
                "Is it of another place, or are lon and lat swapped?"
            )
            raise CommandError(message)
        names = [street_key(name) for name in _texts(found, _first(found, STREET_NAMES))]
        classes = _texts(found, _first(found, CLASS_NAMES))
        column = _first(found, ((allowed or "allowed").casefold(),))
        if allowed is not None and column is None:
            there = ", ".join(str(name) for name in found.columns if name != "geometry")
            message = f"--allow-crossing: {source} has no attribute {allowed}, but: {there}."
            raise CommandError(message)
        return _Ways(
            _shapes(found),
            _objects(names),
            np.array([CROSSING_M.get(one, 0.0) for one in classes], np.float64),
            np.array([text.casefold() in YES for text in _texts(found, column)], np.bool_),
        )

    def walls(self, source: Source) -> _Walls:
        """What nobody crosses."""
        found = self._read(source, "--barriers", LINES | AREAS, self._osm_walls)
        if not len(found):
            self._notes.append(f"No barrier of {source.name} lies near the doors.")
        return _Walls(_shapes(found), _texts(found, _first(found, ("kind", "type", "class"))))

    def areas(self, source: Source) -> NDArray[np.object_]:
        """Areas that no turf reaches out of."""
        if source.is_osm:
            message = f"--boundaries: areas are not read from {source}. Give a layer of areas."
            raise CommandError(message)
        return _shapes(self._read(source, "--boundaries", AREAS, self._osm_walls))

    def _read(
        self, source: Source, option: str, wanted: frozenset[str], osm: Callable[[Source], Any]
    ) -> Any:
        """Single shapes of the wanted kinds around the doors, in metres."""
        found = osm(source) if source.is_osm else _layer(source, option, self._box, self._crs)
        found = found[found.geometry.notna() & ~found.geometry.is_empty]
        # Areas keep their parts together: a precinct with an island is one precinct.
        parts = found if wanted == AREAS else found.explode(ignore_index=True)
        fits = parts.geom_type.str.removeprefix("Multi").isin(wanted)
        if len(parts) and not fits.any():
            message = (
                f"{option}: {source} holds {', '.join(sorted(parts.geom_type.unique()))}, but "
                f"{' or '.join(sorted(wanted - {'LinearRing'}))} is what is needed."
            )
            raise CommandError(message)
        if not fits.all():
            self._notes.append(f"{(~fits).sum():,} shapes of {source.name} are of no use here.")
        parts = parts[fits].to_crs(self._crs)
        shapes = _shapely.force_2d(_shapes(parts))
        broken = ~_shapely.is_valid(shapes)
        shapes[broken] = _shapely.make_valid(shapes[broken])
        near = np.isfinite(_shapely.bounds(shapes)).all(axis=1)
        near[near] = _shapely.intersects(shapes[near], self._box)
        return parts.set_geometry(shapes, crs=self._crs)[near]

    def _extract(self, source: Source) -> OsmExtract:
        if source.layer is not None:
            message = f"{source.path} has no layers. Leave :{source.layer} out."
            raise CommandError(message)
        self.has_osm = True
        return self._osm(source.path)

    def _osm_ways(self, source: Source) -> Any:
        streets = self._extract(source).streets
        found = _tables.GeoDataFrame(
            {
                "name": list(streets.name),
                "highway": list(streets.highway),
                "bridge": streets.crosses_barrier,
            },
            geometry=streets.geometry,
            crs=WGS84,
        )
        return found[streets.walkable]

    def _osm_walls(self, source: Source) -> Any:
        barriers = self._extract(source).barriers
        return _tables.GeoDataFrame(
            {"kind": list(barriers.kind)}, geometry=barriers.geometry, crs=WGS84
        )


def _osm(path: Path) -> OsmExtract:
    try:
        return read_osm(path)
    except OsmFileError as error:
        message = f"{error}"
        raise CommandError(message) from None


def _layer(source: Source, option: str, box: Any, crs: CRS) -> Any:
    """The layer's shapes near the box, in whatever system the file has."""
    layer = layer_of(source, option)
    try:
        if source.path.suffix.lower() in {".parquet", ".geoparquet"}:
            found = _tables.read_parquet(source.path)
        else:
            about = _gdal.read_info(source.path, layer=layer, force_total_bounds=True)
            if about["geometry_type"] is None:
                message = f"{option}: {source} has no shapes, only a table. Give a map layer."
                raise CommandError(message)
            told = _crs(about["crs"], about["total_bounds"], source, option)
            found = _gdal.read_dataframe(source.path, layer=layer, bbox=_bounds(box, crs, told))
            found = found.set_crs(told, allow_override=True)
    except (_gdal.errors.DataSourceError, _gdal.errors.DataLayerError, ValueError) as error:
        message = f"{option}: {source} cannot be read as a map layer: {error}"
        raise CommandError(message) from None
    return found if found.crs is not None else found.set_crs(WGS84)


def _crs(told: str | None, bounds: Any, source: Source, option: str) -> CRS:
    if told:
        return CRS(told)
    west, south, east, north = bounds if bounds is not None else (0.0,) * 4
    if max(abs(west), abs(east)) > MAX_LON or max(abs(south), abs(north)) > MAX_LAT:
        message = (
            f"{option}: {source} does not say in which coordinate system it is. Export it again "
            "with its .prj file, or in WGS 84."
        )
        raise CommandError(message)
    return CRS(WGS84)


def _bounds(box: Any, crs: CRS, told: CRS) -> tuple[float, float, float, float] | None:
    """The box in the layer's system; None where it would be in two parts, to read everything."""
    west, south, east, north = Transformer.from_crs(crs, told, always_xy=True).transform_bounds(
        *box.bounds
    )
    bounds = west, south, east, north
    return bounds if np.isfinite(bounds).all() and west <= east and south <= north else None


def _first(found: Any, names: Sequence[str]) -> str | None:
    there = {str(name).casefold(): name for name in found.columns}
    return next((there[name] for name in names if name in there), None)


def _texts(found: Any, column: str | None) -> list[str]:
    if column is None:
        return [""] * len(found)
    return ["" if text != text or text is None else str(text) for text in found[column]]  # noqa: PLR0124 -- NaN


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    made = np.empty(len(values), np.object_)
    made[:] = values
    return made


def _shapes(found: Any) -> NDArray[np.object_]:
    return np.array(found.geometry.array, dtype=np.object_)


def _none() -> NDArray[np.object_]:
    return np.empty(0, np.object_)


def _joined(parts: Sequence[NDArray[np.object_]]) -> NDArray[np.object_]:
    return np.concatenate([_none(), *parts])


def _check_boundaries(source: Source | None, areas: NDArray[np.object_], town: Town) -> None:
    if source is None:
        return
    doors = _shapely.points(town.doors.xy[town.placed])
    if not len(areas) or not len(_shapely.STRtree(doors).query(areas, predicate="intersects")[0]):
        message = f"--boundaries: no door lies in an area of {source}. Is it of another place?"
        raise CommandError(message)
