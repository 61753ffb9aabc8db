"""Routes of places and events."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.events import place_queries, planning, queries, structured
from doorstep.events.model import (
    Cancellation,
    Event,
    EventCreate,
    EventPatch,
    EventWithShifts,
    Place,
    PlacePut,
    SeriesCreate,
    Shift,
    ShiftCopies,
    ShiftsCreate,
)
from doorstep.kit.auth import COORDINATORS, EVERYONE, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems

Page = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
JSON_LD = "application/ld+json"


class PlaceController(Controller):
    """Places."""

    path = "/places"
    tags = ("events",)

    @get(operation_id="listPlaces", responses=problems(), **open_to(EVERYONE))
    async def list_places(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[Place]:
        """Places in use, by name."""
        return await place_queries.places(db, caller.organization_id)

    @post(operation_id="createPlace", responses=problems(ConflictError), **open_to(COORDINATORS))
    async def create_place(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[PlacePut],
    ) -> Place:
        """A new place with its staging point."""
        return await planning.put_place(db, caller.organization_id, None, data)

    @put(
        "/{place_id:uuid}",
        operation_id="putPlace",
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def put_place(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        place_id: FromPath[UUID],
        data: JSONBody[PlacePut],
    ) -> Place:
        """Mend a place. Where an event goes elsewhere, change the event: then people are told."""
        return await planning.put_place(db, caller.organization_id, place_id, data)

    @delete(
        "/{place_id:uuid}",
        operation_id="archivePlace",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def archive_place(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        place_id: FromPath[UUID],
    ) -> None:
        """Offer a place no more; events that are there stay there."""
        await place_queries.archive_place(db, caller.organization_id, place_id)


class EventController(Controller):
    """Events and the making of their shifts."""

    path = "/events"
    tags = ("events",)

    @get(operation_id="listEvents", responses=problems(), **open_to(EVERYONE))
    async def list_events(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        limit: Page = 100,
        offset: Offset = 0,
    ) -> list[Event]:
        """Events, the newest first; drafts for coordinators alone."""
        drafts = caller.is_one_of(COORDINATORS)
        return await queries.events(
            db, caller.organization_id, drafts=drafts, limit=limit, offset=offset
        )

    @post(
        operation_id="createEvent",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def create_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[EventCreate],
    ) -> EventWithShifts:
        """A draft of an event, with its first shifts."""
        return await planning.create_event(db, caller, data)

    @get(
        "/{civic_event_id:uuid}",
        operation_id="getEvent",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> EventWithShifts:
        """One event with all its shifts."""
        return await planning.event_with_shifts(db, caller, civic_event_id)

    @patch(
        "/{civic_event_id:uuid}",
        operation_id="changeEvent",
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def change_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[EventPatch],
    ) -> EventWithShifts:
        """Change what is said of an event; of another place everybody who comes is told."""
        await planning.change_event(db, caller.organization_id, civic_event_id, data)
        return await planning.event_with_shifts(db, caller, civic_event_id)

    @post(
        "/{civic_event_id:uuid}/shifts",
        operation_id="addShifts",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def add_shifts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[ShiftsCreate],
    ) -> list[Shift]:
        """More shifts of an event; all of them, or none."""
        await planning.open_event(db, caller.organization_id, civic_event_id)
        made = await planning.add_shifts(
            db, caller.organization_id, civic_event_id, data.shifts, field="shifts."
        )
        return await _made(db, caller, made)

    @post(
        "/{civic_event_id:uuid}/series",
        operation_id="addSeries",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def add_series(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[SeriesCreate],
    ) -> list[Shift]:
        """Shifts that come again by a rule, at the same time on the clock of the place."""
        made = await planning.add_series(db, caller.organization_id, civic_event_id, data)
        return await _made(db, caller, made)

    @post(
        "/{civic_event_id:uuid}/copies",
        operation_id="copyShifts",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def copy_shifts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[ShiftCopies],
    ) -> list[Shift]:
        """The event's shifts again on other days and at other places; the answer: the new ones."""
        made = await planning.copy_shifts(db, caller.organization_id, civic_event_id, data)
        return await _made(db, caller, made)

    @post(
        "/{civic_event_id:uuid}/publishing",
        operation_id="publishEvent",
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def publish_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> EventWithShifts:
        """Show an event to volunteers, who can sign up from now on."""
        await planning.publish(db, caller.organization_id, civic_event_id)
        return await planning.event_with_shifts(db, caller, civic_event_id)

    @post(
        "/{civic_event_id:uuid}/cancellation",
        operation_id="cancelEvent",
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def cancel_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
        data: JSONBody[Cancellation],
    ) -> EventWithShifts:
        """Cancel an event with all its open shifts; everybody who would come is told why."""
        await planning.cancel_event(db, caller, civic_event_id, data.reason)
        return await planning.event_with_shifts(db, caller, civic_event_id)

    @get(
        "/{civic_event_id:uuid}/structured-data",
        operation_id="getEventStructuredData",
        media_type=JSON_LD,
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_structured_data(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> dict[str, Any]:
        """An event for search engines: schema.org's Event as JSON-LD, for a page of one's own."""
        await planning.event_with_shifts(db, caller, civic_event_id)
        return await structured.structured_data(db, caller.organization_id, civic_event_id)


async def _made(db: Connection, caller: Caller, shift_ids: list[UUID]) -> list[Shift]:
    return await queries.shifts(
        db, caller.organization_id, None, shift_ids, None, None, drafts=True, limit=None
    )


CONTROLLERS = (PlaceController, EventController)
