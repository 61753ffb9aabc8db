"""What organizers decide about events: each decision changes some, and can be taken back."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import msgspec

from doorstep.accounts.auditing import audit
from doorstep.canvass import queries, review_queries
from doorstep.canvass.decoding import Item, read_item
from doorstep.canvass.judging import judge_all, payload
from doorstep.canvass.keeping import Judged, facts_there, keep, project_anew
from doorstep.canvass.knowing import known_about, roots_of
from doorstep.canvass.model import AT_DOORS, Answer, Note
from doorstep.canvass.queries import EventRow, LockedDoor
from doorstep.canvass.review_model import (
    BatchReview,
    Conflict,
    ConflictDecision,
    ConflictRef,
    ConflictsDecided,
    Decision,
    DecisionCreate,
    DecisionKind,
    DecisionMade,
    LeftEvent,
    ReviewItem,
)
from doorstep.canvass.review_queries import (
    AcceptedEvent,
    ReviewedEvent,
    conflicts,
    decisions,
    review_items,
)
from doorstep.canvass.suspecting import signals
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError
from doorstep.kit.ids import new_id

__all__ = [
    "Conflict",
    "ReviewItem",
    "batch_reviews",
    "conflicts",
    "decide",
    "decide_conflicts",
    "decisions",
    "review_items",
    "roll_back_batch",
    "roll_back_day",
    "undo",
]
_AFTER = {
    DecisionKind.ACCEPT: "accepted",
    DecisionKind.REJECT: "rejected",
    DecisionKind.ROLL_BACK: "rolled_back",
}


async def decide(db: Connection, caller: Caller, wanted: DecisionCreate) -> DecisionMade:
    """Accept or reject events that wait; those that cannot be are left as they were, and named."""
    organization_id, event_ids = caller.organization_id, sorted(set(wanted.event_ids))
    await queries.enter_sync(db, organization_id, alone=True)
    found = await review_queries.lock_events(db, organization_id, event_ids)
    if len(found) < len(event_ids):
        raise NotFoundError
    open_ones = [one for one in found if one.status in {"needs_review", "rejected"}]
    left = [
        LeftEvent(id=one.id, reason="It does not wait for review.")
        for one in found
        if one not in open_ones
    ]
    if wanted.verdict == "accept":
        refused = await _accept(db, caller, open_ones)
        left += [LeftEvent(id=event_id, reason=reason) for event_id, reason in refused.items()]
    else:
        await review_queries.put_status(
            db, organization_id, [(one.id, "rejected") for one in open_ones]
        )
    gone = {one.id for one in left}
    changed = [(one.id, one.status) for one in open_ones if one.id not in gone]
    return await _noted(db, caller, DecisionKind(wanted.verdict), changed, left)


async def roll_back_batch(db: Connection, caller: Caller, batch_id: UUID) -> DecisionMade:
    """Take back everything that counts of a batch; nobody else's.

    Raises
    ------
    NotFoundError
        If there is no such batch.
    """
    await queries.enter_sync(db, caller.organization_id, alone=True)
    if not await review_queries.batch_exists(db, caller.organization_id, batch_id):
        raise NotFoundError
    event_ids = await review_queries.events_of_batch(db, caller.organization_id, batch_id)
    return await _roll_back(db, caller, event_ids)


async def roll_back_day(
    db: Connection, caller: Caller, member_id: UUID, day: dt.date
) -> DecisionMade:
    """Take back everything that counts of a member's day; nobody else's.

    Raises
    ------
    NotFoundError
        If there is no such member.
    """
    organization_id = caller.organization_id
    await queries.enter_sync(db, organization_id, alone=True)
    if not await review_queries.member_exists(db, organization_id, member_id):
        raise NotFoundError
    event_ids = await review_queries.events_of_day(db, organization_id, member_id, day)
    return await _roll_back(db, caller, event_ids)


async def _roll_back(db: Connection, caller: Caller, event_ids: Sequence[UUID]) -> DecisionMade:
    found = await review_queries.lock_events(db, caller.organization_id, event_ids)
    await _put(db, caller, [(one, "rolled_back") for one in found])
    changed = [(one.id, one.status) for one in found]
    return await _noted(db, caller, DecisionKind.ROLL_BACK, changed, [])


async def undo(db: Connection, caller: Caller, decision_id: UUID) -> Decision:
    """Take a decision back: its events are again what they were, if nobody decided otherwise since.

    Raises
    ------
    NotFoundError
        If there is no such decision.
    ConflictError
        If it was taken back before.
    """
    organization_id = caller.organization_id
    await queries.enter_sync(db, organization_id, alone=True)
    decision = await review_queries.decision_by_id(db, organization_id, decision_id)
    if decision.undone_at is not None:
        message = "This decision was taken back before."
        raise ConflictError(message)
    before = dict(await review_queries.items_of_decision(db, organization_id, decision_id))
    found = await review_queries.lock_events(db, organization_id, list(before))
    after = _AFTER[decision.kind]
    await _put(db, caller, [(one, before[one.id]) for one in found if one.status == after])
    await review_queries.undo_decision(db, organization_id, decision_id, caller.member_id)
    await audit(db, caller.member_id, "event_decision.undone", [decision_id])
    return await review_queries.decision_by_id(db, organization_id, decision_id)


async def _noted(
    db: Connection,
    caller: Caller,
    kind: DecisionKind,
    changed: Sequence[tuple[UUID, str]],
    left: list[LeftEvent],
) -> DecisionMade:
    decision_id = new_id()
    await review_queries.insert_decision(
        db, caller.organization_id, decision_id, kind, caller.member_id, changed
    )
    await audit(db, caller.member_id, "event_decision.made", [decision_id])
    made = await review_queries.decision_by_id(db, caller.organization_id, decision_id)
    return DecisionMade(**msgspec.structs.asdict(made), left=left)


async def _put(db: Connection, caller: Caller, wanted: Sequence[tuple[ReviewedEvent, str]]) -> None:
    """Give events another status, and everything that follows from those that count."""
    if not wanted:
        return
    organization_id = caller.organization_id
    places = await roots_of(db, caller, [one.id for one, _ in wanted])
    doors = await queries.lock_doors(
        db,
        organization_id,
        list({place.door_id for place in places.values() if place.door_id}),
        list({place.building_id for place in places.values() if place.building_id}),
    )
    await review_queries.put_status(db, organization_id, [(one.id, to) for one, to in wanted])
    await project_anew(db, organization_id, list(places.values()), doors)


async def _accept(
    db: Connection, caller: Caller, events: Sequence[ReviewedEvent]
) -> dict[UUID, str]:
    """Have events count; why some cannot, by their ids."""
    await _put(db, caller, [(one, "accepted") for one in events if one.judged])
    refused: dict[UUID, str] = {}
    by_teller: defaultdict[tuple[UUID, UUID], list[ReviewedEvent]] = defaultdict(list)
    for one in events:
        if not one.judged:
            by_teller[one.member_id, one.device_id].append(one)
    for (member_id, device_id), told in by_teller.items():
        teller = msgspec.structs.replace(caller, member_id=member_id, device_id=device_id)
        items = [_item(one) for one in told]
        times = {one.id: (one.occurred_at, one.recorded_at) for one in told}
        judged, doors = await _judged(db, teller, items, times)
        counted = [one for one in judged if one.verdict.reason is None]
        there = await facts_there(db, caller.organization_id, doors, counted)
        await keep(db, caller.organization_id, counted, doors, there)
        await review_queries.accept_events(
            db, caller.organization_id, [_accepted(one) for one in counted]
        )
        refused |= {
            one.item.id: one.verdict.reason
            for one in judged
            if one.verdict.reason is not None and one.item.id is not None
        }
    return refused


def _item(one: ReviewedEvent) -> Item:
    item = read_item(msgspec.json.encode(one.payload))
    # What was taken out of its payload for good cannot be read any more.
    return msgspec.structs.replace(item, id=one.id, payload_hash=one.payload_hash)


async def _judged(
    db: Connection,
    teller: Caller,
    items: Sequence[Item],
    times: dict[UUID, tuple[dt.datetime, dt.datetime]],
) -> tuple[list[Judged], list[LockedDoor]]:
    """The verdict on events as an organizer sees them, with their doors held."""
    events = [item.event for item in items if item.event is not None]
    at_doors = [event for event in events if isinstance(event, AT_DOORS)]
    targets = [event.target_id for event in events if not isinstance(event, AT_DOORS)]
    places = [*at_doors, *(await roots_of(db, teller, targets)).values()]
    marks = [place for place in places if not isinstance(place, Answer | Note)]
    doors = await queries.lock_doors(
        db,
        teller.organization_id,
        list({place.door_id for place in places if place.door_id}),
        list({place.building_id for place in marks if place.building_id}),
    )
    known = replace(await known_about(db, teller, items, doors), lenient=True)
    judged = [
        Judged(item, verdict, *times[item.id])
        for item, verdict in judge_all(items, known)
        if item.id is not None
    ]
    return judged, doors


def _accepted(one: Judged) -> AcceptedEvent:
    place, item = one.verdict.place, one.item
    assert item.id is not None  # noqa: S101 - only what has an id is judged
    return AcceptedEvent(
        id=item.id,
        kind=place.kind,
        target_id=place.target_id,
        turf_id=place.turf_id,
        pass_id=place.pass_id,
        door_id=place.door_id,
        building_id=place.building_id,
        person_id=place.person_id,
        payload=payload(item.event, item.fields, one.verdict),
    )


async def decide_conflicts(
    db: Connection, caller: Caller, wanted: ConflictDecision
) -> ConflictsDecided:
    """Accept, reject or set waiting again what came under ids already taken."""
    await queries.enter_sync(db, caller.organization_id, alone=True)
    left: list[LeftEvent] = []
    refs = {(ref.event_id, ref.payload_hash): ref for ref in wanted.conflicts}
    for _, ref in sorted(refs.items()):
        reason = await _decide_conflict(db, caller, ref, wanted.verdict)
        if reason is not None:
            left.append(LeftEvent(id=ref.event_id, reason=reason))
    event_ids = sorted({ref.event_id for ref in refs.values()})
    await audit(db, caller.member_id, "event_conflict.decided", event_ids)
    return ConflictsDecided(changed_count=len(refs) - len(left), left=left)


async def _decide_conflict(
    db: Connection, caller: Caller, ref: ConflictRef, verdict: str
) -> str | None:
    organization_id, payload_hash = caller.organization_id, bytes.fromhex(ref.payload_hash)
    found = await review_queries.lock_conflict(db, organization_id, ref.event_id, payload_hash)
    if found is None:
        raise NotFoundError
    before = [found.accepted_as] if found.accepted_as else []
    events = await review_queries.lock_events(db, organization_id, before)
    reason, accepted_as = None, found.accepted_as
    if verdict != "accept":
        taken = [(one, "rolled_back") for one in events if one.status == "accepted"]
        await _put(db, caller, taken)
    elif events:
        await _put(db, caller, [(one, "accepted") for one in events])
    else:
        accepted_as, reason = await _become_event(db, caller, found)
    if reason is None:
        status = {"accept": "accepted", "reject": "rejected", "wait": "waiting"}[verdict]
        await review_queries.put_conflict(
            db, organization_id, ref.event_id, payload_hash, status, accepted_as
        )
    return reason


async def _become_event(
    db: Connection, caller: Caller, found: review_queries.StoredConflict
) -> tuple[UUID | None, str | None]:
    """The id of the event that a conflict became, or why it cannot."""
    teller = msgspec.structs.replace(caller, member_id=found.member_id, device_id=found.device_id)
    fields = found.payload | {"id": str(new_id())}
    item = read_item(msgspec.json.encode(fields))
    if item.event is None:
        return None, f"It cannot be read: {item.fault}"
    event = item.event
    at = min(event.occurred_at.astimezone(dt.UTC), found.received_at)
    judged, doors = await _judged(db, teller, [item], {event.id: (at, event.occurred_at)})
    (one,) = judged
    if one.verdict.reason is not None:
        return None, one.verdict.reason
    there = await facts_there(db, caller.organization_id, doors, judged)
    await keep(db, caller.organization_id, judged, doors, there)
    batch = queries.BatchRow(
        id=new_id(),
        member_id=teller.member_id,
        device_id=teller.device_id,
        sent_at=found.received_at,
        received_at=found.received_at,
        clock_offset_ms=0,
        events_count=1,
    )
    door_ids = [door.id for door in doors]
    told = [(batch.id, door_id) for door_id in door_ids]
    rows = [_row(one, batch.id)]
    await queries.insert_events(db, caller.organization_id, [batch], told, rows, door_ids)
    return event.id, None


def _row(one: Judged, batch_id: UUID) -> EventRow:
    accepted = _accepted(one)
    return EventRow(
        batch_id=batch_id,
        **msgspec.structs.asdict(accepted),
        status="accepted",
        review_reason=None,
        occurred_at=one.occurred_at,
        recorded_at=one.recorded_at,
        payload_hash=one.item.payload_hash,
    )


async def batch_reviews(
    db: Connection,
    organization_id: UUID,
    member_id: UUID | None,
    limit: int,
    offset: int,
    *,
    odd_only: bool,
) -> list[BatchReview]:
    """Batches, the latest first, with what looks odd about each."""
    rows = await review_queries.batches(db, organization_id, member_id, limit, offset)
    by_batch: defaultdict[UUID, list[review_queries.Knock]] = defaultdict(list)
    for knock in await review_queries.knocks_of_batches(
        db, organization_id, [row.id for row in rows]
    ):
        by_batch[knock.batch_id].append(knock)
    passes = {knock.pass_id for knocks in by_batch.values() for knock in knocks}
    rates = await review_queries.contact_rates(db, organization_id, list(passes))
    found = [
        BatchReview(
            **msgspec.structs.asdict(row),
            knocks_count=len(by_batch[row.id]),
            signals=signals(by_batch[row.id], _others(by_batch[row.id], rates)),
        )
        for row in rows
    ]
    return [one for one in found if one.signals or not odd_only]


def _others(
    knocks: Iterable[review_queries.Knock], rates: dict[UUID, tuple[int, int]]
) -> tuple[int, int]:
    passes = {knock.pass_id for knock in knocks}
    return (
        sum(rates.get(one, (0, 0))[0] for one in passes),
        sum(rates.get(one, (0, 0))[1] for one in passes),
    )
