"""Statements about what volunteers did: steps and impact."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.kit.db import Connection, fetch_all
from doorstep.overview.laddering import Facts

CONTACTS = [result.value for result in Result if counts_as_contact(result)]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A time during which a member worked."""

    member_id: UUID
    since: dt.datetime
    until: dt.datetime


class ImpactRow(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one member's work."""

    member_id: UUID
    name: str
    doors_count: int
    conversations_count: int
    issues_count: int
    cases_count: int
    solved_count: int
    told_count: int
    commitments_count: int


async def facts(db: Connection, organization_id: UUID, member_id: UUID | None) -> list[Facts]:
    """What every volunteer did, by name, or one member: volunteers, and who ever signed up."""
    return await fetch_all(
        db,
        Facts,
        """
        select f.member_id, m.name, f.joined_at, f.signed_up_at, f.first_shift_at,
               f.second_shift_at, f.trained_at, f.led_at, f.brought_at
          from volunteer_fact f
          join member m on m.organization_id = f.organization_id and m.id = f.member_id
         where f.organization_id = $1
           and m.ended_at is null
           and case when $2::uuid is null
             then 'volunteer' = any(m.roles) or f.signed_up_at is not null
             else f.member_id = $2 end
         order by m.name, m.id
        """,
        organization_id,
        member_id,
    )


async def spans_of_shift(db: Connection, organization_id: UUID, shift_id: UUID) -> list[Span]:
    """When those who came to a shift were out: half an hour before it to an hour after it."""
    return await fetch_all(
        db,
        Span,
        """
        select g.member_id, s.starts_at - interval '30 minutes' as since,
               s.ends_at + interval '1 hour' as until
          from shift s
          join signup g on g.organization_id = s.organization_id and g.shift_id = s.id
         where s.organization_id = $1 and s.id = $2 and g.state = 'attended'
         order by g.member_id
        """,
        organization_id,
        shift_id,
    )


async def impact(db: Connection, organization_id: UUID, spans: Sequence[Span]) -> list[ImpactRow]:
    """What came of the work of these members in these times, by name."""
    return await fetch_all(
        db,
        ImpactRow,
        """
        with deed as materialized (
          select member_id, pass_id, door_id, attempt_id, result, issue_id, case_id
            from volunteer_deed($1, $2::uuid[], $3::timestamptz[], $4::timestamptz[])
        ),
        -- A case that was merged since goes on as another, which has its issues.
        ended as (
          select d.member_id, k.id, k.commitment_id,
                 k.outcome in ('fixed', 'answered') as solved,
                 k.status in ('told', 'confirmed') as told
            from (select distinct member_id, case_id from deed where case_id is not null) d
            join issue_case k on k.organization_id = $1 and k.id = d.case_id
        )
        select m.id as member_id, m.name,
               count(distinct (d.pass_id, d.door_id)) filter (where d.attempt_id is not null)
                 as doors_count,
               count(*) filter (where d.result = any($5::text[])) as conversations_count,
               count(d.issue_id) as issues_count,
               count(distinct d.case_id) as cases_count,
               (select count(*) from ended e where e.member_id = m.id and e.solved) as solved_count,
               (select count(*) from ended e where e.member_id = m.id and e.told) as told_count,
               (select count(distinct c.id)
                  from ended e
                  join commitment c on c.organization_id = $1 and c.id = e.commitment_id
                   and c.status <> 'draft'
                 where e.member_id = m.id) as commitments_count
          from member m
          left join deed d on d.member_id = m.id
         where m.organization_id = $1 and m.id = any($2::uuid[])
         group by m.id, m.name
         order by m.name, m.id
        """,
        organization_id,
        [span.member_id for span in spans],
        [span.since for span in spans],
        [span.until for span in spans],
        CONTACTS,
    )
