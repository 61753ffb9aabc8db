"""Reads GeoPackages, GeoJSON and zipped shapefiles through GDAL."""

import warnings
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

import pyarrow as pa
import pyogrio  # pyright: ignore[reportMissingTypeStubs]
from pyproj import CRS
from pyproj.exceptions import CRSError

from doorstep.algorithms.projection import MAX_LAT, MAX_LON, WGS84
from doorstep.imports.reading.columnar import BATCH_ROWS, Columns, table_of
from doorstep.imports.reading.guarding import Kind, choose
from doorstep.imports.reading.table import Table, refuse
from doorstep.imports.reading.text import Judge, TextFile

_gdal: Any = pyogrio  # It has no types.
_PLAIN = {
    "OFTString", "OFTInteger", "OFTInteger64", "OFTReal", "OFTDate", "OFTTime", "OFTDateTime",
}  # fmt: skip
_JSON = "OFSTJSON"
_alone = Lock()
_SHAPES = "\x1fshapes"


def open_geo(
    path: Path, file_name: str, kind: Kind, members: Sequence[str], layer: str | None
) -> Table:
    """Open one layer of a map file; `members` are the shapefiles, where it is a zip of them.

    Raises
    ------
    RefusedError
        If it is broken, holds several layers and none is named, or does not say where it lies.
    """
    encoding = None
    if kind is Kind.SHAPEFILE:
        stems = {PurePosixPath(name).stem: name for name in members}
        chosen = choose(list(stems), layer, "layer")
        source, inside = f"/vsizip/{{{path.resolve()}}}/{stems[chosen]}", None
        encoding = _encoding(path, stems[chosen])
    elif kind is Kind.GEOJSON:
        # Without the prefix, GDAL lets the content choose the driver, and some of them go on to
        # open whatever the content points to.
        source, inside, chosen = f"GeoJSON:{path.resolve()}", None, ""
    else:
        source = str(path.resolve())
        with _told():
            names = [str(name) for name, _ in _gdal.list_layers(source)]
        chosen = inside = choose(names, layer, "layer")
    with _told():
        about = _gdal.read_info(
            source, layer=inside, force_feature_count=True, force_total_bounds=True
        )
    has_shapes = about["geometry_type"] is not None
    crs, said = _crs(about["crs"], about["total_bounds"]) if has_shapes else (CRS(WGS84), "")
    types: Iterable[tuple[str, str, str]] = zip(
        about["fields"], about["ogr_types"], about["ogr_subtypes"], strict=True
    )
    plain = {name: kind in _PLAIN and sub != _JSON for name, kind, sub in types}
    columns = Columns(
        about["features"],
        [name for name, is_plain in plain.items() if is_plain],
        [name for name, is_plain in plain.items() if not is_plain],
        _SHAPES if has_shapes else "",
        crs,
        partial(_stream, source, inside, encoding),
    )
    details = {"layer": chosen, "crs": said}
    return table_of(
        file_name, str(kind), columns, {key: text for key, text in details.items() if text}
    )


def _encoding(path: Path, member: str) -> str | None:
    """How the texts of a zipped shapefile are encoded, unless its .cpg file says so."""
    with zipfile.ZipFile(path) as archive:
        stem = member[: -len(".shp")].lower()
        beside = {
            name.lower()[len(stem) :]: name
            for name in archive.namelist()
            if name.lower().startswith(stem)
        }
    if ".cpg" in beside:
        return None
    judge = Judge()
    for chunk, _ in TextFile(path, member=beside[".dbf"]).chunks():
        judge.hear(chunk)
    return judge.encoding()


def _crs(told: str | None, bounds: Sequence[float] | None) -> tuple[CRS, str]:
    """The reference system, and what to tell of it."""
    try:
        crs = CRS(told) if told else None
    except CRSError:
        crs = None
    if crs is not None:
        return crs, crs.name
    west, south, east, north = bounds if bounds is not None else (0.0, 0.0, 0.0, 0.0)
    if max(abs(west), abs(east)) > MAX_LON or max(abs(south), abs(north)) > MAX_LAT:
        refuse(
            "The file does not say in which coordinate system it is. Export it again with its "
            ".prj file, or in WGS 84."
        )
    return CRS(WGS84), "not said; read as degrees (WGS 84)"


@contextmanager
def _stream(
    source: str, layer: str | None, encoding: str | None, names: list[str]
) -> Generator[Iterator[pa.RecordBatch]]:
    with ExitStack() as stack:
        with _told():
            _, batches = stack.enter_context(
                _gdal.open_arrow(
                    source,
                    layer=layer,
                    columns=[name for name in names if name != _SHAPES],
                    read_geometry=_SHAPES in names,
                    encoding=encoding,
                    batch_size=BATCH_ROWS,
                    datetime_as_string=True,
                    use_pyarrow=True,
                )
            )
        yield map(_named, batches) if _SHAPES in names else batches


def _named(batch: pa.RecordBatch) -> pa.RecordBatch:
    # A column of values may be called like that of the shapes, which is the last.
    return batch.rename_columns([*batch.schema.names[:-1], _SHAPES])


@contextmanager
def _told() -> Generator[None]:
    """Turn what GDAL raises into a refusal, and keep to itself what it would rather have.

    It warns of a file's ending, which uploads do not have. What is ignored is global to the
    process, so only one thread at a time may do so, and not for long.
    """
    with _alone, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (_gdal.errors.DataLayerError, _gdal.errors.DataSourceError):
            refuse("The file is cut short or broken inside. Copy or export it again.")
