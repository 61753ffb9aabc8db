"""Welcoming guests, what they allow once they confirmed it, and letting them go."""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from doorstep.accounts.auditing import audit
from doorstep.guests import queries
from doorstep.guests.model import GuestEntry, Source
from doorstep.guests.queries import (
    Asked,
    consents_of_guest,
    guest_by_id,
    guests_of_email,
    guests_of_people,
    new_email,
    person_of,
)
from doorstep.guests.wording import ASKED
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection, Pool, organization_transaction, signin_transaction
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.mail import is_address
from doorstep.kit.queue import Every
from doorstep.people.rights_model import Purpose

__all__ = [
    "consents_of_guest",
    "guest_by_id",
    "guests_of_email",
    "guests_of_people",
    "new_email",
    "person_of",
]

MOST_LETTERS = 200
STALE_DAYS = 30
_AT_ONCE = 500


async def wordings(
    db: Connection, organization_id: UUID, purposes: Collection[Purpose]
) -> dict[Purpose, Asked]:
    """In which words a public page asks for each purpose: show these beside the boxes."""
    wanted = sorted(purposes)
    unknown = [one for one in wanted if one not in ASKED]
    if unknown:
        message = f"A public page cannot ask for the purpose {unknown[0]}."
        raise RefusedError(message, field="purposes")
    own = {one.purpose: one for one in await queries.wordings(db, organization_id, wanted)}
    return {
        one: own.get(one) or Asked(purpose=one, wording=ASKED[one], version=None) for one in wanted
    }


async def welcome(
    db: Connection,
    organization_id: UUID,
    *,
    name: str,
    email: str,
    source: Source,
    language: str | None = None,
    purposes: Collection[Purpose] = (),
) -> UUID:
    """The guest of this address, found or made; what they allow counts once they confirmed it.

    Whoever has not confirmed the address goes by the newest name, others keep theirs: a name does
    not change because somebody typed another's address. A letter asks them to confirm.

    Raises
    ------
    RefusedError
        If there is no name, or if the address cannot be one; it names the field.
    """
    guest_id = await queries.put_guest(
        db, organization_id, new_id(), _name(name), address(email), source, language
    )
    asked = await wordings(db, organization_id, purposes)
    if asked:
        rows: list[tuple[UUID, Purpose, str, int | None]] = [
            (new_id(), one.purpose, one.wording, one.version) for one in asked.values()
        ]
        new_count = await queries.insert_consents(db, organization_id, guest_id, rows)
        waiting = await pending(db, organization_id, guest_id)
        if waiting:
            await queries.ask(db, organization_id, guest_id, anew=new_count > 0)
    return guest_id


def _name(text: str) -> str:
    plain = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    if not plain:
        message = "Tell us your name, or what we may call you."
        raise RefusedError(message, field="name")
    if len(plain) > MOST_LETTERS:
        message = f"A name has at most {MOST_LETTERS} letters."
        raise RefusedError(message, field="name")
    return plain


def address(text: str) -> str:
    """An e-mail address without the space around it.

    Raises
    ------
    RefusedError
        If it cannot be one.
    """
    plain = text.strip()
    if not is_address(plain):
        message = "This is no e-mail address. Check how it is written."
        raise RefusedError(message, field="email")
    return plain


async def pending(db: Connection, organization_id: UUID, guest_id: UUID) -> list[UUID]:
    """The consents that a guest is still to confirm."""
    return [
        one.id
        for one in await consents_of_guest(db, organization_id, guest_id)
        if one.confirmed_at is None and one.withdrawn_at is None
    ]


async def confirm(
    db: Connection, organization_id: UUID, guest_id: UUID, consent_ids: Sequence[UUID] = ()
) -> None:
    """Note that the address is theirs, and that these consents count from now on.

    Raises
    ------
    NotFoundError
        If there is no such guest any more.
    """
    await queries.confirm_guest(db, organization_id, guest_id)
    await queries.confirm_consents(db, organization_id, guest_id, consent_ids)
    await audit(db, None, "guest.confirmed", [guest_id, *consent_ids])


async def want_address(db: Connection, organization_id: UUID, guest_id: UUID, email: str) -> None:
    """Keep the address a guest wants instead, until they confirm it by a letter to there.

    Raises
    ------
    RefusedError
        If it cannot be one.
    """
    await queries.put_new_email(db, organization_id, guest_id, address(email))


async def take_address(db: Connection, organization_id: UUID, guest_id: UUID) -> None:
    """Let the address that a guest wanted, and confirmed, be theirs.

    Raises
    ------
    NotFoundError
        If they want none any more.
    ConflictError
        If another guest has it.
    """
    await queries.take_new_email(db, organization_id, guest_id)
    await audit(db, None, "guest.moved", [guest_id])


async def correct(
    db: Connection, organization_id: UUID, guest_id: UUID, name: str, language: str | None
) -> None:
    """Let a guest go by another name and language.

    Raises
    ------
    RefusedError
        If there is no name.
    """
    await queries.put_name(db, organization_id, guest_id, _name(name), language)
    await audit(db, None, "guest.corrected", [guest_id])


async def give(db: Connection, organization_id: UUID, guest_id: UUID, purpose: Purpose) -> None:
    """Take a consent down that a guest gives on a page they reached by a letter to them."""
    (asked,) = (await wordings(db, organization_id, [purpose])).values()
    await queries.confirm_guest(db, organization_id, guest_id)
    await queries.give_consent(db, organization_id, guest_id, new_id(), asked)
    await audit(db, None, "guest.consented", [guest_id])


async def stop(db: Connection, organization_id: UUID, guest_id: UUID, purpose: Purpose) -> None:
    """Take back what a guest allowed for a purpose; a second time nothing new happens."""
    await queries.withdraw_consents(db, organization_id, guest_id, purpose)
    await audit(db, None, "guest.stopped", [guest_id])


async def link(
    db: Connection, caller: Caller, guest_id: UUID, person_id: UUID | None
) -> GuestEntry:
    """The guest as the person they are; what they confirmed holds for that person as well.

    Raises
    ------
    NotFoundError
        If there is no such guest or no such person.
    """
    organization_id = caller.organization_id
    await queries.link_guest(db, organization_id, guest_id, person_id, caller.member_id)
    if person_id is not None:
        await queries.share_with_person(db, organization_id, guest_id, person_id, caller.member_id)
    ids = [guest_id] if person_id is None else [guest_id, person_id]
    await audit(db, caller.member_id, "guest.linked", ids)
    found = await queries.guests(db, organization_id, guest_id, None, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def erase(
    db: Connection, organization_id: UUID, guest_id: UUID, by: UUID | None = None
) -> None:
    """Forget a guest for good; what they came to still counts.

    Raises
    ------
    NotFoundError
        If there is no such guest.
    """
    await queries.erase_guest(db, organization_id, guest_id)
    await audit(db, by, "guest.erased", [guest_id])


async def let_go(pool: Pool, organization_id: UUID) -> int:
    """Delete whom nothing is about and who did not confirm in 30 days; how many went.

    Whatever came of their visit keeps them: the rooms that hold it point at them. Each goes in a
    transaction of its own, since one that stays ends it.
    """
    async with organization_transaction(pool, organization_id) as db:
        stale = await queries.stale_guests(db, organization_id, STALE_DAYS, _AT_ONCE)
    gone = 0
    for guest_id in stale:
        try:
            async with organization_transaction(pool, organization_id) as db:
                await queries.delete_guest(db, organization_id, guest_id)
            gone += 1
        except asyncpg.ForeignKeyViolationError:
            async with organization_transaction(pool, organization_id) as db:
                await queries.see_guest(db, organization_id, guest_id)
    return gone


async def _tidy(pool: Pool) -> None:
    async with signin_transaction(pool) as db:
        organization_ids = await queries.organizations(db)
    for organization_id in organization_ids:
        await let_go(pool, organization_id)


PERIODIC = (Every(name="guests.tidy", every_s=6 * 3600.0, run=_tidy),)
