"""Statements: people say whether they agree, disagree or pass, and write their own.

After Polis (Small et al. 2021, "Polis: Scaling deliberation by mapping high dimensional opinion
spaces"), without the grouping of people by their votes.
"""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.accounts.auditing import audit
from doorstep.engage.model import FEW
from doorstep.engage.service import name_nobody, slug_of
from doorstep.kit.auth import Caller
from doorstep.kit.csv_text import csv_text
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.listening import service
from doorstep.listening import statement_queries as queries
from doorstep.listening.model import (
    PublicStatement,
    PublicTally,
    Statement,
    StatementStatus,
    StatementTopic,
    StatementTopicCreate,
    StatementTopicPatch,
)

MOST_WAITING = 200
"""Statements of a topic that nobody has looked at; more are not taken."""
_LONGEST = 300


async def create_topic(
    db: Connection, caller: Caller, wanted: StatementTopicCreate
) -> StatementTopic:
    """A topic with the statements it begins with.

    Raises
    ------
    RefusedError
        If it closes before it opens, or if its words name somebody on the lists.
    ConflictError
        If another topic has this address.
    """
    organization_id = caller.organization_id
    opens_at = wanted.opens_at or service.now()
    service.check_hours(opens_at, wanted.closes_at)
    await name_nobody(
        db, organization_id, False, wanted.question, wanted.text, *wanted.statements
    )  # fmt: skip
    topic = StatementTopic(
        id=new_id(), slug=wanted.slug or slug_of(wanted.question), question=wanted.question,
        text=wanted.text, opens_at=opens_at, closes_at=wanted.closes_at, shown_count=0,
        proposed_count=0, visitors_count=0, created_at=opens_at,
    )  # fmt: skip
    for slug in service.slugs(topic.slug, free=wanted.slug is None):
        named = msgspec.structs.replace(topic, slug=slug)
        if await queries.insert_topic(db, organization_id, named, caller.member_id):
            break
    else:
        message = f"Another topic has the address {topic.slug}. Choose another."
        raise ConflictError(message, field="slug")
    for text in wanted.statements:
        await queries.insert_statement(
            db, organization_id, new_id(), topic.id, text, StatementStatus.SHOWN, caller.member_id
        )
    await audit(db, caller.member_id, "statement_topic.opened", [topic.id])
    return await queries.topic_by(db, organization_id, topic_id=topic.id)


async def change_topic(
    db: Connection, caller: Caller, topic_id: UUID, patch: StatementTopicPatch
) -> StatementTopic:
    """The topic with the hour at which voting ends.

    Raises
    ------
    NotFoundError
        If there is none.
    RefusedError
        If it would end before it begins.
    """
    organization_id = caller.organization_id
    topic = await queries.topic_by(db, organization_id, topic_id=topic_id)
    service.check_hours(topic.opens_at, patch.closes_at)
    await queries.put_closing(db, organization_id, topic_id, patch.closes_at)
    await audit(db, caller.member_id, "statement_topic.changed", [topic_id])
    return await queries.topic_by(db, organization_id, topic_id=topic_id)


async def of_topic(
    db: Connection, organization_id: UUID, topic_id: UUID, status: StatementStatus | None
) -> list[Statement]:
    """The statements of a topic with their votes.

    Raises
    ------
    NotFoundError
        If there is no such topic.
    """
    await queries.topic_by(db, organization_id, topic_id=topic_id)
    return await queries.statements(db, organization_id, topic_id, None, status)


async def add(db: Connection, caller: Caller, topic_id: UUID, text: str) -> Statement:
    """A statement of the organization's own.

    Raises
    ------
    NotFoundError
        If there is no such topic.
    RefusedError
        If its words name somebody on the lists.
    """
    organization_id, statement_id = caller.organization_id, new_id()
    await queries.hold_topic(db, organization_id, topic_id)
    await name_nobody(db, organization_id, False, text)
    number = await queries.insert_statement(
        db, organization_id, statement_id, topic_id, text, StatementStatus.SHOWN, caller.member_id
    )
    await audit(db, caller.member_id, "statement.added", [statement_id])
    return await _numbered(db, organization_id, topic_id, number)


async def _numbered(
    db: Connection, organization_id: UUID, topic_id: UUID, number: int
) -> Statement:
    found = await queries.statements(db, organization_id, topic_id, number, None)
    if not found:
        raise NotFoundError
    return found[0]


async def decide(
    db: Connection, caller: Caller, topic_id: UUID, number: int, status: str
) -> Statement:
    """The statement, shown or refused from now on.

    Raises
    ------
    NotFoundError
        If there is no such statement.
    RefusedError
        If it is to be shown and names somebody on the lists.
    """
    organization_id = caller.organization_id
    held = await _numbered(db, organization_id, topic_id, number)
    after = StatementStatus(status)
    if after is StatementStatus.SHOWN:
        await name_nobody(db, organization_id, False, held.text)
    await queries.decide(db, organization_id, topic_id, number, after, caller.member_id)
    await audit(db, caller.member_id, f"statement.{after}", [held.id])
    return await _numbered(db, organization_id, topic_id, number)


def is_open(topic: StatementTopic) -> bool:
    """Whether people may vote now."""
    at = service.now()
    return topic.opens_at <= at and (topic.closes_at is None or at < topic.closes_at)


def check_open(topic: StatementTopic) -> None:
    """Refuse votes outside a topic's hours.

    Raises
    ------
    ConflictError
        If it is not open yet, or closed.
    """
    if not is_open(topic):
        message = "Voting on these statements is not open. The result is on this page."
        raise ConflictError(message)


async def propose(db: Connection, organization_id: UUID, topic: StatementTopic, text: str) -> None:
    """Keep what a visitor wrote until an organizer has looked at it.

    Raises
    ------
    RefusedError
        If it is empty or too long.
    ConflictError
        If very many wait already.
    """
    words = " ".join(text.split())
    if not 1 <= len(words) <= _LONGEST:
        message = f"Write a statement of at most {_LONGEST} letters."
        raise RefusedError(message, field="text")
    await queries.hold_topic(db, organization_id, topic.id)
    if topic.proposed_count >= MOST_WAITING:
        message = "So many statements wait to be read that no more are taken. Try again tomorrow."
        raise ConflictError(message)
    await queries.insert_statement(
        db, organization_id, new_id(), topic.id, words, StatementStatus.PROPOSED, None
    )


async def tally(db: Connection, organization_id: UUID, topic: StatementTopic) -> PublicTally:
    """How people voted, as everybody may know it."""
    shown = await queries.statements(
        db, organization_id, topic.id, None, StatementStatus.SHOWN
    )  # fmt: skip
    return PublicTally(
        question=topic.question,
        statements=[
            PublicStatement(
                number=one.number,
                text=one.text,
                agree=_few(one.agree_count),
                disagree=_few(one.disagree_count),
                passed=_few(one.pass_count),
            )
            for one in shown
        ],
    )


def _few(count: int) -> str:
    # None is few as well: where nobody disagreed, everybody's vote would be known.
    return str(count) if count >= FEW else f"<{FEW}"


def tally_csv(found: PublicTally) -> str:
    """The same as a file."""
    header = ("number", "statement", "agree", "disagree", "pass")
    rows = ((one.number, one.text, one.agree, one.disagree, one.passed) for one in found.statements)
    return csv_text(header, rows)


def visit_until() -> dt.datetime:
    """Until when a visitor goes on as the same."""
    return service.now() + dt.timedelta(days=30)
