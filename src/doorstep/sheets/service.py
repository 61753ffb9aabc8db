"""Printing walk sheets, and finding a sheet again by its code."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from doorstep.kit.db import Connection
from doorstep.kit.ids import new_id
from doorstep.people.model import WalkPerson
from doorstep.sheets import queries
from doorstep.sheets.codes import new_code, read_code
from doorstep.sheets.gathering import Content, Line, content_of, lines_of
from doorstep.sheets.model import Paper, SheetLine, SheetPerson, WalkSheet
from doorstep.sheets.printing import Sheet, letter, print_sheets
from doorstep.sheets.queries import SheetRow


async def walk_sheets(
    db: Connection,
    organization_id: UUID,
    turf_ids: Sequence[UUID],
    paper: Paper,
    *,
    printed_by: UUID | None,
    fonts: Path | None = None,
    report: Callable[[int, int], None] | None = None,
) -> bytes:
    """The sheets of turfs as one PDF, in this order.

    A turf that is as it was when last printed keeps its code; what comes back on either copy is
    the same then.

    Raises
    ------
    NotFoundError
        If one of them is no turf.
    ConflictError
        If there is nothing to print.
    """
    sheets: list[Sheet] = []
    for turf_id in dict.fromkeys(turf_ids):
        content = await content_of(db, organization_id, turf_id)
        code = await _code_of(db, organization_id, content, printed_by)
        sheets.append(Sheet(code=code, content=content))
    return await asyncio.to_thread(print_sheets, sheets, paper, fonts, report)


async def _code_of(
    db: Connection, organization_id: UUID, content: Content, printed_by: UUID | None
) -> str:
    people = [(person.id, line.door.id) for line in content.lines for person in line.people]
    made = SheetRow(
        id=new_id(),
        pass_id=content.turf.pass_id,
        turf_id=content.turf.id,
        turf_name=content.turf.name,
        code=new_code(),
        script_id=content.script and content.script.script_id,
        script_version=content.script and content.script.version,
        door_ids=[line.door.id for line in content.lines],
        person_ids=[person_id for person_id, _ in people],
        person_door_ids=[door_id for _, door_id in people],
        printed_at=dt.datetime.now(dt.UTC),
    )
    before = await queries.newest_sheet(db, organization_id, content.turf.id)
    if before is not None and _lines(before) == _lines(made):
        return before.code
    await queries.insert_sheet(db, organization_id, made, printed_by)
    return made.code


def _lines(sheet: SheetRow) -> tuple[object, ...]:
    return (
        sheet.turf_name,
        sheet.script_id,
        sheet.script_version,
        sheet.door_ids,
        sheet.person_ids,
        sheet.person_door_ids,
    )


async def sheet_by_code(db: Connection, organization_id: UUID, typed: str) -> WalkSheet:
    """A sheet as it was printed; of people only those who may still be contacted are named.

    Raises
    ------
    NotFoundError
        If there is no sheet of this code, or it was mistyped.
    """
    sheet = await queries.sheet_by_code(db, organization_id, read_code(typed))
    now = {
        line.door.id: line
        for line in await lines_of(db, organization_id, sheet.pass_id, sheet.door_ids)
    }
    return WalkSheet(
        code=sheet.code,
        turf_id=sheet.turf_id,
        turf_name=sheet.turf_name,
        pass_id=sheet.pass_id,
        script_id=sheet.script_id,
        script_version=sheet.script_version,
        printed_at=sheet.printed_at,
        lines=[
            _shown(sheet, number, now[door_id])
            for number, door_id in enumerate(sheet.door_ids, 1)
            if door_id in now
        ],
    )


def _shown(sheet: SheetRow, number: int, line: Line) -> SheetLine:
    door = line.door
    named = {person.id: person for person in line.people}
    parts = f"{door.street} {door.house_number}", door.unit
    return SheetLine(
        line=number,
        door_id=door.id,
        address=", ".join(part for part in parts if part),
        people=[
            SheetPerson(letter=letter(place), person_id=person_id, name=_name(named.get(person_id)))
            for place, person_id in enumerate(people_at(sheet, door.id))
        ],
        status=line.status,
    )


def _name(person: WalkPerson | None) -> str | None:
    return person and f"{person.given_name} {person.family_name}".strip()


def people_at(sheet: SheetRow, door_id: UUID) -> list[UUID]:
    """The people under a line, in the order of their letters."""
    pairs = zip(sheet.person_ids, sheet.person_door_ids, strict=True)
    return [person_id for person_id, at in pairs if at == door_id]
