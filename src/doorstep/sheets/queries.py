"""Every statement about walk sheets."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all, fetch_maybe, fetch_one


class SheetRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet as it was printed."""

    id: UUID
    pass_id: UUID
    turf_id: UUID
    turf_name: str
    code: str
    script_id: UUID | None
    script_version: int | None
    door_ids: list[UUID]
    person_ids: list[UUID]
    person_door_ids: list[UUID]
    printed_at: dt.datetime


async def sheet_by_code(db: Connection, organization_id: UUID, code: str) -> SheetRow:
    return await fetch_one(
        db,
        SheetRow,
        """
        select id, pass_id, turf_id, turf_name, code, script_id, script_version, door_ids,
               person_ids, person_door_ids, printed_at
          from walk_sheet
         where organization_id = $1 and code = $2
        """,
        organization_id,
        code,
    )


async def newest_sheet(db: Connection, organization_id: UUID, turf_id: UUID) -> SheetRow | None:
    return await fetch_maybe(
        db,
        SheetRow,
        """
        select id, pass_id, turf_id, turf_name, code, script_id, script_version, door_ids,
               person_ids, person_door_ids, printed_at
          from walk_sheet
         where organization_id = $1 and turf_id = $2
         order by printed_at desc, id desc
         limit 1
        """,
        organization_id,
        turf_id,
    )


async def insert_sheet(
    db: Connection, organization_id: UUID, sheet: SheetRow, printed_by: UUID | None
) -> None:
    await db.execute(
        """
        insert into walk_sheet
          (organization_id, id, pass_id, turf_id, turf_name, code, script_id, script_version,
           door_ids, person_ids, person_door_ids, printed_at, printed_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        organization_id,
        *msgspec.structs.astuple(sheet),
        printed_by,
    )


class DoorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where a door stands in a pass."""

    door_id: UUID
    status: str
    done: bool


async def door_statuses(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: Sequence[UUID]
) -> list[DoorStatus]:
    """Of the doors that were tried."""
    return await fetch_all(
        db,
        DoorStatus,
        """
        select door_id, status, done
          from door_state
         where organization_id = $1 and pass_id = $2 and door_id = any($3)
        """,
        organization_id,
        pass_id,
        door_ids,
    )


class LiveDoor(msgspec.Struct, frozen=True, kw_only=True):
    """The turf that has a door now."""

    door_id: UUID
    turf_id: UUID


async def live_turfs(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: Sequence[UUID]
) -> list[LiveDoor]:
    """Which turf of a pass has each door now; doors in none are left out."""
    return await fetch_all(
        db,
        LiveDoor,
        """
        select door_id, turf_id
          from turf_door
         where organization_id = $1 and pass_id = $2 and door_id = any($3) and live
        """,
        organization_id,
        pass_id,
        door_ids,
    )


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What an event says now, after corrections."""

    id: UUID
    result: str | None
    value: Any


async def standing_events(
    db: Connection, organization_id: UUID, event_ids: Sequence[UUID]
) -> list[Standing]:
    """Of those events that are stored."""
    return await fetch_all(
        db,
        Standing,
        """
        select e.id,
               coalesce(
                 (select c.payload ->> 'result'
                    from contact_event c
                   where c.organization_id = e.organization_id
                     and c.target_id = e.id
                     and c.kind = 'correct'
                     and c.status = 'accepted'
                   order by c.occurred_at desc, c.id desc
                   limit 1),
                 e.payload ->> 'result') as result,
               (select a.value
                  from survey_answer a
                 where a.organization_id = e.organization_id
                   and a.answer_id = e.id
                   and a.standing) as value
          from contact_event e
         where e.organization_id = $1 and e.id = any($2)
        """,
        organization_id,
        event_ids,
    )
