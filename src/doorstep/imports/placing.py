"""Addresses that do not say where they are, placed between their neighbours in the street."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from doorstep.algorithms.ranges import How, RangeIndex
from doorstep.imports import placing_queries
from doorstep.imports.placing_queries import PlacedAddress, Unplaced
from doorstep.kit.db import Connection

_GUESSED = {How.BETWEEN, How.BEYOND}
"""A known number was refused before: it may be the same house in another town."""


async def place_open(db: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Store open addresses that lie among known numbers of their street, as estimated."""
    open_ones = await placing_queries.open_addresses(db)
    if not open_ones:
        return
    streets = sorted({one.street for one in open_ones})
    known = await placing_queries.addresses_in_streets(db, organization_id, streets)
    placed = await asyncio.to_thread(_placed, open_ones, known)
    if placed:
        ids, lons, lats = zip(*placed, strict=True)
        await placing_queries.add_estimated_addresses(db, organization_id, run_id, ids, lons, lats)


def _placed(
    open_ones: Sequence[Unplaced], known: Sequence[PlacedAddress]
) -> list[tuple[str, float, float]]:
    """The ids of those that can be placed, with longitude and latitude."""
    index = RangeIndex.build(
        [one.street for one in known],
        [one.number for one in known],
        [one.town for one in known],
        [one.lon for one in known],
        [one.lat for one in known],
    )
    places = [(one.source_id, index.place(one.street, one.number, one.town)) for one in open_ones]
    return [
        (source_id, place.lon, place.lat)
        for source_id, place in places
        if place.how in _GUESSED and place.lon is not None and place.lat is not None
    ]
