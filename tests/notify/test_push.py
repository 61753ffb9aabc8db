"""Google's own library, untouched, over HTTP/2 and TLS against a stand-in: each of its traps."""

import asyncio
import contextlib
import datetime as dt
import gc
import json
import time
from pathlib import Path

import httpx
import msgspec
import pytest

from doorstep.kit.ids import new_id
from doorstep.notify.channels import push
from doorstep.notify.channels.push import PushChannel
from doorstep.notify.model import Kind, Notification, Outcome, Outgoing


def item(registration, *, platform="android", kind=Kind.SHIFT_REMINDER, how="token", **more):
    notification = Notification(
        organization_id=new_id(),
        id=new_id(),
        kind=kind,
        member_id=new_id(),
        about=new_id(),
        facts=more.pop("facts", {}),
        due_at=dt.datetime.now(dt.UTC),
        expires_at=more.pop("expires_at", None),
        locale="en",
        time_zone="UTC",
    )
    return Outgoing(
        delivery_id=new_id(),
        notification=notification,
        address=registration,
        registration=how,
        platform=platform,
    )


@contextlib.asynccontextmanager
async def opened(fcm):
    channel = PushChannel(fcm.account)
    try:
        yield channel
    finally:
        await channel.close()


@pytest.fixture
async def channel(fcm):
    async with opened(fcm) as made:
        yield made


async def outcomes(channel, *items):
    sents = {one.delivery_id: one for one in await channel.send(items)}
    assert len(sents) == len(items)
    return [sents[one.delivery_id] for one in items]


async def test_what_is_sent_holds_ids_alone_and_says_how_long_it_lives(channel, fcm):
    until = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    of = item("ok-1", expires_at=until, facts={"seq": 7, "name": "Canaria Feathers"})
    (sent,) = await outcomes(channel, of)
    assert sent.outcome is Outcome.SENT
    (received,) = fcm.received()["messages"]
    assert received["http"] == "2"
    assert received["authorized"]
    message = received["message"]
    assert message["token"] == "ok-1"  # noqa: S105
    assert message["data"] == {
        "kind": "shift_reminder",
        "nid": str(of.notification.id),
        "org": str(of.notification.organization_id),
        "v": "1",
        "seq": "7",
    }
    assert message["android"]["collapse_key"] == "shift"
    assert message["android"]["priority"] == "high"
    assert 7100 < int(message["android"]["ttl"].removesuffix("s").partition(".")[0]) <= 7200
    headers = message["apns"]["headers"]
    assert (headers["apns-priority"], headers["apns-push-type"]) == ("5", "background")
    assert headers["apns-collapse-id"] == "shift"
    assert abs(int(headers["apns-expiration"]) - until.timestamp()) < 5
    assert message["apns"]["payload"]["aps"] == {"content-available": 1}
    assert message["webpush"]["headers"]["Topic"] == "shift"
    assert "Feathers" not in json.dumps(received)


async def test_collapse_keys_are_four_at_most_and_a_hint_wakes_nobody(channel, fcm):
    await outcomes(channel, *(item(f"ok-{kind}", kind=kind) for kind in Kind))
    messages = [one["message"] for one in fcm.received()["messages"]]
    assert len({one["android"]["collapse_key"] for one in messages}) <= 4
    (hint,) = [one for one in messages if one["data"]["kind"] == "sync"]
    assert hint["android"]["priority"] == "normal"


async def test_a_device_is_addressed_as_it_registered(channel, fcm):
    await outcomes(channel, item("ok-t"), item("ok-f", how="fid"))
    messages = [one["message"] for one in fcm.received()["messages"]]
    assert sorted(("token" in one, "fid" in one) for one in messages) == [
        (False, True), (True, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "outcome", "error", "gone"),
    [
        ("unregistered", Outcome.DEAD, "UnregisteredError", True),
        ("sender", Outcome.DEAD, "SenderIdMismatchError", True),
        ("invalid", Outcome.DEAD, "InvalidArgumentError", False),
        ("forbidden", Outcome.FAILED, "PermissionDeniedError", False),
        ("html", Outcome.UNKNOWN, "UnknownError", False),
    ],
)
async def test_each_error_has_its_outcome_and_spoils_no_other(
    channel, fcm, how, outcome, error, gone
):
    bad, good = await outcomes(channel, item(f"{how}-1"), item("ok-1"))
    assert (bad.outcome, bad.error, bad.gone) == (outcome, error, gone)
    assert good.outcome is Outcome.SENT


async def test_server_errors_were_tried_five_times_by_the_library_already(channel, fcm):
    one, other = await outcomes(channel, item("unavailable-1"), item("internal-1"))
    assert (one.outcome, one.error) == (Outcome.FAILED, "UnavailableError")
    assert (other.outcome, other.error) == (Outcome.FAILED, "InternalError")
    assert fcm.sent_to().count("unavailable-1") == 5


async def test_a_slow_answer_is_not_waited_for_two_minutes(fcm, monkeypatch):
    monkeypatch.setattr(push, "TIMEOUT_S", 1)
    async with opened(fcm) as channel:
        (sent,) = await outcomes(channel, item("slow-1"))
    assert (sent.outcome, sent.error) == (Outcome.UNKNOWN, "DeadlineExceededError")


async def test_trap_1_one_bad_answer_hides_those_of_all_others(channel, fcm):
    """All are unknown though they arrived; sent again in tens, then one by one, it stands alone."""
    items = [item("empty-1"), *(item(f"ok-{number}") for number in range(20))]
    found = await outcomes(channel, *items)
    assert {one.outcome for one in found} == {Outcome.UNKNOWN}
    assert {one.error for one in found} == {"UnknownError"}
    async with asyncio.timeout(5):
        while len(await asyncio.to_thread(fcm.sent_to)) < len(items):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    again = await outcomes(channel, *(msgspec.structs.replace(one, attempts=2) for one in items))
    assert [one.outcome for one in again].count(Outcome.UNKNOWN) == 10
    last = await outcomes(channel, *(msgspec.structs.replace(one, attempts=3) for one in items))
    assert [one.outcome for one in last] == [Outcome.UNKNOWN] + [Outcome.SENT] * 20
    nids = [one["message"]["data"]["nid"] for one in fcm.received()["messages"]]
    assert set(nids) == {str(one.notification.id) for one in items}


async def test_trap_2_neither_success_nor_exception(channel, fcm):
    odd, good = await outcomes(channel, item("nothing-1"), item("ok-1"))
    assert (odd.outcome, odd.error) == (Outcome.UNKNOWN, "EmptyAnswer")
    assert good.outcome is Outcome.SENT


async def turns_during(work):
    """What ``work`` gives, and how often others had their turn meanwhile."""
    turns, task = 0, asyncio.ensure_future(work)
    while not task.done():
        await asyncio.sleep(0.002)
        turns += 1
    return task.result(), turns


async def test_trap_3_fetching_a_token_blocks_no_loop(channel, fcm):
    await outcomes(channel, item("ok-0"))
    fcm.control(token_delay_s=1.5, expires_in=3600)
    channel._firebase._credential.expiry = dt.datetime(2000, 1, 1)  # noqa: DTZ001 -- as Google's
    begun = time.monotonic()
    (sent,), turns = await turns_during(outcomes(channel, item("ok-1")))
    assert sent.outcome is Outcome.SENT
    assert time.monotonic() - begun > 1.4
    # Blocked, others would have had one or two.
    assert turns > 20
    # Once for the first message and once now: the library itself fetched none.
    assert fcm.received()["token_requests"] == 2


async def test_a_token_is_fetched_before_it_runs_out(fcm):
    # Longer than the library itself waits with it, which would fetch it in the loop.
    fcm.control(expires_in=280)
    async with opened(fcm) as channel:
        await outcomes(channel, item("ok-1"))
        await outcomes(channel, item("ok-2"))
    assert fcm.received()["token_requests"] == 2


async def test_without_a_token_nothing_was_sent_and_all_is_tried_again(channel, fcm):
    fcm.control(token="down")  # noqa: S106 -- how it behaves
    found = await outcomes(channel, item("ok-1"), item("ok-2"))
    assert {one.outcome for one in found} == {Outcome.FAILED}
    assert fcm.sent_to() == []


async def test_trap_4_apple_refuses_once_and_is_asked_no_more(channel, fcm):
    """Each refusal costs three requests and two tokens: one goes ahead of the others."""
    apple = [item(f"apns-{number}", platform="ios") for number in range(20)]
    found = await outcomes(channel, *apple, item("ok-1"))
    assert {one.outcome for one in found[:-1]} == {Outcome.LATER}
    assert {one.error for one in found[:-1]} == {"ThirdPartyAuthError"}
    assert found[-1].outcome is Outcome.SENT
    to = fcm.sent_to()
    assert len([one for one in to if one.startswith("apns")]) == 3
    again = await outcomes(channel, *apple)
    assert {one.outcome for one in again} == {Outcome.LATER}
    assert fcm.sent_to() == to
    assert fcm.received()["token_requests"] == 3


async def test_where_apple_takes_the_first_the_others_follow(channel, fcm):
    apple = [item(f"ok-{number}", platform="ios") for number in range(150)]
    found = await outcomes(channel, *apple)
    assert {one.outcome for one in found} == {Outcome.SENT}
    assert len(fcm.sent_to()) == 150


def test_trap_5_a_second_loop_has_an_app_of_its_own(fcm):
    async def once(registration):
        async with opened(fcm) as channel:
            return await outcomes(channel, item(registration))

    with asyncio.Runner() as runner:
        (one,) = runner.run(once("ok-1"))
    with asyncio.Runner() as runner:
        (other,) = runner.run(once("ok-2"))
    assert one.outcome is other.outcome is Outcome.SENT


async def test_trap_6_an_app_is_forgotten_from_within_a_loop(fcm):
    import firebase_admin  # noqa: PLC0415

    before = dict(firebase_admin._apps)
    async with opened(fcm) as channel:
        await outcomes(channel, item("ok-1"))
        assert len(firebase_admin._apps) == len(before) + 1
    assert firebase_admin._apps == before


@pytest.mark.parametrize(
    ("retry_after", "wait_s"), [("7", 7), ("date", 90), ("", 60), ("soon", 60)]
)
async def test_trap_7_a_full_quota_is_waited_for_by_us(channel, fcm, retry_after, wait_s):
    """The library neither waits nor tells; nothing more is sent until then."""
    fcm.control(retry_after=retry_after)
    asked, good = await outcomes(channel, item("quota-1"), item("ok-1"))
    assert (asked.outcome, asked.error) == (Outcome.LATER, "QuotaExceededError")
    assert abs((asked.retry_at - dt.datetime.now(dt.UTC)).total_seconds() - wait_s) < 3
    assert good.outcome is Outcome.SENT
    (held,) = await outcomes(channel, item("ok-2"))
    assert (held.outcome, held.retry_at) == (Outcome.LATER, asked.retry_at)
    assert "ok-2" not in fcm.sent_to()


async def test_a_lost_connection_is_not_tried_again_by_the_library(channel, fcm):
    """A second copy would have another outcome than the first."""
    (sent,) = await outcomes(channel, item("cut-1"))
    assert (sent.outcome, sent.error) == (Outcome.UNKNOWN, "UnknownError")
    assert fcm.sent_to() == ["cut-1"]


async def test_nobody_listening_is_a_failure_and_nothing_was_sent(fcm, tmp_path, monkeypatch):
    from firebase_admin import messaging  # noqa: PLC0415

    monkeypatch.setattr(
        messaging._MessagingService, "FCM_URL", "https://127.0.0.1:9/v1/projects/{0}/messages:send"
    )
    async with opened(fcm) as channel:
        (sent,) = await outcomes(channel, item("ok-1"))
    assert (sent.outcome, sent.error) == (Outcome.FAILED, "UnavailableError")


async def test_a_thousand_go_over_one_connection_and_the_loop_turns(channel, fcm):
    items = [item(f"ok-{number}") for number in range(300)]
    await outcomes(channel, item("ok-first"))
    found, turns = await turns_during(outcomes(channel, *items))
    assert {one.outcome for one in found} == {Outcome.SENT}
    assert fcm.received()["connections"] == 1
    assert turns > 5


async def test_answers_do_not_pile_up_as_garbage(channel, fcm):
    """Each is a cycle; clearing those of hundreds away at once holds up every thread."""

    def answers():
        return sum(type(one) is httpx.Response for one in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = answers()
        await outcomes(channel, *(item(f"ok-{number}") for number in range(250)))
        assert answers() <= before
    finally:
        gc.enable()


def test_the_library_is_not_loaded_before_it_is_used():
    source = Path(push.__file__).read_text()
    assert "\nimport firebase" not in source
    assert "\nfrom firebase" not in source
