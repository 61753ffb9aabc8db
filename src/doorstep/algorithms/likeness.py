"""Who may be the same person: explained scores, for people to decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from doorstep.algorithms.names import GivenName
from doorstep.algorithms.pairing import Bools, Columns, Ints, People, pairs


class Reason(StrEnum):
    """Something two people share or do not; what it weighs is in `WEIGHTS`."""

    SAME_EXTERNAL_ID = "same_external_id"
    SAME_EMAIL = "same_email"
    SAME_PHONE = "same_phone"
    SAME_DOOR = "same_door"
    SAME_GIVEN_NAME = "same_given_name"
    SHORT_GIVEN_NAME = "short_given_name"
    GIVEN_NAMES_ALIKE = "given_names_alike"
    SAME_INITIAL = "same_initial"
    OTHER_GIVEN_NAME = "other_given_name"
    SAME_FAMILY_NAME = "same_family_name"
    PART_OF_FAMILY_NAME = "part_of_family_name"
    FAMILY_NAMES_ALIKE = "family_names_alike"
    OTHER_FAMILY_NAME = "other_family_name"
    SAME_BIRTH_YEAR = "same_birth_year"
    BIRTH_YEAR_NEAR = "birth_year_near"
    OTHER_BIRTH_YEAR = "other_birth_year"
    OTHER_MIDDLE_INITIAL = "other_middle_initial"
    OTHER_SUFFIX = "other_suffix"
    COMMON_NAME = "common_name"


WEIGHTS: dict[Reason, int] = {
    Reason.SAME_EXTERNAL_ID: 90,
    Reason.SAME_EMAIL: 45,
    Reason.SAME_PHONE: 45,
    Reason.SAME_DOOR: 15,
    Reason.SAME_GIVEN_NAME: 25,
    Reason.SHORT_GIVEN_NAME: 20,
    Reason.GIVEN_NAMES_ALIKE: 10,
    Reason.SAME_INITIAL: 8,
    Reason.OTHER_GIVEN_NAME: -60,
    Reason.SAME_FAMILY_NAME: 20,
    Reason.PART_OF_FAMILY_NAME: 15,
    Reason.FAMILY_NAMES_ALIKE: 12,
    Reason.OTHER_FAMILY_NAME: -20,
    Reason.SAME_BIRTH_YEAR: 20,
    Reason.BIRTH_YEAR_NEAR: 5,
    Reason.OTHER_BIRTH_YEAR: -60,
    Reason.OTHER_MIDDLE_INITIAL: -20,
    Reason.OTHER_SUFFIX: -60,
    Reason.COMMON_NAME: -25,
}
"""Hundredths of the score, set by hand on the cases of the tests: what each finding is worth."""

_SURE = (Reason.SAME_GIVEN_NAME, Reason.SAME_EXTERNAL_ID, Reason.SAME_EMAIL)
_BITS = {reason: 1 << place for place, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class Limits:
    """When two people are compared, and when shown.

    Parameters
    ----------
    shown
        The least score of a pair that is returned, 0 to 1.
    alike
        The least Jaro-Winkler similarity of names that are alike, 0 to 1.
    unsure
        The most that a pair scores whose given names are not the same, unless they share an
        e-mail address or external id: those of twins and couples are alike, too.
    crowd
        People who may share a phone number or an e-mail address before it says nothing.
    block
        People who are compared with each other because of one finding, at most; of larger groups
        nobody is, unless another finding brings them together.
    common
        From how many people of one full name on an equal birth year may be chance.
    """

    shown: float = 0.6
    alike: float = 0.88
    unsure: float = 0.8
    crowd: int = 8
    block: int = 200
    common: int = 4

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        shares = (self.shown, self.alike, self.unsure)
        if not all(0 <= share <= 1 for share in shares) or min(self.crowd, self.block) < 1:
            message = f"shares must be from 0 to 1, crowd and block at least 1, not {self}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Pairs that may be one person, the likeliest first.

    ``first`` and ``second`` (k,) are places in the columns, first < second; ``score`` (k,) is from
    0 to 1; ``found`` (k,) holds a bit for each reason, told by `reasons`. ``compared_count`` says
    how many pairs were looked at, ``crowd_count`` how many people were in groups too large for it.
    """

    first: Ints
    second: Ints
    score: NDArray[np.float64]
    found: Ints
    compared_count: int
    crowd_count: int

    def pairs(self) -> list[tuple[int, int, float]]:
        """Return first, second and score of each pair."""
        columns: list[list[Any]] = [one.tolist() for one in (self.first, self.second, self.score)]
        return list(zip(*columns, strict=True))

    def reasons(self, place: int) -> list[Reason]:
        """Return what speaks for and against a pair."""
        return [reason for reason, bit in _BITS.items() if self.found[place] & bit]


def candidates(people: People, limits: Limits | None = None) -> Likeness:
    """Return who may be the same person, and why.

    What is found about the pairs that `pairing` brings together adds up by `WEIGHTS`, as in the
    model of Fellegi and Sunter (1969), but with weights set by hand instead of estimated, so that
    each can be told to whoever decides. The same input gives the same pairs.
    """
    limits = limits or Limits()
    columns = Columns.of(people, limits.crowd)
    first, second, crowded = pairs(columns, limits.block)
    return _judged(columns, first, second, limits, int(crowded.sum()))


def namesakes_of(people: People, place: int, limits: Limits | None = None) -> Likeness:
    """Return who may be the person at ``place``, of all the others; see `candidates`."""
    limits = limits or Limits()
    others = np.delete(np.arange(len(people.door)), place)
    one = np.full(len(others), place)
    first, second = np.minimum(one, others), np.maximum(one, others)
    return _judged(Columns.of(people, limits.crowd), first, second, limits, 0)


def _judged(
    people: Columns, first: Ints, second: Ints, limits: Limits, crowd_count: int
) -> Likeness:
    """Return those of the pairs that may be one person."""
    found = _findings(people, first, second, limits)
    points = np.zeros(len(first), np.int64)
    for reason, bit in _BITS.items():
        points += np.where(found & bit, WEIGHTS[reason], 0)
    score = np.clip(points, 0, 100) / 100
    sure = found & sum(_BITS[reason] for reason in _SURE) != 0
    score = np.where(sure, score, np.minimum(score, limits.unsure))
    order = np.lexsort((second, first, -score))
    order = order[score[order] >= limits.shown]
    return Likeness(
        first[order], second[order], score[order], found[order], len(first), crowd_count
    )


def _findings(people: Columns, first: Ints, second: Ints, limits: Limits) -> Ints:
    """Return a bit for each reason, for each pair."""
    found = np.zeros(len(first), np.int64)

    def note(reason: Reason, holds: Bools) -> None:
        found[holds] |= _BITS[reason]

    same = {
        Reason.SAME_EXTERNAL_ID: people.external_id,
        Reason.SAME_EMAIL: people.email,
        Reason.SAME_PHONE: people.phone,
        Reason.SAME_DOOR: people.door,
    }
    for reason, codes in same.items():
        note(reason, (codes[first] == codes[second]) & (codes[first] >= 0))

    def judge_given(one: Ints, other: Ints) -> Ints:
        return _given_reasons(people.givens, one, other, limits.alike)

    def judge_family(one: Ints, other: Ints) -> Ints:
        return _family_reasons(people.families, one, other, limits.alike)

    found |= _by_unique_pair(people.given[first], people.given[second], judge_given)
    found |= _by_unique_pair(people.family[first], people.family[second], judge_family)
    born, other_born = people.birth_year[first], people.birth_year[second]
    told = (born > 0) & (other_born > 0)
    apart = np.abs(born - other_born)
    note(Reason.SAME_BIRTH_YEAR, told & (apart == 0))
    note(Reason.BIRTH_YEAR_NEAR, told & (apart == 1))
    note(Reason.OTHER_BIRTH_YEAR, told & (apart > 1))
    # Lists leave the suffix out; where both were born in one year, they are not father and son.
    note(
        Reason.OTHER_SUFFIX,
        (people.suffix[first] != people.suffix[second]) & ~(told & (apart == 0)),
    )
    met = found & sum(_BITS[reason] for reason in same) != 0
    namesakes = np.maximum(people.namesakes[first], people.namesakes[second])
    note(Reason.COMMON_NAME, ~met & (namesakes >= limits.common))
    return found


def _by_unique_pair(one: Ints, other: Ints, judge: Callable[[Ints, Ints], Ints]) -> Ints:
    """Return what ``judge`` finds in pairs of codes, each asked about once; 0 where not known."""
    found = np.zeros(len(one), np.int64)
    told = (one >= 0) & (other >= 0)
    width = int(max(one.max(initial=0), other.max(initial=0))) + 1
    low, high = np.minimum(one, other)[told], np.maximum(one, other)[told]
    unique, inverse = np.unique(low * width + high, return_inverse=True)
    if len(unique):
        found[told] = judge(unique // width, unique % width)[inverse]
    return found


def _given_reasons(names: Sequence[GivenName], one: Ints, other: Ints, least: float) -> Ints:
    alike = _similar([name.first for name in names], one, other) >= least
    return np.array(
        [
            _given_bits(names[a], names[b], alike=bool(close))
            for a, b, close in zip(_places(one), _places(other), alike, strict=True)
        ],
        np.int64,
    )


def _given_bits(one: GivenName, other: GivenName, *, alike: bool) -> int:
    if one.first == other.first:
        bits = _BITS[Reason.SAME_GIVEN_NAME]
    elif one.forms & other.forms:
        bits = _BITS[Reason.SHORT_GIVEN_NAME]
    elif 1 in {len(one.first), len(other.first)} and one.first[0] == other.first[0]:
        bits = _BITS[Reason.SAME_INITIAL]
    else:
        bits = _BITS[Reason.GIVEN_NAMES_ALIKE if alike else Reason.OTHER_GIVEN_NAME]
    if one.middle and other.middle and one.middle != other.middle:
        bits |= _BITS[Reason.OTHER_MIDDLE_INITIAL]
    return bits


def _family_reasons(names: Sequence[tuple[str, ...]], one: Ints, other: Ints, least: float) -> Ints:
    alike = _similar(["".join(parts) for parts in names], one, other) >= least
    part = np.array(
        [
            not set(names[a]).isdisjoint(names[b])
            for a, b in zip(_places(one), _places(other), strict=True)
        ],
        np.bool_,
    )
    return np.select(
        [one == other, part, alike],
        [
            _BITS[Reason.SAME_FAMILY_NAME],
            _BITS[Reason.PART_OF_FAMILY_NAME],
            _BITS[Reason.FAMILY_NAMES_ALIKE],
        ],
        _BITS[Reason.OTHER_FAMILY_NAME],
    ).astype(np.int64)


def _places(codes: Ints) -> list[int]:
    return codes.tolist()


def _similar(texts: Sequence[str], one: Ints, other: Ints) -> NDArray[np.float64]:
    return process.cpdist(
        [texts[place] for place in _places(one)],
        [texts[place] for place in _places(other)],
        scorer=JaroWinkler.normalized_similarity,
        dtype=np.float64,
    )
