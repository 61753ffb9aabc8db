"""Opening shared links, and the pictures that previews show."""

import io

import pytest
from budgets.budget_field import draft, opened
from engage.promising import decision, post, public, published, update
from outreach.coming import make_public_event
from PIL import Image
from sharing.sharing_field import PEOPLE, PHONE, PREVIEWS, guest, shared

from doorstep.sharing.service import Conversion, credit


async def visit(world, path, agent=PHONE, method="GET", **headers):
    headers["user-agent"] = agent
    async with world.anonymous() as anyone:
        return await anyone.request(method, path, headers=headers)


async def count(client, link):
    return (await client.get(f"/share-links/{link['id']}")).json()["visits_count"]


async def test_three_sharers_sixty_visits_of_which_twelve_are_previews(world, tenant):
    clients = [await tenant.organizer(), await tenant.volunteer(), await tenant.coordinator()]
    item_id = await published(tenant)
    links = [
        await post(client, "/share-links", kind="commitment", item_id=item_id) for client in clients
    ]
    agents = [PEOPLE[n % len(PEOPLE)] for n in range(48)] + list(PREVIEWS)
    for n, agent in enumerate(agents):
        answer = await visit(world, f"/r/{links[n % 3]['code']}", agent)
        assert answer.status_code == 302
    counted = [await count(clients[0], link) for link in links]
    assert sum(counted) == 48
    assert counted == [16, 16, 16]
    # Who came by which link does what: attributed to exactly that one.
    wanted = [5, 3, 0]
    async with tenant.transaction() as db:
        for link, number in zip(links, wanted, strict=True):
            for _ in range(number):
                by = await guest(tenant, f"{link['code'].lower()}{number}{_}")
                for _ in range(2):
                    await credit(db, tenant.id, link["code"], Conversion.RSVP, tenant.id, by)
    sharers = (await clients[0].get("/sharers")).json()
    found = {one["member_id"]: one for one in sharers}
    for link, number in zip(links, wanted, strict=True):
        one = found[link["owner_id"]]
        assert (one["links_count"], one["visits_count"]) == (1, 16)
        assert one["conversions"] == ({"rsvp": number} if number else {})
        rows = (await clients[0].get(f"/sharers/{link['owner_id']}/conversions")).json()
        own = (await clients[0].get(f"/share-links/{link['id']}/conversions")).json()
        assert len(rows) == number
        assert rows == own
        days = (await clients[0].get(f"/share-links/{link['id']}/visits")).json()
        assert sum(day["visits_count"] for day in days) == 16


async def test_a_link_leads_to_the_page_and_says_by_which_way(world, tenant):
    link = await shared(tenant, await tenant.volunteer())
    assert link["url"].endswith(f"/r/{link['code']}")
    for path in (f"/r/{link['code']}", f"/o/{tenant.slug}/r/{link['code']}"):
        answer = await visit(world, path)
        assert answer.status_code == 302
        assert answer.headers["cache-control"] == "no-store"
        where = answer.headers["location"]
        assert where == f"/o/{tenant.slug}/commitments/lamps-in-north-street?via={link['code']}"
        assert (await visit(world, where)).status_code == 200
    stored = "select count(*) from share_visit"
    async with tenant.transaction() as db:
        assert await db.fetchval(stored) == 1


async def test_a_place_asked_for_by_way_of_a_link_is_its_sharers(world, tenant):
    organizer, volunteer = await tenant.organizer(), await tenant.volunteer()
    event_id, _ = await make_public_event(tenant)
    link = await post(volunteer, "/share-links", kind="event", item_id=event_id)
    where = (await visit(world, f"/r/{link['code']}")).headers["location"]
    page = await visit(world, where)
    assert f'name="via" value="{link["code"]}"' in page.text
    typed = {"name": "Canaria Feathers", "email": "canary@example.org", "seats": "2"}
    typed["via"] = link["code"]
    async with world.anonymous() as anyone:
        for _ in range(2):
            await anyone.post(f"{where.partition('?')[0]}/rsvp", data=typed)
    (sharer,) = (await organizer.get("/sharers")).json()
    assert sharer["member_id"] == link["owner_id"]
    assert sharer["conversions"] == {"rsvp": 1}


async def test_looking_at_the_head_or_fetching_ahead_is_no_visit(world, tenant):
    organizer = await tenant.organizer()
    link = await shared(tenant, organizer)
    path = f"/r/{link['code']}"
    assert (await visit(world, path, method="HEAD")).status_code == 302
    for name in ("sec-purpose", "purpose", "x-moz"):
        await visit(world, path, **{name: "prefetch;prerender"})
    assert await count(organizer, link) == 0


async def test_what_leads_nowhere_says_so_in_plain_words(world, tenant, stranger):
    organizer = await tenant.organizer()
    link = await shared(tenant, organizer)
    for path in (
        "/r/1111111111", "/r/x", "/r/%00", f"/r/{link['code'].swapcase()}",
        f"/o/{stranger.slug}/r/{link['code']}",
    ):  # fmt: skip
        answer = await visit(world, path)
        assert answer.status_code == 404, path
        assert "leads nowhere" in answer.text
    assert await count(organizer, link) == 0


async def test_every_kind_of_page_has_a_link_and_a_picture(world, tenant):
    organizer = await tenant.organizer()
    event_id, _ = await make_public_event(tenant, title="Open day")
    chosen = await post(organizer, "/public-decisions", **decision())
    vote = await opened(tenant)
    commitment_id = await published(tenant)
    pictures = set()
    for kind, item_id, place in (
        ("event", event_id, "events/open-day"),
        ("decision", chosen["id"], f"decisions/{chosen['slug']}"),
        ("budget", vote.round["id"], f"budget/{vote.round['slug']}"),
        ("commitment", commitment_id, "commitments/lamps-in-north-street"),
    ):
        link = await post(organizer, "/share-links", kind=kind, item_id=item_id)
        opened_at = await visit(world, f"/r/{link['code']}")
        assert opened_at.headers["location"].startswith(f"/o/{tenant.slug}/{place}?")
        kit = (await organizer.get(f"/share-links/{link['id']}/kit")).json()
        for text in (kit["short"], kit["long"]):
            assert link["url"] in text
        assert len(kit["short"]) <= 280
        assert link["title"] in kit["picture_text"]
        path = kit["picture_url"].partition("/o/")[2]
        drawn = await world.anonymous().get(f"/o/{path}")
        assert drawn.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(drawn.content)).size == (1200, 630)
        pictures.add(drawn.content)
        page = await world.anonymous().get(f"/o/{tenant.slug}/{place}")
        assert f'<meta property="og:image" content="{kit["picture_url"]}">' in page.text
    assert len(pictures) == 4


async def test_a_picture_is_kept_by_caches_until_it_changes(world, tenant):
    commitment_id = await published(tenant)
    path = f"/o/{tenant.slug}/share/commitment/lamps-in-north-street.png"
    anyone = world.anonymous()
    first = await anyone.get(path)
    known = {"if-none-match": first.headers["etag"]}
    again = await anyone.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    await update(tenant, commitment_id, "stalled")
    changed = await anyone.get(path, headers=known)
    assert changed.status_code == 200
    assert changed.content != first.content


async def test_what_is_not_public_has_neither_link_nor_picture(world, tenant, stranger):
    organizer = await tenant.organizer()
    unseen = await draft(tenant)
    wanted = {"kind": "budget", "item_id": unseen.round["id"]}
    await post(organizer, "/share-links", 404, **wanted)
    path = f"/o/{tenant.slug}/share/budget/{unseen.round['slug']}.png"
    assert (await world.anonymous().get(path)).status_code == 404
    theirs = await published(stranger)
    await post(organizer, "/share-links", 404, kind="commitment", item_id=theirs)


@pytest.mark.parametrize("file", ["x.png", "x", "x.jpg", "%00.png", "..png"])
@pytest.mark.parametrize("kind", ["commitment", "nonsense"])
async def test_there_is_no_picture_of_what_is_not_there(world, tenant, kind, file):
    answer = await world.anonymous().get(f"/o/{tenant.slug}/share/{kind}/{file}")
    assert answer.status_code == 404


async def test_the_pages_tell_previews_what_they_show(tenant):
    await published(tenant, 'Lamps "and" <lanterns>')
    page = await public(tenant, "commitments/lamps-and-lanterns")
    assert (
        '<meta property="og:title" content="Lamps &quot;and&quot; &lt;lanterns&gt;">' in page.text
    )
    assert '<meta name="twitter:card" content="summary_large_image">' in page.text
