"""Bringing a post to a service: Mastodon and webhooks ourselves, all others through apprise.

Ours go out as `kit.outgoing` lets them, to the internet and nothing within, and tell what certainly
did not arrive from what may have. Of apprise one hears only whether a service took it.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from doorstep.kit.errors import RefusedError
from doorstep.kit.hosts import Hosts
from doorstep.kit.outgoing import Answer, Reach, UnreachableError, Why, check_url, post
from doorstep.notify.channels import chat

MASTODON = frozenset({"mastodon", "mastodons", "toot", "toots"})
WEBHOOK = frozenset({"json", "jsons"})
_NOT_SENT = frozenset({Why.UNRESOLVED, Why.UNREACHABLE})
_AGAIN_LATER = frozenset({429, 503})


class Fate(StrEnum):
    """What became of a try."""

    SENT = "sent"
    LATER = "later"
    """It certainly did not arrive, and may another time."""
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Tried:
    """What became of a try, and why it was not taken."""

    fate: Fate
    error: str = ""


@dataclass(frozen=True)
class _Request:
    url: str
    token: str


def check_address(address: str, own_hosts: Hosts) -> str:
    """The address without what is secret, if it is one that posts may go to.

    Raises
    ------
    RefusedError
        If it is not; it says what is wrong.
    """
    scheme = address.partition("://")[0]
    try:
        if scheme not in MASTODON | WEBHOOK:
            chat.check_address(address, own_hosts)
            return f"{scheme}://…"
        url = check_url(_request(address).url, own_hosts)
    except RefusedError as error:
        raise RefusedError(error.detail, field="address") from None
    return f"{scheme}://{url.netloc.decode('ascii', 'replace')}"


def _request(address: str) -> _Request:
    """Where an apprise address of Mastodon or of a webhook leads."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        message = "This address cannot be read. It looks like jsons://hooks.example.org/news."
        raise RefusedError(message) from None
    if "?" in address or parts.fragment:
        message = "Leave out the ? or # of this address and what comes behind it."
        raise RefusedError(message)
    mastodon = parts.scheme in MASTODON
    if mastodon and not parts.username:
        message = "Put the access token before the @: mastodons://token@mastodon.example."
        raise RefusedError(message)
    if not mastodon and "@" in parts.netloc:
        message = "Leave out the name and password before the @."
        raise RefusedError(message)
    shown = f"[{host}]" if ":" in host else host
    base = f"http{'s' * parts.scheme.endswith('s')}://{shown}{f':{port}' if port else ''}"
    path = "/api/v1/statuses" if mastodon else parts.path or "/"
    return _Request(base + path, parts.username or "" if mastodon else "")


async def deliver(address: str, text: str, key: str, reach: Reach) -> Tried:
    """What became of bringing a text to a service.

    ``key`` is the same in every try of one sending: Mastodon posts such a one only once, and so
    may whoever writes a receiver.
    """
    try:
        if address.partition("://")[0] in MASTODON | WEBHOOK:
            return await _post(_request(address), text, key, reach)
        chat.check_address(address, reach.own_hosts)
    except RefusedError:
        # Taken once, and not any more: the list of hosts of one's own became shorter.
        return Tried(Fate.FAILED, "address")
    try:
        took = await asyncio.to_thread(chat.notify, address, "", text)
    except TypeError:
        return Tried(Fate.FAILED, "address")
    return Tried(Fate.SENT) if took else Tried(Fate.UNKNOWN, "not_taken")


async def _post(request: _Request, text: str, key: str, reach: Reach) -> Tried:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    if request.token:
        headers["Authorization"] = f"Bearer {request.token}"
        content = msgspec.json.encode({"status": text})
    else:
        # As apprise's own webhooks have it, so that receivers of those understand it.
        content = msgspec.json.encode(
            {"version": "1.0", "title": "", "message": text, "attachments": [], "type": "info"}
        )
    try:
        return judge(await post(request.url, content, headers, reach))
    except UnreachableError as error:
        if error.why is Why.FORBIDDEN:
            return Tried(Fate.FAILED, error.why)
        return Tried(Fate.LATER if error.why in _NOT_SENT else Fate.UNKNOWN, error.why)


def judge(answer: Answer) -> Tried:
    """What an answer means for a post."""
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004
        return Tried(Fate.SENT)
    error = f"status_{status}"
    if status in _AGAIN_LATER:
        return Tried(Fate.LATER, error)
    # A server that broke down may have posted before it did.
    return Tried(Fate.UNKNOWN if status >= 500 else Fate.FAILED, error)  # noqa: PLR2004
