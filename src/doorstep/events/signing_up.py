"""Signing up: a place, or one's place in the order of those who wait."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.accounts.auditing import audit
from doorstep.events import queries, reminding, waiting
from doorstep.events import signup_queries as seats
from doorstep.events.model import EventStatus, MySignup, Shift, ShiftStatus, Signup, SignupCreate
from doorstep.events.signup_queries import Moved, Seat
from doorstep.events.states import TAKING, Move, State, after
from doorstep.kit.auth import COORDINATORS, Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotAllowedError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.notify.model import Kind


async def sign_up(db: Connection, caller: Caller, shift_id: UUID, wanted: SignupCreate) -> Signup:
    """A place on a shift, or one's turn on its waitlist; an invitation is taken up by it.

    Raises
    ------
    NotFoundError
        If there is no such shift or member.
    NotAllowedError
        If somebody else is signed up, invited, or clashes overridden by one who may not.
    ConflictError
        If they are signed up already, if it clashes with another shift, or if it is over.
    RefusedError
        If the shift has no such role.
    """
    organization_id = caller.organization_id
    member_id = wanted.member_id or caller.member_id
    _check_may(caller, member_id, wanted)
    await seats.hold_member(db, organization_id, member_id)
    shift = await visible_shift(db, caller, shift_id)
    check_open(shift)
    role = role_of(shift, wanted.role)
    before = await seats.live_seat(db, organization_id, shift_id, member_id)
    if before is not None and (before.state is not State.INVITED or wanted.invite):
        message = f"They are {before.state.replace('_', '-')} for this shift already."
        if member_id == caller.member_id:
            message = f"You are {before.state.replace('_', '-')} for this shift already."
        raise ConflictError(message, field="shift_id")
    if not wanted.invite:
        await _check_clash(db, organization_id, member_id, shift_id, wanted.override_reason)
    if before is not None:
        return await accept(db, caller, before.id, wanted.override_reason)
    return await _insert(db, caller, shift, member_id, role, wanted)


def _check_may(caller: Caller, member_id: UUID, wanted: SignupCreate) -> None:
    if caller.is_one_of(COORDINATORS):
        return
    if member_id != caller.member_id:
        message = "Only coordinators sign up others. Leave `member_id` out."
        raise NotAllowedError(message, field="member_id")
    if wanted.invite:
        message = "Only coordinators invite."
        raise NotAllowedError(message, field="invite")
    if wanted.override_reason is not None:
        message = "Only coordinators sign up for two shifts at a time. Ask one."
        raise NotAllowedError(message, field="override_reason")


async def visible_shift(db: Connection, caller: Caller, shift_id: UUID) -> Shift:
    """A shift that the caller may see: drafts are for coordinators.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    shift = await queries.shift_by_id(db, caller.organization_id, shift_id)
    if shift.event_status is EventStatus.DRAFT and not caller.is_one_of(COORDINATORS):
        raise NotFoundError
    return shift


def check_open(shift: Shift) -> None:
    """See that one can still sign up for a shift.

    Raises
    ------
    ConflictError
        If not: a draft, cancelled, closed or over.
    """
    why = None
    if shift.event_status is EventStatus.DRAFT:
        why = "The event is a draft. Publish it first."
    elif shift.status is not ShiftStatus.OPEN:
        why = f"This shift is {shift.status}. Choose another."
    elif shift.ends_at <= dt.datetime.now(dt.UTC):
        why = "This shift is over. Choose another."
    if why:
        raise ConflictError(why, field="shift_id")


def role_of(shift: Shift, wanted: str | None) -> str:
    """The role somebody comes as; it may be left open where there is but one.

    Raises
    ------
    RefusedError
        If the shift does not have it, or several and none was named.
    """
    names = [one.role for one in shift.roles]
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return wanted
    message = f"Name one of this shift's roles: {', '.join(names)}."
    raise RefusedError(message, field="role")


async def _check_clash(
    db: Connection, organization_id: UUID, member_id: UUID, shift_id: UUID, reason: str | None
) -> None:
    found = await seats.clash(db, organization_id, member_id, shift_id)
    if found is None or reason is not None:
        return
    zone = ZoneInfo(found.time_zone)
    starts, ends = found.starts_at.astimezone(zone), found.ends_at.astimezone(zone)
    message = (
        f"This clashes with {found.title}, {starts:%Y-%m-%d %H:%M} to {ends:%H:%M}. Cancel that "
        "first, or have a coordinator sign up with a reason."
    )
    raise ConflictError(message, field="shift_id")


async def _insert(
    db: Connection,
    caller: Caller,
    shift: Shift,
    member_id: UUID,
    role: str,
    wanted: SignupCreate,
) -> Signup:
    organization_id, signup_id = caller.organization_id, new_id()
    turn = await seats.take_turn(db, organization_id, shift.id)
    if (turn.status, turn.sequence) != (shift.status, shift.sequence):
        # It was moved or cancelled while we waited for our turn.
        shift = await visible_shift(db, caller, shift.id)
        check_open(shift)
        if not wanted.invite:
            await _check_clash(db, organization_id, member_id, shift.id, wanted.override_reason)
    by = caller.member_id if wanted.override_reason else None
    seat = await seats.insert_signup(
        db, organization_id, signup_id, shift.id, role, member_id,
        State.INVITED if wanted.invite else None, turn.position, wanted.override_reason, by,
        caller.member_id,
    )  # fmt: skip
    await follow(db, organization_id, seat, shift)
    if by:
        await audit(db, caller.member_id, "signup.clash_overridden", [signup_id])
    return await seats.signup_by_id(db, organization_id, signup_id)


async def _booked_or_waitlisted(
    db: Connection, organization_id: UUID, shift_id: UUID, role: str
) -> State:
    free, waiting_count = (await seats.free_places(db, organization_id, shift_id))[role]
    # Nobody steps in front of those who wait, be a place free or not.
    return State.BOOKED if free > 0 and waiting_count == 0 else State.WAITLISTED


async def follow(db: Connection, organization_id: UUID, seat: Seat, shift: Shift) -> None:
    """Tell somebody of their new state, and plan to remind them."""
    if seat.state is State.BOOKED:
        await reminding.tell_and_plan(db, organization_id, Kind.SHIFT_BOOKED, seat, shift)
    elif seat.state is State.WAITLISTED:
        await reminding.tell(db, organization_id, Kind.SHIFT_WAITLISTED, [seat], shift)


async def accept(
    db: Connection, caller: Caller, signup_id: UUID, override_reason: str | None = None
) -> Signup:
    """Take the place that is kept, or that one was invited to; once taken, it stays so.

    Parameters
    ----------
    override_reason
        Why it may clash with another shift, of those who may say so; it is kept.

    Raises
    ------
    NotFoundError
        If there is no such sign-up of the caller's.
    ConflictError
        If no place is kept any more, or it clashes with another shift.
    """
    asked = await seats.seat(db, caller.organization_id, signup_id)
    await seats.hold_member(db, caller.organization_id, asked.member_id)
    seat, shift = await own_seat(db, caller, signup_id)
    if seat.state in {State.BOOKED, State.CONFIRMED}:
        return await seats.signup_by_id(db, caller.organization_id, signup_id)
    check_open(shift)
    if seat.state is State.INVITED:
        await _check_clash(db, caller.organization_id, seat.member_id, shift.id, override_reason)
    await _take_up(db, caller, shift, seat)
    if override_reason is not None:
        await _note_override(db, caller, signup_id, override_reason)
    return await seats.signup_by_id(db, caller.organization_id, signup_id)


async def _note_override(db: Connection, caller: Caller, signup_id: UUID, reason: str) -> None:
    organization_id, by = caller.organization_id, caller.member_id
    await seats.note_override(db, organization_id, signup_id, reason, by)
    await audit(db, by, "signup.clash_overridden", [signup_id])


async def _take_up(db: Connection, caller: Caller, shift: Shift, seat: Seat) -> None:
    organization_id = caller.organization_id
    move = Move.ACCEPT
    if seat.state is State.INVITED:
        then = await _booked_or_waitlisted(db, organization_id, shift.id, seat.role)
        move = Move.ACCEPT if then is State.BOOKED else Move.QUEUE
        turn = await seats.take_turn(db, organization_id, shift.id)
        await seats.put_last(db, organization_id, seat.id, turn.position)
    elif seat.held_until is not None and seat.held_until <= dt.datetime.now(dt.UTC):
        # The worker may not have come by yet; the time counts all the same.
        message = "The place was kept until a while ago, and is the next one's now."
        raise ConflictError(message, field="state")
    await move_one(db, caller, seat, move)
    await reminding.take_back(db, organization_id, [seat.id])
    await follow(db, organization_id, await seats.seat(db, organization_id, seat.id), shift)


async def confirm(db: Connection, caller: Caller, signup_id: UUID) -> Signup:
    """Say that one really comes; saying it again changes nothing.

    Raises
    ------
    NotFoundError
        If there is no such sign-up of the caller's.
    ConflictError
        If they have no booked place.
    """
    seat, shift = await own_seat(db, caller, signup_id)
    if seat.state is not State.CONFIRMED:
        check_open(shift)
        await move_one(db, caller, seat, Move.CONFIRM)
    return await seats.signup_by_id(db, caller.organization_id, signup_id)


async def cancel(db: Connection, caller: Caller, signup_id: UUID) -> Signup:
    """Cancel: the place goes to the next, and no reminder comes any more; again: nothing new.

    Raises
    ------
    NotFoundError
        If there is no such sign-up of the caller's.
    ConflictError
        If they came, or did not.
    """
    organization_id = caller.organization_id
    seat, shift = await own_seat(db, caller, signup_id)
    if seat.state is not State.CANCELLED:
        await move_one(db, caller, seat, Move.CANCEL)
        await reminding.take_back(db, organization_id, [signup_id])
        if seat.state in TAKING:
            await waiting.promote(db, organization_id, shift)
    return await seats.signup_by_id(db, organization_id, signup_id)


async def own_seat(db: Connection, caller: Caller, signup_id: UUID) -> tuple[Seat, Shift]:
    """A sign-up that the caller may change, and its shift, which is held.

    Raises
    ------
    NotFoundError
        If there is none, or it is another's and the caller no coordinator.
    """
    organization_id = caller.organization_id
    seat = await seats.seat(db, organization_id, signup_id)
    if seat.member_id != caller.member_id and not caller.is_one_of(COORDINATORS):
        raise NotFoundError
    await queries.hold_shift(db, organization_id, seat.shift_id)
    # Again, now that nobody else changes it.
    seat = await seats.seat(db, organization_id, signup_id)
    return seat, await queries.shift_by_id(db, organization_id, seat.shift_id)


async def move_one(db: Connection, caller: Caller, seat: Seat, move: Move) -> None:
    """Move a sign-up by the caller's hand.

    Raises
    ------
    ConflictError
        If it cannot be moved so.
    """
    moved = Moved(signup_id=seat.id, before=seat.state, after=after(move, seat.state))
    await seats.move(db, caller.organization_id, [moved], caller.member_id)


async def visible_signup(db: Connection, caller: Caller, signup_id: UUID) -> Signup:
    """A sign-up that the caller may see: their own, or as a coordinator any.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = await seats.signup_by_id(db, caller.organization_id, signup_id)
    if found.member_id != caller.member_id and not caller.is_one_of(COORDINATORS):
        raise NotFoundError
    return found


async def own_signups(
    db: Connection, caller: Caller, since: dt.datetime, limit: int
) -> list[MySignup]:
    """The caller's sign-ups with their shifts, the earliest first."""
    organization_id = caller.organization_id
    found = await seats.signups_of_member(db, organization_id, caller.member_id, since, limit)
    wanted = list({one.shift_id for one in found})
    shown = await queries.shifts(
        db, organization_id, None, wanted, None, None, drafts=True, limit=None
    )
    by_id = {one.id: one for one in shown}
    return [MySignup(signup=one, shift=by_id[one.shift_id]) for one in found]
