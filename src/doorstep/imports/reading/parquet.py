"""Reads Parquet files; of GeoParquet files, the shapes too."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS
from pyproj.exceptions import CRSError

from doorstep.algorithms.projection import WGS84
from doorstep.imports.reading.columnar import BATCH_ROWS, Columns, table_of
from doorstep.imports.reading.guarding import check_size
from doorstep.imports.reading.table import Table, refuse

# A text that is repeated is stored once, so a small file may hold any amount of it.
_MAX_TEXT_BYTES = 2**30


def open_parquet(path: Path, file_name: str) -> Table:
    """Open a Parquet file; of a GeoParquet file, the shapes too.

    Raises
    ------
    RefusedError
        If it is broken or encrypted, or holds nothing that can be read.
    """
    try:
        with pq.ParquetFile(path) as file:
            about = file.metadata
            schema: Any = file.schema_arrow
            unpacked = sum(
                about.row_group(at).total_byte_size for at in range(about.num_row_groups)
            )
    except (pa.ArrowException, OSError):
        refuse("The Parquet file is cut short, broken or encrypted. Export it again.")
    check_size(unpacked, path.stat().st_size)
    kinds = {
        name: schema.field(name).type for name in schema.names if schema.names.count(name) == 1
    }
    geometry, crs = _geometry(schema.metadata or {}, kinds)
    plain = [name for name, kind in kinds.items() if _is_plain(kind)]
    columns = Columns(
        about.num_rows,
        plain,
        [name for name in dict.fromkeys(schema.names) if name not in {*plain, geometry}],
        geometry,
        crs,
        partial(_stream, path, [name for name in plain if _is_text(kinds[name])]),
    )
    return table_of(file_name, "parquet", columns, {"crs": crs.name} if geometry else {})


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _is_plain(kind: pa.DataType) -> bool:
    """Whether values of this type can be read as text: neither bytes nor lists nor structs."""
    if pa.types.is_dictionary(kind):
        untyped: Any = kind
        kind = untyped.value_type
    spans = pa.types.is_duration(kind) or pa.types.is_interval(kind)
    return (
        _is_text(kind) or pa.types.is_decimal(kind) or (pa.types.is_primitive(kind) and not spans)
    )


@contextmanager
def _stream(
    path: Path, texts: Sequence[str], names: list[str]
) -> Generator[Iterator[pa.RecordBatch]]:
    repeated = [name for name in texts if name in names]
    with pq.ParquetFile(path, read_dictionary=repeated) as file:
        reader: Any = file
        batches: Iterator[pa.RecordBatch] = reader.iter_batches(BATCH_ROWS, columns=names)
        yield map(_spelled_out, batches)


def _spelled_out(batch: Any) -> pa.RecordBatch:
    """The batch with every repeated text in full, unless that takes too much memory."""
    for place, name in enumerate(batch.schema.names):
        column = batch.column(place)
        if pa.types.is_dictionary(column.type):
            longest = pl.Series(column.dictionary.cast(pa.binary())).bin.size().max()
            if isinstance(longest, int) and longest * batch.num_rows > _MAX_TEXT_BYTES:
                refuse(f"Texts in the column {name[:50]} are too long. Export it without them.")
            batch = batch.set_column(place, name, column.dictionary_decode())
    return batch


def _geometry(metadata: Mapping[bytes, bytes], kinds: Mapping[str, pa.DataType]) -> tuple[str, CRS]:
    """The column of shapes and their reference system, as GeoParquet 1.1 writes them down."""
    try:
        about = json.loads(metadata.get(b"geo", b"{}"))
        name = about.get("primary_column", "")
        column = about.get("columns", {}).get(name, {})
        crs = CRS(column.get("crs") or WGS84)
    except (ValueError, AttributeError, CRSError):
        return "", CRS(WGS84)
    is_wkb = column.get("encoding") == "WKB" and kinds.get(name) == pa.binary()
    return (name if is_wkb else ""), crs
