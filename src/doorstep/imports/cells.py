"""Cells as text: white space, formulas and empty words; numbers, days and instants in them."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import polars as pl

MAX_CHARACTERS = 200
MAX_KEPT_CHARACTERS = 2_000

# What programs and people write for nothing.
_NOTHING = pl.Series([
    "", "#N/A", "#NA", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "NULL", "null",
    "(null)", "<null>", "\\N", "N/A", "n/a", "None", "NaN", "nan", "-", "--", "\u2013", "\u2014",
    "?",
])  # fmt: skip
# Spreadsheets write ="00100" so that a leading zero survives.
_QUOTED_FORMULA = r'^="([^"]*)"$'
_YES = {"yes", "y", "true", "t", "1", "x", "ja", "j", "oui", "si", "sí", "kyllä", "k"}
_NO = {"no", "n", "false", "f", "0", "nein", "non", "nej", "ei", "e"}
_ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_PACKED_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WRITTEN_DAY = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})(?:[T ].*)?")
_NAMED_DAY = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[.,]?[ -](\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Excel counts days since this one, with a leap day in 1900 that never was.
_EXCEL_ZERO = dt.date(1899, 12, 30)
_EXCEL_SERIAL = re.compile(r"\d{4,5}")
# 4 March 1928 to 2036: below it, four digits are a year.
_EXCEL_RANGE = range(10_000, 50_000)

_ODD_SPACE = ["  ", *"\t\n\r\v\f\x85\u00a0\u2007\u2009\u2028\u2029\u202f\u3000"]
# What steers the direction of text and nobody sees; joiners stay, as letters and emoji need them.
_UNSEEN = [
    *"\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
]

LOST = "\ufffd"
"""Stands for what could not be read in the file's encoding."""
CONTROL = [chr(code) for code in (*range(32), *range(127, 160))]
UNFIT = [*CONTROL, LOST, "="]
"""What a cell does not hold, but for an equals sign that begins no formula."""
DECIMALS = r"^(\d+)\.0+$"
"""Whole numbers as programs write them that know no others."""
NUMBER = r"^[+-]?\d+(?:[.,]\d+)?$"


def tidy(cells: pl.Series) -> pl.Series:
    """Cells with single spaces and no wrapping; what means nothing is null."""
    text = cells.str.strip_chars()
    # Most columns need none of what takes time.
    if text.str.contains_any(_ODD_SPACE + _UNSEEN).any():
        text = (
            text.str.replace_many(dict.fromkeys(_UNSEEN, ""))
            .str.replace_all(r"\s+", " ")
            .str.strip_chars()
        )
    if text.str.starts_with("=").any():
        text = text.str.replace(_QUOTED_FORMULA, "$1").str.strip_chars()
    return text.set(text.is_in(_NOTHING.implode()), None)


def over_unique(column: pl.Series, read: Callable[[str], Any], dtype: Any = pl.String) -> pl.Series:
    """Each cell as ``read`` has it, asked once for each different text; null stays null."""
    different = column.drop_nulls().unique()
    if different.is_empty():
        return pl.repeat(None, column.len(), dtype=dtype, eager=True).alias(column.name)
    found = pl.Series([read(text) for text in different], dtype=dtype)
    return column.replace_strict(different, found, default=None, return_dtype=dtype)


def yes_or_no(text: str) -> bool | None:
    """What a yes or no says, in a few languages; None if it is neither."""
    said = text.casefold()
    return True if said in _YES else False if said in _NO else None


def day(text: str, *, day_first: bool | None) -> dt.date | None:
    """The day that a cell means, None if it is none or could be two.

    Read are 2026-04-03, 20260403, 3.4.2026, 3/4/2026, 3 Apr 2026 and Excel's serial numbers.
    """
    try:
        if found := _ISO_DAY.fullmatch(text) or _PACKED_DAY.fullmatch(text):
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        if _EXCEL_SERIAL.fullmatch(text) and int(text) in _EXCEL_RANGE:
            return _EXCEL_ZERO + dt.timedelta(days=int(text))
        if found := _WRITTEN_DAY.fullmatch(text):
            return _written_day(int(found[1]), found[2], int(found[3]), int(found[4]), day_first)
        if found := _NAMED_DAY.fullmatch(text):
            month: Any = found[2].lower()
            return dt.date(int(found[3]), _MONTHS.index(month) + 1, int(found[1]))
    except ValueError:
        pass
    return None


def _written_day(
    first: int, mark: str, second: int, year: int, day_first: bool | None
) -> dt.date | None:
    if mark == "." or first > 12:  # noqa: PLR2004 -- there is no thirteenth month
        return dt.date(year, second, first)
    if second > 12 or first == second:  # noqa: PLR2004
        return dt.date(year, first, second)
    if day_first is None:
        return None
    return dt.date(year, second, first) if day_first else dt.date(year, first, second)


def instant(text: str, *, day_first: bool | None) -> dt.datetime | None:
    """The instant that a cell means, in UTC unless it says otherwise; of a day its beginning."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        whole = day(text, day_first=day_first)
        found = whole and dt.datetime.combine(whole, dt.time())
    if found is None:
        return None
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)
