"""Imports: a CSV file of doors and people, or a map with its addresses, in one transaction each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from doorstep.accounts.service import campaign_by_id
from doorstep.kit.db import Connection
from doorstep.kit.errors import RefusedError
from doorstep.kit.ids import new_id
from doorstep.people import import_queries, queries
from doorstep.people.csv_file import read_csv
from doorstep.people.model import ImportReject, ImportRun, Progress
from doorstep.people.osm import Addresses, OsmExtract, OsmFileError, Skipped, read_osm
from doorstep.people.placing import Plan, Row, plan_import

# One statement stays below a few megabytes, and progress moves.
BATCH = 5_000
_KEPT = "kept in part"

_T = TypeVar("_T")


async def import_csv(
    db: Connection,
    organization_id: UUID,
    file_name: str,
    data: bytes,
    *,
    created_by: UUID | None = None,
    progress: Progress | None = None,
) -> ImportRun:
    """Store the doors and people of a CSV file; rows that cannot be used are kept with why.

    Raises
    ------
    RefusedError
        If the file as a whole cannot be read; nothing is stored then.
    """
    await import_queries.wait_for_turn(db, organization_id)
    found = await asyncio.to_thread(read_csv, data)
    plan = await _store_rows(db, organization_id, found.rows, progress)
    plan.rejects.extend(found.rejects)
    return await _store_run(db, organization_id, "csv", file_name, created_by, plan)


async def import_osm(
    db: Connection,
    organization_id: UUID,
    campaign_id: UUID,
    path: str | Path,
    *,
    created_by: UUID | None = None,
    progress: Progress | None = None,
    file_name: str | None = None,
) -> ImportRun:
    """Store the addresses of an OpenStreetMap file, and its map in place of the campaign's own.

    ``file_name`` is what the file was called where it came from, if not the same.

    Raises
    ------
    NotFoundError
        If there is no such campaign.
    RefusedError
        If the file cannot be read; nothing is stored then.
    """
    await campaign_by_id(db, organization_id, campaign_id)
    await import_queries.wait_for_turn(db, organization_id)
    name = file_name or Path(path).name
    extract = await _read(Path(path), name, progress)
    plan = await _store_rows(db, organization_id, _rows(extract.addresses), progress)
    plan.rejects.extend(_rejects(extract.skipped))
    await _store_map(db, organization_id, campaign_id, name, extract)
    return await _store_run(db, organization_id, "osm", name, created_by, plan)


async def _read(path: Path, name: str, progress: Progress | None) -> OsmExtract:
    def report(done: int) -> None:
        if progress is not None:
            progress(done, 0)

    try:
        return await asyncio.to_thread(read_osm, path, report)
    except OsmFileError as error:
        # Whoever sent the file knows it by its name, and our folders are nobody's business.
        raise RefusedError(str(error).replace(str(path), name), field="body") from None


def _rows(addresses: Addresses) -> list[Row]:
    """One row per door: each flat of an address, or its one unit."""
    columns = zip(*addresses, strict=True)
    numbers = count(1)
    return [
        Row(
            number=next(numbers),
            address_external_id=external_id,
            street=street,
            house_number=house_number,
            unit=door,
            floor=floor or "",
            postcode=postcode or "",
            city=city or "",
            lon=float(lon),
            lat=float(lat),
        )
        for external_id, street, house_number, unit, postcode, city, floor, _, flats, lon, lat
        in columns
        for door in flats or (unit or "",)
    ]  # fmt: skip


def _rejects(skipped: Sequence[Skipped]) -> list[ImportReject]:
    """What was left out; streets that the file cuts off are kept, so they are not among them."""
    left_out = [skip for skip in skipped if not skip.reason.startswith(_KEPT)]
    return [
        ImportReject(
            row_number=number,
            field=skip.external_id,
            reason=f"Left out: {skip.reason}.",
            remedy=f"Mend it at openstreetmap.org/{skip.external_id} and export the map again.",
        )
        for number, skip in enumerate(left_out, start=1)
    ]


async def _store_rows(
    db: Connection, organization_id: UUID, rows: Sequence[Row], progress: Progress | None
) -> Plan:
    addresses = await import_queries.known_addresses(
        db,
        organization_id,
        sorted({row.source_id for row in rows}),
        sorted({row.match_key for row in rows}),
    )
    doors = await import_queries.known_doors(
        db, organization_id, [address.id for address in addresses]
    )
    people = await import_queries.known_people(
        db,
        organization_id,
        sorted({row.external_id for row in rows} - {""}),
        [door.id for door in doors],
    )
    plan = await asyncio.to_thread(plan_import, rows, addresses, doors, people)
    await _write(db, organization_id, plan, progress)
    await queries.raise_turf_versions(db, organization_id, sorted(plan.touched_doors))
    return plan


async def _write(
    db: Connection, organization_id: UUID, plan: Plan, progress: Progress | None
) -> None:
    """Everything of the plan, parents first."""
    steps: list[tuple[Callable[..., Awaitable[None]], Sequence[Any]]] = [
        (import_queries.insert_buildings, plan.new_addresses),
        (import_queries.insert_addresses, plan.new_addresses),
        (import_queries.update_addresses, plan.changed_addresses),
        (import_queries.insert_doors, plan.new_doors),
        (import_queries.update_doors, plan.changed_doors),
        (import_queries.insert_households, plan.new_households),
        (import_queries.insert_people, plan.new_people),
        (import_queries.update_people, plan.changed_people),
    ]
    total = sum(len(things) for _, things in steps)
    done = 0
    for statement, things in steps:
        for batch in _batches(things):
            await statement(db, organization_id, batch)
            done += len(batch)
            if progress is not None:
                progress(done, total)


def _batches(things: Sequence[_T]) -> list[Sequence[_T]]:
    return [things[at : at + BATCH] for at in range(0, len(things), BATCH)]


async def _store_run(
    db: Connection,
    organization_id: UUID,
    kind: str,
    file_name: str,
    created_by: UUID | None,
    plan: Plan,
) -> ImportRun:
    run = await import_queries.insert_run(
        db,
        organization_id,
        new_id(),
        kind,
        file_name,
        created_by,
        plan.added_count,
        plan.changed_count,
        plan.unchanged_count,
        len(plan.rejects),
    )
    for batch in _batches(plan.rejects):
        await import_queries.insert_rejects(db, organization_id, run.id, batch)
    return run


async def _store_map(
    db: Connection, organization_id: UUID, campaign_id: UUID, file_name: str, extract: OsmExtract
) -> None:
    await import_queries.clear_map(db, organization_id, campaign_id)
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
        await import_queries.insert_streets(db, organization_id, campaign_id, batch)
    obstacles = zip(
        count(),
        barriers.kind,
        [name or "" for name in barriers.name],
        *_stored(barriers.geometry),
        strict=False,
    )
    for batch in _batches(list(obstacles)):
        await import_queries.insert_barriers(db, organization_id, campaign_id, batch)
    await import_queries.put_map_source(
        db, organization_id, campaign_id, file_name, extract.attribution, extract.data_at
    )


def _stored(shapes: NDArray[np.object_]) -> list[list[Any]]:
    """Shapes as they are stored: WKB and its bounds, west, south, east, north."""
    # The stubs of shapely leave its keyword arguments untyped.
    untyped: Any = shapely
    bounds: NDArray[np.float64] = untyped.bounds(shapes).reshape(-1, 4)
    return [list(untyped.to_wkb(shapes)), *bounds.T.tolist()]
