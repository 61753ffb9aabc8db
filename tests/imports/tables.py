"""Small tables as files, and what comes out of them."""

import csv
import io
import zipfile
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

from doorstep.imports.reading import open_table

FILES = Path(__file__).parent / "files"


class Found(NamedTuple):
    columns: tuple[str, ...]
    rows: dict[int, tuple[str | None, ...]]
    rejects: dict[int, str]
    details: dict[str, str]


def read(path, *, layer=None, columns=None, size=50_000):
    """Everything in a file: cells and the fields of rejects by the number of their row."""
    table = open_table(path, path.name, layer=layer)
    rows, rejects, done = {}, {}, 0
    for batch in table.batches(table.columns if columns is None else columns, size):
        for number, *cells in batch.rows.iter_rows():
            assert number not in rows
            rows[number] = tuple(cells)
        for one in batch.rejects:
            assert one.row_number not in rejects
            assert one.reason
            assert one.remedy
            rejects[one.row_number] = one.field
        assert done <= batch.done <= batch.total
        done = batch.done
    assert not rows.keys() & rejects.keys()
    assert list(rows) == sorted(rows)
    return Found(table.columns, rows, rejects, dict(table.details))


def as_csv(rows, delimiter=",", end="\n", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO()
    # Left to itself, the writer leaves line ends of other kinds without quotes.
    if end != "\r\n" and any(
        "\r" in str(cell) or "\n" in str(cell) for row in rows for cell in row
    ):
        quoting = csv.QUOTE_ALL
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue()


def as_zip(path, files, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def as_workbook(path, sheets, hidden=()):
    """A workbook of sheets, each a list of rows; None is an empty cell."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(at, place, cell)
            if name in hidden:
                sheet.hide()
    return path
