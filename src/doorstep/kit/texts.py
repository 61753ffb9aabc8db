"""Texts as they are compared."""

import unicodedata

SEPARATOR = "\x1f"
"""Stands between the names of a name key, and between tags; nobody types it."""


def plain(text: str) -> str:
    """The text without differences of case, width and space."""
    if text.isascii():
        # Most are, and an import asks half a million times.
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def name_key(given_name: str, family_name: str) -> str:
    """Two names as one text that imports look people up by."""
    return f"{plain(given_name)}{SEPARATOR}{plain(family_name)}"
