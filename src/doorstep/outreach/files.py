"""Events as files: calendars (RFC 5545), Atom (RFC 4287), JSON, and schema.org's Event."""

import datetime as dt
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from doorstep.events.model import EventStatus
from doorstep.events.service import ENGLISH, CalendarEntry, calendar, when
from doorstep.kit.atom import Entry, feed
from doorstep.kit.public_pages import Markup, picture_url
from doorstep.outreach.attendance_queries import Ticket
from doorstep.outreach.model import EventSeen, PublicEvents, PublicListed

LINK_DAYS = 30
_EXCERPT = 300


class Times(NamedTuple):
    """From when until when, on which clock."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    time_zone: str


def times_of(event: EventSeen, ticket: Ticket | None = None) -> Times | None:
    """When an event is, or somebody's appointment at it; None where that is not known yet."""
    if ticket and ticket.slot_starts_at and ticket.slot_ends_at:
        return Times(ticket.slot_starts_at, ticket.slot_ends_at, event.time_zone)
    if event.starts_at is None or event.ends_at is None:
        return None
    return Times(event.starts_at, event.ends_at, event.time_zone)


def link_until(event: EventSeen) -> dt.datetime:
    """Until when links in letters about an event are good: some time after its end."""
    now = dt.datetime.now(dt.UTC)
    return max(event.ends_at or now, now) + dt.timedelta(days=LINK_DAYS)


def map_of(event: EventSeen) -> str:
    """Where it is, on OpenStreetMap."""
    at = f"{event.lat:.5f}"
    return (
        f"https://www.openstreetmap.org/?mlat={at}&mlon={event.lon:.5f}#map=17/{at}/{event.lon:.5f}"
    )


def when_of(event: EventSeen, ticket: Ticket | None = None) -> str:
    """When it is, in words."""
    times = times_of(event, ticket)
    return when(ENGLISH, times) if times else "The time will be told."


def public_events(
    public_url: str, slug: str, organization: str, events: Sequence[EventSeen]
) -> PublicEvents:
    """Public events as JSON."""
    return PublicEvents(
        organization=organization,
        events=[public_event(public_url, slug, one) for one in events],
    )


def public_event(public_url: str, slug: str, event: EventSeen) -> PublicListed:
    """A public event as JSON: nobody who comes is in it."""
    left = None if event.capacity is None else max(0, event.capacity - event.taken_count)
    told = msgspec.structs.asdict(event)
    names = set(PublicListed.__struct_fields__) - {"url", "places_left"}
    return PublicListed(
        **{name: told[name] for name in names},
        url=page_url(public_url, slug, event),
        places_left=left,
    )


def page_url(public_url: str, slug: str, event: EventSeen) -> str:
    """The address of an event's page."""
    return f"{public_url}/o/{slug}/events/{event.slug}"


def atom(public_url: str, slug: str, organization: str, events: Sequence[EventSeen]) -> bytes:
    """Events, those first that were published or changed last."""
    entries = [
        Entry(page_url(public_url, slug, one), _news(one), one.updated_at,
              f"{when_of(one)}. {one.place_name}\n{one.outcome or one.summary}".strip())
        for one in events
        if one.updated_at is not None
    ]  # fmt: skip
    entries.sort(key=lambda one: (one.at, one.link), reverse=True)
    return feed(f"{public_url}/o/{slug}/events", f"Events of {organization}", organization, entries)


def _news(event: EventSeen) -> str:
    match event.status:
        case EventStatus.CANCELLED:
            return f"Cancelled: {event.title}"
        case EventStatus.FOLLOWED_UP:
            return f"What came of it: {event.title}"
        case _:
            return event.title


def ics(name: str, events: Sequence[EventSeen]) -> bytes:
    """Events for calendar apps; what was cancelled stays, as such."""
    return calendar(name, [entry for one in events if (entry := _entry(one, None))])


def ticket_ics(event: EventSeen, ticket: Ticket) -> bytes:
    """An event, or somebody's appointment at it, for their calendar app."""
    entry = _entry(event, ticket)
    return calendar(event.title, [entry] if entry else [])


def _entry(event: EventSeen, ticket: Ticket | None) -> CalendarEntry | None:
    times = times_of(event, ticket)
    if times is None:
        return None
    own = ticket is not None and ticket.with_whom is not None
    return CalendarEntry(
        # An appointment is another entry than the office hours it is part of.
        id=ticket.id if ticket and own else event.id,
        title=f"{event.title}: {ticket.with_whom}" if ticket and own else event.title,
        summary=event.summary,
        starts_at=times.starts_at,
        ends_at=times.ends_at,
        time_zone=event.time_zone,
        place_name=event.place_name,
        address=event.address,
        lon=event.lon,
        lat=event.lat,
        cancelled=event.status is EventStatus.CANCELLED,
        tentative=False,
        sequence=event.sequence,
        changed_at=event.updated_at or times.starts_at,
    )


def json_ld(public_url: str, slug: str, event: EventSeen, described: Mapping[str, Any]) -> Markup:
    """An event for search engines, as data in its page: nothing in it is run or shown.

    Parameters
    ----------
    public_url, slug, event
        Where its page is, and what it says.
    described
        What `events` says of it: with its shifts, whose hours are not those of the public.
    """
    said = {name: value for name, value in described.items() if name != "subEvent"}
    said["url"] = page_url(public_url, slug, event)
    said["image"] = picture_url(public_url, slug, "event", event.slug)
    if event.summary:
        said["description"] = textwrap.shorten(event.summary, _EXCERPT, placeholder=" …")
    zone = ZoneInfo(event.time_zone)
    if event.starts_at and event.ends_at:
        said["startDate"] = event.starts_at.astimezone(zone).isoformat()
        said["endDate"] = event.ends_at.astimezone(zone).isoformat()
    if event.capacity is not None:
        said["maximumAttendeeCapacity"] = event.capacity
        said["remainingAttendeeCapacity"] = max(0, event.capacity - event.taken_count)
    # Inside a script element nothing is escaped but what could end it.
    text = msgspec.json.encode(said).decode().replace("<", "\\u003c").replace("&", "\\u0026")
    return Markup(f'<script type="application/ld+json">{text}</script>')
