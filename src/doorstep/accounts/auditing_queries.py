"""Every statement about the audit log."""

from collections.abc import Sequence
from uuid import UUID

from doorstep.accounts.model import AuditEntry
from doorstep.kit.db import Connection, fetch_all


async def insert_entry(
    db: Connection, actor_id: UUID | None, action: str, ids: Sequence[UUID]
) -> None:
    await db.execute(
        """
        insert into audit_entry (organization_id, actor_id, action, ids)
        values (current_organization_id(), $1, $2, $3)
        """,
        actor_id,
        action,
        ids,
    )


async def entries(
    db: Connection,
    organization_id: UUID,
    action: str | None,
    about: UUID | None,
    limit: int,
    offset: int,
) -> list[AuditEntry]:
    """The newest first."""
    return await fetch_all(
        db,
        AuditEntry,
        """
        select seq, at, actor_id, action, ids, encode(previous_hash, 'hex') as previous_hash,
               encode(hash, 'hex') as hash
          from audit_entry
         where organization_id = $1
           and ($2::text is null or action = $2)
           and ($3::uuid is null or ids @> array[$3] or actor_id = $3)
         order by seq desc
         limit $4 offset $5
        """,
        organization_id,
        action,
        about,
        limit,
        offset,
    )


async def first_broken(db: Connection, organization_id: UUID) -> int | None:
    """The number of the first entry that does not follow from the one before."""
    return await db.fetchval(
        """
        select seq
          from (
            select e.*,
                   lag(seq, 1, 0::bigint) over chain as seq_before,
                   lag(hash, 1, ''::bytea) over chain as hash_before
              from audit_entry e
             where organization_id = $1
            window chain as (order by seq)) linked
         where seq <> seq_before + 1
            or previous_hash <> hash_before
            or hash <> audit_hash(organization_id, seq, at, actor_id, action, ids, previous_hash)
         order by seq
         limit 1
        """,
        organization_id,
    )
