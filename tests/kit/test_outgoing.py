"""What somebody types in as an address reaches the internet, and nothing within."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit import outgoing
from doorstep.kit.errors import RefusedError
from doorstep.kit.hosts import Hosts
from doorstep.kit.outgoing import Reach, UnreachableError, check_url, is_public, post, resolve

NOWHERE = Hosts()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
async def serve():
    """Starts servers that say what they are told to; each keeps the requests it got."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(answer, tls=None, pause_s=0.0, host="127.0.0.1"):
            got = []

            async def talk(reader, writer):
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
                    length = int(head.lower().partition("content-length:")[2].split()[0])
                    got.append((head, await reader.readexactly(length)))
                    for part in [answer] if isinstance(answer, bytes) else answer:
                        writer.write(part)
                        await writer.drain()
                        await asyncio.sleep(pause_s)
                    writer.close()

            server = await asyncio.start_server(talk, host, 0, ssl=tls)
            stack.callback(server.close)
            return server.sockets[0].getsockname()[1], got

        yield start


def to(address="127.0.0.1"):
    async def resolve(host, port):
        return [address] if isinstance(address, str) else address

    return resolve


def reach(own="", **more):
    return Reach(own_hosts=Hosts(own), **more)


async def sent(url, bounds, content=b"{}"):
    return await post(url, content, {"Content-Type": "application/json"}, bounds)


async def why(url, bounds):
    with pytest.raises(UnreachableError) as refused:
        await sent(url, bounds)
    return refused.value.why


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.1.2", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "100.127.255.255", "0.0.0.1", "255.255.255.255", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "192.0.0.8", "192.0.0.171", "192.0.2.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "192.88.99.1", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
        "::ffff:10.1.2.3", "::ffff:a9fe:a9fe", "64:ff9b::127.0.0.1", "64:ff9b::a00:1",
        "64:ff9b:1::1", "fe80::1", "fe80::1%eth0", "2600::1%1", "fc00::1", "fd00:ec2::254",
        "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "2001:10::1", "2001:20::1",
        "2002:7f00:1::", "2002:808:808::", "3fff::1", "100::1", "5f00::1", "4000::1", "no address",
        "",
    ],
)  # fmt: skip
def test_addresses_within_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111",
     "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"],
)  # fmt: skip
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_what_it_is_alone(address):
    if not is_public(str(address)):
        assert not is_public(f"::ffff:{address}")
        assert not is_public(f"64:ff9b::{address}")
        assert not is_public(str(ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))))


@given(st.ip_addresses())
def test_what_python_takes_for_private_is_never_public(address):
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        mapped = getattr(address, "ipv4_mapped", None)
        assert not is_public(str(address)) or (mapped and is_public(str(mapped)))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://LOCALHOST./", "http://a.localhost/",
        "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
        "http://0x7f.1/", "http://017700000001/", "http://0/", "http://169.254.169.254/latest/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/", "http://[fe80::1]/", "http://[0:0:0:0:0:0:0:1]/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "https://user:secret@example.org/", "https://example.org@127.0.0.1/",
        "https://@example.org:pw@x/", "ftp://example.org/", "file:///etc/passwd",
        "gopher://example.org/", "javascript:alert(1)", "//example.org/", "example.org", "",
        "https://", "https:///path", "http://example.org:22/", "http://example.org:6379/",
        "http://example.org:5432/", "http://example.org:99999/", "http://exa mple.org/",
        "https://example.org/" + "a" * 2000, "http://example.org\r\nHost: evil/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_internet_is_refused_before_anybody_is_asked(url):
    with pytest.raises(RefusedError) as refused:
        check_url(url, NOWHERE)
    assert refused.value.errors[0].field == "url"


@given(st.text(max_size=60))
def test_no_text_at_all_makes_the_check_stumble(text):
    for url in (text, f"http://{text}/", f"https://{text}@example.org", f"http://[{text}]/"):
        with contextlib.suppress(RefusedError):
            assert check_url(url, NOWHERE).scheme in {"http", "https"}


def test_addresses_of_the_internet_are_taken():
    for url in ("https://example.org/hook?a=1", "http://8.8.8.8/", "https://example.org:8443/"):
        assert str(check_url(url, NOWHERE)) == url


def test_own_hosts_are_taken_with_the_port_they_were_named_with():
    own = Hosts("bot.lan:9000, 10.0.0.5 ,[fd00::5]:9000")
    for url in ("http://bot.lan:9000/", "http://10.0.0.5:123/", "http://[fd00::5]:9000/x"):
        assert str(check_url(url, own)) == url
    for url in ("http://bot.lan:9001/", "http://10.0.0.6/", "http://[fd00::5]:1/"):
        with pytest.raises(RefusedError):
            check_url(url, own)
    with pytest.raises(ValueError, match="is no host"):
        Hosts("http://bot.lan")


@pytest.mark.parametrize(
    "addresses", ["127.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", ["8.8.8.8", "10.0.0.1"]]
)
async def test_a_name_with_an_address_within_is_not_reached(addresses):
    assert await why("http://innocent.example/", reach(resolve=to(addresses))) == "forbidden"


async def test_a_name_that_changes_its_mind_reaches_only_what_was_looked_at(monkeypatch):
    """Rebinding: public when looked at, loopback when connected to. It is asked only once."""
    answers, connected = [["8.8.8.8"], ["127.0.0.1"]], []

    async def rebinding(host, port):
        return answers.pop(0)

    async def exchange(target, address, *_):
        connected.append(address)
        return outgoing.Answer(200, {}, b"")

    monkeypatch.setattr(outgoing, "_exchange", exchange)
    await sent("http://rebind.example/", reach(resolve=rebinding))
    assert connected == ["8.8.8.8"]
    assert answers == [["127.0.0.1"]]


async def test_the_request_goes_to_the_address_under_the_name(serve):
    port, got = await serve(OK)
    bounds = reach(f"bot.lan:{port}", resolve=to())
    answer = await sent(f"http://bot.lan:{port}/hook?x=1#part", bounds, b'{"a":1}')
    assert (answer.status, answer.body) == (200, b"ok")
    head, body = got[0]
    assert head.startswith("POST /hook?x=1 HTTP/1.1\r\n")
    assert f"Host: bot.lan:{port}\r\n" in head
    assert body == b'{"a":1}'


async def test_a_redirect_to_metadata_is_an_answer_and_not_a_way(serve):
    inner, reached = await serve(OK)
    location = f"http://127.0.0.1:{inner}/latest/meta-data/"
    port, _ = await serve(
        f"HTTP/1.1 307 See\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    )
    answer = await sent(f"http://bot.lan:{port}/", reach(f"bot.lan:{port}", resolve=to()))
    assert answer.status == 307
    assert reached == []


async def test_a_slow_body_ends_at_the_time_that_was_given(serve):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    port, _ = await serve([head, *[b"x"] * 100], pause_s=0.1)
    bounds = reach(f"bot.lan:{port}", resolve=to(), total_s=0.5)
    assert await why(f"http://bot.lan:{port}/", bounds) == "slow"


async def test_a_slow_resolver_counts_too():
    async def sleepy(host, port):
        await asyncio.sleep(60)

    assert await why("http://example.org/", reach(resolve=sleepy, total_s=0.2)) == "slow"


async def test_of_a_huge_body_only_the_beginning_is_read(serve):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
    port, _ = await serve([head, *[b"x" * 65536] * 1500])
    bounds = reach(f"bot.lan:{port}", resolve=to(), body_bytes=1000)
    answer = await sent(f"http://bot.lan:{port}/", bounds)
    assert answer.body == b"x" * 1000


async def test_a_packed_body_is_not_unpacked(serve):
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    port, got = await serve(head)
    answer = await sent(f"http://bot.lan:{port}/", reach(f"bot.lan:{port}", resolve=to()))
    assert answer.body == b"abc"
    assert "Accept-Encoding: identity" in got[0][0]


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
async def test_a_broken_answer_is_told_from_none(serve, answer):
    port, _ = await serve(answer)
    assert await why(f"http://bot.lan:{port}/", reach("bot.lan", resolve=to())) == "broken"


async def test_nobody_there_is_unreachable_and_no_such_name_unresolved(unused_tcp_port):
    here = f"http://bot.lan:{unused_tcp_port}/"
    assert await why(here, reach("bot.lan", resolve=to())) == "unreachable"
    assert await why("http://example.org/", reach(resolve=to([]))) == "unresolved"
    with pytest.raises(UnreachableError, match="unresolved"):
        await resolve("a" * 70 + ".example", 80)


async def test_the_next_address_is_tried_where_the_first_leads_nowhere(serve):
    port, got = await serve(OK)
    bounds = reach("bot.lan", resolve=to(["::1", "127.0.0.1"]))
    assert (await sent(f"http://bot.lan:{port}/", bounds)).status == 200
    assert len(got) == 1


async def test_proxies_of_the_environment_are_passed_over(serve, monkeypatch):
    port, got = await serve(OK)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    await sent(f"http://bot.lan:{port}/", reach("bot.lan", resolve=to()))
    assert len(got) == 1


def certificate(name, folder):
    """A key and a self-signed certificate for a name: (server's context, client's context)."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(whose).issuer_name(whose).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


async def test_over_tls_the_name_is_asked_for_and_proved(serve, tmp_path, monkeypatch):
    server, client = certificate("hooks.example", tmp_path)
    monkeypatch.setattr(outgoing, "_tls", lambda: client)
    asked = []
    server.sni_callback = lambda _, name, __: asked.append(name)
    port, got = await serve(OK, tls=server)
    bounds = reach("hooks.example,other.example", resolve=to())
    assert (await sent(f"https://hooks.example:{port}/", bounds)).status == 200
    assert await why(f"https://other.example:{port}/", bounds) == "unreachable"
    assert asked == ["hooks.example", "other.example"]
    assert len(got) == 1
