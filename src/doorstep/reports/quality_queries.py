"""Statements that find what may be wrong with the data of a pass."""

from uuid import UUID

from doorstep.kit.db import Connection, fetch_all
from doorstep.reports.model import FigureRow, ImportQuality

# A walk between two doors takes a minute at least, and the fewest talks are that short.
HASTY_PER_HOUR = 45
HASTY_VISITS = 10
OUT_OF_DATE_MONTHS = 24


async def doubtful_rows(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    figure: str,
    limit: int,
    offset: int,
) -> list[FigureRow]:
    """Doors that lack or share something; alike are those whose addresses read the same."""
    return await fetch_all(
        db,
        FigureRow,
        """
        with alike as (
          select w.id
            from (
              select d.id, count(*) over (partition by a.match_key, a.city, d.unit_key) as count
                from tallied_door t
                join door d on d.organization_id = $1 and d.id = t.door_id
                join address a on a.organization_id = $1 and a.id = d.address_id
               where t.organization_id = $1
                 and t.pass_id = $2
                 and $3::text = 'doors_looking_alike'
                 and a.match_key <> '') w
           where w.count > 1
        )
        select t.door_id, null::uuid as event_id, null::uuid as person_id, turf.name as turf,
               a.street, a.house_number, d.unit, a.precinct, t.last_result as result,
               t.last_attempt_at as at, null::text as member
          from tallied_door t
          join door d on d.organization_id = $1 and d.id = t.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
          left join turf on turf.organization_id = $1 and turf.id = t.turf_id
         where t.organization_id = $1
           and t.pass_id = $2
           and case $3::text
                 when 'doors_without_people' then t.people_count = 0
                 when 'doors_without_place' then a.lon = 0 and a.lat = 0
                 when 'doors_without_precinct' then a.precinct = ''
                 when 'doors_looking_alike' then d.id in (select id from alike)
                 else false end
         order by t.door_id
         limit $4 offset $5
        """,
        organization_id,
        pass_id,
        figure,
        limit,
        offset,
    )


async def doubtful_people(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    figure: str,
    limit: int,
    offset: int,
) -> list[FigureRow]:
    """People whose birth year is not known, or whose row was last true long ago."""
    return await fetch_all(
        db,
        FigureRow,
        """
        select t.door_id, null::uuid as event_id, p.id as person_id, turf.name as turf,
               a.street, a.house_number, d.unit, a.precinct, t.last_result as result,
               p.changed_at as at, null::text as member
          from tallied_door t
          join household h on h.organization_id = $1 and h.door_id = t.door_id
          join person p on p.organization_id = $1 and p.household_id = h.id
          join door d on d.organization_id = $1 and d.id = t.door_id
          join address a on a.organization_id = $1 and a.id = d.address_id
          left join turf on turf.organization_id = $1 and turf.id = t.turf_id
         where t.organization_id = $1
           and t.pass_id = $2
           and case $3::text
                 when 'people_without_birth_year' then p.birth_year is null
                 when 'people_out_of_date'
                   then p.changed_at < now() - make_interval(months => $4)
                 else false end
         order by t.door_id, p.id
         limit $5 offset $6
        """,
        organization_id,
        pass_id,
        figure,
        OUT_OF_DATE_MONTHS,
        limit,
        offset,
    )


async def hasty_attempts(
    db: Connection, organization_id: UUID, pass_id: UUID, limit: int, offset: int
) -> list[FigureRow]:
    """The attempts of days on which somebody was at more doors than one can walk to."""
    return await fetch_all(
        db,
        FigureRow,
        """
        select t.door_id, t.event_id, null::uuid as person_id, turf.name as turf,
               a.street, a.house_number, door.unit, a.precinct, t.result, t.occurred_at as at,
               m.name as member
          from tallied_stint s
          join tallied_attempt t on t.organization_id = $1
                                and t.pass_id = $2
                                and t.member_id = s.member_id
                                and t.attempted_on = s.worked_on
          join door on door.organization_id = $1 and door.id = t.door_id
          join address a on a.organization_id = $1 and a.id = door.address_id
          join member m on m.organization_id = $1 and m.id = t.member_id
          left join turf on turf.organization_id = $1 and turf.id = t.turf_id
         where s.organization_id = $1
           and s.pass_id = $2
           and s.of = 'pass'
           and s.visits_count >= $3
           and s.visits_count * 3600000000 > s.worked_us * $4::bigint
         order by t.door_id, t.event_id
         limit $5 offset $6
        """,
        organization_id,
        pass_id,
        HASTY_VISITS,
        HASTY_PER_HOUR,
        limit,
        offset,
    )


async def quality_counts(db: Connection, organization_id: UUID, pass_id: UUID) -> dict[str, int]:
    """How many rows each of the statements above gives."""
    row = await db.fetchrow(
        """
        with place as (
          select t.door_id, t.people_count, a.lon, a.lat, a.precinct, a.match_key,
                 count(*) over (partition by a.match_key, a.city, d.unit_key) as alike_count
            from tallied_door t
            join door d on d.organization_id = $1 and d.id = t.door_id
            join address a on a.organization_id = $1 and a.id = d.address_id
           where t.organization_id = $1 and t.pass_id = $2
        ),
        doors as (
          select count(*) filter (where people_count = 0) as doors_without_people,
                 count(*) filter (where lon = 0 and lat = 0) as doors_without_place,
                 count(*) filter (where precinct = '') as doors_without_precinct,
                 count(*) filter (where alike_count > 1 and match_key <> '')
                   as doors_looking_alike
            from place
        ),
        people as (
          select count(*) filter (where p.birth_year is null) as people_without_birth_year,
                 count(*) filter (where p.changed_at < now() - make_interval(months => $3))
                   as people_out_of_date
            from tallied_door t
            join household h on h.organization_id = $1 and h.door_id = t.door_id
            join person p on p.organization_id = $1 and p.household_id = h.id
           where t.organization_id = $1 and t.pass_id = $2
        ),
        hasty as (
          select count(*) as hasty_attempts
            from tallied_stint s
            join tallied_attempt t on t.organization_id = $1
                                  and t.pass_id = $2
                                  and t.member_id = s.member_id
                                  and t.attempted_on = s.worked_on
           where s.organization_id = $1
             and s.pass_id = $2
             and s.of = 'pass'
             and s.visits_count >= $4
             and s.visits_count * 3600000000 > s.worked_us * $5::bigint
        )
        select * from doors, people, hasty
        """,
        organization_id,
        pass_id,
        OUT_OF_DATE_MONTHS,
        HASTY_VISITS,
        HASTY_PER_HOUR,
    )
    assert row is not None  # noqa: S101 - counting gives a row of nothing, too
    return dict(row)


async def imports(db: Connection, organization_id: UUID) -> list[ImportQuality]:
    """The last hundred files, the newest first."""
    return await fetch_all(
        db,
        ImportQuality,
        """
        select id, file_name, created_at, row_count, rejected_count,
               rejected_count::double precision / nullif(row_count, 0) as reject_rate
          from import_run
         where organization_id = $1 and state = 'done' and not dry_run
         order by created_at desc, id desc
         limit 100
        """,
        organization_id,
    )
