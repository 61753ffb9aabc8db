"""Routes of volunteers."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.kit.auth import COORDINATORS, EVERYONE, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.volunteers import queries, service
from doorstep.volunteers.model import (
    Buddy,
    EmergencyContact,
    Skill,
    Tie,
    TiePut,
    TrainingDone,
    TrainingPut,
    Volunteer,
    VolunteerPut,
)

Page = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
WithSkill = Annotated[Skill | None, QueryParameter(description="Who can do this")]
Speaking = Annotated[
    str | None, QueryParameter(max_length=10, description="Who speaks this, such as `fi`")
]
From = Annotated[
    dt.datetime | None, QueryParameter(description="Who said they can come from here on ...")
]
Until = Annotated[
    dt.datetime | None, QueryParameter(description="... until here; give both or neither")
]


class MyVolunteerController(Controller):
    """The caller as a volunteer."""

    path = "/me/volunteer"
    tags = ("volunteers",)

    @get(operation_id="getMyVolunteer", responses=problems(), **open_to(EVERYONE))
    async def get_mine(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> Volunteer:
        """What the caller says of themselves, and what they did so far."""
        return await service.volunteer(db, caller.organization_id, caller.member_id)

    @put(operation_id="putMyVolunteer", responses=problems(RefusedError), **open_to(EVERYONE))
    async def put_mine(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[VolunteerPut],
    ) -> Volunteer:
        """Say what one can, when and how far; the home is rounded to a kilometre or so."""
        return await service.describe(db, caller.organization_id, caller.member_id, data)

    @put(
        "/emergency-contact",
        operation_id="putMyEmergencyContact",
        status_code=204,
        responses=problems(),
        **open_to(EVERYONE),
    )
    async def put_contact(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[EmergencyContact],
    ) -> None:
        """Say whom to call if something happens; coordinators alone read it."""
        await queries.put_emergency_contact(db, caller.organization_id, caller.member_id, data)

    @delete(
        "/emergency-contact",
        operation_id="deleteMyEmergencyContact",
        responses=problems(),
        **open_to(EVERYONE),
    )
    async def delete_contact(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> None:
        """Take back whom to call."""
        await queries.delete_emergency_contact(db, caller.organization_id, caller.member_id)

    @get("/buddies", operation_id="listMyBuddies", responses=problems(), **open_to(EVERYONE))
    async def list_buddies(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Buddy]:
        """Whom the caller likes to go with, and whom they asked for."""
        return await queries.buddies(db, caller.organization_id, caller.member_id)

    @put(
        "/buddies/{member_id:uuid}",
        operation_id="askForBuddy",
        status_code=204,
        responses=problems(NotFoundError, RefusedError),
        **open_to(EVERYONE),
    )
    async def ask_for_buddy(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> None:
        """Ask to go out with somebody; once they ask as well, you are planned together."""
        await service.ask_for_buddy(db, caller, member_id)

    @delete(
        "/buddies/{member_id:uuid}",
        operation_id="leaveBuddy",
        responses=problems(NotFoundError, RefusedError),
        **open_to(EVERYONE),
    )
    async def leave_buddy(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> None:
        """Take back that one wants to go with somebody."""
        await service.leave_buddy(db, caller, member_id)


class VolunteerController(Controller):
    """Volunteers, for coordinators."""

    path = "/volunteers"
    tags = ("volunteers",)

    @get(operation_id="listVolunteers", responses=problems(RefusedError), **open_to(COORDINATORS))
    async def list_volunteers(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        skill: WithSkill = None,
        language: Speaking = None,
        available_from: From = None,
        available_until: Until = None,
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[Volunteer]:
        """Members as volunteers, by name: who can do what, speak what, and come when."""
        if (available_from is None) != (available_until is None):
            message = "Give both ends of the time, or neither."
            raise RefusedError(message, field="available_until")
        free = None
        if available_from is not None and available_until is not None:
            free = (available_from, available_until)
            _check_offsets(free)
        return await service.search(
            db,
            caller.organization_id,
            skill=skill,
            language=language,
            free=free,
            limit=limit,
            offset=offset,
        )

    @get(
        "/{member_id:uuid}",
        operation_id="getVolunteer",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_volunteer(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> Volunteer:
        """One volunteer."""
        return await service.volunteer(db, caller.organization_id, member_id)

    @put(
        "/{member_id:uuid}",
        operation_id="putVolunteer",
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def put_volunteer(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        data: JSONBody[VolunteerPut],
    ) -> Volunteer:
        """Say for somebody what they can, when and how far."""
        return await service.describe(db, caller.organization_id, member_id, data)

    @get(
        "/{member_id:uuid}/emergency-contact",
        operation_id="getEmergencyContact",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_contact(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> EmergencyContact:
        """Whom to call if something happens to them."""
        return await service.emergency_contact(db, caller.organization_id, member_id)

    @get(
        "/{member_id:uuid}/ties",
        operation_id="listTies",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def list_ties(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> list[Tie]:
        """With whom they go, asked to go, and must not be sent out."""
        await service.volunteer(db, caller.organization_id, member_id)
        return await queries.ties(db, caller.organization_id, [member_id])

    @put(
        "/{member_id:uuid}/ties/{other_member_id:uuid}",
        operation_id="putTie",
        status_code=204,
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def put_tie(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        other_member_id: FromPath[UUID],
        data: JSONBody[TiePut],
    ) -> None:
        """Plan two together, or keep them apart; volunteers never see the latter."""
        await service.tie(db, caller, member_id, other_member_id, data.kind)

    @delete(
        "/{member_id:uuid}/ties/{other_member_id:uuid}",
        operation_id="deleteTie",
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def delete_tie(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        other_member_id: FromPath[UUID],
    ) -> None:
        """Plan two as if there were nothing between them."""
        await service.untie(db, caller, member_id, other_member_id)

    @post(
        "/{member_id:uuid}/trainings",
        operation_id="recordTraining",
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def record_training(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        data: JSONBody[TrainingPut],
    ) -> list[TrainingDone]:
        """Record that somebody did a training; the answer lists all of theirs."""
        return await service.record_training(db, caller, member_id, data)


def _check_offsets(times: tuple[dt.datetime, dt.datetime]) -> None:
    if any(time.tzinfo is None for time in times):
        message = "Write times with their offset, such as 2026-11-28T10:00:00Z."
        raise RefusedError(message, field="available_from")


CONTROLLERS = (MyVolunteerController, VolunteerController)
