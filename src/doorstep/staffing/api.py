"""Routes of staffing: forecast, crews, the board of the day, hours, and what came of it."""

import asyncio
import datetime as dt
import hashlib
import time
from collections.abc import AsyncGenerator
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import ServerSentEvent

from doorstep.kit.auth import (
    COORDINATORS,
    EVERYONE,
    NO_DATABASE,
    Caller,
    Snapshot,
    caller_for_stream,
    open_to,
)
from doorstep.kit.db import Connection, Pool, organization_transaction
from doorstep.kit.errors import ConflictError, NotAllowedError, NotFoundError, RefusedError
from doorstep.kit.jobs import Jobs
from doorstep.kit.problems import problems
from doorstep.kit.tokens import Keyring
from doorstep.settings import Settings
from doorstep.staffing import proposing, queries, sending, service
from doorstep.staffing.model import (
    Board,
    CloseOut,
    Crew,
    CrewProposal,
    CrewProposalWithCrews,
    CrewRule,
    CrewRuleCreate,
    Hours,
    ProposalCreate,
    ShiftForecast,
)

ETags = Annotated[str | None, HeaderParameter(name="If-None-Match")]
Since = Annotated[
    dt.datetime | None, QueryParameter(description="With its offset; a year ago by default")
]
Until = Annotated[dt.datetime | None, QueryParameter(description="Before then; now by default")]
YEAR = dt.timedelta(days=365)
STREAM_S, LOOK_S = 300.0, 1.0
_TAGS = ("staffing",)
_same = ResponseSpec(data_container=None, description="It is as it was", generate_examples=False)
_shown = ResponseSpec(data_container=Board, description="The board", generate_examples=False)


def _without_transaction() -> dict[str, Any]:
    opened = open_to(COORDINATORS, small=True)
    opened["opt"][NO_DATABASE] = True
    return opened


def _packed(board: Board) -> tuple[bytes, str]:
    """The board as it is sent, and its tag: weak, as it is the same whether compressed or not."""
    body = msgspec.json.encode(board)
    return body, f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


class ShiftStaffingController(Controller):
    """Who comes to a shift and goes out from it."""

    path = "/shifts/{shift_id:uuid}"
    tags = _TAGS

    @get(
        "/forecast",
        operation_id="getForecast",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_forecast(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> ShiftForecast:
        """How many of those booked will come, and how many turfs to prepare for them."""
        return await service.shift_forecast(db, caller.organization_id, shift_id)

    @get(
        "/crew-rules",
        operation_id="listCrewRules",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def list_rules(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> list[CrewRule]:
        """Who is locked together or to a turf, and who is not to go with whom or where."""
        await service.shift_by_id(db, caller.organization_id, shift_id)
        return await queries.rules(db, caller.organization_id, shift_id)

    @post(
        "/crew-rules",
        operation_id="addCrewRule",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def add_rule(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
        data: JSONBody[CrewRuleCreate],
    ) -> CrewRule:
        """Lock people together or to a turf, or ban a match; the next proposal keeps to it."""
        return await proposing.add_rule(db, caller, shift_id, data)

    @post(
        "/crew-proposals",
        operation_id="proposeCrews",
        status_code=202,
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def propose_crews(
        self,
        db: NamedDependency[Connection],
        pool: NamedDependency[Pool],
        jobs: NamedDependency[Jobs],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
        data: JSONBody[ProposalCreate],
    ) -> CrewProposal:
        """Let the program match people and turfs; ask for its state after."""
        made = await proposing.start(db, caller, shift_id, data)
        jobs.start(proposing.ProposalJob(pool, caller.organization_id, made, data))
        return made

    @get(
        "/crews",
        operation_id="listCrews",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def list_crews(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> list[Crew]:
        """The crews that were sent out from a shift."""
        await service.shift_by_id(db, caller.organization_id, shift_id)
        return await queries.crews(db, caller.organization_id, shift_id)

    @get(
        "/board",
        operation_id="getBoard",
        responses={200: _shown, 304: _same, **problems(NotFoundError)},
        **open_to(COORDINATORS, snapshot=Snapshot()),
    )
    async def get_board(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
        if_none_match: ETags = None,
    ) -> Response[bytes]:
        """Who is here, late or missing, and where crews are; made to be asked for often."""
        body, tag = _packed(await service.board(db, caller.organization_id, shift_id))
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        known = (one.strip() for one in (if_none_match or "").split(","))
        if any(one == "*" or one.removeprefix("W/") == tag.removeprefix("W/") for one in known):
            return Response(b"", status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    @get(
        "/board/stream",
        operation_id="streamBoard",
        responses=problems(NotFoundError),
        media_type="text/event-stream",
        **_without_transaction(),
    )
    async def stream_board(
        self,
        request: Request[Any, Any, State],
        pool: NamedDependency[Pool],
        keyring: NamedDependency[Keyring],
        settings: NamedDependency[Settings],
        shift_id: FromPath[UUID],
    ) -> ServerSentEvent:
        """Server-sent events with the board's new tag, at first and whenever the board changed.

        The stream ends after five minutes; event sources begin another by themselves.
        """
        caller = await caller_for_stream(request, pool, keyring)
        if not caller.is_one_of(COORDINATORS):
            message = f"This needs one of these roles: {', '.join(COORDINATORS)}."
            raise NotAllowedError(message)
        async with organization_transaction(pool, caller.organization_id) as db:
            await service.shift_by_id(db, caller.organization_id, shift_id)
        last_s = LOOK_S / 10 if settings.test_mode else STREAM_S
        return ServerSentEvent(_changes(pool, caller.organization_id, shift_id, last_s))

    @get(
        "/close-out",
        operation_id="closeOutShift",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def close_out_shift(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> CloseOut:
        """What came of a shift: hours, no-shows, rebookings, doors, and a line to thank with."""
        return await service.close_out_shift(db, caller.organization_id, shift_id)


async def _changes(
    pool: Pool, organization_id: UUID, shift_id: UUID, last_s: float
) -> AsyncGenerator[str]:
    end, seen = time.monotonic() + last_s, ""
    while time.monotonic() < end:
        tag = await _boards.tag_of(pool, organization_id, shift_id)
        if tag != seen:
            seen = tag
            yield tag
        await asyncio.sleep(min(LOOK_S, last_s))


class _Boards:
    """The tags of boards, looked up once a second however many people look on."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[float, str]] = {}

    async def tag_of(self, pool: Pool, organization_id: UUID, shift_id: UUID) -> str:
        at, tag = self._known.get(shift_id, (0.0, ""))
        if time.monotonic() - at < LOOK_S and tag:
            return tag
        self._known = {
            one: kept for one, kept in self._known.items() if time.monotonic() - kept[0] < STREAM_S
        }
        # Others who look on wait for the next look rather than look as well.
        self._known[shift_id] = (time.monotonic(), tag)
        async with organization_transaction(pool, organization_id) as db:
            _, tag = _packed(await service.board(db, organization_id, shift_id))
        self._known[shift_id] = (time.monotonic(), tag)
        return tag


_boards = _Boards()


class CrewRuleController(Controller):
    """A decision about a shift's crews."""

    path = "/crew-rules/{crew_rule_id:uuid}"
    tags = _TAGS

    @delete(
        operation_id="deleteCrewRule", responses=problems(NotFoundError), **open_to(COORDINATORS)
    )
    async def delete_rule(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        crew_rule_id: FromPath[UUID],
    ) -> None:
        """Take a lock or ban away; crews that are out stay out."""
        await queries.delete_rule(db, caller.organization_id, crew_rule_id)


class ProposalController(Controller):
    """Proposed crews."""

    path = "/crew-proposals/{crew_proposal_id:uuid}"
    tags = _TAGS

    @get(operation_id="getCrewProposal", responses=problems(NotFoundError), **open_to(COORDINATORS))
    async def get_proposal(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        crew_proposal_id: FromPath[UUID],
    ) -> CrewProposalWithCrews:
        """How far a proposal is, or its crews, each with the reason for it."""
        return await proposing.proposal(db, caller.organization_id, crew_proposal_id)

    @post(
        "/cancelling",
        operation_id="cancelCrewProposal",
        status_code=202,
        responses=problems(NotFoundError, ConflictError),
        **open_to(COORDINATORS),
    )
    async def cancel_proposal(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        crew_proposal_id: FromPath[UUID],
    ) -> CrewProposal:
        """Stop a proposal that is running."""
        return await proposing.cancel(db, caller.organization_id, crew_proposal_id)

    @post(
        "/accepting",
        operation_id="acceptCrewProposal",
        responses=problems(NotFoundError, ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def accept_proposal(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        crew_proposal_id: FromPath[UUID],
    ) -> list[Crew]:
        """Send the crews out: each gets its turf on their phones, or nobody does."""
        return await sending.accept(db, caller, crew_proposal_id)


class CrewController(Controller):
    """A crew that was sent out."""

    path = "/crews/{crew_id:uuid}"
    tags = _TAGS

    @post(
        "/returning",
        operation_id="bringCrewBack",
        status_code=200,
        responses=problems(NotFoundError),
        **open_to(EVERYONE),
    )
    async def bring_back(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        crew_id: FromPath[UUID],
    ) -> Crew:
        """Say that a crew is safely back: one of them, or a coordinator. Its turf is free again."""
        return await sending.bring_back(db, caller, crew_id)


def _period(
    since: dt.datetime | None, until: dt.datetime | None
) -> tuple[dt.datetime, dt.datetime]:
    until = until or dt.datetime.now(dt.UTC)
    if until.tzinfo is None or (since is not None and since.tzinfo is None):
        message = "Write times with their offset, such as 2026-11-28T10:00:00Z."
        raise RefusedError(message, field="until" if until.tzinfo is None else "since")
    since = since or max(until, dt.datetime(1971, 1, 1, tzinfo=dt.UTC)) - YEAR
    if since >= until:
        message = "The end is not after the start."
        raise RefusedError(message, field="until")
    return since, until


class HoursController(Controller):
    """What volunteers gave."""

    path = "/hours"
    tags = _TAGS

    @get(operation_id="listHours", responses=problems(RefusedError), **open_to(COORDINATORS))
    async def list_hours(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        since: Since = None,
        until: Until = None,
        limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
        offset: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
    ) -> list[Hours]:
        """Hours, shifts, doors and contacts of every volunteer, those who gave most first."""
        period = _period(since, until)
        return await service.hours(
            db, caller.organization_id, None, *period, limit=limit, offset=offset
        )


class MyHoursController(Controller):
    """What the caller gave."""

    path = "/me/hours"
    tags = _TAGS

    @get(operation_id="getMyHours", responses=problems(RefusedError), **open_to(EVERYONE))
    async def my_hours(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        since: Since = None,
        until: Until = None,
    ) -> Hours:
        """The caller's own hours, shifts, doors and contacts."""
        period = _period(since, until)
        (own,) = await service.hours(db, caller.organization_id, caller.member_id, *period)
        return own


class VolunteerHoursController(Controller):
    """What a volunteer gave."""

    path = "/volunteers/{member_id:uuid}/hours"
    tags = _TAGS

    @get(
        operation_id="getHours",
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def get_hours(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        since: Since = None,
        until: Until = None,
    ) -> Hours:
        """Hours, shifts, doors and contacts of one volunteer."""
        found = await service.hours(db, caller.organization_id, member_id, *_period(since, until))
        if not found:
            raise NotFoundError
        return found[0]


class EventCloseOutController(Controller):
    """What came of an event."""

    path = "/events/{civic_event_id:uuid}/close-out"
    tags = _TAGS

    @get(operation_id="closeOutEvent", responses=problems(NotFoundError), **open_to(COORDINATORS))
    async def close_out_event(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        civic_event_id: FromPath[UUID],
    ) -> CloseOut:
        """What came of all shifts of an event."""
        return await service.close_out_event(db, caller.organization_id, civic_event_id)


CONTROLLERS = (
    ShiftStaffingController,
    CrewRuleController,
    ProposalController,
    CrewController,
    HoursController,
    MyHoursController,
    VolunteerHoursController,
    EventCloseOutController,
)
