"""Pages of one's own: who holds the link, what is known of them, and doing as they say."""

import datetime as dt
import re
from collections.abc import Collection, Sequence
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.accounts.model import Organization
from doorstep.accounts.service import organization_by_id, organization_id_by_slug
from doorstep.guests import service as guests
from doorstep.guests.model import Guest, Recipient
from doorstep.kit import links
from doorstep.kit.db import Connection, enter_organization
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.links import Purpose as LinkPurpose
from doorstep.kit.mail import is_address
from doorstep.kit.tokens import Keyring
from doorstep.letters import linking
from doorstep.letters import service as letters
from doorstep.letters.model import LetterKind, NewLetter
from doorstep.letters.own_letters import NEW_EMAIL
from doorstep.mine import queries
from doorstep.mine.model import (
    CHANNELS,
    PURPOSES,
    Choice,
    Holder,
    Known,
    OwnExport,
    OwnGuest,
    Section,
)
from doorstep.people import consenting, rights
from doorstep.people.rights_model import Channel, ConsentCreate, PersonExport, Purpose

AGAIN_S = 900
"""A new link is sent once in so long, however often somebody asks."""
MOST_LETTERS = 1000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


async def enter(db: Connection, keyring: Keyring, slug: str, token: str) -> Holder:
    """Whoever holds the link; the transaction is inside their organization afterwards.

    Raises
    ------
    RefusedError
        If the link is not good, whatever the reason, or if they were erased since.
    """
    organization, link = await linking.enter(db, keyring, slug, LinkPurpose.OWN_PAGE, token)
    holder = await _holder(db, organization, link.ids[0])
    if holder is None:
        raise RefusedError(links.NOT_VALID, field="token")
    return holder


async def _holder(db: Connection, organization: Organization, holder_id: UUID) -> Holder | None:
    """Somebody as a person and as guests: who confirmed their address is the person they are."""
    found: list[Guest] = []
    person_id: UUID | None = None
    if await letters.is_guest(db, organization.id, holder_id):
        try:
            found = [await guests.guest_by_id(db, organization.id, holder_id)]
        except NotFoundError:
            return None
        known = found[0].person_id if found[0].confirmed_at else None
        person_id = await _person_now(db, organization.id, known)
    else:
        person_id = await _person_now(db, organization.id, holder_id)
        if person_id is None:
            return None
    if person_id is not None:
        theirs = await guests.guests_of_people(db, organization.id, [person_id])
        found += [one for one in theirs if one.id not in {of.id for of in found}]
    return Holder(organization=organization, person_id=person_id, guests=tuple(found))


async def _person_now(db: Connection, organization_id: UUID, person_id: UUID | None) -> UUID | None:
    if person_id is None:
        return None
    return await queries.person_now(db, organization_id, person_id)


async def organization_named(db: Connection, slug: str) -> Organization:
    """The organization of this short name; the transaction is inside it afterwards.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    plain = re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug)
    organization_id = await organization_id_by_slug(db, slug) if plain else None
    if organization_id is None:
        raise NotFoundError
    await enter_organization(db, organization_id)
    return await organization_by_id(db, organization_id)


async def ask_for_link(db: Connection, organization: Organization, email: str) -> None:
    """Send a link to whoever has this address, if anybody; nothing tells which.

    Raises
    ------
    RefusedError
        If it cannot be an address.
    """
    if not is_address(email.strip()):
        message = "This is no e-mail address. Check how it is written."
        raise RefusedError(message, field="email")
    found = await guests.guests_of_email(db, organization.id, email.strip())
    people = await queries.people_of_email(db, organization.id, email.strip())
    recipients = [
        *(Recipient(guest_id=one.id) for one in found),
        *(Recipient(person_id=one) for one in people),
    ]
    now = linking.now()
    wanted = [
        NewLetter(
            kind=LetterKind.OWN_PAGE,
            about=one.id,
            recipient=one,
            key=f"own page {int(now.timestamp()) // AGAIN_S}",
            expires_at=now + dt.timedelta(hours=1),
        )
        for one in recipients
    ]
    await letters.queue(db, organization.id, wanted)


async def known(db: Connection, holder: Holder, sections: Sequence[Section]) -> Known:
    """What the page shows."""
    organization_id, person_id = holder.organization.id, holder.person_id
    person = None
    opinions = False
    if person_id is not None:
        person = (await rights.export_person(db, organization_id, person_id)).people[0]
        opinions = await queries.keeps_opinions(db, organization_id, person_id)
    return Known(
        holder=holder,
        person=person,
        choices=frozenset(await _choices(db, holder)),
        keeps_opinions=opinions,
        sections=tuple([(one.title, await one.lines(db, holder)) for one in sections]),
    )


async def _choices(db: Connection, holder: Holder) -> set[Choice]:
    """What somebody allows now; as a guest there is e-mail alone."""
    organization_id = holder.organization.id
    allowed: set[tuple[str, str]] = set()
    if holder.person_id is not None:
        person = holder.person_id
        allowed |= {*await queries.choices(db, organization_id, person, PURPOSES, CHANNELS)}
    ids = [one.id for one in holder.guests]
    as_guest = await queries.guest_choices(db, organization_id, ids, PURPOSES)
    allowed |= {(purpose, "email") for purpose in as_guest}
    return {(one, by) for one in PURPOSES for by in CHANNELS if (one, by) in allowed}


async def choose(db: Connection, holder: Holder, wanted: Collection[Choice]) -> None:
    """Let exactly these be what somebody allows.

    Who allowed any channel and now leaves one out is asked for each: so stopping goes first.
    """
    for purpose, channel in sorted(await _choices(db, holder) - {*wanted}):
        await _stop(db, holder, purpose, channel)
    for purpose, channel in sorted({*wanted} - await _choices(db, holder)):
        await _give(db, holder, purpose, channel)


async def _stop(db: Connection, holder: Holder, purpose: Purpose, channel: Channel) -> None:
    organization_id = holder.organization.id
    if channel == "email":
        for guest in holder.guests:
            await guests.stop(db, organization_id, guest.id, purpose)
    if holder.person_id is not None:
        await consenting.stop_oneself(db, organization_id, holder.person_id, purpose, channel)


async def _give(db: Connection, holder: Holder, purpose: Purpose, channel: Channel) -> None:
    organization_id = holder.organization.id
    if holder.person_id is None:
        if channel == "email":
            await guests.give(db, organization_id, holder.guests[0].id, purpose)
        return
    (asked,) = (await guests.wordings(db, organization_id, [purpose])).values()
    consent = ConsentCreate(
        purpose=purpose,
        channel=channel,
        wording=asked.wording,
        wording_version=asked.version,
        captured_how="web",
    )
    await consenting.give_oneself(db, organization_id, holder.person_id, consent)


async def forget_opinions(db: Connection, holder: Holder) -> None:
    """Take back that opinions are stored; what was said counts on without the person."""
    if holder.person_id is None:
        return
    for channel in CHANNELS:
        await consenting.stop_oneself(
            db, holder.organization.id, holder.person_id, "opinion_record", channel
        )


async def correct(
    db: Connection, holder: Holder, name: str, email: str, language: str, wish: str
) -> None:
    """Put right what a guest typed themself; a new address counts once it is confirmed.

    What is known from a list is put right there: what is wrong about it goes to an organizer.

    Raises
    ------
    RefusedError
        If something cannot be used; it names the field.
    """
    organization_id = holder.organization.id
    spoken = language.strip() or None
    if spoken is not None and not _LANGUAGE.fullmatch(spoken):
        message = "Write a language as two letters, such as en or fi."
        raise RefusedError(message, field="language")
    if holder.person_id is not None:
        await queries.put_language(db, organization_id, holder.person_id, spoken)
        await _wish(db, organization_id, holder.person_id, wish)
        return
    (guest,) = holder.guests
    await guests.correct(db, organization_id, guest.id, name, spoken)
    wanted = guests.address(email)
    if wanted.casefold() != guest.email.casefold():
        await _move(db, organization_id, guest.id, wanted)


async def _wish(db: Connection, organization_id: UUID, person_id: UUID, wish: str) -> None:
    text = wish.strip()
    if len(text) > MOST_LETTERS:
        message = f"Tell us in at most {MOST_LETTERS} letters."
        raise RefusedError(message, field="wish")
    if text:
        await queries.insert_correction(db, organization_id, new_id(), person_id, text)
        await audit(db, None, "correction.asked", [person_id])


async def _move(db: Connection, organization_id: UUID, guest_id: UUID, email: str) -> None:
    await guests.want_address(db, organization_id, guest_id, email)
    now = linking.now()
    letter = NewLetter(
        kind=LetterKind.CONFIRM_EMAIL,
        about=guest_id,
        recipient=Recipient(guest_id=guest_id),
        key=f"new address {int(now.timestamp()) // AGAIN_S}",
        expires_at=now + dt.timedelta(days=1),
        facts={NEW_EMAIL: 1},
    )
    await letters.queue(db, organization_id, [letter])


async def export(db: Connection, holder: Holder) -> OwnExport:
    """Everything that is stored of somebody; that they took it is noted by the caller."""
    organization_id = holder.organization.id
    person: PersonExport | None = None
    if holder.person_id is not None:
        person = await rights.export_person(db, organization_id, holder.person_id)
    return OwnExport(
        exported_at=linking.now(),
        organization=holder.organization.name,
        person=person,
        guests=[await _own_guest(db, organization_id, one) for one in holder.guests],
    )


async def _own_guest(db: Connection, organization_id: UUID, guest: Guest) -> OwnGuest:
    return OwnGuest(
        name=guest.name,
        email=guest.email,
        language=guest.language,
        confirmed_at=guest.confirmed_at,
        consents=await guests.consents_of_guest(db, organization_id, guest.id),
        issues=await queries.issues_of_guest(db, organization_id, guest.id),
        answers=await queries.answers_of_guest(db, organization_id, guest.id),
        attendances=await queries.attendances_of_guest(db, organization_id, guest.id),
        letters=await queries.letters_of_guest(db, organization_id, guest.id),
    )


async def erase(db: Connection, keyring: Keyring, holder: Holder) -> None:
    """Forget somebody for good, on the lists and as a guest; counts stay."""
    organization_id = holder.organization.id
    for guest in holder.guests:
        await guests.erase(db, organization_id, guest.id)
    if holder.person_id is not None:
        key = keyring.suppression_key(organization_id)
        await rights.erase(db, key, organization_id, None, holder.person_id, "asked")
