"""Every statement of the dashboard; what is added up and what is listed are the same rows."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from doorstep.kit.db import Connection, fetch_all
from doorstep.overview.model import FigureRow


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a figure, or of one of its groups, added up."""

    figure: str
    of_group: str | None
    whole: bool
    rows_count: int
    counted_count: int
    median: float | None


async def sums(
    db: Connection,
    organization_id: UUID,
    since: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
    contacts: Sequence[str],
) -> list[Sum]:
    """Every figure as a whole, and by group."""
    return await fetch_all(
        db,
        Sum,
        """
        select figure, of_group, grouping(of_group) = 1 as whole, count(*) as rows_count,
               count(*) filter (where counted) as counted_count,
               percentile_cont(0.5) within group (order by value) as median
          from overview_row($1, $2, $3, $4, $5)
         group by grouping sets ((figure), (figure, of_group))
         order by figure, of_group nulls first
        """,
        organization_id,
        since,
        until,
        now,
        contacts,
    )


async def rows_of(
    db: Connection,
    organization_id: UUID,
    figure: str,
    since: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
    contacts: Sequence[str],
    limit: int,
    offset: int,
    of_group: str | None,
    *,
    only_counted: bool,
) -> list[FigureRow]:
    """The latest first."""
    return await fetch_all(
        db,
        FigureRow,
        """
        select thing_id, counted, value, happened_at, of_group
          from overview_row($1, $3, $4, $5, $6)
         where figure = $2 and (counted or not $10) and ($9::text is null or of_group = $9)
         order by happened_at desc nulls last, thing_id, of_group
         limit $7 offset $8
        """,
        organization_id,
        figure,
        since,
        until,
        now,
        contacts,
        limit,
        offset,
        of_group,
        only_counted,
    )


async def names(
    db: Connection, organization_id: UUID, member_ids: Sequence[UUID]
) -> dict[str, str]:
    """The names of members, by their ids as texts."""
    rows = await db.fetch(
        "select id, name from member where organization_id = $1 and id = any($2::uuid[])",
        organization_id,
        member_ids,
    )
    return {str(row["id"]): row["name"] for row in rows}
