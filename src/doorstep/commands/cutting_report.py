"""What a cut writes: the doors with their turfs, areas for a map, and a report."""

import math
import threading
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import msgspec
import numpy as np
import polars as pl
import pyogrio  # pyright: ignore[reportMissingTypeStubs]
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from doorstep import __version__
from doorstep.algorithms.cutting import Cut, areas
from doorstep.algorithms.projection import WGS84, unproject
from doorstep.commands.cutting_doors import Town
from doorstep.commands.cutting_ground import Land

_shapely: Any = shapely
_gdal: Any = pyogrio
_tables: Any = gpd
STEP_M = 200.0
"""An edge longer than this bends by millimetres between metres and degrees."""
DIGITS = 15
"""Of a degree, in GeoJSON: all there are, so that doors stay on their side of a line."""
NEAR_DEG, CAKE_DEG = 5e-6, 2e-7
"""Half a metre, and two centimetres."""
SLICE_SIDES = 6
LIBRARIES = ("geopandas", "numba", "numpy", "polars", "pyproj", "scipy", "shapely")
EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, eq=False)
class Turfs:
    """The turfs of a cut, a row each, with the ids that files give them: "1", "2" and so on."""

    ids: list[str]
    names: list[str]
    number: NDArray[np.intp]
    """Shape (n,): row of the turf of each door, -1 without one."""
    seq: NDArray[np.intp]
    doors: NDArray[np.float64]
    minutes: NDArray[np.float64]
    walk_m: NDArray[np.float64]
    outlines: NDArray[np.object_]
    """In metres."""
    undersized: list[str]
    left_over: dict[int, str]
    notes: list[str]


def turfs_of(town: Town, land: Land, made: Cut) -> Turfs:
    """What was cut, with names and numbers for people."""
    used, number = np.unique(made.turf, return_inverse=True)
    if len(used) and used[0] < 0:
        used, number = used[1:], number - 1
    ids = [str(at + 1) for at in range(len(used))]
    id_of = dict(zip(used.tolist(), ids, strict=True))
    outlines = made.outlines[used]
    if len(land.ground.boundaries):
        outlines = _shapely.intersection(outlines, _shapely.union_all(land.ground.boundaries))
    # Of the engine's own note, the command says it in its own words.
    said = [note for note in made.notes if len(land.ground.edges) or "network" not in note]
    return Turfs(
        ids=ids,
        names=_names(ids, number, town),
        number=number.astype(np.intp).reshape(-1),
        seq=made.seq,
        doors=made.doors[used],
        minutes=made.minutes[used],
        walk_m=made.walk_m[used],
        outlines=outlines,
        undersized=[id_of[at] for at in made.undersized],
        left_over=dict(sorted((made.left_over | town.left_over).items())),
        notes=[*town.notes, *land.notes, *said],
    )


def _names(ids: list[str], number: NDArray[np.intp], town: Town) -> list[str]:
    """Its number, and the street that most of its doors stand in."""
    held: list[Counter[str]] = [Counter() for _ in ids]
    for at, street in zip(number.reshape(-1).tolist(), town.streets, strict=True):
        if at >= 0 and street:
            held[at][street] += 1
    return [
        f"{min(streets, key=lambda one: (-streets[one], one))} · {turf_id}"
        if streets
        else f"Turf {turf_id}"
        for turf_id, streets in zip(ids, held, strict=True)
    ]


def write_doors(path: Path, town: Town, turfs: Turfs) -> None:
    """Every door once, in the order of the input, with its turf and its place in the walk."""
    lon, lat = (np.where(np.isfinite(column), column, np.nan) for column in town.lonlat.T)
    table = pl.DataFrame(
        {
            "door_id": pl.Series(town.ids, dtype=pl.String),
            "lon": pl.Series(lon, nan_to_null=True, dtype=pl.Float64),
            "lat": pl.Series(lat, nan_to_null=True, dtype=pl.Float64),
            "turf_id": pl.Series(
                [turfs.ids[at] if at >= 0 else None for at in turfs.number], dtype=pl.String
            ),
            "seq": pl.Series(
                [at if at >= 0 else None for at in turfs.seq.tolist()], dtype=pl.Int64
            ),
        }
    )
    table.write_csv(path, float_scientific=False)


def write_polygons(path: Path, town: Town, turfs: Turfs) -> None:
    """The turfs' outlines in degrees, for any map program; the same cut gives the same bytes."""
    frame = _tables.GeoDataFrame(
        {
            "turf_id": turfs.ids,
            "name": turfs.names,
            "doors": turfs.doors,
            "minutes": np.round(turfs.minutes, 1),
            "walk_m": np.round(turfs.walk_m, 1),
        },
        geometry=in_degrees(town, turfs),
        crs=WGS84,
    )
    more: dict[str, Any] = {"COORDINATE_PRECISION": DIGITS}
    if path.suffix.lower() == ".gpkg":
        more = {"promote_to_multi": True}
    with _at_the_epoch:
        before = _gdal.get_gdal_config_option("OGR_CURRENT_DATE")
        _gdal.set_gdal_config_options({"OGR_CURRENT_DATE": EPOCH})
        try:
            _gdal.write_dataframe(frame, path, layer="turfs", **more)
        finally:
            _gdal.set_gdal_config_options({"OGR_CURRENT_DATE": before})


_at_the_epoch = threading.Lock()


def in_degrees(town: Town, turfs: Turfs) -> NDArray[np.object_]:
    """Outlines as areas in degrees, parted at the 180th meridian as RFC 7946 asks for."""
    drawn: NDArray[np.object_] = unproject(_shapely.segmentize(turfs.outlines, STEP_M), town.crs)
    made = np.empty(len(drawn), np.object_)
    made[:] = [areas(_parted(shape)) for shape in drawn]
    return _holding(made, town.lonlat, turfs.number)


def _holding(
    shapes: NDArray[np.object_], lonlat: NDArray[np.float64], number: NDArray[np.intp]
) -> NDArray[np.object_]:
    """The shapes, each with its own doors and no other's; turfs of one tower meet at its spot."""
    rows = np.flatnonzero(number >= 0)
    spots, spot = np.unique(lonlat[rows], axis=0, return_inverse=True)
    owners = np.unique(np.column_stack([spot.ravel(), number[rows]]), axis=0)
    points = _shapely.points(spots)
    wrong = owners[~_shapely.covers(shapes[owners[:, 1]], points[owners[:, 0]]), 0]
    inside = np.column_stack(_shapely.STRtree(shapes).query(points, predicate="intersects"))
    count = np.bincount(owners[:, 0], minlength=len(spots))
    foreign = np.flatnonzero(np.bincount(inside[:, 0], minlength=len(spots)) != count)
    tree = _shapely.STRtree(shapes)
    for at in np.union1d(wrong, foreign).tolist():
        own = owners[owners[:, 0] == at, 1]
        _share(shapes, tree, spots[at], own)
    return shapes


def _share(
    shapes: NDArray[np.object_], tree: Any, spot: NDArray[np.float64], own: NDArray[np.intp]
) -> None:
    """Divide a few centimetres around a spot like a cake among the turfs that have doors there."""
    wide = np.array([1 / max(0.02, float(np.cos(np.radians(spot[1])))), 1.0])
    window: Any = _shapely.box(*(spot - NEAR_DEG * wide), *(spot + NEAR_DEG * wide))
    parts = _shapely.intersection(shapes[own], window)
    parts[_shapely.is_empty(parts)] = shapely.Point(spot)
    leaning = (_shapely.get_coordinates(_shapely.centroid(parts)) - spot) / wide
    angles = np.arctan2(leaning[:, 1], leaning[:, 0])
    order = np.argsort(angles, kind="stable")
    begin = angles[order[0]] - np.pi / len(own)
    turn = begin + np.linspace(0, 2 * np.pi, SLICE_SIDES * len(own), endpoint=False)
    ring = spot + CAKE_DEG * wide * np.column_stack([np.cos(turn), np.sin(turn)])
    cake = shapely.Polygon(ring)
    for at in tree.query(window).tolist():
        shapes[at] = areas(_shapely.difference(shapes[at], cake))
    for nth, place in enumerate(order.tolist()):
        edge = np.take(ring, np.arange(SLICE_SIDES + 1) + SLICE_SIDES * nth, axis=0, mode="wrap")
        piece = cake if len(own) == 1 else shapely.Polygon([spot, *edge])
        shapes[own[place]] = areas(_shapely.union(shapes[own[place]], piece))


def _parted(shape: BaseGeometry) -> BaseGeometry:
    west, _, east, _ = shape.bounds
    if not east - west > 180:  # noqa: PLR2004 -- no turf reaches half around the earth
        return shape
    valid = _shapely.make_valid(_shapely.transform(shape, _eastward))
    here = valid.intersection(shapely.box(0, -90, 180, 90))
    there = _shapely.transform(valid.intersection(shapely.box(180, -90, 360, 90)), _westward)
    return _shapely.union_all([areas(here), areas(there)])


def _eastward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([np.where(xy[:, 0] < 0, xy[:, 0] + 360, xy[:, 0]), xy[:, 1]])


def _westward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return xy - (360, 0)


def write_report(
    path: Path, options: dict[str, Any], town: Town, land: Land, made: Cut, turfs: Turfs
) -> None:
    """Figures, a table of the turfs, and what was left over and why; no clock is in it."""
    every = zip(
        turfs.ids, turfs.names, turfs.doors.tolist(), turfs.minutes.tolist(),
        turfs.walk_m.tolist(), strict=True,
    )  # fmt: skip
    report = {
        "options": options,
        "door_count": len(town.ids),
        "figures": _plain(made.figures),
        "notes": turfs.notes,
        "undersized": turfs.undersized,
        "left_over": [
            {"door_id": town.ids[row], "reason": why} for row, why in turfs.left_over.items()
        ],
        "turfs": [
            {
                "turf_id": turf_id,
                "name": name,
                "doors": doors,
                "minutes": round(minutes, 1),
                "walk_m": round(walk_m, 1),
            }
            for turf_id, name, doors, minutes, walk_m in every
        ],
        "attribution": land.attribution or None,
        "versions": {"doorstep": __version__, **{name: version(name) for name in LIBRARIES}},
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def _plain(figures: dict[str, Any]) -> dict[str, Any]:
    """Numbers as JSON knows them."""
    plain: dict[str, Any] = {
        name: value.item() if isinstance(value, np.number) else value
        for name, value in figures.items()
    }
    for name, value in plain.items():
        if isinstance(value, float):
            plain[name] = round(value, 6) if math.isfinite(value) else None
    return plain
