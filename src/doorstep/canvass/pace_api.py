"""Route of measuring a campaign's pace."""

from uuid import UUID

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.canvass import measuring
from doorstep.kit.auth import ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems
from doorstep.turf.pace_model import CampaignPace


@post(
    "/campaigns/{campaign_id:uuid}/pace/measurement",
    operation_id="measurePace",
    tags=["turf"],
    responses=problems(NotFoundError),
    **open_to(ORGANIZERS),
)
async def measure_pace(
    db: NamedDependency[Connection], caller: NamedDependency[Caller], campaign_id: FromPath[UUID]
) -> CampaignPace:
    """Measure the pace by the newest knocks, as is done every day; a few seconds."""
    return await measuring.measure(db, caller.organization_id, campaign_id)


CONTROLLERS = (measure_pace,)
