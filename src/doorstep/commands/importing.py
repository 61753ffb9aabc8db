"""Bringing in files, with what was left out and why."""

from pathlib import Path
from uuid import UUID

from rich.table import Table

from doorstep.accounts import service as accounts
from doorstep.commands import database, queries, screen
from doorstep.commands.database import Organization
from doorstep.commands.queries import Reject
from doorstep.commands.screen import CommandError
from doorstep.kit.db import Connection, organization_transaction
from doorstep.people import importing
from doorstep.people.model import ImportRun
from doorstep.settings import Settings

SHOWN_REJECTS = 20


def bring_csv(settings: Settings, file: Path, slug: str | None) -> None:
    """Bring in doors and people from a CSV file."""
    data = file.read_bytes()

    async def work(found: Organization) -> tuple[ImportRun, list[Reject]]:
        with screen.progress(f"Importing {file.name}") as progress:
            async with organization_transaction(found.pool, found.id) as db:
                run = await importing.import_csv(db, found.id, file.name, data, progress=progress)
                return run, await queries.first_rejects(db, found.id, run.id, SHOWN_REJECTS)

    _tell(*database.in_organization(settings, slug, work))


def bring_osm(settings: Settings, file: Path, slug: str | None, campaign: str | None) -> None:
    """Bring in addresses and the campaign's map from an OpenStreetMap extract."""

    async def work(found: Organization) -> tuple[ImportRun, list[Reject]]:
        with screen.progress(f"Importing {file.name}") as progress:
            async with organization_transaction(found.pool, found.id) as db:
                campaign_id = await _campaign(db, found.id, campaign)
                run = await importing.import_osm(db, found.id, campaign_id, file, progress=progress)
                return run, await queries.first_rejects(db, found.id, run.id, SHOWN_REJECTS)

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


def _tell(run: ImportRun, rejects: list[Reject]) -> None:
    screen.done(
        f"{run.file_name}: {run.row_count} rows, {run.added_count} added, {run.changed_count} "
        f"changed, {run.unchanged_count} as before, {run.rejected_count} left out."
    )
    if not rejects:
        return
    table = Table("row", "field", "why", "remedy", title="Left out")
    for reject in rejects:
        table.add_row(str(reject.row_number), reject.field, reject.reason, reject.remedy)
    screen.out.print(table)
    if run.rejected_count > len(rejects):
        screen.err.print(f"  …and more: GET /imports/{run.id}/rejects lists all of them.")
