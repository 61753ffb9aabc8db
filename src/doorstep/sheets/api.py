"""Routes of walk sheets: printing them, and typing back what was written on them."""

from litestar import Controller, Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from doorstep.accounts.auditing import audit
from doorstep.kit.auth import COORDINATORS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.settings import Settings
from doorstep.sheets import keying, service
from doorstep.sheets.model import ResultsKeyed, SheetResults, WalkSheet, WalkSheetsCreate

FONTS = "fonts"


class WalkSheetController(Controller):
    """Walk sheets on paper."""

    path = "/walk-sheets"
    tags = ("walk",)
    # Names and addresses are not to lie around in caches.
    cache_control = CacheControlHeader(no_store=True)

    @post(
        operation_id="printWalkSheets",
        status_code=200,
        responses={
            200: ResponseSpec(
                data_container=bytes,
                description="One PDF, each turf on leaves of its own",
                media_type="application/pdf",  # pyright: ignore[reportArgumentType]
                generate_examples=False,
            ),
            **problems(NotFoundError, ConflictError),
        },
        **open_to(COORDINATORS, small=True),
    )
    async def print_walk_sheets(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        data: JSONBody[WalkSheetsCreate],
    ) -> Response[bytes]:
        """Walk sheets to print: map, script, and doors in walking order with boxes to tick.

        That it was printed is noted in the audit log.
        """
        content = await service.walk_sheets(
            db,
            caller.organization_id,
            data.turf_ids,
            data.paper,
            printed_by=caller.member_id,
            fonts=settings.data_dir / FONTS,
        )
        await audit(db, caller.member_id, "walk_sheet.printed", data.turf_ids)
        return Response(
            content,
            media_type="application/pdf",
            headers={"content-disposition": 'attachment; filename="walk-sheets.pdf"'},
        )

    @get(
        "/{sheet_code:str}",
        operation_id="getWalkSheet",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_walk_sheet(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        sheet_code: FromPath[str],
    ) -> WalkSheet:
        """The numbered lines of a sheet as it was printed, to type results by."""
        return await service.sheet_by_code(db, caller.organization_id, sheet_code)

    @post(
        "/results",
        operation_id="keyWalkSheet",
        status_code=200,
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def key_walk_sheet(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[SheetResults],
    ) -> ResultsKeyed:
        """Take in what was written on a sheet; typed again, it corrects what was typed before."""
        return await keying.key_results(db, caller, data)


CONTROLLERS = (WalkSheetController,)
