"""Knowing whom to leave alone or keep out without keeping who they are.

What is stored are hashes under a key that lies outside the database (`kit.tokens.Keyring`): a
copy of the database alone does not tell whom they mean.
"""

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.algorithms.addresses import number_key, street_key, unit_key
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.people import suppressing_queries as queries
from doorstep.people.rights_model import (
    ContactKind,
    Suppression,
    SuppressionCreate,
    SuppressionSearch,
)

Kind = Literal["external_id", "phone", "email", "person"]

_DIGITS = 9
"""A number's last digits are the same with and without a country's code."""
_FEWEST_DIGITS = 6
_BATCH = 50_000


class Identity(NamedTuple):
    """By what somebody is recognised; keys as imports make them, "" where unknown."""

    external_id: str
    phone: str
    email: str
    name_key: str
    match_key: str
    unit_key: str


def name_key_of(given_name: str, family_name: str) -> str:
    """Two names as one key."""
    return f"{given_name}\x1f{family_name}"


def match_key_of(street: str, house_number: str) -> str:
    """A street and house number as one key, as imports make it."""
    return f"{street_key(street)}#{number_key(house_number)}" if street else ""


def hashes_of(
    key: bytes,
    external_id: str | None,
    phone: str | None,
    email: str | None,
    name_key: str | None,
    match_key: str | None,
    unit_key: str | None,
) -> list[bytes]:
    """What somebody would be known by had they been erased: one match means it is they.

    Phone and e-mail count together with the name, since couples share them; so does the home.
    Pure, and some 10 µs a person.
    """
    identity = Identity(
        external_id or "", phone or "", email or "", name_key or "", match_key or "", unit_key or ""
    )
    return [digest for _, digest in marks_of(key, identity)]


def marks_of(key: bytes, identity: Identity) -> list[tuple[Kind, bytes]]:
    """The same with the kind of each hash."""
    given, _, family = identity.name_key.partition("\x1f")
    name = f"{_plain(given)}\x1f{_plain(family)}"
    named = len(name) > 1
    found: list[tuple[Kind, bytes]] = []
    if external_id := identity.external_id.strip():
        found.append(("external_id", _digest(key, "external_id", external_id)))
    if named and (phone := _phone(identity.phone)):
        found.append(("phone", _digest(key, "phone", phone, name)))
    if named and (email := _email(identity.email)):
        found.append(("email", _digest(key, "email", email, name)))
    if named and identity.match_key:
        home = (identity.match_key, identity.unit_key)
        found.append(("person", _digest(key, "person", name, *home)))
    return found


def forgotten(key: bytes, known: set[bytes], people: Iterable[Identity]) -> list[bool]:
    """Of each, whether they asked to be forgotten; fit for a thread."""
    return [not known.isdisjoint(hashes_of(key, *identity)) for identity in people]


def contact_hash(key: bytes, kind: ContactKind, value: str) -> bytes | None:
    """The hash of a number or address by itself; None if it cannot be one."""
    tidy = {"phone": _phone, "email": _email, "external_id": str.strip}[kind](value)
    return _digest(key, f"c_{kind}", tidy) if tidy else None


@functools.lru_cache(maxsize=64)
def _keyed(key: bytes, kind: str) -> hashlib.blake2b:
    return hashlib.blake2b(key=key, person=kind.encode(), digest_size=16)


def _digest(key: bytes, kind: str, *parts: str) -> bytes:
    # A copy has the key worked in already.
    begun = _keyed(key, kind).copy()
    begun.update("\0".join(parts).encode(errors="replace"))
    return begun.digest()


_BETWEEN_LETTERS = re.compile(r"[\W_]+")
_BETWEEN_DIGITS = re.compile(r"\D+")


def _plain(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return _BETWEEN_LETTERS.sub("", text.casefold())


def _phone(text: str) -> str:
    digits = _BETWEEN_DIGITS.sub("", text)
    return digits[-_DIGITS:] if len(digits) >= _FEWEST_DIGITS else ""


def _email(text: str) -> str:
    tidy = text.strip().casefold()
    return tidy if "@" in tidy else ""


async def known(db: Connection, organization_id: UUID) -> set[bytes]:
    """The hashes of everybody who asked to be forgotten."""
    return await queries.live_hashes(db, organization_id)


async def suppress(
    db: Connection, key: bytes, caller: Caller, wanted: SuppressionCreate
) -> Suppression:
    """A number or address that is not used any more, with those it belongs to.

    Raises
    ------
    RefusedError
        If the value cannot be a number or an address.
    ConflictError
        If it is suppressed already.
    """
    digest = contact_hash(key, wanted.kind, wanted.value)
    if digest is None:
        what = "phone number" if wanted.kind == "phone" else "e-mail address"
        message = f"This is no {what}. Check how it is written."
        raise RefusedError(message, field="value")
    organization_id, suppression_id = caller.organization_id, new_id()
    mark = queries.Mark(id=suppression_id, kind=wanted.kind, hash=digest, person_id=None)
    if not await queries.insert_suppressions(
        db, organization_id, "contact", wanted.reason, caller.member_id, [mark]
    ):
        message = "This is suppressed already."
        raise ConflictError(message, field="value")
    await apply_contacts(db, key, organization_id)
    await audit(db, caller.member_id, "suppression.added", [suppression_id])
    return await queries.suppression_by_id(db, organization_id, suppression_id)


async def apply_contacts(db: Connection, key: bytes, organization_id: UUID) -> None:
    """Find whom suppressed numbers and addresses belong to now; to be done after each import."""
    marks = await queries.live_contacts(db, organization_id)
    wanted = {mark.hash: mark.id for mark in marks}
    after, found = UUID(int=0), list[tuple[UUID, UUID]]()
    while wanted:
        people = await queries.contacts_after(db, organization_id, after, _BATCH)
        found += [
            (person.id, wanted[digest])
            for person in people
            for digest in _contact_hashes(key, person)
            if digest in wanted
        ]
        if len(people) < _BATCH:
            break
        after = people[-1].id
    await queries.put_suppressed_people(db, organization_id, found)


async def apply_to_person(
    db: Connection,
    key: bytes,
    organization_id: UUID,
    person_id: UUID,
    phone: str | None,
    email: str | None,
) -> None:
    """As `apply_contacts`, for somebody new."""
    person = queries.Contact(id=person_id, external_id="", phone=phone or "", email=email or "")
    hashes = [digest for digest in _contact_hashes(key, person) if digest]
    await queries.suppress_person(db, organization_id, person_id, hashes)


def _contact_hashes(key: bytes, person: queries.Contact) -> Sequence[bytes | None]:
    return [
        contact_hash(key, "external_id", person.external_id),
        contact_hash(key, "phone", person.phone),
        contact_hash(key, "email", person.email),
    ]


async def search(
    db: Connection, key: bytes, organization_id: UUID, wanted: SuppressionSearch
) -> list[Suppression]:
    """The suppressions that hold for what is known of somebody."""
    identity = Identity(
        wanted.external_id,
        wanted.phone,
        wanted.email,
        name_key_of(wanted.given_name, wanted.family_name),
        match_key_of(wanted.street, wanted.house_number),
        unit_key(wanted.unit),
    )
    contact = queries.Contact(
        id=UUID(int=0),
        external_id=wanted.external_id,
        phone=wanted.phone,
        email=wanted.email,
    )
    hashes = [*hashes_of(key, *identity), *filter(None, _contact_hashes(key, contact))]
    return await queries.suppressions_by_hash(db, organization_id, hashes)


async def clear(db: Connection, caller: Caller, suppression_id: UUID) -> Suppression:
    """A suppression as lifted; of somebody erased, all that were made with it.

    Raises
    ------
    NotFoundError
        If there is no such suppression.
    ConflictError
        If it was lifted before.
    """
    organization_id = caller.organization_id
    before = await queries.suppression_by_id(db, organization_id, suppression_id)
    cleared = await queries.clear_suppression(db, organization_id, suppression_id, caller.member_id)
    if before.cleared_at is not None or not cleared:
        message = "This suppression was lifted before."
        raise ConflictError(message)
    await queries.free_people(db, organization_id, cleared)
    await audit(db, caller.member_id, "suppression.cleared", cleared)
    return await queries.suppression_by_id(db, organization_id, suppression_id)
