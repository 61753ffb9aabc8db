"""Who gets a mailing, once, and only while they agree."""

import asyncio
import datetime as dt

import pytest
from mailings.posting import (
    ENGLISH,
    FINNISH,
    agree,
    approve,
    draft,
    figures,
    make_village,
    plain,
    post,
    post_office,
    preview,
    second_organizer,
    sent_off,
    standing,
    template,
    universe,
)

from doorstep.guests import service as guests
from doorstep.guests.model import Source
from doorstep.kit.ids import new_id


async def mixed(tenant, people):
    """Every twentieth of them has another reason to get it or not."""
    ids = await make_village(tenant, people)
    for place, about in enumerate(
        [
            {},
            {"channel": None},
            {"from_days": -400, "to_days": -1},
            {"from_days": 1},
            {"channel": "phone"},
            {"purpose": "events"},
        ]
    ):
        await agree(tenant, ids[place::20], **about)
    without_email, withdrawn, left_alone, of_one_address = (ids[at::20] for at in range(6, 10))
    for some in (without_email, withdrawn, left_alone, of_one_address):
        await agree(tenant, some)
    async with tenant.transaction() as db:
        await db.execute("update person set email = null where id = any($1)", without_email)
        await db.execute(
            """
            update consent set withdrawn_at = now(), withdrawn_how = 'web'
             where person_id = any($1)
            """,
            withdrawn,
        )
        await db.execute(
            """
            insert into do_not_contact (organization_id, id, door_id, person_id)
            select $1, gen_random_uuid(), household_id, id
              from person where id = any($2)
            """,
            tenant.id,
            left_alone,
        )
        await db.execute(
            "update person set email = 'canary0@example.org' where id = any($1)", of_one_address
        )
        await db.execute("update person set language = 'fi' where id = any($1)", ids[::3])
    return ids


async def meant(tenant):
    """Whom it is for, written without the functions that the program asks."""
    async with tenant.transaction() as db:
        rows = await db.fetch(
            """
            select distinct on (lower(p.email)) p.id
              from person p
              join consent c on c.person_id = p.id
             where p.organization_id = $1
               and p.email like '%@%'
               and c.purpose = 'news'
               and coalesce(c.channel, 'email') = 'email'
               and now() between c.given_at and c.expires_at
               and c.withdrawn_at is null
               and p.id not in (
                 select person_id from do_not_contact where organization_id = $1)
             order by lower(p.email), p.id
            """,
            tenant.id,
        )
    return {row["id"] for row in rows}


async def test_a_thousand_people_of_mixed_consent_and_just_those_who_agreed_get_it(
    tenant, settings
):
    await mixed(tenant, 1000)
    wanted = await meant(tenant)
    assert len(wanted) == 101
    mailing = await draft(tenant, template_id=await template(tenant, ENGLISH, FINNISH))
    seen = await preview(tenant, mailing)
    assert seen["recipients_count"] == len(wanted)
    assert sum(seen["counts"].values()) == seen["in_segment_count"] == 1000 - 50
    assert seen["left_out_count"] == 50
    assert len(seen["samples"]) == 10
    async with post_office(tenant, settings) as (server, deliver):
        organizer = await tenant.organizer()
        approved = await approve(organizer, mailing)
        assert approved["recipients_count"] == len(wanted)
        async with tenant.transaction() as db:
            rows = await db.fetch("select person_id from letter where about = $1", mailing["id"])
        assert {row["person_id"] for row in rows} == wanted
        assert len(rows) == len(wanted)
        await deliver()
        # Whatever is done again sends nothing again.
        assert await approve(organizer, mailing) == {**approved, "status": "sent"}
        await deliver()
        assert len(server.taken) == len(wanted)
        assert len({to for (to,), _ in server.taken}) == len(wanted)
        for _, message in server.taken:
            html = message.get_body(("html",)).get_content()
            assert "{{" not in message["subject"] + plain(message) + html
            assert "}}" not in message["subject"] + plain(message) + html
            assert "List-Unsubscribe" in message
        finnish = [m for _, m in server.taken if m["subject"] == "Uutisia"]
        assert 0 < len(finnish) < len(wanted)
        assert all("Hei Canaria, Canary Lane" in plain(message) for message in finnish)
        others = [m for _, m in server.taken if m["subject"] == "News for Canaria"]
        assert len(others) + len(finnish) == len(wanted)
        # Links are left as they are written.
        assert all("https://example.org/r/abc?x=1&y=2" in plain(message) for message in others)
    assert await figures(tenant, mailing) == {("sent", None): len(wanted)}


async def test_what_is_stopped_before_it_leaves_is_not_sent(tenant, settings):
    await agree(tenant, await make_village(tenant, 5))
    mailing = await sent_off(tenant)
    assert await standing(tenant, mailing) == "sending"
    organizer = await tenant.organizer()
    for _ in range(2):
        stopped = await post(organizer, f"/mailings/{mailing['id']}/stopping", 200)
        assert stopped["status"] == "stopped"
    async with post_office(tenant, settings) as (server, deliver):
        await deliver()
        assert server.taken == []
    assert await figures(tenant, mailing) == {("suppressed", "withdrawn"): 5}
    again = await approve(organizer, mailing, 409)
    assert "was stopped" in again["detail"]


async def test_consent_and_suppression_are_asked_again_when_a_letter_leaves(tenant, settings):
    ids = await make_village(tenant, 4)
    await agree(tenant, ids)
    mailing = await sent_off(tenant)
    async with tenant.transaction() as db:
        await db.execute("update consent set expires_at = now() where person_id = $1", ids[0])
        await db.execute(
            "update consent set withdrawn_at = now(), withdrawn_how = 'web' where person_id = $1",
            ids[1],
        )
    await post(
        await tenant.organizer(), "/suppressions", kind="email", value="canary3@example.org",
        reason="asked",
    )  # fmt: skip
    async with post_office(tenant, settings) as (server, deliver):
        await deliver()
        assert [to for (to,), _ in server.taken] == ["canary4@example.org"]
    assert await figures(tenant, mailing) == {
        ("sent", None): 1,
        ("suppressed", "no_consent"): 2,
        ("suppressed", "suppressed"): 1,
    }
    assert await standing(tenant, mailing) == "sent"


async def test_two_organizers_approve_at_once_and_it_is_sent_once(tenant, settings):
    await agree(tenant, await make_village(tenant, 6))
    mailing = await draft(tenant)
    await preview(tenant, mailing)
    clients = [await tenant.organizer(), await second_organizer(tenant)]
    told = await asyncio.gather(*(approve(client, mailing) for client in clients))
    assert told[0] == told[1]
    async with post_office(tenant, settings) as (server, deliver):
        await asyncio.gather(deliver(), deliver())
        assert len(server.taken) == 6


async def test_above_five_hundred_somebody_else_approves(tenant):
    await agree(tenant, await make_village(tenant, 501))
    mailing = await draft(tenant)
    seen = await preview(tenant, mailing)
    assert (seen["needs_second_person"], seen["minutes_count"]) == (True, 1)
    refused = await approve(await tenant.organizer(), mailing, 403)
    assert "This goes to 501" in refused["detail"]
    assert await figures(tenant, mailing) == {}
    other = await second_organizer(tenant)
    # Whoever changes it last is its author.
    changed = await other.patch(f"/mailings/{mailing['id']}", json={"revision": 1, "title": "Now"})
    await preview(tenant, mailing)
    await approve(other, changed.json(), 403)
    assert (await approve(await tenant.organizer(), changed.json()))["recipients_count"] == 501


async def test_a_change_takes_the_approved_letters_back(tenant, settings):
    await agree(tenant, await make_village(tenant, 3))
    organizer = await tenant.organizer()
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    mailing = await sent_off(tenant, send_at=tomorrow.isoformat())
    assert mailing["status"] == "approved"
    path = f"/mailings/{mailing['id']}"
    changed = await organizer.patch(path, json={"revision": 1, "send_at": None})
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert (told["status"], told["approved_at"], told["revision"]) == ("draft", None, 2)
    stale = await organizer.patch(path, json={"revision": 1, "title": "Other"})
    assert stale.status_code == 409
    assert stale.json()["errors"][0]["field"] == "revision"
    await approve(organizer, mailing, 409)
    unseen = await approve(organizer, told, 409)
    assert "preview" in unseen["detail"]
    await preview(tenant, mailing)
    await approve(organizer, told)
    async with post_office(tenant, settings) as (server, deliver):
        await deliver()
        assert len(server.taken) == 3
    late = await organizer.patch(path, json={"revision": 2, "title": "Other"})
    assert late.status_code == 409
    assert "begun to leave" in late.json()["detail"]
    over = await organizer.post(f"{path}/stopping")
    assert over.status_code == 409


async def test_so_many_leave_in_a_minute(tenant):
    await agree(tenant, await make_village(tenant, 7))
    mailing = await sent_off(tenant, per_minute=3)
    async with tenant.transaction() as db:
        due = await db.fetch(
            """
            select extract(epoch from due_at - min(due_at) over ())::int as s
              from letter where about = $1 order by due_at
            """,
            mailing["id"],
        )
    assert [row["s"] for row in due] == [0, 0, 0, 60, 60, 60, 120]


@pytest.mark.parametrize(
    "name",
    ["Ann\r\nBcc: spy@example.org", "<b onload=x>Ann</b>", "{{street|x}}", "https://spy.example"],
)
async def test_a_name_is_nothing_but_a_name(tenant, settings, name):
    (person,) = await make_village(tenant, 1)
    await agree(tenant, [person])
    async with tenant.transaction() as db:
        await db.execute("update person set given_name = $2 where id = $1", person, name)
    await sent_off(tenant)
    async with post_office(tenant, settings) as (server, deliver):
        await deliver()
        ((to, message),) = server.taken
    assert to == ["canary1@example.org"]
    assert message["bcc"] is None
    html = message.get_body(("html",)).get_content()
    assert "<b" not in html.partition("<body")[2][5:]
    assert "{{" not in str(message)
    assert "https://spy.example" not in plain(message)


async def make_guest(tenant, email, source=Source.RSVP, *, confirmed=True, name="Ann Lee"):
    async with tenant.transaction() as db:
        guest = await guests.welcome(
            db, tenant.id, name=name, email=email, source=source, purposes=["news"]
        )
        if confirmed:
            given = await guests.consents_of_guest(db, tenant.id, guest)
            await guests.confirm(db, tenant.id, guest, [one.id for one in given])
    return guest


async def test_guests_get_it_once_they_confirmed_and_as_who_they_are(tenant, settings):
    (person,) = await make_village(tenant, 1)
    await make_guest(tenant, "ann@example.org")
    await make_guest(tenant, "unsure@example.org", confirmed=False)
    await make_guest(tenant, "survey@example.org", Source.SURVEY)
    linked = await make_guest(tenant, "same@example.org")
    organizer = await tenant.organizer()
    async with tenant.transaction() as db:
        await db.execute("update guest set person_id = $2 where id = $1", linked, person)
    await agree(tenant, [person])
    segment = {"universe_id": await universe(tenant), "guests": {"sources": ["rsvp"]}}
    mailing = await draft(tenant, segment=segment)
    seen = await preview(tenant, mailing)
    assert (seen["counts"]["recipient"], seen["counts"]["no_consent"]) == (2, 1)
    assert seen["in_segment_count"] == 3
    path = f"/mailings/{mailing['id']}/recipients"
    names = (await organizer.get(path, params={"fate": "no_consent"})).json()
    assert [one["name"] for one in names] == ["Ann Lee"]
    await approve(organizer, mailing)
    async with post_office(tenant, settings) as (server, deliver):
        await deliver()
        got = {to: message["subject"] for (to,), message in server.taken}
    assert got == {
        "canary1@example.org": "News for Canaria",
        "ann@example.org": "News for Ann",
    }


async def test_a_letter_says_what_was_raised_who_listened_and_what_was_done(tenant, settings):
    ids = await make_village(tenant, 2)
    await agree(tenant, ids)
    organizer = await tenant.organizer()
    _, volunteer = await tenant.member(name="Aino Salo")
    _, shy = await tenant.member(name="Otto Shy")
    answer = await volunteer.put("/me/letter-naming", json={"first_name": True})
    assert answer.status_code == 200
    await tenant.coordinator()
    topics = [
        (
            await post(
                organizer, "/issue-topics", name=name, owner_role="coordinator", due_days=3
            )
        )["id"]
        for name in ("Lamps", "Roads")
    ]  # fmt: skip
    cases = []
    for client, person, topic in (
        (volunteer, ids[0], topics[0]), (volunteer, ids[0], topics[1]), (shy, ids[1], topics[0])
    ):  # fmt: skip
        async with tenant.transaction() as db:
            door = await db.fetchval("select household_id from person where id = $1", person)
        raised = await post(
            client, "/issues", id=str(new_id()), topic_id=topic, door_id=str(door),
            person_id=str(person), text="It is dark", raised_at="2026-11-20T10:15:00Z",
        )  # fmt: skip
        cases.append(raised["case_id"])
    await post(
        organizer, f"/cases/{cases[0]}/moves", to="resolved", outcome="fixed",
        reason="There is a new lamp",
    )  # fmt: skip
    await sent_off(tenant, sender="Maija")
    async with post_office(tenant, settings) as (server, deliver):
        await deliver()
        texts = {to: plain(message) for (to,), message in server.taken}
    assert "you told Aino of Roads: There is a new lamp." in texts["canary1@example.org"]
    assert "you told our volunteer of Lamps: we are at it." in texts["canary2@example.org"]
    assert f"Maija of {tenant.slug.title()}" in texts["canary2@example.org"]
