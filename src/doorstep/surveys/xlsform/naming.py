"""Keys for a form's names, and texts that fit a script."""

import re
from collections.abc import Container

from doorstep.surveys.xlsform.lines import Line
from doorstep.surveys.xlsform.vocabulary import RESERVED

_KEYS = {name: key for key, name in RESERVED.items()}
_LONGEST_KEY = 40


def key_for(name: str, taken: Container[str], prefix: str, line: Line) -> str:
    """A key for what a form calls so, as like it as can be; noted if it is another."""
    key = _KEYS.get(name, name)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
        key = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")
        key = (key if key[:1].isalpha() else f"{prefix}_{key}".rstrip("_"))[:_LONGEST_KEY]
    first, number = key, 2
    while key in taken:
        key = f"{first[: _LONGEST_KEY - 4]}_{number}"
        number += 1
    if key != _KEYS.get(name, name):
        detail = "A key has small letters, digits and _, and is used once"
        detail += f": “{name}” cannot be one." if name else ", and here is none."
        line.note("name", detail, f"It is called {key} now.")
    return key


def fitting(text: str, longest: int, line: Line, column: str) -> str:
    """The text, cut if it is too long; noted if so."""
    if len(text) <= longest:
        return text
    detail = f"The text has {len(text):,} characters, a script takes {longest:,} here."
    line.note(column, detail, "It was cut. Shorten it.")
    return text.strip()[:longest].rstrip()
