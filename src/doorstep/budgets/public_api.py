"""What everybody may see of budget rounds, and voting by code: pages without scripts."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from doorstep.accounts.service import organization_by_id
from doorstep.budgets import counting, pages, proposal_queries, proposing, queries, voting
from doorstep.budgets.model import (
    FEW,
    ORDER,
    BallotKind,
    Choice,
    Proposal,
    PublicResult,
    Round,
    Status,
)
from doorstep.engage.service import commitment_by_id, enter_by_slug
from doorstep.kit.atom import NEWEST
from doorstep.kit.auth import client_of, open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import (
    ConflictError,
    NotFoundError,
    ProblemError,
    RefusedError,
    TooManyError,
)
from doorstep.kit.forms import MAX_FORM_BYTES, form_of
from doorstep.kit.ids import new_id
from doorstep.kit.limits import Limit
from doorstep.kit.problems import problems
from doorstep.kit.public_pages import AnyRequest, private_page, public_answer, refused
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

HTML, ATOM = "text/html", "application/atom+xml"
PAGE: dict[str, Any] = {"include_in_schema": False, "media_type": HTML, **open_to_anyone()}
MAX_PROPOSAL_BYTES = 100_000
_FIELD = 200
Start = Annotated[int, QueryParameter(ge=0, le=100_000, description="How many to skip")]


def _file(media_type: str, kind: type, description: str) -> dict[int, ResponseSpec]:
    found = ResponseSpec(
        data_container=kind,
        description=description,
        media_type=media_type,  # pyright: ignore[reportArgumentType]
        generate_examples=False,
    )
    return {200: found, **problems(NotFoundError, ConflictError, RefusedError, TooManyError)}


class PublicBudgetController(Controller):
    """Budget rounds as everybody may see them, by the short name of the organization."""

    path = "/o/{organization_slug:str}/budget"
    tags = ("public",)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        # A hall full of voters may share one address; a code has 50 bits.
        self.tries = Limit(tries=300, per_s=600)
        self.views = Limit(tries=1200, per_s=600)
        # Somebody helps others at a market stall to fill it in.
        self.proposals = Limit(tries=40, per_s=3600)

    @get(**PAGE)
    async def rounds_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """Every round that has begun."""
        self.views.take(client_of(request, settings))
        organization_id = await enter_by_slug(db, organization_slug)
        begun = [
            one
            for one in await queries.rounds(db, organization_id)
            if one.status is not Status.DRAFT
        ]
        return public_answer(request, pages.rounds_page(organization_slug, begun), HTML)

    @get("/{round_slug:str}", **PAGE)
    async def round_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
        start: Start = 0,
    ) -> Response[bytes]:
        """A round with its proposals and, once it is published, its result."""
        self.views.take(client_of(request, settings))
        organization_id, found, proposals = await _round(db, organization_slug, round_slug)
        result = await _published(db, organization_id, found) if _is_out(found) else None
        page = pages.round_page(
            settings.public_url, organization_slug, found, proposals, result, start
        )
        return public_answer(request, page, HTML)

    @get("/{round_slug:str}/proposals/{number:int}", **PAGE)
    async def proposal_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
        number: FromPath[int],
    ) -> Response[bytes]:
        """A proposal with its whole text, its place, and what came of it."""
        self.views.take(client_of(request, settings))
        organization_id, found, proposals = await _round(db, organization_slug, round_slug)
        one = next((some for some in proposals if some.number == number), None)
        if one is None:
            raise NotFoundError
        result = await _published(db, organization_id, found) if _is_out(found) else None
        kept = None
        if one.commitment_id:
            kept = (await commitment_by_id(db, organization_id, one.commitment_id)).slug
        page = pages.proposal_page(settings.public_url, organization_slug, found, one, result, kept)
        return public_answer(request, page, HTML)

    @get(
        "/{round_slug:str}/result.json",
        operation_id="getPublicBudgetResult",
        responses=_file("application/json", PublicResult, "The result"),
        **open_to_anyone(),
    )
    async def result_json(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
    ) -> Response[bytes]:
        """The published result by both rules, with the reason for every proposal."""
        self.views.take(client_of(request, settings))
        organization_id, found, _ = await _round(db, organization_slug, round_slug)
        result = await _published(db, organization_id, found)
        return public_answer(request, msgspec.json.encode(result), "application/json")

    @get(
        "/{round_slug:str}/ballots.pb",
        operation_id="downloadPublicBallots",
        media_type="text/plain",
        responses=_file("text/plain", str, "The round as Pabulib has it"),
        **open_to_anyone(),
    )
    async def ballots_pb(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
    ) -> Response[bytes]:
        """The published round to count again: every ballot, none with its voter."""
        self.views.take(client_of(request, settings))
        organization_id, found, _ = await _round(db, organization_slug, round_slug)
        _check_out(found)
        if (await counting.result(db, organization_id, found.id)).voters_count < FEW:
            raise RefusedError(pages.few_ballots())
        text = await counting.pb_file(db, organization_id, found)
        return public_answer(request, text, "text/plain")

    @get("/{round_slug:str}/propose", **PAGE)
    async def propose_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
    ) -> Response[str]:
        """The form for proposals, while a round collects them."""
        try:
            self.views.take(client_of(request, settings))
            _, found, _ = await _round(db, organization_slug, round_slug)
            if found.status is not Status.COLLECTING:
                message = "Proposals are not being collected now."
                raise ConflictError(message)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.propose_page(organization_slug, found, str(new_id()), {}))

    @post(
        "/{round_slug:str}/propose",
        status_code=200,
        request_max_body_size=MAX_PROPOSAL_BYTES,
        **PAGE,
    )
    async def post_proposal(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
    ) -> Response[str]:
        """Take a proposal in for the review, or say what is wrong with it beside what was typed."""
        try:
            self.proposals.take(client_of(request, settings))
            organization_id, found, _ = await _round(db, organization_slug, round_slug)
        except ProblemError as error:
            return refused(error)
        typed = await form_of(request)
        try:
            # Only a program fills in what nobody sees.
            if not typed.get("website"):
                wanted = proposing.read_form(typed)
                await proposing.propose(db, organization_id, found, wanted)
        except RefusedError as error:
            form_id = typed.get("form", "")[:40]
            again = pages.propose_page(organization_slug, found, form_id, typed, error.detail)
            return private_page(again, error.status)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.proposed_page(organization_slug, found))

    @get("/{round_slug:str}/vote", **PAGE)
    async def vote_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
    ) -> Response[str]:
        """The ballot of a round that is open."""
        try:
            self.views.take(client_of(request, settings))
            _, found, proposals = await _round(db, organization_slug, round_slug)
            if found.status is not Status.VOTING:
                message = "This vote is not open."
                raise ConflictError(message)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.vote_page(organization_slug, found, proposals))

    @post(
        "/{round_slug:str}/vote",
        status_code=200,
        request_max_body_size=MAX_FORM_BYTES,
        **PAGE,
    )
    async def post_vote(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
    ) -> Response[str]:
        """Take a ballot in, or say what is wrong with it beside what was typed."""
        try:
            self.tries.take(client_of(request, settings))
            organization_id, found, proposals = await _round(db, organization_slug, round_slug)
        except ProblemError as error:
            return refused(error)
        typed = await _form(request)
        try:
            choices = _choices(found, typed)
            receipt = await voting.cast_by_code(
                db, keyring, organization_id, found.id, typed.get("code", ""), choices
            )
        except RefusedError as error:
            again = pages.vote_page(
                organization_slug, found, proposals, typed=typed, fault=error.detail
            )
            return private_page(again, error.status)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.cast_page(organization_slug, found, receipt))

    @get("/{round_slug:str}/receipt", **PAGE)
    async def receipt_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
    ) -> Response[str]:
        """Where a voter looks whether their ballot is in the count."""
        try:
            self.views.take(client_of(request, settings))
            _, found, _ = await _round(db, organization_slug, round_slug)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.receipt_page(organization_slug, found))

    @post(
        "/{round_slug:str}/receipt",
        status_code=200,
        request_max_body_size=MAX_FORM_BYTES,
        **PAGE,
    )
    async def post_receipt(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        round_slug: FromPath[str],
    ) -> Response[str]:
        """Whether the ballot of a receipt is in the count; not what it says."""
        try:
            self.tries.take(client_of(request, settings))
            organization_id, found, _ = await _round(db, organization_slug, round_slug)
        except ProblemError as error:
            return refused(error)
        receipt = (await _form(request)).get("receipt", "")
        known = await voting.is_counted(db, organization_id, found.id, receipt)
        answer = (
            "Yes: this ballot is among those that are counted."
            if known
            else "There is no ballot with this receipt. Whoever voted again has a newer receipt."
        )
        return private_page(pages.receipt_page(organization_slug, found, answer))


class BudgetFeedController(Controller):
    """What is new about budget rounds."""

    path = "/o/{organization_slug:str}/budget.atom"
    tags = ("public",)

    @get(
        operation_id="followBudgetRounds",
        media_type=ATOM,
        responses=_file(ATOM, str, "An Atom feed"),
        **open_to_anyone(),
    )
    async def rounds_atom(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """The newest moves of budget rounds, for feed readers."""
        organization_id = await enter_by_slug(db, organization_slug)
        name = (await organization_by_id(db, organization_id)).name
        news = await queries.news(db, organization_id, NEWEST)
        made = pages.rounds_atom(settings.public_url, organization_slug, name, news)
        return public_answer(request, made, ATOM)


async def _round(db: Connection, slug: str, round_slug: str) -> tuple[UUID, Round, list[Proposal]]:
    """A round that has begun, with what organizers have looked at; drafts are nobody's business.

    What was proposed and not looked at might name somebody, or worse.
    """
    organization_id = await enter_by_slug(db, slug)
    if "\x00" in round_slug:
        raise NotFoundError
    found = await queries.round_by_slug(db, organization_id, round_slug)
    if found.status is Status.DRAFT:
        raise NotFoundError
    every = await proposal_queries.proposals(db, organization_id, found.id)
    return organization_id, found, [one for one in every if one.eligible is not None]


def _is_out(found: Round) -> bool:
    return ORDER.index(found.status) >= ORDER.index(Status.PUBLISHED)


def _check_out(found: Round) -> None:
    if not _is_out(found):
        message = "The result of this round is not published yet."
        raise ConflictError(message)


async def _published(db: Connection, organization_id: UUID, found: Round) -> PublicResult:
    _check_out(found)
    return counting.public_result(found, await counting.result(db, organization_id, found.id))


async def _form(request: AnyRequest) -> dict[str, str]:
    """The fields of a ballot or receipt, which are short."""
    return {name: value[:_FIELD] for name, value in (await form_of(request)).items()}


def _choices(of: Round, typed: dict[str, str]) -> list[Choice]:
    """What was ticked or written into the ballot.

    Raises
    ------
    RefusedError
        If something else than a number was written.
    """
    written: list[tuple[int, int]] = []
    for name, text in typed.items():
        number = name.removeprefix("p")
        if not name.startswith("p") or not number.isdecimal() or not text.strip():
            continue
        if not text.strip().isdecimal() or not 0 <= int(text) <= 1000:  # noqa: PLR2004
            message = f"Write a number beside project {number[:6]}, not {text[:20]}."
            raise RefusedError(message)
        if int(text):
            written.append((int(number[:6]), int(text)))
    match of.ballot_kind:
        case BallotKind.APPROVAL:
            return [Choice(number=number) for number, _ in written]
        case BallotKind.CUMULATIVE:
            return [Choice(number=number, points=points) for number, points in written]
        case BallotKind.RANKING:
            return [Choice(number=number) for number, _ in _ranked(written)]


def _ranked(written: list[tuple[int, int]]) -> list[tuple[int, int]]:
    places = [place for _, place in written]
    if len(set(places)) < len(places):
        message = "Two projects have the same place; give each a place of its own."
        raise RefusedError(message)
    return sorted(written, key=lambda one: one[1])
