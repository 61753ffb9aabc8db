"""Statements about training tracks."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, columns, execute_one, fetch_all
from doorstep.kit.ids import new_id
from doorstep.overview.model import TrainingStepCreate, TrainingTrack, TrainingTrackCreate


class StepDone(msgspec.Struct, frozen=True, kw_only=True):
    """A step that somebody did."""

    step_id: UUID
    done_on: dt.date


async def insert_track(
    db: Connection,
    organization_id: UUID,
    track_id: UUID,
    wanted: TrainingTrackCreate,
    created_by: UUID,
) -> None:
    await db.execute(
        """
        insert into training_track (organization_id, id, name, role, created_by)
        values ($1, $2, $3, $4, $5)
        """,
        organization_id,
        track_id,
        wanted.name.strip(),
        wanted.role,
        created_by,
    )


async def insert_steps(
    db: Connection, organization_id: UUID, track_id: UUID, steps: Sequence[TrainingStepCreate]
) -> None:
    rows = [
        (new_id(), number, one.title, one.kind, one.training, one.url)
        for number, one in enumerate(steps, 1)
    ]
    await db.execute(
        """
        insert into training_step
          (organization_id, track_id, id, number, title, kind, training, url)
        select $1, $2, * from unnest($3::uuid[], $4::integer[], $5::text[], $6::text[],
                                     $7::text[], $8::text[])
        """,
        organization_id,
        track_id,
        *columns(rows, 6),
    )


async def tracks(db: Connection, organization_id: UUID, role: str | None) -> list[TrainingTrack]:
    """Tracks that are in use, by name; those for a role, or all."""
    return await fetch_all(
        db,
        TrainingTrack,
        """
        select t.id, t.name, t.role, t.created_at,
               (select jsonb_agg(jsonb_build_object(
                         'id', s.id, 'number', s.number, 'title', s.title, 'kind', s.kind,
                         'training', s.training, 'url', s.url) order by s.number)
                  from training_step s
                 where s.organization_id = t.organization_id and s.track_id = t.id) as steps
          from training_track t
         where t.organization_id = $1
           and t.archived_at is null
           and ($2::text is null or lower(t.role) = lower($2))
         order by t.name, t.id
        """,
        organization_id,
        role,
    )


async def archive_track(db: Connection, organization_id: UUID, track_id: UUID) -> None:
    await execute_one(
        db,
        """
        update training_track
           set archived_at = coalesce(archived_at, now())
         where organization_id = $1 and id = $2
        """,
        organization_id,
        track_id,
    )


async def kind_of_step(db: Connection, organization_id: UUID, step_id: UUID) -> str | None:
    return await db.fetchval(
        "select kind from training_step where organization_id = $1 and id = $2",
        organization_id,
        step_id,
    )


async def confirm_reading(
    db: Connection, organization_id: UUID, step_id: UUID, member_id: UUID
) -> None:
    await db.execute(
        """
        insert into reading_confirmed (organization_id, step_id, member_id)
        values ($1, $2, $3)
        on conflict (organization_id, step_id, member_id) do nothing
        """,
        organization_id,
        step_id,
        member_id,
    )


async def done(db: Connection, organization_id: UUID, member_id: UUID) -> list[StepDone]:
    """The steps that a member did, each with the first day.

    A session is done by what was recorded, or by attending a training event of that topic or title;
    a reading by saying so. Days are those of the organization's clock.
    """
    return await fetch_all(
        db,
        StepDone,
        """
        select step_id, min(done_on) as done_on
          from (
            select s.id as step_id, d.done_on
              from training_step s
              join training_done d on d.organization_id = s.organization_id
               and d.member_id = $2 and lower(d.training) = lower(s.training)
             where s.organization_id = $1
             union all
            select s.id, (h.starts_at at time zone o.time_zone)::date
              from signup g
              join shift h on h.organization_id = g.organization_id and h.id = g.shift_id
              join civic_event e on e.organization_id = h.organization_id and e.id = h.event_id
               and e.kind = 'training'
              join organization o on o.id = g.organization_id
              join training_step s on s.organization_id = e.organization_id
               and lower(s.training) in (lower(e.topic), lower(e.title))
             where g.organization_id = $1 and g.member_id = $2 and g.state = 'attended'
             union all
            select c.step_id, (c.confirmed_at at time zone o.time_zone)::date
              from reading_confirmed c
              join organization o on o.id = c.organization_id
             where c.organization_id = $1 and c.member_id = $2) did
         group by step_id
        """,
        organization_id,
        member_id,
    )
