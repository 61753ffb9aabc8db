"""Counts of answers, with small counts of opinions left out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never
from uuid import UUID

from doorstep.reports.model import OptionCount, QuestionResult
from doorstep.reports.queries import AnswerRow
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
from doorstep.surveys.service import check_answer

LEAST_SHOWN = 5
"""Fewer people with an opinion could be guessed by those who know the street."""

_YES_NO = {True: "yes", False: "no"}


@dataclass
class Asked:
    """A question over the versions of its script, and what was answered."""

    script_id: UUID
    question: Question
    sensitive: bool = False
    options: dict[str, str] = field(default_factory=dict[str, str])
    counts: Counter[str] = field(default_factory=Counter[str])
    answers_count: int = 0
    sum: float = 0.0


ByVersion = dict[tuple[UUID, int, str], tuple[Question, Asked]]


def asked_in(versions: Iterable[ScriptVersion]) -> tuple[list[Asked], ByVersion]:
    """Every question of these versions, the newest version's first; and each version's wording.

    A question is the same in two versions if it has the same key and type.
    """
    asked: dict[tuple[UUID, str, str], Asked] = {}
    by_version: ByVersion = {}
    for version in sorted(versions, key=lambda one: (one.script_id, -one.version)):
        for question in version.questions:
            key = version.script_id, question.key, _type(question)
            known = asked.setdefault(key, Asked(version.script_id, question))
            known.sensitive |= question.sensitive
            known.options = _options(question) | known.options
            by_version[version.script_id, version.version, question.key] = question, known
    return list(asked.values()), by_version


def tally_answers(
    versions: Iterable[ScriptVersion], rows: Iterable[AnswerRow]
) -> list[QuestionResult]:
    """The results of every question of these versions.

    Where any count of a sensitive question is suppressed, so is its total, from which one could
    tell the missing one.
    """
    asked, by_version = asked_in(versions)
    for row in rows:
        question, known = by_version[row.script_id, row.script_version, row.question_key]
        # An organizer may let an answer pass that its question did not offer.
        if check_answer(question, row.value) is None:
            _count(known, row)
    return [_result(one) for one in asked]


def _type(question: Question) -> str:
    return str(question.__struct_config__.tag)


def _options(question: Question) -> dict[str, str]:
    match question:
        case SingleQuestion(options=options) | MultiQuestion(options=options):
            return {option.key: option.text for option in options}
        case ScaleQuestion(low=low, high=high, labels=labels):
            steps = [str(step) for step in range(low, high + 1)]
            return dict(zip(steps, labels or steps, strict=True))
        case YesNoQuestion():
            return {"yes": "Yes", "no": "No"}
        case TextQuestion() | NumberQuestion():
            return {}
        case _:
            assert_never(question)


def _count(asked: Asked, row: AnswerRow) -> None:
    asked.sensitive |= row.sensitive
    asked.answers_count += row.answers_count
    for key in chosen(asked.question, row.value):
        asked.counts[key] += row.answers_count
    if isinstance(asked.question, ScaleQuestion | NumberQuestion):
        asked.sum += row.value * row.answers_count


def chosen(question: Question, value: Any) -> Sequence[str]:
    """The keys of the options, steps or yes or no that an answer chose; of words, none."""
    match question:
        case SingleQuestion():
            return [value]
        case MultiQuestion():
            return value
        case ScaleQuestion():
            return [str(value)]
        case YesNoQuestion():
            return [_YES_NO[value]]
        case TextQuestion() | NumberQuestion():
            return []
        case _:
            assert_never(question)


def _result(asked: Asked) -> QuestionResult:
    counts = {key: asked.counts[key] for key in asked.options}
    suppressed = asked.sensitive and min(asked.answers_count, *counts.values()) < LEAST_SHOWN
    averaged = isinstance(asked.question, ScaleQuestion | NumberQuestion) and asked.answers_count
    return QuestionResult(
        script_id=asked.script_id,
        key=asked.question.key,
        type=_type(asked.question),
        text=asked.question.text,
        sensitive=asked.sensitive,
        answers_count=None if suppressed else asked.answers_count,
        options=_option_counts(asked.options, counts, LEAST_SHOWN if asked.sensitive else 0),
        mean=asked.sum / asked.answers_count if averaged and not suppressed else None,
        suppressed=suppressed,
    )


def _option_counts(
    texts: Mapping[str, str], counts: Mapping[str, int], least: int
) -> list[OptionCount]:
    return [
        OptionCount(key=key, text=text, count=counts[key] if counts[key] >= least else None)
        for key, text in texts.items()
    ]
