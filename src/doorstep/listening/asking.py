"""A survey as a browser walks through it: which questions come next, and what was typed."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, assert_never
from uuid import UUID

import msgspec

from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    ScriptVersion,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)
from doorstep.surveys.service import asked, check_answer, hangs_on, options_at, translated

YES_NO = {"yes": True, "no": False}
UNANSWERED = "Please answer this question."
Form = Mapping[str, Sequence[str]]


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody is; the form carries it, sealed, from page to page."""

    id: UUID
    survey_id: UUID
    language: str
    via: str = ""
    answers: dict[str, Any] = {}
    settled: list[str] = []
    """Questions that were shown and answered, or left out."""
    shown: list[str] = []
    """The questions of the page that is being filled in."""
    last: bool = False
    """Whether that page asks who they are, and ends it."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed into a page: what of it can be kept, and what is wrong with the rest."""

    answers: dict[str, Any]
    faults: dict[str, str]


def coming(version: ScriptVersion, sitting: Sitting) -> tuple[list[Question], bool]:
    """The questions that can be asked now, and whether they are the last.

    What hangs on an answer that is still to be given waits for it.
    """
    reached = {question.key for question in asked(version.questions, sitting.answers)}
    found: list[Question] = []
    for question in version.questions:
        if hangs_on(question, {one.key for one in found}):
            return found, False
        if question.key in reached and question.key not in sitting.settled:
            found.append(question)
    return found, True


def worded(question: Question, version: ScriptVersion, sitting: Sitting) -> Question:
    """The question in the language of the sitting, its options in the order they have there."""
    question = translated(question, version.translations.get(sitting.language, {}))
    if isinstance(question, SingleQuestion | MultiQuestion):
        return msgspec.structs.replace(question, options=options_at(question, sitting.id))
    return question


def read_page(questions: Sequence[Question], form: Form) -> Read:
    """What was typed; a form names the field of a question ``q_KEY``."""
    answers: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for question in questions:
        value = _typed(question, [one for one in form.get(f"q_{question.key}", ()) if one.strip()])
        fault = _fault(question, value)
        if fault:
            faults[question.key] = fault
        elif value is not None:
            answers[question.key] = value
    return Read(answers=answers, faults=faults)


def _fault(question: Question, value: object) -> str | None:
    if value is None:
        return UNANSWERED if question.required else None
    return check_answer(question, value)


def _typed(question: Question, typed: Sequence[str]) -> object:
    """What was typed as the value it stands for; what stands for none stays text."""
    if not typed:
        return None
    match question:
        case MultiQuestion():
            return list(typed)
        case SingleQuestion():
            return typed[0]
        case TextQuestion():
            return typed[0].strip()
        case YesNoQuestion():
            return YES_NO.get(typed[0], typed[0])
        case ScaleQuestion() | NumberQuestion():
            return _number(typed[0])
        case _:
            assert_never(question)


def _number(typed: str) -> object:
    text = typed.strip().replace(",", ".")
    for read in (int, float):
        with contextlib.suppress(ValueError):
            return read(text)
    return typed


def faults_in(version: ScriptVersion, answers: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with the answers of a whole sitting, by question."""
    reached = {question.key: question for question in asked(version.questions, answers)}
    known = {question.key for question in version.questions}
    faults = {
        key: "It is not asked after these answers. Leave it out."
        if key in known
        else "There is no such question in the script."
        for key in answers
        if key not in reached
    }
    found = {key: _fault(one, answers.get(key)) for key, one in reached.items()}
    return faults | {key: fault for key, fault in found.items() if fault}


def raised_topics(question: Question, value: object) -> list[tuple[UUID, str]]:
    """The topics of issues that an answer raises, with the words of each."""
    if isinstance(question, TextQuestion) and question.topic_id:
        return [(question.topic_id, str(value))]
    if not isinstance(question, SingleQuestion | MultiQuestion):
        return []
    chosen = msgspec.convert(value if isinstance(value, list) else [value], list[str])
    by_topic: dict[UUID, str] = {}
    for option in question.options:
        if option.topic_id and option.key in chosen:
            by_topic.setdefault(option.topic_id, option.text)
    return list(by_topic.items())
