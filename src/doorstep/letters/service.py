"""Queueing letters with what happened, taking them back, and what their readers answer by link."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from doorstep.accounts.auditing import audit
from doorstep.accounts.model import Organization
from doorstep.guests import service as guests
from doorstep.kit import links
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.links import Purpose as LinkPurpose
from doorstep.kit.links import SignedLink
from doorstep.kit.tokens import Keyring
from doorstep.letters import linking, queries
from doorstep.letters.model import (
    LetterEntry,
    LetterKind,
    LetterOutcome,
    LetterState,
    NewLetter,
)
from doorstep.letters.queries import Row, counts, is_guest
from doorstep.people import consenting
from doorstep.people.rights_model import Purpose
from doorstep.people.suppressing import contact_hash

__all__ = ["counts", "is_guest", "queue", "withdraw"]

_GONE_OUT = frozenset(
    {LetterState.SENDING, LetterState.SENT, LetterState.DELIVERED, LetterState.UNKNOWN}
)


async def queue(db: Connection, organization_id: UUID, letters: Sequence[NewLetter]) -> int:
    """How many are new: they leave once the caller's transaction has committed.

    A letter that may not be sent as things stand (no consent for its purpose, no address,
    somebody to be left alone) is not queued; later, with the same key, it may be.
    """
    rows = [
        Row(
            id=new_id(),
            kind=one.kind,
            about=one.about,
            person_id=one.recipient.person_id,
            guest_id=one.recipient.guest_id,
            key=one.key,
            purpose=one.purpose,
            facts=msgspec.json.encode(one.facts).decode(),
            due_at=one.due_at,
            expires_at=one.expires_at,
        )
        for one in letters
    ]
    return await queries.insert_letters(db, organization_id, rows)


async def withdraw(
    db: Connection, organization_id: UUID, *, about: UUID, kinds: Collection[LetterKind] = ()
) -> int:
    """How many letters about it, of these kinds (none: of all), are not sent after all."""
    return await queries.withdraw(db, organization_id, about, kinds)


async def note_outcome(
    db: Connection, keyring: Keyring, caller: Caller, letter_id: UUID, wanted: LetterOutcome
) -> LetterEntry:
    """The letter as it ended; where one came back, nothing more is sent.

    Raises
    ------
    NotFoundError
        If there is no such letter.
    ConflictError
        If it did not leave.
    """
    organization_id = caller.organization_id
    letter = await queries.letter_by_id(db, organization_id, letter_id)
    bounced = wanted.state == "bounced"
    after = LetterState.FAILED if bounced else LetterState.DELIVERED
    if letter.state is after:
        return letter
    if letter.state not in _GONE_OUT:
        message = f"This letter is {letter.state}: it did not leave."
        raise ConflictError(message)
    why = "bounced" if bounced else None
    await queries.put(db, organization_id, letter_id, after, why, letter.attempts_count, 0)
    email = await queries.address_of(db, organization_id, letter_id)
    if bounced and (digest := _digest(keyring, organization_id, email)):
        await queries.insert_bouncing(db, organization_id, digest)
    await audit(db, caller.member_id, f"letter.{wanted.state}", [letter_id])
    return await queries.letter_by_id(db, organization_id, letter_id)


def _digest(keyring: Keyring, organization_id: UUID, email: str | None) -> bytes | None:
    return contact_hash(keyring.suppression_key(organization_id), "email", email or "")


async def to_confirm(
    db: Connection, keyring: Keyring, slug: str, token: str
) -> tuple[Organization, SignedLink, list[str]]:
    """What the holder of a link would confirm: the words they are to agree to, if any.

    Raises
    ------
    RefusedError
        If the link is not good, whatever the reason.
    """
    organization, link = await linking.enter(db, keyring, slug, LinkPurpose.CONFIRM_EMAIL, token)
    guest_id, *ids = link.ids
    try:
        await guests.guest_by_id(db, organization.id, guest_id)
    except NotFoundError:
        raise RefusedError(links.NOT_VALID, field="token") from None
    found = await guests.consents_of_guest(db, organization.id, guest_id)
    return organization, link, [one.wording for one in found if one.id in ids]


async def confirm(db: Connection, keyring: Keyring, slug: str, token: str) -> Organization:
    """Note that the address is the guest's, with what the letter asked; again, nothing new.

    What came back from there before is tried again.

    Raises
    ------
    RefusedError
        If the link is not good, whatever the reason.
    ConflictError
        If another guest has the new address.
    """
    organization, link, _ = await to_confirm(db, keyring, slug, token)
    guest_id, *ids = link.ids
    wanted = await guests.new_email(db, organization.id, guest_id)
    if wanted is not None and linking.address_id(wanted) in ids:
        await guests.take_address(db, organization.id, guest_id)
    else:
        await guests.confirm(db, organization.id, guest_id, ids)
    guest = await guests.guest_by_id(db, organization.id, guest_id)
    if digest := _digest(keyring, organization.id, guest.email):
        await queries.delete_bouncing(db, organization.id, digest)
    return organization


async def to_stop(
    db: Connection, keyring: Keyring, slug: str, token: str
) -> tuple[Organization, SignedLink, Purpose]:
    """What the holder of a link would stop.

    Raises
    ------
    RefusedError
        If the link is not good, whatever the reason.
    """
    organization, link = await linking.enter(db, keyring, slug, LinkPurpose.STOP_LETTERS, token)
    return organization, link, linking.stopped_purpose(link)


async def stop(db: Connection, organization_id: UUID, recipient_id: UUID, purpose: Purpose) -> None:
    """Take back that somebody allowed letters of a purpose, as a guest and on the lists."""
    if await is_guest(db, organization_id, recipient_id):
        await guests.stop(db, organization_id, recipient_id, purpose)
        person_id = await guests.person_of(db, organization_id, recipient_id)
    else:
        person_id = recipient_id
    if person_id is not None:
        await consenting.stop_oneself(db, organization_id, person_id, purpose, "email")
        for guest in await guests.guests_of_people(db, organization_id, [person_id]):
            await guests.stop(db, organization_id, guest.id, purpose)
