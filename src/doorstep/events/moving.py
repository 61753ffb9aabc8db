"""Changing a shift that people have signed up for."""

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from doorstep.events import queries, reminding, waiting
from doorstep.events import signup_queries as seats
from doorstep.events.checking import check_roles, check_times
from doorstep.events.model import RoleCapacity, Shift, ShiftPatch, ShiftStatus
from doorstep.events.signup_queries import Moved
from doorstep.events.states import COMING, Move, State, after
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, RefusedError
from doorstep.notify.model import Kind

T = TypeVar("T")
_CONCERNED = sorted({*COMING, State.INVITED})


async def hold_open_shift(db: Connection, organization_id: UUID, shift_id: UUID) -> Shift:
    """A shift that can still be changed, held until the transaction ends.

    Raises
    ------
    ConflictError
        If it was cancelled or closed.
    """
    await queries.hold_shift(db, organization_id, shift_id)
    shift = await queries.shift_by_id(db, organization_id, shift_id)
    if shift.status is not ShiftStatus.OPEN:
        message = f"This shift is {shift.status}. Make a new one."
        raise ConflictError(message, field="status")
    return shift


async def change_shift(
    db: Connection, organization_id: UUID, shift_id: UUID, patch: ShiftPatch
) -> Shift:
    """A shift with other places, at another time or elsewhere; a move is told to all.

    Raises
    ------
    NotFoundError
        If there is no such shift or place.
    ConflictError
        If it is over, or fewer places would be left than are taken.
    RefusedError
        If it would end before it begins, or in the past.
    """
    shift = await hold_open_shift(db, organization_id, shift_id)
    if patch.roles is not UNSET:
        check_roles(patch.roles, "roles")
        await _set_capacities(db, organization_id, shift, patch.roles)
    starts_at = _given(patch.starts_at, shift.starts_at)
    ends_at = _given(patch.ends_at, shift.ends_at)
    place_id = _given(patch.place_id, shift.place_id)
    if (starts_at, ends_at, place_id) != (shift.starts_at, shift.ends_at, shift.place_id):
        check_times(starts_at, ends_at)
        if ends_at <= dt.datetime.now(dt.UTC):
            message = "This is in the past. Cancel the shift if it does not take place."
            raise RefusedError(message, field="ends_at")
        await queries.move_shift(db, organization_id, shift_id, starts_at, ends_at, place_id)
        await tell_moved(db, organization_id, shift_id)
    shift = await queries.shift_by_id(db, organization_id, shift_id)
    await waiting.promote(db, organization_id, shift)
    return await queries.shift_by_id(db, organization_id, shift_id)


def _given(value: T | UnsetType, otherwise: T) -> T:
    return otherwise if isinstance(value, UnsetType) else value


async def _set_capacities(
    db: Connection, organization_id: UUID, shift: Shift, roles: Sequence[RoleCapacity]
) -> None:
    wanted = {one.role: one.capacity for one in roles}
    for one in shift.roles:
        left = wanted.get(one.role, 0)
        if left < one.taken_count:
            message = (
                f"{one.taken_count} places of the role {one.role} are taken, so {left} are too "
                "few. Cancel some sign-ups first."
            )
            raise ConflictError(message, field="roles")
    await queries.put_roles(db, organization_id, [(shift.id, one) for one in roles])
    await queries.delete_roles_but(db, organization_id, shift.id, list(wanted))


async def tell_moved(db: Connection, organization_id: UUID, shift_id: UUID) -> None:
    """Tell everybody concerned where and when a shift is now, and plan their reminders anew."""
    shift = await queries.shift_by_id(db, organization_id, shift_id)
    concerned = await seats.seats(db, organization_id, shift_id, _CONCERNED)
    await reminding.plan_anew(db, organization_id, concerned, shift)
    await reminding.tell(db, organization_id, Kind.SHIFT_MOVED, concerned, shift)


async def cancel_shifts(
    db: Connection, caller: Caller, shift_ids: Sequence[UUID], reason: str
) -> None:
    """Cancel shifts that the caller holds, and the sign-ups for them; everybody is told."""
    organization_id = caller.organization_id
    for shift_id in shift_ids:
        await queries.cancel_shift(db, organization_id, shift_id, reason)
        concerned = await seats.seats(db, organization_id, shift_id, _CONCERNED)
        moves = [
            Moved(signup_id=one.id, before=one.state, after=after(Move.CANCEL, one.state))
            for one in concerned
        ]
        await seats.move(db, organization_id, moves, caller.member_id)
        await reminding.take_back(db, organization_id, [one.id for one in concerned])
        shift = await queries.shift_by_id(db, organization_id, shift_id)
        await reminding.tell(db, organization_id, Kind.SHIFT_CANCELLED, concerned, shift)


async def cancel_shift(db: Connection, caller: Caller, shift_id: UUID, reason: str) -> Shift:
    """Cancel a shift, and the sign-ups for it; cancelled again, nothing happens.

    Raises
    ------
    NotFoundError
        If there is no such shift.
    ConflictError
        If it was closed.
    """
    organization_id = caller.organization_id
    await queries.hold_shift(db, organization_id, shift_id)
    shift = await queries.shift_by_id(db, organization_id, shift_id)
    if shift.status is not ShiftStatus.CANCELLED:
        await hold_open_shift(db, organization_id, shift_id)
        await cancel_shifts(db, caller, [shift_id], reason)
    return await queries.shift_by_id(db, organization_id, shift_id)
