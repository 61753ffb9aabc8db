from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.algorithms.cutting.path import path_m, shortest_path

NONE = np.empty(0, np.int32)


def matrix(xy, start=None):
    metres = np.zeros((len(xy) + 2, len(xy) + 2))
    metres[:-2, :-2] = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    if start is not None:
        metres[-2, :-2] = metres[:-2, -2] = np.hypot(*(xy - start).T)
    return metres


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 7), fixed=st.booleans())
def test_short_paths_are_the_shortest(seed, count, fixed):
    xy = np.random.default_rng(seed).random((count, 2)) * 100
    metres = matrix(xy, np.zeros(2) if fixed else None)
    path = shortest_path(metres, fixed, 200, 1, NONE)
    begin = [count] if fixed else []
    best = min(
        path_m(metres, np.array([*begin, *order], np.int32)) for order in permutations(range(count))
    )
    assert sorted(path) == list(range(count))
    ours = path_m(metres, np.array([*begin, *path], np.int32))
    assert ours == pytest.approx(best)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 90))
def test_any_path_has_every_stop_once_and_kicks_never_make_it_longer(seed, count):
    xy = np.random.default_rng(seed).integers(0, 12, (count, 2)).astype(float)
    metres = matrix(xy)
    plain = shortest_path(metres, False, 0, 1, NONE)
    kicked = shortest_path(metres, False, 150, 1, NONE)
    assert sorted(plain) == sorted(kicked) == list(range(count))
    assert path_m(metres, kicked) <= path_m(metres, plain) + 1e-9


def test_a_given_path_is_only_improved():
    xy = np.random.default_rng(1).random((40, 2))
    metres = matrix(xy)
    first = np.arange(40, dtype=np.int32)
    assert path_m(metres, shortest_path(metres, False, 10, 1, first)) < path_m(metres, first)
