"""One row of a form as a question of a script."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType

from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Option,
    PromptQuestion,
    Question,
    ScaleQuestion,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)
from doorstep.surveys.xlsform.conditions import longest_of, range_of
from doorstep.surveys.xlsform.lines import Line
from doorstep.surveys.xlsform.naming import fitting, key_for
from doorstep.surveys.xlsform.vocabulary import OWN, yes_no
from doorstep.surveys.xlsform.xpath import NotSayableError, number_of

T = TypeVar("T")
Choices = Mapping[str, Sequence[Line]]

KINDS = {
    "acknowledge", "decimal", "integer", "note", "range", "select_multiple", "select_one", "text",
}  # fmt: skip
_MAX_OPTIONS = 30
_LABEL, _TEXT, _GUIDANCE, _LONGEST = 200, 500, 2000, 2000
_STEPS = range(11)
_TYPES = {"string": "text", "int": "integer", "trigger": "acknowledge"}
_SELECT = re.compile(
    r"(?:select[_ ](?P<way>one|multiple)|select1)(?: from)?\s+(?P<list>\S+)"
    r"(?P<other>\s+or[_ ]other)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Kind:
    """A question's type as the form says it."""

    name: str
    list_name: str = ""
    or_other: bool = False


def kind_of(text: str) -> Kind:
    """The type in a row's first column."""
    if found := _SELECT.fullmatch(text):
        way = (found["way"] or "one").lower()
        return Kind(f"select_{way}", found["list"], bool(found["other"]))
    name = "_".join(text.lower().split())
    return Kind(_TYPES.get(name, name))


@dataclass
class Asked:
    """A question of a form: what it is in a script, and what it is called in the form."""

    line: Line
    key: str
    language: str
    question: Question | None = None
    options: dict[str, str] = field(default_factory=dict[str, str])
    """Name of an option in the form → its key."""
    texts: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """Tag of a language → place → text."""

    def say(
        self, place: str, longest: int, *, column: str, line: Line | None = None
    ) -> str | UnsetType:
        """The text of a place in the script's own language; all languages are kept."""
        line = line or self.line
        place = f"{self.key}.{place}"
        for tag, text in line.said(column).items():
            self.texts.setdefault(tag, {})[place] = fitting(text, longest, line, column)
        return self.texts.get(self.language, {}).get(place, UNSET)

    def label(self, place: str, longest: int, name: str, line: Line | None = None) -> str:
        """The text of a place that must have one; for want of it, its name."""
        line = line or self.line
        text = self.say(place, longest, column="label", line=line)
        if text is UNSET:
            line.note("label", f"“{name}” has no label in the form's own language.", "Write one.")
            return name
        return text


def question_of(asked: Asked, kind: Kind, choices: Choices) -> Question | None:
    """The question of a row, still without its condition; None, with a note, if none can be."""
    line = asked.line
    common: dict[str, Any] = {
        "key": asked.key,
        "text": asked.label("text", _TEXT, line.says("name") or asked.key),
        "hint": asked.say("hint", _TEXT, column="hint"),
        "required": line.is_yes("required"),
        "sensitive": line.is_yes(f"{OWN}sensitive"),
    }
    own_type, offered = line.says(f"{OWN}type"), choices.get(kind.list_name, [])
    match kind.name:
        case "select_one" if _is_yes_no(offered, own_type):
            _note_words(asked, offered)
            return YesNoQuestion(**common)
        case "acknowledge":
            asked.options["OK"] = "yes"
            return YesNoQuestion(**common)
        case "select_one" | "select_multiple":
            return _choice(asked, kind, offered, common)
        case "range":
            return _scale(asked, choices, common)
        case "integer" | "decimal":
            return _number(asked, common, whole=kind.name == "integer")
        case _:
            return _text(asked, common, prompt=kind.name == "note" or own_type == "prompt")


def _is_yes_no(offered: Sequence[Line], own_type: str) -> bool:
    names = {choice.says("name").lower() for choice in offered}
    return own_type in {"", "yes_no"} and names == {"yes", "no"}


def _note_words(asked: Asked, offered: Sequence[Line]) -> None:
    for choice in offered:
        name = choice.says("name").lower()
        asked.options[choice.says("name")] = name
        for tag, text in choice.said("label").items():
            usual = yes_no(tag)[0 if name == "yes" else 1]
            if text.strip().casefold() not in {usual.casefold(), name}:
                choice.note(
                    "label", "The app has its own words for yes and no.", "Nothing is lost."
                )


def _choice(
    asked: Asked, kind: Kind, offered: Sequence[Line], common: dict[str, Any]
) -> Question | None:
    line, fixed = asked.line, asked.line.says(f"{OWN}fixed").split()
    parameters = _parameters(line, {"randomize"})
    options: list[Option] = []
    for choice in offered[: _MAX_OPTIONS - kind.or_other]:
        name = choice.says("name")
        key = key_for(name, {option.key for option in options}, "option", choice)
        asked.options.setdefault(name, key)
        text = asked.label(f"options.{key}", _LABEL, name or key, choice)
        options.append(Option(key=key, text=text, fixed=True if name in fixed else UNSET))
    if kind.or_other and "other" not in asked.options.values():
        options.append(Option(key="other", text="Other", fixed=True))
        line.note("type", "What “other” is cannot be written down.", "Add a text question for it.")
    if len(offered) + kind.or_other > _MAX_OPTIONS:
        detail = f"A question has {_MAX_OPTIONS} options at most, this has {len(offered)}."
        line.note("type", detail, "The rest was left out.")
    if len(options) < len(("one", "another")):
        detail = f"The list “{kind.list_name}” has fewer than two options."
        line.note("type", detail, "The question was left out. Add options to the sheet choices.")
        return None
    made = SingleQuestion if kind.name == "select_one" else MultiQuestion
    shuffled = parameters.get("randomize", "").lower() in {"true", "true()"}
    return made(**common, options=options, random_order=True if shuffled else UNSET)


def _scale(asked: Asked, choices: Choices, common: dict[str, Any]) -> Question:
    line = asked.line
    parameters = _parameters(line, {"start", "end", "step", "tick_labelset"})
    usual = {"start": "1", "end": "10", "step": "1"} | parameters
    start, end, step = (number_of(usual[name]) or 0.0 for name in ("start", "end", "step"))
    if step != 1 or start not in _STEPS or end not in _STEPS or start >= end:
        detail = "A scale goes in steps of 1 from 0 or more to 10 or less."
        line.note("parameters", detail, "It is asked as a number now.")
        return NumberQuestion(**common, minimum=min(start, end), maximum=max(start, end))
    steps = range(int(start), int(end) + 1)
    offered = {
        choice.says("name"): choice
        for choice in choices.get(parameters.get("tick_labelset", ""), [])
    }
    named = [offered[str(step)] for step in steps if str(step) in offered]
    if offered and len(named) < len(steps):
        line.note(
            "parameters", "A scale has a label for each step, or none.", "They were left out."
        )
    labels = [
        asked.label(f"labels.{step}", _LABEL, str(step), choice)
        for step, choice in zip(steps, named if len(named) == len(steps) else [], strict=False)
    ]
    return ScaleQuestion(
        **common,
        low=steps[0],
        high=steps[-1],
        labels=labels,
        repeats=line.says(f"{OWN}repeats") or UNSET,
    )


def _number(asked: Asked, common: dict[str, Any], *, whole: bool) -> Question:
    low, high = _limited(asked.line, (None, None), lambda text: range_of(text, whole=whole))
    return NumberQuestion(**common, minimum=low, maximum=high, whole=True if whole else UNSET)


def _text(asked: Asked, common: dict[str, Any], *, prompt: bool) -> Question:
    longest = _limited(asked.line, _LONGEST, longest_of)
    common["max_length"] = min(max(longest, 1), _LONGEST)
    if not prompt:
        return TextQuestion(**common)
    guidance = asked.say("guidance", _GUIDANCE, column="guidance_hint")
    return PromptQuestion(**common, guidance=guidance)


def _limited(line: Line, usual: T, read: Callable[[str], T]) -> T:
    """What the constraint of a row says, if a script can say it."""
    text = line.says("constraint")
    try:
        return read(text) if text else usual
    except NotSayableError as error:
        line.note("constraint", str(error), "It was left out.")
        return usual


def _parameters(line: Line, known: set[str]) -> dict[str, str]:
    """The parameters of a row by name; those that mean nothing to a script are noted."""
    given = dict(re.findall(r"([\w-]+)\s*=\s*([^\s;,]+)", line.says("parameters")))
    for name in given.keys() - known:
        line.note("parameters", f"A script has no “{name}”.", "It was left out.")
    return given
