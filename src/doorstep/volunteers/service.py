"""What volunteers say of themselves, and what follows for planning."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET

from doorstep.accounts.service import member_by_id, organization_by_id
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.volunteers import queries
from doorstep.volunteers.availing import is_free, overlapping
from doorstep.volunteers.model import (
    EmergencyContact,
    Skill,
    TieKind,
    TrainingDone,
    TrainingPut,
    Volunteer,
    VolunteerPut,
)
from doorstep.volunteers.queries import buddies, ties

__all__ = ["buddies", "ties"]

HOME_DECIMALS = 2
"""0.01 degrees are 1.1 km from south to north: enough to plan a ride, too little to find a door."""


async def volunteer(db: Connection, organization_id: UUID, member_id: UUID) -> Volunteer:
    """One volunteer.

    Raises
    ------
    NotFoundError
        If there is no such member any more.
    """
    found = await profiles(db, organization_id, [member_id])
    if not found:
        raise NotFoundError
    return found[0]


async def profiles(
    db: Connection, organization_id: UUID, member_ids: Sequence[UUID]
) -> list[Volunteer]:
    """These members as volunteers, by name; whoever has left is missing."""
    return await queries.volunteers(db, organization_id, member_ids, None, None, None, 0)


async def search(
    db: Connection,
    organization_id: UUID,
    *,
    skill: Skill | None,
    language: str | None,
    free: tuple[dt.datetime, dt.datetime] | None,
    limit: int,
    offset: int,
) -> list[Volunteer]:
    """Volunteers who have what is asked for, by name; ``free``: who said they can come then."""
    if free is None:
        return await queries.volunteers(db, organization_id, None, skill, language, limit, offset)
    if free[0] >= free[1]:
        message = "The end is not after the start."
        raise RefusedError(message, field="available_until")
    zone = await _zone(db, organization_id)
    found = await queries.volunteers(db, organization_id, None, skill, language, None, 0)
    able = [one for one in found if is_free(one.availability, one.exceptions, *free, zone)]
    return able[offset : offset + limit]


async def available(
    db: Connection,
    organization_id: UUID,
    member_ids: Sequence[UUID],
    starts_at: dt.datetime,
    ends_at: dt.datetime,
) -> dict[UUID, bool | None]:
    """Whether each of these members can come for all of a time; None: they never said."""
    zone = await _zone(db, organization_id)
    return {
        one.member_id: is_free(one.availability, one.exceptions, starts_at, ends_at, zone)
        for one in await profiles(db, organization_id, member_ids)
    }


async def _zone(db: Connection, organization_id: UUID) -> ZoneInfo:
    return ZoneInfo((await organization_by_id(db, organization_id)).time_zone)


async def describe(
    db: Connection, organization_id: UUID, member_id: UUID, wanted: VolunteerPut
) -> Volunteer:
    """The volunteer as described; the home is rounded before it is stored.

    Raises
    ------
    NotFoundError
        If there is no such member any more.
    RefusedError
        If hours overlap or end before they begin, or a day is named twice.
    """
    _check(wanted)
    await queries.hold_member(db, organization_id, member_id)
    lon = lat = None
    if wanted.home is not None:
        # Adding zero turns -0.0, which would print strangely, into 0.0.
        lon = round(wanted.home.lon, HOME_DECIMALS) + 0.0
        lat = round(wanted.home.lat, HOME_DECIMALS) + 0.0
    await queries.put_volunteer(db, organization_id, member_id, wanted, lon, lat)
    await queries.replace_hours(db, organization_id, member_id, wanted.availability)
    await queries.replace_exceptions(db, organization_id, member_id, wanted.exceptions)
    return await volunteer(db, organization_id, member_id)


def _check(wanted: VolunteerPut) -> None:
    for place, hours in enumerate(wanted.availability):
        if hours.starts_at_time >= hours.ends_at_time:
            message = "These hours end before they begin. Write a night as two days."
            raise RefusedError(message, field=f"availability.{place}.ends_at_time")
    if clash := overlapping(wanted.availability):
        place = wanted.availability.index(clash)
        message = "These hours overlap others of the same weekday. Make them one."
        raise RefusedError(message, field=f"availability.{place}.starts_at_time")
    seen: set[dt.date] = set()
    for place, day in enumerate(wanted.exceptions):
        field = f"exceptions.{place}"
        if day.on_date in seen:
            message = "This day is named twice. Say all of it once."
            raise RefusedError(message, field=f"{field}.on_date")
        seen.add(day.on_date)
        if (day.starts_at_time is None) != (day.ends_at_time is None):
            message = "Give both hours, or neither for the whole day."
            raise RefusedError(message, field=f"{field}.ends_at_time")
        if day.starts_at_time and day.ends_at_time and day.starts_at_time >= day.ends_at_time:
            message = "These hours end before they begin."
            raise RefusedError(message, field=f"{field}.ends_at_time")


async def emergency_contact(
    db: Connection, organization_id: UUID, member_id: UUID
) -> EmergencyContact:
    """Whom to call for a member.

    Raises
    ------
    NotFoundError
        If there is no such member, or they named nobody.
    """
    await member_by_id(db, organization_id, member_id)
    found = await queries.emergency_contact(db, organization_id, member_id)
    if found is None:
        message = "They named nobody to call. Ask them."
        raise NotFoundError(message)
    return found


async def ask_for_buddy(db: Connection, caller: Caller, other_id: UUID) -> None:
    """Ask to go out with somebody; once they ask as well, they are buddies.

    Raises
    ------
    NotFoundError
        If there is no such member any more.
    RefusedError
        If it is the caller.
    """
    low, high = await _pair(db, caller.organization_id, caller.member_id, other_id)
    await queries.ask(db, caller.organization_id, low, high, caller.member_id)


async def leave_buddy(db: Connection, caller: Caller, other_id: UUID) -> None:
    """Take back that one wants to go with somebody; nothing happens where one did not."""
    low, high = await _pair(db, caller.organization_id, caller.member_id, other_id)
    kinds = [TieKind.ASKED, TieKind.BUDDY]
    await queries.delete_ties(db, caller.organization_id, low, high, kinds)


async def tie(
    db: Connection, caller: Caller, member_id: UUID, other_id: UUID, kind: TieKind
) -> None:
    """Say how two volunteers stand to each other, as a coordinator; it replaces what was said."""
    if kind is TieKind.ASKED:
        message = "Only volunteers themselves ask. Say `buddy` or `apart`."
        raise RefusedError(message, field="kind")
    low, high = await _pair(db, caller.organization_id, member_id, other_id)
    if kind is TieKind.BUDDY:
        # Asking for each other stays beside `apart`, or its end would show that it was set.
        await queries.delete_ties(db, caller.organization_id, low, high, list(TieKind))
    await queries.put_tie(db, caller.organization_id, low, high, kind, caller.member_id)


async def untie(db: Connection, caller: Caller, member_id: UUID, other_id: UUID) -> None:
    """Forget all ties between two volunteers, as a coordinator."""
    low, high = await _pair(db, caller.organization_id, member_id, other_id)
    await queries.delete_ties(db, caller.organization_id, low, high, list(TieKind))


async def _pair(
    db: Connection, organization_id: UUID, member_id: UUID, other_id: UUID
) -> tuple[UUID, UUID]:
    low, high = sorted((member_id, other_id))
    # In one order always, so that two who ask for each other at once do not lock each other out.
    await queries.hold_member(db, organization_id, low)
    await queries.hold_member(db, organization_id, high)
    if member_id == other_id:
        message = "These are one and the same. Name two."
        raise RefusedError(message, field="member_id")
    return low, high


async def record_training(
    db: Connection, caller: Caller, member_id: UUID, done: TrainingPut
) -> list[TrainingDone]:
    """The trainings of a member with one more; the same again changes its day.

    Raises
    ------
    NotFoundError
        If there is no such member any more.
    RefusedError
        If its day is yet to come.
    """
    organization_id = caller.organization_id
    await queries.hold_member(db, organization_id, member_id)
    today = dt.datetime.now(await _zone(db, organization_id)).date()
    done_on = today if done.done_on is UNSET else done.done_on
    if done_on > today:
        message = "This day is yet to come. Record a training once it is done."
        raise RefusedError(message, field="done_on")
    training = done.training.strip()
    await queries.put_training(db, organization_id, member_id, training, done_on, caller.member_id)
    return await queries.trainings(db, organization_id, member_id)
