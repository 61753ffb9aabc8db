"""Everything that has to be there before the first knock: doors, people, a script, turf."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapely.geometry import box, mapping

from doorstep.commands.demo_script import SCRIPT
from doorstep.commands.demo_stage import Stage
from doorstep.commands.screen import CommandError
from doorstep.commands.synthetic import synthetic_csv
from doorstep.imports import service as imports
from doorstep.kit.auth import Role
from doorstep.kit.db import organization_transaction
from doorstep.people import service as people
from doorstep.people.model import CampaignMap, DoorPoint

Json = dict[str, Any]
Share = tuple[str, int, int]
"""A turf's id, one canvasser's place in it, and how many share it."""

EVERYWHERE = (-180.0, -90.0, 180.0, 90.0)
DOORS_PER_TURF = 45
HELD_HOURS = 12
LOOK_EVERY_S = 0.2
PAIR_EVERY = 4
MOST_DOORS = 100
"""What one person can walk from ten to three; turf beyond that waits for another day."""


@dataclass(frozen=True)
class Place:
    """Where the demo plays."""

    doors: list[DoorPoint]
    map: CampaignMap


async def import_place(stage: Stage, osm_file: Path) -> Place:
    """The doors, streets and barriers of an OpenStreetMap extract.

    Raises
    ------
    CommandError
        If it holds no address.
    """
    async with organization_transaction(stage.pool, stage.organization_id) as db:
        await imports.import_osm(db, stage.organization_id, stage.campaign_id, osm_file)
    async with organization_transaction(stage.pool, stage.organization_id) as db:
        doors = await people.doors_in_box(db, stage.organization_id, *EVERYWHERE)
        drawn = await people.campaign_map(db, stage.organization_id, stage.campaign_id)
    if not doors:
        message = f"{osm_file} holds no address with a street and a number. Choose another extract."
        raise CommandError(message)
    return Place(doors, drawn)


async def import_people(stage: Stage, doors: Sequence[DoorPoint]) -> Json:
    """The import of invented people behind these doors, by the route that organizers take."""
    answer = await stage.call(
        Role.ORGANIZER,
        "POST",
        "/imports",
        params={"file_name": "synthetic-people.csv"},
        content=synthetic_csv(doors),
        headers={"content-type": "text/csv"},
    )
    return answer.json()


async def start_pass(stage: Stage) -> str:
    """The id of a new pass with a script."""
    campaign_id = str(stage.campaign_id)
    script = await stage.new(Role.ORGANIZER, "/scripts", {"campaign_id": campaign_id, **SCRIPT})
    wanted = {
        "campaign_id": campaign_id,
        "name": "First round",
        "script_id": script["script_id"],
    }
    return (await stage.new(Role.ORGANIZER, "/passes", wanted))["id"]


async def cut_turf(
    stage: Stage, pass_id: str, place: Place, doors_per_turf: float = DOORS_PER_TURF
) -> list[Json]:
    """Published turfs that together take every door, cut by the program and accepted as they are.

    Raises
    ------
    CommandError
        If the cut fails.
    """
    lon, lat = [door.lon for door in place.doors], [door.lat for door in place.doors]
    around = box(min(lon) - 0.001, min(lat) - 0.001, max(lon) + 0.001, max(lat) + 0.001)
    wanted = {"polygon": mapping(around), "doors": doors_per_turf}
    cut = await stage.new(Role.ORGANIZER, f"/passes/{pass_id}/cuts", wanted)
    while cut["state"] == "running":
        await asyncio.sleep(LOOK_EVERY_S)
        cut = (await stage.call(Role.ORGANIZER, "GET", f"/cuts/{cut['id']}")).json()
    if cut["state"] != "done":
        message = f"Turf could not be cut: {cut['failure'] or cut['state']}."
        raise CommandError(message)
    accepted = await stage.call(Role.ORGANIZER, "POST", f"/cuts/{cut['id']}/accepting")
    turfs: list[Json] = accepted.json()["turfs"]
    for turf in turfs:
        await stage.call(Role.ORGANIZER, "POST", f"/turfs/{turf['id']}/publishing")
    return turfs


def share_out(turfs: Sequence[Json], count: int) -> list[list[Share]]:
    """Who walks what, for each of ``count`` volunteers; every fourth turf goes to a pair.

    The largest turf goes first, always to whoever has the fewest doors. What would be too much
    for a day stays over.
    """
    shares: list[list[Share]] = [[] for _ in range(count)]
    load = [0.0] * count
    for number, turf in enumerate(sorted(turfs, key=lambda turf: -turf["doors_count"])):
        holders = min(count, 2 if number % PAIR_EVERY == 0 else 1)
        chosen = sorted(range(count), key=lambda at: load[at])[:holders]
        busiest = load[chosen[-1]]
        if busiest and busiest + turf["doors_count"] / holders > MOST_DOORS:
            continue
        for place, at in enumerate(chosen):
            shares[at].append((turf["id"], place, holders))
            load[at] += turf["doors_count"] / holders
    return shares


async def assign(
    stage: Stage, shares: Sequence[Sequence[Share]], member_ids: Sequence[str]
) -> None:
    """Give every turf to those who walk it."""
    holders: dict[str, list[str]] = {}
    for member_id, share in zip(member_ids, shares, strict=True):
        for turf_id, _, _ in share:
            holders.setdefault(turf_id, []).append(member_id)
    for turf_id, both in holders.items():
        wanted = {"member_ids": both, "hours": HELD_HOURS}
        await stage.new(Role.COORDINATOR, f"/turfs/{turf_id}/assignments", wanted)
