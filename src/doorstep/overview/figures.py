"""The figures of the dashboard: each opens exactly the rows that it counts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from doorstep.accounts.service import organization_by_id
from doorstep.follow_up import service as follow_up
from doorstep.follow_up.model import FigureName
from doorstep.kit.db import Connection
from doorstep.kit.errors import RefusedError
from doorstep.overview import figure_queries as queries
from doorstep.overview.figure_queries import Sum
from doorstep.overview.model import Dashboard, Figure, FigureGroup, FigureRow, Name, Unit
from doorstep.overview.queries import CONTACTS

USUAL = dt.timedelta(days=89)
"""With today, a quarter."""
LONGEST = dt.timedelta(days=3660)
_ABOUT: Mapping[Name, tuple[str, Unit]] = {
    Name.DOORS_SPOKEN_AT: ("Doors where somebody was spoken to", "share"),
    Name.CONVERSATIONS_WITH_ISSUE: ("Of those, doors that raised an issue", "share"),
    Name.COMMITMENT_AGE_DAYS: ("Days since an open promise was last updated, median", "days"),
    Name.BOOKED_CAME: ("Volunteers who came, of those booked", "share"),
    Name.RSVP_CAME: ("Guests who came, of those who said so", "share"),
    Name.SECOND_SHIFT: ("First timers who came again within 30 days", "share"),
    Name.REACHABLE: ("People reachable by a channel they agreed to", "share"),
    Name.VOTERS_SERVED: ("Voters with at least one project funded", "share"),
    Name.BROUGHT_BY_SHARERS: ("Sign-ups by links that were passed on", "count"),
}
_AS_OF_NOW = frozenset({Name.COMMITMENT_AGE_DAYS, Name.REACHABLE})
_LABELS = {
    "reminded": "with a reminder",
    "not_reminded": "without a reminder",
    "published": "published",
    "in_progress": "in progress",
    "stalled": "stalled",
    "kept": "kept",
    "partly_kept": "partly kept",
    "not_kept": "not kept",
    "withdrawn": "withdrawn",
}


@dataclass(frozen=True)
class Period:
    """A span of days on an organization's clock, the first and the last among them."""

    since_on: dt.date
    until_on: dt.date
    time_zone: str

    @property
    def since(self) -> dt.datetime:
        """The first instant."""
        return dt.datetime.combine(self.since_on, dt.time(0), ZoneInfo(self.time_zone))

    @property
    def until(self) -> dt.datetime:
        """The first instant after it."""
        after = self.until_on + dt.timedelta(days=1)
        return dt.datetime.combine(after, dt.time(0), ZoneInfo(self.time_zone))


async def period(
    db: Connection,
    organization_id: UUID,
    since_on: dt.date | None,
    until_on: dt.date | None,
    now: dt.datetime,
) -> Period:
    """The days asked for; where they are left out, the quarter that ends today.

    Raises
    ------
    RefusedError
        If they end before they begin, or are more than ten years.
    """
    zone = (await organization_by_id(db, organization_id)).time_zone
    last = until_on or now.astimezone(ZoneInfo(zone)).date()
    if not dt.date(1971, 1, 1) <= last <= dt.date(9000, 1, 1):
        message = "This day is out of range. Check the year."
        raise RefusedError(message, field="until_on")
    first = since_on or last - USUAL
    if not last - LONGEST <= first <= last:
        message = "The days end before they begin, or are more than ten years. Mend the first."
        raise RefusedError(message, field="since_on")
    return Period(first, last, zone)


async def dashboard(
    db: Connection, organization_id: UUID, of: Period, now: dt.datetime
) -> Dashboard:
    """Every figure of some days; those of follow-up, and who is reachable, as of now."""
    found = await queries.sums(db, organization_id, of.since, of.until, now, CONTACTS)
    labels = _LABELS | await _sharers(db, organization_id, found)
    follow = await follow_up.figures(db, organization_id, now)
    return Dashboard(
        since_on=of.since_on,
        until_on=of.until_on,
        time_zone=of.time_zone,
        figures=[
            *(Figure(**msgspec.structs.asdict(one), groups=[], as_of_now=True) for one in follow),
            *(_figure(name, found, labels) for name in _ABOUT),
        ],
    )


async def _sharers(db: Connection, organization_id: UUID, found: Sequence[Sum]) -> dict[str, str]:
    ids = [
        UUID(one.of_group)
        for one in found
        if one.figure == Name.BROUGHT_BY_SHARERS and one.of_group is not None
    ]
    return await queries.names(db, organization_id, ids)


def _figure(name: Name, found: Sequence[Sum], labels: Mapping[str, str]) -> Figure:
    label, unit = _ABOUT[name]
    own = [one for one in found if one.figure == name]
    whole = next((one for one in own if one.whole), None)
    groups = [one for one in own if not one.whole and one.of_group is not None]
    return Figure(
        figure=name,
        label=label,
        value=_value(whole, unit) if whole else None,
        unit=unit,
        counted_count=whole.counted_count if whole else 0,
        rows_count=whole.rows_count if whole else 0,
        groups=[
            FigureGroup(
                group=one.of_group or "",
                label=labels.get(one.of_group or "", one.of_group or ""),
                value=_value(one, unit),
                counted_count=one.counted_count,
                rows_count=one.rows_count,
            )
            for one in groups
        ],
        as_of_now=name in _AS_OF_NOW,
    )


def _value(one: Sum, unit: Unit) -> float | None:
    if unit == "share":
        return one.counted_count / one.rows_count
    return one.counted_count if unit == "count" else one.median


async def rows(
    db: Connection,
    organization_id: UUID,
    name: Name,
    of: Period,
    now: dt.datetime,
    limit: int,
    offset: int,
    of_group: str | None,
    *,
    only_counted: bool,
) -> list[FigureRow]:
    """The rows behind a figure, the latest first: all it looks at, or those that count.

    Raises
    ------
    RefusedError
        If a group is asked for of a figure of follow-up, which has none.
    """
    if name in _ABOUT:
        return await queries.rows_of(
            db, organization_id, name, of.since, of.until, now, CONTACTS, limit, offset, of_group,
            only_counted=only_counted,
        )  # fmt: skip
    if of_group is not None:
        message = "This figure has no groups. Leave the group out."
        raise RefusedError(message, field="group")
    found = await follow_up.figure_rows(
        db, organization_id, FigureName(name), now, limit, offset, only_counted=only_counted
    )
    return [FigureRow(**msgspec.structs.asdict(one), of_group=None) for one in found]
