"""Every statement about surveys on the web and at events."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_maybe, fetch_one
from doorstep.kit.errors import NotFoundError
from doorstep.listening.model import WebSurvey
from doorstep.reports.service import AnswerRow


class HeardRow(AnswerRow, frozen=True, kw_only=True):
    """How many gave this very answer in this way."""

    source: str


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What one sitting brought."""

    id: UUID
    web_survey_id: UUID
    source: str
    language: str
    guest_id: UUID | None
    opinion_wording: str | None
    civic_event_id: UUID | None
    recorded_by: UUID | None
    apart: bool
    answered_at: dt.datetime
    payload_hash: bytes


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as the file of all answers has it."""

    source: str
    response_id: UUID
    answered_at: dt.datetime
    language: str | None
    script_version: int
    question_key: str
    value: Any
    sensitive: bool


async def web_surveys(
    db: Connection,
    organization_id: UUID,
    survey_id: UUID | None,
    slug: str | None,
    limit: int,
    offset: int,
) -> list[WebSurvey]:
    """The newest first."""
    return await fetch_all(
        db,
        WebSurvey,
        """
        select s.id, s.slug, s.title, s.script_id, s.script_version, s.languages, s.thanks,
               s.opens_at, s.closes_at, s.by_invitation, s.civic_event_id,
               (select count(*) from web_response r
                 where r.organization_id = s.organization_id
                   and r.web_survey_id = s.id
                   and not r.apart) as responses_count,
               s.created_at
          from web_survey s
         where s.organization_id = $1
           and ($2::uuid is null or s.id = $2)
           and ($3::text is null or s.slug = $3)
         order by s.created_at desc, s.id desc
         limit $4 offset $5
        """,
        organization_id,
        survey_id,
        slug,
        limit,
        offset,
    )


async def web_survey_by(
    db: Connection, organization_id: UUID, *, survey_id: UUID | None = None, slug: str | None = None
) -> WebSurvey:
    found = await web_surveys(db, organization_id, survey_id, slug, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def insert_web_survey(
    db: Connection, organization_id: UUID, survey: WebSurvey, created_by: UUID
) -> bool:
    """Whether it is there now: not where another has its slug."""
    done = await db.execute(
        """
        insert into web_survey
          (organization_id, id, slug, title, script_id, script_version, languages, thanks,
           opens_at, closes_at, by_invitation, civic_event_id, created_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict on constraint web_survey_slug_key do nothing
        """,
        organization_id,
        survey.id,
        survey.slug,
        survey.title,
        survey.script_id,
        survey.script_version,
        survey.languages,
        survey.thanks,
        survey.opens_at,
        survey.closes_at,
        survey.by_invitation,
        survey.civic_event_id,
        created_by,
    )
    return done.endswith(" 1")


async def put_web_survey(db: Connection, organization_id: UUID, survey: WebSurvey) -> None:
    await execute_one(
        db,
        """
        update web_survey
           set title = $3, thanks = $4, opens_at = $5, closes_at = $6
         where organization_id = $1 and id = $2
        """,
        organization_id,
        survey.id,
        survey.title,
        survey.thanks,
        survey.opens_at,
        survey.closes_at,
    )


async def response_hash(db: Connection, organization_id: UUID, response_id: UUID) -> bytes | None:
    """How the sitting was sent; None where there is none of this id."""
    return await db.fetchval(
        "select payload_hash from web_response where organization_id = $1 and id = $2",
        organization_id,
        response_id,
    )


async def insert_response(db: Connection, organization_id: UUID, response: Response) -> bool:
    """Whether it is new: of one id there is one, whoever comes first."""
    done = await db.execute(
        """
        insert into web_response
          (organization_id, id, web_survey_id, source, language, guest_id, opinion_wording,
           opinion_until, civic_event_id, recorded_by, apart, answered_at, payload_hash)
        values ($1, $2, $3, $4, $5, $6, $7,
                case when $7::text is not null
                     then $11::timestamptz + make_interval(months => (
                       select consent_months from organization where id = $1)) end,
                $8, $9, $10, $11, $12)
            on conflict (organization_id, id) do nothing
        """,
        organization_id,
        response.id,
        response.web_survey_id,
        response.source,
        response.language,
        response.guest_id,
        response.opinion_wording,
        response.civic_event_id,
        response.recorded_by,
        response.apart,
        response.answered_at,
        response.payload_hash,
    )
    return done.endswith(" 1")


async def insert_answers(
    db: Connection,
    organization_id: UUID,
    response_id: UUID,
    answers: Sequence[tuple[str, Any, bool]],
) -> None:
    """(question, value, sensitive)."""
    # Not as one array: a list of chosen options would be taken for a part of it.
    await db.executemany(
        """
        insert into web_answer (organization_id, response_id, question_key, value, sensitive)
        values ($1, $2, $3, $4, $5)
        """,
        [(organization_id, response_id, *answer) for answer in answers],
    )


async def heard(db: Connection, organization_id: UUID, script_id: UUID) -> list[HeardRow]:
    """How often each answer was given to a script at doors, on the web and at events."""
    return await fetch_all(
        db,
        HeardRow,
        """
        select source, script_id, script_version, question_key, value, sensitive, answers_count
          from heard_count($1, $2)
        """,
        organization_id,
        script_id,
    )


async def answer_lines(db: Connection, organization_id: UUID, script_id: UUID) -> list[AnswerLine]:
    """Every answer to a script, wherever it was given; of doors what counts."""
    return await fetch_all(
        db,
        AnswerLine,
        """
        select 'door' as source, c.answer_id as response_id, e.occurred_at as answered_at,
               null::text as language, c.script_version, c.question_key, c.value, c.sensitive
          from counted_answer($1, null, null) c
          join contact_event e on e.organization_id = $1 and e.id = c.answer_id
         where c.script_id = $2
         union all
        select r.source, r.id, r.answered_at, r.language, s.script_version, a.question_key,
               a.value, a.sensitive
          from web_survey s
          join web_response r on r.organization_id = s.organization_id and r.web_survey_id = s.id
          join web_answer a on a.organization_id = r.organization_id and a.response_id = r.id
         where s.organization_id = $1 and s.script_id = $2
         order by 1, 3, 2, 6
        """,
        organization_id,
        script_id,
    )


class ThankedFor(msgspec.Struct, frozen=True, kw_only=True):
    """The survey that somebody is thanked for."""

    title: str
    thanks: str


async def thanked_for(db: Connection, organization_id: UUID, survey_id: UUID) -> ThankedFor | None:
    return await fetch_maybe(
        db,
        ThankedFor,
        """
        select title, thanks
          from web_survey
         where organization_id = $1 and id = $2
        """,
        organization_id,
        survey_id,
    )


class Slugged(msgspec.Struct, frozen=True, kw_only=True):
    """The short name of an organization."""

    slug: str


async def organization_slug(db: Connection, organization_id: UUID) -> Slugged:
    return await fetch_one(
        db, Slugged, "select slug from organization where id = $1", organization_id
    )


async def name_response(
    db: Connection, organization_id: UUID, response_id: UUID, guest_id: UUID
) -> None:
    await execute_one(
        db,
        "update web_response set guest_id = $3 where organization_id = $1 and id = $2",
        organization_id,
        response_id,
        guest_id,
    )
