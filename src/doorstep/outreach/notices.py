"""Letters about events as their reader sees them, as things stand when they are sent."""

from collections.abc import Mapping
from uuid import UUID

from doorstep.accounts.service import organization_by_id
from doorstep.events.model import EventStatus
from doorstep.events.service import ENGLISH, moment, when
from doorstep.kit import links
from doorstep.kit.db import Connection
from doorstep.kit.links import Purpose
from doorstep.kit.tokens import Keyring
from doorstep.letters.model import Attachment, Letter, LetterKind, LetterText, Link, Renderer
from doorstep.outreach import attendance_queries as seats
from doorstep.outreach import files, queries, wording
from doorstep.outreach.attendance_queries import Ticket
from doorstep.outreach.model import EventSeen
from doorstep.outreach.states import COMING, State

KINDS = (
    LetterKind.TICKET,
    LetterKind.SLOT_BOOKED,
    LetterKind.PLACE_FREE,
    LetterKind.EVENT_CHANGED,
    LetterKind.EVENT_CANCELLED,
    LetterKind.EVENT_REMINDER,
    LetterKind.FEEDBACK,
)
_HAS_CALENDAR = (LetterKind.TICKET, LetterKind.SLOT_BOOKED, LetterKind.EVENT_CHANGED)


def renderers(keyring: Keyring, public_url: str) -> Mapping[LetterKind, Renderer]:
    """What turns each kind of letter about events into words.

    Parameters
    ----------
    keyring, public_url
        What the links in them are signed with, and where they lead.
    """

    async def render(db: Connection, letter: Letter) -> LetterText | None:
        return await words(db, letter, keyring, public_url)

    return dict.fromkeys(KINDS, render)


async def words(
    db: Connection, letter: Letter, keyring: Keyring, public_url: str
) -> LetterText | None:
    """A letter about an attendance; None where it is not true any more."""
    organization_id = letter.organization_id
    ticket = await seats.ticket(db, organization_id, letter.about)
    event = await queries.event_seen(db, organization_id, ticket.event_id)
    text = _text(letter.kind, ticket, event)
    if text is None:
        return None
    slug = (await organization_by_id(db, organization_id)).slug
    filled = _filled(ticket, event)
    return LetterText(
        subject=text.subject.format_map(filled),
        paragraphs=tuple(p for one in text.paragraphs if (p := one.format_map(filled).strip())),
        links=_links(
            letter.kind, ticket, event, (keyring, f"{public_url}/o/{slug}", organization_id)
        ),
        attachments=_attachments(letter.kind, ticket, event),
    )


def _text(kind: LetterKind, ticket: Ticket, event: EventSeen) -> wording.Text | None:
    """The words for how it stands now: what was cancelled since is not announced any more."""
    cancelled = event.status is EventStatus.CANCELLED
    if kind is LetterKind.EVENT_CANCELLED:
        return wording.LETTERS[kind]
    if kind is LetterKind.FEEDBACK:
        asked = ticket.state is State.ATTENDED and not ticket.has_feedback
        return wording.LETTERS[kind] if asked else None
    if cancelled or ticket.state not in wording.TICKETS:
        return None
    if kind is LetterKind.PLACE_FREE and ticket.state is not State.HELD:
        return None
    if kind is LetterKind.EVENT_REMINDER and ticket.state not in COMING:
        return None
    return wording.LETTERS.get(kind) or wording.TICKETS[ticket.state]


def _filled(ticket: Ticket, event: EventSeen) -> dict[str, str]:
    times = files.times_of(event, ticket)
    return {
        "title": event.title,
        "when": when(ENGLISH, times) if times else "The time will be told.",
        "place": ", ".join(part for part in (event.place_name, event.address) if part),
        "seats": wording.places(ticket.seats),
        "until": moment(ENGLISH, ticket.held_until, event.time_zone) if ticket.held_until else "",
        "with_whom": ticket.with_whom or "",
        "reason": event.cancelled_reason or "",
        "summary": event.summary,
    }


def _links(
    kind: LetterKind, ticket: Ticket, event: EventSeen, signing: tuple[Keyring, str, UUID]
) -> tuple[Link, ...]:
    if kind is LetterKind.EVENT_CANCELLED:
        return ()
    keyring, home, organization_id = signing
    until = files.link_until(event)
    if kind is LetterKind.FEEDBACK:
        token = links.sign(keyring, Purpose.FEEDBACK, organization_id, ticket.id, expires_at=until)
        return (Link(label=wording.FEEDBACK, url=f"{home}/feedback/{token}"),)
    token = links.sign(keyring, Purpose.TICKET, organization_id, ticket.id, expires_at=until)
    return (
        Link(label=wording.TICKET, url=f"{home}/tickets/{token}"),
        Link(label=wording.MAP, url=files.map_of(event)),
    )


def _attachments(kind: LetterKind, ticket: Ticket, event: EventSeen) -> tuple[Attachment, ...]:
    if kind not in _HAS_CALENDAR or ticket.state not in COMING:
        return ()
    content = files.ticket_ics(event, ticket)
    return (Attachment(name="event.ics", media_type="text/calendar", content=content),)
