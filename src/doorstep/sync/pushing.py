"""What phones push in other dialects, as batches of the one that takes them in."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from doorstep.canvass.model import MAX_EVENTS, BatchResult, EventResult, Outcome
from doorstep.canvass.service import read_envelope
from doorstep.kit.auth import Caller, Entrance
from doorstep.kit.db import Connection, next_seq
from doorstep.sync import queries, rxdb, watermelon
from doorstep.sync.model import SyncEvent
from doorstep.sync.service import own_events_by_id
from doorstep.sync.watermelon import EVENTS, Pushed
from doorstep.sync.wire import fields_of

MAX_REFUSED = 1000
Take = Callable[[bytes], Awaitable[BatchResult]]
"""Takes a batch in and commits it."""


async def accepted(
    take: Take, items: Sequence[Any], sent_at: dt.datetime | None
) -> list[EventResult]:
    """What became of items, however many: they are taken in as large batches.

    What was taken stays when more fails: a phone that gets no answer sends all of it again.
    """
    sent = (sent_at or dt.datetime.now(dt.UTC)).isoformat()
    results: list[EventResult] = []
    for begin in range(0, len(items), MAX_EVENTS):
        part = items[begin : begin + MAX_EVENTS]
        body = msgspec.json.encode({"sent_at": sent, "events": part})
        results += (await take(body)).results
    return results


class _Rows(msgspec.Struct, frozen=True, kw_only=True):
    created: list[Any] = []
    updated: list[Any] = []


async def push_watermelon(
    entrance: Entrance, take: Take, body: bytes, sent_at: dt.datetime | None
) -> Pushed:
    """Take in what WatermelonDB pushes; ids that cannot be stored are named, and dropped later.

    Only contact events are taken. A phone that forgets an event does not undo it.
    """
    tables = read_envelope(body, dict[str, _Rows], 3)
    rows = tables.get(EVENTS, _Rows())
    told = [*rows.created, *rows.updated]
    results = await accepted(take, [watermelon.item(row) for row in told], sent_at)
    refused = [
        str(record_id)[:200]
        for row, result in zip(told, results, strict=True)
        if result.outcome is Outcome.MALFORMED and (record_id := _id_of(row))
    ]
    if refused:
        async with entrance.alone() as (db, caller):
            await _have_dropped(db, caller, sorted(set(refused))[:MAX_REFUSED])
    foreign = {
        table: [str(_id_of(row)) for row in [*other.created, *other.updated] if _id_of(row)]
        for table, other in tables.items()
        if table != EVENTS
    }
    return Pushed(rejected={EVENTS: refused} | {t: ids for t, ids in foreign.items() if ids})


def _id_of(row: Any) -> Any:
    return (fields_of(row) or {}).get("id")


async def _have_dropped(db: Connection, caller: Caller, ids: Sequence[str]) -> None:
    """Have the device's next pull name these ids as deleted, or it would push them for ever."""
    organization_id = caller.organization_id
    first = await next_seq(db, organization_id, len(ids))
    await queries.note_refusals(db, organization_id, caller.device_id, first, ids)


async def push_rxdb(
    entrance: Entrance, take: Take, body: bytes, sent_at: dt.datetime | None
) -> list[dict[str, Any]]:
    """Take in what RxDB pushes; what another event stands for is answered with that event.

    An item that cannot be stored comes back with the reason, as its own new state.
    """
    changes = read_envelope(body, list[Any], 1)
    items = [rxdb.item(change) for change in changes]
    results = await accepted(take, items, sent_at)
    conflicts = [one.id for one in results if one.outcome is Outcome.CONFLICT and one.id]
    standing: dict[Any, SyncEvent] = {}
    if conflicts:
        async with entrance.alone() as (db, caller):
            standing = await own_events_by_id(db, caller, conflicts)
    answers = (_master(item, result, standing) for item, result in zip(items, results, strict=True))
    return [answer for answer in answers if answer is not None]


def _master(
    item: Any, result: EventResult, standing: dict[Any, SyncEvent]
) -> dict[str, Any] | None:
    told = fields_of(item) or {}
    match result.outcome:
        case Outcome.CONFLICT:
            event = standing.get(result.id)
            told = msgspec.to_builtins(event) if event else told
            return told | {"_deleted": False, "status": "conflict", "reason": result.reason}
        case Outcome.MALFORMED if isinstance(told.get("id"), str):
            return told | {"_deleted": False, "status": "malformed", "reason": result.reason}
        case _:
            return None
