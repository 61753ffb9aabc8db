"""A table as it comes out of any file: named columns of text, read a batch of rows at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

import polars as pl

from doorstep.imports.model import ImportReject
from doorstep.kit.errors import RefusedError

ROW_NUMBER = "row_number"
# Integers up to here are the same as a float; above, its digits are made up.
_WHOLE_FLOATS = 2**53


class Batch(NamedTuple):
    """Rows of a table, and those of its rows that cannot be read.

    `rows` has the Int64 column `row_number`, counted as a spreadsheet counts, and one String
    column for each column asked for, null where the cell is empty. `done` of `total` tells how far
    the file is read, in bytes or in rows.
    """

    rows: pl.DataFrame
    rejects: list[ImportReject]
    done: int
    total: int


Read = Callable[[Sequence[int]], Iterator[Batch]]
"""Reads the columns at these positions, in batches of whatever size comes easy."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table in a file: what it is called there, its columns, and a way to read its rows.

    `details` says, for people, how the file was understood, such as its encoding and separator.
    """

    file_name: str
    format: str
    columns: tuple[str, ...]
    row_count_estimate: int
    details: Mapping[str, str]
    read: Read = field(repr=False)

    def batches(self, columns: Sequence[str], size: int = 50_000) -> Iterator[Batch]:
        """Yield all rows, in order, with the columns asked for; can be called again and again.

        Every row with something in it comes exactly once, in `rows` or as a reject.

        Raises
        ------
        RefusedError
            If the table lacks a column, or the file turns out to be broken further down.
        """
        places = {name: place for place, name in enumerate(self.columns)}
        if missing := [name for name in columns if name not in places]:
            refuse(f"The file has no column {' and no column '.join(missing)}.")
        names = [ROW_NUMBER, *columns]
        for batch in _gathered(self.read([places[name] for name in columns]), size):
            rows = batch.rows
            rows.columns = names
            yield batch


def refuse(message: str) -> NoReturn:
    """Say why a file as a whole cannot be read.

    Raises
    ------
    RefusedError
        Always.
    """
    raise RefusedError(message, field="file") from None


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the values as people would type them: 12 for 12.0, days as 2026-04-03, no "nan"."""
    return frame.with_columns(
        _text(pl.col(name), dtype) for name, dtype in frame.schema.items()
    ).select(pl.when(pl.all() != "").then(pl.all()))


def _text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Boolean:
        return column.replace_strict({True: "true", False: "false"}, return_dtype=pl.String)
    if dtype.is_float():
        whole = column.is_finite() & (column == column.floor()) & (column.abs() <= _WHOLE_FLOATS)
        digits = column.cast(pl.Int64, strict=False).cast(pl.String)
        plain = pl.when(column.is_not_nan()).then(column.cast(pl.String))
        return pl.when(whole).then(digits).otherwise(plain)
    if isinstance(dtype, pl.Datetime):
        # The zone is said by an offset, and midnight of a day without one by the day alone.
        pattern = "%Y-%m-%dT%H:%M:%S%:z" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S"
        return column.dt.to_string(pattern).str.strip_suffix("T00:00:00")
    return column.cast(pl.String)


def without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out rows with nothing but white space in them."""
    blank = pl.col(pl.String).is_null() | (pl.col(pl.String).str.strip_chars() == "")
    return frame.filter(~pl.all_horizontal(blank))


def _gathered(parts: Iterable[Batch], size: int) -> Iterator[Batch]:
    """Parts of any size as batches of `size` rows, the last with what is left."""
    frames: list[pl.DataFrame] = []
    rejects: list[ImportReject] = []
    held, done, total = 0, 0, 0
    for part in parts:
        frames.append(part.rows)
        rejects += part.rejects
        done, total = part.done, part.total
        held += part.rows.height
        while held >= size or len(rejects) >= size:
            rows = pl.concat(frames)
            yield Batch(rows[:size], rejects, done, total)
            frames, rejects, held = [rows[size:]], [], max(held - size, 0)
    if frames:
        yield Batch(pl.concat(frames), rejects, done, total)
