"""Keys under which addresses are the same: of streets, house numbers and units."""

import re
import unicodedata

from doorstep.algorithms.addresses.words import (
    DIRECTIONS,
    DOTTED_ENDINGS,
    ENDINGS,
    GERMAN_BEGINNINGS,
    GERMAN_ENDINGS,
    LEADING_DIRECTIONS,
    LEADING_TYPES,
    NORDIC_ENDINGS,
    ORDINALS,
    STREET_TYPES,
    TENS,
    TRAILING_DIRECTIONS,
    UNIT_FORMS,
    UNIT_WORDS,
    WORDS,
)

# What Unicode does not take apart into a letter and its accent; dashes, quotes and fractions.
_LETTERS = str.maketrans(
    {
        **dict(zip("øłđıħŧ", "oldiht", strict=True)),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2019\u2018\u00b4`\u02bc\u2032", "'"),
        "ð": "d",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ª": "°",
        "º": "°",
        "½": " 1/2",
        "¼": " 1/4",
        "¾": " 3/4",
        "⅓": " 1/3",
        "⅔": " 2/3",
        "\u2044": "/",
    }
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_SILENT = str.maketrans("", "", "':")
_ORDINAL_SIGN = re.compile(r"(\d)\.?°")
_ITALIAN = re.compile(r"\b([vpcl])\.(le|za|zza|so|go)\b")
_INITIAL = re.compile(r"\b([a-z])\.(?=[a-z]\b)")
_DOTTED = tuple((re.compile(rf"{short}\.$"), full) for short, full in DOTTED_ENDINGS)
_PLAIN_BREAKS = re.compile(r"[^a-z0-9]+")
_CHUNKS = re.compile(r"\d+[^\W\d]*|\D+")
_COUNTED = re.compile(r"0*(\d+)(?:st|nd|rd|th|er|ere|re|eme)?")
_UMLAUTS = re.compile("([aou])e")
_NORDIC_LETTERS = re.compile("aa|ae|oe")
_KING = re.compile(r"\b(?:d(?:octo)?r )?(?:mlk|m l king|martin luther king)(?: jr| junior)?\b")
_ROADS = {"cr": ["county", "road"], "rd": ["road"], "sr": ["state", "route"]}


def fold(text: str) -> str:
    """Return the text without differences of case, width, accents and kinds of dash and quote."""
    if text.isascii():
        return text.lower().strip()
    text = unicodedata.normalize("NFKC", text.translate(_LETTERS)).casefold().translate(_LETTERS)
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    if text.isascii():
        return text.strip()
    text = unicodedata.normalize("NFC", text).strip()
    return "".join(
        str(unicodedata.decimal(one)) if one.isdecimal() and not one.isascii() else one
        for one in text
    )


def _breaks(text: str) -> str:
    """Return folded text with spaces for all that is neither letter, mark nor digit."""
    if text.isascii():
        return _PLAIN_BREAKS.sub(" ", text)
    # Marks are vowels in some scripts; \w does not know them.
    return "".join(
        one if one.isalnum() or unicodedata.category(one)[0] == "M" else " " for one in text
    )


def street_key(text: str) -> str:
    """Return what is the same for all ways to write one street's name, and for no other street.

    Parameters
    ----------
    text
        A street without house number; "" gives "".

    Returns
    -------
    str
        Directions, a leading type, the name with its type, and numbers, parted by spaces:
        "n mainstreet", "rue saintdenis", "w 5 street".
    """
    folded = _ORDINAL_SIGN.sub(r"\1", fold(text).translate(_SILENT))
    if folded.startswith("c/"):
        folded = "calle " + folded[2:]
    if "." in folded:
        folded = _undotted(_ITALIAN.sub(r"\1\2", _INITIAL.sub(r"\1", folded)))
    plain = _breaks(folded.replace("&", " and "))
    if "king" in plain or "mlk" in plain:
        plain = _KING.sub("martinlutherking", plain)
    words = _counted(plain.split())
    if not words:
        return " ".join(text.casefold().split())
    leading = _take_leading(words)
    headed = words[0] in LEADING_TYPES and len(words) > 1
    trailing = _take_trailing(words, TRAILING_DIRECTIONS if headed else DIRECTIONS)
    first, last = words[0], words[-1]
    end = len(words)
    while end > 1 and words[end - 1] in STREET_TYPES:
        end -= 1
    types = [STREET_TYPES[word] for word in words[end:]]
    head = LEADING_TYPES.get(first, "") if end > 1 and (len(first) > 1 or not types) else ""
    name = [_word(word) for word in words[bool(head) : end]]
    if types and end == 1:
        name = [STREET_TYPES.get(first, name[0])]
    joined = _spelled(_joined(name + types), first, last)
    return " ".join(part for part in (leading, head, joined, trailing) if part)


def _undotted(folded: str) -> str:
    """Return the text with an ending that a dot cuts short written out."""
    if not folded.endswith(".") or re.split(r"\W", folded[:-1])[-1] in _KNOWN:
        return folded
    for short, full in _DOTTED:
        longer, count = short.subn(full, folded)
        if count:
            return longer
    return folded


_KNOWN = STREET_TYPES.keys() | LEADING_TYPES.keys() | WORDS.keys() | DIRECTIONS.keys()


def _counted(words: list[str]) -> list[str]:
    """Return the words with numbers as digits: 5th and fifth, 21st and twenty-first."""
    found: list[str] = []
    for word in words:
        if word.isalpha():
            ordinal = ORDINALS.get(word)
            if ordinal and found and found[-1] in TENS and len(ordinal) == 1:
                found[-1] = TENS[found[-1]][0] + ordinal
            else:
                found.append(ordinal or word)
            continue
        for chunk in _CHUNKS.findall(word):
            number = _COUNTED.fullmatch(chunk)
            if found and number:
                found[-1:] = _ROADS.get(found[-1], found[-1:])
            found.append(number[1] if number else chunk)
    if found[:2] in (["co", "rd"], ["co", "road"]):
        found[:2] = ["county", "road"]
    return found


def _take_leading(words: list[str]) -> str:
    """Take directions off the beginning; in "North St" it is the name."""
    taken = ""
    while (
        words[0] in LEADING_DIRECTIONS
        and words[1:]
        and not (words[1] in STREET_TYPES and not words[2:])
    ):
        taken += LEADING_DIRECTIONS[words.pop(0)]
    return taken


def _take_trailing(words: list[str], directions: dict[str, str]) -> str:
    """Take directions off the end; in "Avenue N" it is the name."""
    taken = ""
    while words[-1] in directions and words[1:] and not (words[0] in _KNOWN and not words[2:]):
        taken = directions[words.pop()] + taken
    return taken


def _word(word: str) -> str:
    """Return a word of a name in full; "St" and "Dr" there are a saint and a doctor."""
    if word == "st":
        return "saint"
    if word == "dr":
        return "doctor"
    for short, full in ENDINGS:
        if word.endswith(short) and len(word) > len(short):
            return word[: -len(short)] + full
    return WORDS.get(word, word)


def _joined(words: list[str]) -> str:
    """Return the words as one, as spaces and hyphens come and go; but numbers stay apart."""
    text, was_number = "", True
    for word in words:
        is_number = word[0].isdigit()
        text += word if not text or not (is_number or was_number) else f" {word}"
        was_number = is_number
    return text


def _spelled(name: str, first: str, last: str) -> str:
    """Return the name with the letters that people write who lack ä, å or ø as the others do."""
    if last.endswith(NORDIC_ENDINGS):
        return _NORDIC_LETTERS.sub(lambda found: found[0][0], name)
    if last.endswith(GERMAN_ENDINGS) or first in GERMAN_BEGINNINGS:
        return _UMLAUTS.sub(r"\1", name)
    return name


_NUMBER_SIGN = re.compile(r"^(?:(?:no|nr|num|numero|nro|number)(?![a-z])|n(?=[.°]))?[\s.°#]*(?=\d)")
_HALF = re.compile(r"(?<=\d)[\s-]+([1-9]/[2-9])(?!\d)")
_RANGE = re.compile(r"^(0*)(\d{1,9})-(0*)(\d{1,9})(?!\d)")
_LETTERED = re.compile(r"(?<=\d)-(?=[a-z](?![a-z]))|(?<=^[a-z])-(?=\d)")


def number_key(text: str) -> str:
    """Return what is the same for all ways to write one house number: "12b", "28 1/2", "12-14".

    Leading zeros go, but for those of a second part as in Queens: 197-02 is not 197-2.
    """
    folded = _ORDINAL_SIGN.sub(r"\1", fold(text))
    folded = _NUMBER_SIGN.sub("", folded).rstrip(" .,")
    # The space before a fraction is the only one that means something: 12 1/2 is not 121/2.
    halves = _HALF.sub(r"~\1", folded)
    key = _LETTERED.sub("", "".join(halves.split()))
    found = _RANGE.match(key)
    if found:
        padded = bool(found[1]) and int(found[4]) >= int(found[2])
        second = found[4] if padded else found[3] + found[4]
        key = f"{found[2]}-{second}{key[found.end() :]}"
    elif key.startswith("0"):
        key = key.lstrip("0") if key.lstrip("0")[:1].isdigit() else "0" + key.lstrip("0")
    return "sn" if key in {"s/n", "s/n°", "s-n"} else key.replace("~", " ")


_UNIT_BREAKS = re.compile(r"[^\w-]|_|(?<!\d)-|-(?!\d)")
_UNIT_CHUNKS = re.compile(r"\d+|-|[^\W\d]+")
_COUNTED_UNIT = re.compile(r"\b0*(\d+)(?:st|nd|rd|th|er|e(?:me)?(?= etage))\b")
_GROUND = re.compile(
    r"\b(?:planta baja|rez[ -]de[ -]chaussee|begane grond|ground (?:floor|flr?)|pb|r/c|g/?f)\b"
)
_BELOW = re.compile(r"\bsous[ -]sol\b")


def unit_key(text: str) -> str:
    """Return what is the same for all ways to write one unit: "2b", "penthouse", "floor2"."""
    folded = _ORDINAL_SIGN.sub(r"\1 ", fold(text).translate(_SILENT))
    folded = _BELOW.sub("basement", _GROUND.sub("ground", folded))
    folded = _COUNTED_UNIT.sub(r"\1", folded)
    parts: list[str] = _UNIT_CHUNKS.findall(_UNIT_BREAKS.sub(" ", folded))
    chunks = [UNIT_FORMS.get(part, part) for part in parts]
    telling = [chunk for chunk in chunks if chunk not in UNIT_WORDS] or chunks
    if telling.count("floor") and telling[0].isdigit():
        # "2nd floor" and "floor 2" are one.
        telling.remove("floor")
        telling.insert(0, "floor")
    key = ""
    for chunk in telling:
        if chunk.isdigit():
            key += ("-" if key[-1:].isdigit() else "") + (chunk.lstrip("0") or "0")
        elif chunk != "-":
            key += chunk
    return key
