"""Taking in a batch of twenty knocks over HTTP, against bare inserts of twenty rows.

The baseline writes the same twenty events into the same table with one `executemany` in one
transaction: no validation, no projection, no feed, no duplicates found.
"""

import asyncio
import datetime as dt
import json
from statistics import median

from harness import Bench, Wire, report, running, timed

from doorstep.kit.ids import new_id

ROUNDS = 300
WARM = 30
BATCH = 20
SQL = """
insert into contact_event
  (organization_id, id, kind, status, turf_id, pass_id, door_id, member_id, device_id,
   occurred_at, recorded_at, received_at, clock_offset_ms, payload, payload_hash)
values ($1, $2, 'attempt', 'accepted', $3, $4, $5, $6, $7, now(), now(), now(), 0,
        '{"result": "not_home"}', '\\x00')
"""


def _batch(bench: Bench, turn: int) -> bytes:
    now = dt.datetime.now(dt.UTC).isoformat()
    events = [
        {
            "id": str(new_id()),
            "kind": "attempt",
            "turf_id": str(bench.turf_id),
            "door_id": str(bench.door_ids[(turn * BATCH + place) % (len(bench.door_ids) // 2)]),
            "result": "not_home",
            "occurred_at": now,
        }
        for place in range(BATCH)
    ]
    return json.dumps({"sent_at": now, "events": events}).encode()


async def measure(bench: Bench) -> None:
    """Take turns, so that both meet the machine in the same mood."""
    wire = Wire(bench)
    db = await bench.connect()

    async def bare(turn: int) -> None:
        rows = [
            (
                bench.organization_id,
                new_id(),
                bench.turf_id,
                bench.pass_id,
                # Doors that the batches do not touch: the projection reads a door's whole past.
                bench.door_ids[-1 - (turn * BATCH + place) % (len(bench.door_ids) // 2)],
                bench.member_id,
                bench.device_id,
            )
            for place in range(BATCH)
        ]
        async with db.transaction():
            await db.executemany(SQL, rows)

    async def over_http(request: bytes) -> None:
        answered = json.loads(wire.send(request))
        assert {result["outcome"] for result in answered["results"]} == {"accepted"}

    http, inserts = [], []
    for turn in range(ROUNDS + WARM):
        request = wire.prepared("POST", "/sync/events", _batch(bench, turn))
        http.append(await timed(lambda request=request: over_http(request)))
        inserts.append(await timed(lambda turn=turn: bare(turn)))
    await db.close()
    http, inserts = http[WARM:], inserts[WARM:]
    value = median(http) / median(inserts)
    report("events", value, None, {"POST /sync/events of 20": http, "20 bare inserts": inserts})


if __name__ == "__main__":
    # Enough doors that each is knocked a handful of times, as in a real pass.
    with running(doors=1400) as bench:
        asyncio.run(measure(bench))
