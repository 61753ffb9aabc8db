"""What came of an event: words for everybody, promises and decisions, and how it was."""

from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.engage.service import commitment_by_id, decision_by_id, name_nobody
from doorstep.events.service import follow_up_event
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.outreach import attendance_queries as seats
from doorstep.outreach import placing, queries
from doorstep.outreach.model import EventBriefing, EventFollowUp, EventOutcome


async def follow_up(
    db: Connection, caller: Caller, event_id: UUID, wanted: EventFollowUp
) -> EventOutcome:
    """Tell everybody what came of an event; told again, the later words stand.

    Raises
    ------
    NotFoundError
        If there is no such event for the public, commitment or decision.
    ConflictError
        If it was not held yet.
    RefusedError
        If the words name somebody on the lists.
    """
    organization_id = caller.organization_id
    await placing.held_event(db, organization_id, event_id)
    await follow_up_event(db, organization_id, event_id)
    words = [wanted.summary, wanted.notes, *(f"{o.who}\n{o.position}" for o in wanted.spoke)]
    await name_nobody(db, organization_id, wanted.named_in_public, *words)
    for commitment_id in wanted.commitment_ids:
        await commitment_by_id(db, organization_id, commitment_id)
    for decision_id in wanted.decision_ids:
        await decision_by_id(db, organization_id, decision_id)
    await queries.put_outcome(
        db, organization_id, event_id, wanted.summary, wanted.notes, wanted.spoke
    )
    await queries.insert_results(
        db, organization_id, event_id, wanted.commitment_ids, wanted.decision_ids
    )
    await audit(db, caller.member_id, "event.followed_up", [event_id])
    return await outcome(db, organization_id, event_id)


async def outcome(db: Connection, organization_id: UUID, event_id: UUID) -> EventOutcome:
    """What became of an event, in figures and words.

    Raises
    ------
    NotFoundError
        If there is no such event.
    """
    event = await queries.event_seen(db, organization_id, event_id)
    return EventOutcome(
        event_id=event_id,
        status=event.status,
        summary=event.outcome,
        notes=event.notes,
        spoke=event.spoke,
        attendances=await seats.state_counts(db, organization_id, event_id),
        contacts=await queries.contact_counts(db, organization_id, event_id),
        issues=await queries.issue_counts(db, organization_id, event_id, same_topic=False),
        commitments=await queries.promises(db, organization_id, event_id),
        decisions=await queries.decisions(db, organization_id, event_id),
        feedback=await queries.feedback_figures(db, organization_id, event_id),
    )


async def briefing(db: Connection, organization_id: UUID, event_id: UUID) -> EventBriefing:
    """What volunteers at an event should know before it begins.

    Raises
    ------
    NotFoundError
        If there is no such event.
    """
    event = await queries.event_seen(db, organization_id, event_id)
    slots = await queries.slots(db, organization_id, event_id, only_free=False)
    return EventBriefing(
        event_id=event_id,
        title=event.title,
        topic=event.topic,
        summary=event.summary,
        agenda=event.agenda,
        briefing_url=event.briefing_url,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        time_zone=event.time_zone,
        place_name=event.place_name,
        address=event.address,
        capacity=event.capacity,
        attendances=await seats.state_counts(db, organization_id, event_id),
        slots_count=len(slots),
        booked_slots_count=sum(not one.free for one in slots),
        issues=await queries.issue_counts(db, organization_id, event_id, same_topic=True),
    )
