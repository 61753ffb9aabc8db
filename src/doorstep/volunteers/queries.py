"""Every statement about volunteers."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from doorstep.kit.db import Connection, columns, execute_one, fetch_all, fetch_maybe
from doorstep.volunteers.model import (
    Buddy,
    DayException,
    EmergencyContact,
    Hours,
    Tie,
    TieKind,
    TrainingDone,
    Volunteer,
    VolunteerPut,
)


async def volunteers(
    db: Connection,
    organization_id: UUID,
    member_ids: Sequence[UUID] | None,
    skill: str | None,
    language: str | None,
    limit: int | None,
    offset: int,
) -> list[Volunteer]:
    """Members who still are, by name; all of their descriptions in one statement."""
    return await fetch_all(
        db,
        Volunteer,
        """
        select m.id as member_id, m.name,
               coalesce(v.languages, '{}') as languages, coalesce(v.skills, '{}') as skills,
               case when v.home_lon is not null
                 then jsonb_build_object('lon', v.home_lon, 'lat', v.home_lat) end as home,
               coalesce(v.transport, 'foot') as transport,
               coalesce(v.seats_count, 0) as seats_count, v.max_travel_km, v.max_walk_km,
               coalesce(v.climbs_stairs, true) as climbs_stairs,
               (select coalesce(jsonb_agg(jsonb_build_object(
                         'weekday', a.weekday, 'starts_at_time', a.starts_at_time,
                         'ends_at_time', a.ends_at_time)
                         order by a.weekday, a.starts_at_time), '[]')
                  from volunteer_availability a
                 where a.organization_id = m.organization_id and a.member_id = m.id)
                 as availability,
               (select coalesce(jsonb_agg(jsonb_build_object(
                         'on_date', x.on_date, 'available', x.available,
                         'starts_at_time', x.starts_at_time, 'ends_at_time', x.ends_at_time)
                         order by x.on_date), '[]')
                  from volunteer_exception x
                 where x.organization_id = m.organization_id and x.member_id = m.id)
                 as exceptions,
               array(select t.training from training_done t
                      where t.organization_id = m.organization_id and t.member_id = m.id
                      order by t.training) as trainings,
               (select count(*) from signup g
                 where g.organization_id = m.organization_id and g.member_id = m.id
                   and g.state = 'attended') as shifts_count,
               (select count(*) from signup g
                 where g.organization_id = m.organization_id and g.member_id = m.id
                   and g.state = 'no_show') as no_shows_count
          from member m
          left join volunteer v on v.organization_id = m.organization_id and v.member_id = m.id
         where m.organization_id = $1
           and m.ended_at is null
           and ($2::uuid[] is null or m.id = any($2))
           and ($3::text is null or $3 = any(v.skills))
           and ($4::text is null or $4 = any(v.languages))
         order by m.name, m.id
         limit $5 offset $6
        """,
        organization_id,
        member_ids,
        skill,
        language,
        limit,
        offset,
    )


async def put_volunteer(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    wanted: VolunteerPut,
    lon: float | None,
    lat: float | None,
) -> None:
    await db.execute(
        """
        insert into volunteer
          (organization_id, member_id, languages, skills, home_lon, home_lat, transport,
           seats_count, max_travel_km, max_walk_km, climbs_stairs)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (organization_id, member_id) do update
           set languages = excluded.languages, skills = excluded.skills,
               home_lon = excluded.home_lon, home_lat = excluded.home_lat,
               transport = excluded.transport, seats_count = excluded.seats_count,
               max_travel_km = excluded.max_travel_km, max_walk_km = excluded.max_walk_km,
               climbs_stairs = excluded.climbs_stairs, updated_at = now()
        """,
        organization_id,
        member_id,
        list(dict.fromkeys(wanted.languages)),
        [str(skill) for skill in dict.fromkeys(wanted.skills)],
        lon,
        lat,
        str(wanted.transport),
        wanted.seats_count,
        wanted.max_travel_km,
        wanted.max_walk_km,
        wanted.climbs_stairs,
    )


async def hold_member(db: Connection, organization_id: UUID, member_id: UUID) -> None:
    """Let nobody else write of this member until the transaction ends.

    Raises
    ------
    NotFoundError
        If there is no such member any more.
    """
    await execute_one(
        db,
        """
        select from member
         where organization_id = $1 and id = $2 and ended_at is null
           for no key update
        """,
        organization_id,
        member_id,
    )


async def replace_hours(
    db: Connection, organization_id: UUID, member_id: UUID, hours: Sequence[Hours]
) -> None:
    await db.execute(
        "delete from volunteer_availability where organization_id = $1 and member_id = $2",
        organization_id,
        member_id,
    )
    weekdays, starts, ends = columns(
        [(one.weekday, one.starts_at_time, one.ends_at_time) for one in hours], 3
    )
    await db.execute(
        """
        insert into volunteer_availability
          (organization_id, member_id, weekday, starts_at_time, ends_at_time)
        select $1, $2, * from unnest($3::smallint[], $4::time[], $5::time[])
        """,
        organization_id,
        member_id,
        weekdays,
        starts,
        ends,
    )


async def replace_exceptions(
    db: Connection, organization_id: UUID, member_id: UUID, days: Sequence[DayException]
) -> None:
    await db.execute(
        "delete from volunteer_exception where organization_id = $1 and member_id = $2",
        organization_id,
        member_id,
    )
    dates, available, starts, ends = columns(
        [(one.on_date, one.available, one.starts_at_time, one.ends_at_time) for one in days], 4
    )
    await db.execute(
        """
        insert into volunteer_exception
          (organization_id, member_id, on_date, available, starts_at_time, ends_at_time)
        select $1, $2, * from unnest($3::date[], $4::boolean[], $5::time[], $6::time[])
        """,
        organization_id,
        member_id,
        dates,
        available,
        starts,
        ends,
    )


async def put_emergency_contact(
    db: Connection, organization_id: UUID, member_id: UUID, contact: EmergencyContact
) -> None:
    await db.execute(
        """
        insert into emergency_contact (organization_id, member_id, name, phone)
        values ($1, $2, $3, $4)
        on conflict (organization_id, member_id) do update
           set name = excluded.name, phone = excluded.phone, updated_at = now()
        """,
        organization_id,
        member_id,
        contact.name,
        contact.phone,
    )


async def delete_emergency_contact(db: Connection, organization_id: UUID, member_id: UUID) -> None:
    await db.execute(
        "delete from emergency_contact where organization_id = $1 and member_id = $2",
        organization_id,
        member_id,
    )


async def emergency_contact(
    db: Connection, organization_id: UUID, member_id: UUID
) -> EmergencyContact | None:
    return await fetch_maybe(
        db,
        EmergencyContact,
        """
        select name, phone
          from emergency_contact
         where organization_id = $1 and member_id = $2
        """,
        organization_id,
        member_id,
    )


async def ties(db: Connection, organization_id: UUID, member_ids: Sequence[UUID]) -> list[Tie]:
    """All ties that one of these members is in; newcomers are tied to who takes them along."""
    return await fetch_all(
        db,
        Tie,
        """
        select member_id, other_id, kind
          from volunteer_tie
         where organization_id = $1
           and (member_id = any($2) or other_id = any($2))
         union
        select least(newcomer_id, buddy_id), greatest(newcomer_id, buddy_id), 'buddy'
          from buddy_pair
         where organization_id = $1
           and ended_at is null
           and (newcomer_id = any($2) or buddy_id = any($2))
         order by member_id, other_id, kind
        """,
        organization_id,
        member_ids,
    )


async def buddies(db: Connection, organization_id: UUID, member_id: UUID) -> list[Buddy]:
    """Whom a volunteer likes to go with, or asked for; not who asked for them."""
    return await fetch_all(
        db,
        Buddy,
        """
        select m.id as member_id, m.name, t.kind
          from volunteer_tie t
          join member m on m.organization_id = t.organization_id
           and m.id = case when t.member_id = $2 then t.other_id else t.member_id end
         where t.organization_id = $1
           and $2 in (t.member_id, t.other_id)
           and (t.kind = 'buddy' or (t.kind = 'asked' and t.set_by = $2))
           and m.ended_at is null
         order by m.name, m.id
        """,
        organization_id,
        member_id,
    )


async def ask(db: Connection, organization_id: UUID, low: UUID, high: UUID, by: UUID) -> None:
    """Note that one asked for the other; where the other had asked, they are buddies now."""
    await db.execute(
        """
        with answered as (
          update volunteer_tie
             set kind = 'buddy', set_by = $4, set_at = now()
           where organization_id = $1 and member_id = $2 and other_id = $3
             and kind = 'asked' and set_by <> $4
          returning 1
        )
        insert into volunteer_tie (organization_id, member_id, other_id, kind, set_by)
        select $1, $2, $3, 'asked', $4
         where not exists (select from answered)
           and not exists (
             select from volunteer_tie
              where organization_id = $1 and member_id = $2 and other_id = $3
                and kind in ('asked', 'buddy'))
        """,
        organization_id,
        low,
        high,
        by,
    )


async def put_tie(
    db: Connection, organization_id: UUID, low: UUID, high: UUID, kind: TieKind, by: UUID
) -> None:
    await db.execute(
        """
        insert into volunteer_tie (organization_id, member_id, other_id, kind, set_by)
        values ($1, $2, $3, $4, $5)
        on conflict (organization_id, member_id, other_id, kind) do nothing
        """,
        organization_id,
        low,
        high,
        str(kind),
        by,
    )


async def delete_ties(
    db: Connection, organization_id: UUID, low: UUID, high: UUID, kinds: Sequence[TieKind]
) -> None:
    await db.execute(
        """
        delete from volunteer_tie
         where organization_id = $1 and member_id = $2 and other_id = $3 and kind = any($4)
        """,
        organization_id,
        low,
        high,
        [str(kind) for kind in kinds],
    )


async def put_training(
    db: Connection,
    organization_id: UUID,
    member_id: UUID,
    training: str,
    done_on: dt.date,
    by: UUID,
) -> None:
    await db.execute(
        """
        insert into training_done (organization_id, member_id, training, done_on, recorded_by)
        values ($1, $2, $3, $4, $5)
        on conflict (organization_id, member_id, training) do update
           set done_on = excluded.done_on, recorded_by = excluded.recorded_by
        """,
        organization_id,
        member_id,
        training,
        done_on,
        by,
    )


async def trainings(db: Connection, organization_id: UUID, member_id: UUID) -> list[TrainingDone]:
    return await fetch_all(
        db,
        TrainingDone,
        """
        select training, done_on, recorded_by
          from training_done
         where organization_id = $1 and member_id = $2
         order by done_on, training
        """,
        organization_id,
        member_id,
    )
