"""Pages behind the links in letters: a ticket, and how it was. Opening one does nothing."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.accounts.service import organization_by_id, qr_svg
from doorstep.kit.db import Connection
from doorstep.kit.errors import ProblemError, RefusedError
from doorstep.kit.forms import form_of
from doorstep.kit.links import Purpose
from doorstep.kit.public_pages import AnyRequest, private_page, refused
from doorstep.kit.tokens import Keyring
from doorstep.outreach import attendance_queries as seats
from doorstep.outreach import attending, files, pages
from doorstep.outreach.attendance_queries import Ticket
from doorstep.outreach.model import EventSeen
from doorstep.outreach.pages import Site
from doorstep.outreach.public_api import FORM, ICS, PAGE
from doorstep.settings import Settings

_LONGEST = 2000
_RATINGS = ("1", "2", "3", "4", "5")


class TicketController(Controller):
    """What links in letters about events lead to."""

    path = "/o/{organization_slug:str}"

    @get("/tickets/{link_token:str}", **PAGE)
    async def show(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """A ticket with what its holder can do; with `.ics` behind it, for a calendar app."""
        token, _, form = link_token.partition(".")
        try:
            organization_id, ticket, event = await attending.linked_ticket(
                db, keyring, Purpose.TICKET, organization_slug, token
            )
        except ProblemError as error:
            return refused(error)
        if form == "ics":
            headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
            content = files.ticket_ics(event, ticket).decode()
            return Response(content, media_type=f"{ICS}; charset=utf-8", headers=headers)
        site = await _site(db, settings, organization_slug, organization_id)
        return _ticket(site, event, ticket, token)

    @post("/tickets/{link_token:str}", **FORM)
    async def do(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """Confirm, accept or cancel; a second time, nothing new happens."""
        deed = (await form_of(request)).get("do", "")
        try:
            organization_id, ticket, event = await attending.do_with_ticket(
                db, keyring, organization_slug, link_token, deed
            )
        except ProblemError as error:
            return refused(error)
        site = await _site(db, settings, organization_slug, organization_id)
        return _ticket(site, event, ticket, link_token)

    @get("/feedback/{link_token:str}", **PAGE)
    async def ask(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """Three questions about an event."""
        try:
            organization_id, ticket, event = await attending.linked_ticket(
                db, keyring, Purpose.FEEDBACK, organization_slug, link_token
            )
        except ProblemError as error:
            return refused(error)
        site = await _site(db, settings, organization_slug, organization_id)
        return private_page(pages.feedback_page(site, event, ticket))

    @post("/feedback/{link_token:str}", **FORM)
    async def answer(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """Take in how it was; a second time, nothing changes."""
        typed = await form_of(request)
        try:
            organization_id, ticket, event = await attending.linked_ticket(
                db, keyring, Purpose.FEEDBACK, organization_slug, link_token
            )
        except ProblemError as error:
            return refused(error)
        site = await _site(db, settings, organization_slug, organization_id)
        if typed.get("rating") not in _RATINGS:
            fault = "Say how it was, from 1 to 5."
            return private_page(
                pages.feedback_page(site, event, ticket, fault), RefusedError.status
            )
        good, change = (typed.get(name, "").strip()[:_LONGEST] for name in ("good", "change"))
        await seats.insert_feedback(
            db, organization_id, ticket.id, int(typed["rating"]), good, change
        )
        thanked = await seats.ticket(db, organization_id, ticket.id)
        return private_page(pages.feedback_page(site, event, thanked))


async def _site(db: Connection, settings: Settings, slug: str, organization_id: UUID) -> Site:
    return Site(settings.public_url, slug, (await organization_by_id(db, organization_id)).name)


def _ticket(site: Site, event: EventSeen, ticket: Ticket, token: str) -> Response[str]:
    return private_page(pages.ticket_page(site, event, ticket, token, qr_svg(token)))


CONTROLLERS = (TicketController,)
