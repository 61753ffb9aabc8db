"""Posts to accounts elsewhere: one to each, and none again unless somebody says so."""

import asyncio
import contextlib

import msgspec
import pytest
from engage.promising import post
from sharing.sharing_field import shared

from doorstep.kit.errors import RefusedError
from doorstep.kit.hosts import Hosts
from doorstep.kit.ids import new_id
from doorstep.kit.outgoing import Answer, Reach
from doorstep.sharing import posting
from doorstep.sharing.posting import MAX_TRIES, Poster, seal, unseal
from doorstep.sharing.transports import Fate, check_address, deliver, judge


@pytest.fixture
async def stub():
    """Stands for Mastodon and for a webhook: keeps what it gets, answers as it is told."""
    got, answers = [], {}

    async def talk(reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            path = first.split()[1]
            got.append((path, headers, msgspec.json.decode(body)))
            status = answers.get(path, 200)
            if status:
                writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 2\r\n\r\n{{}}".encode())
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], got, answers
    server.close()


@pytest.fixture
def poster(world, stub):
    reach = Reach(own_hosts=Hosts(f"127.0.0.1:{stub[0]}"), total_s=5)
    return Poster(world.keyring, "https://doorstep.example", reach)


@pytest.fixture
async def targets(tenant, world, stub):
    """A Mastodon account and a webhook, whose addresses only the server that is set so takes."""
    organizer = await tenant.organizer()
    await organizer.get("/post-targets")
    addresses = (f"mastodon://tok3n@127.0.0.1:{stub[0]}", f"json://127.0.0.1:{stub[0]}/news")
    made = []
    async with tenant.transaction() as db:
        for address in addresses:
            target_id = new_id()
            sealed = seal(world.keyring, tenant.id, target_id, address)
            by = next(iter(tenant.member_ids.values()))
            await posting.queries.insert_target(
                db, tenant.id, target_id, address[:8], "shown", sealed, by
            )
            made.append(str(target_id))
    return made


def body(targets, **more):
    return {"id": str(new_id()), "text": "Lamps are mended.", "post_target_ids": targets} | more


async def states(client, post_id):
    found = (await client.get(f"/posts/{post_id}")).json()
    return {one["target_id"]: one["state"] for one in found["deliveries"]}


MASTODON, WEBHOOK = "/api/v1/statuses", "/news"


async def test_each_service_gets_one_post_and_none_on_a_second_run(
    tenant, world, stub, poster, targets
):
    _, got, _ = stub
    organizer = await tenant.organizer()
    link = await shared(tenant, organizer)
    wanted = body(targets, share_link_id=link["id"])
    first, again = [await post(organizer, "/posts", **wanted) for _ in range(2)]
    assert first == again
    assert set((await states(organizer, wanted["id"])).values()) == {"queued"}
    for _ in range(3):
        await poster.send_due(world.pool)
    text = f"Lamps are mended.\n\nhttps://doorstep.example/r/{link['code']}"
    assert sorted((path, content) for path, _, content in got) == [
        (MASTODON, {"status": text}),
        (WEBHOOK, {"version": "1.0", "title": "", "message": text, "attachments": [],
                   "type": "info"}),
    ]  # fmt: skip
    headers = {path: headers for path, headers, _ in got}
    assert headers[MASTODON]["authorization"] == "Bearer tok3n"
    assert "authorization" not in headers[WEBHOOK]
    assert set((await states(organizer, wanted["id"])).values()) == {"sent"}
    path = f"/posts/{wanted['id']}/deliveries/{targets[0]}/again"
    assert (await organizer.post(path)).status_code == 409


@pytest.mark.parametrize("status", [500, 0])
async def test_what_may_have_arrived_is_sent_again_only_when_somebody_says_so(
    tenant, world, stub, poster, targets, status
):
    _, got, answers = stub
    answers[MASTODON] = status
    organizer, wanted = await tenant.organizer(), body(targets[:1])
    await post(organizer, "/posts", **wanted)
    for _ in range(3):
        await poster.send_due(world.pool)
    assert len(got) == 1
    assert await states(organizer, wanted["id"]) == {targets[0]: "unknown"}
    answers[MASTODON] = 200
    path = f"/posts/{wanted['id']}/deliveries/{targets[0]}/again"
    assert (await organizer.post(path)).status_code == 201
    assert (await organizer.post(path)).status_code == 409
    await poster.send_due(world.pool)
    assert await states(organizer, wanted["id"]) == {targets[0]: "sent"}
    keys = [headers["idempotency-key"] for _, headers, _ in got]
    assert len(set(keys)) == 2, "a new sending is a new one for the service as well"


async def test_a_program_that_stopped_while_sending_leaves_it_unknown(
    tenant, world, stub, poster, targets, monkeypatch
):
    organizer, wanted = await tenant.organizer(), body(targets[1:])
    await post(organizer, "/posts", **wanted)

    async def stop(*_):
        raise asyncio.CancelledError

    monkeypatch.setattr(posting, "deliver", stop)
    with pytest.raises(asyncio.CancelledError):
        await poster.send_due(world.pool)
    monkeypatch.undo()
    await poster.send_due(world.pool)
    assert await states(organizer, wanted["id"]) == {targets[1]: "sending"}
    async with tenant.transaction() as db:
        await db.execute("update post_delivery set next_at = now() - interval '1 second'")
    await poster.send_due(world.pool)
    assert await states(organizer, wanted["id"]) == {targets[1]: "unknown"}
    assert stub[1] == []


async def test_what_certainly_did_not_arrive_is_tried_again_and_then_given_up(
    tenant, world, stub, poster, targets
):
    _, got, answers = stub
    answers[WEBHOOK] = 503
    organizer, wanted = await tenant.organizer(), body(targets[1:])
    await post(organizer, "/posts", **wanted)
    for tried in range(1, MAX_TRIES + 2):
        await poster.send_due(world.pool)
        assert len(got) == min(tried, MAX_TRIES)
        async with tenant.transaction() as db:
            await db.execute("update post_delivery set next_at = now() where next_at is not null")
    assert await states(organizer, wanted["id"]) == {targets[1]: "failed"}
    assert len({headers["idempotency-key"] for _, headers, _ in got}) == 1


async def test_a_removed_service_gets_nothing_more(tenant, world, stub, poster, targets):
    organizer, wanted = await tenant.organizer(), body(targets)
    await post(organizer, "/posts", **wanted)
    assert (await organizer.delete(f"/post-targets/{targets[0]}")).status_code == 204
    await poster.send_due(world.pool)
    assert [path for path, _, _ in stub[1]] == [WEBHOOK]
    found = await states(organizer, wanted["id"])
    assert found == {targets[0]: "failed", targets[1]: "sent"}
    await post(organizer, "/posts", 422, **body(targets[:1]))


async def test_another_post_under_the_same_id_is_refused(tenant, targets):
    organizer, wanted = await tenant.organizer(), body(targets)
    await post(organizer, "/posts", **wanted)
    for other in ({"text": "Other words."}, {"post_target_ids": targets[:1]}):
        await post(organizer, "/posts", 409, **wanted | other)


async def test_an_address_is_kept_under_a_key_and_shown_without_its_password(tenant, world):
    organizer = await tenant.organizer()
    secret = "mastodons://s3cret@mastodon.example"  # noqa: S105 -- of nobody
    made = await post(organizer, "/post-targets", label="Masto", address=secret)
    assert made["shown"] == "mastodons://mastodon.example"
    await post(organizer, "/post-targets", 409, label="masto", address=secret)
    shown = (await organizer.get("/post-targets")).text
    assert "s3cret" not in shown
    async with tenant.transaction() as db:
        row = await db.fetchrow("select id, sealed, post_target::text as said from post_target")
    assert "s3cret" not in row["said"]
    assert b"s3cret" not in row["sealed"]
    assert unseal(world.keyring, tenant.id, row["id"], row["sealed"]) == secret
    assert unseal(world.keyring, tenant.id, new_id(), row["sealed"]) == ""


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1/x", "json://localhost/", "jsons://10.0.0.1/", "json://[::1]/",
        "json://169.254.169.254/latest", "json://example.org:22/", "json://a:b@example.org/",
        "mastodons://mastodon.example", "mastodons://t@mastodon.example?x=1", "json://example.org#x",
        "file:///etc/passwd", "http://example.org", "nonsense", "json://", "json://[x/",
        "json://exa mple.org/", "ntfy://192.168.1.1/topic", "slack://a/b/c?format=html",
    ],
)  # fmt: skip
async def test_addresses_that_posts_may_not_go_to_are_refused(tenant, address):
    organizer = await tenant.organizer()
    refused = await post(organizer, "/post-targets", 422, label="x", address=address)
    assert refused["errors"][0]["field"] == "address"


def test_chats_that_apprise_knows_are_taken():
    assert check_address("slack://A1/B2/C3", Hosts()) == "slack://…"
    with pytest.raises(RefusedError):
        check_address("ntfy://example.org/x", Hosts())


async def test_apprise_only_says_whether_a_service_took_it(monkeypatch):
    said = []
    took = [True]
    monkeypatch.setattr(
        "doorstep.notify.channels.chat.notify", lambda *told: said.append(told) or took[0]
    )
    reach = Reach(own_hosts=Hosts())
    sent = await deliver("slack://A1/B2/C3", "Hello", "key", reach)
    assert sent.fate is Fate.SENT
    took[0] = False
    assert (await deliver("slack://A1/B2/C3", "Hello", "key", reach)).fate is Fate.UNKNOWN
    assert said[0] == ("slack://A1/B2/C3", "", "Hello")


@pytest.mark.parametrize(
    ("status", "fate"),
    [(200, Fate.SENT), (204, Fate.SENT), (302, Fate.FAILED), (401, Fate.FAILED),
     (429, Fate.LATER), (503, Fate.LATER), (500, Fate.UNKNOWN), (504, Fate.UNKNOWN)],
)  # fmt: skip
def test_each_answer_has_a_meaning(status, fate):
    assert judge(Answer(status, {}, b"")).fate is fate


async def test_a_name_that_leads_within_fails_without_a_word_to_it(stub):
    async def inside(*_):
        return ["127.0.0.1"]

    reach = Reach(own_hosts=Hosts(), resolve=inside)
    tried = await deliver("json://innocent.example/x", "Hello", "key", reach)
    assert (tried.fate, tried.error) == (Fate.FAILED, "forbidden")
    assert stub[1] == []
