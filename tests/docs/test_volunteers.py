"""The page about volunteers, run by a coordinator with one newcomer."""

from makers import make_tenant


async def test_the_page_is_what_the_server_does(world, run_page):
    tenant = await make_tenant(world)
    coordinator = await tenant.coordinator()
    aino_id, _ = await tenant.member(name="Aino Salo")
    known = {
        "token": coordinator.headers["authorization"].removeprefix("Bearer "),
        "aino": str(aino_id),
    }
    assert await run_page("volunteers.md", known) == 7
