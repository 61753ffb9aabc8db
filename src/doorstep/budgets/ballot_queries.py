"""Statements about codes and ballots."""

from collections.abc import Sequence
from uuid import UUID

from doorstep.budgets.model import Ballots
from doorstep.kit.db import Connection, fetch_all


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
