"""Fitting words into a picture: fonts that have their letters, lines that are not too long."""

import functools
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.font_manager import fontManager
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

ELLIPSIS = "…"
MISSING = "□"
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_OWN = Path(get_data_path(), "fonts", "ttf")
Length = Callable[[str], float]
"""How long a text is when it is written."""


def plain(text: str) -> str:
    """The text on one line, without what cannot be seen."""
    spaced = " ".join(text.split())
    return "".join(one for one in spaced if unicodedata.category(one) not in _UNSEEN)


def is_right_to_left(text: str) -> bool:
    """Whether its first letter that runs anywhere runs to the left."""
    runs = (unicodedata.bidirectional(one) for one in text)
    first = next((one for one in runs if one in _RIGHT_TO_LEFT or one == "L"), "L")
    return first in _RIGHT_TO_LEFT


def font_for(text: str, size: int, *, bold: bool) -> tuple[str, ImageFont.FreeTypeFont]:
    """The text as it can be written, and a font: one that has all its letters if there is one.

    Letters that no font at hand has become boxes.
    """
    wanted = frozenset(text) - {" "}
    own = str(_OWN / f"DejaVuSans{'-Bold' if bold else ''}.ttf")
    path = next((one for one in _fonts(own, bold=bold) if wanted <= _letters(one)), own)
    known = _letters(path)
    shown = "".join(one if one in known or one == " " else MISSING for one in text)
    return shown, ImageFont.truetype(path, size)


def _fonts(own: str, *, bold: bool) -> Iterator[str]:
    """Files of fonts: our own first, then those of the system, of the wanted weight first."""
    yield own
    heavy = {"bold", "heavy", "black", 700, 800, 900}
    others = sorted(
        (one for one in fontManager.ttflist if one.style == "normal"),
        key=lambda one: ((one.weight in heavy) != bold, one.fname),
    )
    yield from (one.fname for one in others)


@functools.lru_cache(maxsize=2000)
def _letters(path: str) -> frozenset[str]:
    # A font of last resort has a box for every letter; coloured ones have one size only. Of a
    # collection, both libraries read the first font.
    name = Path(path).name.lower()
    if "lastresort" in name or "emoji" in name:
        return frozenset()
    try:
        return frozenset(map(chr, FT2Font(path).get_charmap()))
    except (OSError, RuntimeError):
        return frozenset()


def wrapped(text: str, length: Length, width: float) -> list[str]:
    """The text in lines no longer than the width; words that alone are longer are broken."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if length(joined) <= width:
            line = joined
            continue
        *whole, line = [*([line] if line else []), *_broken(word, length, width)]
        lines.extend(whole)
    return [*lines, line] if line else lines


def _broken(word: str, length: Length, width: float) -> Iterator[str]:
    while length(word) > width:
        room = _most(word, length, width)
        yield word[:room]
        word = word[room:]
    yield word


def _most(word: str, length: Length, width: float) -> int:
    """How many letters of it fit, at least one; marks stay with their letter."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(word[:middle]) <= width else (low, middle - 1)
    while low > 1 and low < len(word) and unicodedata.combining(word[low]):
        low -= 1
    return low


def cut(text: str, length: Length, width: float) -> str:
    """The text, or as much of it as fits with an ellipsis behind it."""
    if length(text) <= width:
        return text
    room = _most(text, lambda some: length(f"{some.rstrip()}{ELLIPSIS}"), width)
    return f"{text[:room].rstrip()}{ELLIPSIS}"
