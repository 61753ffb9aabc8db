"""What follows from events: where doors stand, who is left alone, which answers count."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from uuid import UUID

import msgspec
from msgspec import structs

from doorstep.algorithms.projecting import (
    EventKind,
    Result,
    counts_as_contact,
    project_door,
    standing_answers,
)
from doorstep.canvass import queries
from doorstep.canvass.decoding import Item
from doorstep.canvass.judging import Place, Value, Verdict
from doorstep.canvass.model import Attempt, Correct
from doorstep.canvass.queries import AnswerRow, LockedDoor, StoredFact, StoredState
from doorstep.canvass.review_queries import marked_doors
from doorstep.kit.db import Connection
from doorstep.kit.ids import new_id
from doorstep.people.model import ConsentRecord, DoNotContactMark
from doorstep.people.service import record_consents, record_do_not_contact


class Judged(msgspec.Struct, frozen=True, gc=False):
    """An event of a batch that is new, with what becomes of it."""

    item: Item
    verdict: Verdict
    occurred_at: dt.datetime
    recorded_at: dt.datetime


async def keep(
    db: Connection,
    organization_id: UUID,
    judged: Sequence[Judged],
    doors: Sequence[LockedDoor],
    there: Sequence[StoredFact],
) -> None:
    """Write what follows from the new events, before the events themselves.

    ``there`` is what counted before at the ``doors``, and every reply to the new events. At other
    doors nothing but plain events count: those are added to the doors' states as they are inserted.
    """
    counted = [one for one in judged if one.verdict.reason is None]
    facts = [*there, *(_fact(one) for one in counted if doors or _says_more(one))]
    if not counted or not facts:
        return
    past_known = {door.id for door in doors}
    touched = _touched(_with_roots(counted, facts), doors)
    if states := _states([one for one in touched if one[1] in past_known], facts, doors):
        await queries.upsert_door_states(db, organization_id, states)
    await _mark_do_not_contact(db, organization_id, counted, facts)
    await _keep_answers(db, organization_id, counted, facts)


def _says_more(one: Judged) -> bool:
    """Whether more follows from an event than where its door stands."""
    event = one.item.event
    left_alone = isinstance(event, Attempt) and event.result is Result.DO_NOT_CONTACT
    return left_alone or one.verdict.value is not None


async def facts_there(
    db: Connection,
    organization_id: UUID,
    doors: Sequence[LockedDoor],
    judged: Sequence[Judged] = (),
) -> list[StoredFact]:
    """Everything accepted about doors and their buildings, and every reply to new events."""
    return await queries.facts_about(
        db,
        organization_id,
        [door.id for door in doors],
        list({door.building_id for door in doors}),
        [one.item.id for one in judged if one.item.id],
    )


def _fact(one: Judged) -> StoredFact:
    event, place = one.item.event, one.verdict.place
    assert event is not None  # noqa: S101 - what counts was read
    said = event if isinstance(event, (Attempt, Correct)) else None
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


async def project_anew(
    db: Connection,
    organization_id: UUID,
    places: Sequence[Place],
    doors: Sequence[LockedDoor],
) -> None:
    """Say again where doors stand and which answers count, after events began or ceased to.

    A wish to be left alone stays, whoever told it: an organizer clears it.
    """
    door_ids = [door.id for door in doors]
    marked = await marked_doors(db, organization_id, door_ids)
    facts = await facts_there(db, organization_id, doors)
    states = _states(_touched(places, doors), facts, doors)
    kept = [
        (pass_id, door_id, structs.replace(state, do_not_contact=True, latest_at=None))
        if (pass_id, door_id) in marked
        else (pass_id, door_id, state)
        for pass_id, door_id, state in states
    ]
    if kept:
        await queries.upsert_door_states(db, organization_id, kept)
    standing = standing_answers(fact.fact() for fact in facts)
    await queries.stand_answers(db, organization_id, door_ids, list(standing))


def _touched(
    places: Iterable[Place | StoredFact], doors: Sequence[LockedDoor]
) -> list[tuple[UUID, UUID]]:
    """The doors whose state places bear on, by pass: (pass, door)."""
    units: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for door in doors:
        units[door.building_id].append(door.id)
    # In their order, in which memory holds them: a large batch has ten thousand.
    touched: dict[tuple[UUID, UUID], None] = {}
    for place in places:
        if place.pass_id is None:
            continue
        if place.building_id is not None:
            touched |= dict.fromkeys((place.pass_id, one) for one in units[place.building_id])
        if place.door_id is not None:
            touched[place.pass_id, place.door_id] = None
    return list(touched)


def _states(
    touched: Iterable[tuple[UUID, UUID]],
    facts: Sequence[StoredFact],
    doors: Sequence[LockedDoor],
) -> list[tuple[UUID, UUID, StoredState]]:
    history = _History(facts)
    building_of = {door.id: door.building_id for door in doors}
    return [(*one, history.state(*one, building_of.get(one[1]))) for one in touched]


def _with_roots(counted: Sequence[Judged], facts: Sequence[StoredFact]) -> list[StoredFact]:
    """The new facts, with those that a reply arrived before."""
    new = {one.item.id for one in counted}
    return [fact for fact in facts if fact.id in new or (fact.target_id and fact.target_id in new)]


class _History:
    """Facts by where they happened, each with the replies that hang on it."""

    def __init__(self, facts: Iterable[StoredFact]) -> None:
        self._replies: defaultdict[UUID, list[StoredFact]] = defaultdict(list)
        self._at: defaultdict[tuple[UUID | None, UUID], list[StoredFact]] = defaultdict(list)
        has_marks = False
        for fact in facts:
            has_marks = has_marks or fact.mark is not None
            if fact.target_id is not None:
                self._replies[fact.target_id].append(fact)
            elif place := fact.door_id or fact.building_id:
                self._at[fact.pass_id, place].append(fact)
        self._is_plain = not (has_marks or self._replies)

    def state(self, pass_id: UUID, door_id: UUID, building_id: UUID | None) -> StoredState:
        """How a door stands in a pass."""
        found = self._at[pass_id, door_id]
        if building_id is not None:
            found = [*found, *self._at.get((pass_id, building_id), ())]
        if self._is_plain or not any(fact.mark or fact.id in self._replies for fact in found):
            return plain_state(found)
        state = project_door(fact.fact() for fact in self._with_replies(found))
        return StoredState(*(getattr(state, field.name) for field in fields(state)))

    def _with_replies(self, found: Iterable[StoredFact]) -> list[StoredFact]:
        """Everything that bears on what was found."""
        all_of_it = [*found]
        seen: set[UUID] = set()
        for fact in all_of_it:
            if fact.id not in seen:
                seen.add(fact.id)
                all_of_it.extend(self._replies.get(fact.id, ()))
        return all_of_it


def plain_state(facts: Iterable[StoredFact]) -> StoredState:
    """What `project_door` says of a door's events where none is a reply or marks a building.

    Nearly every door is such a one, and following replies that are not there takes six times
    as long. `queries.insert_events` adds events to such a state.
    """
    latest: StoredFact | None = None
    last: StoredFact | None = None
    attempts = contacts = 0
    do_not_contact = False
    for fact in facts:
        latest = _later(fact, latest)
        if fact.kind is not EventKind.ATTEMPT or fact.result is None:
            continue
        attempts += 1
        contacts += counts_as_contact(fact.result)
        do_not_contact |= fact.result is Result.DO_NOT_CONTACT
        last = _later(fact, last)
    return StoredState(
        status=(last and last.result) or "open",
        last_result=last and last.result,
        last_attempt_at=last and last.occurred_at,
        attempts_count=attempts,
        contacts_count=contacts,
        do_not_contact=do_not_contact,
        latest_event_id=latest and latest.id,
        last_attempt_id=last and last.id,
        latest_at=latest and latest.occurred_at,
    )


def _later(one: StoredFact, other: StoredFact | None) -> StoredFact:
    if other is None or (one.occurred_at, one.id) > (other.occurred_at, other.id):
        return one
    return other


async def _mark_do_not_contact(
    db: Connection,
    organization_id: UUID,
    counted: Sequence[Judged],
    facts: Sequence[StoredFact],
) -> None:
    """Leave alone who asked for it, be it by a correction that came before what it corrects."""
    new = {one.item.id: one for one in counted}
    told = {fact.id: fact for fact in facts}
    marks: list[DoNotContactMark] = []
    for fact in facts:
        if fact.result is not Result.DO_NOT_CONTACT:
            continue
        line = _with_targets(fact, told)
        arrived = next((new[one.id] for one in line if one.id in new), None)
        if arrived is not None and line[-1].door_id is not None:
            marks.append(
                DoNotContactMark(
                    id=new_id(),
                    door_id=line[-1].door_id,
                    person_id=line[-1].person_id,
                    source_event_id=fact.id,
                    recorded_by=_teller(arrived),
                )
            )
    if marks:
        await record_do_not_contact(db, organization_id, marks)


def _with_targets(fact: StoredFact, told: Mapping[UUID, StoredFact]) -> list[StoredFact]:
    """An event, what it replies to, and so on; the last is where it happened."""
    line: dict[UUID, StoredFact] = {}
    one: StoredFact | None = fact
    while one is not None and one.id not in line:
        line[one.id] = one
        one = told.get(one.target_id) if one.target_id else None
    return list(line.values())


def _teller(one: Judged) -> UUID:
    member_id = one.verdict.place.member_id
    assert member_id is not None  # noqa: S101 - what counts has somebody who told it
    return member_id


async def _keep_answers(
    db: Connection,
    organization_id: UUID,
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
            organization_id,
            [
                _consent(one, value, consents[one.item.id])
                for one, value in with_value
                if one.item.id in consents
            ],
        )
        targets = {fact.id: fact.target_id for fact in facts}
        await queries.insert_answers(
            db,
            organization_id,
            [
                _answer(
                    one,
                    structs.replace(value, consent_id=consents.get(one.item.id, value.consent_id)),
                    targets,
                    standing,
                )
                for one, value in with_value
            ],
        )
    if replies:
        doors = {fact.door_id for fact in facts if fact.door_id and fact.has_value}
        await queries.stand_answers(db, organization_id, list(doors), list(standing))


def _consent(one: Judged, value: Value, consent_id: UUID) -> ConsentRecord:
    place = one.verdict.place
    assert place.door_id is not None  # noqa: S101 - an answer that counts has a door
    return ConsentRecord(
        id=consent_id,
        door_id=place.door_id,
        person_id=place.person_id,
        basis="policy" if value.wording is None else "explicit",
        wording=value.wording or "",
        given_at=one.occurred_at,
        recorded_by=_teller(one),
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
