"""Trying deliveries: looked at once more, sent, and what became of each noted."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import structlog

from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.errors import ProblemError
from doorstep.kit.logs import deliveries_total
from doorstep.kit.queue import Job, enqueue
from doorstep.notify import planning_queries as queries
from doorstep.notify.model import (
    Channel,
    ChannelName,
    Notification,
    Outcome,
    Outgoing,
    Sent,
    Words,
)
from doorstep.notify.planner import SEND
from doorstep.notify.planning import priority, waits_until, why_not
from doorstep.notify.planning_model import Claim
from doorstep.notify.rendering import Renderers
from doorstep.notify.settling import Settled, settle

# Jitter, not secrets.
_rng = random.Random()  # noqa: S311
_log = structlog.get_logger()


class Sender:
    """Sends through the channels that are set up."""

    def __init__(self, channels: Iterable[Channel], renderers: Renderers) -> None:
        self._channels: Mapping[str, Channel] = {one.name: one for one in channels}
        self._renderers = renderers

    async def send(self, pool: Pool, organization_id: UUID, ids: Sequence[UUID]) -> None:
        """Try these deliveries, which are of one channel.

        What is tried is noted before anything is sent, so that after a crash it is known what may
        have arrived; no transaction is open while a service is asked.
        """
        async with organization_transaction(pool, organization_id) as db:
            claims = await queries.claims(db, organization_id, ids)
            now = dt.datetime.now(dt.UTC)
            wanted = await _still_wanted(db, organization_id, claims, now)
            items = [
                item for claim in wanted if (item := await self._outgoing(db, claim)) is not None
            ]
            await queries.begin_tries(db, organization_id, [item.delivery_id for item in items])
        by_channel: dict[str, list[Outgoing]] = defaultdict(list)
        channel_of = {claim.delivery_id: claim.channel for claim in wanted}
        for item in items:
            by_channel[channel_of[item.delivery_id]].append(item)
        for name, these in by_channel.items():
            sents = await self._hand_over(name, these)
            async with organization_transaction(pool, organization_id) as db:
                await _note(db, organization_id, sents, {c.delivery_id: c for c in wanted})

    async def _hand_over(self, name: str, items: Sequence[Outgoing]) -> list[Sent]:
        channel = self._channels.get(name)
        if channel is None:
            # It was set up when this was planned.
            return [_all_the_same(item, Outcome.FAILED, "NotSetUp") for item in items]
        try:
            sents = await channel.send(items)
        except Exception as error:  # noqa: BLE001 -- whatever it was, they may have arrived
            kind = type(error).__name__
            _log.warning("channel_failed", channel=name, error=kind)
            sents = [_all_the_same(item, Outcome.UNKNOWN, kind) for item in items]
        for sent in sents:
            deliveries_total.labels(name, sent.outcome).inc()
        return sents

    async def _outgoing(self, db: Connection, claim: Claim) -> Outgoing | None:
        notification = _notification(claim)
        words = None
        if claim.channel != ChannelName.PUSH:
            words = await self._words(db, notification)
            if words is None:
                await queries.suppress(
                    db, claim.organization_id, [claim.delivery_id], ["nothing_to_say"]
                )
                return None
        return Outgoing(
            delivery_id=claim.delivery_id,
            notification=notification,
            address=claim.address or "",
            registration=claim.registration,
            platform=claim.platform,
            words=words,
            attempts=claim.attempts + 1,
        )

    async def _words(self, db: Connection, notification: Notification) -> Words | None:
        renderer = self._renderers.get(notification.kind)
        if renderer is None:
            return None
        try:
            return await renderer(db, notification)
        except ProblemError:
            # What it is about is gone.
            return None


async def _still_wanted(
    db: Connection, organization_id: UUID, claims: Sequence[Claim], now: dt.datetime
) -> list[Claim]:
    """Those that are to be tried now; the others are ended or put off."""
    ended = {one.delivery_id: why for one in claims if (why := why_not(one, now))}
    if ended:
        await queries.suppress(db, organization_id, list(ended), list(ended.values()))
    going = [one for one in claims if one.delivery_id not in ended]
    off = {one.delivery_id: until for one in going if (until := waits_until(one, now))}
    if off:
        settled = {
            one.delivery_id: Settled(one.state, off[one.delivery_id], "quiet_hours")
            for one in going
            if one.delivery_id in off
        }
        await _put_down(db, organization_id, settled, {c.delivery_id: c for c in going}, now)
    return [one for one in going if one.delivery_id not in off]


async def _note(
    db: Connection, organization_id: UUID, sents: Sequence[Sent], claims: Mapping[UUID, Claim]
) -> None:
    now = dt.datetime.now(dt.UTC)
    settled = {
        sent.delivery_id: settle(
            sent,
            claims[sent.delivery_id].attempts + 1,
            claims[sent.delivery_id].queued_at,
            now,
            _rng,
        )
        for sent in sents
    }
    gone = [sent.delivery_id for sent in sents if sent.gone]
    if gone:
        addresses = [claims[one].address or "" for one in gone]
        await queries.disable_devices(db, organization_id, gone, addresses)
    await _put_down(db, organization_id, settled, claims, now)


async def _put_down(
    db: Connection,
    organization_id: UUID,
    settled: Mapping[UUID, Settled],
    claims: Mapping[UUID, Claim],
    now: dt.datetime,
) -> None:
    """Note what became of tries, and add the jobs that try again."""
    await queries.end_tries(db, organization_id, list(settled), list(settled.values()))
    again: dict[tuple[int, int], list[UUID]] = defaultdict(list)
    for id_, one in settled.items():
        if one.retry_at is not None:
            wait_s = max(0, round((one.retry_at - now).total_seconds()))
            again[_rounded(wait_s), priority(claims[id_].kind)].append(id_)
    await enqueue(
        db,
        *(
            Job(SEND, organization_id, ids, after_s=wait_s, priority=rank)
            for (wait_s, rank), ids in again.items()
        ),
    )


def _rounded(wait_s: int) -> int:
    """Up to a tenth more, so that those of one chunk go together again."""
    step = max(1, 10 ** (len(str(wait_s)) - 1) // 2)
    return -(-wait_s // step) * step


def _notification(claim: Claim) -> Notification:
    return Notification(
        organization_id=claim.organization_id,
        id=claim.id,
        kind=claim.kind,
        member_id=claim.member_id,
        about=claim.about,
        facts=claim.facts,
        due_at=claim.due_at,
        expires_at=claim.expires_at,
        locale=claim.locale,
        time_zone=claim.time_zone,
    )


def _all_the_same(item: Outgoing, outcome: Outcome, error: str) -> Sent:
    return Sent(delivery_id=item.delivery_id, outcome=outcome, error=error)
