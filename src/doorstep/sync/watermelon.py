"""WatermelonDB's words for the same: flat rows per table. Pure.

After its documentation of "Sync", version 0.28: https://watermelondb.dev/docs/Sync/Backend.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from doorstep.sync.model import Changes
from doorstep.sync.wire import fields_of

TABLES = {
    "turfs": "turfs",
    "doors": "doors",
    "people": "people",
    "scripts": "scripts",
    "events": "contact_events",
    "members": "members",
    "signups": "signups",
}
"""Collection → the phone's table."""
EVENTS = TABLES["events"]
_TIMES = frozenset(
    {"expires_at", "last_attempt_at", "occurred_at", "held_until", "starts_at", "ends_at"}
)
_JSON = frozenset({"polygon", "past", "questions", "translations"})
_PUSHED = (
    "turf_id", "door_id", "person_id", "building_id", "target_id", "result", "mark", "script_id",
    "script_version", "question", "text",
)  # fmt: skip


class TableChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in one table."""

    created: list[dict[str, Any]] = []
    updated: list[dict[str, Any]] = []
    deleted: list[str] = []


class Pulled(
    msgspec.Struct, frozen=True, kw_only=True, rename={"strategy": "experimentalStrategy"}
):
    """The answer to a pull; ``strategy`` is WatermelonDB's own word and only there if needed."""

    changes: dict[str, TableChanges]
    timestamp: int
    has_more: bool
    strategy: str | msgspec.UnsetType = msgspec.UNSET


class Pushed(
    msgspec.Struct, frozen=True, kw_only=True, rename={"rejected": "experimentalRejectedIds"}
):
    """The answer to a push: what was not taken, by table."""

    rejected: dict[str, list[str]]


def pulled(changes: Changes, refused: Iterable[str]) -> Pulled:
    """The changes as WatermelonDB takes them: all rows under ``updated``."""
    rows = msgspec.to_builtins(changes.changed)
    gone = msgspec.to_builtins(changes.removed)
    tables = {
        table: TableChanges(
            updated=[_flat(row) for row in rows[collection]], deleted=gone[collection]
        )
        for collection, table in TABLES.items()
    }
    events = tables[EVENTS]
    tables[EVENTS] = msgspec.structs.replace(events, deleted=[*events.deleted, *refused])
    return Pulled(
        changes=tables,
        # It must be a number above nought, also where nothing ever happened.
        timestamp=max(1, changes.next),
        has_more=changes.has_more,
        strategy="replacement" if changes.replacement else msgspec.UNSET,
    )


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of texts and numbers; what is null is left out, so that the phone keeps its own."""
    return {name: _column(name, value) for name, value in row.items() if value is not None}


def _column(name: str, value: Any) -> Any:
    if name in _TIMES:
        return int(dt.datetime.fromisoformat(value).timestamp() * 1000)
    return msgspec.json.encode(value).decode() if name in _JSON else value


def item(row: Any) -> Any:
    """The item of a batch that a row stands for; what is no row stays as it is, to be refused."""
    told = fields_of(row)
    if told is None:
        return row
    # What a phone leaves empty is an empty text or nought, as its schema says.
    found = {name: told[name] for name in _PUSHED if told.get(name) not in (None, "", 0)}
    found |= {name: told[name] for name in ("id", "kind") if name in told}
    if isinstance(told.get("occurred_at"), int | float):
        found["occurred_at"] = _instant(told["occurred_at"])
    if told.get("value") not in (None, ""):
        found["value"] = _value(told["value"])
    if told.get("consent_wording"):
        found["consent"] = {"wording": told["consent_wording"]}
    return found


def _instant(ms: float) -> Any:
    try:
        at = dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return ms
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _value(text: Any) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, TypeError, RecursionError):
        return text
