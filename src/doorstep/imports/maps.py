"""A map from OpenStreetMap: its addresses as rows of a table, streets and barriers as they are."""

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from doorstep.algorithms.addresses import number_key, street_key, unit_key
from doorstep.imports import map_queries
from doorstep.imports.model import ImportReject
from doorstep.imports.osm import Addresses, OsmExtract, Skipped
from doorstep.kit.db import Connection

BATCH = 5_000
"""One statement stays below a few megabytes."""

_KEPT = "kept in part"


def rows_of(addresses: Addresses) -> pl.DataFrame:
    """One staged row per door: each flat of an address, or its one unit."""
    doors = [
        (external_id, street, house_number, door, floor, postcode, city, lon, lat)
        for external_id, street, house_number, unit, postcode, city, floor, _, flats, lon, lat
        in zip(*addresses, strict=True)
        for door in flats or (unit or "",)
    ]  # fmt: skip
    names = ("address_external_id", "street", "house_number", "unit", "floor", "postcode", "city")
    texts = dict.fromkeys(names, pl.String)
    frame = pl.DataFrame(
        doors, schema=texts | {"lon": pl.Float64, "lat": pl.Float64}, orient="row"
    ).with_columns(pl.col(*names).fill_null(""))
    keys = {
        "match_key": [
            f"{street_key(street)}#{number_key(number)}"
            for street, number in zip(frame["street"], frame["house_number"], strict=True)
        ],
        "unit_key": [unit_key(unit) for unit in frame["unit"]],
    }
    unknown = ("precinct", "external_id", "given_name", "family_name", "phone", "email",
               "language", "tags", "door_external_id")  # fmt: skip
    return frame.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_number"),
        *(pl.Series(name, values, dtype=pl.String) for name, values in keys.items()),
        *(pl.lit("").alias(name) for name in unknown),
        pl.col("address_external_id").alias("source_id"),
        pl.lit("\x1f").alias("name_key"),
        pl.lit("{}").alias("attributes"),
        pl.lit(None, dtype=pl.Int32).alias("birth_year"),
        pl.lit(None, dtype=pl.Datetime("us", "UTC")).alias("updated_at"),
    )


def rejects_of(skipped: Sequence[Skipped], first_number: int) -> list[ImportReject]:
    """What was left out; streets that the file cuts off are kept, so they are not among them."""
    left_out = [skip for skip in skipped if not skip.reason.startswith(_KEPT)]
    return [
        ImportReject(
            row_number=number,
            field=skip.external_id,
            reason=f"Left out: {skip.reason}.",
            remedy=f"Mend it at openstreetmap.org/{skip.external_id} and export the map again.",
        )
        for number, skip in enumerate(left_out, start=first_number)
    ]


async def store_map(
    db: Connection, organization_id: UUID, campaign_id: UUID, file_name: str, extract: OsmExtract
) -> None:
    """Put the extract's streets and barriers in place of the campaign's own."""
    await map_queries.clear_map(db, organization_id, campaign_id)
    streets, barriers = extract.streets, extract.barriers
    edges = zip(
        count(),
        [name or "" for name in streets.name],
        streets.highway,
        streets.from_node.tolist(),
        streets.to_node.tolist(),
        streets.length_m.tolist(),
        streets.walkable.tolist(),
        streets.crosses_barrier.tolist(),
        *_stored(streets.geometry),
        strict=False,
    )
    for batch in _batches(list(edges)):
        await map_queries.insert_streets(db, organization_id, campaign_id, batch)
    obstacles = zip(
        count(),
        barriers.kind,
        [name or "" for name in barriers.name],
        *_stored(barriers.geometry),
        strict=False,
    )
    for batch in _batches(list(obstacles)):
        await map_queries.insert_barriers(db, organization_id, campaign_id, batch)
    await map_queries.put_map_source(
        db, organization_id, campaign_id, file_name, extract.attribution, extract.data_at
    )


def _batches(rows: Sequence[Sequence[Any]]) -> list[Sequence[Sequence[Any]]]:
    return [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]


def _stored(shapes: NDArray[np.object_]) -> list[list[Any]]:
    """Shapes as they are stored: WKB and its bounds, west, south, east, north."""
    # The stubs of shapely leave its keyword arguments untyped.
    untyped: Any = shapely
    bounds: NDArray[np.float64] = untyped.bounds(shapes).reshape(-1, 4)
    return [list(untyped.to_wkb(shapes)), *bounds.T.tolist()]
