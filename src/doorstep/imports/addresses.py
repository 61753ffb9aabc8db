"""Where the rows of a file are: streets and numbers, from columns of their own or from one."""

import re
from functools import lru_cache

import polars as pl

from doorstep.algorithms.addresses import AddressLine, split_line
from doorstep.imports.cells import DECIMALS, over_unique
from doorstep.imports.faults import Faults
from doorstep.imports.model import Field

# Of countries where postcodes may begin with a zero, which spreadsheets take away.
_POSTCODE_DIGITS = {"US": 5, "FI": 5, "DE": 5, "FR": 5, "ES": 5, "IT": 5}
_MONTH = "(?i:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*"
_DAY_NOT_NUMBER = rf"^(?:\d{{4}}-\d\d-\d\d.*|\d{{1,2}}[-. ]{_MONTH}|{_MONTH}[-. ]\d{{1,2}})$"
_PARTS = pl.Struct(dict.fromkeys(("street", "house_number", "unit", "postcode", "city"), pl.String))
# Of 7-14 the number does matter: 14-7 is no range.
_NUMBER_FIRST = re.compile(r"()(\d{1,4})(\s+[^\s-].*)")
_NUMBER_LATER = re.compile(r"(\D+\s)(\d{1,3})((?!\s*[-\u2010-\u2015])\D.*)?")
_STAND_IN = "73"


def addresses(
    said: pl.DataFrame, faults: Faults, country: str | None, *, street_is_line: bool
) -> dict[str, pl.Series]:
    """Where the rows are; `said` has a column for each field, null where it is empty.

    ``street_is_line`` says that the column of streets holds house numbers as well.
    """
    made: dict[str, pl.Series] = {}
    street, number = said[Field.STREET], said[Field.HOUSE_NUMBER]
    line = said[Field.ADDRESS]
    if street_is_line:
        line, street = street, number
    lines = line.set(street.is_not_null() | number.is_not_null(), None)
    parts = over_unique(lines, lambda text: split(text, country), _PARTS)
    faults.mark(
        lines.is_not_null() & parts.is_null(), "address",
        "Street and house number cannot be told apart.",
        "Put them into two columns, street and house_number.",
    )  # fmt: skip
    told = parts.struct.unnest()
    texts = {
        "street": street, "house_number": number, "unit": said[Field.UNIT],
        "postcode": said[Field.POSTCODE], "city": said[Field.CITY],
    }  # fmt: skip
    for name, given in texts.items():
        made[name] = given.fill_null(told[name]).fill_null("")
    for name in ("house_number", "unit", "postcode"):
        made[name] = made[name].str.replace(DECIMALS, "$1")
    for name in ("house_number", "unit"):
        faults.mark(
            made[name].str.contains(_DAY_NOT_NUMBER), name,
            lambda cell: f"“{cell}” is a day: a spreadsheet takes 1-2 for the first of February.",
            "Format the column as text, and type the number anew.",
            made[name],
        )  # fmt: skip
    digits = _POSTCODE_DIGITS.get(country or "")
    if digits is not None:
        postcode = made["postcode"].str.replace(rf"^(\d{{{digits}}})-?\d{{4}}$", "$1")
        short = postcode.str.contains(rf"^\d{{3,{digits - 1}}}$")
        made["postcode"] = postcode.str.zfill(digits).zip_with(short, postcode)
    made["floor"] = said[Field.FLOOR].fill_null("")
    made["precinct"] = said[Field.PRECINCT].fill_null("")
    return made


def split(line: str, country: str | None) -> dict[str, str] | None:
    """The parts of an address line; the same as `split_line` gives, and mostly sooner.

    A street comes up with hundreds of numbers. What the parts are does not depend on the number,
    so they are told once, with another number in its place.
    """
    found = _NUMBER_FIRST.fullmatch(line) or _NUMBER_LATER.fullmatch(line)
    if found and _STAND_IN not in line:
        before, number, after = found.groups("")
        parts = _split(f"{before}{_STAND_IN}{after}", country)
        if parts and parts.house_number.startswith(_STAND_IN):
            return _told(parts, number + parts.house_number[len(_STAND_IN) :])
    parts = split_line(line, country)
    return parts and _told(parts, parts.house_number)


_split = lru_cache(2**17)(split_line)


def _told(parts: AddressLine, house_number: str) -> dict[str, str]:
    return {
        "street": parts.street,
        "house_number": house_number,
        "unit": parts.unit,
        "postcode": parts.postcode,
        "city": parts.city,
    }
