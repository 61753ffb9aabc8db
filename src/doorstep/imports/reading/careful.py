"""Reads CSV row by row where a row is not simply a line: slower, and forgiving of quotes."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from doorstep.imports.model import ImportReject
from doorstep.imports.reading.table import ROW_NUMBER, refuse

MAX_LINE_BYTES = 16 * 2**20
# A cell that runs on for longer than this is no note any more, but the rest of the file.
_MAX_ROW_LINES = 1_000
_MAX_UNCLOSED = 1_000
# Below this width, ordinary text in a cell may look like a row.
_TELLING_WIDTH = 4
_END_OF_FILE = "\x1a"  # DOS programs end a text with it.

# The csv module's own limit would end the whole file; a row at a time is kinder.
csv.field_size_limit(2**31 - 1)


class Shape(NamedTuple):
    """What parts the cells of a row, how many there are, and which of them are wanted."""

    delimiter: str
    width: int
    wanted: Sequence[int]


class Part(NamedTuple):
    """What a piece of text holds: rows, rejects, how many rows it spans, and a row cut short."""

    rows: pl.DataFrame
    rejects: list[ImportReject]
    row_count: int
    rest: bytes


def read_carefully(data: bytes, first: int, shape: Shape, *, last: bool) -> Part:
    """Read lines of which some belong together, as cells in quotes may hold line ends.

    Where a quotation mark is opened and not closed before other rows begin, the row with it is
    rejected and reading goes on in the next line.

    Parameters
    ----------
    data
        Whole lines in UTF-8.
    first
        The number of the first row.
    shape
        How rows are parted.
    last
        Whether nothing follows, so that a row cannot go on.

    Raises
    ------
    RefusedError
        If very many quotation marks are not closed.
    """
    lines = io.StringIO(data.decode(), newline="").readlines()
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=shape.delimiter)
    numbers: list[int] = []
    rows: list[list[str]] = []
    rejects: list[ImportReject] = []
    number, unclosed_count, rest = first, 0, b""
    while feed.at < len(lines):
        start = feed.begin()
        cells = next(reader)
        if feed.is_dry and not last and feed.at == len(lines):
            rest = "".join(lines[start:]).encode()
            if len(rest) <= MAX_LINE_BYTES:
                break
            rest = b""
        if feed.is_dry or _swallows(lines[start + 1 : feed.at], cells, shape):
            feed.at = start + 1
            unclosed_count += 1
            rejects.append(_unclosed(number))
            if unclosed_count > _MAX_UNCLOSED:
                refuse(
                    f"From row {first:,} on, very many quotation marks are opened and not closed. "
                    "Export the file again."
                )
        elif is_blank(cells):
            pass
        elif fits(cells, shape.width):
            numbers.append(number)
            rows.append(cells)
        else:
            rejects.append(ragged(number, len(cells), shape.width))
        number += 1
    return Part(frame_of(numbers, rows, shape), rejects, number - first, rest)


class _Feed(Iterator[str]):
    """Hands out lines, can be set back, and knows whether it was asked for more than it has."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._end = 0
        self.at = 0
        self.is_dry = False

    def begin(self) -> int:
        """Begin a row; it may have so many lines and no more."""
        self._end = min(self.at + _MAX_ROW_LINES, len(self._lines))
        self.is_dry = False
        return self.at

    def __next__(self) -> str:
        if self.at >= self._end:
            self.is_dry = True
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]


def _swallows(later: Sequence[str], cells: Sequence[str], shape: Shape) -> bool:
    """Whether the later lines of a row hold, in its quotes, what are rows of their own."""
    if fits(cells, shape.width) and shape.width < _TELLING_WIDTH:
        return False
    return any(_is_row(line, shape) for line in later)


def _is_row(line: str, shape: Shape) -> bool:
    if line.count('"') % 2 or line.count(shape.delimiter) < shape.width - 1:
        return False
    cells = next(csv.reader([line], delimiter=shape.delimiter))
    # A quotation mark within a cell is where another cell ends.
    return len(cells) == shape.width and not any('"' in cell for cell in cells)


def is_open(line: str, delimiter: str) -> bool:
    """Whether a row goes on after this line, as a quotation mark is open."""
    feed = _Feed([line])
    feed.begin()
    next(csv.reader(feed, delimiter=delimiter))
    return feed.is_dry


def fits(cells: Sequence[str], width: int) -> bool:
    """Whether a row has the width of the header, but for empty cells at its end."""
    return len(cells) == width or (len(cells) > width and is_blank(cells[width:]))


def is_blank(cells: Sequence[str]) -> bool:
    """Whether nothing is in these cells."""
    return not "".join(cells).strip().strip(_END_OF_FILE)


def frame_of(numbers: Sequence[int], rows: Sequence[Sequence[str]], shape: Shape) -> pl.DataFrame:
    """Return rows, at least as wide as the header, as the columns of a batch."""
    columns = list(zip(*rows, strict=False)) if rows else [()] * shape.width
    texts = [pl.Series(str(place), columns[place], pl.String) for place in shape.wanted]
    frame = pl.DataFrame([pl.Series(ROW_NUMBER, np.array(numbers, np.int64)), *texts])
    return frame.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)))


def ragged(number: int, count: int, width: int) -> ImportReject:
    """Return the reject of a row with too many or too few cells."""
    return ImportReject(
        row_number=number,
        field="row",
        reason=f"The row has {count:,} cells, the header has {width:,}.",
        remedy="Put quotes around a text that holds the separator."
        if count > width
        else "Fill the row up; perhaps a line break has cut it in two.",
    )


def _unclosed(number: int) -> ImportReject:
    return ImportReject(
        row_number=number,
        field="row",
        reason="A quotation mark is opened in this row and not closed in it.",
        remedy="Close it or take it away; later rows are counted by lines from here on.",
    )
