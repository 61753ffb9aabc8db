"""Statements about issues: who raised what, and which case they came to."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.follow_up.model import (
    Issue,
    IssueRaised,
    IssueTaken,
    MyIssue,
)
from doorstep.kit.db import Connection, fetch_all, fetch_maybe, fetch_one


class Taken(IssueTaken, frozen=True, kw_only=True):
    """An issue that is there, with the hash of how it was sent."""

    payload_hash: bytes


async def issue_taken(db: Connection, organization_id: UUID, issue_id: UUID) -> Taken | None:
    return await fetch_maybe(
        db,
        Taken,
        """
        select r.id, coalesce(first.case_id, r.case_id) as case_id, r.received_at, r.payload_hash
          from issue_report r
          left join lateral (
            select c.case_id
              from case_change c
             where c.organization_id = r.organization_id
               and c.other_id = r.id
               and c.kind = 'raised'
             order by c.id
             limit 1) first on true
         where r.organization_id = $1 and r.id = $2
        """,
        organization_id,
        issue_id,
    )


async def hold_issue(db: Connection, issue_id: UUID) -> None:
    """Who sends the same issue at the same moment waits for the transaction to end."""
    await db.execute(
        "select pg_advisory_xact_lock(hashtextextended('issue ' || $1::text, 0))", str(issue_id)
    )


async def insert_issue(
    db: Connection,
    organization_id: UUID,
    case_id: UUID,
    payload_hash: bytes,
    wanted: IssueRaised,
) -> IssueTaken:
    """As it is taken in; a phone's clock that runs ahead is set right."""
    return await fetch_one(
        db,
        IssueTaken,
        """
        insert into issue_report
          (organization_id, id, case_id, recorded_by, payload_hash, topic_id, source,
           contact_event_id, civic_event_id, door_id, person_id, text, raised_at, guest_id, place,
           place_lon, place_lat)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, least($13, now()), $14, $15,
                $16, $17)
        returning id, case_id, received_at
        """,
        organization_id,
        wanted.id,
        case_id,
        wanted.recorded_by,
        payload_hash,
        wanted.topic_id,
        wanted.source,
        wanted.contact_event_id,
        wanted.civic_event_id,
        wanted.door_id,
        wanted.person_id,
        wanted.text,
        wanted.raised_at,
        wanted.guest_id,
        wanted.place,
        wanted.place_lon,
        wanted.place_lat,
    )


async def my_issues(
    db: Connection, organization_id: UUID, member_id: UUID, limit: int, offset: int
) -> list[MyIssue]:
    """The latest first."""
    return await fetch_all(
        db,
        MyIssue,
        """
        select r.id, t.name as topic, r.door_id, r.raised_at,
               k.status in ('resolved', 'told', 'confirmed') as closed,
               k.status in ('told', 'confirmed') or exists (
                 select from raiser_told o
                  where o.organization_id = r.organization_id
                    and o.case_id = k.id
                    and o.person_id is not distinct from r.person_id
                    and o.guest_id is not distinct from r.guest_id
                    and (num_nonnulls(r.person_id, r.guest_id) > 0 or o.door_id = r.door_id)
                    and o.told) as told
          from issue_report r
          join issue_topic t on t.organization_id = r.organization_id and t.id = r.topic_id
          join issue_case k on k.organization_id = r.organization_id and k.id = r.case_id
         where r.organization_id = $1 and r.recorded_by = $2
         order by r.raised_at desc, r.id desc
         limit $3 offset $4
        """,
        organization_id,
        member_id,
        limit,
        offset,
    )


async def issues_of_case(db: Connection, organization_id: UUID, case_id: UUID) -> list[Issue]:
    """The earliest first."""
    return await fetch_all(
        db,
        Issue,
        """
        select r.id, r.case_id, r.source, r.text, r.door_id, r.person_id,
               coalesce(p.given_name, '') as given_name, coalesce(p.family_name, '') as family_name,
               r.guest_id, coalesce(g.name, '') as guest_name, r.place, r.place_lon, r.place_lat,
               r.contact_event_id, r.civic_event_id, r.recorded_by, m.name as recorded_by_name,
               r.raised_at, r.received_at
          from issue_report r
          left join member m on m.organization_id = r.organization_id and m.id = r.recorded_by
          left join person p on p.organization_id = r.organization_id and p.id = r.person_id
          left join guest g on g.organization_id = r.organization_id and g.id = r.guest_id
         where r.organization_id = $1 and r.case_id = $2
         order by r.raised_at, r.id
        """,
        organization_id,
        case_id,
    )


async def move_issues(
    db: Connection, organization_id: UUID, case_id: UUID, into_case_id: UUID
) -> list[UUID]:
    """What was raised there, with the duplicates of that case; the ids of the reports."""
    rows = await db.fetch(
        """
        with merged as (
          update issue_case
             set duplicate_of_id = $3
           where organization_id = $1 and duplicate_of_id = $2
        )
        update issue_report
           set case_id = $3
         where organization_id = $1 and case_id = $2
        returning id
        """,
        organization_id,
        case_id,
        into_case_id,
    )
    return [row["id"] for row in rows]


async def holds_raiser(
    db: Connection, organization_id: UUID, case_id: UUID, person_id: UUID
) -> bool:
    """Whether this person raised the case."""
    return await db.fetchval(
        """
        select exists (
          select from case_raiser
           where organization_id = $1 and case_id = $2 and person_id = $3)
        """,
        organization_id,
        case_id,
        person_id,
    )


class Flagged(msgspec.Struct, frozen=True, kw_only=True):
    """An answer at a door that raises an issue."""

    answer_id: UUID
    topic_id: UUID
    door_id: UUID
    person_id: UUID | None
    member_id: UUID
    occurred_at: dt.datetime
    text: str


async def organizations_with_flagged(db: Connection) -> list[UUID]:
    """For the worker: where an answer waits to become an issue."""
    rows = await db.fetch(
        "select distinct organization_id from flagged_answer where raised_at is null"
    )
    return [row["organization_id"] for row in rows]


async def take_flagged(db: Connection, organization_id: UUID, limit: int) -> list[Flagged]:
    """The next that nobody has taken on, for this transaction alone; those taken back are done."""
    return await fetch_all(
        db,
        Flagged,
        """
        with taken as (
          select answer_id, topic_id
            from flagged_answer
           where organization_id = $1 and raised_at is null
           order by noted_at
           limit $2
             for update skip locked
        ),
        done as (
          update flagged_answer f
             set raised_at = now()
            from taken
           where f.organization_id = $1
             and f.answer_id = taken.answer_id
             and f.topic_id = taken.topic_id
        )
        select a.answer_id, taken.topic_id, a.door_id, e.person_id, e.member_id, e.occurred_at,
               coalesce(chosen.text, a.value #>> '{}') as text
          from taken
          join survey_answer a on a.organization_id = $1
                              and a.answer_id = taken.answer_id
                              and a.standing
          join contact_event e on e.organization_id = $1
                              and e.id = a.answer_id
                              and e.status = 'accepted'
          join script_version v on v.organization_id = $1
                               and v.script_id = a.script_id
                               and v.version = a.script_version
         cross join lateral (
           select min(option ->> 'text') as text
             from jsonb_array_elements(v.questions) question
            cross join jsonb_array_elements(question -> 'options') option
            where question ->> 'key' = a.question_key
              and option ->> 'topic_id' = taken.topic_id::text) chosen
        """,
        organization_id,
        limit,
    )
