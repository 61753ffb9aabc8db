"""Where links in letters end: confirming an address, and stopping letters with one click.

Mail programs send the POST that stops by themselves when somebody presses their button
(RFC 8058); programs that look for harm open every link, so a GET changes nothing.
"""

from typing import Any

from litestar import Controller, MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.kit.auth import client_of, open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import ProblemError
from doorstep.kit.forms import MAX_FORM_BYTES
from doorstep.kit.limits import Limit
from doorstep.kit.public_pages import AnyRequest, private_page, refused
from doorstep.kit.tokens import Keyring
from doorstep.letters import pages, service
from doorstep.settings import Settings

PAGE: dict[str, Any] = {
    "media_type": MediaType.HTML,
    "include_in_schema": False,
    **open_to_anyone(),
}


class LetterLinkController(Controller):
    """Confirming and stopping."""

    path = "/o/{organization_slug:str}"

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        # A provider's scanners open the links of many from few addresses.
        self.tries = Limit(tries=600, per_s=600)

    @get("/confirm/{link_token:str}", **PAGE)
    async def confirm_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """A button to confirm an e-mail address."""
        try:
            self.tries.take(client_of(request, settings))
            organization, _, wordings = await service.to_confirm(
                db, keyring, organization_slug, link_token
            )
        except ProblemError as error:
            return refused(error)
        return private_page(pages.confirm_page(organization.name, wordings))

    @post(
        "/confirm/{link_token:str}",
        status_code=200,
        request_max_body_size=MAX_FORM_BYTES,
        **PAGE,
    )
    async def confirm(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """Confirm an e-mail address, with what its owner was asked in the letter."""
        try:
            self.tries.take(client_of(request, settings))
            organization = await service.confirm(db, keyring, organization_slug, link_token)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.confirmed_page(organization.name))

    @get("/stop/{link_token:str}", **PAGE)
    async def stop_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """A button to stop letters of a purpose."""
        try:
            self.tries.take(client_of(request, settings))
            organization, _, purpose = await service.to_stop(
                db, keyring, organization_slug, link_token
            )
        except ProblemError as error:
            return refused(error)
        return private_page(pages.stop_page(organization.name, purpose))

    @post("/stop/{link_token:str}", status_code=200, request_max_body_size=MAX_FORM_BYTES, **PAGE)
    async def stop(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """Stop letters of a purpose; a second time, nothing new happens."""
        try:
            self.tries.take(client_of(request, settings))
            organization, link, purpose = await service.to_stop(
                db, keyring, organization_slug, link_token
            )
            await service.stop(db, organization.id, link.ids[0], purpose)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.stopped_page(organization.name, purpose))
