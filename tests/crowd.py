"""A made-up town of people whose list was merged from others, with the truth about who is whom."""

from dataclasses import dataclass

import numpy as np

from doorstep.algorithms.pairing import People


def _words(text):
    return text.split()


GIVEN = _words("""
James Mary Robert Patricia John Jennifer Michael Linda William Elizabeth David Barbara Richard
Susan Joseph Jessica Thomas Sarah Christopher Karen Daniel Nancy Matthew Margaret Anthony Sandra
Steven Kimberly Andrew Donna Kenneth Emily Joshua Carol Kevin Michelle Brian Amanda Juhani Helena
Matti Kaarina Pekka Sirpa Antti Riitta Heikki Leena Jorge Carmen Luis Pilar Hans Ursula Jürgen
Sabine Uwe Petra Olga Igor Wei Mei Aisha Omar
""")
SHORT = {
    "James": "Jim", "Robert": "Bob", "Patricia": "Pat", "John": "Jack", "Jennifer": "Jenny",
    "Michael": "Mike", "William": "Bill", "Elizabeth": "Liz", "David": "Dave", "Richard": "Rick",
    "Susan": "Sue", "Joseph": "Joe", "Thomas": "Tom", "Christopher": "Chris", "Daniel": "Dan",
    "Margaret": "Peggy", "Anthony": "Tony", "Steven": "Steve", "Andrew": "Andy", "Kenneth": "Ken",
}  # fmt: skip
SYLLABLES = _words("an ber cor dal el fen gar hol is jor kal lin mor nor os pel quin ros sal tor")
ENDINGS = _words("son man well ton sen ski nen er ley ford")

AGAIN = ("typo", "short", "moved", "married", "no_year", "plain", "initial")
"""How a row differs that stands for a person a second time."""


@dataclass
class Town:
    """People, who each row is in truth, and how the row differs from the one before."""

    people: People
    identity: np.ndarray
    kind: np.ndarray


def make_town(rng, persons):
    """About as many rows as persons and a fifth: a seventh of the persons stand there twice."""
    family_names = [
        (a + b + c).capitalize() for a in SYLLABLES for b in ("", *SYLLABLES) for c in ENDINGS
    ]
    rng.shuffle(family_names)
    weight = 1 / np.arange(20, len(family_names) + 20)
    families = rng.choice(family_names, persons, p=weight / weight.sum())
    given_weight = 1 / np.arange(5, len(GIVEN) + 5)
    given_weight /= given_weight.sum()
    rows = []
    identity = 0
    door = 0

    def add(kind, who, at, given, family, born, phone="", email=""):
        rows.append((at, born, given, family, phone, email, who, kind))

    while identity < persons:
        family = str(families[identity])
        door += 1
        phone = f"+1555{rng.integers(10**7, 10**8)}"
        born = int(rng.integers(1930, 2006))
        given, other = (str(one) for one in rng.choice(GIVEN, 2, replace=False, p=given_weight))
        add("first", identity, door, given, family, born, phone, f"p{identity}@example.org")
        identity += 1
        family_kind = rng.random()
        if family_kind < 0.3:
            # A couple on one phone, often of one age.
            age = born if rng.random() < 0.2 else born + int(rng.integers(-6, 7))
            add("couple", identity, door, other, family, age, phone)
            identity += 1
        elif family_kind < 0.35:
            add("twin", identity, door, other, family, born, phone)
            identity += 1
        elif family_kind < 0.4:
            add("junior", identity, door, f"{given} Jr", family, born + 27, phone)
            identity += 1
        elif family_kind < 0.5:
            shared = str(rng.choice(family_names))
            add("flatmate", identity, door, other, shared, born + int(rng.integers(-4, 5)))
            identity += 1
        if rng.random() < 0.25:
            add(*_again(rng, rows[-1], family_names))
    order = rng.permutation(len(rows))
    at, born, given, family, phone, email, who, kind = zip(
        *(rows[one] for one in order), strict=True
    )
    people = People(
        door=np.array(at), birth_year=np.array(born), given_name=given, family_name=family,
        phone=phone, email=email, external_id=[""] * len(rows),
    )  # fmt: skip
    return Town(people, np.array(who), np.array(kind))


def _again(rng, row, family_names):
    """The same person once more, as another list would have them."""
    at, born, given, family, phone, _, who, _ = row
    kind = str(rng.choice(AGAIN))
    elsewhere = int(rng.integers(10**8, 10**9))
    if kind == "typo":
        family = _typo(rng, family)
        phone = phone if rng.random() < 0.5 else ""
    elif kind == "short":
        given = SHORT.get(given, given)
        phone = ""
    elif kind == "moved":
        at, phone = elsewhere, ""
    elif kind == "married":
        at, family = elsewhere, str(rng.choice(family_names))
    elif kind == "no_year":
        born, phone = 0, ""
    elif kind == "initial":
        given = given[0] + "."
    return kind, who, at, given, family, born, phone


def _typo(rng, word):
    place = int(rng.integers(1, len(word) - 1))
    how = rng.integers(3)
    if how == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if how == 1:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place] + word[place:]
