"""Kept columns and tags: what a file says beyond the fields that every list has."""

import datetime as dt

import polars as pl

from doorstep.imports.cells import NUMBER, day, over_unique, yes_or_no
from doorstep.imports.faults import Faults
from doorstep.imports.model import AttributeKind, ColumnUse, Field, Mapping
from doorstep.kit.texts import SEPARATOR


def attributes_of(
    cells: pl.DataFrame, mapping: Mapping, faults: Faults, *, day_first: bool | None
) -> pl.Series:
    """The kept columns of each row as a JSON object, sorted by key, without empty ones."""
    kept = sorted(
        (use for use in mapping.columns if use.field is Field.ATTRIBUTE and use.key),
        key=lambda use: use.key or "",
    )
    if not kept:
        return pl.repeat("{}", cells.height, dtype=pl.String, eager=True)
    values = pl.DataFrame(
        [_read(cells[use.column], use, faults, day_first).alias(use.key or "") for use in kept]
    )
    pairs = [
        pl.when(pl.col(use.key or "").is_not_null()).then(
            pl.concat_str(pl.lit(f'"{use.key}":'), pl.col(use.key or ""))
        )
        for use in kept
    ]
    inside = pl.concat_str(pairs, separator=",", ignore_nulls=True)
    return values.select(pl.concat_str(pl.lit("{"), inside, pl.lit("}"))).to_series()


def _read(cell: pl.Series, use: ColumnUse, faults: Faults, day_first: bool | None) -> pl.Series:
    """The cells of one kept column as JSON values."""
    match use.kind:
        case AttributeKind.NUMBER:
            plain = cell.str.replace(",", ".", literal=True).str.strip_prefix("+")
            fits = cell.str.contains(NUMBER)
            found = _number(plain).set(~fits, None)
            remedy = "Write digits alone, with a point or comma for decimals."
        case AttributeKind.DATE:
            found = over_unique(cell, lambda text: _day(text, day_first))
            remedy = "Write days as 2026-04-03, or say in the mapping whether the day comes first."
        case AttributeKind.YES_NO:
            found = over_unique(cell, _truth)
            remedy = "Write yes or no."
        case AttributeKind.TEXT:
            escaped = cell.str.replace_all("\\", "\\\\", literal=True)
            escaped = escaped.str.replace_all('"', '\\"', literal=True)
            return pl.select(pl.concat_str(pl.lit('"'), escaped, pl.lit('"'))).to_series()
    faults.mark(
        cell.is_not_null() & found.is_null(), use.column,
        lambda text: f"“{text}” is no {_CALLED[use.kind]}.",
        f"{remedy} Or keep the column as text.",
        cell,
    )  # fmt: skip
    return found


_CALLED = {
    AttributeKind.NUMBER: "number",
    AttributeKind.DATE: "day",
    AttributeKind.YES_NO: "yes or no",
    AttributeKind.TEXT: "text",
}


def _number(text: pl.Series) -> pl.Series:
    """As JSON writes numbers: no zeros in front, none behind the point."""
    value = text.cast(pl.Float64, strict=False)
    whole = value.cast(pl.Int64, strict=False)
    is_whole = (value == whole.cast(pl.Float64)).fill_null(value=False)
    return whole.cast(pl.String).zip_with(is_whole, value.cast(pl.String))


def _day(text: str, day_first: bool | None) -> str | None:
    found: dt.date | None = day(text, day_first=day_first)
    return None if found is None else f'"{found.isoformat()}"'


def _truth(text: str) -> str | None:
    found = yes_or_no(text)
    return None if found is None else str(found).lower()


def tags_of(cells: pl.DataFrame, mapping: Mapping) -> pl.Series:
    """The tags of each row, sorted: what tag columns list, or their name where they say yes."""
    columns = [use.column for use in mapping.columns if use.field is Field.TAGS]
    if not columns:
        return pl.repeat("", cells.height, dtype=pl.String, eager=True)
    said = cells.select(
        over_unique(cells[column], lambda text, column=column: _tags(text, column))
        for column in columns
    )
    joined = said.select(pl.concat_str(pl.all(), separator=SEPARATOR, ignore_nulls=True))
    return over_unique(joined.to_series(), _sorted)


def _tags(text: str, column: str) -> str:
    means = yes_or_no(text)
    if means is not None:
        return column if means else ""
    return SEPARATOR.join(
        part.strip() for part in text.replace("|", ";").replace(",", ";").split(";")
    )


def _sorted(text: str) -> str:
    return SEPARATOR.join(sorted({part for part in text.split(SEPARATOR) if part}))
