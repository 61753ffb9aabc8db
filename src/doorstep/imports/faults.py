"""Rows that cannot be used, each with the first thing that is wrong with it."""

from collections.abc import Callable, Mapping

import polars as pl

from doorstep.imports.model import ImportReject

_SHOWN = 40


class Faults:
    """What was found wrong with the rows of one batch."""

    def __init__(self, row_numbers: pl.Series, columns: Mapping[str, str]) -> None:
        self._row_numbers = row_numbers
        self._columns = columns
        self.found = pl.repeat(value=False, n=row_numbers.len(), dtype=pl.Boolean, eager=True)
        """True for each row that is out."""
        self.rejects: list[ImportReject] = []

    def mark(
        self,
        wrong: pl.Series,
        name: str,
        reason: str | Callable[[str], str],
        remedy: str,
        values: pl.Series | None = None,
    ) -> None:
        """Put out the rows that are ``wrong`` and not out yet.

        ``name`` is a field, which people are told as the file calls its column, or a column.
        ``reason`` may be made of what the cell says, taken from ``values``.
        """
        if not wrong.any():
            return
        fresh = wrong.fill_null(value=False) & ~self.found
        self.found = self.found | fresh
        numbers = self._row_numbers.filter(fresh)
        said = numbers if values is None else values.filter(fresh)
        self.rejects += [
            ImportReject(
                row_number=number,
                field=self._columns.get(name, name),
                reason=reason if isinstance(reason, str) else reason(str(text)[:_SHOWN]),
                remedy=remedy,
            )
            for number, text in zip(numbers, said, strict=True)
        ]
