"""Bringing in files, with what was left out and why."""

import datetime as dt
from pathlib import Path
from uuid import UUID

import msgspec
import typer
from rich.table import Table

from doorstep.accounts import service as accounts
from doorstep.commands import database, screen
from doorstep.commands.database import Organization
from doorstep.commands.screen import CommandError
from doorstep.imports import queries, service
from doorstep.imports.looking import glance
from doorstep.imports.merging import Report
from doorstep.imports.model import Change, ImportReject, ImportRun, Mapping
from doorstep.imports.service import Source
from doorstep.kit.csv_text import csv_text
from doorstep.kit.db import Connection, begin, enter_organization, organization_transaction
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings
from doorstep.universes import service as universes

SHOWN = 20


def look_at(file: Path, layer: str | None, output: Path | None) -> None:
    """Show how the columns of a file would be read, and write that down to be changed."""
    found = glance(file, file.name, layer)
    table = Table("column", "read as", "why", "such as", title=found.title)
    for column in found.columns:
        use = column.use
        read_as = "—" if use.field is None else str(use.field)
        table.add_row(
            use.column,
            f"{read_as} {use.key}" if use.key else read_as,
            column.why,
            ", ".join(column.samples[:3]),
        )
    screen.out.print(table)
    if output is not None:
        mapping = Mapping(columns=[one.use for one in found.columns])
        output.write_bytes(msgspec.json.format(msgspec.json.encode(mapping), indent=2))
        screen.done(f"{output} holds the mapping. Change it, then: --mapping {output}")


def bring_people(
    settings: Settings,
    file: Path,
    slug: str | None,
    *,
    layer: str | None,
    mapping: Path | None,
    as_of: dt.datetime | None,
    only_try: bool,
    rejects: Path | None,
) -> None:
    """Bring in doors and people from a table, or only tell what would happen."""
    source = Source(file, file.name, layer, mapping and _mapping(mapping), as_of)

    async def work(found: Organization) -> tuple[ImportRun, list[ImportReject], list[Change]]:
        key = Keyring(settings.keys_dir, settings.public_url).suppression_key(found.id)
        with screen.progress(f"Importing {file.name}") as progress:
            async with begin(found.pool) as opened:
                db = opened.db
                await enter_organization(db, found.id)
                run = await service.import_table(db, found.id, source, key, report=_shown(progress))
                left_out = await queries.rejects(db, found.id, run.id, service.MOST_REJECTS, 0)
                changes = await queries.preview_of_run(db, found.id, run.id)
                if not only_try:
                    await opened.commit()
        if not only_try:
            await _refresh(found)
        return run, left_out, changes

    run, left_out, changes = database.in_organization(settings, slug, work)
    _tell(run, left_out, tried=only_try)
    if changes:
        _tell_changes(changes)
    if rejects is not None:
        rows = [(one.row_number, one.field, one.reason, one.remedy) for one in left_out]
        text = csv_text(("row", "field", "reason", "remedy"), rows)
        rejects.write_text(text, encoding="utf-8-sig", newline="")
        screen.done(f"{rejects} lists the {len(rows)} rows that were left out.")


def _mapping(file: Path) -> Mapping:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Mapping)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        message = (
            f"{file} is no mapping: {error}. `doorstep import columns` writes one to start from."
        )
        raise CommandError(message) from None


async def _refresh(found: Organization) -> None:
    """Make anew what universes are counted on: else whoever counts first waits for it."""
    with screen.busy("Making universes ready…"):
        async with organization_transaction(found.pool, found.id) as db:
            await universes.refresh(db, found.id)


def _shown(progress: screen.Report) -> Report:
    async def report(done: int, total: int) -> None:
        progress(done, total)

    return report


def undo(settings: Settings, slug: str | None, *, sure: bool) -> None:
    """Take the last import back."""
    if not sure:
        typer.confirm("Take back the last import: what it added goes?", abort=True)

    async def work(found: Organization) -> ImportRun:
        async with organization_transaction(found.pool, found.id) as db:
            run = await service.undo_last(db, found.id, None)
        await _refresh(found)
        return run

    run = database.in_organization(settings, slug, work)
    screen.done(
        f"{run.file_name} was taken back: {run.added_count} rows added by it are gone, "
        f"{run.changed_count} are as they were."
    )


def bring_osm(settings: Settings, file: Path, slug: str | None, campaign: str | None) -> None:
    """Bring in addresses and the campaign's map from an OpenStreetMap extract."""

    async def work(found: Organization) -> tuple[ImportRun, list[ImportReject]]:
        with screen.progress(f"Importing {file.name}") as progress:
            async with organization_transaction(found.pool, found.id) as db:
                campaign_id = await _campaign(db, found.id, campaign)
                run = await service.import_osm(
                    db, found.id, campaign_id, file, report=_shown(progress)
                )
                left_out = await queries.rejects(db, found.id, run.id, SHOWN, 0)
        await _refresh(found)
        return run, left_out

    _tell(*database.in_organization(settings, slug, work))


async def _campaign(db: Connection, organization_id: UUID, name: str | None) -> UUID:
    active = {
        found.name: found.id
        for found in await accounts.campaigns(db, organization_id)
        if found.closed_at is None
    }
    if name in active:
        return active[name]
    if name is None and len(active) == 1:
        return next(iter(active.values()))
    if name is not None and not active:
        return (await accounts.start_campaign(db, organization_id, name)).id
    if not active:
        message = "There is no campaign yet. Name one and it is started: --campaign Spring"
    elif name is None:
        message = f"Say whose map it is: --campaign {' | '.join(map(repr, active))}"
    else:
        message = f"There is no active campaign {name}. There is: {', '.join(active)}."
    raise CommandError(message)


def _tell(run: ImportRun, rejects: list[ImportReject], *, tried: bool = False) -> None:
    screen.done(
        f"{run.file_name}: {run.row_count} rows, {run.added_count} added, {run.changed_count} "
        f"changed, {run.unchanged_count} as before, {run.rejected_count} left out."
        + (" Nothing was stored: this was only a try." if tried else "")
    )
    if not rejects:
        return
    table = Table("row", "field", "why", "remedy", title="Left out")
    for reject in rejects[:SHOWN]:
        table.add_row(str(reject.row_number), reject.field, reject.reason, reject.remedy)
    screen.out.print(table)
    if run.rejected_count > SHOWN:
        hint = "--rejects FILE.csv lists all of them" if tried else f"GET /imports/{run.id}/rejects"
        screen.err.print(f"  …and {run.rejected_count - SHOWN} more: {hint}.")


def _tell_changes(changes: list[Change]) -> None:
    table = Table("row", "of", "field", "before", "after", title="Changed, the first of them")
    for change in changes[:SHOWN]:
        for one in change.fields:
            table.add_row(
                str(change.row_number), change.kind, one.field, str(one.before), str(one.after)
            )
    screen.out.print(table)
