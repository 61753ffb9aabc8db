"""Promises in public: what was promised, what became of it and why; what was decided and why."""

import datetime as dt
import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET

from doorstep.accounts import service as accounts
from doorstep.accounts.auditing import audit
from doorstep.engage import queries
from doorstep.engage.model import (
    EVIDENCED,
    MOVES,
    Commitment,
    CommitmentCreate,
    CommitmentPatch,
    CommitmentUpdate,
    CommitmentUpdateCreate,
    CommitmentWhole,
    Decision,
    DecisionCreate,
    Decisions,
    Ledger,
    PublicCommitment,
    PublicDecision,
    Source,
    Status,
    UpdateKind,
    few,
)
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection, enter_organization
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id

_SLUG_LENGTH = 60
_TRIES = 100
_PUBLISHED = frozenset(Status) - {Status.DRAFT}
_NAMING = {
    "email": "This holds the e-mail address of somebody on your lists. Everybody could read it: "
    "take it out.",
    "phone": "This holds the phone number of somebody on your lists. Everybody could read it: "
    "take it out.",
    "name": "This names somebody on your lists. Everybody could read it: take the name out, or say "
    "with `named_in_public` that they hold a public office or agreed.",
}


def now() -> dt.datetime:
    """The instant by which something is overdue."""
    return dt.datetime.now(dt.UTC)


def slug_of(text: str) -> str:
    """A text as part of an address: plain letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG_LENGTH].strip("-") or "untitled"


async def commit(
    db: Connection,
    organization_id: UUID,
    created_by: UUID | None,
    wanted: CommitmentCreate,
    *,
    source: Source = Source.STATEMENT,
    source_id: UUID | None = None,
    publish_because: str | None = None,
) -> Commitment:
    """A new commitment: a draft, or published with a reason; of one source there is one.

    Raises
    ------
    RefusedError
        If its words name somebody who lives behind a door.
    """
    if source_id is not None:
        known = await queries.commitment_from(db, organization_id, source, source_id)
        if known is not None:
            return await commitment_by_id(db, organization_id, known)
    await name_nobody(
        db, organization_id, wanted.named_in_public, wanted.title, wanted.text, wanted.occasion
    )
    commitment_id = new_id()
    for slug in _slugs(wanted.title):
        if await queries.insert_commitment(
            db, organization_id, commitment_id, slug, created_by, source, source_id, wanted
        ):
            break
    await audit(db, created_by, "commitment.drafted", [commitment_id])
    if publish_because is not None:
        update = CommitmentUpdateCreate(reason=publish_because, to=Status.PUBLISHED)
        await add_update(db, organization_id, created_by, commitment_id, update)
    return await commitment_by_id(db, organization_id, commitment_id)


def _slugs(title: str) -> list[str]:
    """Addresses to try in turn; the last is surely free."""
    base = slug_of(title)
    numbered = (f"{base}-{number}" for number in itertools.count(2))
    return [base, *itertools.islice(numbered, _TRIES), f"{base[:40]}-{new_id().hex}"]


async def name_nobody(
    db: Connection, organization_id: UUID, named_in_public: bool, *texts: str
) -> None:
    """Refuse words for everybody to read that tell of somebody who lives behind a door.

    Raises
    ------
    RefusedError
        If they hold an address or number of theirs, or (unless ``named_in_public``) a name.
    """
    by = await queries.who_is_named(db, organization_id, "\n".join(texts))
    if by is not None and not (by == "name" and named_in_public):
        raise RefusedError(_NAMING[by])


async def commitments(
    db: Connection, organization_id: UUID, status: Status | None, limit: int, offset: int
) -> list[Commitment]:
    """Commitments, drafts among them, the latest changed first."""
    return await queries.commitments(
        db, organization_id, None, status, limit, offset, now=now()
    )  # fmt: skip


async def commitment_by_id(
    db: Connection, organization_id: UUID, commitment_id: UUID
) -> CommitmentWhole:
    """A commitment with all that became of it.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = await queries.commitments(db, organization_id, commitment_id, None, 1, 0, now=now())
    if not found:
        raise NotFoundError
    updates = await _updates(db, organization_id, found)
    return CommitmentWhole(**msgspec.structs.asdict(found[0]), updates=updates[commitment_id])


async def _updates(
    db: Connection, organization_id: UUID, of: Sequence[Commitment]
) -> defaultdict[UUID, list[CommitmentUpdate]]:
    by_id: defaultdict[UUID, list[CommitmentUpdate]] = defaultdict(list)
    for update in await queries.updates_of(db, organization_id, [one.id for one in of]):
        told = msgspec.structs.asdict(update)
        by_id[told.pop("commitment_id")].append(CommitmentUpdate(**told))
    return by_id


async def add_update(
    db: Connection,
    organization_id: UUID,
    by: UUID | None,
    commitment_id: UUID,
    wanted: CommitmentUpdateCreate,
) -> CommitmentWhole:
    """The commitment with one more update.

    Raises
    ------
    NotFoundError
        If there is no such commitment.
    RefusedError
        If it cannot go there, or says that it was kept and shows nothing, or names somebody.
    """
    held = await queries.hold_commitment(db, organization_id, commitment_id)
    after = wanted.to or held.status
    _check_move(held.status, wanted, held.updates_count)
    shown = [part for one in wanted.evidence for part in (one.label, one.url)]
    published = [held.title, held.text, held.occasion] if held.status is Status.DRAFT else []
    await name_nobody(
        db, organization_id, wanted.named_in_public, wanted.reason, *shown, *published
    )
    kind = UpdateKind.MOVE if after is not held.status else UpdateKind.NOTE
    if wanted.corrects is not None:
        kind = UpdateKind.CORRECTION
    await queries.insert_update(
        db, organization_id, commitment_id, held.updates_count + 1, kind, held.status, after,
        wanted.reason, wanted.evidence, wanted.corrects, {}, by,
    )  # fmt: skip
    await queries.put_commitment(
        db, organization_id, commitment_id, held.title, held.text, held.occasion, held.due_on, after
    )
    await audit(db, by, f"commitment.{after}" if wanted.to else f"commitment.{kind}",
                [commitment_id])  # fmt: skip
    return await commitment_by_id(db, organization_id, commitment_id)


def _check_move(before: Status, wanted: CommitmentUpdateCreate, updates_count: int) -> None:
    after = wanted.to or before
    if wanted.corrects is not None and wanted.corrects > updates_count:
        message = f"There is no update {wanted.corrects} to put right; the last is {updates_count}."
        raise RefusedError(message, field="corrects")
    if before is Status.DRAFT and after is before:
        message = "A draft has no updates yet. Change its words, or publish it."
        raise RefusedError(message, field="to")
    free = wanted.corrects is not None and after is not Status.DRAFT and before in _PUBLISHED
    if after is not before and not free and after not in MOVES[before]:
        allowed = ", ".join(sorted(MOVES[before])) or "nothing but a correction (give `corrects`)"
        message = f"What is {before} cannot become {after}; it can become: {allowed}."
        raise RefusedError(message, field="to")
    if after in EVIDENCED and after is not before and not wanted.evidence:
        message = f"Show that it is {after}: give at least one link as evidence."
        raise RefusedError(message, field="evidence")


async def change_commitment(
    db: Connection, caller: Caller, commitment_id: UUID, patch: CommitmentPatch
) -> CommitmentWhole:
    """The commitment in other words or with another day; once published, the change shows.

    Raises
    ------
    NotFoundError
        If there is no such commitment.
    RefusedError
        If it is published and no reason is given, or if its words name somebody.
    """
    organization_id = caller.organization_id
    held = await queries.hold_commitment(db, organization_id, commitment_id)
    fields = ("title", "text", "occasion", "due_on")
    before = {name: getattr(held, name) for name in fields}
    given = {name: getattr(patch, name) for name in fields}
    after = before | {name: value for name, value in given.items() if value is not UNSET}
    changed = {
        name: (_told(before[name]), _told(after[name]))
        for name in fields
        if before[name] != after[name]
    }
    reason = "" if patch.reason is UNSET else patch.reason
    if held.status is not Status.DRAFT and changed and not reason:
        message = "This is published: say why it changes. The reason is shown with it."
        raise RefusedError(message, field="reason")
    await name_nobody(
        db, organization_id, patch.named_in_public, reason, *(str(after[name]) for name in fields)
    )
    if held.status is not Status.DRAFT and changed:
        await queries.insert_update(
            db, organization_id, commitment_id, held.updates_count + 1, UpdateKind.CORRECTION,
            held.status, held.status, reason, [], None, changed, caller.member_id,
        )  # fmt: skip
    await queries.put_commitment(
        db, organization_id, commitment_id, **after, status=held.status
    )  # fmt: skip
    await audit(db, caller.member_id, "commitment.changed", [commitment_id])
    return await commitment_by_id(db, organization_id, commitment_id)


def _told(value: object) -> str | None:
    return None if value is None else str(value)


async def decide(db: Connection, caller: Caller, wanted: DecisionCreate) -> Decision:
    """A decision, published.

    Raises
    ------
    NotFoundError
        If it names a commitment or an earlier decision that is not there.
    RefusedError
        If the choice is none of the options, or if its words name somebody.
    ConflictError
        If another decision has taken the place of the earlier one already.
    """
    organization_id, decision_id = caller.organization_id, new_id()
    titles = [option.title for option in wanted.options]
    if wanted.choice not in titles or len(set(titles)) < len(titles):
        message = "The choice is the title of exactly one of the options."
        raise RefusedError(message, field="choice")
    await name_nobody(db, organization_id, wanted.named_in_public, *_words(wanted))
    if wanted.supersedes_id and await queries.is_superseded(
        db, organization_id, wanted.supersedes_id
    ):
        message = "Another decision has taken its place already. Supersede that one."
        raise ConflictError(message, field="supersedes_id")
    for slug in _slugs(wanted.question):
        if await queries.insert_decision(
            db, organization_id, decision_id, slug, caller.member_id, wanted
        ):
            break
    await audit(db, caller.member_id, "decision.published", [decision_id])
    return await decision_by_id(db, organization_id, decision_id)


def _words(wanted: DecisionCreate) -> list[str]:
    """Every text of it that everybody will read."""
    return [
        wanted.question,
        wanted.reasons,
        *(text for one in wanted.options for text in (one.title, one.text)),
        *(text for one in wanted.consulted for text in (one.who, one.how)),
        *(text for one in wanted.evidence for text in (one.label, one.url)),
    ]


async def decision_by_id(db: Connection, organization_id: UUID, decision_id: UUID) -> Decision:
    """A decision.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = await queries.decisions(db, organization_id, decision_id, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def enter_by_slug(db: Connection, slug: str) -> UUID:
    """The organization of this short name; the transaction is inside it afterwards.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    plain = re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug)
    organization_id = await accounts.organization_id_by_slug(db, slug) if plain else None
    if organization_id is None:
        raise NotFoundError
    await enter_organization(db, organization_id)
    return organization_id


async def ledger(db: Connection, slug: str) -> Ledger:
    """What everybody may read of an organization's commitments.

    Raises
    ------
    NotFoundError
        If there is no such organization.
    """
    organization_id = await enter_by_slug(db, slug)
    every = await queries.commitments(db, organization_id, None, None, None, 0, now=now())
    shown = [one for one in every if one.status is not Status.DRAFT]
    updates = await _updates(db, organization_id, shown)
    organization = await accounts.organization_by_id(db, organization_id)
    return Ledger(
        organization=organization.name,
        commitments=[_public(one, updates[one.id]) for one in shown],
    )


def _public(one: Commitment, updates: list[CommitmentUpdate]) -> PublicCommitment:
    if one.published_at is None:
        raise NotFoundError
    return PublicCommitment(
        slug=one.slug,
        title=one.title,
        text=one.text,
        occasion=one.occasion,
        due_on=one.due_on,
        status=one.status,
        overdue=one.overdue,
        raised_by=few(one.raised_count),
        published_on=one.published_at.date(),
        updated_at=one.updated_at,
        updates=updates,
    )


async def public_decisions(db: Connection, slug: str) -> Decisions:
    """What everybody may read of an organization's decisions.

    Raises
    ------
    NotFoundError
        If there is no such organization.
    """
    organization_id = await enter_by_slug(db, slug)
    organization = await accounts.organization_by_id(db, organization_id)
    every = await queries.decisions(db, organization_id, None, None, 0)
    names = PublicDecision.__struct_fields__
    return Decisions(
        organization=organization.name,
        decisions=[PublicDecision(**{name: getattr(one, name) for name in names}) for one in every],
    )
