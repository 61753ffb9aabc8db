"""Answers set against each other, against ages, precincts and kept columns; weighted on request."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from doorstep.algorithms.weighting import EmptyCellError, NotConvergedError, Weights, rake
from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.reports.model import Cell, Crosstab, CrosstabWanted, Label, Margin, Weighting
from doorstep.reports.row_queries import AnswerGiven
from doorstep.reports.tallying import LEAST_SHOWN, Asked, ByVersion, chosen
from doorstep.surveys.service import check_answer

_BANDS = ((0, 17), (18, 34), (35, 54), (55, 74))
_OLDEST = "75+"
_UNKNOWN = "unknown"
_MOST_CATEGORIES = 200

Respondent = tuple[UUID, UUID | None]


@dataclass(frozen=True)
class _Side:
    """A dimension: the texts of its categories by key, and whose they are."""

    texts: Mapping[str, str]
    of: Mapping[Respondent, Sequence[str]]


def age_band(birth_year: int | None, year: int) -> str:
    """The band of those who turn their age within the year; `unknown` without birth year."""
    if birth_year is None:
        return _UNKNOWN
    age = year - birth_year
    return next((f"{low}-{high}" for low, high in _BANDS if age <= high), _OLDEST)


def question_named(asked: Iterable[Asked], dimension: str, field: str) -> Asked:
    """The question that a dimension names, which must have options to count.

    Raises
    ------
    NotFoundError
        If no script of the pass asks it.
    RefusedError
        If it is not to be counted by options.
    """
    key = dimension.removeprefix("question:")
    found = [one for one in asked if one.question.key == key]
    if not found:
        message = f"No script of this pass asks a question with the key {key}; see getAnswers."
        raise NotFoundError(message)
    if not found[0].options:
        message = f"The question {key} is answered in words or numbers, which do not make a table."
        raise RefusedError(message, field=field)
    return found[0]


def crosstab_of(
    wanted: CrosstabWanted,
    asked: Sequence[Asked],
    by_version: ByVersion,
    rows: Sequence[AnswerGiven],
    *,
    year: int,
    opinions: Collection[str],
    shows_all: bool,
) -> Crosstab:
    """The table; small counts of opinions are left out unless ``shows_all``.

    ``opinions`` are the kept columns that are opinions as well.

    Raises
    ------
    NotFoundError
        If a question is not asked in this pass.
    RefusedError
        If rows are no question, a table is too large, or the margins cannot be met.
    """
    if not wanted.rows.startswith("question:"):
        message = "The rows of a table are the answers to a question: choose `question:KEY`."
        raise RefusedError(message, field="rows")
    valid = [
        row for row in rows if check_answer(by_version[_version_of(row)][0], row.value) is None
    ]

    def side(dimension: str, field: str) -> _Side:
        if dimension.startswith("question:"):
            return _of_question(question_named(asked, dimension, field), by_version, valid)
        return _of_people(dimension, valid, year)

    across, down = side(wanted.rows, "rows"), side(wanted.columns, "columns")
    if max(len(across.texts), len(down.texts)) > _MOST_CATEGORIES:
        message = f"A table has at most {_MOST_CATEGORIES} rows and columns. Choose another."
        raise RefusedError(message, field="columns")
    people = [one for one in across.of if one in down.of]
    weights = _weights(wanted.margins, side, people) if wanted.margins else None
    secret = {f"question:{one.question.key}" for one in asked if one.sensitive}
    secret |= {f"attribute:{key}" for key in opinions}
    sensitive = not secret.isdisjoint({wanted.rows, wanted.columns})
    return _table(wanted.pass_id, across, down, people, weights, hides=sensitive and not shows_all)


def _version_of(row: AnswerGiven) -> tuple[UUID, int, str]:
    return row.script_id, row.script_version, row.question_key


def _of_question(asked: Asked, by_version: ByVersion, rows: Iterable[AnswerGiven]) -> _Side:
    return _Side(
        asked.options,
        {
            (row.door_id, row.person_id): chosen(question, row.value)
            for row in rows
            for question, known in [by_version[_version_of(row)]]
            if known is asked
        },
    )


def _of_people(dimension: str, rows: Iterable[AnswerGiven], year: int) -> _Side:
    tell: dict[str, Callable[[AnswerGiven], object]] = {
        "precinct": lambda row: row.precinct,
        "turf": lambda row: row.turf,
        "age": lambda row: age_band(row.birth_year, year),
    }
    key = dimension.removeprefix("attribute:")
    told = tell.get(dimension, lambda row: (row.attributes or {}).get(key))
    of = {(row.door_id, row.person_id): [_category(told(row))] for row in rows}
    return _Side({one: one for one in sorted({keys[0] for keys in of.values()})}, of)


def _category(value: object) -> str:
    match value:
        case None | "":
            return _UNKNOWN
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _weights(
    margins: Sequence[Margin], side: Callable[[str, str], _Side], people: Sequence[Respondent]
) -> Weights:
    if not people:
        message = "Nobody answered who could be weighted."
        raise RefusedError(message, field="margins")
    categories: list[np.ndarray] = []
    names = [list(margin.shares) for margin in margins]
    for place, margin in enumerate(margins):
        field = f"margins[{place}].of"
        of = side(margin.of, field).of
        numbers = {name: number for number, name in enumerate(names[place])}
        told = [of.get(one, [_UNKNOWN]) for one in people]
        if any(len(keys) != 1 for keys in told):
            message = f"Somebody is in several categories of {margin.of}, or in none."
            raise RefusedError(message, field=field)
        if missing := {keys[0] for keys in told} - numbers.keys():
            message = (
                f"{margin.of}: no share is given for {', '.join(sorted(missing))}, where people "
                "answered. Give its share, or compare by something known of everybody."
            )
            raise RefusedError(message, field=f"margins[{place}].shares")
        categories.append(np.array([numbers[keys[0]] for keys in told], dtype=np.intp))
    try:
        return rake(categories, [np.array([*margin.shares.values()]) for margin in margins])
    except EmptyCellError as error:
        of, name = margins[error.margin].of, names[error.margin][error.category]
        message = (
            f"{of}: nobody of {name} answered, so no weight can stand for them. Join it with "
            "another category, or leave it out."
            if error.missing
            else f"{of}: people of {name} answered, but its share is 0. Give it a share."
        )
        raise RefusedError(message, field=f"margins[{error.margin}].shares") from error
    except NotConvergedError as error:
        message = f"The margins contradict each other: {error}. Leave one out."
        raise RefusedError(message, field="margins") from error
    except ValueError as error:
        message = f"The shares cannot be used: {error}."
        raise RefusedError(message, field="margins") from error


def _table(
    pass_id: UUID,
    across: _Side,
    down: _Side,
    people: Sequence[Respondent],
    weights: Weights | None,
    *,
    hides: bool,
) -> Crosstab:
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    weighted: defaultdict[tuple[str, str], float] = defaultdict(float)
    totals: defaultdict[str, float] = defaultdict(float)
    each = np.ones(len(people)) if weights is None else weights.weights
    for one, weight in zip(people, each.tolist(), strict=True):
        for column in down.of[one]:
            totals[column] += weight
            for row in across.of[one]:
                counts[row, column] += 1
                weighted[row, column] += weight
    table = np.array([[counts[row, column] for column in down.texts] for row in across.texts])
    hidden = _hidden(table) if hides and table.size else np.zeros(table.shape, bool)
    anything = bool(hidden.any())
    cells = [
        [
            Cell(
                count=None if hidden[y, x] else counts[row, column],
                shown=_shown(counts[row, column], hidden=bool(hidden[y, x])),
                # From any share or weight what is hidden could be told.
                weighted=None if anything or weights is None else weighted[row, column],
                share=None
                if anything or not totals[column]
                else weighted[row, column] / totals[column],
            )
            for x, column in enumerate(down.texts)
        ]
        for y, row in enumerate(across.texts)
    ]
    return Crosstab(
        pass_id=pass_id,
        rows=[Label(key=key, text=text) for key, text in across.texts.items()],
        columns=[Label(key=key, text=text) for key, text in down.texts.items()],
        cells=cells,
        respondents_count=None if anything else len(people),
        suppressed=anything,
        weighting=weights
        and Weighting(
            rounds_count=weights.rounds_count,
            effective_size=weights.effective_size,
            design_effect=weights.design_effect,
            least=float(weights.weights.min()),
            greatest=float(weights.weights.max()),
        ),
    )


def _shown(count: int, *, hidden: bool) -> str:
    if not hidden:
        return str(count)
    return f"<{LEAST_SHOWN}" if count < LEAST_SHOWN else "hidden"


def _hidden(table: np.ndarray) -> np.ndarray:
    """Small counts, and beside one that is alone in its row or column the next smallest."""
    hidden = table < LEAST_SHOWN
    changed = True
    while changed:
        changed = False
        for lines, of in ((hidden, table), (hidden.T, table.T)):
            for line, counts in zip(lines, of, strict=True):
                if line.sum() == 1 and len(line) > 1:
                    line[np.where(line, np.iinfo(np.int64).max, counts).argmin()] = True
                    changed = True
    return hidden
