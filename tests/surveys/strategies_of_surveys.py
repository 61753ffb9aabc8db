"""Questions of every type, and answers that fit them."""

from hypothesis import strategies as st

from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Option,
    ScaleQuestion,
    SingleQuestion,
    TextQuestion,
    YesNoQuestion,
)

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
    st.builds(NumberQuestion, **base, minimum=bounds, maximum=bounds).filter(
        lambda question: ordered(question.minimum, question.maximum)
    ),
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
        case NumberQuestion(minimum=low, maximum=high):
            low, high = -1e12 if low is None else low, 1e12 if high is None else high
            return st.floats(low, high) | st.just(low)
        case YesNoQuestion():
            return st.booleans()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)
"""Any value that JSON can carry, and a little more."""
