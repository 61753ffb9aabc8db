"""Tables of doors and people in any file that organizers have."""

from pathlib import Path

from doorstep.imports.reading.delimited import open_delimited
from doorstep.imports.reading.geo import open_geo
from doorstep.imports.reading.guarding import Kind, choose, recognise
from doorstep.imports.reading.parquet import open_parquet
from doorstep.imports.reading.table import Batch, Table
from doorstep.imports.reading.text import TextFile
from doorstep.imports.reading.workbook import open_workbook

__all__ = ["Batch", "Table", "open_table"]


def open_table(path: Path, file_name: str, *, layer: str | None = None) -> Table:
    """Open the table in a file, whatever kind of file it is; its content tells, not its name.

    Parameters
    ----------
    path
        Where the file lies.
    file_name
        What its owner calls it.
    layer
        Which of several sheets, layers or packed files to read, as the refusal named them.

    Raises
    ------
    RefusedError
        If it cannot be read as a table; the message says what to do about it.
    """
    kind, members = recognise(path)
    match kind:
        case Kind.TEXT:
            return open_delimited(TextFile(path), file_name)
        case Kind.GZIP:
            return open_delimited(TextFile(path, gzipped=True), file_name)
        case Kind.ZIP:
            member = choose(members, layer, "table")
            return open_delimited(TextFile(path, member=member), file_name)
        case Kind.WORKBOOK:
            return open_workbook(path, file_name, layer)
        case Kind.PARQUET:
            return open_parquet(path, file_name)
        case Kind.GEOPACKAGE | Kind.GEOJSON | Kind.SHAPEFILE:
            return open_geo(path, file_name, kind, members, layer)
