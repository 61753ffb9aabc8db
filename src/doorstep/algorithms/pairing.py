"""Which people are worth comparing: of a million, those whom something brings together."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from doorstep.algorithms.names import GivenName, family_parts, given_name, sound, suffix

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
K = TypeVar("K", bound=Hashable)
_T = TypeVar("_T")
# What a number has with and without the codes of country and network.
_LOCAL_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """People as columns of equal length (n,).

    Parameters
    ----------
    door
        Whole numbers, one per door; below 0 where not known.
    birth_year
        0 where not known.
    given_name, family_name, phone, email, external_id
        As written; "" where not known.
    """

    door: NDArray[np.integer[Any]]
    birth_year: NDArray[np.integer[Any]]
    given_name: Sequence[str]
    family_name: Sequence[str]
    phone: Sequence[str]
    email: Sequence[str]
    external_id: Sequence[str]

    def __post_init__(self) -> None:
        """Refuse columns of different length."""
        lengths = {name: len(getattr(self, name)) for name in self.__slots__}
        if len(set(lengths.values())) > 1:
            message = f"columns must have one length, not {lengths}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is compared, as codes (n,): equal codes are equal values, -1 is a value not known.

    ``namesakes`` counts the people of one's full name, oneself among them.
    """

    door: Ints
    birth_year: Ints
    given: Ints
    givens: list[GivenName]
    family: Ints
    families: list[tuple[str, ...]]
    phone: Ints
    email: Ints
    external_id: Ints
    suffix: Ints
    namesakes: Ints

    @classmethod
    def of(cls, people: People, crowd: int) -> "Columns":
        given, givens = _coded(people.given_name, given_name)
        family, families = _coded(people.family_name, family_parts)
        given = np.where(_told(givens, lambda one: bool(one.first))[given], given, -1)
        family = np.where(_told(families, bool)[family], family, -1)
        full = np.where((given >= 0) & (family >= 0), given * len(families) + family, -1)
        _, inverse, count = np.unique(full, return_inverse=True, return_counts=True)
        return cls(
            door=np.asarray(people.door, np.int64),
            birth_year=np.asarray(people.birth_year, np.int64),
            given=given,
            givens=givens,
            family=family,
            families=families,
            phone=_uncrowded(people.phone, _digits, crowd),
            email=_uncrowded(people.email, _mailbox, crowd),
            external_id=_uncrowded(people.external_id, str.strip, crowd),
            suffix=_suffixes(people.given_name, people.family_name),
            namesakes=count[inverse],
        )


def _coded(values: Sequence[str], of: Callable[[str], K]) -> tuple[Ints, list[K]]:
    """Return a code per value and what the codes stand for; ``of`` is asked once per text."""
    texts: dict[str, int] = {}
    codes = np.fromiter(
        (texts.setdefault(text, len(texts)) for text in values), np.int64, len(values)
    )
    things: dict[K, int] = {}
    code_of = np.array([things.setdefault(of(text), len(things)) for text in texts], np.int64)
    return code_of[codes], list(things)


def _suffixes(given: Sequence[str], family: Sequence[str]) -> Ints:
    """Return codes of what tells father and son apart, in whichever name it stands; 0 for none."""
    known = {"": 0}
    columns = [_coded(names, suffix) for names in (given, family)]
    one, other = (
        np.array([known.setdefault(text, len(known)) for text in texts], np.int64)[codes]
        for codes, texts in columns
    )
    return np.where(one > 0, one, other)


def _told(things: Sequence[_T], known: Callable[[_T], bool]) -> Bools:
    return np.array([known(one) for one in things], np.bool_)


def _uncrowded(values: Sequence[str], of: Callable[[str], str], crowd: int) -> Ints:
    """Return codes of values that at most so many share, -1 for the others."""
    codes, things = _coded(values, of)
    if not things:
        return codes
    rare = np.bincount(codes, minlength=len(things)) <= crowd
    return np.where((rare & _told(things, bool))[codes], codes, -1)


def _digits(phone: str) -> str:
    return "".join(one for one in phone if one.isdecimal())[-_LOCAL_DIGITS:]


def _mailbox(email: str) -> str:
    """Return an address without case and tag."""
    name, at, host = email.strip().casefold().partition("@")
    return f"{name.partition('+')[0]}@{host}" if at else ""


def pairs(people: Columns, block: int) -> tuple[Ints, Ints, Bools]:
    """Return pairs (k,) of people whom something brings together, the lower place first.

    Only people are paired of one phone number, e-mail address or external id; of one door and
    birth year, or door and form of given name; or of one birth year, sound of family name and
    form of given name. Of groups larger than ``block`` nobody is; the third array marks them.
    """
    count = len(people.door)
    everyone = np.arange(count)
    who, form = _forms_of(people)
    heard = _sounds_of(people)
    year = people.birth_year
    groups = [
        (everyone, [people.phone]),
        (everyone, [people.email]),
        (everyone, [people.external_id]),
        (everyone, [people.door, np.where(year > 0, year, -1)]),
        (who, [people.door[who], form]),
        (who, [heard[who], np.where(year > 0, year, -1)[who], form]),
    ]
    found: list[Ints] = [np.empty(0, np.int64)]
    crowded = np.zeros(count, np.bool_)
    for grouped, keys in groups:
        known = np.logical_and.reduce([key >= 0 for key in keys])
        members = grouped[known]
        group = _grouped([key[known] for key in keys])
        size = np.bincount(group)[group]
        crowded[members[size > block]] = True
        one, other = _within(members[size <= block], group[size <= block])
        found.append(one * count + other)
    pair = np.unique(np.concatenate(found))
    return pair // max(count, 1), pair % max(count, 1), crowded


def _forms_of(people: Columns) -> tuple[Ints, Ints]:
    """Return people with each form of their given name: (who, form); initials are forms too."""
    codes: dict[str, int] = {}
    forms = [
        [codes.setdefault(form, len(codes)) for form in sorted({*one.forms, f"{one.first[:1]}."})]
        for one in people.givens
    ]
    count = np.array([len(one) for one in forms], np.int64)
    start = np.cumsum(count) - count
    flat = np.array([code for one in forms for code in one], np.int64)
    who = np.flatnonzero(people.given >= 0)
    given = people.given[who]
    repeated = np.repeat(np.arange(len(who)), count[given])
    within = np.arange(len(repeated)) - np.repeat(
        np.cumsum(count[given]) - count[given], count[given]
    )
    return who[repeated], flat[start[given][repeated] + within]


def _sounds_of(people: Columns) -> Ints:
    """Return a code for the sound of each one's family name, of its longest part."""
    codes: dict[str, int] = {}
    heard = [sound(max(parts, key=len, default="")) for parts in people.families]
    of_family = np.array([codes.setdefault(one, len(codes)) for one in heard], np.int64)
    return np.where(people.family >= 0, of_family[people.family], -1) if heard else people.family


def _grouped(keys: Sequence[Ints]) -> Ints:
    """Return one code for each combination of keys."""
    group = keys[0]
    for key in keys[1:]:
        group = np.unique(group, return_inverse=True)[1] * (int(key.max(initial=0)) + 1) + key
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _within(members: Ints, group: Ints) -> tuple[Ints, Ints]:
    """Return every pair of members of one group, the lower place first."""
    order = np.lexsort((members, group))
    members, group = members[order], group[order]
    ones: list[Ints] = []
    others: list[Ints] = []
    at = np.arange(len(members))
    for step in range(1, len(members)):
        at = at[at < len(members) - step]
        at = at[group[at] == group[at + step]]
        if not len(at):
            break
        ones.append(members[at])
        others.append(members[at + step])
    if not ones:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    one, other = np.concatenate(ones), np.concatenate(others)
    different = one != other
    return one[different], other[different]
