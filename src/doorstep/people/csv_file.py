"""Reads a list of doors and people out of a CSV file: a row, or a reason why not, for each."""

import csv
import io
import math
import re
from typing import NamedTuple

from doorstep.kit.errors import RefusedError
from doorstep.people.model import ImportReject
from doorstep.people.placing import Row, RowError

ALIASES = {
    "external_id": ("voter_id", "person_id", "vanid"),
    "address_external_id": ("address_id",),
    "address": ("street_address", "full_address"),
    "street": ("street_name", "road"),
    "house_number": ("housenumber", "street_number", "house_no"),
    "unit": ("apartment", "apt", "flat", "unit_number"),
    "floor": (),
    "postcode": ("zip", "zip_code", "zipcode", "postal_code"),
    "city": ("town", "municipality"),
    "longitude": ("lon", "lng", "long"),
    "latitude": ("lat",),
    "given_name": ("first_name", "firstname", "forename"),
    "family_name": ("last_name", "lastname", "surname"),
    "birth_year": ("year_of_birth", "yob"),
    "phone": ("phone_number", "telephone", "mobile"),
    "email": ("e_mail", "email_address"),
    "language": ("lang",),
}
"""Column → other names it goes by; case, spaces, dots and hyphens in a header do not matter."""

COLUMN_OF = {name: column for column, others in ALIASES.items() for name in (column, *others)}
DELIMITERS = ",;\t"
MAX_CHARACTERS = 200
BIRTH_YEARS = range(1850, 2201)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Spreadsheets write ="00100" so that a leading zero survives.
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')
_NUMBER_FIRST = re.compile(r"(\d+\S*)\s+(\D.*)")
_NUMBER_LAST = re.compile(r"(.*?\D)\s+(\d+(?:\s?[A-Za-z])?(?:[-/]\d+\w*)?)")
_PHONE = re.compile(r"\+?[0-9 ()./-]{3,40}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

# The csv module's own limit would end the whole file; a row at a time is kinder.
csv.field_size_limit(2**31 - 1)


class CsvFile(NamedTuple):
    """What a file holds: rows that can be used, and those that cannot."""

    rows: list[Row]
    rejects: list[ImportReject]


def read_csv(data: bytes) -> CsvFile:
    """The rows of a CSV file in UTF-8, separated by comma, semicolon or tab.

    Raises
    ------
    RefusedError
        If the file as a whole cannot be read; the message says what to change.
    """
    text = _decoded(data)
    delimiter = _delimiter(text)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found = CsvFile([], [])
    try:
        places = _places(next(records))
        for number, cells in enumerate(records, start=2):
            if any(map(str.strip, cells)):
                _take(found, number, cells, places)
    except csv.Error as error:
        message = f"Line {records.line_num} is not CSV: {error}. Export the file again."
        raise RefusedError(message, field="body") from None
    return found


def _decoded(data: bytes) -> str:
    how = "Save it as “CSV UTF-8” in the spreadsheet program."
    if not data.strip():
        message = "The file is empty. Export it again, with its header row."
        raise RefusedError(message, field="body")
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04")):
        message = f"The file is UTF-16 or a workbook, not CSV in UTF-8. {how}"
        raise RefusedError(message, field="body")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"Line {line} is not UTF-8. {how}"
        raise RefusedError(message, field="body") from None


def _delimiter(text: str) -> str:
    """The one by which the header falls into the most columns that we know."""

    def known(delimiter: str) -> int:
        header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        return sum(_column(name) is not None for name in header)

    return max(DELIMITERS, key=known)


def _column(name: str) -> str | None:
    return COLUMN_OF.get(re.sub(r"[\s._-]+", "_", name.strip().casefold()))


def _places(header: list[str]) -> list[str | None]:
    """For each cell of a row, which column it is; None for a column that is not read."""
    places = [_column(name) for name in header]
    for column in filter(None, places):
        named = [name.strip()[:50] for name in header if _column(name) == column]
        if len(named) > 1:
            message = (
                f"Row 1: the columns {' and '.join(named)} both mean {column}. "
                "Remove or rename one."
            )
            raise RefusedError(message, field=column)
    has = set(places)
    if not ({"street", "house_number"} <= has or has & {"address", "address_external_id"}):
        message = (
            "Row 1 does not name the columns street and house_number. The first row must be a "
            f"header; columns that are read: {', '.join(ALIASES)}."
        )
        raise RefusedError(message, field="street")
    return places


def _take(found: CsvFile, number: int, cells: list[str], places: list[str | None]) -> None:
    try:
        found.rows.append(_row(number, cells, places))
    except RowError as error:
        found.rejects.append(error.reject(number))


def _row(number: int, cells: list[str], places: list[str | None]) -> Row:
    if len(cells) < len(places) or any(map(str.strip, cells[len(places) :])):
        reason = f"The row has {len(cells)} cells, the header has {len(places)}."
        raise RowError(reason, "Put quotes around a text that holds the separator.", field="row")
    values = {
        column: _text(column, cell)
        for column, cell in zip(places, cells, strict=False)
        if column is not None
    }
    get = values.get
    street, house_number = _street(get("street", ""), get("house_number", ""), get("address", ""))
    lon, lat = _position(get("longitude", ""), get("latitude", ""))
    row = Row(
        number=number,
        address_external_id=get("address_external_id", ""),
        street=street,
        house_number=house_number,
        unit=get("unit", ""),
        floor=get("floor", ""),
        postcode=get("postcode", ""),
        city=get("city", ""),
        lon=lon,
        lat=lat,
        external_id=get("external_id", ""),
        given_name=get("given_name", ""),
        family_name=get("family_name", ""),
        birth_year=_birth_year(get("birth_year", "")),
        phone=_matching(_PHONE, "phone", get("phone", ""), "+358 40 123 4567"),
        email=_matching(_EMAIL, "email", get("email", ""), "aino@example.org"),
        language=_matching(_LANGUAGE, "language", get("language", ""), "fi"),
    )
    return _checked(row)


def _text(column: str, cell: str) -> str:
    if len(cell) > MAX_CHARACTERS:
        reason = f"The cell holds {len(cell)} characters; {MAX_CHARACTERS} are the most."
        remedy = "Shorten it. If it holds other rows, a quotation mark is never closed."
        raise RowError(reason, remedy, field=column)
    text = " ".join(cell.split())
    if not text.isprintable() and _CONTROL.search(text):
        reason = "The cell holds a control character."
        raise RowError(reason, "Type the text anew.", field=column)
    if text[:1] == "=":
        unwrapped = _QUOTED_FORMULA.fullmatch(text)
        if unwrapped is None:
            remedy = "Copy the column and paste its values before exporting."
            reason = "The cell holds a formula."
            raise RowError(reason, remedy, field=column)
        return unwrapped[1].strip()
    return text


def _street(street: str, house_number: str, address: str) -> tuple[str, str]:
    """Street and number, from their own columns or from one that holds both."""
    if street or house_number or not address:
        return street, house_number
    if first := _NUMBER_FIRST.fullmatch(address):
        return first[2], first[1]
    if last := _NUMBER_LAST.fullmatch(address):
        return last[1], last[2]
    reason = "Street and house number cannot be told apart."
    raise RowError(reason, "Put them into the columns street and house_number.", field="address")


def _position(longitude: str, latitude: str) -> tuple[float | None, float | None]:
    if not longitude and not latitude:
        return None, None
    lon, lat = _degrees("longitude", longitude, 180), _degrees("latitude", latitude, 90)
    if lon == lat == 0:
        reason = "0, 0 lies in the ocean; programs write it for an unknown place."
        raise RowError(reason, "Look the address up, or leave both cells empty.", field="longitude")
    return lon, lat


def _degrees(column: str, text: str, most: int) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not abs(value) <= most:
        reason = f"“{text[:40]}” is no {column}." if text else f"The {column} is missing."
        remedy = f"Give degrees between -{most} and {most}, such as 24.94, or leave both empty."
        raise RowError(reason, remedy, field=column)
    return value


def _birth_year(text: str) -> int | None:
    if not text:
        return None
    if re.fullmatch("[0-9]{4}", text) and int(text) in BIRTH_YEARS:
        return int(text)
    reason = f"“{text[:40]}” is no year of birth."
    raise RowError(reason, "Give four digits, such as 1985, or leave it empty.", field="birth_year")


def _matching(pattern: re.Pattern[str], column: str, text: str, example: str) -> str:
    if text and not pattern.fullmatch(text):
        reason = f"“{text[:40]}” cannot be read as {column}."
        raise RowError(reason, f"Write it like {example}, or leave it empty.", field=column)
    return text


def _checked(row: Row) -> Row:
    """Reject a row that names no address, or particulars of nobody."""
    if not row.address_external_id:
        for column, value in (("street", row.street), ("house_number", row.house_number)):
            if not value:
                reason = f"The {column} is missing."
                remedy = "Fill it in, or give the address_external_id of a known address."
                raise RowError(reason, remedy, field=column)
    of_person = (row.external_id, row.birth_year, row.phone, row.email, row.language)
    if any(of_person) and not row.has_person:
        reason = "The row holds particulars of a person without a name."
        raise RowError(reason, "Give a given_name or a family_name.", field="given_name")
    return row
