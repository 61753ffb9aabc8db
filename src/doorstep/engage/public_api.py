"""What everybody may read of an organization: pages, and the same as JSON, CSV and Atom."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from doorstep.engage import files, pages, service
from doorstep.engage.model import Decisions, Ledger, PublicCommitment, PublicDecision
from doorstep.kit.auth import open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.problems import problems
from doorstep.kit.public_pages import AnyRequest, public_answer
from doorstep.settings import Settings

JSON, HTML, CSV, ATOM = "application/json", "text/html", "text/csv", "application/atom+xml"
PAGE: dict[str, Any] = {"include_in_schema": False, "media_type": HTML, **open_to_anyone()}
Start = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to skip")]
Item = TypeVar("Item", PublicCommitment, PublicDecision)


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


class PublicLedgerController(Controller):
    """The public ledger of an organization, by its short name."""

    path = "/o/{organization_slug:str}"
    tags = ("public",)

    @get("/commitments", **PAGE)
    async def commitments_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        organization_slug: FromPath[str],
        start: Start = 0,
    ) -> Response[bytes]:
        """What was promised, and what became of it."""
        ledger = await service.ledger(db, organization_slug)
        return public_answer(
            request, pages.commitments_page(organization_slug, ledger, start), HTML
        )

    @get("/commitments/{commitment_slug:str}", **PAGE)
    async def commitment_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        commitment_slug: FromPath[str],
        start: Start = 0,
    ) -> Response[bytes]:
        """One promise with its history; with `.json` behind its name, as JSON."""
        ledger = await service.ledger(db, organization_slug)
        item = _named(ledger.commitments, commitment_slug)
        if commitment_slug.endswith(".json"):
            return public_answer(request, msgspec.json.encode(item), JSON)
        page = pages.commitment_page(settings.public_url, organization_slug, ledger, item, start)
        return public_answer(request, page, HTML)

    @get("/decisions", **PAGE)
    async def decisions_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        organization_slug: FromPath[str],
        start: Start = 0,
    ) -> Response[bytes]:
        """What was decided."""
        found = await service.public_decisions(db, organization_slug)
        return public_answer(request, pages.decisions_page(organization_slug, found, start), HTML)

    @get("/decisions/{decision_slug:str}", **PAGE)
    async def decision_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        decision_slug: FromPath[str],
        start: Start = 0,
    ) -> Response[bytes]:
        """One decision with its reasons; with `.json` behind its name, as JSON."""
        found = await service.public_decisions(db, organization_slug)
        item = _named(found.decisions, decision_slug)
        if decision_slug.endswith(".json"):
            return public_answer(request, msgspec.json.encode(item), JSON)
        page = pages.decision_page(settings.public_url, organization_slug, found, item, start)
        return public_answer(request, page, HTML)

    @get("/commitments.json", **_file("getPublicCommitments", JSON, Ledger, "The commitments"))
    async def commitments_json(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """Every published commitment with all its updates."""
        ledger = await service.ledger(db, organization_slug)
        return public_answer(request, msgspec.json.encode(ledger), JSON)

    @get("/commitments.csv", **_file("downloadCommitments", CSV, str, "A row for each"))
    async def commitments_csv(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """Every published commitment, for a spreadsheet."""
        ledger = await service.ledger(db, organization_slug)
        return public_answer(request, files.commitments_csv(ledger), CSV)

    @get(
        "/commitment-updates.csv", **_file("downloadCommitmentUpdates", CSV, str, "A row for each")
    )
    async def updates_csv(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """Every update of every published commitment, for a spreadsheet."""
        ledger = await service.ledger(db, organization_slug)
        return public_answer(request, files.updates_csv(ledger), CSV)

    @get("/commitments.atom", **_file("followCommitments", ATOM, str, "An Atom feed"))
    async def commitments_atom(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """The newest updates, for feed readers."""
        ledger = await service.ledger(db, organization_slug)
        feed = files.commitments_atom(settings.public_url, organization_slug, ledger)
        return public_answer(request, feed, ATOM)

    @get("/decisions.json", **_file("getPublicDecisions", JSON, Decisions, "The decisions"))
    async def decisions_json(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """Every decision with its options and reasons."""
        found = await service.public_decisions(db, organization_slug)
        return public_answer(request, msgspec.json.encode(found), JSON)

    @get("/decisions.csv", **_file("downloadDecisions", CSV, str, "A row for each"))
    async def decisions_csv(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """Every decision, for a spreadsheet."""
        found = await service.public_decisions(db, organization_slug)
        return public_answer(request, files.decisions_csv(found), CSV)

    @get("/decisions.atom", **_file("followDecisions", ATOM, str, "An Atom feed"))
    async def decisions_atom(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[bytes]:
        """The newest decisions, for feed readers."""
        found = await service.public_decisions(db, organization_slug)
        feed = files.decisions_atom(settings.public_url, organization_slug, found)
        return public_answer(request, feed, ATOM)


def _named(every: Sequence[Item], slug: str) -> Item:
    wanted = slug.removesuffix(".json")
    for one in every:
        if one.slug == wanted:
            return one
    raise NotFoundError
