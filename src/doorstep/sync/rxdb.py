"""RxDB's words for the same: documents per collection, with a checkpoint. Pure.

After its documentation of "HTTP replication", version 17: https://rxdb.info/replication-http.html.
"""

from typing import Any

import msgspec

from doorstep.sync.model import Changes
from doorstep.sync.wire import fields_of


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far a collection has come."""

    seq: int


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a pull."""

    documents: list[dict[str, Any]]
    checkpoint: Checkpoint
    replacement: bool
    """The checkpoint meant nothing here: make the collection anew from these documents."""


def documents(changes: Changes, collection: str) -> Documents:
    """The changes of one collection; what is gone comes as deleted."""
    rows: list[dict[str, Any]] = msgspec.to_builtins(getattr(changes.changed, collection))
    gone: list[str] = msgspec.to_builtins(getattr(changes.removed, collection))
    return Documents(
        documents=[
            *(row | {"_deleted": False} for row in rows),
            *({"id": thing_id, "_deleted": True} for thing_id in gone),
        ],
        checkpoint=Checkpoint(seq=changes.next),
        replacement=changes.replacement,
    )


_OURS = ("status", "reason", "_deleted", "_attachments", "_meta", "_rev")


def item(change: Any) -> Any:
    """The item of a batch that a pushed change stands for: its new state, as far as it is told."""
    told = fields_of((fields_of(change) or {}).get("newDocumentState"))
    if told is None:
        return None
    return {name: value for name, value in told.items() if name not in _OURS and value is not None}
