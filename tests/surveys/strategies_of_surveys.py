"""Questions of every type, answers that fit them, conditions on them, whole scripts."""

import datetime as dt
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from doorstep.surveys.model import (
    Condition,
    MultiQuestion,
    NumberQuestion,
    Option,
    PromptQuestion,
    ScaleQuestion,
    ScriptVersion,
    ShowIf,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)
from doorstep.surveys.translating import texts_of

patient = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""For what is given whole scripts, which take a while to make up."""

keys = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
options = st.lists(keys, min_size=2, max_size=6, unique=True).map(
    lambda found: [Option(key=key, text=key.upper()) for key in found]
)
steps = st.lists(st.integers(0, 10), min_size=2, max_size=2, unique=True).map(sorted)
bounds = st.none() | st.floats(-1e6, 1e6)
base = {"key": keys, "text": st.just("What do you think?"), "required": st.booleans()}


def ordered(low, high):
    return low is None or high is None or low <= high


questions = st.one_of(
    st.builds(SingleQuestion, **base, options=options),
    st.builds(MultiQuestion, **base, options=options),
    st.builds(
        lambda ends, **rest: ScaleQuestion(low=ends[0], high=ends[1], **rest), ends=steps, **base
    ),
    st.builds(TextQuestion, **base, max_length=st.integers(1, 50)),
    st.builds(PromptQuestion, **base, max_length=st.integers(1, 50)),
    st.builds(NumberQuestion, **base, minimum=bounds, maximum=bounds).filter(
        lambda question: ordered(question.minimum, question.maximum)
    ),
    st.builds(NumberQuestion, **base, minimum=st.just(-3.0), whole=st.just(True)),
    st.builds(YesNoQuestion, **base),
)


def answers(question):
    """Values that answer the question."""
    match question:
        case SingleQuestion(options=offered):
            return st.sampled_from([option.key for option in offered])
        case MultiQuestion(options=offered, required=required):
            offered_keys = st.sampled_from([option.key for option in offered])
            return st.lists(offered_keys, unique=True, min_size=int(required))
        case ScaleQuestion(low=low, high=high):
            return st.integers(low, high)
        case TextQuestion(max_length=longest):
            letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
            return st.text(letters, max_size=longest).filter(str.strip)
        case NumberQuestion(minimum=low, maximum=high, whole=whole):
            low, high = -1e12 if low is None else low, 1e12 if high is None else high
            numbers = st.floats(low, high) | st.just(low)
            return st.integers(int(low), int(high)) if whole else numbers
        case YesNoQuestion():
            return st.booleans()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
"""Any value that JSON can carry, and a little more."""

WORDS = [
    "Traffic",
    "${x}",
    "=1+1",
    "it's",
    '"so"',
    "@me",
    "-5",
    "a\nb",
    " ",
    "ÄÖ",
    "🚲",
    "<b>",
    "_x",
]
letters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff\u2028")
words = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("".join),
    st.text(letters, min_size=1, max_size=12),
).filter(lambda text: text.strip() and len(text) <= 200)
"""What people write, and what spreadsheets and forms might take for something else."""


@st.composite
def conditions_on(draw, question):
    """A test of a question that its answers can pass."""
    value = answers(question)
    if isinstance(question, MultiQuestion):
        value = st.sampled_from([option.key for option in question.options])
    if isinstance(question, TextQuestion):
        value = value.filter(lambda text: len(text) < 2000 and text.isprintable())
    kinds = ["equals", "answered"]
    kinds += ["any_of"] if not isinstance(question, YesNoQuestion) else []
    kinds += ["range"] if isinstance(question, ScaleQuestion | NumberQuestion) else []
    match draw(st.sampled_from(kinds)):
        case "equals":
            test = {"equals": draw(value)}
        case "any_of":
            found = draw(st.lists(value, min_size=2, max_size=4))
            test = {"any_of": found}
        case "answered":
            test = {"answered": draw(st.booleans())}
        case _:
            low, high = sorted([draw(value), draw(value)])
            ends = {"at_least": float(low), "at_most": float(high)}
            test = draw(st.sampled_from([ends, {"at_least": float(low)}, {"at_most": float(high)}]))
    return Condition(question=question.key, **test, negated=draw(st.booleans()))


@st.composite
def conditions(draw, earlier):
    """When to ask, given the earlier questions."""
    found = draw(st.lists(st.sampled_from(earlier).flatmap(conditions_on), min_size=1, max_size=3))
    if len(found) == 1:
        return ShowIf(**msgspec.structs.asdict(found[0]))
    return draw(st.sampled_from([ShowIf(all=found), ShowIf(any=found)]))


@st.composite
def question_lists(draw, *, max_size=6, texts=words):
    """Questions of a script, with conditions, in which every reference is right."""
    found = []
    for key in draw(st.lists(keys, max_size=max_size, unique=True)):
        question = draw(questions)
        changed = {"key": key, "text": draw(texts), "sensitive": draw(st.booleans())}
        if draw(st.booleans()):
            changed["hint"] = draw(texts)
        if found and draw(st.booleans()):
            changed["show_if"] = draw(conditions(found))
        found.append(msgspec.structs.replace(question, **changed, **draw(_extras(question, found))))
    return found


@st.composite
def _extras(draw, question, earlier):
    changed = {}
    if isinstance(question, SingleQuestion | MultiQuestion):
        labels = draw(
            st.lists(
                words,
                min_size=len(question.options),
                max_size=len(question.options),
                unique_by=lambda text: text.strip().casefold(),
            )
        )
        changed["options"] = [
            msgspec.structs.replace(option, text=text, **draw(_flag("fixed")))
            for option, text in zip(question.options, labels, strict=True)
        ]
        changed |= draw(_flag("random_order"))
    if isinstance(question, PromptQuestion) and draw(st.booleans()):
        changed["guidance"] = draw(words)
    if isinstance(question, ScaleQuestion):
        if draw(st.booleans()):
            count = question.high - question.low + 1
            changed["labels"] = draw(st.lists(words, min_size=count, max_size=count))
        alike = [
            one.key
            for one in earlier
            if isinstance(one, ScaleQuestion)
            and (one.low, one.high) == (question.low, question.high)
        ]
        if alike:
            changed["repeats"] = draw(st.sampled_from(alike))
    return changed


def _flag(name):
    return st.sampled_from([{}, {name: True}])


@st.composite
def scripts(draw, *, max_size=6):
    """A version of a script, with translations of some of its texts."""
    introduction = draw(st.just("") | words)
    asked = draw(question_lists(max_size=max_size))
    texts = texts_of(introduction, asked)
    language = draw(st.sampled_from(["und", "en", "fi", "pt-BR"]))
    others = sorted({"sv", "fi", "zh-Hant", "ckb", "pt-BR"} - {language})
    spoken = draw(st.lists(st.sampled_from(others), unique=True)) if language != "und" else []
    translations = {
        tag: draw(st.dictionaries(st.sampled_from(sorted(texts)), words, min_size=1, max_size=8))
        for tag in (spoken if texts else [])
    }
    return ScriptVersion(
        script_id=UUID(int=draw(st.integers(1, 2**64))),
        version=draw(st.integers(1, 99)),
        name=draw(words),
        language=language,
        introduction=introduction,
        questions=asked,
        translations=translations,
        created_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
    )
