"""A whole city: the open address list of Cambridge, Massachusetts, where it is at hand."""

from pathlib import Path

import pytest
from bringing import import_people

from doorstep.algorithms.addresses import unit_order
from doorstep.people import service

DOORS = Path(__file__).parents[3] / "shared" / "data" / "cambridge_doors.csv.gz"

pytestmark = pytest.mark.skipif(not DOORS.exists(), reason="needs ../shared/data (see its README)")


async def test_a_citys_doors_come_in_whole_and_its_tower_in_natural_order(tenant):
    run = await import_people(tenant, DOORS.read_bytes(), "cambridge_doors.csv.gz")
    assert (run.row_count, run.added_count, run.rejected_count) == (37_918, 37_918, 0)
    async with tenant.transaction() as db:
        found = await service.doors_shown(db, tenant.id, (-180, -90, 180, 90), 50_000)
        assert await db.fetchval("select count(*) from address where organization_id = $1",
                                 tenant.id) == 13_289  # fmt: skip
    assert len(found) == 37_918
    at_point: dict[tuple[float, float], list[str]] = {}
    for door in found:
        at_point.setdefault((door.lon, door.lat), []).append(door.unit)
    tower = max(at_point.values(), key=len)
    assert len(tower) == 428
    assert tower == sorted(tower, key=lambda unit: unit_order(unit, ""))
    again = await import_people(tenant, DOORS.read_bytes(), "cambridge_doors.csv.gz")
    assert (again.added_count, again.changed_count, again.unchanged_count) == (0, 0, 37_918)
