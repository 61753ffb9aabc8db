"""What is taken out of the program as files, in portions that a program can open."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

import msgspec

from doorstep.kit.auth import Caller
from doorstep.kit.db import Connection
from doorstep.kit.errors import RefusedError
from doorstep.reports import export_queries, opening, queries
from doorstep.reports.catching_up import settle
from doorstep.reports.export_queries import AttemptLine, PersonLine
from doorstep.reports.model import DoorRow, Figure, FigureRow, Of
from doorstep.reports.opening import MOST_ROWS, value_text
from doorstep.reports.row_queries import AnswerGiven, answers_given
from doorstep.reports.table_files import WRITERS
from doorstep.universes.service import universe_people

# One sheet of a workbook holds a little more; writing it takes a minute at that size.
MOST_IN_EXCEL = 200_000


class What(StrEnum):
    """What to export of a pass."""

    DOORS = "doors"
    ATTEMPTS = "attempts"
    ANSWERS = "answers"


class Form(StrEnum):
    """In which form."""

    CSV = "csv"
    GEOJSON = "geojson"
    EXCEL = "xlsx"
    PARQUET = "parquet"
    GEOPACKAGE = "gpkg"


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody answered last to a question."""

    event_id: UUID
    door_id: UUID
    person_id: UUID | None
    question: str
    answer: str
    sensitive: bool
    occurred_at: dt.datetime
    member: str
    turf: str | None
    precinct: str
    street: str
    house_number: str
    unit: str
    lon: float
    lat: float


async def of_pass(
    db: Connection, organization_id: UUID, pass_id: UUID, what: What, form: Form
) -> bytes:
    """Doors, attempts or answers of a pass as a file.

    Raises
    ------
    NotFoundError
        If there is no such pass.
    RefusedError
        If there are more than one file holds.
    """
    of = await queries.pass_by_id(db, organization_id, pass_id)
    await settle(db, organization_id, pass_id)
    match what:
        case What.DOORS:
            doors = await queries.doors_of_pass(db, organization_id, pass_id, MOST_ROWS + 1)
            return await _file(DoorRow, doors, form, of.attribution)
        case What.ATTEMPTS:
            attempts = await export_queries.attempts_of_pass(
                db, organization_id, pass_id, MOST_ROWS + 1
            )
            return await _file(AttemptLine, attempts, form, of.attribution)
        case What.ANSWERS:
            found = await answers_given(db, organization_id, pass_id, None)
            lines = [_line(one) for one in found]
            return await _file(AnswerLine, lines, form, of.attribution)


def _line(row: AnswerGiven) -> AnswerLine:
    return AnswerLine(
        event_id=row.event_id,
        door_id=row.door_id,
        person_id=row.person_id,
        question=row.question_key,
        answer=value_text(row.value),
        sensitive=row.sensitive,
        occurred_at=row.occurred_at,
        member=row.member,
        turf=row.turf,
        precinct=row.precinct,
        street=row.street,
        house_number=row.house_number,
        unit=row.unit,
        lon=row.lon,
        lat=row.lat,
    )


async def of_universe(
    db: Connection, organization_id: UUID, universe_id: UUID, form: Form
) -> tuple[bytes, list[UUID]]:
    """The people of a universe as a file, and their ids for the audit log.

    Raises
    ------
    NotFoundError
        If there is no such universe.
    RefusedError
        If there are more than one file holds.
    """
    ids = await universe_people(db, organization_id, universe_id)
    _check_size(len(ids), form)
    people = await export_queries.people(db, organization_id, ids)
    return await _file(PersonLine, people, form, ""), ids


async def rows_csv(
    db: Connection, caller: Caller, pass_id: UUID, of: Of, key: str, figure: Figure
) -> bytes:
    """All the rows behind a figure; as ``opening.rows``.

    Raises
    ------
    RefusedError
        If there are more than one file holds.
    """
    rows = await opening.rows(db, caller, pass_id, of, key, figure, MOST_ROWS + 1, 0)
    return await _file(FigureRow, rows, Form.CSV, "")


async def _file(
    of: type[msgspec.Struct], rows: Sequence[msgspec.Struct], form: Form, credit: str
) -> bytes:
    _check_size(len(rows), form)
    write, _ = WRITERS[form]
    # Tens of thousands of rows take long enough to keep others waiting.
    return await asyncio.to_thread(write, of, rows, credit)


def _check_size(count: int, form: Form) -> None:
    most = MOST_IN_EXCEL if form is Form.EXCEL else MOST_ROWS
    if count > most:
        message = (
            f"There are more than {most:,} rows, too many for one .{form} file. "
            + ("Take parquet or csv, or export" if form is Form.EXCEL else "Export")
            + " the rows of one turf, precinct or day instead: GET /reports/rows.csv."
        )
        raise RefusedError(message, field="form")
