"""Statements that change turfs by hand, and the log that takes it back."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, columns, fetch_all, fetch_maybe
from doorstep.turf.model import TurfStatus
from doorstep.turf.step_model import Step, StepKind


class HeldTurf(msgspec.Struct, frozen=True, kw_only=True):
    """A turf held for a change, with its doors in walking order."""

    id: UUID
    pass_id: UUID
    name: str
    status: TurfStatus
    cut_version: int
    frozen_at: dt.datetime | None
    polygon: bytes
    door_ids: list[UUID]


async def hold_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]
) -> list[HeldTurf]:
    """The turfs, locked in the order of their ids."""
    return await fetch_all(
        db,
        HeldTurf,
        """
        select t.id, t.pass_id, t.name, t.status, t.cut_version, t.frozen_at, t.polygon,
               array(
                 select td.door_id
                   from turf_door td
                  where td.organization_id = t.organization_id and td.turf_id = t.id
                  order by td.position) as door_ids
          from turf t
         where t.organization_id = $1 and t.id = any($2)
         order by t.id
           for no key update
        """,
        organization_id,
        turf_ids,
    )


async def homes_of_doors(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """The live turf of each door that has one in the pass."""
    rows = await db.fetch(
        """
        select door_id, turf_id
          from turf_door
         where organization_id = $1 and pass_id = $2 and door_id = any($3) and live
        """,
        organization_id,
        pass_id,
        door_ids,
    )
    return {row["door_id"]: row["turf_id"] for row in rows}


async def live_names(db: Connection, organization_id: UUID, pass_id: UUID, like: str) -> set[str]:
    """Names in use that begin so."""
    rows = await db.fetch(
        """
        select name
          from turf
         where organization_id = $1
           and pass_id = $2
           and status <> 'archived'
           and starts_with(name, $3)
        """,
        organization_id,
        pass_id,
        like,
    )
    return {row["name"] for row in rows}


async def put_turfs(
    db: Connection, organization_id: UUID, pass_id: UUID, turfs: Sequence[Sequence[Any]]
) -> None:
    """New drafts: id, name, polygon, walk_m, minutes."""
    await db.execute(
        """
        insert into turf (organization_id, pass_id, id, name, polygon, walk_m, minutes)
        select $1, $2, *
          from unnest($3::uuid[], $4::text[], $5::bytea[], $6::float8[], $7::float8[])
        """,
        organization_id,
        pass_id,
        *columns(turfs, 5),
    )


async def redraw_turfs(
    db: Connection, organization_id: UUID, turfs: Sequence[Sequence[Any]]
) -> None:
    """Turfs that are now otherwise: id, name, polygon, walk_m, minutes."""
    await db.execute(
        """
        update turf
           set name = drawn.name,
               polygon = drawn.polygon,
               walk_m = drawn.walk_m,
               minutes = drawn.minutes,
               version = version + 1,
               cut_version = cut_version + 1
          from unnest($2::uuid[], $3::text[], $4::bytea[], $5::float8[], $6::float8[])
            as drawn (id, name, polygon, walk_m, minutes)
         where turf.organization_id = $1 and turf.id = drawn.id
        """,
        organization_id,
        *columns(turfs, 5),
    )


async def clear_doors(db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]) -> None:
    await db.execute(
        "delete from turf_door where organization_id = $1 and turf_id = any($2)",
        organization_id,
        turf_ids,
    )


async def put_doors(
    db: Connection, organization_id: UUID, pass_id: UUID, doors: Sequence[Sequence[Any]]
) -> None:
    """Doors of turfs that have none: turf, door, place in walking order."""
    await db.execute(
        """
        insert into turf_door (organization_id, pass_id, turf_id, door_id, position)
        select $1, $2, * from unnest($3::uuid[], $4::uuid[], $5::integer[])
        """,
        organization_id,
        pass_id,
        *columns(doors, 3),
    )


async def note_left(db: Connection, organization_id: UUID, pairs: Sequence[Sequence[UUID]]) -> None:
    """Doors that left turfs which phones may still hold: turf, door."""
    await db.execute(
        """
        insert into left_door (organization_id, turf_id, door_id)
        select $1, * from unnest($2::uuid[], $3::uuid[])
            on conflict do nothing
        """,
        organization_id,
        *columns(pairs, 2),
    )


async def retire_turfs(db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]) -> None:
    """Archive turfs that were published; their doors are free, their history stays."""
    await db.execute(
        """
        with closed as (
          update turf
             set status = 'archived',
                 archived_at = now(),
                 version = version + 1,
                 cut_version = cut_version + 1
           where organization_id = $1 and id = any($2)
        )
        update turf_door set live = false where organization_id = $1 and turf_id = any($2)
        """,
        organization_id,
        turf_ids,
    )


async def forget_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]
) -> list[UUID]:
    """Take turfs away; those that something speaks of stay, and are told."""
    rows = await db.fetch(
        "select id from unnest($2::uuid[]) as one (id) where not forget_turf($1, id)",
        organization_id,
        turf_ids,
    )
    return [row["id"] for row in rows]


async def freeze_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID], *, frozen: bool
) -> None:
    await db.execute(
        """
        update turf
           set frozen_at = case when $3 then coalesce(frozen_at, now()) end,
               cut_version = cut_version + 1
         where organization_id = $1 and id = any($2)
        """,
        organization_id,
        turf_ids,
        frozen,
    )


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment that was ended."""

    id: UUID
    turf_id: UUID
    member_id: UUID


async def end_all_assignments(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID], reason: str
) -> list[Ended]:
    return await fetch_all(
        db,
        Ended,
        """
        update assignment
           set ended_at = now(),
               ended_reason = $3
         where organization_id = $1 and turf_id = any($2) and ended_at is null
        returning id, turf_id, member_id
        """,
        organization_id,
        turf_ids,
        reason,
    )


async def begin_assignments_again(
    db: Connection, organization_id: UUID, step_id: UUID
) -> list[Ended]:
    """The assignments that a step ended and that would still run."""
    return await fetch_all(
        db,
        Ended,
        """
        update assignment a
           set ended_at = null,
               ended_reason = null
          from turf_before b
         where b.organization_id = $1
           and b.step_id = $2
           and a.organization_id = $1
           and a.turf_id = b.turf_id
           and a.id = any(b.assignment_ids)
           and a.expires_at > now()
           and not exists (
             select from assignment other
              where other.organization_id = a.organization_id
                and other.turf_id = a.turf_id
                and other.member_id = a.member_id
                and other.ended_at is null)
        returning a.id, a.turf_id, a.member_id
        """,
        organization_id,
        step_id,
    )


class HeldBy(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a turf."""

    turf_id: UUID
    member_id: UUID


async def holders_of_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]
) -> list[HeldBy]:
    """Who holds published turf now."""
    return await fetch_all(
        db,
        HeldBy,
        """
        select a.turf_id, a.member_id
          from assignment a
          join turf t on t.organization_id = a.organization_id and t.id = a.turf_id
         where a.organization_id = $1
           and a.turf_id = any($2)
           and a.ended_at is null
           and a.expires_at > now()
           and t.status = 'published'
         order by a.turf_id, a.member_id
        """,
        organization_id,
        turf_ids,
    )


async def put_scope_changes(
    db: Connection, organization_id: UUID, first_seq: int, told: Sequence[Sequence[Any]]
) -> None:
    """What phones are told, in this order: turf, member, kind."""
    await db.execute(
        """
        insert into scope_change (organization_id, turf_id, member_id, kind, seq)
        select $1, turf_id, member_id, kind, $2 + place - 1
          from unnest($3::uuid[], $4::uuid[], $5::text[])
            with ordinality as told (turf_id, member_id, kind, place)
        """,
        organization_id,
        first_seq,
        *columns(told, 3),
    )


async def insert_step(
    db: Connection,
    organization_id: UUID,
    step_id: UUID,
    pass_id: UUID,
    kind: StepKind,
    made_by: UUID,
) -> None:
    await db.execute(
        """
        insert into turf_step (organization_id, id, pass_id, kind, made_by, number)
        select $1, $2, $3, $4, $5, coalesce(max(number), 0) + 1
          from turf_step
         where organization_id = $1 and pass_id = $3
        """,
        organization_id,
        step_id,
        pass_id,
        kind,
        made_by,
    )


async def keep_before(
    db: Connection, organization_id: UUID, step_id: UUID, turf_ids: Sequence[UUID]
) -> None:
    """Keep turfs as they are now; of a turf that the step has kept already, the first stays."""
    await db.execute(
        """
        insert into turf_before
               (organization_id, step_id, turf_id, existed, name, status, version, cut_version,
                polygon, walk_m, minutes, frozen_at, created_at, published_at, archived_at,
                door_ids)
        select $1, $2, t.id, true, t.name, t.status, t.version, t.cut_version,
               t.polygon, t.walk_m, t.minutes, t.frozen_at, t.created_at, t.published_at,
               t.archived_at,
               array(
                 select td.door_id
                   from turf_door td
                  where td.organization_id = t.organization_id and td.turf_id = t.id
                  order by td.position)
          from turf t
         where t.organization_id = $1 and t.id = any($3)
            on conflict do nothing
        """,
        organization_id,
        step_id,
        turf_ids,
    )


async def keep_new(
    db: Connection, organization_id: UUID, step_id: UUID, turf_ids: Sequence[UUID]
) -> None:
    """Note that the step makes these turfs."""
    await db.execute(
        """
        insert into turf_before (organization_id, step_id, turf_id, existed)
        select $1, $2, id, false from unnest($3::uuid[]) as made (id)
        """,
        organization_id,
        step_id,
        turf_ids,
    )


async def keep_ended(
    db: Connection, organization_id: UUID, step_id: UUID, ended: Sequence[Sequence[UUID]]
) -> None:
    """Note which assignments the step ended: turf, assignment."""
    await db.execute(
        """
        update turf_before b
           set assignment_ids = b.assignment_ids || found.ids
          from (
            select turf_id, array_agg(id) as ids
              from unnest($3::uuid[], $4::uuid[]) as ended (turf_id, id)
             group by turf_id) found
         where b.organization_id = $1 and b.step_id = $2 and b.turf_id = found.turf_id
        """,
        organization_id,
        step_id,
        *columns(ended, 2),
    )


class LastStep(msgspec.Struct, frozen=True, kw_only=True):
    """The step that is undone next."""

    id: UUID
    kind: StepKind
    made_by: UUID
    fresh: bool


async def last_step(
    db: Connection, organization_id: UUID, pass_id: UUID, fresh_s: float = 0
) -> LastStep | None:
    return await fetch_maybe(
        db,
        LastStep,
        """
        select id, kind, made_by, made_at > now() - make_interval(secs => $3) as fresh
          from turf_step
         where organization_id = $1 and pass_id = $2 and undone_at is null
         order by number desc
         limit 1
        """,
        organization_id,
        pass_id,
        fresh_s,
    )


async def steps(db: Connection, organization_id: UUID, pass_id: UUID) -> list[Step]:
    """What can be taken back, the last first."""
    return await fetch_all(
        db,
        Step,
        """
        select s.id, s.kind, s.made_by, m.name as made_by_name, s.made_at,
               (select count(*)
                  from turf_before b
                 where b.organization_id = s.organization_id and b.step_id = s.id) as turfs_count
          from turf_step s
          join member m on m.organization_id = s.organization_id and m.id = s.made_by
         where s.organization_id = $1 and s.pass_id = $2 and s.undone_at is null
         order by s.number desc
        """,
        organization_id,
        pass_id,
    )


async def forget_old_steps(db: Connection, organization_id: UUID, pass_id: UUID, kept: int) -> None:
    """Only the newest can be taken back; what they needed is let go with the others."""
    await db.execute(
        """
        delete from turf_step
         where organization_id = $1
           and pass_id = $2
           and number not in (
             select number
               from turf_step
              where organization_id = $1 and pass_id = $2 and undone_at is null
              order by number desc
              limit $3)
           and number < (
             select max(number) from turf_step where organization_id = $1 and pass_id = $2)
        """,
        organization_id,
        pass_id,
        kept,
    )


class BeforeTurf(msgspec.Struct, frozen=True, kw_only=True):
    """A turf that a step touched, and what it was before."""

    turf_id: UUID
    existed: bool
    status: TurfStatus | None


async def before_step(db: Connection, organization_id: UUID, step_id: UUID) -> list[BeforeTurf]:
    return await fetch_all(
        db,
        BeforeTurf,
        """
        select turf_id, existed, status
          from turf_before
         where organization_id = $1 and step_id = $2
         order by turf_id
        """,
        organization_id,
        step_id,
    )


async def restore_turfs(
    db: Connection, organization_id: UUID, step_id: UUID, pass_id: UUID
) -> None:
    """Each turf as it was before the step, but a version newer: phones must hear of it."""
    await db.execute(
        """
        insert into turf
               (organization_id, id, pass_id, name, status, version, cut_version, polygon, walk_m,
                minutes, frozen_at, created_at, published_at, archived_at)
        select organization_id, turf_id, $3, name, status, version + 1, cut_version + 1, polygon,
               walk_m, minutes, frozen_at, created_at, published_at, archived_at
          from turf_before
         where organization_id = $1 and step_id = $2 and existed
            on conflict (organization_id, id) do update
           set name = excluded.name,
               status = excluded.status,
               polygon = excluded.polygon,
               walk_m = excluded.walk_m,
               minutes = excluded.minutes,
               frozen_at = excluded.frozen_at,
               published_at = excluded.published_at,
               archived_at = excluded.archived_at,
               version = turf.version + 1,
               cut_version = turf.cut_version + 1
        """,
        organization_id,
        step_id,
        pass_id,
    )


async def restore_doors(
    db: Connection, organization_id: UUID, step_id: UUID, pass_id: UUID
) -> None:
    """The doors of those turfs, in their order; a door that is no more is left out."""
    await db.execute(
        """
        insert into turf_door (organization_id, turf_id, pass_id, door_id, position, live)
        select b.organization_id, b.turf_id, $3, d.id, walked.place - 1, b.status <> 'archived'
          from turf_before b
         cross join unnest(b.door_ids) with ordinality as walked (door_id, place)
          join door d on d.organization_id = b.organization_id and d.id = walked.door_id
         where b.organization_id = $1 and b.step_id = $2 and b.existed
        """,
        organization_id,
        step_id,
        pass_id,
    )


async def mark_undone(
    db: Connection, organization_id: UUID, step_id: UUID, undone_by: UUID
) -> None:
    """What a step was is kept; what undoing it needed is not."""
    await db.execute(
        """
        with done as (
          update turf_step
             set undone_at = now(),
                 undone_by = $3
           where organization_id = $1 and id = $2
        )
        delete from turf_before where organization_id = $1 and step_id = $2
        """,
        organization_id,
        step_id,
        undone_by,
    )
