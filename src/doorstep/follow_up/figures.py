"""The figures of the dashboard, each with the rows behind it; who was told comes first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from doorstep.engage import service as engage
from doorstep.engage.model import Commitment, Status
from doorstep.follow_up import figure_queries, queries
from doorstep.follow_up.figure_queries import Sum
from doorstep.follow_up.model import Figure, FigureName, FigureRow
from doorstep.kit.db import Connection

Unit = Literal["share", "hours", "days"]
_EVERY = 1_000_000
_ABOUT: Mapping[FigureName, tuple[str, Unit]] = {
    FigureName.RAISERS_TOLD: ("People who raised an issue and know how it ended", "share"),
    FigureName.HOURS_TO_FIRST_OWNER: ("Hours until a case had an owner, median", "hours"),
    FigureName.AGE_DAYS: ("Age of open cases in days, median", "days"),
    FigureName.WITHIN_DUE: ("Cases resolved by their day", "share"),
    FigureName.REOPENED: ("Cases that were reopened", "share"),
    FigureName.COMMITMENTS_KEPT: ("Promises kept, of those that ended", "share"),
    FigureName.COMMITMENTS_OVERDUE: ("Open promises that are overdue", "share"),
}
_ENDED = frozenset({Status.KEPT, Status.PARTLY_KEPT, Status.NOT_KEPT})
_OPEN = frozenset({Status.PUBLISHED, Status.IN_PROGRESS, Status.STALLED})


async def figures(db: Connection, organization_id: UUID, now: dt.datetime) -> list[Figure]:
    """Every figure as it is now."""
    await queries.see_merged(db)
    sums = {one.figure: one for one in await figure_queries.sums(db, organization_id, now)}
    commitments = await engage.commitments(db, organization_id, None, _EVERY, 0)
    for name in (FigureName.COMMITMENTS_KEPT, FigureName.COMMITMENTS_OVERDUE):
        rows = _of_commitments(name, commitments)
        counted = sum(row.counted for row in rows)
        sums[name] = Sum(figure=name, rows_count=len(rows), counted_count=counted, median=None)
    nothing = Sum(figure="", rows_count=0, counted_count=0, median=None)
    return [_figure(name, sums.get(name, nothing)) for name in _ABOUT]


def _figure(name: FigureName, found: Sum) -> Figure:
    label, unit = _ABOUT[name]
    share = found.counted_count / found.rows_count if found.rows_count else None
    return Figure(
        figure=name,
        label=label,
        value=share if unit == "share" else found.median,
        unit=unit,
        counted_count=found.counted_count,
        rows_count=found.rows_count,
    )


async def rows(
    db: Connection,
    organization_id: UUID,
    name: FigureName,
    now: dt.datetime,
    limit: int,
    offset: int,
    *,
    only_counted: bool,
) -> list[FigureRow]:
    """The rows behind a figure, the latest first; all it looks at, or those that count."""
    if name in {FigureName.COMMITMENTS_KEPT, FigureName.COMMITMENTS_OVERDUE}:
        every = await engage.commitments(db, organization_id, None, _EVERY, 0)
        found = [row for row in _of_commitments(name, every) if row.counted or not only_counted]
        return found[offset : offset + limit]
    await queries.see_merged(db)
    return await figure_queries.rows_of(
        db, organization_id, name, now, limit, offset, only_counted=only_counted
    )


def _of_commitments(name: FigureName, every: Sequence[Commitment]) -> list[FigureRow]:
    kept = name is FigureName.COMMITMENTS_KEPT
    return [
        FigureRow(
            thing_id=one.id,
            counted=one.status is Status.KEPT if kept else one.overdue,
            value=None,
            happened_at=one.updated_at,
        )
        for one in every
        if one.status in (_ENDED if kept else _OPEN)
    ]
