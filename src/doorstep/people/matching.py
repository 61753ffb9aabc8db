"""Who may stand on the list twice, and who the people added at the door are: an organizer decides.

Nothing is merged by itself; what a decision does is in `merging`.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np

from doorstep.accounts.auditing import audit
from doorstep.algorithms.addresses import unit_key
from doorstep.algorithms.households import households
from doorstep.algorithms.likeness import WEIGHTS, Likeness, Limits, Reason, candidates, namesakes_of
from doorstep.algorithms.pairing import People
from doorstep.kit.auth import STAFF, Caller
from doorstep.kit.db import Connection, columns
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.texts import name_key
from doorstep.people import matching_queries as queries
from doorstep.people import suppressing
from doorstep.people.matching_model import (
    REASON_TEXTS,
    Match,
    MatchCandidate,
    MatchDetail,
    MatchKind,
    MatchPerson,
    MatchReason,
    MatchSearch,
    MatchStatus,
    PersonCreate,
)
from doorstep.people.model import Person, WalkDoor
from doorstep.people.queries import (
    holds_door,
    people_behind,
    person_by_id,
    raise_turf_versions,
    walk_doors,
)
from doorstep.people.suppressing_queries import suppressions_by_hash

MOST_WHILE_WAITING = 250_000
"""Compared in some fifteen seconds; proxies give up after sixty."""
_PAGE = 50_000
# An organizer looks at each: rather one too many than the right one missing.
_FOR_ONE = Limits(shown=0.3)
_MOST_COMPARED, _MOST_SHOWN = 2_000, 10


async def find_duplicates_soon(db: Connection, organization_id: UUID) -> MatchSearch:
    """As `find_duplicates`, for callers who wait: of so many people that it takes seconds.

    Raises
    ------
    RefusedError
        If there are more.
    """
    if await queries.more_people_than(db, organization_id, MOST_WHILE_WAITING):
        message = (
            f"There are more than {MOST_WHILE_WAITING:,} people: comparing them takes longer than "
            "a request may. Run `doorstep match` where Doorstep runs, by hand or each night."
        )
        raise RefusedError(message)
    return await find_duplicates(db, organization_id)


async def find_duplicates(db: Connection, organization_id: UUID) -> MatchSearch:
    """Queue everyone who may stand on the list twice; what was decided stays decided.

    A million people take a minute.
    """
    await queries.wait_for_turn(db, organization_id)
    table: list[list[Any]] = [[] for _ in range(7)]
    while page := await queries.people_after(
        db, organization_id, table[0][-1] if table[0] else UUID(int=0), _PAGE
    ):
        for column, more in zip(table, columns([tuple(row) for row in page], 7), strict=True):
            column.extend(more)
    ids, *about = table
    found = await asyncio.to_thread(_alike, about)
    pairs = [
        (new_id(), ids[one], ids[other], score, found.reasons(place))
        for place, (one, other, score) in enumerate(found.pairs())
    ]
    for at in range(0, len(pairs), _PAGE):
        await queries.put_duplicates(db, organization_id, pairs[at : at + _PAGE])
    await queries.drop_unlikely(db, organization_id)
    return MatchSearch(
        people_count=len(ids),
        compared_count=found.compared_count,
        found_count=len(pairs),
        open_count=await queries.open_count(db, organization_id),
    )


def _alike(about: list[list[Any]]) -> Likeness:
    return candidates(_people(*about))


def _people(
    doors: list[UUID],
    birth_years: list[int],
    given_names: list[str],
    family_names: list[str],
    phones: list[str],
    emails: list[str],
) -> People:
    codes: dict[UUID, int] = {}
    return People(
        door=np.array([codes.setdefault(door, len(codes)) for door in doors], np.int64),
        birth_year=np.array(birth_years, np.int64),
        given_name=given_names,
        family_name=family_names,
        phone=phones,
        email=emails,
        external_id=[""] * len(doors),
    )


async def matches(
    db: Connection,
    organization_id: UUID,
    status: MatchStatus,
    kind: MatchKind | None,
    limit: int,
    offset: int,
) -> list[Match]:
    """Matches, the likeliest first."""
    await queries.see_merged(db)
    return await queries.matches(db, organization_id, status, kind, None, limit, offset)


async def match_by_id(db: Connection, organization_id: UUID, match_id: UUID) -> Match:
    """One match, whatever became of it.

    Raises
    ------
    NotFoundError
        If there is no such match, or one of its people is gone.
    """
    await queries.see_merged(db)
    found = await queries.matches(db, organization_id, None, None, match_id, 1, 0)
    if not found:
        raise NotFoundError
    return found[0]


async def match_detail(db: Connection, organization_id: UUID, match_id: UUID) -> MatchDetail:
    """A match with everyone whom its person may be, and why.

    Raises
    ------
    NotFoundError
        If there is no such match, or one of its people is gone.
    """
    match = await match_by_id(db, organization_id, match_id)
    if match.other_person is None:
        return MatchDetail(
            match=match, candidates=await candidates_for(db, organization_id, match.person.id)
        )
    return MatchDetail(
        match=match, candidates=[_candidate(match.other_person, match.score, match.reasons)]
    )


async def candidates_for(
    db: Connection, organization_id: UUID, person_id: UUID
) -> list[MatchCandidate]:
    """Whom a person may be, the likeliest first."""
    people = await queries.likely_namesakes(db, organization_id, person_id, _MOST_COMPARED)
    if not people or people[0].id != person_id:
        return []
    rows = [
        (
            one.door_id,
            one.birth_year or 0,
            one.given_name,
            one.family_name,
            one.phone or "",
            one.email or "",
        )
        for one in people
    ]
    found = await asyncio.to_thread(namesakes_of, _people(*columns(rows, 6)), 0, _FOR_ONE)
    return [
        _candidate(people[other], score, found.reasons(place))
        for place, (_, other, score) in enumerate(found.pairs()[:_MOST_SHOWN])
    ]


def _candidate(person: MatchPerson, score: float, reasons: list[Reason]) -> MatchCandidate:
    return MatchCandidate(
        person=person,
        score=score,
        reasons=[
            MatchReason(reason=one, text=REASON_TEXTS[one], weight=WEIGHTS[one] / 100)
            for one in reasons
        ],
    )


async def rows_of_person(db: Connection, organization_id: UUID, person_id: UUID) -> list[UUID]:
    """Every row that is this person, their own first; the transaction sees those merged into them.

    Raises
    ------
    NotFoundError
        If there is no such person, or they were merged into somebody else.
    """
    if await queries.person_meant(db, organization_id, person_id) != person_id:
        raise NotFoundError
    await queries.see_merged(db)
    return await queries.rows_of_person(db, organization_id, person_id)


async def add_person(
    db: Connection, key: bytes, caller: Caller, door_id: UUID, wanted: PersonCreate
) -> Person:
    """Somebody met at a door whom the list does not have; who they are is asked in the queue.

    ``key`` is the organization's for suppressions: a suppressed number is not used for them.

    Raises
    ------
    NotFoundError
        If there is no such door, or none that the caller may see.
    ConflictError
        If a volunteer may not knock there, the id belongs to somebody else, or they asked to be
        forgotten.
    RefusedError
        If they have no name, or were born in the future.
    """
    organization_id = caller.organization_id
    whole = caller.is_one_of(STAFF)
    if not whole and not await holds_door(db, organization_id, door_id):
        raise NotFoundError
    doors = await walk_doors(db, organization_id, [door_id])
    if not doors:
        raise NotFoundError
    if doors[0].do_not_contact and not whole:
        message = "This door asked to be left alone: nobody is added there."
        raise ConflictError(message)
    if not name_key(wanted.given_name, wanted.family_name).strip():
        message = "Give at least one of the two names."
        raise RefusedError(message, field="given_name")
    if wanted.birth_year and wanted.birth_year > dt.datetime.now(dt.UTC).year:
        message = "This year of birth is in the future."
        raise RefusedError(message, field="birth_year")
    await _refuse_forgotten(db, key, organization_id, doors[0], wanted)
    person_id = wanted.id or new_id()
    behind = await people_behind(db, organization_id, door_id, whole=True)
    home = household_of(wanted.family_name, behind)
    if not await queries.insert_person(
        db, organization_id, person_id, door_id, home, wanted, caller.member_id
    ):
        return await _added_before(db, caller, person_id)
    await suppressing.apply_to_person(
        db, key, organization_id, person_id, wanted.phone, wanted.email
    )
    await queries.insert_added(db, organization_id, new_id(), person_id)
    await raise_turf_versions(db, organization_id, [door_id])
    await audit(db, caller.member_id, "person.added", [person_id])
    return await person_by_id(db, organization_id, person_id, whole=whole)


async def _refuse_forgotten(
    db: Connection, key: bytes, organization_id: UUID, door: WalkDoor, wanted: PersonCreate
) -> None:
    asked = suppressing.hashes_of(
        key,
        None,
        wanted.phone,
        wanted.email,
        suppressing.name_key_of(wanted.given_name, wanted.family_name),
        suppressing.match_key_of(door.street, door.house_number),
        unit_key(door.unit),
    )
    found = await suppressions_by_hash(db, organization_id, asked)
    if any(one.scope == "erased" for one in found):
        message = (
            "This person asked to be forgotten, so nobody adds them again. If they want to be on "
            "the list now, an organizer lifts the suppression first."
        )
        raise ConflictError(message)


def household_of(family_name: str, behind: Sequence[Person]) -> UUID | None:
    """The household behind a door that somebody of this name belongs to, if there is one."""
    names = [*(one.family_name for one in behind), family_name]
    first = int(households(np.zeros(len(names), np.int64), names)[-1])
    return behind[first].household_id if first < len(behind) else None


async def _added_before(db: Connection, caller: Caller, person_id: UUID) -> Person:
    """What a phone is told that sends somebody again."""
    organization_id = caller.organization_id
    meant = await queries.person_added_by(db, organization_id, person_id, caller.member_id)
    if meant is None:
        message = "This id is taken by somebody else. Send it again with a new one."
        raise ConflictError(message, field="id")
    return await person_by_id(db, organization_id, meant, whole=caller.is_one_of(STAFF))
