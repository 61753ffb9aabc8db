"""Shifts for calendar apps (RFC 5545), at addresses that are secrets."""

import base64
import binascii
import datetime as dt
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar

from doorstep import __version__
from doorstep.accounts.service import organization_by_id
from doorstep.events import calendar_queries, queries
from doorstep.events.calendar_queries import CalendarEntry
from doorstep.events.model import CalendarFeed
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection, enter_organization
from doorstep.kit.errors import NotFoundError
from doorstep.kit.ids import hash_secret, new_id, new_secret

_ID_BYTES = 16
_REFRESH = dt.timedelta(hours=1)
_UNKNOWN = "There is no such calendar, or its address was changed. Ask for the new one."


def calendar(name: str, entries: Sequence[CalendarEntry]) -> bytes:
    """An iCalendar file: times on the clock of each place, with the rules of its zone.

    The same entries give the same bytes. A shift is known by its id for ever; what was cancelled
    stays in it as such, since calendar apps keep what is merely left out.
    """
    # The library's `add` takes anything, which its types cannot say.
    made: Any = icalendar.Calendar()
    made.add("prodid", f"-//Doorstep//{__version__}//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        made.add_component(_event(entry))
    if entries:
        # Of each zone the rules of the years that matter.
        first = min(entry.starts_at for entry in entries).year - 1
        last = max(entry.ends_at for entry in entries).year + 2
        made.add_missing_timezones(dt.date(first, 1, 1), dt.date(last, 1, 1))
    return made.to_ical()


def _event(entry: CalendarEntry) -> icalendar.Event:
    event: Any = icalendar.Event()
    zone = ZoneInfo(entry.time_zone)
    status = "CANCELLED" if entry.cancelled else "TENTATIVE" if entry.tentative else "CONFIRMED"
    where = ", ".join(part for part in (entry.place_name, entry.address) if part)
    lines: dict[str, Any] = {
        "uid": str(entry.id),
        "dtstamp": entry.changed_at,
        "last-modified": entry.changed_at,
        "dtstart": _clock(entry.starts_at, zone),
        "dtend": _clock(entry.ends_at, zone),
        "sequence": entry.sequence,
        "status": status,
        "summary": entry.title,
        "location": where,
        "geo": (entry.lat, entry.lon),
    }
    if entry.summary:
        lines["description"] = entry.summary
    for name, value in lines.items():
        event.add(name, value)
    return event


def _clock(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The time on the clock of the place; in UTC where that clock shows it twice.

    RFC 5545 says which of the two is meant, but not every calendar app does as it says.
    """
    local = at.astimezone(zone)
    both = {local.replace(fold=fold).utcoffset() for fold in (0, 1)}
    return local if len(both) == 1 else at.astimezone(dt.UTC)


async def new_feed(
    db: Connection, caller: Caller, public_url: str, event_id: UUID | None
) -> CalendarFeed:
    """A new address for the caller's calendar, or an event's; the one before ends.

    Raises
    ------
    NotFoundError
        If there is no such event.
    """
    organization_id, feed_id, secret = caller.organization_id, new_id(), new_secret()
    if event_id is not None:
        await queries.hold_event(db, organization_id, event_id)
    member_id = caller.member_id if event_id is None else None
    created_at = await calendar_queries.insert_feed(
        db, organization_id, feed_id, hash_secret(secret), member_id, event_id
    )
    token = f"{_letters(organization_id)}.{secret}"
    return CalendarFeed(
        id=feed_id, url=f"{public_url}/calendars/{token}/shifts.ics", created_at=created_at
    )


def _letters(organization_id: UUID) -> str:
    return base64.urlsafe_b64encode(organization_id.bytes).rstrip(b"=").decode()


async def feed(db: Connection, token: str) -> bytes:
    """The calendar with this secret address, for whoever has it.

    Raises
    ------
    NotFoundError
        If there is none, or not any more.
    """
    letters, _, secret = token.partition(".")
    try:
        raw = base64.b64decode(letters + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _ID_BYTES:
        raise NotFoundError(_UNKNOWN)
    organization_id = UUID(bytes=raw)
    # What it says is not believed: the secret must be there, in that organization.
    await enter_organization(db, organization_id)
    found = await calendar_queries.feed_by_hash(db, organization_id, hash_secret(secret))
    if found is None:
        raise NotFoundError(_UNKNOWN)
    if found.member_id is not None:
        entries = await calendar_queries.calendar_of_member(db, organization_id, found.member_id)
        name = (await organization_by_id(db, organization_id)).name
        return calendar(f"{name}: my shifts", entries)
    event_id = cast("UUID", found.event_id)
    event = await queries.event_by_id(db, organization_id, event_id)
    entries = await calendar_queries.calendar_of_event(db, organization_id, event_id)
    return calendar(event.title, entries)
