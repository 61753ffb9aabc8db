"""Events as everybody may see them, and saying that one comes: pages without scripts."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from doorstep.accounts.service import organization_by_id
from doorstep.engage.service import enter_by_slug
from doorstep.events.service import structured_data
from doorstep.guests.service import wordings
from doorstep.kit.auth import client_of, open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, ProblemError, RefusedError
from doorstep.kit.forms import MAX_FORM_BYTES, form_of
from doorstep.kit.limits import Limit
from doorstep.kit.problems import problems
from doorstep.kit.public_pages import AnyRequest, Markup, private_page, public_answer, refused
from doorstep.outreach import attending, files, pages, queries
from doorstep.outreach.model import (
    MOST_SEATS,
    EventSeen,
    OfficeSlot,
    PublicEvents,
    Rsvp,
)
from doorstep.outreach.pages import Around, Site
from doorstep.settings import Settings

JSON, HTML, ICS, ATOM = "application/json", "text/html", "text/calendar", "application/atom+xml"
PAGE: dict[str, Any] = {"include_in_schema": False, "media_type": HTML, **open_to_anyone()}
FORM: dict[str, Any] = {**PAGE, "status_code": 200, "request_max_body_size": MAX_FORM_BYTES}
SHOWN_FOR = dt.timedelta(days=366)
"""So long after its end an event stays in the list."""
_VIA = 40
Start = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Via = Annotated[str, QueryParameter(max_length=_VIA, description="By which shared link")]


def _file(operation_id: str, media_type: str, kind: type, description: str) -> dict[str, Any]:
    """Route arguments of something that anybody may download."""
    found = ResponseSpec(
        data_container=kind,
        description=description,
        media_type=media_type,  # pyright: ignore[reportArgumentType]
        generate_examples=False,
    )
    responses = {200: found, **problems(NotFoundError)}
    return {
        "operation_id": operation_id,
        "media_type": media_type,
        "responses": responses,
        **open_to_anyone(),
    }


class PublicEventController(Controller):
    """The public events of an organization, by its short name."""

    path = "/o/{organization_slug:str}"
    tags = ("public",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        # A family, or an office, behind one address; each try may send one letter.
        self.tries = Limit(tries=30, per_s=600)

    @get("/events", **PAGE)
    async def events_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        start: Start = 0,
    ) -> Response[bytes]:
        """What comes, and what was."""
        site, events = await _listed(db, settings, organization_slug)
        return public_answer(request, pages.events_page(site, events, start), HTML)

    @get("/events.json", **_file("getPublicEvents", JSON, PublicEvents, "The events"))
    async def events_json(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """Every public event, those to come first."""
        site, events = await _listed(db, settings, organization_slug)
        return public_answer(request, msgspec.json.encode(files.public_events(*site, events)), JSON)

    @get("/events.atom", **_file("followEvents", ATOM, str, "An Atom feed"))
    async def events_atom(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """New and changed events, for feed readers."""
        site, events = await _listed(db, settings, organization_slug)
        return public_answer(request, files.atom(*site, events), ATOM)

    @get("/events.ics", **_file("downloadEvents", ICS, str, "A calendar"))
    async def events_ics(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """Every public event, for calendar apps; what was cancelled stays in it as such."""
        site, events = await _listed(db, settings, organization_slug)
        return public_answer(request, files.ics(f"Events of {site.organization}", events), ICS)

    @get("/events/{event_slug:str}", **PAGE)
    async def event_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        event_slug: FromPath[str],
        start: Start = 0,
        via: Via = "",
    ) -> Response[bytes]:
        """An event; with `.json` or `.ics` behind its name, as that."""
        plain, _, form = event_slug.partition(".")
        organization_id, event = await attending.listed(db, organization_slug, plain)
        site = await _site(db, settings, organization_slug, organization_id)
        if form == "json":
            told = files.public_event(settings.public_url, site.slug, event)
            return public_answer(request, msgspec.json.encode(told), JSON)
        if form == "ics":
            return public_answer(request, files.ics(event.title, [event]), ICS)
        if form:
            raise NotFoundError
        around = await _around(db, organization_id, site, event)
        page = pages.event_page(site, event, around, start, via)
        return public_answer(request, page, HTML, forms=True)

    @post("/events/{event_slug:str}/rsvp", **FORM)
    async def rsvp(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        event_slug: FromPath[str],
    ) -> Response[str]:
        """Take in that somebody comes, or say what is wrong beside what they typed."""
        return await self._take(request, db, settings, (organization_slug, event_slug, None))

    @get("/events/{event_slug:str}/slots/{slot_id:uuid}/booking", **PAGE)
    async def booking_page(
        self,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        event_slug: FromPath[str],
        slot_id: FromPath[UUID],
        via: Via = "",
    ) -> Response[str]:
        """The form for one appointment."""
        try:
            organization_id, event = await attending.listed(db, organization_slug, event_slug)
            slot = await _slot(db, organization_id, event, slot_id)
        except ProblemError as error:
            return refused(error)
        site = await _site(db, settings, organization_slug, organization_id)
        asked = await _asked(db, organization_id)
        return private_page(pages.booking_page(site, event, slot, asked, via))

    @post("/events/{event_slug:str}/slots/{slot_id:uuid}/booking", **FORM)
    async def book(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        event_slug: FromPath[str],
        slot_id: FromPath[UUID],
    ) -> Response[str]:
        """Book an appointment, or say what is wrong or taken."""
        return await self._take(request, db, settings, (organization_slug, event_slug, slot_id))

    async def _take(
        self,
        request: AnyRequest,
        db: Connection,
        settings: Settings,
        what: tuple[str, str, UUID | None],
    ) -> Response[str]:
        slug, event_slug, slot_id = what
        typed = await form_of(request)
        try:
            self.tries.take(client_of(request, settings))
            organization_id, event = await attending.listed(db, slug, event_slug)
            site = await _site(db, settings, slug, organization_id)
            # What a person does not see, only programs fill in: they are thanked as well.
            if not typed.get("website"):
                await attending.rsvp(db, organization_id, event, _wanted(typed), slot_id)
        except RefusedError as error:
            page = await _again(db, settings, what, typed, error.detail)
            return private_page(page, error.status)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.thanks_page(site, event))


async def _again(
    db: Connection,
    settings: Settings,
    what: tuple[str, str, UUID | None],
    typed: dict[str, str],
    fault: str,
) -> Markup:
    """The form with what was typed, and what is wrong with it."""
    slug, event_slug, slot_id = what
    organization_id, event = await attending.listed(db, slug, event_slug)
    site, via = await _site(db, settings, slug, organization_id), typed.get("via", "")[:_VIA]
    if slot_id is None:
        around = await _around(db, organization_id, site, event)
        return pages.event_page(site, event, around, 0, via, typed=typed, fault=fault)
    slot = await _slot(db, organization_id, event, slot_id)
    asked = await _asked(db, organization_id)
    return pages.booking_page(site, event, slot, asked, via, typed=typed, fault=fault)


def _wanted(typed: dict[str, str]) -> Rsvp:
    """What somebody wrote into the form.

    Raises
    ------
    RefusedError
        If the number of those who come is none that one can choose.
    """
    seats = typed.get("seats", "1")
    if not (seats.isdecimal() and 1 <= int(seats) <= MOST_SEATS):
        message = f"Choose how many of you come: 1 to {MOST_SEATS}."
        raise RefusedError(message, field="seats")
    return Rsvp(
        name=typed.get("name", ""),
        email=typed.get("email", ""),
        seats=int(seats),
        via=typed.get("via", "")[:_VIA] or None,
        wants_news=bool(typed.get("news")),
    )


async def _listed(db: Connection, settings: Settings, slug: str) -> tuple[Site, list[EventSeen]]:
    organization_id = await enter_by_slug(db, slug)
    now = dt.datetime.now(dt.UTC)
    events = await queries.listed_events(db, organization_id, now, now - SHOWN_FOR)
    return await _site(db, settings, slug, organization_id), events


async def _site(db: Connection, settings: Settings, slug: str, organization_id: UUID) -> Site:
    return Site(settings.public_url, slug, (await organization_by_id(db, organization_id)).name)


async def _asked(db: Connection, organization_id: UUID) -> str:
    return (await wordings(db, organization_id, ["events"]))["events"].wording


async def _around(db: Connection, organization_id: UUID, site: Site, event: EventSeen) -> Around:
    described = await structured_data(db, organization_id, event.id)
    return Around(
        described=files.json_ld(site.public_url, site.slug, event, described),
        slots=await queries.slots(db, organization_id, event.id, only_free=True),
        promises=await queries.promises(db, organization_id, event.id),
        decisions=await queries.decisions(db, organization_id, event.id),
        feedback=await queries.feedback_figures(db, organization_id, event.id),
        asked=await _asked(db, organization_id),
    )


async def _slot(
    db: Connection, organization_id: UUID, event: EventSeen, slot_id: UUID
) -> OfficeSlot:
    for one in await queries.slots(db, organization_id, event.id, only_free=False):
        if one.id == slot_id:
            return one
    raise NotFoundError


CONTROLLERS = (PublicEventController,)
