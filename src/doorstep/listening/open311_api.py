"""Open311 GeoReport v2 and FixMyStreet's updates: read without a key, published cases alone.

The format is the specification's, so these routes stand there and not in the OpenAPI file.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.engage.service import enter_by_slug
from doorstep.kit.auth import client_of, open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import InvalidError, NotFoundError, ProblemError
from doorstep.kit.limits import Limit
from doorstep.kit.public_pages import AnyRequest, public_answer
from doorstep.listening import case_queries, open311
from doorstep.listening.open311 import Row
from doorstep.settings import Settings

FILE: dict[str, Any] = {"include_in_schema": False, **open_to_anyone()}
Answer = tuple[str, Sequence[Row] | Row]


class Open311Controller(Controller):
    """Published cases as other programs read them."""

    path = "/o/{organization_slug:str}/open311/v2"
    tags = ("public",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        self.views = Limit(tries=600, per_s=600)

    @get("/{name:str}", **FILE)
    async def whole(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        name: FromPath[str],
    ) -> Response[bytes]:
        """`discovery`, `services`, `requests` or `servicerequestupdates`, as .xml or .json."""
        what, form = _form(name)
        try:
            self.views.take(client_of(request, settings))
            organization_id = await enter_by_slug(db, organization_slug)
            match what:
                case "discovery":
                    root = f"{settings.public_url}/o/{organization_slug}"
                    told = open311.discovery(settings.public_url, organization_slug, root)
                    found: Answer = "discovery", told
                case "services":
                    topics = await case_queries.public_topics(db, organization_id)
                    found = "services", open311.services(topics)
                case "requests":
                    found = await _requests(db, organization_id, request)
                case "servicerequestupdates":
                    found = await _updates(db, organization_id, request)
                case _:
                    raise NotFoundError
        except ProblemError as error:
            return _refused(error, form)
        return _answered(request, found, form)

    @get("/services/{name:str}", **FILE)
    async def service_definition(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        name: FromPath[str],
    ) -> Response[bytes]:
        """What a service asks beside the words: nothing."""
        code, form = _form(name)
        try:
            self.views.take(client_of(request, settings))
            organization_id = await enter_by_slug(db, organization_slug)
            topics = await case_queries.public_topics(db, organization_id)
            topic = next((one for one in topics if str(one.id) == code), None)
            if topic is None:
                raise NotFoundError
        except ProblemError as error:
            return _refused(error, form)
        return _answered(request, ("service_definition", open311.service_definition(topic)), form)

    @get("/requests/{name:str}", **FILE)
    async def one_request(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        name: FromPath[str],
    ) -> Response[bytes]:
        """One published case, as a list of one."""
        slug, form = _form(name)
        try:
            self.views.take(client_of(request, settings))
            organization_id = await enter_by_slug(db, organization_slug)
            cases = await case_queries.public_cases(
                db, organization_id, slugs=[_text(slug)], limit=1
            )
            if not cases:
                raise NotFoundError
        except ProblemError as error:
            return _refused(error, form)
        return _answered(request, ("service_requests", open311.requests(cases)), form)


def _form(name: str) -> tuple[str, str]:
    what, _, form = name.rpartition(".")
    return (what, form) if form in {"xml", "json"} else ("", "xml")


def _answered(request: AnyRequest, found: Answer, form: str) -> Response[bytes]:
    text, media_type = open311.encoded(*found, form)
    return public_answer(request, text, media_type)


def _refused(error: ProblemError, form: str) -> Response[bytes]:
    text, media_type = open311.encoded("errors", open311.errors(error.status, error.detail), form)
    return Response(text.encode(), status_code=error.status, media_type=media_type)


async def _requests(db: Connection, organization_id: UUID, request: AnyRequest) -> Answer:
    asked = request.query_params
    slugs = _listed(asked.get("service_request_id"))
    from_at, to_at = _span(request)
    status = asked.get("status")
    if status not in {None, "", "open", "closed", "open,closed", "closed,open"}:
        message = "status is open or closed."
        raise InvalidError(message)
    cases = await case_queries.public_cases(
        db,
        organization_id,
        slugs=slugs,
        service_ids=_ids(_listed(asked.get("service_code"))),
        # Those that are asked for by name are given however old they are.
        from_at=None if slugs else from_at,
        to_at=None if slugs else to_at,
        is_open=status == "open" if status in {"open", "closed"} else None,
        limit=open311.MOST_ROWS,
    )
    return "service_requests", open311.requests(cases)


async def _updates(db: Connection, organization_id: UUID, request: AnyRequest) -> Answer:
    from_at, to_at = _span(request)
    found = await case_queries.public_updates(
        db, organization_id, from_at, to_at, None, open311.MOST_ROWS
    )
    return "service_request_updates", open311.updates(found)


def _span(request: AnyRequest) -> tuple[dt.datetime | None, dt.datetime | None]:
    """From when to when; by default the last 90 days, and never more at once."""
    asked = request.query_params
    from_at, to_at = (_instant(asked.get(one), one) for one in ("start_date", "end_date"))
    span = dt.timedelta(days=open311.DAYS)
    try:
        if from_at is None:
            from_at = (to_at or dt.datetime.now(dt.UTC)) - span
        return from_at, to_at or from_at + span
    except OverflowError:
        message = "start_date or end_date is too far away."
        raise InvalidError(message) from None


def _instant(text: str | None, name: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        # A plus sign that was not written as %2B arrives as a space.
        at = dt.datetime.fromisoformat(text.strip().replace(" ", "+"))
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        message = f"{name} is no date and time, such as 2027-03-01T00:00:00Z."
        raise InvalidError(message) from None


def _listed(text: str | None) -> list[str] | None:
    return [_text(one.strip()) for one in text.split(",")][:1000] if text else None


def _text(text: str) -> str:
    return text.replace("\x00", "")[:100]


def _ids(texts: list[str] | None) -> list[UUID] | None:
    if texts is None:
        return None
    found: list[UUID] = []
    for text in texts:
        try:
            found.append(msgspec.convert(text, UUID, strict=False))
        except msgspec.ValidationError:
            continue
    return found


CONTROLLERS = (Open311Controller,)
