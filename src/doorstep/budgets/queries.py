"""Statements about rounds, their steps and news."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.budgets.model import (
    Loaded,
    Result,
    Round,
    RoundCreate,
    Status,
    Step,
)
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one


async def rounds(db: Connection, organization_id: UUID) -> list[Round]:
    return await fetch_all(
        db,
        Round,
        """
        select id, slug, title, text, amount, currency, country, ballot_kind, most_projects,
               most_amount, points, rule, status, voting_opened_at, voting_closes_at, created_at
          from budget_round
         where organization_id = $1
         order by created_at desc, id desc
        """,
        organization_id,
    )


async def round_by_id(db: Connection, organization_id: UUID, round_id: UUID) -> Round:
    return await fetch_one(
        db,
        Round,
        """
        select id, slug, title, text, amount, currency, country, ballot_kind, most_projects,
               most_amount, points, rule, status, voting_opened_at, voting_closes_at, created_at
          from budget_round
         where organization_id = $1 and id = $2
        """,
        organization_id,
        round_id,
    )


async def round_by_slug(db: Connection, organization_id: UUID, slug: str) -> Round:
    return await fetch_one(
        db,
        Round,
        """
        select id, slug, title, text, amount, currency, country, ballot_kind, most_projects,
               most_amount, points, rule, status, voting_opened_at, voting_closes_at, created_at
          from budget_round
         where organization_id = $1 and slug = $2
        """,
        organization_id,
        slug,
    )


async def hold_round(db: Connection, organization_id: UUID, round_id: UUID) -> None:
    """Wait until nobody else changes the round or votes in it, and keep others out."""
    await db.execute(
        "select from budget_round where organization_id = $1 and id = $2 for update",
        organization_id,
        round_id,
    )


async def share_round(db: Connection, organization_id: UUID, round_id: UUID) -> None:
    """Keep the round as it is while others vote too."""
    await db.execute(
        "select from budget_round where organization_id = $1 and id = $2 for share",
        organization_id,
        round_id,
    )


async def insert_round(
    db: Connection,
    organization_id: UUID,
    round_id: UUID,
    slug: str,
    wanted: RoundCreate,
    created_by: UUID,
) -> bool:
    """Whether the slug was free."""
    made = await db.execute(
        """
        insert into budget_round
          (organization_id, id, slug, title, text, amount, currency, country, ballot_kind,
           most_projects, most_amount, points, rule, created_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (organization_id, slug) do nothing
        """,
        organization_id,
        round_id,
        slug,
        wanted.title,
        wanted.text,
        wanted.amount,
        wanted.currency,
        wanted.country,
        wanted.ballot_kind,
        wanted.most_projects,
        wanted.most_amount,
        wanted.points,
        wanted.rule,
        created_by,
    )
    return made.endswith(" 1")


async def update_round(
    db: Connection, organization_id: UUID, round_id: UUID, title: str, text: str, amount: int
) -> None:
    await execute_one(
        db,
        """
        update budget_round
           set title = $3,
               text = $4,
               amount = $5
         where organization_id = $1 and id = $2
        """,
        organization_id,
        round_id,
        title,
        text,
        amount,
    )


async def set_status(db: Connection, organization_id: UUID, round_id: UUID, status: Status) -> None:
    await execute_one(
        db,
        "update budget_round set status = $3 where organization_id = $1 and id = $2",
        organization_id,
        round_id,
        status,
    )


async def open_vote(
    db: Connection, organization_id: UUID, round_id: UUID, closes_at: dt.datetime, key: bytes
) -> None:
    await execute_one(
        db,
        """
        update budget_round
           set status = 'voting',
               voting_opened_at = now(),
               voting_closes_at = $3,
               voter_key = $4
         where organization_id = $1 and id = $2
        """,
        organization_id,
        round_id,
        closes_at,
        key,
    )


async def close_vote(
    db: Connection,
    organization_id: UUID,
    round_id: UUID,
    closed_at: dt.datetime,
    result: Result,
) -> None:
    """Keep the result, and destroy what voters were hashed with."""
    await execute_one(
        db,
        """
        update budget_round
           set status = 'counted',
               voting_closes_at = least(voting_closes_at, $3),
               voter_key = null,
               result = $4
         where organization_id = $1 and id = $2
        """,
        organization_id,
        round_id,
        closed_at,
        result,
    )


async def result(db: Connection, organization_id: UUID, round_id: UUID) -> object:
    """The result as it was stored; None before the count."""
    return await db.fetchval(
        "select result from budget_round where organization_id = $1 and id = $2",
        organization_id,
        round_id,
    )


async def insert_step(
    db: Connection,
    organization_id: UUID,
    round_id: UUID,
    before: Status,
    after: Status,
    reason: str,
    made_by: UUID,
) -> None:
    await db.execute(
        """
        insert into budget_step
          (organization_id, round_id, number, status_before, status_after, reason, made_by)
        select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6
          from budget_step
         where organization_id = $1 and round_id = $2
        """,
        organization_id,
        round_id,
        before,
        after,
        reason,
        made_by,
    )


async def steps(db: Connection, organization_id: UUID, round_id: UUID) -> list[Step]:
    return await fetch_all(
        db,
        Step,
        """
        select number, status_before, status_after, reason, made_by, made_at
          from budget_step
         where organization_id = $1 and round_id = $2
         order by number
        """,
        organization_id,
        round_id,
    )


class News(msgspec.Struct, frozen=True, kw_only=True):
    """A move of a round that people may know of."""

    slug: str
    title: str
    number: int
    status_after: Status
    reason: str
    made_at: dt.datetime


async def news(db: Connection, organization_id: UUID, limit: int) -> list[News]:
    return await fetch_all(
        db,
        News,
        """
        select r.slug, r.title, s.number, s.status_after, s.reason, s.made_at
          from budget_step s
          join budget_round r on r.organization_id = s.organization_id and r.id = s.round_id
         where s.organization_id = $1 and s.status_after <> 'draft' and r.status <> 'draft'
         order by s.made_at desc, r.slug, s.number desc
         limit $2
        """,
        organization_id,
        limit,
    )


async def load_round(
    db: Connection, organization_id: UUID, round_id: UUID, key: bytes, of: Loaded
) -> None:
    """The round as the file has it: voted on, and open to nobody any more."""
    await execute_one(
        db,
        """
        update budget_round
           set amount = $3,
               most_projects = $4,
               most_amount = $5,
               points = $6,
               rule = coalesce($7, rule),
               status = 'voting',
               voting_opened_at = now(),
               voting_closes_at = now(),
               voter_key = $8
         where organization_id = $1 and id = $2
        """,
        organization_id,
        round_id,
        of.amount,
        of.most_projects,
        of.most_amount,
        of.points,
        of.rule,
        key,
    )
