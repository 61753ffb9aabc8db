"""Cutting by the program: which doors, as a job, and what it proposes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from doorstep.algorithms.cutting import areas
from doorstep.algorithms.cutting.model import Goal
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.geometry import MAX_LAT, MAX_LON, area_shape
from doorstep.kit.ids import new_id
from doorstep.kit.jobs import Reached
from doorstep.people.model import DoorPoint
from doorstep.people.service import door_points, doors_in_box
from doorstep.turf import cut_queries, cutting, ground_queries, outlining, queries
from doorstep.turf.cut_model import MOST_LEFT_OVER, CutCreate, CutFound, LeftOver, TurfCut
from doorstep.turf.model import Pass
from doorstep.turf.pacing import pace_notes
from doorstep.universes import service as universes

_shapely: Any = shapely
PROPOSED_FOR_S = 24 * 3600.0
AT_ONCE = 2
"""Cuts of one organization that run beside each other; each keeps a processor busy."""
MOST_DOORS = 500_000
WIDE_DEG = 0.02

ENCLOSED = "It lies inside the outline of a turf of this pass. Move it there by hand."


@dataclass(frozen=True)
class _Task:
    """Everything a cut works on."""

    points: list[DoorPoint]
    rows: cutting.Rows
    boundaries: list[BaseGeometry]
    before: dict[UUID, str]
    """Of doors that are cut again: the name of the turf each was in."""
    enclosed: set[UUID]
    """Doors inside the outline of a live turf that does not have them."""


async def start(db: Connection, caller: Caller, pass_id: UUID, wanted: CutCreate) -> TurfCut:
    """A cut that `CutJob` can do.

    Raises
    ------
    NotFoundError
        If the pass, or what names the doors, is not there.
    RefusedError
        If doors or size are named in no way or two.
    ConflictError
        If too many cuts are running already.
    """
    organization_id = caller.organization_id
    of = await queries.pass_by_id(db, organization_id, pass_id)
    _check(wanted)
    await _check_named(db, organization_id, of, wanted)
    await cut_queries.forget_old_cuts(db, organization_id)
    if await cut_queries.running_count(db, organization_id) >= AT_ONCE:
        message = f"{AT_ONCE} cuts are running already. Wait until one is done, or cancel it."
        raise ConflictError(message)
    cut_id = new_id()
    kind = "recut" if wanted.recut_of else "auto"
    await cut_queries.insert_cut(
        db, organization_id, cut_id, of.id, kind, wanted, caller.member_id, PROPOSED_FOR_S
    )
    return await cut_queries.cut_by_id(db, organization_id, cut_id)


def _check(wanted: CutCreate) -> None:
    if (wanted.doors is None) == (wanted.minutes is None):
        message = "Say how large a turf is to be: give doors or minutes, one of the two."
        raise RefusedError(message, field="doors" if wanted.doors is None else "minutes")
    inside = [name for name in ("polygon", "boundary_id", "precinct") if getattr(wanted, name)]
    if len(inside) > 1:
        message = f"Give one of {' and '.join(inside)}: doors lie inside one area."
        raise RefusedError(message, field=inside[-1])
    if not inside and wanted.universe_id is None and wanted.recut_of is None:
        message = "Say which doors: a universe, an area, a precinct, or a pass to cut again."
        raise RefusedError(message, field="universe_id")
    if wanted.polygon is not None:
        area_shape(wanted.polygon, "polygon")
    if wanted.staging is not None:
        lon, lat = wanted.staging[:2]
        if abs(lon) > MAX_LON or abs(lat) > MAX_LAT:
            message = f"{lon}, {lat} is no place on the globe. Longitude comes first."
            raise RefusedError(message, field="staging")


async def _check_named(db: Connection, organization_id: UUID, of: Pass, wanted: CutCreate) -> None:
    """What is named must be there."""
    if wanted.universe_id is not None:
        await universes.universe(db, organization_id, wanted.universe_id)
    if wanted.boundary_id is not None:
        await ground_queries.boundary_by_id(db, organization_id, of.campaign_id, wanted.boundary_id)
    if wanted.recut_of is not None:
        earlier = await queries.pass_by_id(db, organization_id, wanted.recut_of)
        if earlier.id == of.id or earlier.campaign_id != of.campaign_id:
            message = "Leftovers come from another pass of the same campaign. Name that one."
            raise RefusedError(message, field="recut_of")
    if wanted.layer is not None and not await ground_queries.boundaries_of_layer(
        db, organization_id, of.campaign_id, wanted.layer
    ):
        message = f"The campaign has no layer {wanted.layer}. Store it first."
        raise RefusedError(message, field="layer")


class CutJob:
    """A cut among the jobs of this process."""

    name = "cut"
    stopped = "The server stopped during the cut. Nothing was stored; start it again."

    def __init__(self, pool: Pool, organization_id: UUID, cut: TurfCut, wanted: CutCreate) -> None:
        self.pool, self.organization_id = pool, organization_id
        self._cut, self._wanted = cut, wanted

    async def look(self, db: Connection) -> None:
        """Raise NotFoundError while its row is not committed."""
        await cut_queries.cut_by_id(db, self.organization_id, self._cut.id)

    async def hear(self, db: Connection, reached: Reached) -> bool:
        """Note how far it is; whether it shall go on."""
        return await cut_queries.hear_of_cut(
            db, self.organization_id, self._cut.id, reached.done, reached.total, reached.stage
        )

    async def fail(self, db: Connection, state: str, why: str) -> None:
        """Note how it ended, and why."""
        await cut_queries.fail_cut(db, self.organization_id, self._cut.id, state, why)

    async def do(self, reached: Reached) -> None:
        """Find the doors, divide them, keep what is proposed."""
        organization_id, wanted = self.organization_id, self._wanted
        async with organization_transaction(self.pool, organization_id) as db:
            of = await queries.pass_by_id(db, organization_id, self._cut.pass_id)
            task = await _gather(db, organization_id, of, wanted)
        turfs, found = await asyncio.to_thread(_divide, task, wanted, reached)
        async with organization_transaction(self.pool, organization_id) as db:
            await cut_queries.propose(db, organization_id, self._cut.id, turfs)
            await cut_queries.end_cut(db, organization_id, self._cut.id, found, PROPOSED_FOR_S)

    async def after(self) -> None:
        """Nothing follows: what is proposed waits for somebody to accept it."""


async def _gather(db: Connection, organization_id: UUID, of: Pass, wanted: CutCreate) -> _Task:
    area = await _area(db, organization_id, of, wanted)
    points, before = await _points(db, organization_id, wanted, area)
    taken = await cut_queries.doors_not_free(db, organization_id, of.id)
    points = [door for door in outlining.not_held_out(points, of) if door.id not in taken]
    if area is not None:
        points = await asyncio.to_thread(outlining.inside, points, area)
    if not points:
        message = (
            "There is no door to cut: all are in turfs of this pass already, held out, or asked "
            "to be left alone."
        )
        raise RefusedError(message)
    if len(points) > MOST_DOORS:
        message = f"{len(points)} doors are more than one cut takes, {MOST_DOORS}. Cut parts."
        raise RefusedError(message)
    layer: list[BaseGeometry] = []
    if wanted.layer is not None:
        stored = await ground_queries.boundaries_of_layer(
            db, organization_id, of.campaign_id, wanted.layer
        )
        layer = [_shapely.from_wkb(one.shape) for one in stored]
    live = await cut_queries.live_outlines(db, organization_id, of.id)
    rows = await cutting.load_rows(db, organization_id, of.campaign_id, points)

    def task() -> _Task:
        taken = _shapely.union_all([_shapely.from_wkb(one.polygon) for one in live])
        enclosed = {door.id for door in outlining.inside(points, taken)}
        return _Task(points, rows, _boundaries(points, area, layer, taken), before, enclosed)

    return await asyncio.to_thread(task)


async def _area(
    db: Connection, organization_id: UUID, of: Pass, wanted: CutCreate
) -> BaseGeometry | None:
    if wanted.polygon is not None:
        return area_shape(wanted.polygon, "polygon")
    if wanted.boundary_id is not None:
        found = await ground_queries.boundary_by_id(
            db, organization_id, of.campaign_id, wanted.boundary_id
        )
        return _shapely.from_wkb(found.shape)
    return None


async def _points(
    db: Connection,
    organization_id: UUID,
    wanted: CutCreate,
    area: BaseGeometry | None,
) -> tuple[list[DoorPoint], dict[UUID, str]]:
    """The doors asked for, and for those that are cut again the turf each was in."""
    sets: list[set[UUID]] = []
    before: dict[UUID, str] = {}
    if wanted.recut_of is not None:
        left = await cut_queries.leftovers(db, organization_id, wanted.recut_of)
        before = {one.door_id: one.turf_name for one in left}
        sets.append(set(before))
    if wanted.universe_id is not None:
        sets.append(set(await universes.universe_doors(db, organization_id, wanted.universe_id)))
    if wanted.precinct is not None:
        sets.append(set(await cut_queries.doors_of_precinct(db, organization_id, wanted.precinct)))
    if sets:
        ids = sorted(sets[0].intersection(*sets[1:]))
        return await door_points(db, organization_id, ids), before
    assert area is not None  # noqa: S101 -- `_check` saw to it
    west, south, east, north = area.bounds
    return await doors_in_box(db, organization_id, west, south, east, north), before


def _boundaries(
    points: Sequence[DoorPoint],
    area: BaseGeometry | None,
    layer: Sequence[BaseGeometry],
    taken: BaseGeometry,
) -> list[BaseGeometry]:
    """Where turfs may reach: inside the area and each area of the layer, not into live turf."""
    if area is None and not layer and taken.is_empty:
        return []
    everything: BaseGeometry = _shapely.box(*cutting.box_around(points, WIDE_DEG))
    ground = everything if area is None else area
    free = ground.difference(taken)
    found = [free.intersection(one) for one in layer] if layer else [free]
    # No boundary at all would mean no limits.
    return [areas(one) for one in found if one.area] or [shapely.Polygon()]


def _divide(
    task: _Task, wanted: CutCreate, reached: Reached
) -> tuple[list[tuple[int, str, bytes, float, float, list[UUID]]], CutFound]:
    """What is proposed, by number; in a thread."""
    site = cutting.make_site(task.points, task.rows, task.boundaries)
    names = list(dict.fromkeys(task.before.values()))
    numbers = {name: number for number, name in enumerate(names)}
    before = None
    if task.before:
        before = np.array([numbers[task.before[door.id]] for door in site.points], dtype=np.intp)
    made = cutting.cut(
        site,
        Goal(doors=wanted.doors, minutes=wanted.minutes, tolerance=wanted.tolerance),
        staging=None if wanted.staging is None else (wanted.staging[0], wanted.staging[1]),
        seed=wanted.seed,
        before=before,
        progress=reached.tell,
    )
    taken = set(names)
    # As many digits for each, so that lists by name run as the numbers do.
    most = len(made.turfs) + len(names) + 1
    fresh = (
        f"{wanted.name} {number:0{len(str(len(made.turfs)))}}" for number in range(1, most + 1)
    )
    called = {
        turf.number: names[turf.number]
        if turf.number < len(names)
        else next(name for name in fresh if name not in taken)
        for turf in made.turfs
    }
    turfs = [
        (place, called[turf.number], turf.polygon, turf.walk_m, turf.minutes, turf.door_ids)
        for place, turf in enumerate(made.turfs)
    ]
    churn = None
    if task.before:
        stayed = sum(
            task.before[door_id] == called[turf.number]
            for turf in made.turfs
            for door_id in turf.door_ids
        )
        churn = 1 - stayed / len(site.points)
    left = [
        LeftOver(door_id=one, reason=ENCLOSED if one in task.enclosed else why)
        for one, why in made.left_over.items()
    ]
    found = CutFound(
        turfs_count=len(turfs),
        doors_count=sum(len(turf.door_ids) for turf in made.turfs),
        walk_m=sum(turf.walk_m for turf in made.turfs),
        minutes=sum(turf.minutes for turf in made.turfs),
        undersized=[called[number] for number in made.undersized],
        left_over_count=len(left),
        left_over=left[:MOST_LEFT_OVER],
        notes=[*made.notes, *pace_notes(site.pace)],
        figures=_plain(made.figures),
        churn=churn,
    )
    return turfs, found


def _plain(value: Any) -> Any:
    """Figures without numpy's own kinds of numbers."""
    match value:
        case dict():
            figures = cast("dict[Any, Any]", value)
            return {str(key): _plain(one) for key, one in figures.items()}
        case list() | tuple():
            return [_plain(one) for one in cast("Sequence[Any]", value)]
        case np.generic() | np.ndarray():
            return _plain(cast("Any", value).tolist())
        case float() if not np.isfinite(value):
            return None
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)


async def cancel(db: Connection, organization_id: UUID, cut_id: UUID) -> TurfCut:
    """The cut, asked to stop.

    Raises
    ------
    NotFoundError
        If there is none.
    ConflictError
        If it is not running.
    """
    cut = await cut_queries.cut_by_id(db, organization_id, cut_id)
    if cut.state != "running" or not await cut_queries.cancel_cut(db, organization_id, cut_id):
        message = f"This cut is {cut.state} already. There is nothing to cancel."
        raise ConflictError(message)
    return cut


async def discard(db: Connection, organization_id: UUID, cut_id: UUID) -> None:
    """Forget a cut and what it proposes.

    Raises
    ------
    NotFoundError
        If there is none.
    ConflictError
        If it is running.
    """
    cut = await cut_queries.cut_by_id(db, organization_id, cut_id)
    if cut.state == "running":
        message = "This cut is running. Cancel it first."
        raise ConflictError(message)
    await cut_queries.delete_cut(db, organization_id, cut_id)
