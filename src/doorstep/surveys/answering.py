"""Whether a value answers a question."""

from collections.abc import Sequence
from typing import assert_never, cast

from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Option,
    Question,
    ScaleQuestion,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)

LARGEST = 10**12
"""Beyond this a number at a door is a slip of the thumb."""


def check_answer(question: Question, value: object) -> str | None:
    """Why this cannot be an answer to the question, for a volunteer to read; None if it can."""
    match question:
        case SingleQuestion(options=options):
            keys = [option.key for option in options]
            return None if value in keys else f"Choose one of: {_listed(options)}."
        case MultiQuestion():
            return _check_choices(question, value)
        case ScaleQuestion(low=low, high=high):
            fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
            return None if fits else f"Choose a whole number from {low} to {high}."
        case TextQuestion():
            return _check_text(question, value)
        case NumberQuestion():
            return _check_number(question, value)
        case YesNoQuestion():
            return None if isinstance(value, bool) else "Answer yes or no."
        case _:
            assert_never(question)


def _listed(options: Sequence[Option]) -> str:
    return ", ".join(option.text for option in options)


def _check_choices(question: MultiQuestion, value: object) -> str | None:
    keys = [option.key for option in question.options]
    chosen = cast("list[object]", value)
    if not isinstance(value, list) or any(one not in keys for one in chosen):
        return f"Choose any of: {_listed(question.options)}."
    if any(chosen.count(key) > 1 for key in keys):
        return "The same answer is chosen twice. Choose it once."
    if question.required and not chosen:
        return f"Choose at least one of: {_listed(question.options)}."
    return None


def _check_text(question: TextQuestion, value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "Write something, or leave the question out."
    if "\0" in value:
        return "The text holds a character that cannot be stored. Type it anew."
    if len(value) > question.max_length:
        return f"The text is too long: {len(value)} of {question.max_length} characters."
    return None


def _check_number(question: NumberQuestion, value: object) -> str | None:
    kind = "whole number" if question.whole else "number"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"Enter a {kind}."
    low = -LARGEST if question.minimum is None else question.minimum
    high = LARGEST if question.maximum is None else question.maximum
    fits = low <= value <= high and not (question.whole and value % 1)
    return None if fits else f"Enter a {kind} from {low:.15g} to {high:.15g}."
