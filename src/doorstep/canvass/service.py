"""What phones tell, and what became of doors and people."""

import asyncio
from uuid import UUID

from msgspec.structs import asdict, replace

from doorstep.canvass import queries
from doorstep.canvass.decoding import read_envelope
from doorstep.canvass.gathering import Gathering
from doorstep.canvass.history_model import PersonEventKind, PersonHistoryEntry
from doorstep.canvass.history_queries import records_of_people
from doorstep.canvass.model import BatchResult, HistoryEntry
from doorstep.canvass.taking import LARGE_BYTES, Told, take, unread
from doorstep.kit.auth import Caller, Entrance
from doorstep.kit.db import Connection, Pool
from doorstep.kit.errors import NotFoundError
from doorstep.people.matching import rows_of_person
from doorstep.people.service import door_points

__all__ = ["Gathering", "accept", "door_history", "person_history", "read_envelope", "taken_in"]


async def accept(db: Connection, caller: Caller, body: bytes) -> BatchResult:
    """Take a batch in, in this transaction of its caller, and say what became of its events.

    Raises
    ------
    InvalidError
        If the whole is no batch; nothing is stored then.
    TryLaterError
        If another batch with the same ids at other doors came at the same instant.
    """
    return await _accept_told(db, unread(caller, body).read())


async def _accept_told(db: Connection, told: Told) -> BatchResult:
    """The same for a batch that was read already."""
    (result,) = await take(db, [told])
    assert result is not None  # noqa: S101 - whose transaction it is is known
    return result


async def taken_in(
    entrance: Entrance, gathering: Gathering, pool: Pool, body: bytes
) -> BatchResult:
    """Take a batch in, in company where others wait, and commit it; what became of its events.

    Raises
    ------
    InvalidError
        If the whole is no batch; nothing is stored then.
    TryLaterError
        If the database is away or busy, or another batch with the same ids at other doors came at
        the same instant.
    """
    if entrance.known is None:
        async with entrance.alone() as (db, caller):
            return await accept(db, caller, body)

    async def alone(told: Told) -> BatchResult:
        async with entrance.alone() as (db, caller):
            return await _accept_told(db, replace(told, caller=caller))

    if len(body) < LARGE_BYTES:
        batch = unread(entrance.known, body)
    else:
        batch = await asyncio.to_thread(unread, entrance.known, body)
    return await gathering.take(pool, batch, alone)


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
