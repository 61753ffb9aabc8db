"""Statements about the proposals of a round."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.budgets.model import (
    LoadedProposal,
    Proposal,
    ProposalCreate,
    PublicProposalCreate,
)
from doorstep.kit.db import Connection, execute_one, fetch_all, fetch_maybe, fetch_one


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
