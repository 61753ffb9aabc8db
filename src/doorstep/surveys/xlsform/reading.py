"""A spreadsheet for ODK and its kin (XLSForm) as a script."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec import UNSET

from doorstep.kit.errors import RefusedError
from doorstep.surveys.branching import shortened
from doorstep.surveys.findings import Unsupported
from doorstep.surveys.model import (
    UNKNOWN_LANGUAGE,
    MultiQuestion,
    Question,
    ScaleQuestion,
    ScriptCreate,
    ShowIf,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)
from doorstep.surveys.translating import texts_of
from doorstep.surveys.xlsform.asking import KINDS, Asked, Kind, kind_of, question_of
from doorstep.surveys.xlsform.conditions import Value, from_xpath, number
from doorstep.surveys.xlsform.lines import (
    Languages,
    Line,
    Notes,
    columns_of,
    languages_of,
    lines_of,
)
from doorstep.surveys.xlsform.naming import fitting, key_for
from doorstep.surveys.xlsform.vocabulary import OWN, unguarded
from doorstep.surveys.xlsform.workbook import Sheet, read_sheets
from doorstep.surveys.xlsform.xpath import NotSayableError, number_of

_MAX_QUESTIONS = 100
_NAME, _INTRODUCTION, _LANGUAGES, _VALUE = 200, 4000, 50, 2000
_RECORDED = {
    "audit", "background-audio", "caseid", "deviceid", "email", "end", "phonenumber", "simserial",
    "start", "start-geopoint", "subscriberid", "today", "username",
}  # fmt: skip
_SETTINGS = ("form_title", "form_id", "name", "version", "default_language")
_UNNAMED = "Form"
_PASSED_OVER = ("entities", "external_choices", "osm")


@dataclass
class _Form:
    """What has been read of a form so far."""

    language: str
    choices: Mapping[str, list[Line]]
    asked: list[Asked] = field(default_factory=list[Asked])
    named: dict[str, Asked] = field(default_factory=dict[str, Asked])
    """The first of each name in the form."""
    introduction: dict[str, str] = field(default_factory=dict[str, str])
    """By language."""


def read_xlsform(content: bytes) -> tuple[ScriptCreate, list[Unsupported]]:
    """The script of an .xlsx file, and everything in it that could not be taken over.

    Raises
    ------
    RefusedError
        If it is no workbook, or no form.
    """
    order = ("settings", "survey", "choices", *_PASSED_OVER)
    sheets = read_sheets(content, order)
    survey = sheets.get("survey")
    if survey is None or not {"type", "name"} <= {one.name for one in columns_of(survey)}:
        message = "A form has a sheet called survey with the columns type and name. Add them."
        raise RefusedError(message, field="body")
    choices = sheets.get("choices", Sheet())
    notes = Notes("settings")
    unnamed = Languages(UNKNOWN_LANGUAGE, {})
    settings = lines_of(sheets.get("settings", Sheet()), unnamed, notes)[:1]
    default = settings[0].says("default_language") if settings else ""
    columns = [*columns_of(survey), *columns_of(choices)]
    languages = languages_of(columns, default, notes.of("survey"))
    lists: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines_of(choices, languages, notes.of("choices")):
        lists[line.says("list_name")].append(line)
    form = _Form(languages.own, lists)
    _read_survey(form, lines_of(survey, languages, notes.of("survey")))
    for line in itertools.chain(*lists.values()):
        # A list may be there that no question uses.
        line.asked_for.update(("label", "name"))
        line.note_rest()
    name = _name_of(settings)
    for sheet in _PASSED_OVER:
        if sheets.get(sheet, Sheet()).rows:
            notes.of(sheet).add(1, "", "Scripts have nothing like it.", "The sheet was left out.")
    # Lists that several questions share are read as often.
    found = sorted(dict.fromkeys(notes.found), key=lambda one: (order.index(one.sheet), one.row))
    return _script(form, name), found


def _read_survey(form: _Form, lines: Iterable[Line]) -> None:
    relevant: list[str] = []
    repeats = 0
    for line in lines:
        kind = kind_of(line.says("type"))
        if kind.name in {"begin_repeat", "end_repeat"}:
            repeats += 1 if kind.name == "begin_repeat" else -1
            detail = "Scripts ask each question once."
            line.note("type", detail, "What is repeated was left out. Ask for it in one question.")
        elif repeats > 0:
            continue
        elif kind.name == "begin_group":
            relevant.append(line.says("relevant"))
            line.note("type", "Scripts have no groups.", "Its questions follow one another.")
            line.asked_for.update(("name", "label"))
            line.note_rest()
        elif kind.name == "end_group":
            del relevant[-1:]
        elif reason := _left_out(form, line, kind):
            line.note(*reason)
        elif _is_introduction(form, line, kind):
            for tag, text in line.said("label").items():
                before = form.introduction.get(tag)
                whole = f"{before}\n\n{text}" if before else text
                form.introduction[tag] = fitting(whole, _INTRODUCTION, line, "label")
        else:
            _read_question(form, line, kind, [*relevant, line.says("relevant")])


def _left_out(form: _Form, line: Line, kind: Kind) -> tuple[str, str, str] | None:
    """Why there is no question in the row: a column, what is wrong, what to do."""
    if kind.name in _RECORDED:
        detail = "Who knocked, when and where is recorded anyway, more is not."
        return "type", detail, "Nothing is to be done."
    if kind.name not in KINDS:
        detail = f"A script has no questions of the type “{line.says('type')}”."
        return "type", detail, "It was left out. Ask it as text, or not at all."
    if line.is_yes("disabled"):
        return "disabled", "The row is switched off.", "It was left out."
    if len(form.asked) == _MAX_QUESTIONS:
        detail = f"A script has {_MAX_QUESTIONS} questions at most."
        return "name", detail, "It was left out. Divide the form."
    return None


def _is_introduction(form: _Form, line: Line, kind: Kind) -> bool:
    """Whether it is said before anything is asked."""
    bare = line.headers.keys() <= {"type", "name", "label", f"{OWN}type"}
    return kind.name == "note" and bare and not form.asked


def _read_question(form: _Form, line: Line, kind: Kind, relevant: Iterable[str]) -> None:
    name = line.says("name")
    taken = {asked.key for asked in form.asked}
    asked = Asked(line, key_for(name, taken, "question", line), form.language)
    question = question_of(asked, kind, form.choices)
    if question is None:
        return
    conditions = [text for text in relevant if text]
    if len(conditions) > 1:
        conditions = [" and ".join(f"({text})" for text in conditions)]
    for text in conditions:
        question = msgspec.structs.replace(question, show_if=_condition(form, line, text))
    if isinstance(question, ScaleQuestion) and question.repeats is not UNSET:
        before = form.named.get(question.repeats)
        question = msgspec.structs.replace(question, repeats=before.key if before else UNSET)
        if before is None:
            detail = "There is no earlier question of this name."
            line.note(f"{OWN}repeats", detail, "It was left out.")
    asked.question = question
    form.asked.append(asked)
    form.named.setdefault(name, asked)
    line.note_rest()


def _condition(form: _Form, line: Line, text: str) -> ShowIf | None:
    def resolve(name: str, value: str | float) -> tuple[Question, Value]:
        asked = form.named.get(name)
        if asked is None or asked.question is None:
            message = f"There is no earlier question called “{name}”."
            raise NotSayableError(message)
        return asked.question, "" if value == "" else _value(asked, asked.question, name, value)

    try:
        return from_xpath(text, resolve)
    except NotSayableError as error:
        line.note("relevant", str(error), "The question is always asked now. Set its condition.")
        return None


def _value(asked: Asked, question: Question, name: str, value: str | float) -> Value:
    """What a value of the form is in a script."""
    text = value if isinstance(value, str) else number(value)
    found: Value | None
    match question:
        case SingleQuestion() | MultiQuestion():
            found = asked.options.get(text)
        case YesNoQuestion():
            found = asked.options[text] == "yes" if text in asked.options else None
        case TextQuestion():
            found = text if len(text) <= _VALUE else None
        case _:
            found = number_of(text)
    if found is None:
        message = f"“{name}” cannot be answered with “{shortened(text)}”."
        raise NotSayableError(message)
    return found


def _name_of(lines: Iterable[Line]) -> str:
    """What the form is called."""
    for line in lines:
        line.asked_for.update(_SETTINGS)
        line.note_rest()
        title = next(filter(None, map(line.cells.get, _SETTINGS)), "")
        return fitting(unguarded(title), _NAME, line, "form_title") or _UNNAMED
    return _UNNAMED


def _script(form: _Form, name: str) -> ScriptCreate:
    questions = [asked.question for asked in form.asked if asked.question]
    introduction = form.introduction.get(form.language, "")
    own = texts_of(introduction, questions)
    texts: dict[str, dict[str, str]] = {
        tag: {"introduction": text} for tag, text in form.introduction.items()
    }
    for asked in form.asked:
        for tag, said in asked.texts.items():
            texts.setdefault(tag, {}).update(said)
    texts.pop(form.language, None)
    return ScriptCreate(
        name=name,
        language=form.language,
        introduction=introduction,
        questions=questions,
        translations={
            tag: {place: text for place, text in said.items() if place in own}
            for tag, said in list(texts.items())[:_LANGUAGES]
        },
    )
