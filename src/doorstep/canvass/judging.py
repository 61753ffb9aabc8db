"""Whether an event counts at once or waits for an organizer. Pure: everything known is given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from doorstep.canvass.decoding import Item
from doorstep.canvass.model import REPLIES, Answer, Attempt, Correct, Event, Note, Void
from doorstep.surveys.model import Question, ScriptVersion
from doorstep.surveys.service import check_answer
from doorstep.turf.model import TurfForEvents, TurfStatus

NO_CONSENT = "The opinion was not stored: no consent was recorded."
FORGOTTEN = "It was not stored: this person asked to be forgotten."
SIGNED_OUT = "This device had been signed out when this was recorded."


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where an event happened, as far as it is known; and the kind of what stands there."""

    kind: str
    target_id: UUID | None = None
    turf_id: UUID | None = None
    pass_id: UUID | None = None
    door_id: UUID | None = None
    building_id: UUID | None = None
    person_id: UUID | None = None
    member_id: UUID | None = None


class Value(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value to be stored apart from its event."""

    script_id: UUID
    script_version: int
    question_key: str
    value: Any
    sensitive: bool
    wording: str | None
    """What the person was asked; None without their consent."""
    consent_id: UUID | None = None
    """A consent that is stored already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database knows about the events of a batch."""

    member_id: UUID
    is_staff: bool
    require_consent: bool
    turfs: Mapping[UUID, TurfForEvents]
    building_of: Mapping[UUID, UUID]
    turf_doors: set[tuple[UUID, UUID]]
    turf_buildings: set[tuple[UUID, UUID | None]]
    meant: Mapping[UUID, UUID]
    """Whom ids stand for: who was merged is somebody else by now."""
    door_of: Mapping[UUID, UUID | None]
    """Where people live; None for those who were erased."""
    scripts: Mapping[tuple[UUID, int], ScriptVersion]
    # Of stored events, and of those of this batch that were judged already.
    answers: dict[UUID, Value] = field(default_factory=dict[UUID, Value])
    places: dict[UUID, Place] = field(default_factory=dict[UUID, Place])
    late: set[UUID] = field(default_factory=set[UUID])
    """Events recorded by a device that had been signed out."""
    lenient: bool = False
    """An organizer says that it counts, though its turf is closed or was never theirs."""

    def is_erased(self, person_id: UUID | None) -> bool:
        """Whether this person asked to be forgotten, and so nothing is said of them any more."""
        return person_id is not None and self.door_of.get(person_id, person_id) is None


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What becomes of an event: ``reason`` is None when it counts at once."""

    place: Place
    reason: str | None = None
    value: Value | None = None
    tells_no_opinion: bool = False
    """The value may wait with its event: its question is known not to be sensitive."""


def judge_all(items: Iterable[Item], known: Known) -> list[tuple[Item, Verdict]]:
    """The verdict on every event; replies come last, so that they find what they reply to."""
    judged: list[tuple[Item, Verdict]] = []
    for item in sorted(items, key=lambda item: type(item.event) in REPLIES):
        verdict = _judge(item, known)
        if verdict.reason is None and item.id in known.late:
            verdict = Verdict(place=verdict.place, reason=SIGNED_OUT)
        if verdict.reason is not None and isinstance(item.event, Answer):
            verdict = replace(verdict, tells_no_opinion=_tells_no_opinion(item.event, known))
        judged.append((item, verdict))
        if item.id is not None and verdict.reason is None:
            known.places[item.id] = verdict.place
            if verdict.value is not None:
                known.answers[item.id] = verdict.value
    return judged


def _tells_no_opinion(event: Answer, known: Known) -> bool:
    script = known.scripts.get((event.script_id, event.script_version))
    asked = [q for q in script.questions if q.key == event.question] if script else []
    return any(not question.sensitive for question in asked)


def _judge(item: Item, known: Known) -> Verdict:
    event = item.event
    if event is None:
        return Verdict(place=Place(kind="unknown"), reason=f"It cannot be read: {item.fault}")
    if isinstance(event, REPLIES):
        return _judge_reply(event, known)
    kind = type(event).__name__.lower()
    if known.is_erased(event.person_id) and not isinstance(event, Attempt):
        return Verdict(place=Place(kind=kind), reason=FORGOTTEN)
    turf = known.turfs.get(event.turf_id)
    if turf is None:
        return Verdict(place=Place(kind=kind), reason="There is no such turf.")
    place = _place(event, kind, turf, known)
    reason = _turf_fault(turf, known) or _place_fault(event, place, known)
    if reason is None and isinstance(event, Answer):
        return _judge_answer(event, place, known)
    return Verdict(place=place, reason=reason)


def _place(event: Attempt | Answer | Note, kind: str, turf: TurfForEvents, known: Known) -> Place:
    """Only what exists and belongs together gets a place; the rest stays in the payload."""
    there = (turf.id, event.door_id) in known.turf_doors
    door_id = (
        event.door_id if there or (known.lenient and event.door_id in known.building_of) else None
    )
    building_id = event.building_id if isinstance(event, Attempt) else None
    if (turf.id, building_id) not in known.turf_buildings:
        building_id = None
    person_id = event.person_id
    if door_id is None or person_id is None or known.door_of.get(person_id) != door_id:
        person_id = None
    return Place(
        kind=kind,
        turf_id=turf.id,
        pass_id=turf.pass_id,
        door_id=door_id,
        building_id=building_id,
        person_id=person_id and known.meant[person_id],
        member_id=known.member_id,
    )


def _turf_fault(turf: TurfForEvents, known: Known) -> str | None:
    if known.lenient:
        return None
    if turf.campaign_status != "active":
        return "The campaign is closed."
    if turf.status is TurfStatus.ARCHIVED:
        return "The turf is closed."
    if not (turf.ever_held or known.is_staff):
        return "This turf was never assigned to you."
    return None


def _place_fault(event: Attempt | Answer | Note, place: Place, known: Known) -> str | None:
    if isinstance(event, Attempt) and event.door_id is None:
        if event.building_id is None or event.mark is None or event.result is not None:
            return "A knock needs a door and a result, a building a mark."
        return None if place.building_id else "This building is not in the turf."
    if place.door_id is None:
        return "This door is not in the turf."
    if isinstance(event, Attempt) and (event.result is None or event.mark or event.building_id):
        return "A knock needs a door and a result, a building a mark."
    # A knock counts without the person who was erased since.
    known_there = event.person_id is None or known.is_erased(event.person_id)
    if not known_there and place.person_id is None:
        return "This person does not live behind this door."
    return None


def _judge_answer(event: Answer, place: Place, known: Known) -> Verdict:
    script = known.scripts.get((event.script_id, event.script_version))
    if script is None:
        return Verdict(place=place, reason="There is no such version of the script.")
    wording = None if event.consent is None else event.consent.wording
    return _judge_value(event.question, event.value, wording, script, place, known)


def _judge_value(
    key: str, value: object, wording: str | None, script: ScriptVersion, place: Place, known: Known
) -> Verdict:
    question: Question | None = next((q for q in script.questions if q.key == key), None)
    if question is None:
        return Verdict(place=place, reason="There is no such question in the script.")
    if fault := check_answer(question, value):
        return Verdict(place=place, reason=fault)
    if question.sensitive and wording is None and known.require_consent:
        return Verdict(place=place, reason=NO_CONSENT)
    return Verdict(
        place=place,
        value=Value(
            script_id=script.script_id,
            script_version=script.version,
            question_key=key,
            value=value,
            sensitive=question.sensitive,
            wording=wording,
        ),
    )


def _judge_reply(event: Correct | Void, known: Known) -> Verdict:
    kind = type(event).__name__.lower()
    target = known.places.get(event.target_id)
    corrects_value = isinstance(event, Correct) and event.value is not UNSET
    if target is None:
        place = Place(kind=kind, target_id=event.target_id, member_id=known.member_id)
        # What it replies to may be on its way still; a value cannot wait without its question.
        late = "The answer that it corrects has not arrived."
        return Verdict(place=place, reason=late if corrects_value else None)
    place = Place(
        kind=kind,
        target_id=event.target_id,
        turf_id=target.turf_id,
        pass_id=target.pass_id,
        door_id=target.door_id,
        building_id=target.building_id,
        person_id=target.person_id,
        member_id=known.member_id,
    )
    turf = known.turfs.get(target.turf_id) if target.turf_id else None
    theirs = target.member_id == known.member_id or known.is_staff or known.lenient
    if not theirs and not (turf and turf.ever_held):
        return Verdict(place=place, reason="Somebody else recorded what this would change.")
    if not isinstance(event, Correct):
        return Verdict(place=place)
    if corrects_value and known.is_erased(target.person_id):
        return Verdict(place=place, reason=FORGOTTEN)
    if not corrects_value:
        says = event.result or event.mark
        return Verdict(place=place, reason=None if says else "It says nothing new.")
    return _judge_new_value(event, place, known)


def _judge_new_value(event: Correct, place: Place, known: Known) -> Verdict:
    before = known.answers.get(event.target_id)
    script = before and known.scripts.get((before.script_id, before.script_version))
    if before is None or script is None:
        return Verdict(place=place, reason="What it corrects is no answer.")
    # The consent given with an answer covers its correction.
    wording = before.wording if event.consent is None else event.consent.wording
    verdict = _judge_value(before.question_key, event.value, wording, script, place, known)
    if verdict.value is None or event.consent is not None:
        return verdict
    return replace(verdict, value=replace(verdict.value, consent_id=before.consent_id))


def payload(event: Event | None, fields: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    """What is kept of an event beside its columns.

    Of an event that counts, its bare particulars. Of one that waits, all of it, so that it can be
    accepted later; but no value without consent, which may be an opinion.
    """
    if verdict.reason is not None or event is None:
        return _waiting(fields, verdict)
    told: dict[str, Any] = {}
    match event:
        case Attempt(mark=None):
            told = {"result": event.result}
        case Attempt():
            told = {"mark": event.mark}
        case Note():
            told = {"text": event.text}
        case Answer():
            told = {"question": event.question}
        case Correct() if verdict.value is not None:
            told = {"corrects_answer": True}
        case Correct(mark=None):
            told = {"result": event.result}
        case Correct():
            told = {"result": event.result, "mark": event.mark}
        case Void():
            pass
    return told


def _waiting(fields: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    if verdict.reason == FORGOTTEN:
        return {}
    if verdict.tells_no_opinion or fields.get("consent"):
        return fields
    return {k: v for k, v in fields.items() if k != "value"}
