"""Every statement about budget rounds."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.budgets.model import (
    Proposal,
    ProposalCreate,
    Result,
    Round,
    RoundCreate,
    Status,
    Step,
)
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_one


class Ballots(msgspec.Struct, frozen=True, kw_only=True):
    """Equal ballots."""

    choices: list[tuple[int, int]]
    ballots_count: int


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


async def forget_voters(db: Connection, organization_id: UUID, round_id: UUID) -> None:
    await db.execute(
        "update ballot set voter_hash = null where organization_id = $1 and round_id = $2",
        organization_id,
        round_id,
    )


async def delete_codes(db: Connection, organization_id: UUID, round_id: UUID) -> None:
    await db.execute(
        "delete from voter_code where organization_id = $1 and round_id = $2",
        organization_id,
        round_id,
    )


async def voter_key(db: Connection, organization_id: UUID, round_id: UUID) -> bytes | None:
    """What voters are hashed with while they vote."""
    key: bytes | None = await db.fetchval(
        "select voter_key from budget_round where organization_id = $1 and id = $2",
        organization_id,
        round_id,
    )
    return key


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


async def proposals(db: Connection, organization_id: UUID, round_id: UUID) -> list[Proposal]:
    return await fetch_all(
        db,
        Proposal,
        """
        select id, number, title, text, lon, lat, cost, eligible, reason, proposed_by,
               proposed_at, commitment_id
          from proposal
         where organization_id = $1 and round_id = $2
         order by number
        """,
        organization_id,
        round_id,
    )


async def proposal_by_id(
    db: Connection, organization_id: UUID, round_id: UUID, proposal_id: UUID
) -> Proposal:
    return await fetch_one(
        db,
        Proposal,
        """
        select id, number, title, text, lon, lat, cost, eligible, reason, proposed_by,
               proposed_at, commitment_id
          from proposal
         where organization_id = $1 and round_id = $2 and id = $3
        """,
        organization_id,
        round_id,
        proposal_id,
    )


async def insert_proposal(
    db: Connection,
    organization_id: UUID,
    round_id: UUID,
    proposal_id: UUID,
    wanted: ProposalCreate,
    proposed_by: UUID,
) -> None:
    await db.execute(
        """
        insert into proposal
          (organization_id, id, round_id, number, title, text, lon, lat, proposed_by)
        select $1, $3, $2, coalesce(max(number), 0) + 1, $4, $5, $6, $7, $8
          from proposal
         where organization_id = $1 and round_id = $2
        """,
        organization_id,
        round_id,
        proposal_id,
        wanted.title,
        wanted.text,
        wanted.lon,
        wanted.lat,
        proposed_by,
    )


async def update_proposal(
    db: Connection,
    organization_id: UUID,
    proposal_id: UUID,
    title: str,
    text: str,
    eligible: bool | None,
    reason: str,
    cost: int | None,
) -> None:
    await execute_one(
        db,
        """
        update proposal
           set title = $3,
               text = $4,
               eligible = $5,
               reason = $6,
               cost = $7
         where organization_id = $1 and id = $2
        """,
        organization_id,
        proposal_id,
        title,
        text,
        eligible,
        reason,
        cost,
    )


async def set_commitment(
    db: Connection, organization_id: UUID, proposal_id: UUID, commitment_id: UUID
) -> None:
    await execute_one(
        db,
        "update proposal set commitment_id = $3 where organization_id = $1 and id = $2",
        organization_id,
        proposal_id,
        commitment_id,
    )


async def insert_codes(
    db: Connection, organization_id: UUID, round_id: UUID, hashes: Sequence[bytes]
) -> None:
    await db.execute(
        """
        insert into voter_code (organization_id, round_id, code_hash)
        select $1, $2, unnest($3::bytea[])
        """,
        organization_id,
        round_id,
        hashes,
    )


async def is_code(db: Connection, organization_id: UUID, round_id: UUID, code_hash: bytes) -> bool:
    found: bool = await db.fetchval(
        """
        select exists (
          select from voter_code
           where organization_id = $1 and round_id = $2 and code_hash = $3)
        """,
        organization_id,
        round_id,
        code_hash,
    )
    return found


async def put_ballot(
    db: Connection,
    organization_id: UUID,
    ballot_id: UUID,
    round_id: UUID,
    voter_hash: bytes,
    choices: Sequence[tuple[int, int]],
    receipt_hash: bytes,
) -> None:
    """The voter's ballot, in the place of an earlier one."""
    await db.execute(
        """
        insert into ballot (organization_id, id, round_id, voter_hash, choices, receipt_hash)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (organization_id, round_id, voter_hash) do update
          set choices = excluded.choices,
              receipt_hash = excluded.receipt_hash
        """,
        organization_id,
        ballot_id,
        round_id,
        voter_hash,
        choices,
        receipt_hash,
    )


async def is_receipt(
    db: Connection, organization_id: UUID, round_id: UUID, receipt_hash: bytes
) -> bool:
    found: bool = await db.fetchval(
        """
        select exists (
          select from ballot
           where organization_id = $1 and round_id = $2 and receipt_hash = $3)
        """,
        organization_id,
        round_id,
        receipt_hash,
    )
    return found


async def ballots(db: Connection, organization_id: UUID, round_id: UUID) -> list[Ballots]:
    """Equal ballots together, in an order that tells nothing of their casting."""
    return await fetch_all(
        db,
        Ballots,
        """
        select choices, count(*) as ballots_count
          from ballot
         where organization_id = $1 and round_id = $2
         group by choices
         order by choices
        """,
        organization_id,
        round_id,
    )
