"""A block of houses to cut, and the state of its turfs as the database has it."""

import collections
import itertools
from dataclasses import dataclass
from uuid import UUID

import shapely

from doorstep.kit.ids import new_id

_numbers = itertools.count(1)
WEST, SOUTH = 24.9, 60.2
EAST_STEP, NORTH_STEP = 0.0005, 0.0003


@dataclass
class Block:
    """Houses on a grid: door ids by column and row, each house with one building of its own."""

    columns: int
    rows: int
    doors: dict[tuple[int, int], list[UUID]]

    @property
    def door_ids(self):
        return [door for doors in self.doors.values() for door in doors]

    def area(self, west=0, south=0, east=None, north=None):
        """The area around columns and rows, from and before, as GeoJSON."""
        east = self.columns if east is None else east
        north = self.rows if north is None else north
        x = [WEST + (column - 0.5) * EAST_STEP for column in (west, east)]
        y = [SOUTH + (row - 0.5) * NORTH_STEP for row in (south, north)]
        ring = [[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]], [x[0], y[0]]]
        return {"type": "Polygon", "coordinates": [ring]}

    def line(self, column):
        """A line from south to north before a column, within the block."""
        x = WEST + (column - 0.5) * EAST_STEP
        return {
            "type": "LineString",
            "coordinates": [[x, SOUTH], [x, SOUTH + (self.rows - 1) * NORTH_STEP]],
        }


async def make_block(tenant, columns=6, rows=4, units=1, precinct=""):
    """Houses on a grid of streets; every third has ``units`` doors, the others one."""
    number, block = next(_numbers), Block(columns, rows, {})
    addresses, doors = [], []
    for column, row in itertools.product(range(columns), range(rows)):
        house = new_id()
        addresses.append(
            (house, f"block/{number}/{column}/{row}", f"Street {row}", str(column * 2 + 1),
             WEST + column * EAST_STEP, SOUTH + row * NORTH_STEP)
        )  # fmt: skip
        count = units if (column + row) % 3 == 0 else 1
        block.doors[column, row] = [new_id() for _ in range(count)]
        doors += [
            (door, house, f"A{unit}" if count > 1 else "")
            for unit, door in enumerate(block.doors[column, row])
        ]
    async with tenant.transaction() as db:
        await db.executemany(
            "insert into building (organization_id, id) values ($1, $2)",
            [(tenant.id, one[0]) for one in addresses],
        )
        await db.executemany(
            """
            insert into address
              (organization_id, id, building_id, external_id, street, house_number, lon, lat,
               precinct)
            values ($1, $2, $2, $3, $4, $5, $6, $7, $8)
            """,
            [(tenant.id, *one, precinct) for one in addresses],
        )
        await db.executemany(
            """
            insert into door (organization_id, id, address_id, unit, unit_key)
            values ($1, $2, $3, $4, lower($4))
            """,
            [(tenant.id, *one) for one in doors],
        )
    return block


async def draw(tenant, pass_id, area, name):
    """A turf drawn around an area."""
    made = await (await tenant.organizer()).post(
        "/turfs", json={"pass_id": pass_id, "name": name, "polygon": area}
    )
    assert made.status_code == 201, made.text
    return made.json()


def seen(turf):
    """A turf as an organizer names it."""
    return {"turf_id": turf["id"], "cut_version": turf["cut_version"]}


async def state(tenant, pass_id):
    """Everything that an undo must restore: live turfs and who holds them."""
    async with tenant.transaction() as db:
        turfs = await db.fetch(
            """
            select t.id, t.name, t.status, t.polygon, t.walk_m, t.minutes, t.frozen_at,
                   t.published_at, t.archived_at,
                   array(select (td.door_id, td.position, td.live)::text from turf_door td
                          where td.turf_id = t.id order by td.position) as doors,
                   array(select a.member_id from assignment a
                          where a.turf_id = t.id and a.ended_at is null
                          order by a.member_id) as holders
              from turf t
             where t.pass_id = $1 and t.status <> 'archived'
             order by t.id
            """,
            UUID(pass_id),
        )
    return [tuple(turf) for turf in turfs]


async def check_sound(tenant, pass_id):
    """Every door in one live turf at most; each outline with its own doors and no other's."""
    async with tenant.transaction() as db:
        doors = await db.fetch(
            """
            select td.door_id, td.turf_id, td.position, a.lon, a.lat
              from turf_door td
              join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
              join door d on d.organization_id = td.organization_id and d.id = td.door_id
              join address a on a.organization_id = d.organization_id and a.id = d.address_id
             where td.pass_id = $1 and t.status <> 'archived'
             order by td.turf_id, td.position
            """,
            UUID(pass_id),
        )
        turfs = await db.fetch(
            "select id, polygon, walk_m, minutes from turf where pass_id = $1"
            " and status <> 'archived'",
            UUID(pass_id),
        )
    assert len({one["door_id"] for one in doors}) == len(doors)
    by_turf = {turf["id"]: [one for one in doors if one["turf_id"] == turf["id"]] for turf in turfs}
    shapes = {turf["id"]: shapely.from_wkb(turf["polygon"]) for turf in turfs}
    for turf_id, own in by_turf.items():
        assert own, "a live turf has doors"
        assert [one["position"] for one in own] == list(range(len(own)))
        assert shapes[turf_id].is_valid
        assert shapes[turf_id].geom_type in ("Polygon", "MultiPolygon")
    at_spot = collections.defaultdict(set)
    for one in doors:
        at_spot[one["lon"], one["lat"]].add(one["turf_id"])
    for spot, owners in at_spot.items():
        # Flats of one house may be in two turfs, and then it lies in both outlines.
        place = shapely.Point(spot)
        assert {turf_id for turf_id, shape in shapes.items() if shape.intersects(place)} == owners
    for turf in turfs:
        assert turf["minutes"] >= 1.5 * len(by_turf[turf["id"]])
        assert turf["walk_m"] >= 0
    return by_turf
