from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.algorithms.areas import area_of_points, areas_along_streets
from doorstep.algorithms.projection import local_crs, project, to_metres
from doorstep.imports.osm import read_osm

HELSINKI = Path(__file__).parents[2] / "geo" / "helsinki.osm.pbf"

place = st.tuples(st.integers(0, 900), st.integers(0, 900))
street = st.tuples(place, place).filter(lambda ends: ends[0] != ends[1])
doors = st.lists(place, min_size=1, max_size=60)
streets = st.lists(street.map(shapely.LineString), max_size=8)


def grid(step=100, size=500):
    """Streets every `step` metres."""
    at = range(0, size + 1, step)
    return [
        *(shapely.LineString([(x, -50), (x, size + 50)]) for x in at),
        *(shapely.LineString([(-50, y), (size + 50, y)]) for y in at),
    ]


def lattice(size=500, step=20):
    """Doors every `step` metres, off the streets."""
    at = np.arange(step / 2, size, step)
    return np.array([(x, y) for x in at for y in at])


def counts(points, areas):
    return np.bincount(area_of_points(points, areas), minlength=len(areas))


@settings(deadline=None, max_examples=60)
@given(doors, streets, streets, st.integers(1, 20))
def test_areas_are_valid_disjoint_and_cover_every_door(points, lines, barriers, wished):
    areas = areas_along_streets(points, lines, barriers=barriers, doors_per_area=wished)
    places = shapely.points(points)
    assert all(area.is_valid and area.geom_type in {"Polygon", "MultiPolygon"} for area in areas)
    assert shapely.dwithin(shapely.union_all(areas), places, 1e-6).all()
    assert sum(area.area for area in areas) == pytest.approx(shapely.union_all(areas).area)
    for place in places:
        assert sum(area.contains_properly(place) for area in areas) <= 1
    assert counts(points, areas).sum() == len(points)


@settings(deadline=None, max_examples=15)
@given(doors, streets, streets)
def test_the_same_input_gives_the_same_areas(points, lines, barriers):
    first = areas_along_streets(points, lines, barriers=barriers, doors_per_area=5)
    again = areas_along_streets(points, lines, barriers=barriers, doors_per_area=5)
    assert [area.wkb for area in first] == [area.wkb for area in again]


def test_areas_of_a_regular_town_follow_its_streets_and_hold_the_wished_count():
    areas = areas_along_streets(lattice(), grid(), doors_per_area=50)
    assert counts(lattice(), areas).sum() == 625
    assert set(counts(lattice(), areas)) <= {25, 50}
    inner = shapely.box(0, 0, 500, 500)
    borders = shapely.union_all([area.boundary for area in areas]).intersection(inner.buffer(-1))
    assert borders.difference(shapely.union_all(grid()).buffer(0.02)).length == pytest.approx(0)


def test_no_area_lies_on_both_sides_of_a_railway():
    railway = shapely.LineString([(-200, 200), (700, 200)])
    areas = areas_along_streets(lattice(), grid(), barriers=[railway], doors_per_area=70)
    side = lattice()[:, 1] > 200
    area = area_of_points(lattice(), areas)
    assert not set(area[side]) & set(area[~side])


def test_a_lake_belongs_to_no_area_that_it_parts():
    lake = shapely.box(-200, 180, 700, 320)
    points = [(100, 100), (120, 100), (100, 400), (120, 400)]
    areas = areas_along_streets(points, grid(), barriers=[lake], doors_per_area=60)
    assert len(areas) == 2
    assert shapely.union_all(areas).intersection(lake.buffer(-0.1)).area == 0


def test_without_streets_the_areas_are_equal_rectangles():
    areas = areas_along_streets(lattice(), [], doors_per_area=80)
    assert counts(lattice(), areas).sum() == 625
    assert counts(lattice(), areas).min() >= 60
    assert counts(lattice(), areas).max() <= 100
    for area in areas:
        assert area.area == pytest.approx(area.envelope.area, rel=1e-6)


def test_a_block_with_too_many_doors_is_cut():
    areas = areas_along_streets(lattice(100, 5), grid(), doors_per_area=60)
    assert counts(lattice(100, 5), areas).max() <= 90


def test_no_doors_need_no_areas():
    assert areas_along_streets([], grid()) == []
    assert areas_along_streets(np.empty((0, 2)), []) == []


@pytest.mark.parametrize("lines", [[], grid()])
@pytest.mark.parametrize("points", [[(130, 140)], [(130, 140)] * 200])
def test_one_spot_is_one_area_however_many_doors(points, lines):
    areas = areas_along_streets(points, lines, doors_per_area=60)
    assert len(areas) == 1
    assert areas[0].contains_properly(shapely.Point(130, 140))


def test_doors_in_one_line_are_parted_along_it():
    points = [(x, 7) for x in range(0, 1200, 10)]
    areas = areas_along_streets(points, [], doors_per_area=60)
    assert counts(points, areas).tolist() == [60, 60]


def test_weights_count_as_doors():
    points = [(10, 10), (200, 10), (400, 10)]
    areas = areas_along_streets(points, [], doors_per_area=60, weights=[60, 30, 30])
    assert area_of_points(points, areas).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        ([(1, 2, 3)], {}, "points of shape"),
        ([(1, np.nan)], {}, "finite"),
        ([(1, 2)], {"weights": [1, 2]}, "weights of shape"),
        ([(1, 2)], {"weights": [-1]}, "0 or more"),
        ([(1, 2)], {"doors_per_area": 0}, "above 0"),
        ([(1, 2)], {"doors_per_area": np.nan}, "above 0"),
    ],
)
def test_impossible_input_is_refused(points, options, message):
    with pytest.raises(ValueError, match=message):
        areas_along_streets(points, [], **options)


def test_helsinki_is_parted_into_whole_shapes_of_walkable_size():
    extract = read_osm(HELSINKI)
    lon, lat = extract.addresses.lon, extract.addresses.lat
    crs = local_crs(lon, lat)
    points = to_metres(lon, lat, (lon.mean(), lat.mean()))
    lines = project(extract.streets.geometry, crs)
    barriers = project(extract.barriers.geometry, crs)
    areas = areas_along_streets(points, lines, barriers=barriers, doors_per_area=60)
    assert counts(points, areas).sum() == len(points)
    assert counts(points, areas).max() <= 90
    assert 9 <= len(areas) <= 25
    assert all(area.is_valid and area.geom_type == "Polygon" for area in areas)
