"""Statements about runs, their rejects and changes, files on their way in, and mappings."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.imports.model import (
    Change,
    ChangedKind,
    ImportFile,
    ImportReject,
    ImportRun,
    Mapping,
    SavedMapping,
)
from doorstep.imports.outcome_queries import Tally
from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_maybe, fetch_one


class StagedChange(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is different after a merge."""

    kind: ChangedKind
    thing_id: UUID
    row_number: int
    before: dict[str, Any]
    after: dict[str, Any]


async def start_run(
    db: Connection,
    organization_id: UUID,
    run_id: UUID,
    kind: str,
    file_name: str,
    created_by: UUID | None,
    mapping: Mapping | None,
    as_of: dt.datetime,
    *,
    dry_run: bool,
) -> ImportRun:
    return await fetch_one(
        db,
        ImportRun,
        """
        insert into import_run
               (organization_id, id, kind, file_name, created_by, mapping, as_of, dry_run, state,
                row_count, added_count, changed_count, unchanged_count, rejected_count)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', 0, 0, 0, 0, 0)
        returning id, kind, file_name, created_by, created_at, state, dry_run, row_count,
                  added_count, changed_count, unchanged_count, rejected_count, done_units,
                  total_units, failure, ended_at, undone_at
        """,
        organization_id,
        run_id,
        kind,
        file_name,
        created_by,
        None if mapping is None else msgspec.to_builtins(mapping),
        as_of,
        dry_run,
    )


async def end_run(
    db: Connection, organization_id: UUID, run_id: UUID, found: Tally, preview: list[Change]
) -> ImportRun:
    return await fetch_one(
        db,
        ImportRun,
        """
        update import_run
           set state = 'done',
               row_count = $3,
               added_count = $4,
               changed_count = $5,
               unchanged_count = $6,
               rejected_count = $7,
               preview = $8,
               done_units = greatest(total_units, 1),
               total_units = greatest(total_units, 1),
               ended_at = clock_timestamp()
         where organization_id = $1 and id = $2
        returning id, kind, file_name, created_by, created_at, state, dry_run, row_count,
                  added_count, changed_count, unchanged_count, rejected_count, done_units,
                  total_units, failure, ended_at, undone_at
        """,
        organization_id,
        run_id,
        found.row_count,
        found.added_count,
        found.changed_count,
        found.unchanged_count,
        found.rejected_count,
        msgspec.to_builtins(preview),
    )


async def fail_run(
    db: Connection, organization_id: UUID, run_id: UUID, state: str, failure: str
) -> None:
    await db.execute(
        """
        update import_run
           set state = $3, failure = $4, ended_at = clock_timestamp()
         where organization_id = $1 and id = $2 and state = 'running'
        """,
        organization_id,
        run_id,
        state,
        failure,
    )


async def hear_of_run(
    db: Connection, organization_id: UUID, run_id: UUID, done: int, total: int
) -> bool:
    """Note how far a run is; whether it shall go on."""
    return await db.fetchval(
        """
        update import_run
           set done_units = $3, total_units = $4, heard_at = clock_timestamp()
         where organization_id = $1 and id = $2
        returning cancel_requested_at is null
        """,
        organization_id,
        run_id,
        done,
        total,
    )


async def cancel_run(db: Connection, organization_id: UUID, run_id: UUID) -> bool:
    """Ask a run to stop; False if it is not running."""
    done = await db.execute(
        """
        update import_run
           set cancel_requested_at = coalesce(cancel_requested_at, now())
         where organization_id = $1 and id = $2 and state = 'running'
        """,
        organization_id,
        run_id,
    )
    return done != "UPDATE 0"


async def bury_dead_runs(
    db: Connection, organization_id: UUID, silent_s: float, failure: str
) -> None:
    """Runs that were not heard of for so long died with their server."""
    await db.execute(
        """
        update import_run
           set state = 'failed',
               failure = $3,
               ended_at = now()
         where organization_id = $1
           and state = 'running'
           and heard_at < now() - make_interval(secs => $2)
        """,
        organization_id,
        silent_s,
        failure,
    )


async def running(db: Connection, organization_id: UUID) -> bool:
    return await db.fetchval(
        """
        select exists (
          select from import_run where organization_id = $1 and state = 'running')
        """,
        organization_id,
    )


async def runs(db: Connection, organization_id: UUID, limit: int, offset: int) -> list[ImportRun]:
    return await fetch_all(
        db,
        ImportRun,
        """
        select id, kind, file_name, created_by, created_at, state, dry_run, row_count,
               added_count, changed_count, unchanged_count, rejected_count, done_units,
               total_units, failure, ended_at, undone_at
          from import_run
         where organization_id = $1
         order by created_at desc, id desc
         limit $2 offset $3
        """,
        organization_id,
        limit,
        offset,
    )


async def run_by_id(db: Connection, organization_id: UUID, run_id: UUID) -> ImportRun:
    return await fetch_one(
        db,
        ImportRun,
        """
        select id, kind, file_name, created_by, created_at, state, dry_run, row_count,
               added_count, changed_count, unchanged_count, rejected_count, done_units,
               total_units, failure, ended_at, undone_at
          from import_run
         where organization_id = $1 and id = $2
        """,
        organization_id,
        run_id,
    )


async def preview_of_run(db: Connection, organization_id: UUID, run_id: UUID) -> list[Change]:
    found = await db.fetchval(
        "select coalesce(preview, '[]') from import_run where organization_id = $1 and id = $2",
        organization_id,
        run_id,
    )
    return msgspec.convert(found or [], list[Change])


async def rejects(
    db: Connection, organization_id: UUID, run_id: UUID, limit: int, offset: int
) -> list[ImportReject]:
    return await fetch_all(
        db,
        ImportReject,
        """
        select row_number, field, reason, remedy
          from import_reject
         where organization_id = $1 and import_run_id = $2
         order by row_number
         limit $3 offset $4
        """,
        organization_id,
        run_id,
        limit,
        offset,
    )


async def staged_rejects(db: Connection, limit: int) -> list[ImportReject]:
    return await fetch_all(
        db,
        ImportReject,
        """
        select distinct on (row_number) row_number, field, reason, remedy
          from staged_reject
         order by row_number
         limit $1
        """,
        limit,
    )


async def put_rejects(
    db: Connection, organization_id: UUID, run_id: UUID, found: Sequence[ImportReject]
) -> None:
    await db.execute(
        """
        insert into import_reject
               (organization_id, import_run_id, row_number, field, reason, remedy)
        select $1, $2, * from unnest($3::integer[], $4::text[], $5::text[], $6::text[])
        """,
        organization_id,
        run_id,
        *columns([(one.row_number, one.field, one.reason, one.remedy) for one in found], 4),
    )


async def staged_changes(db: Connection, limit: int) -> list[StagedChange]:
    """The first changes of a merge, by row."""
    return await fetch_all(
        db,
        StagedChange,
        """
        select kind, thing_id, row_number, before, after
          from staged_change
         order by row_number, kind, thing_id
         limit $1
        """,
        limit,
    )


async def put_attribute(
    db: Connection,
    organization_id: UUID,
    key: str,
    label: str,
    kind: str,
    basis: str,
    *,
    sensitive: bool,
) -> None:
    """Keep what a kept column is; sensitive once is sensitive for good."""
    await db.execute(
        """
        insert into attribute (organization_id, key, label, kind, basis, sensitive)
        values ($1, $2, $3, $4, $5, $6)
            on conflict (organization_id, key) do update
           set sensitive = attribute.sensitive or excluded.sensitive,
               basis = case when excluded.basis = '' then attribute.basis else excluded.basis end
        """,
        organization_id,
        key,
        label,
        kind,
        basis,
        sensitive,
    )


async def kind_of_attribute(db: Connection, organization_id: UUID, key: str) -> str | None:
    return await db.fetchval(
        "select kind from attribute where organization_id = $1 and key = $2", organization_id, key
    )


async def insert_file(
    db: Connection, organization_id: UUID, file_id: UUID, file_name: str, created_by: UUID
) -> ImportFile:
    return await fetch_one(
        db,
        ImportFile,
        """
        insert into import_file (organization_id, id, file_name, created_by)
        values ($1, $2, $3, $4)
        returning id, file_name, created_at, 0 as parts_count, 0::bigint as byte_count
        """,
        organization_id,
        file_id,
        file_name,
        created_by,
    )


async def file_by_id(db: Connection, organization_id: UUID, file_id: UUID) -> ImportFile:
    return await fetch_one(
        db,
        ImportFile,
        """
        select f.id, f.file_name, f.created_at, count(p.part_number) as parts_count,
               coalesce(sum(length(p.content)), 0)::bigint as byte_count
          from import_file f
          left join import_file_part p on p.organization_id = f.organization_id
                                      and p.import_file_id = f.id
         where f.organization_id = $1 and f.id = $2
         group by f.id, f.file_name, f.created_at
        """,
        organization_id,
        file_id,
    )


async def put_file_part(
    db: Connection, organization_id: UUID, file_id: UUID, number: int, content: bytes
) -> None:
    """Sent again, a part takes the place of its former self."""
    await db.execute(
        """
        insert into import_file_part (organization_id, import_file_id, part_number, content)
        values ($1, $2, $3, $4)
            on conflict (organization_id, import_file_id, part_number) do update
           set content = excluded.content
        """,
        organization_id,
        file_id,
        number,
        content,
    )


async def part_numbers(db: Connection, organization_id: UUID, file_id: UUID) -> list[int]:
    return await db.fetchval(
        """
        select coalesce(array_agg(part_number order by part_number), '{}')
          from import_file_part
         where organization_id = $1 and import_file_id = $2
        """,
        organization_id,
        file_id,
    )


async def file_part(
    db: Connection, organization_id: UUID, file_id: UUID, number: int
) -> bytes | None:
    return await db.fetchval(
        """
        select content
          from import_file_part
         where organization_id = $1 and import_file_id = $2 and part_number = $3
        """,
        organization_id,
        file_id,
        number,
    )


async def delete_file(db: Connection, organization_id: UUID, file_id: UUID) -> None:
    await execute_one(
        db,
        "delete from import_file where organization_id = $1 and id = $2",
        organization_id,
        file_id,
    )


async def delete_old_files(db: Connection, organization_id: UUID) -> None:
    """Files hold a whole voter list: after a day they go."""
    await db.execute(
        """
        delete from import_file
         where organization_id = $1 and created_at < now() - interval '1 day'
        """,
        organization_id,
    )


async def mappings(db: Connection, organization_id: UUID) -> list[SavedMapping]:
    return await fetch_all(
        db,
        SavedMapping,
        """
        select id, name, mapping, columns, created_at
          from import_mapping
         where organization_id = $1
         order by created_at desc, id desc
        """,
        organization_id,
    )


async def mapping_for(
    db: Connection, organization_id: UUID, file_columns: Sequence[str]
) -> SavedMapping | None:
    """The youngest saved mapping for a file of these very columns, in whatever order."""
    return await fetch_maybe(
        db,
        SavedMapping,
        """
        select id, name, mapping, columns, created_at
          from import_mapping
         where organization_id = $1
           and columns @> $2::text[]
           and columns <@ $2::text[]
         order by created_at desc, id desc
         limit 1
        """,
        organization_id,
        file_columns,
    )


async def put_mapping(
    db: Connection,
    organization_id: UUID,
    mapping_id: UUID,
    name: str,
    mapping: Mapping,
    file_columns: Sequence[str],
    created_by: UUID | None,
) -> None:
    """Keep a mapping; one of the same name gives way."""
    await db.execute(
        """
        insert into import_mapping (organization_id, id, name, mapping, columns, created_by)
        values ($1, $2, $3, $4, $5, $6)
            on conflict (organization_id, name) do update
           set mapping = excluded.mapping,
               columns = excluded.columns,
               created_by = excluded.created_by,
               created_at = now()
        """,
        organization_id,
        mapping_id,
        name,
        msgspec.to_builtins(mapping),
        file_columns,
        created_by,
    )


async def delete_mapping(db: Connection, organization_id: UUID, mapping_id: UUID) -> None:
    await execute_one(
        db,
        "delete from import_mapping where organization_id = $1 and id = $2",
        organization_id,
        mapping_id,
    )
