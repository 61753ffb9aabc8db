"""Routes of calendars."""

import hashlib
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter

from doorstep.events import calendar_queries, calendars, queries
from doorstep.events.model import CalendarFeed
from doorstep.kit.auth import COORDINATORS, EVERYONE, Caller, open_to, open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems
from doorstep.settings import Settings

ETags = Annotated[str | None, HeaderParameter(name="If-None-Match")]
_ICS = "text/calendar"


class MyCalendarController(Controller):
    """The caller's own calendar."""

    path = "/me/calendar-feed"
    tags = ("calendars",)

    @post(operation_id="createMyCalendarFeed", responses=problems(), **open_to(EVERYONE))
    async def create_mine(
        self,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        caller: NamedDependency[Caller],
    ) -> CalendarFeed:
        """A secret address of the caller's shifts for a calendar app; the one before ends."""
        return await calendars.new_feed(db, caller, settings.public_url, None)

    @delete(operation_id="revokeMyCalendarFeed", responses=problems(), **open_to(EVERYONE))
    async def revoke_mine(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> None:
        """End the address of the caller's calendar."""
        await calendar_queries.revoke_feeds(db, caller.organization_id, caller.member_id, None)


class EventCalendarController(Controller):
    """Calendars of events."""

    path = "/events/{civic_event_id:uuid}/calendar-feed"
    tags = ("calendars",)

    @post(
        operation_id="createEventCalendarFeed",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def create_of_event(
        self,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> CalendarFeed:
        """A secret address of an event's shifts for calendar apps; the one before ends."""
        return await calendars.new_feed(db, caller, settings.public_url, civic_event_id)

    @delete(
        operation_id="revokeEventCalendarFeed",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def revoke_of_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> None:
        """End the address of an event's calendar."""
        await queries.event_by_id(db, caller.organization_id, civic_event_id)
        await calendar_queries.revoke_feeds(db, caller.organization_id, None, civic_event_id)


class CalendarController(Controller):
    """What calendar apps fetch."""

    path = "/calendars/{feed_token:str}/shifts.ics"
    tags = ("calendars",)

    @get(
        operation_id="getCalendar",
        responses={
            200: ResponseSpec(
                data_container=str,
                description="The calendar",
                media_type=_ICS,  # pyright: ignore[reportArgumentType]
                generate_examples=False,
            ),
            304: ResponseSpec(
                data_container=None,
                description="The calendar app has it already",
                generate_examples=False,
            ),
            **problems(NotFoundError),
        },
        **open_to_anyone(),
    )
    async def get_calendar(
        self,
        db: NamedDependency[Connection],
        feed_token: FromPath[str],
        if_none_match: ETags = None,
    ) -> Response[bytes]:
        """Shifts as iCalendar (RFC 5545), for whoever has the secret address."""
        body = await calendars.feed(db, feed_token)
        # A weak tag (RFC 9110, 8.8.1): compressed or not, it is the same calendar.
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        known = (one.strip() for one in (if_none_match or "").split(","))
        if any(one == "*" or one.removeprefix("W/") == tag.removeprefix("W/") for one in known):
            return Response(b"", status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=f"{_ICS}; charset=utf-8")


CONTROLLERS = (MyCalendarController, EventCalendarController, CalendarController)
