"""Cutting turf by outline, publishing it, and moving it between hands."""

import asyncio
import datetime as dt
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from doorstep.accounts.service import qr_svg
from doorstep.algorithms.addresses import unit_order
from doorstep.algorithms.holdout import held_out
from doorstep.algorithms.projection import to_metres
from doorstep.algorithms.walking import walking_order
from doorstep.kit.auth import STAFF, Caller
from doorstep.kit.db import Connection, next_seq
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.geometry import area_shape
from doorstep.kit.ids import hash_secret, new_id
from doorstep.people.model import DoorPoint
from doorstep.people.service import doors_in_box
from doorstep.turf import queries
from doorstep.turf.layer import read_layer
from doorstep.turf.model import (
    Assign,
    Handover,
    HandoverCreate,
    Pass,
    PassCreate,
    SkippedFeature,
    Turf,
    TurfCreate,
    TurfsCreated,
    TurfStatus,
    TurfSummary,
)
from doorstep.turf.queries import doors_in_turfs, pass_by_id, turf_by_id, turfs, turfs_for_events

__all__ = ["doors_in_turfs", "pass_by_id", "turf_by_id", "turfs", "turfs_for_events"]

MAX_DOORS = 1500
"""What one phone takes (see the sync design: a first download stays near 150 KiB)."""
PAIR = 2
HANDOVER_LIFE = dt.timedelta(minutes=15)
# Without 0, 1, I and O, which are misread when a code is typed.
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10


@dataclass(frozen=True)
class _Cut:
    """An outline with the doors inside."""

    name: str
    outline: BaseGeometry
    doors: list[DoorPoint]


async def create_pass(db: Connection, organization_id: UUID, wanted: PassCreate) -> Pass:
    """A new pass of a campaign."""
    return await queries.insert_pass(db, organization_id, new_id(), wanted)


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
    (turf_id,) = await _store(db, caller.organization_id, held.id, [cut])
    return await queries.turf_by_id(db, caller.organization_id, turf_id)


async def create_turfs(db: Connection, caller: Caller, pass_id: UUID, layer: bytes) -> TurfsCreated:
    """One draft turf for every area of a boundary layer, as JSON, that has doors in it."""
    outlines = await asyncio.to_thread(read_layer, layer)
    held = await queries.lock_pass(db, caller.organization_id, pass_id)
    cuts = await _fill(db, caller.organization_id, held, outlines)
    made = await _store(db, caller.organization_id, held.id, [cut for cut in cuts if cut.doors])
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
    if of.holdout_share:
        doors = await asyncio.to_thread(_not_held_out, doors, of)
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


def _not_held_out(doors: Sequence[DoorPoint], of: Pass) -> list[DoorPoint]:
    buildings = [door.building_id for door in doors]
    out = held_out(buildings, share=of.holdout_share, seed=of.holdout_seed)
    return [door for door, left_alone in zip(doors, out, strict=True) if not left_alone]


def _inside(points: Any, outlines: Sequence[tuple[str, BaseGeometry]]) -> Any:
    tree = shapely.STRtree(points)
    return tree.query([outline for _, outline in outlines], predicate="intersects")


async def _store(
    db: Connection, organization_id: UUID, pass_id: UUID, cuts: Sequence[_Cut]
) -> list[UUID]:
    await _check_free(db, organization_id, pass_id, cuts)
    made: list[UUID] = []
    for cut in cuts:
        if len(cut.doors) > MAX_DOORS:
            message = (
                f"{cut.name} has {len(cut.doors)} doors; a phone takes {MAX_DOORS}. "
                "Draw smaller areas."
            )
            raise RefusedError(message, field="polygon")
        walked, walk_m = await asyncio.to_thread(in_walking_order, cut.doors)
        turf_id = new_id()
        await queries.insert_turf(
            db, organization_id, turf_id, pass_id, cut.name, shapely.to_wkb(cut.outline), walk_m
        )
        await queries.insert_turf_doors(
            db, organization_id, turf_id, pass_id, [door.id for door in walked]
        )
        made.append(turf_id)
    return made


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


def in_walking_order(doors: Sequence[DoorPoint]) -> tuple[list[DoorPoint], float]:
    """The doors in the order they are walked, and the length of the walk in metres.

    Doors of one address follow each other by floor and unit as people count them.
    """
    by_label = sorted(doors, key=lambda door: (unit_order(door.unit, door.floor), door.id))
    lon = np.array([door.lon for door in by_label])
    lat = np.array([door.lat for door in by_label])
    _, street = np.unique([door.street for door in by_label], return_inverse=True)
    walk = walking_order(
        to_metres(lon, lat, (lon[0], lat[0])),
        street=street,
        side=[_side(door.house_number) for door in by_label],
    )
    return [by_label[place] for place in walk.order], walk.walk_m


def _side(house_number: str) -> int:
    """Odd or even: which side of its street a house stands on, in most of the world."""
    digits = re.search(r"\d+", house_number)
    return int(digits[0][-1]) % 2 if digits else 0


async def rename(db: Connection, caller: Caller, turf_id: UUID, name: str) -> None:
    """Give a turf another name."""
    await queries.rename_turf(db, caller.organization_id, turf_id, name)


async def publish(db: Connection, caller: Caller, turf_id: UUID) -> None:
    """Make a draft ready to be assigned; a published turf stays as it is."""
    turf = await queries.lock_turf(db, caller.organization_id, turf_id)
    if turf.status is TurfStatus.ARCHIVED:
        message = "This turf is archived. Cut a new one."
        raise ConflictError(message)
    if turf.status is TurfStatus.DRAFT:
        await queries.publish_turf(db, caller.organization_id, turf_id)


async def archive(db: Connection, caller: Caller, turf_id: UUID) -> None:
    """Close a turf: whoever holds it loses it, and its doors are free to be cut again."""
    turf = await queries.lock_turf(db, caller.organization_id, turf_id)
    if turf.status is TurfStatus.ARCHIVED:
        return
    holders = await queries.open_assignments(db, caller.organization_id, turf_id)
    await queries.archive_turf(db, caller.organization_id, turf_id)
    await queries.free_doors(db, caller.organization_id, turf_id)
    members = [holder.member_id for holder in holders]
    await _take(db, caller.organization_id, turf_id, members, "archived")


async def delete_draft(db: Connection, caller: Caller, turf_id: UUID) -> None:
    """Forget a turf that nobody has seen yet."""
    turf = await queries.lock_turf(db, caller.organization_id, turf_id)
    if turf.status is not TurfStatus.DRAFT:
        message = "This turf was published: archive it, so that its history stays."
        raise ConflictError(message)
    await queries.delete_turf_doors(db, caller.organization_id, turf_id)
    await queries.delete_turf(db, caller.organization_id, turf_id)


async def assign(db: Connection, caller: Caller, turf_id: UUID, wanted: Assign) -> None:
    """Give a published turf to a member or a pair.

    Raises
    ------
    NotFoundError
        If there is no such turf.
    RefusedError
        If a member is not active in the organization.
    ConflictError
        If the turf is not published, held by one of them, or would have more than two holders.
    """
    await _give(db, caller, turf_id, wanted.member_ids, wanted.hours)


async def _give(
    db: Connection, caller: Caller, turf_id: UUID, member_ids: Sequence[UUID], hours: int
) -> None:
    organization_id, wanted = caller.organization_id, sorted(set(member_ids))
    turf = await queries.lock_turf(db, organization_id, turf_id)
    if turf.status is not TurfStatus.PUBLISHED:
        message = f"This turf is a {turf.status}. Publish it first."
        raise ConflictError(message)
    active = await queries.active_members(db, organization_id, wanted)
    if len(active) < len(wanted):
        message = "Each must be an active member of the organization."
        raise RefusedError(message, field="member_ids")
    held = await queries.open_assignments(db, organization_id, turf_id)
    lapsed = [one.member_id for one in held if not one.live]
    await _take(db, organization_id, turf_id, lapsed, "expired")
    live = {one.member_id for one in held if one.live}
    if both := live.intersection(wanted):
        message = f"{len(both)} of these members hold this turf already."
        raise ConflictError(message, field="member_ids")
    if len(live) + len(wanted) > PAIR:
        message = "Two may hold a turf at a time. Take it back from one first."
        raise ConflictError(message, field="member_ids")
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
    ids = [new_id() for _ in wanted]
    await queries.insert_assignments(
        db, organization_id, ids, wanted, turf_id, caller.member_id, expires_at
    )
    await _announce(db, organization_id, turf_id, wanted, "gained")


async def take_back(
    db: Connection, caller: Caller, turf_id: UUID, member_id: UUID, reason: str = "taken_back"
) -> None:
    """End a member's hold on a turf, at once: their next request for its people finds nothing."""
    await queries.lock_turf(db, caller.organization_id, turf_id)
    if not await _take(db, caller.organization_id, turf_id, [member_id], reason):
        raise NotFoundError


async def _take(
    db: Connection, organization_id: UUID, turf_id: UUID, member_ids: Sequence[UUID], reason: str
) -> list[UUID]:
    if not member_ids:
        return []
    ended = await queries.end_assignments(db, organization_id, turf_id, member_ids, reason)
    await _announce(db, organization_id, turf_id, ended, "lost")
    return ended


async def _announce(
    db: Connection, organization_id: UUID, turf_id: UUID, member_ids: Sequence[UUID], kind: str
) -> None:
    if member_ids:
        first = await next_seq(db, organization_id, len(member_ids))
        await queries.insert_scope_changes(db, organization_id, first, turf_id, member_ids, kind)


async def offer_handover(
    db: Connection, caller: Caller, turf_id: UUID, wanted: HandoverCreate, public_url: str
) -> Handover:
    """A code that lets whoever scans it take over a turf, or join its holder.

    Raises
    ------
    NotFoundError
        If there is no such turf, or a volunteer does not hold it.
    ConflictError
        If it is not published.
    """
    turf = await visible_turf(db, caller, turf_id)
    if turf.status is not TurfStatus.PUBLISHED:
        message = f"This turf is a {turf.status}. Publish it first."
        raise ConflictError(message)
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    expires_at = dt.datetime.now(dt.UTC) + HANDOVER_LIFE
    await queries.insert_handover(
        db,
        caller.organization_id,
        new_id(),
        turf_id,
        hash_secret(code),
        caller.member_id,
        wanted.as_pair,
        wanted.hours,
        expires_at,
    )
    link = f"{public_url}/take#{code}"
    return Handover(
        turf_id=turf_id, code=code, link=link, qr_svg=qr_svg(link), expires_at=expires_at
    )


async def accept_handover(db: Connection, caller: Caller, code: str) -> TurfSummary:
    """Take what a code offers.

    Raises
    ------
    RefusedError
        If the code is wrong, used or too old.
    ConflictError
        If the turf has no place for another holder.
    """
    organization_id = caller.organization_id
    used = await queries.use_handover(db, organization_id, hash_secret(code), caller.member_id)
    if used is None:
        message = "This code is wrong, used or too old. Ask for a new one."
        raise RefusedError(message, field="code")
    await queries.lock_turf(db, organization_id, used.turf_id)
    if not used.as_pair:
        await _take(db, organization_id, used.turf_id, [used.created_by], "handed_over")
    await _give(db, caller, used.turf_id, [caller.member_id], used.hours)
    (turf,) = await queries.turfs_by_id(db, organization_id, [used.turf_id])
    return turf


async def visible_turf(db: Connection, caller: Caller, turf_id: UUID) -> Turf:
    """A turf as the caller may see it: staff any, others what they hold.

    Raises
    ------
    NotFoundError
        If there is none, or the caller may not see it.
    """
    holder = None if caller.is_one_of(STAFF) else caller.member_id
    return await queries.turf_by_id(db, caller.organization_id, turf_id, holder)
