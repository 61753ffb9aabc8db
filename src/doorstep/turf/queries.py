"""Every statement about turf."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_maybe, fetch_one
from doorstep.kit.geometry import area_from_wkb
from doorstep.turf.model import Pass, PassCreate, Turf, TurfForEvents, TurfStatus, TurfSummary


async def passes(db: Connection, organization_id: UUID, campaign_id: UUID | None) -> list[Pass]:
    return await fetch_all(
        db,
        Pass,
        """
        select id, campaign_id, name, script_id, holdout_share,
               coalesce(holdout_seed, id::text) as holdout_seed, created_at
          from pass
         where organization_id = $1 and ($2::uuid is null or campaign_id = $2)
         order by created_at, id
        """,
        organization_id,
        campaign_id,
    )


async def pass_by_id(db: Connection, organization_id: UUID, pass_id: UUID) -> Pass:
    return await fetch_one(
        db,
        Pass,
        """
        select id, campaign_id, name, script_id, holdout_share,
               coalesce(holdout_seed, id::text) as holdout_seed, created_at
          from pass
         where organization_id = $1 and id = $2
        """,
        organization_id,
        pass_id,
    )


async def lock_pass(db: Connection, organization_id: UUID, pass_id: UUID) -> Pass:
    """The pass, held: two cuts of one pass follow each other."""
    return await fetch_one(
        db,
        Pass,
        """
        select id, campaign_id, name, script_id, holdout_share,
               coalesce(holdout_seed, id::text) as holdout_seed, created_at
          from pass
         where organization_id = $1 and id = $2
           for no key update
        """,
        organization_id,
        pass_id,
    )


async def lock_pass_of_turf(db: Connection, organization_id: UUID, turf_id: UUID) -> Pass:
    """The pass of a turf, held like any that is cut."""
    return await fetch_one(
        db,
        Pass,
        """
        select p.id, p.campaign_id, p.name, p.script_id, p.holdout_share,
               coalesce(p.holdout_seed, p.id::text) as holdout_seed, p.created_at
          from turf t
          join pass p on p.organization_id = t.organization_id and p.id = t.pass_id
         where t.organization_id = $1 and t.id = $2
           for no key update of p
        """,
        organization_id,
        turf_id,
    )


async def insert_pass(
    db: Connection, organization_id: UUID, pass_id: UUID, wanted: PassCreate
) -> Pass:
    return await fetch_one(
        db,
        Pass,
        """
        insert into pass
          (organization_id, id, campaign_id, name, script_id, holdout_share, holdout_seed)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning id, campaign_id, name, script_id, holdout_share,
                  coalesce(holdout_seed, id::text) as holdout_seed, created_at
        """,
        organization_id,
        pass_id,
        wanted.campaign_id,
        wanted.name,
        wanted.script_id,
        wanted.holdout_share,
        wanted.holdout_seed,
    )


async def turfs(db: Connection, organization_id: UUID, pass_id: UUID) -> list[TurfSummary]:
    """The turfs of a pass that are not archived, in order of their names."""
    return await fetch_all(
        db,
        TurfSummary,
        """
        select id, pass_id, campaign_id, name, status, version, doors_count, done_count, walk_m,
               minutes, created_at, published_at, archived_at, holders, cut_version, frozen_at
          from turf_summary
         where organization_id = $1 and pass_id = $2 and status <> 'archived'
         order by name, id
        """,
        organization_id,
        pass_id,
    )


async def turfs_by_id(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]
) -> list[TurfSummary]:
    return await fetch_all(
        db,
        TurfSummary,
        """
        select id, pass_id, campaign_id, name, status, version, doors_count, done_count, walk_m,
               minutes, created_at, published_at, archived_at, holders, cut_version, frozen_at
          from turf_summary
         where organization_id = $1 and id = any($2)
         order by name, id
        """,
        organization_id,
        turf_ids,
    )


async def turfs_held_by(
    db: Connection, organization_id: UUID, member_id: UUID
) -> list[TurfSummary]:
    """The published turfs that a member holds now."""
    return await fetch_all(
        db,
        TurfSummary,
        """
        select s.id, s.pass_id, s.campaign_id, s.name, s.status, s.version, s.doors_count,
               s.done_count, s.walk_m, s.minutes, s.created_at, s.published_at, s.archived_at,
               s.holders, s.cut_version, s.frozen_at
          from assignment a
          join turf_summary s on s.organization_id = a.organization_id and s.id = a.turf_id
         where a.organization_id = $1
           and a.member_id = $2
           and a.ended_at is null
           and a.expires_at > now()
           and s.status = 'published'
         order by a.assigned_at, s.id
        """,
        organization_id,
        member_id,
    )


class TurfRow(TurfSummary, frozen=True, kw_only=True):
    """A turf as stored: its outline in well-known binary."""

    polygon: bytes


async def turf_by_id(
    db: Connection, organization_id: UUID, turf_id: UUID, holder_id: UUID | None = None
) -> Turf:
    """One turf; with ``holder_id``, only if it is published and that member holds it now."""
    row = await fetch_one(
        db,
        TurfRow,
        """
        select id, pass_id, campaign_id, name, status, version, doors_count, done_count, walk_m,
               minutes, created_at, published_at, archived_at, holders, cut_version, frozen_at,
               polygon
          from turf_summary s
         where organization_id = $1
           and id = $2
           and ($3::uuid is null or status = 'published' and exists (
             select from assignment a
              where a.organization_id = s.organization_id and a.turf_id = s.id
                and a.member_id = $3 and a.ended_at is null and a.expires_at > now()))
        """,
        organization_id,
        turf_id,
        holder_id,
    )
    return _whole(row)


async def whole_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]
) -> list[Turf]:
    """Turfs with their outlines, by name."""
    rows = await fetch_all(
        db,
        TurfRow,
        """
        select id, pass_id, campaign_id, name, status, version, doors_count, done_count, walk_m,
               minutes, created_at, published_at, archived_at, holders, cut_version, frozen_at,
               polygon
          from turf_summary
         where organization_id = $1 and id = any($2)
         order by name, id
        """,
        organization_id,
        turf_ids,
    )
    return [_whole(row) for row in rows]


def _whole(row: TurfRow) -> Turf:
    fields = {name: getattr(row, name) for name in TurfSummary.__struct_fields__}
    return Turf(**fields, polygon=area_from_wkb(row.polygon))


class LockedTurf(msgspec.Struct, frozen=True, kw_only=True):
    """A turf held for a change."""

    id: UUID
    pass_id: UUID
    name: str
    status: TurfStatus


async def lock_turf(db: Connection, organization_id: UUID, turf_id: UUID) -> LockedTurf:
    return await fetch_one(
        db,
        LockedTurf,
        """
        select id, pass_id, name, status
          from turf
         where organization_id = $1 and id = $2
           for no key update
        """,
        organization_id,
        turf_id,
    )


class TakenDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A door that a live turf of the pass has."""

    door_id: UUID
    turf_name: str


async def taken_doors(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: Sequence[UUID]
) -> list[TakenDoor]:
    return await fetch_all(
        db,
        TakenDoor,
        """
        select td.door_id, t.name as turf_name
          from turf_door td
          join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
         where td.organization_id = $1
           and td.pass_id = $2
           and td.door_id = any($3)
           and td.live
         order by t.name, td.door_id
        """,
        organization_id,
        pass_id,
        door_ids,
    )


async def rename_turf(db: Connection, organization_id: UUID, turf_id: UUID, name: str) -> None:
    await execute_one(
        db,
        """
        update turf
           set name = $3,
               version = version + 1,
               cut_version = cut_version + 1
         where organization_id = $1 and id = $2
        """,
        organization_id,
        turf_id,
        name,
    )


async def publish_turf(db: Connection, organization_id: UUID, turf_id: UUID) -> None:
    await db.execute(
        """
        update turf
           set status = 'published',
               published_at = now(),
               version = version + 1,
               cut_version = cut_version + 1
         where organization_id = $1 and id = $2
        """,
        organization_id,
        turf_id,
    )


class OpenAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment that nobody ended; it may have run out."""

    member_id: UUID
    expires_at: dt.datetime
    live: bool


async def open_assignments(
    db: Connection, organization_id: UUID, turf_id: UUID
) -> list[OpenAssignment]:
    return await fetch_all(
        db,
        OpenAssignment,
        """
        select a.member_id, a.expires_at, a.expires_at > now() and m.ended_at is null as live
          from assignment a
          join member m on m.organization_id = a.organization_id and m.id = a.member_id
         where a.organization_id = $1 and a.turf_id = $2 and a.ended_at is null
         order by a.assigned_at, a.member_id
        """,
        organization_id,
        turf_id,
    )


async def active_members(
    db: Connection, organization_id: UUID, member_ids: Sequence[UUID]
) -> list[UUID]:
    rows = await db.fetch(
        """
        select id
          from member
         where organization_id = $1 and id = any($2) and ended_at is null
        """,
        organization_id,
        member_ids,
    )
    return [row["id"] for row in rows]


async def insert_assignments(
    db: Connection,
    organization_id: UUID,
    ids: Sequence[UUID],
    member_ids: Sequence[UUID],
    turf_id: UUID,
    assigned_by: UUID,
    expires_at: dt.datetime,
) -> None:
    await db.execute(
        """
        insert into assignment
          (organization_id, id, member_id, turf_id, assigned_by, expires_at)
        select $1, id, member_id, $4, $5, $6
          from unnest($2::uuid[], $3::uuid[]) as wanted (id, member_id)
        """,
        organization_id,
        ids,
        member_ids,
        turf_id,
        assigned_by,
        expires_at,
    )


async def end_assignments(
    db: Connection, organization_id: UUID, turf_id: UUID, member_ids: Sequence[UUID], reason: str
) -> list[UUID]:
    """The members whose open assignment this ended."""
    rows = await db.fetch(
        """
        update assignment
           set ended_at = now(),
               ended_reason = $4
         where organization_id = $1
           and turf_id = $2
           and member_id = any($3)
           and ended_at is null
        returning member_id
        """,
        organization_id,
        turf_id,
        member_ids,
        reason,
    )
    return sorted(row["member_id"] for row in rows)


async def insert_handover(
    db: Connection,
    organization_id: UUID,
    handover_id: UUID,
    turf_id: UUID,
    code_hash: bytes,
    created_by: UUID,
    as_pair: bool,
    hours: int,
    expires_at: dt.datetime,
) -> None:
    await db.execute(
        """
        insert into handover
          (organization_id, id, turf_id, code_hash, created_by, as_pair, hours, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        organization_id,
        handover_id,
        turf_id,
        code_hash,
        created_by,
        as_pair,
        hours,
        expires_at,
    )


class UsedHandover(msgspec.Struct, frozen=True, kw_only=True):
    """A handover that was just accepted."""

    turf_id: UUID
    created_by: UUID
    as_pair: bool
    hours: int


async def use_handover(
    db: Connection, organization_id: UUID, code_hash: bytes, member_id: UUID
) -> UsedHandover | None:
    """The handover, taken; None if it is used, too old or was never made."""
    return await fetch_maybe(
        db,
        UsedHandover,
        """
        update handover
           set used_at = now(),
               used_by = $3
         where organization_id = $1 and code_hash = $2 and used_at is null and expires_at > now()
        returning turf_id, created_by, as_pair, hours
        """,
        organization_id,
        code_hash,
        member_id,
    )


async def turfs_for_events(
    db: Connection, organization_id: UUID, member_id: UUID, turf_ids: Sequence[UUID]
) -> list[TurfForEvents]:
    return await fetch_all(
        db,
        TurfForEvents,
        """
        select t.id, t.pass_id, t.status, c.status as campaign_status,
               exists (select from assignment a
                        where a.organization_id = t.organization_id and a.turf_id = t.id
                          and a.member_id = $2) as ever_held
          from turf t
          join pass p on p.organization_id = t.organization_id and p.id = t.pass_id
          join campaign c on c.organization_id = p.organization_id and c.id = p.campaign_id
         where t.organization_id = $1 and t.id = any($3)
        """,
        organization_id,
        member_id,
        turf_ids,
    )


class TurfDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A door's place in a turf."""

    turf_id: UUID
    door_id: UUID
    position: int


async def doors_in_turfs(
    db: Connection, organization_id: UUID, turf_ids: Sequence[UUID]
) -> list[TurfDoor]:
    """The doors of turfs in walking order, also of archived ones."""
    return await fetch_all(
        db,
        TurfDoor,
        """
        select turf_id, door_id, position
          from turf_door
         where organization_id = $1 and turf_id = any($2)
         order by turf_id, position
        """,
        organization_id,
        turf_ids,
    )
