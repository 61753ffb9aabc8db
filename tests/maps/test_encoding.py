"""Tiles decoded by an independent library."""

import mapbox_vector_tile
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from doorstep.maps.encoding import EXTENT, Layer, encode_tile

places = st.tuples(st.integers(-64, EXTENT + 64), st.integers(-64, EXTENT + 64))
numbers = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False)
values = st.none() | st.booleans() | numbers | st.text(max_size=20)


def decoded(*layers):
    return mapbox_vector_tile.decode(
        encode_tile(layers), default_options={"y_coord_down": True, "geojson": True}
    )


def shapes(*wkt):
    return np.array([shapely.from_wkt(one) for one in wkt], dtype=object)


@given(st.lists(st.tuples(places, values), max_size=30))
def test_points_and_values_come_out_as_they_went_in(rows):
    at = np.array([place for place, _ in rows], dtype=float).reshape(-1, 2)
    found = decoded(Layer("doors", at, {"value": [value for _, value in rows]}))
    features = found["doors"]["features"] if rows else []
    assert [tuple(one["geometry"]["coordinates"]) for one in features] == [p for p, _ in rows]
    for one, (_, value) in zip(features, rows, strict=True):
        told = one["properties"].get("value")
        assert told == value
        assert type(told) is type(value)


@given(st.lists(places, min_size=2, max_size=20, unique=True))
def test_lines_come_out_as_they_went_in(points):
    (one,) = decoded(Layer("l", np.array([shapely.LineString(points)]), {}))["l"]["features"]
    assert one["geometry"]["type"] == "LineString"
    assert [tuple(point) for point in one["geometry"]["coordinates"]] == points


def test_areas_keep_their_holes_and_parts():
    area = (
        "MULTIPOLYGON (((0 0, 100 0, 100 100, 0 100, 0 0), (10 10, 10 20, 20 20, 20 10, 10 10)), "
        "((200 200, 300 200, 300 300, 200 200)))"
    )
    made = shapely.orient_polygons(shapes(area))
    (one,) = decoded(Layer("a", made, {"name": ["Müllerstraße ☕"]}))["a"]["features"]
    assert shapely.geometry.shape(one["geometry"]).equals(made[0])
    assert one["properties"] == {"name": "Müllerstraße ☕"}


def test_several_lines_are_one_feature():
    lines = shapes("MULTILINESTRING ((0 0, 5 5), (7 7, 9 1, 4 4))")
    (one,) = decoded(Layer("l", lines, {}))["l"]["features"]
    assert shapely.geometry.shape(one["geometry"]).equals(lines[0])


def test_what_fell_together_is_left_out():
    nothing = shapes("LINESTRING (1 1, 1 1)")
    assert decoded(Layer("l", nothing, {"n": [1]}))["l"]["features"] == []


def test_layers_without_shapes_are_left_out():
    assert encode_tile([Layer("none", np.empty((0, 2)), {"id": []})]) == b""


def test_true_and_one_are_different_values():
    at = np.zeros((3, 2))
    found = decoded(Layer("d", at, {"v": [True, 1, 1.0]}))["d"]["features"]
    assert [type(one["properties"]["v"]) for one in found] == [bool, int, float]
