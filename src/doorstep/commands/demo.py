"""A whole campaign on one machine: real server, real database, phones that fail and recover."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import typer
from rich.live import Live

from doorstep.commands import database, demo_screen, demo_setup
from doorstep.commands.demo_check import Comparison, compare, stored_events
from doorstep.commands.demo_fieldwork import SPEED
from doorstep.commands.demo_network import Fault
from doorstep.commands.demo_server import free_port, serving, wait_until_ready
from doorstep.commands.demo_stage import Stage, found
from doorstep.commands.demo_stories import TELLERS
from doorstep.commands.demo_team import Team, gathered
from doorstep.commands.screen import done, out
from doorstep.kit.auth import Role
from doorstep.kit.db import open_pool, organization_transaction
from doorstep.kit.resources import GEO
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

Json = dict[str, Any]

FOLDER = Path("demo")
OURS = ("postgres", "keys", "phones", "server.log")
"""What a run puts into its folder, besides the map."""
FEWEST_DOORS = 8


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was asked for."""

    settings: Settings
    osm_file: Path
    volunteers: int
    speed: float


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What came of the day."""

    stage: Stage
    pass_id: str
    figures: Json
    nothing_lost: bool


def demo(
    settings: Settings,
    *,
    serve: bool,
    json_file: Path | None,
    osm_file: Path | None,
    volunteers: int,
    port: int,
    keep: bool,
    data_dir: Path | None,
    speed: float = SPEED,
    story: str | None = None,
) -> None:
    """Play a campaign; the exit status is 0 only if no event was lost, doubled or altered.

    It ends with `typer.Exit`, and with `CommandError` if it cannot be played.

    Parameters
    ----------
    settings
        What is set, of which only the host is used: the demo has a database of its own.
    serve
        Whether the server stays up until Ctrl-C.
    json_file
        Where to write the figures.
    osm_file
        An OpenStreetMap extract to play in, instead of central Helsinki.
    volunteers
        How many phones.
    port
        The server's; 0 takes a free one.
    keep, data_dir
        Whether the folder's contents stay, and which folder; the contents of one that is named
        stay. What was there before stays in any case, and so does the map.
    speed
        How many seconds of the field pass in one.
    story
        What to tell instead of the field day.
    """
    began = time.monotonic()
    folder = (data_dir or FOLDER).resolve()
    port = free_port(settings.host, port)
    own = Settings(
        data_dir=folder,
        host=settings.host,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        log_level="warning",
    )
    plan = Plan(
        settings=own,
        osm_file=osm_file or GEO / "helsinki.osm.pbf",
        volunteers=volunteers,
        speed=speed,
    )
    # The server first: while it loads its libraries, the database is made. They share it.
    with (
        _tidied(folder, keep=keep or data_dir is not None),
        serving(own, folder / "server.log") as server,
        database.migrated(own) as (db, _),
    ):
        done("The database runs and has its tables.")
        wait_until_ready(server, own, folder / "server.log")
        ended = asyncio.run(_play(plan, db.url, story))
        figures = {**ended.figures, "seconds": round(time.monotonic() - began, 1)}
        if json_file is not None:
            json_file.write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")
        out.print(f"All this took {figures['seconds']} seconds.")
        if serve:
            demo_screen.show_doors_in(ended.stage, own, ended.pass_id)
            _wait_for_ctrl_c()
    raise typer.Exit(0 if ended.nothing_lost else 1)


@contextlib.contextmanager
def _tidied(folder: Path, *, keep: bool) -> Generator[None]:
    """Remove what a run puts into its folder, but nothing that was there before."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / name for name in OURS if not (folder / name).exists()]
    try:
        yield
    finally:
        for path in () if keep else made:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _wait_for_ctrl_c() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


async def _play(plan: Plan, database_url: str, story: str | None) -> Ended:
    settings = plan.settings
    keyring = Keyring(settings.keys_dir, settings.public_url)
    async with (
        await open_pool(database_url, connections=4) as pool,
        httpx.AsyncClient(base_url=settings.public_url, timeout=60, trust_env=False) as http,
    ):
        stage = await found(pool, keyring, http)
        done("The server answers; an organization's staff of four has signed in.")
        pass_id, turfs, doors_count = await _prepare(stage, plan)
        if story is None:
            return await _field_day(stage, plan, pass_id, turfs, doors_count)
        figures = await TELLERS[story](stage, turfs[0]["id"])
    return Ended(stage=stage, pass_id=pass_id, figures=figures, nothing_lost=True)


async def _field_day(
    stage: Stage, plan: Plan, pass_id: str, turfs: list[Json], doors_count: int
) -> Ended:
    phones = plan.settings.data_dir / "phones" / stage.slug
    async with gathered(stage, turfs, plan.volunteers, phones, plan.speed) as team:
        done(f"{plan.volunteers} volunteers, joined by invite, hold {team.turfs_count()} turfs.")
        with Live(demo_screen.FieldDay(team), console=out, refresh_per_second=8):
            await team.walk()
    demo_screen.show_faults(team.faults())
    result = await _compare(stage, team)
    waiting_count = sum(len(one.phone.outbox.waiting) for one in team.canvassers)
    demo_screen.show_comparison(result, waiting_count)
    await _show_reports(stage, pass_id, plan.settings.data_dir / "map.png")
    return Ended(
        stage=stage,
        pass_id=pass_id,
        figures={
            "doors": doors_count,
            "turfs": len(turfs),
            "turfs_walked": team.turfs_count(),
            "volunteers": plan.volunteers,
            **_figures(team, result, waiting_count),
        },
        nothing_lost=result.exact and not waiting_count,
    )


async def _prepare(stage: Stage, plan: Plan) -> tuple[str, list[Json], int]:
    place = await demo_setup.import_place(stage, plan.osm_file)
    imported = await demo_setup.import_people(stage, place.doors)
    done(
        f"{len(place.doors):,} doors come from the map ({place.map.attribution}); behind them "
        f"live {imported['added_count']:,} invented people."
    )
    pass_id = await demo_setup.start_pass(stage)
    wished = np.clip(len(place.doors) / plan.volunteers, FEWEST_DOORS, demo_setup.DOORS_PER_TURF)
    turfs = await demo_setup.cut_turf(stage, pass_id, place, float(wished))
    held_count = sum(turf["doors_count"] for turf in turfs)
    walk_km = sum(turf["walk_m"] for turf in turfs) / 1000
    done(f"{len(turfs)} turfs along streets hold {held_count:,} doors, {walk_km:.1f} km of walk.")
    return pass_id, turfs, len(place.doors)


async def _compare(stage: Stage, team: Team) -> Comparison:
    async with organization_transaction(stage.pool, stage.organization_id) as db:
        return compare(team.made(), await stored_events(db, stage.organization_id))


async def _show_reports(stage: Stage, pass_id: str, map_file: Path) -> None:
    of = {"pass_id": pass_id}
    progress, answers, picture = await asyncio.gather(
        stage.call(Role.COORDINATOR, "GET", "/reports/progress", params=of),
        stage.call(Role.COORDINATOR, "GET", "/reports/answers", params=of),
        stage.call(Role.COORDINATOR, "GET", "/reports/map.png", params=of),
    )
    demo_screen.show_progress(progress.json())
    demo_screen.show_answers(answers.json())
    pace = f"/campaigns/{stage.campaign_id}/pace/measurement"
    demo_screen.show_pace((await stage.call(Role.ORGANIZER, "POST", pace)).json())
    await asyncio.to_thread(map_file.write_bytes, picture.content)
    out.print(f"\nThe map of turfs and doors: {map_file}", soft_wrap=True, highlight=False)


def _figures(team: Team, result: Comparison, waiting_count: int) -> Json:
    faults = team.faults()
    tallies = [one.phone.tally for one in team.canvassers]
    return {
        "knocks_made": sum(event["kind"] == "attempt" for event in team.made().values()),
        "knocks_stored": result.knocks_stored,
        "events_made": result.made_count,
        "events_stored": result.stored_count,
        "events_missing": len(result.missing),
        "events_strange": len(result.strange),
        "events_altered": len(result.altered),
        "events_in_review": len(result.in_review),
        "events_waiting": waiting_count,
        "requests_sent": sum(faults.values()),
        "requests_lost": faults[Fault.OFFLINE] + faults[Fault.LOST] + faults[Fault.CUT],
        "answers_lost": faults[Fault.ANSWER_LOST],
        "requests_doubled": faults[Fault.DUPLICATED],
        "repeats": sum(tally.repeated for tally in tallies),
        "app_restarts": sum(tally.restarts for tally in tallies),
        "token_refreshes": sum(tally.refreshes for tally in tallies),
    }
