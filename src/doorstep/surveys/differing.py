"""What changed between two versions of a script, in plain sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from doorstep.surveys.branching import in_words, shortened
from doorstep.surveys.findings import Change
from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Option,
    PromptQuestion,
    Question,
    ScaleQuestion,
    ScriptVersion,
    SingleQuestion,
    TextQuestion,
)
from doorstep.surveys.translating import texts_of

Kind = Literal["added", "removed", "moved", "reworded", "changed"]
Questions = Mapping[str, Question]


class _Aspect(NamedTuple):
    """Something about a question that can change: what is compared, and how one says it."""

    value: object
    words: str


_SENTENCES = {
    ("required", "yes"): " is now required.",
    ("required", "no"): " is no longer required.",
    ("sensitive", "yes"): " is now sensitive: its answers need consent.",
    ("sensitive", "no"): " is no longer sensitive.",
    ("random_order", "yes"): " now shows its options in random order.",
    ("random_order", "no"): " no longer shows its options in random order.",
}


def differences(before: ScriptVersion, after: ScriptVersion) -> list[Change]:
    """Every difference, in the order of the later version; what was taken out comes last."""
    return [
        *_differences_of_texts(before, after),
        *_differences_of_questions(
            {one.key: one for one in before.questions}, {one.key: one for one in after.questions}
        ),
        *_differences_of_translations(before, after),
    ]


def _differences_of_texts(before: ScriptVersion, after: ScriptVersion) -> Iterator[Change]:
    if before.introduction != after.introduction:
        yield _change(
            "reworded",
            "introduction",
            "The introduction was reworded.",
            words=(before.introduction, after.introduction),
        )
    if before.language != after.language:
        yield _change(
            "changed",
            "language",
            f"The script is now written in {after.language}, before in {before.language}.",
            words=(before.language, after.language),
        )


def _differences_of_questions(before: Questions, after: Questions) -> Iterator[Change]:
    moved = _moved(list(before), list(after))
    previous = ""
    for key, question in after.items():
        name, where = _quoted(question), f"after {previous}" if previous else "first"
        if key not in before:
            yield _change("added", "question", f"{name} was added, {where}.", key)
        else:
            if key in moved:
                yield _change("moved", "question", f"{name} now comes {where}.", key)
            yield from _differences_of(before[key], question, before, after)
        previous = name
    for key, question in before.items():
        if key not in after:
            yield _change("removed", "question", f"{_quoted(question)} was taken out.", key)


def _differences_of(
    old: Question, new: Question, before: Questions, after: Questions
) -> Iterator[Change]:
    name = _quoted(new)
    for what, words in _texts(old, new).items():
        says = "is now worded" if what == "text" else f"has as {what} now"
        end = f"{says} “{shortened(words[1])}”" if words[1] else f"has no {what} any more"
        yield _change("reworded", what, f"{_quoted(old)} {end}.", new.key, words=words)
    was, now = _aspects(old, before), _aspects(new, after)
    for what in filter(was.__contains__, now):
        if was[what].value != now[what].value:
            words = was[what].words, now[what].words
            usual = f": {what} was {words[0]}, is now {words[1]}."
            sentence = name + _SENTENCES.get((what, words[1]), usual)
            yield _change("changed", what, sentence, new.key, words=words)
    yield from _differences_of_options(new.key, name, _options(old), _options(new))


def _texts(old: Question, new: Question) -> dict[str, tuple[str, str]]:
    """The texts of a question that were reworded, before and after."""
    pairs = {"text": (old.text, new.text), "hint": (old.hint or "", new.hint or "")}
    guidance = [one.guidance or "" for one in (old, new) if isinstance(one, PromptQuestion)]
    if len(guidance) == len((old, new)):
        pairs["guidance"] = guidance[0], guidance[1]
    return {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}


def _aspects(question: Question, questions: Questions) -> dict[str, _Aspect]:
    """What can change about a question beside its texts and options."""
    show_if = question.show_if
    aspects: dict[str, object] = {
        "type": str(question.__struct_config__.tag),
        "required": question.required,
        "sensitive": question.sensitive,
    }
    match question:
        case SingleQuestion() | MultiQuestion():
            aspects["random_order"] = bool(question.random_order)
        case ScaleQuestion(low=low, high=high, labels=labels, repeats=repeats):
            aspects |= {"range": f"{low} to {high}", "labels": ", ".join(labels) or "none"}
            aspects["repeats"] = repeats or "none"
        case TextQuestion(max_length=longest, topic_id=topic_id):
            aspects |= {"max_length": longest, "topic_id": topic_id or "none"}
        case NumberQuestion(minimum=low, maximum=high, whole=whole):
            aspects |= {"minimum": low, "maximum": high, "whole": bool(whole)}
        case _:
            pass
    condition = in_words(show_if, questions) if show_if else "always asked"
    return {"show_if": _Aspect(show_if, condition)} | {
        what: _Aspect(value, _in_words(value)) for what, value in aspects.items()
    }


def _in_words(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
        case _:
            return str(value)


def _options(question: Question) -> dict[str, Option]:
    if not isinstance(question, SingleQuestion | MultiQuestion):
        return {}
    return {option.key: option for option in question.options}


def _differences_of_options(
    question: str, name: str, before: Mapping[str, Option], after: Mapping[str, Option]
) -> Iterator[Change]:
    moved = _moved(list(before), list(after))
    for key, option in after.items():
        old = before.get(key)
        quoted = f"“{shortened(option.text)}”"
        if old is None:
            yield _change("added", "option", f"{name} offers {quoted} as well.", question, key)
            continue
        if key in moved:
            yield _change("moved", "option", f"{name}: {quoted} moved.", question, key)
        if old.text != option.text:
            sentence = f"{name}: “{shortened(old.text)}” is now worded {quoted}."
            words = old.text, option.text
            yield _change("reworded", "option", sentence, question, key, words)
        if bool(old.fixed) != bool(option.fixed):
            stays = "now keeps its place" if option.fixed else "is shuffled with the others"
            yield _change("changed", "fixed", f"{name}: {quoted} {stays}.", question, key)
        if old.topic_id != option.topic_id:
            raises = "now raises an issue" if option.topic_id else "raises no issue any more"
            if old.topic_id and option.topic_id:
                raises = "raises an issue of another topic"
            yield _change("changed", "topic_id", f"{name}: {quoted} {raises}.", question, key)
    for key, old in before.items():
        if key not in after:
            gone = f"{name} no longer offers “{shortened(old.text)}”."
            yield _change("removed", "option", gone, question, key)


def _differences_of_translations(before: ScriptVersion, after: ScriptVersion) -> Iterator[Change]:
    was, now = before.translations, after.translations
    texts = texts_of(before.introduction, before.questions)
    reworded = {
        place
        for place, text in texts_of(after.introduction, after.questions).items()
        if texts.get(place, text) != text
    }
    for language in sorted(now.keys() - was.keys()):
        yield _change("added", "translation", f"It is now translated into {language}.")
    for language in sorted(was.keys() - now.keys()):
        yield _change("removed", "translation", f"The translation into {language} was taken out.")
    for language in sorted(now.keys() & was.keys()):
        old, new = was[language], now[language]
        changed = {place for place in old.keys() | new.keys() if old.get(place) != new.get(place)}
        if changed:
            count = (
                "1 translated text differs"
                if len(changed) == 1
                else f"{len(changed)} translated texts differ"
            )
            yield _change("changed", "translation", f"{language}: {count}.")
        for place in sorted((reworded & old.keys()) - changed):
            sentence = f"{language}: {place} was reworded, its translation was not."
            yield _change("changed", "translation", sentence)


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The keys in both that must move, as few as possible: all but a longest rising run."""
    places = [before.index(key) for key in after if key in before]
    runs: list[list[int]] = []
    for place in places:
        shorter = [run for run in runs if run[-1] < place]
        runs.append([*max(shorter, key=len, default=list[int]()), place])
    return {
        before[place] for place in set(places).difference(max(runs, key=len, default=list[int]()))
    }


def _quoted(question: Question) -> str:
    return f"“{shortened(question.text)}”"


def _change(
    kind: Kind,
    what: str,
    sentence: str,
    question: str | None = None,
    option: str | None = None,
    words: tuple[str | None, str | None] = (None, None),
) -> Change:
    return Change(
        kind=kind,
        what=what,
        question=question,
        option=option,
        before=words[0],
        after=words[1],
        sentence=sentence,
    )
