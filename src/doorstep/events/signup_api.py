"""Routes of shifts and of signing up for them."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from doorstep.events import attending, moving, queries, signing_up
from doorstep.events import signup_queries as seats
from doorstep.events.model import (
    Cancellation,
    CheckIn,
    CheckInHow,
    CheckOut,
    Closing,
    DeskCheckIn,
    MySignup,
    QrCode,
    Rating,
    Shift,
    ShiftPatch,
    Signup,
    SignupChange,
    SignupCreate,
    WalkIn,
)
from doorstep.kit.auth import COORDINATORS, EVERYONE, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring

Page = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
Since = Annotated[
    dt.datetime | None, QueryParameter(description="Those that end then or later, with offset")
]
Before = Annotated[
    dt.datetime | None, QueryParameter(description="Those that begin before then, with offset")
]
OfEvent = Annotated[UUID | None, QueryParameter(description="Those of this event")]


class ShiftController(Controller):
    """Shifts."""

    path = "/shifts"
    tags = ("shifts",)

    @get(operation_id="listShifts", responses=problems(RefusedError), **open_to(EVERYONE))
    async def list_shifts(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: OfEvent = None,
        since: Since = None,
        before: Before = None,
        limit: Page = 100,
    ) -> list[Shift]:
        """Shifts in the order of their starts, and how full they are; those to come by default."""
        since = since or dt.datetime.now(dt.UTC)
        if since.tzinfo is None or (before is not None and before.tzinfo is None):
            message = "Write times with their offset, such as 2026-11-28T10:00:00Z."
            raise RefusedError(message, field="since")
        return await queries.shifts(
            db,
            caller.organization_id,
            civic_event_id,
            None,
            since,
            before,
            drafts=caller.is_one_of(COORDINATORS),
            limit=limit,
        )

    @get(
        "/{shift_id:uuid}",
        operation_id="getShift",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_shift(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> Shift:
        """One shift."""
        return await signing_up.visible_shift(db, caller, shift_id)

    @patch(
        "/{shift_id:uuid}",
        operation_id="changeShift",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def change_shift(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
        data: JSONBody[ShiftPatch],
    ) -> Shift:
        """Move a shift or change its places; of a move everybody who comes is told."""
        return await moving.change_shift(db, caller.organization_id, shift_id, data)

    @post(
        "/{shift_id:uuid}/cancellation",
        operation_id="cancelShift",
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def cancel_shift(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
        data: JSONBody[Cancellation],
    ) -> Shift:
        """Cancel a shift; everybody who would come is told why."""
        return await moving.cancel_shift(db, caller, shift_id, data.reason)

    @post(
        "/{shift_id:uuid}/closing",
        operation_id="closeShift",
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def close_shift(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> Closing:
        """Close a shift: who had a place and was not checked in did not show."""
        return await attending.close(db, caller, shift_id)

    @get(
        "/{shift_id:uuid}/check-in-code",
        operation_id="getShiftCheckInCode",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_code(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> QrCode:
        """The QR code to put up at the table: whoever scans it is checked in."""
        return await attending.shift_code(db, keyring, caller, shift_id)

    @get(
        "/{shift_id:uuid}/signups",
        operation_id="listSignups",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def list_signups(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> list[Signup]:
        """All sign-ups for a shift, in the order in which people asked."""
        await queries.shift_by_id(db, caller.organization_id, shift_id)
        return await seats.signups_of_shift(db, caller.organization_id, shift_id)

    @post(
        "/{shift_id:uuid}/signups",
        operation_id="signUp",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(EVERYONE),
    )
    async def sign_up(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
        data: JSONBody[SignupCreate],
    ) -> Signup:
        """Sign up: booked while there are places, else waitlisted in order."""
        return await signing_up.sign_up(db, caller, shift_id, data)

    @post(
        "/{shift_id:uuid}/walk-ins",
        operation_id="walkIn",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def walk_in(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
        data: JSONBody[WalkIn],
    ) -> Signup:
        """Somebody came without a sign-up: checked in at once, and a member if they were none."""
        return await attending.walk_in(db, caller, shift_id, data)


class SignupController(Controller):
    """Sign-ups; volunteers reach their own, coordinators all."""

    path = "/signups/{signup_id:uuid}"
    tags = ("shifts",)

    @get(operation_id="getSignup", responses=problems(NotFoundError), **open_to(EVERYONE))
    async def get_signup(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
    ) -> Signup:
        """One sign-up."""
        return await signing_up.visible_signup(db, caller, signup_id)

    @get(
        "/changes",
        operation_id="listSignupChanges",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def list_changes(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
    ) -> list[SignupChange]:
        """Every move of a sign-up, the first one first."""
        await signing_up.visible_signup(db, caller, signup_id)
        return await seats.changes(db, caller.organization_id, signup_id)

    @post(
        "/acceptance",
        operation_id="acceptSignup",
        responses=problems(NotFoundError, ConflictError),
        **open_to(EVERYONE),
    )
    async def accept(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
    ) -> Signup:
        """Take the place that is kept, or that one was invited to."""
        return await signing_up.accept(db, caller, signup_id)

    @post(
        "/confirmation",
        operation_id="confirmSignup",
        responses=problems(NotFoundError, ConflictError),
        **open_to(EVERYONE),
    )
    async def confirm(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
    ) -> Signup:
        """Say that one really comes."""
        return await signing_up.confirm(db, caller, signup_id)

    @post(
        "/cancellation",
        operation_id="cancelSignup",
        responses=problems(NotFoundError, ConflictError),
        **open_to(EVERYONE),
    )
    async def cancel(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
    ) -> Signup:
        """Cancel: the place is offered to the next at once, and no reminder comes any more."""
        return await signing_up.cancel(db, caller, signup_id)

    @get(
        "/check-in-code",
        operation_id="getSignupCheckInCode",
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def get_code(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
    ) -> QrCode:
        """The QR code that a volunteer shows: a coordinator's scan checks them in."""
        return await attending.signup_code(db, keyring, caller, signup_id)

    @post(
        "/check-in",
        operation_id="checkInSignup",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def check_in(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
        data: JSONBody[DeskCheckIn],
    ) -> Signup:
        """Check somebody in, as a coordinator sees or hears."""
        if data.how not in {CheckInHow.DESK, CheckInHow.PHONE}:
            message = "Say `desk` or `phone`; codes and walk-ins have routes of their own."
            raise RefusedError(message, field="how")
        return await attending.check_in(db, caller, signup_id, data.occurred_at, data.how)

    @delete(
        "/check-in",
        operation_id="undoCheckIn",
        status_code=200,
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def undo_check_in(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
    ) -> Signup:
        """Take a check-in back: the sign-up stands where it stood before."""
        return await attending.undo_check_in(db, caller, signup_id)

    @post(
        "/check-out",
        operation_id="checkOutSignup",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(EVERYONE),
    )
    async def check_out(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
        data: JSONBody[CheckOut],
    ) -> Signup:
        """Say that one goes, or as a coordinator that somebody went; hours count until then."""
        return await attending.check_out(db, caller, signup_id, data.occurred_at)

    @put(
        "/rating",
        operation_id="rateShift",
        responses=problems(NotFoundError, ConflictError),
        **open_to(EVERYONE),
    )
    async def rate(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        signup_id: FromPath[UUID],
        data: JSONBody[Rating],
    ) -> Signup:
        """Say how it was, as somebody who was there."""
        return await attending.rate(db, caller, signup_id, data.rating, data.remark)


class CheckInController(Controller):
    """Checking in by QR code."""

    path = "/check-ins"
    tags = ("shifts",)

    @post(
        operation_id="checkInByCode",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(EVERYONE),
    )
    async def check_in(
        self,
        db: NamedDependency[Connection],
        keyring: NamedDependency[Keyring],
        caller: NamedDependency[Caller],
        data: JSONBody[CheckIn],
    ) -> Signup:
        """Check in by the table's code, or somebody by theirs; sent again, nothing changes."""
        return await attending.check_in_by_code(db, keyring, caller, data.token, data.occurred_at)


class MySignupController(Controller):
    """The caller's own sign-ups."""

    path = "/me/signups"
    tags = ("shifts",)

    @get(operation_id="listMySignups", responses=problems(RefusedError), **open_to(EVERYONE))
    async def list_mine(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        since: Since = None,
        limit: Page = 100,
    ) -> list[MySignup]:
        """The caller's sign-ups with their shifts, the earliest first; those to come by default."""
        since = since or dt.datetime.now(dt.UTC)
        if since.tzinfo is None:
            message = "Write times with their offset, such as 2026-11-28T10:00:00Z."
            raise RefusedError(message, field="since")
        return await signing_up.own_signups(db, caller, since, limit)


CONTROLLERS = (ShiftController, SignupController, CheckInController, MySignupController)
