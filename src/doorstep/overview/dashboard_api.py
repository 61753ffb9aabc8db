"""Routes of the dashboard."""

import asyncio
import datetime as dt
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter

from doorstep.accounts.service import organization_by_id
from doorstep.kit.auth import COORDINATORS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import RefusedError
from doorstep.kit.problems import problems
from doorstep.overview import figures, service
from doorstep.overview.model import Dashboard, FigureRow, Name
from doorstep.overview.picture import Form, poster

SinceOn = Annotated[
    dt.date | None, QueryParameter(description="First day, on the organization's clock")
]
UntilOn = Annotated[dt.date | None, QueryParameter(description="Last day; today by default")]
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
OfGroup = Annotated[str | None, QueryParameter(max_length=200, description="Of this group alone")]
_MEDIA = {"png": "image/png", "svg": "image/svg+xml"}
_picture = ResponseSpec(
    data_container=bytes,
    description="The picture",
    media_type="image/png",
    generate_examples=False,
)


class DashboardController(Controller):
    """What all the work leads to, in figures."""

    path = "/dashboard"
    tags = ("dashboard",)

    @get(operation_id="getDashboard", responses=problems(RefusedError), **open_to(COORDINATORS))
    async def get_dashboard(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        since_on: SinceOn = None,
        until_on: UntilOn = None,
    ) -> Dashboard:
        """Every figure of some days, who was told first; the last quarter by default."""
        organization_id, now = caller.organization_id, dt.datetime.now(dt.UTC)
        of = await figures.period(db, organization_id, since_on, until_on, now)
        return await figures.dashboard(db, organization_id, of, now)

    @get(
        "/rows",
        operation_id="listDashboardRows",
        responses=problems(RefusedError),
        **open_to(COORDINATORS),
    )
    async def list_rows(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        figure: FromQuery[Name] = Name.RAISERS_TOLD,
        group: OfGroup = None,
        counted: Annotated[bool, QueryParameter(description="Only those that count")] = False,
        since_on: SinceOn = None,
        until_on: UntilOn = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[FigureRow]:
        """What is behind a figure: exactly as many rows as it says."""
        organization_id, now = caller.organization_id, dt.datetime.now(dt.UTC)
        of = await figures.period(db, organization_id, since_on, until_on, now)
        return await figures.rows(
            db, organization_id, figure, of, now, limit, offset, group, only_counted=counted
        )

    @get(
        "/picture",
        operation_id="drawDashboard",
        responses={200: _picture, **problems(RefusedError)},
        **open_to(COORDINATORS),
    )
    async def draw(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        form: FromQuery[Form] = "png",
        since_on: SinceOn = None,
        until_on: UntilOn = None,
    ) -> Response[bytes]:
        """The figures as a picture for the wall, PNG or SVG."""
        organization_id, now = caller.organization_id, dt.datetime.now(dt.UTC)
        of = await figures.period(db, organization_id, since_on, until_on, now)
        told = await figures.dashboard(db, organization_id, of, now)
        ladder = await service.ladder(db, organization_id, now)
        title = await _name(db, organization_id)
        body = await asyncio.to_thread(poster, title, told, ladder, form)
        return Response(body, media_type=_MEDIA[form], headers={"Cache-Control": "no-store"})


async def _name(db: Connection, organization_id: UUID) -> str:
    return (await organization_by_id(db, organization_id)).name


CONTROLLERS = (DashboardController,)
