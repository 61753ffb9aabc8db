"""Whether everything that was made on the phones is on the server: once, and as it was made."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all

Json = dict[str, Any]

PARTICULARS = ("turf_id", "door_id", "building_id", "person_id", "target_id")
CONTENTS = ("result", "mark", "text", "question", "value")


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the database has it; ``value`` lies in a table of its own."""

    id: UUID
    kind: str
    status: str
    turf_id: UUID | None
    door_id: UUID | None
    building_id: UUID | None
    person_id: UUID | None
    target_id: UUID | None
    recorded_at: dt.datetime
    payload: Json
    value: Any


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Events on the phones against events on the server."""

    made_count: int
    stored_count: int
    knocks_stored: int
    missing: list[str]
    """Made on a phone, and not on the server."""
    strange: list[str]
    """On the server, and made on no phone."""
    altered: list[str]
    """On the server, but not as the phone made them."""
    in_review: list[str]
    """Kept for an organizer to look at."""

    @property
    def exact(self) -> bool:
        """Whether every event is there once, unaltered, and nothing else is."""
        same = self.made_count == self.stored_count
        return same and not (self.missing or self.strange or self.altered)


async def stored_events(db: Connection, organization_id: UUID) -> list[StoredEvent]:
    """Every event of an organization, with the answer that came with it."""
    return await fetch_all(
        db,
        StoredEvent,
        """
        select e.id, e.kind, e.status, e.turf_id, e.door_id, e.building_id, e.person_id,
               e.target_id, e.recorded_at, e.payload, a.value
          from contact_event e
          left join survey_answer a
            on a.organization_id = e.organization_id and a.event_id = e.id
         where e.organization_id = $1
         order by e.received_at, e.id
        """,
        organization_id,
    )


def compare(made: Mapping[str, Json], stored: list[StoredEvent]) -> Comparison:
    """What differs between the events that phones made, by id, and those stored."""
    known = {str(event.id): event for event in stored}
    return Comparison(
        made_count=len(made),
        stored_count=len(stored),
        knocks_stored=sum(event.kind == "attempt" for event in stored),
        missing=sorted(made.keys() - known.keys()),
        strange=sorted(known.keys() - made.keys()),
        altered=sorted(
            event_id
            for event_id in made.keys() & known.keys()
            if _as_made(made[event_id]) != _as_stored(known[event_id])
        ),
        in_review=sorted(str(event.id) for event in stored if event.status != "accepted"),
    )


def _as_made(event: Json) -> Json:
    says = {name: event.get(name) for name in ("kind", *PARTICULARS, *CONTENTS)}
    return {**says, "recorded_at": dt.datetime.fromisoformat(event["occurred_at"])}


def _as_stored(event: StoredEvent) -> Json:
    says: Json = {name: event.payload.get(name) for name in CONTENTS}
    says |= {"kind": event.kind, "recorded_at": event.recorded_at}
    if says["question"]:
        says["value"] = event.value
    # A correction or an undo takes its place from what it speaks of; the phone names only that.
    told = ("target_id",) if event.target_id else PARTICULARS
    places = {name: getattr(event, name) for name in told}
    says |= dict.fromkeys(PARTICULARS)
    return says | {name: str(place) for name, place in places.items() if place}
