"""Cutting by hand over HTTP, in a pass of 100,000 doors in 2,000 turfs on a grid of streets.

Split, merge, move, trade, freeze and undo, each answered with counts, minutes and outlines of what
changed; the figure is the slowest operation's 95th percentile. Goal: 200 ms.
"""

import asyncio
import json
import random
from collections import defaultdict
from time import perf_counter
from typing import Any

import msgspec
import numpy as np
import shapely
from harness import Bench, Wire, report, running

from doorstep.kit.ids import new_id

ROUNDS = 40
TURFS_EAST, TURFS_NORTH = 40, 50
HOUSES_EAST, HOUSES_NORTH = 5, 10
"""Of a turf: 50 doors."""
WEST, SOUTH = 20.0, 50.0
EAST_STEP, NORTH_STEP = 0.0004, 0.0002
_shapely: Any = shapely

DOORS = """
with made as materialized (
  select make_id() as id, make_id() as door_id, x, y
    from generate_series(0, $2::integer - 1) x, generate_series(0, $3::integer - 1) y
),
built as (
  insert into building (organization_id, id) select $1, id from made
),
addressed as (
  insert into address
         (organization_id, id, building_id, external_id, street, house_number, lon, lat)
  select $1, id, id, 'hand/' || x || '/' || y, 'Street ' || y / 2, (x + 1)::text,
         20 + x * 0.0004, 50 + y * 0.0002
    from made
),
opened as (
  insert into door (organization_id, id, address_id) select $1, door_id, id from made
)
select door_id, x, y from made
"""
EDGES = """
insert into street_edge
       (organization_id, campaign_id, id, name, highway, from_node, to_node, length_m,
        crosses_barrier, shape, west, south, east, north)
select $1, $2, id, name, 'residential', id, id, 28, false, shape, west, south, east, north
  from unnest($3::bigint[], $4::text[], $5::bytea[], $6::float8[], $7::float8[], $8::float8[],
              $9::float8[]) as edge (id, name, shape, west, south, east, north)
"""


async def furnish(bench: Bench) -> None:
    """Doors, turfs and streets."""
    db = await bench.connect()
    organization_id = bench.organization_id
    east, north = TURFS_EAST * HOUSES_EAST, TURFS_NORTH * HOUSES_NORTH
    rows = await db.fetch(DOORS, organization_id, east, north, timeout=600)
    doors: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for door_id, x, y in rows:
        doors[x // HOUSES_EAST, y // HOUSES_NORTH].append(door_id)
    ids = {place: new_id() for place in doors}
    turfs, places = [], []
    for (x, y), own in doors.items():
        corner = np.array(
            (WEST + x * HOUSES_EAST * EAST_STEP, SOUTH + y * HOUSES_NORTH * NORTH_STEP)
        )
        low = corner - (EAST_STEP / 2, NORTH_STEP / 2)
        high = low + np.array((HOUSES_EAST * EAST_STEP, HOUSES_NORTH * NORTH_STEP))
        shape = _shapely.to_wkb(_shapely.box(*low, *high))
        turfs.append(
            (organization_id, ids[x, y], bench.pass_id, f"Turf {x}-{y}", shape, 1e3, 110.0)
        )
        places += [
            (organization_id, ids[x, y], door_id, bench.pass_id, place)
            for place, door_id in enumerate(own)
        ]
    await db.copy_records_to_table(
        "turf",
        records=turfs,
        columns=["organization_id", "id", "pass_id", "name", "polygon", "walk_m", "minutes"],
    )
    await db.copy_records_to_table(
        "turf_door",
        records=places,
        columns=["organization_id", "turf_id", "door_id", "pass_id", "position"],
        timeout=600,
    )
    campaign_id = await db.fetchval("select campaign_id from pass where id = $1", bench.pass_id)
    await db.execute(EDGES, organization_id, campaign_id, *streets(east, north), timeout=600)
    await db.execute("vacuum analyze", timeout=600)
    await db.close()


def streets(east: int, north: int) -> list[list[Any]]:
    """A stretch before each second house, and one across every fifth column: columns of rows."""
    along = [
        (f"Street {y}", (x, 2 * y + 0.5), (x + 1, 2 * y + 0.5))
        for x in range(east)
        for y in range(north // 2)
    ]
    across = [
        ("", (x, 2 * y + 0.5), (x, 2 * y + 2.5))
        for x in range(0, east, HOUSES_EAST)
        for y in range(north // 2)
    ]
    ends = np.array([(one, other) for _, one, other in along + across])
    lines = _shapely.linestrings(ends * (EAST_STEP, NORTH_STEP) + (WEST, SOUTH))
    bounds = _shapely.bounds(lines).T.tolist()
    names = [name for name, _, _ in along + across]
    return [list(range(len(names))), names, list(_shapely.to_wkb(lines)), *bounds]


class Organizer:
    """Operations on turfs picked at random, each timed."""

    def __init__(self, bench: Bench) -> None:
        self.wire, self.path = Wire(bench), f"/passes/{bench.pass_id}"
        listing = self.wire.prepared("GET", f"/turfs?pass_id={bench.pass_id}")
        turfs = json.loads(self.wire.send(listing))
        self.turfs = {one["name"]: one for one in turfs if one["name"].startswith("Turf ")}
        self.samples: dict[str, list[float]] = defaultdict(list)
        self.bytes = 0

    def do(self, kind: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send it, time it, and take what changed to heart."""
        request = self.wire.prepared("POST", f"{self.path}/{path}", msgspec.json.encode(body))
        begun = perf_counter()
        answer = self.wire.send(request)
        self.samples[kind].append(perf_counter() - begun)
        self.bytes = max(self.bytes, len(answer))
        changed = json.loads(answer)
        for turf in changed["turfs"]:
            if turf["name"] in self.turfs:
                self.turfs[turf["name"]] = turf
        return changed

    def undo(self, changed: dict[str, Any]) -> None:
        """Take a step back."""
        self.do("undo", "undoing", {"step_id": changed["step_id"]})

    def pair(self) -> tuple[dict[str, Any], dict[str, Any], int, int]:
        """Two neighbours, and where they lie."""
        x, y = random.randrange(TURFS_EAST - 1), random.randrange(TURFS_NORTH)  # noqa: S311
        return self.turfs[f"Turf {x}-{y}"], self.turfs[f"Turf {x + 1}-{y}"], x, y

    def round(self) -> None:
        """Every operation once, and each taken back."""
        one, other, x, y = self.pair()
        edge = x * HOUSES_EAST
        low, high = y * HOUSES_NORTH, (y + 1) * HOUSES_NORTH
        line = [point(edge + 2, low), point(edge + 2, high)]
        body = seen(one) | {"line": {"type": "LineString", "coordinates": line}}
        self.undo(self.do("split by a line", "splits", body))
        one = self.turfs[one["name"]]
        self.undo(self.do("split in three", "splits", seen(one) | {"parts": 3}))
        one = self.turfs[one["name"]]
        self.undo(self.do("merge two", "merges", {"turfs": [seen(one), seen(other)]}))
        one, other, _, _ = self.turfs[one["name"]], self.turfs[other["name"]], x, y
        strip = area(edge + HOUSES_EAST - 1, low, edge + HOUSES_EAST, high)
        body = {"to_turf": seen(other), "from_turfs": [seen(one)], "polygon": strip}
        self.undo(self.do("move a column", "moves", body))
        one, other = self.turfs[one["name"]], self.turfs[other["name"]]
        back = area(edge + HOUSES_EAST, low, edge + HOUSES_EAST + 1, low + 5)
        body = {"one": seen(one) | {"polygon": strip}, "other": seen(other) | {"polygon": back}}
        self.undo(self.do("trade", "trades", body))
        one = self.turfs[one["name"]]
        self.undo(self.do("freeze", "freezes", {"turfs": [seen(one)]}))


def seen(turf: dict[str, Any]) -> dict[str, Any]:
    """A turf as an organizer names it."""
    return {"turf_id": turf["id"], "cut_version": turf["cut_version"]}


def point(x: float, y: float) -> list[float]:
    """Between the houses west and south of a column and row."""
    return [WEST + (x - 0.5) * EAST_STEP, SOUTH + (y - 0.5) * NORTH_STEP]


def area(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """The area around columns and rows."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [[point(*corner) for corner in corners]]}


if __name__ == "__main__":
    with running() as bench:
        asyncio.run(furnish(bench))
        organizer = Organizer(bench)
        organizer.round()
        organizer.samples.clear()
        for _ in range(ROUNDS):
            organizer.round()
        worst = max(float(np.percentile(one, 95)) for one in organizer.samples.values())
        print(f"largest answer {organizer.bytes / 1024:.1f} KiB")
        report("turf_hand_ms", worst * 1e3, 200.0, organizer.samples)
