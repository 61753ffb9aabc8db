"""The merge language of templates: ``{{field|fallback}}`` in plain text, and nothing else.

It is total: what `parse` takes, `render` turns into text without a tag for any values whatever.
Nothing is evaluated, and a value is never read for tags of its own. It is ours as it is so little:
template engines that are kept evaluate expressions, and none of them demands a fallback.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

FIELDS: Mapping[str, str] = {
    "name": "Given and family name.",
    "given_name": "Given name.",
    "salutation": "The column `salutation` of the file they came with; else the whole name.",
    "street": "The street they live in.",
    "concern": "The topic of the newest issue they raised that is still open.",
    "listened_by": "Who listened to it: the first name of a volunteer who agreed to be named.",
    "what_was_done": "Why the newest issue they raised was resolved as it was, or the newest word "
    "on the commitment it led to.",
    "organization": "The name of your organization.",
    "event_title": "The title of the mailing's event.",
    "event_time": "Day and time of the next shift of the mailing's event, on the clock there.",
    "sender": "Who signs, as the mailing says.",
}
LONGEST_VALUE = 2000
LONGEST_FALLBACK = 200
_TAG = re.compile(r"\{\{([^{}]*)\}\}")
_BROKEN = re.compile(r"\{\{|\}\}")
_BRACES = str.maketrans("", "", "{}")
_NAMES = frozenset({"name", "given_name", "salutation"})
_LIKE_A_LINK = re.compile(r"://|www\.|@", re.IGNORECASE)
_ALIKE = 60


@dataclass(frozen=True)
class Tag:
    """A place for a value, and what stands there if there is none."""

    field: str
    fallback: str


@dataclass(frozen=True)
class Fault:
    """What cannot be read, and where: lines and characters are counted from 1."""

    line: int
    column: int
    detail: str


Piece = str | Tag


def parse(text: str) -> tuple[Sequence[Piece], Sequence[Fault]]:
    """What a template consists of, and all that is wrong with it."""
    pieces: list[Piece] = []
    faults: list[Fault] = []
    end = 0
    for found in _TAG.finditer(text):
        pieces.append(text[end : found.start()])
        faults += _loose(text, end, found.start())
        tag = _tag(found[1])
        if isinstance(tag, Tag):
            pieces.append(tag)
        else:
            faults.append(_at(text, found.start(), tag))
        end = found.end()
    faults += _loose(text, end, len(text))
    return [piece for piece in (*pieces, text[end:]) if piece], faults


def _tag(inside: str) -> Tag | str:
    """The tag, or what is wrong with it."""
    name, bar, fallback = (part.strip() for part in inside.partition("|"))
    shown = f"{{{{{_one_line(inside)[:60]}}}}}"
    if name not in FIELDS:
        alike = (
            process.extractOne(name, list(FIELDS), scorer=fuzz.ratio, score_cutoff=_ALIKE)
            if name
            else None
        )
        guess = f" Did you mean {alike[0]}?" if alike else ""
        return f"{shown}: there is no such field.{guess} There are: {', '.join(FIELDS)}."
    if not bar or not (said := _one_line(fallback)):
        return f"{shown} needs a fallback for those of whom it is not known: {{{{{name}|...}}}}."
    if "|" in said or len(said) > LONGEST_FALLBACK:
        return f"{shown}: a fallback has at most {LONGEST_FALLBACK} characters, and no | in it."
    return Tag(name, said)


def _loose(text: str, start: int, end: int) -> Iterator[Fault]:
    """Braces that belong to no tag."""
    for found in _BROKEN.finditer(text, start, end):
        yield _at(
            text, found.start(), f"{found[0]} belongs to no tag. A tag is {{{{field|fallback}}}}."
        )


def _at(text: str, place: int, detail: str) -> Fault:
    before = text[:place]
    return Fault(before.count("\n") + 1, place - before.rfind("\n"), detail)


def render(pieces: Sequence[Piece], values: Mapping[str, str]) -> str:
    """The text with values put in; whatever they hold, no tag is left."""
    return "".join(
        piece if isinstance(piece, str) else clean(piece.field, values) or piece.fallback
        for piece in pieces
    )


def fallbacks_used(pieces: Sequence[Piece], values: Mapping[str, str]) -> set[str]:
    """The fields for which there is no value."""
    return {
        piece.field for piece in pieces if isinstance(piece, Tag) and not clean(piece.field, values)
    }


def clean(field: str, values: Mapping[str, str]) -> str:
    """A value as it may stand in a letter: on one line, printable, and without braces.

    A name with an address in it is none: somebody wants a link of theirs in our letter.
    """
    value = _one_line(values.get(field, "").translate(_BRACES))[:LONGEST_VALUE]
    return "" if field in _NAMES and _LIKE_A_LINK.search(value) else value


def _one_line(text: str) -> str:
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable()).strip()
