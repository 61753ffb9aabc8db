"""Tables stored by columns, as Arrow batches; of shapes, the longitude and latitude."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import shapely
from pyproj import CRS

from doorstep.algorithms.projection import WGS84, unproject
from doorstep.imports.reading.header import MAX_COLUMNS, unique_names
from doorstep.imports.reading.table import ROW_NUMBER, Batch, Table, as_text, refuse

BATCH_ROWS = 50_000
MAX_ROWS = 50_000_000
_FIRST_ROW = 2  # As if the names of the columns were row 1.
_DIGITS = 7  # A centimetre.
_POINT = 0
_arrow: Any = pa  # Its types know no arrays of any kind.
_shapely: Any = shapely  # Its types know single shapes better than arrays of them.
_DEGREES = CRS(WGS84)


class Columns(NamedTuple):
    """Columns in a file: those that can be read as text, those that cannot, and the shapes.

    `crs` is of the column `geometry`, which is "" if there are no shapes. `stream` opens the
    columns of these names.
    """

    row_count: int
    plain: Sequence[str]
    left_out: Sequence[str]
    geometry: str
    crs: CRS
    stream: Callable[[list[str]], AbstractContextManager[Iterable[Any]]]


def table_of(file_name: str, kind: str, columns: Columns, details: Mapping[str, str]) -> Table:
    """Return the table in stored columns; shapes become the columns longitude and latitude.

    Raises
    ------
    RefusedError
        If there are no rows, or too many rows or columns.
    """
    places = ["longitude", "latitude"] if columns.geometry else []
    names, repeated = unique_names([*places, *columns.plain])
    if not columns.row_count or not names:
        refuse("The file has no rows. Export it again, with its rows.")
    if columns.row_count > MAX_ROWS or len(names) > MAX_COLUMNS:
        refuse(
            f"The file has {columns.row_count:,} rows and {len(names):,} columns; {MAX_ROWS:,} "
            f"and {MAX_COLUMNS:,} are the most. Export less of it."
        )
    left_out = {"left_out": ", ".join(columns.left_out)} if columns.left_out else {}
    return Table(
        file_name=file_name,
        format=kind,
        columns=tuple(names),
        row_count_estimate=columns.row_count,
        details={**details, **repeated, **left_out},
        read=partial(_read, columns, [*places, *columns.plain]),
    )


def _read(columns: Columns, names: Sequence[str], places: Sequence[int]) -> Iterator[Batch]:
    shape_count = len(names) - len(columns.plain)
    wanted = [names[place] for place in places if place >= shape_count]
    shapes = [columns.geometry] if len(wanted) < len(places) else []
    done = 0
    with _told(), columns.stream([*wanted, *shapes]) as batches:
        for batch in batches:
            # Polars takes it on trust that texts are UTF-8, and ends the process if they are not.
            batch.validate(full=True)
            frame = pl.DataFrame(_arrow.RecordBatch.from_arrays(batch.columns, batch.schema.names))
            texts = as_text(frame.select(wanted))
            degrees = _positions(frame[columns.geometry], columns.crs) if shapes else []
            cells = [
                degrees[place] if place < shape_count else texts[names[place]] for place in places
            ]
            rows = pl.DataFrame([cell.alias(str(at)) for at, cell in enumerate(cells)])
            numbers = np.arange(frame.height) + done + _FIRST_ROW
            done += frame.height
            rows.insert_column(0, pl.Series(ROW_NUMBER, numbers))
            yield Batch(rows, [], done, max(columns.row_count, done))


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except (pa.ArrowException, pl.exceptions.ComputeError, OSError):
        refuse("The file is cut short or broken inside. Copy or export it again.")


def _positions(wkb: pl.Series, crs: CRS) -> list[pl.Series]:
    """Longitude and latitude, as text, of points and of a point inside of other shapes."""
    shapes = _shapely.from_wkb(np.array(wkb.to_list(), dtype=object), on_invalid="ignore")
    shapes[_shapely.is_empty(shapes)] = None
    wide = _shapely.get_type_id(shapes) > _POINT
    try:
        shapes[wide] = _shapely.point_on_surface(shapes[wide])
    except shapely.errors.GEOSException:
        # Outlines that cross themselves have no inside that could be told.
        shapes[wide] = _shapely.centroid(shapes[wide])
    points = shapes if crs == _DEGREES else unproject(shapes, crs)
    degrees = pl.DataFrame({"x": _shapely.get_x(points), "y": _shapely.get_y(points)})
    finite = pl.when(pl.all().is_finite()).then(pl.all().round(_DIGITS))
    return as_text(degrees.select(finite)).get_columns()
