"""Reports of a pass: progress, answers, doors as files, the map as a picture."""

import asyncio
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

import msgspec
import numpy as np
import shapely
from msgspec.structs import asdict, astuple

from doorstep.algorithms.projecting import Result, Status
from doorstep.kit.db import Connection
from doorstep.people.model import CampaignMap
from doorstep.people.service import campaign_map
from doorstep.reports import queries
from doorstep.reports.csv_text import csv_text
from doorstep.reports.model import (
    Answers,
    DayTally,
    DoorFeature,
    DoorFeatures,
    DoorRow,
    Progress,
    Tally,
    TurfTally,
    VolunteerTally,
)
from doorstep.reports.picture import BarrierShapes, DoorPoints, TurfShapes, draw_map
from doorstep.reports.queries import AttemptsRow, OutlineRow, PassRow, TurfRow, VolunteerRow
from doorstep.reports.tallying import tally_answers
from doorstep.surveys.service import script_version, script_versions

_HOUR_S = 3600

Attempts = Mapping[tuple[str, str], AttemptsRow]


async def progress(db: Connection, organization_id: UUID, pass_id: UUID) -> Progress:
    """How far a pass has come, by turf, volunteer and day.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    turfs = await queries.turfs_of_pass(db, organization_id, pass_id)
    volunteers = await queries.volunteers_of_pass(db, organization_id, pass_id)
    rows = await queries.attempts(db, organization_id, pass_id, of.time_zone)
    attempts = {(row.of, row.key): row for row in rows}
    return Progress(
        pass_id=pass_id,
        time_zone=of.time_zone,
        total=_tally(
            attempts.get(("pass", "")),
            sum(turf.doors_count for turf in turfs),
            sum(turf.done_count for turf in turfs),
        ),
        by_turf=[_turf_tally(turf, attempts) for turf in turfs],
        by_volunteer=[_volunteer_tally(one, attempts) for one in volunteers],
        by_day=[_day_tally(row) for row in rows if row.of == "day"],
    )


def _tally(row: AttemptsRow | None, doors_count: int, done_count: int) -> Tally:
    if row is None:
        return Tally(
            doors_count=doors_count,
            attempted_count=0,
            contacted_count=0,
            done_count=done_count,
            attempts_count=0,
            contact_rate=None,
            doors_per_hour=None,
        )
    return Tally(
        doors_count=doors_count,
        attempted_count=row.attempted_count,
        contacted_count=row.contacted_count,
        done_count=done_count,
        attempts_count=row.attempts_count,
        contact_rate=row.contacted_count / row.attempted_count,
        doors_per_hour=row.visits_count / row.worked_s * _HOUR_S,
    )


def _turf_tally(turf: TurfRow, attempts: Attempts) -> TurfTally:
    row = attempts.get(("turf", "" if turf.turf_id is None else str(turf.turf_id)))
    tally = _tally(row, turf.doors_count, turf.done_count)
    return TurfTally(turf_id=turf.turf_id, name=turf.name, status=turf.status, **asdict(tally))


def _volunteer_tally(one: VolunteerRow, attempts: Attempts) -> VolunteerTally:
    row = attempts.get(("volunteer", str(one.member_id)))
    tally = _tally(row, one.doors_count, row.done_count if row else 0)
    return VolunteerTally(member_id=one.member_id, name=one.name, **asdict(tally))


def _day_tally(row: AttemptsRow) -> DayTally:
    tally = _tally(row, row.attempted_count, row.done_count)
    return DayTally(attempted_on=dt.date.fromisoformat(row.key), **asdict(tally))


async def answers(db: Connection, organization_id: UUID, pass_id: UUID) -> Answers:
    """What people said, question by question.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    rows = await queries.answers(db, organization_id, pass_id)
    wanted = {(row.script_id, row.script_version) for row in rows}
    versions = await script_versions(db, organization_id, wanted)
    if of.script_id is not None:
        newest = await script_version(db, organization_id, of.script_id, None)
        versions[newest.script_id, newest.version] = newest
    return Answers(pass_id=pass_id, questions=tally_answers(versions.values(), rows))


async def doors_csv(db: Connection, organization_id: UUID, pass_id: UUID) -> bytes:
    """The doors of a pass and what came of them, a row each.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    await queries.pass_by_id(db, organization_id, pass_id)
    doors = await queries.doors_of_pass(db, organization_id, pass_id)
    # Tens of thousands of rows take long enough to keep others waiting.
    return await asyncio.to_thread(_csv_of, doors)


def _csv_of(doors: Sequence[DoorRow]) -> bytes:
    return csv_text(DoorRow.__struct_fields__, map(astuple, doors)).encode()


async def doors_geojson(db: Connection, organization_id: UUID, pass_id: UUID) -> bytes:
    """The doors of a pass and what came of them, a point each.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    doors = await queries.doors_of_pass(db, organization_id, pass_id)
    return await asyncio.to_thread(_geojson_of, doors, of.attribution)


def _geojson_of(doors: Sequence[DoorRow], attribution: str) -> bytes:
    features = [_feature(asdict(door)) for door in doors]
    return msgspec.json.encode(DoorFeatures(attribution=attribution, features=features))


def _feature(fields: dict[str, object]) -> DoorFeature:
    door_id, lon, lat = (fields.pop(name) for name in ("door_id", "lon", "lat"))
    return DoorFeature(
        id=msgspec.convert(door_id, UUID),
        geometry={"type": "Point", "coordinates": [lon, lat]},
        properties=fields,
    )


async def map_png(db: Connection, organization_id: UUID, pass_id: UUID) -> bytes:
    """The turfs and doors of a pass on the campaign's map.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    doors = await queries.doors_of_pass(db, organization_id, pass_id)
    turfs = await queries.outlines(db, organization_id, pass_id)
    ground = await campaign_map(db, organization_id, of.campaign_id)
    return await asyncio.to_thread(_draw, of, doors, turfs, ground, dt.datetime.now(dt.UTC))


def _draw(
    of: PassRow,
    doors: Sequence[DoorRow],
    turfs: Sequence[OutlineRow],
    ground: CampaignMap,
    now: dt.datetime,
) -> bytes:
    out = io.BytesIO()
    draw_map(
        out,
        turfs=TurfShapes(
            names=[turf.name for turf in turfs],
            progress=[turf.done_share for turf in turfs],
            polygons=shapely.from_wkb([turf.polygon for turf in turfs]).tolist(),
        ),
        doors=DoorPoints(
            lonlat=np.array([(door.lon, door.lat) for door in doors]).reshape(-1, 2),
            status=[_shown_status(door) for door in doors],
        ),
        streets=ground.streets.geometry.tolist(),
        barriers=BarrierShapes(ground.barriers.geometry.tolist(), ground.barriers.kind),
        title=f"{of.campaign_name}: {of.name}",
        attribution=of.attribution,
        generated_at=now,
    )
    return out.getvalue()


def _shown_status(door: DoorRow) -> Status:
    return Result.DO_NOT_CONTACT if door.do_not_contact else cast("Status", door.status)
