"""Routes of guests: who they are, and who of the lists they are."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.accounts.auditing import audit_apart
from doorstep.guests import queries, service
from doorstep.guests.model import GuestEntry, GuestLink
from doorstep.kit.auth import ORGANIZERS, Caller, open_to
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Linked = Annotated[
    bool | None, QueryParameter(description="Only those linked to a person, or only others")
]


class GuestController(Controller):
    """People without an account who left their name on a public page."""

    path = "/guests"
    tags = ("guests",)

    @get(operation_id="listGuests", responses=problems(), **open_to(ORGANIZERS))
    async def list_guests(
        self,
        db: NamedDependency[Connection],
        pool: NamedDependency[Pool],
        caller: NamedDependency[Caller],
        linked: Linked = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[GuestEntry]:
        """Guests, the newest first, with whom of the lists they may be; the reading is noted."""
        found = await queries.guests(db, caller.organization_id, None, linked, limit, offset)
        ids = [one.id for one in found]
        await audit_apart(pool, caller.organization_id, caller.member_id, "guests.read", ids)
        return found

    @post(
        "/{guest_id:uuid}/person",
        operation_id="linkGuest",
        status_code=200,
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def link_guest(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        guest_id: FromPath[UUID],
        data: JSONBody[GuestLink],
    ) -> GuestEntry:
        """Say who a guest is on the lists; what they confirmed holds for that person as well."""
        return await service.link(db, caller, guest_id, data.person_id)

    @post(
        "/{guest_id:uuid}/erasure",
        operation_id="eraseGuest",
        status_code=204,
        responses=problems(NotFoundError),
        **open_to(ORGANIZERS),
    )
    async def erase_guest(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        guest_id: FromPath[UUID],
    ) -> None:
        """Forget a guest for good; what they came to still counts."""
        await service.erase(db, caller.organization_id, guest_id, caller.member_id)


CONTROLLERS = (GuestController,)
