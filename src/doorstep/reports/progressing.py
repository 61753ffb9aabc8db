"""Progress told from its tallies."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from doorstep.reports.model import (
    DayTally,
    PrecinctTally,
    Progress,
    Tally,
    TurfTally,
    VolunteerTally,
)
from doorstep.reports.queries import HeldRow, MemberRow, PassRow, TallyRow, TurfRow

T = TypeVar("T", bound=Tally)
_HOUR_US = 3_600_000_000


def progress_of(
    of: PassRow,
    rows: Sequence[TallyRow],
    held: Iterable[HeldRow],
    turfs: Iterable[TurfRow],
    members: Iterable[MemberRow],
    universe_id: UUID | None = None,
) -> Progress:
    """The report: turfs and volunteers by name, precincts and days in order."""
    found = {(row.of, row.key): row for row in rows}
    by_member = {row.member_id: row for row in held}
    return Progress(
        pass_id=of.id,
        universe_id=universe_id,
        time_zone=of.time_zone,
        total=tally_of(found.get(("pass", ""), _NOTHING)),
        by_turf=_turfs([row for row in rows if row.of == "turf"], turfs),
        by_precinct=[
            _figures(PrecinctTally, row, precinct=row.key) for row in _in_order(rows, "precinct")
        ],
        by_volunteer=[
            _figures(
                VolunteerTally,
                _with_held(found.get(("volunteer", str(one.id)), _NOTHING), by_member.get(one.id)),
                member_id=one.id,
                name=one.name,
            )
            for one in members
        ],
        by_day=[
            _figures(DayTally, row, attempted_on=dt.date.fromisoformat(row.key))
            for row in _in_order(rows, "day")
        ],
    )


def _in_order(rows: Iterable[TallyRow], of: str) -> list[TallyRow]:
    return sorted((row for row in rows if row.of == of), key=lambda row: row.key)


_NOTHING = TallyRow(
    of="pass",
    key="",
    doors_count=0,
    attempted_count=0,
    contacted_count=0,
    done_count=0,
    people_count=0,
    people_reached_count=0,
    attempts_count=0,
    contacts_count=0,
    second_tries_count=0,
    second_contacts_count=0,
    visits_count=0,
    worked_us=0,
)


def tally_of(row: TallyRow) -> Tally:
    """The figures with their rates; what there is nothing of has none."""
    return _figures(Tally, row)


def _figures(kind: Callable[..., T], row: TallyRow, **more: object) -> T:
    # Named one by one: there may be thousands of turfs, and going by names of fields takes twice
    # as long.
    return kind(
        doors_count=row.doors_count,
        attempted_count=row.attempted_count,
        contacted_count=row.contacted_count,
        done_count=row.done_count,
        attempts_count=row.attempts_count,
        contacts_count=row.contacts_count,
        contact_rate=_rate(row.contacted_count, row.attempted_count),
        doors_per_hour=_rate(row.visits_count * _HOUR_US, row.worked_us),
        doors_reached=_rate(row.contacted_count, row.doors_count),
        people_count=row.people_count,
        people_reached_count=row.people_reached_count,
        people_reached=_rate(row.people_reached_count, row.people_count),
        second_tries_count=row.second_tries_count,
        second_contacts_count=row.second_contacts_count,
        second_yield=_rate(row.second_contacts_count, row.second_tries_count),
        **more,
    )


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _with_held(row: TallyRow, held: HeldRow | None) -> TallyRow:
    if held is None:
        return row
    return replace(
        row,
        doors_count=row.doors_count + held.doors_count,
        people_count=row.people_count + held.people_count,
    )


def _turfs(rows: Iterable[TallyRow], turfs: Iterable[TurfRow]) -> list[TurfTally]:
    known = {str(turf.id): turf for turf in turfs}
    found = [(known.get(row.key), row) for row in rows]
    found.sort(key=lambda one: (one[0] is None, one[0] and one[0].name, one[1].key))
    return [
        _figures(
            TurfTally,
            row,
            turf_id=turf and turf.id,
            name=turf and turf.name,
            status=turf and turf.status,
        )
        for turf, row in found
    ]
