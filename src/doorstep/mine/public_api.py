"""The page of one's own behind a signed link, and asking for that link: no account, no script."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Controller, MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from doorstep.accounts.auditing import audit_apart
from doorstep.kit.auth import client_of, open_to_anyone
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import ProblemError, RefusedError
from doorstep.kit.forms import MAX_FORM_BYTES, form_of
from doorstep.kit.limits import Limit
from doorstep.kit.public_pages import (
    AnyRequest,
    policy,
    private_page,
    refused,
)
from doorstep.kit.tokens import Keyring
from doorstep.mine import pages, service
from doorstep.mine.model import CHANNELS, PURPOSES, Section
from doorstep.settings import Settings

PAGE: dict[str, Any] = {
    "media_type": MediaType.HTML,
    "include_in_schema": False,
    **open_to_anyone(),
}
FORM: dict[str, Any] = {"status_code": 200, "request_max_body_size": MAX_FORM_BYTES, **PAGE}
COPY: dict[str, Any] = {**PAGE, "media_type": MediaType.JSON}
Sections = NamedDependency[tuple[Section, ...]]
Said = Annotated[str, QueryParameter(max_length=20)]
_SAID = {
    "correct": "Thank you. It is corrected, or waits for an organizer or for your confirmation.",
    "choose": "That is what you allow from now on.",
}


class OwnPageController(Controller):
    """What is known of somebody, in their own hands."""

    path = "/o/{organization_slug:str}/me"

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        self.views = Limit(tries=300, per_s=600)
        # Each asks for a letter: one person needs few, and a household shares an address.
        self.asks = Limit(tries=20, per_s=600)

    @get(**PAGE)
    async def ask_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[str]:
        """Where to ask for a link."""
        try:
            self.views.take(client_of(request, settings))
            organization = await service.organization_named(db, organization_slug)
        except ProblemError as error:
            return refused(error)
        path = f"/o/{organization.slug}/me"
        return private_page(pages.ask_page(organization.name, path))

    @post(**FORM)
    async def ask(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
    ) -> Response[str]:
        """Send a link to an address that is known; the answer is the same for any other."""
        try:
            self.asks.take(client_of(request, settings))
            organization = await service.organization_named(db, organization_slug)
        except ProblemError as error:
            return refused(error)
        email = (await form_of(request)).get("email", "")
        try:
            await service.ask_for_link(db, organization, email)
        except RefusedError as error:
            path = f"/o/{organization.slug}/me"
            again = pages.ask_page(organization.name, path, email, error.detail)
            return private_page(again, error.status)
        return private_page(pages.asked_page(organization.name))

    @get("/{link_token:str}", **PAGE)
    async def own_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        own_sections: Sections,
        organization_slug: FromPath[str],
        link_token: FromPath[str],
        said: Said = "",
    ) -> Response[str]:
        """What is known of whoever holds the link."""
        try:
            self.views.take(client_of(request, settings))
            holder = await service.enter(db, keyring, organization_slug, link_token)
        except ProblemError as error:
            return refused(error)
        found = await service.known(db, holder, own_sections)
        path = _path(organization_slug, link_token)
        return private_page(pages.own_page(found, path, _SAID.get(said, "")))

    @post("/{link_token:str}", **FORM)
    async def change(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        own_sections: Sections,
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """Correct what is known, or say what one allows."""
        try:
            self.views.take(client_of(request, settings))
            holder = await service.enter(db, keyring, organization_slug, link_token)
        except ProblemError as error:
            return refused(error)
        form, path = await form_of(request), _path(organization_slug, link_token)
        deed = "choose" if form.get("deed") == "choose" else "correct"
        try:
            if deed == "choose":
                await service.choose(db, holder, _ticked(form))
                if form.get("opinions") == "forget":
                    await service.forget_opinions(db, holder)
            else:
                fields = (form.get(one, "") for one in ("name", "email", "language", "wish"))
                await service.correct(db, holder, *fields)
        except ProblemError as error:
            found = await service.known(db, holder, own_sections)
            return private_page(pages.own_page(found, path, fault=error.detail), error.status)
        # So that a reload does not send the form again.
        return _see_other(f"{path}?said={deed}")

    @get("/{link_token:str}/export.json", **COPY)
    async def export(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        pool: NamedDependency[Pool],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[Any]:
        """A copy of everything that is stored of whoever holds the link."""
        try:
            self.views.take(client_of(request, settings))
            holder = await service.enter(db, keyring, organization_slug, link_token)
        except ProblemError as error:
            return refused(error)
        found = await service.export(db, holder)
        ids = [one.id for one in holder.guests]
        ids += [holder.person_id] if holder.person_id else []
        await audit_apart(pool, holder.organization.id, None, "person.exported", ids)
        headers = {
            **policy(forms=False),
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="about-me.json"',
        }
        return Response(
            msgspec.json.format(msgspec.json.encode(found), indent=2),
            media_type=MediaType.JSON,
            headers=headers,
        )

    @get("/{link_token:str}/erasure", **PAGE)
    async def erasure_page(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """The second step before one is erased."""
        try:
            self.views.take(client_of(request, settings))
            holder = await service.enter(db, keyring, organization_slug, link_token)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.erasure_page(holder, _path(organization_slug, link_token)))

    @post("/{link_token:str}/erasure", **FORM)
    async def erase(
        self,
        request: AnyRequest,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        organization_slug: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """Forget whoever holds the link, for good."""
        try:
            self.views.take(client_of(request, settings))
            holder = await service.enter(db, keyring, organization_slug, link_token)
            await service.erase(db, keyring, holder)
        except ProblemError as error:
            return refused(error)
        return private_page(pages.erased_page(holder.organization.name))


def _ticked(form: dict[str, str]) -> set[tuple[Any, Any]]:
    return {(one, by) for one in PURPOSES for by in CHANNELS if f"{one}-{by}" in form}


def _path(slug: str, token: str) -> str:
    return f"/o/{quote(slug, safe='')}/me/{quote(token, safe='')}"


def _see_other(path: str) -> Response[str]:
    return Response("", status_code=303, headers={"Location": path, "Cache-Control": "no-store"})
