import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.algorithms.cutting.handing import Division, Prices
from doorstep.algorithms.cutting.mending import mend, pieces_of
from doorstep.algorithms.cutting.surroundings import sparse_rows

PRICES = Prices(lacking=1_000.0, stay=100.0, piece=3_000.0, hot=100.0, cold=1.0)


def square(side):
    """Stops on a grid, each linked to those beside it."""
    at = np.arange(side * side).reshape(side, side)
    a = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    b = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    return sparse_rows(side * side, a, b)


def mended(turf, start, link, low, high, seed=1):
    turf = np.array(turf)
    size = np.ones(len(turf))
    load = np.bincount(turf).astype(float)
    division = Division(
        turf, turf.copy(), size, load, low, high, start, link, np.full(len(link), 10.0)
    )
    mend(division, PRICES, start, link, seed)
    assert load.tolist() == np.bincount(turf, minlength=len(load)).tolist()
    return turf


def test_a_turf_in_two_pieces_comes_together_and_both_stay_in_balance():
    start, link = square(8)
    before = np.repeat([0, 1], 32)
    before[[56, 57, 63]], before[[0, 1, 7]] = 0, 1
    after = mended(before, start, link, 30, 34)
    assert pieces_of(after, np.arange(64), start, link, 2).tolist() == [1, 1]
    assert set(np.bincount(after)) <= {30, 31, 32, 33, 34}


def test_turfs_in_one_piece_and_in_balance_are_left_alone():
    start, link = square(8)
    before = np.repeat([0, 1], 32)
    assert mended(before, start, link, 30, 34).tolist() == before.tolist()


def test_pieces_are_counted_turf_by_turf():
    start, link = square(3)
    turf = np.array([0, 1, 0, 1, 1, 1, 0, 0, 2])
    assert pieces_of(turf, np.arange(9), start, link, 4).tolist() == [3, 1, 1, 0]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=36, max_size=36), st.integers(0, 1_000))
def test_mending_never_makes_more_pieces_or_less_balance_together(turf, seed):
    start, link = square(6)
    everyone = np.arange(36)

    def cost(of_stop):
        load = np.bincount(of_stop, minlength=4)
        off = np.where(load > 0, np.maximum(0, 8 - load) + np.maximum(0, load - 10), 0)
        pieces = pieces_of(of_stop, everyone, start, link, 4).sum()
        ties = (of_stop[np.repeat(everyone, np.diff(start))] != of_stop[link]).sum() / 2
        moved = (of_stop != turf).sum()
        return 1_000 * off.sum() + 3_000 * pieces + 10 * ties + 100 * moved

    after = mended(turf, start, link, 8, 10, seed)
    assert cost(after) <= cost(np.array(turf)) + 1e-6
    assert after.tolist() == mended(turf, start, link, 8, 10, seed).tolist()
