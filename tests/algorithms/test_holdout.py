from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.holdout import MAX_SHARE, held_out

ids = st.lists(st.uuids(), max_size=60)
shares = st.floats(0, MAX_SHARE)
seeds = st.text(min_size=1, max_size=20)


def buildings(count):
    return [UUID(int=number << 64 | 0x7000_8000) for number in range(count)]


@given(ids, shares, seeds, st.randoms())
def test_each_building_is_decided_for_itself(found, share, seed, random):
    out = dict(zip(found, held_out(found, share=share, seed=seed), strict=True))
    random.shuffle(found)
    some = found[: len(found) // 2] * 2
    assert held_out(some, share=share, seed=seed).tolist() == [out[one] for one in some]


@given(ids, shares, shares, seeds)
def test_a_larger_share_only_adds(found, one, other, seed):
    less, more = (held_out(found, share=share, seed=seed) for share in sorted([one, other]))
    assert not np.any(less & ~more)


@given(ids, seeds)
def test_without_a_share_nothing_is_held_out(found, seed):
    assert not held_out(found, share=0, seed=seed).any()


@pytest.mark.parametrize("share", [-0.1, 0.51, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        held_out([], share=share, seed="a")


@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5])
@pytest.mark.parametrize("seed", ["spring", "0198c0de-dead-7000-8000-000000000000", "1"])
def test_the_share_is_met_in_every_part_of_town(share, seed):
    """Five standard errors: with a fair chance, once in a million such tests is beyond."""
    out = held_out(buildings(20_000), share=share, seed=seed)
    error = np.sqrt(share * (1 - share))
    assert abs(out.mean() - share) < 5 * error / np.sqrt(len(out))
    for part in np.split(out, 20):
        assert abs(part.mean() - share) < 5 * error / np.sqrt(len(part))


def test_what_is_known_of_buildings_is_balanced():
    """Doors per building and place in town differ between both groups as much as by chance."""
    rng = np.random.default_rng(7)
    doors = rng.geometric(0.3, 20_000)
    place = rng.normal(size=20_000)
    out = held_out(buildings(20_000), share=0.3, seed="balance")
    for known in (doors, place):
        gap = known[out].mean() - known[~out].mean()
        error = known.std() * np.sqrt(1 / out.sum() + 1 / (~out).sum())
        assert abs(gap) < 4 * error
    by_doors = doors[out].sum() / doors.sum()
    assert by_doors == pytest.approx(0.3, abs=0.02)


def test_two_seeds_have_nothing_to_do_with_each_other():
    town = buildings(20_000)
    one, other = (held_out(town, share=0.5, seed=seed) for seed in ("first", "second"))
    assert (one & other).mean() == pytest.approx(0.25, abs=0.016)


@pytest.mark.parametrize(
    ("last", "digest", "out"),
    [("1", 0x81D26D2ECE16B8F3, False), ("4", 0x0A22D2F2CA9123F2, True)],
)
def test_anybody_can_tell_who_was_held_out(last, digest, out):
    """The first 16 digits that `printf spring/01a1fd9a-... | sha256sum` prints."""
    building = UUID(f"01a1fd9a-24a0-7001-8000-00000000000{last}")
    share = digest / 2**64
    assert held_out([building], share=0.5, seed="spring").tolist() == [out]
    if out:
        assert not held_out([building], share=share, seed="spring")[0]
        assert held_out([building], share=share + 1e-15, seed="spring")[0]
