"""Every statement of the figures; what is added up and what is listed are the same rows."""

import datetime as dt
from uuid import UUID

import msgspec

from doorstep.follow_up.model import FigureRow
from doorstep.kit.db import Connection, fetch_all


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a figure, added up."""

    figure: str
    rows_count: int
    counted_count: int
    median: float | None


async def sums(db: Connection, organization_id: UUID, now: dt.datetime) -> list[Sum]:
    return await fetch_all(
        db,
        Sum,
        """
        select figure, count(*) as rows_count, count(*) filter (where counted) as counted_count,
               percentile_cont(0.5) within group (order by value) as median
          from follow_up_row($1, $2)
         group by figure
        """,
        organization_id,
        now,
    )


async def rows_of(
    db: Connection,
    organization_id: UUID,
    figure: str,
    now: dt.datetime,
    limit: int,
    offset: int,
    *,
    only_counted: bool,
) -> list[FigureRow]:
    """The latest first."""
    return await fetch_all(
        db,
        FigureRow,
        """
        select thing_id, counted, value, happened_at
          from follow_up_row($1, $3)
         where figure = $2 and (counted or not $6)
         order by happened_at desc nulls last, thing_id
         limit $4 offset $5
        """,
        organization_id,
        figure,
        now,
        limit,
        offset,
        only_counted,
    )
