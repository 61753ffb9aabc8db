import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import lines

from doorstep.algorithms.cutting import outlines
from doorstep.algorithms.cutting.outlines import NEAR_ENOUGH_M


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 80), turfs=st.integers(1, 6))
def test_outlines_are_valid_disjoint_and_hold_their_doors(seed, count, turfs):
    rng = np.random.default_rng(seed)
    xy = rng.integers(0, 30, (count, 2)) * 10.0
    turf = np.unique(rng.integers(0, turfs, count), return_inverse=True)[1]
    barriers = lines(shapely.LineString([(-50, 145.3), (400, 145.3)]))
    areas = outlines(xy, turf, barriers=barriers)
    assert shapely.is_valid(areas).all()
    assert not shapely.is_empty(areas).any()
    assert shapely.distance(areas[turf], shapely.points(xy)).max() <= NEAR_ENOUGH_M
    union = shapely.union_all(areas)
    assert shapely.area(areas).sum() == pytest.approx(union.area, rel=1e-3)


def test_an_outline_ends_at_the_railway():
    xy = np.array([(0.0, 0), (40, 0), (0, 60), (40, 60)])
    rail = shapely.LineString([(-500, 30), (500, 30)])
    areas = outlines(xy, np.array([0, 0, 1, 1]), barriers=lines(rail))
    assert not shapely.intersects(areas, rail).any()


def test_ground_can_be_divided_among_few_turfs():
    square = shapely.box(0, 0, 100, 100)
    areas = outlines(np.array([(10.0, 50), (90, 50)]), np.array([0, 1]), within=square)
    assert shapely.union_all(areas).area == pytest.approx(square.area)


def test_no_doors_give_no_outlines():
    assert len(outlines(np.empty((0, 2)), np.empty(0, int))) == 0
