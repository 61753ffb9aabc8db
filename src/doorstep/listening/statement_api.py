"""Voting on statements in a browser, and the votes as everybody may know them."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.engage.service import enter_by_slug
from doorstep.kit.auth import client_of
from doorstep.kit.db import Connection
from doorstep.kit.errors import ProblemError, RefusedError
from doorstep.kit.limits import Limit
from doorstep.kit.links import Purpose, read, sign
from doorstep.kit.public_pages import AnyRequest, private_page, public_answer, refused
from doorstep.kit.tokens import Keyring
from doorstep.listening import open_pages, pages, service, statement_queries, statements
from doorstep.listening.model import StatementTopic, Vote
from doorstep.listening.public_api import PAGE, form_of
from doorstep.settings import Settings

MAX_BODY_BYTES = 20_000
_MOST_DIGITS = 9


class PublicStatementController(Controller):
    """Topics as everybody may vote on them."""

    path = "/o/{organization_slug:str}/statements/{topic_slug:str}"
    tags = ("public",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        # A visitor is whoever has a form: this alone keeps one from being very many.
        self.tries = Limit(tries=300, per_s=600)
        self.proposals = Limit(tries=10, per_s=600)
        self.views = Limit(tries=600, per_s=600)

    @get(**PAGE)
    async def topic_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        topic_slug: FromPath[str],
    ) -> Response[str] | Response[bytes]:
        """The next statement and the votes so far; with `.json` or `.csv`, the votes alone."""
        self.views.take(client_of(request, settings))
        plain, _, form = topic_slug.rpartition(".")
        organization_id, topic = await _topic(db, organization_slug, plain or topic_slug)
        if plain:
            tally = await statements.tally(db, organization_id, topic)
            if form == "csv":
                return public_answer(request, statements.tally_csv(tally), "text/csv")
            return public_answer(request, msgspec.json.encode(tally), "application/json")
        return await _page(db, keyring, organization_slug, organization_id, topic, uuid4())

    @post("/votes", status_code=200, request_max_body_size=MAX_BODY_BYTES, **PAGE)
    async def vote(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        topic_slug: FromPath[str],
    ) -> Response[str]:
        """Take a vote in and show the next statement; the last vote of a visitor counts."""
        try:
            self.tries.take(client_of(request, settings))
            organization_id, topic = await _topic(db, organization_slug, topic_slug)
            statements.check_open(topic)
            form = await form_of(request)
            visitor_id = _visitor(keyring, organization_id, topic, pages.first_of(form, "visitor"))
            vote, number = pages.first_of(form, "vote"), pages.first_of(form, "number")
            if vote not in list(Vote) or not number.isdecimal() or len(number) > _MOST_DIGITS:
                message = "Choose one of the three: agree, disagree or pass."
                raise RefusedError(message, field="vote")
            await statement_queries.put_vote(
                db, organization_id, topic.id, int(number), visitor_id, Vote(vote)
            )
            return await _page(db, keyring, organization_slug, organization_id, topic, visitor_id)
        except ProblemError as error:
            return refused(error)

    @post("/proposals", status_code=200, request_max_body_size=MAX_BODY_BYTES, **PAGE)
    async def propose(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        topic_slug: FromPath[str],
    ) -> Response[str]:
        """Take a statement in; nobody sees it before an organizer has."""
        try:
            self.proposals.take(client_of(request, settings))
            organization_id, topic = await _topic(db, organization_slug, topic_slug)
            statements.check_open(topic)
            form = await form_of(request)
            visitor_id = _visitor(keyring, organization_id, topic, pages.first_of(form, "visitor"))
            if not form.get("website"):
                await statements.propose(db, organization_id, topic, pages.first_of(form, "text"))
            said = "Thank you. It shows here once somebody has looked at it."
            return await _page(
                db, keyring, organization_slug, organization_id, topic, visitor_id, said
            )
        except ProblemError as error:
            return refused(error)


async def _topic(db: Connection, slug: str, topic_slug: str) -> tuple[UUID, StatementTopic]:
    organization_id = await enter_by_slug(db, slug)
    plain = topic_slug.replace("\x00", "")
    return organization_id, await statement_queries.topic_by(db, organization_id, slug=plain)


def _visitor(keyring: Keyring, organization_id: UUID, topic: StatementTopic, token: str) -> UUID:
    """The number of a visitor; only a form of ours has one.

    Raises
    ------
    RefusedError
        If the form is not ours, of another topic, or too old.
    """
    link = read(keyring, Purpose.VISITOR, token, service.now())
    topic_id, visitor_id = link.ids
    if link.organization_id != organization_id or topic_id != topic.id:
        message = "This form is of another page. Open the page anew."
        raise RefusedError(message, field="visitor")
    return visitor_id


async def _page(
    db: Connection,
    keyring: Keyring,
    slug: str,
    organization_id: UUID,
    topic: StatementTopic,
    visitor_id: UUID,
    said: str = "",
) -> Response[str]:
    found = await statement_queries.next_statement(db, organization_id, topic.id, visitor_id)
    token = sign(
        keyring, Purpose.VISITOR, organization_id, topic.id, visitor_id,
        expires_at=statements.visit_until(),
    )  # fmt: skip
    page = open_pages.statements_page(
        slug,
        topic,
        found[0] if found else None,
        token,
        await statements.tally(db, organization_id, topic),
        is_open=statements.is_open(topic),
        said=said,
    )
    return private_page(page)


CONTROLLERS = (PublicStatementController,)
