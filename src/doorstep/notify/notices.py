"""The words of this room's own kinds."""

from collections.abc import Mapping

from doorstep.kit.db import Connection
from doorstep.notify import broadcast_queries
from doorstep.notify.model import Kind, Notification, Words
from doorstep.notify.rendering import Renderer

_SECURITY = {
    "en": Words(
        title="New sign-in",
        text="Somebody signed in to your account on a new device. If it was not you, sign that "
        "device out under your devices and tell your organizer.",
    ),
    "de": Words(
        title="Neue Anmeldung",
        text="Jemand hat sich auf einem neuen Gerät bei deinem Konto angemeldet. Warst du das "
        "nicht, melde das Gerät unter deinen Geräten ab und sag deiner Einsatzleitung Bescheid.",
    ),
}
_HINT = {
    "en": Words(title="News", text="There is something new. Open the app to fetch it."),
    "de": Words(title="Neues", text="Es gibt Neues. Öffne die App, um es zu laden."),
}


def in_language(words: Mapping[str, Words], locale: str) -> Words:
    """The words of a locale such as ``de-AT``, else the English ones."""
    return words.get(locale) or words.get(locale.partition("-")[0]) or words["en"]


async def _broadcast(db: Connection, of: Notification) -> Words:
    found = await broadcast_queries.broadcast_by_id(db, of.organization_id, of.about)
    return Words(title=found.title, text=found.text)


async def _security(_: Connection, of: Notification) -> Words:
    return in_language(_SECURITY, of.locale)


async def _hint(_: Connection, of: Notification) -> Words:
    return in_language(_HINT, of.locale)


RENDERERS: Mapping[Kind, Renderer] = {
    Kind.BROADCAST: _broadcast,
    Kind.ACCOUNT_SECURITY: _security,
    Kind.SYNC: _hint,
}
