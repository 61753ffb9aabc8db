"""Statements about paces, and the minutes of turf that are counted by them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import astuple
from uuid import UUID

import msgspec

from doorstep.algorithms.cutting.model import Pace
from doorstep.kit.db import Connection, fetch_all, fetch_maybe
from doorstep.turf.pace_model import MeasuredPace, PaceKind, PaceNumbers, TurfSteps, TurfTime


class StoredPace(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign's pace as stored."""

    kind: PaceKind = "default"
    own: PaceNumbers | None = None
    measured: MeasuredPace | None = None


async def stored_pace(db: Connection, organization_id: UUID, campaign_id: UUID) -> StoredPace:
    found = await fetch_maybe(
        db,
        StoredPace,
        """
        select kind, own, measured
          from campaign_pace
         where organization_id = $1 and campaign_id = $2
        """,
        organization_id,
        campaign_id,
    )
    return found or StoredPace()


async def put_choice(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    kind: PaceKind,
    own: PaceNumbers | None,
) -> None:
    """Note by which pace minutes count; own numbers stay until there are others."""
    await db.execute(
        """
        insert into campaign_pace (organization_id, campaign_id, kind, own)
        values ($1, $2, $3, $4)
            on conflict (organization_id, campaign_id) do update
           set kind = excluded.kind, own = coalesce(excluded.own, campaign_pace.own)
        """,
        organization_id,
        campaign_id,
        kind,
        None if own is None else msgspec.to_builtins(own),
    )


async def put_measured(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    measured: MeasuredPace,
    turfs: Sequence[TurfSteps],
    newest_at: dt.datetime | None,
) -> None:
    await db.execute(
        """
        insert into campaign_pace (organization_id, campaign_id, measured, turfs, newest_at)
        values ($1, $2, $3, $4, $5)
            on conflict (organization_id, campaign_id) do update
           set measured = excluded.measured,
               turfs = excluded.turfs,
               newest_at = excluded.newest_at
        """,
        organization_id,
        campaign_id,
        msgspec.to_builtins(measured),
        msgspec.to_builtins(turfs),
        newest_at,
    )


async def turf_times(
    db: Connection, organization_id: UUID, campaign_id: UUID, pace: Pace
) -> list[TurfTime]:
    """What turfs were measured to take, against a pace, by name."""
    return await fetch_all(
        db,
        TurfTime,
        """
        select t.id as turf_id, t.name as turf_name, s.steps_count,
               s.walk_m / $3::float8 + s.knocks * $4::float8 + s.entries * $5::float8
                 + s.units * $6::float8 as planned_minutes,
               s.took_minutes
          from campaign_pace p
         cross join lateral jsonb_to_recordset(p.turfs)
            as s (turf_id uuid, steps_count integer, took_minutes float8, walk_m float8,
                  knocks float8, entries float8, units float8)
          join turf t on t.organization_id = p.organization_id and t.id = s.turf_id
         where p.organization_id = $1 and p.campaign_id = $2
         order by t.name, t.id
        """,
        organization_id,
        campaign_id,
        *astuple(pace),
    )


async def time_turfs(db: Connection, organization_id: UUID, campaign_id: UUID, pace: Pace) -> None:
    """Count the minutes of turf that is not archived anew, as `stops.service_min` does.

    Doors on one spot of a building are those of one address.
    """
    await db.execute(
        """
        with held as (
          select td.turf_id, count(*) as doors_count
            from pass p
            join turf t on t.organization_id = p.organization_id
                       and t.pass_id = p.id
                       and t.status <> 'archived'
            join turf_door td on td.organization_id = t.organization_id and td.turf_id = t.id
            join door d on d.organization_id = td.organization_id and d.id = td.door_id
            join address a on a.organization_id = d.organization_id and a.id = d.address_id
           where p.organization_id = $1 and p.campaign_id = $2
           group by td.turf_id, a.building_id, a.lon, a.lat
        ),
        at_doors as (
          select turf_id,
                 sum($4::float8 + case when doors_count > 1
                   then $5::float8 + $6::float8 * (doors_count - 1) else 0 end) as minutes
            from held
           group by turf_id
        )
        update turf t
           set minutes = t.walk_m / $3::float8 + at_doors.minutes
          from at_doors
         where t.organization_id = $1
           and t.id = at_doors.turf_id
           and abs(t.minutes - t.walk_m / $3::float8 - at_doors.minutes) > 0.01
        """,
        organization_id,
        campaign_id,
        *astuple(pace),
    )
