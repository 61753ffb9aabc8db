"""How a script and an XLSForm name the same things."""

import re

from doorstep.surveys.model import UNKNOWN_LANGUAGE

INTRODUCTION = "_introduction"
"""No key begins with an underscore."""
RESERVED = {"meta": "_meta"}
"""Keys that name something else in every form → their names there."""
NATIVE = {
    "single": "select_one",
    "multi": "select_multiple",
    "scale": "range",
    "text": "text",
    "prompt": "text",
    "yes_no": "select_one",
}
OWN = "doorstep::"
"""Begins the columns for what XLSForm has no word for; converters pass over them."""

# Autonym, yes and no of languages that are often met at doors; for others the tag will do.
_LANGUAGES = {
    "ar": ("العربية", "نعم", "لا"),
    "bn": ("বাংলা", "হ্যাঁ", "না"),
    "ca": ("Català", "Sí", "No"),
    "cs": ("Čeština", "Ano", "Ne"),
    "da": ("Dansk", "Ja", "Nej"),
    "de": ("Deutsch", "Ja", "Nein"),
    "el": ("Ελληνικά", "Ναι", "Όχι"),  # noqa: RUF001 -- Greek
    "en": ("English", "Yes", "No"),
    "es": ("Español", "Sí", "No"),
    "et": ("Eesti", "Jah", "Ei"),
    "fa": ("فارسی", "بله", "خیر"),
    "fi": ("Suomi", "Kyllä", "Ei"),
    "fr": ("Français", "Oui", "Non"),
    "hu": ("Magyar", "Igen", "Nem"),
    "it": ("Italiano", "Sì", "No"),
    "ko": ("한국어", "예", "아니요"),
    "nb": ("Norsk bokmål", "Ja", "Nei"),
    "nl": ("Nederlands", "Ja", "Nee"),
    "pl": ("Polski", "Tak", "Nie"),
    "pt": ("Português", "Sim", "Não"),
    "ro": ("Română", "Da", "Nu"),
    "ru": ("Русский", "Да", "Нет"),
    "so": ("Soomaali", "Haa", "Maya"),
    "sv": ("Svenska", "Ja", "Nej"),
    "tr": ("Türkçe", "Evet", "Hayır"),  # noqa: RUF001 -- Turkish
    "uk": ("Українська", "Так", "Ні"),  # noqa: RUF001 -- Ukrainian
    "vi": ("Tiếng Việt", "Có", "Không"),
    "zh": ("中文", "是", "否"),
}
_TAG = re.compile(r"\[([a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){1,3})\]|\(([a-z]{2,3})\)\s*$")


def column(name: str, language: str) -> str:
    """A column's header for a language."""
    return name if language == UNKNOWN_LANGUAGE else f"{name}::{language_name(language)}"


def language_name(language: str) -> str:
    """A language as forms show it to choose from, such as ``Suomi (fi)``.

    Forms know the first part of a tag only, so of longer ones the whole stands before it.
    """
    first = language.partition("-")[0]
    autonym = _LANGUAGES.get(first, (first,))[0]
    whole = f" [{language}]" if language != first else ""
    return f"{autonym}{whole} ({first})"


def language_of(name: str) -> str | None:
    """The tag in a language's name; None if it has none."""
    found = _TAG.search(name)
    return found and (found[1] or found[2])


def yes_no(language: str) -> tuple[str, str]:
    """How one says yes and no."""
    _, yes, no = _LANGUAGES.get(language.partition("-")[0], _LANGUAGES["en"])
    return yes, no


def guarded(text: str) -> str:
    """A text that a form does not take for a reference to an answer.

    An invisible joiner breaks up ``${``; one that is there already gets company.
    """
    return re.sub("\\$(\u2060*)\\{", "$\\1\u2060{", text)


def unguarded(text: str) -> str:
    """The text as it was."""
    return re.sub("\\$(\u2060*)\u2060\\{", "$\\1{", text)
