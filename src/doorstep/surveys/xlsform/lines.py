"""The rows of a form's sheets, read in its languages; what is passed over is noted."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from doorstep.surveys.findings import Unsupported
from doorstep.surveys.model import UNKNOWN_LANGUAGE
from doorstep.surveys.xlsform.vocabulary import OWN, language_of, unguarded
from doorstep.surveys.xlsform.workbook import Sheet

_MAX_NOTES = 500
_SPOKEN = {"label", "hint", "guidance_hint"}
_ALIASES = {
    "caption": "label",
    "relevance": "relevant",
    "bind::relevant": "relevant",
    "bind::required": "required",
    "bind::constraint": "constraint",
    "list name": "list_name",
    "value": "name",
    "title": "form_title",
    "id_string": "form_id",
}
_LEFT_OUT = {
    "appearance": ("How a question looks is the app's affair.", "Nothing is to be done."),
    "calculation": ("Scripts do not calculate.", "It was left out."),
    "choice_filter": (
        "All options are always offered.",
        "Ask two questions, with a condition each.",
    ),
    "constraint": ("Answers of this type have no limits of their own.", "It was left out."),
    "constraint_message": ("The app words it itself.", "Nothing is to be done."),
    "default": ("Nothing is filled in beforehand.", "It was left out."),
    "guidance_hint": ("Only prompts have guidance.", "Put it into the hint."),
    "required_message": ("The app words it itself.", "Nothing is to be done."),
}
"""What is said about columns that are passed over."""
_YES = {"yes", "true", "true()", "1"}
_NO = {"", "no", "false", "false()", "0"}


@dataclass
class Notes:
    """What could not be taken over, by sheet, row and column."""

    sheet: str
    found: list[Unsupported] = field(default_factory=list[Unsupported])

    def of(self, sheet: str) -> "Notes":
        """The same notes, about another sheet."""
        return Notes(sheet, self.found)

    def add(self, row: int, column: str, detail: str, remedy: str) -> None:
        """Note something; a form that is foreign through and through is told so only so often."""
        if len(self.found) < _MAX_NOTES:
            self.found.append(
                Unsupported(sheet=self.sheet, row=row, column=column, detail=detail, remedy=remedy)
            )


@dataclass(frozen=True)
class Column:
    """What a column holds, and the name of the language in which it does."""

    header: str
    name: str
    language: str | None


@dataclass(frozen=True)
class Line:
    """A row: its cells by the names of the columns, its texts by language as well."""

    row: int
    cells: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    """Column → tag of the language → text."""
    headers: Mapping[str, str]
    notes: Notes
    asked_for: set[str] = field(default_factory=set[str])

    def says(self, name: str) -> str:
        """The cell, without spaces around it."""
        self.asked_for.add(name)
        return self.cells.get(name, "").strip()

    def said(self, name: str) -> Mapping[str, str]:
        """The texts of a column by language."""
        self.asked_for.add(name)
        return self.texts.get(name, {})

    def is_yes(self, name: str) -> bool:
        """Whether the cell says yes; what is decided by answers is noted."""
        given = self.says(name).lower()
        if given not in _YES | _NO:
            self.note(name, "Only yes or no can stand here.", "It was taken for no.")
        return given in _YES

    def note(self, name: str, detail: str, remedy: str) -> None:
        """Note something about a cell; without a name, about the row."""
        self.notes.add(self.row, self.headers.get(name, name), detail, remedy)

    def note_rest(self) -> None:
        """Note every cell that nobody asked for."""
        for name in self.headers.keys() - self.asked_for:
            detail, remedy = _LEFT_OUT.get(
                name, ("Scripts have nothing like it.", "It was left out.")
            )
            self.note(name, detail, remedy)


def columns_of(sheet: Sheet) -> list[Column]:
    """The columns of a sheet, whatever way their headers are written."""
    return [_column(header) for header in dict.fromkeys(sheet.header) if header]


def _column(header: str) -> Column:
    name = header.lower()
    if name.startswith(OWN) or name in _ALIASES:
        return Column(header, _ALIASES.get(name, name), None)
    first, *rest = re.split(r"::?", header, maxsplit=1)
    first = first.strip().lower().replace(" ", "_")
    first = _ALIASES.get(first, first)
    if rest and first in _SPOKEN:
        return Column(header, first, rest[0].strip())
    return Column(header, first if not rest else name, None)


@dataclass
class Languages:
    """The languages of a form: the tag of each by its name there; None is the unnamed one."""

    own: str
    tags: dict[str | None, str]


def languages_of(columns: Iterable[Column], default: str, notes: Notes) -> Languages:
    """The languages of a form's columns; those without a tag are noted and passed over."""
    labelled = [column for column in columns if column.name in _SPOKEN]
    names = list(dict.fromkeys(column.language for column in labelled))
    named = default if default != "default" else ""
    if not named and None not in names:
        named = next(filter(None, names), "")
    own = language_of(named) or UNKNOWN_LANGUAGE
    tags: dict[str | None, str] = {None: own, named: own}
    for name in names:
        tag = language_of(name or "")
        if name in tags:
            continue
        header = next(column.header for column in labelled if column.language == name)
        if tag is None:
            remedy = f"End it with the language's tag, such as {header} (fi). It was left out."
            notes.add(1, header, "Nobody can tell from its name which language this is.", remedy)
        elif tag in tags.values():
            remedy = "It was left out. Keep one column for each language."
            notes.add(1, header, f"Another column holds the language {tag} already.", remedy)
        else:
            tags[name] = tag
    return Languages(own, tags)


def lines_of(sheet: Sheet, languages: Languages, notes: Notes) -> list[Line]:
    """The rows of a sheet."""
    columns = {column.header: column for column in columns_of(sheet)}
    for header in sheet.repeated:
        notes.add(1, header, "Two columns have this name.", "The first counts. Take one out.")
    lines: list[Line] = []
    for row in sheet.rows:
        cells: dict[str, str] = {}
        headers: dict[str, str] = {}
        texts: dict[str, dict[str, str]] = {}
        for header, value in row.cells.items():
            column = columns[header]
            headers.setdefault(column.name, header)
            if column.name not in _SPOKEN:
                cells.setdefault(column.name, value)
            elif column.language in languages.tags:
                tag = languages.tags[column.language]
                texts.setdefault(column.name, {}).setdefault(tag, unguarded(value))
                if "${" in value:
                    detail = "A script cannot put an answer into a text."
                    notes.add(row.number, header, detail, "Word it without ${…}.")
        lines.append(Line(row.number, cells, texts, headers, notes))
    return lines
