"""Pages behind the links in messages: a button for each deed, without signing in or scripts.

Opening the page does nothing, since mail programs open links to look at them; the button does it.
"""

import datetime as dt
from typing import Any

from litestar import Controller, MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from doorstep.events import linked, wording
from doorstep.events.linked import Linked
from doorstep.kit.auth import open_to_anyone
from doorstep.kit.db import Connection
from doorstep.kit.errors import ProblemError
from doorstep.kit.links import Purpose
from doorstep.kit.public_pages import Markup, document, markup, private_page
from doorstep.kit.tokens import Keyring

PAGE: dict[str, Any] = {
    "media_type": MediaType.HTML,
    "include_in_schema": False,
    **open_to_anyone(),
}


class LinkController(Controller):
    """What links in messages lead to."""

    path = "/signup-links/{purpose:str}/{link_token:str}"

    @get(**PAGE)
    async def show(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        purpose: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """What the link is about, and a button that does it."""
        try:
            found = await linked.look(db, keyring, purpose, link_token, dt.datetime.now(dt.UTC))
        except ProblemError as error:
            return _refusal(error)
        return _page(found, _button(found))

    @post(**PAGE, status_code=200)
    async def do(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        purpose: FromPath[str],
        link_token: FromPath[str],
    ) -> Response[str]:
        """Do what the link is good for; a second time, nothing new happens."""
        try:
            found = await linked.do(db, keyring, purpose, link_token, dt.datetime.now(dt.UTC))
        except ProblemError as error:
            return _refusal(error)
        return _page(found, markup("<p><strong>{done}</strong></p>", done=_done(found)))


def _button(found: Linked) -> Markup:
    language = wording.language_of(found.locale)
    label = {
        Purpose.CONFIRM: language.confirm,
        Purpose.ACCEPT: language.accept,
        Purpose.CANCEL: language.cancel,
    }[found.purpose]
    return markup('<form method="post"><button>{label}</button></form>', label=label)


def _done(found: Linked) -> str:
    return wording.language_of(found.locale).states.get(str(found.signup.state), "")


def _page(found: Linked, deed: Markup) -> Response[str]:
    language = wording.language_of(found.locale)
    body = markup(
        "<h1>{title}</h1>\n<p>{name}, {role}</p>\n<p>{when}<br>{place}</p>\n{deed}",
        title=found.shift.title,
        name=found.signup.member_name,
        role=found.signup.role,
        when=wording.when(language, found.shift),
        place=found.shift.place_name,
        deed=deed,
    )
    return private_page(document(found.shift.title, body, language=language.code))


def _refusal(error: ProblemError) -> Response[str]:
    body = markup("<h1>{title}</h1>\n<p>{detail}</p>", title=error.title, detail=error.detail)
    return private_page(document(error.title, body), status=error.status)


CONTROLLERS = (LinkController,)
