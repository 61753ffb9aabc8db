"""Events as search engines read them: schema.org's Event as JSON-LD."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.accounts.model import Organization
from doorstep.accounts.service import organization_by_id
from doorstep.events import place_queries, queries
from doorstep.events.model import Event, EventStatus, Place, Shift, ShiftStatus
from doorstep.kit.db import Connection

_SCHEDULED = "https://schema.org/EventScheduled"
_CANCELLED = "https://schema.org/EventCancelled"
_RESCHEDULED = "https://schema.org/EventRescheduled"
_ON_SITE = "https://schema.org/OfflineEventAttendanceMode"


async def structured_data(db: Connection, organization_id: UUID, event_id: UUID) -> dict[str, Any]:
    """What a page about an event puts into its `script type="application/ld+json"`."""
    event = await queries.event_by_id(db, organization_id, event_id)
    shifts = await queries.shifts(
        db, organization_id, event_id, None, None, None, drafts=True, limit=None
    )
    by_id = {one.id: one for one in await place_queries.places(db, organization_id)}
    for place_id in {event.place_id, *(one.place_id for one in shifts)} - by_id.keys():
        by_id[place_id] = await place_queries.place_by_id(db, organization_id, place_id)
    organization = await organization_by_id(db, organization_id)
    return described(event, shifts, by_id, organization)


def described(
    event: Event, shifts: Sequence[Shift], places: dict[UUID, Place], organization: Organization
) -> dict[str, Any]:
    """An event with its shifts as parts of it."""
    zone = ZoneInfo(event.time_zone)
    parts = [_part(one, zone, places[one.place_id]) for one in shifts]
    whole = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "eventStatus": _CANCELLED if event.status is EventStatus.CANCELLED else _SCHEDULED,
        "eventAttendanceMode": _ON_SITE,
        "location": _location(places[event.place_id]),
        "organizer": {"@type": "Organization", "name": organization.name},
        "subEvent": parts,
    }
    if event.summary:
        whole["description"] = event.summary
    if event.topic:
        whole["about"] = event.topic
    open_shifts = [one for one in shifts if one.status is not ShiftStatus.CANCELLED]
    if open_shifts:
        whole["startDate"] = min(o.starts_at for o in open_shifts).astimezone(zone).isoformat()
        whole["endDate"] = max(o.ends_at for o in open_shifts).astimezone(zone).isoformat()
    return whole


def _part(shift: Shift, zone: ZoneInfo, place: Place) -> dict[str, Any]:
    status = _RESCHEDULED if shift.sequence else _SCHEDULED
    if shift.status is ShiftStatus.CANCELLED:
        status = _CANCELLED
    capacity = sum(one.capacity for one in shift.roles)
    left = sum(max(0, one.capacity - one.taken_count) for one in shift.roles)
    return {
        "@type": "Event",
        "name": shift.title,
        "startDate": shift.starts_at.astimezone(zone).isoformat(),
        "endDate": shift.ends_at.astimezone(zone).isoformat(),
        "eventStatus": status,
        "eventAttendanceMode": _ON_SITE,
        "location": _location(place),
        "maximumPhysicalAttendeeCapacity": capacity,
        "remainingAttendeeCapacity": left,
    }


def _location(place: Place) -> dict[str, Any]:
    where = {
        "@type": "Place",
        "name": place.name,
        "geo": {
            "@type": "GeoCoordinates",
            "latitude": place.point.lat,
            "longitude": place.point.lon,
        },
    }
    if place.address:
        where["address"] = place.address
    return where
