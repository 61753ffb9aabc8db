"""Opens workbooks of Excel and LibreOffice: one sheet is a table."""

import json
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from doorstep.imports.reading import sheets
from doorstep.imports.reading.guarding import choose
from doorstep.imports.reading.header import SAMPLE_ROWS, Header, find_header
from doorstep.imports.reading.table import ROW_NUMBER, Batch, Table, refuse, without_blank_rows

MAX_SECONDS = 300


class _Spool:
    """A temporary file that goes with this object."""

    def __init__(self) -> None:
        handle, name = tempfile.mkstemp(suffix=".arrow")
        os.close(handle)
        self.path = Path(name)
        weakref.finalize(self, self.path.unlink, missing_ok=True)

    @contextmanager
    def stream(self) -> Generator[pa.RecordBatchReader]:
        """Read the Arrow stream in it."""
        with pa.OSFile(str(self.path), "rb") as file, pa.ipc.open_stream(file) as batches:
            yield batches


def open_workbook(path: Path, file_name: str, layer: str | None) -> Table:
    """Open one sheet of a workbook; it is unpacked once, into a temporary file.

    Raises
    ------
    RefusedError
        If it is broken, encrypted or too large, or has several sheets and none is named.
    """
    spool = _Spool()
    _unpack(path, layer, spool)
    with spool.stream() as batches:
        metadata = batches.schema.metadata or {}
        row_count, sample = 0, list[list[str]]()
        for batch in batches:
            frame = pl.DataFrame(batch)
            sample += map(_cells, islice(frame.iter_rows(), max(SAMPLE_ROWS - len(sample), 0)))
            row_count += batch.num_rows
    header = find_header(sample)
    return Table(
        file_name=file_name,
        format="workbook",
        columns=tuple(header.names),
        row_count_estimate=row_count - header.row - 1,
        details={"sheet": metadata[sheets.NAME].decode(), **header.details},
        read=partial(_read, spool, header, row_count),
    )


def _cells(row: Sequence[str | None]) -> list[str]:
    """The cells up to the last that is filled; a sheet is as wide as its widest row."""
    cells = [cell or "" for cell in row]
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _unpack(path: Path, layer: str | None, spool: _Spool) -> None:
    asked = [] if layer is None else [layer]
    with spool.path.open("wb") as file:
        try:
            done = subprocess.run(  # noqa: S603 - our own program; the path is absolute.
                [sys.executable, "-I", sheets.__file__, str(path.resolve()), *asked],
                stdout=file,
                stderr=subprocess.PIPE,
                timeout=MAX_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            refuse("The workbook takes too long to read. Save the sheet as CSV UTF-8.")
    if done.returncode in {sheets.SEVERAL, sheets.MISSING}:
        choose(json.loads(spool.path.read_bytes()), layer, "sheet")
    if done.returncode == sheets.BROKEN and b"assword" in done.stderr:
        refuse("The workbook is protected by a password. Save it without one.")
    if done.returncode == sheets.BROKEN:
        refuse(
            "The workbook is cut short, broken or protected by a password. Open it in the "
            "spreadsheet program and save it again, without a password."
        )
    if done.returncode != sheets.OK:
        refuse(
            "The workbook is too large, or a cell far from the list makes it seem so. Save the "
            "sheet as CSV UTF-8."
        )


def _read(spool: _Spool, header: Header, total: int, places: Sequence[int]) -> Iterator[Batch]:
    wanted = [header.places[place] for place in places]
    done = 0
    with spool.stream() as batches:
        for batch in batches:
            numbers = pl.Series(ROW_NUMBER, np.arange(done + 1, done + batch.num_rows + 1))
            done += batch.num_rows
            frame = without_blank_rows(pl.DataFrame(batch).insert_column(0, numbers))
            rows = frame.filter(pl.col(ROW_NUMBER) > header.row + 1).select(
                ROW_NUMBER, *(pl.nth(place + 1) for place in wanted)
            )
            # A cell with a day holds its midnight.
            texts = pl.col(pl.String).str.strip_suffix(" 00:00:00")
            yield Batch(rows.with_columns(pl.when(texts != "").then(texts)), [], done, total)
