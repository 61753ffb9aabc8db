"""The page for organizers, run from an organization with an owner and one volunteer."""

from makers import Role

from doorstep.accounts import service as accounts


async def test_the_page_is_what_the_server_does(world, tenant, run_page):
    await tenant.owner()
    await tenant.volunteer()
    owner_id = tenant.member_ids[Role.OWNER]
    async with tenant.transaction() as db:
        sent = await accounts.issue_code(db, world.keyring, tenant.id, member_id=owner_id)
    known = {"request_id": str(sent.request.request_id), "code": sent.code}
    assert await run_page("organizers.md", known) > 15
