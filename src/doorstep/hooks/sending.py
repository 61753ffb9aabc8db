"""Sending what hooks are told, until they take it or three days are over."""

import asyncio
import datetime as dt
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import structlog

from doorstep.accounts.auditing import audit
from doorstep.accounts.service import member_by_id
from doorstep.hooks import queries
from doorstep.hooks.model import OffReason, Parcel, Result
from doorstep.hooks.signing import body_of, headers_of, secret_of
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.errors import RefusedError
from doorstep.kit.mail import send_mail
from doorstep.kit.outgoing import Answer, Reach, UnreachableError, post
from doorstep.kit.queue import Every
from doorstep.kit.queue.driver import worker_transaction
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings

LOOKS_EVERY_S = 2.0
TIDIES_EVERY_S = 6 * 3600.0
MAX_TRIES = 12
"""With the waits between them: three days, less a few hours."""
FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 12 * 3600.0
JITTER = 0.1
OFF_AFTER = dt.timedelta(hours=60)
KEPT = dt.timedelta(days=30)
PER_HOOK = 10
# Receivers that take this long for what they were given wait for the next round with the rest.
PATIENCE_S = 15.0
LEASE_S = 300.0
_AT_ONCE = 20
# So that a thousand things that happened at once do not wait for a hundred looks.
_ROUNDS = 20
_GONE = 410
_SAY_WHEN = frozenset({429, 503})

_log = structlog.get_logger()


@dataclass(frozen=True)
class Sender:
    """What sending needs to know."""

    settings: Settings
    keyring: Keyring
    reach: Reach

    def periodic(self) -> tuple[Every, ...]:
        """What the worker does for hooks."""
        return (
            Every("hooks.send", LOOKS_EVERY_S, self.send_due),
            Every("hooks.tidy", TIDIES_EVERY_S, forget_old),
        )

    async def send_due(self, pool: Pool) -> None:
        """Send all that is due, to many hooks at once and to each in order."""
        at_once = asyncio.Semaphore(_AT_ONCE)
        for _ in range(_ROUNDS):
            async with worker_transaction(pool) as db:
                organizations = await queries.organizations_with_due(db)
            if not organizations:
                return
            async with asyncio.TaskGroup() as group:
                for organization_id in organizations:
                    for some in await _by_hook(pool, organization_id):
                        group.create_task(self._to_one_hook(pool, some, at_once))

    async def _to_one_hook(
        self, pool: Pool, parcels: Sequence[Parcel], at_once: asyncio.Semaphore
    ) -> None:
        async with at_once:
            try:
                await self._one_by_one(pool, parcels)
            except Exception as error:  # noqa: BLE001 -- others are sent to all the same
                kind = type(error).__name__
                _log.warning("hook_failed", hook_id=str(parcels[0].hook_id), error=kind)

    async def _one_by_one(self, pool: Pool, parcels: Sequence[Parcel]) -> None:
        """Where one is not taken or takes long, the rest waits with it."""
        started = time.monotonic()
        for done, parcel in enumerate(parcels, 1):
            result = await self._try(parcel)
            again_at = await self._note(pool, parcel, result)
            if result.error or time.monotonic() - started > PATIENCE_S:
                rest = [one.id for one in parcels[done:]]
                await _put_back(pool, parcel.organization_id, rest, again_at)
                return

    async def _try(self, parcel: Parcel) -> Result:
        secret = secret_of(
            self.keyring, parcel.organization_id, parcel.hook_id, parcel.secret_number
        )
        body = body_of(parcel)
        headers = headers_of(secret, parcel.id, body, dt.datetime.now(dt.UTC))
        try:
            return judge(await post(parcel.url, body, headers, self.reach))
        except UnreachableError as error:
            return Result(error=error.why)
        except RefusedError:
            # Taken once, and not any more: the list of hosts of one's own became shorter.
            return Result(error="refused")

    async def _note(self, pool: Pool, parcel: Parcel, result: Result) -> dt.datetime:
        """When the hook may be tried next; whoever made it is told if it is switched off."""
        now = dt.datetime.now(dt.UTC)
        async with organization_transaction(pool, parcel.organization_id) as db:
            if result.error is None:
                await queries.note_taken(
                    db, parcel.organization_id, parcel.hook_id, parcel.id, result.status or 0
                )
                return now
            pause_s = max(wait_s(parcel.attempts), result.retry_after_s)
            again_at = now + dt.timedelta(seconds=pause_s)
            maker = await _note_failure(db, parcel, result, again_at)
        if maker is not None:
            await self._tell(maker, parcel)
        return again_at

    async def _tell(self, email: str, parcel: Parcel) -> None:
        text = (
            f"Doorstep does not send to {parcel.url} any more: it answered that it is gone, or "
            "took nothing for three days.\n\nIf it should go on, mend the receiver, switch the "
            "hook on again, and send again what it missed. How: docs/webhooks.md.\n"
        )
        await send_mail(self.settings, email, "A webhook was switched off", text)


def judge(answer: Answer) -> Result:
    """Whether an answer means that the delivery was taken."""
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004
        return Result(status=status)
    error = "redirect" if 300 <= status < 400 else "status"  # noqa: PLR2004
    given = answer.headers.get("retry-after", "") if status in _SAY_WHEN else ""
    asked_s = float(given) if given.isdecimal() and len(given) < 10 else 0.0  # noqa: PLR2004
    return Result(status=status, error=error, retry_after_s=min(asked_s, LONGEST_WAIT_S))


def wait_s(attempts: int) -> float:
    """How long to wait after so many tries: 30 s, then four times as long each time, to 12 h."""
    longest = min(FIRST_WAIT_S * 4 ** (attempts - 1), LONGEST_WAIT_S)
    # So that what failed together does not come back together.
    return longest * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311


async def _by_hook(pool: Pool, organization_id: UUID) -> list[list[Parcel]]:
    """What is due in an organization, each hook's in order."""
    async with organization_transaction(pool, organization_id) as db:
        parcels = await queries.take_due(db, organization_id, PER_HOOK, LEASE_S)
    parcels.sort(key=lambda one: (one.hook_id, one.id))
    return [list(some) for _, some in groupby(parcels, key=lambda one: one.hook_id)]


async def _note_failure(
    db: Connection, parcel: Parcel, result: Result, again_at: dt.datetime
) -> str | None:
    """Whom to tell that the hook is switched off; None where it is not."""
    gone = result.status == _GONE
    gives_up = gone or parcel.attempts >= MAX_TRIES
    next_at = None if gives_up else again_at
    await queries.note_failed(
        db, parcel.organization_id, parcel.id, result.status, result.error or "", next_at
    )
    now = dt.datetime.now(dt.UTC)
    since = await queries.failing_since(db, parcel.organization_id, parcel.hook_id, now)
    if gone or (gives_up and now - since >= OFF_AFTER):
        return await _switch_off(db, parcel, OffReason.GONE if gone else OffReason.FAILING)
    return None


async def _put_back(
    pool: Pool, organization_id: UUID, ids: Sequence[UUID], next_at: dt.datetime
) -> None:
    if ids:
        async with organization_transaction(pool, organization_id) as db:
            await queries.put_back(db, organization_id, ids, next_at)


async def _switch_off(db: Connection, parcel: Parcel, reason: OffReason) -> str | None:
    """Where whoever made the hook has their mail; None if it was off, or there is nobody left."""
    if not await queries.switch_off(db, parcel.organization_id, parcel.hook_id, reason):
        return None
    hook = await queries.hook_by_id(db, parcel.organization_id, parcel.hook_id)
    maker = await member_by_id(db, parcel.organization_id, hook.made_by)
    await audit(db, None, "hook.switched_off", [hook.id])
    _log.warning("hook_switched_off", hook_id=str(hook.id), reason=reason)
    return None if maker.ended_at else maker.email


async def forget_old(pool: Pool) -> None:
    """Forget what was delivered or given up a month ago."""
    before = dt.datetime.now(dt.UTC) - KEPT
    async with worker_transaction(pool) as db:
        organizations = await queries.organizations_with_old(db, before)
    for organization_id in organizations:
        async with organization_transaction(pool, organization_id) as db:
            await queries.forget_old(db, organization_id, before)


def periodic(settings: Settings, keyring: Keyring) -> tuple[Every, ...]:
    """What the worker does for hooks."""
    return Sender(settings, keyring, Reach(own_hosts=settings.outgoing_hosts)).periodic()
