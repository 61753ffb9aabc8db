"""Where the link in an e-mail ends that stops e-mails of its kind: no sign-in, no script.

Mail programs send the POST by themselves when somebody presses their button (RFC 8058), and open
links to look at them, so opening the page changes nothing.
"""

import datetime as dt
from typing import Annotated, Any

from litestar import Controller, MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter

from doorstep.kit.auth import open_to_anyone
from doorstep.kit.db import Connection, enter_organization
from doorstep.kit.errors import ProblemError
from doorstep.kit.links import SignedLink
from doorstep.kit.public_pages import Markup, document, markup, private_page
from doorstep.kit.tokens import Keyring
from doorstep.notify import service
from doorstep.notify.channels.email import read_stop
from doorstep.notify.model import ChannelName, Kind

PAGE: dict[str, Any] = {
    "media_type": MediaType.HTML,
    "include_in_schema": False,
    **open_to_anyone(),
}
Languages = Annotated[str | None, HeaderParameter(name="Accept-Language")]
_WORDS = {
    "en": {
        "title": "E-mails",
        "ask": "Do you want no more e-mails of this kind? The app still shows what they say.",
        "button": "No more of these e-mails",
        "done": "You get no more e-mails of this kind. You can switch them on again in the app.",
    },
    "de": {
        "title": "E-Mails",
        "ask": "Keine E-Mails dieser Art mehr? Was darin steht, zeigt die App weiterhin.",
        "button": "Keine solchen E-Mails mehr",
        "done": "Du bekommst keine E-Mails dieser Art mehr. In der App kannst du sie wieder "
        "einschalten.",
    },
}


class UnsubscribeController(Controller):
    """Stopping e-mails of a kind."""

    path = "/unsubscribe/{link_token:str}"

    @get(**PAGE)
    async def ask(
        self,
        keyring: NamedDependency[Keyring],
        link_token: FromPath[str],
        accept_language: Languages = None,
    ) -> Response[str]:
        """A button."""
        try:
            read_stop(keyring, link_token, dt.datetime.now(dt.UTC))
        except ProblemError as error:
            return _refusal(error)
        words = _words(accept_language)
        form = markup(
            '<p>{ask}</p>\n<form method="post"><button>{button}</button></form>',
            ask=words["ask"],
            button=words["button"],
        )
        return _page(words["title"], form)

    @post(**PAGE, status_code=200)
    async def stop(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        link_token: FromPath[str],
        accept_language: Languages = None,
    ) -> Response[str]:
        """Send no more e-mails of this kind; a second time, nothing new happens."""
        try:
            link, kind = read_stop(keyring, link_token, dt.datetime.now(dt.UTC))
        except ProblemError as error:
            return _refusal(error)
        await _stop(db, link, kind)
        words = _words(accept_language)
        return _page(words["title"], markup("<p>{done}</p>", done=words["done"]))


async def _stop(db: Connection, link: SignedLink, kind: Kind) -> None:
    await enter_organization(db, link.organization_id)
    channel = ChannelName.EMAIL
    await service.switch(db, link.organization_id, link.ids[0], kind, channel, wanted=False)


def _words(languages: str | None) -> dict[str, str]:
    return _WORDS.get((languages or "")[:2].lower(), _WORDS["en"])


def _page(title: str, body: Markup) -> Response[str]:
    return private_page(document(title, markup("<h1>{t}</h1>\n{b}", t=title, b=body)))


def _refusal(error: ProblemError) -> Response[str]:
    body = markup("<h1>{title}</h1>\n<p>{detail}</p>", title=error.title, detail=error.detail)
    return private_page(document(error.title, body), status=error.status)


CONTROLLERS = (UnsubscribeController,)
