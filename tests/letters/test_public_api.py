"""Links in letters: confirming and stopping, by whoever holds them, and nobody else."""

import datetime as dt

import pytest
from html5lib import HTMLParser
from letters.posting import ADDRESS, letter, make_guest, office, queue, states
from makers import make_street

from doorstep.kit.links import NOT_VALID, Purpose, sign
from doorstep.letters import linking
from doorstep.letters.model import LetterKind

__all__ = ["office"]
NEWS = {"kind": LetterKind.MAILING, "purpose": "news"}


async def allowed(tenant, guest, purpose="news"):
    async with tenant.transaction() as db:
        return await db.fetchval(
            "select guest_consents_to($1, $2, $3, now())", tenant.id, guest, purpose
        )


async def test_an_address_is_confirmed_by_a_button_behind_a_letter(tenant, office):
    guest = await make_guest(tenant, purposes=["news"])
    await office.send(tenant)
    path, browser = office.path("confirm"), tenant.world.anonymous()
    for _ in range(2):
        shown = await browser.get(path)
        assert shown.status_code == 200, shown.text
        HTMLParser(strict=True).parse(shown.text)
        assert "news of your work" in shown.text
    assert not await allowed(tenant, guest)
    for _ in range(2):
        done = await browser.post(path)
        assert done.status_code == 200, done.text
        assert await allowed(tenant, guest)
    assert await states(tenant) == [("confirm_email", "sent", None)]


async def test_a_letter_confirms_only_what_it_asks(tenant, office):
    guest = await make_guest(tenant, purposes=["news"])
    await office.send(tenant)
    path = office.path("confirm")
    await make_guest(tenant, purposes=["news", "events"])
    await tenant.world.anonymous().post(path)
    assert await allowed(tenant, guest)
    assert not await allowed(tenant, guest, "events")


async def test_letters_stop_by_one_request_without_signing_in(tenant, office):
    guest = await make_guest(tenant, confirmed=["news", "events"])
    await queue(tenant, letter(guest, **NEWS))
    await office.send(tenant)
    path, browser = office.path("stop"), tenant.world.anonymous()
    shown = await browser.get(path)
    HTMLParser(strict=True).parse(shown.text)
    assert await allowed(tenant, guest)
    one_click = {"content": "List-Unsubscribe=One-Click"}
    for _ in range(2):
        assert (await browser.post(path, **one_click)).status_code == 200
    assert not await allowed(tenant, guest)
    assert await allowed(tenant, guest, "events")
    assert await queue(tenant, letter(guest, **NEWS | {"key": "next"})) == 0


async def test_a_person_stops_as_a_guest_and_on_the_lists(tenant, office):
    street = await make_street(tenant, houses=1)
    (person,), organizer = street.person_ids, await tenant.organizer()
    async with tenant.transaction() as db:
        await db.execute("update person set email = null")
    guest = await make_guest(tenant, confirmed=["news"])
    linked = await organizer.post(f"/guests/{guest}/person", json={"person_id": str(person)})
    assert linked.status_code == 200, linked.text
    await queue(tenant, letter(person_id=person, **NEWS))
    await office.send(tenant)
    await tenant.world.anonymous().post(office.path("stop"))
    assert not await allowed(tenant, guest)
    (consent,) = (await organizer.get(f"/people/{person}/consents")).json()
    assert consent["withdrawn_how"] == "web"


def later(days=1):
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


@pytest.mark.parametrize("page", ["confirm", "stop"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_bad_link_is_refused_alike(tenant, stranger, page, method):
    guest = await make_guest(tenant, purposes=["news"])
    site = linking.Site(tenant.world.keyring, "", tenant.id, tenant.slug)
    good = linking.confirm(site, guest) if page == "confirm" else linking.stop(site, guest, "news")
    purpose = Purpose.CONFIRM_EMAIL if page == "confirm" else Purpose.STOP_LETTERS
    keyring, token = tenant.world.keyring, good.rsplit("/", 1)[1]
    bad = {
        "forged": token[:-2] + ("AA" if token[-2:] != "AA" else "BA"),
        "nothing": "x",
        "old": sign(keyring, purpose, tenant.id, guest, expires_at=later(-1)),
        "other purpose": sign(keyring, Purpose.OWN_PAGE, tenant.id, guest, expires_at=later()),
    }
    browser = tenant.world.anonymous()
    paths = [f"/o/{tenant.slug}/{page}/{one}" for one in bad.values()]
    paths += [f"/o/{stranger.slug}/{page}/{token}", f"/o/%00nowhere/{page}/{token}"]
    answers = [await browser.request(method, path) for path in paths]
    assert {one.status_code for one in answers} == {422}, [one.text for one in answers]
    assert len({one.text for one in answers}) == 1
    assert NOT_VALID in answers[0].text
    assert (await browser.request(method, good)).status_code == 200


async def test_a_letter_that_came_back_can_be_noted_and_the_address_confirmed_anew(tenant, office):
    organizer, guest = await tenant.organizer(), await make_guest(tenant, confirmed=["events"])
    await queue(tenant, letter(guest))
    (waiting,) = (await organizer.get("/letters", params={"kind": "ticket"})).json()
    path = f"/letters/{waiting['id']}/outcome"
    assert (await organizer.post(path, json={"state": "bounced"})).status_code == 409
    await office.send(tenant)
    for _ in range(2):
        noted = await organizer.post(path, json={"state": "bounced"})
        assert (noted.json()["state"], noted.json()["why"]) == ("failed", "bounced"), noted.text
    assert ADDRESS not in noted.text
    await make_guest(tenant, purposes=["news"])
    await queue(tenant, letter(guest, key="second"))
    await office.send(tenant)
    assert (await states(tenant))[1:] == [
        ("ticket", "suppressed", "bouncing"),
        ("confirm_email", "sent", None),
    ]
    await tenant.world.anonymous().post(office.path("confirm"))
    await queue(tenant, letter(guest, key="third"))
    await office.send(tenant)
    assert (await states(tenant))[-1] == ("ticket", "sent", None)
    counts = (await organizer.get("/letters/counts")).json()
    assert sum(one["letters_count"] for one in counts) == 4


async def test_guests_are_listed_with_whom_they_may_be(tenant):
    street = await make_street(tenant, houses=2)
    organizer = await tenant.organizer()
    async with tenant.transaction() as db:
        await db.execute(
            "update person set email = case when id = $1 then $2 end",
            street.person_ids[1],
            ADDRESS.upper(),
        )
    guest = await make_guest(tenant, confirmed=["news"])
    (listed,) = (await organizer.get("/guests")).json()
    assert listed["suggested_person_ids"][0] == str(street.person_ids[1])
    assert (listed["purposes"], listed["source"]) == (["news"], "rsvp")
    body = {"person_id": str(street.person_ids[1])}
    linked = (await organizer.post(f"/guests/{guest}/person", json=body)).json()
    assert (linked["person_id"], linked["suggested_person_ids"]) == (body["person_id"], [])
    assert (await organizer.get("/guests", params={"linked": False})).json() == []
    assert (await organizer.post(f"/guests/{guest}/person", json={"person_id": None})).is_success
