"""Tells street, house number and unit apart where the number comes first, and where last."""

import re
from typing import NamedTuple

from doorstep.algorithms.addresses.keys import fold
from doorstep.algorithms.addresses.words import (
    DIRECTIONS,
    LEADING_TYPES,
    STREET_TYPES,
    UNIT_FORMS,
    UNIT_WORDS,
)


class Core(NamedTuple):
    """The part of a line without postcode and city."""

    street: str
    house_number: str
    unit: str


_FRACTION = r"(?:[ -]?[1-9]/[2-9](?!\d)|[½¼¾])"
_SUFFIX = r"(?:bis|ter|quater)\b"
_FIRST = re.compile(
    rf"(?P<number>[NSEW]\d+[NSEW]\d+|\d+(?:{_FRACTION}|(?:\s?-\s?|/)\d+)?"
    rf"(?:[a-z](?![^\W_]))?(?:\s?{_SUFFIX})?)[,\s]+(?P<street>.*[^\W\d_].*)",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"(?P<letter>[a-d])\s+(?P<street>(?!st\b|street\b|ave|road|rd\b)\S.*)", re.IGNORECASE
)
_BEFORE_RUE = re.compile(
    r"(?P<letter>[a-z]),?\s+(?P<street>(?:rue|av|bd|boul|all|pl|ch|imp)\w*\b.*)", re.IGNORECASE
)
_DESIGNATOR = (
    r"(?:apt|apartment|unit|suite|ste|room|rm|flat|lot|space|spc|trailer|trlr|floor|fl|flr|"
    r"appt?|appartement|apartamento|bureau|bldg|building|bte|bo[iî]te|b[aâ]t)\b\.?"
)
_PLACE = r"(?:basement|bsmt|rear|front|upper|lower|penthouse|ph)(?:[\s-]?\d+)?"
_TRAILING_UNIT = re.compile(
    rf"^(?P<street>.*?\S)[,\s]+(?P<unit>{_DESIGNATOR}\s*#?\s*\w[\w/-]*(?:\s{_DESIGNATOR}\s*\S+)?|"
    rf"#\s*\S+|\d+(?:st|nd|rd|th)\s(?:floor|fl)\b.*)$",
    re.IGNORECASE,
)
# On the other side of the Atlantic "Sea Front" and "Street Upper" are names.
_AMERICAN_UNIT = re.compile(rf"^(?P<street>.*?\S)\s+(?P<unit>{_PLACE})$", re.IGNORECASE)
_BARE_UNIT = re.compile(
    r"^(?P<street>\S.*\s(?:st|street|ave|avenue|blvd|rd|dr|drive|ln|lane|ct|pl|ter|way)\.?"
    r"(?:\s[NSEW]{1,2})?)\s(?P<unit>\d+[A-Z]?|[A-Z]\d+)$",
    re.IGNORECASE,
)
_UNIT_BEFORE = re.compile(
    rf"^(?P<unit>{_DESIGNATOR}\s*#?\s*\w+|#\s*\w+|\d+/\d+)(?:\s+-\s+|\s+)(?P<rest>\d.*)$",
    re.IGNORECASE,
)
_CANADIAN = re.compile(r"^(?P<unit>\d+[a-z]?|[a-z])\s?-\s?(?P<rest>\d+.*)$", re.IGNORECASE)
_LAST = re.compile(rf"(?P<number>\d+{_FRACTION}?[a-z]?|s/n)(?P<more>(?:[-/].+)?)$", re.IGNORECASE)
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_SIGN = re.compile(r"(?:no|nr|num|numero)\.?|n\.?[°º]?", re.IGNORECASE)
_UNIT_TOKEN = re.compile(r"\w*\d\w{0,5}|\w|[ivx]+|bis|ter|quater|hs|hh|vh|bel|r/c|", re.IGNORECASE)
_BEFORE_UNIT = (UNIT_WORDS | UNIT_FORMS.keys()) - {"no", "nr", "num", "st"}
_BY_SLASH = frozenset({"AT", "BE", "GB", "PL", "FI"})
"""Where what follows a slash is the unit, not a second house."""


def is_unit(part: str) -> bool:
    """Whether the text can only be a unit, such as "Apt 4", "Flat 3 Rose House" or "2. tv"."""
    tokens = _plain(part)
    if part.startswith("#") or (
        tokens[1:2] and tokens[0] in UNIT_WORDS and tokens[1][:1].isdigit()
    ):
        return True
    # St. Louis, Front Royal and Flat Rock are towns.
    named = any(one in UNIT_WORDS or one in UNIT_FORMS for one in tokens)
    return named and all(_tail_like(one) for one in tokens)


def _plain(text: str) -> list[str]:
    """Each word folded; as many as there are, though some signs fold to nothing."""
    return [fold(one).strip(" .,-/°") for one in text.split()]


def number_first(parts: list[str], country: str) -> Core | None:
    """Return the parts of "12 Main St, Apt 4", "Flat 4, 12 High St" or "12 bis, rue Neuve"."""
    units: list[str] = []
    found: Core | None = None
    for part, after in zip(parts, [*parts[1:], ""], strict=True):
        if found:
            if is_unit(part) and part not in found.street:
                units.append(part)
            continue
        bare = re.fullmatch(r"\d+\w?(?:\s?(?:bis|ter|quater))?", part, re.IGNORECASE)
        found = _first(f"{part} {after}" if bare else part, country)
        if found is None:
            if is_unit(part) or re.fullmatch(r"\d+/\d+", part):
                units.append(part)
            elif country not in {"GB", "IE"}:
                # Only there a house's name may stand before the number.
                return None
    if found is None:
        return None
    return found._replace(unit=", ".join(one for one in (found.unit, *units) if one))


def _first(part: str, country: str) -> Core | None:
    unit = ""
    before = _UNIT_BEFORE.match(part)
    if before is None and country == "CA":
        before = _CANADIAN.match(part)
    if before:
        unit, part = before["unit"], before["rest"]
    found = _FIRST.fullmatch(part)
    if found is None:
        return None
    number, street = found["number"], found["street"]
    if country == "GB" and "/" in number and not unit:
        number, _, unit = number.partition("/")
    lettered = None
    if number[-1].isdigit():
        if country in {"GB", "IE"}:
            lettered = _LETTER.fullmatch(street)
        lettered = lettered or _BEFORE_RUE.fullmatch(street)
    if lettered:
        number, street = f"{number} {lettered['letter']}", lettered["street"]
    trailing = _TRAILING_UNIT.match(street) or _BARE_UNIT.match(street)
    if trailing is None and country not in {"GB", "IE"}:
        trailing = _AMERICAN_UNIT.match(street)
    if trailing:
        street = trailing["street"].rstrip(" ,-")
        unit = " ".join(one for one in (unit, trailing["unit"].strip()) if one)
    return Core(street, number, unit) if street else None


def street_and_city(text: str) -> tuple[str, str] | None:
    """Tell a street from a city where no comma does: after the street's type, direction and unit.

    Returns None for a street without a type.
    """
    words = text.split()
    plain = _plain(text)
    start = 1 if plain and plain[0][:1].isdigit() else 0
    if start >= len(plain):
        return None
    types = [
        place
        for place, word in enumerate(plain)
        if place > start and (word in STREET_TYPES or word == "broadway")
    ]
    if plain[start] == "broadway":
        types.insert(0, start)
    elif plain[start] in LEADING_TYPES and len(plain[start]) > 1 and len(plain) > start + 1:
        types.insert(0, start + 1)
    if not types:
        return None
    end = types[0] + 1
    while end < len(words) and (
        (plain[end] in DIRECTIONS and len(plain[end]) <= 2)  # noqa: PLR2004
        or plain[end] in {"ext", "extension"}
    ):
        end += 1
    if end < len(words) and words[end].startswith("#"):
        end += 2 if words[end] == "#" else 1
    elif end < len(words) and re.fullmatch(_DESIGNATOR, plain[end], re.IGNORECASE):
        end += 2
    elif end < len(words) and plain[end][:1].isdigit():
        end += 1
    return " ".join(words[:end]), " ".join(words[end:])


def number_last(parts: list[str], country: str) -> Core | None:
    """Return the parts of "Hauptstr. 5", "Hämeenkatu 12 A 5" or "Calle Mayor, 12, 2º izq"."""
    core, others = parts[0], parts[1:]
    found = _last(core, country)
    if found is None and others:
        found, others = _last(f"{core} {others[0]}", country), others[1:]
    if found is None:
        return None
    units = [one for one in others if is_unit(one) or any(letter.isdigit() for letter in one)]
    return found._replace(unit=", ".join(one for one in (found.unit, *units) if one))


def _last(text: str, country: str) -> Core | None:
    tokens = text.split()
    plain = _plain(text)
    fits: dict[int, re.Match[str]] = {}
    for place in range(len(tokens) - 1, 0, -1):
        number = _LAST.match(tokens[place].rstrip(","))
        if number and plain[place - 1] not in _BEFORE_UNIT and _named(plain[:place]):
            fits[place] = number
        if not _tail_like(plain[place]):
            break
    if not fits:
        return None
    # The first of several numbers is the house; but "Calle 5" and "Plein 1940" need another.
    last = max(fits)
    place = min(fits, key=lambda one: (one != last and not _told(plain[: one + 1]), one))
    end = place - (_SIGN.fullmatch(tokens[place - 1]) is not None)
    street = " ".join(tokens[:end]).rstrip(" ,-")
    number, more = fits[place]["number"], fits[place]["more"]
    house, unit = _house(number, more, tokens[place + 1 :], country)
    return Core(street, house, unit) if street else None


def _named(words: list[str]) -> bool:
    return any(letter.isalpha() for word in words for letter in word)


def _told(words: list[str]) -> bool:
    """Whether the last word is a house number, rather than the name of the street or a year."""
    kind_only = len(words) == 2 and (words[0] in LEADING_TYPES or words[0] in STREET_TYPES)  # noqa: PLR2004
    return not kind_only and not _YEAR.fullmatch(words[-1])


def _tail_like(word: str) -> bool:
    return (
        word in UNIT_WORDS
        or word in UNIT_FORMS
        or word == "s/n"
        or bool(_UNIT_TOKEN.fullmatch(word))
        or bool(_LAST.fullmatch(word))
    )


def _house(number: str, more: str, tail: list[str], country: str) -> tuple[str, str]:
    """Return the house number and the unit, of which both may follow the number."""
    unit = ""
    if more and _begins_unit(number, more, country):
        unit = more[1:]
    else:
        number += more
    if len(tail) > 1 and tail[0] in {"-", "/"} and _is_range(number, tail[1]):
        number, tail = f"{number}{tail[0]}{tail[1]}", tail[2:]
    elif tail and _is_suffix(tail[0], country) and not unit:
        number, tail = f"{number} {tail[0]}".rstrip(","), tail[1:]
    rest = " ".join(one for one in (unit, *tail) if one not in {"-", "/", "//", ","})
    return number, rest.strip(" ,")


def _begins_unit(number: str, more: str, country: str) -> bool:
    """Whether what a slash or hyphen parts from a number is a unit; letters belong to the house."""
    sign, second = more[0], more[1:]
    if len(second) == 1 and second.isalpha():
        return False
    if country in _BY_SLASH:
        return sign == "/"
    return country == "NL" and sign == "-" and not _is_range(number, second)


def _is_range(first: str, second: str) -> bool:
    low, high = re.match(r"\d{1,9}", first), re.fullmatch(r"(\d{1,9})[a-z]?", second, re.IGNORECASE)
    return low is not None and high is not None and int(low[0]) < int(high[1])


def _is_suffix(word: str, country: str) -> bool:
    """Whether a word behind the number belongs to it; in Finland a capital names the stairs."""
    word = word.strip(",")
    if country == "FI" and word.isupper():
        return False
    return (len(word) == 1 and word.isalpha()) or word.lower() in {"bis", "ter", "quater"}
