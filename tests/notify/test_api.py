import datetime as dt
from uuid import UUID

import msgspec
import pytest
from makers import make_field

from doorstep.kit.auth import Caller, Role
from doorstep.kit.ids import new_id
from doorstep.kit.queue import Job, enqueue
from doorstep.notify import broadcasting
from doorstep.notify.model import Kind, Notice
from doorstep.notify.service import hint_sync, notify, withdraw


def security(member_id, **more):
    about = new_id()
    return Notice(
        kind=Kind.ACCOUNT_SECURITY, member_id=member_id, about=about, key=str(about), **more
    )


async def test_the_inbox_shows_words_in_the_members_language(tenant):
    member_id, client = await tenant.member()
    async with tenant.transaction() as db:
        await notify(db, tenant.id, [security(member_id)])
    (told,) = (await client.get("/me/notifications")).json()["notifications"]
    assert (told["title"], told["read_at"]) == ("New sign-in", None)
    assert (await client.put("/me/notification-settings", json={"locale": "de-AT"})).is_success
    (told,) = (await client.get("/me/notifications")).json()["notifications"]
    assert told["title"] == "Neue Anmeldung"


async def test_the_inbox_is_read_page_by_page_newest_first(tenant):
    member_id, client = await tenant.member()
    for _ in range(5):
        async with tenant.transaction() as db:
            await notify(db, tenant.id, [security(member_id)])
    seen, before = [], None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = (await client.get("/me/notifications", params=query)).json()
        seen += [one["id"] for one in page["notifications"]]
        before = page["next"]
        if before is None:
            break
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)


async def test_the_inbox_leaves_out_what_is_not_due_withdrawn_or_a_hint(tenant):
    member_id, client = await tenant.member()
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    gone = security(member_id)
    async with tenant.transaction() as db:
        await notify(db, tenant.id, [security(member_id, due_at=later), gone])
        await withdraw(db, tenant.id, about=gone.about)
        await hint_sync(db, tenant.id, [member_id], 1)
    assert (await client.get("/me/notifications")).json() == {"notifications": [], "next": None}


async def test_what_it_was_about_is_gone_and_says_so(tenant):
    member_id, client = await tenant.member()
    about = new_id()
    one = Notice(kind=Kind.BROADCAST, member_id=member_id, about=about, key="x")
    async with tenant.transaction() as db:
        await notify(db, tenant.id, [one])
    (told,) = (await client.get("/me/notifications")).json()["notifications"]
    assert told["title"] == "Something changed"


async def test_reading_is_noted_once_and_only_for_oneself(tenant):
    member_id, client = await tenant.member()
    async with tenant.transaction() as db:
        await notify(db, tenant.id, [security(member_id)])
    (told,) = (await client.get("/me/notifications")).json()["notifications"]
    path = f"/me/notifications/{told['id']}/read"
    assert (await (await tenant.volunteer()).post(path)).status_code == 404
    assert (await client.post(path)).status_code == 204
    (first,) = (await client.get("/me/notifications")).json()["notifications"]
    assert (await client.post(path)).status_code == 204
    (second,) = (await client.get("/me/notifications")).json()["notifications"]
    assert first["read_at"] == second["read_at"] is not None


async def test_settings_have_defaults_and_are_replaced_whole(tenant):
    client = await tenant.volunteer()
    settings = (await client.get("/me/notification-settings")).json()
    assert settings == {
        "time_zone": None, "locale": None, "quiet_from": "21:00", "quiet_until": "08:00",
        "choices": [],
    }  # fmt: skip
    wanted = settings | {
        "time_zone": "Europe/Helsinki",
        "choices": [{"kind": "broadcast", "channel": "email", "wanted": True}],
    }
    assert (await client.put("/me/notification-settings", json=wanted)).json() == wanted
    assert (await client.get("/me/notification-settings")).json() == wanted
    assert (await client.put("/me/notification-settings", json={})).json() == settings


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, 422, "time_zone"),
        ({"quiet_from": "25:00"}, 400, "quiet_from"),
        ({"choices": [{"kind": "gossip", "channel": "push", "wanted": True}]}, 400, "choices"),
        ({"choices": [{"kind": "sync", "channel": "pigeon", "wanted": True}]}, 400, "choices"),
        ({"volume": 11}, 400, None),
    ],
)
async def test_settings_that_make_no_sense_name_the_field(tenant, body, status, field):
    answer = await (await tenant.volunteer()).put("/me/notification-settings", json=body)
    assert answer.status_code == status
    if field:
        assert field in answer.text


async def test_a_device_of_somebody_else_cannot_be_given_an_address(tenant, stranger):
    client = await tenant.volunteer()
    others = (await (await tenant.organizer()).get("/me")).json()["device_id"]
    theirs = (await (await stranger.volunteer()).get("/me")).json()["device_id"]
    push = {"kind": "token", "platform": "ios", "registration": "abc"}
    for device_id in (others, theirs, new_id()):
        path = f"/me/devices/{device_id}/push"
        assert (await client.put(path, json=push)).status_code == 404
        assert (await client.delete(path)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "topic", "platform": "ios", "registration": "abc"},
        {"kind": "token", "platform": "palm", "registration": "abc"},
        {"kind": "token", "platform": "ios", "registration": "with space"},
        {"kind": "token", "platform": "ios", "registration": ""},
        {"kind": "token", "platform": "ios", "registration": "x" * 5000},
    ],
)
async def test_an_address_that_firebase_would_not_take_is_refused(tenant, body):
    client = await tenant.volunteer()
    device_id = (await client.get("/me")).json()["device_id"]
    assert (await client.put(f"/me/devices/{device_id}/push", json=body)).status_code == 400


async def test_an_address_is_forgotten_again(tenant):
    client = await tenant.volunteer()
    path = f"/me/devices/{(await client.get('/me')).json()['device_id']}/push"
    push = {"kind": "fid", "platform": "web", "registration": "abc"}
    assert (await client.put(path, json=push)).status_code == 204
    for _ in range(2):
        assert (await client.delete(path)).status_code == 204
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from device_push") == 0


async def test_receipts_of_another_device_count_for_nothing(tenant):
    client = await tenant.volunteer()
    answer = await client.post("/me/notifications/receipts", json={"nids": [str(new_id())]})
    assert answer.json() == {"noted_count": 0}
    assert (await client.post("/me/notifications/receipts", json={"nids": []})).status_code == 400


async def test_a_broadcast_is_looked_at_before_it_is_sent_and_reaches_each_once(tenant):
    organizer = await tenant.organizer()
    members = [await tenant.member() for _ in range(3)]
    wanted = {"title": "Rain", "text": "Bring a coat.", "roles": ["volunteer"]}
    made = (await organizer.post("/broadcasts", json=wanted)).json()
    path = f"/broadcasts/{made['id']}"
    assert (made["recipients_count"], made["sent_at"]) == (3, None)
    reach = (await organizer.get(f"{path}/reach")).json()
    assert reach == {
        "recipients_count": 3, "with_push_count": 0, "with_email_count": 3,
        "unreachable_count": 0, "needs_approval": False, "deliveries": {},
        # No channel is set up on this server.
        "channels": [], "amount": 0.0, "currency": "EUR",
    }  # fmt: skip
    sent = await organizer.post(f"{path}/sending")
    assert sent.status_code == 200
    assert (await organizer.post(f"{path}/sending")).status_code == 409
    for _, client in members:
        (told,) = (await client.get("/me/notifications")).json()["notifications"]
        assert (told["title"], told["text"]) == ("Rain", "Bring a coat.")
    assert (await organizer.get("/me/notifications")).json()["notifications"] == []
    assert [one["id"] for one in (await organizer.get("/broadcasts")).json()] == [made["id"]]


async def test_a_broadcast_to_many_needs_a_second_person(tenant, monkeypatch):
    monkeypatch.setattr(broadcasting, "APPROVAL_ABOVE", 1)
    organizer, owner = await tenant.organizer(), await tenant.owner()
    made = (await organizer.post("/broadcasts", json={"title": "All", "text": "Hello"})).json()
    path = f"/broadcasts/{made['id']}"
    assert (await organizer.get(f"{path}/reach")).json()["needs_approval"]
    refused = await organizer.post(f"{path}/sending")
    assert refused.status_code == 409
    assert "another organizer" in refused.json()["detail"]
    assert (await organizer.post(f"{path}/approval")).status_code == 403
    assert (await owner.post(f"{path}/approval")).json()["approved_by"]
    assert (await organizer.post(f"{path}/sending")).status_code == 200


async def test_a_broadcast_that_was_taken_back_reaches_nobody(tenant):
    organizer = await tenant.organizer()
    member_id, client = await tenant.member()
    body = {"title": "Party", "text": "Tonight", "member_ids": [str(member_id)]}
    made = (await organizer.post("/broadcasts", json=body)).json()
    path = f"/broadcasts/{made['id']}"
    await organizer.post(f"{path}/sending")
    assert (await organizer.post(f"{path}/withdrawal")).json()["withdrawn_at"]
    assert (await client.get("/me/notifications")).json()["notifications"] == []
    assert (await organizer.post(f"{path}/sending")).status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"roles": ["volunteer"], "member_ids": [str(new_id())]}, "member_ids"),
        ({"member_ids": [str(new_id())]}, "member_ids"),
        ({"roles": ["caseworker"]}, "roles"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ],
)
async def test_a_broadcast_to_nobody_or_too_late_is_refused(tenant, changes, field):
    body = {"title": "Hello", "text": "World"} | changes
    answer = await (await tenant.organizer()).post("/broadcasts", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_jobs_are_shown_to_organizers(tenant):
    async with tenant.transaction() as db:
        await enqueue(db, Job("notify.send", tenant.id, [new_id()]))
    (found,) = (await (await tenant.organizer()).get("/jobs")).json()
    assert found["task"] == "notify.send"
    assert (found["waiting_count"], found["held_count"], found["held_error"]) == (1, 0, None)
    assert found["waiting_since"]
    assert (await (await tenant.volunteer()).get("/jobs")).status_code == 403


async def kinds_told(tenant, member_id):
    async with tenant.transaction() as db:
        rows = await db.fetch(
            """
            select kind, withdrawn_at is not null as withdrawn
              from notification where member_id = $1 order by id
            """,
            member_id,
        )
    return [(row["kind"], row["withdrawn"]) for row in rows]


async def test_a_turf_that_is_given_and_taken_back_at_once_is_told_as_taken_back(tenant):
    made = await make_field(tenant)
    assert await kinds_told(tenant, made.volunteer_id) == [("turf_assigned", False)]
    organizer = await tenant.organizer()
    path = f"/turfs/{made.turf_id}/assignments/{made.volunteer_id}"
    assert (await organizer.delete(path)).is_success
    assert await kinds_told(tenant, made.volunteer_id) == [
        ("turf_assigned", True), ("turf_taken_back", False),
    ]  # fmt: skip


async def test_a_turf_that_a_volunteer_hands_back_is_not_told_to_them(tenant):
    made = await make_field(tenant)
    assert (await made.volunteer.post(f"/turfs/{made.turf_id}/handing-back")).is_success
    assert [kind for kind, _ in await kinds_told(tenant, made.volunteer_id)] == ["turf_assigned"]


async def test_the_words_of_a_turf_name_it(tenant):
    made = await make_field(tenant)
    async with tenant.transaction() as db:
        await db.execute("update notification set due_at = now()")
    (told,) = (await made.volunteer.get("/me/notifications")).json()["notifications"]
    assert told["text"].startswith("Turf 1 is yours now")
    assert told["about"] == made.turf_id


async def test_who_is_erased_takes_along_what_they_were_told(tenant):
    member_id, client = await tenant.member()
    path = f"/me/devices/{(await client.get('/me')).json()['device_id']}/push"
    push = {"kind": "fid", "platform": "web", "registration": "abc"}
    assert (await client.put(path, json=push)).is_success
    await client.put("/me/notification-settings", json={"locale": "de"})
    async with tenant.transaction() as db:
        await notify(db, tenant.id, [security(member_id)])
        await db.execute(
            "update member set ended_at = now(), erased_at = now() where id = $1", member_id
        )
        for table in ("notification", "notification_setting", "device_push"):
            assert await db.fetchval(f"select count(*) from {table}") == 0, table  # noqa: S608


async def test_nobody_but_organizers_broadcasts(tenant):
    for role in set(Role) - {Role.OWNER, Role.ORGANIZER}:
        client = await tenant.client(role)
        assert (await client.get("/broadcasts")).status_code == 403


async def test_a_broadcast_says_beforehand_what_it_costs_on_each_channel(tenant, settings):
    organizer = await tenant.organizer()
    members = [await tenant.member() for _ in range(3)]
    async with tenant.transaction() as db:
        await db.execute(
            "update member set phone = '+15550100' || right(id::text, 2) where id = any($1)",
            [member_id for member_id, _ in members[:2]],
        )
    texted = {"kind": "broadcast", "channel": "sms", "wanted": True}
    for _, client in members:
        await client.put("/me/notification-settings", json={"choices": [texted]})
    body = {"title": "Rain", "text": "x" * 200, "member_ids": [str(one) for one, _ in members]}
    made = (await organizer.post("/broadcasts", json=body)).json()
    caller = Caller(
        organization_id=tenant.id, member_id=members[0][0], device_id=new_id(),
        roles=frozenset({Role.ORGANIZER}),
    )  # fmt: skip
    priced = msgspec.structs.replace(
        settings, smtp_url="smtp://x", sms_url="twilio://x/{number}", sms_price=0.045,
        sms_currency="CHF",
    )  # fmt: skip
    async with tenant.transaction() as db:
        told = await broadcasting.reach(db, caller, UUID(made["id"]), priced)
        unpriced = msgspec.structs.replace(priced, sms_price=None)
        blind = await broadcasting.reach(db, caller, UUID(made["id"]), unpriced)
    # Two have a number; 206 letters are two parts.
    costs = [(str(c.channel), c.recipients_count, c.parts_count, c.amount) for c in told.channels]
    assert costs == [("email", 3, 3, 0.0), ("sms", 2, 4, 0.18)]
    assert (told.amount, told.currency) == (0.18, "CHF")
    assert (blind.channels[1].amount, blind.amount) == (None, None)
