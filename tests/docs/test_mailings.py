"""The page for organizers, run by one with three neighbours of whom two agreed."""

from mailings.posting import agree, make_village, universe
from makers import make_tenant


async def test_the_page_is_what_the_server_does(world, run_page):
    tenant = await make_tenant(world)
    organizer = await tenant.organizer()
    ids = await make_village(tenant, 3)
    await agree(tenant, ids[:2], "follow_up")
    known = {
        "token": organizer.headers["authorization"].removeprefix("Bearer "),
        "universe": await universe(tenant, name="Canary Lane"),
    }
    assert await run_page("mailings.md", known) == 6
