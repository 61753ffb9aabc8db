"""Everything that makes no sense in a script, named for whoever writes it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec import UNSET

from doorstep.kit.errors import FieldProblem
from doorstep.surveys.answering import check_answer
from doorstep.surveys.branching import Patience, can_be_asked, in_words, tests_of
from doorstep.surveys.model import (
    Condition,
    MultiQuestion,
    NumberQuestion,
    Option,
    Question,
    ScaleQuestion,
    ShowIf,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)

Faults = Iterator[tuple[str, str]]


def script_faults(questions: Sequence[Question]) -> list[FieldProblem]:
    """Everything that makes no sense in a script's questions, by field."""
    faults: list[FieldProblem] = []
    earlier: dict[str, Question] = {}
    patience = Patience()
    for place, question in enumerate(questions):
        found = [
            *_key_faults(question.key, earlier),
            *_own_faults(question, earlier),
            *_topic_faults(question),
        ]
        branch = [] if question.show_if is None else [*_branch_faults(question.show_if, earlier)]
        if branch:
            # What hangs on it is judged as if it were mended.
            question = msgspec.structs.replace(question, show_if=None, required=False)  # noqa: PLW2901
        elif question.key not in earlier:
            branch = [*_dead_ends(question, earlier, patience)]
        faults += [
            FieldProblem(field=f"questions[{place}].{field}", detail=detail)
            for field, detail in (*found, *branch)
        ]
        earlier.setdefault(question.key, question)
    return faults


def topics_of(questions: Sequence[Question]) -> dict[str, UUID]:
    """The topics of issues that answers raise, by field."""
    found: dict[str, UUID] = {}
    for place, question in enumerate(questions):
        if isinstance(question, TextQuestion) and question.topic_id:
            found[f"questions[{place}].topic_id"] = question.topic_id
        options = question.options if isinstance(question, SingleQuestion | MultiQuestion) else []
        for number, option in enumerate(options):
            if option.topic_id:
                found[f"questions[{place}].options[{number}].topic_id"] = option.topic_id
    return found


def _topic_faults(question: Question) -> Faults:
    if question.sensitive:
        for field in topics_of([question]):
            yield (
                field.removeprefix("questions[0]."),
                "A sensitive question raises no issue: staff would read the opinion. Ask it apart.",
            )


def _key_faults(key: str, taken: Iterable[str], field: str = "key") -> Faults:
    if key in taken:
        yield field, f"The key {key} is taken. Choose another."
    if key.endswith("\n"):
        # `$` in a pattern lets one through.
        yield field, "The key ends in a line break. Take it away."


def _own_faults(question: Question, earlier: Mapping[str, Question]) -> Faults:
    match question:
        case SingleQuestion() | MultiQuestion():
            yield from _option_faults(question.options)
        case ScaleQuestion(low=low, high=high, labels=labels):
            if low >= high:
                yield "low", f"The low end must be less than the high end, {high}."
            elif labels and len(labels) != high - low + 1:
                yield "labels", f"Give {high - low + 1} labels, one per step, or none."
            yield from _pair_faults(question, earlier)
        case NumberQuestion(minimum=float() | int() as low, maximum=float() | int() as high):
            if low > high:
                yield "minimum", f"The minimum must not exceed the maximum, {high:.15g}."
            elif question.whole and math.ceil(low) > high:
                yield "whole", "There is no whole number from the minimum to the maximum."
        case TextQuestion() | NumberQuestion() | YesNoQuestion():
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


def _pair_faults(question: ScaleQuestion, earlier: Mapping[str, Question]) -> Faults:
    if question.repeats is UNSET:
        return
    before = earlier.get(question.repeats)
    if not isinstance(before, ScaleQuestion):
        yield "repeats", "Name an earlier question that is a scale."
    elif (before.low, before.high) != (question.low, question.high):
        yield (
            "repeats",
            f"The scale {before.key} goes from {before.low} to {before.high}: so must this.",
        )
    elif before.sensitive and not question.sensitive:
        yield (
            "sensitive",
            f"The question {before.key}, which this repeats, is sensitive: so is this.",
        )


def _branch_faults(show_if: ShowIf, earlier: Mapping[str, Question]) -> Faults:
    ways = [show_if.question, show_if.all, show_if.any]
    if sum(way is not UNSET for way in ways) != 1:
        yield "show_if", "Name an earlier question, or give tests in all or in any: one of these."
        return
    if show_if.question is not UNSET:
        yield from _test_faults(tests_of(show_if)[0], "show_if", earlier)
        return
    if show_if != (ShowIf(any=show_if.any) if show_if.any else ShowIf(all=show_if.all)):
        yield "show_if", "Put every test into all or any, none beside it."
    way = "any" if show_if.any else "all"
    for place, test in enumerate(tests_of(show_if)):
        yield from _test_faults(test, f"show_if.{way}[{place}]", earlier)


def _test_faults(test: Condition, field: str, earlier: Mapping[str, Question]) -> Faults:
    asked = earlier.get(test.question)
    if asked is None:
        known = ", ".join(earlier) or "none"
        yield (
            f"{field}.question",
            f"Name an earlier question ({known}), not a later or unknown one.",
        )
        return
    bounds = {"at_least": test.at_least, "at_most": test.at_most}
    given = [name for name, bound in bounds.items() if bound is not UNSET]
    others = [test.equals, test.any_of, test.answered]
    if sum(other is not UNSET for other in others) + bool(given) != 1:
        yield field, "Say one of: equals, any_of, answered, or at_least and at_most."
        return
    if given and not isinstance(asked, ScaleQuestion | NumberQuestion):
        yield (
            f"{field}.{given[0]}",
            f"The answer to {asked.key} is no number. Say equals or any_of.",
        )
    if test.equals is not UNSET:
        yield from _value_faults(test.equals, f"{field}.equals", asked)
    for place, value in enumerate([] if test.any_of is UNSET else test.any_of):
        yield from _value_faults(value, f"{field}.any_of[{place}]", asked)


def _value_faults(value: object, field: str, asked: Question) -> Faults:
    if isinstance(asked, ScaleQuestion) and isinstance(value, float) and value.is_integer():
        value = int(value)
    reason = check_answer(asked, [value] if isinstance(asked, MultiQuestion) else value)
    if reason is not None:
        yield field, f"The question {asked.key} never gets this answer. {reason}"


def _dead_ends(question: Question, earlier: Mapping[str, Question], patience: Patience) -> Faults:
    if question.show_if is None:
        return
    if not can_be_asked(question, earlier, patience):
        lost = "required, yet never asked" if question.required else "never asked"
        why = f"no answers make this true: {in_words(question.show_if, earlier)}"
        mend = "Change the condition, or those of the questions that it hangs on."
        yield "show_if", f"The question is {lost}: {why}. {mend}"
        return
    for field, narrower in _narrower(question.show_if):
        if not can_be_asked(msgspec.structs.replace(question, show_if=narrower), earlier, patience):
            why = f"No answers make this true: {in_words(narrower, earlier)}"
            yield field, f"{why}. Take it out, or mend it."


def _narrower(show_if: ShowIf) -> Iterator[tuple[str, ShowIf]]:
    """Each way in which a condition says that it can come true, by field."""
    tests = tests_of(show_if)
    for place, test in enumerate(tests):
        way = "any" if show_if.any else "all"
        field = "show_if" if len(tests) == 1 else f"show_if.{way}[{place}]"
        others = [] if show_if.any else [*tests[:place], *tests[place + 1 :]]
        if show_if.any:
            yield field, ShowIf(all=[test])
        for number, value in enumerate([] if test.negated else test.any_of or []):
            only = msgspec.structs.replace(test, any_of=UNSET, equals=value)
            yield f"{field}.any_of[{number}]", ShowIf(all=[*others, only])
