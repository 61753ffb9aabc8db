"""Writing scripts, and telling whether an answer fits its question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never, cast
from uuid import UUID

from doorstep.kit.db import Connection
from doorstep.kit.errors import FieldProblem, RefusedError
from doorstep.kit.ids import new_id
from doorstep.surveys import queries
from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Option,
    Question,
    ScaleQuestion,
    ScriptCreate,
    ScriptVersion,
    ScriptVersionCreate,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)
from doorstep.surveys.queries import script_by_id, script_version, scripts

__all__ = ["script_by_id", "script_version", "scripts"]

_LARGEST = 10**12
"""Beyond this a number at a door is a slip of the thumb."""


async def create_script(
    db: Connection,
    caller_member_id: UUID | None,
    organization_id: UUID,
    campaign_id: UUID,
    script: ScriptCreate,
) -> ScriptVersion:
    """A new script in its first version.

    Raises
    ------
    RefusedError
        If a question makes no sense; every fault is named.
    """
    _refuse_faults(script.questions)
    script_id = new_id()
    await queries.insert_script(db, organization_id, script_id, campaign_id, script.name)
    return await _save_version(db, caller_member_id, organization_id, script_id, 1, script)


async def add_version(
    db: Connection,
    caller_member_id: UUID | None,
    organization_id: UUID,
    script_id: UUID,
    content: ScriptVersionCreate,
) -> ScriptVersion:
    """The next version of a script; the ones before stay as they are.

    Raises
    ------
    NotFoundError
        If there is no such script.
    RefusedError
        If a question makes no sense; every fault is named.
    """
    script = await queries.raise_version(db, organization_id, script_id)
    _refuse_faults(content.questions)
    return await _save_version(
        db, caller_member_id, organization_id, script_id, script.version, content
    )


async def _save_version(
    db: Connection,
    caller_member_id: UUID | None,
    organization_id: UUID,
    script_id: UUID,
    version: int,
    content: ScriptVersionCreate,
) -> ScriptVersion:
    await queries.insert_version(
        db,
        organization_id,
        script_id,
        version,
        content.introduction,
        content.questions,
        caller_member_id,
    )
    return await queries.script_version(db, organization_id, script_id, version)


async def script_versions(
    db: Connection, organization_id: UUID, wanted: Iterable[tuple[UUID, int]]
) -> dict[tuple[UUID, int], ScriptVersion]:
    """The wanted versions by script and number; what does not exist is left out."""
    found = await queries.script_versions(db, organization_id, set(wanted))
    return {(one.script_id, one.version): one for one in found}


def _refuse_faults(questions: Sequence[Question]) -> None:
    faults = script_faults(questions)
    if faults:
        error = RefusedError("The script cannot be used as it is; see errors.")
        error.errors = faults
        raise error


def script_faults(questions: Sequence[Question]) -> list[FieldProblem]:
    """Everything that makes no sense in a script's questions, by field."""
    faults: list[FieldProblem] = []
    earlier: dict[str, Question] = {}
    for place, question in enumerate(questions):
        found = [*_key_faults(question.key, earlier), *_own_faults(question)]
        found += _branch_faults(question, earlier)
        faults += [FieldProblem(field=f"questions[{place}].{f}", detail=d) for f, d in found]
        earlier.setdefault(question.key, question)
    return faults


Faults = Iterator[tuple[str, str]]


def _key_faults(key: str, taken: Iterable[str], field: str = "key") -> Faults:
    if key in taken:
        yield field, f"The key {key} is taken. Choose another."
    if key.endswith("\n"):
        # `$` in a pattern lets one through.
        yield field, "The key ends in a line break. Take it away."


def _own_faults(question: Question) -> Faults:
    match question:
        case SingleQuestion() | MultiQuestion():
            yield from _option_faults(question.options)
        case ScaleQuestion(low=low, high=high, labels=labels):
            if low >= high:
                yield "low", f"The low end must be less than the high end, {high}."
            elif labels and len(labels) != high - low + 1:
                yield "labels", f"Give {high - low + 1} labels, one per step, or none."
        case NumberQuestion(minimum=minimum, maximum=maximum):
            if minimum is not None and maximum is not None and minimum > maximum:
                yield "minimum", f"The minimum must not exceed the maximum, {maximum:.15g}."
        case TextQuestion() | YesNoQuestion():
            pass
        case _:
            assert_never(question)


def _option_faults(options: Sequence[Option]) -> Faults:
    keys: set[str] = set()
    texts: set[str] = set()
    for place, option in enumerate(options):
        yield from _key_faults(option.key, keys, f"options[{place}].key")
        if option.text.strip().casefold() in texts:
            yield f"options[{place}].text", "Another option has this text. Change one of them."
        keys.add(option.key)
        texts.add(option.text.strip().casefold())


def _branch_faults(question: Question, earlier: Mapping[str, Question]) -> Faults:
    if question.show_if is None:
        return
    asked = earlier.get(question.show_if.question)
    if asked is None:
        known = ", ".join(earlier) or "none"
        yield "show_if.question", f"Name an earlier question ({known}), not a later or unknown one."
        return
    value = question.show_if.equals
    if isinstance(asked, ScaleQuestion) and isinstance(value, float) and value.is_integer():
        value = int(value)
    reason = check_answer(asked, [value] if isinstance(asked, MultiQuestion) else value)
    if reason is not None:
        yield "show_if.equals", f"The question {asked.key} never gets this answer. {reason}"


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
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "Enter a number."
    low = -_LARGEST if question.minimum is None else question.minimum
    high = _LARGEST if question.maximum is None else question.maximum
    return None if low <= value <= high else f"Enter a number from {low:.15g} to {high:.15g}."
