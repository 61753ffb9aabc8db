"""SMS and chat through apprise, which knows the services; it is told which it may use."""

import asyncio
import importlib
import logging
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from doorstep.kit.errors import RefusedError
from doorstep.kit.hosts import Hosts
from doorstep.notify.model import Channel, ChannelName, Outcome, Outgoing, Sent, Words
from doorstep.settings import Settings, SettingsError

NUMBER = "{number}"
# Services with an address of their own: where a message goes is not the sender's to choose.
SERVICES = frozenset(
    {"bulksms", "clicksend", "d7sms", "discord", "gchat", "httpsms", "kavenegar", "msgbird",
     "nexmo", "plivo", "seven", "sinch", "slack", "telnyx", "tgram", "threema", "twilio", "voipms",
     "vonage", "whatsapp", "wxteams", "zulip"}
)  # fmt: skip
# Those that somebody runs: only on hosts named in DOORSTEP_OUTGOING_HOSTS, for apprise looks names
# up by itself, so that there is no telling beforehand where one of the internet would lead.
SELF_RUN = frozenset(
    {"matrix", "matrixs", "mmost", "mmosts", "nctalk", "nctalks", "ntfy", "ntfys", "rocket",
     "rockets", "signal", "signals", "smseagle", "smseagles"}
)  # fmt: skip
MAX_LETTERS = 1000
"""Six parts of an SMS; apprise would cut or split the rest as it likes."""
_AT_ONCE = 8
_PHONE = re.compile(r"^\+[0-9]{6,15}$")


def check_address(address: str, own_hosts: Hosts) -> None:
    """Raise RefusedError unless this is an apprise address that may be written to.

    Whatever comes behind a ``?`` is refused: there, templates can be read from files, and
    certificates be left unlooked at.
    """
    scheme, there_is, _ = address.partition("://")
    if "?" in address:
        message = "Leave out the question mark of this address and what comes behind it."
        raise RefusedError(message, field="address")
    if not there_is or scheme not in SERVICES | SELF_RUN:
        known = ", ".join(sorted(SERVICES | SELF_RUN))
        message = f"Messages go through one of these services: {known}."
        raise RefusedError(message, field="address")
    if scheme in SELF_RUN and not _is_own(address, own_hosts):
        message = "Whoever runs the server has to name this host in DOORSTEP_OUTGOING_HOSTS."
        raise RefusedError(message, field="address")


def _is_own(address: str, own_hosts: Hosts) -> bool:
    try:
        parts = urlsplit(address)
        return own_hosts.include(parts.hostname or "", parts.port or 0)
    except ValueError:
        return False


class AppriseChannel:
    """A way to members through a service that apprise knows.

    Parameters
    ----------
    name
        ``sms`` or ``chat``.
    template
        The apprise address with ``{number}`` where the member's number goes, without its plus.
    own_hosts
        Where services are that the organization runs itself.
    """

    def __init__(self, name: ChannelName, template: str, own_hosts: Hosts) -> None:
        check_address(template, own_hosts)
        self.name = str(name)
        self._template, self._own_hosts = template, own_hosts
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    async def send(self, items: Sequence[Outgoing]) -> list[Sent]:
        """What became of each item."""
        return list(await asyncio.gather(*map(self._send, items)))

    async def _send(self, item: Outgoing) -> Sent:
        def sent(outcome: Outcome, error: str = "") -> Sent:
            return Sent(delivery_id=item.delivery_id, outcome=outcome, error=error)

        words = item.words or Words(title="", text="")
        try:
            address = self._address(item.address)
        except RefusedError:
            return sent(Outcome.DEAD, "address")
        async with self._at_once:
            try:
                took = await asyncio.to_thread(notify, address, words.title, _text(words))
            except TypeError:
                # How apprise says that it cannot read an address.
                return sent(Outcome.DEAD, "address")
        # It says no more than that; refused and unreachable look the same.
        return sent(Outcome.SENT) if took else sent(Outcome.FAILED, "not_taken")

    def _address(self, address: str) -> str:
        """Where a member is written to: by number, or at an apprise address of their own."""
        if _PHONE.match(address):
            return self._template.replace(NUMBER, address.removeprefix("+"))
        check_address(address, self._own_hosts)
        return address


def notify(address: str, title: str, text: str) -> bool:
    """Whether the service took a message; blocks until it answered, so call it in a thread."""
    # Here, as it takes half a second, and most installations have no such service.
    library: Any = importlib.import_module("apprise")
    # It writes numbers and answers into its log.
    logging.getLogger("apprise").disabled = True
    asset = library.AppriseAsset(async_mode=False, app_id="Doorstep", app_url="", image_url_mask="")
    sender = library.Apprise(asset=asset)
    if not sender.add(address):
        message = "not an address that apprise can read"
        raise TypeError(message)
    return bool(sender.notify(title=title, body=text, body_format=library.NotifyFormat.TEXT))


def _text(words: Words) -> str:
    links = "".join(f"\n{link.url}" for link in words.links)
    return words.text[: MAX_LETTERS - len(links)] + links


def chat_channels(settings: Settings) -> list[Channel]:
    """SMS and chat, where a service is named.

    Raises
    ------
    SettingsError
        If a service is named that cannot be used.
    """
    named = {ChannelName.SMS: settings.sms_url, ChannelName.CHAT: settings.chat_url}
    return [
        _channel(name, template, settings.outgoing_hosts)
        for name, template in named.items()
        if template is not None
    ]


def _channel(name: ChannelName, template: str, own_hosts: Hosts) -> AppriseChannel:
    variable = f"DOORSTEP_{name.upper()}_URL"
    if NUMBER not in template:
        message = f"{variable}: write {NUMBER} where the member's number goes."
        raise SettingsError(message)
    try:
        return AppriseChannel(name, template, own_hosts)
    except RefusedError as error:
        message = f"{variable}: {error.detail}"
        raise SettingsError(message) from None
