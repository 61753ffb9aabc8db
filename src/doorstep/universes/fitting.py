"""Whether a value passes a test: one value at a time, or a whole column."""

from collections.abc import Callable
from typing import assert_never, cast

import numpy as np
from numpy.typing import NDArray

from doorstep.universes.columns import Mask, day_number, plain
from doorstep.universes.model import (
    AtLeast,
    AtMost,
    Between,
    Contains,
    Is,
    IsNot,
    Known,
    OneOf,
    StartsWith,
    Test,
    Unknown,
)


def word_fits(test: Test) -> Callable[[str | None], bool]:  # noqa: PLR0911 -- one for each test
    """Tells whether a text (as ``plain`` leaves it, None if unknown) passes."""
    match test:
        case Is(value=value):
            wanted = plain(str(value))
            return lambda word: word == wanted
        case IsNot(value=value):
            wanted = plain(str(value))
            return lambda word: word != wanted
        case OneOf(values=values):
            several = {plain(str(value)) for value in values}
            return lambda word: word in several
        case Contains(value=value):
            wanted = plain(value)
            return lambda word: word is not None and wanted in word
        case StartsWith(value=value):
            wanted = plain(value)
            return lambda word: word is not None and word.startswith(wanted)
        case Known():
            return lambda word: word is not None
        case Unknown():
            return lambda word: word is None
        case AtLeast() | AtMost() | Between():
            message = "texts have no order"
            raise TypeError(message)
        case _:
            assert_never(test)


def numbers_fit(  # noqa: PLR0911 -- one for each test
    test: Test, values: NDArray[np.float64]
) -> Mask:
    """Which numbers pass; NaN is not known. Days are numbers too, as ``day_number`` has them."""
    match test:
        case Is(value=value):
            return values == number_of(value)
        case IsNot(value=value):
            return values != number_of(value)
        case OneOf(values=wanted):
            return np.isin(values, [number_of(one) for one in wanted])
        case AtLeast(value=low):
            return values >= number_of(low)
        case AtMost(value=high):
            return values <= number_of(high)
        case Between(low=low, high=high):
            return (values >= number_of(low)) & (values <= number_of(high))
        case Known():
            return ~np.isnan(values)
        case Unknown():
            return np.isnan(values)
        case Contains() | StartsWith():
            message = "numbers have no letters"
            raise TypeError(message)
        case _:
            assert_never(test)


def number_of(value: bool | float | str) -> float:
    """A number, day or yes or no as a number."""
    return day_number(value) if isinstance(value, str) else float(value)


def answer_fits(test: Test, value: object) -> bool:
    """Whether an answer passes; of several chosen, one that passes is enough."""
    if isinstance(value, list):
        chosen = cast("list[object]", value)
        if isinstance(test, Known):
            # Who chose none of them has answered all the same.
            return True
        return any(answer_fits(test, one) for one in chosen)
    # Scripts may ask different things under one key: what cannot be compared does not fit.
    if isinstance(value, str) and not isinstance(test, AtLeast | AtMost | Between):
        return word_fits(test)(plain(value))
    if isinstance(value, bool | int | float) and not isinstance(test, Contains | StartsWith):
        return bool(numbers_fit(test, np.array([float(value)]))[0])
    return False
