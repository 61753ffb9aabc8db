"""What leaves on paper: walk sheets of a pass as one PDF."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.commands import database, queries, screen
from doorstep.commands.database import Organization
from doorstep.commands.screen import CommandError, Report
from doorstep.kit.db import Connection, organization_transaction
from doorstep.settings import Settings
from doorstep.sheets import service
from doorstep.sheets.model import Paper
from doorstep.turf.model import TurfStatus
from doorstep.turf.service import turfs


def walk_sheets(
    settings: Settings,
    slug: str | None,
    of_pass: str | None,
    output: Path,
    names: Sequence[str],
    paper: str,
) -> None:
    """Write the sheets of the published turfs of a pass, or of those named."""
    if output.suffix.lower() != ".pdf":
        message = f"{output} must end in .pdf."
        raise CommandError(message)
    if paper not in list(Paper):
        message = f"There is no paper {paper}. There is: {', '.join(Paper)}."
        raise CommandError(message)

    async def work(found: Organization) -> tuple[bytes, int]:
        async with organization_transaction(found.pool, found.id) as db:
            wanted = await _turfs(db, found.id, of_pass, names)
            with screen.progress("Drawing turfs") as report:
                content = await service.walk_sheets(
                    db,
                    found.id,
                    wanted,
                    Paper(paper),
                    printed_by=None,
                    fonts=settings.data_dir / "fonts",
                    report=_on_loop(report),
                )
            # Nobody is named: at the command line nobody signed in.
            await audit(db, None, "walk_sheet.printed", wanted)
            return content, len(wanted)

    content, count = database.in_organization(settings, slug, work)
    output.write_bytes(content)
    screen.done(f"Wrote {count:,} {'turf' if count == 1 else 'turfs'} to {output}.")


def _on_loop(report: Report) -> Report:
    """The report, called from the loop's own thread whichever thread draws."""
    loop = asyncio.get_running_loop()

    def tell(done_count: int, total_count: int) -> None:
        loop.call_soon_threadsafe(report, done_count, total_count)

    return tell


async def _turfs(
    db: Connection, organization_id: UUID, of_pass: str | None, names: Sequence[str]
) -> list[UUID]:
    passes = await queries.passes_newest_first(db, organization_id)
    chosen = next((one for one in passes if of_pass in (None, one.name)), None)
    if chosen is None:
        there = ", ".join(one.name for one in passes) or "none yet"
        message = f"There is no pass {of_pass or ''}. There is: {there}."
        raise CommandError(message)
    every = await turfs(db, organization_id, chosen.id)
    if missing := set(names) - {turf.name for turf in every}:
        message = (
            f"{chosen.name} has no turf {', '.join(sorted(missing))}. "
            f"There is: {', '.join(turf.name for turf in every) or 'none yet'}."
        )
        raise CommandError(message)
    if names:
        return [turf.id for turf in every if turf.name in names]
    published = [turf.id for turf in every if turf.status is TurfStatus.PUBLISHED]
    if not published:
        message = f"No turf of {chosen.name} is published. Publish some, or name drafts: --turf"
        raise CommandError(message)
    return published
