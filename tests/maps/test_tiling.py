import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit.errors import InvalidError
from doorstep.maps.encoding import EXTENT
from doorstep.maps.tiling import MAX_ZOOM, Tile, points_in, shapes_in


@pytest.mark.parametrize(
    ("place", "field"),
    [((-1, 0, 0), "z"), ((23, 0, 0), "z"), ((3, 8, 0), "x"), ((3, -1, 0), "x"), ((0, 0, 1), "y")],
)
def test_a_place_outside_the_map_is_refused_by_name(place, field):
    with pytest.raises(InvalidError) as caught:
        Tile(*place)
    assert caught.value.errors[0].field == field


def test_the_whole_world_is_one_tile():
    corners = np.array([(-180, 85.0511287798066), (180, -85.0511287798066), (0, 0)])
    found = Tile(0, 0, 0).units(corners)
    assert np.allclose(found, [(0, 0), (EXTENT, EXTENT), (EXTENT / 2, EXTENT / 2)])


@given(st.floats(-179.9, 179.9), st.floats(-85, 85), st.integers(0, MAX_ZOOM))
def test_a_point_is_in_the_tile_that_has_its_place(lon, lat, zoom):
    count = 1 << zoom
    across, down = Tile(0, 0, 0).units(np.array([(lon, lat)]))[0] / EXTENT * count
    tile = Tile(zoom, min(int(across), count - 1), min(int(down), count - 1))
    places, kept = points_in(tile, np.array([(lon, lat)]))
    assert kept.tolist() == [0]
    assert (places >= -1).all()
    assert (places <= EXTENT + 1).all()
    west, south, east, north = tile.box
    assert west <= lon <= east
    assert south <= lat <= north


@given(st.integers(0, 10**6), st.integers(4, 40))
def test_areas_in_a_tile_are_valid_whole_and_turned_as_the_format_wants(seed, corners):
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    far = rng.uniform(0.0005, 0.02, corners)
    star = shapely.Polygon(
        np.column_stack((24.94 + far * np.cos(turn), 60.17 + far * np.sin(turn)))
    )
    if not star.is_valid:
        return
    found, _ = shapes_in(Tile(14, 9327, 4742), np.array([star]))
    for shape in found:
        assert shape.is_valid
        points = shapely.get_coordinates(shape)
        assert (points == np.rint(points)).all()
        assert (points >= -64).all()
        assert (points <= EXTENT + 64).all()
        for part in shapely.get_parts(shape):
            assert part.exterior.is_ccw


def test_what_is_too_small_to_be_seen_is_left_out():
    speck = shapely.box(24.94, 60.17, 24.9401, 60.1701)
    shapes = np.array([speck, shapely.box(20, 50, 30, 70)])
    assert shapes_in(Tile(2, 2, 1), shapes)[1].tolist() == [1]


def test_what_is_elsewhere_is_left_out():
    line = np.array([shapely.LineString([(10, 50), (10.1, 50.1)])])
    found, kept = shapes_in(Tile(14, 9327, 4742), line)
    assert len(found) == len(kept) == 0
