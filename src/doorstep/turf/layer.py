"""From the bytes of a boundary layer to outlines, one by one and off the loop."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta
from shapely.geometry.base import BaseGeometry

from doorstep.kit.errors import InvalidError, TooLargeError
from doorstep.kit.geometry import area_shape
from doorstep.turf.model import MAX_FEATURES, Feature

MAX_OUTLINE_BYTES = 2 * 2**20
"""Twice what an outline of ``MAX_POSITIONS`` takes; reading many more would hold up everyone."""
_PLACE = re.compile(r"(?P<fault>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)


class _Layer(msgspec.Struct, frozen=True, kw_only=True, tag="FeatureCollection", tag_field="type"):
    features: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MAX_FEATURES)]


def read_layer(body: bytes) -> list[tuple[str, BaseGeometry]]:
    """The name and outline of each feature, in degrees; call it in a thread.

    Reading a number of corners is one step that nothing else can interrupt, thread or not. So
    features are read one at a time, and none that is larger than any outline may be.

    Raises
    ------
    InvalidError
        If it is no feature collection, or a feature lacks a name or an area; under its field.
    TooLargeError
        If a single feature is larger than ``MAX_OUTLINE_BYTES``.
    RefusedError
        If an area cannot be an outline.
    """
    try:
        layer = msgspec.json.decode(body, type=_Layer)
    except msgspec.DecodeError as error:
        raise _invalid(error, "") from None
    return [_outline(bytes(raw), f"features[{n}]") for n, raw in enumerate(layer.features)]


def _outline(raw: bytes, field: str) -> tuple[str, BaseGeometry]:
    if len(raw) > MAX_OUTLINE_BYTES:
        message = f"An area may take {MAX_OUTLINE_BYTES // 2**20} MiB. Simplify it first."
        raise TooLargeError(message, field=field)
    try:
        feature = msgspec.json.decode(raw, type=Feature)
    except msgspec.DecodeError as error:
        raise _invalid(error, field) from None
    return feature.properties.name, area_shape(feature.geometry, f"{field}.geometry")


def _invalid(error: msgspec.DecodeError, field: str) -> InvalidError:
    found = _PLACE.fullmatch(str(error))
    fault, path = (found["fault"], found["path"] or "") if found else (str(error), "")
    return InvalidError(f"{fault}.", field=f"{field}{path}".lstrip(".") or "body")
