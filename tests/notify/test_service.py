"""From the fact to the phone: in the database, with a channel that notes what it is given."""

import asyncio
import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from doorstep.kit.ids import new_id
from doorstep.kit.queue.driver import worker_transaction
from doorstep.kit.queue.enqueueing import unpacked
from doorstep.notify import planner, service
from doorstep.notify import planning_queries as queries
from doorstep.notify.model import Kind, Notice, Outcome, Sent, Words
from doorstep.notify.notices import RENDERERS
from doorstep.notify.sender import Sender
from doorstep.notify.service import hint_sync, notify, switch, withdraw

UTC = dt.UTC


def noon_of_tomorrow():
    return dt.datetime.now(UTC).replace(hour=12, minute=0) + dt.timedelta(days=1)


class Noting:
    """A channel that keeps what it is given and answers as told."""

    def __init__(self, name="push"):
        self.name = name
        self.items, self.answers, self.raises = [], {}, None

    async def send(self, items):
        self.items += items
        if self.raises:
            raise self.raises
        return [
            self.answers.get(one.address) or Sent(delivery_id=one.delivery_id, outcome=Outcome.SENT)
            for one in items
        ]

    def answer(self, address, delivery_id, outcome, **more):
        self.answers[address] = Sent(delivery_id=delivery_id, outcome=outcome, **more)


class Phones:
    """An organization whose members have phones, and the way to them."""

    def __init__(self, tenant):
        self.tenant, self.channel = tenant, Noting()
        self.pool = tenant.world.pool

    async def phone(self, registration=None, platform="android"):
        member_id, client = await self.tenant.member()
        await self.no_quiet(client)
        device_id = (await client.get("/me")).json()["device_id"]
        done = await client.put(
            f"/me/devices/{device_id}/push",
            json={
                "kind": "token",
                "platform": platform,
                "registration": registration or f"phone-{device_id}",
            },
        )
        assert done.status_code == 204, done.text
        return member_id, client

    async def no_quiet(self, client):
        settings = {"quiet_from": "00:00", "quiet_until": "00:00"}
        assert (await client.put("/me/notification-settings", json=settings)).status_code == 200

    async def tell(self, *notices):
        async with self.tenant.transaction() as db:
            return await notify(db, self.tenant.id, notices)

    async def plan(self, now=None, channels=("push",)):
        async with self.tenant.transaction() as db:
            now = now or dt.datetime.now(UTC)
            return await queries_plan(db, self.tenant.id, channels, now)

    async def work(self, now=None):
        """Plan what is due, then send what waits; what is to be tried later is not."""
        await self.plan(now, (self.channel.name,))
        async with self.tenant.transaction() as db:
            rows = await db.fetch(
                """
                select payload from queue.pgqueuer
                 where entrypoint = 'notify.send' and execute_after <= now()
                """
            )
        for row in rows:
            _, ids = unpacked(row["payload"])
            await Sender([self.channel], RENDERERS).send(self.pool, self.tenant.id, ids)

    async def rows(self, statement, *args):
        async with self.tenant.transaction() as db:
            return [dict(row) for row in await db.fetch(statement, *args)]

    async def deliveries(self):
        return await self.rows("select * from delivery order by id")

    async def notifications(self):
        return await self.rows("select * from notification order by id")


async def queries_plan(db, organization_id, channels, now):
    return await planner.plan_batch(db, organization_id, channels, now)


@pytest.fixture
def phones(tenant):
    return Phones(tenant)


def notice(member_id, kind=Kind.SHIFT_REMINDER, **more):
    about = more.pop("about", new_id())
    return Notice(
        kind=kind, member_id=member_id, about=about, key=more.pop("key", f"{kind}:{about}"), **more
    )


async def test_a_key_is_one_notification_for_ever(phones):
    member_id, _ = await phones.phone()
    one = notice(member_id)
    assert await phones.tell(one, notice(member_id)) == 2
    assert await phones.tell(one) == 0
    await phones.work()
    assert await phones.tell(one) == 0
    await phones.work()
    assert len(phones.channel.items) == 2


async def test_nothing_is_told_of_a_fact_that_was_rolled_back(phones):
    member_id, _ = await phones.phone()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with phones.tenant.transaction() as db:
            await notify(db, phones.tenant.id, [notice(member_id)])
            raise ZeroDivisionError
    assert await phones.notifications() == []


async def test_a_push_goes_to_each_device_and_is_noted(phones):
    member_id, _ = await phones.phone("the-phone")
    await phones.tell(notice(member_id))
    await phones.work()
    (sent,) = phones.channel.items
    assert (sent.address, sent.registration, sent.platform) == ("the-phone", "token", "android")
    (row,) = await phones.deliveries()
    assert (row["state"], row["attempts"], row["error"]) == ("sent", 1, None)


async def test_what_is_due_later_waits(phones):
    member_id, _ = await phones.phone()
    due_at = dt.datetime.now(UTC) + dt.timedelta(days=4)
    await phones.tell(notice(member_id, due_at=due_at))
    await phones.work()
    assert phones.channel.items == []
    async with worker_transaction(phones.pool) as db:
        assert phones.tenant.id not in await queries.organizations_with_due(
            db, dt.datetime.now(UTC)
        )
        assert phones.tenant.id in await queries.organizations_with_due(db, due_at)
    await phones.work(due_at)
    assert len(phones.channel.items) == 1


async def test_nothing_is_sent_after_it_was_withdrawn(phones):
    member_id, _ = await phones.phone()
    early, late = notice(member_id), notice(member_id)
    await phones.tell(early, late)
    async with phones.tenant.transaction() as db:
        assert await withdraw(db, phones.tenant.id, about=early.about) == 1
    await phones.plan()
    async with phones.tenant.transaction() as db:
        # Planned, and its delivery waits.
        assert await withdraw(db, phones.tenant.id, about=late.about, kinds=[late.kind]) == 1
        assert await withdraw(db, phones.tenant.id, about=late.about) == 0
    await phones.work()
    assert phones.channel.items == []
    (row,) = await phones.deliveries()
    assert (row["state"], row["error"]) == ("suppressed", "withdrawn")


async def test_what_was_sent_cannot_be_withdrawn(phones):
    member_id, _ = await phones.phone()
    one = notice(member_id)
    await phones.tell(one)
    await phones.work()
    async with phones.tenant.transaction() as db:
        assert await withdraw(db, phones.tenant.id, about=one.about) == 0


async def test_withdrawing_minds_kind_and_member(phones):
    one, _ = await phones.phone()
    other, _ = await phones.phone()
    about = new_id()
    await phones.tell(notice(one, about=about), notice(other, about=about))
    async with phones.tenant.transaction() as db:
        assert await withdraw(db, phones.tenant.id, about=about, kinds=[Kind.SHIFT_MOVED]) == 0
        assert await withdraw(db, phones.tenant.id, about=about, member_id=one) == 1
    await phones.work()
    assert [item.notification.member_id for item in phones.channel.items] == [other]


async def test_ten_changes_of_a_turf_within_a_minute_are_one_push(phones):
    member_id, _ = await phones.phone()
    about = new_id()
    for number in range(10):
        await phones.tell(
            notice(member_id, Kind.TURF_RECUT, about=about, key=f"turf:{about}:{number}")
        )
    await phones.work()
    assert phones.channel.items == []
    first = (await phones.notifications())[0]
    await phones.work(first["due_at"] + dt.timedelta(milliseconds=1))
    assert len(phones.channel.items) == 1
    found = await phones.notifications()
    assert [one["dropped"] for one in found] == ["collapsed"] * 9 + [None]
    assert phones.channel.items[0].notification.id == found[-1]["id"]


async def test_changes_of_a_turf_are_one_push_also_where_many_wait(phones, monkeypatch):
    """A worker that was away finds more than it plans at once."""
    monkeypatch.setattr(planner, "BATCH", 1)
    member_id, _ = await phones.phone()
    long_ago = dt.datetime.now(UTC) - dt.timedelta(hours=1)
    about = new_id()
    for number in range(3):
        due_at = long_ago + dt.timedelta(minutes=10 * number)
        key = f"turf:{about}:{number}"
        await phones.tell(notice(member_id, Kind.TURF_RECUT, about=about, key=key, due_at=due_at))
    await planner.plan(phones.pool, phones.tenant.id, ("push",))
    found = await phones.notifications()
    assert [one["dropped"] for one in found] == ["collapsed", "collapsed", None]
    assert len(await phones.deliveries()) == 1


async def test_many_are_told_in_several_goes_and_each_once(phones, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 2)
    members = [(await phones.phone())[0] for _ in range(3)]
    about = new_id()
    notices = [notice(one, about=about) for one in members]
    assert await phones.tell(*notices, *notices) == 3
    assert sorted(one["member_id"] for one in await phones.notifications()) == sorted(members)


async def test_hints_of_a_minute_are_one_row_and_one_push(phones):
    member_id, _ = await phones.phone()
    for seq in range(1, 6):
        async with phones.tenant.transaction() as db:
            await hint_sync(db, phones.tenant.id, [member_id, member_id], seq)
    found = await phones.notifications()
    # A minute may end meanwhile.
    assert len(found) in {1, 2}
    await phones.work(found[-1]["due_at"])
    assert len(phones.channel.items) == 1
    (hint,) = phones.channel.items
    assert hint.notification.kind is Kind.SYNC
    assert set(hint.notification.facts) == {"seq"}


async def test_quiet_hours_put_off_until_the_morning_there(phones):
    member_id, client = await phones.phone()
    settings = {"time_zone": "Europe/Helsinki", "quiet_from": "21:00", "quiet_until": "08:00"}
    assert (await client.put("/me/notification-settings", json=settings)).status_code == 200
    night = dt.datetime(2030, 3, 30, 22, tzinfo=UTC)
    async with phones.tenant.transaction() as db:
        await db.execute("update device set expires_at = '2031-01-01'")
    await phones.tell(notice(member_id, due_at=night))
    await phones.plan(night)
    (row,) = await phones.notifications()
    # The clocks go forward that night: eight in the morning is five in UTC.
    assert row["due_at"] == dt.datetime(2030, 3, 31, 5, tzinfo=UTC)
    assert await phones.deliveries() == []
    await phones.plan(row["due_at"])
    assert len(await phones.deliveries()) == 1


async def test_over_a_change_of_clocks_each_reminder_reaches_each_once_by_day(phones):
    zones = ["Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
    for zone in zones:
        member_id, client = await phones.phone(f"in {zone}".replace(" ", "-"))
        settings = {"time_zone": zone}
        assert (await client.put("/me/notification-settings", json=settings)).is_success
        begin = dt.datetime(2030, 3, 30, tzinfo=UTC)
        await phones.tell(
            *(
                notice(member_id, key=f"step {hour}", due_at=begin + dt.timedelta(hours=hour))
                for hour in range(0, 48, 3)
            )
        )
    async with phones.tenant.transaction() as db:
        await db.execute("update device set expires_at = '2031-01-01'")
    planned = {}
    for hour in range(72):
        now = dt.datetime(2030, 3, 30, tzinfo=UTC) + dt.timedelta(hours=hour)
        await phones.plan(now)
        for row in await phones.rows(
            """
            select d.id, s.time_zone
              from delivery d
              join notification n on n.id = d.notification_id
              join notification_setting s on s.member_id = n.member_id
            """
        ):
            planned.setdefault(row["id"], (row["time_zone"], now))
    assert Counter(zone for zone, _ in planned.values()) == dict.fromkeys(zones, 16)
    for zone, at in planned.values():
        assert 8 <= at.astimezone(ZoneInfo(zone)).hour < 21


async def test_what_nobody_wants_is_not_sent(phones):
    member_id, client = await phones.phone()
    async with phones.tenant.transaction() as db:
        kind = Kind.SHIFT_REMINDER
        await switch(db, phones.tenant.id, member_id, kind, "push", wanted=False)
    await phones.tell(notice(member_id))
    await phones.work()
    assert phones.channel.items == []
    assert (await phones.notifications())[0]["dropped"] == "unwanted"
    told = (await client.get("/me/notifications")).json()["notifications"]
    assert len(told) == 1


async def test_wishes_are_asked_again_before_it_is_sent(phones):
    member_id, client = await phones.phone()
    await phones.tell(notice(member_id))
    await phones.plan()
    choices = [{"kind": "shift_reminder", "channel": "push", "wanted": False}]
    settings = {"quiet_from": "00:00", "quiet_until": "00:00", "choices": choices}
    assert (await client.put("/me/notification-settings", json=settings)).status_code == 200
    await phones.work()
    assert phones.channel.items == []
    assert (await phones.deliveries())[0]["error"] == "unwanted"


async def test_what_was_read_in_the_app_is_not_sent_any_more(phones):
    member_id, client = await phones.phone()
    await phones.tell(notice(member_id))
    await phones.plan()
    (told,) = (await client.get("/me/notifications")).json()["notifications"]
    assert (await client.post(f"/me/notifications/{told['id']}/read")).status_code == 204
    await phones.work()
    assert (await phones.deliveries())[0]["error"] == "read"


async def test_a_device_that_was_signed_out_gets_nothing(phones):
    member_id, client = await phones.phone()
    await phones.tell(notice(member_id))
    await phones.plan()
    device_id = (await client.get("/me")).json()["device_id"]
    assert (await client.delete(f"/me/devices/{device_id}")).status_code < 300
    await phones.work()
    assert phones.channel.items == []
    await phones.tell(notice(member_id))
    await phones.plan()
    assert [row["error"] for row in await phones.deliveries()] == ["no_address"]


async def test_a_member_who_left_gets_nothing(phones):
    member_id, _ = await phones.phone()
    await phones.tell(notice(member_id), notice(member_id))
    await phones.plan()
    await phones.tell(notice(member_id))
    async with phones.tenant.transaction() as db:
        await db.execute("update member set ended_at = now() where id = $1", member_id)
    await phones.work()
    assert phones.channel.items == []
    assert {row["error"] for row in await phones.deliveries()} == {"ended"}
    assert "ended" in {row["dropped"] for row in await phones.notifications()}


async def test_a_device_that_firebase_knows_no_more_is_left_alone(phones):
    member_id, client = await phones.phone("gone-phone")
    await phones.tell(notice(member_id))
    await phones.plan()
    (row,) = await phones.deliveries()
    phones.channel.answer("gone-phone", row["id"], Outcome.DEAD, error="Unregistered", gone=True)
    await phones.work()
    (row,) = await phones.deliveries()
    assert (row["state"], row["error"]) == ("failed", "Unregistered")
    (device,) = await phones.rows("select * from device_push where registration = 'gone-phone'")
    assert device["disabled_at"]
    await phones.tell(notice(member_id))
    await phones.work()
    assert len(phones.channel.items) == 1
    # The app says anew where it is reached.
    push = {"kind": "token", "platform": "android", "registration": "new-phone"}
    await client.put(f"/me/devices/{device['device_id']}/push", json=push)
    await phones.tell(notice(member_id))
    await phones.work()
    assert phones.channel.items[-1].address == "new-phone"


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.FAILED, "queued"), (Outcome.UNKNOWN, "unknown"), (Outcome.LATER, "queued")],
)
async def test_what_did_not_work_has_a_job_that_tries_again(phones, outcome, state):
    member_id, _ = await phones.phone("a-phone")
    await phones.tell(notice(member_id))
    await phones.plan()
    (row,) = await phones.deliveries()
    later = dt.datetime.now(UTC) + dt.timedelta(seconds=40)
    phones.channel.answer("a-phone", row["id"], outcome, error="Away", retry_at=later)
    await phones.work()
    (row,) = await phones.deliveries()
    assert (row["state"], row["error"], row["attempts"]) == (state, "Away", 1)
    assert row["retry_at"] > dt.datetime.now(UTC)
    jobs = await phones.rows(
        """
        select payload, extract(epoch from execute_after - now())::float8 as wait_s
          from queue.pgqueuer where execute_after > now()
        """
    )
    assert [unpacked(job["payload"])[1] for job in jobs] == [[row["id"]]]
    assert jobs[0]["wait_s"] > 10
    nid = phones.channel.items[0].notification.id
    phones.channel.answers.clear()
    await Sender([phones.channel], RENDERERS).send(phones.pool, phones.tenant.id, [row["id"]])
    assert phones.channel.items[1].notification.id == nid
    assert phones.channel.items[1].attempts == 2
    assert (await phones.deliveries())[0]["state"] == "sent"


async def test_a_channel_that_raises_leaves_all_unknown(phones):
    for _ in range(3):
        member_id, _ = await phones.phone()
        await phones.tell(notice(member_id))
    phones.channel.raises = RuntimeError("somebody's address")
    await phones.work()
    rows = await phones.deliveries()
    assert {(row["state"], row["error"]) for row in rows} == {("unknown", "RuntimeError")}
    assert all(row["retry_at"] for row in rows)


async def test_a_job_that_is_done_twice_sends_once(phones):
    member_id, _ = await phones.phone()
    await phones.tell(notice(member_id))
    await phones.work()
    await phones.work()
    assert len(phones.channel.items) == 1


async def test_two_planners_plan_each_once(phones):
    members = [(await phones.phone())[0] for _ in range(3)]
    await phones.tell(*(notice(one) for one in members for _ in range(20)))
    await asyncio.gather(phones.plan(), phones.plan(), phones.plan())
    assert len(await phones.deliveries()) == 60


async def test_a_receipt_makes_it_delivered_once_and_for_all(phones):
    member_id, client = await phones.phone()
    await phones.tell(notice(member_id))
    await phones.work()
    nid = str(phones.channel.items[0].notification.id)
    body = {"nids": [nid, str(new_id())]}
    first = await client.post("/me/notifications/receipts", json=body)
    assert first.json() == {"noted_count": 1}
    again = await client.post("/me/notifications/receipts", json=body)
    assert again.json() == {"noted_count": 0}
    assert (await phones.deliveries())[0]["state"] == "delivered"


async def test_a_receipt_for_what_was_unknown_ends_the_tries(phones):
    member_id, client = await phones.phone()
    await phones.tell(notice(member_id))
    phones.channel.raises = RuntimeError()
    await phones.work()
    nid = str(phones.channel.items[0].notification.id)
    await client.post("/me/notifications/receipts", json={"nids": [nid]})
    phones.channel.raises = None
    (row,) = await phones.deliveries()
    await Sender([phones.channel], RENDERERS).send(phones.pool, phones.tenant.id, [row["id"]])
    assert len(phones.channel.items) == 1


async def test_without_a_phone_it_goes_by_mail_in_words(phones):
    member_id, client = await phones.tenant.member()
    await phones.no_quiet(client)
    phones.channel.name = "email"

    async def words(_, of):
        return Words(title=f"In {of.locale} and {of.time_zone}", text="Come")

    await phones.tell(notice(member_id, Kind.SHIFT_MOVED))
    await phones.plan(channels=("email", "push"))
    (row,) = await phones.deliveries()
    assert row["channel"] == "email"
    sender = Sender([phones.channel], {Kind.SHIFT_MOVED: words})
    await sender.send(phones.pool, phones.tenant.id, [row["id"]])
    (item,) = phones.channel.items
    assert item.address.endswith("@example.org")
    assert item.words.title == "In en and UTC"


async def test_what_it_was_about_is_gone_and_there_is_nothing_to_say(phones):
    member_id, client = await phones.tenant.member()
    await phones.no_quiet(client)
    phones.channel.name = "email"
    await phones.tell(notice(member_id, Kind.BROADCAST))
    await phones.work()
    assert phones.channel.items == []
    assert (await phones.deliveries())[0]["error"] == "nothing_to_say"


async def test_old_notifications_are_dropped_with_their_deliveries(phones):
    member_id, _ = await phones.phone()
    await phones.tell(notice(member_id))
    async with phones.tenant.transaction() as db:
        await hint_sync(db, phones.tenant.id, [member_id], 1)
    await phones.work(dt.datetime.now(UTC) + dt.timedelta(minutes=2))
    async with phones.tenant.transaction() as db:
        now = dt.datetime.now(UTC)
        await queries.forget_old(db, phones.tenant.id, now + dt.timedelta(days=2))
    assert [one["kind"] for one in await phones.notifications()] == ["shift_reminder"]
    async with phones.tenant.transaction() as db:
        await queries.forget_old(db, phones.tenant.id, now + dt.timedelta(days=190))
    assert await phones.notifications() == []
    assert await phones.deliveries() == []


async def test_a_registration_belongs_to_who_said_it_last(phones):
    first, _ = await phones.phone("shared-phone")
    second, _ = await phones.phone("shared-phone")
    await phones.tell(notice(first), notice(second))
    await phones.work()
    assert [item.notification.member_id for item in phones.channel.items] == [second]
