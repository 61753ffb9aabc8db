"""Routes of reports: progress and answers as JSON, doors as files, the map as a picture."""

from uuid import UUID

from litestar import Controller, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import FromQuery

from doorstep.kit.auth import COORDINATORS, ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems
from doorstep.reports import service
from doorstep.reports.model import Answers, Progress


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
        pass_id: FromQuery[UUID],
    ) -> Progress:
        """How far a pass has come, by turf, volunteer and day."""
        return await service.progress(db, caller.organization_id, pass_id)

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
        "/doors.csv",
        operation_id="downloadDoorsCsv",
        media_type="text/csv",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def doors_csv(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromQuery[UUID],
    ) -> Response[bytes]:
        """The doors of a pass and what came of them, for a spreadsheet."""
        content = await service.doors_csv(db, caller.organization_id, pass_id)
        return _file(content, "doors.csv")

    @get(
        "/doors.geojson",
        operation_id="downloadDoorsGeojson",
        media_type="application/geo+json",
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def doors_geojson(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pass_id: FromQuery[UUID],
    ) -> Response[bytes]:
        """The doors of a pass and what came of them, for a map."""
        content = await service.doors_geojson(db, caller.organization_id, pass_id)
        return _file(content, "doors.geojson")

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
        pass_id: FromQuery[UUID],
    ) -> bytes:
        """A picture of turfs and doors on the campaign's map, with its attribution."""
        return await service.map_png(db, caller.organization_id, pass_id)


def _file(content: bytes, name: str) -> Response[bytes]:
    return Response(content, headers={"content-disposition": f'attachment; filename="{name}"'})


CONTROLLERS = (ReportController,)
