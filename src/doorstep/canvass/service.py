"""Taking in what phones tell: every event once, whatever the network does."""

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec.structs import asdict

from doorstep.canvass import queries
from doorstep.canvass.decoding import Item, read_batch, read_envelope
from doorstep.canvass.history_model import PersonEventKind, PersonHistoryEntry
from doorstep.canvass.history_queries import records_of_people
from doorstep.canvass.judging import Place, Verdict, judge_all, payload
from doorstep.canvass.keeping import Judged, keep
from doorstep.canvass.knowing import known_about, places_of
from doorstep.canvass.model import (
    AT_DOORS,
    REPLIES,
    Attempt,
    BatchResult,
    EventResult,
    HistoryEntry,
    Outcome,
)
from doorstep.canvass.queries import BatchRow, EventRow, KnownEvent, Taken
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, TryLaterError
from doorstep.kit.ids import new_id
from doorstep.notify.service import hint_sync
from doorstep.people.matching import rows_of_person
from doorstep.people.service import door_points

__all__ = ["accept", "door_history", "person_history", "read_envelope"]


async def accept(db: Connection, caller: Caller, body: bytes) -> BatchResult:
    """Take a batch in, as one transaction, and say what became of each of its events.

    The same event twice is a duplicate, another under its id a conflict of which the first
    stands. The state of every door touched is computed from all its events in the same
    transaction, so that neither order nor repeats nor grouping matter.

    Raises
    ------
    InvalidError
        If the whole is no batch; nothing is stored then.
    TryLaterError
        If another batch with the same ids at other doors came at the same instant.
    """
    received_at = dt.datetime.now(dt.UTC)
    batch = read_batch(body)
    items = _first_of_each(batch.items)
    taken = await _take_in(db, caller, items)
    fresh = [item for event_id, item in items.items() if event_id not in taken.stored]
    offset = received_at - batch.sent_at
    known = await known_about(db, caller, fresh, taken.doors, taken.turf_doors)
    known.late.update(_after_sign_out(caller, fresh, offset))
    judged = [
        _judged(item, verdict, offset, received_at) for item, verdict in judge_all(fresh, known)
    ]
    await keep(db, caller, judged, taken.doors, taken.facts)
    conflicts = _conflicts(batch.items, items, taken.stored)
    await _keep_conflicts(db, caller, [batch.items[place] for place in conflicts], received_at)
    row = BatchRow(
        id=new_id(),
        member_id=caller.member_id,
        device_id=caller.device_id,
        sent_at=batch.sent_at,
        received_at=received_at,
        clock_offset_ms=offset // dt.timedelta(milliseconds=1),
    )
    new = await _store(db, caller, row, [door.id for door in taken.doors], judged)
    if new and (others := taken.holders - {caller.member_id}):
        await hint_sync(db, caller.organization_id, list(others), taken.seq + 1)
    reasons = {one.item.id: one.verdict.reason for one in judged if one.item.id in new}
    results = [
        _result(place, item, items, reasons, conflicts) for place, item in enumerate(batch.items)
    ]
    return BatchResult(received_at=received_at, results=results)


def _first_of_each(items: Iterable[Item]) -> dict[UUID, Item]:
    first: dict[UUID, Item] = {}
    for item in items:
        if item.id is not None:
            first.setdefault(item.id, item)
    return first


async def _take_in(db: Connection, caller: Caller, items: dict[UUID, Item]) -> Taken:
    """Hold every door whose state may change, so that batches about one door follow each other."""
    events = [item.event for item in items.values() if item.event is not None]
    targets = {event.target_id for event in events if isinstance(event, REPLIES)}
    elsewhere = targets - items.keys()
    places = await places_of(db, caller, elsewhere)
    # A reply whose event is not there yet: the two must not pass each other unseen.
    replied = targets | {place.target_id for place in places.values() if place.target_id}
    if replied - items.keys() - places.keys():
        await queries.enter_sync(db, caller.organization_id, alone=True)
        # What was on its way may have come while this waited; then its door is to be held too.
        places = await places_of(db, caller, elsewhere)
    at_doors = [event for event in events if isinstance(event, AT_DOORS)]
    marks = [event for event in at_doors if isinstance(event, Attempt)]
    return await queries.take_in(
        db,
        caller.organization_id,
        list(items),
        list({place.door_id for place in [*at_doors, *places.values()] if place.door_id}),
        list({place.building_id for place in [*marks, *places.values()] if place.building_id}),
        list({place.turf_id for place in [*at_doors, *places.values()] if place.turf_id}),
    )


def _after_sign_out(caller: Caller, items: Iterable[Item], offset: dt.timedelta) -> set[UUID]:
    """What a device recorded, by the server's clock, when it had been signed out."""
    if caller.revoked_at is None:
        return set()
    return {
        item.event.id
        for item in items
        if item.event is not None and item.event.occurred_at > _less(caller.revoked_at, offset)
    }


def _less(at: dt.datetime, offset: dt.timedelta) -> dt.datetime:
    try:
        return at - offset
    except OverflowError:
        return at


def _judged(item: Item, verdict: Verdict, offset: dt.timedelta, received_at: dt.datetime) -> Judged:
    recorded_at = received_at if item.event is None else item.event.occurred_at
    try:
        occurred_at = min(recorded_at + offset, received_at)
    except OverflowError:
        occurred_at = received_at
    return Judged(item, verdict, occurred_at.astimezone(dt.UTC), recorded_at)


def _conflicts(
    told: Sequence[Item], items: dict[UUID, Item], stored: dict[UUID, KnownEvent]
) -> set[int]:
    """Where in a batch there is another event than the one that stands under its id."""
    return {
        place
        for place, item in enumerate(told)
        if item.id is not None
        and (first := stored.get(item.id) or items[item.id]) is not item
        and first.payload_hash != item.payload_hash
    }


async def _keep_conflicts(
    db: Connection, caller: Caller, items: Sequence[Item], received_at: dt.datetime
) -> None:
    conflicts = [
        (item.id, item.payload_hash, payload(None, item.fields, Verdict(place=Place(kind=""))))
        for item in items
        if item.id is not None
    ]
    if conflicts:
        await queries.insert_conflicts(
            db, caller.organization_id, caller.member_id, caller.device_id, received_at, conflicts
        )


async def _store(
    db: Connection,
    caller: Caller,
    batch: BatchRow,
    door_ids: Sequence[UUID],
    judged: Sequence[Judged],
) -> set[UUID]:
    if not judged:
        return set()
    rows = [_row(one) for one in judged]
    new = await queries.insert_events(db, caller.organization_id, batch, door_ids, rows)
    # Doors are held, so only the same ids at other doors can have come between.
    if any(one.item.id not in new and one.verdict.reason is None for one in judged):
        message = "The same events came twice at once. Send them again."
        raise TryLaterError(message, retry_after_s=1)
    return new


def _row(one: Judged) -> EventRow:
    place = one.verdict.place
    assert one.item.id is not None  # noqa: S101 - items without id are not judged
    return EventRow(
        id=one.item.id,
        kind=place.kind,
        status="accepted" if one.verdict.reason is None else "needs_review",
        review_reason=one.verdict.reason,
        target_id=place.target_id,
        turf_id=place.turf_id,
        pass_id=place.pass_id,
        door_id=place.door_id,
        building_id=place.building_id,
        person_id=place.person_id,
        occurred_at=one.occurred_at,
        recorded_at=one.recorded_at,
        payload=payload(one.item.event, one.item.fields, one.verdict),
        payload_hash=one.item.payload_hash,
    )


def _result(
    place: int,
    item: Item,
    items: dict[UUID, Item],
    reasons: dict[UUID | None, str | None],
    conflicts: set[int],
) -> EventResult:
    if item.id is None:
        outcome, reason = Outcome.MALFORMED, f"It has no usable id: {item.fault}"
    elif place in conflicts:
        outcome, reason = Outcome.CONFLICT, "Another event with this id is stored; it stands."
    elif item.id not in reasons or item is not items[item.id]:
        outcome, reason = Outcome.DUPLICATE, None
    else:
        reason = reasons[item.id]
        outcome = Outcome.ACCEPTED if reason is None else Outcome.NEEDS_REVIEW
    return EventResult(index=place, id=item.id, outcome=outcome, reason=reason)


async def door_history(
    db: Connection, caller: Caller, door_id: UUID, limit: int
) -> list[HistoryEntry]:
    """What was recorded at a door and for its building, the latest first.

    Raises
    ------
    NotFoundError
        If there is no such door.
    """
    found = await door_points(db, caller.organization_id, [door_id])
    if not found:
        raise NotFoundError
    return await queries.history(
        db, caller.organization_id, door_id, found[0].building_id, [], limit
    )


async def person_history(
    db: Connection, caller: Caller, person_id: UUID, limit: int
) -> list[PersonHistoryEntry]:
    """What happened to a person and to those merged into them, the latest first.

    Raises
    ------
    NotFoundError
        If there is no such person.
    """
    organization_id = caller.organization_id
    rows = await rows_of_person(db, organization_id, person_id)
    records = await records_of_people(db, organization_id, rows, limit)
    visits = await queries.history(db, organization_id, None, None, rows, limit)
    entries = [
        *(PersonHistoryEntry(**asdict(record), visit=None) for record in records),
        *(_visited(visit, person_id) for visit in visits),
    ]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries[:limit]


def _visited(visit: HistoryEntry, person_id: UUID) -> PersonHistoryEntry:
    return PersonHistoryEntry(
        at=visit.occurred_at,
        kind=PersonEventKind.VISIT,
        person_id=visit.person_id or person_id,
        other_person_id=None,
        member_id=visit.member_id,
        member_name=visit.member_name,
        import_run_id=None,
        file_name=None,
        fields=[],
        about=None,
        visit=visit,
    )
