"""Routes of volunteers' steps, buddies, training and impact."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from doorstep.kit.auth import COORDINATORS, EVERYONE, Caller, open_to
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.problems import problems
from doorstep.overview import buddy_queries, buddying, service, training, training_queries
from doorstep.overview.model import (
    BuddyBoard,
    BuddyOffer,
    BuddyPair,
    Impact,
    Ladder,
    PairEnding,
    Standing,
    Step,
    TrackProgress,
    TrainingTrack,
    TrainingTrackCreate,
)
from doorstep.overview.service import Which

Since = Annotated[
    dt.datetime | None, QueryParameter(description="With its offset; a year ago by default")
]
Until = Annotated[dt.datetime | None, QueryParameter(description="Before then; now by default")]
ForRole = Annotated[str | None, QueryParameter(max_length=40, description="Tracks for this role")]
YEAR = dt.timedelta(days=365)
_TAGS = ("volunteers",)


def now() -> dt.datetime:
    """The instant by which somebody has stood somewhere for so long."""
    return dt.datetime.now(dt.UTC)


def _period(
    since: dt.datetime | None, until: dt.datetime | None
) -> tuple[dt.datetime, dt.datetime]:
    until = until or now()
    if until.tzinfo is None or (since is not None and since.tzinfo is None):
        message = "Write times with their offset, such as 2026-11-28T10:00:00Z."
        raise RefusedError(message, field="until" if until.tzinfo is None else "since")
    since = since or max(until, dt.datetime(1972, 1, 1, tzinfo=dt.UTC)) - YEAR
    if since >= until:
        message = "The end is not after the start."
        raise RefusedError(message, field="until")
    return since, until


class LadderController(Controller):
    """How volunteers grow."""

    path = "/volunteers"
    tags = _TAGS

    @get("/ladder", operation_id="getLadder", responses=problems(), **open_to(COORDINATORS))
    async def get_ladder(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> Ladder:
        """How many volunteers reached each step, who stands there, and for how long."""
        return await service.ladder(db, caller.organization_id, now())

    @get(
        "/ladder/standings",
        operation_id="listStandings",
        responses=problems(),
        **open_to(COORDINATORS),
    )
    async def list_standings(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        step: FromQuery[Step] = Step.JOINED,
        which: FromQuery[Which] = "here",
    ) -> list[Standing]:
        """Who is behind a number of the ladder: who stands on a step, reached it, or is stuck."""
        return await service.standings(db, caller.organization_id, step, which, now())

    @get(
        "/{member_id:uuid}/ladder",
        operation_id="getStanding",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_standing(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
    ) -> Standing:
        """Where a volunteer stands, and what comes next."""
        return await service.standing(db, caller.organization_id, member_id, now())

    @get(
        "/{member_id:uuid}/training",
        operation_id="getTraining",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def get_training(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        role: ForRole = None,
    ) -> list[TrackProgress]:
        """How far a volunteer is on every track, or what is missing for a role."""
        return await training.progress(db, caller.organization_id, member_id, role)

    @get(
        "/{member_id:uuid}/impact",
        operation_id="getImpact",
        responses=problems(NotFoundError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def get_impact(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        member_id: FromPath[UUID],
        since: Since = None,
        until: Until = None,
    ) -> Impact:
        """What came of a volunteer's work, with a line to thank them."""
        period = _period(since, until)
        return await service.impact(db, caller.organization_id, member_id, *period)


class MyStepsController(Controller):
    """The caller's own way."""

    path = "/me"
    tags = _TAGS

    @get("/ladder", operation_id="getMyStanding", responses=problems(), **open_to(EVERYONE))
    async def get_standing(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> Standing:
        """Where the caller stands, and what comes next."""
        return await service.standing(db, caller.organization_id, caller.member_id, now())

    @get(
        "/impact",
        operation_id="getMyImpact",
        responses=problems(RefusedError),
        **open_to(EVERYONE),
    )
    async def get_impact(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        since: Since = None,
        until: Until = None,
    ) -> Impact:
        """What came of the caller's work."""
        period = _period(since, until)
        return await service.impact(db, caller.organization_id, caller.member_id, *period)

    @get("/training", operation_id="getMyTraining", responses=problems(), **open_to(EVERYONE))
    async def get_training(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        role: ForRole = None,
    ) -> list[TrackProgress]:
        """How far the caller is on every track, or what is missing for a role."""
        return await training.progress(db, caller.organization_id, caller.member_id, role)

    @put(
        "/training/readings/{training_step_id:uuid}",
        operation_id="confirmReading",
        responses=problems(NotFoundError, ConflictError),
        **open_to(EVERYONE),
    )
    async def confirm_reading(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        training_step_id: FromPath[UUID],
    ) -> list[TrackProgress]:
        """Say that one has read something."""
        return await training.confirm_reading(db, caller, training_step_id)

    @put(
        "/buddy-offer",
        operation_id="offerToBeBuddy",
        status_code=204,
        responses=problems(),
        **open_to(EVERYONE),
    )
    async def put_offer(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[BuddyOffer],
    ) -> None:
        """Say how many newcomers one takes along at a time, once one knows the work."""
        await buddying.offer(db, caller.organization_id, caller.member_id, data.newcomers_count)

    @get(
        "/buddy-offer",
        operation_id="getMyBuddyOffer",
        responses=problems(),
        **open_to(EVERYONE),
    )
    async def get_offer(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> BuddyOffer | None:
        """How many newcomers the caller takes along; null: none."""
        return await buddy_queries.offer(db, caller.organization_id, caller.member_id)

    @delete(
        "/buddy-offer",
        operation_id="withdrawBuddyOffer",
        responses=problems(),
        **open_to(EVERYONE),
    )
    async def delete_offer(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> None:
        """Take along nobody new; who is with the caller stays."""
        await buddy_queries.delete_offer(db, caller.organization_id, caller.member_id)

    @get(
        "/buddy-pairs",
        operation_id="listMyBuddyPairs",
        responses=problems(),
        **open_to(EVERYONE),
    )
    async def list_pairs(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> list[BuddyPair]:
        """Who takes the caller along, or whom they take along."""
        return await buddy_queries.pairs(db, caller.organization_id, [caller.member_id])


class BuddyController(Controller):
    """Newcomers and who takes them along."""

    path = "/buddy-pairs"
    tags = _TAGS

    @get(operation_id="getBuddyBoard", responses=problems(), **open_to(COORDINATORS))
    async def get_board(
        self, db: NamedDependency[Connection], caller: NamedDependency[Caller]
    ) -> BuddyBoard:
        """All pairs, the newcomers for whom nobody is free, and how many places there are."""
        return await buddying.board(db, caller.organization_id)

    @post(
        "/{buddy_pair_id:uuid}/ending",
        operation_id="endBuddyPair",
        status_code=200,
        responses=problems(NotFoundError, ConflictError),
        **open_to(EVERYONE),
    )
    async def end_pair(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        buddy_pair_id: FromPath[UUID],
        data: JSONBody[PairEnding],
    ) -> BuddyPair:
        """Decline or end a pair, as one of them or a coordinator; the next who is free follows."""
        return await buddying.end(db, caller, buddy_pair_id, data)


class TrainingController(Controller):
    """Training tracks."""

    path = "/training-tracks"
    tags = _TAGS

    @get(operation_id="listTrainingTracks", responses=problems(), **open_to(EVERYONE))
    async def list_tracks(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        role: ForRole = None,
    ) -> list[TrainingTrack]:
        """Tracks by name, each with its steps."""
        return await training_queries.tracks(db, caller.organization_id, role)

    @post(
        operation_id="createTrainingTrack",
        responses=problems(ConflictError, RefusedError),
        **open_to(COORDINATORS),
    )
    async def create_track(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        data: JSONBody[TrainingTrackCreate],
    ) -> TrainingTrack:
        """Put sessions and readings into an order to be learned, for a role or for all."""
        return await training.create(db, caller, data)

    @delete(
        "/{training_track_id:uuid}",
        operation_id="archiveTrainingTrack",
        responses=problems(NotFoundError),
        **open_to(COORDINATORS),
    )
    async def archive_track(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        training_track_id: FromPath[UUID],
    ) -> None:
        """Use a track no more; what people did stays."""
        await training_queries.archive_track(db, caller.organization_id, training_track_id)


class ShiftImpactController(Controller):
    """What a shift led to."""

    path = "/shifts/{shift_id:uuid}/impact"
    tags = _TAGS

    @get(operation_id="listShiftImpact", responses=problems(NotFoundError), **open_to(COORDINATORS))
    async def list_impact(
        self,
        db: NamedDependency[Connection],
        caller: NamedDependency[Caller],
        shift_id: FromPath[UUID],
    ) -> list[Impact]:
        """What came of a shift, with a line to thank each who was there."""
        return await service.impact_of_shift(db, caller.organization_id, shift_id)


CONTROLLERS = (
    LadderController,
    MyStepsController,
    BuddyController,
    TrainingController,
    ShiftImpactController,
)
