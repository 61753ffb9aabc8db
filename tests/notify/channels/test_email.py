import asyncio
import datetime as dt
import re
from urllib.parse import urlsplit

import pytest
from mail_server import mail_server

from doorstep.kit.ids import new_id
from doorstep.notify import planner, service
from doorstep.notify.channels.email import EmailChannel, email_channels, kind_id, read_stop
from doorstep.notify.model import (
    Kind,
    Link,
    Notice,
    Notification,
    Outcome,
    Outgoing,
    Words,
)
from doorstep.notify.sender import Sender
from doorstep.settings import Settings

WORDS = Words(
    title="Your shift\r\nBcc: evil@example.org",
    text="Hei <Aino>,\nsee you at 5 & bring <script>alert(1)</script>",
    links=(
        Link(label="Map", url='https://example.org/map?a=1&b="x'),
        Link(label="Odd", url="javascript:alert(1)"),
    ),
)


@pytest.fixture
async def mails():
    async with mail_server() as running:
        yield running


@pytest.fixture
def channel(mails, world):
    sender = "Doorstep <doorstep@example.org>"
    return EmailChannel(mails.url, sender, "https://doorstep.example", world.keyring)


def item(tenant, member_id, to="aino@example.org", kind=Kind.SHIFT_REMINDER, **more):
    now = dt.datetime.now(dt.UTC)
    of = Notification(
        organization_id=tenant.id, id=new_id(), kind=kind, member_id=member_id, about=new_id(),
        facts={}, due_at=now, expires_at=None, locale=more.pop("locale", "en"), time_zone="UTC",
    )  # fmt: skip
    return Outgoing(
        delivery_id=new_id(), notification=of, address=to, words=more.pop("words", WORDS)
    )


async def test_a_message_can_be_read_as_text_and_as_html_and_be_stopped(channel, mails, tenant):
    one = item(tenant, new_id())
    [sent] = await channel.send([one])
    assert sent.outcome is Outcome.SENT
    [(to, message)] = mails.taken
    assert to == ["aino@example.org"]
    assert message["subject"] == "Your shift Bcc: evil@example.org"
    assert message["bcc"] is None
    plain, html = (part.get_content() for part in message.iter_parts())
    assert plain.replace("\r", "").startswith("Hei <Aino>,\nsee you at 5 & bring <script>")
    assert 'Map: https://example.org/map?a=1&b="x' in plain
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 'href="https://example.org/map?a=1&amp;b=&quot;x"' in html
    assert 'href="javascript' not in html
    stop = message["list-unsubscribe"].strip("<>")
    assert stop.startswith("https://doorstep.example/unsubscribe/")
    assert stop in plain
    assert stop in html
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


async def test_the_stop_header_is_in_one_piece_as_it_goes_over_the_wire(channel, tenant):
    """Folded or encoded, mail programs would not find the address in it."""
    async with mail_server() as mails:
        talker = EmailChannel(mails.url, "d@example.org", "https://d.example", channel._keyring)
        await talker.send([item(tenant, new_id())])
        [raw] = mails.raw
    [line] = [one for one in raw.split(b"\r\n") if one.startswith(b"List-Unsubscribe:")]
    assert re.fullmatch(rb"List-Unsubscribe: <https://d\.example/unsubscribe/[\w-]+>", line)


async def test_a_message_that_is_sent_again_has_the_id_that_it_had(channel, mails, tenant):
    one, other = item(tenant, new_id()), item(tenant, new_id())
    mails.replies["data:aino@example.org"] = "cut"
    assert [sent.outcome for sent in await channel.send([one])] == [Outcome.UNKNOWN]
    mails.replies.clear()
    await channel.send([one, other])
    first, again, third = (message["message-id"] for _, message in mails.taken)
    assert first == again == f"<{one.delivery_id}@example.org>"
    assert third != first


@pytest.mark.parametrize(
    ("reply", "outcome", "error", "gone"),
    [
        ("450 4.2.0 later", Outcome.LATER, "smtp_450", False),
        ("550 5.1.1 no such user", Outcome.DEAD, "smtp_550", True),
        ("552 5.2.2 full", Outcome.DEAD, "smtp_552", False),
    ],
)
async def test_each_message_has_an_outcome_of_its_own(
    channel, mails, tenant, reply, outcome, error, gone
):
    mails.replies["b@example.org"] = reply
    items = [item(tenant, new_id(), f"{one}@example.org") for one in "abc"]
    sents = await channel.send(items)
    assert [sent.delivery_id for sent in sents] == [one.delivery_id for one in items]
    assert [sent.outcome for sent in sents] == [Outcome.SENT, outcome, Outcome.SENT]
    assert (sents[1].error, sents[1].gone) == (error, gone)
    assert (sents[1].retry_at is not None) == (outcome is Outcome.LATER)
    assert mails.connections == 1


async def test_a_server_that_is_away_keeps_everything_for_later(tenant, world, unused_tcp_port):
    channel = EmailChannel(f"smtp://127.0.0.1:{unused_tcp_port}", "d@e.org", "x", world.keyring)
    sents = await channel.send([item(tenant, new_id()), item(tenant, new_id())])
    assert {sent.outcome for sent in sents} == {Outcome.LATER}


async def test_what_concerns_the_accounts_safety_cannot_be_stopped(channel, mails, tenant):
    await channel.send([item(tenant, new_id(), kind=Kind.ACCOUNT_SECURITY)])
    assert mails.taken[0][1]["list-unsubscribe"] is None


async def test_the_link_is_said_in_the_members_language(channel, mails, tenant):
    await channel.send([item(tenant, new_id(), locale=one) for one in ("de-AT", "fi")])
    german, other = (message.get_body(("plain",)).get_content() for _, message in mails.taken)
    assert "Keine solchen E-Mails mehr: https" in german
    assert "No more e-mails like this: https" in other


def path_of(channel, one):
    header = channel.mail(one, WORDS).headers["List-Unsubscribe"]
    return urlsplit(header.strip("<>")).path


async def choices(tenant, member_id):
    async with tenant.transaction() as db:
        rows = await db.fetch(
            "select kind, channel, wanted from notification_choice where member_id = $1", member_id
        )
    return [tuple(row) for row in rows]


async def test_one_click_without_sign_in_stops_this_kind_of_mail_and_no_other(
    channel, tenant, world
):
    member_id, _ = await tenant.member()
    other_id, _ = await tenant.member()
    path = path_of(channel, item(tenant, member_id))
    anyone = world.anonymous()
    looked = await anyone.get(path)
    assert looked.status_code == 200
    assert '<form method="post"' in looked.text
    assert "<script" not in looked.text
    assert "script-src" not in looked.headers["content-security-policy"]
    assert await choices(tenant, member_id) == [], "looking at a page changes nothing"
    for _ in range(2):
        stopped = await anyone.post(path, data={"List-Unsubscribe": "One-Click"})
        assert stopped.status_code == 200
        assert await choices(tenant, member_id) == [("shift_reminder", "email", False)]
    assert await choices(tenant, other_id) == []
    async with tenant.transaction() as db:
        await service.switch(db, tenant.id, member_id, Kind.SHIFT_REMINDER, "email", wanted=True)
    assert await choices(tenant, member_id) == [("shift_reminder", "email", True)]


async def test_one_click_works_as_mail_programs_send_it(channel, tenant, world):
    member_id, _ = await tenant.member()
    path = path_of(channel, item(tenant, member_id))
    sent = await world.anonymous().post(path, files={"List-Unsubscribe": (None, "One-Click")})
    assert sent.status_code == 200
    assert len(await choices(tenant, member_id)) == 1


async def test_a_forged_or_old_link_stops_nothing(channel, tenant, stranger, world):
    member_id, _ = await tenant.member()
    one = item(tenant, member_id)
    path = path_of(channel, one)
    anyone = world.anonymous()
    answers = set()
    for wrong in (path[:-3] + "AAA", path.replace("unsubscribe/", "unsubscribe/A"),
                  "/unsubscribe/x", path[:-20]):  # fmt: skip
        for method in ("GET", "POST"):
            answer = await anyone.request(method, wrong)
            assert answer.status_code == 422, wrong
            answers.add(answer.text)
    assert len(answers) == 1
    assert await choices(tenant, member_id) == []
    token = path.rpartition("/")[2]
    link, kind = read_stop(world.keyring, token, dt.datetime.now(dt.UTC))
    assert (link.organization_id, link.ids[0], kind) == (tenant.id, member_id, Kind.SHIFT_REMINDER)
    assert len({kind_id(kind) for kind in Kind}) == len(Kind)


async def test_many_clicks_at_once_are_one(channel, tenant, world):
    member_id, _ = await tenant.member()
    path = path_of(channel, item(tenant, member_id))
    anyone = world.anonymous()
    answers = await asyncio.gather(*(anyone.post(path) for _ in range(10)))
    assert {one.status_code for one in answers} == {200}


def test_without_a_mail_server_there_is_no_such_channel(world):
    assert email_channels(Settings(), world.keyring) == []
    [channel] = email_channels(Settings(smtp_url="smtp://127.0.0.1:1"), world.keyring)
    assert channel.name == "email"


async def tell(tenant, *member_ids):
    """Notifies these members and plans it; the deliveries' ids."""
    async with tenant.transaction() as db:
        notices = [
            # Of a kind that quiet hours do not hold back, whenever this test runs.
            Notice(kind=Kind.WAITLIST_HOLD, member_id=one, about=new_id(), key=str(new_id()))
            for one in member_ids
        ]
        await service.notify(db, tenant.id, notices)
    await planner.plan(tenant.world.pool, tenant.id, {"email"})
    async with tenant.transaction() as db:
        rows = await db.fetch("select id from delivery where state = 'queued'")
    return [row["id"] for row in rows]


async def words_of(*_):
    return WORDS


async def test_a_stop_between_planning_and_sending_sends_nothing(channel, mails, tenant, world):
    stays, _ = await tenant.member()
    stops, _ = await tenant.member()
    sender = Sender([channel], {Kind.WAITLIST_HOLD: words_of})
    await sender.send(world.pool, tenant.id, await tell(tenant, stays, stops))
    assert len(mails.taken) == 2
    waiting = await tell(tenant, stays, stops)
    async with tenant.transaction() as db:
        address = await db.fetchval("select email from member where id = $1", stops)
    [theirs] = [message for to, message in mails.taken if to == [address]]
    stop = urlsplit(theirs["list-unsubscribe"].strip("<>")).path
    assert (await world.anonymous().post(stop)).status_code == 200
    await sender.send(world.pool, tenant.id, waiting)
    assert len(mails.taken) == 3
    assert mails.taken[-1][0] != [address]
    assert await tell(tenant, stops) == []
    async with tenant.transaction() as db:
        rows = await db.fetch("select state, count(*) from delivery group by state")
    assert dict(map(tuple, rows)) == {"sent": 3, "suppressed": 1}
