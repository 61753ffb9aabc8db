"""Who came: check-in by QR code, at the desk or by phone, walk-ins, and who did not."""

import datetime as dt
from uuid import UUID

from doorstep.accounts.service import add_member, qr_svg
from doorstep.events import queries, reminding
from doorstep.events import signup_queries as seats
from doorstep.events.model import (
    CheckInHow,
    Closing,
    QrCode,
    Shift,
    ShiftStatus,
    Signup,
    WalkIn,
)
from doorstep.events.signing_up import own_seat, role_of, visible_shift
from doorstep.events.signup_queries import Moved, Seat
from doorstep.events.states import Move, State, after, before_check_in
from doorstep.kit import links
from doorstep.kit.auth import COORDINATORS, Caller, Role
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotAllowedError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.links import Purpose
from doorstep.kit.tokens import Keyring

GRACE = dt.timedelta(minutes=20)
"""How late one may be before one counts as missing."""
EARLY = dt.timedelta(hours=12)
LATE = dt.timedelta(hours=24)
"""How long before its start and after its end somebody may have come to a shift."""
_CLOCK = dt.timedelta(minutes=5)
_CODES = {Purpose.CHECK_IN_SHIFT: "shift", Purpose.CHECK_IN_SIGNUP: "signup"}


async def shift_code(db: Connection, keyring: Keyring, caller: Caller, shift_id: UUID) -> QrCode:
    """The QR code to put up at the table: whoever scans it, signed in, is checked in."""
    shift = await queries.shift_by_id(db, caller.organization_id, shift_id)
    return _code(keyring, Purpose.CHECK_IN_SHIFT, caller.organization_id, shift_id, shift)


async def signup_code(db: Connection, keyring: Keyring, caller: Caller, signup_id: UUID) -> QrCode:
    """The QR code a volunteer shows on the phone: a coordinator's scan checks them in."""
    _, shift = await own_seat(db, caller, signup_id)
    return _code(keyring, Purpose.CHECK_IN_SIGNUP, caller.organization_id, signup_id, shift)


def _code(
    keyring: Keyring, purpose: Purpose, organization_id: UUID, about: UUID, shift: Shift
) -> QrCode:
    expires_at = shift.ends_at + LATE
    token = links.sign(keyring, purpose, organization_id, about, expires_at=expires_at)
    return QrCode(token=token, qr_svg=qr_svg(token), expires_at=expires_at)


async def check_in_by_code(
    db: Connection, keyring: Keyring, caller: Caller, token: str, at: dt.datetime | None = None
) -> Signup:
    """Check in by what a QR code says; the same again changes nothing.

    The table's code checks in whoever scans it, as a walk-in if they had not signed up. A
    volunteer's own code is good for themselves and for coordinators.

    Parameters
    ----------
    at
        When it was scanned, where that was earlier: phones are offline.

    Raises
    ------
    RefusedError
        If the code is forged, too old or of another organization, or the time is impossible.
    NotFoundError
        If what it is about is not there, or another volunteer's.
    ConflictError
        If the shift or the sign-up was cancelled.
    """
    purpose, about = _read(keyring, caller, token)
    if purpose is Purpose.CHECK_IN_SIGNUP:
        return await check_in(db, caller, about, at, CheckInHow.QR)
    await seats.hold_member(db, caller.organization_id, caller.member_id)
    await queries.hold_shift(db, caller.organization_id, about)
    shift = await visible_shift(db, caller, about)
    seat = await seats.live_seat(db, caller.organization_id, about, caller.member_id)
    if seat is None:
        came_at = _when(shift, at)
        seat = await _walk_in(db, caller, shift, caller.member_id, None, came_at)
    else:
        await _attend(db, caller, seat, shift, at, CheckInHow.QR)
    return await seats.signup_by_id(db, caller.organization_id, seat.id)


def _read(keyring: Keyring, caller: Caller, token: str) -> tuple[Purpose, UUID]:
    now, refused = dt.datetime.now(dt.UTC), None
    for purpose in _CODES:
        try:
            said = links.read(keyring, purpose, token, now)
        except RefusedError as error:
            refused = error
            continue
        if said.organization_id == caller.organization_id and len(said.ids) == 1:
            return purpose, said.ids[0]
    raise refused or RefusedError(links.NOT_VALID, field="token")


async def check_in(
    db: Connection,
    caller: Caller,
    signup_id: UUID,
    at: dt.datetime | None = None,
    how: CheckInHow = CheckInHow.DESK,
) -> Signup:
    """Check in a sign-up, one's own or, as a coordinator, any; again: the earlier time counts.

    Raises
    ------
    NotFoundError
        If there is no such sign-up, or it is another's and the caller no coordinator.
    ConflictError
        If the shift or the sign-up was cancelled.
    RefusedError
        If the time is not about that of the shift.
    """
    seat, shift = await own_seat(db, caller, signup_id)
    if how is not CheckInHow.QR and not caller.is_one_of(COORDINATORS):
        message = "Only coordinators check in at the desk. Scan the code at the table."
        raise NotAllowedError(message, field="how")
    await _attend(db, caller, seat, shift, at, how)
    return await seats.signup_by_id(db, caller.organization_id, signup_id)


async def _attend(
    db: Connection,
    caller: Caller,
    seat: Seat,
    shift: Shift,
    at: dt.datetime | None,
    how: CheckInHow,
) -> None:
    came_at = _when(shift, at)
    organization_id = caller.organization_id
    if seat.state is State.ATTENDED:
        known = await seats.signup_by_id(db, organization_id, seat.id)
        if known.left_at is not None and known.left_at < came_at and shift.ends_at > came_at:
            await seats.leave(db, organization_id, seat.id, None)
        if known.checked_in_at is not None and known.checked_in_at <= came_at:
            return
        how = known.check_in_how or how
    else:
        moved = Moved(signup_id=seat.id, before=seat.state, after=after(Move.CHECK_IN, seat.state))
        await seats.move(db, organization_id, [moved], caller.member_id)
        await reminding.take_back(db, organization_id, [seat.id])
        await reminding.tell_crew(db, organization_id, seat, shift)
    await seats.set_check_in(db, organization_id, seat.id, came_at, str(how))


def _when(shift: Shift, at: dt.datetime | None) -> dt.datetime:
    """When somebody came: now, or as a phone says, whose clock may be a little fast."""
    if shift.status is ShiftStatus.CANCELLED:
        message = "This shift was cancelled."
        raise ConflictError(message, field="shift_id")
    now = dt.datetime.now(dt.UTC)
    came_at = at or now
    if came_at > now + _CLOCK:
        message = "This time is yet to come. Check the phone's clock."
        raise RefusedError(message, field="occurred_at")
    if not shift.starts_at - EARLY <= came_at <= shift.ends_at + LATE:
        message = "This is not about the time of the shift. Check the shift and the clock."
        raise RefusedError(message, field="occurred_at")
    return min(came_at, now)


async def walk_in(db: Connection, caller: Caller, shift_id: UUID, wanted: WalkIn) -> Signup:
    """Somebody who just came: checked in at once, whether or not there is a place.

    A member is known by id or phone number; with a new name, a member is made who cannot sign in
    until invited. The same again gives the same sign-up, where there is an id or a number to tell.

    Raises
    ------
    NotFoundError
        If there is no such shift or member.
    RefusedError
        If neither id nor name is given, or the shift has no such role.
    ConflictError
        If the shift was cancelled.
    """
    organization_id = caller.organization_id
    member_id = await _member_of(db, organization_id, wanted)
    await seats.hold_member(db, organization_id, member_id)
    await queries.hold_shift(db, organization_id, shift_id)
    shift = await queries.shift_by_id(db, organization_id, shift_id)
    seat = await seats.live_seat(db, organization_id, shift_id, member_id)
    if seat is None:
        seat = await _walk_in(db, caller, shift, member_id, wanted.role, _when(shift, None))
    else:
        await _attend(db, caller, seat, shift, None, CheckInHow.DESK)
    return await seats.signup_by_id(db, organization_id, seat.id)


async def _member_of(db: Connection, organization_id: UUID, wanted: WalkIn) -> UUID:
    if wanted.member_id is not None:
        return wanted.member_id
    if wanted.phone is not None:
        known = await seats.member_by_phone(db, organization_id, wanted.phone)
        if known is not None:
            return known
    if wanted.name is None:
        message = "Give a member's id, or a name for a new one."
        raise RefusedError(message, field="name")
    made = await add_member(db, organization_id, wanted.name, [Role.VOLUNTEER], phone=wanted.phone)
    return made.id


async def _walk_in(
    db: Connection,
    caller: Caller,
    shift: Shift,
    member_id: UUID,
    role: str | None,
    came_at: dt.datetime,
) -> Seat:
    """A sign-up that begins with coming; of several roles the greatest, where none was said."""
    organization_id, signup_id = caller.organization_id, new_id()
    if role is None:
        role = max(shift.roles, key=lambda one: one.capacity).role
    turn = await seats.take_turn(db, organization_id, shift.id)
    seat = await seats.insert_signup(
        db, organization_id, signup_id, shift.id, role_of(shift, role), member_id,
        State.ATTENDED, turn.position, None, None, caller.member_id,
    )  # fmt: skip
    how = str(CheckInHow.WALK_IN)
    await seats.set_check_in(db, organization_id, signup_id, came_at, how)
    return seat


async def undo_check_in(db: Connection, caller: Caller, signup_id: UUID) -> Signup:
    """Take a check-in back: the sign-up stands where it stood before.

    Raises
    ------
    NotFoundError
        If there is no such sign-up.
    ConflictError
        If it is not checked in.
    """
    organization_id = caller.organization_id
    seat, shift = await own_seat(db, caller, signup_id)
    if seat.state is not State.ATTENDED:
        message = f"They are not checked in. (It is {seat.state.replace('_', '-')}.)"
        raise ConflictError(message, field="state")
    known = await seats.state_before_check_in(db, organization_id, signup_id)
    then = before_check_in(State(known) if known else None)
    if shift.status is ShiftStatus.CLOSED:
        then = _when_closed(then)
    moved = Moved(signup_id=signup_id, before=seat.state, after=then)
    await seats.move(db, organization_id, [moved], caller.member_id)
    await seats.set_check_in(db, organization_id, signup_id, None, None)
    return await seats.signup_by_id(db, organization_id, signup_id)


async def check_out(
    db: Connection, caller: Caller, signup_id: UUID, at: dt.datetime | None = None
) -> Signup:
    """Note when somebody went, oneself or, as a coordinator, anybody; without a time, once.

    Raises
    ------
    NotFoundError
        If there is no such sign-up, or it is another's and the caller no coordinator.
    ConflictError
        If they are not checked in, or the shift was cancelled.
    RefusedError
        If they would go before they came, or the time is not about that of the shift.
    """
    organization_id = caller.organization_id
    seat, shift = await own_seat(db, caller, signup_id)
    if seat.state is not State.ATTENDED:
        message = f"Only who was checked in can go. (It is {seat.state.replace('_', '-')}.)"
        raise ConflictError(message, field="state")
    known = await seats.signup_by_id(db, organization_id, signup_id)
    if known.left_at is None or at is not None:
        left_at = _when(shift, at)
        if known.checked_in_at is not None and left_at < known.checked_in_at:
            message = "This is before they came. Check the time, or mend the check-in first."
            raise RefusedError(message, field="occurred_at")
        await seats.leave(db, organization_id, signup_id, left_at)
    return await seats.signup_by_id(db, organization_id, signup_id)


def _when_closed(state: State) -> State:
    """Where closing a shift leaves a sign-up that was never checked in."""
    for move in (Move.MISS, Move.LAPSE):
        if state in {State.NO_SHOW, State.CANCELLED}:
            break
        try:
            return after(move, state)
        except ConflictError:
            continue
    return state


async def close(db: Connection, caller: Caller, shift_id: UUID) -> Closing:
    """Close a shift: whoever had a place and was not checked in did not show; again: the same.

    Raises
    ------
    NotFoundError
        If there is no such shift.
    ConflictError
        If it was cancelled, or has not begun long enough ago.
    """
    return await close_shift(db, caller.organization_id, shift_id, caller.member_id)


async def close_shift(
    db: Connection, organization_id: UUID, shift_id: UUID, by: UUID | None
) -> Closing:
    """As `close`; ``by`` is None for the program itself."""
    event_id = (await queries.shift_by_id(db, organization_id, shift_id)).event_id
    # The event before its shifts, as whoever cancels it does.
    await queries.hold_event(db, organization_id, event_id)
    await queries.hold_shift(db, organization_id, shift_id)
    shift = await queries.shift_by_id(db, organization_id, shift_id)
    if shift.status is ShiftStatus.OPEN:
        if dt.datetime.now(dt.UTC) < shift.starts_at + GRACE:
            message = (
                f"People may still come. Close it {GRACE.seconds // 60} minutes after it began."
            )
            raise ConflictError(message, field="shift_id")
        await _end_open_signups(db, organization_id, shift_id, by)
        if shift.ends_at <= dt.datetime.now(dt.UTC):
            # Closed before its end, people are still out; nobody knows how long they will stay.
            await seats.leave_with_all(db, organization_id, shift_id, shift.ends_at)
        await queries.close_shift(db, organization_id, shift_id)
        await queries.hold_if_over(db, organization_id, event_id)
    elif shift.status is ShiftStatus.CANCELLED:
        message = "This shift was cancelled."
        raise ConflictError(message, field="shift_id")
    came = await seats.seats(db, organization_id, shift_id, [State.ATTENDED])
    missed = await seats.seats(db, organization_id, shift_id, [State.NO_SHOW])
    return Closing(
        shift=await queries.shift_by_id(db, organization_id, shift_id),
        attended_count=len(came),
        no_show_count=len(missed),
    )


async def _end_open_signups(
    db: Connection, organization_id: UUID, shift_id: UUID, by: UUID | None
) -> None:
    open_states = [State.BOOKED, State.CONFIRMED, State.HELD, State.WAITLISTED, State.INVITED]
    found = await seats.seats(db, organization_id, shift_id, open_states)
    moves = [Moved(signup_id=o.id, before=o.state, after=_when_closed(o.state)) for o in found]
    await seats.move(db, organization_id, moves, by)
    await reminding.take_back(db, organization_id, [one.id for one in found])


async def rate(
    db: Connection, caller: Caller, signup_id: UUID, rating: int, remark: str | None
) -> Signup:
    """How it was, as those who were there say.

    Raises
    ------
    NotFoundError
        If there is no such sign-up of the caller's.
    ConflictError
        If they were not there.
    """
    seat = await seats.seat(db, caller.organization_id, signup_id)
    if seat.member_id != caller.member_id:
        message = "Only who was there says how it was."
        raise NotAllowedError(message)
    if seat.state is not State.ATTENDED:
        message = "Only who was checked in says how it was."
        raise ConflictError(message, field="state")
    await seats.rate(db, caller.organization_id, signup_id, rating, remark)
    return await seats.signup_by_id(db, caller.organization_id, signup_id)
