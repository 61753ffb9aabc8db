"""What organizers do to turfs by hand: split, merge, move doors, trade, freeze."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import RefusedError
from doorstep.kit.geometry import MAX_LAT, MAX_LON, Area, area_shape
from doorstep.people.model import DoorPoint
from doorstep.people.service import door_points
from doorstep.turf import cutting, outlining, queries, step_queries
from doorstep.turf.changing import (
    Plan,
    begin_step,
    carry_out,
    changed_to,
    hold,
)
from doorstep.turf.model import (
    Pass,
)
from doorstep.turf.step_model import (
    Freeze,
    LineString,
    Merge,
    Move,
    Split,
    StepKind,
    Trade,
    TradeSide,
    TurfsChanged,
    TurfSeen,
)
from doorstep.turf.step_queries import HeldTurf

LONGEST_BASE = 190
"""Of a name that a number is put behind."""


async def split(db: Connection, caller: Caller, pass_id: UUID, wanted: Split) -> TurfsChanged:
    """Divide a turf: by a line, by an area, or evenly.

    Raises
    ------
    NotFoundError
        If there is no such pass, or no such turf in it.
    RefusedError
        If not one way is given, or it leaves a part without doors.
    ConflictError
        If the turf is archived, frozen, or was changed since.
    """
    _check_one(wanted, ("line", "polygon", "parts"))
    line = None if wanted.line is None else line_shape(wanted.line, "line")
    area = None if wanted.polygon is None else area_shape(wanted.polygon, "polygon")
    of = await queries.lock_pass(db, caller.organization_id, pass_id)
    held = await hold(db, caller.organization_id, of, {"": wanted})
    turf = held[wanted.turf_id]
    points = await door_points(db, caller.organization_id, turf.door_ids)
    rows = await cutting.load_rows(db, caller.organization_id, of.campaign_id, points)

    site = await asyncio.to_thread(cutting.make_site, points, rows)

    def divide() -> list[list[UUID]]:
        if area is not None:
            return _inside_and_out(turf, points, area)
        if line is not None:
            return outlining.sides(site, turf.door_ids, line)
        return outlining.shares(site, turf.door_ids, wanted.parts or 0)

    first, *others = await asyncio.to_thread(divide)
    plan = Plan(held, {turf.id: first}, site=site)
    names = await _free_names(
        db, caller.organization_id, of.id, wanted.name, turf.name, len(others)
    )
    for name, door_ids in zip(names, others, strict=True):
        plan.add(name, door_ids)
    return await carry_out(db, caller, of, StepKind.SPLIT, plan)


def _inside_and_out(
    turf: HeldTurf, points: Sequence[DoorPoint], area: BaseGeometry
) -> list[list[UUID]]:
    found = {door.id for door in outlining.inside(points, area)}
    if not 0 < len(found) < len(turf.door_ids):
        how_many = "All" if found else "None"
        message = f"{how_many} of the turf's doors lie inside. Draw it around some of them."
        raise RefusedError(message, field="polygon")
    return [[one for one in turf.door_ids if (one in found) is is_in] for is_in in (False, True)]


def _check_one(wanted: Split | Move | TradeSide, ways: Sequence[str], within: str = "") -> None:
    given = [way for way in ways if getattr(wanted, way) is not None]
    if len(given) != 1:
        message = f"Give one of {', '.join(ways)}: {' and '.join(given) or 'none'} was given."
        raise RefusedError(message, field=within + (given[-1] if given else ways[0]))


def line_shape(line: LineString, field: str) -> BaseGeometry:
    """The shape of a GeoJSON line, in degrees.

    Raises
    ------
    RefusedError
        If it leaves the globe; the message says where, under the name ``field``.
    """
    for lon, lat in ((position[0], position[1]) for position in line.coordinates):
        if abs(lon) > MAX_LON or abs(lat) > MAX_LAT:
            message = (
                f"{lon}, {lat} is no place on the globe. "
                "Positions are longitude first, then latitude, in degrees."
            )
            raise RefusedError(message, field=field)
    return shapely.LineString([position[:2] for position in line.coordinates])


async def _free_names(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    wished: str | None,
    old: str,
    count: int,
) -> list[str]:
    """Names that no live turf of the pass has; a wish for one turf is taken as it is."""
    if wished is not None and count == 1:
        return [wished]
    base = (wished or old)[:LONGEST_BASE]
    used = await step_queries.live_names(db, organization_id, pass_id, base)
    found: list[str] = []
    number = 1 if wished else 2
    while len(found) < count:
        name = f"{base} ({number})"
        if name not in used:
            found.append(name)
        number += 1
    return found


async def merge(db: Connection, caller: Caller, pass_id: UUID, wanted: Merge) -> TurfsChanged:
    """Make turfs one: the first of them, which keeps its status and holders.

    Raises
    ------
    NotFoundError
        If there is no such pass, or one of the turfs is not in it.
    RefusedError
        If a turf is named twice, or the whole is more than a phone takes.
    ConflictError
        If a turf is archived, frozen, or was changed since.
    """
    of = await queries.lock_pass(db, caller.organization_id, pass_id)
    seen = {f"turfs[{at}]": one for at, one in enumerate(wanted.turfs)}
    held = await hold(db, caller.organization_id, of, seen)
    first, *others = [one.turf_id for one in wanted.turfs]
    plan = Plan(held, {one: [] for one in others})
    plan.doors[first] = [door for one in wanted.turfs for door in held[one.turf_id].door_ids]
    if wanted.name is not None:
        plan.names[first] = wanted.name
    return await carry_out(db, caller, of, StepKind.MERGE, plan)


async def move(db: Connection, caller: Caller, pass_id: UUID, wanted: Move) -> TurfsChanged:
    """Put doors into another turf, or out of every turf.

    Raises
    ------
    NotFoundError
        If there is no such pass, or one of the turfs is not in it.
    RefusedError
        If doors are named in no way or two, or there are none to move.
    ConflictError
        If a turf is archived, frozen, or was changed since.
    """
    _check_one(wanted, ("door_ids", "polygon"))
    area = None if wanted.polygon is None else area_shape(wanted.polygon, "polygon")
    organization_id = caller.organization_id
    of = await queries.lock_pass(db, organization_id, pass_id)
    seen: dict[str, TurfSeen] = {
        f"from_turfs[{at}]": one for at, one in enumerate(wanted.from_turfs)
    }
    if wanted.to_turf is not None:
        seen["to_turf"] = wanted.to_turf
    held = await hold(db, organization_id, of, seen)
    sources = [held[one.turf_id] for one in wanted.from_turfs]
    found = await _doors_meant(db, organization_id, sources, wanted.door_ids, area)
    free: set[UUID] = set()
    if wanted.take_free:
        free = await _free_doors(db, organization_id, of, wanted, area)
    _check_known(wanted.door_ids, found | free, "door_ids")
    if not found | free:
        message = "There is no door of these turfs inside. Draw it around some, or name others."
        raise RefusedError(message, field="polygon")
    plan = Plan(held)
    for turf in sources:
        if not found.isdisjoint(turf.door_ids):
            plan.doors[turf.id] = [one for one in turf.door_ids if one not in found]
    if wanted.to_turf is not None:
        to_turf = held[wanted.to_turf.turf_id]
        plan.doors[to_turf.id] = [*to_turf.door_ids, *sorted(found | free)]
    else:
        plan.freed = sorted(found)
        if not found:
            message = "These doors are in no turf. Name the turf that is to take them."
            raise RefusedError(message, field="to_turf")
    return await carry_out(db, caller, of, StepKind.MOVE, plan)


async def _doors_meant(
    db: Connection,
    organization_id: UUID,
    turfs: Sequence[HeldTurf],
    door_ids: Sequence[UUID] | None,
    area: BaseGeometry | None,
) -> set[UUID]:
    """The doors of the turfs with these ids, or inside the area."""
    theirs = [door for turf in turfs for door in turf.door_ids]
    if area is None:
        return set(theirs).intersection(door_ids or ())
    points = await door_points(db, organization_id, theirs)
    return {door.id for door in await asyncio.to_thread(outlining.inside, points, area)}


async def _free_doors(
    db: Connection, organization_id: UUID, of: Pass, wanted: Move, area: BaseGeometry | None
) -> set[UUID]:
    """The doors meant that no turf of the pass has and that it does not hold out."""
    if area is None:
        points = await door_points(db, organization_id, wanted.door_ids or ())
        points = outlining.not_held_out(points, of)
    else:
        points = await outlining.doors_inside(db, organization_id, of, area)
    ids = {door.id for door in points}
    return ids - (await step_queries.homes_of_doors(db, organization_id, of.id, list(ids))).keys()


def _check_known(door_ids: Sequence[UUID] | None, known: set[UUID], field: str) -> None:
    for at, one in enumerate(door_ids or ()):
        if one not in known:
            message = "This door is in none of the turfs named. Name its turf, or leave it out."
            raise RefusedError(message, field=f"{field}[{at}]")


async def trade(db: Connection, caller: Caller, pass_id: UUID, wanted: Trade) -> TurfsChanged:
    """Let two turfs give doors to each other.

    Raises
    ------
    NotFoundError
        If there is no such pass, or one of the turfs is not in it.
    RefusedError
        If a side gives nothing, or names its doors in no way or two.
    ConflictError
        If a turf is archived, frozen, or was changed since.
    """
    areas: list[BaseGeometry | None] = []
    for where, side in (("one", wanted.one), ("other", wanted.other)):
        _check_one(side, ("door_ids", "polygon"), f"{where}.")
        areas.append(_area(side.polygon, f"{where}.polygon"))
    organization_id = caller.organization_id
    of = await queries.lock_pass(db, organization_id, pass_id)
    held = await hold(db, organization_id, of, {"one": wanted.one, "other": wanted.other})
    given: list[set[UUID]] = []
    for where, side, area in zip(("one", "other"), (wanted.one, wanted.other), areas, strict=True):
        found = await _doors_meant(db, organization_id, [held[side.turf_id]], side.door_ids, area)
        _check_known(side.door_ids, found, f"{where}.door_ids")
        if not found:
            message = "There is no door of this turf inside. Draw it around some."
            raise RefusedError(message, field=f"{where}.polygon")
        given.append(found)
    plan = Plan(held)
    for side, gives, takes in (
        (wanted.one, given[0], given[1]),
        (wanted.other, given[1], given[0]),
    ):
        stay = [one for one in held[side.turf_id].door_ids if one not in gives]
        plan.doors[side.turf_id] = [*stay, *sorted(takes)]
    return await carry_out(db, caller, of, StepKind.TRADE, plan)


def _area(area: Area | None, field: str) -> BaseGeometry | None:
    return None if area is None else area_shape(area, field)


async def freeze(db: Connection, caller: Caller, pass_id: UUID, wanted: Freeze) -> TurfsChanged:
    """Settle turfs, so that no operation touches them, or open them again.

    Raises
    ------
    NotFoundError
        If there is no such pass, or one of the turfs is not in it.
    RefusedError
        If a turf is named twice.
    ConflictError
        If a turf is archived, or was changed since.
    """
    organization_id = caller.organization_id
    of = await queries.lock_pass(db, organization_id, pass_id)
    seen = {f"turfs[{at}]": one for at, one in enumerate(wanted.turfs)}
    held = await hold(db, organization_id, of, seen, frozen=True)
    kind = StepKind.FREEZE if wanted.frozen else StepKind.UNFREEZE
    step_id = await begin_step(db, caller, of.id, kind, list(held))
    await step_queries.freeze_turfs(db, organization_id, list(held), frozen=wanted.frozen)
    return await changed_to(db, organization_id, step_id, kind, list(held), [])
