"""Voting on statements: one by one, without account or cookie, and counted with care."""

import csv
import io

from listening.listening_field import Browser, ok, shown
from makers import make_tenant

from doorstep.kit.ids import new_id

EVIL = "<script>alert(1)</script> =cmd"


async def opened(tenant, statements=("More trees", "More lamps", EVIL), **more):
    body = {"question": "What does the square need?", "statements": list(statements), **more}
    organizer = await tenant.organizer()
    made = await ok(await organizer.post("/statement-topics", json=body))
    return made, f"/o/{tenant.slug}/statements/{made['slug']}"


def ballot(page):
    """The statement that a page asks about."""
    return page.hidden()["number"]


async def vote(browser, page, said):
    return await browser.send(page, vote=said)


async def statements(tenant, topic):
    organizer = await tenant.organizer()
    return await ok(await organizer.get(f"/statement-topics/{topic['id']}/statements"), 200)


async def test_a_visitor_votes_on_each_statement_once_in_an_order_of_their_own(tenant):
    topic, path = await opened(tenant, [f"Statement {n}" for n in range(5)])
    orders = set()
    for _ in range(6):
        browser = Browser(tenant)
        page, seen = await browser.open(path), []
        while "number" in page.hidden():
            seen.append(ballot(page))
            page = await vote(browser, page, "agree")
        assert sorted(seen) == ["1", "2", "3", "4", "5"]
        assert "You have voted on everything" in page.text
        orders.add(tuple(seen))
    assert len(orders) > 1
    assert {one["agree_count"] for one in await statements(tenant, topic)} == {6}


async def test_the_last_vote_of_a_visitor_counts(tenant):
    topic, path = await opened(tenant, ["More trees"])
    browser = Browser(tenant)
    page = await browser.open(path)
    for said in ("agree", "pass", "disagree", "disagree"):
        await vote(browser, page, said)
    (one,) = await statements(tenant, topic)
    assert (one["agree_count"], one["disagree_count"], one["pass_count"]) == (0, 1, 0)


async def test_counts_under_five_are_said_as_that_in_every_form(tenant):
    topic, path = await opened(tenant, ["More trees"])
    for _ in range(5):
        browser = Browser(tenant)
        await vote(browser, await browser.open(path), "agree")
    browser = Browser(tenant)
    page = await vote(browser, await browser.open(path), "disagree")
    assert "Agree 5, disagree &lt;5, pass &lt;5" in page.text
    (one,) = (await ok(await browser.client.get(f"{path}.json"), 200))["statements"]
    assert one == {
        "number": 1, "text": "More trees", "agree": "5", "disagree": "<5", "passed": "<5",
    }  # fmt: skip
    table = await browser.client.get(f"{path}.csv")
    assert table.headers["content-type"].startswith("text/csv")
    (line,) = csv.DictReader(io.StringIO(table.text))
    assert (line["agree"], line["disagree"], line["pass"]) == ("5", "<5", "<5")
    (listed,) = await ok(await (await tenant.organizer()).get("/statement-topics"), 200)
    assert listed["id"] == topic["id"]
    assert listed["visitors_count"] == 6


async def test_what_a_visitor_writes_shows_once_an_organizer_has_looked(tenant):
    topic, path = await opened(tenant, [])
    browser = Browser(tenant)
    page = await browser.open(path)
    visitor = page.hidden()["visitor"]
    sent = await browser.client.post(f"{path}/proposals", data={"visitor": visitor, "text": EVIL})
    assert "once somebody has looked" in shown(sent).text
    assert "script&gt;" not in (await browser.open(path)).text
    (one,) = await statements(tenant, topic)
    assert (one["status"], one["by_visitor"]) == ("proposed", True)
    organizer = await tenant.organizer()
    decision = f"/statement-topics/{topic['id']}/statements/1/decision"
    await ok(await organizer.post(decision, json={"status": "shown"}))
    page = await browser.open(path)
    assert "&lt;script&gt;" in page.text
    await vote(browser, page, "agree")
    await ok(await organizer.post(decision, json={"status": "refused"}))
    assert "You have voted on everything" in (await browser.open(path)).text
    for text in ("", "x" * 301):
        data = {"visitor": visitor, "text": text}
        wrong = shown(await browser.client.post(f"{path}/proposals", data=data))
        assert wrong.status == 422
        assert "at most 300 letters" in wrong.text
    data = {"visitor": visitor, "text": "Buy", "website": "spam.example"}
    await browser.client.post(f"{path}/proposals", data=data)
    assert len(await statements(tenant, topic)) == 1


async def test_a_forged_visitor_has_no_vote(world, tenant):
    topic, path = await opened(tenant, ["More trees"])
    _, other = await opened(tenant, ["Fewer trees"])
    stranger = await make_tenant(world)
    _, away = await opened(stranger, ["Trees"])
    browser = Browser(tenant)
    page = await browser.open(path)
    tokens = [(await browser.open(one)).hidden()["visitor"] for one in (other, away)]
    tokens += ["", "x", str(new_id()), page.hidden()["visitor"][:-3] + "AAA"]
    for token in tokens:
        answer = await browser.send(page, 422, visitor=token, vote="agree")
        assert "That did not work" in answer.text
    for typed in ({"vote": "maybe"}, {"vote": "agree", "number": "9" * 30}, {}):
        await browser.send(page, 422, **typed)
    await browser.send(page, vote="agree", number="77")
    (one,) = await statements(tenant, topic)
    assert one["agree_count"] == 0


async def test_after_its_end_only_the_votes_are_shown(tenant):
    topic, path = await opened(tenant, ["More trees"])
    browser = Browser(tenant)
    page = await browser.open(path)
    organizer = await tenant.organizer()
    refused = await organizer.patch(
        f"/statement-topics/{topic['id']}", json={"closes_at": "2020-01-01T00:00:00Z"}
    )
    assert refused.status_code == 422, "it would end before it began"
    async with tenant.transaction() as db:
        await db.execute(
            """
            update statement_topic
               set opens_at = now() - interval '2 days', closes_at = now() - interval '1 day'
            """
        )
    assert "is not open" in (await browser.send(page, 409, vote="agree")).text
    ended = await browser.open(path)
    assert "Voting has ended" in ended.text
    assert "form" not in {tag for tag, _ in ended.tags}
    assert (await browser.client.get(f"{path}x")).status_code == 404


async def test_words_that_name_somebody_on_the_lists_are_refused(tenant):
    from makers import make_street  # noqa: PLC0415

    await make_street(tenant, houses=1)
    topic, _ = await opened(tenant, ["More trees"])
    organizer = await tenant.organizer()
    path = f"/statement-topics/{topic['id']}/statements"
    answer = await organizer.post(path, json={"text": "Write to canary@example.org"})
    assert answer.status_code == 422
    assert "e-mail address of somebody" in answer.text
