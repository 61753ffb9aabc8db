"""Who the rows of a file are about: ids, names, years of birth, and how to reach people."""

import datetime as dt

import polars as pl

from doorstep.imports.cells import DECIMALS, day, over_unique
from doorstep.imports.faults import Faults
from doorstep.imports.model import Field
from doorstep.imports.phones import PATTERN as _PHONE
from doorstep.imports.phones import international

OLDEST_YEAR = 1850
_YEAR = r"^(\d{4})(?:\.0+)?$"
_EMAIL = r"^[^@\s]+@[^@\s]+$"
_LANGUAGE = r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"
_SCIENTIFIC = r"^\d(?:[.,]\d+)?[eE]\+\d+$"
_LANGUAGES = {
    "english": "en", "spanish": "es", "french": "fr", "german": "de", "finnish": "fi",
    "swedish": "sv", "chinese": "zh", "vietnamese": "vi", "korean": "ko", "tagalog": "tl",
    "russian": "ru", "arabic": "ar", "portuguese": "pt", "polish": "pl", "italian": "it",
    "japanese": "ja", "haitian creole": "ht", "estonian": "et", "somali": "so",
}  # fmt: skip


def particulars(
    said: pl.DataFrame, faults: Faults, country: str | None, today: dt.date
) -> dict[str, pl.Series]:
    """Who the rows are about; `said` has a column for each field, null where it is empty."""
    made: dict[str, pl.Series] = {}
    whole = said[Field.NAME]
    turned = whole.str.contains(",", literal=True)
    # "Salo, Aino Maria" and "Aino Maria Salo".
    given = whole.str.extract(r",\s*(.+)$").zip_with(turned, whole.str.extract(r"^(.+) \S+$"))
    family = whole.str.extract(r"^([^,]+?)\s*,").zip_with(turned, whole.str.extract(r"(\S+)$"))
    made["given_name"] = said[Field.GIVEN_NAME].fill_null(given).fill_null("")
    made["family_name"] = said[Field.FAMILY_NAME].fill_null(family).fill_null("")
    for name in (Field.EXTERNAL_ID, Field.ADDRESS_EXTERNAL_ID, Field.DOOR_EXTERNAL_ID):
        made[name] = said[name].fill_null("").str.replace(DECIMALS, "$1")
        faults.mark(
            made[name].str.contains(_SCIENTIFIC), name,
            lambda cell: f"“{cell}” is an id that a spreadsheet has rounded.",
            "Format the column as text in the original list and export it again.",
            made[name],
        )  # fmt: skip
    made["birth_year"] = _birth_year(said, faults, today)
    phone = said[Field.PHONE]
    faults.mark(
        ~phone.str.contains(_PHONE), "phone",
        lambda cell: f"“{cell}” cannot be read as phone.",
        "Write it like +358 40 123 4567, or leave it empty.",
        phone,
    )  # fmt: skip
    made["phone"] = international(phone, country).fill_null("")
    email = said[Field.EMAIL]
    faults.mark(
        ~email.str.contains(_EMAIL), "email",
        lambda cell: f"“{cell}” cannot be read as email.",
        "Write it like aino@example.org, or leave it empty.",
        email,
    )  # fmt: skip
    made["email"] = email.str.to_lowercase().fill_null("")
    language = over_unique(
        said[Field.LANGUAGE], lambda text: _LANGUAGES.get(text.casefold(), _code(text))
    )
    faults.mark(
        ~language.str.contains(_LANGUAGE), "language",
        lambda cell: f"“{cell}” cannot be read as language.",
        "Write a code such as fi or pt-BR, or leave it empty.",
        language,
    )  # fmt: skip
    made["language"] = language.fill_null("")
    return made


def _code(text: str) -> str:
    """A language's code with the language itself in small letters, as in pt-BR."""
    language, dash, region = text.replace("_", "-").partition("-")
    return language.lower() + dash + region


def _birth_year(said: pl.DataFrame, faults: Faults, today: dt.date) -> pl.Series:
    """The year somebody was born in, from its own column or from the day."""
    born = said[Field.BIRTH_YEAR].fill_null(said[Field.BIRTH_DATE])
    name = "birth_year" if said[Field.BIRTH_YEAR].is_not_null().any() else "birth_date"
    years = born.str.extract(_YEAR).cast(pl.Int32, strict=False)
    # Of a day only the year is kept, so that it does not matter which comes first.
    others = born.set(years.is_not_null(), None)
    dated = over_unique(others, _year_of, pl.Int32)
    found = years.fill_null(dated)
    faults.mark(
        born.is_not_null() & found.is_null(), name,
        lambda cell: f"“{cell}” is no year or day of birth.",
        "Give the year with four digits, such as 1985 or 1985-04-03, or leave it empty.",
        born,
    )  # fmt: skip
    faults.mark(
        ~found.is_between(OLDEST_YEAR, today.year), name,
        lambda cell: f"“{cell}” cannot be: nobody alive was born then.",
        "Correct the year, or leave it empty.",
        born,
    )  # fmt: skip
    return found


def _year_of(text: str) -> int | None:
    found = day(text, day_first=True) or day(text, day_first=False)
    return found and found.year
