"""Newcomers are brought together with somebody who takes them along."""

import datetime as dt

from overview.growing import get, make_past_event, now, was_at
from shifts import post, told

from doorstep.overview.buddying import bring_together, look_after_buddies
from doorstep.volunteers.service import ties

NEAR = {"home": {"lon": 24.94, "lat": 60.17}, "languages": ["fi"]}


async def make_buddy(tenant, newcomers=1, profile=NEAR, *, knows=True):
    member_id, client = await tenant.member()
    skills = ["captain"] if knows else []
    assert (await client.put("/me/volunteer", json=profile | {"skills": skills})).is_success
    offer = await client.put("/me/buddy-offer", json={"newcomers_count": newcomers})
    assert offer.status_code == 204, offer.text
    return str(member_id), client


async def make_newcomer(tenant, profile=NEAR):
    member_id, client = await tenant.member()
    assert (await client.put("/me/volunteer", json=profile)).is_success
    return str(member_id), client


async def together(tenant):
    async with tenant.transaction() as db:
        return await bring_together(db, tenant.id)


async def mine(client):
    return await get(client, "/me/buddy-pairs")


async def come(tenant, member_id, times):
    await tenant.coordinator()
    event_id = await make_past_event(tenant)
    for day in range(times):
        await was_at(tenant, event_id, member_id, now() - dt.timedelta(days=20 - day))


async def test_a_newcomer_gets_a_buddy_once_and_both_are_told_once(tenant):
    buddy_id, buddy = await make_buddy(tenant)
    member_id, client = await make_newcomer(tenant)
    assert await together(tenant) == 1
    assert await together(tenant) == 0
    (pair,) = await mine(client)
    assert (pair["newcomer_id"], pair["buddy_id"]) == (member_id, buddy_id)
    assert await mine(buddy) == [pair]
    notices = await told(tenant, "buddy")
    assert {str(one["member_id"]) for one in notices} == {member_id, buddy_id}
    assert len(notices) == 2
    for reader, other in ((client, pair["buddy_name"]), (buddy, pair["newcomer_name"])):
        (seen,) = (await get(reader, "/me/notifications"))["notifications"]
        assert other in seen["title"]
    # Matching plans them together.
    async with tenant.transaction() as db:
        (tie,) = await ties(db, tenant.id, [pair["newcomer_id"]])
    assert (tie.kind, {str(tie.member_id), str(tie.other_id)}) == ("buddy", {member_id, buddy_id})


async def test_only_who_is_willing_knows_the_work_and_has_room_takes_somebody_along(tenant):
    await make_buddy(tenant, knows=False)
    _, once = await make_buddy(tenant)
    assert (await once.delete("/me/buddy-offer")).status_code == 204
    assert await get(once, "/me/buddy-offer") is None
    far = {"home": {"lon": 28.0, "lat": 60.17}, "languages": ["fi"]}
    await make_buddy(tenant, profile=far)
    await make_buddy(tenant, profile=NEAR | {"languages": ["sv"]})
    newcomers = [await make_newcomer(tenant) for _ in range(3)]
    assert await together(tenant) == 0
    board = await get(await tenant.coordinator(), "/buddy-pairs")
    assert set(board["alone_ids"]) >= {member_id for member_id, _ in newcomers}
    experienced, client = await make_buddy(tenant, newcomers=2, knows=False)
    await come(tenant, experienced, 3)
    # Three times there is as good as a captain; of three newcomers two find room.
    assert await together(tenant) == 2
    assert len(await mine(client)) == 2
    assert await get(client, "/me/buddy-offer") == {"newcomers_count": 2}


async def test_declined_the_next_who_is_free_follows_and_never_the_same_again(tenant, stranger):
    first_id, first = await make_buddy(tenant)
    _, client = await make_newcomer(tenant)
    await together(tenant)
    (pair,) = await mine(client)
    path = f"/buddy-pairs/{pair['id']}/ending"
    outside = await stranger.volunteer()
    assert (await outside.post(path, json={"why": "declined"})).status_code == 404
    ended = await post(first, path, why="declined", reason="No time")
    assert ended["ended_why"] == "declined"
    await post(first, path, 409, why="ended")
    # What was not sent of it is taken back; nobody else is free.
    assert await mine(client) == []
    assert await told(tenant, "buddy") == []
    assert await together(tenant) == 0
    second_id, _ = await make_buddy(tenant)
    assert await together(tenant) == 1
    (pair,) = await mine(client)
    assert pair["buddy_id"] == second_id != first_id
    third_id, _ = await make_buddy(tenant)
    # Ended by a coordinator, the next comes at once.
    coordinator = await tenant.coordinator()
    await post(coordinator, f"/buddy-pairs/{pair['id']}/ending", why="ended", reason="Ill")
    (pair,) = await mine(client)
    assert pair["buddy_id"] == third_id


async def test_who_came_twice_needs_no_buddy_any_more_and_frees_the_place(tenant):
    _, buddy = await make_buddy(tenant)
    member_id, client = await make_newcomer(tenant)
    await together(tenant)
    await come(tenant, member_id, 1)
    await together(tenant)
    assert len(await mine(client)) == 1
    await come(tenant, member_id, 1)
    other_id, _ = await make_newcomer(tenant)
    assert await together(tenant) == 1
    (pair,) = await mine(buddy)
    assert pair["newcomer_id"] == other_id
    assert await mine(client) == []


async def test_those_kept_apart_are_not_brought_together_and_who_leaves_ends_it(world, tenant):
    coordinator = await tenant.coordinator()
    buddy_id, _ = await make_buddy(tenant)
    member_id, client = await make_newcomer(tenant)
    await coordinator.put(f"/volunteers/{member_id}/ties/{buddy_id}", json={"kind": "apart"})
    assert await together(tenant) == 0
    await coordinator.delete(f"/volunteers/{member_id}/ties/{buddy_id}")
    assert await together(tenant) == 1
    await coordinator.put(f"/volunteers/{member_id}/ties/{buddy_id}", json={"kind": "apart"})
    await look_after_buddies(world.pool)
    assert await mine(client) == []
    other_id, _ = await make_buddy(tenant)
    await look_after_buddies(world.pool)
    assert (await mine(client))[0]["buddy_id"] == other_id
    await (await tenant.owner()).delete(f"/members/{other_id}")
    await look_after_buddies(world.pool)
    assert await mine(client) == []


async def test_nothing_of_buddies_is_left_of_who_is_erased(tenant):
    buddy_id, _ = await make_buddy(tenant)
    await make_newcomer(tenant)
    await together(tenant)
    owner = await tenant.owner()
    await owner.delete(f"/members/{buddy_id}")
    assert (await owner.post(f"/members/{buddy_id}/erasure")).is_success
    async with tenant.transaction() as db:
        left = await db.fetchval(
            """
            select (select count(*) from buddy_pair where organization_id = $1)
                 + (select count(*) from buddy_offer where organization_id = $1)
            """,
            tenant.id,
        )
    assert left == 0
