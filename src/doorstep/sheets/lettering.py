"""Which scripts no font at hand can write: their names would come out as boxes."""

import unicodedata
from functools import lru_cache

from matplotlib.ft2font import FT2Font

Fonts = tuple[tuple[str, int], ...]
"""Files with fonts, each with the number of the font in its file."""

_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


def scripts_without_font(text: str, fonts: Fonts) -> list[str]:
    """The scripts, as Unicode names them, of those letters that none of the fonts has."""
    seldom = {letter for letter in set(text) if not letter.isascii()}
    missing = {
        letter for letter in seldom if unicodedata.category(letter) not in _UNSEEN
    } - _written_by(fonts)
    return sorted({unicodedata.name(letter, "?").split()[0].capitalize() for letter in missing})


@lru_cache(maxsize=4)
def _written_by(fonts: Fonts) -> frozenset[str]:
    """Every letter that some of the fonts has; kept, since reading them all takes a moment."""
    return frozenset(letter for path, index in fonts for letter in _letters(path, index))


def _letters(path: str, index: int) -> list[str]:
    # Of a collection, matplotlib reads the first font only; the others have nearly its letters.
    # A font of last resort has a box for every script, and the letters of none.
    if index or "lastresort" in path.lower():
        return []
    try:
        return [chr(code) for code in FT2Font(path).get_charmap()]
    except (OSError, RuntimeError):
        return []
