"""Training: tracks of steps, and how far everybody is."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from doorstep.accounts.auditing import audit
from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.overview import training_queries as queries
from doorstep.overview.model import (
    StepProgress,
    TrackProgress,
    TrainingTrack,
    TrainingTrackCreate,
)
from doorstep.volunteers.service import volunteer


async def create(db: Connection, caller: Caller, wanted: TrainingTrackCreate) -> TrainingTrack:
    """A new track.

    Raises
    ------
    RefusedError
        If a session says no training, or a reading not where it is.
    ConflictError
        If another track has this name.
    """
    for place, step in enumerate(wanted.steps):
        field = "training" if step.kind == "session" else "url"
        given = {"training": step.training, "url": step.url}
        if given.pop(field) is None or any(given.values()):
            message = "A session names its training, a reading its url, and neither the other's."
            raise RefusedError(message, field=f"steps.{place}.{field}")
    organization_id, track_id = caller.organization_id, new_id()
    await queries.insert_track(db, organization_id, track_id, wanted, caller.member_id)
    await queries.insert_steps(db, organization_id, track_id, wanted.steps)
    await audit(db, caller.member_id, "training_track.created", [track_id])
    found = await queries.tracks(db, organization_id, None)
    return next(one for one in found if one.id == track_id)


async def progress(
    db: Connection, organization_id: UUID, member_id: UUID, role: str | None = None
) -> list[TrackProgress]:
    """How far a member is on every track, or on those for a role, and what is missing.

    Raises
    ------
    NotFoundError
        If there is no such member any more.
    """
    await volunteer(db, organization_id, member_id)
    done = {one.step_id: one.done_on for one in await queries.done(db, organization_id, member_id)}
    return [_progress(one, done) for one in await queries.tracks(db, organization_id, role)]


def _progress(track: TrainingTrack, done: Mapping[UUID, date]) -> TrackProgress:
    steps = [
        StepProgress(**msgspec.structs.asdict(one), done_on=done.get(one.id)) for one in track.steps
    ]
    missing = [one.title for one in steps if one.done_on is None]
    return TrackProgress(
        track_id=track.id,
        name=track.name,
        role=track.role,
        steps_count=len(steps),
        done_count=len(steps) - len(missing),
        ready=not missing,
        missing=missing,
        steps=steps,
    )


async def confirm_reading(db: Connection, caller: Caller, step_id: UUID) -> list[TrackProgress]:
    """Note that the caller has read something; again, nothing changes.

    Raises
    ------
    NotFoundError
        If there is no such step.
    ConflictError
        If it is a session.
    """
    kind = await queries.kind_of_step(db, caller.organization_id, step_id)
    if kind is None:
        raise NotFoundError
    if kind != "reading":
        message = "A session is done by taking part. A coordinator records it."
        raise ConflictError(message, field="training_step_id")
    await queries.confirm_reading(db, caller.organization_id, step_id, caller.member_id)
    return await progress(db, caller.organization_id, caller.member_id)
