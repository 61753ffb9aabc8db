"""The whole way: a fact in a request, the worker beside it, a push at the stand-in."""

import asyncio
import contextlib

import httpx
import msgspec
import structlog
from canaries import found_in
from makers import make_tenant

from doorstep.app import create_app, work
from doorstep.kit import queue
from doorstep.kit.ids import new_id
from doorstep.kit.tokens import Keyring
from doorstep.notify.model import Kind, Notice
from doorstep.notify.service import notify
from doorstep.notify.working import push_channels, working


@contextlib.asynccontextmanager
async def beside(world, settings):
    keyring = Keyring(settings.keys_dir, settings.public_url)
    async with working(world.pool, work(settings, keyring)):
        yield


async def phone(tenant, registration):
    member_id, client = await tenant.member(name="Canaria Feathers")
    device_id = (await client.get("/me")).json()["device_id"]
    push = {"kind": "fid", "platform": "android", "registration": registration}
    assert (await client.put(f"/me/devices/{device_id}/push", json=push)).is_success
    settings = {"quiet_from": "00:00", "quiet_until": "00:00"}
    assert (await client.put("/me/notification-settings", json=settings)).is_success
    return member_id, client


async def states(tenant):
    async with tenant.transaction() as db:
        rows = await db.fetch("select state from delivery order by id")
    return [row["state"] for row in rows]


async def until(wanted, look):
    async with asyncio.timeout(20):
        while (found := await look()) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


async def test_a_broadcast_comes_to_the_phone_and_its_receipt_comes_back(world, settings, fcm):
    tenant = await make_tenant(world)
    organizer = await tenant.organizer()
    _, client = await phone(tenant, "ok-whole-way")
    settings = msgspec.structs.replace(settings, push_credentials=fcm.account)
    async with beside(world, settings):
        body = {"title": "Rain", "text": "Canaria Feathers brings coats", "roles": ["volunteer"]}
        made = (await organizer.post("/broadcasts", json=body)).json()
        assert (await organizer.post(f"/broadcasts/{made['id']}/sending")).is_success
        await until(["sent"], lambda: states(tenant))
    received = await asyncio.to_thread(fcm.received)
    (message,) = [
        one["message"]
        for one in received["messages"]
        if one["message"].get("fid") == "ok-whole-way"
    ]
    assert not found_in(str(received))
    body = {"nids": [message["data"]["nid"]]}
    noted = await client.post("/me/notifications/receipts", json=body)
    assert noted.json() == {"noted_count": 1}
    reach = await organizer.get(f"/broadcasts/{made['id']}/reach")
    assert reach.json()["deliveries"] == {"delivered": 1}


async def test_what_becomes_due_later_is_found_by_the_round(world, settings, fcm):
    tenant = await make_tenant(world)
    member_id, _ = await phone(tenant, "ok-later")
    async with tenant.transaction() as db:
        one = Notice(kind=Kind.TURF_RECUT, member_id=member_id, about=new_id(), key="turf")
        await notify(db, tenant.id, [one])
        # The minute for others of its kind is over.
        await db.execute("update notification set due_at = now()")
        assert await queue.state(db) == []
    settings = msgspec.structs.replace(settings, push_credentials=fcm.account)
    async with beside(world, settings):
        await until(["sent"], lambda: states(tenant))


async def test_without_credentials_it_says_so_once_and_the_inbox_works(world, settings):
    with structlog.testing.capture_logs() as lines:
        assert push_channels(settings) == []
    assert [line["event"] for line in lines] == ["push_not_configured"]
    tenant = await make_tenant(world)
    member_id, client = await phone(tenant, "nobody")
    async with beside(world, settings):
        async with tenant.transaction() as db:
            one = Notice(kind=Kind.ACCOUNT_SECURITY, member_id=member_id, about=member_id, key="x")
            await notify(db, tenant.id, [one])

        async def dropped():
            async with tenant.transaction() as db:
                return await db.fetchval("select dropped from notification")

        await until("no_way", dropped)
    assert len((await client.get("/me/notifications")).json()["notifications"]) == 1


async def test_a_server_works_by_itself(database_url, settings, world):
    """`serve` asks for it; jobs under way are finished before it ends."""
    app = create_app(settings, database_url, works=True)
    tenant = await make_tenant(world)
    member_id, _ = await phone(tenant, "nobody")
    async with app.lifespan():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            assert (await client.get("/health/live")).is_success
        async with tenant.transaction() as db:
            one = Notice(kind=Kind.ACCOUNT_SECURITY, member_id=member_id, about=member_id, key="x")
            await notify(db, tenant.id, [one])

        async def planned():
            async with tenant.transaction() as db:
                return await db.fetchval("select planned_at is not null from notification")

        await until(True, planned)
