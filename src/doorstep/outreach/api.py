"""Routes by which members see to events for the public: room, lists, the stall, what came of it."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.kit.auth import COORDINATORS, EVERYONE, ORGANIZERS, STAFF, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.outreach import attendance_queries as seats
from doorstep.outreach import attending, contacting, following, publishing, queries
from doorstep.outreach.model import (
    Attendance,
    AttendanceCreate,
    BookedSlot,
    DeskArrival,
    EventBriefing,
    EventFollowUp,
    EventOutcome,
    Feedback,
    PublicEvent,
    PublicEventPut,
    PublicWalkIn,
    SlotsCreate,
    StallContact,
    StallContactCreate,
    TicketScan,
)
from doorstep.outreach.public_api import CONTROLLERS as PUBLIC
from doorstep.outreach.ticket_api import CONTROLLERS as TICKETS
from doorstep.settings import Settings

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]


class OutreachController(Controller):
    """What an event is for the public."""

    path = "/events/{civic_event_id:uuid}"
    tags = ("outreach",)

    @put(
        "/public",
        operation_id="putPublicEvent",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def put_public_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        civic_event_id: FromPath[UUID],
        data: JSONBody[PublicEventPut],
    ) -> PublicEvent:
        """Say when the public comes and for how many there is room; a new time is told to all."""
        return await publishing.put_public_event(
            db, caller, settings.public_url, civic_event_id, data
        )

    @get(
        "/public",
        operation_id="getPublicEvent",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_public_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        civic_event_id: FromPath[UUID],
    ) -> PublicEvent:
        """What an event is for the public."""
        return await publishing.public_event(
            db, caller.organization_id, settings.public_url, civic_event_id
        )

    @post(
        "/slots",
        operation_id="addOfficeSlots",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def add_slots(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[SlotsCreate],
    ) -> list[BookedSlot]:
        """More appointments of office hours; what is there already is not made twice."""
        return await publishing.add_slots(db, caller, civic_event_id, data)

    @get(
        "/slots",
        operation_id="listOfficeSlots",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def list_slots(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> list[BookedSlot]:
        """Every appointment, with who comes."""
        await queries.see_public_event(db, caller.organization_id, civic_event_id)
        return await queries.booked_slots(db, caller.organization_id, civic_event_id)

    @delete(
        "/slots/{office_slot_id:uuid}",
        operation_id="cancelOfficeSlot",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def cancel_slot(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        office_slot_id: FromPath[UUID],
    ) -> None:
        """Take an appointment away; who has booked it is told."""
        await publishing.cancel_slot(db, caller, civic_event_id, office_slot_id)

    @get(
        "/briefing",
        operation_id="getEventBriefing",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_briefing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> EventBriefing:
        """What volunteers should know before an event: topic, agenda, who comes in numbers."""
        return await following.briefing(db, caller.organization_id, civic_event_id)

    @post(
        "/contacts",
        operation_id="recordStallContact",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(EVERYONE),
    )
    async def record_contact(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[StallContactCreate],
    ) -> StallContact:
        """A conversation at a stall; sent again with the same id, it is taken once."""
        return await contacting.record(db, caller, civic_event_id, data)

    @post(
        "/follow-up",
        operation_id="followUpEvent",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(ORGANIZERS),
    )
    async def follow_up(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[EventFollowUp],
    ) -> EventOutcome:
        """Tell everybody what came of an event that was held."""
        return await following.follow_up(db, caller, civic_event_id, data)

    @get(
        "/outcome",
        operation_id="getEventOutcome",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def get_outcome(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> EventOutcome:
        """Who came, what was raised and promised, and how it was."""
        return await following.outcome(db, caller.organization_id, civic_event_id)

    @get(
        "/feedback",
        operation_id="listEventFeedback",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def list_feedback(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Feedback]:
        """What those who came said, without their names."""
        await queries.event_seen(db, caller.organization_id, civic_event_id)
        return await seats.feedback(db, caller.organization_id, civic_event_id, limit, offset)


class AttendanceController(Controller):
    """Who comes from outside."""

    path = "/events/{civic_event_id:uuid}/attendances"
    tags = ("outreach",)

    @get(
        operation_id="listAttendances",
        responses=problems(NotFoundError),
        **open_to(STAFF),
    )
    async def list_attendances(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> list[Attendance]:
        """The list for the desk, in the order in which people asked."""
        await queries.see_public_event(db, caller.organization_id, civic_event_id)
        return await seats.attendances(
            db, caller.organization_id, civic_event_id, None, limit, offset
        )

    @post(
        operation_id="putOnEventList",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def put_on_list(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[AttendanceCreate],
    ) -> Attendance:
        """Put somebody on the list who called, or invite them by letter."""
        return await attending.put_on_list(db, caller, civic_event_id, data)

    @post(
        "/check-in",
        operation_id="checkInByTicket",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(EVERYONE),
    )
    async def check_in_by_ticket(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        keyring: NamedDependency[Keyring],
        civic_event_id: FromPath[UUID],
        data: JSONBody[TicketScan],
    ) -> Attendance:
        """Check in by the code of a ticket; scanned twice, they came once."""
        return await attending.check_in_by_ticket(
            db, keyring, caller, civic_event_id, data.token, data.occurred_at
        )

    @post(
        "/walk-in",
        operation_id="walkInToEvent",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(EVERYONE),
    )
    async def walk_in(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[PublicWalkIn],
    ) -> Attendance:
        """Count somebody who just came, with or without a name."""
        return await attending.walk_in(db, caller, civic_event_id, data)

    @post(
        "/{attendance_id:uuid}/check-in",
        operation_id="checkInAtEventDesk",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def check_in(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        attendance_id: FromPath[UUID],
        data: JSONBody[DeskArrival],
    ) -> Attendance:
        """Tick somebody off the list."""
        return await attending.check_in(db, caller, civic_event_id, attendance_id, data.occurred_at)

    @delete(
        "/{attendance_id:uuid}/check-in",
        status_code=200,
        operation_id="undoEventCheckIn",
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def undo_check_in(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        attendance_id: FromPath[UUID],
    ) -> Attendance:
        """Take back a check-in that was a mistake; their place is theirs again."""
        return await attending.undo_check_in(db, caller, civic_event_id, attendance_id)


CONTROLLERS = (OutreachController, AttendanceController, *PUBLIC, *TICKETS)
