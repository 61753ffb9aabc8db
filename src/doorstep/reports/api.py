"""Routes of reports: progress and answers as JSON, doors as files, the map as a picture."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from doorstep.accounts.auditing import audit_apart
from doorstep.kit.auth import COORDINATORS, ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.reports import drawing, exporting, opening, service
from doorstep.reports.catching_up import catch_up
from doorstep.reports.charts import ImageForm
from doorstep.reports.drawing import Chart
from doorstep.reports.exporting import Form, What
from doorstep.reports.field_day import Paper
from doorstep.reports.model import (
    Answers,
    Crosstab,
    CrosstabWanted,
    Figure,
    FigureRow,
    Of,
    Progress,
    Quality,
)
from doorstep.reports.table_files import WRITERS

Key = Annotated[
    str,
    QueryParameter(
        max_length=300,
        description="Which turf, precinct, volunteer or day; of a question "
        "SCRIPT_ID/KEY/TYPE, with /OPTION for those who chose it. Empty for the pass.",
    ),
]

IMAGES = {ImageForm.PNG: "image/png", ImageForm.SVG: "image/svg+xml"}


class ReportController(Controller):
    """Reports of a pass."""

    path = "/reports"
    tags = ("reports",)
    # Where people were met and what they said is not to lie around in caches.
    cache_control = CacheControlHeader(no_store=True)

    @get(
        "/progress",
        operation_id="getProgress",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_progress(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
    ) -> Progress:
        """How far a pass has come, by turf, precinct, volunteer and day."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        return await service.progress(db, caller.organization_id, pass_id)

    @get(
        "/universe-progress",
        operation_id="getUniverseProgress",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def get_universe_progress(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
        universe_id: FromQuery[UUID],
    ) -> Progress:
        """How far a pass has come at the doors of a universe, which may be one of opinions."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        return await service.progress(db, caller.organization_id, pass_id, universe_id)

    @get(
        "/rows",
        operation_id="listFigureRows",
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def list_rows(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
        figure: FromQuery[Figure] = Figure.DOORS,
        of: FromQuery[Of] = Of.PASS,
        key: Key = "",
        limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
        offset: Annotated[int, QueryParameter(ge=0, le=2**31)] = 0,
    ) -> list[FigureRow]:
        """The rows behind a figure of a report, exactly as many as it says."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        return await opening.rows(db, caller, pass_id, of, key, figure, limit, offset)

    @get(
        "/rows.csv",
        operation_id="downloadFigureRows",
        media_type="text/csv",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def rows_csv(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
        figure: FromQuery[Figure] = Figure.DOORS,
        of: FromQuery[Of] = Of.PASS,
        key: Key = "",
    ) -> Response[bytes]:
        """All the rows behind a figure, for a spreadsheet."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        content = await exporting.rows_csv(db, caller, pass_id, of, key, figure)
        await audit_apart(
            pool, caller.organization_id, caller.member_id, "rows.exported", [pass_id]
        )
        return _file(content, "rows.csv", WRITERS[Form.CSV][1])

    @get(
        "/quality",
        operation_id="getDataQuality",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_quality(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
    ) -> Quality:
        """What may be wrong with the data of a pass, with the way to each row of it."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        return await opening.quality(db, caller.organization_id, pass_id)

    @post(
        "/crosstab",
        operation_id="getCrosstab",
        status_code=200,
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def get_crosstab(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[CrosstabWanted],
    ) -> Crosstab:
        """Answers to a question by another, or by age, precinct, turf or a kept column."""
        return await service.crosstab(db, caller, data)

    @get(
        "/answers",
        operation_id="getAnswers",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_answers(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromQuery[UUID],
    ) -> Answers:
        """What people said in a pass, counted by question."""
        return await service.answers(db, caller.organization_id, pass_id)

    @get(
        "/export",
        operation_id="downloadExport",
        media_type="application/octet-stream",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def export(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
        what: FromQuery[What] = What.DOORS,
        form: FromQuery[Form] = Form.CSV,
    ) -> Response[bytes]:
        """Doors, attempts or answers of a pass for a spreadsheet, statistics or a map program.

        That it was exported is noted in the audit log.
        """
        return await _export(db, caller, pool, pass_id, what, form)

    @get(
        "/people",
        operation_id="downloadPeople",
        media_type="application/octet-stream",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def export_people(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        universe_id: FromQuery[UUID],
        form: FromQuery[Form] = Form.CSV,
    ) -> Response[bytes]:
        """The people of a universe with how to reach them; without those to be left alone.

        Who was exported by whom is noted in the audit log.
        """
        content, ids = await exporting.of_universe(db, caller.organization_id, universe_id, form)
        await audit_apart(
            pool, caller.organization_id, caller.member_id, "people.exported", [universe_id, *ids]
        )
        return _file(content, f"people.{form}", WRITERS[form][1])

    @get(
        "/doors.csv",
        operation_id="downloadDoorsCsv",
        media_type="text/csv",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def doors_csv(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
    ) -> Response[bytes]:
        """The doors of a pass and what came of them, for a spreadsheet; as `downloadExport`."""
        return await _export(db, caller, pool, pass_id, What.DOORS, Form.CSV)

    @get(
        "/doors.geojson",
        operation_id="downloadDoorsGeojson",
        media_type="application/geo+json",
        responses=problems(NotFoundError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def doors_geojson(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
    ) -> Response[bytes]:
        """The doors of a pass and what came of them, for a map; as `downloadExport`."""
        return await _export(db, caller, pool, pass_id, What.DOORS, Form.GEOJSON)

    @get(
        "/map.png",
        operation_id="downloadMap",
        media_type="image/png",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def map_png(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
    ) -> bytes:
        """A picture of turfs and doors on the campaign's map, with its attribution."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        return await drawing.map_png(db, caller.organization_id, pass_id)

    @get(
        "/reached.png",
        operation_id="downloadReachedMap",
        media_type="image/png",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def reached_png(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
    ) -> bytes:
        """A picture of the doors where somebody was met, turfs tinted by the share of them."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        return await drawing.map_png(db, caller.organization_id, pass_id, reached=True)

    @get(
        "/chart",
        operation_id="downloadChart",
        media_type="image/png",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def chart(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
        of: FromQuery[Chart] = Chart.DAYS,
        form: FromQuery[ImageForm] = ImageForm.PNG,
    ) -> Response[bytes]:
        """A chart to put on a wall: work by day, contact rates by turf, answers by question."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        content = await drawing.chart(db, caller.organization_id, pass_id, of, form)
        return Response(content, media_type=IMAGES[form])

    @get(
        "/field-day.pdf",
        operation_id="downloadFieldDay",
        media_type="application/pdf",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def field_day(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        pass_id: FromQuery[UUID],
        day: FromQuery[dt.date | None] = None,
        paper: FromQuery[Paper] = Paper.A4,
    ) -> Response[bytes]:
        """A field day on one page: figures, map, days and turfs; the last one unless named."""
        await catch_up(pool, db, caller.organization_id, pass_id)
        content = await drawing.field_day(db, caller.organization_id, pass_id, day, paper)
        return _file(content, "field-day.pdf", "application/pdf")


async def _export(
    db: Connection, caller: Caller, pool: Pool, pass_id: UUID, what: What, form: Form
) -> Response[bytes]:
    await catch_up(pool, db, caller.organization_id, pass_id)
    content = await exporting.of_pass(db, caller.organization_id, pass_id, what, form)
    await audit_apart(pool, caller.organization_id, caller.member_id, f"{what}.exported", [pass_id])
    return _file(content, f"{what}.{form}", WRITERS[form][1])


def _file(content: bytes, name: str, media_type: str) -> Response[bytes]:
    return Response(
        content,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


CONTROLLERS = (ReportController,)
