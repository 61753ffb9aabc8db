"""Mailings on the wire: refusals that say what to mend, trials, and what stands behind figures."""

import msgspec
import pytest
from mail_server import mail_server
from mailings.posting import (
    ENGLISH,
    FINNISH,
    agree,
    draft,
    make_village,
    plain,
    post,
    preview,
    sent_off,
    template,
    universe,
)
from shifts import make_event

from doorstep.kit.ids import new_id
from doorstep.mailings import trying


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"segment": {}}, "segment"),
        ({"segment": {"universe_id": str(new_id())}}, "segment.universe_id"),
        (
            {"segment": {"attendees": {"civic_event_id": str(new_id())}}},
            "segment.attendees.civic_event_id",
        ),
        ({"send_at": "2020-01-01T00:00:00Z"}, "send_at"),
        ({"send_at": "9999-12-31T23:59:59Z"}, "send_at"),
    ],
)
async def test_a_mailing_that_cannot_be_is_refused_by_field(tenant, wrong, field):
    body = {
        "title": "News", "purpose": "news", "template_id": await template(tenant),
        "segment": {"guests": {}}, **wrong,
    }  # fmt: skip
    refused = await post(await tenant.organizer(), "/mailings", 422, **body)
    assert [one["field"] for one in refused["errors"]] == [field]


async def test_a_mailing_keeps_its_version_of_the_template(tenant):
    await agree(tenant, await make_village(tenant, 1))
    organizer = await tenant.organizer()
    mailing = await draft(tenant)
    await organizer.put(
        f"/letter-templates/{mailing['template_id']}", json={"based_on": 1, "texts": [FINNISH]}
    )
    assert (await preview(tenant, mailing))["samples"][0]["subject"] == "News for Canaria"
    changed = await organizer.patch(
        f"/mailings/{mailing['id']}", json={"revision": 1, "template_version": 2}
    )
    assert changed.json()["template_version"] == 2
    assert (await preview(tenant, mailing))["samples"][0]["subject"] == "Uutisia"
    missing = await organizer.patch(
        f"/mailings/{mailing['id']}", json={"revision": 2, "template_version": 7}
    )
    assert missing.status_code == 404


async def test_a_preview_says_what_is_not_known_and_is_noted(tenant):
    (person,) = await make_village(tenant, 1)
    await agree(tenant, [person])
    mailing = await draft(tenant)
    seen = await preview(tenant, mailing)
    (sample,) = seen["samples"]
    assert sample["fallbacks"] == ["concern", "listened_by", "sender", "what_was_done"]
    assert sample["paragraphs"][0] == "Dear Canaria Feathers1,"
    assert seen["segment"].startswith("people of Everybody (")
    entries = (await (await tenant.owner()).get("/audit")).json()
    noted = [one for one in entries if one["action"] == "mailing.previewed"]
    assert noted[0]["ids"] == [mailing["id"], str(person)]


async def test_a_segment_that_is_gone_is_named_and_one_of_nobody_is_refused(tenant):
    organizer = await tenant.organizer()
    kept = await universe(tenant)
    mailing = await draft(tenant, segment={"universe_id": kept, "guests": {}})
    await preview(tenant, mailing)
    empty = await organizer.post(f"/mailings/{mailing['id']}/approval", json={"revision": 1})
    assert empty.status_code == 422
    assert "reach nobody" in empty.json()["detail"]
    await organizer.delete(f"/universes/{kept}")
    gone = await organizer.post(f"/mailings/{mailing['id']}/preview")
    assert gone.json()["errors"][0]["field"] == "segment.universe_id"


async def test_figures_have_their_letters_behind_them(tenant):
    await agree(tenant, await make_village(tenant, 3))
    mailing = await sent_off(tenant)
    organizer = await tenant.organizer()
    told = (await organizer.get(f"/mailings/{mailing['id']}/figures")).json()
    assert told == {
        "status": "sending",
        "recipients_count": 3,
        "figures": [{"state": "queued", "why": None, "count": 3}],
    }
    path = f"/mailings/{mailing['id']}/letters"
    letters = (await organizer.get(path, params={"letter_state": "queued"})).json()
    assert {one["name"] for one in letters} == {f"Canaria Feathers{n}" for n in (1, 2, 3)}
    assert (await organizer.get(path, params={"letter_state": "sent"})).json() == []


@pytest.fixture
def sends(world, settings):
    """Let the application send mail to a server of the test's."""

    def to(server):
        return msgspec.structs.replace(settings, smtp_url=server.url)

    return to


async def test_a_trial_goes_to_oneself_in_each_language(tenant, sends):
    mailing = await draft(tenant, template_id=await template(tenant, ENGLISH, FINNISH))
    organizer = await tenant.organizer()
    refused = await organizer.post(f"/mailings/{mailing['id']}/trial")
    assert refused.status_code == 422
    assert "DOORSTEP_SMTP_URL" in refused.json()["detail"]
    member_id = tenant.member_ids[next(iter(tenant.member_ids))]
    caller = msgspec.convert(
        {"organization_id": tenant.id, "member_id": member_id, "device_id": new_id(), "roles": []},
        trying.Caller,
    )
    async with mail_server() as server, tenant.transaction() as db:
        told = await trying.try_out(db, sends(server), caller, mailing["id"])
        assert told.languages == ["en", "fi"]
        assert [to for to, _ in server.taken] == [[told.to]] * 2
        subjects = [message["subject"] for _, message in server.taken]
        assert subjects == ["[Trial] News for Member", "[Trial] Uutisia"]
        assert "{{" not in "".join(plain(message) for _, message in server.taken)


async def test_who_came_to_an_event_can_be_written_to_with_its_title_and_time(tenant):
    ids = await make_village(tenant, 3)
    await agree(tenant, ids)
    event = (await make_event(tenant))["event"]["id"]
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into public_event (organization_id, event_id, starts_at, ends_at, rsvp)
            values ($1, $2, '2027-02-01T17:00Z', '2027-02-01T19:00Z', true)
            """,
            tenant.id,
            event,
        )
        for position, (person, state) in enumerate(zip(ids, ("going", "cancelled", "attended"),
                                                       strict=True)):  # fmt: skip
            await db.execute(
                """
                insert into attendance
                  (organization_id, id, event_id, person_id, state, seats, source, position,
                   checked_in_at)
                values ($1, $2, $3, $4, $5, 1, 'web', $6,
                        case when $5 = 'attended' then now() end)
                """,
                tenant.id, new_id(), event, person, state, position,
            )  # fmt: skip
    body = "{{event_title|the event}}, {{event_time|soon}}"
    mailing = await draft(
        tenant,
        template_id=await template(tenant, {**ENGLISH, "body": body}),
        segment={"attendees": {"civic_event_id": event}},
        civic_event_id=event,
    )
    seen = await preview(tenant, mailing)
    assert seen["recipients_count"] == 2
    assert seen["samples"][0]["fallbacks"] == []
    assert seen["samples"][0]["paragraphs"] == ["Saturday canvass, Mon 1 Feb, 19:00"]


async def test_a_volunteer_is_named_only_if_they_said_so(tenant):
    volunteer = await tenant.volunteer()
    path = "/me/letter-naming"
    assert (await volunteer.get(path)).json() == {"first_name": False}
    for wanted in (True, True, False, False):
        put = await volunteer.put(path, json={"first_name": wanted})
        assert put.json() == (await volunteer.get(path)).json() == {"first_name": wanted}
