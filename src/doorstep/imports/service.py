"""Imports: a table of doors and people, or a map with its addresses, whole or not at all."""

import asyncio
import datetime as dt
import tempfile
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import polars as pl
from msgspec.structs import astuple

from doorstep.accounts.auditing import audit
from doorstep.accounts.service import campaign_by_id
from doorstep.hooks.service import HookKind, publish
from doorstep.imports import outcome_queries, place_queries, queries, staging, undo_queries
from doorstep.imports.columns import check_mapping, safe_mapping
from doorstep.imports.forgotten import Forgotten, forgotten_people
from doorstep.imports.looking import glance
from doorstep.imports.maps import rejects_of, rows_of, store_map
from doorstep.imports.merging import Report, Rules, merge, rules_of
from doorstep.imports.model import (
    Change,
    Field,
    FieldChange,
    FileLook,
    ImportReject,
    ImportRun,
    ImportStart,
    Mapping,
)
from doorstep.imports.normalising import Whereabouts, normalise
from doorstep.imports.osm import OsmExtract, OsmFileError, read_osm
from doorstep.imports.outcome_queries import Tally
from doorstep.imports.reading import Table, open_table
from doorstep.imports.renewing import renew_keys
from doorstep.kit.csv_text import csv_text
from doorstep.kit.db import Connection, plan_anew
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.people.suppressing import apply_contacts

SHOWN_ROWS = 10
PREVIEWED = 100
MOST_REJECTS = 1_000_000
STOPPED = "The server stopped during the import. Nothing was stored; start it again."
DEAD_AFTER_S = 60.0
"""A run that was not heard of for so long died with its server."""
_SHARE_READING = 60
_MANY_ROWS = 500
"""So many new rows may change how statements are best planned."""
"""Of a hundred units of progress; the rest is the merge."""


class Source(NamedTuple):
    """Where a table comes from, and how it is read."""

    path: Path
    file_name: str
    layer: str | None = None
    mapping: Mapping | None = None
    as_of: dt.datetime | None = None


async def ignore(done: int, total: int) -> None:
    """Nobody wants to know."""


async def look(db: Connection, organization_id: UUID, source: Source) -> FileLook:
    """How a file would be read: the saved mapping of its columns, or a guess.

    Raises
    ------
    RefusedError
        If the file as a whole cannot be read.
    """
    table, guessed, sample = await asyncio.to_thread(
        glance, source.path, source.file_name, source.layer
    )
    saved = await queries.mapping_for(db, organization_id, table.columns)
    return FileLook(
        format=table.format,
        details=dict(table.details),
        row_count_estimate=table.row_count_estimate,
        columns=guessed,
        mapping=saved.mapping if saved else safe_mapping(guessed),
        mapping_name=saved.name if saved else None,
        sample=sample.select(table.columns).head(SHOWN_ROWS).to_dicts(),
    )


async def import_table(
    db: Connection,
    organization_id: UUID,
    source: Source,
    suppression_key: bytes,
    *,
    created_by: UUID | None = None,
    report: Report = ignore,
) -> ImportRun:
    """Store the doors and people of a file in the caller's transaction.

    Rows that cannot be used are kept with why. ``report`` is told how much of a hundred is done.

    Raises
    ------
    RefusedError
        If the file as a whole cannot be read, or its mapping does not fit it.
    """
    as_of = source.as_of or dt.datetime.now(dt.UTC)
    run = await queries.start_run(
        db, organization_id, new_id(), "table", source.file_name, created_by, source.mapping,
        as_of, dry_run=False,
    )  # fmt: skip
    found = await merge_table(db, organization_id, run.id, source, suppression_key, report)
    return await keep(db, organization_id, run, found, created_by)


async def merge_table(
    db: Connection,
    organization_id: UUID,
    run_id: UUID,
    source: Source,
    suppression_key: bytes,
    report: Report,
) -> Tally:
    """Write what a file adds and changes, and tell what became of its rows."""
    table = await asyncio.to_thread(open_table, source.path, source.file_name, layer=source.layer)
    mapping = source.mapping or (await look(db, organization_id, source)).mapping
    check_mapping(mapping, table.columns)
    await _keep_attributes(db, organization_id, mapping)
    await _open_staging(db, organization_id)

    async def reading(done: int, total: int) -> None:
        await report(_SHARE_READING * done // max(total, 1), 100)

    async def merging(done: int, total: int) -> None:
        await report(_SHARE_READING + (100 - _SHARE_READING) * done // total, 100)

    forgotten = await forgotten_people(db, organization_id, suppression_key)
    whereabouts = Whereabouts(await place_queries.middle_of_addresses(db, organization_id))
    await _stage_table(db, table, mapping, whereabouts, forgotten, reading)
    as_of = source.as_of or dt.datetime.now(dt.UTC)
    found = await merge(db, organization_id, run_id, rules_of(mapping), as_of, merging)
    await apply_contacts(db, suppression_key, organization_id)
    return found


async def keep(
    db: Connection, organization_id: UUID, run: ImportRun, found: Tally, actor: UUID | None
) -> ImportRun:
    """The run as done, with all that is remembered of it."""
    await outcome_queries.keep_changes(db, organization_id, run.id)
    await outcome_queries.keep_rejects(db, organization_id, run.id)
    if found.added_count >= _MANY_ROWS:
        await outcome_queries.renew_statistics(db)
    preview = await changes(db)
    ended = await queries.end_run(db, organization_id, run.id, found, preview)
    await publish(db, organization_id, HookKind.IMPORT_FINISHED, {"import_id": run.id})
    await audit(db, actor, "import.done", [run.id])
    return ended


async def changes(db: Connection) -> list[Change]:
    """The first changes of a merge, field by field."""
    return [
        Change(
            kind=one.kind,
            thing_id=one.thing_id,
            row_number=one.row_number,
            fields=[
                FieldChange(field=field, before=before, after=one.after[field])
                for field, before in one.before.items()
                if before != one.after[field] and field not in _UNTOLD
            ],
        )
        for one in await queries.staged_changes(db, PREVIEWED)
    ]


_UNTOLD = {"match_key", "name_key", "changed_at"}


async def _open_staging(db: Connection, organization_id: UUID) -> None:
    await place_queries.wait_for_turn(db, organization_id)
    await renew_keys(db, organization_id)
    await staging.prepare(db)


async def _stage_table(
    db: Connection,
    table: Table,
    mapping: Mapping,
    whereabouts: Whereabouts,
    forgotten: Forgotten,
    report: Report,
) -> None:
    """Read, normalise and stage: while the database takes one batch, the next is read."""
    today = dt.datetime.now(dt.UTC).date()
    wanted = [use.column for use in mapping.columns if use.field is not None]
    batches = table.batches(wanted)

    def read() -> tuple[pl.DataFrame, list[ImportReject], int, int] | None:
        batch = next(batches, None)
        if batch is None:
            return None
        found = normalise(batch.rows, mapping, whereabouts, today=today)
        rows, left_out = forgotten.part(found.rows)
        return rows, [*batch.rejects, *found.rejects, *left_out], batch.done, batch.total

    pending = asyncio.create_task(asyncio.to_thread(read))
    while (part := await pending) is not None:
        pending = asyncio.create_task(asyncio.to_thread(read))
        rows, rejects, done, total = part
        await staging.stage(db, rows)
        await staging.stage_rejects(db, rejects)
        await report(done, total)


async def _keep_attributes(db: Connection, organization_id: UUID, mapping: Mapping) -> None:
    for use in mapping.columns:
        if use.field is not Field.ATTRIBUTE or use.key is None:
            continue
        known = await queries.kind_of_attribute(db, organization_id, use.key)
        if known not in (None, use.kind):
            message = (
                f"The column {use.column} is to be kept as {use.key}, which holds {known} in "
                f"earlier imports and {use.kind} in this one. Choose another key, or {known}."
            )
            raise RefusedError(message, field="mapping")
        await queries.put_attribute(
            db, organization_id, use.key, use.column, use.kind, mapping.basis,
            sensitive=use.sensitive,
        )  # fmt: skip


async def fetch_file(db: Connection, organization_id: UUID, file_id: UUID, folder: Path) -> Path:
    """A file that was sent in parts, put together in a folder.

    Raises
    ------
    RefusedError
        If a part is missing.
    """
    numbers = await queries.part_numbers(db, organization_id, file_id)
    missing = sorted(set(range(1, max(numbers, default=1) + 1)) - set(numbers))
    if missing:
        message = f"Part {missing[0]} of the file has not been sent. Send it again."
        raise RefusedError(message, field="file_id")
    path = folder / "file"
    with path.open("wb") as whole:
        for number in numbers:
            part = await queries.file_part(db, organization_id, file_id, number)
            await asyncio.to_thread(whole.write, part or b"")
    return path


async def start(
    db: Connection, organization_id: UUID, created_by: UUID, wanted: ImportStart
) -> tuple[ImportRun, Source]:
    """A run that `running` can do, and what it reads.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ConflictError
        If another import of the organization is running.
    RefusedError
        If a part of the file is missing, or the mapping does not fit it.
    """
    file = await queries.file_by_id(db, organization_id, wanted.file_id)
    await queries.bury_dead_runs(db, organization_id, DEAD_AFTER_S, STOPPED)
    await queries.delete_old_files(db, organization_id)
    if await queries.running(db, organization_id):
        message = "Another import is running. Wait until it is done, or cancel it."
        raise ConflictError(message)
    source = Source(Path(), file.file_name, wanted.layer, wanted.mapping, wanted.as_of)
    if wanted.mapping is not None:
        with tempfile.TemporaryDirectory(prefix="doorstep-") as folder:
            path = await fetch_file(db, organization_id, file.id, Path(folder))
            table = await asyncio.to_thread(open_table, path, file.file_name, layer=wanted.layer)
        check_mapping(wanted.mapping, table.columns)
        if wanted.save_as is not None:
            await queries.put_mapping(
                db, organization_id, new_id(), wanted.save_as, wanted.mapping, table.columns,
                created_by,
            )  # fmt: skip
    as_of = wanted.as_of or dt.datetime.now(dt.UTC)
    run = await queries.start_run(
        db, organization_id, new_id(), "table", file.file_name, created_by, wanted.mapping, as_of,
        dry_run=wanted.dry_run,
    )  # fmt: skip
    return run, source._replace(as_of=as_of)


async def import_osm(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    path: Path,
    *,
    created_by: UUID | None = None,
    file_name: str | None = None,
    report: Report = ignore,
) -> ImportRun:
    """Store the addresses of an OpenStreetMap file, and its map in place of the campaign's own.

    ``file_name`` is what the file was called where it came from, if not the same.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    RefusedError
        If the file cannot be read; nothing is stored then.
    """
    await campaign_by_id(db, organization_id, campaign_id)
    name, as_of = file_name or path.name, dt.datetime.now(dt.UTC)
    extract = await _read_osm(path, name, report)
    await _open_staging(db, organization_id)
    run = await queries.start_run(
        db, organization_id, new_id(), "osm", name, created_by, None, as_of, dry_run=False
    )
    rows = await asyncio.to_thread(rows_of, extract.addresses)
    await staging.stage(db, rows)
    await staging.stage_rejects(db, rejects_of(extract.skipped, rows.height + 1))
    found = await merge(db, organization_id, run.id, Rules(), as_of, report)
    await store_map(db, organization_id, campaign_id, name, extract)
    return await keep(db, organization_id, run, found, created_by)


async def _read_osm(path: Path, name: str, report: Report) -> OsmExtract:
    loop = asyncio.get_running_loop()

    def tell(done: int) -> None:
        asyncio.run_coroutine_threadsafe(report(done, 0), loop).result()

    try:
        return await asyncio.to_thread(read_osm, path, tell)
    except OsmFileError as error:
        # Whoever sent the file knows it by its name, and our folders are nobody's business.
        raise RefusedError(str(error).replace(str(path), name), field="body") from None


async def cancel(db: Connection, organization_id: UUID, run_id: UUID) -> ImportRun:
    """The run, asked to stop.

    Raises
    ------
    NotFoundError
        If there is no such import.
    ConflictError
        If it is not running.
    """
    run = await queries.run_by_id(db, organization_id, run_id)
    if not await queries.cancel_run(db, organization_id, run_id):
        message = f"This import is {run.state} already. The last import can be undone."
        raise ConflictError(message)
    return run


async def rejects_csv(db: Connection, organization_id: UUID, run_id: UUID) -> bytes:
    """The rows that were left out, for a spreadsheet; a byte order mark tells it the encoding."""
    await queries.run_by_id(db, organization_id, run_id)
    found = await queries.rejects(db, organization_id, run_id, MOST_REJECTS, 0)
    rows = [(one.row_number, one.field, one.reason, one.remedy) for one in found]
    return csv_text(("row", "field", "reason", "remedy"), rows).encode("utf-8-sig")


async def undo_last(db: Connection, organization_id: UUID, undone_by: UUID | None) -> ImportRun:
    """The last import, taken back; see `undo`."""
    newest = await undo_queries.newest_run(db, organization_id)
    if newest is None:
        message = "Nothing was imported yet that could be undone."
        raise ConflictError(message)
    return await undo(db, organization_id, newest, undone_by)


async def undo(
    db: Connection, organization_id: UUID, run_id: UUID, undone_by: UUID | None
) -> ImportRun:
    """Take the last import back: what it added goes, what it changed is as it was before.

    Raises
    ------
    NotFoundError
        If there is no such import.
    ConflictError
        If it is not the last one, somebody has worked with what it added, or what was there
        before is no longer kept.
    """
    await place_queries.wait_for_turn(db, organization_id)
    run = await queries.run_by_id(db, organization_id, run_id)
    if run.state != "done" or run.dry_run:
        what = "only tried" if run.dry_run else run.state
        message = f"This import is {what}: there is nothing to undo."
        raise ConflictError(message)
    if run_id != await undo_queries.newest_run(db, organization_id):
        message = "Only the last import can be undone. Undo the later ones first."
        raise ConflictError(message)
    if not await undo_queries.remembers(db, organization_id, run_id):
        message = (
            "What was there before this import is no longer kept: the retention rule for imported "
            "files forgot it. It cannot be undone; import a corrected file instead."
        )
        raise ConflictError(message)
    await undo_queries.see_merged(db)
    used = await undo_queries.in_use(db, organization_id, run_id)
    if any(astuple(used)):
        message = (
            f"Of what this import added, {used.knocked_count} doors were knocked on, "
            f"{used.cut_count} are in a turf, {used.marked_count} are marked not to be contacted, "
            f"{used.consented_count} people gave a consent, {used.merged_count} were merged with "
            f"others, and {used.joined_count} came to its doors since. Delete draft turf to free "
            "its doors, and take merges back; all else stays."
        )
        raise ConflictError(message)
    await plan_anew(db)
    await undo_queries.restore_addresses(db, organization_id, run_id)
    await undo_queries.restore_doors(db, organization_id, run_id)
    await undo_queries.restore_people(db, organization_id, run_id)
    await undo_queries.raise_turf_versions(db, organization_id, run_id)
    await undo_queries.take_away(db, organization_id, run_id)
    undone = await undo_queries.mark_undone(db, organization_id, run_id, undone_by)
    await audit(db, undone_by, "import.undone", [run_id])
    return undone or run
