"""The command line: what there is to say; ``commands`` holds what is done.

Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from doorstep import __version__
from doorstep.commands import screen
from doorstep.settings import Settings, read_settings

Organization = Annotated[
    str | None,
    typer.Option(
        "--organization",
        metavar="SHORT-NAME",
        help="Whose; needed only where the database holds several organizations.",
    ),
]
Pass = Annotated[
    str | None,
    typer.Option("--pass", metavar="NAME", help="Which pass; the newest without it."),
]
OutputFile = Annotated[
    Path | None,
    typer.Option("--output", "-o", dir_okay=False, help="Write here instead of to the screen."),
]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The member's e-mail address.")]
UniverseName = Annotated[str, typer.Argument(metavar="NAME", help="As it was saved.")]
TableFile = Annotated[
    Path, typer.Argument(exists=True, help="A table of doors and people, such as a voter file.")
]
Layer = Annotated[
    str | None, typer.Option(help="Which sheet of a workbook, or layer of a map file.")
]

cli = typer.Typer(
    name="doorstep",
    cls=screen.ExplainingGroup,
    help=(
        "Canvassing, volunteer coordination and constituent follow-up that a group runs itself.\n\n"
        "New here? [bold]doorstep demo[/] plays a whole campaign on this machine. "
        "To begin for real:\n\n"
        "1. [bold]doorstep user add you@example.org --name You --new-organization 'My group'[/]\n\n"
        "2. [bold]doorstep serve[/]\n\n"
        "3. [bold]doorstep user code you@example.org[/] gives the code to sign in with.\n\n"
        "Everything is kept in one folder; [bold]DOORSTEP_DATA_DIR[/] says which. "
        "Something amiss? [bold]doorstep doctor[/] finds out."
    ),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
importing = typer.Typer(help="Bring in addresses, people and maps.", no_args_is_help=True)
universes = typer.Typer(help="Saved filters over people.", no_args_is_help=True)
reporting = typer.Typer(help="How the campaign is doing.", no_args_is_help=True)
users = typer.Typer(help="Who may sign in.", no_args_is_help=True)
cli.add_typer(importing, name="import")
cli.add_typer(universes, name="universe")
cli.add_typer(reporting, name="report")
exporting = typer.Typer(help="What leaves on paper.", no_args_is_help=True)
cli.add_typer(exporting, name="export")
cli.add_typer(users, name="user")


def main() -> None:
    """Run the command line; SIGTERM ends it as tidily as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _end)
    cli()


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


@cli.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """Read the settings once, for every command."""
    if version:
        screen.out.print(f"doorstep {__version__}", highlight=False)
        raise typer.Exit
    context.obj = read_settings()


@cli.command(rich_help_panel="Running")
def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="0.0.0.0 lets other machines in.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, show_default="8000")] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes; one serves hundreds of volunteers.")
    ] = 1,
) -> None:
    """Serve the API until Ctrl-C; the database starts and stops with it.

    Migrations are applied first. Requests under way are finished before the end.
    """
    from doorstep.commands import serve  # noqa: PLC0415

    serve.serve(_settings(context), host=host, port=port, workers=workers)


@cli.command(rich_help_panel="Running")
def worker(context: typer.Context) -> None:
    """Send what is due, and do periodic work, until Ctrl-C; `serve` does so by itself.

    For a process of its own beside servers with DOORSTEP_WORK_IN_SERVER=0. Several share the work.
    """
    from doorstep.commands import worker  # noqa: PLC0415

    worker.work_on(_settings(context))


@cli.command(rich_help_panel="Running")
def demo(
    context: typer.Context,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Keep serving afterwards, to look around.")
    ] = True,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write every figure here.", dir_okay=False)
    ] = None,
    osm: Annotated[
        Path | None,
        typer.Option("--osm", help="Play it in this .osm.pbf extract.", exists=True),
    ] = None,
    volunteers: Annotated[int, typer.Option(min=1, max=200, help="How many phones.")] = 12,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the demo's data folder afterwards.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Put the demo's data here.", file_okay=False)
    ] = None,
    story: Annotated[
        Literal["follow-up", "budget"] | None,
        typer.Option(help="Tell how an issue is followed up, or a budget shared out, instead."),
    ] = None,
) -> None:
    """Play a whole campaign on this machine: cut turf, knock, sync, count."""
    from doorstep.commands import demo  # noqa: PLC0415

    demo.demo(
        _settings(context),
        serve=serve,
        json_file=json,
        osm_file=osm,
        volunteers=volunteers,
        port=port,
        keep=keep,
        data_dir=data_dir,
        story=story,
    )


@cli.command(rich_help_panel="Running")
def doctor(context: typer.Context) -> None:
    """Check database, migrations, tenancy, clock, disk, keys, mail; say how to mend each."""
    from doorstep.commands import doctor  # noqa: PLC0415

    raise typer.Exit(doctor.examine(_settings(context)))


@cli.command(rich_help_panel="Running")
def migrate(context: typer.Context) -> None:
    """Bring the database's tables up to date; `serve` does so by itself."""
    from doorstep.commands import migrate  # noqa: PLC0415

    migrate.migrate(_settings(context))


@cli.command(rich_help_panel="Running")
def match(context: typer.Context, organization: Organization = None) -> None:
    """Look for people who may stand on the list twice; merging them is an organizer's choice."""
    from doorstep.commands import matching  # noqa: PLC0415

    matching.search(_settings(context), organization)


@cli.command(rich_help_panel="Running")
def retention(
    context: typer.Context,
    organization: Organization = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Forget what was kept long enough, as the owner's rules say; for a timer each night."""
    from doorstep.commands import retention  # noqa: PLC0415

    retention.run(_settings(context), organization, dry_run=dry_run)


@cli.command(rich_help_panel="Running")
def cut(
    doors: Annotated[
        str,
        typer.Option(
            metavar="FILE[:LAYER]",
            help="Doors with door_id, lon and lat: CSV, Parquet, GeoPackage or GeoJSON.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Write door_id,lon,lat,turf_id,seq to this .csv.")],
    network: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE[:LAYER]",
            help="Streets and paths: any layer of lines, or .osm.pbf; may be repeated.",
        ),
    ] = None,
    barriers: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE[:LAYER]",
            help="What nobody crosses: lines and areas, or .osm.pbf; may be repeated.",
        ),
    ] = None,
    boundaries: Annotated[
        str | None,
        typer.Option(metavar="FILE[:LAYER]", help="Areas no turf reaches out of, as precincts."),
    ] = None,
    doors_per_turf: Annotated[
        float | None, typer.Option(help="Size of a turf, within 10 %.", show_default="50")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Size of a turf as time on foot and at doors.")
    ] = None,
    staging: Annotated[
        str | None, typer.Option(metavar="LON,LAT", help="Where walks begin.")
    ] = None,
    allow_crossing: Annotated[
        str | None,
        typer.Option(
            metavar="ATTRIBUTE",
            help="Streets where this is yes may cross barriers; of OpenStreetMap, bridge.",
            show_default="allowed",
        ),
    ] = None,
    pace: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|NUMBERS",
            help="How long things take: a JSON file, or such as walk=80,knock=3,entry=1,unit=2.",
            show_default="walk=75,knock=2,entry=1,unit=1.5",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same turfs.", min=0)] = 7,
    quick: Annotated[bool, typer.Option("--quick", help="A draft, with little polishing.")] = False,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A Dask scheduler, whose workers cut parts at once."),
    ] = None,
    polygons: Annotated[
        Path | None, typer.Option(help="Write the turfs' areas to this .gpkg or .geojson.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw the turfs to this .png or .pdf, for A3.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write figures, turfs and doors left over to this .json.")
    ] = None,
) -> None:
    """Cut doors of a file into turfs that are short to walk; needs no server or database."""
    from doorstep.commands import cutting  # noqa: PLC0415

    cutting.cut(
        cutting.Wanted(
            doors=doors,
            network=network or [],
            barriers=barriers or [],
            boundaries=boundaries,
            doors_per_turf=doors_per_turf,
            minutes=minutes,
            staging=staging,
            allow_crossing=allow_crossing,
            pace=pace,
            seed=seed,
            quick=quick,
            dask=dask,
            out=out,
            polygons=polygons,
            picture=picture,
            report=report,
        )
    )


@cli.command(rich_help_panel="Running")
def count(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.pb", exists=True, dir_okay=False, help="A budget round as Pabulib has it."
        ),
    ],
    rule: Annotated[
        str, typer.Option(help="greedy, equal-shares or both.", metavar="RULE")
    ] = "both",
    json: Annotated[bool, typer.Option("--json", help="For programs, with reasons.")] = False,
    picture: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Draw the count to this .png.")
    ] = None,
    no_skip: Annotated[
        bool | None,
        typer.Option(
            "--no-skip/--skip",
            help="Greedy: stop at the first project that does not fit.",
            show_default="as the file says",
        ),
    ] = None,
    threshold: Annotated[
        int | None,
        typer.Option(
            min=0, help="Greedy: the points a project needs.", show_default="as the file says"
        ),
    ] = None,
    exclusive: Annotated[
        list[str] | None,
        typer.Option(metavar="ID,ID", help="Greedy: fund at most one of these; may be repeated."),
    ] = None,
    utility: Annotated[
        str, typer.Option(help="Equal shares: cost or approval.", metavar="UTILITY")
    ] = "cost",
    add_one: Annotated[
        bool, typer.Option("--add1/--no-add1", help="Equal shares: raise shares while it pays.")
    ] = True,
    fill: Annotated[
        bool, typer.Option("--fill", help="Equal shares: spend what is left over by points.")
    ] = False,
) -> None:
    """Count a budget round by both rules, side by side; needs no server or database."""
    from doorstep.commands import budget  # noqa: PLC0415

    wanted = budget.wanted(file, rule, utility, no_skip, threshold, exclusive, add_one, fill)
    budget.count(wanted, as_json=json, picture=picture)


@cli.command(rich_help_panel="For developers")
def openapi(
    output: OutputFile = None,
    problems: Annotated[
        Path | None, typer.Option(help="Write the table of problem types here.", dir_okay=False)
    ] = None,
) -> None:
    """The API as an OpenAPI 3.1 file, to generate clients from."""
    from doorstep.commands import openapi  # noqa: PLC0415

    openapi.write(output, problems)


@importing.command("people")
def import_people(
    context: typer.Context,
    file: TableFile,
    organization: Organization = None,
    layer: Layer = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="How columns are read, as `doorstep import columns` writes it; else a guess.",
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(help="When the list was made, for columns where the newest wins."),
    ] = None,
    only_try: Annotated[
        bool, typer.Option("--try", help="Only tell what would happen; store nothing.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Write the rows that were left out, and why, here."),
    ] = None,
) -> None:
    """Bring in doors, households and people from a table.

    CSV, Excel, Parquet, GeoPackage, GeoJSON or a zipped Shapefile. Rows that cannot be used are
    listed with the reason; all others are taken. Importing a list again changes only what changed.
    """
    from doorstep.commands import importing  # noqa: PLC0415

    importing.bring_people(
        _settings(context),
        file,
        organization,
        layer=layer,
        mapping=mapping,
        as_of=as_of and as_of.astimezone(UTC),
        only_try=only_try,
        rejects=rejects,
    )


@importing.command("columns")
def import_columns(file: TableFile, layer: Layer = None, output: OutputFile = None) -> None:
    """Show how the columns of a table would be read; with -o, write that down to be changed."""
    from doorstep.commands import importing  # noqa: PLC0415

    importing.look_at(file, layer, output)


@importing.command("undo")
def import_undo(
    context: typer.Context,
    organization: Organization = None,
    sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take the last import back, as long as nobody has worked with what it added."""
    from doorstep.commands import importing  # noqa: PLC0415

    importing.undo(_settings(context), organization, sure=sure)


@importing.command("osm")
def import_osm(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="An .osm.pbf extract, e.g. from download.geofabrik.de"
        ),
    ],
    campaign: Annotated[
        str | None,
        typer.Option(
            help="Whose map it becomes; needed where there is none (it is started) or several."
        ),
    ] = None,
    organization: Organization = None,
) -> None:
    """Bring in addresses, streets and barriers from an OpenStreetMap extract."""
    from doorstep.commands import importing  # noqa: PLC0415

    importing.bring_osm(_settings(context), file, organization, campaign)


@universes.command("list")
def universe_list(context: typer.Context, organization: Organization = None) -> None:
    """Every universe and what it asks for."""
    from doorstep.commands import universe  # noqa: PLC0415

    universe.list_universes(_settings(context), organization)


@universes.command("count")
def universe_count(
    context: typer.Context, name: UniverseName, organization: Organization = None
) -> None:
    """How many people, households and doors a universe finds now."""
    from doorstep.commands import universe  # noqa: PLC0415

    universe.count(_settings(context), organization, name)


@universes.command("show")
def universe_show(
    context: typer.Context, name: UniverseName, organization: Organization = None
) -> None:
    """A universe in words, and as the API takes it."""
    from doorstep.commands import universe  # noqa: PLC0415

    universe.show(_settings(context), organization, name)


@reporting.command("progress")
def report_progress(
    context: typer.Context, of_pass: Pass = None, organization: Organization = None
) -> None:
    """Doors knocked and people met, by turf, by volunteer and by day."""
    from doorstep.commands import report  # noqa: PLC0415

    report.progress(_settings(context), organization, of_pass)


@reporting.command("map")
def report_map(
    context: typer.Context,
    output: Annotated[Path, typer.Argument(dir_okay=False, help="A .png file to write.")],
    of_pass: Pass = None,
    organization: Organization = None,
) -> None:
    """Draw the turfs with the state of their doors."""
    from doorstep.commands import report  # noqa: PLC0415

    report.draw(_settings(context), organization, of_pass, output)


@reporting.command("doors")
def report_doors(
    context: typer.Context,
    output: Annotated[
        Path, typer.Argument(dir_okay=False, help="A .csv or .geojson file to write.")
    ],
    of_pass: Pass = None,
    organization: Organization = None,
) -> None:
    """Every door of a pass with its state, for a spreadsheet or a map program."""
    from doorstep.commands import report  # noqa: PLC0415

    report.doors(_settings(context), organization, of_pass, output)


@exporting.command("walk-sheets")
def export_walk_sheets(
    context: typer.Context,
    output: Annotated[Path, typer.Argument(dir_okay=False, help="A .pdf file to write.")],
    turf: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this turf; may be repeated. Else all published."),
    ] = None,
    paper: Annotated[str, typer.Option(help="a4 or letter.")] = "a4",
    of_pass: Pass = None,
    organization: Organization = None,
) -> None:
    """Print walk sheets: map, script, and doors in walking order with boxes to tick.

    Each has a code; type what comes back by it, at POST /walk-sheets/results.
    """
    from doorstep.commands import export  # noqa: PLC0415

    export.walk_sheets(_settings(context), organization, of_pass, output, turf or [], paper)


@users.command("add")
def user_add(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="As others shall see it.")],
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="owner, organizer, coordinator, caseworker or volunteer; may be repeated.",
            show_default="volunteer; owner of a new organization",
        ),
    ] = None,
    organization: Organization = None,
    new_organization: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Found an organization of this name with them."),
    ] = None,
    time_zone: Annotated[
        str, typer.Option(help="Of the new organization, e.g. Europe/Helsinki.")
    ] = "UTC",
) -> None:
    """Add a member, who can sign in from then on."""
    from doorstep.commands import user  # noqa: PLC0415

    user.add(_settings(context), email, name, role, organization, new_organization, time_zone)


@users.command("code")
def user_code(
    context: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="EMAIL|PHONE", help="A number like +358401234567.")
    ],
    organization: Organization = None,
) -> None:
    """Print a sign-in code for a member, or for somebody invited.

    For when no mail server is set up, the mail did not come, or somebody was invited by phone
    number: codes are not sent by SMS, so read it out to them.
    """
    from doorstep.commands import user  # noqa: PLC0415

    user.code(_settings(context), address, organization)


@users.command("list")
def user_list(context: typer.Context, organization: Organization = None) -> None:
    """Everybody who may sign in, and who could."""
    from doorstep.commands import user  # noqa: PLC0415

    user.show(_settings(context), organization)


@users.command("end")
def user_end(context: typer.Context, email: Email, organization: Organization = None) -> None:
    """End a membership; all devices of theirs are signed out at once."""
    from doorstep.commands import user  # noqa: PLC0415

    user.end(_settings(context), email, organization)


def _settings(context: typer.Context) -> Settings:
    return context.ensure_object(Settings)
