"""What everybody sees of events: pages, files, what search engines and previews read."""

import datetime as dt
import json
import re
from collections import Counter
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import html5lib
import icalendar
import pytest
import vobject
from calendars_in_node import starts_in_node
from canaries import found_in
from node_packages import installed, node
from outreach.coming import (
    all_at_once,
    book,
    letters,
    make_event,
    make_office_hours,
    make_place,
    make_public_event,
    on_list,
    page_of,
    post,
    press,
    rsvp,
    states,
    ticket_of,
    visitor,
)

from doorstep.kit.public_pages import MOST_BYTES

ATOM = "{http://www.w3.org/2005/Atom}"
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)> & \"quoted\" 'too'"
FILES = (".json", ".atom", ".ics")


class Head(HTMLParser):
    """Meta tags and data of a page."""

    def __init__(self, page):
        super().__init__()
        self.meta, self.data, self._inside = {}, [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "meta" and "content" in told:
            self.meta[told.get("property") or told.get("name")] = told["content"]
        self._inside = tag == "script" and told.get("type") == "application/ld+json"
        assert tag != "script" or self._inside

    def handle_data(self, data):
        if self._inside:
            self.data.append(data)

    def handle_endtag(self, tag):
        self._inside = False


async def get(tenant, path=""):
    return await visitor(tenant).get(f"/o/{tenant.slug}/events{path}")


async def test_twelve_of_twelve_things_that_previews_and_search_engines_look_for(tenant):
    place_id = await make_place(tenant, "Town hall", address="Canary Lane 1")
    event_id, slug = await make_public_event(
        tenant, title="Lamps for all", summary="Come and talk.", topic="Lamps", capacity=40,
        place_id=place_id,
    )  # fmt: skip
    page = (await get(tenant, f"/{slug}")).text
    head = Head(page)
    (text,) = head.data
    event = json.loads(text)
    when = (await (await tenant.volunteer()).get(f"/events/{event_id}/public")).json()
    checks = {
        "context": event["@context"] == "https://schema.org",
        "type": event["@type"] == "Event",
        "name": event["name"] == "Lamps for all",
        "start": dt.datetime.fromisoformat(event["startDate"])
        == dt.datetime.fromisoformat(when["starts_at"]),
        "place": event["location"]["name"] == "Town hall"
        and event["location"]["address"] == "Canary Lane 1",
        "status": event["eventStatus"] == "https://schema.org/EventScheduled",
        "offers of room": event["remainingAttendeeCapacity"] == 40,
        "og:title": head.meta["og:title"] == "Lamps for all",
        "og:type": head.meta["og:type"] == "website",
        "og:image": head.meta["og:image"].endswith(f"/o/{tenant.slug}/share/event/{slug}.png"),
        "og:url": head.meta["og:url"].endswith(f"/o/{tenant.slug}/events/{slug}"),
        "twitter:card": head.meta["twitter:card"] == "summary_large_image",
    }
    assert Counter(checks.values()) == {True: 12}, checks


VALIDATE = """
const { structuredDataTest } = require("structured-data-testing-tool");
const { Facebook, Twitter } = require("structured-data-testing-tool/presets");
const html = require("node:fs").readFileSync(0, "utf8");
const told = done => console.log(JSON.stringify([
  done.passed.map(one => one.test), done.failed.map(one => one.test),
]));
structuredDataTest(html, { presets: [Facebook, Twitter], schemas: ["Event"] })
  .then(told, error => told(error.res));
"""


async def test_a_validator_that_knows_nothing_of_us_finds_all_it_looks_for(tenant):
    folder = installed("structured-data", {"structured-data-testing-tool": "4.5.0"})
    (folder / "validate.cjs").write_text(VALIDATE)
    _, slug = await make_public_event(tenant, title="Lamps for all", summary="Come and talk.")
    page = (await get(tenant, f"/{slug}")).text
    done = node(folder, "node", "validate.cjs", input=page)
    assert done.returncode == 0, done.stderr
    passed, failed = json.loads(done.stdout)
    assert failed == []
    assert len(passed) >= 12
    broken = page.replace('"@type": "Event"', '"@type": "Evnet"').replace(
        '"@type":"Event"', '"@type":"Evnet"'
    )
    _, failed = json.loads(node(folder, "node", "validate.cjs", input=broken).stdout)
    assert failed != []


async def test_the_page_of_a_cancelled_event_stays_and_says_so(tenant):
    event_id, slug = await make_public_event(tenant)
    reason = {"reason": "Storm"}
    await (await tenant.coordinator()).post(f"/events/{event_id}/cancellation", json=reason)
    answer = await get(tenant, f"/{slug}")
    assert "Storm" in answer.text
    (text,) = Head(answer.text).data
    assert json.loads(text)["eventStatus"] == "https://schema.org/EventCancelled"
    assert (await get(tenant, f"/{slug}.json")).json()["status"] == "cancelled"
    assert "STATUS:CANCELLED" in (await get(tenant, ".ics")).text
    assert "Cancelled: Town hall" in (await get(tenant, ".atom")).text


async def test_what_is_not_public_is_as_good_as_not_there(tenant, stranger):
    await make_event(tenant, title="Private")
    await make_event(tenant, title="Draft", public=True, publish=False)
    _, theirs = await make_public_event(stranger, title="Theirs")
    unknown = await get(tenant, "/nothing")
    for slug in ("private", "draft", theirs, "private.json", "draft.ics", "é", "nothing.exe"):
        answer = await get(tenant, f"/{slug}")
        assert (answer.status_code, answer.text) == (404, unknown.text), slug
        assert (await rsvp(tenant, slug)).status_code == 404
    for name in ("", *FILES):
        assert not re.search("Private|Draft|Theirs", (await get(tenant, name)).text)
        assert (await visitor(tenant).get(f"/o/nobody/events{name}")).status_code == 404


async def test_nothing_that_is_typed_becomes_markup(tenant):
    place_id = await make_place(tenant, EVIL[:100])
    event_id, slug = await make_public_event(
        tenant, title=EVIL, summary=EVIL * 20, topic=EVIL, agenda=EVIL, place_id=place_id,
    )  # fmt: skip
    pages = [await get(tenant), await get(tenant, f"/{slug}"), await rsvp(tenant, slug, name=EVIL),
             await rsvp(tenant, slug, name=EVIL, email=EVIL, via=EVIL)]  # fmt: skip
    ticket = await ticket_of(tenant)
    pages += [await visitor(tenant).get(ticket), await press(tenant, ticket, "confirm")]
    for page in pages:
        assert "<script>" not in page.text
        assert "<img" not in page.text
        parsed = html5lib.HTMLParser(strict=False)
        parsed.parse(page.text)
        assert not parsed.errors, parsed.errors[:3]
        assert len(page.content) < MOST_BYTES
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "script-src" not in policy
    (text,) = Head(pages[1].text).data
    assert json.loads(text)["name"] == EVIL
    assert (await get(tenant, ".json")).json()["events"][0]["title"] == EVIL
    entry = ET.fromstring((await get(tenant, ".atom")).content).find(f"{ATOM}entry")  # noqa: S314
    assert entry.find(f"{ATOM}title").text == EVIL
    assert icalendar.Calendar.from_ical((await get(tenant, ".ics")).content).walk("VEVENT")
    assert event_id


async def test_page_json_calendar_and_feed_agree_and_name_nobody(tenant):
    slugs = []
    for number in range(4):
        _, slug = await make_public_event(tenant, title=f"Event {number}",
                                          starts_in_h=24 * (number + 1), capacity=2)  # fmt: skip
        slugs.append(slug)
        await rsvp(tenant, slug, 1, name="Canaria Feathers", email="canary@example.org")
    answers = [await get(tenant, name) for name in ("", *FILES)]
    page, told, atom, calendar = answers
    assert re.findall(r'<h2><a href="[^"]*/([a-z0-9-]+)">', page.text) == slugs
    assert [(one["slug"], one["places_left"]) for one in told.json()["events"]] == [
        (slug, 1) for slug in slugs
    ]
    links = [one.find(f"{ATOM}id").text for one in ET.fromstring(atom.content).iter(f"{ATOM}entry")]  # noqa: S314
    assert {link.rsplit("/", 1)[1] for link in links} == set(slugs)
    assert len(icalendar.Calendar.from_ical(calendar.content).walk("VEVENT")) == 4
    for answer in [*answers, *[await get(tenant, f"/{slug}") for slug in slugs]]:
        assert found_in(answer.text) == []
        assert "public, max-age" in answer.headers["cache-control"]
        assert "set-cookie" not in answer.headers
    tag = {"if-none-match": page.headers["etag"]}
    again = await visitor(tenant).get(f"/o/{tenant.slug}/events", headers=tag)
    assert (again.status_code, again.content) == (304, b"")


async def test_four_calendar_programs_see_the_same_start_across_a_clock_change(tenant):
    event_id, slug = await make_public_event(tenant, starts_in_h=24 * 200)
    about = (await (await tenant.coordinator()).get(f"/events/{event_id}/public")).json()
    starts = int(dt.datetime.fromisoformat(about["starts_at"]).timestamp())
    body = (await get(tenant, f"/{slug}.ics")).content
    (one,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    (other,) = vobject.readOne(body.decode()).contents["vevent"]
    assert int(one["dtstart"].dt.timestamp()) == starts
    assert int(other.dtstart.value.timestamp()) == starts
    found = starts_in_node(body)
    assert found == {"ical.js": {event_id: starts}, "node-ical": {event_id: starts}}


async def test_a_long_page_goes_on_and_none_is_too_long(tenant):
    _, slug = await make_public_event(tenant, summary='"&<' * 1600, agenda='"&<' * 900)
    start, seen = 0, 0
    while start is not None:
        page = (await get(tenant, f"/{slug}?start={start}")).text
        assert len(page.encode()) < MOST_BYTES
        seen += page.count("&quot;&amp;&lt;")
        later = re.search(r'\?start=(\d+)" rel="next"', page)
        start = int(later[1]) if later else None
    assert seen >= 2500


async def test_fifty_at_once_for_ten_appointments_and_exactly_ten_have_one(tenant):
    event_id, slug, slots = await make_office_hours(tenant, slots=10)
    answers = await all_at_once(lambda number: book(tenant, slug, slots[number % 10], number), 50)
    assert Counter(one.status_code for one in answers) == {200: 10, 409: 40}
    found = await on_list(tenant, event_id)
    assert sorted(one["slot_id"] for one in found) == sorted(slots)
    assert len(await letters(tenant, "slot_booked")) == 10
    listed = (await (await tenant.coordinator()).get(f"/events/{event_id}/slots")).json()
    assert {one["free"] for one in listed} == {False}
    assert "no other is left" in (await book(tenant, slug, slots[0], 99)).text


async def test_a_taken_appointment_names_those_that_are_free_and_a_cancelled_one_is_free(tenant):
    event_id, slug, slots = await make_office_hours(tenant, slots=2)
    assert (await book(tenant, slug, slots[0], 1)).status_code == 200
    refused = await book(tenant, slug, slots[0], 2)
    assert refused.status_code == 409
    assert re.search(r"Still free: .* with Councillor", refused.text)
    form = page_of(tenant, slug, f"/slots/{slots[0]}/booking")
    assert "This time is taken" in (await visitor(tenant).get(form)).text
    await press(tenant, await ticket_of(tenant, 1), "cancel")
    assert '<input id="email"' in (await visitor(tenant).get(form)).text
    assert (await book(tenant, slug, slots[0], 2)).status_code == 200
    # One appointment each: whoever has one is told of that one again, and nobody else learns it.
    assert (await book(tenant, slug, slots[1], 2)).status_code == 200
    assert await states(tenant, event_id) == ["cancelled", "going"]
    coordinator = await tenant.coordinator()
    assert (await coordinator.delete(f"/events/{event_id}/slots/{slots[0]}")).is_success
    assert await states(tenant, event_id) == ["cancelled", "cancelled"]
    assert len(await letters(tenant, "event_cancelled")) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"minutes": 100}, "minutes"),
        ({"starts_at": "2026-01-01T10:00:00Z"}, "starts_at"),
        ({"ends_at": "2036-01-01T10:00:00Z"}, "starts_at"),
    ],
)
async def test_slots_that_cannot_be_are_refused(tenant, wrong, field):
    event_id, _, _ = await make_office_hours(tenant, slots=1)
    coordinator = await tenant.coordinator()
    about = (await coordinator.get(f"/events/{event_id}/public")).json()
    starts_at = dt.datetime.fromisoformat(about["starts_at"])
    body = {
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + dt.timedelta(minutes=60)).isoformat(),
        "minutes": 20,
        "with_whom": "Councillor",
    }
    problem = await post(coordinator, f"/events/{event_id}/slots", 422, **body | wrong)
    assert problem["errors"][0]["field"] == field
    hall, _ = await make_public_event(tenant)
    assert (
        "office_hours" in (await post(coordinator, f"/events/{hall}/slots", 422, **body))["detail"]
    )
