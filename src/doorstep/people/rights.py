"""What one person may ask for: a copy of everything about them, and to be forgotten."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.accounts.auditing import audit
from doorstep.accounts.service import organization_by_id
from doorstep.algorithms.addresses import unit_key
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError
from doorstep.kit.ids import new_id
from doorstep.people import forgetting, queries, suppressing, suppressing_queries
from doorstep.people import rights_queries as own
from doorstep.people.consenting_queries import consents_of_people
from doorstep.people.forgetting import Forgotten, Place
from doorstep.people.matching_queries import see_merged
from doorstep.people.model import DoNotContact, DoNotContactMark
from doorstep.people.rights_model import Erasure, PersonExport
from doorstep.people.service import record_do_not_contact
from doorstep.people.suppressing import Identity


async def export_person(db: Connection, organization_id: UUID, person_id: UUID) -> PersonExport:
    """Everything that is stored about a person, as they may ask for it.

    Raises
    ------
    NotFoundError
        If there is no such person, or no more.
    """
    if (await own.person_standing(db, organization_id, person_id)).erased_at is not None:
        raise NotFoundError
    await see_merged(db)
    people = await own.rows_of_people(db, organization_id, [person_id])
    return PersonExport(
        exported_at=dt.datetime.now(dt.UTC),
        organization=(await organization_by_id(db, organization_id)).name,
        people=await own.people_stored(db, organization_id, people),
        consents=await consents_of_people(db, organization_id, people),
        do_not_contact=await own.marks_of_people(db, organization_id, people),
        suppressions=await suppressing_queries.suppressions_of_people(db, organization_id, people),
        events=await own.events_of_people(db, organization_id, people),
        answers=await own.answers_of_people(db, organization_id, people),
        issues=await own.issues_of_people(db, organization_id, people),
        notices=await own.notices_of_people(db, organization_id, people),
        letters=await own.letters_of_people(db, organization_id, people),
        corrections=await own.corrections_of_people(db, organization_id, people),
        attendances=await own.attendances_of_people(db, organization_id, people),
        imports=await own.imports_of_people(db, organization_id, people),
    )


async def erase_person(
    db: Connection, key: bytes, caller: Caller, person_id: UUID, reason: str
) -> Erasure:
    """What was removed; imports leave the person out from now on. Again, it does nothing.

    Raises
    ------
    NotFoundError
        If there is no such person.
    """
    return await erase(db, key, caller.organization_id, caller.member_id, person_id, reason)


async def erase(
    db: Connection, key: bytes, organization_id: UUID, by: UUID | None, person_id: UUID, reason: str
) -> Erasure:
    """As `erase_person`, by a member or (None) by the person themself.

    Raises
    ------
    NotFoundError
        If there is no such person.
    """
    gone_at = (await own.hold_person(db, organization_id, person_id)).erased_at
    forgotten = Forgotten(0, 0, 0)
    if gone_at is None:
        await see_merged(db)
        people = await own.rows_of_people(db, organization_id, [person_id])
        places = await forgetting.held_places(db, organization_id, people)
        await _keep_out(db, key, organization_id, by, person_id, places, reason)
        forgotten, gone_at = await forgetting.forget_people(db, organization_id, places)
        await audit(db, by, "person.erased", people)
    return Erasure(person_id=person_id, erased_at=gone_at, **forgotten._asdict())


async def _keep_out(
    db: Connection,
    key: bytes,
    organization_id: UUID,
    by: UUID | None,
    person_id: UUID,
    places: Sequence[Place],
    reason: str,
) -> None:
    marks = [
        suppressing_queries.Mark(id=new_id(), kind=kind, hash=digest, person_id=person_id)
        for place in places
        for kind, digest in suppressing.marks_of(key, _identity(place))
    ]
    await suppressing_queries.insert_suppressions(db, organization_id, "erased", reason, by, marks)


def _identity(place: Place) -> Identity:
    return Identity(
        external_id=place.external_id,
        phone=place.phone,
        email=place.email,
        name_key=suppressing.name_key_of(place.given_name, place.family_name),
        match_key=suppressing.match_key_of(place.street, place.house_number),
        unit_key=unit_key(place.unit),
    )


async def leave_building_alone(
    db: Connection, caller: Caller, building_id: UUID
) -> list[DoNotContact]:
    """The marks on every door of a building, which stand from now on or stood already.

    Raises
    ------
    NotFoundError
        If there is no such building.
    """
    organization_id = caller.organization_id
    doors = await queries.doors_of_building(db, organization_id, building_id)
    if not doors:
        raise NotFoundError
    marks = [
        DoNotContactMark(
            id=new_id(),
            door_id=door_id,
            person_id=None,
            source_event_id=None,
            recorded_by=caller.member_id,
        )
        for door_id in doors
    ]
    await record_do_not_contact(db, organization_id, marks)
    return [
        await queries.live_do_not_contact(db, organization_id, door_id, None) for door_id in doors
    ]
