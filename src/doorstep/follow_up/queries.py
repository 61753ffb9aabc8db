"""Statements about topics and cases."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.follow_up.model import (
    Case,
    CaseChange,
    CaseNote,
    CaseStatus,
    ChangeKind,
    Outcome,
    Topic,
    TopicCreate,
)
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one


class HeldCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case that nobody else changes until the transaction ends."""

    id: UUID
    topic_id: UUID
    status: CaseStatus
    owner_id: UUID | None
    due_on: dt.date
    duplicate_of_id: UUID | None
    due_days: int
    today: dt.date


async def topics(
    db: Connection, organization_id: UUID, topic_id: UUID | None, *, archived: bool
) -> list[Topic]:
    """By name."""
    return await fetch_all(
        db,
        Topic,
        """
        select id, name, owner_member_id, owner_role, due_days, archived_at
          from issue_topic
         where organization_id = $1
           and ($2::uuid is null or id = $2)
           and ($3 or archived_at is null)
         order by lower(name), id
        """,
        organization_id,
        topic_id,
        archived,
    )


async def insert_topic(
    db: Connection, organization_id: UUID, topic_id: UUID, wanted: TopicCreate
) -> bool:
    """Whether it is there now: not where another has its name."""
    done = await db.execute(
        """
        insert into issue_topic
          (organization_id, id, name, owner_member_id, owner_role, due_days)
        values ($1, $2, $3, $4, $5, $6)
            on conflict do nothing
        """,
        organization_id,
        topic_id,
        wanted.name,
        wanted.owner_member_id,
        wanted.owner_role,
        wanted.due_days,
    )
    return done.endswith(" 1")


async def put_topic(db: Connection, organization_id: UUID, topic: Topic) -> bool:
    """Whether it is so now: not where another has its name."""
    done = await db.execute(
        """
        update issue_topic t
           set name = $3, owner_member_id = $4, owner_role = $5, due_days = $6, archived_at = $7
         where t.organization_id = $1
           and t.id = $2
           and not exists (
             select from issue_topic o
              where o.organization_id = $1
                and o.id <> $2
                and o.archived_at is null
                and $7::timestamptz is null
                and lower(o.name) = lower($3))
        """,
        organization_id,
        topic.id,
        topic.name,
        topic.owner_member_id,
        topic.owner_role,
        topic.due_days,
        topic.archived_at,
    )
    return done.endswith(" 1")


async def owner_for(db: Connection, organization_id: UUID, topic_id: UUID) -> UUID | None:
    """Who takes on a new case of a topic; of several, who has the fewest open ones."""
    return await db.fetchval(
        """
        select m.id
          from issue_topic t
          join member m on m.organization_id = t.organization_id
                       and m.ended_at is null
                       and (m.id = t.owner_member_id or t.owner_role = any (m.roles))
          left join lateral (
            select count(*) as count
              from issue_case k
             where k.organization_id = m.organization_id
               and k.owner_id = m.id
               and k.status not in ('resolved', 'told', 'confirmed')) open on true
         where t.organization_id = $1 and t.id = $2
         order by open.count, m.id
         limit 1
        """,
        organization_id,
        topic_id,
    )


async def insert_case(
    db: Connection,
    organization_id: UUID,
    case_id: UUID,
    topic_id: UUID,
    owner_id: UUID | None,
) -> None:
    """As new, or assigned where there is an owner."""
    await execute_one(
        db,
        """
        insert into issue_case
          (organization_id, id, topic_id, status, owner_id, due_on, first_owned_at)
        select $1, $2, t.id, case when $4::uuid is null then 'new' else 'assigned' end, $4,
               (now() at time zone o.time_zone)::date + t.due_days,
               case when $4::uuid is not null then now() end
          from issue_topic t
          join organization o on o.id = t.organization_id
         where t.organization_id = $1 and t.id = $3
        """,
        organization_id,
        case_id,
        topic_id,
        owner_id,
    )


async def cases(
    db: Connection,
    organization_id: UUID,
    case_id: UUID | None,
    owner_id: UUID | None,
    seen_by: UUID | None,
    status: CaseStatus | None,
    topic_id: UUID | None,
    limit: int,
    offset: int,
    *,
    unowned: bool = False,
    overdue: bool = False,
    only_open: bool = False,
) -> list[Case]:
    """What is due first comes first; ``seen_by`` sees their own and those without an owner."""
    return await fetch_all(
        db,
        Case,
        """
        select k.id, k.topic_id, t.name as topic, k.status, k.owner_id, k.due_on, late.overdue,
               k.outcome, k.reason, k.duplicate_of_id, k.commitment_id, k.round as reopened_count,
               raised.count as raisers_count, told.count as told_count, k.created_at,
               k.resolved_at, k.told_at, k.confirmed_at
          from issue_case k
          join organization o on o.id = k.organization_id
          join issue_topic t on t.organization_id = k.organization_id and t.id = k.topic_id
         cross join lateral (
           select k.status not in ('resolved', 'told', 'confirmed') as open) now
         cross join lateral (
           select now.open and (now() at time zone o.time_zone)::date > k.due_on as overdue) late
         cross join lateral (
           select count(*) as count from case_raiser r
            where r.organization_id = k.organization_id and r.case_id = k.id) raised
         cross join lateral (
           select count(*) as count from raiser_told r
            where r.organization_id = k.organization_id and r.case_id = k.id and r.told) told
         where k.organization_id = $1
           and ($2::uuid is null or k.id = $2)
           and ($3::uuid is null or k.owner_id = $3)
           and ($4::uuid is null or k.owner_id is null or k.owner_id = $4)
           and ($5::text is null or k.status = $5)
           and ($6::uuid is null or k.topic_id = $6)
           and (not $9 or k.owner_id is null)
           and (not $10 or late.overdue)
           and (not $11 or now.open)
         order by k.due_on, k.created_at, k.id
         limit $7 offset $8
        """,
        organization_id,
        case_id,
        owner_id,
        seen_by,
        status,
        topic_id,
        limit,
        offset,
        unowned,
        overdue,
        only_open,
    )


async def changes_of_case(db: Connection, organization_id: UUID, case_id: UUID) -> list[CaseChange]:
    """The earliest first."""
    return await fetch_all(
        db,
        CaseChange,
        """
        select at, kind, status_before, status_after, reason, member_id, person_id, guest_id,
               other_id
          from case_change
         where organization_id = $1 and case_id = $2
         order by id
        """,
        organization_id,
        case_id,
    )


async def notes_of_case(db: Connection, organization_id: UUID, case_id: UUID) -> list[CaseNote]:
    """The earliest first."""
    return await fetch_all(
        db,
        CaseNote,
        """
        select id, text, written_by, written_at
          from case_note
         where organization_id = $1 and case_id = $2
         order by written_at, id
        """,
        organization_id,
        case_id,
    )


async def insert_note(
    db: Connection,
    organization_id: UUID,
    note_id: UUID,
    case_id: UUID,
    text: str,
    written_by: UUID,
) -> None:
    await db.execute(
        """
        insert into case_note (organization_id, id, case_id, text, written_by)
        values ($1, $2, $3, $4, $5)
        """,
        organization_id,
        note_id,
        case_id,
        text,
        written_by,
    )


async def hold_case(
    db: Connection, organization_id: UUID, case_id: UUID, seen_by: UUID | None
) -> HeldCase:
    return await fetch_one(
        db,
        HeldCase,
        """
        select k.id, k.topic_id, k.status, k.owner_id, k.due_on, k.duplicate_of_id, t.due_days,
               (now() at time zone o.time_zone)::date as today
          from issue_case k
          join organization o on o.id = k.organization_id
          join issue_topic t on t.organization_id = k.organization_id and t.id = k.topic_id
         where k.organization_id = $1
           and k.id = $2
           and ($3::uuid is null or k.owner_id is null or k.owner_id = $3)
           for update of k
        """,
        organization_id,
        case_id,
        seen_by,
    )


async def give_case(
    db: Connection,
    organization_id: UUID,
    case_id: UUID,
    owner_id: UUID,
    due_on: dt.date,
    status: CaseStatus,
) -> None:
    """To somebody who is still a member."""
    await execute_one(
        db,
        """
        update issue_case k
           set owner_id = m.id, due_on = $4, status = $5,
               first_owned_at = coalesce(k.first_owned_at, now())
          from member m
         where k.organization_id = $1
           and k.id = $2
           and m.organization_id = $1
           and m.id = $3
           and m.ended_at is null
           and m.roles && array['owner', 'organizer', 'coordinator', 'caseworker']
        """,
        organization_id,
        case_id,
        owner_id,
        due_on,
        status,
    )


async def move_case(
    db: Connection, organization_id: UUID, case_id: UUID, status: CaseStatus
) -> None:
    """To a status that needs nothing more."""
    await execute_one(
        db,
        """
        update issue_case
           set status = $3, confirmed_at = case when $3 = 'confirmed' then now() end
         where organization_id = $1 and id = $2
        """,
        organization_id,
        case_id,
        status,
    )


async def resolve_case(
    db: Connection,
    organization_id: UUID,
    case_id: UUID,
    outcome: Outcome,
    reason: str,
    duplicate_of_id: UUID | None,
    owner_id: UUID,
) -> None:
    await execute_one(
        db,
        """
        update issue_case
           set status = 'resolved', outcome = $3, reason = $4, duplicate_of_id = $5,
               owner_id = coalesce(owner_id, $6), resolved_at = now()
         where organization_id = $1 and id = $2
        """,
        organization_id,
        case_id,
        outcome,
        reason,
        duplicate_of_id,
        owner_id,
    )


async def reopen_case(
    db: Connection, organization_id: UUID, case_id: UUID, due_on: dt.date
) -> None:
    await execute_one(
        db,
        """
        update issue_case
           set status = 'reopened', round = round + 1, due_on = $3, outcome = null, reason = null,
               resolved_at = null, told_at = null, confirmed_at = null
         where organization_id = $1 and id = $2
        """,
        organization_id,
        case_id,
        due_on,
    )


async def put_commitment(
    db: Connection, organization_id: UUID, case_id: UUID, commitment_id: UUID
) -> None:
    await execute_one(
        db,
        """
        update issue_case
           set commitment_id = $3
         where organization_id = $1 and id = $2
        """,
        organization_id,
        case_id,
        commitment_id,
    )


async def insert_change(
    db: Connection,
    organization_id: UUID,
    case_id: UUID,
    kind: ChangeKind,
    before: CaseStatus | None,
    after: CaseStatus,
    reason: str = "",
    *,
    member_id: UUID | None = None,
    person_id: UUID | None = None,
    guest_id: UUID | None = None,
    other_id: UUID | None = None,
) -> None:
    await db.execute(
        """
        insert into case_change
          (organization_id, case_id, kind, status_before, status_after, reason, member_id,
           person_id, guest_id, other_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        organization_id,
        case_id,
        kind,
        before,
        after,
        reason,
        member_id,
        person_id,
        guest_id,
        other_id,
    )


async def survivor(db: Connection, organization_id: UUID, case_id: UUID) -> UUID:
    """The case that goes on with this one."""
    row = await fetch_one(
        db,
        _Survivor,
        """
        select coalesce(duplicate_of_id, id) as id
          from issue_case
         where organization_id = $1 and id = $2
        """,
        organization_id,
        case_id,
    )
    return row.id


class _Survivor(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID


async def see_merged(db: Connection) -> None:
    """Let this transaction see who people who were merged are now."""
    await db.execute("select set_config('doorstep.sees_merged', 'yes', true)")


async def is_published(db: Connection, organization_id: UUID, case_id: UUID) -> bool:
    """Whether everybody may read how this case stands."""
    return await db.fetchval(
        """
        select exists (
          select from case_publication
           where organization_id = $1 and case_id = $2 and withdrawn_at is null)
        """,
        organization_id,
        case_id,
    )
