"""Raising an issue in a browser, and what everybody may read of published cases."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from doorstep.engage.service import enter_by_slug
from doorstep.guests import service as guests
from doorstep.kit.auth import client_of
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, ProblemError
from doorstep.kit.ids import new_id
from doorstep.kit.limits import Limit
from doorstep.kit.public_pages import AnyRequest, private_page, public_answer, refused
from doorstep.kit.sealing import seal, unseal
from doorstep.kit.tokens import Keyring
from doorstep.listening import case_queries, open_pages, pages, raising, service
from doorstep.listening.asking import Form
from doorstep.listening.model import PublicTopic
from doorstep.listening.public_api import FORM_HOURS, MAX_BODY_BYTES, PAGE, contact_in, form_of
from doorstep.listening.raising import Raising
from doorstep.settings import Settings

HTML = "text/html"
SEALED = "issue"
THANKS = (
    "We have it, and somebody looks into it. If you left your address and agreed, we tell you what "
    "becomes of it. Confirm the address by the letter we send you."
)
MOST_CASES = 1000
Start = Annotated[int, QueryParameter(ge=0, le=100_000, description="How many to skip")]


class PublicIssueController(Controller):
    """Issues as everybody may raise and read them."""

    path = "/o/{organization_slug:str}/issues"
    tags = ("public",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        self.tries = Limit(tries=30, per_s=600)
        self.views = Limit(tries=600, per_s=600)

    @get(**PAGE)
    async def issues_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        start: Start = 0,
    ) -> Response[bytes]:
        """Every published case."""
        self.views.take(client_of(request, settings))
        organization_id = await enter_by_slug(db, organization_slug)
        cases = await case_queries.public_cases(db, organization_id, limit=MOST_CASES)
        page = open_pages.issues_page(organization_slug, cases, start)
        return public_answer(request, page, HTML)

    @get("/new", **PAGE)
    async def issue_form(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[str]:
        """The form; `lat` and `lon` in the address, as of a sign on the spot, go with it."""
        try:
            self.views.take(client_of(request, settings))
            organization_id = await enter_by_slug(db, organization_slug)
            begun = _begun(request)
            page = await _form(db, keyring, organization_slug, organization_id, begun, {}, {})
        except ProblemError as error:
            return refused(error)
        return private_page(page)

    @post("/new", status_code=200, request_max_body_size=MAX_BODY_BYTES, **PAGE)
    async def post_issue(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[str]:
        """Take an issue in, or say what is to be mended beside what was typed."""
        try:
            self.tries.take(client_of(request, settings))
            organization_id = await enter_by_slug(db, organization_slug)
            form = await form_of(request)
            begun = unseal(
                keyring, organization_id, SEALED, pages.first_of(form, "state"), Raising,
                service.now(),
            )  # fmt: skip
            topics = await case_queries.public_topics(db, organization_id)
            raised, faults = _read(form, begun, topics)
            if faults:
                again = await _form(
                    db, keyring, organization_slug, organization_id, begun, form, faults
                )
                return private_page(again, 422)
            if not form.get("website"):
                await raising.raise_issue(db, organization_id, raised)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.message_page("Thank you", THANKS))

    @get("/{case_slug:str}", **PAGE)
    async def issue_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        case_slug: FromPath[str],
    ) -> Response[bytes]:
        """A published case with what became of it."""
        self.views.take(client_of(request, settings))
        organization_id = await enter_by_slug(db, organization_slug)
        slug = case_slug.replace("\x00", "")[:100]
        found = await case_queries.public_cases(db, organization_id, slugs=[slug], limit=1)
        if not found:
            raise NotFoundError
        updates = await case_queries.public_updates(
            db, organization_id, None, None, slug, MOST_CASES
        )
        page = open_pages.issue_page(organization_slug, found[0], updates)
        return public_answer(request, page, HTML)


def _begun(request: AnyRequest) -> Raising:
    asked = request.query_params
    lat, lon = _degrees(asked.get("lat"), 90), _degrees(asked.get("lon"), 180)
    if lat is None or lon is None:
        lat = lon = None
    return Raising(id=new_id(), via=asked.get("via", "")[:40], lat=lat, lon=lon)


def _degrees(text: str | None, most: float) -> float | None:
    try:
        degrees = float(text or "")
    except ValueError:
        return None
    return degrees if -most <= degrees <= most else None


async def _form(
    db: Connection,
    keyring: Keyring,
    slug: str,
    organization_id: UUID,
    begun: Raising,
    typed: Form,
    faults: dict[str, str],
) -> pages.Markup:
    topics = await case_queries.public_topics(db, organization_id)
    words = await guests.wordings(db, organization_id, ["follow_up"])
    until = service.now() + dt.timedelta(hours=FORM_HOURS)
    return open_pages.issue_form(
        slug,
        topics,
        seal(keyring, organization_id, SEALED, begun, until),
        {"follow_up": words["follow_up"].wording},
        typed,
        faults,
    )


def _read(form: Form, begun: Raising, topics: list[PublicTopic]) -> tuple[Raising, dict[str, str]]:
    contact, faults = contact_in(form)
    text, place = (pages.first_of(form, one).strip() for one in ("text", "place"))
    chosen = pages.first_of(form, "topic")
    topic = next((one for one in topics if str(one.id) == chosen), None)
    if topic is None:
        faults["topic"] = "Choose what it is about."
    if not text:
        faults["text"] = "Say in a few words what is the matter."
    elif len(text) > open_pages.MOST_TEXT:
        faults["text"] = f"It has {len(text)} of {open_pages.MOST_TEXT} letters. Shorten it."
    if len(place) > open_pages.MOST_PLACE:
        faults["place"] = f"It has {len(place)} of {open_pages.MOST_PLACE} letters. Shorten it."
    raised = msgspec.structs.replace(
        begun, topic_id=topic and topic.id, text=text, place=place, contact=contact
    )
    return raised, faults


CONTROLLERS = (PublicIssueController,)
