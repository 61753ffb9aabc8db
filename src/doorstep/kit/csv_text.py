"""Comma-separated text that a spreadsheet opens without running any of it."""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

# OWASP, "CSV Injection": how a formula begins, and which letters may hide its beginning.
_FORMULA = "=+-@"
_BREAKS = "\t\r\n"
_HIDDEN = re.compile("[\\s\ufeff\u200b-\u200f\u2060\u00ad]*")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows below their header, as RFC 4180 has it; text that could be a formula is made safe.

    Numbers, truth values and instants are ours and stay as they are; None is an empty cell.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case dt.datetime():
            return value.isoformat()
        case _:
            return safe_text(str(value))


def safe_text(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet might take it for a formula."""
    hidden = _HIDDEN.match(text)
    first = text[hidden.end() if hidden else 0 :][:1]
    # Spreadsheets read full-width and small forms of a letter as the letter itself.
    formula = unicodedata.normalize("NFKC", first) in tuple(_FORMULA)
    return f"'{text}" if formula or text.startswith(tuple(_BREAKS)) else text
