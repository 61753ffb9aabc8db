"""What kind of table a file is, told by its content; what is none is refused with a remedy."""

import re
import stat
import zipfile
import zlib
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from doorstep.imports.reading.table import refuse

MAX_FILE_BYTES = 4 * 2**30
MAX_UNPACKED_BYTES = 4 * 2**30
# Text packs to a tenth, seldom to a fiftieth; deflate ends at a thousandth.
MAX_RATIO = 200
# Smaller files may be as empty as they like.
RATIO_MATTERS_BYTES = 64 * 2**20
_HEAD_BYTES = 2**16
_ENCRYPTED = 1
_MAX_SHOWN = 20

TEXT_ENDINGS = {".csv", ".tsv", ".tab", ".txt", ".psv"}
_AS_CSV = "Open it in the program it comes from and save the list as CSV UTF-8."


class Kind(StrEnum):
    """How a table is stored."""

    TEXT = "text"
    GZIP = "gzip"
    ZIP = "zip"
    WORKBOOK = "workbook"
    PARQUET = "parquet"
    GEOPACKAGE = "geopackage"
    GEOJSON = "geojson"
    SHAPEFILE = "shapefile"


class Recognised(NamedTuple):
    """The kind of a file, and the tables inside it by name, where it is a zip."""

    kind: Kind
    members: list[str]


_OTHERS = {
    b"%PDF": ("a PDF", "Ask for the list as a spreadsheet or as CSV."),
    rb"{\rtf": ("a text document", _AS_CSV),
    b"\x89PNG": ("a picture", "Ask for the list as a spreadsheet or as CSV."),
    b"\xff\xd8\xff": ("a picture", "Ask for the list as a spreadsheet or as CSV."),
    b"7z\xbc\xaf\x27\x1c": ("a 7-Zip archive", "Unpack it and give the file inside."),
    b"Rar!": ("a RAR archive", "Unpack it and give the file inside."),
    b"BZh": ("packed with bzip2", "Unpack it and give the file inside."),
    b"\xfd7zXZ": ("packed with xz", "Unpack it and give the file inside."),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "Unpack it and give the file inside."),
    b"MZ": ("a program", "Give the list itself."),
    b"\x7fELF": ("a program", "Give the list itself."),
}
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
_DOCUMENTS = {"word", "ppt", "visio"}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_SPREADSHEET = f"{_OPEN_DOCUMENT}spreadsheet"
_MARKUP = re.compile(rb"<(?:!doctype|html|table|head|body|\?xml|kml|gml|svg)\b", re.IGNORECASE)
_JSON = re.compile(rb'\{\s*["}]|\[\s*[\[{"\]]')
_FEATURES = re.compile(rb'"(?:FeatureCollection|Feature|features)"')


def recognise(path: Path) -> Recognised:
    """Tell what kind of table a file is, by what it holds and not by its name.

    Raises
    ------
    RefusedError
        If it is no file, empty, too large, or of a kind that cannot be read.
    """
    head = _head(path)
    for magic, (what, remedy) in _OTHERS.items():
        if head.startswith(magic):
            refuse(f"The file is {what}, not a table. {remedy}")
    if head.startswith(b"PK"):
        return _in_zip(path)
    return Recognised(_kind(head), [])


def _kind(head: bytes) -> Kind:
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Kind.WORKBOOK
    if head.startswith(b"\x1f\x8b"):
        return Kind.GZIP
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    if head.startswith(b"SQLite format 3\0"):
        if head[68:72] not in _GEOPACKAGE_IDS:
            refuse(f"The file is a database, but no GeoPackage. {_AS_CSV}")
        return Kind.GEOPACKAGE
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _MARKUP.match(text):
        refuse(f"The file is a web page or XML, whatever it is called. {_AS_CSV}")
    if _JSON.match(text):
        if not _FEATURES.search(head):
            refuse(f"The file is JSON, but no GeoJSON. {_AS_CSV}")
        return Kind.GEOJSON
    return Kind.TEXT


def _head(path: Path) -> bytes:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            refuse("This is a folder or a device, not a file. Choose the file in it.")
        if about.st_size > MAX_FILE_BYTES:
            most = MAX_FILE_BYTES // 2**30
            refuse(f"The file is larger than {most} GiB. Split it and import the parts.")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        refuse("There is no such file. Check its name, or where a link leads.")
    except PermissionError:
        refuse("The file may not be read. Change who may read it.")
    if not head.strip():
        refuse("The file is empty. Export it again, with its header row.")
    if not head.strip(b"\0"):
        refuse("The file begins with zeros only: copying it did not finish. Copy it again.")
    return head


def _in_zip(path: Path) -> Recognised:
    try:
        with zipfile.ZipFile(path) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            check_size(sum(info.file_size for info in files), path.stat().st_size)
            if any(info.flag_bits & _ENCRYPTED for info in files):
                refuse("The file is protected by a password. Save it without one.")
            mimetype = ""
            if files and files[0].filename == "mimetype" and files[0].file_size < _HEAD_BYTES:
                mimetype = archive.read("mimetype").decode("ascii", "replace")
    # NotImplementedError is how zipfile says that it does not know a packing or an encryption.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError):
        refuse(
            "The file is a zip or workbook that is cut short or broken. Copy or export it again."
        )
    names = {info.filename for info in files}
    if mimetype == _SPREADSHEET or names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return Recognised(Kind.WORKBOOK, [])
    folders = {name.partition("/")[0] for name in names}
    if mimetype.startswith(_OPEN_DOCUMENT) or folders & _DOCUMENTS:
        refuse(f"The file is a document, not a table. {_AS_CSV}")
    return _of_members(files)


def _of_members(files: Sequence[zipfile.ZipInfo]) -> Recognised:
    """Of what kind the tables in a zip are; notes and pictures beside them do not matter."""
    paths = {info.filename: PurePosixPath(info.filename.replace("\\", "/")) for info in files}
    for info in files:
        path = paths[info.filename]
        if path.is_absolute() or ".." in path.parts or stat.S_ISLNK(info.external_attr >> 16):
            refuse("The zip holds a file that points out of its folder. Pack the table alone.")
    shown = {
        name: path
        for name, path in paths.items()
        if not path.name.startswith(".") and "__MACOSX" not in path.parts
    }
    shapes = [name for name, path in shown.items() if path.suffix.lower() == ".shp"]
    if shapes:
        for name in shapes:
            _check_shapefile(name, paths)
        return Recognised(Kind.SHAPEFILE, shapes)
    texts = [name for name, path in shown.items() if path.suffix.lower() in TEXT_ENDINGS]
    # What stands beside a CSV file as .txt describes it.
    tables = [name for name in texts if paths[name].suffix.lower() != ".txt"] or texts
    if not tables:
        inside = ", ".join(path.name[:40] for path in list(shown.values())[:5]) or "nothing"
        refuse(
            f"The zip holds no CSV file and no shapefile, but {inside}. Unpack it and give the "
            "table itself."
        )
    return Recognised(Kind.ZIP, tables)


def _check_shapefile(name: str, paths: dict[str, PurePosixPath]) -> None:
    stem = str(paths[name].with_suffix("")).lower()
    has = {str(path).lower() for path in paths.values()}
    for ending, holds in ((".dbf", "its columns"), (".shx", "its index")):
        if stem + ending not in has:
            refuse(
                f"The shapefile {paths[name].name} lacks its {ending} file, which holds {holds}. "
                "Put all files of that name into the zip."
            )


def check_size(unpacked: int, packed: int) -> None:
    """Refuse what unpacks to more than is sound.

    Raises
    ------
    RefusedError
        If it is too large, or packed so densely that it cannot be a list of people.
    """
    if unpacked > MAX_UNPACKED_BYTES or (
        unpacked > RATIO_MATTERS_BYTES and unpacked > MAX_RATIO * packed
    ):
        refuse(
            f"The file unpacks to {unpacked / 2**20:,.0f} MiB or more, which no list of people "
            "does. Export it again, or split it."
        )


def choose(names: Sequence[str], layer: str | None, what: str) -> str:
    """Return the name that was asked for, or the only one there is.

    Raises
    ------
    RefusedError
        If there are several and none was named, or there is none of that name.
    """
    shown = ", ".join(name[:60] for name in names[:_MAX_SHOWN])
    shown += " …" if len(names) > _MAX_SHOWN else ""
    if layer is None and len(names) == 1:
        return names[0]
    if layer is None:
        refuse(f"The file holds several {what}s: {shown}. Say which one to import.")
    if layer not in names:
        refuse(f"The file has no {what} “{layer[:60]}”, but {shown}.")
    return layer
