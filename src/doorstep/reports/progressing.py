"""Progress told from its figures."""

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from asyncpg import Record

from doorstep.reports.model import (
    DayTally,
    PrecinctTally,
    Progress,
    Tally,
    TurfTally,
    VolunteerTally,
)
from doorstep.reports.queries import PassRow

_FIGURES = slice(2, 2 + len(Tally.__struct_fields__))
"""Where they stand in a row; there may be thousands of rows, so that they go in by their place."""
_NOTHING = Tally(0, 0, 0, 0, 0, 0, None, None, None, 0, 0, None, 0, 0, None)


def progress_of(of: PassRow, rows: Iterable[Record], universe_id: UUID | None = None) -> Progress:
    """The report from rows that lie together by what they are of, each kind in its order."""
    told = {kind: list(some) for kind, some in groupby(rows, itemgetter("of"))}
    return Progress(
        pass_id=of.id,
        universe_id=universe_id,
        time_zone=of.time_zone,
        total=next((Tally(*row[_FIGURES]) for row in told.get("pass", [])), _NOTHING),
        by_turf=[
            TurfTally(*row[_FIGURES], turf_id=row["id"], name=row["name"], status=row["status"])
            for row in told.get("turf", [])
        ],
        by_precinct=[
            PrecinctTally(*row[_FIGURES], precinct=row["key"]) for row in told.get("precinct", [])
        ],
        by_volunteer=[
            VolunteerTally(*row[_FIGURES], member_id=row["id"], name=row["name"])
            for row in told.get("volunteer", [])
        ],
        by_day=[
            DayTally(*row[_FIGURES], attempted_on=dt.date.fromisoformat(row["key"]))
            for row in told.get("day", [])
        ],
    )
