"""Statements that tell and keep what a merge did."""

from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_one


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rows of a file."""

    row_count: int
    added_count: int
    changed_count: int
    unchanged_count: int
    rejected_count: int


async def raise_turf_versions(db: Connection, organization_id: UUID) -> None:
    """What phones hold of touched doors changed: every turf of theirs is a version newer."""
    await db.execute(
        """
        with touched as (
          select door_id from staged_touch
           union
          select p.door_id
            from staged_person p
           where p.added and p.door_id in (select door_id from staged_door where stored)
        ),
        held as materialized (
          select id
            from turf
           where organization_id = $1
             and id in (
               select td.turf_id
                 from turf_door td
                 join touched t on t.door_id = td.door_id
                where td.organization_id = $1 and td.live)
           order by id
             for update)
        update turf
           set version = version + 1
         where organization_id = $1 and id in (select id from held)
        """,
        organization_id,
    )


async def tally(db: Connection) -> Tally:
    """What became of each row: its person, or else its door, tells whether it was added."""
    return await fetch_one(
        db,
        Tally,
        """
        with founder as (
          select min(row_number) as row_number
            from staged_door where not stored
           group by door_id
        ),
        added as (
          select row_number from staged_person where added
           union all
          select row_number from founder
           where row_number not in (select row_number from staged_person)
        ),
        changed as (
          select row_number from staged_change
           union
          select row_number from founder
          except
          select row_number from added
        ),
        counts as (
          select (select count(*) from staged
                   where row_number not in (select row_number from staged_reject)) as kept_count,
                 (select count(distinct row_number) from staged_reject) as rejected_count,
                 (select count(*) from added) as added_count,
                 (select count(*) from changed) as changed_count
        )
        select kept_count + rejected_count as row_count, added_count, changed_count,
               kept_count - added_count - changed_count as unchanged_count, rejected_count
          from counts
        """,
    )


async def keep_changes(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Keep what was before, for the history and to undo it."""
    await db.execute(
        """
        insert into import_change (organization_id, import_run_id, kind, thing_id, before)
        select $1, $2, kind, thing_id, before from staged_change
        """,
        organization_id,
        run_id,
    )


async def renew_statistics(db: Connection) -> None:
    """Let what comes next be planned for the rows there are now, not for those of before.

    Where the role may not (PostgreSQL 15 and 16) it does nothing.
    """
    await db.execute("analyze building, address, door, household, person")


async def keep_rejects(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    await db.execute(
        """
        insert into import_reject
               (organization_id, import_run_id, row_number, field, reason, remedy)
        select distinct on (row_number) $1::uuid, $2::uuid, row_number, field, reason, remedy
          from staged_reject
         order by row_number
        """,
        organization_id,
        run_id,
    )
