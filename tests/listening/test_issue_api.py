"""Issues from a public form, told to guests; published cases as pages and as Open311."""

import asyncio
import datetime as dt
import json
import re
import xml.etree.ElementTree as ET

import pytest
from follow_up.following import case_of, figure, make_topic, move, raised, resolve, tell
from listening.listening_field import Browser, ok, shown
from makers import make_street

from doorstep.follow_up import sending
from doorstep.kit.ids import new_id
from doorstep.kit.public_pages import MOST_BYTES
from doorstep.letters.model import Letter, LetterKind, Recipient

EVIL = '<script>alert("x")</script>&=cmd'
WHO = {"name": "Canaria", "email": "canary@example.org", "follow_up": "yes"}


@pytest.fixture
async def topic_id(tenant):
    await tenant.organizer()
    return await make_topic(tenant)


async def told_us(tenant, topic_id, text="The lamp is broken", query="", status=200, **more):
    browser = Browser(tenant)
    page = await browser.open(f"/o/{tenant.slug}/issues/new{query}")
    typed = {"topic": topic_id, "text": text, **more}
    return await browser.send(page, status, **typed), browser, page


async def cases(tenant):
    return await ok(await (await tenant.organizer()).get("/cases"), 200)


async def confirm(tenant):
    """The guest opens the letter that asks them."""
    async with tenant.transaction() as db:
        await db.execute(
            """
            update guest_consent
               set confirmed_at = now(), expires_at = now() + interval '1 year'
            """
        )


async def test_anybody_raises_an_issue_that_has_owner_and_day(tenant, topic_id):
    query = "?lat=60.2001&lon=24.9001"
    done, _, _ = await told_us(tenant, topic_id, query=query, place="North Street", **WHO)
    assert "somebody looks into it" in done.text
    (case,) = await cases(tenant)
    assert case["owner_id"]
    assert case["due_on"]
    (issue,) = (await case_of(tenant, case["id"]))["issues"]
    assert (issue["source"], issue["place"], issue["place_lat"]) == ("web", "North Street", 60.2001)
    assert issue["guest_name"] == "Canaria"
    assert issue["recorded_by"] is issue["recorded_by_name"] is None
    async with tenant.transaction() as db:
        kinds = await db.fetch("select kind, purpose from letter")
    assert [tuple(one) for one in kinds] == [("issue_received", None)]


async def test_without_a_name_it_is_taken_and_nobody_is_to_be_told(tenant, topic_id):
    await told_us(tenant, topic_id)
    (case,) = await cases(tenant)
    assert case["raisers_count"] == 0


async def test_the_same_form_sent_twice_is_one_issue(tenant, topic_id):
    _, browser, page = await told_us(tenant, topic_id, **WHO)
    await browser.send(page, topic=topic_id, text="The lamp is broken", **WHO)
    assert len(await cases(tenant)) == 1


async def test_what_is_wrong_is_said_beside_what_was_typed(tenant, topic_id):
    away = str(new_id())
    wrong, browser, page = await told_us(
        tenant, away, text=EVIL, status=422, place="x" * 201, email="nobody"
    )
    for said in ("Choose what it is about", "It has 201 of 200", "no e-mail", "your name as well"):
        assert said in wrong.text
    assert "<script" not in wrong.text
    assert "Say in a few words" in (await browser.send(page, 422, topic=topic_id)).text
    long = await browser.send(page, 422, topic=topic_id, text="y" * 4001)
    assert "It has 4001 of 4000" in long.text
    for state in ("", "x", page.hidden()["state"][:-4] + "AAAA"):
        forged = await browser.send(page, 422, state=state, topic=topic_id, text="Hello")
        assert "changed on its way" in forged.text
    await browser.send(page, topic=topic_id, text="Buy", website="spam.example")
    assert await cases(tenant) == []


async def told_letter(tenant):
    """The words of the letter that tells how it ended."""
    renderers = sending.letters_of(tenant.world.keyring, "https://doorstep.test")
    async with tenant.transaction() as db:
        one = await db.fetchrow("select * from letter where kind = 'issue_told'")
        letter = Letter(
            id=one["id"],
            organization_id=tenant.id,
            kind=LetterKind.ISSUE_TOLD,
            about=one["about"],
            recipient=Recipient(guest_id=one["guest_id"]),
            language=None,
            facts={},
        )
        return await renderers[letter.kind](db, letter)


async def test_a_guest_who_agreed_is_told_by_letter_and_may_object(tenant, topic_id):
    await told_us(tenant, topic_id, **WHO)
    await confirm(tenant)
    (case,) = await cases(tenant)
    caseworker = await tenant.client("caseworker")
    await resolve(caseworker, case["id"])
    assert await figure(tenant) == (0, 1, 0)
    assert await tell(tenant, dry_run=True) == (1, 0, 0, 0)
    assert await tell(tenant) == (1, 0, 0, 0)
    assert await tell(tenant) == (0, 0, 0, 0)
    assert await figure(tenant) == (0, 1, 0), "queued is not told"
    text = await told_letter(tenant)
    assert "The lamp is broken" in " ".join(text.paragraphs)
    assert "There is a new lamp." in text.paragraphs
    path = text.links[0].url.removeprefix("https://doorstep.test")
    anyone = tenant.world.anonymous()
    assert "What became of it" in shown(await anyone.get(path)).text
    said = {"verdict": "not_solved", "text": "It is dark again"}
    assert (await anyone.post(path, data=said)).status_code == 200
    again = await case_of(tenant, case["id"])
    assert again["status"] == "reopened"
    assert again["changes"][-1]["guest_id"]
    await ok(await caseworker.post(f"/cases/{case['id']}/owner",
                                   json={"owner_id": again["owner_id"]}))  # fmt: skip
    await resolve(caseworker, case["id"], reason="A better lamp.")
    assert await tell(tenant) == (1, 0, 0, 0), "of another end by another letter"
    async with tenant.transaction() as db:
        await db.execute("update letter set state = 'delivered', ended_at = now()")
    assert await tell(tenant) == (0, 0, 0, 1)
    assert await figure(tenant) == (1, 1, 1)


async def test_a_guest_who_did_not_confirm_is_left_alone_and_that_is_noted(tenant, topic_id):
    await told_us(tenant, topic_id, **WHO)
    (case,) = await cases(tenant)
    await resolve(await tenant.client("caseworker"), case["id"])
    assert await tell(tenant) == (0, 0, 1, 1)
    assert await figure(tenant) == (1, 1, 1)


async def publish(tenant, case_id, status=201, **body):
    body = {"summary": "A lamp is broken at the school"} | body
    answer = await (await tenant.organizer()).post(f"/cases/{case_id}/publication", json=body)
    return await ok(answer, status)


async def at_a_door(tenant, topic_id):
    street = await make_street(tenant, houses=1)
    volunteer = await tenant.volunteer()
    return await raised(volunteer, topic_id, street.door_ids[0], street.person_ids[0])


async def test_a_published_case_shows_its_own_words_and_never_who_raised_it(tenant, topic_id):
    case_id, other = await at_a_door(tenant, topic_id), await at_a_door(tenant, topic_id)
    told = await publish(tenant, case_id, 422, summary="Write to canary@example.org")
    assert "e-mail address of somebody" in told["detail"]
    assert (await publish(tenant, case_id, 422, lon=1))["errors"][0]["field"] == "lat"
    made = await publish(tenant, case_id, place=EVIL, lon=24.90049, lat=60.20051)
    assert (made["lon"], made["lat"]) == (24.9, 60.201)
    await move(await tenant.client("caseworker"), case_id, "in_progress", reason="Feathers called")
    anyone = tenant.world.anonymous()
    listed = shown(await anyone.get(f"/o/{tenant.slug}/issues"))
    page = shown(await anyone.get(f"/o/{tenant.slug}/issues/{made['slug']}"))
    for text in (listed.text, page.text):
        assert "A lamp is broken at the school" in text
        assert not re.search("Feathers|Canaria|<script|The lamp is broken<", text)
    assert "Being worked on" in page.text
    for nobody in (case_id, other, "x", "%00", "a" * 300):
        assert (await anyone.get(f"/o/{tenant.slug}/issues/{nobody}")).status_code == 404
    refused = await move(
        await tenant.client("caseworker"), case_id, "resolved", 422,
        outcome="fixed", reason="Told canary@example.org",
    )  # fmt: skip
    assert "e-mail address of somebody" in refused["detail"]
    again = await publish(tenant, case_id, summary="Mended words")
    assert again["slug"] == made["slug"]
    organizer = await tenant.organizer()
    assert (await organizer.delete(f"/cases/{case_id}/publication")).status_code == 204
    assert (await organizer.delete(f"/cases/{case_id}/publication")).status_code == 404
    assert (await anyone.get(f"/o/{tenant.slug}/issues/{made['slug']}")).status_code == 404


class Feed:
    def __init__(self, tenant):
        self.base = f"/o/{tenant.slug}/open311/v2"
        self.client = tenant.world.anonymous()

    async def json(self, path, code=200, **query):
        answer = await self.client.get(f"{self.base}/{path}.json", params=query)
        assert answer.status_code == code, answer.text
        assert answer.headers["content-type"].startswith("application/json")
        return answer.json()

    async def xml(self, path, code=200, **query):
        answer = await self.client.get(f"{self.base}/{path}.xml", params=query)
        assert answer.status_code == code, answer.text
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        return ET.fromstring(answer.content)  # noqa: S314 - our own


REQUEST = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime",
    "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip


async def test_open311_has_published_cases_alone_in_both_forms(tenant, topic_id):
    case_id, _ = await at_a_door(tenant, topic_id), await at_a_door(tenant, topic_id)
    slug = (await publish(tenant, case_id, lon=24.9, lat=60.2, place="School & <yard>"))["slug"]
    feed = Feed(tenant)
    (service,) = await feed.json("services")
    assert (service["service_code"], service["service_name"]) == (topic_id, "Street lights")
    assert (await feed.xml("services")).find("service/service_code").text == topic_id
    definition = await feed.xml(f"services/{topic_id}")
    assert (definition.tag, definition.find("service_code").text) == (
        "service_definition",
        topic_id,
    )
    (found,) = await feed.json("requests")
    assert found.keys() == REQUEST
    due = (await case_of(tenant, case_id))["due_on"]
    assert found["service_request_id"] == slug
    assert found["expected_datetime"] == f"{due}T00:00:00Z"
    assert (found["status"], found["status_notes"], found["lat"]) == ("open", None, 60.2)
    root = await feed.xml("requests")
    assert root.tag == "service_requests"
    assert {one.tag for one in root.find("request")} == REQUEST
    assert root.find("request/address").text == "School & <yard>"
    assert await feed.json(f"requests/{slug}") == [found]
    await resolve(await tenant.client("caseworker"), case_id)
    (closed,) = await feed.json("requests", status="closed")
    assert (closed["status"], closed["status_notes"]) == ("closed", "There is a new lamp.")
    assert await feed.json("requests", status="open") == []
    updates = await feed.json("servicerequestupdates")
    assert [one["status"] for one in updates] == ["INVESTIGATING", "FIXED"]
    assert updates[-1]["description"] == "There is a new lamp."
    assert len((await feed.xml("servicerequestupdates")).findall("request_update")) == 2
    told = json.dumps([found, closed, updates])
    assert not re.search("Canaria|Feathers|Canary Lane|example.org", told)
    discovery = await feed.json("discovery")
    assert discovery["endpoints"][0]["url"].endswith(feed.base)
    assert (await feed.xml("discovery")).find(
        "endpoints/endpoint/formats/format"
    ).text == "text/xml"


async def test_open311_takes_the_filters_of_the_specification(tenant, topic_id):
    slugs = [(await publish(tenant, await at_a_door(tenant, topic_id)))["slug"] for _ in range(3)]
    async with tenant.transaction() as db:
        await db.execute(
            """
            update issue_case
               set created_at = now() - interval '100 days'
             where id = (select case_id from case_publication where slug = $1)
            """,
            slugs[0],
        )
    feed = Feed(tenant)

    async def ids(**query):
        return {one["service_request_id"] for one in await feed.json("requests", **query)}

    assert await ids() == set(slugs[1:]), "the last 90 days"
    assert await ids(service_request_id=",".join(slugs[:2])) == set(slugs[:2])
    assert await ids(service_code=topic_id) == set(slugs[1:])
    assert await ids(service_code=f"x,{new_id()}") == set()
    then = dt.datetime.now(dt.UTC) - dt.timedelta(days=101)
    assert await ids(start_date=then.isoformat()) == {slugs[0]}, "90 days from then"
    assert await ids(end_date=(then + dt.timedelta(days=2)).isoformat()) == {slugs[0]}
    for query in ({"start_date": "yesterday"}, {"status": "new"}, {"end_date": "0001-01-01"}):
        (wrong,) = await feed.json("requests", 400, **query)
        assert wrong["code"] == 400
        assert (await feed.xml("requests", 400, **query)).find("error/code").text == "400"
    for path in ("nothing", "requests/x", f"services/{new_id()}", "requests/%00"):
        assert (await feed.json(path, 404))[0]["code"] == 404
    assert (await feed.client.get(f"{feed.base}/requests.csv")).status_code == 404
    assert (await feed.client.get("/o/nobody/open311/v2/requests.json")).status_code == 404


async def test_a_client_of_open311_reads_the_same_in_both_forms(tenant, topic_id, monkeypatch):
    georeport = pytest.importorskip("georeport")
    case_id = await at_a_door(tenant, topic_id)
    slug = (await publish(tenant, case_id))["slug"]
    feed, loop = Feed(tenant), asyncio.get_running_loop()

    def get(url, params):
        asked = feed.client.get(url, params=params)
        return asyncio.run_coroutine_threadsafe(asked, loop).result(30)

    monkeypatch.setattr(georeport.georeport.requests, "get", get)
    for form in ("json", "xml"):
        client = georeport.GeoReport(feed.base, output_format=form)
        services = await asyncio.to_thread(client.get_service_list)
        one = services[0] if form == "json" else services
        assert one["service_code"] == topic_id
        found = await asyncio.to_thread(client.get_service_request, slug)
        one = found[0] if isinstance(found, list) else found
        assert (one["service_request_id"], one["status"]) == (slug, "open")


async def test_many_published_cases_are_listed_on_small_pages(tenant, topic_id):
    for _ in range(3):
        case_id = await at_a_door(tenant, topic_id)
        await publish(tenant, case_id, summary="ä" * 4000)
    anyone = tenant.world.anonymous()
    first = await anyone.get(f"/o/{tenant.slug}/issues")
    assert len(first.content) < MOST_BYTES
    (found, *_) = await Feed(tenant).json("requests")
    slug = found["service_request_id"]
    assert shown(await anyone.get(f"/o/{tenant.slug}/issues/{slug}")).status == 200
