"""The state of a door, told from the contact events that touch it.

Events are only ever added, so the state is a function of the set of them: whatever order they
arrive in, however often, however grouped, the same set gives the same state. An undo may arrive
before what it undoes.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID


class Result(StrEnum):
    """What came of a knock."""

    NOT_HOME = "not_home"
    CANVASSED = "canvassed"
    REFUSED = "refused"
    MOVED = "moved"
    DECEASED = "deceased"
    COME_BACK = "come_back"
    LANGUAGE_BARRIER = "language_barrier"
    INACCESSIBLE = "inaccessible"
    DO_NOT_CONTACT = "do_not_contact"


class EventKind(StrEnum):
    """What a contact event says."""

    ATTEMPT = "attempt"
    ANSWER = "answer"
    NOTE = "note"
    CORRECT = "correct"
    VOID = "void"


BuildingMark = Literal["locked", "open"]
# `open` is a door that nobody tried yet, `locked` one behind a building's locked entrance.
Status = Result | Literal["open", "locked"]

# Someone at the door was spoken to. Moved and deceased are news about the list, as often read off a
# name plate or told by a neighbour; after come_back the talk is still to be had, and counting both
# would count one household twice.
_CONTACTS = frozenset(
    {Result.CANVASSED, Result.REFUSED, Result.LANGUAGE_BARRIER, Result.DO_NOT_CONTACT}
)
_FINAL = frozenset(
    {Result.CANVASSED, Result.REFUSED, Result.MOVED, Result.DECEASED, Result.DO_NOT_CONTACT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One contact event, as far as it bears on the state of a door.

    A fact with a building mark speaks of the building alone and is no attempt at any one door.
    `occurred_at` is corrected for the phone's clock and aware of its time zone; `id` is a UUIDv7.
    """

    id: UUID
    kind: EventKind
    occurred_at: datetime
    target_id: UUID | None = None
    door_id: UUID | None = None
    person_id: UUID | None = None
    building_id: UUID | None = None
    result: Result | None = None
    building_mark: BuildingMark | None = None
    has_value: bool = False
    """An answer, or a correction that carries another value for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorState:
    """What is known of a door.

    `do_not_contact` stays once any event said so, even an undone one: only an organizer clears it,
    elsewhere. `status` follows the attempts that stand, so ask both before sending someone.
    `latest_event_id` is the latest of all the events, whether or not it changed anything.
    """

    status: Status
    last_result: Result | None
    last_attempt_at: datetime | None
    attempts_count: int
    contacts_count: int
    do_not_contact: bool
    latest_event_id: UUID | None


def counts_as_contact(result: Status) -> bool:
    """Whether someone at the door was spoken to.

    Parameters
    ----------
    result
        A result, or the status of a door.

    Returns
    -------
    bool
        True for canvassed, refused, language_barrier and do_not_contact.
    """
    return result in _CONTACTS


def is_final(result: Status) -> bool:
    """Whether the door is not to be knocked again in this pass.

    Parameters
    ----------
    result
        A result, or the status of a door.

    Returns
    -------
    bool
        True for canvassed, refused, moved, deceased and do_not_contact.
    """
    return result in _FINAL


def project_door(facts: Iterable[Fact]) -> DoorState:
    """Return the state of a door from everything that touches it.

    Attempts count in the order of (occurred_at, id). A correction replaces result and building
    mark of its target; the latest one standing wins, and one that itself is corrected says what its
    own correction says. A void takes its target away, be it attempt, correction or another void,
    whenever it happened. Events whose targets lead back to themselves have no effect. After a
    building was marked locked, units not yet contacted or finished are `locked` until it is marked
    open or someone tries that unit again.

    Parameters
    ----------
    facts
        The door's own events, those of its building, and corrections and voids of either, in any
        order; repeats do no harm.

    Returns
    -------
    DoorState
        The same for the same set of facts.

    Raises
    ------
    ValueError
        If two different facts share an id.
    """
    known = _by_id(facts)
    attempts: list[tuple[_Moment, Result]] = []
    marks: list[tuple[_Moment, BuildingMark]] = []
    for fact, said in _standing(known.values(), EventKind.ATTEMPT, _says_result):
        if said.building_mark is not None:
            marks.append((_moment(fact), said.building_mark))
        elif said.result is not None and (fact.door_id or fact.person_id):
            attempts.append((_moment(fact), said.result))
    last = max(attempts, default=None)
    contacts = sum(counts_as_contact(result) for _, result in attempts)
    return DoorState(
        status=_status(last, max(marks, default=None), contacted=contacts > 0),
        last_result=last[1] if last else None,
        last_attempt_at=last[0][0] if last else None,
        attempts_count=len(attempts),
        contacts_count=contacts,
        do_not_contact=any(map(_asks_no_contact, known.values())),
        latest_event_id=max(known.values(), key=_moment).id if known else None,
    )


_Moment = tuple[datetime, UUID]


def _moment(fact: Fact) -> _Moment:
    return fact.occurred_at, fact.id


def _by_id(facts: Iterable[Fact]) -> dict[UUID, Fact]:
    known: dict[UUID, Fact] = {}
    for fact in facts:
        # Keeping either one would make the state depend on the order of arrival.
        if known.setdefault(fact.id, fact) != fact:
            msg = f"two different events share the id {fact.id}; store one of them only"
            raise ValueError(msg)
    return known


def _asks_no_contact(fact: Fact) -> bool:
    says_result = fact.kind in (EventKind.ATTEMPT, EventKind.CORRECT)
    return says_result and fact.result is Result.DO_NOT_CONTACT


def _status(
    last: tuple[_Moment, Result] | None,
    mark: tuple[_Moment, BuildingMark] | None,
    *,
    contacted: bool,
) -> Status:
    own: Status = last[1] if last else "open"
    shut = mark is not None and mark[1] == "locked" and (last is None or last[0] < mark[0])
    return "locked" if shut and not contacted and not is_final(own) else own


def standing_answers(facts: Iterable[Fact]) -> set[UUID]:
    """Return the ids of the facts whose values count: answers, or the corrections of them.

    Parameters
    ----------
    facts
        Answers with the corrections and voids that lead to them, in any order; repeats do no harm.

    Returns
    -------
    set of UUID
        For every answer that nobody took away, the id of the fact that speaks for it.
    """
    known = _by_id(facts).values()
    return {
        speaker.id for _, speaker in _standing(known, EventKind.ANSWER, lambda fact: fact.has_value)
    }


def _says_result(fact: Fact) -> bool:
    return fact.result is not None or fact.building_mark is not None


def _standing(
    facts: Collection[Fact], kind: EventKind, speaks: Callable[[Fact], bool]
) -> Iterator[tuple[Fact, Fact]]:
    """Yield the facts of a kind that nobody took away, with the fact that speaks for each."""
    replies: defaultdict[UUID | None, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind in (EventKind.CORRECT, EventKind.VOID):
            replies[fact.target_id].append(fact)
    roots = [fact for fact in facts if fact.kind is kind]
    # A reply has one target, so what hangs on the roots is a forest, and going through it from
    # the leaves decides every fact once. Targets in a circle never reach a root.
    forest = roots.copy()
    for fact in forest:
        forest.extend(replies[fact.id])
    speakers: dict[UUID, Fact | None] = {}
    for fact in reversed(forest):
        speakers[fact.id] = _speaker(fact, replies[fact.id], speakers, speaks)
    for fact in roots:
        if (speaker := speakers[fact.id]) is not None:
            yield fact, speaker


def _speaker(
    fact: Fact,
    replies: list[Fact],
    speakers: Mapping[UUID, Fact | None],
    speaks: Callable[[Fact], bool],
) -> Fact | None:
    """Return the fact that speaks for this one, given its replies'; None if it was taken away."""
    standing = [reply for reply in replies if speakers[reply.id] is not None]
    if any(reply.kind is EventKind.VOID for reply in standing):
        return None
    corrections = {reply: words for reply in standing if (words := speakers[reply.id])}
    telling = [reply for reply, words in corrections.items() if speaks(words)]
    return corrections[max(telling, key=_moment)] if telling else fact
