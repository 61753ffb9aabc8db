"""The words of notifications about buddies."""

from collections.abc import Mapping

from doorstep.accounts.service import member_by_id
from doorstep.kit.db import Connection
from doorstep.notify.model import Kind, Notification, Words
from doorstep.notify.rendering import Renderer
from doorstep.overview import buddy_queries

_NEWCOMER = {
    "en": Words(
        title="{other} takes you along",
        text="Hello {name}, {other} knows the work and goes out with you on your first shifts. "
        "Should it not suit you, say so under your buddies, and somebody else will.",
    ),
    "de": Words(
        title="{other} nimmt dich mit",
        text="Hallo {name}, {other} kennt sich aus und geht bei deinen ersten Schichten mit dir. "
        "Passt es nicht, sag es bei deinen Buddys, dann geht jemand anders mit.",
    ),
}
_BUDDY = {
    "en": Words(
        title="{other} is new",
        text="Hello {name}, you take newcomers along: {other} is looking forward to it. You will "
        "be planned together.",
    ),
    "de": Words(
        title="{other} ist neu",
        text="Hallo {name}, du nimmst Neue mit: {other} freut sich darauf. Ihr werdet zusammen "
        "eingeteilt.",
    ),
}


async def _buddy(db: Connection, of: Notification) -> Words:
    pair = await buddy_queries.hold_pair(db, of.organization_id, of.about)
    newcomer = of.member_id == pair.newcomer_id
    texts = _NEWCOMER if newcomer else _BUDDY
    words = texts.get(of.locale.partition("-")[0], texts["en"])
    filled = {
        "name": (await member_by_id(db, of.organization_id, of.member_id)).name,
        "other": pair.buddy_name if newcomer else pair.newcomer_name,
    }
    return Words(title=words.title.format_map(filled), text=words.text.format_map(filled))


RENDERERS: Mapping[Kind, Renderer] = {Kind.BUDDY: _buddy}
