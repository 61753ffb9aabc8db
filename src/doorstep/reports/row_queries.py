"""Statements that give the rows behind a figure, in an order that stays as one pages through."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all
from doorstep.reports.model import FigureRow


class AnswerGiven(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said last to a question, and what is known of them for comparing."""

    event_id: UUID
    door_id: UUID
    person_id: UUID | None
    script_id: UUID
    script_version: int
    question_key: str
    value: Any
    sensitive: bool
    occurred_at: dt.datetime
    member: str
    turf: str | None
    street: str
    house_number: str
    unit: str
    precinct: str
    lon: float
    lat: float
    birth_year: int | None
    attributes: dict[str, Any] | None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Of what a figure is: the pass, unless one of these says less."""

    turf_id: UUID | None = None
    no_turf: bool = False
    precinct: str | None = None
    member_id: UUID | None = None
    day: dt.date | None = None


async def door_rows(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    group: Group,
    figure: str,
    limit: int,
    offset: int,
) -> list[FigureRow]:
    """The doors of a pass, turf or precinct; for figures of people those behind them, by id.

    Names are not a report's to tell.
    """
    return await fetch_all(
        db,
        FigureRow,
        """
        select d.door_id, null::uuid as event_id, p.id as person_id, turf.name as turf,
               a.street, a.house_number, door.unit, a.precinct, d.last_result as result,
               d.last_attempt_at as at, null::text as member
          from tallied_door d
          join door on door.organization_id = $1 and door.id = d.door_id
          join address a on a.organization_id = $1 and a.id = door.address_id
          left join turf on turf.organization_id = $1 and turf.id = d.turf_id
          left join household h on h.organization_id = $1
                               and h.door_id = d.door_id
                               and $6::text in ('people', 'people_reached')
          left join person p on p.organization_id = $1 and p.household_id = h.id
         where d.organization_id = $1
           and d.pass_id = $2
           and ($3::uuid is null or d.turf_id = $3)
           and (not $4::boolean or d.turf_id is null)
           and ($5::text is null or d.precinct = $5)
           and case $6::text
                 when 'attempted' then d.attempts_count > 0
                 when 'contacted' then d.contacts_count > 0
                 when 'done' then d.done
                 when 'people' then p.id is not null
                 when 'people_reached' then d.contacts_count > 0 and p.id is not null
                 else true end
         order by d.door_id, p.id
         limit $7 offset $8
        """,
        organization_id,
        pass_id,
        group.turf_id,
        group.no_turf,
        group.precinct,
        figure,
        limit,
        offset,
    )


async def tried_door_rows(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    group: Group,
    figure: str,
    limit: int,
    offset: int,
) -> list[FigureRow]:
    """The doors of a volunteer or a day, or the people behind them.

    Of a volunteer also those that they hold now and have not tried. A day is looked up by its
    members, as attempts are found by member and day.
    """
    return await fetch_all(
        db,
        FigureRow,
        """
        with tried as (
          select t.door_id, bool_or(t.contact) as contacted,
                 (array_agg(t.result order by t.occurred_at desc, t.event_id desc))[1] in
                   ('canvassed', 'refused', 'moved', 'deceased', 'do_not_contact') as done
            from tallied_attempt t
           where t.organization_id = $1
             and t.pass_id = $2
             and ($3::uuid is null or t.member_id = $3)
             and ($4::date is null
               or t.attempted_on = $4 and t.member_id = any(array(
                 select member_id
                   from tallied_stint
                  where organization_id = $1
                    and pass_id = $2
                    and worked_on = $4
                    and of = 'pass')))
           group by t.door_id
        ),
        share as (
          select door_id, true as attempted, contacted, done
            from tried
           union all
          select d.door_id, false, false, false
            from assignment a
            join tallied_door d on d.organization_id = $1
                               and d.pass_id = $2
                               and d.turf_id = a.turf_id
           where a.organization_id = $1
             and a.member_id = $3
             and a.ended_at is null
             and a.expires_at > now()
             and d.door_id not in (select door_id from tried)
        )
        select s.door_id, null::uuid as event_id, p.id as person_id, turf.name as turf,
               a.street, a.house_number, door.unit, a.precinct, d.last_result as result,
               d.last_attempt_at as at, null::text as member
          from share s
          join tallied_door d on d.organization_id = $1
                             and d.pass_id = $2
                             and d.door_id = s.door_id
          join door on door.organization_id = $1 and door.id = s.door_id
          join address a on a.organization_id = $1 and a.id = door.address_id
          left join turf on turf.organization_id = $1 and turf.id = d.turf_id
          left join household h on h.organization_id = $1
                               and h.door_id = s.door_id
                               and $5::text in ('people', 'people_reached')
          left join person p on p.organization_id = $1 and p.household_id = h.id
         where case $5::text
                 when 'attempted' then s.attempted
                 when 'contacted' then s.contacted
                 when 'done' then s.done
                 when 'people' then p.id is not null
                 when 'people_reached' then s.contacted and p.id is not null
                 else true end
         order by s.door_id, p.id
         limit $6 offset $7
        """,
        organization_id,
        pass_id,
        group.member_id,
        group.day,
        figure,
        limit,
        offset,
    )


async def attempt_rows(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    group: Group,
    figure: str,
    limit: int,
    offset: int,
) -> list[FigureRow]:
    """Attempts; those of a turf or precinct are looked up by its doors."""
    return await fetch_all(
        db,
        FigureRow,
        """
        select t.door_id, t.event_id, null::uuid as person_id, turf.name as turf,
               a.street, a.house_number, door.unit, a.precinct, t.result, t.occurred_at as at,
               m.name as member
          from tallied_attempt t
          join door on door.organization_id = $1 and door.id = t.door_id
          join address a on a.organization_id = $1 and a.id = door.address_id
          join member m on m.organization_id = $1 and m.id = t.member_id
          left join turf on turf.organization_id = $1 and turf.id = t.turf_id
         where t.organization_id = $1
           and t.pass_id = $2
           and ($3::uuid is null and not $4::boolean and $5::text is null
             or t.door_id = any(array(
               select d.door_id
                 from tallied_door d
                where d.organization_id = $1
                  and d.pass_id = $2
                  and ($3::uuid is null or d.turf_id = $3)
                  and (not $4::boolean or d.turf_id is null)
                  and ($5::text is null or d.precinct = $5))))
           and ($6::uuid is null or t.member_id = $6)
           and ($7::date is null
             or t.attempted_on = $7 and t.member_id = any(array(
               select member_id
                 from tallied_stint
                where organization_id = $1
                  and pass_id = $2
                  and worked_on = $7
                  and of = 'pass')))
           and case $8::text
                 when 'contacts' then t.contact
                 when 'second_tries' then t.second_try
                 when 'second_contacts' then t.second_try and t.contact
                 else true end
         order by t.door_id, t.event_id
         limit $9 offset $10
        """,
        organization_id,
        pass_id,
        group.turf_id,
        group.no_turf,
        group.precinct,
        group.member_id,
        group.day,
        figure,
        limit,
        offset,
    )


async def answers_given(
    db: Connection,
    organization_id: UUID,
    pass_id: UUID,
    question_keys: list[str] | None,
) -> list[AnswerGiven]:
    """The last answer per person (per door, if nobody was named) and question."""
    return await fetch_all(
        db,
        AnswerGiven,
        """
        with answer as (
          select c.answer_id as event_id, c.door_id, c.person_id, c.script_id, c.script_version,
                 c.question_key, c.value, c.sensitive, e.occurred_at, e.member_id
            from counted_answer($1, $2, null) c
            join contact_event e on e.organization_id = $1 and e.id = c.answer_id
           where $3::text[] is null or c.question_key = any($3)
        )
        select w.event_id, w.door_id, w.person_id, w.script_id, w.script_version,
               w.question_key, w.value, w.sensitive, w.occurred_at, m.name as member,
               turf.name as turf, a.street, a.house_number, door.unit, a.precinct,
               a.lon, a.lat, p.birth_year, p.attributes
          from answer w
          join member m on m.organization_id = $1 and m.id = w.member_id
          join door on door.organization_id = $1 and door.id = w.door_id
          join address a on a.organization_id = $1 and a.id = door.address_id
          left join person p on p.organization_id = $1 and p.id = w.person_id
          left join tallied_door d on d.organization_id = $1
                                  and d.pass_id = $2
                                  and d.door_id = w.door_id
          left join turf on turf.organization_id = $1 and turf.id = d.turf_id
         order by w.door_id, w.event_id
        """,
        organization_id,
        pass_id,
        question_keys,
    )


async def sensitive_attributes(db: Connection, organization_id: UUID) -> set[str]:
    """Kept columns that are opinions."""
    rows = await db.fetch(
        "select key from attribute where organization_id = $1 and sensitive", organization_id
    )
    return {row["key"] for row in rows}
