"""A first look at a file: what it is, and what its columns seem to hold."""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from doorstep.imports.columns import guess
from doorstep.imports.model import GuessedColumn
from doorstep.imports.reading import Table, open_table

SAMPLE_ROWS = 200


class Glance(NamedTuple):
    """A file, opened, with a guess at each of its columns."""

    table: Table
    columns: list[GuessedColumn]
    sample: pl.DataFrame

    @property
    def title(self) -> str:
        """How the file was understood, for people."""
        told = ", ".join(f"{name} {value}" for name, value in self.table.details.items())
        return f"{self.table.file_name}: {self.table.format}{', ' * bool(told)}{told}"


def glance(path: Path, file_name: str, layer: str | None = None) -> Glance:
    """Open a file and guess at its columns from their names and first rows.

    Raises
    ------
    RefusedError
        If the file as a whole cannot be read.
    """
    table = open_table(path, file_name, layer=layer)
    first = next(table.batches(table.columns, SAMPLE_ROWS), None)
    sample = pl.DataFrame() if first is None else first.rows.head(SAMPLE_ROWS)
    return Glance(table, guess(table.columns, sample), sample)
