"""The signed links in letters: to confirm an address, to stop, to one's own page."""

import datetime as dt
from typing import NamedTuple
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5

from doorstep.accounts.model import Organization
from doorstep.accounts.service import organization_by_id
from doorstep.kit import links
from doorstep.kit.db import Connection, enter_organization
from doorstep.kit.errors import RefusedError
from doorstep.kit.links import Purpose as LinkPurpose
from doorstep.kit.links import SignedLink
from doorstep.kit.tokens import Keyring
from doorstep.people.rights_model import Purpose

CONFIRM_LIFE = dt.timedelta(days=7)
PAGE_LIFE = dt.timedelta(days=30)
STOP_LIFE = dt.timedelta(days=366)
_STOPPED: tuple[Purpose, ...] = ("follow_up", "events", "news")


class Site(NamedTuple):
    """Where an organization's pages are, and what signs the links to them."""

    keyring: Keyring
    public_url: str
    organization_id: UUID
    slug: str

    def url(self, page: str, token: str) -> str:
        """The address of a page behind a signed link."""
        return f"{self.public_url}/o/{quote(self.slug, safe='')}/{page}/{token}"


def now() -> dt.datetime:
    """The instant at which a link is made or used."""
    return dt.datetime.now(dt.UTC)


def own_page(site: Site, recipient_id: UUID) -> str:
    """Where a person or guest sees what is known of them."""
    token = links.sign(
        site.keyring,
        LinkPurpose.OWN_PAGE,
        site.organization_id,
        recipient_id,
        expires_at=now() + PAGE_LIFE,
    )
    return site.url("me", token)


def stop(site: Site, recipient_id: UUID, purpose: Purpose) -> str:
    """Where somebody takes back that they allowed letters of a purpose."""
    token = links.sign(
        site.keyring,
        LinkPurpose.STOP_LETTERS,
        site.organization_id,
        recipient_id,
        _purpose_id(purpose),
        expires_at=now() + STOP_LIFE,
    )
    return site.url("stop", token)


def confirm(site: Site, guest_id: UUID, *ids: UUID) -> str:
    """Where a guest confirms their address, and with it these consents (or the new address)."""
    token = links.sign(
        site.keyring,
        LinkPurpose.CONFIRM_EMAIL,
        site.organization_id,
        guest_id,
        *ids,
        expires_at=now() + CONFIRM_LIFE,
    )
    return site.url("confirm", token)


def address_id(email: str) -> UUID:
    """An address as an id: signed links hold nothing else."""
    return uuid5(NAMESPACE_URL, f"mailto:{email.casefold()}")


def _purpose_id(purpose: Purpose) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:doorstep:purpose:{purpose}")


def stopped_purpose(link: SignedLink) -> Purpose:
    """What a link to stop is about."""
    return next(one for one in _STOPPED if _purpose_id(one) == link.ids[1])


async def enter(
    db: Connection, keyring: Keyring, slug: str, purpose: LinkPurpose, token: str
) -> tuple[Organization, SignedLink]:
    """What a link says; the transaction is inside its organization afterwards.

    Raises
    ------
    RefusedError
        If it is forged, too old, good for something else or of another organization than the
        address says; which of these is not said.
    """
    link = links.read(keyring, purpose, token, now())
    await enter_organization(db, link.organization_id)
    organization = await organization_by_id(db, link.organization_id)
    if organization.slug != slug:
        raise RefusedError(links.NOT_VALID, field="token")
    return organization, link
