"""Passes, publishing turf, and moving it between hands; cutting it is beside."""

import datetime as dt
import secrets
from collections.abc import Sequence
from uuid import UUID

from doorstep.accounts.service import qr_svg
from doorstep.hooks.service import HookKind
from doorstep.hooks.service import publish as tell_hooks
from doorstep.kit.auth import STAFF, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import hash_secret, new_id
from doorstep.turf import queries
from doorstep.turf.changing import (
    MAX_DOORS,
    begin_step,
    check_open,
    close,
    publish_step,
    retire,
    tell,
)
from doorstep.turf.drawing import create_turf, create_turfs
from doorstep.turf.model import (
    Assign,
    Handover,
    HandoverCreate,
    Pass,
    PassCreate,
    Turf,
    TurfStatus,
    TurfSummary,
)
from doorstep.turf.queries import doors_in_turfs, pass_by_id, turf_by_id, turfs, turfs_for_events
from doorstep.turf.step_model import StepKind
from doorstep.turf.step_queries import HeldTurf, hold_turfs

__all__ = [
    "MAX_DOORS",
    "create_turf",
    "create_turfs",
    "doors_in_turfs",
    "pass_by_id",
    "turf_by_id",
    "turfs",
    "turfs_for_events",
]

HOLDERS = 3
"""Of a turf, at a time: a pair, and who came along because the number was odd."""
HANDOVER_LIFE = dt.timedelta(minutes=15)
# Without 0, 1, I and O, which are misread when a code is typed.
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10


async def create_pass(db: Connection, organization_id: UUID, wanted: PassCreate) -> Pass:
    """A new pass of a campaign."""
    return await queries.insert_pass(db, organization_id, new_id(), wanted)


async def rename(db: Connection, caller: Caller, turf_id: UUID, name: str) -> None:
    """Give a turf another name."""
    of, turf = await _hold(db, caller, turf_id)
    check_open(turf, None)
    await begin_step(db, caller, of.id, StepKind.RENAME, [turf_id])
    await queries.rename_turf(db, caller.organization_id, turf_id, name)


async def publish(db: Connection, caller: Caller, turf_id: UUID) -> None:
    """Make a draft ready to be assigned; a published turf stays as it is."""
    of, turf = await _hold(db, caller, turf_id)
    if turf.status is TurfStatus.ARCHIVED:
        message = "This turf is archived. Cut a new one."
        raise ConflictError(message)
    if turf.status is TurfStatus.DRAFT:
        await publish_step(db, caller, of.id, turf_id)
        await queries.publish_turf(db, caller.organization_id, turf_id)
        await tell_hooks(
            db,
            caller.organization_id,
            HookKind.TURF_PUBLISHED,
            {"turf_id": turf_id, "pass_id": of.id},
        )


async def archive(db: Connection, caller: Caller, turf_id: UUID) -> None:
    """Close a turf: whoever holds it loses it, and its doors are free to be cut again."""
    of, turf = await _hold(db, caller, turf_id)
    if turf.status is TurfStatus.ARCHIVED:
        return
    check_open(turf, None)
    step_id = await begin_step(db, caller, of.id, StepKind.ARCHIVE, [turf_id])
    await tell(
        db, caller.organization_id, await retire(db, caller.organization_id, step_id, [turf_id])
    )


async def delete_draft(db: Connection, caller: Caller, turf_id: UUID) -> None:
    """Forget a turf that nobody has seen yet."""
    of, turf = await _hold(db, caller, turf_id)
    if turf.status is not TurfStatus.DRAFT:
        message = "This turf was published: archive it, so that its history stays."
        raise ConflictError(message)
    check_open(turf, None)
    step_id = await begin_step(db, caller, of.id, StepKind.DELETE, [turf_id])
    await tell(db, caller.organization_id, await close(db, caller.organization_id, step_id, [turf]))


async def _hold(db: Connection, caller: Caller, turf_id: UUID) -> tuple[Pass, HeldTurf]:
    """A turf with its pass, both locked: the pass first, as whoever cuts in it does."""
    of = await queries.lock_pass_of_turf(db, caller.organization_id, turf_id)
    (turf,) = await hold_turfs(db, caller.organization_id, [turf_id])
    return of, turf


async def assign(db: Connection, caller: Caller, turf_id: UUID, wanted: Assign) -> None:
    """Give a published turf to a member, a pair, or three who walk together.

    Raises
    ------
    NotFoundError
        If there is no such turf.
    RefusedError
        If a member is not active in the organization.
    ConflictError
        If the turf is not published, held by one of them, or would have more than three holders.
    """
    await _give(db, caller, turf_id, wanted.member_ids, wanted.hours)


async def _give(
    db: Connection, caller: Caller, turf_id: UUID, member_ids: Sequence[UUID], hours: int
) -> None:
    organization_id, wanted = caller.organization_id, sorted(set(member_ids))
    turf = await queries.lock_turf(db, organization_id, turf_id)
    if turf.status is not TurfStatus.PUBLISHED:
        message = f"This turf is a {turf.status}. Publish it first."
        raise ConflictError(message)
    active = await queries.active_members(db, organization_id, wanted)
    if len(active) < len(wanted):
        message = "Each must be an active member of the organization."
        raise RefusedError(message, field="member_ids")
    held = await queries.open_assignments(db, organization_id, turf_id)
    lapsed = [one.member_id for one in held if not one.live]
    await _take(db, organization_id, turf_id, lapsed, "expired")
    live = {one.member_id for one in held if one.live}
    if both := live.intersection(wanted):
        message = f"{len(both)} of these members hold this turf already."
        raise ConflictError(message, field="member_ids")
    if len(live) + len(wanted) > HOLDERS:
        message = "Three may hold a turf at a time. Take it back from one first."
        raise ConflictError(message, field="member_ids")
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
    ids = [new_id() for _ in wanted]
    await queries.insert_assignments(
        db, organization_id, ids, wanted, turf_id, caller.member_id, expires_at
    )
    for one in wanted:
        about = {"turf_id": turf_id, "member_id": one}
        await tell_hooks(db, organization_id, HookKind.TURF_ASSIGNED, about)
    told = [(turf_id, one, "gained") for one in wanted]
    await tell(db, organization_id, told, by=caller.member_id)


async def take_back(
    db: Connection, caller: Caller, turf_id: UUID, member_id: UUID, reason: str = "taken_back"
) -> None:
    """End a member's hold on a turf, at once: their next request for its people finds nothing."""
    await queries.lock_turf(db, caller.organization_id, turf_id)
    by = caller.member_id
    if not await _take(db, caller.organization_id, turf_id, [member_id], reason, by):
        raise NotFoundError


async def _take(
    db: Connection,
    organization_id: UUID,
    turf_id: UUID,
    member_ids: Sequence[UUID],
    reason: str,
    by: UUID | None = None,
) -> list[UUID]:
    if not member_ids:
        return []
    ended = await queries.end_assignments(db, organization_id, turf_id, member_ids, reason)
    await tell(db, organization_id, [(turf_id, one, "lost") for one in ended], by)
    return ended


async def offer_handover(
    db: Connection, caller: Caller, turf_id: UUID, wanted: HandoverCreate, public_url: str
) -> Handover:
    """A code that lets whoever scans it take over a turf, or join its holder.

    Raises
    ------
    NotFoundError
        If there is no such turf, or a volunteer does not hold it.
    ConflictError
        If it is not published.
    """
    turf = await visible_turf(db, caller, turf_id)
    if turf.status is not TurfStatus.PUBLISHED:
        message = f"This turf is a {turf.status}. Publish it first."
        raise ConflictError(message)
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    expires_at = dt.datetime.now(dt.UTC) + HANDOVER_LIFE
    await queries.insert_handover(
        db,
        caller.organization_id,
        new_id(),
        turf_id,
        hash_secret(code),
        caller.member_id,
        wanted.as_pair,
        wanted.hours,
        expires_at,
    )
    link = f"{public_url}/take#{code}"
    return Handover(
        turf_id=turf_id, code=code, link=link, qr_svg=qr_svg(link), expires_at=expires_at
    )


async def accept_handover(db: Connection, caller: Caller, code: str) -> TurfSummary:
    """Take what a code offers.

    Raises
    ------
    RefusedError
        If the code is wrong, used or too old.
    ConflictError
        If the turf has no place for another holder.
    """
    organization_id = caller.organization_id
    used = await queries.use_handover(db, organization_id, hash_secret(code), caller.member_id)
    if used is None:
        message = "This code is wrong, used or too old. Ask for a new one."
        raise RefusedError(message, field="code")
    await queries.lock_turf(db, organization_id, used.turf_id)
    if not used.as_pair:
        await _take(db, organization_id, used.turf_id, [used.created_by], "handed_over")
    await _give(db, caller, used.turf_id, [caller.member_id], used.hours)
    (turf,) = await queries.turfs_by_id(db, organization_id, [used.turf_id])
    return turf


async def visible_turf(db: Connection, caller: Caller, turf_id: UUID) -> Turf:
    """A turf as the caller may see it: staff any, others what they hold.

    Raises
    ------
    NotFoundError
        If there is none, or the caller may not see it.
    """
    holder = None if caller.is_one_of(STAFF) else caller.member_id
    return await queries.turf_by_id(db, caller.organization_id, turf_id, holder)
