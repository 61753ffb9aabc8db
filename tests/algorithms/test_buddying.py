"""Newcomers and buddies: as many as can be, checked against a matching found in another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from doorstep.algorithms.buddying import NEAR_M, Group, match, possible

KM = 1000.0
people = st.lists(
    st.tuples(
        st.sets(st.sampled_from(["fi", "sv", "so", "en"]), max_size=2),
        st.none() | st.tuples(st.integers(-30, 30), st.integers(-30, 30)),
    ),
    max_size=9,
)


def group(rows):
    home = [(np.nan, np.nan) if at is None else (at[0] * KM, at[1] * KM) for _, at in rows]
    return Group(
        languages=[frozenset(spoken) for spoken, _ in rows],
        home=np.array(home, np.float64).reshape(-1, 2),
    )


def most(may, places):
    """The greatest number of newcomers that can have somebody, by Hopcroft and Karp."""
    wide = np.repeat(may, places, axis=1)
    if not wide.size:
        return 0
    return int((maximum_bipartite_matching(csr_array(wide), perm_type="column") >= 0).sum())


@settings(max_examples=60, deadline=None)
@given(people, people, st.data())
def test_each_newcomer_has_a_buddy_when_one_is_free(fresh, known, data):
    places = data.draw(st.lists(st.integers(0, 3), min_size=len(known), max_size=len(known)))
    pairs = [(i, j) for i in range(len(fresh)) for j in range(len(known))]
    never = data.draw(st.sets(st.sampled_from(pairs), max_size=5)) if pairs else set()
    newcomers, buddies = group(fresh), group(known)
    found = match(newcomers, buddies, places, never)
    may = possible(newcomers, buddies, never)
    assert all(may[pair] for pair in found)
    assert len({newcomer for newcomer, _ in found}) == len(found)
    taken = np.bincount([buddy for _, buddy in found], minlength=len(places))
    assert (taken <= places).all()
    assert len(found) == most(may, places)


def test_near_ones_go_together_and_nobody_goes_far():
    newcomers = group([({"fi"}, (0, 0)), ({"fi"}, (10, 0)), ({"fi"}, (0, 25))])
    buddies = group([({"fi"}, (9, 0)), ({"fi", "sv"}, (1, 0))])
    assert match(newcomers, buddies, [1, 1]) == [(0, 1), (1, 0)]
    assert not possible(newcomers, buddies, ())[2].any()


def test_who_has_a_newcomer_already_comes_after_who_has_none():
    newcomers = group([(set(), (0, 0)), (set(), (0, 0))])
    buddies = group([(set(), (0, 0)), (set(), (1, 0))])
    assert {buddy for _, buddy in match(newcomers, buddies, [2, 2])} == {0, 1}


def test_languages_have_to_meet_and_who_names_none_goes_with_anybody():
    newcomers = group([({"so"}, None), (set(), None)])
    buddies = group([({"fi"}, None)])
    assert possible(newcomers, buddies, ()).tolist() == [[False], [True]]
    assert match(newcomers, buddies, [5]) == [(1, 0)]


def test_a_longer_way_is_taken_if_more_have_a_buddy_by_it():
    # The near buddy of both is the only one that the second can go with.
    newcomers = group([({"fi", "sv"}, (0, 0)), ({"sv"}, (0, 0))])
    buddies = group([({"sv"}, (0, 0)), ({"fi"}, (15, 0))])
    assert match(newcomers, buddies, [1, 1]) == [(0, 1), (1, 0)]


def test_of_nobody_there_is_nobody():
    nobody = group([])
    assert match(nobody, nobody, []) == []
    assert match(group([(set(), None)]), nobody, []) == []


@pytest.mark.parametrize("places", [[1, 1], [-1]])
def test_places_have_to_fit(places):
    with pytest.raises(ValueError, match="places"):
        match(group([]), group([(set(), None)]), places)
    with pytest.raises(ValueError, match="home"):
        Group(languages=[frozenset()], home=np.zeros((2, 2)))
    assert NEAR_M > 0
