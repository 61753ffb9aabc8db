"""Requests to addresses that somebody typed in: they reach the internet and nothing within.

Whoever may name an address could otherwise have the server ask what only it can reach: the
database, a router, a cloud's metadata (OWASP API7:2023, server-side request forgery). So a name is
resolved once, every address it has is looked at, and the connection goes to one that was looked at:
a name that answers differently the second time (DNS rebinding) gains nothing. Redirects are not
followed, and proxies named in the environment are passed over, as they would resolve by themselves.
"""

import asyncio
import functools
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import httpx

from doorstep.kit.errors import RefusedError
from doorstep.kit.hosts import Hosts

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

PORTS = frozenset({80, 443, 8080, 8443})
"""Where web servers listen; others are reached only on hosts of one's own."""
MAX_URL = 2000
_TRIED_ADDRESSES = 3
# What the ipaddress module of Python 3.11 takes for public and IANA's special-purpose registries
# do not (RFC 6890): protocol assignments, the 6to4 relays of old.
_NOT_PUBLIC_V4 = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
# Inside that: Teredo, ORCHID and benchmarks, two for documentation, 6to4.
_NOT_PUBLIC_V6 = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Why(StrEnum):
    """Why a request brought no answer."""

    FORBIDDEN = "forbidden"
    """The name has an address within."""
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BROKEN = "broken"


class UnreachableError(Exception):
    """A request brought no answer."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Answer:
    """What came back; of a long body only the beginning."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, the best first; from the system's resolver."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreachableError(Why.UNRESOLVED) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Reach:
    """Whither requests may go and how long they may take.

    Parameters
    ----------
    own_hosts
        Hosts on inner networks that are meant to be reached.
    total_s
        Seconds from resolving the name to the last byte, above 0.
    body_bytes
        How much of an answer is read.
    resolve
        How names become addresses.
    """

    own_hosts: Hosts
    total_s: float = 10.0
    body_bytes: int = 64 * 1024
    resolve: Resolver = resolve


def is_public(text: str) -> bool:
    """Whether an address is one of the internet's, and not of any network within.

    Parameters
    ----------
    text
        An IPv4 or IPv6 address. One that holds an IPv4 address (mapped, RFC 4291; NAT64,
        RFC 6052) is what that is; 6to4 and Teredo are never public.

    Returns
    -------
    bool
        False as well for what is no address.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is None:
            public = address in _PUBLIC_V6 and address.scope_id is None
            return public and not any(address in network for network in _NOT_PUBLIC_V6)
        address = inner
    special = address.is_multicast or any(address in network for network in _NOT_PUBLIC_V4)
    return address.is_global and not special


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def check_url(text: str, own_hosts: Hosts) -> httpx.URL:
    """An address that a request could go to, as far as can be told without asking anybody.

    Parameters
    ----------
    text
        What somebody typed in.
    own_hosts
        Hosts on inner networks that are meant to be reached.

    Raises
    ------
    RefusedError
        If it is no http(s) address, carries a name and password, names a port where no web
        server listens, or is itself an address of an inner network, however written.
    """
    url = _parsed(text)
    if url.scheme not in {"http", "https"} or not url.host or len(text) > MAX_URL:
        message = "This is no address of a web server. It begins with https:// and a name."
        raise RefusedError(message, field="url")
    if url.userinfo:
        message = "Leave out the name and password before the @: they would be shown."
        raise RefusedError(message, field="url")
    port = _port(url)
    if own_hosts.include(url.host, port):
        return url
    if port not in PORTS:
        known = ", ".join(map(str, sorted(PORTS)))
        message = f"Port {port} is not open to this. Use one of {known}."
        raise RefusedError(message, field="url")
    literal = _literal(url.host)
    if literal is not None and not is_public(literal):
        message = (
            "This address is inside a network of its own. If it is meant to be reached, whoever "
            "runs the server names it in DOORSTEP_OUTGOING_HOSTS."
        )
        raise RefusedError(message, field="url")
    return url


def _parsed(text: str) -> httpx.URL:
    """The address in its parts; an empty one if it has none."""
    try:
        return httpx.URL(text) if text.isprintable() and " " not in text else httpx.URL("")
    except httpx.InvalidURL:
        return httpx.URL("")


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _literal(host: str) -> str | None:
    """The address that a host already is: resolvers take 127.1, 0x7f.1 and 2130706433 as well."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return "127.0.0.1"
    if ":" in name:
        return name
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except (OSError, UnicodeError):
        return None


async def post(url: str, content: bytes, headers: Mapping[str, str], reach: Reach) -> Answer:
    """The answer to a POST request, whatever its status; redirects are answers like others.

    Parameters
    ----------
    url
        Whither; looked at as by `check_url`, then by the addresses that its name has.
    content
        The body.
    headers
        What goes with it beside ``Host``.
    reach
        The bounds.

    Raises
    ------
    RefusedError
        If the address cannot be used at all.
    UnreachableError
        If there was no answer, or if the name has an address within.
    """
    target = check_url(url, reach.own_hosts)
    await asyncio.to_thread(_tls)
    try:
        async with asyncio.timeout(reach.total_s):
            addresses = await _addresses(target, reach)
            return await _first_answer(target, addresses, content, headers, reach)
    except (TimeoutError, httpx.TimeoutException):
        raise UnreachableError(Why.SLOW) from None
    except httpx.ConnectError:
        raise UnreachableError(Why.UNREACHABLE) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        raise UnreachableError(Why.BROKEN) from None


async def _addresses(target: httpx.URL, reach: Reach) -> Sequence[str]:
    """The addresses of a host; none if any of them is within: such a name is up to something."""
    port = _port(target)
    found = await reach.resolve(target.raw_host.decode("ascii"), port)
    if not reach.own_hosts.include(target.host, port) and not all(map(is_public, found)):
        raise UnreachableError(Why.FORBIDDEN)
    if not found:
        raise UnreachableError(Why.UNRESOLVED)
    return found[:_TRIED_ADDRESSES]


async def _first_answer(
    target: httpx.URL,
    addresses: Sequence[str],
    content: bytes,
    headers: Mapping[str, str],
    reach: Reach,
) -> Answer:
    """From the first address that can be connected to, as IPv6 may not lead anywhere."""
    for address in addresses[:-1]:
        try:
            return await _exchange(target, address, content, headers, reach)
        except httpx.ConnectError:
            continue
    return await _exchange(target, addresses[-1], content, headers, reach)


async def _exchange(
    target: httpx.URL, address: str, content: bytes, headers: Mapping[str, str], reach: Reach
) -> Answer:
    # A client for each: one that is kept would hand the connection of one name to another name
    # at the same address.
    async with httpx.AsyncClient(verify=_tls(), trust_env=False, timeout=reach.total_s) as client:
        request = client.build_request(
            "POST",
            target.copy_with(host=address, fragment=None),
            content=content,
            headers={
                "User-Agent": "Doorstep",
                # A few packed bytes can be made to fill the memory when unpacked.
                "Accept-Encoding": "identity",
                **headers,
                "Host": target.netloc.decode("ascii"),
            },
            extensions={"sni_hostname": target.raw_host.decode("ascii")},
        )
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            body = await _beginning(response, reach.body_bytes)
        finally:
            await response.aclose()
    return Answer(response.status_code, response.headers, body)


async def _beginning(response: httpx.Response, length: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= length:
            break
    return bytes(body[:length])


@functools.cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the authorities' certificates takes longer than a request."""
    return httpx.create_ssl_context()
