"""From an issue to a case with an owner and a day, and from there to its end."""

import hashlib
from uuid import UUID, uuid5

import msgspec
from msgspec import UNSET

from doorstep.accounts import service as accounts
from doorstep.accounts.auditing import audit
from doorstep.engage import service as engage
from doorstep.engage.model import CommitmentCreate, Source
from doorstep.follow_up import issue_queries, queries
from doorstep.follow_up.figures import figures
from doorstep.follow_up.figures import rows as figure_rows
from doorstep.follow_up.model import (
    ENDED,
    MOVES,
    Case,
    CaseCommitment,
    CaseMerge,
    CaseMove,
    CaseOwner,
    CaseStatus,
    CaseWhole,
    ChangeKind,
    IssueCreate,
    IssueRaised,
    IssueSource,
    IssueTaken,
    Outcome,
    Queue,
    Topic,
    TopicCreate,
    TopicPatch,
)
from doorstep.follow_up.queries import HeldCase
from doorstep.kit.auth import COORDINATORS, STAFF, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id

__all__ = ["figure_rows", "figures"]

_UUID7 = 7


def seen_by(caller: Caller) -> UUID | None:
    """Whose cases a caller sees beside those without an owner; None: all."""
    return None if caller.is_one_of(COORDINATORS) else caller.member_id


async def create_topic(db: Connection, caller: Caller, wanted: TopicCreate) -> Topic:
    """A new topic.

    Raises
    ------
    NotFoundError
        If there is no such member.
    RefusedError
        If not exactly one of member and role is given, or if the member is no staff.
    ConflictError
        If another topic has this name.
    """
    await _check_owner(db, caller, wanted.owner_member_id, wanted.owner_role)
    topic_id = new_id()
    if not await queries.insert_topic(db, caller.organization_id, topic_id, wanted):
        raise _name_taken()
    await audit(db, caller.member_id, "issue_topic.created", [topic_id])
    return await _topic(db, caller.organization_id, topic_id)


async def change_topic(db: Connection, caller: Caller, topic_id: UUID, patch: TopicPatch) -> Topic:
    """The topic as it is from now on.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        As with a new one.
    """
    topic = await _topic(db, caller.organization_id, topic_id)
    given = {
        name: value
        for name in ("name", "due_days", "owner_member_id", "owner_role")
        if (value := getattr(patch, name)) is not UNSET
    }
    if patch.archived is not UNSET:
        given["archived_at"] = engage.now() if patch.archived else None
    changed = msgspec.structs.replace(topic, **given)
    await _check_owner(db, caller, changed.owner_member_id, changed.owner_role)
    if not await queries.put_topic(db, caller.organization_id, changed):
        raise _name_taken()
    await audit(db, caller.member_id, "issue_topic.changed", [topic_id])
    return await _topic(db, caller.organization_id, topic_id)


async def _check_owner(
    db: Connection, caller: Caller, member_id: UUID | None, role: str | None
) -> None:
    if (member_id is None) == (role is None):
        message = "Say who owns its cases: a member or a role, and not both."
        raise RefusedError(message, field="owner_role")
    if member_id is not None:
        member = await accounts.member_by_id(db, caller.organization_id, member_id)
        if member.ended_at is not None or set(member.roles).isdisjoint(STAFF):
            message = "Cases are owned by staff: caseworkers, coordinators, organizers or owners."
            raise RefusedError(message, field="owner_member_id")


def _name_taken() -> ConflictError:
    return ConflictError("Another topic has this name. Choose another.", field="name")


async def _topic(db: Connection, organization_id: UUID, topic_id: UUID) -> Topic:
    found = await queries.topics(db, organization_id, topic_id, archived=True)
    if not found:
        raise NotFoundError
    return found[0]


async def raise_issue(db: Connection, caller: Caller, wanted: IssueCreate) -> IssueTaken:
    """The issue in a case of its own, with an owner and a day; the same again is taken once.

    Raises
    ------
    NotFoundError
        If the topic, door, person or event is not there.
    RefusedError
        If the id is no UUIDv7, or if an issue of the door names no door.
    ConflictError
        If another issue has this id.
    """
    organization_id = caller.organization_id
    if wanted.id.version != _UUID7:
        message = "Make the id as a UUIDv7: others may have been used before."
        raise RefusedError(message, field="id")
    if wanted.source == "door" and wanted.door_id is None:
        message = "Say at which door it was raised."
        raise RefusedError(message, field="door_id")
    payload_hash = hashlib.sha256(msgspec.json.encode(wanted)).digest()
    raised = IssueRaised(**msgspec.structs.asdict(wanted), recorded_by=caller.member_id)
    await issue_queries.hold_issue(db, wanted.id)
    taken = await issue_queries.issue_taken(db, organization_id, wanted.id)
    if taken is not None and taken.payload_hash != payload_hash:
        message = "Another issue has this id. Give this one an id of its own."
        raise ConflictError(message, field="id")
    return await take_in(db, organization_id, raised, payload_hash)


async def take_in(
    db: Connection, organization_id: UUID, wanted: IssueRaised, payload_hash: bytes = b""
) -> IssueTaken:
    """The issue in a case of its own, with an owner and a day; of one id there is one.

    Raises
    ------
    NotFoundError
        If the topic, or whom or what it names, is not there.
    """
    await issue_queries.hold_issue(db, wanted.id)
    taken = await issue_queries.issue_taken(db, organization_id, wanted.id)
    if taken is not None:
        return IssueTaken(id=taken.id, case_id=taken.case_id, received_at=taken.received_at)
    return await _open_case(db, organization_id, wanted, payload_hash)


async def raise_flagged(db: Connection, organization_id: UUID, limit: int = 200) -> int:
    """Make issues of the answers at doors that the script says raise one; each once."""
    flagged = await issue_queries.take_flagged(db, organization_id, limit)
    for one in flagged:
        await take_in(
            db,
            organization_id,
            IssueRaised(
                id=flagged_id(one.topic_id, one.answer_id),
                topic_id=one.topic_id,
                source=IssueSource.DOOR,
                text=one.text,
                raised_at=one.occurred_at,
                door_id=one.door_id,
                person_id=one.person_id,
                contact_event_id=one.answer_id,
                recorded_by=one.member_id,
            ),
        )
    return len(flagged)


def flagged_id(topic_id: UUID, answer_id: UUID, question_key: str = "") -> UUID:
    """The id of the issue that an answer raises: always the same, so that there is one."""
    return uuid5(topic_id, f"{answer_id}/{question_key}")


async def _open_case(
    db: Connection, organization_id: UUID, wanted: IssueRaised, payload_hash: bytes
) -> IssueTaken:
    case_id, member_id = new_id(), wanted.recorded_by
    owner_id = await queries.owner_for(db, organization_id, wanted.topic_id)
    await queries.insert_case(db, organization_id, case_id, wanted.topic_id, owner_id)
    taken = await issue_queries.insert_issue(db, organization_id, case_id, payload_hash, wanted)
    await queries.insert_change(
        db, organization_id, case_id, ChangeKind.RAISED, None, CaseStatus.NEW,
        member_id=member_id, other_id=wanted.id,
    )  # fmt: skip
    if owner_id is not None:
        await queries.insert_change(
            db, organization_id, case_id, ChangeKind.ASSIGNED, CaseStatus.NEW,
            CaseStatus.ASSIGNED, "By the rule of the topic.", other_id=owner_id,
        )  # fmt: skip
    await audit(db, member_id, "issue.raised", [wanted.id, case_id])
    return taken


async def cases_seen(
    db: Connection,
    caller: Caller,
    queue: Queue | None,
    status: CaseStatus | None,
    topic_id: UUID | None,
    limit: int,
    offset: int,
) -> list[Case]:
    """Cases as far as a caller sees them, what is due first comes first."""
    await queries.see_merged(db)
    return await queries.cases(
        db,
        caller.organization_id,
        None,
        caller.member_id if queue == "mine" else None,
        seen_by(caller),
        status,
        topic_id,
        limit,
        offset,
        unowned=queue == "unowned",
        overdue=queue == "overdue",
        only_open=queue is not None,
    )


async def case_by_id(db: Connection, caller: Caller, case_id: UUID) -> CaseWhole:
    """A case with all that was raised, noted and done.

    Raises
    ------
    NotFoundError
        If there is none, or if it is another caseworker's.
    """
    organization_id = caller.organization_id
    await queries.see_merged(db)
    found = await queries.cases(
        db, organization_id, case_id, None, seen_by(caller), None, None, 1, 0
    )
    if not found:
        raise NotFoundError
    return CaseWhole(
        **msgspec.structs.asdict(found[0]),
        issues=await issue_queries.issues_of_case(db, organization_id, case_id),
        changes=await queries.changes_of_case(db, organization_id, case_id),
        notes=await queries.notes_of_case(db, organization_id, case_id),
    )


async def _hold(db: Connection, caller: Caller, case_id: UUID) -> HeldCase:
    return await queries.hold_case(db, caller.organization_id, case_id, seen_by(caller))


async def give_case(db: Connection, caller: Caller, case_id: UUID, wanted: CaseOwner) -> CaseWhole:
    """The case in the hands of a member of staff.

    Raises
    ------
    NotFoundError
        If there is no such case, or no such member of staff.
    RefusedError
        If the case is closed.
    """
    held = await _hold(db, caller, case_id)
    if held.status in ENDED:
        message = "This case is closed. Reopen it first."
        raise RefusedError(message, field="owner_id")
    waits = held.status in {CaseStatus.NEW, CaseStatus.REOPENED}
    after = CaseStatus.ASSIGNED if waits else held.status
    await queries.give_case(
        db, caller.organization_id, case_id, wanted.owner_id, wanted.due_on or held.due_on, after
    )
    await queries.insert_change(
        db, caller.organization_id, case_id, ChangeKind.ASSIGNED, held.status, after,
        wanted.reason, member_id=caller.member_id, other_id=wanted.owner_id,
    )  # fmt: skip
    await audit(db, caller.member_id, "case.assigned", [case_id, wanted.owner_id])
    return await _seen_last(db, caller, case_id)


async def _seen_last(db: Connection, caller: Caller, case_id: UUID) -> CaseWhole:
    """The case as whoever just changed it may see it once more, though it be another's now."""
    all_seeing = msgspec.structs.replace(caller, roles=caller.roles | set(COORDINATORS))
    return await case_by_id(db, all_seeing, case_id)


async def move_case(db: Connection, caller: Caller, case_id: UUID, wanted: CaseMove) -> CaseWhole:
    """The case a step further, with the reason in its history.

    Raises
    ------
    NotFoundError
        If there is no such case.
    RefusedError
        If it cannot go there, or if an outcome is missing or too much.
    """
    held, organization_id = await _hold(db, caller, case_id), caller.organization_id
    after = CaseStatus(wanted.to)
    check_move(held, after)
    if (after is CaseStatus.RESOLVED) != (wanted.outcome is not None):
        message = "To resolve a case takes an outcome: fixed, answered, referred or declined."
        raise RefusedError(message, field="outcome")
    if wanted.outcome is not None:
        if await queries.is_published(db, organization_id, case_id):
            await engage.name_nobody(db, organization_id, False, wanted.reason)
        await queries.resolve_case(
            db, organization_id, case_id, Outcome(wanted.outcome), wanted.reason, None,
            caller.member_id,
        )  # fmt: skip
    elif after is CaseStatus.REOPENED:
        await reopen(db, organization_id, held)
    else:
        await queries.move_case(db, organization_id, case_id, after)
    kinds = {
        CaseStatus.RESOLVED: ChangeKind.RESOLVED,
        CaseStatus.CONFIRMED: ChangeKind.CONFIRMED,
        CaseStatus.REOPENED: ChangeKind.REOPENED,
    }
    await queries.insert_change(
        db, organization_id, case_id, kinds.get(after, ChangeKind.MOVED), held.status, after,
        wanted.reason, member_id=caller.member_id,
    )  # fmt: skip
    await audit(db, caller.member_id, f"case.{after}", [case_id])
    return await case_by_id(db, caller, case_id)


def check_move(held: HeldCase, after: CaseStatus) -> None:
    """Refuse what the states do not allow.

    Raises
    ------
    RefusedError
        If the case cannot go there.
    """
    if held.duplicate_of_id is not None:
        message = "This case is a duplicate: go on with the one it was merged into."
        raise RefusedError(message, field="to")
    if after not in MOVES[held.status]:
        allowed = ", ".join(sorted(MOVES[held.status] - {CaseStatus.TOLD}))
        message = f"What is {held.status} cannot become {after}; it can become: {allowed}."
        raise RefusedError(message, field="to")


async def reopen(db: Connection, organization_id: UUID, held: HeldCase) -> None:
    """Begin another round, with a new day by the topic's rule; its owner is the same."""
    due_on = held.today.fromordinal(held.today.toordinal() + held.due_days)
    await queries.reopen_case(db, organization_id, held.id, due_on)


async def merge_cases(
    db: Connection, caller: Caller, case_id: UUID, wanted: CaseMerge
) -> CaseWhole:
    """The case that goes on; who raised the other is told by it.

    Raises
    ------
    NotFoundError
        If one of them is not there.
    RefusedError
        If both are the same, or if one was merged already or is closed.
    """
    organization_id, into_id = caller.organization_id, wanted.into_case_id
    # In the order of their ids: two who merge the same cases do not wait for each other.
    held = {one: await _hold(db, caller, one) for one in sorted((case_id, into_id))}
    if case_id == into_id:
        message = "A case cannot be merged with itself."
        raise RefusedError(message, field="into_case_id")
    if any(one.duplicate_of_id or one.status in ENDED for one in held.values()):
        message = "Only open cases are merged. Reopen a closed one first."
        raise RefusedError(message, field="into_case_id")
    await queries.resolve_case(
        db, organization_id, case_id, Outcome.DUPLICATE, wanted.reason, into_id, caller.member_id
    )
    await issue_queries.move_issues(db, organization_id, case_id, into_id)
    for one, other, after in (
        (case_id, into_id, CaseStatus.RESOLVED),
        (into_id, case_id, held[into_id].status),
    ):
        await queries.insert_change(
            db, organization_id, one, ChangeKind.MERGED, held[one].status, after, wanted.reason,
            member_id=caller.member_id, other_id=other,
        )  # fmt: skip
    await audit(db, caller.member_id, "case.merged", [case_id, into_id])
    return await case_by_id(db, caller, into_id)


async def note(db: Connection, caller: Caller, case_id: UUID, text: str) -> CaseWhole:
    """The case with one more note among staff.

    Raises
    ------
    NotFoundError
        If there is no such case.
    """
    await _hold(db, caller, case_id)
    note_id = new_id()
    await queries.insert_note(
        db, caller.organization_id, note_id, case_id, text, caller.member_id
    )  # fmt: skip
    await audit(db, caller.member_id, "case.noted", [case_id, note_id])
    return await case_by_id(db, caller, case_id)


async def lead_to_commitment(
    db: Connection, caller: Caller, case_id: UUID, wanted: CaseCommitment
) -> CaseWhole:
    """The case with the commitment it led to; a new one is a draft.

    Raises
    ------
    NotFoundError
        If there is no such case or commitment.
    RefusedError
        If neither a commitment nor the words for one are given, or if they name somebody.
    """
    organization_id = caller.organization_id
    held = await _hold(db, caller, case_id)
    commitment_id = wanted.commitment_id
    if commitment_id is None:
        if wanted.title is None or wanted.text is None:
            message = "Give a commitment that is there, or title and text for a new one."
            raise RefusedError(message, field="commitment_id")
        words = CommitmentCreate(title=wanted.title, text=wanted.text, due_on=wanted.due_on)
        made = await engage.commit(
            db, organization_id, caller.member_id, words, source=Source.CASE, source_id=case_id
        )
        commitment_id = made.id
    await queries.put_commitment(db, organization_id, case_id, commitment_id)
    await queries.insert_change(
        db, organization_id, case_id, ChangeKind.COMMITTED, held.status, held.status,
        member_id=caller.member_id, other_id=commitment_id,
    )  # fmt: skip
    await audit(db, caller.member_id, "case.committed", [case_id, commitment_id])
    return await case_by_id(db, caller, case_id)
