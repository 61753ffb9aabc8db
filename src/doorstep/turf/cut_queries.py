"""Statements about cuts: the job, what it proposes, and the doors it may take."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one
from doorstep.kit.geometry import area_from_wkb
from doorstep.turf.cut_model import CutCreate, CutFound, CutKind, ProposedTurf, TurfCut


async def insert_cut(
    db: Connection,
    organization_id: UUID,
    cut_id: UUID,
    pass_id: UUID,
    kind: CutKind,
    wanted: CutCreate,
    made_by: UUID,
    life_s: float,
) -> None:
    await db.execute(
        """
        insert into turf_cut (organization_id, id, pass_id, kind, wanted, made_by, expires_at)
        values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
        """,
        organization_id,
        cut_id,
        pass_id,
        kind,
        msgspec.to_builtins(wanted),
        made_by,
        life_s,
    )


async def cut_by_id(db: Connection, organization_id: UUID, cut_id: UUID) -> TurfCut:
    return await fetch_one(
        db,
        TurfCut,
        """
        select id, pass_id, kind,
               case when state = 'running' and heard_at < now() - interval '1 minute'
                 then 'failed' else state end as state,
               stage, done_units, total_units,
               case when state = 'running' and heard_at < now() - interval '1 minute'
                 then 'The server stopped during the cut. Start it again.' else failure end
                 as failure,
               made_by, made_at, ended_at, expires_at, found
          from turf_cut
         where organization_id = $1 and id = $2 and expires_at > now()
        """,
        organization_id,
        cut_id,
    )


async def lock_cut(db: Connection, organization_id: UUID, cut_id: UUID) -> TurfCut:
    """The cut, held: it is accepted once."""
    return await fetch_one(
        db,
        TurfCut,
        """
        select id, pass_id, kind, state, stage, done_units, total_units, failure, made_by, made_at,
               ended_at, expires_at, found
          from turf_cut
         where organization_id = $1 and id = $2 and expires_at > now()
           for no key update
        """,
        organization_id,
        cut_id,
    )


async def cuts(db: Connection, organization_id: UUID, pass_id: UUID) -> list[TurfCut]:
    """The cuts of a pass that are not forgotten, the newest first."""
    return await fetch_all(
        db,
        TurfCut,
        """
        select id, pass_id, kind,
               case when state = 'running' and heard_at < now() - interval '1 minute'
                 then 'failed' else state end as state,
               stage, done_units, total_units,
               case when state = 'running' and heard_at < now() - interval '1 minute'
                 then 'The server stopped during the cut. Start it again.' else failure end
                 as failure,
               made_by, made_at, ended_at, expires_at, found
          from turf_cut
         where organization_id = $1 and pass_id = $2 and expires_at > now()
         order by made_at desc, id desc
        """,
        organization_id,
        pass_id,
    )


async def running_count(db: Connection, organization_id: UUID) -> int:
    return await db.fetchval(
        """
        select count(*)
          from turf_cut
         where organization_id = $1
           and state = 'running'
           and heard_at > now() - interval '1 minute'
        """,
        organization_id,
    )


async def forget_old_cuts(db: Connection, organization_id: UUID) -> None:
    await db.execute(
        "delete from turf_cut where organization_id = $1 and expires_at <= now()", organization_id
    )


async def hear_of_cut(
    db: Connection, organization_id: UUID, cut_id: UUID, done: int, total: int, stage: str
) -> bool:
    """Note how far a cut is; whether it shall go on."""
    return bool(
        await db.fetchval(
            """
            update turf_cut
               set done_units = $3,
                   total_units = $4,
                   stage = $5,
                   heard_at = clock_timestamp()
             where organization_id = $1 and id = $2
            returning cancel_requested_at is null
            """,
            organization_id,
            cut_id,
            done,
            total,
            stage,
        )
    )


async def cancel_cut(db: Connection, organization_id: UUID, cut_id: UUID) -> bool:
    """Ask a cut to stop; False if it is not running."""
    done = await db.execute(
        """
        update turf_cut
           set cancel_requested_at = coalesce(cancel_requested_at, now())
         where organization_id = $1 and id = $2 and state = 'running'
        """,
        organization_id,
        cut_id,
    )
    return done != "UPDATE 0"


async def fail_cut(
    db: Connection, organization_id: UUID, cut_id: UUID, state: str, failure: str
) -> None:
    await db.execute(
        """
        update turf_cut
           set state = $3, failure = $4, ended_at = clock_timestamp()
         where organization_id = $1 and id = $2 and state = 'running'
        """,
        organization_id,
        cut_id,
        state,
        failure,
    )


async def end_cut(
    db: Connection, organization_id: UUID, cut_id: UUID, found: CutFound, life_s: float
) -> None:
    await execute_one(
        db,
        """
        update turf_cut
           set state = 'done',
               found = $3,
               done_units = greatest(total_units, 1),
               total_units = greatest(total_units, 1),
               ended_at = clock_timestamp(),
               expires_at = clock_timestamp() + make_interval(secs => $4)
         where organization_id = $1 and id = $2 and state = 'running'
        """,
        organization_id,
        cut_id,
        msgspec.to_builtins(found),
        life_s,
    )


async def accept_cut(db: Connection, organization_id: UUID, cut_id: UUID) -> None:
    """What it proposed is turf now, and no proposal any more."""
    await db.execute(
        """
        with accepted as (
          update turf_cut set state = 'accepted' where organization_id = $1 and id = $2
        )
        delete from proposed_turf where organization_id = $1 and cut_id = $2
        """,
        organization_id,
        cut_id,
    )


async def delete_cut(db: Connection, organization_id: UUID, cut_id: UUID) -> None:
    await execute_one(
        db,
        """
        delete from turf_cut
         where organization_id = $1 and id = $2 and state <> 'running'
        """,
        organization_id,
        cut_id,
    )


async def propose(
    db: Connection, organization_id: UUID, cut_id: UUID, turfs: Sequence[Sequence[Any]]
) -> None:
    """What a cut proposes: number, name, polygon, walk_m, minutes, doors in walking order."""
    await db.executemany(
        """
        insert into proposed_turf
               (organization_id, cut_id, number, name, polygon, walk_m, minutes, door_ids)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        [(organization_id, cut_id, *turf) for turf in turfs],
    )


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A turf that a cut proposes, as stored."""

    number: int
    name: str
    polygon: bytes
    walk_m: float
    minutes: float
    door_ids: list[UUID]


async def proposals(db: Connection, organization_id: UUID, cut_id: UUID) -> list[Proposal]:
    return await fetch_all(
        db,
        Proposal,
        """
        select number, name, polygon, walk_m, minutes, door_ids
          from proposed_turf
         where organization_id = $1 and cut_id = $2
         order by number
        """,
        organization_id,
        cut_id,
    )


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    name: str
    doors_count: int
    walk_m: float
    minutes: float
    polygon: bytes


async def proposed_turfs(db: Connection, organization_id: UUID, cut_id: UUID) -> list[ProposedTurf]:
    rows = await fetch_all(
        db,
        _Shown,
        """
        select number, name, cardinality(door_ids) as doors_count, walk_m, minutes, polygon
          from proposed_turf
         where organization_id = $1 and cut_id = $2
         order by number
        """,
        organization_id,
        cut_id,
    )
    return [
        ProposedTurf(
            number=row.number,
            name=row.name,
            doors_count=row.doors_count,
            walk_m=row.walk_m,
            minutes=row.minutes,
            polygon=area_from_wkb(row.polygon),
        )
        for row in rows
    ]


async def doors_of_precinct(db: Connection, organization_id: UUID, precinct: str) -> list[UUID]:
    rows = await db.fetch(
        """
        select d.id
          from address a
          join door d on d.organization_id = a.organization_id and d.address_id = a.id
         where a.organization_id = $1 and a.precinct = $2
        """,
        organization_id,
        precinct,
    )
    return [row["id"] for row in rows]


async def doors_not_free(db: Connection, organization_id: UUID, pass_id: UUID) -> set[UUID]:
    """The doors that are not to be cut: in live turf of the pass, or asked to be left alone."""
    rows = await db.fetch(
        """
        select door_id
          from turf_door
         where organization_id = $1 and pass_id = $2 and live
         union
        select door_id
          from left_alone
         where organization_id = $1 and person_id is null
        """,
        organization_id,
        pass_id,
    )
    return {row["door_id"] for row in rows}


class Leftover(msgspec.Struct, frozen=True, kw_only=True):
    """A door of a pass where nobody was reached, and the turf that had it last."""

    door_id: UUID
    turf_name: str


async def leftovers(db: Connection, organization_id: UUID, pass_id: UUID) -> list[Leftover]:
    """Not those where somebody was spoken to, has moved or died, or asked to be left alone."""
    return await fetch_all(
        db,
        Leftover,
        """
        select distinct on (td.door_id) td.door_id, t.name as turf_name
          from turf_door td
          join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
          left join door_state s on s.organization_id = td.organization_id
                                and s.pass_id = td.pass_id
                                and s.door_id = td.door_id
         where td.organization_id = $1
           and td.pass_id = $2
           and not coalesce(s.done, false)
           and coalesce(s.contacts_count, 0) = 0
         order by td.door_id, td.live desc, t.archived_at desc nulls last, t.id desc
        """,
        organization_id,
        pass_id,
    )


async def doors_there(db: Connection, organization_id: UUID, door_ids: Sequence[UUID]) -> int:
    """How many of the doors still are."""
    return await db.fetchval(
        "select count(*) from door where organization_id = $1 and id = any($2)",
        organization_id,
        door_ids,
    )


class LiveOutline(msgspec.Struct, frozen=True, kw_only=True):
    """A live turf of a pass and its outline."""

    name: str
    polygon: bytes


async def live_outlines(db: Connection, organization_id: UUID, pass_id: UUID) -> list[LiveOutline]:
    return await fetch_all(
        db,
        LiveOutline,
        """
        select name, polygon
          from turf
         where organization_id = $1 and pass_id = $2 and status <> 'archived'
         order by name, id
        """,
        organization_id,
        pass_id,
    )


async def turfs_with_doors(
    db: Connection, organization_id: UUID, pass_id: UUID, door_ids: Sequence[UUID]
) -> list[Sequence[Any]]:
    """The live turfs of the pass that have some of the doors: name and how many."""
    rows = await db.fetch(
        """
        select t.name, count(*)
          from turf_door td
          join turf t on t.organization_id = td.organization_id and t.id = td.turf_id
         where td.organization_id = $1 and td.pass_id = $2 and td.live and td.door_id = any($3)
         group by t.name
         order by t.name
        """,
        organization_id,
        pass_id,
        door_ids,
    )
    return [tuple(row) for row in rows]
