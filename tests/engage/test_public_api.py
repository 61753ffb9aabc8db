"""What everybody may read: pages, JSON, CSV and Atom that agree, and name nobody."""

import csv
import datetime as dt
import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import msgspec
import pytest
from canaries import found_in
from engage.promising import (
    EVIDENCE,
    PUBLIC,
    decision,
    make_commitment,
    post,
    public,
    published,
    update,
)
from follow_up.following import make_topic, raised
from makers import make_street
from test_api_page import Balance

from doorstep.engage import pages, service
from doorstep.engage.model import Ledger, PublicCommitment, few
from doorstep.kit.public_pages import MOST_BYTES

ATOM = "{http://www.w3.org/2005/Atom}"
MARKS = {word: status.value for status, word in pages.WORDS.items()}


class Texts(HTMLParser):
    """Links, and the words of a page by the element they stand in."""

    def __init__(self, page):
        super().__init__()
        self.links, self.words = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data):
        self.words.append(data)


def listed(page):
    """The commitments of a page: address, title, status, whether it is overdue."""
    found = re.findall(
        r'<li><h2><a href="[^"]*/([a-z0-9-]+)">(.*?)</a></h2>\n<p>(.*?)</p>', page, re.DOTALL
    )
    return [
        (slug, title, MARKS[re.findall(r'"mark">(.*?)<', state)[0]], "overdue" in state)
        for slug, title, state in found
    ]


async def whole_list(tenant, path="commitments"):
    """Every page of a list, one after the other."""
    found, start = [], 0
    while start is not None:
        page = (await public(tenant, f"{path}?start={start}")).text
        assert len(page.encode()) < MOST_BYTES
        found += listed(page)
        later = re.search(r'\?start=(\d+)" rel="next"', page)
        start = int(later[1]) if later else None
    return found


@pytest.fixture
async def twenty(tenant):
    """20 commitments with 60 updates, in every status, some overdue."""
    ends = ("published", "in_progress", "stalled", "kept", "partly_kept", "not_kept", "withdrawn")
    for n in range(20):
        due_on = "2026-01-01" if n % 3 else "2099-01-01"
        made = await published(tenant, f"Promise {n}", due_on=due_on)
        await update(tenant, made, "in_progress", reason=f"Begun {n}")
        end = ends[n % len(ends)]
        if end in {"published", "in_progress"}:
            await update(tenant, made, reason=f"Going on {n}")
        else:
            await update(tenant, made, end, reason=f"=SUM(A{n})", evidence=EVIDENCE)
    await make_commitment(tenant, "Secret draft")
    return tenant


async def test_page_json_and_csv_agree_over_20_commitments_and_60_updates(twenty):
    told = (await public(twenty, "commitments.json")).json()["commitments"]
    rows = list(csv.DictReader(io.StringIO((await public(twenty, "commitments.csv")).text)))
    updates = list(
        csv.DictReader(io.StringIO((await public(twenty, "commitment-updates.csv")).text))
    )
    assert len(told) == len(rows) == 20
    assert len(updates) == sum(len(one["updates"]) for one in told) == 60
    from_json = [(one["slug"], one["title"], one["status"], one["overdue"]) for one in told]
    assert await whole_list(twenty) == from_json
    assert from_json == [
        (row["slug"], row["title"], row["status"], row["overdue"] == "true") for row in rows
    ]
    assert [
        (row["commitment"], int(row["number"]), row["reason"].lstrip("'")) for row in updates
    ] == [
        (one["slug"], update["number"], update["reason"])
        for one in told for update in one["updates"]
    ]  # fmt: skip
    for one in told:
        page = (await public(twenty, f"commitments/{one['slug']}")).text
        same = (await public(twenty, f"commitments/{one['slug']}.json")).json()
        assert same == one
        words = "".join(Texts(page).words)
        assert all(update["reason"] in words for update in one["updates"])
        assert page.count('<li id="u') == 3
    assert any(one["overdue"] for one in told)
    assert {one["status"] for one in told} == set(MARKS.values()) - {"draft", "published"}


async def test_a_spreadsheet_runs_nothing(twenty):
    for name in ("commitments.csv", "commitment-updates.csv"):
        text = (await public(twenty, name)).text
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert "'=SUM(A3)" in cells


async def test_drafts_are_not_public(twenty):
    for path in PUBLIC:
        assert "Secret draft" not in (await public(twenty, path)).text
    path = f"/o/{twenty.slug}/commitments/secret-draft"
    assert (await twenty.world.anonymous().get(path)).status_code == 404


@pytest.mark.parametrize(
    ("zone", "now", "overdue"),
    [
        ("UTC", "2026-03-01T23:59:59+00:00", False),
        ("UTC", "2026-03-02T00:00:00+00:00", True),
        ("Europe/Helsinki", "2026-03-01T22:00:00+00:00", True),
        ("America/New_York", "2026-03-02T04:59:59+00:00", False),
        ("America/New_York", "2026-03-02T05:00:00+00:00", True),
    ],
)
async def test_it_is_overdue_when_the_day_is_over_where_the_organization_is(
    tenant, monkeypatch, zone, now, overdue
):
    await (await tenant.owner()).patch("/organization", json={"time_zone": zone})
    await published(tenant, due_on="2026-03-01")
    monkeypatch.setattr(service, "now", lambda: dt.datetime.fromisoformat(now))
    (told,) = (await public(tenant, "commitments.json")).json()["commitments"]
    assert told["overdue"] is overdue
    assert listed((await public(tenant, "commitments")).text)[0][3] is overdue
    assert ("overdue" in (await public(tenant, f"commitments/{told['slug']}")).text) is overdue


@pytest.mark.parametrize(("people", "shown"), [(0, ""), (1, "<5"), (4, "<5"), (5, "5"), (6, "6")])
async def test_few_people_are_not_counted_in_public(tenant, people, shown):
    made, topic = await published(tenant), await make_topic(tenant)
    street, volunteer = await make_street(tenant, houses=max(people, 1)), await tenant.volunteer()
    organizer = await tenant.organizer()
    for n in range(people):
        case = await raised(volunteer, topic, street.door_ids[n], street.person_ids[n])
        await post(organizer, f"/cases/{case}/commitment", commitment_id=made)
    (told,) = (await public(tenant, "commitments.json")).json()["commitments"]
    (row,) = csv.DictReader(io.StringIO((await public(tenant, "commitments.csv")).text))
    words = "".join(Texts((await public(tenant, "commitments")).text).words)
    assert told["raised_by"] == row["raised_by"] == few(people) == shown
    assert (f"Raised by {shown} people" in words) is bool(shown)
    assert organizer


async def test_nothing_public_names_members_or_people(twenty):
    """Seeded names, numbers and addresses of people and members are in no public answer."""
    street, topic = await make_street(twenty, houses=6), await make_topic(twenty)
    volunteer, organizer = await twenty.volunteer(), await twenty.organizer()
    made = (await organizer.get("/commitments?status=stalled")).json()[0]
    for n in range(6):
        case = await raised(
            volunteer, topic, street.door_ids[n], street.person_ids[n], text="Canaria Feathers!"
        )
        await post(organizer, f"/cases/{case}/commitment", commitment_id=made["id"])
        await post(organizer, f"/cases/{case}/notes", text="+15550100199 canary@example.org")
    await post(organizer, "/public-decisions", **decision(commitment_id=made["id"]))
    slugs = [one["slug"] for one in (await organizer.get("/commitments?limit=500")).json()]
    items = [f"commitments/{slug}" for slug in slugs if slug != "secret-draft"]
    paths = [*PUBLIC, *items, "decisions/where-does-the-lamp-go"]
    paths += [f"{one}.json" for one in paths if "/" in one]
    members = [one["name"] for one in (await organizer.get("/members")).json()]
    for path in paths:
        answer = await public(twenty, path)
        assert found_in(answer.text + str(answer.headers)) == [], path
        assert "example.org" not in answer.text.replace("example.org/minutes", ""), path
        assert not [name for name in members if re.search(rf"{name}\b", answer.text)], path


@pytest.mark.parametrize("path", PUBLIC)
async def test_an_answer_is_kept_by_caches_and_not_sent_twice(twenty, path):
    first = await public(twenty, path)
    assert first.headers["cache-control"] == "public, max-age=300"
    tag = first.headers["etag"]
    for known in (tag, f'"x", {tag}', "*"):
        again = await public(twenty, path, **{"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert (await public(twenty, path, **{"if-none-match": 'W/"x"'})).status_code == 200
    await published(twenty, "One more")
    await post(await twenty.organizer(), "/public-decisions", **decision())
    assert (await public(twenty, path, **{"if-none-match": tag})).status_code == 200


@pytest.mark.parametrize("path", ["commitments", "decisions", "commitments/promise-3"])
async def test_a_page_needs_no_script_and_can_do_nothing(twenty, path):
    answer = await public(twenty, path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'none'", "form-action 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert not re.search(r"<script|style=\"|\bon[a-z]+=|<img", answer.text)
    parsed = Balance()
    parsed.feed(answer.text)
    assert parsed.open == []
    inner = [link for link in Texts(answer.text).links if link.startswith("/")]
    for link in inner:
        assert (await twenty.world.anonymous().get(link)).status_code == 200, link


async def test_markup_in_words_is_shown_and_not_run(tenant):
    bad = '<script>alert("x")</script>&<b onclick=x>'
    made = await published(tenant, bad, text=bad, occasion=bad)
    label = [{"label": bad, "url": "https://example.org/?a=1&b=2"}]
    await update(tenant, made, reason=bad, evidence=label)
    options = [{"title": bad, "text": bad}, {"title": "B"}]
    told = decision(question=bad, options=options, choice=bad, reasons=bad,
                    consulted=[{"who": bad, "how": bad}], evidence=label)  # fmt: skip
    await post(await tenant.organizer(), "/public-decisions", **told)
    (slug,) = [
        one["slug"] for one in (await public(tenant, "commitments.json")).json()["commitments"]
    ]
    (other,) = [one["slug"] for one in (await public(tenant, "decisions.json")).json()["decisions"]]
    for path in ("commitments", f"commitments/{slug}", "decisions", f"decisions/{other}"):
        page = (await public(tenant, path)).text
        assert "<script" not in page
        assert "<b onclick" not in page
        assert bad in "".join(Texts(page).words)


def commitment(n, letters):
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = {
        "number": n, "at": now, "kind": "note", "status_before": "published",
        "status_after": "published", "reason": letters * 1000,
        "evidence": [{"label": letters * 200, "url": "https://example.org/" + "a" * 900}] * 20,
        "corrects": None, "changed": {},
    }  # fmt: skip
    return {
        "slug": "s" * 60, "title": letters * 200, "text": letters * 5000, "occasion": letters * 200,
        "due_on": now.date(), "status": "stalled", "overdue": True, "raised_by": "12",
        "published_on": now.date(), "updated_at": now, "updates": [made] * 12,
    }  # fmt: skip


@pytest.mark.parametrize("letters", ["a", "&", "😀", '"'])
def test_a_page_is_under_50_kilobytes_whatever_is_in_it(letters):
    ledger = msgspec.convert(
        {"organization": letters * 200, "commitments": [commitment(n, letters) for n in range(60)]},
        Ledger,
    )  # fmt: skip
    item: PublicCommitment = ledger.commitments[0]
    seen = 0
    for start in range(0, 60, 7):
        assert len(pages.commitments_page("o", ledger, start).encode()) < MOST_BYTES
    for start in range(12):
        page = pages.commitment_page("https://d.org", "o", ledger, item, start)
        seen += page.count('<li id="u') > 0
        if letters == "a":
            assert len(page.encode()) < MOST_BYTES
    assert seen == 12


@pytest.mark.parametrize("path", ["commitments.atom", "decisions.atom"])
async def test_a_feed_is_what_atom_asks_for(twenty, path):
    await post(await twenty.organizer(), "/public-decisions", **decision(reasons="a\x0bb & <c>"))
    answer = await public(twenty, path)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314 -- our own
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for needed in ("id", "title", "updated"):
            assert element.findtext(f"{ATOM}{needed}")
        assert dt.datetime.fromisoformat(element.findtext(f"{ATOM}updated")).tzinfo
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids)) == (50 if "commitments" in path else 1)
    updated = [entry.findtext(f"{ATOM}updated") for entry in feed.iter(f"{ATOM}entry")]
    assert updated == sorted(updated, reverse=True)
    assert feed.findtext(f"{ATOM}author/{ATOM}name")


@pytest.mark.parametrize("slug", ["nobody", "UPPER", "%00", "a" * 400, "é"])
@pytest.mark.parametrize("path", ["commitments", "commitments.json", "decisions", "decisions/x"])
async def test_an_organization_that_is_not_there_is_not_found(world, slug, path):
    assert (await world.anonymous().get(f"/o/{slug}/{path}")).status_code == 404


async def test_another_organization_shows_its_own(twenty, stranger):
    assert (await public(stranger, "commitments.json")).json()["commitments"] == []
    path = f"/o/{stranger.slug}/commitments/promise-3"
    assert (await stranger.world.anonymous().get(path)).status_code == 404


@pytest.mark.parametrize("path", ["commitments", "decisions", "commitments/promise-3",
                                  "decisions/where-does-the-lamp-go"])  # fmt: skip
async def test_a_page_is_valid_html(twenty, path):
    html5lib = pytest.importorskip("html5lib", reason="needs the parser html5lib")
    await post(await twenty.organizer(), "/public-decisions", **decision())
    parser = html5lib.HTMLParser(strict=False)
    parser.parse((await public(twenty, path)).text)
    assert parser.errors == []
