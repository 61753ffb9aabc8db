import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.projection import (
    lengths_m,
    local_crs,
    project,
    to_degrees,
    to_metres,
    unproject,
)

longitudes = st.floats(-180, 180)
latitudes = st.floats(-79, 83)
HELSINKI = (24.945, 60.171)


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (24.945, 60.171, 32635),
        (-71.1, 42.37, 32619),
        (151.2, -33.9, 32756),
        (-180, 10, 32601),
        (180, 10, 32601),
        (0, 0, 32631),
        (10, 85, 32661),
        (10, -81, 32761),
    ],
)
def test_a_place_gets_its_utm_zone(lon, lat, epsg):
    assert local_crs(lon, lat).to_epsg() == epsg


def test_points_astride_the_date_line_get_a_zone_there():
    assert local_crs([179.5, -179.0], [-17, -17]).to_epsg() == 32701


def test_a_known_point_lands_where_the_national_grid_puts_it():
    # Helsinki Cathedral; ETRS-TM35FIN and UTM 35N agree within a metre.
    xy = to_metres([24.95222], [60.17039], HELSINKI)
    assert xy == pytest.approx(np.array([[386380, 6672130]]), abs=60)


@given(longitudes, latitudes, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_there_and_back_again_is_within_a_centimetre(lon, lat, east, north):
    point = (min(max(lon + east, -180), 180), lat + north)
    back = to_degrees(to_metres([point[0]], [point[1]], (lon, lat)), (lon, lat))[0]
    turn = (back[0] - point[0] + 180) % 360 - 180
    assert abs(turn) * np.cos(np.radians(lat)) < 1e-7
    assert abs(back[1] - point[1]) < 1e-7


@given(longitudes, latitudes)
def test_a_hundred_metres_stay_a_hundred_metres(lon, lat):
    north = lat + 0.001
    metres = to_metres([lon, lon], [lat, north], (lon, lat))
    line = np.array([shapely.LineString([(lon, lat), (lon, north)])])
    assert np.hypot(*(metres[1] - metres[0])) == pytest.approx(lengths_m(line)[0], rel=1.5e-3)


def test_no_points_give_no_rows():
    assert to_metres([], [], HELSINKI).shape == (0, 2)
    assert to_degrees(np.empty((0, 2)), HELSINKI).shape == (0, 2)


@pytest.mark.parametrize(
    ("lon", "lat"), [([60.2], [124.9]), ([np.nan], [1.0]), ([1.0], [np.inf]), ([1.0, 2.0], [1.0])]
)
def test_impossible_coordinates_are_named(lon, lat):
    with pytest.raises(ValueError, match=r"lon|point 0"):
        to_metres(lon, lat, HELSINKI)


def test_no_points_have_no_grid():
    with pytest.raises(ValueError, match="at least one"):
        local_crs([], [])


def test_shapes_keep_holes_and_come_back():
    shape = shapely.Point(HELSINKI).buffer(0.01).difference(shapely.Point(HELSINKI).buffer(0.005))
    crs = local_crs(*HELSINKI)
    metres = project(shape, crs)
    assert len(metres.interiors) == 1
    assert metres.area == pytest.approx(shape.area * 111_412 * 55_500, rel=0.01)
    assert unproject(metres, crs).equals_exact(shape, 1e-8)


def test_an_array_of_shapes_is_projected_at_once():
    shapes = shapely.points([[24.94, 60.17], [24.95, 60.18]])
    metres = project(shapes, local_crs(*HELSINKI))
    assert shapely.get_coordinates(metres) == pytest.approx(
        to_metres([24.94, 24.95], [60.17, 60.18], HELSINKI)
    )


def test_lengths_follow_each_line_alone():
    lines = np.array(
        [
            shapely.LineString([(0, 0), (1, 0), (2, 0)]),
            shapely.LineString([(0, 0), (0, 1)]),
        ]
    )
    # One degree along the equator and along the meridian there (WGS 84).
    assert lengths_m(lines) == pytest.approx([2 * 111_319.491, 110_574.389], abs=0.01)
