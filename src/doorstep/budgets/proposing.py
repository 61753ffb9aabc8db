"""Proposals of people who are no members: from the form on a round's page to its review."""

import re
from decimal import Decimal, InvalidOperation
from uuid import UUID

from doorstep.budgets import proposal_queries, queries
from doorstep.budgets.model import MOST_PROPOSALS, PublicProposalCreate, Round, Status
from doorstep.guests.model import Recipient, Source
from doorstep.guests.service import welcome
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.letters.model import (
    Letter,
    LetterKind,
    LetterText,
    Link,
    NewLetter,
    Renderers,
)
from doorstep.letters.service import queue

_WHAT_NEXT = (
    "We look at every proposal: whether it can be done, and what it costs. Then it is on the page "
    "below, with the reason if it could not be voted on."
)
_GROUPED = re.compile(r"[\s'.,](?=\d{3}(?:\D|$))")


def read_form(typed: dict[str, str]) -> PublicProposalCreate:
    """What was written into the form.

    Raises
    ------
    RefusedError
        If something cannot be used; it names the field.
    """
    title = " ".join(typed.get("title", "").split())
    if not 1 <= len(title) <= 200:  # noqa: PLR2004
        message = "Say in a few words what you propose, at most 200 letters."
        raise RefusedError(message, field="title")
    try:
        form_id = UUID(typed.get("form", ""))
    except ValueError:
        form_id = new_id()
    return PublicProposalCreate(
        form_id=form_id,
        title=title,
        text=typed.get("text", "").strip(),
        place=" ".join(typed.get("place", "").split())[:200],
        cost_guess=_guess(typed.get("cost", "")),
        name=typed.get("name", ""),
        email=typed.get("email", ""),
    )


def _guess(text: str) -> int | None:
    written = _GROUPED.sub("", text.strip())
    if not written:
        return None
    try:
        amount = Decimal(written.replace(",", "."))
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or not 1 <= amount <= 10**12:
        message = "Write what it may cost as a number, such as 2500, or leave it empty."
        raise RefusedError(message, field="cost")
    return int(amount)


async def propose(
    db: Connection, organization_id: UUID, of: Round, wanted: PublicProposalCreate
) -> None:
    """Take a guest's proposal down for the review, once for each form, and write to them.

    Raises
    ------
    ConflictError
        If the round collects no proposals, or is full.
    RefusedError
        If their name or address cannot be one.
    """
    await queries.hold_round(db, organization_id, of.id)
    found = await queries.round_by_id(db, organization_id, of.id)
    if found.status is not Status.COLLECTING:
        message = "Proposals are not being collected now."
        raise ConflictError(message)
    guest_id = await welcome(
        db, organization_id, name=wanted.name, email=wanted.email, source=Source.PROPOSAL
    )
    proposal_id = new_id()
    if not await proposal_queries.insert_public_proposal(
        db, organization_id, of.id, proposal_id, guest_id, wanted
    ):
        return
    every = await proposal_queries.proposals(db, organization_id, of.id)
    if sum(one.eligible is not False for one in every) > MOST_PROPOSALS:
        message = f"A round holds {MOST_PROPOSALS} proposals, and this one is full."
        raise ConflictError(message)
    letter = NewLetter(
        kind=LetterKind.PROPOSAL_RECEIVED,
        about=proposal_id,
        recipient=Recipient(guest_id=guest_id),
        key=f"proposal_received:{proposal_id}",
    )
    await queue(db, organization_id, [letter])


def letters(public_url: str) -> Renderers:
    """What writes the letters of this room."""

    async def received(db: Connection, letter: Letter) -> LetterText | None:
        found = await proposal_queries.received(db, letter.organization_id, letter.about)
        if found is None:
            return None
        page = f"{public_url}/o/{found.organization_slug}/budget/{found.round_slug}"
        return LetterText(
            subject=f"Your proposal: {found.title}",
            paragraphs=(
                f"Thank you for proposing “{found.title}” for “{found.round_title}”.",
                _WHAT_NEXT,
            ),
            links=(Link(label=found.round_title, url=page),),
        )

    return {LetterKind.PROPOSAL_RECEIVED: received}
