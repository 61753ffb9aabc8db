"""Maps for other programs: vector tiles, and features as OGC API Features says them."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A way on."""

    href: str
    rel: str
    type: str
    title: str


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """What is here."""

    title: str
    description: str
    links: list[Link]


class Conformance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which parts of the standard hold."""

    conforms_to: list[str]


class SpatialExtent(msgspec.Struct, frozen=True, kw_only=True):
    """Where features are."""

    bbox: list[list[float]]
    crs: str


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """Where features are."""

    spatial: SpatialExtent


class Collection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A kind of features."""

    id: str
    title: str
    description: str
    links: list[Link]
    extent: Extent | None
    item_type: str
    crs: list[str]


class Collections(msgspec.Struct, frozen=True, kw_only=True):
    """Every kind of features."""

    links: list[Link]
    collections: list[Collection]


class MapItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """A feature as GeoJSON (RFC 7946)."""

    id: str
    geometry: Annotated[Any, Meta(description="GeoJSON, longitude first")]
    properties: dict[str, Any]
    links: list[Link]


class MapItems(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag="FeatureCollection",
    rename="camel",
):
    """A page of features as GeoJSON; the link `next` leads to the one after it."""

    features: list[MapItem]
    links: list[Link]
    number_matched: int
    number_returned: int
    time_stamp: str
