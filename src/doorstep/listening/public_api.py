"""Answering a survey in a browser: no account, no script, no cookie."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.engage.service import enter_by_slug
from doorstep.guests import service as guests
from doorstep.kit.auth import client_of, open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, ProblemError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.limits import Limit
from doorstep.kit.links import Purpose, read
from doorstep.kit.public_pages import AnyRequest, Markup, private_page, refused
from doorstep.kit.sealing import NOT_OURS, seal, unseal
from doorstep.kit.tokens import Keyring
from doorstep.listening import pages, queries, service
from doorstep.listening.asking import Form, Read, Sitting, coming, read_page, worded
from doorstep.listening.model import Contact, Source, WebSurvey
from doorstep.listening.service import Sat
from doorstep.settings import Settings
from doorstep.surveys import service as surveys
from doorstep.surveys.model import ScriptVersion

PAGE: dict[str, Any] = {
    "include_in_schema": False,
    "media_type": "text/html",
    **open_to_anyone(),
}
MAX_BODY_BYTES = 400_000
"""30,000 letters take up to nine bytes each in a form, beside what it carries on."""
FORM_HOURS = 24
SEALED = "survey"
ASKS = ("follow_up", "news")
BY_INVITATION = "This survey is answered by the link in an invitation. Open that link."


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A survey with what it asks, and the words in which it asks to write to people."""

    slug: str
    organization_id: UUID
    survey: WebSurvey
    version: ScriptVersion
    asks: dict[str, str]


class PublicSurveyController(Controller):
    """Surveys as everybody may answer them."""

    path = "/o/{organization_slug:str}/surveys/{survey_slug:str}"
    tags = ("public",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        # A library or a hall may share one address; a survey has several pages.
        self.tries = Limit(tries=300, per_s=600)
        self.views = Limit(tries=600, per_s=600)

    @get(**PAGE)
    async def survey_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        survey_slug: FromPath[str],
    ) -> Response[str]:
        """The first page of a survey."""
        try:
            self.views.take(client_of(request, settings))
            opened = await _opened(db, organization_slug, survey_slug)
            sitting = _begun(keyring, opened, request)
            if await _is_in(db, opened, sitting):
                return private_page(pages.thanks_page(opened.survey))
            return private_page(_next_page(keyring, opened, sitting))
        except ProblemError as error:
            return refused(error)

    @post(status_code=200, request_max_body_size=MAX_BODY_BYTES, **PAGE)
    async def post_survey(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        survey_slug: FromPath[str],
    ) -> Response[str]:
        """Take a page in: show the next, what is to be mended, or thanks."""
        try:
            self.tries.take(client_of(request, settings))
            opened = await _opened(db, organization_slug, survey_slug)
            form = await form_of(request)
            sitting = _carried(keyring, opened, form)
            if form.get("website") or await _is_in(db, opened, sitting):
                return private_page(pages.thanks_page(opened.survey))
            return await _taken(db, keyring, opened, sitting, form)
        except ProblemError as error:
            return refused(error)


async def form_of(request: AnyRequest) -> Form:
    """The fields of a form with all their values; empty if it cannot be read."""
    try:
        text = (await request.body()).decode(errors="replace")
        fields = parse_qs(text.replace("%00", ""), max_num_fields=4000)
    except ValueError:
        fields = {}
    return {name: [one.replace("\x00", "") for one in values] for name, values in fields.items()}


async def _opened(db: Connection, slug: str, survey_slug: str) -> Opened:
    organization_id = await enter_by_slug(db, slug)
    if "\x00" in survey_slug:
        raise NotFoundError
    survey = await queries.web_survey_by(db, organization_id, slug=survey_slug)
    service.check_open(survey)
    version = await surveys.script_version(
        db, organization_id, survey.script_id, survey.script_version
    )
    words = await guests.wordings(db, organization_id, ["follow_up", "news"])
    asks = {str(purpose): one.wording for purpose, one in sorted(words.items())}
    if any(question.sensitive for question in version.questions):
        asks["opinions"] = pages.OPINIONS
    return Opened(
        slug=slug, organization_id=organization_id, survey=survey, version=version, asks=asks
    )


def _begun(keyring: Keyring, opened: Opened, request: AnyRequest) -> Sitting:
    """A sitting that begins; by an invitation it is the one sitting of that link."""
    survey, asked = opened.survey, request.query_params
    sitting_id, token = new_id(), asked.get("invitation", "")
    if token:
        link = read(keyring, Purpose.SURVEY, token, service.now())
        survey_id, sitting_id = link.ids
        if link.organization_id != opened.organization_id or survey_id != survey.id:
            raise RefusedError(NOT_OURS)
    elif survey.by_invitation:
        raise RefusedError(BY_INVITATION)
    language = asked.get("lang", "")
    return Sitting(
        id=sitting_id,
        survey_id=survey.id,
        language=language if language in survey.languages else survey.languages[0],
        via=asked.get("via", "")[:40],
    )


def _carried(keyring: Keyring, opened: Opened, form: Form) -> Sitting:
    sealed = pages.first_of(form, "state")
    sitting = unseal(
        keyring, opened.organization_id, SEALED, sealed, Sitting, service.now()
    )  # fmt: skip
    if sitting.survey_id != opened.survey.id:
        raise RefusedError(NOT_OURS)
    return sitting


async def _is_in(db: Connection, opened: Opened, sitting: Sitting) -> bool:
    """Whether this sitting was sent already: by a double click, or by the same link."""
    return await queries.response_hash(db, opened.organization_id, sitting.id) is not None


def _sealed(keyring: Keyring, opened: Opened, sitting: Sitting) -> str:
    until = service.now() + dt.timedelta(hours=FORM_HOURS)
    return seal(keyring, opened.organization_id, SEALED, sitting, until)


def _next_page(keyring: Keyring, opened: Opened, sitting: Sitting) -> Markup:
    """The page that follows, with as many questions as have room on it."""
    questions, complete = coming(opened.version, sitting)
    shown = [worded(question, opened.version, sitting) for question in questions]
    used = len(_sealed(keyring, opened, sitting))
    count = pages.shown_of(shown, {}, used)
    asking = msgspec.structs.replace(
        sitting,
        shown=[one.key for one in shown[:count]],
        last=complete and count == len(shown),
    )
    return _page(keyring, opened, asking, {}, {})


def _page(
    keyring: Keyring, opened: Opened, sitting: Sitting, typed: Form, faults: dict[str, str]
) -> Markup:
    questions = [
        worded(question, opened.version, sitting)
        for question in opened.version.questions
        if question.key in sitting.shown
    ]
    return pages.survey_page(
        opened.slug,
        opened.survey,
        opened.version,
        sitting.language,
        _sealed(keyring, opened, sitting),
        questions,
        first=not sitting.settled,
        last=sitting.last,
        asks=opened.asks,
        typed=typed,
        faults=faults,
    )


async def _taken(
    db: Connection, keyring: Keyring, opened: Opened, sitting: Sitting, form: Form
) -> Response[str]:
    page, contact = _read(opened, sitting, form), None
    faults = dict(page.faults)
    if sitting.last:
        contact, wrong = contact_in(form)
        faults |= wrong
    after = msgspec.structs.replace(
        sitting,
        answers=sitting.answers | page.answers,
        settled=[*sitting.settled, *sitting.shown],
        shown=[],
    )
    try:
        service.check_length(after.answers)
    except RefusedError as error:
        faults["answers"] = error.detail
    if faults:
        return private_page(_page(keyring, opened, sitting, form, faults), 422)
    if not sitting.last:
        return private_page(_next_page(keyring, opened, after))
    await service.take_in(
        db, opened.organization_id, opened.survey, opened.version, _sat(opened, after, contact)
    )
    return private_page(pages.thanks_page(opened.survey))


def _read(opened: Opened, sitting: Sitting, form: Form) -> Read:
    asked = [
        worded(question, opened.version, sitting)
        for question in opened.version.questions
        if question.key in sitting.shown
    ]
    return read_page(asked, form)


def contact_in(form: Form) -> tuple[Contact | None, dict[str, str]]:
    """Who somebody says they are, and what is wrong with it."""
    name, email = (pages.first_of(form, one).strip() for one in ("name", "email"))
    if not name and not email:
        return None, {}
    faults: dict[str, str] = {}
    if not name:
        faults["name"] = "Write your name as well, or leave the address out."
    if not email:
        faults["email"] = "Write your e-mail address as well, or leave the name out."
    else:
        try:
            guests.address(email)
        except RefusedError as error:
            faults["email"] = error.detail
    ticked = {one: bool(form.get(one)) for one in ("news", "follow_up", "opinions")}
    return Contact(name=name[:200], email=email[:254], **ticked), faults


def _sat(opened: Opened, sitting: Sitting, contact: Contact | None) -> Sat:
    return Sat(
        id=sitting.id,
        source=Source.WEB,
        language=sitting.language,
        answers=sitting.answers,
        answered_at=service.now(),
        contact=contact,
        opinion_wording=opened.asks.get("opinions", ""),
        civic_event_id=opened.survey.civic_event_id,
        via=sitting.via,
    )


CONTROLLERS = (PublicSurveyController,)
