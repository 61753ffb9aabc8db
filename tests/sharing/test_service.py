"""Who gets the credit for what people do, and who sees it."""

from engage.promising import post, published
from events.shifts import make_shift, sign_up
from sharing.sharing_field import guest, shared

from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id
from doorstep.sharing.service import Conversion, credit


async def conversions(client, link):
    return (await client.get(f"/share-links/{link['id']}")).json()["conversions"]


async def test_the_first_link_that_brought_somebody_has_the_credit(tenant):
    organizer, volunteer = await tenant.organizer(), await tenant.volunteer()
    item_id = await published(tenant)
    first, second = [
        await post(one, "/share-links", kind="commitment", item_id=item_id)
        for one in (organizer, volunteer)
    ]
    by, about = await guest(tenant, 1), new_id()
    async with tenant.transaction() as db:
        for link in (first, second, first):
            await credit(db, tenant.id, link["code"], Conversion.SURVEY, about, by)
        # Something else they do is another thing.
        await credit(db, tenant.id, second["code"], Conversion.ISSUE, about, by)
    assert await conversions(organizer, first) == {"survey": 1}
    assert await conversions(organizer, second) == {"issue": 1}


async def test_an_unknown_code_is_nothing(tenant, stranger):
    theirs = await shared(stranger, await stranger.organizer())
    by = await guest(tenant, 2)
    async with tenant.transaction() as db:
        for code in (None, "", "x" * 400, "1111111111", "\x00", theirs["code"]):
            await credit(db, tenant.id, code, Conversion.RSVP, tenant.id, by)
        assert await db.fetchval("select count(*) from share_conversion") == 0
    assert await conversions(await stranger.organizer(), theirs) == {}


async def test_the_same_once_more_is_the_same_link(tenant):
    organizer = await tenant.organizer()
    item_id = await published(tenant)
    wanted = {"kind": "commitment", "item_id": item_id, "label": "Choir"}
    one, again = [await post(organizer, "/share-links", **wanted) for _ in range(2)]
    other = await post(organizer, "/share-links", **wanted | {"label": "Market"})
    assert one == again
    assert other["code"] != one["code"]
    assert len(one["code"]) == 10


async def test_volunteers_see_their_own_links_and_organizers_all(tenant):
    organizer = await tenant.organizer()
    (_, one), (_, other) = [await tenant.member(Role.VOLUNTEER) for _ in range(2)]
    link = await shared(tenant, one)
    assert [found["id"] for found in (await one.get("/share-links")).json()] == [link["id"]]
    assert (await other.get("/share-links")).json() == []
    asked = {"member_id": link["owner_id"]}
    assert (await other.get("/share-links", params=asked)).json() == []
    for path in ("", "/kit", "/visits", "/conversions"):
        assert (await other.get(f"/share-links/{link['id']}{path}")).status_code == 403
        assert (await organizer.get(f"/share-links/{link['id']}{path}")).status_code == 200
    assert (await organizer.get("/share-links", params=asked)).json() == [link]


async def test_what_a_member_called_their_links_goes_with_them(tenant):
    organizer, (member_id, client) = await tenant.organizer(), await tenant.member(Role.VOLUNTEER)
    link, by = await shared(tenant, client, label="Aunt Canaria"), await guest(tenant, 3)
    async with tenant.transaction() as db:
        await credit(db, tenant.id, link["code"], Conversion.RSVP, tenant.id, by)
    assert (await organizer.post(f"/members/{member_id}/erasure")).is_success
    (found,) = (await organizer.get("/share-links")).json()
    assert "Canaria" not in found["label"]
    assert found["conversions"] == {"rsvp": 1}


async def test_a_member_tells_by_which_link_they_came_to_a_shift_of_theirs(tenant):
    organizer, (_, client) = await tenant.organizer(), await tenant.member(Role.VOLUNTEER)
    link = await shared(tenant, organizer)
    made = await sign_up(client, await make_shift(tenant))
    body = {"code": link["code"], "signup_id": made["id"]}
    for _ in range(2):
        assert (await client.post("/shared-signups", json=body)).status_code == 204
    assert (await organizer.post("/shared-signups", json=body)).status_code == 404
    nothing = await client.post("/shared-signups", json=body | {"code": "friend"})
    assert nothing.status_code == 204
    assert await conversions(organizer, link) == {"signup": 1}
