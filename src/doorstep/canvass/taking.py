"""Taking batches in: every event once, whatever the network does, and several batches at once."""

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace

from doorstep.canvass import queries
from doorstep.canvass.clocks import clock_offset
from doorstep.canvass.decoding import Item, read_batch, read_item
from doorstep.canvass.judging import Known, Place, Verdict, judge_all, payload
from doorstep.canvass.keeping import Judged, facts_there, keep
from doorstep.canvass.knowing import known_about, places_of
from doorstep.canvass.model import AT_DOORS, REPLIES, Attempt, BatchResult, EventResult, Outcome
from doorstep.canvass.queries import BatchRow, EventRow, LockedDoor, Taken
from doorstep.kit.auth import STAFF, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import TryLaterError
from doorstep.kit.ids import new_id
from doorstep.notify.service import hint_sync

LARGE_BYTES = 2**17
"""What takes so long to read that others should not wait for it."""


class Told(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A batch as it came, or a part of a large one."""

    caller: Caller
    sent_at: dt.datetime
    received_at: dt.datetime
    listed: list[Item]
    """In the order in which they came."""
    items: dict[UUID, Item]
    """The first of each id."""

    @property
    def has_replies(self) -> bool:
        """Whether any event is about another."""
        return any(type(item.event) in REPLIES for item in self.items.values())


class Unread(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The same before its items were looked at."""

    caller: Caller
    sent_at: dt.datetime
    received_at: dt.datetime
    raws: list[msgspec.Raw]
    is_large: bool
    may_reply: bool
    """Whether an event may be about another."""

    def parts(self, most: int) -> list["Unread"]:
        """The same in parts of so many items at most; whole where an event may be about another."""
        if len(self.raws) <= most or self.may_reply:
            return [self]
        return [
            replace(self, raws=self.raws[begin : begin + most])
            for begin in range(0, len(self.raws), most)
        ]

    def read(self) -> Told:
        """What a phone tells."""
        listed = [read_item(raw) for raw in self.raws]
        items: dict[UUID, Item] = {}
        for item in listed:
            if item.id is not None:
                items.setdefault(item.id, item)
        return Told(
            caller=self.caller,
            sent_at=self.sent_at,
            received_at=self.received_at,
            listed=listed,
            items=items,
        )


def unread(caller: Caller, body: bytes) -> Unread:
    """A batch from its bytes.

    Raises
    ------
    InvalidError
        If the whole is no batch.
    """
    received_at = dt.datetime.now(dt.UTC)
    batch = read_batch(body)
    return Unread(
        caller=caller,
        sent_at=batch.sent_at,
        received_at=received_at,
        raws=batch.events,
        is_large=len(body) >= LARGE_BYTES,
        may_reply=b"target_id" in body,
    )


class _About(msgspec.Struct, frozen=True):
    """Where the events of a batch happened, as far as they say or is known."""

    doors: set[UUID]
    buildings: set[UUID]
    turfs: set[UUID]


class _Judged(msgspec.Struct, frozen=True):
    """A batch with what becomes of it."""

    told: Told
    about: _About
    row: BatchRow
    events: list[Judged]
    conflicts: set[int]


async def take(db: Connection, batches: Sequence[Told]) -> list[BatchResult | None]:
    """Take batches of one organization in, in this transaction, and say what became of each.

    The same event twice is a duplicate, another under its id a conflict of which the first
    stands. The state of every door touched is computed from all its events in the same
    transaction, so that neither order nor repeats nor grouping matter.

    Of several, none may hold replies or an id of another. Then who sent them is looked up as
    well: of a caller who is not what they were, nothing is taken, and the answer is None. One
    alone is of the caller of this transaction.

    Raises
    ------
    TryLaterError
        If another batch with the same ids at other doors came at the same instant.
    """
    organization_id = batches[0].caller.organization_id
    items = {event_id: item for told in batches for event_id, item in told.items.items()}
    places = await _places(db, batches[0].caller, items)
    about = [_about(told, places.values()) for told in batches]
    taken = await _take_in(db, organization_id, batches, items, about)
    fresh = [item for event_id, item in items.items() if event_id not in taken.stored]
    known = await known_about(db, batches[0].caller, fresh, taken.doors, taken.turf_doors)
    alone = len(batches) == 1
    judged = [
        _judge(told, where, taken, known if alone else _known_to(told.caller, known, taken))
        for told, where in zip(batches, about, strict=True)
        if alone or _still_so(told.caller, taken)
    ]
    new = await _store(db, organization_id, judged, taken)
    results = {id(one.told): _result(one, new) for one in judged}
    return [results.get(id(told)) for told in batches]


async def _places(db: Connection, caller: Caller, items: Mapping[UUID, Item]) -> dict[UUID, Place]:
    """Where that happened which is replied to and not among the items."""
    targets = {item.event.target_id for item in items.values() if isinstance(item.event, REPLIES)}
    elsewhere = targets - items.keys()
    places = await places_of(db, caller, elsewhere)
    # A reply whose event is not there yet: the two must not pass each other unseen.
    replied = targets | {place.target_id for place in places.values() if place.target_id}
    if replied - items.keys() - places.keys():
        await queries.enter_sync(db, caller.organization_id, alone=True)
        # What was on its way may have come while this waited; then its door is to be held too.
        places = await places_of(db, caller, elsewhere)
    return places


def _about(told: Told, places: Collection[Place]) -> _About:
    events = [item.event for item in told.items.values()]
    at_doors = [event for event in events if isinstance(event, AT_DOORS)]
    marks = [event for event in at_doors if isinstance(event, Attempt)]
    return _About(
        {place.door_id for place in [*at_doors, *places] if place.door_id},
        {place.building_id for place in [*marks, *places] if place.building_id},
        {place.turf_id for place in [*at_doors, *places] if place.turf_id},
    )


async def _take_in(
    db: Connection,
    organization_id: UUID,
    batches: Sequence[Told],
    items: Mapping[UUID, Item],
    about: Sequence[_About],
) -> Taken:
    """Hold every door whose state may change, so that batches about one door follow each other."""
    return await queries.take_in(
        db,
        organization_id,
        list({told.caller.device_id for told in batches}),
        list(items),
        list(set[UUID]().union(*(one.doors for one in about))),
        list(set[UUID]().union(*(one.buildings for one in about))),
        list(set[UUID]().union(*(one.turfs for one in about))),
    )


def _still_so(caller: Caller, taken: Taken) -> bool:
    return taken.devices.get(caller.device_id) == (caller.member_id, caller.roles)


def _known_to(caller: Caller, known: Known, taken: Taken) -> Known:
    """What is known, as it is for another caller."""
    turfs = {
        turf_id: replace(turf, ever_held=(turf_id, caller.member_id) in taken.held)
        for turf_id, turf in known.turfs.items()
    }
    return dataclasses.replace(
        known, member_id=caller.member_id, is_staff=caller.is_one_of(STAFF), turfs=turfs
    )


def _judge(told: Told, about: _About, taken: Taken, known: Known) -> _Judged:
    caller, sent_at, received_at = told.caller, told.sent_at, told.received_at
    offset = clock_offset(received_at - sent_at, taken.offsets.get(caller.device_id, ()))
    fresh = [item for event_id, item in told.items.items() if event_id not in taken.stored]
    known.late.update(_after_sign_out(caller, fresh, offset))
    events = [_timed(*one, offset, received_at) for one in judge_all(fresh, known)]
    row = BatchRow(
        id=new_id(),
        member_id=caller.member_id,
        device_id=caller.device_id,
        sent_at=sent_at,
        received_at=received_at,
        clock_offset_ms=offset // dt.timedelta(milliseconds=1),
        events_count=len(events),
    )
    return _Judged(told, about, row, events, _conflicts(told, taken.stored))


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


def _timed(item: Item, verdict: Verdict, offset: dt.timedelta, received_at: dt.datetime) -> Judged:
    recorded_at = received_at if item.event is None else item.event.occurred_at
    try:
        occurred_at = min(recorded_at + offset, received_at)
    except OverflowError:
        occurred_at = received_at
    return Judged(item, verdict, occurred_at.astimezone(dt.UTC), recorded_at)


def _conflicts(told: Told, stored: Mapping[UUID, bytes]) -> set[int]:
    """Where in a batch there is another event than the one that stands under its id."""
    return {
        place
        for place, item in enumerate(told.listed)
        if item.id is not None
        and stored.get(item.id, told.items[item.id].payload_hash) != item.payload_hash
    }


async def _store(
    db: Connection, organization_id: UUID, judged: Sequence[_Judged], taken: Taken
) -> set[UUID]:
    """The ids that were new."""
    events = [event for one in judged for event in one.events]
    tangled = _tangled(judged, taken)
    there = await facts_there(db, organization_id, tangled, events) if tangled else []
    await keep(db, organization_id, events, tangled, there)
    for one in judged:
        await _keep_conflicts(db, one)
    if not events:
        return set()
    new = await queries.insert_events(
        db,
        organization_id,
        [one.row for one in judged if one.events],
        [(one.row.id, door_id) for one in judged if one.events for door_id in _bearing(one, taken)],
        [_row(event, one.row.id) for one in judged for event in one.events],
        [door.id for door in tangled],
    )
    # Doors are held, so only the same ids at other doors can have come between.
    if any(one.item.id not in new and one.verdict.reason is None for one in events):
        message = "The same events came twice at once. Send them again."
        raise TryLaterError(message, retry_after_s=1)
    if new:
        await hint_sync(db, organization_id, list(_others(judged, taken)), taken.seq + 1)
    return new


def _tangled(judged: Iterable[_Judged], taken: Taken) -> list[LockedDoor]:
    """The doors whose state the new events cannot be added to: all that counted is to be read."""
    doors = set(taken.tangled)
    buildings = set(taken.marked)
    for one in judged:
        if one.told.has_replies:
            return taken.doors
        buildings |= one.about.buildings
        for event_id in one.told.items.keys() & taken.awaited:
            event = one.told.items[event_id].event
            if isinstance(event, AT_DOORS) and event.door_id:
                doors.add(event.door_id)
    return [door for door in taken.doors if door.id in doors or door.building_id in buildings]


async def _keep_conflicts(db: Connection, judged: _Judged) -> None:
    told, caller = judged.told, judged.told.caller
    conflicts = [
        (item.id, item.payload_hash, payload(None, item.fields, Verdict(place=Place(kind=""))))
        for item in (told.listed[place] for place in judged.conflicts)
        if item.id is not None
    ]
    if conflicts:
        await queries.insert_conflicts(
            db,
            caller.organization_id,
            caller.member_id,
            caller.device_id,
            told.received_at,
            conflicts,
        )


def _bearing(judged: _Judged, taken: Taken) -> set[UUID]:
    """The doors whose state a batch may change, and any that it names and nobody knows."""
    about = judged.about
    if not about.buildings:
        return about.doors
    return about.doors | {door.id for door in taken.doors if door.building_id in about.buildings}


def _others(judged: Iterable[_Judged], taken: Taken) -> set[UUID]:
    """Who holds turfs that others told of."""
    told = {
        (turf_id, one.row.member_id) for one in judged if one.events for turf_id in one.about.turfs
    }
    return {
        member_id
        for (turf_id, member_id), holds in taken.held.items()
        if holds and any(there == turf_id and who != member_id for there, who in told)
    }


def _row(one: Judged, batch_id: UUID) -> EventRow:
    place = one.verdict.place
    assert one.item.id is not None  # noqa: S101 - items without id are not judged
    return EventRow(
        batch_id=batch_id,
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


def _result(judged: _Judged, new: set[UUID]) -> BatchResult:
    reasons = {one.item.id: one.verdict.reason for one in judged.events if one.item.id in new}
    results = [
        _result_of(place, item, judged, reasons) for place, item in enumerate(judged.told.listed)
    ]
    return BatchResult(received_at=judged.told.received_at, results=results)


def _result_of(
    place: int, item: Item, judged: _Judged, reasons: Mapping[UUID | None, str | None]
) -> EventResult:
    if item.id is None:
        outcome, reason = Outcome.MALFORMED, f"It has no usable id: {item.fault}"
    elif place in judged.conflicts:
        outcome, reason = Outcome.CONFLICT, "Another event with this id is stored; it stands."
    elif item.id not in reasons or item is not judged.told.items[item.id]:
        outcome, reason = Outcome.DUPLICATE, None
    else:
        reason = reasons[item.id]
        outcome = Outcome.ACCEPTED if reason is None else Outcome.NEEDS_REVIEW
    return EventResult(index=place, id=item.id, outcome=outcome, reason=reason)
