"""Telephone numbers as they are dialled from anywhere."""

from functools import lru_cache
from typing import NamedTuple

import polars as pl
from phonenumbers import PhoneMetadata

PATTERN = r"^\+?[0-9 ()./-]{3,40}(?:,? ?(?i:x|ext\.?|#) ?\d{1,6})?$"
_EXTENSION = r",? ?(?i:x|ext\.?|#) ?\d{1,6}$"


class _Plan(NamedTuple):
    """How a country's numbers are built, as patterns: what its people dial first, and the rest."""

    code: str
    abroad: str
    trunk: str
    instead: str
    national: str


def international(numbers: pl.Series, country: str | None) -> pl.Series:
    """Numbers with their country's code in front, digits only behind a plus (ITU-T E.164).

    Without a country, or for a number that fits no plan of it, the digits stay as they are. The
    patterns of libphonenumber are put to whole columns: it parses a million numbers in minutes.
    """
    bare = numbers.str.replace(_EXTENSION, "").str.replace("(0)", "", literal=True)
    digits = bare.str.replace_all(r"[^0-9+]", "")
    plan = _plan(country) if country else None
    if plan is None:
        return digits.str.replace("^00", "+")
    digits = digits.str.replace(f"^(?:{plan.abroad})", "+")
    trunk = f"^(?:{plan.trunk})"
    waiting = ~digits.str.starts_with("+")
    found = digits
    # Of some trunks a part stays, as of 15 in Argentina; and some people leave out the plus alone.
    for strip in (
        lambda: digits.str.replace(trunk, ""),
        lambda: digits.str.replace(trunk, plan.instead),
        lambda: digits,
        lambda: digits.str.strip_prefix(plan.code),
    ):
        if not waiting.any():
            break
        national = strip()
        fits = waiting & national.str.contains(f"^(?:{plan.national})$")
        found = (f"+{plan.code}" + national).zip_with(fits.fill_null(value=False), found)
        waiting &= ~fits
    return found


@lru_cache(maxsize=300)
def _plan(country: str) -> _Plan | None:
    found = PhoneMetadata.metadata_for_region(country, None)
    if found is None or found.general_desc is None:
        return None
    return _Plan(
        str(found.country_code),
        found.international_prefix or "00",
        found.national_prefix_for_parsing or "",
        (found.national_prefix_transform_rule or "").replace("\\1", "${1}").replace("\\2", "${2}"),
        found.general_desc.national_number_pattern or "",
    )
