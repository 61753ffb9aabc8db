"""The words of what members are told about turf."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from doorstep.kit.db import Connection
from doorstep.kit.ids import new_id
from doorstep.notify.model import Kind, Notice, Notification, Words
from doorstep.notify.rendering import Renderer
from doorstep.notify.service import notify, withdraw
from doorstep.turf.queries import turf_by_id

_KINDS = {
    "gained": Kind.TURF_ASSIGNED,
    "lost": Kind.TURF_TAKEN_BACK,
    "recut": Kind.TURF_RECUT,
}
_WORDS = {
    Kind.TURF_ASSIGNED: {
        "en": ("A turf for you", "{name} is yours now. Open the app to load its doors."),
        "de": ("Ein Gebiet für dich", "{name} ist jetzt deins. Öffne die App, um es zu laden."),
    },
    Kind.TURF_TAKEN_BACK: {
        "en": ("A turf was taken back", "{name} is no longer yours. Send what you have noted."),
        "de": (
            "Ein Gebiet ging zurück",
            "{name} ist nicht mehr deins. Sende, was du notiert hast.",
        ),
    },
    Kind.TURF_RECUT: {
        "en": ("Your turf changed", "{name} was cut anew. Open the app to load its doors."),
        "de": ("Dein Gebiet hat sich geändert", "{name} wurde neu geschnitten. Öffne die App."),
    },
}


async def _words(db: Connection, of: Notification) -> Words:
    turf = await turf_by_id(db, of.organization_id, of.about)
    by_language = _WORDS[of.kind]
    title, text = by_language.get(of.locale.partition("-")[0], by_language["en"])
    return Words(title=title, text=text.format(name=turf.name))


RENDERERS: Mapping[Kind, Renderer] = dict.fromkeys(_WORDS, _words)


async def notify_holders(
    db: Connection, organization_id: UUID, told: Sequence[tuple[UUID, UUID, str]]
) -> None:
    """Tell members what happened to turfs of theirs: (turf, member, gained, lost or recut).

    Who lost a turf before being told of it is told that alone.
    """
    for turf_id, member_id, change in told:
        if _KINDS[change] is Kind.TURF_TAKEN_BACK:
            kinds = (Kind.TURF_ASSIGNED, Kind.TURF_RECUT)
            await withdraw(db, organization_id, about=turf_id, kinds=kinds, member_id=member_id)
    await notify(
        db,
        organization_id,
        [
            Notice(kind=_KINDS[change], member_id=member_id, about=turf_id, key=f"turf:{new_id()}")
            for turf_id, member_id, change in told
        ],
    )
