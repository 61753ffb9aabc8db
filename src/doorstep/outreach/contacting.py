"""Conversations at a stall or in a hall: what they were about, and what somebody raised there."""

import hashlib
from uuid import UUID

import msgspec

from doorstep.events.model import EventStatus
from doorstep.follow_up.model import IssueCreate, IssueSource
from doorstep.follow_up.service import raise_issue
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.outreach import queries
from doorstep.outreach.attending import check_id, contact_of
from doorstep.outreach.model import StallContact, StallContactCreate


async def record(
    db: Connection, caller: Caller, event_id: UUID, wanted: StallContactCreate
) -> StallContact:
    """The conversation with the issue it raised; the same again is taken once.

    Raises
    ------
    NotFoundError
        If there is no such event or topic.
    RefusedError
        If the id is no UUIDv7, an issue has no topic, or an address is left for nothing.
    ConflictError
        If another conversation has this id, or if the event is a draft or was cancelled.
    """
    check_id(wanted.id)
    _check(wanted)
    payload_hash = hashlib.sha256(msgspec.json.encode((event_id, wanted))).digest()
    await queries.hold_id(db, wanted.id)
    known = await queries.contact_by_id(db, wanted.id)
    if known is not None:
        if known.payload_hash != payload_hash:
            message = "Another conversation has this id. Give this one an id of its own."
            raise ConflictError(message, field="id")
        told = msgspec.structs.asdict(known)
        del told["payload_hash"]
        return StallContact(**told)
    event = await queries.event_seen(db, caller.organization_id, event_id)
    if event.status is EventStatus.DRAFT:
        raise NotFoundError
    if event.status is EventStatus.CANCELLED:
        message = "This event was cancelled."
        raise ConflictError(message, field="status")
    return await _insert(db, caller, event_id, wanted, payload_hash)


def _check(wanted: StallContactCreate) -> None:
    if wanted.issue is not None and wanted.topic_id is None:
        message = "Say what the issue is about."
        raise RefusedError(message, field="topic_id")
    if wanted.contact is not None and not wanted.contact.purposes:
        message = "Say for what they want to be written to, or leave their address out."
        raise RefusedError(message, field="contact.purposes")


async def _insert(
    db: Connection,
    caller: Caller,
    event_id: UUID,
    wanted: StallContactCreate,
    payload_hash: bytes,
) -> StallContact:
    if wanted.issue is not None and wanted.topic_id is not None:
        issue = IssueCreate(
            id=wanted.issue.id,
            topic_id=wanted.topic_id,
            source=IssueSource.EVENT,
            text=wanted.issue.text,
            raised_at=wanted.occurred_at,
            civic_event_id=event_id,
        )
        await raise_issue(db, caller, issue)
    guest_id = await contact_of(db, caller.organization_id, wanted.contact)
    return await queries.insert_contact(
        db, caller.organization_id, event_id, wanted, guest_id, caller.member_id, payload_hash
    )
