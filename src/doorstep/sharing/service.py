"""Sharing: links, where they lead, what came of them, and how a page looks where it is shared."""

import asyncio
import functools
import hashlib
import secrets
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from doorstep.accounts.auditing import audit
from doorstep.accounts.service import organization_by_id
from doorstep.events.service import signup_by_id
from doorstep.guests.model import Recipient
from doorstep.kit.auth import ORGANIZERS, Caller
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.errors import NotAllowedError, NotFoundError
from doorstep.kit.ids import new_id
from doorstep.kit.public_pages import picture_url
from doorstep.kit.queue.driver import worker_transaction
from doorstep.sharing import picture, queries, wording
from doorstep.sharing.model import (
    Conversion,
    Kind,
    SharedSignup,
    ShareKit,
    ShareLink,
    ShareLinkCreate,
    Target,
)
from doorstep.sharing.queries import LeadingTo, LinkRow

__all__ = ["Conversion", "credit"]

# As Bitcoin has it: without 0, O, I and l, which are misread. Ten of them are 58 bits.
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CODE_LETTERS = 10
_PICTURES_KEPT = 64
_drawing = asyncio.Semaphore(2)


async def credit(
    db: Connection,
    organization_id: UUID,
    code: str | None,
    what: Conversion,
    about: UUID,
    recipient: Recipient,
) -> None:
    """Note that somebody who came by a shared link did something; the first link has the credit.

    An unknown or empty code is nothing: whoever types an address by heart does no wrong.
    """
    if code and is_code(code):
        await queries.insert_conversion(
            db, organization_id, new_id(), code, what, about, recipient, None
        )


def is_code(text: str) -> bool:
    """Whether a text could be a link's code."""
    return len(text) == CODE_LETTERS and set(BASE58).issuperset(text)


async def credit_signup(db: Connection, caller: Caller, wanted: SharedSignup) -> None:
    """Note by which link the caller came to a sign-up of theirs.

    Raises
    ------
    NotFoundError
        If they have no such sign-up.
    """
    signup = await signup_by_id(db, caller.organization_id, wanted.signup_id)
    if signup.member_id != caller.member_id:
        raise NotFoundError
    if is_code(wanted.code):
        await queries.insert_conversion(
            db, caller.organization_id, new_id(), wanted.code, Conversion.SIGNUP, signup.id, None,
            caller.member_id,
        )  # fmt: skip


async def share(
    db: Connection, caller: Caller, public_url: str, wanted: ShareLinkCreate
) -> ShareLink:
    """A link of the caller's to a public page, or the same that they had.

    Raises
    ------
    NotFoundError
        If there is no such thing, or it has no public page.
    """
    await queries.target(db, caller.organization_id, wanted.kind, wanted.item_id)
    code = "".join(secrets.choice(BASE58) for _ in range(CODE_LETTERS))
    link_id = await queries.insert_link(
        db, caller.organization_id, new_id(), code, caller.member_id, wanted
    )
    await audit(db, caller.member_id, "share_link.made", [link_id])
    return await link_by_id(db, caller, public_url, link_id)


async def links(
    db: Connection, caller: Caller, public_url: str, owner_id: UUID | None, limit: int, offset: int
) -> list[ShareLink]:
    """The caller's links; for organizers everybody's, or those of one."""
    if not caller.is_one_of(ORGANIZERS):
        owner_id = caller.member_id
    rows = await queries.links(db, caller.organization_id, None, owner_id, limit, offset)
    return [_shown(one, public_url) for one in rows]


async def link_by_id(db: Connection, caller: Caller, public_url: str, link_id: UUID) -> ShareLink:
    """A link of the caller's; organizers see everybody's.

    Raises
    ------
    NotFoundError
        If there is none.
    NotAllowedError
        If it is somebody else's.
    """
    found = await queries.links(db, caller.organization_id, link_id, None, 1, 0)
    if not found:
        raise NotFoundError
    if found[0].owner_id != caller.member_id and not caller.is_one_of(ORGANIZERS):
        message = "This link is somebody else's. Share the page yourself, or ask an organizer."
        raise NotAllowedError(message)
    return _shown(found[0], public_url)


def _shown(row: LinkRow, public_url: str) -> ShareLink:
    return ShareLink(url=f"{public_url}/r/{row.code}", **asdict(row))


async def kit(db: Connection, caller: Caller, public_url: str, link_id: UUID) -> ShareKit:
    """Texts to paste and a picture, for a link.

    Raises
    ------
    NotFoundError
        If there is no such link, or its page is there no more.
    """
    link = await link_by_id(db, caller, public_url, link_id)
    of = await queries.target(db, caller.organization_id, link.kind, link.item_id)
    organization = await organization_by_id(db, caller.organization_id)
    return ShareKit(
        url=link.url,
        short=wording.short(of, link.url),
        long=wording.long(of, link.url),
        picture_url=picture_url(public_url, organization.slug, of.kind, of.slug),
        picture_text=wording.picture_text(of),
    )


async def visited(pool: Pool, code: str, slug: str | None, *, counts: bool) -> str:
    """The path of the page that a code leads to; ``counts`` says whether somebody comes to see it.

    In a transaction of its own: what reads is never committed, and this counts.

    Raises
    ------
    NotFoundError
        If there is no such link of this organization (any, without its ``slug``), or the page is
        there no more.
    """
    async with worker_transaction(pool) as db:
        organization_id = await queries.organization_of(db, code) if is_code(code) else None
    if organization_id is None:
        raise NotFoundError
    async with organization_transaction(pool, organization_id) as db:
        organization = await organization_by_id(db, organization_id)
        found = await queries.leading_to(db, organization_id, code)
        if found is None or slug not in {None, organization.slug}:
            raise NotFoundError
        if counts:
            await queries.count_visit(db, organization_id, found.link_id)
    return _path(organization.slug, found, code)


def _path(slug: str, found: LeadingTo, code: str) -> str:
    return f"/o/{slug}/{wording.PATHS[found.kind]}/{found.slug}?via={code}"


async def target_by_slug(db: Connection, organization_id: UUID, kind: str, slug: str) -> Target:
    """Something with a public page.

    Raises
    ------
    NotFoundError
        If there is none of this kind and name.
    """
    if kind not in set(Kind):
        raise NotFoundError
    return await queries.target_by_slug(db, organization_id, Kind(kind), slug)


def picture_tag(of: Target) -> str:
    """What changes whenever the picture does; much faster than drawing it."""
    told = msgspec.json.encode(
        (picture.VERSION, of.kind, of.title, wording.facts(of), of.organization)
    )
    return hashlib.sha256(told).hexdigest()[:32]


async def picture_of(of: Target) -> bytes:
    """The picture of something, as PNG; the newest are kept."""
    async with _drawing:
        return await asyncio.to_thread(_drawn, of)


@functools.lru_cache(maxsize=_PICTURES_KEPT)
def _drawn(of: Target) -> bytes:
    return picture.draw(of)
