"""Places, events and their shifts: making, copying, moving and cancelling them."""

import datetime as dt
import functools
import re
import unicodedata
import zoneinfo
from collections.abc import Iterator, Sequence
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import UNSET

from doorstep.accounts.service import organization_by_id
from doorstep.algorithms.recurring import MOST, RuleError, days_later, instant, occurrences
from doorstep.events import place_queries, queries
from doorstep.events.checking import check_roles, check_times
from doorstep.events.model import (
    Event,
    EventCreate,
    EventPatch,
    EventStatus,
    EventWithShifts,
    Place,
    PlacePut,
    RoleCapacity,
    SeriesCreate,
    Shift,
    ShiftCopies,
    ShiftCreate,
    ShiftStatus,
)
from doorstep.events.moving import cancel_shifts, tell_moved
from doorstep.events.queries import NewShift
from doorstep.kit.auth import COORDINATORS, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id


async def put_place(
    db: Connection, organization_id: UUID, place_id: UUID | None, wanted: PlacePut
) -> Place:
    """A new place, or one as it shall be from now on.

    Raises
    ------
    NotFoundError
        If there is no such place.
    """
    if place_id is not None:
        await place_queries.place_by_id(db, organization_id, place_id)
    place_id = place_id or new_id()
    await place_queries.put_place(db, organization_id, place_id, wanted)
    return await place_queries.place_by_id(db, organization_id, place_id)


async def create_event(db: Connection, caller: Caller, wanted: EventCreate) -> EventWithShifts:
    """A draft of an event, with shifts.

    Raises
    ------
    NotFoundError
        If there is no such place or campaign.
    ConflictError
        If another event has this address.
    RefusedError
        If the zone is unknown, or a shift's times or roles are impossible.
    """
    organization_id, event_id = caller.organization_id, new_id()
    zone = wanted.time_zone or (await organization_by_id(db, organization_id)).time_zone
    if zone not in _zones():
        message = "There is no such time zone. Use an IANA name such as Europe/Helsinki."
        raise RefusedError(message, field="time_zone")
    await _check_places(db, organization_id, [wanted.place_id])
    slug = wanted.slug or await _free_slug(db, organization_id, wanted.title)
    await queries.insert_event(db, organization_id, event_id, wanted, zone, slug, caller.member_id)
    await add_shifts(db, organization_id, event_id, wanted.shifts, field="shifts.")
    return await event_with_shifts(db, caller, event_id)


@functools.cache
def _zones() -> set[str]:
    return zoneinfo.available_timezones()


async def _check_places(db: Connection, organization_id: UUID, place_ids: Sequence[UUID]) -> None:
    wanted = set(place_ids)
    if await place_queries.count_places(db, organization_id, list(wanted)) < len(wanted):
        message = "There is no such place. Make it first, or see the list of places."
        raise NotFoundError(message)


async def _free_slug(db: Connection, organization_id: UUID, title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "event"
    taken = await queries.slugs_like(db, organization_id, slug)
    numbered = (f"{slug}-{number}" for number in count(2))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)


async def event_with_shifts(db: Connection, caller: Caller, event_id: UUID) -> EventWithShifts:
    """An event with all its shifts; drafts are for coordinators.

    Raises
    ------
    NotFoundError
        If there is no such event.
    """
    organization_id, drafts = caller.organization_id, caller.is_one_of(COORDINATORS)
    event = await queries.event_by_id(db, organization_id, event_id)
    if event.status is EventStatus.DRAFT and not drafts:
        raise NotFoundError
    return EventWithShifts(
        event=event,
        place=await place_queries.place_by_id(db, organization_id, event.place_id),
        shifts=await queries.shifts(
            db, organization_id, event_id, None, None, None, drafts=drafts, limit=None
        ),
    )


async def add_shifts(
    db: Connection,
    organization_id: UUID,
    event_id: UUID,
    wanted: Sequence[ShiftCreate],
    *,
    field: str = "",
) -> list[UUID]:
    """More shifts of an event.

    Raises
    ------
    NotFoundError
        If there is no such place.
    RefusedError
        If a shift's times or roles are impossible; the field says which one's.
    """
    for number, one in enumerate(wanted):
        check_times(one.starts_at, one.ends_at, f"{field}{number}.")
        check_roles(one.roles, f"{field}{number}.roles")
    await _check_places(db, organization_id, [o.place_id for o in wanted if o.place_id])
    made = [
        NewShift(
            id=new_id(),
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            place_id=one.place_id,
            roles=one.roles,
        )
        for one in wanted
    ]
    await queries.insert_shifts(db, organization_id, event_id, made)
    return [one.id for one in made]


async def open_event(db: Connection, organization_id: UUID, event_id: UUID) -> Event:
    """An event that can still be changed, held until the transaction ends.

    Raises
    ------
    ConflictError
        If it was cancelled or is over.
    """
    event = await queries.hold_event(db, organization_id, event_id)
    if event.status not in {EventStatus.DRAFT, EventStatus.PUBLISHED, EventStatus.HELD}:
        message = f"This event is {event.status.replace('_', ' ')}. Make a new one."
        raise ConflictError(message, field="status")
    return event


async def add_series(
    db: Connection, organization_id: UUID, event_id: UUID, wanted: SeriesCreate
) -> list[UUID]:
    """Shifts that come again by a rule, each at the same time on the event's clock.

    Raises
    ------
    NotFoundError
        If there is no such event or place.
    ConflictError
        If the event was cancelled or is over.
    RefusedError
        If the rule cannot be read, has no end or gives too many.
    """
    event = await open_event(db, organization_id, event_id)
    zone = ZoneInfo(event.time_zone)
    check_roles(wanted.roles, "roles")
    lasts = dt.timedelta(minutes=wanted.duration_min)
    if not dt.MINYEAR < wanted.starts_local.year < dt.MAXYEAR:
        # Too near the ends of what a date can hold to be counted with.
        message = "The start is more than a year ago or five years ahead. Check the year."
        raise RefusedError(message, field="starts_local")
    first = instant(wanted.starts_local, zone)
    check_times(first, first + lasts)
    if wanted.place_id:
        await _check_places(db, organization_id, [wanted.place_id])
    try:
        starts = occurrences(wanted.starts_local, wanted.rule, wanted.except_on)
    except RuleError as error:
        raise RefusedError(str(error), field="rule") from None
    series_id = new_id()
    await queries.insert_series(db, organization_id, series_id, event_id, wanted)
    made = [
        NewShift(
            id=new_id(),
            series_id=series_id,
            occurrence_local=local,
            starts_at=instant(local, zone),
            ends_at=instant(local, zone) + lasts,
            place_id=wanted.place_id,
            roles=wanted.roles,
        )
        for local in starts
    ]
    await queries.insert_shifts(db, organization_id, event_id, made)
    return [one.id for one in made]


async def copy_shifts(
    db: Connection, organization_id: UUID, event_id: UUID, wanted: ShiftCopies
) -> list[UUID]:
    """An event's shifts again, on other days and at other places; what is there is left.

    Raises
    ------
    NotFoundError
        If there is no such event, shift or place.
    ConflictError
        If the event was cancelled or is over.
    RefusedError
        If it would be too many.
    """
    event = await open_event(db, organization_id, event_id)
    await _check_places(db, organization_id, wanted.place_ids)
    there = await queries.shifts(
        db, organization_id, event_id, None, None, None, drafts=True, limit=None
    )
    there = [one for one in there if one.status is not ShiftStatus.CANCELLED]
    chosen = _chosen(there, wanted.shift_ids)
    copies = len(chosen) * len(wanted.days_later) * max(1, len(wanted.place_ids))
    if copies > MOST:
        message = f"This would make {copies} shifts; make {MOST} at most at a time."
        raise RefusedError(message, field="days_later")
    known = {(one.starts_at, one.place_id) for one in there}
    made = list(_copies(chosen, event, wanted, known))
    for one in made:
        check_times(one.starts_at, one.ends_at)
    await queries.insert_shifts(db, organization_id, event_id, made)
    return [one.id for one in made]


def _chosen(there: Sequence[Shift], shift_ids: Sequence[UUID]) -> list[Shift]:
    found = {one.id: one for one in there}
    if not found.keys() >= set(shift_ids):
        message = "The event has no such shift."
        raise NotFoundError(message)
    return [found[shift_id] for shift_id in dict.fromkeys(shift_ids)]


def _copies(
    chosen: Sequence[Shift],
    event: Event,
    wanted: ShiftCopies,
    known: set[tuple[dt.datetime, UUID]],
) -> Iterator[NewShift]:
    zone = ZoneInfo(event.time_zone)
    for days in dict.fromkeys(wanted.days_later):
        for shift in chosen:
            starts_at = days_later(shift.starts_at, days, zone)
            for place_id in dict.fromkeys(wanted.place_ids or [shift.place_id]):
                if (starts_at, place_id) in known:
                    continue
                known.add((starts_at, place_id))
                yield NewShift(
                    id=new_id(),
                    starts_at=starts_at,
                    ends_at=starts_at + (shift.ends_at - shift.starts_at),
                    place_id=None if place_id == event.place_id else place_id,
                    roles=[RoleCapacity(role=o.role, capacity=o.capacity) for o in shift.roles],
                )


async def publish(db: Connection, organization_id: UUID, event_id: UUID) -> None:
    """Show an event to volunteers, who may sign up from now on; again: nothing new.

    Raises
    ------
    ConflictError
        If it was cancelled or is over.
    """
    event = await open_event(db, organization_id, event_id)
    if event.status is EventStatus.DRAFT:
        await queries.set_event_status(db, organization_id, event_id, "published", None)


async def change_event(
    db: Connection, organization_id: UUID, event_id: UUID, patch: EventPatch
) -> None:
    """Change what is said of an event; at another place, everybody who comes there is told.

    Raises
    ------
    NotFoundError
        If there is no such event or place.
    ConflictError
        If it was cancelled or is over.
    """
    event = await open_event(db, organization_id, event_id)
    if patch.place_id is not UNSET:
        await _check_places(db, organization_id, [patch.place_id])
    await queries.update_event(db, organization_id, event_id, patch)
    if patch.place_id is not UNSET and patch.place_id != event.place_id:
        await queries.hold_shifts_of_event(db, organization_id, event_id)
        moved = await queries.touch_shifts_of_event(
            db, organization_id, event_id, at_its_place=True
        )
        for shift_id in sorted(moved):
            await tell_moved(db, organization_id, shift_id)


async def cancel_event(db: Connection, caller: Caller, event_id: UUID, reason: str) -> None:
    """Cancel an event with all its open shifts; everybody who would come is told why.

    Raises
    ------
    ConflictError
        If it is over; cancelled again, nothing happens.
    """
    organization_id = caller.organization_id
    event = await queries.hold_event(db, organization_id, event_id)
    if event.status is EventStatus.CANCELLED:
        return
    if event.status in {EventStatus.HELD, EventStatus.FOLLOWED_UP}:
        message = "This event was held already."
        raise ConflictError(message, field="status")
    shift_ids = await queries.hold_shifts_of_event(db, organization_id, event_id)
    await cancel_shifts(db, caller, shift_ids, reason)
    await queries.set_event_status(db, organization_id, event_id, "cancelled", reason)


async def follow_up_event(db: Connection, organization_id: UUID, event_id: UUID) -> None:
    """Note that it was told what came of an event; again, nothing new.

    Raises
    ------
    ConflictError
        If it was not held yet, or cancelled.
    """
    event = await queries.hold_event(db, organization_id, event_id)
    if event.status not in {EventStatus.HELD, EventStatus.FOLLOWED_UP}:
        message = f"This event is {event.status}. Tell what came of it once it was held."
        raise ConflictError(message, field="status")
    await queries.set_event_status(db, organization_id, event_id, "followed_up", None)
