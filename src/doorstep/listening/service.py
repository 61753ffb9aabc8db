"""Surveys on the web and at events: publishing them, taking answers in, adding them up."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET

from doorstep.accounts.auditing import audit
from doorstep.engage.service import slug_of
from doorstep.follow_up import service as follow_up
from doorstep.follow_up.model import IssueRaised, IssueSource
from doorstep.guests import service as guests
from doorstep.guests.model import Recipient
from doorstep.guests.model import Source as GuestSource
from doorstep.kit.auth import Caller
from doorstep.kit.csv_text import csv_text
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, FieldProblem, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.links import Purpose as LinkPurpose
from doorstep.kit.links import sign
from doorstep.kit.tokens import Keyring
from doorstep.letters import service as letters
from doorstep.letters.model import LetterKind, NewLetter
from doorstep.listening import queries
from doorstep.listening.asking import faults_in, raised_topics
from doorstep.listening.model import (
    MOST_LETTERS,
    Contact,
    Invitations,
    ResponseCreate,
    ResponseTaken,
    Source,
    SourceResult,
    WebSurvey,
    WebSurveyCreate,
    WebSurveyPatch,
    WebSurveyResults,
)
from doorstep.listening.queries import HeardRow, Response
from doorstep.people.rights_model import Purpose
from doorstep.reports.model import QuestionResult
from doorstep.reports.service import tally_answers
from doorstep.sharing import service as sharing
from doorstep.sharing.model import Conversion
from doorstep.surveys import service as surveys
from doorstep.surveys.model import ScriptVersion

INVITATION_DAYS = 90
_UUID7 = 7
_TRIES = 100
_HEADER = (
    "source", "sitting", "answered_at", "language", "script_version", "question", "value",
    "sensitive",
)  # fmt: skip


class Sat(msgspec.Struct, frozen=True, kw_only=True):
    """A sitting that is over, as it is taken in."""

    id: UUID
    source: Source
    language: str
    answers: dict[str, Any]
    answered_at: dt.datetime
    contact: Contact | None = None
    opinion_wording: str = ""
    civic_event_id: UUID | None = None
    recorded_by: UUID | None = None
    via: str = ""


def now() -> dt.datetime:
    """The instant by which a survey is open."""
    return dt.datetime.now(dt.UTC)


async def publish(db: Connection, caller: Caller, wanted: WebSurveyCreate) -> WebSurvey:
    """A survey that can be answered from its hour on.

    Raises
    ------
    NotFoundError
        If the script, version or event is not there.
    RefusedError
        If it is not translated into a language, or closes before it opens.
    ConflictError
        If another survey has this address.
    """
    organization_id = caller.organization_id
    version = await surveys.script_version(
        db, organization_id, wanted.script_id, wanted.script_version
    )
    opens_at = wanted.opens_at or now()
    check_hours(opens_at, wanted.closes_at)
    survey = WebSurvey(
        id=new_id(),
        slug=wanted.slug or slug_of(wanted.title),
        title=wanted.title,
        script_id=version.script_id,
        script_version=version.version,
        languages=_languages(version, wanted.languages),
        thanks=wanted.thanks,
        opens_at=opens_at,
        closes_at=wanted.closes_at,
        by_invitation=wanted.by_invitation,
        civic_event_id=wanted.civic_event_id,
        responses_count=0,
        created_at=opens_at,
    )
    for slug in slugs(survey.slug, free=wanted.slug is None):
        named = msgspec.structs.replace(survey, slug=slug)
        if await queries.insert_web_survey(db, organization_id, named, caller.member_id):
            break
    else:
        message = f"Another survey has the address {survey.slug}. Choose another."
        raise ConflictError(message, field="slug")
    await audit(db, caller.member_id, "web_survey.published", [survey.id])
    return await queries.web_survey_by(db, organization_id, survey_id=survey.id)


def slugs(wanted: str, *, free: bool) -> list[str]:
    """Addresses to try in turn; more than the wanted one where it was not chosen by hand."""
    return [wanted, *(f"{wanted}-{number}" for number in range(2, _TRIES) if free)]


def check_hours(opens_at: dt.datetime, closes_at: dt.datetime | None) -> None:
    """Refuse what closes before it opens.

    Raises
    ------
    RefusedError
        If it does.
    """
    if closes_at is not None and closes_at <= opens_at:
        message = "It must close after it opens."
        raise RefusedError(message, field="closes_at")


def _languages(version: ScriptVersion, wanted: Sequence[str]) -> list[str]:
    known = [version.language, *sorted(version.translations)]
    for place, language in enumerate(wanted):
        if language not in known:
            message = f"The script is not translated into it. Choose of: {', '.join(known)}."
            raise RefusedError(message, field=f"languages[{place}]")
    return list(dict.fromkeys(wanted)) or known


async def change(
    db: Connection, caller: Caller, survey_id: UUID, patch: WebSurveyPatch
) -> WebSurvey:
    """The survey as it is from now on.

    Raises
    ------
    NotFoundError
        If there is none.
    RefusedError
        If it would close before it opens.
    """
    organization_id = caller.organization_id
    held = await queries.web_survey_by(db, organization_id, survey_id=survey_id)
    given = {
        name: value
        for name in ("title", "thanks", "opens_at", "closes_at")
        if (value := getattr(patch, name)) is not UNSET
    }
    survey = msgspec.structs.replace(held, **given)
    check_hours(survey.opens_at, survey.closes_at)
    await queries.put_web_survey(db, organization_id, survey)
    await audit(db, caller.member_id, "web_survey.changed", [survey_id])
    return survey


async def invite(
    db: Connection, keyring: Keyring, caller: Caller, public_url: str, survey_id: UUID, count: int
) -> Invitations:
    """Links that are good for one sitting each.

    Raises
    ------
    NotFoundError
        If there is no such survey.
    """
    organization_id = caller.organization_id
    survey = await queries.web_survey_by(db, organization_id, survey_id=survey_id)
    slug = (await queries.organization_slug(db, organization_id)).slug
    until = survey.closes_at or now() + dt.timedelta(days=INVITATION_DAYS)
    tokens = [
        sign(keyring, LinkPurpose.SURVEY, organization_id, survey_id, uuid4(), expires_at=until)
        for _ in range(count)
    ]
    await audit(db, caller.member_id, "web_survey.invited", [survey_id])
    base = f"{public_url}/o/{slug}/surveys/{survey.slug}"
    return Invitations(expires_at=until, urls=[f"{base}?invitation={token}" for token in tokens])


def check_open(survey: WebSurvey) -> None:
    """Refuse answers outside a survey's hours.

    Raises
    ------
    ConflictError
        If it is not open yet, or closed.
    """
    at = now()
    if at < survey.opens_at:
        message = f"This survey opens on {survey.opens_at:%Y-%m-%d at %H:%M} UTC."
        raise ConflictError(message)
    if survey.closes_at is not None and at >= survey.closes_at:
        message = "This survey is closed. Thank you for wanting to answer."
        raise ConflictError(message)


async def take_in(
    db: Connection, organization_id: UUID, survey: WebSurvey, version: ScriptVersion, sat: Sat
) -> bool:
    """Whether the sitting is new; of one id there is one, and nothing of it changes.

    Opinions stay with a name where somebody agreed; else they are parted from it, with the day
    alone, and nothing in the database joins the two.

    Raises
    ------
    RefusedError
        If the address cannot be one; it names the field.
    """
    # Held before anything else is written: a double click waits here and finds it done.
    named, opinions = _parted(version, sat)
    wording = sat.opinion_wording if sat.contact and sat.contact.opinions else None
    whole = Response(
        id=sat.id, web_survey_id=survey.id, source=sat.source, language=sat.language,
        guest_id=None, opinion_wording=wording, civic_event_id=sat.civic_event_id,
        recorded_by=sat.recorded_by, apart=False, answered_at=sat.answered_at,
        payload_hash=hash_of(sat),
    )  # fmt: skip
    if not await queries.insert_response(db, organization_id, whole):
        return False
    await queries.insert_answers(db, organization_id, sat.id, named)
    if opinions:
        midnight = sat.answered_at.replace(hour=0, minute=0, second=0, microsecond=0)
        apart = msgspec.structs.replace(
            whole, id=uuid4(), opinion_wording=None, apart=True, answered_at=midnight,
            payload_hash=b"",
        )  # fmt: skip
        await queries.insert_response(db, organization_id, apart)
        await queries.insert_answers(db, organization_id, apart.id, opinions)
    guest_id = await _welcome(db, organization_id, survey, sat)
    await _raise_issues(db, organization_id, version, sat, guest_id)
    return True


def hash_of(sat: Sat) -> bytes:
    """By which it is known that the same was sent again."""
    said = (sorted(sat.answers.items()), sat.contact, sat.civic_event_id)
    return hashlib.sha256(msgspec.json.encode(said)).digest()


Answers = list[tuple[str, Any, bool]]


def _parted(version: ScriptVersion, sat: Sat) -> tuple[Answers, Answers]:
    """The answers that stay with the name there is, and opinions that do not."""
    sensitive = {question.key: question.sensitive for question in version.questions}
    every = [(key, value, sensitive[key]) for key, value in sat.answers.items()]
    if sat.contact is None or sat.contact.opinions:
        return every, []
    return [one for one in every if not one[2]], [one for one in every if one[2]]


async def _welcome(
    db: Connection, organization_id: UUID, survey: WebSurvey, sat: Sat
) -> UUID | None:
    if sat.contact is None:
        return None
    guest_id = await welcomed(db, organization_id, sat.contact, GuestSource.SURVEY, sat.language)
    await queries.name_response(db, organization_id, sat.id, guest_id)
    recipient = Recipient(guest_id=guest_id)
    letter = NewLetter(
        kind=LetterKind.SURVEY_THANKS,
        about=survey.id,
        recipient=recipient,
        key=f"survey-thanks:{survey.id}",
    )
    await letters.queue(db, organization_id, [letter])
    await sharing.credit(
        db, organization_id, sat.via, Conversion.SURVEY, survey.id, recipient
    )  # fmt: skip
    return guest_id


async def welcomed(
    db: Connection, organization_id: UUID, contact: Contact, source: GuestSource, language: str
) -> UUID:
    """The guest who left their name, with what they agreed to.

    Raises
    ------
    RefusedError
        If the address cannot be one; it names the field.
    """
    agreed: list[Purpose] = []
    if contact.news:
        agreed.append("news")
    if contact.follow_up:
        agreed.append("follow_up")
    spoken = language.partition("-")[0]
    return await guests.welcome(
        db,
        organization_id,
        name=contact.name,
        email=contact.email,
        source=source,
        language=None if spoken == "und" else spoken,
        purposes=agreed,
    )


async def _raise_issues(
    db: Connection, organization_id: UUID, version: ScriptVersion, sat: Sat, guest_id: UUID | None
) -> None:
    source = IssueSource.EVENT if sat.source is Source.EVENT else IssueSource.WEB
    for question in version.questions:
        if question.key not in sat.answers:
            continue
        for topic_id, text in raised_topics(question, sat.answers[question.key]):
            issue = IssueRaised(
                id=follow_up.flagged_id(topic_id, sat.id, question.key),
                topic_id=topic_id,
                source=source,
                text=text,
                raised_at=sat.answered_at,
                guest_id=guest_id,
                civic_event_id=sat.civic_event_id,
                recorded_by=sat.recorded_by,
            )
            await follow_up.take_in(db, organization_id, issue)


async def take_at_event(
    db: Connection, caller: Caller, survey_id: UUID, wanted: ResponseCreate
) -> ResponseTaken:
    """Answers that a member wrote down; the same again are taken once.

    Raises
    ------
    NotFoundError
        If there is no such survey or event.
    RefusedError
        If the id is no UUIDv7, or an answer does not fit; each is named.
    ConflictError
        If the survey is not open, or another sitting has this id.
    """
    organization_id = caller.organization_id
    survey = await queries.web_survey_by(db, organization_id, survey_id=survey_id)
    version = await surveys.script_version(
        db, organization_id, survey.script_id, survey.script_version
    )
    answers = {key: value for key, value in wanted.answers.items() if value is not None}
    sat = Sat(
        id=wanted.id,
        source=Source.EVENT,
        language=wanted.language or survey.languages[0],
        answers=answers,
        answered_at=min(wanted.answered_at, now()),
        contact=wanted.contact,
        opinion_wording="Asked by a member at an event.",
        civic_event_id=wanted.civic_event_id or survey.civic_event_id,
        recorded_by=caller.member_id,
    )
    taken = await queries.response_hash(db, organization_id, wanted.id)
    if taken is None:
        _check(version, wanted, survey, answers)
        await take_in(db, organization_id, survey, version, sat)
        await audit(db, caller.member_id, "web_response.recorded", [wanted.id, survey_id])
    elif taken != hash_of(sat):
        message = "Another sitting has this id. Give this one an id of its own."
        raise ConflictError(message, field="id")
    return ResponseTaken(id=wanted.id, answers_count=len(answers))


def _check(
    version: ScriptVersion, wanted: ResponseCreate, survey: WebSurvey, answers: Mapping[str, object]
) -> None:
    if wanted.id.version != _UUID7:
        message = "Make the id as a UUIDv7: others may have been used before."
        raise RefusedError(message, field="id")
    check_open(survey)
    check_length(answers)
    if faults := faults_in(version, answers):
        error = RefusedError("Not every answer fits its question; see errors.")
        error.errors = [
            FieldProblem(field=f"answers.{key}", detail=fault) for key, fault in faults.items()
        ]
        raise error


def check_length(answers: Mapping[str, object]) -> None:
    """Refuse more words than a form carries from page to page.

    Raises
    ------
    RefusedError
        If they are more.
    """
    letters_count = sum(len(value) for value in answers.values() if isinstance(value, str))
    if letters_count > MOST_LETTERS:
        message = f"All answers have {letters_count:,} of {MOST_LETTERS:,} letters. Shorten them."
        raise RefusedError(message, field="answers")


async def results(db: Connection, organization_id: UUID, survey_id: UUID) -> WebSurveyResults:
    """What was answered to the survey's script, by where and all together.

    Raises
    ------
    NotFoundError
        If there is no such survey.
    """
    survey = await queries.web_survey_by(db, organization_id, survey_id=survey_id)
    rows = await queries.heard(db, organization_id, survey.script_id)
    wanted = {(survey.script_id, row.script_version) for row in rows}
    versions = await surveys.script_versions(
        db, organization_id, {*wanted, (survey.script_id, survey.script_version)}
    )
    by_source: defaultdict[str, list[HeardRow]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(row)
    found = [
        SourceResult(source=source, questions=tally_answers(versions.values(), by_source[source]))
        for source in Source
    ]
    return WebSurveyResults(
        web_survey_id=survey_id,
        sources=found,
        total=_unguessable(tally_answers(versions.values(), rows), found),
    )


def _unguessable(
    total: Sequence[QuestionResult], sources: Sequence[SourceResult]
) -> list[QuestionResult]:
    """Without the sums from which a count that one way hides could be told by the others."""
    hidden = {
        (one.key, one.type) for source in sources for one in source.questions if one.suppressed
    }
    return [
        msgspec.structs.replace(
            one,
            answers_count=None,
            mean=None,
            suppressed=True,
            options=[msgspec.structs.replace(option, count=None) for option in one.options],
        )
        if (one.key, one.type) in hidden
        else one
        for one in total
    ]


async def answers_csv(db: Connection, organization_id: UUID, survey_id: UUID) -> str:
    """Every answer to the survey's script as a file.

    Raises
    ------
    NotFoundError
        If there is no such survey.
    """
    survey = await queries.web_survey_by(db, organization_id, survey_id=survey_id)
    lines = await queries.answer_lines(db, organization_id, survey.script_id)
    return csv_text(
        _HEADER,
        (
            (
                line.source, line.response_id, line.answered_at, line.language,
                line.script_version, line.question_key, _cell(line.value), line.sensitive,
            )
            for line in lines
        ),
    )  # fmt: skip


def _cell(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, list) else value
