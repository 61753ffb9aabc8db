"""Routes of paces: which a campaign's minutes are counted by, and what turfs really took."""

from uuid import UUID

from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from doorstep.kit.auth import ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.turf import pacing
from doorstep.turf.pace_model import CampaignPace, PaceChoice, TurfTime


class PaceController(Controller):
    """The pace that minutes are counted by."""

    path = "/campaigns/{campaign_id:uuid}/pace"
    tags = ("turf",)

    @get(operation_id="getPace", responses=problems(NotFoundError), **open_to(STAFF))
    async def get_pace(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
    ) -> CampaignPace:
        """The pace in use, the default, the organizers' own, and what knocks tell of it."""
        return await pacing.campaign_pace(db, caller.organization_id, campaign_id)

    @put(
        operation_id="choosePace",
        responses=problems(NotFoundError, RefusedError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def choose_pace(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
        data: JSONBody[PaceChoice],
    ) -> CampaignPace:
        """Count minutes by own numbers, by what was measured, or by the default."""
        return await pacing.choose(db, caller.organization_id, campaign_id, data)

    @get(
        "/turfs", operation_id="listTurfTimes", responses=problems(NotFoundError),
        **open_to(STAFF),
    )  # fmt: skip
    async def list_turf_times(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        campaign_id: FromPath[UUID],
    ) -> list[TurfTime]:
        """Minutes planned and taken on each turf, as of the last measurement; by name."""
        return await pacing.turf_times(db, caller.organization_id, campaign_id)


CONTROLLERS = (PaceController,)
