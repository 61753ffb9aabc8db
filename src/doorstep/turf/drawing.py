"""Drawing turf: around doors, or from every area of a boundary layer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.geometry import area_shape
from doorstep.kit.ids import new_id
from doorstep.people.model import DoorPoint
from doorstep.people.service import doors_in_box
from doorstep.turf import cutting, outlining, queries, step_queries
from doorstep.turf.changing import MAX_DOORS, begin_step
from doorstep.turf.layer import read_layer
from doorstep.turf.model import Pass, SkippedFeature, Turf, TurfCreate, TurfsCreated
from doorstep.turf.step_model import StepKind


@dataclass(frozen=True)
class _Cut:
    """An outline with the doors inside."""

    name: str
    outline: BaseGeometry
    doors: list[DoorPoint]


async def create_turf(db: Connection, caller: Caller, wanted: TurfCreate) -> Turf:
    """A draft turf with every door inside an outline, in walking order.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    RefusedError
        If the outline is no area, or there are no doors or too many inside.
    ConflictError
        If another turf of the pass has one of the doors.
    """
    outline = area_shape(wanted.polygon, "polygon")
    held = await queries.lock_pass(db, caller.organization_id, wanted.pass_id)
    (cut,) = await _fill(db, caller.organization_id, held, [(wanted.name, outline)])
    if not cut.doors:
        among = " that this pass does not hold out" if held.holdout_share else ""
        message = f"There is no door inside this outline{among}. Draw it around some doors."
        raise RefusedError(message, field="polygon")
    (turf_id,) = await _store(db, caller, held, [cut])
    return await queries.turf_by_id(db, caller.organization_id, turf_id)


async def create_turfs(db: Connection, caller: Caller, pass_id: UUID, layer: bytes) -> TurfsCreated:
    """One draft turf for every area of a boundary layer, as JSON, that has doors in it."""
    outlines = await asyncio.to_thread(read_layer, layer)
    held = await queries.lock_pass(db, caller.organization_id, pass_id)
    cuts = await _fill(db, caller.organization_id, held, outlines)
    made = await _store(db, caller, held, [cut for cut in cuts if cut.doors])
    return TurfsCreated(
        turfs=await queries.turfs_by_id(db, caller.organization_id, made),
        skipped=[
            SkippedFeature(name=cut.name, reason="There is no door inside.")
            for cut in cuts
            if not cut.doors
        ],
    )


async def _fill(
    db: Connection, organization_id: UUID, of: Pass, outlines: Sequence[tuple[str, BaseGeometry]]
) -> list[_Cut]:
    """Each outline with the doors inside or on it that the pass does not hold out.

    Of two outlines that share a door, an error.
    """
    bounds = [outline.bounds for _, outline in outlines]
    (west, south), (east, north) = np.min(bounds, axis=0)[:2], np.max(bounds, axis=0)[2:]
    doors = await doors_in_box(
        db, organization_id, float(west), float(south), float(east), float(north)
    )
    doors = await asyncio.to_thread(outlining.not_held_out, doors, of)
    points = shapely.points(
        np.array([door.lon for door in doors]), np.array([door.lat for door in doors])
    )
    area_numbers, door_numbers = await asyncio.to_thread(_inside, points, outlines)
    inside: list[list[DoorPoint]] = [[] for _ in outlines]
    owner: dict[int, int] = {}
    pairs: list[tuple[int, int]] = list(zip(area_numbers, door_numbers, strict=True))
    for area, door in pairs:
        first = owner.setdefault(door, area)
        if first != area:
            message = (
                f"{outlines[first][0]} and {outlines[area][0]} both contain the same door. "
                "Redraw one so that they do not overlap."
            )
            raise ConflictError(message, field=f"features[{area}].geometry")
        inside[area].append(doors[door])
    return [
        _Cut(name, outline, found) for (name, outline), found in zip(outlines, inside, strict=True)
    ]


def _inside(points: Any, outlines: Sequence[tuple[str, BaseGeometry]]) -> Any:
    tree = shapely.STRtree(points)
    return tree.query([outline for _, outline in outlines], predicate="intersects")


async def _store(db: Connection, caller: Caller, of: Pass, cuts: Sequence[_Cut]) -> list[UUID]:
    organization_id = caller.organization_id
    await _check_free(db, organization_id, of.id, cuts)
    turfs: list[tuple[UUID, str, bytes, float, float]] = []
    doors: list[tuple[UUID, UUID, int]] = []
    for cut in cuts:
        if len(cut.doors) > MAX_DOORS:
            message = (
                f"{cut.name} has {len(cut.doors)} doors; a phone takes {MAX_DOORS}. "
                "Draw smaller areas."
            )
            raise RefusedError(message, field="polygon")
        rows = await cutting.load_rows(db, organization_id, of.campaign_id, cut.doors)
        walk = await asyncio.to_thread(_walk, cut.doors, rows)
        made = new_id()
        outline: bytes = shapely.to_wkb(cut.outline)
        turfs.append((made, cut.name, outline, walk.walk_m, walk.minutes))
        doors += [(made, door_id, place) for place, door_id in enumerate(walk.door_ids)]
    made_ids = [turf[0] for turf in turfs]
    if made_ids:
        await begin_step(db, caller, of.id, StepKind.CREATE, [], made_ids)
        await step_queries.put_turfs(db, organization_id, of.id, turfs)
        await step_queries.put_doors(db, organization_id, of.id, doors)
    return made_ids


def _walk(doors: Sequence[DoorPoint], rows: cutting.Rows) -> cutting.Walked:
    return cutting.walked(cutting.make_site(doors, rows), [door.id for door in doors])


async def _check_free(
    db: Connection, organization_id: UUID, pass_id: UUID, cuts: Sequence[_Cut]
) -> None:
    names = {door.id: cut.name for cut in cuts for door in cut.doors}
    taken = await queries.taken_doors(db, organization_id, pass_id, list(names))
    if taken:
        first = taken[0]
        message = (
            f"{len(taken)} of the doors are in other turfs already, the first of them both in "
            f"{first.turf_name} and in {names[first.door_id]}. Archive that turf or redraw this."
        )
        raise ConflictError(message, field="polygon")
