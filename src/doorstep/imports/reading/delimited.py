"""Opens CSV and its kin, and reads it fast wherever every line is a row."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
from msgspec import structs
from numpy.typing import NDArray

from doorstep.imports.model import ImportReject
from doorstep.imports.reading.careful import (
    MAX_LINE_BYTES,
    Part,
    Shape,
    fits,
    frame_of,
    is_blank,
    is_open,
    ragged,
    read_carefully,
)
from doorstep.imports.reading.header import SAMPLE_ROWS, find_header
from doorstep.imports.reading.table import ROW_NUMBER, Batch, Table, refuse
from doorstep.imports.reading.text import TextFile, survey, utf8_chunks

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_HINT = "sep="  # What Excel writes and reads above the header, and does not count as a row.
_MAX_HEADER_LINES = 50


class _Layout(NamedTuple):
    """Where the rows of a file begin and which cells of them are its columns."""

    file: TextFile
    encoding: str
    delimiter: str
    width: int
    places: Sequence[int]
    first_row: int
    skipped_bytes: int


def open_delimited(file: TextFile, file_name: str) -> Table:
    """Open a text file whose columns are parted by commas, semicolons, tabs or vertical bars.

    Raises
    ------
    RefusedError
        If it is not text, or has no header or no rows.
    """
    about = survey(file)
    lines = io.StringIO(about.sample, newline="").readlines()
    if not about.whole and len(lines) > 1:
        lines.pop()
    hint = lines[0].strip("\r\n\"' ")
    hinted = hint.lower().startswith(_HINT)
    skipped = len(lines.pop(0).encode()) if hinted else 0
    delimiter = hint[len(_HINT) :] if hinted else ""
    if delimiter not in DELIMITERS:
        delimiter = max(DELIMITERS, key=partial(_fit, lines))
    records, ends = _records(lines, delimiter)
    header = find_header(records)
    if ends[header.row] > _MAX_HEADER_LINES:
        refuse("A quotation mark in the first row is never closed. Export the file again.")
    layout = _Layout(
        file,
        about.encoding,
        delimiter,
        header.width,
        header.places,
        header.row + 2,
        skipped + len("".join(lines[: ends[header.row]]).encode()),
    )
    return Table(
        file_name=file_name,
        format="csv",
        columns=tuple(header.names),
        row_count_estimate=max(about.line_count - ends[header.row] - hinted, 1),
        details={
            "encoding": about.encoding.upper(),
            "delimiter": DELIMITERS[delimiter],
            **header.details,
        },
        read=partial(_read, layout),
    )


def _records(lines: Sequence[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first rows of a text, and for each the count of lines up to its end."""
    reader = csv.reader(lines, delimiter=delimiter)
    records: list[list[str]] = []
    ends: list[int] = []
    for record in reader:
        records.append(record)
        ends.append(reader.line_num)
        if len(records) > SAMPLE_ROWS:
            break
    return records, ends


def _fit(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """How well a separator parts the lines into rows of one width."""
    widths = Counter(len(cells) for cells in _records(lines, delimiter)[0] if not is_blank(cells))
    width, count = max(widths.items(), key=lambda one: (one[0] > 1, one[1]), default=(1, 0))
    return (count / widths.total() if width > 1 else 0.0), width


def _read(layout: _Layout, places: Sequence[int]) -> Iterator[Batch]:
    shape = Shape(layout.delimiter, layout.width, [layout.places[place] for place in places])
    total = layout.file.size
    number, rest = layout.first_row, b""
    for block, done, last in _blocks(layout):
        data = rest + block
        part = (
            _read_fast(data, number, shape)
            or _read_mixed(data, number, shape)
            or read_carefully(data, number, shape, last=last)
        )
        rest = part.rest
        number += part.row_count
        yield Batch(part.rows, part.rejects, done, total)


def _blocks(layout: _Layout) -> Iterator[tuple[bytes, int, bool]]:
    """Whole lines below the header, some megabytes at a time; the last may lack its end."""
    skip, rest, done = layout.skipped_bytes, b"", 0
    for chunk, done in utf8_chunks(layout.file, layout.encoding):
        data = rest + chunk[skip:]
        skip -= min(skip, len(chunk))
        # A carriage return at the very end may be half of a line end.
        cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        if len(data) - cut > MAX_LINE_BYTES:
            most = MAX_LINE_BYTES // 2**20
            refuse(f"A line is longer than {most} MiB, as no row is. Export the file again.")
        rest = data[cut:]
        yield data[:cut], done, False
    yield rest, done, True


def _read_fast(data: bytes, first: int, shape: Shape) -> Part | None:
    """Read a block in which every line is a row; None if it is not so or cannot be told."""
    codes = np.frombuffer(data, np.uint8)
    feeds, returns = codes == ord("\n"), codes == ord("\r")
    line_count = int(np.count_nonzero(feeds) + np.count_nonzero(returns))
    line_count -= int(np.count_nonzero(returns[:-1] & feeds[1:]))
    if data and data[-1] not in b"\r\n":
        line_count += 1
    quote_count = np.count_nonzero(codes == ord('"'))
    # The columns of a million empty lines would take more memory than the lines.
    if not line_count or quote_count % 2 or line_count * shape.width > 2 * len(data) + 2:
        return None
    bad: list[tuple[int, str]] = []

    def note(row: pa_csv.InvalidRow) -> Literal["skip"]:
        bad.append((row.number or 0, row.text))
        return "skip"

    names = [str(place) for place in range(shape.width)]
    try:
        table = pa_csv.read_csv(
            io.BytesIO(data),
            # Only a single thread knows the numbers of bad rows.
            pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            pa_csv.ParseOptions(
                delimiter=shape.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                # None would mean all of them.
                include_columns=[names[place] for place in shape.wanted or [0]],
                strings_can_be_null=True,
                null_values=[""],
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    body = data.rstrip(b"\r\n")
    end = body[max(body.rfind(b"\n"), body.rfind(b"\r")) + 1 :].decode()
    if table.num_rows + len(bad) != line_count or is_open(f"{end}\n", shape.delimiter):
        return None
    numbers = np.delete(np.arange(first, first + line_count), [place - 1 for place, _ in bad])
    rows = pl.DataFrame(table).insert_column(0, pl.Series(ROW_NUMBER, numbers))
    kept, rejects = _mended(bad, first, shape)
    rows = _without_blank(rows, data, first, shape.delimiter).select(kept.columns)
    return Part(
        pl.concat([rows, kept]).sort(ROW_NUMBER) if len(kept) else rows, rejects, line_count, b""
    )


def _read_mixed(data: bytes, first: int, shape: Shape) -> Part | None:
    """Read a block in which cells hold line ends here and there; None if that is not all.

    Lines that quotation marks hold together go to the careful reader, the others to the fast one.
    """
    codes = np.frombuffer(data, np.uint8)
    ends = codes == ord("\n")
    ends[:-1] |= (codes[:-1] == ord("\r")) & ~ends[1:]
    ends[-1:] = True
    is_open = (np.cumsum(codes == ord('"'))[ends] % 2).astype(bool)
    goes_on = np.concatenate(([False], is_open))[:-1]
    held = is_open | goes_on
    if not held.any() or is_open[-1]:
        return None
    numbers = np.cumsum(~goes_on) + first - 1
    lengths = np.diff(np.flatnonzero(ends), prepend=-1)
    in_held = np.repeat(held, lengths)
    alone = _read_fast(codes[~in_held].tobytes(), 0, shape)
    joined = read_carefully(codes[in_held].tobytes(), 0, shape, last=True)
    if alone is None or (alone.row_count, joined.row_count) != (
        np.count_nonzero(~held),
        np.count_nonzero(held & ~goes_on),
    ):
        return None
    parts = [
        _renumbered(alone, numbers[~held]),
        _renumbered(joined, numbers[held & ~goes_on]),
    ]
    return Part(
        pl.concat([part.rows for part in parts]).sort(ROW_NUMBER),
        [reject for part in parts for reject in part.rejects],
        int(numbers[-1]) - first + 1,
        b"",
    )


def _renumbered(part: Part, numbers: NDArray[np.int64]) -> Part:
    """A part whose rows were counted from 0, with the numbers that they have in the file."""
    rows = part.rows.with_columns(pl.Series(ROW_NUMBER, numbers[part.rows[ROW_NUMBER].to_numpy()]))
    rejects = [
        structs.replace(one, row_number=int(numbers[one.row_number])) for one in part.rejects
    ]
    return Part(rows, rejects, part.row_count, part.rest)


def _mended(
    bad: Sequence[tuple[int, str]], first: int, shape: Shape
) -> tuple[pl.DataFrame, list[ImportReject]]:
    """Rows whose extra cells are empty, and the rejects of the others."""
    numbers: list[int] = []
    rows: list[list[str]] = []
    rejects: list[ImportReject] = []
    for place, text in bad:
        number = first + place - 1
        cells = next(csv.reader([text], delimiter=shape.delimiter), [""])
        if fits(cells, shape.width) and not is_blank(cells):
            numbers.append(number)
            rows.append(cells)
        elif not is_blank(cells):
            rejects.append(ragged(number, len(cells), shape.width))
    return frame_of(numbers, rows, shape), rejects


def _without_blank(rows: pl.DataFrame, data: bytes, first: int, delimiter: str) -> pl.DataFrame:
    """Leave out rows with nothing in them, also not in a column that was not asked for."""
    texts = pl.exclude(ROW_NUMBER)
    empty = rows.filter(pl.all_horizontal(texts.is_null() | (texts.str.strip_chars() == "")))
    if empty.is_empty():
        return rows
    lines = data.splitlines()
    numbers: list[int] = empty[ROW_NUMBER].to_list()
    blank = [
        number
        for number in numbers
        if is_blank(next(csv.reader([lines[number - first].decode()], delimiter=delimiter), [""]))
    ]
    return rows.filter(~pl.col(ROW_NUMBER).is_in(blank))
