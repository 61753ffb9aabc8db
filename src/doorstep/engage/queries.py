"""Every statement about commitments and decisions."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from doorstep.engage.model import (
    Commitment,
    CommitmentCreate,
    CommitmentUpdate,
    Decision,
    DecisionCreate,
    Evidence,
    Source,
    Status,
    UpdateKind,
)
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one


class UpdateOf(CommitmentUpdate, frozen=True, kw_only=True):
    """An update and what it is of."""

    commitment_id: UUID


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment that nobody else changes until the transaction ends."""

    id: UUID
    title: str
    text: str
    occasion: str
    due_on: dt.date | None
    status: Status
    updates_count: int


async def commitments(
    db: Connection,
    organization_id: UUID,
    commitment_id: UUID | None,
    status: Status | None,
    limit: int | None,
    offset: int,
    *,
    now: dt.datetime,
) -> list[Commitment]:
    """The latest changed first."""
    return await fetch_all(
        db,
        Commitment,
        """
        select c.id, c.slug, c.title, c.text, c.occasion, c.source, c.source_id, c.due_on,
               c.status,
               c.status in ('published', 'in_progress', 'stalled')
                 and coalesce(($6::timestamptz at time zone o.time_zone)::date > c.due_on, false)
                 as overdue,
               raised.count as raised_count, c.created_by, c.created_at, c.published_at,
               greatest(c.created_at, c.published_at, latest.at) as updated_at
          from commitment c
          join organization o on o.id = c.organization_id
         cross join lateral (
           select max(u.created_at) as at
             from commitment_update u
            where u.organization_id = c.organization_id and u.commitment_id = c.id) latest
         cross join lateral (
           select count(distinct coalesce(r.person_id, r.door_id))
             from issue_case k
             join issue_report r on r.organization_id = k.organization_id and r.case_id = k.id
            where k.organization_id = c.organization_id and k.commitment_id = c.id) raised
         where c.organization_id = $1
           and ($2::uuid is null or c.id = $2)
           and ($3::text is null or c.status = $3)
         order by updated_at desc, c.id desc
         limit $4 offset $5
        """,
        organization_id,
        commitment_id,
        status,
        limit,
        offset,
        now,
    )


async def updates_of(
    db: Connection, organization_id: UUID, commitment_ids: Sequence[UUID]
) -> list[UpdateOf]:
    """The earliest of each first."""
    return await fetch_all(
        db,
        UpdateOf,
        """
        select commitment_id, number, created_at as at, kind, status_before, status_after, reason,
               evidence, corrects, changed
          from commitment_update
         where organization_id = $1 and commitment_id = any($2)
         order by commitment_id, number
        """,
        organization_id,
        commitment_ids,
    )


async def commitment_from(
    db: Connection, organization_id: UUID, source: Source, source_id: UUID
) -> UUID | None:
    return await db.fetchval(
        """
        select id
          from commitment
         where organization_id = $1 and source = $2 and source_id = $3
        """,
        organization_id,
        source,
        source_id,
    )


async def insert_commitment(
    db: Connection,
    organization_id: UUID,
    commitment_id: UUID,
    slug: str,
    created_by: UUID | None,
    source: Source,
    source_id: UUID | None,
    wanted: CommitmentCreate,
) -> bool:
    """Whether it is there now: not where the slug is taken."""
    done = await db.execute(
        """
        insert into commitment
          (organization_id, id, slug, created_by, source, source_id, title, text, occasion, due_on)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (organization_id, slug) do nothing
        """,
        organization_id,
        commitment_id,
        slug,
        created_by,
        source,
        source_id,
        wanted.title,
        wanted.text,
        wanted.occasion,
        wanted.due_on,
    )
    return done.endswith(" 1")


async def hold_commitment(db: Connection, organization_id: UUID, commitment_id: UUID) -> Held:
    return await fetch_one(
        db,
        Held,
        """
        select c.id, c.title, c.text, c.occasion, c.due_on, c.status,
               (select count(*) from commitment_update u
                 where u.organization_id = c.organization_id and u.commitment_id = c.id)
                 as updates_count
          from commitment c
         where c.organization_id = $1 and c.id = $2
           for update of c
        """,
        organization_id,
        commitment_id,
    )


async def put_commitment(
    db: Connection,
    organization_id: UUID,
    commitment_id: UUID,
    title: str,
    text: str,
    occasion: str,
    due_on: dt.date | None,
    status: Status,
) -> None:
    await execute_one(
        db,
        """
        update commitment
           set title = $3, text = $4, occasion = $5, due_on = $6, status = $7,
               published_at = case when $7 = 'draft' then null
                                   else coalesce(published_at, now()) end
         where organization_id = $1 and id = $2
        """,
        organization_id,
        commitment_id,
        title,
        text,
        occasion,
        due_on,
        status,
    )


async def insert_update(
    db: Connection,
    organization_id: UUID,
    commitment_id: UUID,
    number: int,
    kind: UpdateKind,
    before: Status,
    after: Status,
    reason: str,
    evidence: Sequence[Evidence],
    corrects: int | None,
    changed: Mapping[str, tuple[str | None, str | None]],
    created_by: UUID | None,
) -> None:
    await db.execute(
        """
        insert into commitment_update
          (organization_id, commitment_id, number, kind, status_before, status_after, reason,
           evidence, corrects, changed, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp())
        """,
        organization_id,
        commitment_id,
        number,
        kind,
        before,
        after,
        reason,
        evidence,
        corrects,
        changed,
        created_by,
    )


async def insert_decision(
    db: Connection,
    organization_id: UUID,
    decision_id: UUID,
    slug: str,
    created_by: UUID | None,
    wanted: DecisionCreate,
) -> bool:
    """Whether it is there now: not where its slug, or what it takes the place of, is taken."""
    done = await db.execute(
        """
        insert into decision
          (organization_id, id, slug, created_by, question, options, choice, reasons, consulted,
           evidence, decided_on, supersedes_id, commitment_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict do nothing
        """,
        organization_id,
        decision_id,
        slug,
        created_by,
        wanted.question,
        wanted.options,
        wanted.choice,
        wanted.reasons,
        wanted.consulted,
        wanted.evidence,
        wanted.decided_on,
        wanted.supersedes_id,
        wanted.commitment_id,
    )
    return done.endswith(" 1")


async def is_superseded(db: Connection, organization_id: UUID, decision_id: UUID) -> bool:
    return await db.fetchval(
        """
        select exists (
          select from decision where organization_id = $1 and supersedes_id = $2)
        """,
        organization_id,
        decision_id,
    )


async def decisions(
    db: Connection,
    organization_id: UUID,
    decision_id: UUID | None,
    limit: int | None,
    offset: int,
) -> list[Decision]:
    """The latest first; a commitment that is still a draft is not named."""
    return await fetch_all(
        db,
        Decision,
        """
        select d.id, d.slug, d.question, d.options, d.choice, d.reasons, d.consulted, d.evidence,
               d.decided_on, d.created_at as published_at, before.slug as supersedes,
               after.slug as superseded_by, c.slug as commitment, d.created_by
          from decision d
          left join decision before on before.organization_id = d.organization_id
                                   and before.id = d.supersedes_id
          left join decision after on after.organization_id = d.organization_id
                                  and after.supersedes_id = d.id
          left join commitment c on c.organization_id = d.organization_id
                                and c.id = d.commitment_id
                                and c.status <> 'draft'
         where d.organization_id = $1 and ($2::uuid is null or d.id = $2)
         order by d.decided_on desc, d.id desc
         limit $3 offset $4
        """,
        organization_id,
        decision_id,
        limit,
        offset,
    )


async def who_is_named(db: Connection, organization_id: UUID, text: str) -> str | None:
    """By what a text gives away somebody who lives behind a door: email, phone or name."""
    return await db.fetchval(
        """
        select case
                 when p.email <> '' and position(lower(p.email) in t.lower) > 0 then 'email'
                 when length(p.digits) >= 6 and position(right(p.digits, 9) in t.digits) > 0
                 then 'phone'
                 else 'name' end as by
          from (select lower($2) as lower, regexp_replace($2, '\\D', '', 'g') as digits) t
          join (
            select email, regexp_replace(coalesce(phone, ''), '\\D', '', 'g') as digits,
                   lower(given_name || ' ' || family_name) as name,
                   given_name <> '' and family_name <> '' as named
              from person
             where organization_id = $1 and erased_at is null) p
            on p.email <> '' and position(lower(p.email) in t.lower) > 0
            or length(p.digits) >= 6 and position(right(p.digits, 9) in t.digits) > 0
            or p.named and position(p.name in t.lower) > 0
         order by by
         limit 1
        """,
        organization_id,
        text,
    )
