import pytest
from mail_server import mail_server

from doorstep.kit.mail import Fate, Mail, Post, send_mail
from doorstep.settings import Settings

SENDER = "Doorstep <doorstep@example.org>"


@pytest.fixture
async def server():
    async with mail_server() as running:
        yield running


async def sent(server, *mails):
    async with Post(server.url, SENDER) as post:
        return [await post.send(one) for one in mails]


async def test_a_message_arrives_as_it_was_meant(server):
    mail = Mail("aino@example.org", "Grüße", "Hei\n.\nthere", "<p>Hei</p>", "abc@example.org")
    assert [one.fate for one in await sent(server, mail)] == [Fate.TAKEN]
    [(to, message)] = server.taken
    assert to == ["aino@example.org"]
    assert message["subject"] == "Grüße"
    assert message["from"] == SENDER
    assert message["message-id"] == "<abc@example.org>"
    assert message["auto-submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert plain.get_content().splitlines() == ["Hei", ".", "there"]
    assert html.get_content().strip() == "<p>Hei</p>"


async def test_a_message_without_an_id_is_given_one(server):
    await sent(server, Mail("a@example.org", "x", "x"), Mail("a@example.org", "x", "x"))
    ids = {message["message-id"] for _, message in server.taken}
    assert len(ids) == 2
    assert all(one.endswith("@example.org>") for one in ids)


async def test_many_messages_take_one_connection(server):
    mails = [Mail(f"m{n}@example.org", "x", "x") for n in range(50)]
    assert {one.fate for one in await sent(server, *mails)} == {Fate.TAKEN}
    assert (server.connections, len(server.taken)) == (1, 50)


async def test_a_server_that_hangs_up_after_some_messages_is_called_again(server):
    server.messages_each = 3
    mails = [Mail(f"m{n}@example.org", "x", "x") for n in range(8)]
    assert {one.fate for one in await sent(server, *mails)} == {Fate.TAKEN}
    assert len(server.taken) == 8
    assert server.connections == 3


@pytest.mark.parametrize(
    ("whom", "reply", "fate", "why", "no_mailbox"),
    [
        ("b@example.org", "450 4.2.0 greylisted", Fate.LATER, "smtp_450", False),
        ("b@example.org", "452 too many", Fate.LATER, "smtp_452", False),
        ("b@example.org", "550 5.1.1 no such user", Fate.REFUSED, "smtp_550", True),
        ("b@example.org", "550 5.7.1 not from you", Fate.REFUSED, "smtp_550", False),
        ("data:b@example.org", "451 later", Fate.LATER, "smtp_451", False),
        ("data:b@example.org", "554 5.6.0 spam", Fate.REFUSED, "smtp_554", False),
        ("data:b@example.org", "cut", Fate.UNKNOWN, "lost", False),
    ],
)
async def test_each_reply_concerns_its_own_message(server, whom, reply, fate, why, no_mailbox):
    server.replies[whom] = reply
    names = ("a", "b", "c")
    posted = await sent(server, *(Mail(f"{one}@example.org", "x", "x") for one in names))
    assert [one.fate for one in posted] == [Fate.TAKEN, fate, Fate.TAKEN]
    assert (posted[1].why, posted[1].no_mailbox) == (why, no_mailbox)


async def test_a_server_that_does_not_want_us_is_no_fault_of_the_address(server):
    server.replies["mail"] = "550 5.7.1 who are you"
    [posted] = await sent(server, Mail("a@example.org", "x", "x"))
    assert (posted.fate, posted.why) == (Fate.LATER, "smtp_550")


async def test_nobody_there_is_later(unused_tcp_port):
    async with Post(f"smtp://127.0.0.1:{unused_tcp_port}", SENDER) as post:
        posted = await post.send(Mail("a@example.org", "x", "x"))
    assert (posted.fate, posted.why) == (Fate.LATER, "away")


@pytest.mark.parametrize(
    "to",
    ["", "a", "a@", "@b", "a@b\r\nRCPT TO:<evil@example.org>", "a@b>\r\nDATA", "<a@b>", "a@b c",
     "a, b@example.org", "a@example.org,b@example.org", "ä@example.org", "a@" + "x" * 80 + ".org"],
)  # fmt: skip
async def test_no_address_is_a_way_into_the_conversation(server, to):
    [posted] = await sent(server, Mail(to, "x", "x"))
    assert (posted.fate, posted.why) == (Fate.REFUSED, "address")
    assert server.taken == []


async def test_no_text_becomes_a_header(server):
    subject = "Hei\r\nBcc: evil@example.org\r\n\r\nbody\x00\u2028end"
    await sent(server, Mail("a@example.org", subject, "x\r\n.\r\nRCPT TO:<evil@example.org>\r\n"))
    [(to, message)] = server.taken
    assert to == ["a@example.org"]
    assert message["bcc"] is None
    assert message["subject"] == "Hei Bcc: evil@example.org body end"
    headers = {"List-Unsubscribe": "<https://example.org>\r\nBcc: evil@example.org"}
    [posted] = await sent(server, Mail("a@example.org", "x", "x", headers=headers))
    assert posted.fate is Fate.REFUSED


async def test_a_domain_of_other_letters_is_written_as_servers_take_it(server):
    await sent(server, Mail("aino@äänekoski.fi", "x", "x"))
    assert server.taken[0][0] == ["aino@xn--nekoski-4waa.fi"]


async def test_mail_without_a_server_does_not_leave(server):
    assert not await send_mail(Settings(), "a@example.org", "x", "x")
    assert await send_mail(Settings(smtp_url=server.url), "a@example.org", "x", "x")
    server.replies["a@example.org"] = "550 5.1.1 no"
    assert not await send_mail(Settings(smtp_url=server.url), "a@example.org", "x", "x")
