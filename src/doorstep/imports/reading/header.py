"""Finds the row that names the columns, and refuses a table that has none."""

import re
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from doorstep.imports.reading.table import refuse

SAMPLE_ROWS = 200
MAX_COLUMNS = 2_000
_MAX_NAME = 200
_MAX_TITLE_ROWS = 20
# Numbers, days, times and e-mail addresses: what rows hold and headers hardly ever.
_VALUE = re.compile(r"[-+]?[\d.,/:\s-]*\d[\d.,/:\s-]*|[^@\s]+@[^@\s]+\.\w+")
_YEAR = re.compile(r"(19|20)\d\d")

Rows = Sequence[Sequence[str]]


class Header(NamedTuple):
    """Where the header is, the columns that have a name or content, and what to tell of it.

    `row` counts from 0; `width` is how many cells a row has; `places` are those of `names`.
    """

    row: int
    width: int
    places: list[int]
    names: list[str]
    details: dict[str, str]


def find_header(rows: Rows) -> Header:
    """Find the header in the first rows of a table.

    A title above it, which fills but few cells, is skipped.

    Raises
    ------
    RefusedError
        If there is no row with content, none below the header, the header looks like a row of
        values, or there are too many columns.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    if not any(filled):
        refuse("The file is empty. Export it again, with its header row.")
    at = _header_row(filled)
    below = [row for row, count in zip(rows[at + 1 :], filled[at + 1 :], strict=True) if count]
    if not below:
        refuse("The file has a header but no rows below it. Export it again, with its rows.")
    cells = [" ".join(cell.split()) for cell in rows[at]]
    named = max((place + 1 for place, cell in enumerate(cells) if cell), default=0)
    # Some programs end every row, or every row but the header, with a separator too many.
    usual, count = Counter(map(len, below)).most_common(1)[0]
    width = max(named, usual if 2 * count > len(below) else 0)
    if width > MAX_COLUMNS:
        refuse(
            f"The file has {width:,} columns; {MAX_COLUMNS:,} are the most. "
            "Export it with the columns you need."
        )
    cells = [*cells[:width], *[""] * (width - len(cells))]
    _check_names(cells, below)
    used = [any(place < len(row) and row[place].strip() for row in below) for place in range(width)]
    places = [place for place in range(width) if cells[place] or used[place]]
    names, details = unique_names([cells[place] or f"column {place + 1}" for place in places])
    if at:
        details["header_row"] = str(at + 1)
    return Header(at, width, places, names, details)


def _header_row(filled: Sequence[int]) -> int:
    """The first row that is more than half as full as rows usually are, if that is near the top."""
    usual = median(count for count in filled if count)
    for place, count in enumerate(filled[:_MAX_TITLE_ROWS]):
        if 2 * count > usual:
            return place
    return next(place for place, count in enumerate(filled) if count)


def _check_names(cells: Sequence[str], below: Rows) -> None:
    """Refuse a header that looks like one more row of values."""
    # Exports that were put end to end repeat the header further down.
    rows = [row for row in below if list(row[: len(cells)]) != list(cells)]
    columns = {
        place: {row[place].strip()[:_MAX_NAME] for row in rows if place < len(row)} - {""}
        for place, cell in enumerate(cells)
        if cell
    }
    of_values = [
        place for place, values in columns.items() if values and all(map(_VALUE.fullmatch, values))
    ]
    alike = [place for place in of_values if _is_value_of_row(cells[place])]
    repeated = [place for place, values in columns.items() if cells[place] in values]
    if (alike and 2 * len(alike) >= len(of_values)) or 2 * len(repeated) > len(columns):
        shown = ", ".join(cells[place][:30] for place in list(columns)[:3])
        refuse(
            f"The first row ({shown} …) looks like values, not like the names of columns. "
            "Put a row with the columns' names above it."
        )


def _is_value_of_row(cell: str) -> bool:
    # Columns of who voted when are called by the year.
    return bool(_VALUE.fullmatch(cell[:_MAX_NAME])) and not _YEAR.fullmatch(cell)


def unique_names(names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the names, a repeated one as "name (2)", and what to tell of those."""
    unique: dict[str, None] = {}
    repeated: dict[str, None] = {}
    for name in names:
        base = "".join(one if one.isprintable() else " " for one in name)
        base = " ".join(base.split())[: _MAX_NAME - 8] or "column"
        candidate, count = base, 1
        while candidate in unique:
            count += 1
            candidate = f"{base} ({count})"
        if count > 1:
            repeated[base] = None
        unique[candidate] = None
    return list(unique), {"repeated_columns": ", ".join(repeated)} if repeated else {}
