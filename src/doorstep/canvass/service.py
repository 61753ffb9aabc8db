"""Taking in what phones tell: every event once, whatever the network does."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from doorstep.accounts.service import organization_by_id
from doorstep.algorithms.projecting import (
    EventKind,
    Fact,
    Result,
    project_door,
    standing_answers,
)
from doorstep.canvass import queries
from doorstep.canvass.decoding import Batch, Item, read_batch
from doorstep.canvass.judging import Known, Place, Value, Verdict, judge_all, payload
from doorstep.canvass.model import (
    Answer,
    Attempt,
    BatchResult,
    Correct,
    EventResult,
    Note,
    Outcome,
    Void,
)
from doorstep.canvass.queries import AnswerRow, EventRow, KnownEvent, LockedDoor, StoredFact
from doorstep.kit.auth import STAFF, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import TryLaterError
from doorstep.kit.ids import new_id
from doorstep.people.model import ConsentRecord, DoNotContactMark
from doorstep.people.service import record_consents, record_do_not_contact
from doorstep.surveys.service import script_versions
from doorstep.turf.service import turfs_for_events


@dataclass(frozen=True)
class Judged:
    """An event of a batch that is new, with what becomes of it."""

    item: Item
    verdict: Verdict
    occurred_at: dt.datetime
    recorded_at: dt.datetime


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
    doors = await _lock(db, caller, items)
    stored = await queries.events_by_id(db, caller.organization_id, list(items))
    fresh = [item for event_id, item in items.items() if event_id not in stored]
    known = await _known(db, caller, fresh, doors)
    offset = received_at - batch.sent_at
    judged = [
        _judged(item, verdict, offset, received_at) for item, verdict in judge_all(fresh, known)
    ]
    await _keep(db, caller, judged, doors)
    await _keep_conflicts(db, caller, batch, items, stored, received_at)
    new = await _store(db, caller, judged, offset, received_at)
    return BatchResult(received_at=received_at, results=_results(batch, items, stored, judged, new))


def _first_of_each(items: Iterable[Item]) -> dict[UUID, Item]:
    first: dict[UUID, Item] = {}
    for item in items:
        if item.id is not None:
            first.setdefault(item.id, item)
    return first


async def _lock(db: Connection, caller: Caller, items: dict[UUID, Item]) -> list[LockedDoor]:
    """Hold every door whose state may change, so that batches about one door follow each other."""
    events = [item.event for item in items.values() if item.event is not None]
    targets = {event.target_id for event in events if isinstance(event, Correct | Void)}
    places = await _places(db, caller, targets - items.keys())
    # A reply whose event is not there yet: the two must not pass each other unseen.
    replied = targets | {place.target_id for place in places.values() if place.target_id}
    alone = bool(replied - items.keys() - places.keys())
    await queries.enter_sync(db, caller.organization_id, alone=alone)
    at_doors = [event for event in events if isinstance(event, Attempt | Answer | Note)]
    doors = {place.door_id for place in [*at_doors, *places.values()] if place.door_id}
    marks = [event for event in at_doors if isinstance(event, Attempt)]
    buildings = {place.building_id for place in [*marks, *places.values()] if place.building_id}
    return await queries.lock_doors(db, caller.organization_id, list(doors), list(buildings))


async def _known(
    db: Connection, caller: Caller, items: Sequence[Item], doors: Sequence[LockedDoor]
) -> Known:
    organization_id = caller.organization_id
    events = [item.event for item in items if item.event is not None]
    at_doors = [event for event in events if isinstance(event, Attempt | Answer | Note)]
    replies = [event for event in events if isinstance(event, Correct | Void)]
    answers = [event for event in at_doors if isinstance(event, Answer)]
    targets = [event.target_id for event in replies]
    places = await _places(db, caller, targets)
    before = await queries.answers_by_id(db, organization_id, targets) if targets else {}
    turf_ids = {event.turf_id for event in at_doors}
    turf_ids |= {place.turf_id for place in places.values() if place.turf_id}
    people = {event.person_id for event in at_doors if event.person_id}
    scripts = {(event.script_id, event.script_version) for event in answers}
    scripts |= {(row.script_id, row.script_version) for row in before.values()}
    turfs = await turfs_for_events(db, organization_id, caller.member_id, list(turf_ids))
    organization = await organization_by_id(db, organization_id) if scripts else None
    return Known(
        member_id=caller.member_id,
        is_staff=caller.is_one_of(STAFF),
        require_consent=organization is None or organization.require_consent,
        turfs={turf.id: turf for turf in turfs},
        building_of={door.id: door.building_id for door in doors},
        turf_doors=await queries.doors_of_turfs(
            db, organization_id, list(turf_ids), [door.id for door in doors]
        ),
        door_of=await queries.doors_of_people(db, organization_id, list(people)) if people else {},
        scripts=await script_versions(db, organization_id, scripts) if scripts else {},
        answers={event_id: _value_of(row) for event_id, row in before.items()},
        places=places,
    )


def _value_of(row: AnswerRow) -> Value:
    return Value(
        script_id=row.script_id,
        script_version=row.script_version,
        question_key=row.question_key,
        value=row.value,
        sensitive=row.sensitive,
        # Its consent is stored: what was asked then need not be known again.
        wording=None if row.consent_id is None else "",
        consent_id=row.consent_id,
    )


async def _places(db: Connection, caller: Caller, event_ids: Iterable[UUID]) -> dict[UUID, Place]:
    """Where stored events happened; a reply that came first has its place from what it is to."""
    wanted = list(event_ids)
    if not wanted:
        return {}
    behind = await queries.events_behind(db, caller.organization_id, wanted)
    return {
        event_id: replace(
            _place_of(_root(event, behind)),
            kind=event.kind,
            target_id=event.target_id,
            member_id=event.member_id,
        )
        for event_id, event in behind.items()
        if event.status == "accepted"
    }


def _root(event: KnownEvent, behind: dict[UUID, KnownEvent]) -> KnownEvent:
    seen = {event.id}
    while event.target_id in behind and event.target_id not in seen:
        event = behind[event.target_id]
        seen.add(event.id)
    return event


def _place_of(event: KnownEvent) -> Place:
    return Place(
        kind=event.kind,
        target_id=event.target_id,
        turf_id=event.turf_id,
        pass_id=event.pass_id,
        door_id=event.door_id,
        building_id=event.building_id,
        person_id=event.person_id,
        member_id=event.member_id,
    )


def _judged(item: Item, verdict: Verdict, offset: dt.timedelta, received_at: dt.datetime) -> Judged:
    recorded_at = received_at if item.event is None else item.event.occurred_at
    try:
        occurred_at = min(recorded_at + offset, received_at)
    except OverflowError:
        occurred_at = received_at
    return Judged(item, verdict, occurred_at.astimezone(dt.UTC), recorded_at)


async def _keep(
    db: Connection,
    caller: Caller,
    judged: Sequence[Judged],
    doors: Sequence[LockedDoor],
) -> None:
    """Write everything that follows from the new events, before the events themselves."""
    counted = [one for one in judged if one.verdict.reason is None]
    if not counted:
        return
    facts = await _facts(db, caller, counted, doors)
    await _project(db, caller.organization_id, counted, facts, doors)
    await _mark_do_not_contact(db, caller, counted)
    await _keep_answers(db, caller, counted, facts)


async def _facts(
    db: Connection, caller: Caller, counted: Sequence[Judged], doors: Sequence[LockedDoor]
) -> list[StoredFact]:
    """Everything accepted about the doors touched: what was there, and what is new."""
    there = await queries.facts_about(
        db,
        caller.organization_id,
        [door.id for door in doors],
        list({door.building_id for door in doors}),
        [one.item.id for one in counted if one.item.id],
    )
    return [*there, *(_fact(one) for one in counted)]


def _fact(one: Judged) -> StoredFact:
    event, place = one.item.event, one.verdict.place
    assert event is not None  # noqa: S101 - what counts was read
    said = event if isinstance(event, Attempt | Correct) else None
    return StoredFact(
        id=event.id,
        kind=EventKind(place.kind),
        occurred_at=one.occurred_at,
        target_id=place.target_id,
        pass_id=place.pass_id,
        door_id=place.door_id,
        building_id=place.building_id,
        person_id=place.person_id,
        result=said and said.result,
        mark=said and said.mark,
        has_value=one.verdict.value is not None,
    )


async def _project(
    db: Connection,
    organization_id: UUID,
    counted: Sequence[Judged],
    facts: Sequence[StoredFact],
    doors: Sequence[LockedDoor],
) -> None:
    units: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for door in doors:
        units[door.building_id].append(door.id)
    touched: set[tuple[UUID, UUID]] = set()
    for fact in _with_roots(counted, facts):
        if fact.pass_id is None:
            continue
        if fact.building_id is not None:
            touched.update((fact.pass_id, door_id) for door_id in units[fact.building_id])
        if fact.door_id is not None:
            touched.add((fact.pass_id, fact.door_id))
    history = _History(facts)
    building_of = {door.id: door.building_id for door in doors}
    states = [
        (pass_id, door_id, project_door(history.of(pass_id, door_id, building_of.get(door_id))))
        for pass_id, door_id in sorted(touched)
    ]
    if states:
        await queries.upsert_door_states(db, organization_id, states)


def _with_roots(counted: Sequence[Judged], facts: Sequence[StoredFact]) -> list[StoredFact]:
    """The new facts, with those that a reply arrived before."""
    new = {one.item.id for one in counted}
    return [fact for fact in facts if fact.id in new or fact.target_id in new]


class _History:
    """Facts by where they happened, each with the replies that hang on it."""

    def __init__(self, facts: Iterable[StoredFact]) -> None:
        self._replies: defaultdict[UUID, list[Fact]] = defaultdict(list)
        self._at: defaultdict[tuple[UUID | None, UUID], list[Fact]] = defaultdict(list)
        for stored in facts:
            fact = stored.fact()
            if fact.target_id is not None:
                self._replies[fact.target_id].append(fact)
            elif place := fact.door_id or fact.building_id:
                self._at[stored.pass_id, place].append(fact)

    def of(self, pass_id: UUID, door_id: UUID, building_id: UUID | None) -> list[Fact]:
        """Everything that bears on a door in a pass."""
        found = [*self._at[pass_id, door_id]]
        if building_id is not None:
            found += self._at[pass_id, building_id]
        seen: set[UUID] = set()
        for fact in found:
            if fact.id not in seen:
                seen.add(fact.id)
                found.extend(self._replies[fact.id])
        return found


async def _mark_do_not_contact(db: Connection, caller: Caller, counted: Sequence[Judged]) -> None:
    marks = [
        DoNotContactMark(
            id=new_id(),
            door_id=door_id,
            person_id=one.verdict.place.person_id,
            source_event_id=one.item.id,
            recorded_by=caller.member_id,
        )
        for one in counted
        if isinstance(one.item.event, Attempt | Correct)
        and one.item.event.result is Result.DO_NOT_CONTACT
        and (door_id := one.verdict.place.door_id) is not None
    ]
    if marks:
        await record_do_not_contact(db, caller.organization_id, marks)


async def _keep_answers(
    db: Connection,
    caller: Caller,
    counted: Sequence[Judged],
    facts: Sequence[StoredFact],
) -> None:
    with_value = [(one, one.verdict.value) for one in counted if one.verdict.value is not None]
    replies = any(one.verdict.place.target_id for one in counted)
    if not with_value and not (replies and any(fact.has_value for fact in facts)):
        return
    standing = standing_answers(fact.fact() for fact in facts)
    if with_value:
        consents = {
            one.item.id: new_id()
            for one, value in with_value
            if value.sensitive and value.consent_id is None
        }
        await record_consents(
            db,
            caller.organization_id,
            [
                _consent(caller, one, value, consents[one.item.id])
                for one, value in with_value
                if one.item.id in consents
            ],
        )
        targets = {fact.id: fact.target_id for fact in facts}
        await queries.insert_answers(
            db,
            caller.organization_id,
            [
                _answer(
                    one,
                    replace(value, consent_id=consents.get(one.item.id, value.consent_id)),
                    targets,
                    standing,
                )
                for one, value in with_value
            ],
        )
    if replies:
        doors = {fact.door_id for fact in facts if fact.door_id and fact.has_value}
        await queries.stand_answers(db, caller.organization_id, list(doors), list(standing))


def _consent(caller: Caller, one: Judged, value: Value, consent_id: UUID) -> ConsentRecord:
    place = one.verdict.place
    assert place.door_id is not None  # noqa: S101 - an answer that counts has a door
    return ConsentRecord(
        id=consent_id,
        door_id=place.door_id,
        person_id=place.person_id,
        basis="policy" if value.wording is None else "explicit",
        wording=value.wording or "",
        given_at=one.occurred_at,
        recorded_by=caller.member_id,
    )


def _answer(
    one: Judged, value: Value, targets: dict[UUID, UUID | None], standing: set[UUID]
) -> AnswerRow:
    place, event_id = one.verdict.place, one.item.id
    assert event_id is not None  # noqa: S101
    assert place.pass_id is not None  # noqa: S101
    assert place.door_id is not None  # noqa: S101
    root = event_id
    while target := targets.get(root):
        root = target
    return AnswerRow(
        event_id=event_id,
        answer_id=root,
        standing=event_id in standing,
        pass_id=place.pass_id,
        door_id=place.door_id,
        script_id=value.script_id,
        script_version=value.script_version,
        question_key=value.question_key,
        value=value.value,
        sensitive=value.sensitive,
        consent_id=value.consent_id,
    )


async def _keep_conflicts(
    db: Connection,
    caller: Caller,
    batch: Batch,
    items: dict[UUID, Item],
    stored: dict[UUID, KnownEvent],
    received_at: dt.datetime,
) -> None:
    conflicts = [
        (item.id, item.payload_hash, payload(None, item.fields, Verdict(place=Place(kind=""))))
        for item in batch.items
        if item.id is not None and item.payload_hash != _standing_hash(item.id, items, stored)
    ]
    if conflicts:
        await queries.insert_conflicts(
            db, caller.organization_id, caller.member_id, caller.device_id, received_at, conflicts
        )


def _standing_hash(
    event_id: UUID, items: dict[UUID, Item], stored: dict[UUID, KnownEvent]
) -> bytes:
    return (stored.get(event_id) or items[event_id]).payload_hash


async def _store(
    db: Connection,
    caller: Caller,
    judged: Sequence[Judged],
    offset: dt.timedelta,
    received_at: dt.datetime,
) -> set[UUID]:
    if not judged:
        return set()
    new = await queries.insert_events(
        db,
        caller.organization_id,
        caller.member_id,
        caller.device_id,
        received_at,
        offset // dt.timedelta(milliseconds=1),
        [_row(one) for one in judged],
    )
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


def _results(
    batch: Batch,
    items: dict[UUID, Item],
    stored: dict[UUID, KnownEvent],
    judged: Sequence[Judged],
    new: set[UUID],
) -> list[EventResult]:
    reasons = {one.item.id: one.verdict.reason for one in judged}
    return [
        _result(index, item, items, stored, reasons, new) for index, item in enumerate(batch.items)
    ]


def _result(
    index: int,
    item: Item,
    items: dict[UUID, Item],
    stored: dict[UUID, KnownEvent],
    reasons: dict[UUID | None, str | None],
    new: set[UUID],
) -> EventResult:
    if item.id is None:
        outcome, reason = Outcome.MALFORMED, f"It has no usable id: {item.fault}"
    elif item.payload_hash != _standing_hash(item.id, items, stored):
        outcome, reason = Outcome.CONFLICT, "Another event with this id is stored; it stands."
    elif item is not items[item.id] or item.id not in new:
        outcome, reason = Outcome.DUPLICATE, None
    else:
        reason = reasons[item.id]
        outcome = Outcome.ACCEPTED if reason is None else Outcome.NEEDS_REVIEW
    return EventResult(index=index, id=item.id, outcome=outcome, reason=reason)
