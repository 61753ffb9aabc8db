"""How turfs change: held, drawn anew, logged, told to phones, and put back as they were."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection, next_seq
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.people.model import DoorPoint
from doorstep.people.service import door_points
from doorstep.turf import cutting, ground_queries, queries, step_queries
from doorstep.turf.model import Pass, TurfStatus
from doorstep.turf.notices import notify_holders
from doorstep.turf.step_model import (
    STEPS_KEPT,
    Step,
    StepKind,
    TurfsChanged,
    TurfSeen,
)
from doorstep.turf.step_queries import HeldTurf

MAX_DOORS = 1500
"""What one phone takes (see the sync design: a first download stays near 150 KiB)."""
PUBLISHED_TOGETHER_S = 600.0
"""Publishing one turf after another is one step of the log, not twenty."""

Told = tuple[UUID, UUID, str]
"""Turf, member, what happened to it for them."""


@dataclass
class Plan:
    """What turfs are to become: doors of those held, and those of new ones by name."""

    held: dict[UUID, HeldTurf]
    doors: dict[UUID, list[UUID]] = field(default_factory=dict[UUID, list[UUID]])
    names: dict[UUID, str] = field(default_factory=dict[UUID, str])
    new: list[UUID] = field(default_factory=list[UUID])
    freed: list[UUID] = field(default_factory=list[UUID])
    """Doors that leave every turf: no outline is to hold them."""
    site: cutting.Site | None = None
    """All the doors with their ground, if whoever plans has them already."""

    def add(self, name: str, door_ids: Sequence[UUID]) -> None:
        """A new turf."""
        made = new_id()
        self.new.append(made)
        self.doors[made] = list(door_ids)
        self.names[made] = name

    def name(self, turf_id: UUID) -> str:
        """What the turf will be called."""
        return self.names.get(turf_id) or self.held[turf_id].name


async def hold(
    db: Connection,
    organization_id: UUID,
    of: Pass,
    seen: Mapping[str, TurfSeen],
    *,
    frozen: bool = False,
) -> dict[UUID, HeldTurf]:
    """The turfs that an organizer saw, under the fields they are named in; locked.

    Raises
    ------
    NotFoundError
        If one is not in the pass.
    RefusedError
        If one is named twice.
    ConflictError
        If one is archived, frozen (unless that is ``frozen``), or was changed since.
    """
    ids = [one.turf_id for one in seen.values()]
    held = {
        one.id: one
        for one in await step_queries.hold_turfs(db, organization_id, ids)
        if one.pass_id == of.id
    }
    if not held.keys() >= set(ids):
        raise NotFoundError
    if len(held) < len(ids):
        message = "The same turf is named twice. Name each once."
        raise RefusedError(message, field=list(seen)[-1])
    for where, one in seen.items():
        check_open(held[one.turf_id], f"{where}.turf_id".lstrip("."), frozen=frozen)
        if held[one.turf_id].cut_version != one.cut_version:
            message = (
                f"{held[one.turf_id].name} was changed meanwhile: it is at cut_version "
                f"{held[one.turf_id].cut_version}. Look at it again, then decide."
            )
            raise ConflictError(message, field=f"{where}.cut_version".lstrip("."))
    return held


def check_open(turf: HeldTurf, where: str | None, *, frozen: bool = False) -> None:
    """Refuse a turf that nothing may cut.

    Raises
    ------
    ConflictError
        If it is archived or frozen.
    """
    if turf.status is TurfStatus.ARCHIVED:
        message = f"{turf.name} is archived. Cut a new turf."
        raise ConflictError(message, field=where)
    if turf.frozen_at is not None and not frozen:
        message = f"{turf.name} is frozen. Unfreeze it first."
        raise ConflictError(message, field=where)


async def begin_step(
    db: Connection,
    caller: Caller,
    pass_id: UUID,
    kind: StepKind,
    touched: Sequence[UUID],
    new: Sequence[UUID] = (),
) -> UUID:
    """Log a step, with the turfs it touches as they are now."""
    step_id, organization_id = new_id(), caller.organization_id
    await step_queries.insert_step(db, organization_id, step_id, pass_id, kind, caller.member_id)
    await step_queries.keep_before(db, organization_id, step_id, touched)
    await step_queries.keep_new(db, organization_id, step_id, new)
    await step_queries.forget_old_steps(db, organization_id, pass_id, STEPS_KEPT)
    return step_id


async def publish_step(db: Connection, caller: Caller, pass_id: UUID, turf_id: UUID) -> None:
    """Log that a turf is published; with others that the same organizer has just published."""
    last = await step_queries.last_step(db, caller.organization_id, pass_id, PUBLISHED_TOGETHER_S)
    if (
        last is not None
        and last.fresh
        and last.kind is StepKind.PUBLISH
        and last.made_by == caller.member_id
    ):
        await step_queries.keep_before(db, caller.organization_id, last.id, [turf_id])
    else:
        await begin_step(db, caller, pass_id, StepKind.PUBLISH, [turf_id])


async def carry_out(
    db: Connection, caller: Caller, of: Pass, kind: StepKind, plan: Plan
) -> TurfsChanged:
    """Do what is planned, log it and tell phones: all in the request's transaction.

    A turf that is left without doors is gone: deleted if nobody has worked with it.

    Raises
    ------
    RefusedError
        If a turf would have more doors than a phone takes.
    """
    organization_id = caller.organization_id
    for turf_id, door_ids in plan.doors.items():
        if len(door_ids) > MAX_DOORS:
            message = (
                f"{plan.name(turf_id)} would have {len(door_ids)} doors; a phone takes {MAX_DOORS}."
            )
            raise RefusedError(message)
    kept = [turf_id for turf_id, door_ids in plan.doors.items() if door_ids]
    gone = [turf_id for turf_id, door_ids in plan.doors.items() if not door_ids]
    drawn = await _draw(db, organization_id, of, plan, kept)
    step_id = await begin_step(
        db, caller, of.id, kind, [one for one in plan.doors if one in plan.held], plan.new
    )
    told = await close(db, organization_id, step_id, [plan.held[one] for one in gone])
    changed = [turf_id for turf_id in kept if turf_id in plan.held]
    await step_queries.clear_doors(db, organization_id, changed)
    await step_queries.put_turfs(
        db, organization_id, of.id, [drawn[one].row for one in plan.new if one in drawn]
    )
    await step_queries.redraw_turfs(db, organization_id, [drawn[one].row for one in changed])
    await step_queries.put_doors(
        db,
        organization_id,
        of.id,
        [
            (turf_id, door_id, place)
            for turf_id in kept
            for place, door_id in enumerate(drawn[turf_id].door_ids)
        ],
    )
    await _note_left(db, organization_id, plan, changed)
    holders = await step_queries.holders_of_turfs(db, organization_id, changed)
    await tell(
        db,
        organization_id,
        [*told, *((one.turf_id, one.member_id, "recut") for one in holders)],
    )
    return await changed_to(db, organization_id, step_id, kind, kept, gone)


@dataclass(frozen=True)
class _Drawn:
    row: tuple[UUID, str, bytes, float, float]
    door_ids: list[UUID]


async def _draw(
    db: Connection, organization_id: UUID, of: Pass, plan: Plan, kept: Sequence[UUID]
) -> dict[UUID, _Drawn]:
    """Each turf with doors in walking order, and the ground of all of them divided anew."""
    groups = [plan.doors[one] for one in kept]
    every = [door_id for group in (*groups, plan.freed) for door_id in group]
    if not kept:
        return {}
    site = plan.site
    if site is None:
        points = await door_points(db, organization_id, every)
        rows = await cutting.load_rows(db, organization_id, of.campaign_id, points)
        site = await asyncio.to_thread(cutting.make_site, points, rows)
    # What is left of a turf that gives everything away is ground for the others.
    old = [plan.held[one].polygon for one in plan.doors if one in plan.held]
    others = await _others(db, organization_id, of, plan, site.points)

    def work() -> dict[UUID, _Drawn]:
        shapes = cutting.outlined(site, groups, plan.freed, old, others)
        walks = [cutting.walked(site, plan.doors[one]) for one in kept]
        return {
            turf_id: _Drawn(
                (turf_id, plan.name(turf_id), shape, walk.walk_m, walk.minutes), walk.door_ids
            )
            for turf_id, shape, walk in zip(kept, shapes, walks, strict=True)
        }

    return await asyncio.to_thread(work)


async def _others(
    db: Connection, organization_id: UUID, of: Pass, plan: Plan, points: Sequence[DoorPoint]
) -> list[bytes]:
    """Outlines nearby that a door from outside must not be drawn into."""
    known = {door_id for turf in plan.held.values() for door_id in turf.door_ids}
    fresh = [point for point in points if point.id not in known]
    if not fresh:
        return []
    return await ground_queries.outlines_near(
        db,
        organization_id,
        of.id,
        cutting.box_around(fresh, cutting.AROUND_DEG),
        [one for one in plan.doors if one in plan.held],
    )


async def _note_left(
    db: Connection, organization_id: UUID, plan: Plan, changed: Sequence[UUID]
) -> None:
    pairs = [
        (turf_id, door_id)
        for turf_id in changed
        if plan.held[turf_id].status is TurfStatus.PUBLISHED
        for door_id in set(plan.held[turf_id].door_ids) - set(plan.doors[turf_id])
    ]
    if pairs:
        await step_queries.note_left(db, organization_id, pairs)


async def close(
    db: Connection, organization_id: UUID, step_id: UUID, turfs: Sequence[HeldTurf]
) -> list[Told]:
    """Take turfs out of the pass: drafts are forgotten, published ones archived and taken back."""
    drafts = [one.id for one in turfs if one.status is TurfStatus.DRAFT]
    others = await step_queries.forget_turfs(db, organization_id, drafts) if drafts else []
    others += [one.id for one in turfs if one.status is not TurfStatus.DRAFT]
    return await retire(db, organization_id, step_id, others) if others else []


async def retire(
    db: Connection, organization_id: UUID, step_id: UUID, turf_ids: Sequence[UUID]
) -> list[Told]:
    """Archive turfs and take them back; the log notes from whom."""
    await step_queries.retire_turfs(db, organization_id, turf_ids)
    ended = await step_queries.end_all_assignments(db, organization_id, turf_ids, "archived")
    await step_queries.keep_ended(
        db, organization_id, step_id, [(one.turf_id, one.id) for one in ended]
    )
    return [(one.turf_id, one.member_id, "lost") for one in ended]


async def tell(
    db: Connection, organization_id: UUID, told: Sequence[Told], by: UUID | None = None
) -> None:
    """Number what phones are to hear; as near to the end of the transaction as can be.

    Members are notified of it too, but for the one who did it.
    """
    if told:
        await notify_holders(db, organization_id, [one for one in told if one[1] != by])
        first = await next_seq(db, organization_id, len(told))
        await step_queries.put_scope_changes(db, organization_id, first, told)


async def changed_to(
    db: Connection,
    organization_id: UUID,
    step_id: UUID | None,
    kind: StepKind,
    turf_ids: Sequence[UUID],
    gone: Sequence[UUID],
) -> TurfsChanged:
    """The answer to an operation."""
    turfs = await queries.whole_turfs(db, organization_id, turf_ids)
    return TurfsChanged(
        step_id=step_id,
        kind=kind,
        turfs=turfs,
        gone=list(gone),
        doors_count=sum(one.doors_count for one in turfs),
        walk_m=sum(one.walk_m for one in turfs),
        minutes=sum(one.minutes for one in turfs),
    )


async def steps(db: Connection, organization_id: UUID, pass_id: UUID) -> list[Step]:
    """What can be taken back, the last first.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    """
    await queries.pass_by_id(db, organization_id, pass_id)
    found = await step_queries.steps(db, organization_id, pass_id)
    return found[:STEPS_KEPT]


async def undo(db: Connection, caller: Caller, pass_id: UUID, step_id: UUID) -> TurfsChanged:
    """Put back what the last step changed, exactly as it was.

    Turfs are a version newer all the same, so that phones and other organizers notice.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    ConflictError
        If there is nothing to take back, or another step is the last.
    """
    organization_id = caller.organization_id
    of = await queries.lock_pass(db, organization_id, pass_id)
    last = await step_queries.last_step(db, organization_id, of.id)
    if last is None:
        message = "There is nothing to take back in this pass."
        raise ConflictError(message, field="step_id")
    if last.id != step_id:
        message = "This is not the last step any more. Read the log again: the last goes first."
        raise ConflictError(message, field="step_id")
    before = await step_queries.before_step(db, organization_id, step_id)
    existed = [one.turf_id for one in before if one.existed]
    made = [one.turf_id for one in before if not one.existed]
    await step_queries.hold_turfs(db, organization_id, [*existed, *made])
    used = await step_queries.forget_turfs(db, organization_id, made)
    told = await _lose(db, organization_id, used, "archived")
    await step_queries.retire_turfs(db, organization_id, used)
    await step_queries.clear_doors(db, organization_id, existed)
    await step_queries.restore_turfs(db, organization_id, step_id, of.id)
    await step_queries.restore_doors(db, organization_id, step_id, of.id)
    shut = [one.turf_id for one in before if one.status is TurfStatus.DRAFT]
    told += await _lose(db, organization_id, shut, "taken_back")
    again = await step_queries.begin_assignments_again(db, organization_id, step_id)
    told += [(one.turf_id, one.member_id, "gained") for one in again]
    gained = {(one.turf_id, one.member_id) for one in again}
    told += [
        (one.turf_id, one.member_id, "recut")
        for one in await step_queries.holders_of_turfs(db, organization_id, existed)
        if (one.turf_id, one.member_id) not in gained
    ]
    await step_queries.mark_undone(db, organization_id, step_id, caller.member_id)
    await tell(db, organization_id, told)
    return await changed_to(db, organization_id, None, last.kind, existed, made)


async def _lose(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID], reason: str
) -> list[Told]:
    ended = await step_queries.end_all_assignments(db, organization_id, turf_ids, reason)
    return [(one.turf_id, one.member_id, "lost") for one in ended]
