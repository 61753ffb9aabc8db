"""The page of one's own: whoever holds its link sees, corrects, chooses, takes and erases."""

import datetime as dt
import re

import pytest
from canaries import found_in
from follow_up.following import make_topic, raised, resolve
from html5lib import HTMLParser
from letters.posting import ADDRESS, NAME, letter, make_guest, office, queue, states
from makers import make_field, make_street

from doorstep.guests import service as guests
from doorstep.kit.links import NOT_VALID, Purpose, sign
from doorstep.kit.public_pages import MOST_BYTES
from doorstep.letters import linking
from doorstep.letters.model import LetterKind

__all__ = ["office"]


def page_of(tenant, holder_id):
    site = linking.Site(tenant.world.keyring, "", tenant.id, tenant.slug)
    return linking.own_page(site, holder_id)


async def see(tenant, path):
    shown = await tenant.world.anonymous().get(path)
    assert shown.status_code == 200, shown.text
    assert "{" not in re.sub(r"<style>.*?</style>", "", shown.text, flags=re.DOTALL)
    assert len(shown.content) < MOST_BYTES
    HTMLParser(strict=True).parse(shown.text)
    assert shown.headers["cache-control"] == "no-store"
    return shown.text


async def send(tenant, path, status=303, **form):
    done = await tenant.world.anonymous().post(path, data=form)
    assert done.status_code == status, done.text
    return done


def ticked(page):
    return set(re.findall(r'name="([\w-]+)" value="yes" checked', page))


async def a_person(tenant, **changes):
    street = await make_street(tenant, houses=1)
    (person,) = street.person_ids
    async with tenant.transaction() as db:
        await db.execute("update person set email = $2 where id = $1", person, ADDRESS)
    return person


async def test_a_link_is_asked_for_by_address_and_the_answer_tells_nothing(tenant, office):
    await make_guest(tenant)
    path = f"/o/{tenant.slug}/me"
    HTMLParser(strict=True).parse((await tenant.world.anonymous().get(path)).text)
    known = await send(tenant, path, 200, email=f" {ADDRESS.upper()} ")
    unknown = await send(tenant, path, 200, email="nobody@example.org")
    assert known.text == unknown.text
    await send(tenant, path, 200, email=ADDRESS)
    assert [one[0] for one in await states(tenant)] == ["own_page"]
    await office.send(tenant)
    assert NAME in await see(tenant, office.path("me"))
    refused = await send(tenant, path, 422, email='"><script>')
    assert "no e-mail address" in refused.text
    assert "<script>" not in refused.text
    assert (await tenant.world.anonymous().get("/o/nowhere-at-all/me")).status_code == 404


async def test_everybody_on_the_lists_with_the_address_gets_a_page_of_their_own(tenant, office):
    street = await make_street(tenant, houses=2)
    async with tenant.transaction() as db:
        await db.execute("update person set email = $1", ADDRESS)
    await send(tenant, f"/o/{tenant.slug}/me", 200, email=ADDRESS)
    await office.send(tenant)
    assert len(office.taken()) == len(street.person_ids) == 2


async def test_a_guest_corrects_what_they_typed(tenant, office):
    guest = await make_guest(tenant, name='<b>"Aino"</b>')
    path = page_of(tenant, guest)
    assert "&lt;b&gt;&quot;Aino&quot;&lt;/b&gt;" in await see(tenant, path)
    form = {"deed": "correct", "name": "Aino\r\nSalo", "email": ADDRESS, "language": "fi"}
    done = await send(tenant, path, **form)
    page = await see(tenant, done.headers["location"])
    assert 'value="Aino Salo"' in page
    assert 'role="status"' in page
    for fault in ({"language": "Finnish"}, {"name": " "}, {"email": "nobody"}):
        refused = await send(tenant, path, 422, **form | fault)
        assert 'role="alert"' in refused.text
    assert await states(tenant) == []


async def test_a_new_address_counts_once_it_is_confirmed_from_there(tenant, office):
    guest, new = await make_guest(tenant, confirmed=["news"]), "new@example.org"
    form = {"deed": "correct", "name": NAME, "email": new, "language": ""}
    await send(tenant, page_of(tenant, guest), **form)
    await office.send(tenant)
    assert office.taken() == []
    ((plain, _),) = office.bodies(new)
    assert "/me/" not in plain
    async with tenant.transaction() as db:
        assert (await guests.guest_by_id(db, tenant.id, guest)).email == ADDRESS
    assert (await tenant.world.anonymous().post(office.path("confirm", new))).status_code == 200
    async with tenant.transaction() as db:
        assert (await guests.guest_by_id(db, tenant.id, guest)).email == new


async def test_a_guest_chooses_what_they_allow(tenant):
    guest = await make_guest(tenant, confirmed=["news"])
    path = page_of(tenant, guest)
    assert ticked(await see(tenant, path)) == {"news-email"}
    form = {"deed": "choose", "events-email": "yes", "follow_up-email": "yes", "news-door": "yes"}
    await send(tenant, path, **form)
    assert ticked(await see(tenant, path)) == {"events-email", "follow_up-email"}
    await send(tenant, path, deed="choose")
    assert ticked(await see(tenant, path)) == set()
    assert await queue(tenant, letter(guest, purpose="events", kind=LetterKind.MAILING)) == 0


async def test_a_person_chooses_by_purpose_and_channel(tenant):
    person, organizer = await a_person(tenant), await tenant.organizer()
    for body in (
        {"purpose": "news", "wording": "By any means?"},
        {"purpose": "opinion_record", "wording": "May we keep it?"},
    ):
        assert (await organizer.post(f"/people/{person}/consents", json=body)).is_success
    path = page_of(tenant, person)
    page = await see(tenant, path)
    assert {f"news-{by}" for by in ("email", "phone", "sms", "messenger", "post", "door")} == (
        ticked(page)
    )
    form = {"deed": "choose", "news-door": "yes", "events-phone": "yes", "opinions": "forget"}
    await send(tenant, path, **form)
    page = await see(tenant, path)
    assert ticked(page) == {"news-door", "events-phone"}
    assert "opinions" not in page
    given = (await organizer.get(f"/people/{person}/consents")).json()
    standing = {(one["purpose"], one["channel"]) for one in given if not one["withdrawn_at"]}
    assert standing == {("news", "door"), ("events", "phone")}
    assert {one["withdrawn_how"] for one in given if one["withdrawn_at"]} == {"web"}


async def test_what_is_wrong_in_a_list_goes_to_an_organizer(tenant):
    person, organizer = await a_person(tenant), await tenant.organizer()
    path = page_of(tenant, person)
    for _ in range(2):
        await send(tenant, path, deed="correct", wish="I moved <i>away</i>", language="sv")
    await send(tenant, path, 422, deed="correct", wish="x" * 1001, language="")
    (wish,) = (await organizer.get("/corrections")).json()
    assert (wish["text"], wish["person_id"]) == ("I moved <i>away</i>", str(person))
    for _ in range(2):
        done = await organizer.post(f"/corrections/{wish['id']}/done")
        assert done.json()["done_at"], done.text
    assert (await organizer.get("/corrections")).json() == []
    assert len((await organizer.get("/corrections", params={"done": True})).json()) == 1
    copy = (await organizer.get(f"/people/{person}/export")).json()
    assert [one["text"] for one in copy["corrections"]] == ["I moved <i>away</i>"]


async def test_a_person_sees_what_became_of_what_they_said_and_may_object(tenant):
    field = await make_field(tenant, houses=1)
    topic, organizer = await make_topic(tenant), await tenant.organizer()
    (person,), (door,) = field.street.person_ids, field.street.door_ids
    case = await raised(field.volunteer, topic, door, person)
    path = page_of(tenant, person)
    page = await see(tenant, path)
    assert "Street lights" in page
    assert "/raised/" not in page
    await resolve(organizer, case)
    page = await see(tenant, path)
    assert "There is a new lamp." in page
    (objecting,) = re.findall(r"http://127.0.0.1:8000(/raised/[\w-]+)", page)
    assert "There is a new lamp." in (await tenant.world.anonymous().get(objecting)).text


async def test_a_copy_has_everything_of_guest_and_person(tenant, office):
    person, organizer = await a_person(tenant), await tenant.organizer()
    guest = await make_guest(tenant, confirmed=["news"])
    await queue(tenant, letter(guest))
    path = page_of(tenant, guest)
    browser = tenant.world.anonymous()
    copy = (await browser.get(f"{path}/export.json")).json()
    assert copy["person"] is None
    assert copy["guests"][0]["consents"][0]["purpose"] == "news"
    assert copy["guests"][0]["letters"][0]["kind"] == "ticket"
    body = {"person_id": str(person)}
    assert (await organizer.post(f"/guests/{guest}/person", json=body)).is_success
    for holder in (guest, person):
        answer = await browser.get(f"{page_of(tenant, holder)}/export.json")
        assert answer.headers["content-disposition"].startswith("attachment")
        copy = answer.json()
        assert copy["person"]["people"][0]["id"] == str(person)
        assert copy["guests"][0]["email"] == ADDRESS


async def test_who_did_not_confirm_sees_nobody_elses_data(tenant):
    person, guest = await a_person(tenant), await make_guest(tenant, email="other@example.org")
    body = {"person_id": str(person)}
    assert (await (await tenant.organizer()).post(f"/guests/{guest}/person", json=body)).is_success
    copy = await tenant.world.anonymous().get(f"{page_of(tenant, guest)}/export.json")
    assert copy.json()["person"] is None


async def every_word(tenant):
    async with tenant.transaction() as db:
        rows = await db.fetch(
            """
            select concat_ws(' ', name, email, new_email, language) as text from guest
             union all select wording from guest_consent
             union all select concat_ws(' ', given_name, family_name, email, phone) from person
             union all select text from correction
             union all select concat_ws(' ', key, facts) from letter
            """
        )
    return "\n".join(row["text"] for row in rows)


@pytest.mark.parametrize("by", ["guest", "person", "organizer"])
async def test_erasing_takes_two_steps_and_leaves_no_word(tenant, office, by):
    person, organizer = await a_person(tenant), await tenant.organizer()
    guest = await make_guest(tenant, confirmed=["news"])
    body = {"person_id": str(person)}
    assert (await organizer.post(f"/guests/{guest}/person", json=body)).is_success
    await queue(tenant, letter(guest))
    holder = {"guest": guest, "person": person, "organizer": guest}[by]
    path = page_of(tenant, holder)
    await send(tenant, path, deed="correct", wish=f"I am not {NAME}", language="")
    assert len(found_in(await every_word(tenant))) == 4
    assert "cannot be undone" in await see(tenant, f"{path}/erasure")
    assert found_in(await every_word(tenant)) != []
    if by == "organizer":
        erased = await organizer.post(f"/people/{person}/erasure", json={"reason": "asked"})
        assert erased.is_success, erased.text
    else:
        assert "is erased" in (await send(tenant, f"{path}/erasure", 200)).text
    assert found_in(await every_word(tenant)) == []
    for method in ("GET", "POST"):
        gone = await tenant.world.anonymous().request(method, path)
        assert (gone.status_code, NOT_VALID in gone.text) == (422, True)
    await office.send(tenant)
    assert office.server.taken == []
    assert await states(tenant) == [("ticket", "suppressed", "erased")]
    again = await make_guest(tenant)
    assert again != guest


async def test_a_guest_alone_can_be_erased_by_an_organizer(tenant):
    guest, organizer = await make_guest(tenant, confirmed=["news"]), await tenant.organizer()
    assert (await organizer.post(f"/guests/{guest}/erasure")).status_code == 204
    assert found_in(await every_word(tenant)) == []
    assert (await organizer.get("/guests")).json() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("tail", ["", "/erasure"])
async def test_every_bad_link_is_refused_alike(tenant, stranger, method, tail):
    guest = await make_guest(tenant)
    keyring, good = tenant.world.keyring, page_of(tenant, guest).rsplit("/", 1)[1]
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    later = past + dt.timedelta(days=1)
    bad = [
        "A" * len(good),
        sign(keyring, Purpose.OWN_PAGE, tenant.id, guest, expires_at=past),
        sign(keyring, Purpose.STOP_LETTERS, tenant.id, guest, expires_at=later),
        sign(keyring, Purpose.OWN_PAGE, stranger.id, guest, expires_at=later),
        sign(keyring, Purpose.OWN_PAGE, tenant.id, tenant.id, expires_at=later),
    ]
    paths = [f"/o/{tenant.slug}/me/{token}{tail}" for token in bad]
    paths.append(f"/o/{stranger.slug}/me/{good}{tail}")
    answers = [await tenant.world.anonymous().request(method, path) for path in paths]
    assert {one.status_code for one in answers} == {422}
    assert len({one.text for one in answers}) == 1
    assert NOT_VALID in answers[0].text
