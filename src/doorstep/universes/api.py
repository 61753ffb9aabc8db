"""Routes of universes: saving them, counting, and whom they find."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.accounts.auditing import audit_apart
from doorstep.kit.auth import ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError, TooLargeError
from doorstep.kit.problems import problems
from doorstep.universes import queries, service
from doorstep.universes.model import (
    Asked,
    Counted,
    Universe,
    UniverseCreate,
    UniverseDoors,
    UniversePatch,
    UniversePeople,
)

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=100_000_000, description="How many to skip")]

MAX_EXPRESSION_BYTES = 2 * 2**20
"""Twice what an area of as many corners as it may have takes."""


class UniverseController(Controller):
    """Saved filters over people and doors."""

    path = "/universes"
    tags = ("universes",)

    @get(operation_id="listUniverses", responses=problems(), **open_to(STAFF))
    async def list_universes(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Universe]:
        """The universes, by name."""
        return await service.list_universes(db, caller.organization_id)

    @post(
        operation_id="createUniverse",
        responses=problems(ConflictError, RefusedError, TooLargeError),
        request_max_body_size=MAX_EXPRESSION_BYTES,
        **open_to(ORGANIZERS),
    )
    async def create_universe(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[UniverseCreate],
    ) -> Universe:
        """Save a filter under a name."""
        return await service.create(db, caller, data)

    @post(
        "/count",
        operation_id="countPeople",
        status_code=200,
        responses=problems(RefusedError, TooLargeError),
        request_max_body_size=MAX_EXPRESSION_BYTES,
        **open_to(STAFF),
    )
    async def count_people(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        data: JSONBody[Asked],
    ) -> Counted:
        """How much a filter finds that need not be saved; opinions are for organizers."""
        await service.refresh_apart(pool, db, caller.organization_id)
        return await service.counted(db, caller.organization_id, data.expression, caller)

    @get(
        "/{universe_id:uuid}",
        operation_id="getUniverse",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_universe(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        universe_id: FromPath[UUID],
    ) -> Universe:
        """One universe."""
        return await service.universe(db, caller.organization_id, universe_id)

    @patch(
        "/{universe_id:uuid}",
        operation_id="changeUniverse",
        responses=problems(NotFoundError, ConflictError, RefusedError, TooLargeError),
        request_max_body_size=MAX_EXPRESSION_BYTES,
        **open_to(ORGANIZERS),
    )
    async def change_universe(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        universe_id: FromPath[UUID],
        data: JSONBody[UniversePatch],
    ) -> Universe:
        """Change a universe, unless somebody else did since it was read."""
        return await service.change(db, caller, universe_id, data)

    @delete(
        "/{universe_id:uuid}",
        operation_id="deleteUniverse",
        responses=problems(NotFoundError, ConflictError),
        **open_to(ORGANIZERS),
    )
    async def delete_universe(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        universe_id: FromPath[UUID],
    ) -> None:
        """Forget a universe that no other is made of."""
        await service.remove(db, caller.organization_id, universe_id)

    @get(
        "/{universe_id:uuid}/count",
        operation_id="countUniverse",
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def count_universe(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        universe_id: FromPath[UUID],
    ) -> Counted:
        """How much a universe finds now."""
        stored = await queries.universe_by_id(db, caller.organization_id, universe_id)
        await service.refresh_apart(pool, db, caller.organization_id)
        return await service.counted(db, caller.organization_id, stored.expression, caller)

    @get(
        "/{universe_id:uuid}/people",
        operation_id="listUniversePeople",
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def list_people(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        universe_id: FromPath[UUID],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> UniversePeople:
        """The people of a universe, door by door, without those who asked to be left alone.

        Who was shown to whom is noted in the audit log.
        """
        await service.refresh_apart(pool, db, caller.organization_id)
        found = await service.people_page(db, caller, universe_id, limit, offset)
        ids = [universe_id, *(one.id for one in found.people)]
        await audit_apart(pool, caller.organization_id, caller.member_id, "people.listed", ids)
        return found

    @get(
        "/{universe_id:uuid}/doors",
        operation_id="listUniverseDoors",
        responses=problems(NotFoundError, RefusedError),
        **open_to(STAFF),
    )
    async def list_doors(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        pool: NamedDependency[Pool],
        universe_id: FromPath[UUID],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> UniverseDoors:
        """The doors of a universe, street by street, without those to be left alone.

        That they were shown is noted in the audit log.
        """
        await service.refresh_apart(pool, db, caller.organization_id)
        found = await service.doors_page(db, caller, universe_id, limit, offset)
        await audit_apart(
            pool, caller.organization_id, caller.member_id, "doors.listed", [universe_id]
        )
        return found


CONTROLLERS = (UniverseController,)
