"""The words of letters that belong to no other room: confirming an address, one's own page."""

from doorstep.accounts.service import organization_by_id
from doorstep.guests import service as guests
from doorstep.kit.db import Connection
from doorstep.kit.tokens import Keyring
from doorstep.letters import linking
from doorstep.letters.linking import Site
from doorstep.letters.model import Letter, LetterKind, LetterText, Link, Renderers

NEW_EMAIL = "new_email"
"""The fact of a letter that goes to the address a guest wants instead of theirs."""
_NOT_YOU = (
    "If this was not you, there is nothing to do: without your confirmation we write you nothing "
    "of this kind, and what was typed is deleted after a month."
)
_OWN_PAGE = (
    (
        "You asked for a link to your own page. There you see what we know of you, correct it, "
        "choose what we may write to you about, take it with you, or have it erased."
    ),
    (
        "The link holds for 30 days. Whoever has it can do all this, so do not pass it on. If it "
        "was not you who asked, there is nothing to do."
    ),
)


def renderers(keyring: Keyring, public_url: str) -> Renderers:
    """What writes these letters."""

    async def site_of(db: Connection, letter: Letter) -> Site:
        organization = await organization_by_id(db, letter.organization_id)
        return Site(keyring, public_url, organization.id, organization.slug)

    async def confirm_email(db: Connection, letter: Letter) -> LetterText | None:
        return await _confirm_email(db, await site_of(db, letter), letter)

    async def own_page(db: Connection, letter: Letter) -> LetterText:
        return _own_page(await site_of(db, letter), letter)

    return {LetterKind.CONFIRM_EMAIL: confirm_email, LetterKind.OWN_PAGE: own_page}


async def _confirm_email(db: Connection, site: Site, letter: Letter) -> LetterText | None:
    guest_id = letter.recipient.id
    if NEW_EMAIL in letter.facts:
        new_email = await guests.new_email(db, site.organization_id, guest_id)
        if new_email is None:
            return None
        url = linking.confirm(site, guest_id, linking.address_id(new_email))
        asked = ["You wanted to be written to at this address from now on."]
    else:
        guest = await guests.guest_by_id(db, site.organization_id, guest_id)
        waiting = [
            one
            for one in await guests.consents_of_guest(db, site.organization_id, guest.id)
            if one.confirmed_at is None and one.withdrawn_at is None
        ]
        if not waiting:
            return None
        url = linking.confirm(site, guest_id, *(one.id for one in waiting))
        asked = [
            "Somebody gave this address on our page and agreed to this:",
            *(f"“{one.wording}”" for one in waiting),
        ]
    return LetterText(
        subject="Please confirm your address",
        paragraphs=(*asked, "Was it you? Then please confirm it within seven days.", _NOT_YOU),
        links=(Link(label="Confirm", url=url),),
    )


def _own_page(site: Site, letter: Letter) -> LetterText:
    return LetterText(
        subject="Your own page",
        paragraphs=_OWN_PAGE,
        links=(Link(label="Your own page", url=linking.own_page(site, letter.recipient.id)),),
    )
