"""Is it alive, and is it ready."""

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from doorstep import __version__
from doorstep.kit.auth import open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import TryLaterError
from doorstep.kit.problems import problems


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """A sign of life."""

    status: str
    version: str


class HealthController(Controller):
    """Signs of life for whoever restarts or balances servers."""

    path = "/health"
    tags = ("health",)

    @get("/live", operation_id="getLiveness", **open_to_anyone(database=False))
    async def live(self) -> Health:
        """Answered as long as the program runs."""
        return Health(status="live", version=__version__)

    @get(
        "/ready", operation_id="getReadiness", responses=problems(TryLaterError), **open_to_anyone()
    )
    async def ready(self, db: NamedDependency[Connection]) -> Health:
        """Answered when requests can be served: the database answers and is migrated."""
        await db.fetchval("select count(*) from organization where false")
        return Health(status="ready", version=__version__)
