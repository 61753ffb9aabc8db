import asyncio
import contextlib
import datetime as dt
import json
import time

import pytest

from doorstep.kit.errors import RefusedError
from doorstep.kit.hosts import Hosts
from doorstep.kit.ids import new_id
from doorstep.notify.channels import chat
from doorstep.notify.channels.chat import AppriseChannel, chat_channels, check_address
from doorstep.notify.model import ChannelName, Kind, Link, Notification, Outcome, Outgoing, Words
from doorstep.settings import Settings, SettingsError

# One of its services needs it; on Python 3.13 it does without.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

WORDS = Words(
    title="Your shift",
    text="Canaria Feathers, see you at 5",
    links=(Link(label="Map", url="https://example.org/map"),),
)


@pytest.fixture
async def service():
    """What stands for a service that somebody runs: it keeps what it is sent."""
    got, answer = [], [200]

    async def talk(reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().partition("content-length:")[2].split()[0])
            got.append((head.split()[1], json.loads(await reader.readexactly(length))))
            writer.write(f"HTTP/1.1 {answer[0]} x\r\nContent-Length: 2\r\n\r\n{{}}".encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], got, answer
    server.close()


def item(to="+15550100199", words=WORDS):
    now = dt.datetime.now(dt.UTC)
    of = Notification(
        organization_id=new_id(), id=new_id(), kind=Kind.SHIFT_REMINDER, member_id=new_id(),
        about=new_id(), facts={}, due_at=now, expires_at=None, locale="en", time_zone="UTC",
    )  # fmt: skip
    return Outgoing(delivery_id=new_id(), notification=of, address=to, words=words)


def channel_to(port, name=ChannelName.SMS):
    own = Hosts(f"127.0.0.1:{port}")
    return AppriseChannel(name, f"signal://127.0.0.1:{port}/+15550100100/{{number}}", own)


async def test_a_member_is_written_to_by_number(service):
    port, got, _ = service
    channel = channel_to(port)
    sents = await channel.send([item(), item("+15550100142")])
    assert [one.outcome for one in sents] == [Outcome.SENT, Outcome.SENT]
    assert sorted(body["recipients"][0] for _, body in got) == ["+15550100142", "+15550100199"]
    text = got[0][1]["message"]
    assert "Your shift" in text
    assert text.endswith("see you at 5\nhttps://example.org/map")


async def test_a_member_may_have_an_address_of_their_own(service):
    port, got, _ = service
    [sent] = await channel_to(port).send([item(f"mmost://127.0.0.1:{port}/{'a' * 26}")])
    assert sent.outcome is Outcome.SENT
    assert got[0][0] == f"/hooks/{'a' * 26}"


async def test_each_has_an_outcome_of_its_own_and_nothing_is_logged(service, caplog, capfd):
    port, got, answer = service
    answer[0] = 500
    items = [item(), item("nobody"), item("file:///etc/passwd"), item("json://10.0.0.1/")]
    sents = await channel_to(port).send(items)
    assert [one.delivery_id for one in sents] == [one.delivery_id for one in items]
    assert [(one.outcome, one.error) for one in sents] == [
        (Outcome.FAILED, "not_taken"), *[(Outcome.DEAD, "address")] * 3,
    ]  # fmt: skip
    assert len(got) == 1
    written = caplog.text + "".join(capfd.readouterr())
    assert "15550100199" not in written
    assert "Canaria" not in written


async def test_nobody_there_is_a_failure_that_is_tried_again(unused_tcp_port):
    [sent] = await channel_to(unused_tcp_port).send([item()])
    assert sent.outcome is Outcome.FAILED


async def test_a_slow_service_does_not_hold_up_the_loop(monkeypatch):
    monkeypatch.setattr(chat, "notify", lambda *_: time.sleep(0.3) or True)
    items = [item() for _ in range(8)]
    [sending] = [asyncio.create_task(one) for one in [channel_to(1).send(items)]]
    turns = 0
    while not sending.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert {one.outcome for one in sending.result()} == {Outcome.SENT}
    assert turns > 5


async def test_a_long_text_is_cut_but_its_links_are_whole(monkeypatch):
    said = []
    monkeypatch.setattr(chat, "notify", lambda _, __, text: said.append(text) or True)
    long = Words(title="x", text="y" * 5000, links=WORDS.links)
    await channel_to(1).send([item(words=long)])
    assert len(said[0]) == chat.MAX_LETTERS
    assert said[0].endswith("\nhttps://example.org/map")


@pytest.mark.parametrize(
    "address",
    ["json://10.0.0.1/", "jsons://example.org", "xml://127.0.0.1", "form://127.0.0.1",
     "apprise://127.0.0.1/x", "syslog://", "file:///etc/passwd", "mailto://a:b@example.org",
     "http://127.0.0.1/", "dbus://", "windows://", "gnome://", "irc://example.org", "", "slack",
     "slack://a/b/c?template=/etc/passwd", "discord://1/2?template=file:///etc/passwd",
     "mmosts://bot.lan/x?verify=no", "mmost://127.0.0.1/x", "mmost://bot.lan:1/x",
     "matrix://169.254.169.254/#room", "signal://[::1]:8080/1/2", "ntfy://public.example/x",
     "mmost://[bad/x", "SLACK ://x"],
)  # fmt: skip
def test_what_could_lead_within_or_read_files_is_refused(address):
    with pytest.raises(RefusedError):
        check_address(address, Hosts("bot.lan:8065"))


def test_services_and_own_hosts_are_taken():
    for address in ("slack://T1/B1/x/#general", "tgram://123:abc/1", "mmosts://bot.lan:8065/x"):
        check_address(address, Hosts("bot.lan:8065"))


def test_every_service_is_known_to_apprise():
    library = chat.importlib.import_module("apprise")
    known = set()
    for about in library.Apprise().details()["schemas"]:
        known |= set(about["protocols"] or ()) | set(about["secure_protocols"] or ())
    assert known >= chat.SERVICES | chat.SELF_RUN


def test_channels_are_there_where_they_are_named():
    assert chat_channels(Settings()) == []
    named = Settings(sms_url="twilio://a:b@c/{number}", chat_url="whatsapp://a@b/{number}")
    assert [one.name for one in chat_channels(named)] == ["sms", "chat"]
    for wrong in ("twilio://a:b@c/", "json://10.0.0.1/{number}", "signal://10.0.0.1/1/{number}"):
        with pytest.raises(SettingsError, match="DOORSTEP_SMS_URL"):
            chat_channels(Settings(sms_url=wrong))
