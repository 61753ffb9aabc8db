"""Areas as what they are, and what streets cost to cross: shared by all who bring ground."""

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

# The stubs of shapely leave keyword arguments and arrays untyped.
_shapely: Any = shapely

CROSSING_M = {
    "trunk": 80.0, "trunk_link": 60.0, "primary": 50.0, "primary_link": 40.0, "secondary": 30.0,
    "secondary_link": 25.0, "tertiary": 10.0, "tertiary_link": 10.0,
}  # fmt: skip
"""Metres that crossing a street costs besides its width, by its class in OpenStreetMap: waiting, or
the way to a light. Quiet streets cost nothing."""


def areas(shape: BaseGeometry) -> BaseGeometry:
    """The shape without the lines and points that an intersection leaves over.

    Parameters
    ----------
    shape
        Anything, in any unit; what is not valid is made so.

    Returns
    -------
    BaseGeometry
        A valid Polygon or MultiPolygon; an empty one if no area is left.
    """
    valid = shape if shape.is_valid else _shapely.make_valid(shape)
    if valid.geom_type in ("Polygon", "MultiPolygon"):
        return valid
    parts: list[BaseGeometry] = [one for one in _shapely.get_parts(valid) if one.area]
    return _shapely.union_all(parts) if parts else _shapely.Polygon()
