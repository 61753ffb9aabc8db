"""Notifications about shifts as their reader sees them: by name, with a map and what to do."""

from collections.abc import Mapping
from uuid import UUID

from doorstep.accounts.service import member_by_id
from doorstep.events import place_queries, queries, wording
from doorstep.events import signup_queries as seats
from doorstep.events.model import Place, Shift, Signup
from doorstep.events.states import State
from doorstep.events.wording import Language
from doorstep.kit import links
from doorstep.kit.db import Connection
from doorstep.kit.links import Purpose
from doorstep.kit.tokens import Keyring
from doorstep.notify.model import Kind, Link, Notification, Words
from doorstep.notify.rendering import Renderer
from doorstep.volunteers.model import TieKind
from doorstep.volunteers.service import buddies

KINDS = (
    Kind.SHIFT_BOOKED,
    Kind.SHIFT_WAITLISTED,
    Kind.SHIFT_REMINDER,
    Kind.WAITLIST_HOLD,
    Kind.SHIFT_MOVED,
    Kind.SHIFT_CANCELLED,
    Kind.PARTNER_CHECKED_IN,
)


def renderers(keyring: Keyring, public_url: str) -> Mapping[Kind, Renderer]:
    """What turns each kind of notification about shifts into words.

    Parameters
    ----------
    keyring, public_url
        What the links in them are signed with, and where they lead.
    """

    async def render(db: Connection, notification: Notification) -> Words:
        return await words(db, notification, keyring, public_url)

    return dict.fromkeys(KINDS, render)


async def words(
    db: Connection, notification: Notification, keyring: Keyring, public_url: str
) -> Words:
    """A notification about a sign-up, as things stand when it is sent."""
    organization_id = notification.organization_id
    signup = await seats.signup_by_id(db, organization_id, notification.about)
    shift = await queries.shift_by_id(db, organization_id, signup.shift_id)
    place = await place_queries.place_by_id(db, organization_id, shift.place_id)
    member = await member_by_id(db, organization_id, signup.member_id)
    language = wording.language_of(notification.locale)
    filled = {
        "name": member.name,
        "title": shift.title,
        "role": signup.role,
        "when": wording.when(language, shift),
        "place": ", ".join(part for part in (place.name, place.address) if part),
        "reason": shift.cancelled_reason or "",
        "partner": await _partner(db, notification),
        "until": wording.moment(language, signup.held_until or shift.starts_at, shift.time_zone),
    }
    kind = str(notification.kind)
    sentences = [language.texts[kind].format_map(filled)]
    if notification.kind is Kind.SHIFT_REMINDER:
        sentences += await _company(db, organization_id, signup, language)
    if notification.kind in {Kind.SHIFT_BOOKED, Kind.SHIFT_REMINDER} and place.staging_note:
        sentences.append(place.staging_note)
    return Words(
        title=language.titles[kind].format_map(filled),
        text=" ".join(one.strip() for one in sentences),
        links=_links(
            notification.kind,
            signup,
            shift,
            place,
            language,
            (keyring, public_url, organization_id),
        ),
    )


async def _partner(db: Connection, of: Notification) -> str:
    partner_id = of.facts.get("partner_id")
    if partner_id is None:
        return ""
    return (await member_by_id(db, of.organization_id, UUID(str(partner_id)))).name


async def _company(
    db: Connection, organization_id: UUID, signup: Signup, language: Language
) -> list[str]:
    found = await buddies(db, organization_id, signup.member_id)
    known = [one.member_id for one in found if one.kind is TieKind.BUDDY]
    names = await seats.buddies_coming(db, organization_id, signup.id, known)
    return [language.partner.format(names=", ".join(names))] if names else []


def _links(
    kind: Kind,
    signup: Signup,
    shift: Shift,
    place: Place,
    language: Language,
    signing: tuple[Keyring, str, UUID],
) -> tuple[Link, ...]:
    """What one can do about it from where the sign-up stands, without signing in."""
    if kind is Kind.SHIFT_CANCELLED:
        return ()
    keyring, public_url, organization_id = signing
    offered = {
        State.BOOKED: [(Purpose.CONFIRM, language.confirm), (Purpose.CANCEL, language.cancel)],
        State.HELD: [(Purpose.ACCEPT, language.accept), (Purpose.CANCEL, language.cancel)],
        State.INVITED: [(Purpose.ACCEPT, language.accept), (Purpose.CANCEL, language.cancel)],
        State.CONFIRMED: [(Purpose.CANCEL, language.cancel)],
        State.WAITLISTED: [(Purpose.CANCEL, language.cancel)],
    }.get(signup.state, [])
    deeds = [
        Link(label=label, url=f"{public_url}/signup-links/{purpose}/{token}")
        for purpose, label in offered
        for token in [
            links.sign(keyring, purpose, organization_id, signup.id, expires_at=shift.ends_at)
        ]
    ]
    return (Link(label=language.map, url=map_url(place)), *deeds)


def map_url(place: Place) -> str:
    """Where one is to be, on OpenStreetMap."""
    point = place.staging_point or place.point
    where = f"mlat={point.lat:.5f}&mlon={point.lon:.5f}"
    return f"https://www.openstreetmap.org/?{where}#map=17/{point.lat:.5f}/{point.lon:.5f}"
