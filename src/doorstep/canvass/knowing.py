"""Everything that judging an event needs to know, read at once for a whole batch."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec.structs import replace

from doorstep.accounts.service import organization_by_id
from doorstep.canvass import queries
from doorstep.canvass.decoding import Item
from doorstep.canvass.judging import Known, Place, Value
from doorstep.canvass.model import AT_DOORS, REPLIES, Answer
from doorstep.canvass.queries import AnswerRow, KnownEvent, LockedDoor
from doorstep.kit.auth import STAFF, Caller
from doorstep.kit.db import Connection
from doorstep.surveys.service import script_versions
from doorstep.turf.service import turfs_for_events


async def known_about(
    db: Connection,
    caller: Caller,
    items: Sequence[Item],
    doors: Sequence[LockedDoor],
    turf_doors: set[tuple[UUID, UUID]] | None = None,
) -> Known:
    """What the database knows about the turfs, doors, people and scripts that events name.

    Which doors are in which turfs is looked up unless it is given.
    """
    organization_id = caller.organization_id
    events = [item.event for item in items if item.event is not None]
    at_doors = [event for event in events if isinstance(event, AT_DOORS)]
    replies = [event for event in events if isinstance(event, REPLIES)]
    answers = [event for event in at_doors if isinstance(event, Answer)]
    targets = [event.target_id for event in replies]
    places = await places_of(db, caller, targets)
    before = await queries.answers_by_id(db, organization_id, targets) if targets else {}
    turf_ids = {event.turf_id for event in at_doors}
    turf_ids |= {place.turf_id for place in places.values() if place.turf_id}
    people = {event.person_id for event in at_doors if event.person_id}
    people |= {place.person_id for place in places.values() if place.person_id}
    scripts = {(event.script_id, event.script_version) for event in answers}
    scripts |= {(row.script_id, row.script_version) for row in before.values()}
    if turf_doors is None:
        turf_doors = await queries.doors_of_turfs(
            db, organization_id, list(turf_ids), [door.id for door in doors]
        )
    building_of = {door.id: door.building_id for door in doors}
    turfs = await turfs_for_events(db, organization_id, caller.member_id, list(turf_ids))
    organization = await organization_by_id(db, organization_id) if scripts else None
    meant = await queries.people_meant(db, organization_id, list(people)) if people else {}
    return Known(
        member_id=caller.member_id,
        is_staff=caller.is_one_of(STAFF),
        require_consent=organization is None or organization.require_consent,
        turfs={turf.id: turf for turf in turfs},
        building_of=building_of,
        turf_doors=turf_doors,
        turf_buildings={(turf_id, building_of.get(door_id)) for turf_id, door_id in turf_doors},
        meant={person_id: one for person_id, (one, _) in meant.items()},
        door_of={person_id: door_id for person_id, (_, door_id) in meant.items()},
        scripts=await script_versions(db, organization_id, scripts) if scripts else {},
        answers={event_id: _value_of(row) for event_id, row in before.items()},
        places=places,
    )


def _value_of(row: AnswerRow) -> Value:
    return Value(
        script_id=row.script_id,
        script_version=row.script_version,
        question_key=row.question_key,
        value=row.value,
        sensitive=row.sensitive,
        # Its consent is stored: what was asked then need not be known again.
        wording=None if row.consent_id is None else "",
        consent_id=row.consent_id,
    )


async def places_of(db: Connection, caller: Caller, event_ids: Iterable[UUID]) -> dict[UUID, Place]:
    """Where stored events happened; a reply that came first has its place from what it is to."""
    return await _places(db, caller, event_ids, ("accepted",))


async def roots_of(db: Connection, caller: Caller, event_ids: Iterable[UUID]) -> dict[UUID, Place]:
    """Where stored events happened, also those that do not count."""
    return await _places(db, caller, event_ids, ("accepted", "rolled_back", "needs_review"))


async def _places(
    db: Connection, caller: Caller, event_ids: Iterable[UUID], statuses: tuple[str, ...]
) -> dict[UUID, Place]:
    wanted = list(event_ids)
    if not wanted:
        return {}
    behind = await queries.events_behind(db, caller.organization_id, wanted)
    return {
        event_id: replace(
            _place_of(_root(event, behind)),
            kind=event.kind,
            target_id=event.target_id,
            member_id=event.member_id,
        )
        for event_id, event in behind.items()
        if event.status in statuses
    }


def _root(event: KnownEvent, behind: dict[UUID, KnownEvent]) -> KnownEvent:
    seen = {event.id}
    while event.target_id is not None and event.target_id not in seen:
        target = behind.get(event.target_id)
        if target is None:
            break
        event = target
        seen.add(event.id)
    return event


def _place_of(event: KnownEvent) -> Place:
    return Place(
        kind=event.kind,
        target_id=event.target_id,
        turf_id=event.turf_id,
        pass_id=event.pass_id,
        door_id=event.door_id,
        building_id=event.building_id,
        person_id=event.person_id,
        member_id=event.member_id,
    )
