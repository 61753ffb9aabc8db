"""The audit log: who did what with people's data, as a chain that shows when it was altered."""

from collections.abc import Sequence
from uuid import UUID

from doorstep.accounts import auditing_queries
from doorstep.accounts.auditing_queries import entries
from doorstep.kit.db import Connection, Pool, organization_transaction

__all__ = ["audit", "audit_apart", "entries", "verify"]


async def audit(db: Connection, actor: UUID | None, action: str, ids: Sequence[UUID] = ()) -> None:
    """Note in the transaction's organization that ``actor`` did ``action`` to ``ids``.

    Make this the last statement of a transaction, behind ``next_seq``: the chain takes one writer
    at a time. ``actor`` is None for the program itself. An action is a thing and a deed in the
    past, such as ``person.erased``; names and texts do not belong here.
    """
    await auditing_queries.insert_entry(db, actor, action, list(ids))


async def audit_apart(
    pool: Pool, organization_id: UUID, actor: UUID | None, action: str, ids: Sequence[UUID] = ()
) -> None:
    """Note it in a transaction of its own: a request that only reads commits nothing."""
    async with organization_transaction(pool, organization_id) as db:
        await audit(db, actor, action, ids)


async def verify(db: Connection, organization_id: UUID) -> int | None:
    """The number of the first entry that was altered, or before which one is gone; None if whole.

    Entries taken from the end leave a whole chain: keep the newest hash elsewhere to tell.
    """
    return await auditing_queries.first_broken(db, organization_id)
