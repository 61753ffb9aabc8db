"""Two people turn out to be one, or not; and a merge is taken back.

A merge keeps one of the two. Their own values win; what they lack is taken from the other, and so
are all tags and kept columns. Visits, answers, consents and wishes to be left alone become theirs.
The other's row stays as it was, hidden. The match remembers what was moved, so that taking the
merge back leaves everything as it was before.
"""

from uuid import UUID

import msgspec

from doorstep.accounts.auditing import audit
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.texts import name_key
from doorstep.people import merging_queries as queries
from doorstep.people.forgetting_queries import lock_doors_of_people
from doorstep.people.matching import candidates_for, match_by_id
from doorstep.people.matching_model import Match, MatchStatus, MergeRequest
from doorstep.people.matching_queries import see_merged, wait_for_turn
from doorstep.people.merging_queries import Decided, Moved, Stored
from doorstep.people.queries import raise_turf_versions

_FIELDS = (
    "external_id", "given_name", "family_name", "birth_year", "phone", "email", "language",
)  # fmt: skip


async def keep_apart(db: Connection, caller: Caller, match_id: UUID) -> Match:
    """The match, decided: the two are two, or somebody added at the door is new.

    Raises
    ------
    NotFoundError
        If there is no such match.
    ConflictError
        If they were merged; that is to be taken back first.
    """
    organization_id = caller.organization_id
    decided = await _held(db, organization_id, match_id)
    if decided.other_person_id is None:
        # Who is new is none of those either whom the organizer saw beside them.
        others = [
            (new_id(), one.person.id, one.score, [reason.reason for reason in one.reasons])
            for one in await candidates_for(db, organization_id, decided.person_id)
        ]
        await queries.keep_apart(db, organization_id, decided.person_id, others, caller.member_id)
    await queries.decide(
        db,
        organization_id,
        match_id,
        MatchStatus.APART,
        decided.other_person_id,
        None,
        None,
        caller.member_id,
    )
    return await match_by_id(db, organization_id, match_id)


async def merge(db: Connection, caller: Caller, match_id: UUID, wanted: MergeRequest) -> Match:
    """The match, merged.

    Raises
    ------
    NotFoundError
        If there is no such match.
    ConflictError
        If they are merged already, or one of them is merged into somebody else or was erased.
    RefusedError
        If it is not said who is meant, or somebody is to be kept who is neither.
    """
    organization_id = caller.organization_id
    decided = await _held(db, organization_id, match_id)
    one_id, other_id = decided.person_id, _other(decided, wanted)
    await lock_doors_of_people(db, organization_id, [one_id, other_id])
    people = await queries.hold_people(db, organization_id, [one_id, other_id])
    if len(people) < len({one_id, other_id}):
        message = "There is no such person. Take somebody from the list of candidates."
        raise RefusedError(message, field="other_person_id")
    if any(one.merged_into or not (one.given_name or one.family_name) for one in people.values()):
        message = "One of the two is merged into somebody else, or was erased. Search again."
        raise ConflictError(message)
    kept_id = wanted.keep_id or await queries.older(db, organization_id, one_id, other_id)
    if kept_id not in people:
        message = "Only one of the two people of this match can be kept."
        raise RefusedError(message, field="keep_id")
    kept, gone = people[kept_id], people[other_id if kept_id == one_id else one_id]
    moved = await _move(db, organization_id, kept, gone)
    await queries.drop_pair(db, organization_id, one_id, other_id, match_id)
    await queries.decide(
        db,
        organization_id,
        match_id,
        MatchStatus.MERGED,
        other_id,
        kept_id,
        moved,
        caller.member_id,
    )
    await raise_turf_versions(db, organization_id, [kept.door_id, gone.door_id])
    await audit(db, caller.member_id, "person.merged", [kept.id, gone.id])
    return await match_by_id(db, organization_id, match_id)


async def _held(db: Connection, organization_id: UUID, match_id: UUID) -> Decided:
    """A match that is not merged, held until the transaction ends with all that is hidden."""
    await wait_for_turn(db, organization_id)
    await see_merged(db)
    decided = await queries.hold_match(db, organization_id, match_id)
    if decided.status == MatchStatus.MERGED:
        message = "These two are merged already. Take that back first."
        raise ConflictError(message)
    return decided


def _other(decided: Decided, wanted: MergeRequest) -> UUID:
    other_id = decided.other_person_id or wanted.other_person_id
    if other_id is None:
        message = "Say who this is: give the id of one of the candidates."
        raise RefusedError(message, field="other_person_id")
    if other_id == decided.person_id or wanted.other_person_id not in {None, other_id}:
        message = "This match is about two other people."
        raise RefusedError(message, field="other_person_id")
    return other_id


async def _move(db: Connection, organization_id: UUID, kept: Stored, gone: Stored) -> Moved:
    """Give all that hangs on one person to the other, and hide the one."""
    ids = organization_id, gone.id, kept.id
    withdrawn = await queries.withdraw_outdated(db, *ids)
    marks = await queries.move_marks(db, *ids, None)
    made_marks: list[UUID] = []
    if gone.door_id != kept.door_id:
        made_marks = await queries.mark_for_door(
            db, organization_id, new_id(), gone.door_id, kept.id
        )
    fields = [name for name in _FIELDS if getattr(gone, name) and not getattr(kept, name)]
    tags = [tag for tag in gone.tags if tag not in kept.tags]
    attributes = {key: one for key, one in gone.attributes.items() if key not in kept.attributes}
    moved = Moved(
        events=await queries.move_events(db, *ids, None),
        issues=await queries.move_issues(db, *ids, None),
        consents=await queries.move_consents(db, *ids, None),
        withdrawn=withdrawn,
        marks=marks,
        made_marks=made_marks,
        suppressions=await queries.share_suppressions(db, *ids),
        people=await queries.move_merged(db, *ids, None),
        fields=fields,
        tags=tags,
        attributes=list(attributes),
    )
    filled = msgspec.structs.replace(
        kept,
        **{name: getattr(gone, name) for name in fields},
        tags=[*kept.tags, *tags],
        attributes=kept.attributes | attributes,
    )
    # The hidden one first: an external id is one person's at a time.
    hidden = msgspec.structs.replace(
        gone, merged_into=kept.id, external_id=None, merged_external_id=gone.external_id
    )
    await queries.update_person(db, organization_id, hidden)
    await queries.update_person(db, organization_id, _renamed(filled, kept))
    return moved


def _renamed(person: Stored, before: Stored) -> Stored:
    names = person.given_name, person.family_name
    if names == (before.given_name, before.family_name):
        return person
    return msgspec.structs.replace(person, name_key=name_key(*names))


async def unmerge(db: Connection, caller: Caller, match_id: UUID) -> Match:
    """The match, taken back: both people are there again, each with what was theirs.

    What came after the merge stays with the one who was kept.

    Raises
    ------
    NotFoundError
        If there is no such match.
    ConflictError
        If they are not merged, a later merge has to be taken back first, or the one who was kept
        was erased.
    """
    organization_id = caller.organization_id
    await wait_for_turn(db, organization_id)
    await see_merged(db)
    decided = await queries.hold_match(db, organization_id, match_id)
    if decided.moved is None or decided.kept_id is None or decided.other_person_id is None:
        message = "These two are not merged."
        raise ConflictError(message)
    gone_id = (
        decided.person_id if decided.kept_id == decided.other_person_id else decided.other_person_id
    )
    both = [decided.kept_id, gone_id]
    await lock_doors_of_people(db, organization_id, both)
    people = await queries.hold_people(db, organization_id, both)
    kept, gone = people[decided.kept_id], people[gone_id]
    await _check_last(db, organization_id, match_id, kept)
    await _move_back(db, organization_id, kept, gone, decided.moved)
    await queries.decide(
        db,
        organization_id,
        match_id,
        MatchStatus.UNMERGED,
        decided.other_person_id,
        None,
        None,
        caller.member_id,
    )
    await raise_turf_versions(db, organization_id, [kept.door_id, gone.door_id])
    await audit(db, caller.member_id, "person.unmerged", both)
    return await match_by_id(db, organization_id, match_id)


async def _check_last(db: Connection, organization_id: UUID, match_id: UUID, kept: Stored) -> None:
    """Merges are taken back in the reverse of their order: each finds what it left."""
    if not (kept.given_name or kept.family_name):
        message = "This person was erased: there is nothing left to take apart."
        raise ConflictError(message)
    later = await queries.later_merge(db, organization_id, match_id, kept.id)
    if kept.merged_into or later:
        message = "A later merge of this person has to be taken back first."
        raise ConflictError(message)


async def _move_back(
    db: Connection, organization_id: UUID, kept: Stored, gone: Stored, moved: Moved
) -> None:
    ids = organization_id, kept.id, gone.id
    await queries.move_events(db, *ids, moved.events)
    await queries.move_issues(db, *ids, moved.issues)
    await queries.move_consents(db, *ids, moved.consents)
    await queries.move_marks(db, *ids, moved.marks)
    await queries.move_merged(db, *ids, moved.people)
    await queries.restore_consents(db, organization_id, moved.withdrawn)
    await queries.delete_marks(db, organization_id, moved.made_marks)
    await queries.unshare_suppressions(db, organization_id, kept.id, moved.suppressions)
    shown = msgspec.structs.replace(
        gone, merged_into=None, external_id=gone.merged_external_id, merged_external_id=None
    )
    # What changed since the merge is newer than it, and stays.
    emptied = {
        name: "" if name.endswith("_name") else None
        for name in moved.fields
        if getattr(kept, name) == getattr(shown, name)
    }
    bare = msgspec.structs.replace(
        kept,
        **emptied,
        tags=[tag for tag in kept.tags if tag not in moved.tags],
        attributes={
            key: one
            for key, one in kept.attributes.items()
            if key not in moved.attributes or one != gone.attributes.get(key)
        },
    )
    await queries.update_person(db, organization_id, _renamed(bare, kept))
    if shown.external_id and await queries.external_id_taken(
        db, organization_id, shown.external_id
    ):
        message = "Somebody else was imported with this person's id since. Undo that import first."
        raise ConflictError(message)
    await queries.update_person(db, organization_id, shown)
