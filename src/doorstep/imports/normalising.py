"""Rows of a file as imports store them: read, checked, and with the keys they are found by."""

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from doorstep.algorithms.addresses import number_key, street_key, unit_key
from doorstep.imports.addresses import addresses
from doorstep.imports.attributes import attributes_of, tags_of
from doorstep.imports.cells import (
    CONTROL,
    LOST,
    MAX_CHARACTERS,
    MAX_KEPT_CHARACTERS,
    UNFIT,
    instant,
    over_unique,
    tidy,
)
from doorstep.imports.faults import Faults
from doorstep.imports.model import Field, ImportReject, Mapping
from doorstep.imports.particulars import particulars
from doorstep.imports.whereabouts import Whereabouts, positions
from doorstep.kit.texts import SEPARATOR, plain

# The same streets and numbers come up in every batch.
_street_key, _number_key = lru_cache(2**17)(street_key), lru_cache(2**16)(number_key)
# Several columns may make one of these, joined in the order of the file.
_JOINED = (
    Field.EXTERNAL_ID, Field.ADDRESS_EXTERNAL_ID, Field.DOOR_EXTERNAL_ID, Field.ADDRESS,
    Field.STREET, Field.HOUSE_NUMBER,
    Field.UNIT, Field.FLOOR, Field.POSTCODE, Field.CITY, Field.LONGITUDE, Field.LATITUDE,
    Field.NAME, Field.GIVEN_NAME, Field.FAMILY_NAME, Field.BIRTH_YEAR, Field.BIRTH_DATE,
    Field.PHONE, Field.EMAIL, Field.LANGUAGE, Field.PRECINCT, Field.UPDATED_AT,
)  # fmt: skip


class Normalised(NamedTuple):
    """Rows that can be used, with the columns of ``staging.COLUMNS``, and those that cannot."""

    rows: pl.DataFrame
    rejects: list[ImportReject]


@dataclass
class _Work:
    """The rows while they are read: what the file says, what came of it, and who is out."""

    mapping: Mapping
    said: pl.DataFrame
    faults: Faults
    day_first: bool | None
    made: dict[str, pl.Series] = field(default_factory=dict[str, pl.Series])

    def text(self, name: Field) -> pl.Series:
        """A field as the file has it, null where empty."""
        return self.said[name]


def normalise(
    rows: pl.DataFrame, mapping: Mapping, whereabouts: Whereabouts, *, today: dt.date
) -> Normalised:
    """The rows of one batch as they are stored.

    Parameters
    ----------
    rows
        `row_number` and one text column for each mapped column of the file.
    mapping
        What the columns hold; checked before.
    whereabouts
        Where the rows before this batch lie; one object for a whole file.
    today
        Nobody was born after it.
    """
    faults = Faults(rows["row_number"], _columns(mapping))
    _reject_headers(rows, faults)
    cells = _tidied(rows, mapping, faults)
    day_first = mapping.day_first
    if day_first is None and mapping.country is not None:
        day_first = mapping.country != "US"
    work = _Work(mapping, _fields(cells, mapping), faults, day_first)
    mapped = {use.field for use in mapping.columns}
    work.made |= addresses(
        work.said, faults, mapping.country,
        # A column called "street" alone holds the whole line in most lists.
        street_is_line=not mapped & {Field.ADDRESS, Field.HOUSE_NUMBER},
    )  # fmt: skip
    _read_position(work, whereabouts)
    work.made |= particulars(work.said, faults, mapping.country, today)
    _read_rest(work, cells)
    _check_rows(work)
    made = pl.DataFrame({"row_number": rows["row_number"], **work.made})
    return Normalised(_with_keys(made.filter(~faults.found)), faults.rejects)


def _columns(mapping: Mapping) -> dict[str, str]:
    """What the file calls the columns of each field."""
    called: dict[str, str] = {}
    for use in mapping.columns:
        if use.field is not None and use.field is not Field.ATTRIBUTE:
            called[use.field] = ", ".join(filter(None, [called.get(use.field), use.column]))
    return called


def _reject_headers(rows: pl.DataFrame, faults: Faults) -> None:
    """Put out what lists that were put end to end have between them."""
    names = [name for name in rows.columns if name != "row_number"]
    if len(names) > 1:
        same = rows.select(pl.all_horizontal(pl.col(name) == name for name in names))
        faults.mark(
            same.to_series(), "row",
            "The row repeats the names of the columns.", "Take it out.",
        )  # fmt: skip


def _tidied(rows: pl.DataFrame, mapping: Mapping, faults: Faults) -> pl.DataFrame:
    """Every mapped cell tidied; rows with cells that are none are out."""
    used = {use.column: use for use in mapping.columns if use.field is not None}
    cells = rows.select(tidy(rows[column]) for column in used)
    for column, use in used.items():
        cell = cells[column]
        long = use.field in {Field.ATTRIBUTE, Field.TAGS}
        most = MAX_KEPT_CHARACTERS if long else MAX_CHARACTERS
        faults.mark(
            cell.str.len_chars() > most, column,
            f"The cell holds more than {most:,} characters.",
            "Shorten it. If it holds other rows, a quotation mark is never closed.",
        )  # fmt: skip
        # Most columns hold nothing of it, and one look tells.
        if cell.str.contains_any(UNFIT).any():
            _reject_unfit(cell, column, faults)
    return cells


def _reject_unfit(cell: pl.Series, column: str, faults: Faults) -> None:
    faults.mark(
        cell.str.contains_any(CONTROL), column,
        "The cell holds a control character.", "Type the text anew.",
    )  # fmt: skip
    faults.mark(
        cell.str.contains(LOST, literal=True), column,
        f"The cell holds a letter that was lost ({LOST}).",
        "Export the list again as CSV UTF-8, or type the text anew.",
    )  # fmt: skip
    faults.mark(
        cell.str.starts_with("="), column,
        "The cell holds a formula.",
        "Copy the column and paste its values before exporting.",
    )  # fmt: skip


def _fields(cells: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """One column for each field, null where the file has none."""
    columns = {
        name: [use.column for use in mapping.columns if use.field is name] for name in _JOINED
    }
    return cells.select(
        pl.concat_str(used, separator=" ", ignore_nulls=True).replace("", None).alias(name)
        if len(used) > 1
        else (pl.col(used[0]) if used else pl.lit(None, dtype=pl.String)).alias(name)
        for name, used in columns.items()
    )


def _read_position(work: _Work, whereabouts: Whereabouts) -> None:
    work.made["lon"], work.made["lat"] = positions(
        work.text(Field.LONGITUDE), work.text(Field.LATITUDE), whereabouts, work.faults
    )


def _read_rest(work: _Work, cells: pl.DataFrame) -> None:
    work.made["tags"] = tags_of(cells, work.mapping)
    work.made["attributes"] = attributes_of(
        cells, work.mapping, work.faults, day_first=work.day_first
    )
    said = work.text(Field.UPDATED_AT)
    at = pl.Datetime("us", "UTC")
    found = over_unique(said, lambda text: instant(text, day_first=work.day_first), at)
    work.faults.mark(
        said.is_not_null() & found.is_null(), "updated_at",
        lambda cell: f"“{cell}” is no day, or could be two.",
        "Write days as 2026-04-03, or say in the mapping whether the day comes first.",
        said,
    )  # fmt: skip
    work.made["updated_at"] = found


def _check_rows(work: _Work) -> None:
    """Put out rows that name no address, or tell particulars of nobody."""
    made, faults = work.made, work.faults
    no_id = made["address_external_id"] == ""
    for name in ("street", "house_number"):
        faults.mark(
            no_id & (made[name] == ""), name,
            f"The {name} is missing.",
            "Fill it in, or give the address_external_id of a known address.",
        )  # fmt: skip
    faults.mark(
        (made["street"] != "") & ~made["street"].str.contains(r"\p{L}|\p{N}"), "street",
        lambda cell: f"“{cell}” is no street.", "Write the street's name.",
        made["street"],
    )  # fmt: skip
    told = (
        (made["external_id"] != "")
        | made["birth_year"].is_not_null()
        | (made["phone"] != "")
        | (made["email"] != "")
        | (made["language"] != "")
    )
    faults.mark(
        told & (made["given_name"] == "") & (made["family_name"] == ""), "given_name",
        "The row holds particulars of a person without a name.",
        "Give a given_name or a family_name.",
    )  # fmt: skip


def _with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what they are looked up by."""
    street = over_unique(rows["street"], _street_key)
    number = over_unique(rows["house_number"], _number_key)
    match = pl.when(street != "").then(pl.concat_str(street, number, separator="#"))
    town = over_unique(rows["postcode"], plain).str.replace_all(" ", "", literal=True)
    town = town.zip_with(town != "", over_unique(rows["city"], plain))
    keyed = rows.with_columns(
        match.fill_null("").alias("match_key"),
        over_unique(rows["unit"], unit_key).alias("unit_key"),
        pl.concat_str(
            over_unique(rows["given_name"], plain),
            over_unique(rows["family_name"], plain),
            separator=SEPARATOR,
        ).alias("name_key"),
    )
    named = pl.concat_str(pl.lit("file:"), pl.col("match_key"), pl.lit("#"), town)
    own = pl.col("address_external_id")
    return keyed.with_columns(pl.when(own != "").then(own).otherwise(named).alias("source_id"))
