"""The texts of a script in the languages that are spoken at its doors."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from doorstep.kit.errors import FieldProblem
from doorstep.surveys.findings import LanguageReport, MissingText
from doorstep.surveys.model import (
    UNKNOWN_LANGUAGE,
    MultiQuestion,
    PromptQuestion,
    Question,
    ScaleQuestion,
    ScriptVersion,
    ScriptVersionCreate,
    SingleQuestion,
)

MAX_CHARACTERS = 500_000
"""Of all translations together: they are in every bundle."""

_LONGEST = {"introduction": 4000, "text": 500, "hint": 500, "guidance": 2000}
_LONGEST_LABEL = 200


def texts_of(introduction: str, questions: Sequence[Question]) -> dict[str, str]:
    """Every text of a script by its place, in the order in which it is met."""
    texts = {"introduction": introduction} if introduction.strip() else {}
    for question in questions:
        texts.update({f"{question.key}.{place}": text for place, text in _texts(question)})
    return texts


def _texts(question: Question) -> Iterator[tuple[str, str]]:
    yield "text", question.text
    if question.hint:
        yield "hint", question.hint
    if isinstance(question, PromptQuestion) and question.guidance:
        yield "guidance", question.guidance
    if isinstance(question, SingleQuestion | MultiQuestion):
        for option in question.options:
            yield f"options.{option.key}", option.text
    if isinstance(question, ScaleQuestion):
        for step, label in enumerate(question.labels, question.low):
            yield f"labels.{step}", label


def translated(question: Question, texts: Mapping[str, str]) -> Question:
    """The question with these texts in place of its own, as far as there are any."""
    own = {place: texts.get(f"{question.key}.{place}", text) for place, text in _texts(question)}
    changed: dict[str, Any] = {
        place: own[place] for place in ("text", "hint", "guidance") if place in own
    }
    if isinstance(question, SingleQuestion | MultiQuestion):
        changed["options"] = [
            msgspec.structs.replace(option, text=own[f"options.{option.key}"])
            for option in question.options
        ]
    if isinstance(question, ScaleQuestion):
        steps = range(question.low, question.low + len(question.labels))
        changed["labels"] = [own[f"labels.{step}"] for step in steps]
    return msgspec.structs.replace(question, **changed)


def translation_faults(content: ScriptVersionCreate) -> list[FieldProblem]:
    """Everything about translations that fits no text of the script, by field."""
    return [FieldProblem(field=field, detail=detail) for field, detail in _faults(content)]


def _faults(content: ScriptVersionCreate) -> Iterator[tuple[str, str]]:
    if content.translations and content.language == UNKNOWN_LANGUAGE:
        yield "language", "Say in which language the script is written, then translate it."
    texts = texts_of(content.introduction, content.questions)
    for language, given in content.translations.items():
        field = f"translations.{language}"
        if language == content.language:
            yield field, "The script itself is in this language. Take this translation out."
        for place, text in given.items():
            longest = _LONGEST.get(place.rpartition(".")[2], _LONGEST_LABEL)
            if ".options." in place:
                longest = _LONGEST_LABEL
            if place not in texts:
                yield (
                    f"{field}.{place}",
                    "The script has no such text. Take the translation out, or mend its place.",
                )
            elif len(text) > longest:
                yield f"{field}.{place}", f"It has {len(text)} of {longest} characters. Shorten it."
    size = sum(len(text) for given in content.translations.values() for text in given.values())
    if size > MAX_CHARACTERS:
        yield (
            "translations",
            f"They have {size:,} of {MAX_CHARACTERS:,} characters. Take a language out.",
        )


def completeness(version: ScriptVersion) -> list[LanguageReport]:
    """For each language that the script is translated into, which of its texts are missing."""
    texts = texts_of(version.introduction, version.questions)
    return [
        _report(lang, texts, version.translations[lang]) for lang in sorted(version.translations)
    ]


def _report(language: str, texts: Mapping[str, str], given: Mapping[str, str]) -> LanguageReport:
    missing = [
        MissingText(place=place, text=text) for place, text in texts.items() if place not in given
    ]
    count = len(missing)
    says = f"{count} text{'s' if count != 1 else ''} missing" if count else "complete"
    return LanguageReport(
        language=language,
        texts_count=len(texts),
        missing_count=count,
        summary=f"{language}: {says}",
        missing=missing,
    )
