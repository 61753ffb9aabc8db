"""The pace of a campaign, measured by what its volunteers recorded at the doors."""

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import numpy as np
import structlog

from doorstep.accounts.service import campaign_by_id
from doorstep.algorithms.cutting import door_legs
from doorstep.algorithms.cutting.pacing import (
    Knocks,
    Measured,
    Steps,
    joined,
    measure_pace,
    steps_of,
    without_pauses,
)
from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.canvass import pace_queries as queries
from doorstep.canvass.pace_queries import Tried
from doorstep.kit.db import Connection, Pool, organization_transaction, signin_transaction
from doorstep.kit.queue import Every
from doorstep.people.model import DoorPoint
from doorstep.people.service import door_points
from doorstep.turf import cutting
from doorstep.turf.pace_model import CampaignPace, MeasuredPace, TurfSteps
from doorstep.turf.pacing import campaign_pace, keep_measured, numbers

SAMPLE = 5000
"""Knocks that are looked at, the newest of a campaign: more would hardly narrow the intervals."""
EVERY_S = 3600.0
PATIENCE_S = 5.0
"""After so long no other campaign is begun: a server that is to stop waits for this to end."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class _Walked:
    """What was recorded on one turf, with its doors and the ground around them."""

    turf_id: UUID
    tried: list[Tried]
    points: list[DoorPoint]
    rows: cutting.Rows


async def measure(db: Connection, organization_id: UUID, campaign_id: UUID) -> CampaignPace:
    """Measure the pace by the newest knocks, keep it, and tell it.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    """
    await campaign_by_id(db, organization_id, campaign_id)
    tried = await queries.newest_attempts(db, organization_id, campaign_id, SAMPLE)
    walked = await _walked(db, organization_id, campaign_id, tried)
    found, turfs = await asyncio.to_thread(_measured, walked)
    kept = MeasuredPace(
        pace=numbers(found.pace),
        low=numbers(found.low),
        high=numbers(found.high),
        steps_count=found.steps,
        measured_at=dt.datetime.now(dt.UTC),
    )
    newest_at = tried[0].occurred_at if tried else None
    await keep_measured(db, organization_id, campaign_id, kept, turfs, newest_at)
    return await campaign_pace(db, organization_id, campaign_id)


async def _walked(
    db: Connection, organization_id: UUID, campaign_id: UUID, tried: Sequence[Tried]
) -> list[_Walked]:
    of_turf: dict[UUID, list[Tried]] = defaultdict(list)
    doors: dict[UUID, set[UUID]] = defaultdict(set)
    for one in tried:
        of_turf[one.turf_id].append(one)
        doors[one.turf_id].add(one.door_id)
    # Of a turf's other doors it matters whether they share an address with those knocked at.
    for turf_id, door_id in await queries.doors_of_turfs(db, organization_id, list(of_turf)):
        doors[turf_id].add(door_id)
    ids = {door_id for held in doors.values() for door_id in held}
    every = await door_points(db, organization_id, list(ids))
    point = {door.id: door for door in every}
    found: list[_Walked] = []
    for turf_id, attempts in of_turf.items():
        points = [point[door_id] for door_id in doors[turf_id]]
        rows = await cutting.load_rows(db, organization_id, campaign_id, points)
        found.append(_Walked(turf_id, attempts, points, rows))
    return found


def _measured(walked: Sequence[_Walked]) -> tuple[Measured, list[TurfSteps]]:
    """The pace, and what each turf took; in a thread."""
    steps = [without_pauses(_steps(one)) for one in walked]
    turfs = [_summed(one.turf_id, own) for one, own in zip(walked, steps, strict=True)]
    return measure_pace(joined(steps)), [one for one in turfs if one.steps_count]


def _steps(of: _Walked) -> Steps:
    site = cutting.make_site(of.points, of.rows)
    rows = site.rows_of([one.door_id for one in of.tried])
    assert site.doors.address is not None  # noqa: S101 -- `make_site` gives these
    shared = np.bincount(site.doors.address) > 1
    address = site.doors.address[rows]
    members = {member_id: at for at, member_id in enumerate({one.member_id for one in of.tried})}
    legs_m = door_legs(site.doors, site.ground)
    return steps_of(
        Knocks(
            walk=np.array([members[one.member_id] for one in of.tried], dtype=np.intp),
            at_min=np.array([one.occurred_at.timestamp() / 60 for one in of.tried]),
            door=rows,
            address=address,
            several=shared[address],
            contact=np.array([counts_as_contact(Result(one.result)) for one in of.tried]),
        ),
        lambda a, b: legs_m(rows[a], rows[b]),
    )


def _summed(turf_id: UUID, steps: Steps) -> TurfSteps:
    walk_m, knocks, entries, units = steps.parts.sum(axis=0).tolist()
    return TurfSteps(
        turf_id=turf_id,
        steps_count=round(knocks + units),
        took_minutes=float(steps.minutes.sum()),
        walk_m=walk_m,
        knocks=knocks,
        entries=entries,
        units=units,
    )


async def measure_all(pool: Pool) -> None:
    """Measure campaigns with new knocks once a day, each in a transaction of its own.

    Those that time does not suffice for come up in one of the next runs.
    """
    until = monotonic() + PATIENCE_S
    async with signin_transaction(pool) as db:
        organization_ids = await queries.organizations(db)
    for organization_id in organization_ids:
        if monotonic() > until:
            return
        try:
            async with organization_transaction(pool, organization_id) as db:
                campaign_ids = await queries.campaigns_to_measure(db, organization_id)
            for campaign_id in campaign_ids:
                if monotonic() > until:
                    return
                async with organization_transaction(pool, organization_id) as db:
                    await measure(db, organization_id, campaign_id)
        except Exception as error:  # noqa: BLE001 -- the others' turf is to be timed as well
            _log.error("pace not measured", kind=type(error).__name__)


PERIODIC = (Every(name="canvass.pace", every_s=EVERY_S, run=measure_all),)
