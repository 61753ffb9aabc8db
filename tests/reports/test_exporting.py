import io
import json
import sqlite3
from uuid import uuid4

import openpyxl
import polars as pl
import pytest
from field_work import after, make_field
from walked_field import walked

from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.reports import exporting, table_files
from doorstep.reports.exporting import Form, What
from doorstep.reports.model import FigureRow

# The last four are full-width.
DANGEROUS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x",
]  # fmt: skip


async def fetched(client, field, what, form):
    answer = await client.get(
        "/reports/export", params={"pass_id": field.pass_id, "what": what, "form": form}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{what}.{form}"'
    assert answer.headers["content-type"].split(";")[0] == table_files.WRITERS[form][1]
    return answer.content


def count_in(form, content, folder):
    """How many rows a program of this kind finds, and the text of all it finds."""
    if form == Form.CSV:
        frame = pl.read_csv(content)
        return len(frame), str(frame.rows())
    if form == Form.PARQUET:
        frame = pl.read_parquet(content)
        return len(frame), str(frame.rows())
    if form == Form.EXCEL:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        return sheet.max_row - 1, str([[cell.value for cell in row] for row in sheet.iter_rows()])
    if form == Form.GEOJSON:
        features = json.loads(content)["features"]
        assert all(len(one["geometry"]["coordinates"]) == 2 for one in features)
        return len(features), str(features)
    path = folder / f"{uuid4()}.gpkg"
    path.write_bytes(content)
    with sqlite3.connect(path) as found:
        rows = found.execute("select * from doorstep").fetchall()
        (kind,) = found.execute("select geometry_type_name from gpkg_geometry_columns").fetchone()
    found.close()
    assert kind == "POINT"
    return len(rows), str(rows)


@pytest.mark.parametrize("form", Form)
async def test_every_kind_of_program_can_open_every_export(tenant, tmp_path, form):
    field = await walked(tenant)
    client = await tenant.organizer()
    for what, count, word in (
        (What.DOORS, 5, "canvassed"),
        (What.ATTEMPTS, 1, "Aino Salo"),
        (What.ANSWERS, 1, "sign"),
    ):
        content = await fetched(client, field, what, form)
        found, words = count_in(form, content, tmp_path)
        assert found == count
        assert word in words
    audit = await (await tenant.owner()).get("/audit")
    assert {"doors.exported", "attempts.exported", "answers.exported"} <= {
        entry["action"] for entry in audit.json()
    }


@pytest.mark.parametrize("form", Form)
async def test_a_pass_without_anything_makes_empty_files(tenant, tmp_path, form):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant)
        for what in What:
            content = await exporting.of_pass(db, tenant.id, field.pass_id, what, form)
            assert count_in(form, content, tmp_path)[0] == 0


def row_of(text):
    return FigureRow(
        door_id=uuid4(),
        event_id=None,
        person_id=None,
        turf=text,
        street=text,
        house_number=text,
        unit="",
        precinct="",
        result=None,
        at=after(0),
        member=text,
    )


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_of_a_spreadsheet_is_a_formula(text):
    book = table_files.excel_file(FigureRow, [row_of(text)], "")
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    cells = [cell for cell in sheet[2] if cell.value is not None]
    assert all(cell.data_type in ("s", "d") for cell in cells)
    assert sum(str(cell.value).startswith("'") for cell in cells) == 4
    line = table_files.csv_file(FigureRow, [row_of(text)], "").decode()
    assert line.count("'" + text[0]) >= 1


async def test_too_many_rows_for_one_file_are_refused_with_a_way_out(tenant, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_IN_EXCEL", 2)
    monkeypatch.setattr(exporting, "MOST_ROWS", 4)
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 5)
        at = db, tenant.id, field.pass_id, What.DOORS
        with pytest.raises(RefusedError, match=r"more than 2 rows.*Take parquet or csv"):
            await exporting.of_pass(*at, Form.EXCEL)
        with pytest.raises(RefusedError, match=r"more than 4 rows.*one turf, precinct or day"):
            await exporting.of_pass(*at, Form.CSV)


async def test_the_people_of_a_universe_are_exported_and_that_is_noted(tenant, monkeypatch):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 1)
        household_id, person_id = uuid4(), uuid4()
        await db.execute(
            "insert into household (organization_id, id, door_id) values ($1, $2, $3)",
            tenant.id,
            household_id,
            field.doors[0],
        )
        await db.execute(
            """
            insert into person (organization_id, id, household_id, given_name, phone)
            values ($1, $2, $3, '=Aino', '+358401234567')
            """,
            tenant.id,
            person_id,
            household_id,
        )

    async def one_person(*_):
        return [person_id]

    monkeypatch.setattr(exporting, "universe_people", one_person)
    universe_id = uuid4()
    answer = await (await tenant.organizer()).get(
        "/reports/people", params={"universe_id": universe_id}
    )
    assert "'=Aino" in answer.text
    assert "'+358401234567" in answer.text
    audit = await (await tenant.owner()).get("/audit", params={"action": "people.exported"})
    assert [entry["ids"] for entry in audit.json()] == [[str(universe_id), str(person_id)]]


async def test_a_universe_that_is_not_there_has_no_people(tenant):
    client = await tenant.organizer()
    answer = await client.get("/reports/people", params={"universe_id": uuid4()})
    assert answer.status_code == 404
    async with tenant.transaction() as db:
        with pytest.raises(NotFoundError):
            await exporting.of_pass(db, tenant.id, uuid4(), What.DOORS, Form.CSV)
