"""Putting together what a phone needs to walk a turf."""

from itertools import groupby
from uuid import UUID

import msgspec

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.people.model import WalkDoor
from doorstep.people.service import walk_doors, walk_people
from doorstep.surveys.service import script_version
from doorstep.turf.service import doors_in_turfs, pass_by_id, visible_turf
from doorstep.walk import queries
from doorstep.walk.model import Bundle, BundleDoor, PastPass
from doorstep.walk.queries import DoorPass


async def bundle(db: Connection, caller: Caller, turf_id: UUID) -> Bundle:
    """A turf with its doors in walking order, the people who may be contacted, and the script.

    Raises
    ------
    NotFoundError
        If there is no such turf, or the caller is a volunteer who does not hold it now.
    """
    organization_id = caller.organization_id
    turf = await visible_turf(db, caller, turf_id)
    order = [row.door_id for row in await doors_in_turfs(db, organization_id, [turf_id])]
    doors = {door.id: door for door in await walk_doors(db, organization_id, order)}
    passes = groupby(
        await queries.door_passes(db, organization_id, order), key=lambda row: row.door_id
    )
    tried = {door_id: list(rows) for door_id, rows in passes}
    held = await pass_by_id(db, organization_id, turf.pass_id)
    return Bundle(
        turf=turf,
        doors=[
            _bundle_door(doors[door_id], turf.pass_id, tried.get(door_id, [])) for door_id in order
        ],
        people=await walk_people(db, organization_id, order),
        script=held.script_id and await script_version(db, organization_id, held.script_id, None),
        attribution=await queries.attribution(db, organization_id, turf.campaign_id),
    )


def _bundle_door(door: WalkDoor, pass_id: UUID, tried: list[DoorPass]) -> BundleDoor:
    now = next((row for row in tried if row.pass_id == pass_id), None)
    return BundleDoor(
        **msgspec.structs.asdict(door),
        status=now.status if now else "open",
        attempts_count=now.attempts_count if now else 0,
        last_result=now.last_result if now else None,
        last_attempt_at=now.last_attempt_at if now else None,
        past=[
            PastPass(
                pass_name=row.pass_name,
                last_result=row.last_result,
                last_attempt_at=row.last_attempt_at,
                attempts_count=row.attempts_count,
            )
            for row in tried
            if row.pass_id != pass_id
        ],
    )
