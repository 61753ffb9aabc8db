"""Between rows and the algorithms: doors and ground in degrees, turfs and outlines back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from doorstep.algorithms.addresses import street_key, unit_order
from doorstep.algorithms.cutting import (
    CROSSING_M,
    Doors,
    Goal,
    Ground,
    Pace,
    Progress,
    areas,
    cut_turfs,
    outlines,
    recut,
    walk_turf,
)
from doorstep.algorithms.projection import local_crs, project, unproject
from doorstep.kit.db import Connection, columns
from doorstep.people.model import DoorPoint
from doorstep.turf import ground_queries
from doorstep.turf.ground_queries import Box
from doorstep.turf.pacing import pace_in_use

# The stubs of shapely leave keyword arguments and arrays untyped.
_shapely: Any = shapely

AROUND_DEG = 0.002
"""How far beyond the doors ground is looked at: 220 m, enough to walk around a block."""
PAD_M = 15.0
"""Ground around a door that lies outside every outline so far."""
STEP_M = 200.0
"""An edge longer than this bends by millimetres between metres and degrees."""
TOUCH_DEG = 1e-6
"""About a hand: what a door gets of its own where borders are nearer."""


class Rows(NamedTuple):
    """What the campaign knows: streets (name, class, WKB, allowed), barriers (WKB), its pace."""

    edges: list[Sequence[Any]]
    barriers: list[bytes]
    pace: Pace


class Walked(NamedTuple):
    """Doors in walking order, and what the walk comes to."""

    door_ids: list[UUID]
    walk_m: float
    minutes: float


@dataclass(frozen=True, eq=False)
class Site:
    """Doors with the ground around them, in one metric grid."""

    points: list[DoorPoint]
    crs: CRS
    doors: Doors
    ground: Ground
    places: NDArray[np.object_] = field(repr=False)
    """The doors as points in degrees."""

    row: dict[UUID, int] = field(repr=False)
    """Where each door stands among the points."""

    pace: Pace

    def rows_of(self, door_ids: Sequence[UUID]) -> NDArray[np.intp]:
        """Where these doors stand among the points."""
        return np.array([self.row[one] for one in door_ids], dtype=np.intp)

    def points_of(self, door_ids: Sequence[UUID]) -> list[DoorPoint]:
        """These doors, in this order."""
        return [self.points[self.row[one]] for one in door_ids]


async def load_rows(
    db: Connection, organization_id: UUID, campaign_id: UUID, doors: Sequence[DoorPoint]
) -> Rows:
    """The campaign's streets and barriers around some doors, and its pace."""
    box = box_around(doors, AROUND_DEG)
    return Rows(
        await ground_queries.edges_in_box(db, organization_id, campaign_id, box),
        await ground_queries.barriers_in_box(db, organization_id, campaign_id, box),
        await pace_in_use(db, organization_id, campaign_id),
    )


def box_around(doors: Sequence[DoorPoint], margin_deg: float = 0.0) -> Box:
    """West, south, east, north of the doors; wider by a margin, in degrees of latitude."""
    lon, lat = [door.lon for door in doors], [door.lat for door in doors]
    wide = margin_deg / max(float(np.cos(np.radians(np.mean(lat)))), 0.05)
    return min(lon) - wide, min(lat) - margin_deg, max(lon) + wide, max(lat) + margin_deg


def make_site(
    points: Sequence[DoorPoint], rows: Rows, boundaries: Sequence[BaseGeometry] = ()
) -> Site:
    """Doors and ground as the algorithms take them; ``boundaries`` are areas in degrees."""
    ordered = sorted(points, key=lambda door: (unit_order(door.unit, door.floor), door.id))
    lon = np.array([door.lon for door in ordered])
    lat = np.array([door.lat for door in ordered])
    crs = local_crs(lon, lat)
    places = np.asarray(_shapely.points(lon, lat), dtype=np.object_).reshape(-1)
    spots = [(door.building_id, door.lon, door.lat) for door in ordered]
    numbers = {spot: number for number, spot in enumerate(dict.fromkeys(spots))}
    doors = Doors(
        xy=_shapely.get_coordinates(project(places, crs)),
        address=np.array([numbers[spot] for spot in spots], dtype=np.intp),
        rank=np.arange(len(ordered), dtype=np.intp),
        street=_texts([street_key(door.street) for door in ordered]),
    )
    row = {door.id: place for place, door in enumerate(ordered)}
    return Site(ordered, crs, doors, _ground(rows, boundaries, crs), places, row, rows.pace)


def _ground(rows: Rows, boundaries: Sequence[BaseGeometry], crs: CRS) -> Ground:
    names, classes, edges, allowed = columns(rows.edges, 4)
    keys = {name: street_key(name) for name in set(names)}
    return Ground(
        edges=_projected(_shapely.from_wkb(_shapes(edges)), crs),
        street=_texts([keys[name] for name in names]),
        crossing_m=np.array([CROSSING_M.get(one, 0.0) for one in classes], dtype=np.float64),
        allowed=np.array(allowed, dtype=np.bool_),
        barriers=_projected(_shapely.from_wkb(_shapes(rows.barriers)), crs),
        boundaries=_projected(_shapes(boundaries), crs),
    )


def _texts(values: Sequence[str]) -> NDArray[np.object_]:
    return _shapes(values)


def _shapes(values: Sequence[object]) -> NDArray[np.object_]:
    made = np.empty(len(values), dtype=np.object_)
    made[:] = values
    return made


def _projected(shapes: NDArray[np.object_], crs: CRS) -> NDArray[np.object_]:
    return project(shapes, crs) if len(shapes) else shapes


@dataclass(frozen=True, eq=False)
class CutTurf:
    """One turf of a cut; its outline as WKB in degrees, its doors in walking order."""

    number: int
    polygon: bytes
    door_ids: list[UUID]
    walk_m: float
    minutes: float


@dataclass(frozen=True, eq=False)
class Divided:
    """What a cut came to."""

    turfs: list[CutTurf]
    undersized: list[int]
    left_over: dict[UUID, str]
    notes: list[str]
    figures: dict[str, Any]


def cut(
    site: Site,
    goal: Goal,
    *,
    staging: tuple[float, float] | None,
    seed: int,
    before: NDArray[np.intp] | None,
    progress: Progress,
) -> Divided:
    """The site's doors divided into turfs.

    ``before`` is the turf each was in, if they are cut again; ``staging`` is in degrees.
    """
    start = None if staging is None else _metres(staging, site.crs)
    if before is None:
        made = cut_turfs(
            site.doors, site.ground, goal, pace=site.pace, staging=start, seed=seed,
            progress=progress,
        )  # fmt: skip
    else:
        made = recut(
            site.doors, site.ground, goal, before=before, pace=site.pace, staging=start, seed=seed,
            progress=progress,
        )  # fmt: skip
    placed = np.flatnonzero(made.turf >= 0)
    order = placed[np.lexsort((made.seq[placed], made.turf[placed]))]
    numbers, first = np.unique(made.turf[order], return_index=True)
    groups = np.split(order, first[1:])[: len(numbers)]
    shapes = made.outlines[numbers]
    if len(site.ground.boundaries):
        shapes = _shapely.intersection(shapes, _shapely.union_all(site.ground.boundaries))
    of_row = np.repeat(np.arange(len(groups)), np.diff(np.append(first, len(order))))
    drawn = _in_degrees(shapes, site, order, of_row)
    return Divided(
        turfs=[
            CutTurf(
                number, outline, [site.points[int(row)].id for row in group],
                float(made.walk_m[number]), float(made.minutes[number]),
            )
            for number, outline, group in zip(numbers.tolist(), drawn, groups, strict=True)
        ],
        undersized=[int(one) for one in made.undersized],
        left_over={site.points[row].id: why for row, why in made.left_over.items()},
        notes=made.notes,
        figures=made.figures,
    )  # fmt: skip


def _metres(place: tuple[float, float], crs: CRS) -> NDArray[np.float64]:
    return _shapely.get_coordinates(project(shapely.Point(place), crs))[0]


def walked(site: Site, door_ids: Sequence[UUID]) -> Walked:
    """Some of the site's doors in walking order, in metres and minutes."""
    rows = np.sort(site.rows_of(door_ids))
    doors = site.doors
    assert doors.address is not None  # noqa: S101 -- `make_site` gives these
    assert doors.rank is not None  # noqa: S101
    assert doors.street is not None  # noqa: S101
    walk = walk_turf(
        Doors(
            xy=doors.xy[rows],
            address=doors.address[rows],
            rank=doors.rank[rows],
            street=doors.street[rows],
        ),
        site.ground,
        pace=site.pace,
    )
    order = [site.points[int(row)].id for row in rows[walk.order]]
    return Walked(order, walk.walk_m, walk.minutes)


def outlined(
    site: Site,
    turfs: Sequence[Sequence[UUID]],
    freed: Sequence[UUID],
    old: Sequence[bytes],
    others: Sequence[bytes] = (),
) -> list[bytes]:
    """An outline for the doors of each turf, as WKB in degrees; none reaches into another.

    The ground of the ``old`` outlines is divided anew, with doors that are ``freed`` left out; a
    door outside them brings a little of its own, except where one of the ``others`` lies. Only of
    flats at one spot that are in two turfs do both outlines hold that spot.
    """
    groups = [*turfs, freed] if freed else turfs
    rows = [site.rows_of(group) for group in groups]
    everyone: NDArray[np.intp] = np.concatenate(rows)
    turf = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    ground = _shapely.union_all(_shapely.from_wkb(_shapes(old))) if old else shapely.Polygon()
    if not ground.is_valid:
        ground = _shapely.make_valid(ground)
    within = project(ground, site.crs) if not ground.is_empty else ground
    outside = everyone[~_shapely.covers(ground, site.places[everyone])]
    if len(outside):
        pads = _shapely.buffer(_shapely.points(site.doors.xy[outside]), PAD_M)
        padded = _shapely.union_all([*pads, within])
        foreign = _projected(_shapely.from_wkb(_shapes(others)), site.crs)
        within = padded.difference(_shapely.union_all(foreign)) if len(foreign) else padded
    # Divided far and wide and clipped once: only borders between turfs are made simpler.
    wide = _shapely.buffer(_shapely.convex_hull(within), PAD_M)
    shapes = outlines(site.doors.xy[everyone], turf, within=wide)
    shapes = _shapely.intersection(shapes, within)[: len(turfs)]
    kept = turf < len(turfs)
    return _in_degrees(shapes, site, everyone[kept], turf[kept])


def _in_degrees(
    shapes: NDArray[np.object_], site: Site, rows: NDArray[np.intp], turf: NDArray[np.intp]
) -> list[bytes]:
    """The shapes as WKB in degrees, each with exactly its doors."""
    if not len(shapes):
        return []
    degrees: NDArray[np.object_] = unproject(_shapely.segmentize(shapes, STEP_M), site.crs)
    return [_shapely.to_wkb(shape) for shape in _trued(degrees, site.places[rows], turf)]


def _trued(
    shapes: NDArray[np.object_], places: NDArray[np.object_], turf: NDArray[np.intp]
) -> NDArray[np.object_]:
    """The shapes as areas alone, with doors that rounding left outside taken in again."""
    trued: Any = _shapes([areas(shape) for shape in shapes])
    lost = np.flatnonzero(~_shapely.covers(trued[turf], places))
    for row in lost.tolist():
        dot: BaseGeometry = _shapely.buffer(places[row], TOUCH_DEG)
        sharing = np.unique(turf[_shapely.equals(places, places[row])])
        touched = np.flatnonzero(_shapely.intersects(trued, dot))
        for at in np.setdiff1d(touched, sharing).tolist():
            trued[at] = areas(trued[at].difference(dot))
        trued[turf[row]] = areas(trued[turf[row]].union(dot))
    # A door may also lie in another's outline, on a border that was made simpler.
    asked, found = _shapely.STRtree(places).query(trued, predicate="intersects")
    for at, row in zip(asked.tolist(), found.tolist(), strict=True):
        if turf[row] != at and at not in turf[_shapely.equals(places, places[row])]:
            dot = _shapely.buffer(places[row], TOUCH_DEG)
            trued[at] = areas(trued[at].difference(dot))
    return trued
