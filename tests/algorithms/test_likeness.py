from dataclasses import replace

import numpy as np
import pytest
from crowd import AGAIN, make_town
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.households import households
from doorstep.algorithms.likeness import WEIGHTS, Limits, Reason, candidates
from doorstep.algorithms.names import family_parts, given_name, sound, suffix
from doorstep.algorithms.pairing import People

NOBODY = {"door": -1, "birth_year": 0, "given_name": "", "family_name": "", "phone": ""}
SURE = 0.85


def people_of(*rows):
    """People as columns; what a row leaves out is not known."""
    full = [{**NOBODY, "email": "", "external_id": "", **row} for row in rows]
    columns = {name: [row[name] for row in full] for name in full[0]} if full else {}
    numbers = {name: np.array(columns.pop(name, []), np.int64) for name in ("door", "birth_year")}
    texts = ("given_name", "family_name", "phone", "email", "external_id")
    return People(**numbers, **{name: columns.get(name, []) for name in texts})


def score_of(one, other):
    found = candidates(people_of(one, other), Limits(shown=0.0))
    return float(found.score[0]) if len(found.score) else 0.0


JOHN = {
    "door": 1,
    "birth_year": 1980,
    "given_name": "John",
    "family_name": "Miller",
    "phone": "+1 555 010 0199",
}


@pytest.mark.parametrize(
    "other",
    [
        JOHN,
        {**JOHN, "given_name": "JOHN "},
        {**JOHN, "given_name": "Jon", "phone": ""},
        {**JOHN, "given_name": "J.", "phone": "5550100199"},
        {**JOHN, "family_name": "Miler", "phone": ""},
        {**JOHN, "door": 2, "phone": ""},
        {**JOHN, "birth_year": 0},
        {**JOHN, "birth_year": 0, "phone": ""},
        {**JOHN, "door": 7, "birth_year": 0},
        {**JOHN, "door": 7, "family_name": "Stone"},
        {**JOHN, "family_name": "Miller-Stone", "phone": ""},
    ],
)
def test_one_person_on_two_lists_is_shown(other):
    assert score_of(JOHN, other) >= Limits().shown


@pytest.mark.parametrize(
    "other",
    [
        {**JOHN, "given_name": "Mary"},
        {**JOHN, "given_name": "Mary", "birth_year": 1981},
        {**JOHN, "given_name": "Robert"},
        {**JOHN, "birth_year": 1952, "phone": ""},
        {**JOHN, "birth_year": 1952},
        {**JOHN, "given_name": "John Jr", "birth_year": 0, "phone": ""},
        {**JOHN, "birth_year": 1995, "door": 3, "phone": ""},
        {**JOHN, "family_name": "Stone", "phone": ""},
        {"given_name": "John", "family_name": "Miller"},
    ],
)
def test_two_people_are_not_shown(other):
    assert score_of(JOHN, other) < Limits().shown


@pytest.mark.parametrize(
    "other",
    [
        {**JOHN, "given_name": "Johanna"},
        {**JOHN, "given_name": "Jonah"},
        {**JOHN, "family_name": "Miller Jr", "birth_year": 0},
        {**JOHN, "family_name": "Miller", "birth_year": 2007},
    ],
)
def test_twins_and_juniors_on_one_phone_are_never_sure(other):
    assert score_of(JOHN, other) < SURE


def test_a_pair_says_why():
    found = candidates(people_of(JOHN, {**JOHN, "given_name": "Jack", "birth_year": 1981}))
    assert found.reasons(0) == [
        Reason.SAME_PHONE,
        Reason.SAME_DOOR,
        Reason.SHORT_GIVEN_NAME,
        Reason.SAME_FAMILY_NAME,
        Reason.BIRTH_YEAR_NEAR,
    ]
    assert found.score[0] == Limits().unsure
    assert sum(WEIGHTS[reason] for reason in found.reasons(0)) > 80


def test_a_number_that_a_whole_office_shares_says_nothing():
    office = [{"given_name": name, "phone": "555 0100199"} for name in ("Ann",) * 9]
    assert not len(candidates(people_of(*office), Limits(shown=0.0)).score)
    assert len(candidates(people_of(*office[:8]), Limits(shown=0.0)).score) == 28


def test_a_common_name_and_a_year_may_be_chance():
    namesake = {"given_name": "Mary", "family_name": "Jones", "birth_year": 1980}
    crowd = [{**namesake, "door": door, "birth_year": 1980 + door % 3} for door in range(6)]
    assert not len(candidates(people_of(*crowd)).score)
    assert len(candidates(people_of(*crowd[:3], {**crowd[0], "door": 9})).score) == 0
    assert len(candidates(people_of(crowd[0], {**crowd[0], "door": 9})).score) == 1


def test_groups_too_large_to_compare_are_counted():
    dormitory = [{"door": 1, "given_name": f"A{n}", "birth_year": 2000} for n in range(12)]
    found = candidates(people_of(*dormitory), Limits(block=10))
    assert (found.compared_count, found.crowd_count) == (0, 12)


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_is_alone_alike(count):
    assert not len(candidates(people_of(*[JOHN] * count)).score)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="columns must have one length"):
        replace(people_of(JOHN), phone=[])


@pytest.mark.parametrize("wrong", [{"shown": 2.0}, {"alike": -1.0}, {"crowd": 0}, {"block": 0}])
def test_limits_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="shares must be from 0 to 1"):
        Limits(**wrong)


person = st.fixed_dictionaries(
    {
        "door": st.integers(-1, 3),
        "birth_year": st.sampled_from([0, 1980, 1981, 2001]),
        "given_name": st.sampled_from(["", "John", "Jon", "Mary", "J.", "Mary Ann", "\u1f64"]),
        "family_name": st.sampled_from(["", "Salo", "Salo-Virta", "Virta", "Sallo", "Salo Jr"]),
        "phone": st.sampled_from(["", "5550100199", "+15550100199", "1", "x"]),
        "email": st.sampled_from(["", "a@example.org", "A+b@example.org", "@"]),
        "external_id": st.sampled_from(["", "1", "2"]),
    }
)


@given(st.lists(person, max_size=12), st.randoms())
def test_pairs_do_not_depend_on_the_order_of_the_people(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    found = candidates(people_of(*rows))
    again = candidates(people_of(*[rows[place] for place in order]))

    def told(one, names):
        return {
            (frozenset((names[a], names[b])), score, bits)
            for a, b, score, bits in zip(
                one.first.tolist(),
                one.second.tolist(),
                one.score.tolist(),
                one.found.tolist(),
                strict=True,
            )
        }

    assert told(found, list(range(len(rows)))) == told(again, order)
    assert len({(a, b) for a, b in zip(found.first, found.second, strict=True)}) == len(found.first)
    assert (found.first < found.second).all()
    assert ((found.score >= Limits().shown) & (found.score <= 1)).all()


@pytest.fixture(scope="module")
def town():
    return make_town(np.random.default_rng(7), 5_000)


def test_a_town_has_its_doubles_found_and_nearly_nobody_else(town):
    found = candidates(town.people)
    right = town.identity[found.first] == town.identity[found.second]
    shown = set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    places = {}
    for place, who in enumerate(town.identity.tolist()):
        places.setdefault(who, []).append(place)
    twice = {tuple(pair) for pair in places.values() if len(pair) > 1}
    assert len(twice) > 500
    assert right.mean() > 0.97
    assert len(shown & twice) > 0.93 * len(twice)
    assert right[found.score >= SURE].all()
    for kind, least in {"plain": 1, "typo": 0.97, "short": 0.95, "initial": 0.95}.items():
        of_kind = {pair for pair in twice if kind in town.kind[list(pair)]}
        assert kind in AGAIN
        assert len(of_kind & shown) >= least * len(of_kind)


def test_couples_twins_and_juniors_of_a_town_are_never_sure(town):
    found = candidates(town.people)
    sure = found.score >= SURE
    wrong = town.identity[found.first] != town.identity[found.second]
    assert (town.kind == "couple").sum() > 300
    assert (town.kind == "twin").sum() > 50
    assert (town.kind == "junior").sum() > 50
    assert not (sure & wrong).any()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bill", "William"), ("Peggy", "Margaret"), ("Jukka", "Juhani"), ("Pepe", "José"),
     ("Kate", "Catherine"), ("Geoff", "Jeffrey"), ("Dr. Liz", "ELIZABETH"), ("Fritz", "Friedrich")],
)  # fmt: skip
def test_short_forms_share_a_name(one, other):
    assert given_name(one).forms & given_name(other).forms


@pytest.mark.parametrize(
    ("one", "other"),
    [("Robert", "William"), ("Anna", "Maria"), ("John", "James"), ("", ""), ("Matti", "Pekka")],
)
def test_other_names_share_no_form(one, other):
    assert not given_name(one).forms & given_name(other).forms


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Salo-Virta", ("salo", "virta")),
        ("van den Berg", ("berg",)),
        ("de la Cruz", ("cruz",)),
        ("García López", ("garcia", "lopez")),
        ("Smith Jr.", ("smith",)),
        ("O'Brien", ("obrien",)),
        ("", ()),
        ("Le", ("le",)),
    ],
)
def test_a_family_name_has_telling_parts(text, parts):
    assert family_parts(text) == parts


def test_feminine_endings_are_put_aside():
    for one, other in [("Novák", "Nováková"), ("Ivanov", "Ivanova"), ("Kowalski", "Kowalska")]:
        assert family_parts(one) == family_parts(other)


def test_spellings_of_one_name_sound_alike():
    for names in ("meyer maier mayr", "schmidt smith smyth", "clark klarck", "virta wirta"):
        assert len({sound(name) for name in names.split()}) == 1
    assert sound("salo") != sound("virta")


def test_suffixes_are_read_from_the_end_only():
    texts = ("Smith Jr.", "Smith, SR", "Smith", "Junior", "John III", "Ii Virtanen")
    assert [suffix(text) for text in texts] == ["jr", "sr", "", "", "iii", ""]


def test_who_shares_door_and_name_lives_together():
    door = np.array([1, 1, 1, 1, 2, 1, 1])
    names = ["Salo", "Virta", "SALO", "Kask", "Salo", "", ""]
    assert households(door, names).tolist() == [0, 1, 0, 3, 4, 5, 6]


def test_a_double_name_brings_both_families_together():
    door = np.ones(4, int)
    assert households(door, ["Salo", "Kask", "Virta", "Salo-Virta"]).tolist() == [0, 1, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["", "A B", "Aa", "Bb", "Aa-Bb"]))))
def test_households_never_reach_across_doors_and_are_named_by_their_first(rows):
    door = np.array([one for one, _ in rows], int)
    found = households(door, [name for _, name in rows])
    assert (door[found] == door).all()
    assert (found <= np.arange(len(rows))).all()
    assert (found[found] == found).all()
