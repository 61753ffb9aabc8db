"""What is done about a notification: pure decisions over what is known of it."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from doorstep.notify.model import ChannelName, Kind
from doorstep.notify.planning_model import Claim, Due, Reachable
from doorstep.notify.quiet import quiet_until

# Whoever does not hear of these at once loses something.
PASSES_QUIET = frozenset({Kind.ACCOUNT_SECURITY, Kind.WAITLIST_HOLD})
# Several of one kind about one thing are one piece of news: the last.
COLLAPSING = frozenset({Kind.SYNC, Kind.TURF_ASSIGNED, Kind.TURF_TAKEN_BACK, Kind.TURF_RECUT})
COLLAPSES_WITHIN = dt.timedelta(minutes=1)
# Told on every way, for one of them may be in wrong hands.
EVERY_WAY = frozenset({Kind.ACCOUNT_SECURITY})
PUSH_ALONE = frozenset({Kind.SYNC, Kind.PARTNER_CHECKED_IN})
URGENT = frozenset({Kind.ACCOUNT_SECURITY, Kind.WAITLIST_HOLD})
_PRIORITIES = dict.fromkeys(URGENT, 20) | {Kind.BROADCAST: 0, Kind.SYNC: -10}
_PRIORITY = 10

Dropped = Literal["expired", "collapsed", "unwanted", "ended", "no_way"]
Way = tuple[ChannelName, UUID | None]


@dataclass(frozen=True)
class Decision:
    """What becomes of a notification; exactly one of these holds."""

    ways: Sequence[Way] = ()
    put_off_until: dt.datetime | None = None
    dropped: Dropped | None = None


def priority(kind: Kind) -> int:
    """The greater goes first."""
    return _PRIORITIES.get(kind, _PRIORITY)


def decide(due: Due, now: dt.datetime, channels: Collection[str]) -> Decision:
    """What becomes of a notification whose time has come, given the channels that are set up."""
    if due.ended:
        return Decision(dropped="ended")
    if _too_late(due.expires_at, now):
        return Decision(dropped="expired")
    if waits := _quiet(due, now):
        too_late = _too_late(due.expires_at, waits)
        return Decision(dropped="expired") if too_late else Decision(put_off_until=waits)
    if found := ways(due, channels):
        return Decision(ways=found)
    return Decision(dropped="unwanted" if False in due.choices.values() else "no_way")


def why_not(claim: Claim, now: dt.datetime) -> str | None:
    """Why a delivery is not tried any more; None: it is."""
    reasons = {
        "withdrawn": claim.withdrawn,
        "read": claim.read,
        "ended": claim.ended,
        "expired": _too_late(claim.expires_at, now),
        "unwanted": claim.wanted is False,
        "no_address": not claim.address,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def waits_until(claim: Claim, now: dt.datetime) -> dt.datetime | None:
    """Until when a retry is put off for quiet hours."""
    return _quiet(claim, now)


def _too_late(expires_at: dt.datetime | None, at: dt.datetime) -> bool:
    return expires_at is not None and expires_at <= at


def _quiet(of: Due | Claim, now: dt.datetime) -> dt.datetime | None:
    if of.kind in PASSES_QUIET:
        return None
    return quiet_until(now, of.time_zone, of.quiet_from, of.quiet_until)


def ways(due: Reachable, channels: Collection[str]) -> list[Way]:
    """Push where there is a device, else e-mail; and whatever they asked for besides.

    A new device is not told that it is new: it may be in the wrong hands.
    """
    pushed: list[Way] = []
    if ChannelName.PUSH in channels and due.choices.get(ChannelName.PUSH, True):
        others = (one for one in due.device_ids if one != due.about)
        pushed = [(ChannelName.PUSH, device_id) for device_id in others]
    by_default = (not pushed or due.kind in EVERY_WAY) and due.kind not in PUSH_ALONE
    possible = {
        ChannelName.EMAIL: (due.has_email, by_default),
        ChannelName.SMS: (due.has_phone, False),
        ChannelName.CHAT: (due.has_phone, False),
    }
    unpushed: list[Way] = [
        (channel, None)
        for channel, (there_is, default) in possible.items()
        if there_is and channel in channels and due.choices.get(channel, default)
    ]
    return [*pushed, *unpushed]


def collapse(waiting: Sequence[Due]) -> tuple[list[Due], list[UUID]]:
    """Those that are told, and the ids of those that a newer one tells as well."""
    newest = {(one.member_id, one.kind, one.about): one for one in sorted(waiting, key=_age)}
    kept = [
        one
        for one in waiting
        if one.kind not in COLLAPSING or newest[one.member_id, one.kind, one.about] is one
    ]
    ids = {one.id for one in kept}
    return kept, [one.id for one in waiting if one.id not in ids]


def _age(one: Due) -> UUID:
    # UUIDv7: made later, sorted later.
    return one.id
