"""Playing a conversation before anybody holds it."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from doorstep.kit.errors import FieldProblem, RefusedError
from doorstep.surveys.answering import check_answer
from doorstep.surveys.branching import asked, hangs_on, in_words
from doorstep.surveys.findings import NotAsked, Preview, PreviewAsk, PreviewStep
from doorstep.surveys.model import MultiQuestion, Question, ScriptVersion, SingleQuestion
from doorstep.surveys.ordering import options_at
from doorstep.surveys.translating import translated


def preview(version: ScriptVersion, ask: PreviewAsk) -> Preview:
    """Where a conversation with these answers stands.

    Raises
    ------
    RefusedError
        If the script is not translated into the language.
    """
    language = ask.language or version.language
    texts = version.translations.get(language)
    if texts is None and language != version.language:
        known = ", ".join([version.language, *sorted(version.translations)])
        message = f"The script is not translated into {language}. Choose one of: {known}."
        raise RefusedError(message, field="language")
    questions = {question.key: question for question in version.questions}
    refused = {
        key: reason
        for key, answer in ask.answers.items()
        if (reason := _refusal(questions.get(key), answer))
    }
    answers = {key: answer for key, answer in ask.answers.items() if key not in refused}
    reached = {question.key for question in asked(version.questions, answers)}
    for key in answers.keys() - reached:
        refused[key] = f"It is not asked after these answers. {_because(questions[key], questions)}"
    shown = {key: _shown(question, texts or {}, ask.door_id) for key, question in questions.items()}
    following: list[Question] = []
    not_asked: list[NotAsked] = []
    for key, question in questions.items():
        if hangs_on(question, {one.key for one in following}):
            break
        if key not in reached:
            not_asked.append(NotAsked(question=key, because=_because(question, questions)))
        elif key not in answers:
            following.append(shown[key])
    return Preview(
        language=language,
        introduction=(texts or {}).get("introduction", version.introduction),
        path=[
            PreviewStep(question=shown[key], answer=answers[key])
            for key in questions
            if key in reached and key in answers
        ],
        next=following,
        not_asked=not_asked,
        refused=[
            FieldProblem(field=f"answers.{key}", detail=refused[key])
            for key in ask.answers
            if key in refused
        ],
        finished=not following,
    )


def _refusal(question: Question | None, answer: object) -> str | None:
    if question is None:
        return "There is no such question in the script."
    if answer is None:
        return "The question is required. Answer it." if question.required else None
    return check_answer(question, answer)


def _because(question: Question, questions: Mapping[str, Question]) -> str:
    return f"It is asked if {in_words(question.show_if, questions)}." if question.show_if else ""


def _shown(question: Question, texts: Mapping[str, str], door_id: UUID | None) -> Question:
    question = translated(question, texts)
    if door_id is None or not isinstance(question, SingleQuestion | MultiQuestion):
        return question
    return msgspec.structs.replace(question, options=options_at(question, door_id))
