"""Public pages in a real browser: axe finds nothing to mend."""

import html
import json
import re
import shutil
import subprocess

import pytest
from engage.promising import EVIDENCE, decision, post, public, published, update
from follow_up.following import consent, deliver, make_topic, postbox, raised, resolve, tell
from letters.posting import make_guest
from listening import listening_field as listening
from makers import make_field
from node_packages import installed
from outreach.coming import make_office_hours, make_public_event, page_of, rsvp, ticket_of

from doorstep.letters import linking

__all__ = ["postbox"]
PACKAGES = {"axe-core": "^4.10"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
RUN = """
axe.run().then(found => {
  const told = found.violations.map(one => [one.id, one.nodes.map(node => node.html)]);
  document.body.textContent = "AXE" + JSON.stringify([told, found.passes.length]) + "AXE";
});
"""


@pytest.fixture(scope="module")
def axe():
    """The source of axe."""
    return (installed("axe", PACKAGES) / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("needs chromium")
    return found


def violations(browser, axe, folder, page):
    """What axe finds, and how many of its rules applied."""
    file = folder / "page.html"
    file.write_text(page.replace("</body>", f"<script>{axe}</script><script>{RUN}</script></body>"))
    done = subprocess.run(  # noqa: S603 -- the command is ours
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
         f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri()],
        capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    told = re.search(r"AXE(.*)AXE", done.stdout, re.DOTALL)
    assert told, done.stderr[-500:]
    return json.loads(html.unescape(told[1]))


async def test_axe_finds_nothing_on_the_pages_of_the_ledger(tenant, browser, axe, tmp_path):
    made = await published(tenant, due_on="2026-01-01", occasion="Town hall")
    await update(tenant, made, reason="Ordered.", evidence=EVIDENCE)
    changed = {"due_on": "2026-02-01", "reason": "Snow"}
    assert (await (await tenant.organizer()).patch(f"/commitments/{made}", json=changed)).is_success
    await post(await tenant.organizer(), "/public-decisions",
               **decision(commitment_id=made, evidence=EVIDENCE))  # fmt: skip
    for path in ("commitments", "commitments/lamps-in-north-street", "decisions",
                 "decisions/where-does-the-lamp-go"):  # fmt: skip
        page = (await public(tenant, path)).text
        found, passes = violations(browser, axe, tmp_path, page)
        assert found == [], path
        assert passes > 10


async def test_axe_finds_nothing_on_the_page_of_who_raised_an_issue(
    tenant, settings, postbox, browser, axe, tmp_path
):
    field, topic = await make_field(tenant, houses=1), await make_topic(tenant)
    person = field.street.person_ids[0]
    case = await raised(field.volunteer, topic, field.street.door_ids[0], person)
    await consent(await tenant.organizer(), person)
    await resolve(await tenant.organizer(), case)
    await tell(tenant)
    await deliver(tenant, settings)
    page = await tenant.world.anonymous().get(f"/raised/{postbox.tokens()[0]}")
    found, passes = violations(browser, axe, tmp_path, page.text)
    assert found == []
    assert passes > 10


async def test_axe_finds_nothing_on_the_pages_that_ask_for_something(
    tenant, browser, axe, tmp_path
):
    _, town_hall = await make_public_event(tenant)
    _, hours, slots = await make_office_hours(tenant)
    assert (await rsvp(tenant, town_hall)).is_success
    await make_topic(tenant)
    await listening.published(tenant)
    statements = {"question": "What does the square need?", "statements": ["Trees", "Lamps"]}
    made = await (await tenant.organizer()).post("/statement-topics", json=statements)
    site = linking.Site(tenant.world.keyring, "", tenant.id, tenant.slug)
    own = linking.own_page(site, await make_guest(tenant))
    top = f"/o/{tenant.slug}"
    paths = [
        page_of(tenant, town_hall),
        page_of(tenant, hours, f"/slots/{slots[0]}/booking"),
        await ticket_of(tenant),
        f"{top}/surveys/how-is-it-here",
        f"{top}/statements/{made.json()['slug']}",
        f"{top}/issues/new",
        own,
        f"{own}/erasure",
    ]
    for path in paths:
        shown = await tenant.world.anonymous().get(path)
        assert shown.status_code == 200, path
        found, passes = violations(browser, axe, tmp_path, shown.text)
        assert found == [], path
        assert passes > 10
