"""Everything that has to be there before the first knock: doors, people, a script, turf."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from shapely.geometry import mapping

from doorstep.algorithms.areas import Area, area_of_points, areas_along_streets
from doorstep.algorithms.projection import local_crs, project, to_metres, unproject
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
PAIR_EVERY = 4
MOST_DOORS = 90
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
    """Published turfs that together take every door, cut from a layer of areas along streets."""
    layer = await asyncio.to_thread(boundary_layer, place, doors_per_turf)
    made = await stage.new(Role.ORGANIZER, f"/passes/{pass_id}/turfs", layer)
    turfs: list[Json] = made["turfs"]
    for turf in turfs:
        await stage.call(Role.ORGANIZER, "POST", f"/turfs/{turf['id']}/publishing")
    return turfs


def boundary_layer(place: Place, doors_per_turf: float) -> Json:
    """Areas of about so many doors as GeoJSON, each named after its main street."""
    lon = np.array([door.lon for door in place.doors])
    lat = np.array([door.lat for door in place.doors])
    origin = (float(lon.mean()), float(lat.mean()))
    crs, points = local_crs(*origin), to_metres(lon, lat, origin)
    streets = place.map.streets
    named = np.array([name != "" for name in streets.name], dtype=np.bool_)
    areas = areas_along_streets(
        points,
        list(project(streets.geometry[named], crs)),
        barriers=list(project(place.map.barriers.geometry, crs)),
        doors_per_area=doors_per_turf,
    )
    names = _names(place.doors, area_of_points(points, areas), areas)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": name},
                "geometry": mapping(unproject(area, crs)),
            }
            for name, area in zip(names, areas, strict=True)
        ],
    }


def _names(doors: Sequence[DoorPoint], area_of: Any, areas: Sequence[Area]) -> list[str]:
    """The commonest street of each area, numbered where several areas share it."""
    streets = [Counter[str]() for _ in areas]
    for door, area in zip(doors, area_of, strict=True):
        streets[area][door.street] += 1
    main = [counts.most_common(1)[0][0] for counts in streets]
    seen, often = Counter[str](), Counter(main)
    names: list[str] = []
    for street in main:
        seen[street] += 1
        names.append(f"{street} {seen[street]}" if often[street] > 1 else street)
    return names


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
