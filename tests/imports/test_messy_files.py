"""Files as people really send them, and what becomes of each: rows, rejects or a refusal."""

import datetime as dt
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import geopandas
import openpyxl
import polars as pl
import pytest
import shapely
from tables import FILES, as_workbook, as_zip

from doorstep.imports.columns import check_mapping, guess, safe_mapping
from doorstep.imports.normalising import Whereabouts, normalise
from doorstep.imports.reading import guarding, open_table
from doorstep.kit.errors import RefusedError

HEAD = "id,street,house_number,given_name"
A, B = "a,Katu,1,Aino", "b,Katu,2,Onni"
TODAY = dt.date(2026, 11, 22)
ROWS = [HEAD.split(","), A.split(","), B.split(",")]


class Mess(NamedTuple):
    """A defect, a file that has it, and what is to come of it.

    `rows` are the numbers of rows that can be used, `rejects` the column by the row's number;
    `refused` are words of the message if the whole file is refused, `cells` some of what is read.
    """

    name: str
    content: str | bytes | Callable[[Path], Path]
    rows: list[int] | None = None
    rejects: dict[int, str] = {}
    refused: str = ""
    cells: dict[str, str] = {}
    layer: str | None = None


def lines(*given, end="\n"):
    return end.join([*given, ""])


def save(name, rows):
    """A maker of a workbook with these rows in its only sheet."""
    return lambda folder: as_workbook(folder / name, {"Members": rows})


def renamed(source, name):
    def make(folder):
        (folder / name).write_bytes(source.read_bytes())
        return folder / name

    return make


def packed(files, name="members.zip"):
    return lambda folder: as_zip(folder / name, files)


def sparse(size):
    def make(folder):
        with (folder / "members.csv").open("wb") as file:
            file.truncate(size)
        return folder / "members.csv"

    return make


def folder_itself(folder):
    (folder / "members").mkdir()
    return folder / "members"


def link_to(target):
    def make(folder):
        (folder / "real.csv").write_text(lines(HEAD, A))
        (folder / "link.csv").symlink_to(folder / target)
        return folder / "link.csv"

    return make


def truncated(make, keep=0.6):
    def cut(folder):
        path = make(folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])
        return path

    return cut


def bomb(folder):
    return as_zip(folder / "members.zip", {"members.csv": b"a,b\n" + b"0,0\n" * 20_000_000})


def gz_bomb(folder):
    with gzip.open(folder / "members.csv.gz", "wb", 9) as file:
        for _ in range(80):
            file.write(b"0,0\n" * 2**18)
    return folder / "members.csv.gz"


def with_errors(folder):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [HEAD.split(","), ["a", "Katu", 1, "Aino"], ["b", "#REF!", 2, "Onni"]]:
        sheet.append(row)
    sheet["B3"].data_type = "e"
    book.save(folder / "errors.xlsx")
    return folder / "errors.xlsx"


def far_cell(folder):
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active["XFD1048576"] = "x"
    book.save(folder / "far.xlsx")
    return folder / "far.xlsx"


def merged_title(folder):
    path = folder / "titled.xlsx"
    as_workbook(path, {"S": [["Members of the North"], [], *ROWS]})
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("A1:D1")
    book.save(path)
    return path


def parquet(frame):
    def make(folder):
        frame.write_parquet(folder / "members.parquet")
        return folder / "members.parquet"

    return make


def doors(shapes, crs=4326, **columns):
    count = len(shapes)
    told = {"street": ["Katu"] * count, "house_no": [*map(str, range(1, count + 1))], **columns}
    return geopandas.GeoDataFrame(told, geometry=shapes, crs=crs)


POINTS = [shapely.Point(24.94, 60.17), shapely.Point(24.95, 60.17)]


def geo(frame, name="doors.gpkg", **options):
    def make(folder):
        frame.to_file(folder / name, **options)
        return folder / name

    return make


def layers(folder):
    for layer in ("north", "south"):
        doors(POINTS).to_file(folder / "doors.gpkg", layer=layer)
    return folder / "doors.gpkg"


def shapefile(without=(), crs=4326, points=POINTS, encoding="UTF-8"):
    def make(folder):
        doors(points, crs, city=["Hämeenlinna"] * len(points)).to_file(
            folder / "doors.shp", encoding=encoding
        )
        files = {
            f"map/{path.name}": path.read_bytes()
            for path in folder.glob("doors.*")
            if path.suffix not in without
        }
        return as_zip(folder / "doors.zip", files)

    return make


def linking_zip(folder):
    with zipfile.ZipFile(folder / "members.zip", "w") as archive:
        info = zipfile.ZipInfo("members.csv")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "../secret.csv")
    return folder / "members.zip"


def locked_zip(folder):
    path = as_zip(folder / "members.zip", {"members.csv": lines(HEAD, A)})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    return path


MESSES = [
    # Rows and quotes
    Mess("ragged rows", lines(HEAD, A, "c,Katu", "d,Katu,3,Eve,more", B), [2, 5],
         {3: "row", 4: "row"}),
    Mess("empty cells at the end of some rows", lines(HEAD, f"{A},,", B), [2, 3]),
    Mess("a separator too many at the end of every row", lines(HEAD, f"{A},", f"{B},"), [2, 3]),
    Mess("quotes in the middle of a cell", lines(HEAD, 'a,Katu,1,Aino "Ada" X', B), [2, 3],
         cells={"given_name": 'Aino "Ada" X'}),
    Mess("an embedded line break", lines(HEAD, 'a,Katu,1,"Ai\nno"', B), [2, 3],
         cells={"given_name": "Ai no"}),
    Mess("a quotation mark never closed", lines(HEAD, 'a,Katu,1,"Aino', *[B] * 50),
         [*range(3, 53)], {2: "row"}),
    Mess("blank rows between and after", lines(HEAD, "", A, ",,,", "  ", B, "", ""), [3, 6]),
    Mess("line ends of old Macs", lines(HEAD, A, B, end="\r"), [2, 3]),
    Mess("line ends of three kinds", f"{HEAD}\r\n{A}\n{B}\rc,Katu,3,Eve\r\n", [2, 3, 4]),
    Mess("no line end at the end", f"{HEAD}\n{A}", [2]),
    Mess("the end mark of DOS", lines(HEAD, A) + "\x1a", [2]),
    Mess("a very long line", lines(HEAD, A, "b,Katu,2," + "x" * 5_000_000, B), [2, 4],
         {3: "given_name"}),
    Mess("a line without end", lines(HEAD, A) + "x" * 40_000_000, refused="longer than 16 MiB"),
    Mess("a thousand columns",
         lines(HEAD + "".join(f",c{n}" for n in range(1_000)), A + ",x" * 1_000), [2]),
    Mess("five thousand columns",
         lines(HEAD + "".join(f",c{n}" for n in range(5_000)), A + ",x" * 5_000),
         refused="5,004 columns"),
    Mess("a hint at the separator above the header", f"sep=;\n{lines(HEAD, A).replace(',', ';')}",
         [2]),
    Mess("semicolons and decimal commas",
         lines("street;house_number;lon;lat", "Katu;1;24,94;60,17", "Katu;2;24,95;60,17"), [2, 3]),
    Mess("vertical bars", lines(HEAD, A).replace(",", "|"), [2]),
    # Headers
    Mess("a title above the header", lines("Members of the North", "", HEAD, A, B), [4, 5]),
    Mess("a header with line breaks", 'id,"street\nname",house_number,"given\r\nname"\n' + A, [2]),
    Mess("a total at the end", lines(HEAD, A, B, "Total,,2,"), [2, 3], {4: "street"}),
    Mess("the header again further down", lines(HEAD, A, HEAD, B), [2, 4], {3: "row"}),
    Mess("a repeated column", lines("street,house_number,street,given_name", "Katu,1,Tie,Aino"),
         [2], cells={"street": "Katu"}),
    Mess("a column without a name", lines("id,street,house_number,,given_name", "a,Katu,1,x,Aino"),
         [2]),
    Mess("no header", lines(A, "b,Tie,2,Onni", "c,Polku,3,Eve"), refused="looks like values"),
    Mess("no header but places", lines("Katu,1,24.94,60.17", "Tie,2,24.95,60.18"),
         refused="looks like values"),
    Mess("a header alone", lines(HEAD), refused="no rows below"),
    Mess("one column of words", lines("word", "one", "two"), refused="where the doors are"),
    Mess("one column of addresses", lines("address", "Katu 1", "12 Main Street"), [2, 3]),
    # Letters
    Mess("a byte order mark", lines(HEAD, A).encode("utf-8-sig"), [2]),
    Mess("UTF-16 without a mark", lines(HEAD, A, B).encode("utf-16-be"), [2, 3]),
    Mess("Windows-1252", lines(HEAD, "a,Pölkkytie,1,Päivi").encode("cp1252"), [2],
         cells={"street": "Pölkkytie", "given_name": "Päivi"}),
    Mess("half a letter at the end", lines(HEAD, "a,Mäkitie,1,Aino", "b,Tie,2,Pö").encode()[:-2],
         [2], {3: "given_name"}),
    Mess("one row in another encoding",
         lines(HEAD, *["a,Mäkitie,1,Päivi"] * 9).encode() + "b,Hämeentie,2,Onni\n".encode("cp1252"),
         [*range(2, 11)], {11: "street"}),
    Mess("NUL bytes in a cell", lines(HEAD, A, "b,Katu,2,On\0ni"), [2], {3: "given_name"}),
    Mess("NUL bytes alone", b"\0" * 100_000, refused="zeros only"),
    Mess("emoji", lines(HEAD, "a,Katu,1,Aino👩‍🌾"), [2], cells={"given_name": "Aino👩‍🌾"}),
    Mess("right-to-left text", lines(HEAD, "a,רחוב הרצל,1,\u202bדוד\u202c"), [2],  # noqa: RUF001
         cells={"street": "רחוב הרצל", "given_name": "דוד"}),
    Mess("non-breaking spaces", lines(HEAD, "a,Iso\u00a0katu,1,\u00a0Aino\u00a0"), [2],
         cells={"street": "Iso katu", "given_name": "Aino"}),
    Mess("control characters", lines(HEAD, "a,Katu,1,Ai\x07no", B), [3], {2: "given_name"}),
    Mess("formulae", lines(HEAD, "a,Katu,1,\"=cmd|' /C calc'!A0\"", '"=""007""",Katu,2,Onni'), [3],
         {2: "given_name"}, cells={"external_id": "007"}),
    # No tables
    Mess("an empty file", b"", refused="is empty"),
    Mess("white space", b" \n\n\t\n", refused="is empty"),
    Mess("a folder", folder_itself, refused="a folder or a device"),
    Mess("a link to a file", link_to("real.csv"), [2]),
    Mess("a link to nowhere", link_to("gone.csv"), refused="no such file"),
    Mess("five gigabytes of nothing", sparse(5 * 2**30), refused="larger than 4 GiB"),
    Mess("three gigabytes of nothing", sparse(3 * 2**30), refused="zeros only"),
    Mess("a PDF", b"%PDF-1.7\n%...", refused="a PDF"),
    Mess("a Word document", packed({"[Content_Types].xml": "", "word/document.xml": ""}),
         refused="a document"),
    Mess("an old Word document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000,
         refused="cut short, broken or protected"),
    Mess("a web page called CSV", "<!DOCTYPE html><html><table><tr><td>a", refused="a web page"),
    Mess("JSON called CSV", '[{"street": "Katu"}]', refused="JSON, but no GeoJSON"),
    Mess("a picture", b"\x89PNG\r\n\x1a\n....", refused="a picture"),
    Mess("a program", bytes(range(256)) * 40, refused="not text"),
    Mess("another database", b"SQLite format 3\0" + b"\0" * 200, refused="no GeoPackage"),
    # Packed
    Mess("a truncated zip", truncated(packed({"members.csv": lines(HEAD, A)})),
         refused="cut short"),
    Mess("a truncated gz", gzip.compress(lines(HEAD, *[A] * 999).encode())[:-30],
         refused="cut short"),
    Mess("a zip bomb", bomb, refused="unpacks to"),
    Mess("a gz bomb", gz_bomb, refused="unpacks to"),
    Mess("a zip with a password", locked_zip, refused="password"),
    Mess("a zip that leaves its folder", packed({"../../members.csv": lines(HEAD, A)}),
         refused="points out of its folder"),
    Mess("a zip with a link", linking_zip, refused="points out of its folder"),
    Mess("a zip in a zip", packed({"inner.zip": b"PK\5\6" + b"\0" * 18}), refused="but inner.zip"),
    Mess("an empty zip", packed({}), refused="but nothing"),
    Mess("a zip with what Macs add",
         packed({"members.csv": lines(HEAD, A), "__MACOSX/._members.csv": b"\0\5"}), [2]),
    # Workbooks
    Mess("a workbook called CSV", renamed(FILES / "members.xls", "members.csv"), [2, 3]),
    Mess("CSV called a workbook",
         lambda folder: [path := folder / "members.xlsx", path.write_text(lines(HEAD, A))][0], [2]),
    Mess("a truncated workbook", truncated(save("members.xlsx", ROWS)), refused="cut short"),
    Mess("an encrypted workbook", renamed(FILES / "locked.xlsx", "locked.xlsx"),
         refused="password"),
    Mess("days and numbers in cells",
         save("members.xlsx", [[*ROWS[0], "born"],
                               ["a", "Katu", 12.0, "Aino", dt.date(1985, 4, 3)]]),
         [2], cells={"house_number": "12"}),
    Mess("house numbers that became days",
         save("members.xlsx", [ROWS[0], ["a", "Katu", dt.date(2026, 1, 2), "Aino"], ROWS[2]]), [3],
         {2: "house_number"}),
    Mess("cells with errors", with_errors, [2], {3: "street"}),
    Mess("a merged title", merged_title, [4, 5]),
    Mess("a sheet that is hidden",
         lambda folder: as_workbook(folder / "m.xlsx", {"S": ROWS, "Old": ROWS}, hidden=["Old"]),
         [2, 3]),
    Mess("two sheets", lambda folder: as_workbook(folder / "m.xlsx", {"S": ROWS, "T": ROWS}),
         refused="several sheets: S, T"),
    Mess("two sheets, one named",
         lambda folder: as_workbook(folder / "m.xlsx", {"S": ROWS, "T": ROWS[:2]}), [2], layer="T"),
    Mess("a sheet that is not there", save("m.xlsx", ROWS), refused="no sheet “Old”", layer="Old"),
    Mess("an empty sheet", save("m.xlsx", []), refused="is empty"),
    Mess("a cell far from the list", far_cell, refused="a cell far from the list"),
    # Columns and maps
    Mess("Parquet with lists, bytes and structs",
         parquet(pl.DataFrame({"street": ["Katu"], "house_number": [12.0], "tags": [["a"]],
                               "photo": [b"\0"], "more": [{"a": 1}]})),
         [2], cells={"house_number": "12"}),
    Mess("truncated Parquet", truncated(parquet(pl.DataFrame({"street": ["Katu"]}))),
         refused="cut short"),
    Mess("Parquet without rows", parquet(pl.DataFrame({"street": []}, {"street": pl.String})),
         refused="no rows"),
    Mess("another coordinate system", geo(doors(POINTS).to_crs(3067)), [2, 3]),
    Mess("areas for doors", geo(doors([shapely.box(24.9, 60.1, 24.92, 60.12)])), [2]),
    Mess("a door without a place", geo(doors([*POINTS, None])), [2, 3, 4]),
    Mess("an ending that says nothing",
         lambda folder: geo(doors(POINTS))(folder).rename(folder / "upload"), [2, 3]),
    Mess("several layers", layers, refused="several layers: north, south"),
    Mess("several layers, one named", layers, [2, 3], layer="south"),
    Mess("degrees without a coordinate system", geo(doors(POINTS, None)), [2, 3]),
    Mess("metres without a coordinate system",
         geo(doors([shapely.Point(385_700, 6_672_000)], None)), refused="in which coordinate"),
    Mess("a truncated GeoPackage", truncated(geo(doors(POINTS)), 0.3), refused="cut short"),
    Mess("GeoJSON", geo(doors(POINTS), "doors.json", driver="GeoJSON"), [2, 3]),
    Mess("truncated GeoJSON", truncated(geo(doors(POINTS), "doors.json", driver="GeoJSON")),
         refused="cut short"),
    Mess("GeoJSON that would run something",
         '{"type": "gdal_streamed_alg", "features": [], "command_line": "gdal vector read x.json"}',
         refused="cut short"),
    Mess("a zipped shapefile", shapefile(), [2, 3], cells={"city": "Hämeenlinna"}),
    Mess("a shapefile in Latin-1", shapefile([".cpg"], encoding="ISO-8859-1"), [2, 3],
         cells={"city": "Hämeenlinna"}),
    Mess("a shapefile that lies about its letters",
         lambda folder: _lying(shapefile(encoding="ISO-8859-1")(folder)), refused="cut short"),
    Mess("a shapefile without its table", shapefile([".dbf"]), refused="lacks its .dbf"),
    Mess("a shapefile without its projection",
         shapefile([".prj"], 3067, [shapely.Point(385_700, 6_672_000)]),
         refused="in which coordinate"),
]  # fmt: skip


def _lying(path):
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return as_zip(path, files | {"map/doors.cpg": b"UTF-8"})


@pytest.mark.parametrize("mess", MESSES, ids=lambda mess: mess.name)
@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_a_messy_file_is_read_or_says_what_to_change(mess, tmp_path):
    path = tmp_path / "members.csv"
    if callable(mess.content):
        path = mess.content(tmp_path)
    else:
        path.write_bytes(mess.content.encode() if isinstance(mess.content, str) else mess.content)
    if mess.refused:
        with pytest.raises(RefusedError) as caught:
            bring(path, mess.layer)
        assert mess.refused in caught.value.detail
        assert caught.value.errors
        return
    rows, rejects = bring(path, mess.layer)
    assert rows["row_number"].to_list() == mess.rows
    assert rejects == mess.rejects
    for name, cell in mess.cells.items():
        assert rows[name][-1 if "007" in cell else 0] == cell


def bring(path, layer):
    """Read a file with the columns as they are guessed, up to where the database comes."""
    table = open_table(path, path.name, layer=layer)
    first = next(table.batches(table.columns, 200))
    mapping = safe_mapping(guess(table.columns, first.rows))
    check_mapping(mapping, table.columns)
    wanted = [use.column for use in mapping.columns if use.field is not None]
    whereabouts, frames, rejects = Whereabouts(), [], {}
    for batch in table.batches(wanted):
        found = normalise(batch.rows, mapping, whereabouts, today=TODAY)
        frames.append(found.rows)
        rejects |= {one.row_number: one.field for one in [*batch.rejects, *found.rejects]}
    return pl.concat(frames), rejects


def test_the_limit_of_a_workbook_is_told_before_it_is_unpacked(tmp_path, monkeypatch):
    path = as_workbook(tmp_path / "members.xlsx", {"S": ROWS})
    monkeypatch.setattr(guarding, "MAX_UNPACKED_BYTES", 1_000)
    with pytest.raises(RefusedError, match="unpacks to"):
        open_table(path, "members.xlsx")


def test_places_come_out_of_shapes(tmp_path):
    square = shapely.box(24.9, 60.1, 24.92, 60.12)
    frame = doors([square, POINTS[0], shapely.Polygon()], longitude=["a", "b", "c"])
    table = open_table(geo(frame.to_crs(3067))(tmp_path), "doors.gpkg")
    assert table.columns == ("longitude", "latitude", "street", "house_no", "longitude (2)")
    assert table.details["crs"] == "ETRS89 / TM35FIN(E,N)"
    (batch,) = table.batches(["longitude (2)", "latitude", "longitude"])
    (_, lat, lon), point, empty = (row[1:] for row in batch.rows.iter_rows())
    assert square.contains(shapely.Point(float(lon), float(lat)))
    assert (point, empty) == (("b", "60.17", "24.94"), ("c", None, None))


def test_what_a_text_repeats_in_parquet_does_not_fill_the_memory(tmp_path):
    frame = pl.DataFrame({"street": ["x" * 2**20] * 2_000})
    table = open_table(parquet(frame)(tmp_path), "members.parquet")
    with pytest.raises(RefusedError, match="too long"):
        list(table.batches(["street"]))
