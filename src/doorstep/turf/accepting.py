"""Accepting a cut: what it proposes becomes turf, all of it or nothing."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError
from doorstep.kit.ids import new_id
from doorstep.turf import cut_queries, queries, step_queries
from doorstep.turf.changing import begin_step, changed_to
from doorstep.turf.model import Pass
from doorstep.turf.step_model import StepKind, TurfsChanged

_shapely: Any = shapely
SLIVER_DEG = 1e-9
"""Two outlines that touch share a border, not ground: about ten square metres."""


async def accept(db: Connection, caller: Caller, cut_id: UUID) -> TurfsChanged:
    """Make drafts of what a cut proposes: all of it or nothing.

    Raises
    ------
    NotFoundError
        If there is no such cut, or it was forgotten.
    ConflictError
        If it proposes nothing, or its doors or ground were cut meanwhile.
    """
    organization_id = caller.organization_id
    cut = await cut_queries.cut_by_id(db, organization_id, cut_id)
    of = await queries.lock_pass(db, organization_id, cut.pass_id)
    cut = await cut_queries.lock_cut(db, organization_id, cut_id)
    if cut.state != "done":
        message = f"This cut is {cut.state}. Only one that is done can be accepted, and only once."
        raise ConflictError(message)
    proposed = await cut_queries.proposals(db, organization_id, cut_id)
    if not proposed:
        message = "This cut proposes no turf: every door was left over. See why, and cut again."
        raise ConflictError(message)
    await _check_still_free(db, organization_id, of, proposed)
    names = await _names(db, organization_id, of.id, [one.name for one in proposed])
    ids = [new_id() for _ in proposed]
    kind = StepKind(cut.kind)
    step_id = await begin_step(db, caller, of.id, kind, [], ids)
    await step_queries.put_turfs(
        db,
        organization_id,
        of.id,
        [
            (turf_id, name, one.polygon, one.walk_m, one.minutes)
            for turf_id, name, one in zip(ids, names, proposed, strict=True)
        ],
    )
    await step_queries.put_doors(
        db,
        organization_id,
        of.id,
        [
            (turf_id, door_id, place)
            for turf_id, one in zip(ids, proposed, strict=True)
            for place, door_id in enumerate(one.door_ids)
        ],
    )
    await cut_queries.accept_cut(db, organization_id, cut_id)
    return await changed_to(db, organization_id, step_id, kind, ids, [])


async def _check_still_free(
    db: Connection, organization_id: UUID, of: Pass, proposed: Sequence[cut_queries.Proposal]
) -> None:
    doors = [door_id for one in proposed for door_id in one.door_ids]
    others = await cut_queries.turfs_with_doors(db, organization_id, of.id, doors)
    if others:
        count = sum(found for _, found in others)
        message = (
            f"{count} of these doors were cut meanwhile, the first of them into {others[0][0]}. "
            "Cut again: what is in turf is then left alone."
        )
        raise ConflictError(message)
    if await cut_queries.doors_there(db, organization_id, doors) < len(doors):
        message = "Some of these doors were taken out of the list meanwhile. Cut again."
        raise ConflictError(message)
    live = await cut_queries.live_outlines(db, organization_id, of.id)
    met = await asyncio.to_thread(_met, [one.polygon for one in proposed], live)
    if met is not None:
        message = f"{met} was cut on this ground meanwhile. Cut again: it is then left alone."
        raise ConflictError(message)


def _met(proposed: Sequence[bytes], live: Sequence[cut_queries.LiveOutline]) -> str | None:
    """The first live turf that lies on the ground of a proposed one."""
    shapes = _shapely.from_wkb(np.array(proposed, dtype=np.object_))
    tree = _shapely.STRtree(shapes)
    for one in live:
        outline = _shapely.from_wkb(one.polygon)
        near = shapes[tree.query(outline, predicate="intersects")]
        if len(near) and _shapely.area(_shapely.intersection(near, outline)).sum() > SLIVER_DEG:
            return one.name
    return None


async def _names(
    db: Connection, organization_id: UUID, pass_id: UUID, wished: Sequence[str]
) -> list[str]:
    """The names as wished, with a number behind where a live turf has one already."""
    taken = await step_queries.live_names(db, organization_id, pass_id, "")
    found: list[str] = []
    for name in wished:
        free = (f"{name[:190]} ({number})" for number in range(2, len(taken) + 3))
        found.append(name if name not in taken else next(one for one in free if one not in taken))
        taken.add(found[-1])
    return found
