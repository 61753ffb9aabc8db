"""A table as a file: for a spreadsheet, a statistics program or a map program."""

# The types of xlsxwriter and geopandas leave much unsaid.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import datetime as dt
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import geopandas as gpd
import msgspec
import polars as pl
import shapely
import xlsxwriter
from msgspec.structs import asdict, astuple

from doorstep.kit.csv_text import csv_text, safe_text

_DEGREES = "EPSG:4326"
_KINDS: dict[Any, pl.DataType | type[pl.DataType]] = {
    int: pl.Int64,
    float: pl.Float64,
    bool: pl.Boolean,
    dt.datetime: pl.Datetime("us", "UTC"),
    dt.date: pl.Date,
}


def csv_file(of: type[msgspec.Struct], rows: Sequence[msgspec.Struct], _: str) -> bytes:
    """Comma-separated text without formulas."""
    return csv_text(of.__struct_fields__, map(astuple, rows)).encode()


def excel_file(of: type[msgspec.Struct], rows: Sequence[msgspec.Struct], credit: str) -> bytes:
    """A workbook without formulas and links; whom to thank is in its properties."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
            "default_date_format": "yyyy-mm-dd hh:mm:ss",
        },
    )
    book.set_properties({"comments": credit})
    sheet = book.add_worksheet("Doorstep")
    bold = book.add_format({"bold": True})
    names = of.__struct_fields__
    sheet.write_row(0, 0, names, bold)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(astuple(row)):
            _write_cell(sheet, number, column, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(names) - 1)
    sheet.autofit()
    book.close()
    return out.getvalue()


def _write_cell(sheet: Any, number: int, column: int, value: object) -> None:
    match value:
        case None | "":
            return
        case bool():
            sheet.write_boolean(number, column, value)
        case int() | float():
            sheet.write_number(number, column, value)
        case dt.date():
            sheet.write_datetime(number, column, value)
        case _:
            # Even as text: somebody will save it as CSV and open that.
            sheet.write_string(number, column, safe_text(str(value)))


def parquet_file(of: type[msgspec.Struct], rows: Sequence[msgspec.Struct], _: str) -> bytes:
    """Columns with their types, as statistics programs like them."""
    kinds = {field.name: _kind(field.type) for field in msgspec.structs.fields(of)}
    frame = pl.DataFrame(
        {
            name: pl.Series(name, [_plain(getattr(row, name)) for row in rows], dtype=kind)
            for name, kind in kinds.items()
        }
    )
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def _kind(told: Any) -> pl.DataType | type[pl.DataType]:
    among = getattr(told, "__args__", (told,))
    return next((_KINDS[one] for one in among if one in _KINDS), pl.String())


def _plain(value: object) -> object:
    # A result or status is a text that says more than text.
    return str(value) if isinstance(value, UUID | str) else value


def geopackage_file(of: type[msgspec.Struct], rows: Sequence[msgspec.Struct], credit: str) -> bytes:
    """Points for a map program, with whom to thank as the layer's description."""
    frame = gpd.GeoDataFrame(
        {
            name: [_plain(getattr(row, name)) for row in rows]
            for name in of.__struct_fields__
            if name not in ("lon", "lat")
        },
        geometry=shapely.points([(cast("Any", row).lon, cast("Any", row).lat) for row in rows])
        if rows
        else [],
        crs=_DEGREES,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doorstep.gpkg"
        frame.to_file(
            path,
            layer="doorstep",
            driver="GPKG",
            engine="pyogrio",
            geometry_type="Point",
            layer_options={"DESCRIPTION": credit},
        )
        return path.read_bytes()


def geojson_file(of: type[msgspec.Struct], rows: Sequence[msgspec.Struct], credit: str) -> bytes:
    """Points as GeoJSON (RFC 7946), with whom to thank beside them."""
    return msgspec.json.encode(
        {
            "type": "FeatureCollection",
            "attribution": credit,
            "features": [_feature(asdict(row), of.__struct_fields__[0]) for row in rows],
        }
    )


def _feature(fields: dict[str, Any], id_name: str) -> dict[str, Any]:
    lon, lat = fields.pop("lon"), fields.pop("lat")
    return {
        "type": "Feature",
        "id": fields.pop(id_name),
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": fields,
    }


Write = Callable[[type[msgspec.Struct], Sequence[msgspec.Struct], str], bytes]
WRITERS: dict[str, tuple[Write, str]] = {
    "csv": (csv_file, "text/csv"),
    "xlsx": (excel_file, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": (parquet_file, "application/vnd.apache.parquet"),
    "geojson": (geojson_file, "application/geo+json"),
    "gpkg": (geopackage_file, "application/geopackage+sqlite3"),
}
"""File ending → what writes such a file, and its media type."""
