"""Telling many at once: written, looked at, approved by a second person where many, sent."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotAllowedError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.notify import broadcast_queries as queries
from doorstep.notify import service
from doorstep.notify.api_model import Broadcast, BroadcastCreate, BroadcastReach
from doorstep.notify.costing import costs, total
from doorstep.notify.model import Kind, Notice
from doorstep.settings import Settings

APPROVAL_ABOVE = 500


async def write(db: Connection, caller: Caller, wanted: BroadcastCreate) -> Broadcast:
    """Keep a broadcast to be looked at; nothing is sent yet.

    Raises
    ------
    RefusedError
        If roles and members are both given, it goes to nobody, or it is over already.
    """
    if wanted.roles and wanted.member_ids:
        message = "Give roles or members, not both."
        raise RefusedError(message, field="member_ids")
    if wanted.expires_at is not None and wanted.expires_at <= dt.datetime.now(dt.UTC):
        message = "This is over already. Choose a later end, or none."
        raise RefusedError(message, field="expires_at")
    id_ = new_id()
    await queries.insert_broadcast(db, caller.organization_id, id_, wanted, caller.member_id)
    await queries.count_recipients(db, caller.organization_id, id_)
    made = await queries.broadcast_by_id(db, caller.organization_id, id_)
    if not made.recipients_count:
        message = "No active member is among these. Choose others."
        raise RefusedError(message, field="member_ids" if wanted.member_ids else "roles")
    return made


async def reach(db: Connection, caller: Caller, id_: UUID, settings: Settings) -> BroadcastReach:
    """Whom it reaches by which ways, what that costs, and how its deliveries stand."""
    organization_id = caller.organization_id
    of = await queries.broadcast_by_id(db, organization_id, id_)
    row = await queries.reach(db, organization_id, id_, APPROVAL_ABOVE)
    recipients = await queries.reachable(db, organization_id, id_)
    channels = costs(recipients, of.title, of.text, settings)
    return BroadcastReach(
        **msgspec.structs.asdict(row),
        channels=channels,
        amount=total(channels),
        currency=settings.sms_currency,
    )


async def approve(db: Connection, caller: Caller, id_: UUID) -> Broadcast:
    """Agree that somebody else's broadcast is sent.

    Raises
    ------
    NotAllowedError
        If it is the caller's own.
    ConflictError
        If it was sent or taken back.
    """
    held = await queries.hold_broadcast(db, caller.organization_id, id_)
    _check_open(held)
    if held.created_by == caller.member_id:
        message = "You wrote this yourself. Ask another organizer to approve it."
        raise NotAllowedError(message)
    if held.approved_by is None:
        await queries.approve(db, caller.organization_id, id_, caller.member_id)
    return await queries.broadcast_by_id(db, caller.organization_id, id_)


async def send(db: Connection, caller: Caller, id_: UUID) -> Broadcast:
    """Tell everybody it is for, as of now.

    Raises
    ------
    ConflictError
        If it was sent or taken back already, or needs a second person.
    """
    organization_id = caller.organization_id
    held = await queries.hold_broadcast(db, organization_id, id_)
    _check_open(held)
    await queries.count_recipients(db, organization_id, id_)
    member_ids = await queries.recipients(db, organization_id, id_)
    if len(member_ids) > APPROVAL_ABOVE and held.approved_by is None:
        message = (
            f"This goes to {len(member_ids)} members; above {APPROVAL_ABOVE}, another organizer "
            "must approve it first."
        )
        raise ConflictError(message)
    await queries.mark_sent(db, organization_id, id_)
    await service.notify(
        db,
        organization_id,
        [
            Notice(
                kind=Kind.BROADCAST,
                member_id=member_id,
                about=id_,
                key=f"broadcast:{id_}",
                expires_at=held.expires_at,
            )
            for member_id in member_ids
        ],
    )
    return await queries.broadcast_by_id(db, organization_id, id_)


async def take_back(db: Connection, caller: Caller, id_: UUID) -> Broadcast:
    """Tell nobody any more; whom it reached has it."""
    held = await queries.hold_broadcast(db, caller.organization_id, id_)
    if held.withdrawn_at is None:
        await queries.mark_withdrawn(db, caller.organization_id, id_)
        await service.withdraw(db, caller.organization_id, about=id_)
    return await queries.broadcast_by_id(db, caller.organization_id, id_)


def _check_open(held: Broadcast) -> None:
    if held.sent_at is not None:
        message = "This was sent already. Write another."
        raise ConflictError(message)
    if held.withdrawn_at is not None:
        message = "This was taken back. Write another."
        raise ConflictError(message)
