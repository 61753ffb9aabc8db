"""What is drawn of a pass: the map, charts, and the page of a field day."""

import asyncio
import datetime as dt
import io
from collections.abc import Sequence
from enum import StrEnum
from typing import cast
from uuid import UUID

import numpy as np
import shapely

from doorstep.algorithms.projecting import Result, Status
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.people.model import CampaignMap
from doorstep.people.service import campaign_map
from doorstep.reports import queries, service
from doorstep.reports.catching_up import settle
from doorstep.reports.charts import ImageForm, days_chart, questions_chart, turfs_chart
from doorstep.reports.field_day import FieldDay, Paper, field_day_pdf
from doorstep.reports.model import DoorRow
from doorstep.reports.picture import BarrierShapes, DoorPoints, TurfShapes, draw_map
from doorstep.reports.queries import OutlineRow, PassRow

# The map is a picture of dots: more of them than pixels tell no more.
_MOST_DOORS = 200_000


class Chart(StrEnum):
    """What a chart shows."""

    DAYS = "days"
    TURFS = "turfs"
    QUESTIONS = "questions"


async def map_png(
    db: Connection, organization_id: UUID, pass_id: UUID, *, reached: bool = False
) -> bytes:
    """The turfs and doors of a pass on the campaign's map; those ``reached``, if so wanted.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    await settle(db, organization_id, pass_id)
    doors = await queries.doors_of_pass(db, organization_id, pass_id, _MOST_DOORS)
    turfs = await queries.outlines(db, organization_id, pass_id)
    ground = await campaign_map(db, organization_id, of.campaign_id)
    now = dt.datetime.now(dt.UTC)
    return await asyncio.to_thread(_draw, of, doors, turfs, ground, now, reached)


def _draw(
    of: PassRow,
    doors: Sequence[DoorRow],
    turfs: Sequence[OutlineRow],
    ground: CampaignMap,
    now: dt.datetime,
    reached: bool,
) -> bytes:
    out = io.BytesIO()
    if reached:
        doors = [door for door in doors if door.contacts_count]
    name = f"{of.campaign_name}: {of.name}"
    draw_map(
        out,
        turfs=TurfShapes(
            names=[turf.name for turf in turfs],
            progress=[turf.reached_share if reached else turf.done_share for turf in turfs],
            polygons=shapely.from_wkb([turf.polygon for turf in turfs]).tolist(),
        ),
        doors=DoorPoints(
            lonlat=np.array([(door.lon, door.lat) for door in doors]).reshape(-1, 2),
            status=[_shown_status(door) for door in doors],
        ),
        streets=ground.streets.geometry.tolist(),
        barriers=BarrierShapes(ground.barriers.geometry.tolist(), ground.barriers.kind),
        title=f"{name}, doors reached" if reached else name,
        attribution=of.attribution,
        generated_at=now,
        **({"tint": "Doors reached", "nothing": "Nobody was met yet"} if reached else {}),
    )
    return out.getvalue()


def _shown_status(door: DoorRow) -> Status:
    return Result.DO_NOT_CONTACT if door.do_not_contact else cast("Status", door.status)


async def chart(
    db: Connection, organization_id: UUID, pass_id: UUID, of: Chart, form: ImageForm
) -> bytes:
    """A chart of a pass.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    row = await queries.pass_by_id(db, organization_id, pass_id)
    name = f"{row.campaign_name}: {row.name}"
    now = dt.datetime.now(dt.UTC)
    foot = f"Days in time zone {row.time_zone}; made {now:%Y-%m-%d %H:%M} UTC"
    if of is Chart.QUESTIONS:
        told = await service.answers(db, organization_id, pass_id)
        title = f"{name}, answers"
        return await asyncio.to_thread(questions_chart, told.questions, title, foot, form)
    progress = await service.progress(db, organization_id, pass_id)
    if of is Chart.DAYS:
        title = f"{name}, day by day"
        return await asyncio.to_thread(days_chart, progress.by_day, title, foot, form)
    title = f"{name}, contact rate by turf"
    return await asyncio.to_thread(turfs_chart, progress.by_turf, title, foot, form)


async def field_day(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    day: dt.date | None = None,
    paper: Paper = Paper.A4,
) -> bytes:
    """A field day on one page; the last one, if no day is named.

    Raises
    ------
    NotFoundError
        If there is no such pass, or nobody knocked on that day.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    progress = await service.progress(db, organization_id, pass_id)
    found = [one for one in progress.by_day if day in (None, one.attempted_on)]
    if not found:
        message = "Nobody knocked on that day." if day else "Nobody has knocked yet."
        raise NotFoundError(message)
    told = found[-1]
    at = db, organization_id, pass_id
    page = FieldDay(
        title=f"{of.campaign_name}: {of.name}",
        day=told,
        days=progress.by_day,
        turfs=await queries.turfs_of_day(*at, told.attempted_on),
        volunteers_count=await queries.volunteers_of_day(*at, told.attempted_on),
        map_png=await map_png(*at),
        attribution=of.attribution,
        time_zone=of.time_zone,
        generated_at=dt.datetime.now(dt.UTC),
    )
    return await asyncio.to_thread(field_day_pdf, page, paper)
