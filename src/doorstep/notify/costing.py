"""What it costs to tell many, before they are told: pure counting."""

from collections import Counter
from collections.abc import Collection, Sequence
from math import ceil

from doorstep.notify.api_model import ChannelCost
from doorstep.notify.channels.chat import MAX_LETTERS
from doorstep.notify.model import ChannelName
from doorstep.notify.planning import ways
from doorstep.notify.planning_model import Reachable
from doorstep.settings import Settings

FREE = frozenset({ChannelName.PUSH, ChannelName.EMAIL})
# The letters of an SMS that take seven bits, and those that count twice (3GPP TS 23.038).
_SEVEN_BITS = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("\f^{}\\[~]|€")
# Alone, and where it is one of several parts, each of which says which one it is.
_LETTERS, _LETTERS_OF_PART = 160, 153
_WIDE, _WIDE_OF_PART = 70, 67


def sms_parts(text: str) -> int:
    """In how many parts an SMS is sent, each of which is paid for."""
    if set(text) <= _SEVEN_BITS | _TWICE:
        length = len(text) + sum(one in _TWICE for one in text)
        alone, of_part = _LETTERS, _LETTERS_OF_PART
    else:
        length = len(text.encode("utf-16-le")) // 2
        alone, of_part = _WIDE, _WIDE_OF_PART
    return 1 if length <= alone else ceil(length / of_part)


def channels_of(settings: Settings) -> Collection[ChannelName]:
    """The channels that are set up."""
    named = {
        ChannelName.PUSH: settings.push_credentials,
        ChannelName.EMAIL: settings.smtp_url,
        ChannelName.SMS: settings.sms_url,
        ChannelName.CHAT: settings.chat_url,
    }
    return [channel for channel, given in named.items() if given is not None]


def costs(
    recipients: Sequence[Reachable], title: str, text: str, settings: Settings
) -> list[ChannelCost]:
    """How many are told on each channel that is set up, and what that costs.

    Each is told on the very ways that the planner chooses when it is sent.
    """
    channels = channels_of(settings)
    told = Counter(
        channel for one in recipients for channel in {channel for channel, _ in ways(one, channels)}
    )
    parts = sms_parts(f"{title}\r\n{text[:MAX_LETTERS]}")
    return [_cost(one, told[one], parts, settings.sms_price) for one in channels]


def _cost(
    channel: ChannelName, recipients_count: int, parts: int, price: float | None
) -> ChannelCost:
    parts_count = recipients_count * (parts if channel is ChannelName.SMS else 1)
    amount = 0.0 if channel in FREE or not recipients_count else None
    if channel is ChannelName.SMS and price is not None:
        amount = round(parts_count * price, 2)
    return ChannelCost(
        channel=channel,
        recipients_count=recipients_count,
        parts_count=parts_count,
        amount=amount,
    )


def total(channels: Sequence[ChannelCost]) -> float | None:
    """What all channels cost together; None while a price is not known."""
    amounts = [one.amount for one in channels if one.amount is not None]
    return round(sum(amounts), 2) if len(amounts) == len(channels) else None
