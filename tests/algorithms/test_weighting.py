import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.weighting import (
    EmptyCellError,
    NotConvergedError,
    Raking,
    rake,
)


@st.composite
def samples(draw):
    """Respondents in every combination of two margins, so that any shares can be reached."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=2))
    grid = np.stack(np.meshgrid(*map(np.arange, sizes)), -1).reshape(-1, len(sizes))
    extra = draw(st.lists(st.sampled_from(range(len(grid))), max_size=30))
    people = np.concatenate([grid, grid[extra]]) if extra else grid
    share = st.floats(0.05, 1)
    shares = [np.array(draw(st.lists(share, min_size=size, max_size=size))) for size in sizes]
    return list(people.T), shares


@given(sample=samples())
def test_every_margin_gets_its_shares(sample):
    categories, shares = sample
    made = rake(categories, shares)
    for of, share in zip(categories, shares, strict=True):
        reached = np.bincount(of, made.weights, minlength=len(share)) / made.weights.sum()
        assert reached == pytest.approx(share / share.sum(), abs=2e-6)
    assert (made.weights > 0).all()
    assert made.weights.mean() == pytest.approx(1)
    assert 1 <= made.effective_size <= len(made.weights) + 1e-9
    assert made.design_effect * made.effective_size == pytest.approx(len(made.weights))


@given(sample=samples(), factor=st.floats(0.1, 1000))
def test_shares_may_be_counts_or_per_cents(sample, factor):
    categories, shares = sample
    made = rake(categories, shares)
    scaled = rake(categories, [share * factor for share in shares])
    assert scaled.weights == pytest.approx(made.weights, rel=1e-4)


def test_one_margin_is_post_stratification():
    made = rake([np.array([0, 0, 0, 1])], [np.array([0.5, 0.5])])
    assert made.weights == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    # (sum w)^2 / sum w^2 = 16 / (3 * 4/9 + 4)
    assert made.effective_size == pytest.approx(3)
    assert made.design_effect == pytest.approx(4 / 3)


def test_who_resembles_everybody_already_weighs_one():
    made = rake([np.array([0, 1, 0, 1])], [np.array([50.0, 50.0])])
    assert made.weights == pytest.approx(np.ones(4))
    assert made.design_effect == pytest.approx(1)


def test_a_category_with_a_share_but_nobody_in_it_is_named():
    with pytest.raises(EmptyCellError, match="margin 0, category 1 has a share") as raised:
        rake([np.array([0, 0])], [np.array([0.5, 0.5])])
    assert (raised.value.margin, raised.value.category, raised.value.missing) == (0, 1, True)


def test_somebody_in_a_category_without_share_is_named():
    with pytest.raises(EmptyCellError, match="has people in it but no share"):
        rake([np.array([0, 1])], [np.array([1.0, 0.0])])


def test_margins_that_contradict_each_other_are_refused():
    # The two margins are one and the same among those who answered, but not among everybody.
    same = np.array([0, 1])
    with pytest.raises(NotConvergedError, match="still off"):
        rake([same, same], [np.array([0.5, 0.5]), np.array([0.9, 0.1])])


@pytest.mark.parametrize(
    ("categories", "shares"),
    [
        ([], []),
        ([np.array([], int)], [np.array([1.0])]),
        ([np.array([0])], [np.array([np.nan])]),
        ([np.array([0])], [np.array([-1.0])]),
        ([np.array([0])], [np.array([])]),
        ([np.array([0])], []),
    ],
)
def test_nobody_and_senseless_shares_are_refused(categories, shares):
    with pytest.raises(ValueError, match="shares"):
        rake(categories, shares)


def test_a_rule_must_be_able_to_stop():
    for wrong in ({"tolerance": 0}, {"most_rounds": 0}):
        with pytest.raises(ValueError, match="must lie"):
            Raking(**wrong)
