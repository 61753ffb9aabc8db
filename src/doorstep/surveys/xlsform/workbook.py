"""Sheets of an Excel workbook as rows of text, and back; what could do harm is refused."""

import io
import re
import warnings
import zipfile
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from doorstep.kit.errors import RefusedError

MAX_UNPACKED_BYTES = 16 * 2**20
MAX_ROWS = 5000
MAX_COLUMNS = 300
MAX_CELL = 32_767
"""Characters that Excel keeps of a cell."""

_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
# Not in XML, as which a workbook is stored.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# With these a formula begins, as soon as somebody saves the sheet as CSV or edits the cell.
_FORMULA = tuple("=+-@\t")
_LETTER_WIDTHS = (12, 60)

# They quote cells, and are about looks: data validation, styles, dates out of range.
warnings.filterwarnings("ignore", module=r"openpyxl\.")


@dataclass(frozen=True)
class Row:
    """A row that is not empty: its number as a spreadsheet counts, its cells by their header."""

    number: int
    cells: Mapping[str, str]


@dataclass
class Sheet:
    """The rows of a sheet below its header."""

    header: list[str] = field(default_factory=list[str])
    repeated: list[str] = field(default_factory=list[str])
    """Headers that come more than once; the first column counts."""
    rows: list[Row] = field(default_factory=list[Row])


def read_sheets(content: bytes, wanted: Container[str]) -> dict[str, Sheet]:
    """The wanted sheets of a workbook by name, as far as they are there; case is no matter.

    Raises
    ------
    RefusedError
        If it is no workbook, damaged, locked, or far larger than a form.
    """
    _refuse_harm(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        named = {sheet.title.strip().lower(): sheet for sheet in book.worksheets}
        return {name: _sheet(sheet) for name, sheet in named.items() if name in wanted}
    except RefusedError:
        raise
    except Exception as error:
        # The reader raises whatever a damaged part makes it stumble over.
        message = "The workbook is damaged. Open it in a spreadsheet program and save it again."
        raise RefusedError(message, field="body") from error


def _refuse_harm(content: bytes) -> None:
    """Unpack all of it once, as far as it may go."""
    if content.startswith(_OLD_OR_LOCKED):
        message = (
            "The file is locked with a password or in the old format (.xls). Save it as .xlsx."
        )
        raise RefusedError(message, field="body")
    left = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                with archive.open(part) as unpacked:
                    while left >= 0 and (chunk := unpacked.read(2**16)):
                        left -= len(chunk)
    except Exception as error:
        message = "This is no Excel workbook, or only a part of one. Send an .xlsx file."
        raise RefusedError(message, field="body") from error
    if left < 0:
        message = (
            f"Unpacked, the workbook is larger than {MAX_UNPACKED_BYTES >> 20} MiB: no form is."
        )
        raise RefusedError(message, field="body")


def _sheet(source: Any) -> Sheet:
    sheet = Sheet()
    # Bounded here: a single cell in the last row and column would make it count up to there.
    lines = source.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS, values_only=True)
    for number, line in enumerate(lines, 1):
        values = [_text(value) for value in line]
        if number == 1:
            sheet.header = [" ".join(value.split()) for value in values]
            named = [name for name in sheet.header if name]
            sheet.repeated = sorted({name for name in named if named.count(name) > 1})
            continue
        cells: dict[str, str] = {}
        for name, value in zip(sheet.header, values, strict=False):
            if name and value.strip():
                cells.setdefault(name, value)
        if cells and number > MAX_ROWS:
            message = f"The sheet {source.title} has more than {MAX_ROWS:,} rows: no form has."
            raise RefusedError(message, field="body")
        if cells:
            sheet.rows.append(Row(number, cells))
    return sheet


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            # Excel writes a carriage return like this.
            return _one_line_end(str(value).replace("_x000D_", ""))


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write_sheets(sheets: Mapping[str, Sequence[Mapping[str, str]]]) -> bytes:
    """A workbook with these sheets; each row is given by its header.

    Raises
    ------
    RefusedError
        If a text is longer than a cell.
    """
    book = openpyxl.Workbook()
    book.properties.creator = "Doorstep"
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        header = list(dict.fromkeys(column for row in rows for column in row))
        _write_row(sheet, 1, header)
        for number, row in enumerate(rows, 2):
            _write_row(sheet, number, [row.get(column, "") for column in header])
        sheet.freeze_panes = "A2"
        for place, column in enumerate(header, 1):
            longest = max(len(column), *(len(row.get(column, "")) for row in rows))
            least, most = _LETTER_WIDTHS
            letter = get_column_letter(place)
            sheet.column_dimensions[letter].width = min(max(longest, least), most)
            sheet.cell(1, place).font = Font(bold=True)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _write_row(sheet: Any, number: int, values: Iterable[str]) -> None:
    for place, value in enumerate(values, 1):
        text = _UNSTORABLE.sub("\ufffd", _one_line_end(value))
        if len(text) > MAX_CELL:
            message = (
                f"A text has {len(text):,} characters, the cell of a spreadsheet takes "
                f"{MAX_CELL:,}. Shorten it: {text[:40]}…"
            )
            raise RefusedError(message)
        if text:
            cell = sheet.cell(number, place, text)
            cell.data_type = "s"
            cell.quotePrefix = text.startswith(_FORMULA)
