"""Reports of a pass, on the screen and as files."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from uuid import UUID

from rich.table import Table

from doorstep.commands import database, queries, screen
from doorstep.commands.database import Organization
from doorstep.commands.queries import NamedPass
from doorstep.commands.screen import CommandError
from doorstep.kit.db import Connection, organization_transaction
from doorstep.reports import drawing, exporting
from doorstep.reports import service as reports
from doorstep.reports.charts import ImageForm
from doorstep.reports.drawing import Chart
from doorstep.reports.exporting import Form, What
from doorstep.reports.model import Progress, Tally
from doorstep.settings import Settings

Make = Callable[[Connection, UUID, UUID], Awaitable[bytes]]

FILES: dict[str, Make] = {
    f".{form}": partial(exporting.of_pass, what=What.DOORS, form=form) for form in Form
}
PICTURES: dict[str, Make] = {
    ".png": drawing.map_png,
    ".svg": partial(drawing.chart, of=Chart.DAYS, form=ImageForm.SVG),
    ".pdf": drawing.field_day,
}


def progress(settings: Settings, slug: str | None, name: str | None) -> None:
    """Print how far a pass has come."""

    async def work(found: Organization) -> tuple[NamedPass, Progress]:
        async with organization_transaction(found.pool, found.id) as db:
            of = await _pass(db, found.id, name)
            return of, await reports.progress(db, found.id, of.id)

    of, made = database.in_organization(settings, slug, work)
    screen.out.print(f"[bold]{of.campaign}: {of.name}[/]", highlight=False)
    screen.out.print(_table("", [("all", made.total)]))
    screen.out.print(_table("turf", [(t.name or "in no turf", t) for t in made.by_turf]))
    screen.out.print(_table("precinct", [(p.precinct or "of none", p) for p in made.by_precinct]))
    screen.out.print(_table("volunteer", [(v.name, v) for v in made.by_volunteer]))
    screen.out.print(
        _table(f"day ({made.time_zone})", [(str(d.attempted_on), d) for d in made.by_day])
    )


def draw(settings: Settings, slug: str | None, name: str | None, output: Path) -> None:
    """Write the picture of a pass, or as .pdf its last field day, as .svg its days as a chart."""
    _write(settings, slug, name, output, _make_for(output, PICTURES))


def doors(settings: Settings, slug: str | None, name: str | None, output: Path) -> None:
    """Write the doors of a pass; the file's ending says in which form."""
    _write(settings, slug, name, output, _make_for(output, FILES))


def _make_for(output: Path, kinds: dict[str, Make]) -> Make:
    make = kinds.get(output.suffix.lower())
    if make is None:
        message = f"{output} must end in {' or '.join(kinds)}."
        raise CommandError(message)
    return make


def _write(
    settings: Settings, slug: str | None, name: str | None, output: Path, make: Make
) -> None:
    async def work(found: Organization) -> bytes:
        async with organization_transaction(found.pool, found.id) as db:
            of = await _pass(db, found.id, name)
            with screen.busy(f"Making {output.name}…"):
                return await make(db, found.id, of.id)

    output.write_bytes(database.in_organization(settings, slug, work))
    screen.done(f"Wrote {output}.")


async def _pass(db: Connection, organization_id: UUID, name: str | None) -> NamedPass:
    passes = await queries.passes_newest_first(db, organization_id)
    for one in passes:
        if name is None or one.name == name:
            return one
    if not passes:
        message = "There is no pass yet. Start one with POST /passes; see /docs."
    else:
        message = f"There is no pass {name}. There is: {', '.join(p.name for p in passes)}."
    raise CommandError(message)


def _table(of: str, rows: Iterable[tuple[str, Tally]]) -> Table:
    table = Table(of, "doors", "knocked", "met", "done", "met/knocked", "doors/hour")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, tally in rows:
        counts = (tally.doors_count, tally.attempted_count, tally.contacted_count, tally.done_count)
        rate = "-" if tally.contact_rate is None else f"{tally.contact_rate:.0%}"
        speed = "-" if tally.doors_per_hour is None else f"{tally.doors_per_hour:.1f}"
        table.add_row(name, *map(str, counts), rate, speed)
    return table
