"""Taking people's own words out of the record while every count stays as it is."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from doorstep.kit.db import Connection, next_seq
from doorstep.people import forgetting_queries as queries
from doorstep.people.forgetting_queries import Forgotten, Place, opinions_of
from doorstep.people.queries import raise_turf_versions

__all__ = ["Forgotten", "Place", "forget_answers", "forget_people", "held_places", "opinions_of"]


async def forget_answers(db: Connection, organization_id: UUID, answer_ids: Sequence[UUID]) -> int:
    """Turn answers into numbers; what reports say stays the same. How many went.

    With an answer that counts go the earlier ones to the same question, which would take its
    place.
    """
    if not answer_ids:
        return 0
    await queries.lock_doors_of_answers(db, organization_id, answer_ids)
    return await queries.tally_answers(db, organization_id, answer_ids)


async def held_places(
    db: Connection, organization_id: UUID, person_ids: Sequence[UUID]
) -> list[Place]:
    """Who people are and where they live, while nothing new is taken in at their doors."""
    await queries.lock_doors_of_people(db, organization_id, person_ids)
    return await queries.places_of(db, organization_id, person_ids)


async def forget_people(
    db: Connection, organization_id: UUID, places: Sequence[Place]
) -> tuple[Forgotten, dt.datetime]:
    """Empty everything that is known of people, in their rows and in what was said of them.

    Words of others go too where they name them, and where nobody else lives behind the door.
    Devices learn of it by their turf's version and by tombstones. The chain of numbers is held
    from here to the transaction's end. Tells how much it was, and the instant.
    """
    person_ids = [place.person_id for place in places]
    naming = _naming(places)
    lone = [place.door_id for place in places if place.lone]
    answers = await queries.answers_of_people(db, organization_id, person_ids, lone, *naming)
    answers_count = await forget_answers(db, organization_id, answers)
    numbers = _pattern(places, names=False)
    events = await queries.events_about(db, organization_id, person_ids, lone, numbers, *naming)
    events_count = await queries.empty_events(db, organization_id, events)
    await queries.empty_conflicts(db, organization_id, events, person_ids, *naming)
    await queries.empty_consents(db, organization_id, person_ids)
    await queries.empty_clearings(db, organization_id, person_ids, lone, *naming)
    await queries.empty_notes(db, organization_id, lone, *naming)
    await queries.empty_issues(db, organization_id, person_ids, lone, *naming)
    await queries.empty_guests(db, organization_id, person_ids)
    whole = _pattern(places)
    rejects_count = await queries.empty_rejects(db, organization_id, whole)
    await queries.empty_runs(db, organization_id, whole)
    await queries.delete_changes(db, organization_id, person_ids)
    await queries.free_suppressed(db, organization_id, person_ids)
    await queries.delete_matches(db, organization_id, person_ids)
    erased_at = await queries.empty_people(db, organization_id, person_ids)
    await queries.drop_columns(db, organization_id, naming[0])
    await raise_turf_versions(db, organization_id, list({place.door_id for place in places}))
    seq = await next_seq(db, organization_id, len(person_ids))
    await queries.insert_tombstones(db, organization_id, seq, person_ids)
    return Forgotten(answers_count, events_count, rejects_count), erased_at


def _naming(places: Iterable[Place]) -> tuple[list[UUID], list[str]]:
    """Doors, and for each the pattern of what names its people."""
    by_door: defaultdict[UUID, list[Place]] = defaultdict(list)
    for place in places:
        by_door[place.door_id].append(place)
    return list(by_door), [_pattern(there) for there in by_door.values()]


_LETTER = "[[:alnum:]_]"
_BETWEEN_DIGITS = r"[\s()./-]*"
_SHORT = 3
"""Of names up to this length only whole words count; of longer ones also the Smiths, Smith's."""
_FEWEST_DIGITS, _DIGITS = 6, 9


def _pattern(places: Iterable[Place], *, names: bool = True) -> str:
    """A PostgreSQL expression that finds what people are known by; of nothing, nothing.

    Phone numbers count however they are spaced and with any country's code. Without ``names``,
    only numbers and addresses that mean one person wherever they stand.
    """
    words: set[str] = set()
    numbers: set[str] = set()
    for place in places:
        words.add(place.email)
        if names:
            words |= {place.given_name, place.family_name, place.external_id}
        digits = "".join(filter(str.isdecimal, place.phone))
        if len(digits) >= _FEWEST_DIGITS:
            numbers.add(_BETWEEN_DIGITS.join(digits[-_DIGITS:]))
    parts = sorted(_quoted(word.strip()) for word in words if word.strip()) + sorted(numbers)
    # A letter before the beginning of the text: that is nowhere.
    return "|".join(parts) or r"a\A"


def _quoted(word: str) -> str:
    literal = re.sub(r"([^\w\s])", r"\\\1", word)
    return f"(?<!{_LETTER}){literal}" + (f"(?!{_LETTER})" if len(word) <= _SHORT else "")
