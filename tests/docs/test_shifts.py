"""The page for coordinators, run by a coordinator with one volunteer."""

import datetime as dt

from makers import make_tenant
from shifts import begun, make_shift


async def test_the_page_is_what_the_server_does(world, run_page):
    tenant = await make_tenant(world)
    coordinator = await tenant.coordinator()
    aino_id, _ = await tenant.member(name="Aino Salo")
    today = await make_shift(tenant)
    await begun(tenant, today)
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=14)
    known = {
        "token": coordinator.headers["authorization"].removeprefix("Bearer "),
        "aino": str(aino_id),
        "saturday": str(day + dt.timedelta(days=(5 - day.weekday()) % 7)),
        "today": today,
    }
    assert await run_page("shifts.md", known) == 10
