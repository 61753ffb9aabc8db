"""Vector tiles: what each shows, whom, and when it must be made anew."""

import asyncio
import gzip
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from doorstep import __version__
from doorstep.accounts.service import campaign_by_id
from doorstep.kit.auth import STAFF, Caller
from doorstep.kit.db import Connection
from doorstep.maps import queries
from doorstep.maps.caching import Key, TileCache
from doorstep.maps.encoding import EXTENT, Layer, Value, encode_tile
from doorstep.maps.queries import Cell, TileDoor, TurfShape
from doorstep.maps.tiling import Tile, points_in, shapes_in
from doorstep.turf.service import pass_by_id

# Its stubs leave keyword arguments untyped.
_shapely = cast("Any", shapely)

MOST_DOORS = 8000
"""In one tile; above, a grid of counts stands for them: 17 KiB instead of a megabyte (measured)."""
CELLS = 64
_GZIP_LEVEL = 2
"""A quarter of the time of the usual 6 for three bytes in a hundred more: ids hardly shrink."""
_FAR = ("motorway", "trunk", "primary")
_MIDDLE = (*_FAR, "secondary", "tertiary", "motorway_link", "trunk_link", "primary_link")
_FAR_ZOOM, _MIDDLE_ZOOM = 10, 13

Rows = Sequence[Sequence[Any]]


class TileLayer(StrEnum):
    """What a tile shows."""

    BASE = "base"
    BOUNDARIES = "boundaries"
    TURFS = "turfs"
    DOORS = "doors"


@dataclass(frozen=True)
class Made:
    """A tile, packed by gzip; None for a caller who has it already."""

    etag: str
    packed: bytes | None


async def tile(
    db: Connection, caller: Caller, cache: TileCache, layer: TileLayer, of: UUID, at: Tile,
    known: str,
) -> Made:  # fmt: skip
    """A tile of a campaign's map (``base``, ``boundaries``) or a pass (``turfs``, ``doors``).

    Volunteers see turfs and doors of what they hold. ``known`` are the entity tags a caller has.

    Raises
    ------
    NotFoundError
        If there is no such campaign or pass.
    """
    held = None
    if layer in (TileLayer.BASE, TileLayer.BOUNDARIES):
        await campaign_by_id(db, caller.organization_id, of)
    else:
        await pass_by_id(db, caller.organization_id, of)
        if not caller.is_one_of(STAFF):
            held = tuple(await queries.held_turfs(db, caller.organization_id, caller.member_id, of))
    version = await _version(db, caller.organization_id, layer, of)
    key: Key = (caller.organization_id, layer, of, at.zoom, at.x, at.y, held, version)
    etag = _etag(key)
    if known.strip() == "*" or etag in {tag.strip() for tag in known.split(",")}:
        return Made(etag, None)
    packed = cache.get(key)
    if packed is None:
        async with cache.alone(key):
            packed = cache.get(key)
            if packed is None:
                packed = await _made(db, caller.organization_id, layer, of, at, held)
                cache.put(key, packed)
    return Made(etag, packed)


def _etag(key: Key) -> str:
    """Weak, since packed and plain bytes differ; of another program, tiles may be others."""
    told = msgspec.json.encode((__version__, key))
    return f'W/"{hashlib.blake2b(told, digest_size=16).hexdigest()}"'


async def _version(db: Connection, organization_id: UUID, layer: TileLayer, of: UUID) -> str:
    match layer:
        case TileLayer.BASE | TileLayer.BOUNDARIES:
            return await queries.map_version(db, organization_id, of)
        case TileLayer.TURFS:
            return await queries.turfs_version(db, organization_id, of)
        case TileLayer.DOORS:
            return await queries.doors_version(db, organization_id, of)


async def _made(
    db: Connection, organization_id: UUID, layer: TileLayer, of: UUID, at: Tile,
    held: tuple[UUID, ...] | None,
) -> bytes:  # fmt: skip
    match layer:
        case TileLayer.BASE:
            wanted = _FAR if at.zoom < _FAR_ZOOM else _MIDDLE if at.zoom < _MIDDLE_ZOOM else None
            streets = await queries.streets_of_box(db, organization_id, of, at.box, wanted)
            barriers = await queries.barriers_of_box(db, organization_id, of, at.box)
            return await asyncio.to_thread(_base, at, streets, barriers)
        case TileLayer.BOUNDARIES:
            areas = await queries.boundaries_of_box(db, organization_id, of, at.box)
            barriers = await queries.barriers_of_box(db, organization_id, of, at.box)
            return await asyncio.to_thread(_boundaries, at, areas, barriers)
        case TileLayer.TURFS:
            turfs = await queries.turf_shapes(db, organization_id, of, held)
            return await asyncio.to_thread(_turfs, at, turfs)
        case TileLayer.DOORS if held is not None:
            doors = await queries.doors_of_turfs(db, organization_id, of, held, at.box)
            return await asyncio.to_thread(_doors, at, doors)
        case TileLayer.DOORS:
            doors = await queries.doors_of_box(db, organization_id, of, at.box, MOST_DOORS + 1)
            if len(doors) <= MOST_DOORS:
                return await asyncio.to_thread(_doors, at, doors)
            place = float(1 << at.zoom), float(at.x), float(at.y)
            cells = await queries.cells_of_tile(db, organization_id, of, at.box, place, CELLS)
            return await asyncio.to_thread(_cells, cells)


def _packed(*layers: Layer) -> bytes:
    return gzip.compress(encode_tile(layers), _GZIP_LEVEL, mtime=0)


def _shapes(wkb: Sequence[bytes]) -> NDArray[np.object_]:
    made: Any = shapely.from_wkb(np.array(wkb, dtype=np.object_))
    return made


def _layer(
    name: str, at: Tile, wkb: Sequence[bytes], columns: Mapping[str, Sequence[Value]]
) -> Layer:
    shapes, kept = shapes_in(at, _shapes(wkb))
    rows: list[int] = kept.tolist()
    return Layer(
        name, shapes, {key: [column[row] for row in rows] for key, column in columns.items()}
    )


def _base(at: Tile, streets: Rows, barriers: Rows) -> bytes:
    # Stretches between junctions are joined again: fewer features, and labels find room.
    along: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
    for name, highway, wkb in streets:
        along[highway, name].append(wkb)
    joined = [_joined(parts) for parts in along.values()]
    roads = _layer(
        "streets",
        at,
        joined,
        {
            "highway": [highway for highway, _ in along],
            "name": [name or None for _, name in along],
        },
    )
    return _packed(_barriers("water", at, barriers), roads)


def _joined(parts: Sequence[bytes]) -> bytes:
    if len(parts) == 1:
        return parts[0]
    lines = _shapely.multilinestrings(_shapely.get_parts(_shapes(parts)))
    return _shapely.to_wkb(_shapely.line_merge(lines))


def _barriers(name: str, at: Tile, barriers: Rows) -> Layer:
    columns: dict[str, Sequence[Value]] = {
        "kind": [kind for kind, _, _ in barriers],
        "name": [called or None for _, called, _ in barriers],
    }
    return _layer(name, at, [wkb for _, _, wkb in barriers], columns)


def _boundaries(at: Tile, areas: Rows, barriers: Rows) -> bytes:
    columns: dict[str, Sequence[Value]] = {
        "id": [str(boundary_id) for boundary_id, _, _, _ in areas],
        "layer": [layer for _, layer, _, _ in areas],
        "name": [name for _, _, name, _ in areas],
    }
    drawn = _layer("boundaries", at, [wkb for _, _, _, wkb in areas], columns)
    return _packed(drawn, _barriers("barriers", at, barriers))


def _turfs(at: Tile, turfs: Sequence[TurfShape]) -> bytes:
    columns: dict[str, Sequence[Value]] = {
        "id": [str(turf.id) for turf in turfs],
        "name": [turf.name for turf in turfs],
        "status": [turf.status for turf in turfs],
    }
    return _packed(_layer("turfs", at, [turf.polygon for turf in turfs], columns))


def _doors(at: Tile, doors: Sequence[TileDoor]) -> bytes:
    points, kept = points_in(at, np.array([(door.lon, door.lat) for door in doors], dtype=float))
    shown = [doors[row] for row in map(int, kept)]
    columns: dict[str, Sequence[Value]] = {
        "id": [str(door.id) for door in shown],
        "number": [door.house_number for door in shown],
        "unit": [door.unit or None for door in shown],
        "status": [door.status for door in shown],
        "turf_id": [str(door.turf_id) if door.turf_id else None for door in shown],
    }
    return _packed(Layer("doors", points, columns))


def _cells(cells: Sequence[Cell]) -> bytes:
    middles = np.array([(cell.across, cell.down) for cell in cells], dtype=float) + 0.5
    columns: dict[str, Sequence[Value]] = {
        "doors_count": [cell.doors_count for cell in cells],
        "done_count": [cell.done_count for cell in cells],
    }
    return _packed(Layer("door_counts", middles.reshape(-1, 2) * EXTENT / CELLS, columns))
