"""Every statement about budget rounds."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.budgets.model import (
    Ballots,
    Loaded,
    LoadedProposal,
    Proposal,
    ProposalCreate,
    PublicProposalCreate,
    Result,
    Round,
    RoundCreate,
    Status,
    Step,
)
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_maybe, fetch_one


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


async def proposals(db: Connection, organization_id: UUID, round_id: UUID) -> list[Proposal]:
    return await fetch_all(
        db,
        Proposal,
        """
        select id, number, title, text, lon, lat, cost, eligible, reason, proposed_by,
               guest_id, place, cost_guess, proposed_at, commitment_id
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
               guest_id, place, cost_guess, proposed_at, commitment_id
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


async def insert_public_proposal(
    db: Connection,
    organization_id: UUID,
    round_id: UUID,
    proposal_id: UUID,
    guest_id: UUID,
    wanted: PublicProposalCreate,
) -> bool:
    """Whether this form was not sent before."""
    made = await db.execute(
        """
        insert into proposal
          (organization_id, id, round_id, number, title, text, place, cost_guess, guest_id, form_id)
        select $1, $3, $2, coalesce(max(number), 0) + 1, $4, $5, $6, $7, $8, $9
          from proposal
         where organization_id = $1 and round_id = $2
        on conflict (organization_id, round_id, form_id) where form_id is not null do nothing
        """,
        organization_id,
        round_id,
        proposal_id,
        wanted.title,
        wanted.text,
        wanted.place,
        wanted.cost_guess,
        guest_id,
        wanted.form_id,
    )
    return made.endswith(" 1")


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter says of a proposal."""

    title: str
    round_title: str
    round_slug: str
    organization_slug: str


async def received(db: Connection, organization_id: UUID, proposal_id: UUID) -> Received | None:
    """A proposal whose guest is still known."""
    return await fetch_maybe(
        db,
        Received,
        """
        select p.title, r.title as round_title, r.slug as round_slug, o.slug as organization_slug
          from proposal p
          join budget_round r on r.organization_id = p.organization_id and r.id = p.round_id
          join organization o on o.id = p.organization_id
         where p.organization_id = $1 and p.id = $2 and p.guest_id is not null
        """,
        organization_id,
        proposal_id,
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


async def load_proposals(
    db: Connection,
    organization_id: UUID,
    round_id: UUID,
    ids: Sequence[UUID],
    proposals: Sequence[LoadedProposal],
    by: UUID,
) -> None:
    await db.execute(
        """
        insert into proposal
          (organization_id, id, round_id, number, title, lon, lat, cost, eligible, reason,
           proposed_by)
        select $1, p.id, $2, p.number, p.title, p.lon, p.lat, p.cost, p.reason = '', p.reason, $10
          from unnest($3::uuid[], $4::integer[], $5::text[], $6::double precision[],
                      $7::double precision[], $8::bigint[], $9::text[])
            as p (id, number, title, lon, lat, cost, reason)
        """,
        organization_id,
        round_id,
        ids,
        [one.number for one in proposals],
        [one.title for one in proposals],
        [one.lon for one in proposals],
        [one.lat for one in proposals],
        [one.cost for one in proposals],
        [one.reason for one in proposals],
        by,
    )


async def load_ballots(
    db: Connection, organization_id: UUID, round_id: UUID, ballots: Sequence[Ballots]
) -> None:
    """Ballots of nobody known; no receipt leads to one."""
    await db.execute(
        """
        insert into ballot (organization_id, id, round_id, choices, receipt_hash)
        select $1, gen_random_uuid(), $2, b.choices, sha256(uuid_send(gen_random_uuid()))
          from jsonb_to_recordset($3::jsonb) as b (choices jsonb, ballots_count integer)
         cross join generate_series(1, b.ballots_count)
        """,
        organization_id,
        round_id,
        ballots,
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
