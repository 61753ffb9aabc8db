"""Reading one turf over HTTP, against the bare query.

The query is the request's own, as asyncpg runs it on one connection under the same row-level
security, role and organization set beforehand. The request adds HTTP, the token, device and
member looked up in the database, its transaction, and JSON. Goal: three times the query at most.
"""

import asyncio
from statistics import median

from harness import Bench, Wire, report, running, timed

ROUNDS = 1500
WARM = 200
SQL = """
select id, pass_id, campaign_id, name, status, version, doors_count, done_count, walk_m,
       minutes, created_at, published_at, archived_at, holders, cut_version, frozen_at, polygon
  from turf_summary
 where organization_id = $1 and id = $2
"""


async def measure(bench: Bench) -> None:
    """Take turns, so that both meet the machine in the same mood."""
    wire = Wire(bench)
    request = wire.prepared("GET", f"/turfs/{bench.turf_id}")
    db = await bench.connect()
    await db.execute(
        """
        select set_config('role', 'doorstep_request', false),
               set_config('doorstep.organization_id', $1, false),
               set_config('doorstep.sees_people', 'all', false)
        """,
        str(bench.organization_id),
    )

    async def over_http() -> None:
        wire.send(request)

    async def bare() -> None:
        await db.fetchrow(SQL, bench.organization_id, bench.turf_id)

    pairs = [(await timed(over_http), await timed(bare)) for _ in range(ROUNDS + WARM)][WARM:]
    await db.close()
    http, query = ([pair[place] for pair in pairs] for place in (0, 1))
    value = median(http) / median(query)
    report("read", value, 3.0, {"GET /turfs/{id} over HTTP": http, "the bare query": query})


if __name__ == "__main__":
    with running() as bench:
        asyncio.run(measure(bench))
