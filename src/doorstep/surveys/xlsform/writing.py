"""A script as a spreadsheet that ODK and its kin understand (XLSForm)."""

from collections.abc import Iterator, Mapping

from doorstep.kit.errors import RefusedError
from doorstep.surveys.model import (
    UNKNOWN_LANGUAGE,
    MultiQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    ScriptVersion,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)
from doorstep.surveys.translating import texts_of
from doorstep.surveys.xlsform.conditions import bounds, is_whole, to_xpath
from doorstep.surveys.xlsform.vocabulary import (
    INTRODUCTION,
    NATIVE,
    OWN,
    RESERVED,
    column,
    guarded,
    language_name,
    yes_no,
)
from doorstep.surveys.xlsform.workbook import write_sheets

Cells = dict[str, str]
Texts = Mapping[str, Mapping[str, str]]
"""Language → place → text; the script's own language comes first."""


def write_xlsform(version: ScriptVersion) -> bytes:
    """The script as an .xlsx file.

    Raises
    ------
    RefusedError
        If there is nothing in it, or a text is longer than a spreadsheet's cell.
    """
    own = texts_of(version.introduction, version.questions)
    if not own:
        message = "The script is empty. Write an introduction or a question first."
        raise RefusedError(message)
    texts = {version.language: own} | dict(sorted(version.translations.items()))
    questions = {question.key: question for question in version.questions}
    survey = [_question(question, questions, texts) for question in version.questions]
    if "introduction" in own:
        columns = dict.fromkeys(survey[0] if survey else ("type", "name"), "")
        row = {"type": "note", "name": INTRODUCTION, f"{OWN}type": "introduction"}
        survey.insert(0, columns | row | _said("label", "introduction", texts))
    settings = {
        "form_title": guarded(version.name),
        "form_id": f"doorstep_{version.script_id.hex}",
        "version": str(version.version),
        # What all answers stand in; it would be `data` otherwise, which may be a question's key.
        "name": "Doorstep",
    }
    if version.language != UNKNOWN_LANGUAGE:
        settings["default_language"] = language_name(version.language)
    choices = [choice for question in version.questions for choice in _choices(question, texts)]
    sheets = {"survey": survey, "choices": choices, "settings": [settings]}
    return write_sheets({name: rows for name, rows in sheets.items() if rows})


def _question(question: Question, questions: Mapping[str, Question], texts: Texts) -> Cells:
    def find(key: str) -> tuple[Question, str]:
        return questions[key], _name(key)

    kind = str(question.__struct_config__.tag)
    native = NATIVE.get(kind) or ("integer" if is_whole(question) else "decimal")
    has_list = native.startswith("select")
    key, show_if = question.key, question.show_if
    return {
        "type": f"{native} {key}" if has_list else native,
        "name": _name(key),
        **_said("label", f"{key}.text", texts),
        **_said("hint", f"{key}.hint", texts),
        **_said("guidance_hint", f"{key}.guidance", texts),
        "required": "yes" if question.required else "",
        "relevant": to_xpath(show_if, find) if show_if else "",
        "constraint": _constraint(question),
        "parameters": _parameters(question),
        f"{OWN}type": kind,
        f"{OWN}sensitive": "yes" if question.sensitive else "",
        f"{OWN}fixed": " ".join(_fixed(question)),
        f"{OWN}repeats": _repeated(question),
    }


def _said(name: str, place: str, texts: Texts) -> Cells:
    """A text in each language, in a column each."""
    return {
        column(name, language): guarded(said.get(place, "")) for language, said in texts.items()
    }


def _choices(question: Question, texts: Texts) -> Iterator[Cells]:
    match question:
        case SingleQuestion() | MultiQuestion():
            names = [(option.key, f"options.{option.key}") for option in question.options]
        case ScaleQuestion():
            steps = range(question.low, question.low + len(question.labels))
            names = [(str(step), f"labels.{step}") for step in steps]
        case YesNoQuestion():
            names = []
            for place, name in enumerate(("yes", "no")):
                labels = {column("label", one): yes_no(one)[place] for one in texts}
                yield {"list_name": question.key, "name": name, **labels}
        case _:
            names = []
    for name, place in names:
        labels = _said("label", f"{question.key}.{place}", texts)
        yield {"list_name": question.key, "name": name, **labels}


def _constraint(question: Question) -> str:
    match question:
        case NumberQuestion(minimum=low, maximum=high):
            return bounds(".", low, high)
        case TextQuestion(max_length=longest):
            return f"string-length(.) <= {longest}"
        case _:
            return ""


def _parameters(question: Question) -> str:
    match question:
        case SingleQuestion() | MultiQuestion():
            return "randomize=true" if question.random_order else ""
        case ScaleQuestion(low=low, high=high, labels=labels):
            named = f" tick_labelset={question.key}" if labels else ""
            return f"start={low} end={high} step=1{named}"
        case _:
            return ""


def _fixed(question: Question) -> list[str]:
    if not isinstance(question, SingleQuestion | MultiQuestion):
        return []
    return [option.key for option in question.options if option.fixed]


def _repeated(question: Question) -> str:
    found = question.repeats if isinstance(question, ScaleQuestion) else None
    return _name(found) if found else ""


def _name(key: str) -> str:
    return RESERVED.get(key, key)
