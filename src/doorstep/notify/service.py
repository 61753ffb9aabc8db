"""What other rooms call: tell somebody something, or take it back before it went."""

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

from doorstep.kit.db import Connection
from doorstep.kit.queue import Job, enqueue
from doorstep.notify import queries
from doorstep.notify.model import Kind, Notice
from doorstep.notify.planning import COLLAPSES_WITHIN, COLLAPSING, priority

PLAN = "notify.plan"
# What is encoded in one go, in which the loop turns for nobody.
BATCH = 500


async def notify(db: Connection, organization_id: UUID, notices: Sequence[Notice]) -> int:
    """Tell members things, in the caller's transaction; how many of them are new.

    A notice whose key its member was told before is left as it is. Changes of turf wait a minute
    for others of their kind, so that ten of them are one push.
    """
    if not notices:
        return 0
    now = dt.datetime.now(dt.UTC)
    due_at = [_due_at(notice, now) for notice in notices]
    new: list[Kind] = []
    for at in range(0, len(notices), BATCH):
        these = slice(at, at + BATCH)
        new += await queries.add_notifications(db, organization_id, notices[these], due_at[these])
    if new and min(due_at) <= now:
        # What is due later is found by the worker's round.
        await enqueue(db, Job(PLAN, organization_id, priority=max(map(priority, new))))
    return len(new)


def _due_at(notice: Notice, now: dt.datetime) -> dt.datetime:
    if notice.due_at is not None:
        return notice.due_at
    return now + COLLAPSES_WITHIN if notice.kind in COLLAPSING else now


async def tell_of_new_device(
    db: Connection, organization_id: UUID, member_id: UUID, device_id: UUID
) -> None:
    """Tell a member by e-mail and on their other devices that a new one signed in; once."""
    notice = Notice(
        kind=Kind.ACCOUNT_SECURITY,
        member_id=member_id,
        about=device_id,
        key=f"{Kind.ACCOUNT_SECURITY}:{device_id}",
        facts={"device_id": str(device_id)},
    )
    await notify(db, organization_id, [notice])


async def withdraw(
    db: Connection,
    organization_id: UUID,
    *,
    about: UUID,
    kinds: Collection[Kind] = (),
    member_id: UUID | None = None,
) -> int:
    """Take back what was not sent yet; of no kinds: of all. How many there were."""
    return await queries.withdraw(db, organization_id, about, list(kinds), member_id)


async def hint_sync(
    db: Connection, organization_id: UUID, member_ids: Sequence[UUID], seq: int
) -> None:
    """Have the phones of these members look for news up to ``seq``; one push a minute at most.

    It belongs to the end of a transaction: of two that hint at the same member within a minute,
    the second waits for the first.
    """
    if member_ids:
        await queries.add_hints(db, organization_id, sorted(set(member_ids)), seq)


async def switch(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    kind: Kind,
    channel: str,
    *,
    wanted: bool,
) -> None:
    """Set whether a member wants a kind on a channel (``push``, ``email``, ``sms``, ``chat``)."""
    await queries.switch(db, organization_id, member_id, kind, channel, wanted=wanted)
